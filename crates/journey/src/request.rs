//! What a journey knows of the request that it answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zaguan_policy::Timestamp;

use crate::claims::Claims;

/// The request, as far as policies can see it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Why the journey runs.
    pub start: Start,
    /// The app.
    pub client_id: String,
    /// The policy's id, as its author spells it.
    pub policy: String,
    /// The tenant's domain.
    pub tenant: String,
    /// The tenant's GUID.
    pub tenant_object_id: String,
    /// The host that the request came to.
    pub host: String,
    /// Goes into every error.
    pub correlation_id: String,
    /// The person's address.
    pub ip_address: String,
    /// Language tags, the most wanted first.
    pub languages: Vec<String>,
    /// Languages of the built-in pages, for policies without any of their own.
    pub built_in_languages: Vec<String>,
    /// The request's parameters, by name.
    pub parameters: BTreeMap<String, String>,
    /// Whether a failed sign-in says what was wrong.
    pub account_privacy: AccountPrivacy,
}

/// Why a journey runs.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Start {
    /// An app sent a browser.
    Authorize,
    /// An app redeems a refresh token. No page can be shown.
    Refresh {
        /// Claims of the first sign-in.
        claims: Claims,
        /// When the token was issued.
        issued: Timestamp,
    },
    /// An app asks in its own name. No page can be shown.
    ClientCredentials,
    /// An app brings a person's password. No page can be shown.
    Password {
        /// Sign-in name.
        username: String,
        /// The password, as a claim has it.
        password: Password,
    },
}

/// A password on its way into a journey. No `Debug` text shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(pub(crate) String);

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

/// Whether a failed sign-in says what was wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum AccountPrivacy {
    /// As B2C does: one message for an unknown account, another for a wrong password.
    Told,
    /// One message for both.
    Kept,
}
