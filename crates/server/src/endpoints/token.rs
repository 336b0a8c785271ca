//! The token endpoint: codes and refresh tokens for tokens.

use std::time::Duration;

use axum::body::Body;
use http::{HeaderValue, Method, Response, StatusCode, header};
use zaguan_journey::profiles::jwt_issuer::NumberForm;
use zaguan_journey::{AccountPrivacy, Input, Journey, Outcome, Program, Request, Start, Turn};
use zaguan_policy::Timestamp;
use zaguan_protocol::{
    NumericDate,
    application::Application,
    crypto::{constant_time_eq, sha256},
    errors::{Code, OAuthError},
    return_address::RedirectKind,
    secret::Secret,
    token::{self, GrantRequest, IssuedAccessToken, IssuedToken, TokenRequest, TokenResponse},
};
use zaguan_session::ClientId;
use zaguan_store::{AccountKey, FamilyId, Grant, RefreshFamily, Rotated, StoredSecret, Taken};

use super::{
    Here,
    grants::{Granted, code_hash, parse_refresh_token, refresh_token},
    issue::Companions,
};
use crate::{
    call::{Call, content, empty},
    errors::{Fault, oauth_error},
    throttle::Attempt,
};

/// A single-page app's refresh tokens live so long after the sign-in, used or not (configure-tokens).
const SPA_REFRESH_LIFETIME: Duration = Duration::from_secs(86_400);
/// For so long a refresh token may be used again and gives the same successor: the answer was lost, or
/// two requests of one app crossed.
const ROTATION_GRACE_MILLIS: i64 = 60_000;

const JSON: &str = "application/json; charset=utf-8";

/// The app that asks, and what it may prove itself with.
struct Asking<'a> {
    app: &'a Application,
    secrets: Vec<StoredSecret>,
    request: &'a TokenRequest,
}

impl Asking<'_> {
    fn client_id(&self) -> &str {
        self.app.client_id()
    }

    /// A secret that is sent must be one of the app's.
    fn check_secret(&self) -> Result<(), Refusal> {
        let Some(secret) = self.request.client.secret() else { return Ok(()) };
        let hash = sha256(secret.expose().as_bytes());
        // Every one is compared, so that the time says nothing about which was near.
        let known = self.secrets.iter().fold(false, |found, known| constant_time_eq(&known.hash, &hash) | found);
        match known {
            true => Ok(()),
            false if self.secrets.is_empty() => Err(refused(Code::SecretUnexpected, &[])),
            false => Err(refused(Code::SecretWrong, &[])),
        }
    }

    /// Whether a grant that was sent to such an address needs a secret, and got one.
    fn check_kind(&self, granted: &Granted) -> Result<(), Refusal> {
        // OPEN: a web app that has no secret yet is let in by PKCE alone, and by nothing less.
        let by_pkce_alone = granted.redirect_kind == RedirectKind::Web
            && self.secrets.is_empty()
            && self.request.client.secret().is_none()
            && granted.challenge.is_some();
        if !by_pkce_alone {
            // Its value was compared when it came.
            self.request.client.secret_to_check(self.app, granted.redirect_kind)?;
        }
        Ok(())
    }
}

