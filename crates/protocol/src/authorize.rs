//! The authorization request: from parameters to a request of which every check passed.
//!
//! Two stages. Until the return address is proven, a refusal is a page of ours; from then on it goes back to the app.
//! [`Rejected`] remembers which. An accepted request knows how it is answered, whenever that is.

mod answer;
mod checks;
#[cfg(test)]
mod tests;

use crate::Mode;
use crate::application::Application;
use crate::errors::OAuthError;
use crate::params::Params;
use crate::pkce::Challenge;
use crate::return_address::{ResponseMode, ReturnAddress};
use crate::scope::{Apis, GrantedScopes, Scopes};
use serde::{Deserialize, Serialize};
use std::fmt;

pub use answer::{Delivery, Issued, IssuedInFront, refuse};
pub use checks::accept;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct RawAuthorize(Params);

impl RawAuthorize {
    /// Takes the parameters; nothing is checked yet.
    #[must_use]
    pub fn new(params: Params) -> Self {
        Self(params)
    }

    /// Who asks, for finding the [`Application`].
    ///
    /// # Errors
    /// 90008, to be shown on a page of ours.
    pub fn client_id(&self) -> Result<&str, OAuthError> {
        self.get("client_id").ok_or_else(|| OAuthError::new(crate::errors::Code::ClientIdMissing, &[]))
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }
}

/// What the tenant decides about requests.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Whether B2C's unsafe habits are kept. Here: public clients without PKCE (D25).
    pub mode: Mode,
    /// The apps whose APIs can be asked for.
    pub apis: &'a Apis<'a>,
    /// `openid` alone gives an access token too, for the app itself: the standards' way, not B2C's.
    pub access_token_always: bool,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("mode", &self.mode).finish_non_exhaustive()
    }
}

/// A request that passed every check. It is kept while the person signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizeRequest {
    /// The app that asks, as it is registered.
    pub client_id: String,
    /// Where the answer goes.
    pub return_address: ReturnAddress,
    /// What the answer holds.
    pub response_type: ResponseType,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// What was asked for.
    pub scopes: Scopes,
    /// What of it is granted.
    pub granted: GrantedScopes,
    /// Returned unchanged.
    pub state: Option<String>,
    /// Goes into the ID token unchanged, when present.
    pub nonce: Option<String>,
    /// Whether the person must or must not be asked.
    pub prompt: Prompt,
    /// How many seconds ago the person may have signed in at most.
    pub max_age: Option<u32>,
    /// Whom the app expects.
    pub login_hint: Option<String>,
    /// The identity provider that the app expects.
    pub domain_hint: Option<String>,
    /// Languages, best first, separated by blanks.
    pub ui_locales: Option<String>,
    /// For claim resolvers only.
    pub acr_values: Option<String>,
    /// A token that says something about the person. The journey verifies it, if it reads it at all.
    pub id_token_hint: Option<UnverifiedToken>,
    /// What whoever redeems the code must prove to know.
    pub challenge: Option<Challenge>,
    /// Whether the answer carries `client_info`.
    pub client_info: bool,
    /// Everything that was sent, for `{OAUTH-KV:…}`.
    pub params: Params,
}

/// A token as it came. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnverifiedToken(String);

impl UnverifiedToken {
    /// The text, to be verified.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for UnverifiedToken {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for UnverifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(token)")
    }
}

/// What the answer holds. Never nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResponseType {
    code: bool,
    id_token: bool,
    token: bool,
}

impl ResponseType {
    /// Reads the value of `response_type`: `code`, `id_token`, `token`, each at most once, in any order.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut found = Self { code: false, id_token: false, token: false };
        for part in text.split(' ').filter(|part| !part.is_empty()) {
            let place = match part {
                "code" => &mut found.code,
                "id_token" => &mut found.id_token,
                "token" => &mut found.token,
                _ => return None,
            };
            if std::mem::replace(place, true) {
                return None;
            }
        }
        (found.code || found.id_token || found.token).then_some(found)
    }

    /// A code, to be redeemed at the token endpoint.
    #[must_use]
    pub fn code(self) -> bool {
        self.code
    }

    /// An ID token, at once.
    #[must_use]
    pub fn id_token(self) -> bool {
        self.id_token
    }

    /// An access token, at once.
    #[must_use]
    pub fn token(self) -> bool {
        self.token
    }

    /// Whether a token travels through the browser.
    #[must_use]
    pub fn has_tokens(self) -> bool {
        self.id_token || self.token
    }

    /// How the answer travels when the request does not say (Multiple Response Types §2.1, §5).
    // OPEN: B2C's default is not documented.
    #[must_use]
    pub fn default_mode(self) -> ResponseMode {
        if self.has_tokens() { ResponseMode::Fragment } else { ResponseMode::Query }
    }
}

impl fmt::Display for ResponseType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [(self.code, "code"), (self.id_token, "id_token"), (self.token, "token")];
        let parts: Vec<_> = parts.into_iter().filter_map(|(is, name)| is.then_some(name)).collect();
        f.write_str(&parts.join(" "))
    }
}

impl From<ResponseType> for String {
    fn from(response_type: ResponseType) -> Self {
        response_type.to_string()
    }
}

impl TryFrom<String> for ResponseType {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a response type")
    }
}

/// Whether the person must or must not be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Only if needed.
    #[default]
    Default,
    /// Never; refuse instead.
    None,
    /// Always; single sign-on does not apply.
    Login,
    /// Accepted, without effect.
    SelectAccount,
    /// Accepted, without effect.
    Consent,
}

/// A refusal, and who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// The return address is not proven: the person sees it, the app never does.
    OnOurPage(OAuthError),
    /// The app is told.
    BackToApp {
        /// Where.
        to: ReturnAddress,
        /// How it travels.
        mode: ResponseMode,
        /// The `state` of the request.
        state: Option<String>,
        /// What is refused.
        error: OAuthError,
    },
}

impl Rejected {
    /// What is refused, whoever is told.
    pub fn error(&self) -> &OAuthError {
        match self {
            Self::OnOurPage(error) | Self::BackToApp { error, .. } => error,
        }
    }
}

/// The app that a request was accepted for must be the one it names; see [`accept`].
pub(crate) fn is_for(raw: &RawAuthorize, app: &Application) -> bool {
    raw.get("client_id").is_some_and(|client_id| app.is(client_id))
}
