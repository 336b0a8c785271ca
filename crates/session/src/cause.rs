//! Why a session ended.

use serde::{Deserialize, Serialize};
use zaguan_policy::id::PolicyId;

use crate::scope::ClientId;

/// D17: the closed list. Every ended session has exactly one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Cause {
    /// The person signed out, and no app is known to have asked for it.
    SignedOutHere,
    /// The person signed out of this app.
    SignedOutByApp(ClientId),
    /// The identity provider told us.
    SignedOutByProvider(String),
    /// An administrator ended it.
    Administrator,
    /// The person's sessions were revoked.
    Revoked,
    /// It outlived a setting.
    Expired(ExpiredBy),
    /// `prompt=login` or `max_age` started a new one in its place (S-067).
    ReplacedByFreshSignIn,
    /// A SAML app asked with `ForceAuthn` (S-071).
    ReplacedByForceAuthn,
    /// Somebody else signed in, in the same browser and under the same key.
    ReplacedByAnotherPerson,
    /// The policy answered with `OAuth2Error` (S-066).
    EndedByPolicy(PolicyId),
    /// A limit was reached.
    Evicted(Limit),
    /// The person's password changed.
    PasswordChanged,
    /// The account was disabled or deleted.
    AccountGone,
}

/// Which setting of which policy was outlived.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ExpiredBy {
    /// The policy whose request found the session too old (D2).
    pub policy: PolicyId,
    /// Its setting.
    pub setting: ExpirySetting,
}

/// What may be outlived.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ExpirySetting {
    /// `SessionExpiryInSeconds`, counted from the sign-in or from the last use.
    SessionExpiry,
    /// `KeepAliveInDays`.
    KeepAlive,
}

/// Limits that evict.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Limit {
    /// Session cookies in one browser on one host.
    CookiesInBrowser,
}
