//! Where sessions live, and with them their tokens: one trait for both, because the promise is about both at once.

use crate::chance;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::fmt;
use zaguan_protocol::crypto::{base64url, sha256};
use zaguan_protocol::{NumericDate, Secret};

mod memory;
pub use memory::MemoryStore;

/// Keeps sessions and the tokens that belong to them.
///
/// Five rules that every engine keeps:
///
/// - **ST-1** [`save_tokens`](Store::save_tokens) succeeds only while the session's row exists and the version is the one
///   that was read. One statement, never a read and then a write.
/// - **ST-2** [`end`](Store::end) removes sessions and tokens in one transaction and leaves a marker; what it removed it
///   returns to exactly one caller.
/// - **ST-3** [`open_session`](Store::open_session) and [`join`](Store::join) refuse what a marker names.
/// - **ST-4** claims and tokens arrive sealed, bound to their session; an engine cannot read them.
/// - **ST-5** in the clear is only what is needed to find a row.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Opens a session, unless a marker says that it ended before it began.
    async fn open_session(&self, new: NewSession) -> Result<Opened, StoreError>;

    /// The session of this id. Engines need not look at its times.
    async fn session(&self, id: &SessionHash) -> Result<Option<SessionRow>, StoreError>;

    /// Lets the session live until then, or until [`SessionRow::latest`] if that is earlier. `false` when it ended.
    async fn touch(&self, id: &SessionHash, until: NumericDate) -> Result<bool, StoreError>;

    /// Another policy's sign-in of the same person becomes part of the session.
    async fn join(&self, id: &SessionHash, joining: Joining) -> Result<Joined, StoreError>;

    /// The tokens under this key.
    async fn tokens(&self, key: &TokenKey) -> Result<Option<Versioned<Sealed>>, StoreError>;

    /// Replaces the tokens that were read as version `seen`; [`Version::NONE`] when there were none.
    async fn save_tokens(&self, key: &TokenKey, seen: Version, new: Sealed) -> Result<Save, StoreError>;

    /// Removes the tokens that were read as version `seen`.
    async fn forget_tokens(&self, key: &TokenKey, seen: Version) -> Result<Save, StoreError>;

    /// Ends the sessions that `ending` names, with all their tokens, at the instant `at`, and remembers it until
    /// `remember_until`. Also when it finds none: the session may be about to be opened.
    async fn end(
        &self,
        ending: &Ending,
        at: NumericDate,
        remember_until: NumericDate,
    ) -> Result<Vec<EndedSession>, StoreError>;
}

/// The store did not do it, or did not say.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the session store failed: {0}")]
pub struct StoreError(pub String);

/// The id of a session, as the cookie holds it. Whoever has it is signed in.
#[derive(Clone, Debug)]
pub(crate) struct SessionId(Secret<String>);

impl SessionId {
    pub(crate) fn random() -> Self {
        Self(Secret::new(chance::text()))
    }

    /// An id from outside, if it has the form of one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let right = base64url::decode(text).is_some_and(|bytes| bytes.len() == 32);
        right.then(|| Self(Secret::new(text.to_owned())))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }

    pub(crate) fn hash(&self) -> SessionHash {
        SessionHash(hash(&["session", self.expose()]))
    }
}

/// What the store knows a session by: a hash of its id, which opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionHash(String);

/// A hash of issuer and `sub`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SubjectHash(String);

/// A hash of a person's tenant and object id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonHash(String);

macro_rules! stored_as_text {
    ($($name:ident)*) => {$(
        impl $name {
            /// The hash as an engine's column holds it.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The hash from an engine's column.
            pub fn from_stored(text: impl Into<String>) -> Self {
                Self(text.into())
            }
        }
    )*};
}

stored_as_text! { SessionHash SubjectHash PersonHash }

impl SubjectHash {
    /// Of this subject at this issuer.
    #[must_use]
    pub fn of(issuer: &str, subject: &str) -> Self {
        Self(hash(&["subject", issuer, subject]))
    }
}

/// One person, the same in every policy of the provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// The authority the app was configured with.
    pub tenant: String,
    /// The object id (`oid`), or `sub` where the policy writes no `oid`.
    pub oid: String,
}

