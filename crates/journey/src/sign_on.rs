//! What a journey learned and did about the browser's session.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zaguan_policy::{
    Timestamp,
    id::{ExchangeId, ProfileId},
};
use zaguan_session::{Memory, Session, SessionId};

/// The session that the request found, as it was when the journey began.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FoundSession {
    /// The session.
    pub session: Session,
}

/// What a journey did about sessions.
#[derive(Clone, PartialEq, Debug)]
pub struct SignOn {
    /// The session that was found and still is the person's.
    pub continues: Option<SessionId>,
    /// Since when that person is signed in: the session's start, or now.
    pub authenticated: Timestamp,
    /// Memories that are new.
    pub memories: BTreeMap<ProfileId, Memory>,
    /// The issuer makes the app a participant.
    pub registers_app: bool,
    /// A local account ticked "keep me signed in".
    pub keep: bool,
    /// The person's object id.
    pub person: Option<String>,
    /// The exchange that was chosen.
    pub exchange: Option<ExchangeId>,
}
