//! One policy of the provider as its discovery document describes it, and the keys it signs with.

use crate::http::Http;
use bytes::Bytes;
use http::{Request, StatusCode};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::Mutex;
use url::Url;
use zaguan_protocol::NumericDate;
use zaguan_protocol::jose::Jwks;

/// What a discovery document says that we need (OpenID Connect Discovery §3).
#[derive(Clone, Debug)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    pub(crate) authorization: Url,
    pub(crate) token: Url,
    pub(crate) keys: Url,
    pub(crate) end_session: Option<Url>,
    pub(crate) revocation: Option<Url>,
    /// RFC 9207 §3: every authorization response names its issuer.
    pub(crate) names_issuer: bool,
    /// Front-channel requests carry `iss` and `sid`.
    pub(crate) names_session: bool,
}

/// What went wrong with the provider, for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot use `{address}`: {reason}")]
pub struct ProviderError {
    /// The document that was asked for.
    pub address: String,
    /// Why it cannot be used.
    pub reason: String,
}

/// One policy, asked for its documents when first needed.
pub(crate) struct Provider {
    policy: String,
    discovery: Url,
    metadata: Mutex<Option<Fetched<Arc<Metadata>>>>,
    keys: Mutex<Option<Fetched<Arc<Jwks>>>>,
}

struct Fetched<T> {
    /// When it came.
    at: NumericDate,
    /// When we last asked for a newer one.
    asked: NumericDate,
    value: T,
}

impl<T: Clone> Fetched<T> {
    /// The value, unless it is too old and a minute has passed since we last asked.
    fn good(&self, seconds: i64, now: NumericDate) -> Option<T> {
        (now.since(self.at) < seconds || now.since(self.asked) < MINUTE).then(|| self.value.clone())
    }
}

impl Provider {
    pub(crate) fn new(policy: String, discovery: Url) -> Self {
        Self { policy, discovery, metadata: Mutex::new(None), keys: Mutex::new(None) }
    }

    pub(crate) fn policy(&self) -> &str {
        &self.policy
    }

    /// The discovery document, at most a day old; older only while the provider does not answer.
    pub(crate) async fn metadata(&self, http: &dyn Http, now: NumericDate) -> Result<Arc<Metadata>, ProviderError> {
        let mut cached = self.metadata.lock().await;
        if let Some(value) = cached.as_ref().and_then(|fetched| fetched.good(DAY, now)) {
            return Ok(value);
        }
        let fetched = self.fetch_metadata(http).await;
        settle(&mut cached, fetched, now)
    }

    async fn fetch_metadata(&self, http: &dyn Http) -> Result<Metadata, ProviderError> {
        let unusable = |reason: String| ProviderError { address: self.discovery.to_string(), reason };
        let text = fetch(http, &self.discovery).await?;
        let read: Document = serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
        let endpoint = |name: &str, given: &str| {
            let url = Url::parse(given).ok().filter(|url| url.scheme() == "https" && url.has_host());
            url.ok_or_else(|| unusable(format!("`{name}` must be an absolute https address, not `{given}`")))
        };
        let optional = |name: &str, given: &Option<String>| given.as_deref().map(|it| endpoint(name, it)).transpose();
        endpoint("issuer", &read.issuer)?;
        Ok(Metadata {
            authorization: endpoint("authorization_endpoint", &read.authorization_endpoint)?,
            token: endpoint("token_endpoint", &read.token_endpoint)?,
            keys: endpoint("jwks_uri", &read.jwks_uri)?,
            end_session: optional("end_session_endpoint", &read.end_session_endpoint)?,
            revocation: optional("revocation_endpoint", &read.revocation_endpoint)?,
            names_issuer: read.authorization_response_iss_parameter_supported,
            names_session: read.frontchannel_logout_session_supported,
            issuer: read.issuer,
        })
    }

    /// The provider's keys, at most a day old.
    pub(crate) async fn keys(&self, http: &dyn Http, now: NumericDate) -> Result<Arc<Jwks>, ProviderError> {
        self.keys_not_older_than(DAY, http, now).await
    }

    /// The keys again, because a token names one that was not among them. E-12: at most once a minute.
    pub(crate) async fn newer_keys(&self, http: &dyn Http, now: NumericDate) -> Result<Arc<Jwks>, ProviderError> {
        self.keys_not_older_than(MINUTE, http, now).await
    }

    async fn keys_not_older_than(
        &self,
        seconds: i64,
        http: &dyn Http,
        now: NumericDate,
    ) -> Result<Arc<Jwks>, ProviderError> {
        let metadata = self.metadata(http, now).await?;
        let mut cached = self.keys.lock().await;
        if let Some(value) = cached.as_ref().and_then(|fetched| fetched.good(seconds, now)) {
            return Ok(value);
        }
        let fetched = fetch(http, &metadata.keys).await.and_then(|text| {
            let address = metadata.keys.to_string();
            Jwks::parse(&text).map_err(|error| ProviderError { address, reason: error.to_string() })
        });
        settle(&mut cached, fetched, now)
    }
}

/// Keeps what came; without it goes on with what we had.
fn settle<T>(
    cached: &mut Option<Fetched<Arc<T>>>,
    fetched: Result<T, ProviderError>,
    now: NumericDate,
) -> Result<Arc<T>, ProviderError> {
    match (fetched, cached.as_mut()) {
        (Ok(value), _) => Ok(cached.insert(Fetched { at: now, asked: now, value: Arc::new(value) }).value.clone()),
        (Err(error), Some(old)) => {
            tracing::warn!(%error, "the provider did not answer; going on with what it said before");
            old.asked = now;
            Ok(old.value.clone())
        }
        (Err(error), None) => Err(error),
    }
}

async fn fetch(http: &dyn Http, address: &Url) -> Result<String, ProviderError> {
    let unusable = |reason: String| ProviderError { address: address.to_string(), reason };
    let request = Request::get(address.as_str())
        .header(http::header::ACCEPT, "application/json")
        .body(Bytes::new())
        .map_err(|error| unusable(error.to_string()))?;
    let answer = http.send(request).await.map_err(|error| unusable(error.to_string()))?;
    if answer.status() != StatusCode::OK {
        return Err(unusable(format!("the answer is {}", answer.status())));
    }
    String::from_utf8(answer.into_body().to_vec()).map_err(|_| unusable("the answer is no text".into()))
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    frontchannel_logout_session_supported: bool,
}

const DAY: i64 = 24 * 60 * 60;
const MINUTE: i64 = 60;