/// Why the token endpoint refuses.
enum Refusal {
    App(OAuthError),
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

fn refused(code: Code, arguments: &[&str]) -> Refusal {
    Refusal::App(OAuthError::new(code, arguments))
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
                    Err(Refusal::App(error)) => self.token_refusal(call, &error, request.ok().as_ref()),
                    Err(Refusal::Fault(fault)) => self.token_fault(call, fault),
                }
            }
        };
        self.allow_spa_origin(call, &mut response);
        Ok(response)
    }

    fn token_refusal(&self, call: &Call, error: &OAuthError, request: Option<&TokenRequest>) -> Response<Body> {
        self.server.throttle().count(Attempt::Grant { from: &call.from }, call.now);
        tracing::info!(code = error.code.number(), error = %error.error, "a token request is refused");
        let status = token::error_status(error, request.map(|request| &request.client));
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = token::error_body(error, &call.correlation_id, &call.now.to_error_form());
        let mut response = content(status, JSON, body);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
        }
        response
    }

    /// A fault in the form that token clients read.
    fn token_fault(&self, call: &Call, fault: Fault) -> Response<Body> {
        let page = fault.into_call_response(call);
        let code = if page.status() == StatusCode::SERVICE_UNAVAILABLE { 90_035 } else { 90_037 };
        let body = token::error_body(&oauth_error(code, None), &call.correlation_id, &call.now.to_error_form());
        let mut response = content(page.status(), JSON, body);
        if let Some(seconds) = page.headers().get(header::RETRY_AFTER) {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.clone());
        }
        response
    }

    /// on success and on error, for the origins of the tenant's single-page apps.
    fn allow_spa_origin(&self, call: &Call, response: &mut Response<Body>) {
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("Origin"));
        let Some(origin) = call.header("origin") else { return };
        let known = self.tenant.applications.values().any(|app| {
            app.redirect_uris()
                .spa
                .iter()
                .any(|uri| url::Url::parse(uri).is_ok_and(|uri| uri.origin().ascii_serialization() == origin))
        });
        let (true, Ok(origin)) = (known, HeaderValue::from_str(origin)) else { return };
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, OPTIONS"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }

    async fn grant(&self, call: &Call, request: &TokenRequest) -> Result<String, Refusal> {
        let program = self.program().map_err(Refusal::Fault)?;
        if !self.server.throttle().allows(Attempt::Grant { from: &call.from }, call.now) {
            return Err(refused(Code::Throttled, &[]));
        }
        let client_id = &request.client.client_id;
        let app = self.tenant.application(client_id);
        let app = app.ok_or_else(|| Refusal::App(OAuthError::new(Code::ClientUnknown, &[client_id])))?;
        let client = ClientId::new(app.client_id());
        let secrets = self.server.store().client_secrets(&self.tenant.id, &client).await?;
        let asking = Asking { app, secrets, request };
        // A wrong secret is refused before anything is used up.
        asking.check_secret()?;
        match &request.grant {
            GrantRequest::AuthorizationCode { code, redirect_uri, verifier } => {
                let verifier = verifier.as_ref().map(|verifier| verifier.expose().as_str());
                self.redeem_code(call, program, &asking, code.expose(), redirect_uri.as_deref(), verifier).await
            }
            GrantRequest::RefreshToken { token } => {
                self.redeem_refresh_token(call, program, &asking, token.expose()).await
            }
        }
    }

    async fn redeem_code(
        &self,
        call: &Call,
        program: &Program,
        asking: &Asking<'_>,
        code: &str,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
    ) -> Result<String, Refusal> {
        let store = self.server.store();
        let hash = code_hash(code);
        let (grant, family) = match store.take_code(&self.tenant.id, &hash, call.now).await? {
            Taken::Grant { grant, family } => (grant, family),
            // RFC 6749 section 4.1.2: a code shown twice ends what came of it.
            Taken::Before(family) => {
                store.end_family(&self.tenant.id, &family).await?;
                return Err(past("the code was used before"));
            }
            Taken::Unknown => return Err(past("the code is unknown, or was good until a while ago")),
        };
        let mut granted = self.check_grant(program, asking, &grant)?;
        granted.client_info |= asking.request.client_info;
        asking.check_kind(&granted)?;
        if redirect_uri.is_some_and(|given| given != granted.redirect_uri) {
            return Err(refused(
                Code::RedirectUriNotRegistered,
                &[redirect_uri.unwrap_or_default(), asking.client_id()],
            ));
        }
        match (&granted.challenge, verifier) {
            (Some(challenge), Some(verifier)) => {
                challenge.verify(verifier).map_err(|cause| Refusal::App(cause.into()))?;
            }
            (Some(_), None) => return Err(refused(Code::VerifierMalformed, &[])),
            // D25: a request that began without PKCE is not redeemed as if it had begun with it.
            (None, Some(_)) => return Err(refused(Code::VerifierMismatch, &[])),
            (None, None) => {}
        }
        let until = self.refresh_until(&granted, call.now);
        let token = match granted.scopes.offline_access && until > call.now {
            true => {
                let family = RefreshFamily { id: family, grant, generation: 0, rotated: call.now, until };
                store.begin_family(&self.tenant.id, &family).await?;
                Some((refresh_token(self.server.keys(), &family.id, 0), until))
            }
            false => None,
        };
        self.tokens(call, program, asking, &granted, token).await
    }

    /// The grant, if it is this app's and this policy's.
    fn check_grant(&self, program: &Program, asking: &Asking<'_>, grant: &Grant) -> Result<Granted, Refusal> {
        if grant.app != ClientId::new(asking.client_id()) {
            return Err(refused(Code::GrantOfOtherClient, &[asking.client_id()]));
        }
        if grant.policy != program.policy.id {
            return Err(refused(Code::GrantOfOtherPolicy, &[grant.policy.as_str(), program.policy.id.as_str()]));
        }
        serde_json::from_str(&grant.body)
            .map_err(|cause| Refusal::Fault(Fault::ours(format!("could not read a grant: {cause}"))))
    }

    /// When a refresh token that is issued now expires.
    fn refresh_until(&self, granted: &Granted, now: Timestamp) -> Timestamp {
        if granted.redirect_kind == RedirectKind::Spa {
            return granted.granted + SPA_REFRESH_LIFETIME;
        }
        let own = now + granted.issuer.refresh_token_lifetime;
        match granted.issuer.sliding_window {
            Some(window) => own.min(granted.granted + window),
            None => own,
        }
    }

    async fn redeem_refresh_token(
        &self,
        call: &Call,
        program: &Program,
        asking: &Asking<'_>,
        given: &str,
    ) -> Result<String, Refusal> {
        let store = self.server.store();
        let (id, generation) = parse_refresh_token(self.server.keys(), given)
            .ok_or_else(|| past("this is no refresh token of this server"))?;
        let family = store.family(&self.tenant.id, &id).await?.ok_or_else(|| refused(Code::GrantRevoked, &[]))?;
        let mut granted = self.check_grant(program, asking, &family.grant)?;
        asking.check_kind(&granted)?;
        if call.now >= family.until {
            return Err(past("the refresh token was good until a while ago"));
        }
        self.read_again(call, program, asking.client_id(), &mut granted, family.rotated).await?;
        let until = self.refresh_until(&granted, call.now);
        let rotated = store.rotate(&self.tenant.id, &id, generation, until, call.now, ROTATION_GRACE_MILLIS).await?;
        let successor = match rotated {
            Rotated::Successor(successor) => successor,
            Rotated::Reused => {
                tracing::warn!(family = %id.0, app = %asking.client_id(), "an old refresh token was shown; its family is over");
                return Err(refused(Code::GrantRevoked, &[]));
            }
            Rotated::Gone => return Err(refused(Code::GrantRevoked, &[])),
        };
        // a refreshed ID token carries no nonce of a request that is over.
        granted.nonce = None;
        granted.client_info |= asking.request.client_info;
        // RFC 6749 section 6: less than was granted, never more.
        granted.scopes = granted.scopes.narrowed(asking.request.scope.as_ref())?;
        let token = refresh_token(self.server.keys(), &FamilyId(id.0), successor);
        self.tokens(call, program, asking, &granted, Some((token, until))).await
    }

    /// The claims of refreshed tokens: those of the refresh journey, or copies of the first ones for
    /// an account that still is good.
    async fn read_again(
        &self,
        call: &Call,
        program: &Program,
        client_id: &str,
        granted: &mut Granted,
        issued: Timestamp,
    ) -> Result<(), Refusal> {
        if let Some(identity) = &granted.identity {
            let key = AccountKey::ObjectId(identity.clone());
            let account = self.server.store().account(&self.tenant.id, &key).await?;
            match account {
                // S-115.
                None => return Err(refused(Code::AccountGone, &[])),
                Some(account) if !account.enabled => return Err(refused(Code::GrantRevoked, &[])),
                // S-113: exactly, whatever tolerance the journey has.
                Some(account) if issued < account.tokens_valid_from => return Err(refused(Code::GrantRevoked, &[])),
                Some(_) => {}
            }
        }
        if program.refresh_journey().is_none() {
            return Ok(());
        }
        let request = Request {
            start: Start::Refresh { claims: granted.bag.clone(), issued },
            client_id: client_id.to_owned(),
            policy: program.policy.id.as_str().to_owned(),
            tenant: self.tenant.domain.clone(),
            tenant_object_id: self.tenant.id.as_str().to_owned(),
            host: call.host.clone(),
            correlation_id: call.correlation_id.clone(),
            ip_address: call.from.clone(),
            languages: vec![],
            built_in_languages: self.tenant.languages.clone(),
            parameters: std::collections::BTreeMap::new(),
            account_privacy: AccountPrivacy::Kept,
        };
        let mut journey = Journey::start(program, request, None);
        match self.drive(call, program, &mut journey, Input::Begin, None).await?.0 {
            Turn::Finish(Outcome::Claims(issued)) => {
                granted.claims = issued.claims;
                granted.subject = issued.subject;
                Ok(())
            }
            Turn::Finish(Outcome::Refused(refusal)) => {
                // whatever the journey's reason, a grant that cannot be used is `invalid_grant`.
                let code = if [90_128, 90_129].contains(&refusal.code) { refusal.code } else { 90_129 };
                Err(Refusal::App(oauth_error(code, refusal.message.as_deref())))
            }
            Turn::Finish(Outcome::AccountGone) => Err(refused(Code::AccountGone, &[])),
            Turn::Show(_) | Turn::Reply(_) | Turn::Ask(_) => {
                Err(Refusal::Fault(Fault::ours("the refresh journey wants to show a page")))
            }
        }
    }

    async fn tokens(
        &self,
        call: &Call,
        program: &Program,
        asking: &Asking<'_>,
        granted: &Granted,
        refresh: Option<(String, Timestamp)>,
    ) -> Result<String, Refusal> {
        let policy = &program.policy.id;
        let signer = self.signer(&granted.issuer, self.id_token_algorithm(asking.client_id()), call.now).await;
        let signer = signer.map_err(|cause| cause.told(Refusal::App, Refusal::Fault))?;
        let for_api = self.signer(&granted.issuer, self.access_token_algorithm(granted), call.now).await;
        let for_api = for_api.map_err(|cause| cause.told(Refusal::App, Refusal::Fault))?;
        let access_token = self.access_token(&for_api, asking.client_id(), policy, granted, call.now);
        let id_token = granted.scopes.openid.then(|| {
            let with = Companions { code: None, access_token: access_token.as_deref() };
            self.id_token(&signer, asking.client_id(), policy, granted, with, call.now)
        });
        let now = call.now.as_seconds();
        let who = granted.identity.as_deref().unwrap_or(&granted.subject);
        let seconds = |lifetime: Duration| u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX);
        let lifetime = seconds(granted.issuer.access_token_lifetime);
        let response = TokenResponse {
            not_before: NumericDate(now),
            access_token: access_token.zip(granted.scopes.resource.as_ref()).map(|(token, resource)| {
                IssuedAccessToken {
                    token: Secret::new(token),
                    expires_in: lifetime,
                    expires_on: NumericDate(now + i64::from(lifetime)),
                    resource: resource.audience.clone(),
                }
            }),
            id_token: id_token.map(|token| IssuedToken {
                token: Secret::new(token),
                expires_in: seconds(granted.issuer.id_token_lifetime),
            }),
            profile_info: (!granted.client_info).then(|| {
                let text = |name: &str| {
                    granted.claims.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.as_str())
                };
                token::profile_info(self.tenant.id.as_str(), text("name"), text("idp"))
            }),
            client_info: match granted.client_info {
                true => token::client_info(who, policy.as_str(), self.tenant.id.as_str()),
                false => None,
            },
            scope: granted.scopes.to_response_string(),
            refresh_token: refresh.map(|(token, until)| IssuedToken {
                token: Secret::new(token),
                expires_in: seconds(until.since(call.now)),
            }),
        };
        Ok(response.to_json(match granted.issuer.numbers {
            NumberForm::Number => token::NumberForm::Number,
            NumberForm::Text => token::NumberForm::Text,
        }))
    }
}
