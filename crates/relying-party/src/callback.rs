//! The way back from the provider: from an answer to a session, or to a page that says why not.

use crate::attempt::{Attempt, Purpose};
use crate::cookie::{self, Keep};
use crate::extract::first_line;
use crate::hooks::Cause;
use crate::pages;
use crate::party::{Current, Found, Inner, PASSWORD_RESET, RelyingParty};
use crate::provider::{Metadata, Provider, ProviderError};
use crate::sealed::{AccessToken, Place, SessionSecrets, TokenSet};
use crate::sign_in::{self, Wishes};
use crate::store::{
    Ending, Joined, Joining, NewSession, Opened, Person, ProviderSession, Save, Sealed, SessionId, SessionRow,
    StoreError, SubjectHash, TokenKey, Version,
};
use crate::token_endpoint::{Failed, Grant, Granted};
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};
use zaguan_protocol::id_token::{Expectation, VerifiedIdToken};
use zaguan_protocol::jose::{ExpiredTokens, JoseError, Jwks};

/// The parameters of an authorization response (RFC 6749 §4.1.2, RFC 9207 §2).
#[derive(Deserialize)]
pub(crate) struct Answer {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

pub(crate) async fn get(
    State(party): State<RelyingParty>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Response {
    receive(&party, &headers, answer).await
}

/// For providers that insist on `form_post`. The attempt's cookie comes along from the same site only.
pub(crate) async fn post(
    State(party): State<RelyingParty>,
    headers: HeaderMap,
    Form(answer): Form<Answer>,
) -> Response {
    receive(&party, &headers, answer).await
}

async fn receive(party: &RelyingParty, headers: &HeaderMap, answer: Answer) -> Response {
    let inner = &party.0;
    let state = answer.state.as_deref().unwrap_or_default();
    // Without its attempt nothing in the answer is believed, not even the words of an error.
    let Some(attempt) = Attempt::find(state, &inner.names, &inner.sealer, headers, inner.now()) else {
        let again = party.sign_in_url(inner.landing.as_str());
        let text = "It was begun in another browser, or more than ten minutes ago, or it is already finished.";
        return pages::notice(StatusCode::BAD_REQUEST, "This sign-in cannot go on", text, (&again, "Sign in"));
    };
    let mut response = match proceed(party, headers, &attempt, answer).await {
        Ok(response) => response,
        Err(refused) => refused.page(party, &attempt),
    };
    let used_up = inner.names.attempt(&attempt.state);
    cookie::remove(response.headers_mut(), &used_up);
    response
}

/// Why a callback ends without a session. The operator reads more in the log.
enum Refused {
    /// The provider said so.
    ByProvider {
        code: String,
        description: String,
    },
    /// What came is not what was asked for.
    Untrue(String),
    /// E-2: the provider ended its session before ours could begin.
    SignedOut,
    /// E-6.
    AnotherPerson,
    Unavailable(String),
}

impl From<ProviderError> for Refused {
    fn from(error: ProviderError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<Failed> for Refused {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Unreachable { .. } => Self::Unavailable("the token endpoint does not answer".into()),
            Failed::Refused { code, description } => Self::ByProvider { code, description },
        }
    }
}

impl Refused {
    fn page(self, party: &RelyingParty, attempt: &Attempt) -> Response {
        let again = party.sign_in_url(attempt.return_to.as_str());
        let link = (again.as_str(), "Sign in again");
        match self {
            Self::ByProvider { code, description } => {
                tracing::warn!(%code, %description, policy = %attempt.policy, "the provider refused a sign-in");
                let said = first_line(&description);
                let mut text = if said.is_empty() { code } else { said.to_owned() };
                if let Some(id) = correlation_id(&description) {
                    text.push_str(&format!(" (correlation ID {id})"));
                }
                pages::notice(StatusCode::BAD_REQUEST, "You are not signed in", &text, link)
            }
            Self::Untrue(reason) => {
                tracing::error!(%reason, policy = %attempt.policy, "an answer to a sign-in was not believed");
                let text = "The answer of the service that signs people in could not be verified.";
                pages::notice(StatusCode::BAD_GATEWAY, "You are not signed in", text, link)
            }
            Self::SignedOut => {
                let text = "You signed out before this sign-in was finished.";
                pages::notice(StatusCode::FORBIDDEN, "You are signed out", text, link)
            }
            Self::AnotherPerson => {
                let text = "You are signed in here with another account. Nothing was changed.";
                let link = (attempt.return_to.as_str(), "Continue");
                pages::notice(StatusCode::FORBIDDEN, "This is another account", text, link)
            }
            Self::Unavailable(reason) => {
                tracing::error!(%reason, policy = %attempt.policy, "a sign-in could not be finished");
                sign_in::unavailable(party, &attempt.return_to)
            }
        }
    }
}

/// The id in the second line of B2C's descriptions.
fn correlation_id(description: &str) -> Option<&str> {
    let line = description.lines().find_map(|line| line.strip_prefix("Correlation ID:"))?.trim();
    (line.len() <= 64).then_some(line)
}

async fn proceed(
    party: &RelyingParty,
    headers: &HeaderMap,
    attempt: &Attempt,
    answer: Answer,
) -> Result<Response, Refused> {
    let inner = &party.0;
    let provider =
        inner.provider(&attempt.policy).ok_or_else(|| Refused::Untrue("the policy is no longer configured".into()))?;
    let metadata = provider.metadata(&*inner.http, inner.now()).await?;
    match &answer.iss {
        Some(issuer) if *issuer != metadata.issuer => {
            return Err(Refused::Untrue(format!("it comes from `{issuer}`")));
        }
        // RFC 9207 §2.4: who promises to name itself always does.
        None if metadata.names_issuer => return Err(Refused::Untrue("it does not name its issuer".into())),
        _ => {}
    }
    if let Some(code) = answer.error {
        let description = answer.error_description.unwrap_or_default();
        let reset = inner.journey(PASSWORD_RESET).map(|journey| &journey.provider);
        return match reset {
            Some(reset) if description.starts_with(FORGOT_PASSWORD) && reset.policy() != attempt.policy => {
                let return_to = attempt.return_to.clone();
                Ok(sign_in::begin(party, reset, attempt.purpose, return_to, &Wishes::default(), headers).await)
            }
            _ if code == "access_denied" || description.starts_with(CANCELLED) => {
                Ok(pages::see_other(attempt.return_to.as_str()))
            }
            _ => Err(Refused::ByProvider { code, description }),
        };
    }
    let code = answer.code.ok_or_else(|| Refused::Untrue("it has neither a code nor an error".into()))?;

    let redirect_uri = party.redirect_uri();
    let grant = Grant::Code { code: &code, verifier: &attempt.verifier, redirect_uri: &redirect_uri };
    let granted = inner.client.redeem(&*inner.http, &metadata, &grant, &inner.scopes).await?;
    let token = granted.id_token.as_deref().ok_or_else(|| Refused::Untrue("there is no ID token".into()))?;
    let verified = verify(inner, provider, &metadata, token, Some(&attempt.nonce)).await?;
    let person = person(inner, &verified).ok_or_else(|| Refused::Untrue("the ID token names nobody".into()))?;
    let arrival = Arrival { policy: &attempt.policy, person, verified, granted };

    let current = match inner.find(headers).await? {
        Found::Session(current) => Some(current),
        Found::Nobody | Found::Gone => None,
    };
    let mut response = pages::see_other(attempt.return_to.as_str());
    match (attempt.purpose, current) {
        (Purpose::Join, Some(current)) => join(inner, &current, &arrival).await?,
        (_, current) => {
            let id = open(inner, &arrival).await?;
            cookie::set(response.headers_mut(), inner.names.session(), id.expose(), Keep::UntilClosed);
            if let Some(old) = current {
                inner.end(&Ending::Session(old.hash.clone()), Cause::Replaced).await?;
            }
            inner.hooks.on_signed_in(&arrival.person).await;
        }
    }
    Ok(response)
}

/// Somebody came back, and it is true.
struct Arrival<'a> {
    policy: &'a str,
    person: Person,
    verified: VerifiedIdToken,
    granted: Granted,
}

impl Arrival<'_> {
    fn provider_session(&self) -> Option<ProviderSession> {
        let sid = self.verified.session_id()?.to_owned();
        Some(ProviderSession { issuer: self.verified.issuer().to_owned(), sid })
    }

