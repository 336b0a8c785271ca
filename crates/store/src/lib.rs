//! Keeps accounts, sessions, grants, visits and keys, in memory or SQLite, and proves each engine
//! equal.
//!
//! Six small traits in the product's words; [`Store`] is all of them and the one operation that
//! spans several, [`Store::finish`]. The engines are [`Memory`] and [`Sqlite`]; a new one is a
//! file and a line in the tests, and has to pass [`conformance`]. What a journey keeps
//! between two requests is a sealed blob to the store ([`Visits`]); everything else is typed, because
//! it is asked questions.
//!
//! What an answer waits for is part of each operation's promise. *Durable*: it survives the loss of
//! power. *Kept*: it survives the end of the process, and may be lost with the power; then a person
//! signs in again or repeats a step, and nothing else.
//!
//! **Invariants.** A code is taken once, whoever else is taking it, and one generation of a family is
//! current: what many do with them at once could have happened in turn. A session is ended once, and
//! its notices are written with its end. A visit is saved only over the version that was read. Sign-in
//! names and identities are unique, also under race. Nothing secret is in the clear: cookies, codes
//! and client secrets are hashes, private keys and visits are sealed before they get here.

#![forbid(unsafe_code)]

mod account;
#[doc(hidden)]
pub mod conformance;
mod grant;
mod memory;
mod records;
mod sqlite;
mod visit;

use std::{fmt, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use zaguan_policy::Timestamp;
use zaguan_session::{Cause, ClientId, Ended, ExpiredBy, Session, SessionId, SessionUse};

use account::fold;

pub use account::*;
pub use grant::*;
pub use memory::Memory;
pub use records::*;
pub use sqlite::Sqlite;
pub use visit::*;

/// A tenant, by its GUID in lower case. The first part of every key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantId(String);

impl TenantId {
    /// Folds the case.
    pub fn new(guid: &str) -> Self {
        Self(guid.trim().to_lowercase())
    }

    /// In lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an operation gives, or why the engine could not do it. A fault is the operator's business:
/// nothing is known to have been written.
pub type Stored<T> = Result<T, StoreFault>;

/// Why an engine could not do its work.
#[derive(Debug, thiserror::Error)]
#[error("the store could not {doing}: {cause}")]
pub struct StoreFault {
    /// What was being done.
    pub doing: &'static str,
    /// The engine's words. They carry no values.
    pub cause: String,
}

/// The people of a tenant.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The account that the key names.
    async fn account(&self, tenant: &TenantId, key: &AccountKey) -> Stored<Option<Account>>;

    /// The hash (PHC string) that the account's password is checked against.
    async fn password_hash(&self, tenant: &TenantId, object_id: &str) -> Stored<Option<String>>;

    /// Creates or changes an account. Durable.
    ///
    /// With an [`AskId`]: the same ask with the same content gets the answer that it got before, and
    /// writes nothing. The same ask with other content first undoes the account that it created, and
    /// what later asks of that version created, as long as nobody was told: once the visit was saved
    /// or finished over that version, nothing is undone any more.
    async fn write_account(
        &self,
        tenant: &TenantId,
        ask: Option<&AskId>,
        write: &AccountWrite,
        now: Timestamp,
    ) -> Stored<WriteAnswer>;

    /// Deletes an account, with what its refresh tokens know of the person, and ends its sessions or leaves them. Families
    /// and codes stay, with an empty body, until they expire: so an app can be told why it is refused. Durable. False where there is
    /// none.
    async fn delete_account(
        &self,
        tenant: &TenantId,
        object_id: &str,
        sessions: SessionsThen,
        now: Timestamp,
    ) -> Stored<bool>;

    /// Up to `limit` accounts by rising object id, from the first one after `after`.
    async fn accounts(&self, tenant: &TenantId, after: Option<&str>, limit: usize) -> Stored<Vec<Account>>;
}

/// The sessions of browsers.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The session with this id. Whether the cookie opens it and whether it is alive is the caller's
    /// to decide.
    async fn session(&self, tenant: &TenantId, id: &SessionId) -> Stored<Option<Session>>;

    /// Ends a session: removes it, writes a notice for each participant and a record of the cause.
    /// Durable. To one caller the [`Ended`], to every other one `None`.
    async fn end_session(
        &self,
        tenant: &TenantId,
        id: &SessionId,
        cause: &Cause,
        now: Timestamp,
    ) -> Stored<Option<Ended>>;

    /// Ends up to `limit` sessions, the newest first, in one transaction. Durable. Fewer than `limit` means that
    /// there are no more.
    async fn end_sessions(
        &self,
        tenant: &TenantId,
        of: &SessionsOf,
        cause: &Cause,
        now: Timestamp,
        limit: usize,
    ) -> Stored<Vec<Ended>>;

    /// What is told of the session, alive or over, for as long as its record is kept.
    async fn session_record(&self, tenant: &TenantId, id: &SessionId) -> Stored<Option<SessionRecord>>;

    /// Sessions by falling start, from the first one behind the mark. Looks at a bounded number of rows, so a page
    /// may have fewer than `limit` and yet a next one.
    async fn session_page(
        &self,
        tenant: &TenantId,
        filter: &SessionFilter,
        after: Option<&PageMark>,
        limit: usize,
    ) -> Stored<SessionPage>;

    /// Up to `limit` sessions, of all tenants, that may have outlived every policy: the caller decides.
    async fn due_sessions(&self, now: Timestamp, limit: usize) -> Stored<Vec<DueSession>>;

    /// Ends those that are over and looks at the others again later. One that was used in the meantime is left as it
    /// is. Kept: what is lost is found due again. Gives the number of those that ended.
    async fn settle_due(&self, verdicts: &[DueVerdict], now: Timestamp) -> Stored<u64>;
}

