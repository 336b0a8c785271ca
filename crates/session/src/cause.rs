//! Why a session ended.

use serde::{Deserialize, Serialize};
use zaguan_policy::{Timestamp, id::PolicyId, model::Expiry};

use crate::scope::ClientId;

/// D17: the closed list. Every ended session has exactly one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Cause {
    /// The person signed out, and no app is known to have asked for it.
    SignedOutHere,
    /// The person signed out of this app.
    SignedOutByApp(ClientId),
    /// The person ended it from their page of sessions, in another browser.
    SignedOutFromPage,
    /// This identity provider told us.
    SignedOutByProvider(String),
    /// An administrator ended it, and may have said why.
    Administrator {
        /// The administrator's words; empty where none were given.
        note: String,
    },
    /// The person's sessions were revoked.
    Revoked,
    /// It outlived a setting.
    Expired(ExpiredBy),
    /// The same person signed in anew: `prompt=login`, `max_age`, or a second tab (S-067).
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
    /// The account was disabled.
    AccountDisabled,
    /// The account was deleted.
    AccountDeleted,
}

impl Cause {
    /// Every cause, in the order of the list, with the word that filters and machine-readable answers use.
    pub const NAMES: [&str; 15] = [
        "signed-out-here",
        "signed-out-by-app",
        "signed-out-from-page",
        "signed-out-by-provider",
        "administrator",
        "revoked",
        "expired",
        "replaced-by-fresh-sign-in",
        "replaced-by-force-authn",
        "replaced-by-another-person",
        "ended-by-policy",
        "evicted",
        "password-changed",
        "account-disabled",
        "account-deleted",
    ];

    /// Its word.
    pub fn name(&self) -> &'static str {
        let [here, app, page, provider, administrator, revoked, expired, fresh, force, another, policy, rest @ ..] =
            Self::NAMES;
        let [evicted, password, disabled, deleted] = rest;
        match self {
            Self::SignedOutHere => here,
            Self::SignedOutByApp(_) => app,
            Self::SignedOutFromPage => page,
            Self::SignedOutByProvider(_) => provider,
            Self::Administrator { .. } => administrator,
            Self::Revoked => revoked,
            Self::Expired(_) => expired,
            Self::ReplacedByFreshSignIn => fresh,
            Self::ReplacedByForceAuthn => force,
            Self::ReplacedByAnotherPerson => another,
            Self::EndedByPolicy(_) => policy,
            Self::Evicted(_) => evicted,
            Self::PasswordChanged => password,
            Self::AccountDisabled => disabled,
            Self::AccountDeleted => deleted,
        }
    }

    /// True where the browser whose session it was shows a sign-out page, from which apps can be told in frames.
    pub fn has_a_page(&self) -> bool {
        matches!(self, Self::SignedOutHere | Self::SignedOutByApp(_) | Self::SignedOutByProvider(_))
    }
}

/// Which setting of which policy was outlived, and at which instant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ExpiredBy {
    /// D2: the policy that judged.
    pub policy: PolicyId,
    /// Its bound.
    #[serde(flatten)]
    pub bound: Bound,
}

/// Up to when a session lives, and by which setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Bound {
    /// The first instant at which it is over (D18).
    pub until: Timestamp,
    /// The setting that says so.
    pub setting: ExpirySetting,
    /// From when that setting counts.
    pub expiry: Expiry,
}

/// What may be outlived.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ExpirySetting {
    /// `SessionExpiryInSeconds`.
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
