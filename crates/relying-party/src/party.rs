//! The relying party: one app at one provider.

use crate::builder::Builder;
use crate::clock::Clock;
use crate::cookie::{self, CookieNames};
use crate::hooks::{Cause, Ended, Hooks};
use crate::http::Http;
use crate::layer::SessionLayer;
use crate::provider::{Provider, ProviderError};
use crate::return_path::ReturnPath;
use crate::sealed::{Place, Sealer, SessionSecrets, TokenSet};
use crate::silent::Flights;
use crate::store::{EndedSession, Ending, SessionHash, SessionId, SessionRow, Store, StoreError, TokenKey};
use crate::token_endpoint::Client;
use crate::{callback, front_channel, sign_in, sign_out};
use axum::Router;
use axum::routing::get;
use http::HeaderMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;
use zaguan_protocol::NumericDate;

/// One app at one provider. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct RelyingParty(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) client: Client,
    pub(crate) names: CookieNames,
    pub(crate) tenant: String,
    pub(crate) base: Url,
    /// Begins and ends with `/`.
    pub(crate) prefix: String,
    pub(crate) landing: ReturnPath,
    /// The first is for signing in.
    pub(crate) journeys: Vec<Journey>,
    pub(crate) scopes: Vec<String>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sealer: Sealer,
    pub(crate) http: Arc<dyn Http>,
    pub(crate) clock: Clock,
    pub(crate) hooks: Arc<dyn Hooks>,
    /// In seconds.
    pub(crate) session_life: i64,
    pub(crate) flights: Flights,
}

/// A policy under the name that the app gave it.
pub(crate) struct Journey {
    pub(crate) name: String,
    pub(crate) provider: Arc<Provider>,
}

/// What a request's cookie leads to.
pub(crate) enum Found {
    /// There is no cookie.
    Nobody,
    /// There is one, but its session is gone.
    Gone,
    Session(Arc<Current>),
}

/// The session of a request.
pub(crate) struct Current {
    pub(crate) id: SessionId,
    pub(crate) hash: SessionHash,
    pub(crate) row: SessionRow,
    pub(crate) secrets: SessionSecrets,
}

impl RelyingParty {
    /// Begins a configuration.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The routes, under the configured prefix: `sign-in`, `callback`, `sign-out`, `signed-out`, `front-channel`.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let at = |name: &str| self.path(name);
        Router::new()
            .route(&at("sign-in"), get(sign_in::get))
            .route(&at("callback"), get(callback::get).post(callback::post))
            .route(&at("sign-out"), get(sign_out::confirm).post(sign_out::post))
            .route(&at("signed-out"), get(sign_out::signed_out))
            .route(&at("front-channel"), get(front_channel::get))
            .with_state(self.clone())
    }

    /// Reads the session of every request, for [`SignedIn`](crate::SignedIn) and [`Tokens`](crate::Tokens).
    #[must_use]
    pub fn layer(&self) -> SessionLayer {
        SessionLayer::new(self.clone())
    }

    /// Where to send a browser to sign in and come back to this path (of this app; anything else means the landing page).
    #[must_use]
    pub fn sign_in_url(&self, return_to: &str) -> String {
        self.journey_path(SIGN_IN, return_to)
    }

    /// Where to send a browser to take this journey and come back. `None` for a name that was not configured.
    #[must_use]
    pub fn journey_url(&self, name: &str, return_to: &str) -> Option<String> {
        self.0.journey(name).map(|journey| self.journey_path(&journey.name, return_to))
    }

    fn journey_path(&self, name: &str, return_to: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if name != SIGN_IN {
            query.append_pair("journey", name);
        }
        query.append_pair("return_to", return_to);
        format!("{}?{}", self.path("sign-in"), query.finish())
    }

    /// Where [`routes`](Self::routes) has the form for signing out.
    #[must_use]
    pub fn sign_out_url(&self) -> String {
        self.path("sign-out")
    }

    /// The address to register at the provider as redirect URI.
    #[must_use]
    pub fn redirect_uri(&self) -> String {
        self.absolute("callback")
    }

    /// The address to register at the provider as post-logout redirect URI.
    #[must_use]
    pub fn post_logout_redirect_uri(&self) -> String {
        self.absolute("signed-out")
    }

    /// The address to register at the provider as front-channel logout URL.
    #[must_use]
    pub fn front_channel_url(&self) -> String {
        self.absolute("front-channel")
    }

    /// Asks the provider for the documents of every policy. The warnings are for the operator.
    ///
    /// # Errors
    /// For the first policy whose documents cannot be had.
    pub async fn check(&self) -> Result<Vec<String>, ProviderError> {
        let (http, now) = (&*self.0.http, self.0.now());
        let mut warnings = Vec::new();
        for Journey { name, provider } in &self.0.journeys {
            let metadata = provider.metadata(http, now).await?;
            if provider.keys(http, now).await?.keys().is_empty() {
                warnings
                    .push(format!("the provider publishes no key for `{name}` that we can use; nobody can sign in"));
            }
            if !metadata.names_session {
                // E-13.
                warnings.push(format!(
                    "the provider does not promise `sid` for `{name}`; a sign-out elsewhere ends a session here only if \
                     the browser sends our cookie with it"
                ));
            }
            if metadata.end_session.is_none() {
                warnings.push(format!("the provider has no `end_session_endpoint` for `{name}`; sign-out stays local"));
            }
        }
        Ok(warnings)
    }

    /// Ends sessions on the app's own account, and their tokens with them. Returns how many.
    ///
    /// # Errors
    /// When the store does not answer; then nothing is known to have ended.
    pub async fn end(&self, ending: &Ending) -> Result<usize, StoreError> {
        Ok(self.0.end(ending, Cause::Admin).await?.len())
    }

    pub(crate) fn path(&self, name: &str) -> String {
        format!("{}{name}", self.0.prefix)
    }

    fn absolute(&self, name: &str) -> String {
        format!("{}{}", self.0.base.origin().ascii_serialization(), self.path(name))
    }
}

