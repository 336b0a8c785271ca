//! The UserInfo endpoint: claims about the person of an access token (OpenID Connect Core §5.3, userinfo-endpoint).

use axum::body::Body;
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Map, Value as Json};
use zaguan_journey::{Outcome, Program, Start};
use zaguan_protocol::{
    bearer::{self, insufficient_scope, invalid_token},
    errors::{Code, OAuthError},
    token,
};

use super::{
    Here,
    refusal::{JSON, Refusal},
    returned::Returned,
};
use crate::{
    call::{Call, content, empty, json},
    errors::{Fault, oauth_error},
};

/// Claims that speak of the token, not of the person (RFC 7519 §4.1; OpenID Connect Core §2, §3.3.2.11; B2C's own):
/// never a part of an answer that no policy describes.
const OF_THE_TOKEN: [&str; 18] = [
    "iss",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "ver",
    "azp",
    "scp",
    "nonce",
    "auth_time",
    "acr",
    "amr",
    "tfp",
    "sid",
    "at_hash",
    "c_hash",
    "s_hash",
];

impl Here {
    /// where the policy declares one, or the tenant wants one as the standards do.
    pub(crate) fn has_user_info(&self, program: &Program) -> bool {
        program.relying_party.user_info_journey.is_some() || self.tenant.standards(&program.policy.id).user_info
    }

    /// `…/openid/v2.0/userinfo`.
    pub(crate) async fn user_info(&self, call: &Call) -> Result<Response<Body>, Fault> {
        let program = self.program()?;
        if !self.has_user_info(program) {
            return Err(Fault::nowhere());
        }
        let mut response = match call.method == Method::OPTIONS {
            true => empty(StatusCode::NO_CONTENT),
            false => match self.about_the_person(call, program).await {
                Ok(Some(members)) => json(StatusCode::OK, &members),
                Ok(None) => {
                    let how = oauth_error(90_083, Some("send the access token as `Authorization: Bearer`"));
                    self.bearer_refusal(call, &how, StatusCode::UNAUTHORIZED, None)
                }
                Err(Refusal::App(error)) => {
                    tracing::info!(code = error.code.number(), error = %error.error, "a UserInfo request is refused");
                    let status = StatusCode::from_u16(bearer::status(&error)).unwrap_or(StatusCode::BAD_REQUEST);
                    self.bearer_refusal(call, &error, status, Some(&error))
                }
                Err(refusal @ Refusal::Fault(_)) => self.refuse_app(call, refusal, None),
            },
        };
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, OPTIONS"));
        // `*` does not stand for `Authorization` (Fetch, "CORS non-wildcard request-header name").
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization, *"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("www-authenticate"));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        Ok(response)
    }

    /// The answer; `None` for a request that shows no token.
    async fn about_the_person(&self, call: &Call, program: &Program) -> Result<Option<Map<String, Json>>, Refusal> {
        // A header that is no text is no Bearer token either.
        let headers = call.headers.get_all(header::AUTHORIZATION).iter().map(|value| value.to_str().unwrap_or(""));
        let in_form = (call.method == Method::POST).then(|| call.form.get("access_token")).flatten();
        let Some(token) = bearer::presented(headers, in_form)? else { return Ok(None) };
        let token = self.returned(call, program, token).await?;
        if token.is_an_apps_own() {
            let reason = "the app got this token in its own name; it is about no person";
            return Err(insufficient_scope(Code::ResourceNotPermitted, reason).into());
        }
        let mut members = match program.relying_party.user_info_journey {
            Some(_) => self.run_user_info(call, program, &token).await?,
            None => of_the_person(&token)?,
        };
        // OpenID Connect Core §5.3.2 wants `sub` in every answer; B2C gives what the policy lists and nothing else.
        if self.tenant.standards(&program.policy.id).user_info
            && let Some(subject) = token.text("sub")
            && !members.contains_key("sub")
        {
            members.insert("sub".into(), subject.into());
        }
        Ok(Some(members))
    }

    /// The policy's UserInfo journey: no session, no page, nobody there to be asked.
    async fn run_user_info(
        &self,
        call: &Call,
        program: &Program,
        token: &Returned,
    ) -> Result<Map<String, Json>, Refusal> {
        let claims = token.claims().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let policy = &program.policy.id;
        let gone = |code: Code, reason: Option<String>| -> Refusal {
            invalid_token(code, &reason.unwrap_or_else(|| code.message(&[]))).into()
        };
        match self.run_unseen(call, program, token.app(), Start::UserInfo { claims }).await? {
            Some(Outcome::UserInfo(members)) => Ok(members.into_iter().collect()),
            Some(Outcome::Forbidden(refusal)) => {
                let code = Code::from_number(refusal.code).unwrap_or(Code::ResourceNotPermitted);
                Err(insufficient_scope(code, &refusal.message.unwrap_or_default()).into())
            }
            Some(Outcome::AccountGone) => Err(gone(Code::AccountGone, None)),
            Some(Outcome::Refused(refusal)) => match Code::from_number(refusal.code) {
                Some(code @ (Code::AccountGone | Code::GrantRevoked)) => Err(gone(code, refusal.message)),
                _ => {
                    let why = refusal.message.unwrap_or_else(|| "it gives no reason".into());
                    let log = format!("the UserInfo journey of `{policy}` failed (AADB2C{}): {why}", refusal.code);
                    Err(Fault::ours(log).into())
                }
            },
            Some(Outcome::Claims(_)) | None => {
                Err(Fault::ours(format!("the UserInfo journey of `{policy}` ends in a page, or in a token")).into())
            }
        }
    }

    fn bearer_refusal(
        &self,
        call: &Call,
        body: &OAuthError,
        status: StatusCode,
        named: Option<&OAuthError>,
    ) -> Response<Body> {
        let body = token::error_body(body, &call.correlation_id, &call.now.to_error_form());
        let mut response = content(status, JSON, body);
        if let Ok(challenge) = HeaderValue::from_str(&bearer::challenge(&self.tenant.domain, named)) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// What an access token says of its person, where no policy says what to answer.
fn of_the_person(token: &Returned) -> Result<Map<String, Json>, Refusal> {
    if !token.is_access_token() {
        let reason = "this is an ID token; send the access token that came with it";
        return Err(invalid_token(Code::TokenMalformed, reason).into());
    }
    let claims = token.claims().iter().filter(|(name, _)| !OF_THE_TOKEN.contains(&name.as_str()));
    Ok(claims.map(|(name, value)| (name.clone(), value.clone())).collect())
}
