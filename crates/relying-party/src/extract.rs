//! What a handler may ask for: who is signed in, and tokens for calling APIs.

use crate::layer::Visitor;
use crate::pages;
use crate::party::{Current, RelyingParty};
use crate::sign_in::Wishes;
use crate::silent::{self, Unavailable, Want};
use crate::store::Person;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value, json};
use std::fmt;
use std::sync::Arc;
use url::Url;
use zaguan_protocol::NumericDate;
use zaguan_protocol::crypto::{base64url, hmac_sha256};

/// The person of this request. As an argument of a handler it turns everyone else away: a browser that wants a page is sent
/// to sign in and back, a script gets 401 and a `sign_in_url`. `Option<SignedIn>` turns nobody away.
#[derive(Clone)]
pub struct SignedIn(Arc<Current>);

impl SignedIn {
    /// Who it is, the same in every policy.
    pub fn person(&self) -> &Person {
        &self.0.secrets.person
    }

    /// What the ID tokens of this session say, newest word last.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.0.secrets.claims
    }

    /// One claim, when it is a text.
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.claims().get(name)?.as_str()
    }

    /// The policy that opened the session.
    pub fn policy(&self) -> &str {
        &self.0.row.policy
    }

    /// When it was opened.
    pub fn since(&self) -> NumericDate {
        self.0.row.since
    }

    /// What a form that posts to [`RelyingParty::sign_out_url`] must send as `csrf_token`.
    pub fn csrf_token(&self) -> String {
        csrf_token(&self.0)
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn").field("policy", &self.policy()).finish_non_exhaustive()
    }
}

/// Derived from the session's id, which no other site can read.
pub(crate) fn csrf_token(current: &Current) -> String {
    base64url::encode(hmac_sha256(current.id.expose().as_bytes(), b"sign-out"))
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let visitor = visitor(parts)?;
        let challenge = || Challenge::new(&visitor.party, parts, None).into_response();
        visitor.session.clone().map(Self).ok_or_else(challenge)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Response> {
        Ok(visitor(parts)?.session.clone().map(Self))
    }
}

/// The tokens of this request's session. Turns away whom [`SignedIn`] turns away.
#[derive(Clone)]
pub struct Tokens {
    party: RelyingParty,
    current: Arc<Current>,
    challenge: Challenge,
}

impl Tokens {
    /// An access token for these scopes, from the policy that the person signed in with; for the app's own API scopes when
    /// none are given. Good for at least five minutes (or a tenth of its life), or as long as the provider allows.
    ///
    /// # Errors
    /// When there is none without the person, or none now, or none at all.
    pub async fn access_token(&self, scopes: &[&str]) -> Result<String, TokenError> {
        self.from_policy(&self.current.row.policy, scopes, self.challenge.clone()).await
    }

    /// The same from the policy of another journey, which the person has taken in this session or is then asked to take.
    ///
    /// # Errors
    /// As [`access_token`](Self::access_token); [`TokenError::Refused`] for a name that was not configured.
    pub async fn access_token_of(&self, journey: &str, scopes: &[&str]) -> Result<String, TokenError> {
        let Some(found) = self.party.0.journey(journey) else {
            let description = format!("the journey `{journey}` is not configured");
            return Err(TokenError::Refused { code: "unknown_journey".into(), description });
        };
        let challenge = Challenge { journey: Some(found.name.clone()), ..self.challenge.clone() };
        self.from_policy(found.provider.policy(), scopes, challenge).await
    }

