//! Sessions as administrators and people look at them: listed, told, ended together.

use zaguan_policy::{Timestamp, id::PolicyId};
use zaguan_session::{Cause, ClientId, Ended, ExpiredBy, History, Session, SessionId};

use crate::TenantId;

/// What is told of a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionRecord {
    /// What it was, or is.
    pub history: History,
    /// Why it ended and when. Absent: it lives.
    pub end: Option<End>,
}

/// The end of a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct End {
    /// Why.
    pub cause: Cause,
    /// When.
    pub at: Timestamp,
}

/// Sessions that end together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SessionsOf {
    /// All of a person, but for one.
    Person {
        /// Object id.
        object_id: String,
        /// The one that stays.
        except: Option<SessionId>,
    },
    /// All that an app used.
    App(ClientId),
}

/// Which sessions are listed. What is absent does not matter.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SessionFilter {
    /// Object id.
    pub person: Option<String>,
    /// An app that used it.
    pub app: Option<ClientId>,
    /// A policy that used it.
    pub policy: Option<PolicyId>,
    /// The network address that it was started from.
    pub address: Option<String>,
    /// Whether it lives.
    pub state: Option<SessionState>,
}

/// Whether a session lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SessionState {
    /// It has not ended.
    Live,
    /// It has.
    Ended,
}

/// Where a page of a list ended.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PageMark {
    /// Start of the last session that was looked at.
    pub started: Timestamp,
    /// Its name.
    pub session: SessionId,
}

/// A page of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionPage {
    /// By falling start.
    pub sessions: Vec<SessionRecord>,
    /// Where the next page begins; absent where there is none.
    pub next: Option<PageMark>,
}

/// A session that may have outlived every policy.
#[derive(Clone, PartialEq, Debug)]
pub struct DueSession {
    /// Of which tenant.
    pub tenant: TenantId,
    /// The session, as it is.
    pub session: Session,
}

/// What was decided about a [`DueSession`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DueVerdict {
    /// Of which tenant.
    pub tenant: TenantId,
    /// Which session.
    pub session: SessionId,
    /// When it had been used last, as far as the decision knew.
    pub last_used: Timestamp,
    /// The decision.
    pub then: Then,
}

/// What becomes of a due session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Then {
    /// It ends.
    Ends(ExpiredBy),
    /// It is looked at again then.
    WaitsUntil(Timestamp),
}

impl SessionFilter {
    /// By how many things beside the state.
    pub(crate) fn narrows_by(&self) -> usize {
        let asked = [self.person.is_some(), self.app.is_some(), self.policy.is_some(), self.address.is_some()];
        asked.iter().filter(|asked| **asked).count()
    }

    /// True where the session is one of those that are sought. The state is not looked at.
    pub(crate) fn matches(&self, history: &History) -> bool {
        let used = |wanted: &dyn Fn(&zaguan_session::Use) -> bool| history.uses.iter().any(wanted);
        self.person.as_ref().is_none_or(|person| history.person.as_ref() == Some(person))
            && self.app.as_ref().is_none_or(|app| used(&|one| one.app == *app))
            && self.policy.as_ref().is_none_or(|policy| used(&|one| one.policy == *policy))
            && self.address.as_ref().is_none_or(|address| history.origin.address == *address)
    }
}

impl From<&Ended> for SessionRecord {
    fn from(ended: &Ended) -> Self {
        Self { history: ended.history().clone(), end: Some(End { cause: ended.cause().clone(), at: ended.at() }) }
    }
}

/// So many rows of an index are looked at for one page at the most.
pub(crate) const LOOKED_AT: usize = 2000;
