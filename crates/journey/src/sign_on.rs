//! What a journey did about the browser's session.

use std::collections::BTreeMap;

use zaguan_policy::{Timestamp, id::ProfileId};
use zaguan_session::{Memory, SessionId};

/// What a journey did about sessions.
#[derive(Clone, PartialEq, Debug)]
pub struct SignOn {
    /// The session that was found and still is this person's.
    pub continues: Option<SessionId>,
    /// Since when the person is signed in: the session's start, or now.
    pub authenticated: Timestamp,
    /// Memories that are new.
    pub memories: BTreeMap<ProfileId, Memory>,
    /// The issuer makes the app a participant.
    pub registers_app: bool,
    /// A local account ticked "keep me signed in".
    pub keep: bool,
    /// The person's object id.
    pub person: Option<String>,
}
