//! What an app may want to know as it happens.

use crate::store::{Person, ProviderSession};
use async_trait::async_trait;
use zaguan_protocol::NumericDate;

/// Called as sessions come and go. Both are called once for a session, on the task that caused it.
#[async_trait]
pub trait Hooks: Send + Sync + 'static {
    /// Somebody signed in.
    async fn on_signed_in(&self, _person: &Person) {}

    /// A session ended, and its tokens are already gone.
    async fn on_ended(&self, _ended: &Ended, _cause: Cause) {}
}

/// A session that is no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Whose it was. `None` when it was sealed with a key that is no longer known.
    pub person: Option<Person>,
    /// The provider's sessions it came from.
    pub provider: Vec<ProviderSession>,
    /// The policy that opened it.
    pub policy: String,
    /// When it was opened.
    pub since: NumericDate,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The person signed out here.
    Local,
    /// The provider's front-channel request: the person signed out somewhere else.
    FrontChannel,
    /// It had lived as long as it may.
    Expired,
    /// The provider refused to go on when its ID token had run out.
    RefreshRefused,
    /// The same browser signed in again; a new session took its place (E-7).
    Replaced,
    /// The app said so.
    Admin,
}

/// For apps that do not want to know.
pub(crate) struct NoHooks;

impl Hooks for NoHooks {}
