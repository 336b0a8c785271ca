//! The token endpoint: grants for tokens. One file a grant.

mod answer;
mod client_credentials;
mod code;
mod password;
mod refresh;

use std::time::Duration;

use axum::body::Body;
use http::{HeaderValue, Method, Response, StatusCode, header};
use zaguan_journey::Program;
use zaguan_policy::Timestamp;
use zaguan_protocol::{
    errors::Code,
    return_address::RedirectKind,
    token::{GrantRequest, TokenRequest},
};
use zaguan_session::ClientId;
use zaguan_store::Grant;

use super::{
    Here,
    client::Client,
    grants::Granted,
    refusal::{JSON, Refusal, refused},
};
use crate::{
    call::{Call, content, empty},
    errors::{Fault, oauth_error},
};

/// A single-page app's refresh tokens live so long after the sign-in, used or not (configure-tokens).
const SPA_REFRESH_LIFETIME: Duration = Duration::from_secs(86_400);

/// One token request: who asks, and where it arrived.
struct Asked<'a> {
    call: &'a Call,
    program: &'a Program,
    client: &'a Client<'a>,
    request: &'a TokenRequest,
}

/// AADB2C90080 for a grant of which no times are known, or which has none.
fn past(what: &str) -> Refusal {
    Refusal::App(oauth_error(90_080, Some(&format!("{what}; send the person to sign in again"))))
}

impl Here {
    /// `POST …/oauth2/v2.0/token`.
    pub(crate) async fn token(&self, call: &Call) -> Result<Response<Body>, Fault> {
        let mut response = match call.method == Method::OPTIONS {
            true => empty(StatusCode::NO_CONTENT),
            false => {
                let request = TokenRequest::parse(&call.form, call.header("authorization"));
                let answer = match &request {
                    Ok(request) => self.grant(call, request).await,
                    Err(error) => Err(Refusal::App(error.clone())),
                };
                match answer {
                    Ok(body) => content(StatusCode::OK, JSON, body),
                    Err(refusal) => self.refuse_app(call, refusal, request.as_ref().ok().map(|known| &known.client)),
                }
            }
        };
        self.allow_spa_origin(call, &mut response);
        // RFC 6749 section 5.1, for caches of old.
        response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        Ok(response)
    }

    async fn grant(&self, call: &Call, request: &TokenRequest) -> Result<String, Refusal> {
        let program = self.program()?;
        let client = self.client(call, &request.client).await?;
        let asked = Asked { call, program, client: &client, request };
        match &request.grant {
            GrantRequest::AuthorizationCode { code, redirect_uri, verifier } => {
                let verifier = verifier.as_ref().map(|verifier| verifier.expose().as_str());
                self.redeem_code(&asked, code.expose(), redirect_uri.as_deref(), verifier).await
            }
            GrantRequest::RefreshToken { token } => self.redeem_refresh_token(&asked, token.expose()).await,
            GrantRequest::ClientCredentials => self.client_credentials(&asked).await,
            GrantRequest::Password { username, password } => self.password_grant(&asked, username, password).await,
        }
    }

    /// Refuses a grant that is another app's or another policy's.
    fn must_be_theirs(&self, asked: &Asked<'_>, grant: &Grant) -> Result<(), Refusal> {
        let policy = &asked.program.policy.id;
        if grant.app != ClientId::new(asked.client.id()) {
            return Err(refused(Code::GrantOfOtherClient, &[asked.client.id()]));
        }
        // S-118, R-40.
        if grant.policy != *policy {
            return Err(refused(Code::GrantOfOtherPolicy, &[grant.policy.as_str(), policy.as_str()]));
        }
        Ok(())
    }

    /// When a refresh token that is issued now expires.
    fn refresh_until(&self, granted: &Granted, program: &Program, now: Timestamp) -> Result<Timestamp, Fault> {
        // S-116.
        if granted.redirect_kind == RedirectKind::Spa {
            return Ok(granted.granted + SPA_REFRESH_LIFETIME);
        }
        let issuer = granted.issuer(program)?;
        let own = now + issuer.refresh_token_lifetime;
        // S-117.
        Ok(match issuer.sliding_window {
            Some(window) => own.min(granted.granted + window),
            None => own,
        })
    }
}
