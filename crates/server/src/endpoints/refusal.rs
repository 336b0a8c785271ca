//! Why an endpoint that answers apps in JSON refuses.

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use zaguan_protocol::{
    client::{ClientAuthentication, Proof},
    errors::{Code, OAuthError},
    token,
};

use super::Here;
use crate::{
    call::{Call, content},
    errors::{Fault, oauth_error},
    keys::NotSigned,
    throttle::Attempt,
};

/// The form of every answer here.
pub(crate) const JSON: &str = "application/json; charset=utf-8";

/// Why an app's request is refused.
pub(crate) enum Refusal {
    /// By the protocol's rules.
    App(OAuthError),
    /// Because we cannot answer.
    Fault(Fault),
}

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Self {
        Self::App(error)
    }
}

impl<F: Into<Fault>> From<F> for Refusal {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// For an app that asked for a token: there is no key to sign it with, and that is not its fault.
pub(crate) fn not_signed(cause: NotSigned) -> Refusal {
    cause.told(Refusal::App, Refusal::Fault)
}

/// Whether somebody may have tried a secret, a code or a token that is not theirs.
fn is_guess(error: &OAuthError, client: Option<&ClientAuthentication>) -> bool {
    match &*error.error {
        "invalid_client" => true,
        // Who sent a proof is known by it; a wrong one is the line above.
        "invalid_grant" => client.is_none_or(|client| client.proof == Proof::None),
        _ => false,
    }
}

pub(crate) fn refused(code: Code, arguments: &[&str]) -> Refusal {
    Refusal::App(OAuthError::new(code, arguments))
}

impl Here {
    /// The answer that says no, in the form that token clients read.
    pub(crate) fn refuse_app(
        &self,
        call: &Call,
        refusal: Refusal,
        client: Option<&ClientAuthentication>,
    ) -> Response<Body> {
        let (error, status, retry_after) = match refusal {
            Refusal::App(error) => {
                let status = token::error_status(&error, client);
                // Guesses count, and nothing else: not our mistakes, not a mistaken form, and least of all a refusal for
                // having failed too often, which would feed itself.
                if is_guess(&error, client) {
                    self.server.throttle().count(Attempt::Grant { from: &call.from }, call.now);
                }
                tracing::info!(code = error.code.number(), error = %error.error, "an app's request is refused");
                // without it a library may not ask again for a minute.
                let retry_after = (error.code == Code::Throttled).then(|| HeaderValue::from_static("2"));
                (error, StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), retry_after)
            }
            Refusal::Fault(fault) => {
                let page = fault.into_call_response(call);
                let busy = page.status() == StatusCode::SERVICE_UNAVAILABLE;
                let error = oauth_error(if busy { 90_035 } else { 90_037 }, None);
                (error, page.status(), page.headers().get(header::RETRY_AFTER).cloned())
            }
        };
        let body = token::error_body(&error, &call.correlation_id, &call.now.to_error_form());
        let mut response = content(status, JSON, body);
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"apps\", charset=\"UTF-8\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