    async fn from_policy(&self, policy: &str, scopes: &[&str], challenge: Challenge) -> Result<String, TokenError> {
        let scopes: Vec<String> = if scopes.is_empty() {
            self.party.0.scopes.iter().filter(|scope| !silent::is_of_openid(scope)).cloned().collect()
        } else {
            scopes.iter().map(|&scope| scope.to_owned()).collect()
        };
        let token = silent::access_token(&self.party, &self.current, policy, scopes, Want::AccessToken).await;
        match token {
            Ok(Some(token)) => Ok(token),
            Ok(None) | Err(Unavailable::PersonNeeded) => Err(TokenError::PersonNeeded(challenge)),
            // A journey joins a session, and there is none: sign in first.
            Err(Unavailable::SignedOut) => Err(TokenError::SignedOut(self.challenge.clone())),
            Err(Unavailable::TryLater { after }) => Err(TokenError::TryLater { after }),
            Err(Unavailable::Refused { code, description }) => Err(TokenError::Refused { code, description }),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Tokens {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let visitor = visitor(parts)?;
        let challenge = Challenge::new(&visitor.party, parts, None);
        match visitor.session.clone() {
            Some(current) => Ok(Self { party: visitor.party.clone(), current, challenge }),
            None => Err(challenge.into_response()),
        }
    }
}

fn visitor(parts: &Parts) -> Result<&Visitor, Response> {
    parts.extensions.get().ok_or_else(|| {
        tracing::error!("a handler asks who is signed in, but the router is not wrapped in `RelyingParty::layer`");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    })
}

/// Where to send the browser, and how: a page is redirected (303), a script gets 401 with `sign_in_url`.
#[derive(Clone, Debug)]
pub struct Challenge {
    path: String,
    journey: Option<String>,
    return_to: String,
    wishes: Wishes,
    asker: Asker,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asker {
    Navigation,
    Script,
}

impl Challenge {
    fn new(party: &RelyingParty, parts: &Parts, journey: Option<String>) -> Self {
        let asker = asker(&parts.headers);
        let landing = party.0.landing.as_str();
        let here = parts.uri.path_and_query().map_or(landing, |path| path.as_str());
        let return_to = match asker {
            Asker::Navigation if [Method::GET, Method::HEAD].contains(&parts.method) => here,
            // What was posted cannot be posted again by coming back, and a script's address is no page.
            _ => referring_page(&parts.headers, &party.0.base).unwrap_or(landing),
        };
        Self {
            path: party.path("sign-in"),
            journey,
            return_to: party.0.return_path(Some(return_to)).as_str().to_owned(),
            wishes: Wishes::default(),
            asker,
        }
    }

    /// The address to open.
    #[must_use]
    pub fn url(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some(journey) = &self.journey {
            query.append_pair("journey", journey);
        }
        query.append_pair("return_to", &self.return_to).extend_pairs(self.wishes.pairs());
        format!("{}?{}", self.path, query.finish())
    }

    /// With the name to fill in.
    #[must_use]
    pub fn login_hint(mut self, name: impl Into<String>) -> Self {
        self.wishes.login_hint = Some(name.into());
        self
    }

    /// With the identity provider to go to directly.
    #[must_use]
    pub fn domain_hint(mut self, domain: impl Into<String>) -> Self {
        self.wishes.domain_hint = Some(domain.into());
        self
    }

    /// With OpenID Connect's `prompt`, such as `login`.
    #[must_use]
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.wishes.prompt = Some(prompt.into());
        self
    }

    /// With the languages the person reads, such as `es en`.
    #[must_use]
    pub fn ui_locales(mut self, locales: impl Into<String>) -> Self {
        self.wishes.ui_locales = Some(locales.into());
        self
    }
}

impl IntoResponse for Challenge {
    fn into_response(self) -> Response {
        let url = self.url();
        if self.asker == Asker::Navigation {
            return pages::see_other(&url);
        }
        let body = json!({ "error": "sign_in_required", "sign_in_url": url });
        let mut response = (StatusCode::UNAUTHORIZED, axum::Json(body)).into_response();
        pages::private(response.headers_mut());
        response
    }
}

/// Who asks: the browser for a page, or a script in one.
fn asker(headers: &HeaderMap) -> Asker {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mode = text("sec-fetch-mode");
    let script = (!mode.is_empty() && mode != "navigate") || text("accept").contains("application/json");
    if script || text("x-requested-with") == "XMLHttpRequest" { Asker::Script } else { Asker::Navigation }
}

fn referring_page<'a>(headers: &'a HeaderMap, base: &Url) -> Option<&'a str> {
    let referrer = headers.get(header::REFERER)?.to_str().ok()?;
    let path = referrer.strip_prefix(base.origin().ascii_serialization().as_str())?;
    path.starts_with('/').then_some(path)
}

/// Why there is no access token.
#[derive(Clone, Debug)]
pub enum TokenError {
    /// Only the person can bring one.
    PersonNeeded(Challenge),
    /// The session ended, here or elsewhere, while the request was under way.
    SignedOut(Challenge),
    /// The provider does not answer.
    TryLater {
        /// Seconds to wait.
        after: i64,
    },
    /// The provider answered no, and asking again would not change that.
    Refused {
        /// Its `error`; `no_access_token` and `insufficient_scope` when it granted too little.
        code: String,
        /// The first line of its description.
        description: String,
    },
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PersonNeeded(_) => f.write_str("the person must sign in for this"),
            Self::SignedOut(_) => f.write_str("the person signed out"),
            Self::TryLater { after } => write!(f, "the provider does not answer; try again in {after} seconds"),
            Self::Refused { code, description } => write!(f, "the provider refused: `{code}`: {description}"),
        }
    }
}

impl std::error::Error for TokenError {}

/// An answer made from an error, for handlers that return `Result<_, Reply>`.
#[derive(Debug)]
pub struct Reply(Box<Response>);

impl From<TokenError> for Reply {
    fn from(error: TokenError) -> Self {
        let response = match error {
            TokenError::PersonNeeded(challenge) | TokenError::SignedOut(challenge) => challenge.into_response(),
            TokenError::TryLater { after } => {
                let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(after));
                response
            }
            TokenError::Refused { code, description } => {
                tracing::error!(%code, %description, "no access token");
                StatusCode::BAD_GATEWAY.into_response()
            }
        };
        Self(Box::new(response))
    }
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// The line that B2C writes for people; correlation id and time follow it.
pub(crate) fn first_line(description: &str) -> &str {
    description.lines().next().unwrap_or_default().trim()
}