impl Person {
    /// What the store knows the person by.
    #[must_use]
    pub fn hash(&self) -> PersonHash {
        PersonHash(hash(&["person", &self.tenant, &self.oid]))
    }
}

/// Hashes parts so that no two lists of parts give the same input.
fn hash(parts: &[&str]) -> String {
    let mut input = Vec::new();
    for part in parts {
        input.extend_from_slice(&(part.len() as u64).to_be_bytes());
        input.extend_from_slice(part.as_bytes());
    }
    base64url::encode(sha256(&input))
}

/// A session at the provider, as its sign-out names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProviderSession {
    /// The provider (`iss`).
    pub issuer: String,
    /// Its name for the session (`sid`).
    pub sid: String,
}

/// Bytes only this app can open.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// One browser signed in to this app.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Who signed the person in.
    pub issuer: String,
    /// The provider's sessions it came from. One, or one per policy, or none when the provider names none (E-13).
    pub provider: Vec<ProviderSession>,
    /// By what `sub` the provider may end it; policies may differ in it (E-9).
    pub subjects: Vec<SubjectHash>,
    /// Whose it is.
    pub person: PersonHash,
    /// The policy that opened it.
    pub policy: String,
    /// When it was opened.
    pub since: NumericDate,
    /// Until when it counts without asking the provider again.
    pub until: NumericDate,
    /// When it ends whatever the provider says.
    pub latest: NumericDate,
    /// The person, the claims, and the ID token for sign-out.
    pub sealed: Sealed,
}

/// A session to open.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its id.
    pub id: SessionHash,
    /// What it holds.
    pub row: SessionRow,
    /// When the provider issued the ID token (`iat`), for ST-3.
    pub issued: NumericDate,
}

/// What came of [`Store::open_session`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It is open.
    Yes,
    /// The provider ended it before it could be opened (E-2).
    AlreadyEnded,
}

/// Another policy's sign-in.
#[derive(Clone, Debug)]
pub struct Joining {
    /// The provider's session behind it, if it has a name.
    pub provider: Option<ProviderSession>,
    /// Its `sub`.
    pub subject: SubjectHash,
    /// Its person.
    pub person: PersonHash,
    /// When its ID token was issued.
    pub issued: NumericDate,
    /// What replaces [`SessionRow::sealed`].
    pub sealed: Sealed,
}

/// What came of [`Store::join`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// It is part of the session.
    Yes,
    /// The session is gone.
    SessionEnded,
    /// The session stays, but the provider has ended what should have joined it.
    AlreadyEnded,
}

/// Whose tokens: one row per session and policy, because a refresh token belongs to one policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenKey {
    /// The session that owns them.
    pub session: SessionHash,
    /// The policy that issued them.
    pub policy: String,
}

/// Which writing of a row. No session ever uses one twice, so a row removed and written anew is not mistaken for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u64);

impl Version {
    /// There is no row yet.
    pub const NONE: Self = Self(0);
}

/// A value, and which writing of it this is.
#[derive(Clone, Debug)]
pub struct Versioned<T> {
    /// The writing.
    pub version: Version,
    /// The value.
    pub value: T,
}

/// What came of writing tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Save {
    /// Done.
    Saved,
    /// Somebody else wrote in between; read again.
    Moved,
    /// The session is gone. Nothing was written (E-1).
    SessionEnded,
}

/// Which sessions end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// This one. Leaves no marker: the provider's session goes on.
    Session(SessionHash),
    /// All that came from this session at the provider.
    ProviderSession(ProviderSession),
    /// All of this subject.
    Subject(SubjectHash),
    /// All of this person, in every browser.
    Person(PersonHash),
    /// All whose [`SessionRow::latest`] has come. Leaves no marker.
    Outlived,
}

/// A session that is no more.
#[derive(Clone, Debug)]
pub struct EndedSession {
    /// Its id.
    pub id: SessionHash,
    /// What it held.
    pub row: SessionRow,
    /// The tokens that went with it, by policy.
    pub tokens: Vec<(String, Sealed)>,
}