    fn subject(&self) -> SubjectHash {
        SubjectHash::of(self.verified.issuer(), self.verified.subject())
    }

    fn id_token(&self) -> String {
        self.granted.id_token.clone().unwrap_or_default()
    }

    fn tokens(&self, inner: &Inner, key: &TokenKey) -> Sealed {
        let now = inner.now();
        let mut tokens = TokenSet { refresh: self.granted.refresh_token.clone(), access: Vec::new() };
        tokens.access.extend(AccessToken::from_answer(&self.granted, now));
        inner.sealer.seal(&Place::Tokens(key), &tokens)
    }
}

/// E-7: a session with a new id.
async fn open(inner: &Inner, arrival: &Arrival<'_>) -> Result<SessionId, Refused> {
    let now = inner.now();
    let outlived = inner.end(&Ending::Outlived, Cause::Expired).await?;
    tracing::debug!(count = outlived.len(), "removed sessions that nobody came back to");

    let id = SessionId::random();
    let hash = id.hash();
    let secrets = SessionSecrets {
        person: arrival.person.clone(),
        claims: arrival.verified.claims().clone(),
        id_token: arrival.id_token(),
    };
    let latest = now.plus(inner.session_life);
    let row = SessionRow {
        issuer: arrival.verified.issuer().to_owned(),
        provider: arrival.provider_session().into_iter().collect(),
        subjects: vec![arrival.subject()],
        person: arrival.person.hash(),
        policy: arrival.policy.to_owned(),
        since: now,
        until: arrival.verified.expires().min(latest),
        latest,
        sealed: inner.sealer.seal(&Place::Session(&hash), &secrets),
    };
    let new = NewSession { id: hash.clone(), row, issued: arrival.verified.issued() };
    if inner.store.open_session(new).await? == Opened::AlreadyEnded {
        discard(inner, arrival).await;
        return Err(Refused::SignedOut);
    }
    let key = TokenKey { session: hash, policy: arrival.policy.to_owned() };
    match inner.store.save_tokens(&key, Version::NONE, arrival.tokens(inner, &key)).await? {
        Save::Saved => Ok(id),
        Save::Moved | Save::SessionEnded => {
            discard(inner, arrival).await;
            Err(Refused::SignedOut)
        }
    }
}

