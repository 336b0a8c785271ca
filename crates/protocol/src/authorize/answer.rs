//! The answer to an authorization request, on its way to the app.

use super::AuthorizeRequest;
use crate::errors::OAuthError;
use crate::return_address::{ResponseMode, ReturnAddress};
use crate::secret::Secret;
use std::fmt;

/// What was issued. Which of them there are follows the request's response type; `state` is added by us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issued {
    /// For `code`.
    pub code: Option<Secret<String>>,
    /// For `id_token`.
    pub id_token: Option<Secret<String>>,
    /// For `token`.
    pub access_token: Option<IssuedInFront>,
    /// Where the request asked for it.
    pub client_info: Option<String>,
}

/// An access token that travels through the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedInFront {
    /// The token.
    pub token: Secret<String>,
    /// How many seconds it lives.
    pub expires_in: u32,
    /// What was granted: [`crate::scope::GrantedScopes::to_response_string`].
    pub scope: String,
}

/// How the answer leaves. `Debug` shows neither address nor values: both carry codes and tokens.
#[derive(Clone, PartialEq, Eq)]
pub enum Delivery {
    /// A redirect (302, or 303 after a post) to this address.
    Redirect(String),
    /// A page with a form that posts itself.
    Form {
        /// Where it is posted to.
        action: String,
        /// Its hidden fields, in order.
        fields: Vec<(&'static str, String)>,
    },
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redirect(_) => f.write_str("Redirect(..)"),
            Self::Form { action, fields } => {
                let names: Vec<_> = fields.iter().map(|(name, _)| name).collect();
                f.debug_struct("Form").field("action", action).field("fields", &names).finish()
            }
        }
    }
}

impl AuthorizeRequest {
    /// Sends what was issued back to the app. `issuer` says who answers (`iss`, RFC 9207): an app that knows several
    /// servers can tell which of them a code is from.
    #[must_use]
    pub fn answer(&self, issued: &Issued, issuer: &str) -> Delivery {
        let mut fields = Vec::new();
        let mut add = |name, value: Option<&str>| fields.extend(value.map(|value| (name, value.to_owned())));
        add("state", self.state.as_deref());
        add("code", issued.code.as_ref().map(|code| code.expose().as_str()));
        add("id_token", issued.id_token.as_ref().map(|token| token.expose().as_str()));
        if let Some(IssuedInFront { token, expires_in, scope }) = &issued.access_token {
            add("access_token", Some(token.expose()));
            add("token_type", Some("Bearer"));
            add("expires_in", Some(&expires_in.to_string()));
            add("scope", Some(scope));
        }
        add("client_info", issued.client_info.as_deref());
        add("iss", Some(issuer));
        deliver(&self.return_address, self.response_mode, fields)
    }

    /// Sends a refusal back to the app, from any later point of the journey.
    #[must_use]
    pub fn refuse(&self, error: &OAuthError, issuer: &str, correlation_id: &str, at: &str) -> Delivery {
        let state = self.state.as_deref();
        refuse(&self.return_address, self.response_mode, state, error, issuer, correlation_id, at)
    }
}

/// Sends a refusal back to the app: `error`, `error_description`, `state`, `iss`. For [`super::Rejected::BackToApp`].
#[must_use]
pub fn refuse(
    to: &ReturnAddress,
    mode: ResponseMode,
    state: Option<&str>,
    error: &OAuthError,
    issuer: &str,
    correlation_id: &str,
    at: &str,
) -> Delivery {
    let mut fields =
        vec![("error", error.error.clone().into_owned()), ("error_description", error.description(correlation_id, at))];
    fields.extend(state.map(|state| ("state", state.to_owned())));
    fields.push(("iss", issuer.to_owned()));
    deliver(to, mode, fields)
}

fn deliver(to: &ReturnAddress, mode: ResponseMode, fields: Vec<(&'static str, String)>) -> Delivery {
    if mode == ResponseMode::FormPost {
        return Delivery::Form { action: to.as_str().to_owned(), fields };
    }
    let pairs: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Delivery::Redirect(to.with_parameters(mode, &pairs))
}