/// Codes and refresh tokens.
#[async_trait]
pub trait Grants: Send + Sync {
    /// What the code stands for, until it expires; whether somebody took it says [`Grants::redeem_code`] alone. A grant never
    /// changes, so what is found out about it here is true there.
    async fn code(&self, tenant: &TenantId, code: &CodeHash, now: Timestamp) -> Stored<Option<Grant>>;

    /// Takes a code, and with `refresh` begins its family of refresh tokens, whose first one expires then: one transaction, so
    /// that no end of the process comes in between. To one caller the grant. To everybody after, until the code would have
    /// expired anyway, [`Taken::Before`], and the family is over (RFC 6749 section 4.1.2). Durable.
    async fn redeem_code(
        &self,
        tenant: &TenantId,
        code: &CodeHash,
        refresh: Option<FirstToken>,
        now: Timestamp,
    ) -> Stored<Taken>;

    /// Begins a family of refresh tokens that comes of no code, at generation 0. Durable.
    async fn begin_family(&self, tenant: &TenantId, family: &RefreshFamily) -> Stored<()>;

    /// The family, unless it is over.
    async fn family(&self, tenant: &TenantId, id: &FamilyId) -> Stored<Option<RefreshFamily>>;

    /// Uses the token of `generation` up and makes its successor valid. Durable.
    ///
    /// `grace`: for so many milliseconds after a rotation the token before the newest gets the same
    /// successor again. Any other old token ends its family.
    async fn rotate(
        &self,
        tenant: &TenantId,
        id: &FamilyId,
        generation: u32,
        until: Timestamp,
        now: Timestamp,
        grace_millis: i64,
    ) -> Stored<Rotated>;

    /// Ends a family. Durable.
    async fn end_family(&self, tenant: &TenantId, id: &FamilyId) -> Stored<()>;

    /// True the first time that this is shown, for as long as it is remembered: what may be used once and expires by
    /// itself at `until`. Kept.
    async fn first_sight(&self, tenant: &TenantId, id: &[u8; 32], until: Timestamp, now: Timestamp) -> Stored<bool>;
}

/// What is in flight between two requests of a browser.
#[async_trait]
pub trait Visits: Send + Sync {
    /// The visit, unless it expired.
    async fn visit(&self, id: &VisitId, now: Timestamp) -> Stored<Option<Visit>>;

    /// Begins a visit at version 0. Kept.
    async fn begin_visit(&self, visit: &Visit) -> Stored<()>;

    /// Saves over the version that was read, as version + 1. False where that version is no longer
    /// there: somebody else was faster. Kept.
    async fn save_visit(&self, read: &Visit, sealed: Vec<u8>, until: Timestamp) -> Stored<bool>;
}