/// E-5: one session owns the tokens of all policies.
async fn join(inner: &Inner, current: &Current, arrival: &Arrival<'_>) -> Result<(), Refused> {
    if arrival.person != current.secrets.person {
        discard(inner, arrival).await;
        return Err(Refused::AnotherPerson);
    }
    let mut secrets = current.secrets.clone();
    overlay(&mut secrets.claims, arrival.verified.claims());
    let joining = Joining {
        provider: arrival.provider_session(),
        subject: arrival.subject(),
        person: arrival.person.hash(),
        issued: arrival.verified.issued(),
        sealed: inner.sealer.seal(&Place::Session(&current.hash), &secrets),
    };
    if inner.store.join(&current.hash, joining).await? != Joined::Yes {
        discard(inner, arrival).await;
        return Err(Refused::SignedOut);
    }
    let key = TokenKey { session: current.hash.clone(), policy: arrival.policy.to_owned() };
    loop {
        let seen = inner.store.tokens(&key).await?.map_or(Version::NONE, |old| old.version);
        match inner.store.save_tokens(&key, seen, arrival.tokens(inner, &key)).await? {
            Save::Saved => return Ok(()),
            // What comes from a person replaces what a refresh brought; each turn, somebody got ahead.
            Save::Moved => {}
            Save::SessionEnded => {
                discard(inner, arrival).await;
                return Err(Refused::SignedOut);
            }
        }
    }
}

/// Tokens that nobody will own.
async fn discard(inner: &Inner, arrival: &Arrival<'_>) {
    if let Some(refresh) = &arrival.granted.refresh_token {
        inner.revoke(arrival.policy, refresh).await;
    }
}

/// What another policy says about the person replaces what was known; what it says about its token does not.
fn overlay(known: &mut Map<String, Value>, new: &Map<String, Value>) {
    for (name, value) in new {
        if !OF_THE_TOKEN.contains(&name.as_str()) {
            known.insert(name.clone(), value.clone());
        }
    }
}

/// Checks an ID token of this policy. E-12: asks for the keys again when it names one we do not have.
pub(crate) async fn verify(
    inner: &Inner,
    provider: &Provider,
    metadata: &Metadata,
    token: &str,
    nonce: Option<&str>,
) -> Result<VerifiedIdToken, Untrusted> {
    let (http, now) = (&*inner.http, inner.now());
    let check = |keys: &Jwks| {
        let expectation = Expectation {
            issuer: metadata.issuer.as_str().into(),
            audience: inner.client.id.as_str().into(),
            nonce,
            now,
            leeway: SKEW,
            expired: ExpiredTokens::Refused,
        };
        VerifiedIdToken::verify(token, keys, &expectation)
    };
    let keys = provider.keys(http, now).await?;
    match check(&keys) {
        Err(JoseError::UnknownKey) => Ok(check(&*provider.newer_keys(http, now).await?)?),
        other => Ok(other?),
    }
}

/// Why an ID token is not believed.
pub(crate) enum Untrusted {
    NoKeys(ProviderError),
    Token(JoseError),
}

impl From<ProviderError> for Untrusted {
    fn from(error: ProviderError) -> Self {
        Self::NoKeys(error)
    }
}

impl From<JoseError> for Untrusted {
    fn from(error: JoseError) -> Self {
        Self::Token(error)
    }
}

impl From<Untrusted> for Refused {
    fn from(untrusted: Untrusted) -> Self {
        match untrusted {
            Untrusted::NoKeys(error) => error.into(),
            Untrusted::Token(error) => Self::Untrue(format!("the ID token: {error}")),
        }
    }
}

/// Whom a token is about. E-9: `sub` differs between policies where `oid` does not, and may say only that it is not supported.
pub(crate) fn person(inner: &Inner, token: &VerifiedIdToken) -> Option<Person> {
    let subject = Some(token.subject()).filter(|subject| !subject.starts_with("Not supported"));
    let oid = token.object_id().or(subject).filter(|oid| !oid.is_empty())?;
    Some(Person { tenant: inner.tenant.clone(), oid: oid.to_owned() })
}

/// The person chose "forgot your password?".
const FORGOT_PASSWORD: &str = "AADB2C90118";
/// The person chose "cancel".
const CANCELLED: &str = "AADB2C90091";
/// E-16, in seconds.
const SKEW: i64 = 300;
/// Claims about a token and its session, not about a person.
const OF_THE_TOKEN: &[&str] = &[
    "iss",
    "aud",
    "azp",
    "exp",
    "nbf",
    "iat",
    "nonce",
    "sid",
    "tfp",
    "acr",
    "auth_time",
    "at_hash",
    "c_hash",
    "sub",
    "oid",
    "ver",
    "jti",
];