impl fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelyingParty").field("client", &self.0.client.id).finish_non_exhaustive()
    }
}

impl Inner {
    pub(crate) fn now(&self) -> NumericDate {
        self.clock.now()
    }

    pub(crate) fn journey(&self, name: &str) -> Option<&Journey> {
        self.journeys.iter().find(|journey| journey.name == name)
    }

    pub(crate) fn sign_in(&self) -> &Arc<Provider> {
        &self.journeys.first().expect("the builder puts the sign-in policy first").provider
    }

    pub(crate) fn provider(&self, policy: &str) -> Option<&Arc<Provider>> {
        self.journeys.iter().map(|journey| &journey.provider).find(|provider| provider.policy() == policy)
    }

    /// The path, if it is one of this app; else the landing page.
    pub(crate) fn return_path(&self, given: Option<&str>) -> ReturnPath {
        given.and_then(|given| ReturnPath::parse(given, &self.base)).unwrap_or_else(|| self.landing.clone())
    }

    /// The session that the request's cookie names. Times are not looked at.
    pub(crate) async fn find(&self, headers: &HeaderMap) -> Result<Found, StoreError> {
        let Some(value) = cookie::find(headers, self.names.session()) else { return Ok(Found::Nobody) };
        let Some(id) = SessionId::parse(value) else { return Ok(Found::Gone) };
        let hash = id.hash();
        let Some(row) = self.store.session(&hash).await? else { return Ok(Found::Gone) };
        let Some(secrets) = self.sealer.open(&Place::Session(&hash), &row.sealed) else {
            // Sealed with a key we no longer know: nobody can use it again.
            self.end(&Ending::Session(hash), Cause::Expired).await?;
            return Ok(Found::Gone);
        };
        Ok(Found::Session(Arc::new(Current { id, hash, row, secrets })))
    }

    /// Ends sessions, then runs the hooks of those that this call ended (E-10), and then asks the provider to take back
    /// their refresh tokens.
    pub(crate) async fn end(&self, ending: &Ending, cause: Cause) -> Result<Vec<EndedSession>, StoreError> {
        let now = self.now();
        let all = self.store.end(ending, now, now.plus(REMEMBER)).await?;
        for session in &all {
            let secrets: Option<SessionSecrets> = self.sealer.open(&Place::Session(&session.id), &session.row.sealed);
            let ended = Ended {
                person: secrets.map(|secrets| secrets.person),
                provider: session.row.provider.clone(),
                policy: session.row.policy.clone(),
                since: session.row.since,
            };
            tracing::info!(?cause, policy = %ended.policy, "session ended");
            self.hooks.on_ended(&ended, cause).await;
        }
        // The sessions are gone; a provider that does not answer must not keep the person waiting.
        if tokio::time::timeout(PATIENCE, self.revoke_all(&all)).await.is_err() {
            tracing::info!("the provider took too long to take back refresh tokens");
        }
        Ok(all)
    }

    async fn revoke_all(&self, ended: &[EndedSession]) {
        for session in ended {
            for (policy, sealed) in &session.tokens {
                let key = TokenKey { session: session.id.clone(), policy: policy.clone() };
                let tokens: Option<TokenSet> = self.sealer.open(&Place::Tokens(&key), sealed);
                if let Some(refresh) = tokens.and_then(|tokens| tokens.refresh) {
                    self.revoke(policy, &refresh).await;
                }
            }
        }
    }

    pub(crate) async fn revoke(&self, policy: &str, refresh_token: &str) {
        let Some(provider) = self.provider(policy) else { return };
        if let Ok(metadata) = provider.metadata(&*self.http, self.now()).await {
            self.client.revoke(&*self.http, &metadata, refresh_token).await;
        }
    }
}

/// The journey that signs people in.
pub(crate) const SIGN_IN: &str = "sign-in";
/// The journey of those who forgot their password.
pub(crate) const PASSWORD_RESET: &str = "password-reset";
/// ST-3: longer than an authorization code lives, plus the skew of clocks. Fifteen minutes.
const REMEMBER: i64 = 15 * 60;
/// How long an ending waits for the provider to take tokens back.
const PATIENCE: Duration = Duration::from_secs(2);