/// Who has to be told of the end of a session.
#[async_trait]
pub trait Notices: Send + Sync {
    /// The notices that the session's end left.
    async fn notices(&self, tenant: &TenantId, session: &SessionId) -> Stored<Vec<Notice>>;

    /// Writes down what became of a notice. Kept.
    async fn settle_notice(
        &self,
        tenant: &TenantId,
        session: &SessionId,
        app: &ClientId,
        outcome: NoticeOutcome,
        now: Timestamp,
    ) -> Stored<()>;
}

/// Private keys (sealed by the caller) and hashes of client secrets.
#[async_trait]
pub trait Keys: Send + Sync {
    /// The keys under a policy key's name, oldest first. Names compare without case.
    async fn keys(&self, tenant: &TenantId, name: &str) -> Stored<Vec<StoredKey>>;

    /// The names under which there are keys, in lower case.
    async fn key_names(&self, tenant: &TenantId) -> Stored<Vec<String>>;

    /// Adds a key. Durable. With [`AddKey::OnlyFirst`], adds it only where the name has none of its kind. Gives
    /// back the keys that are there afterwards: two processes that start at once agree.
    async fn add_key(&self, tenant: &TenantId, name: &str, key: &StoredKey, when: AddKey) -> Stored<Vec<StoredKey>>;

    /// Removes a key by its id. Durable. False where there is none.
    async fn remove_key(&self, tenant: &TenantId, name: &str, id: &str) -> Stored<bool>;

    /// A value by which the caller knows its master key again: the first one that was given, ever. Durable.
    async fn master_check(&self, first: &[u8; 32]) -> Stored<[u8; 32]>;

    /// Hashes of the app's secrets.
    async fn client_secrets(&self, tenant: &TenantId, app: &ClientId) -> Stored<Vec<StoredSecret>>;

    /// Adds a secret's hash. Durable.
    async fn add_client_secret(&self, tenant: &TenantId, app: &ClientId, secret: &StoredSecret) -> Stored<()>;

    /// Removes a secret by its id. Durable. False where there is none.
    async fn remove_client_secret(&self, tenant: &TenantId, app: &ClientId, id: &str) -> Stored<bool>;
}

/// Everything that the server keeps.
#[async_trait]
pub trait Store: Directory + Sessions + Grants + Visits + Notices + Keys {
    /// The end of a journey, in one transaction: what became of the session, the code, the visit.
    /// Durable, except that a journey that only used a session and got a code is kept. A session id
    /// or a code that was used before is a fault.
    async fn finish(&self, tenant: &TenantId, finish: &Finish, now: Timestamp) -> Stored<Finished>;

    /// Removes what has expired: visits, codes, families, what was shown once, and records of ended sessions after
    /// `keep_records`. Sessions do not go like that: each has an end with a cause.
    async fn sweep(&self, now: Timestamp, keep_records: Duration) -> Stored<u64>;
}

/// How a journey ends.
#[derive(Clone, Debug)]
pub struct Finish {
    /// The visit that is over, at the version that was read; absent where nothing was ever parked.
    pub visit: Option<(VisitId, u64)>,
    /// What becomes of the session.
    pub session: SessionChange,
    /// The code that the app gets.
    pub code: Option<NewCode>,
}

/// What a journey does to the session of its key.
#[derive(Clone, Debug)]
pub enum SessionChange {
    /// Nothing: the scope is suppressed, or the journey failed.
    None,
    /// A fresh sign-on. Whatever session the browser has under this key ends with it, so that a browser never has
    /// two, however many tabs signed in at once; the same person's apps pass on to the new one.
    Start {
        /// The new one.
        session: Box<Session>,
        /// The session that the request found, and by which it was over already, if it was.
        instead_of: Option<(SessionId, Option<ExpiredBy>)>,
    },
    /// The session answered.
    Use(SessionUse),
}

/// What `finish` did.
#[derive(Clone, PartialEq, Debug)]
pub enum Finished {
    /// All of it.
    Done {
        /// The session as it is now.
        session: Option<Box<Session>>,
        /// The sessions that it took the place of.
        ended: Vec<Ended>,
    },
    /// Nothing: the session ended while the journey ran.
    SessionEnded,
    /// Nothing: another request moved the visit on.
    VisitMoved,
}

/// How long the answer to an ask is remembered whose visit was never stored.
pub(crate) const WITHOUT_VISIT: Duration = Duration::from_secs(86_400);
