//! Configuring a [`RelyingParty`].

use crate::clock::Clock;
use crate::cookie::CookieNames;
use crate::hooks::{Hooks, NoHooks};
use crate::http::{Http, HttpError, http_client};
use crate::party::{Inner, Journey, PASSWORD_RESET, RelyingParty, SIGN_IN};
use crate::provider::Provider;
use crate::return_path::ReturnPath;
use crate::sealed::Sealer;
use crate::silent::Flights;
use crate::store::Store;
use crate::token_endpoint::Client;
use std::sync::Arc;
use url::Url;
use zaguan_protocol::Secret;

/// How the app proves to the provider who it is.
#[derive(Clone, Debug)]
pub enum ClientAuth {
    /// With a secret, in the body of the request.
    Secret(Secret<String>),
    /// Not at all: a public client. PKCE protects the code either way.
    None,
}

/// Collects the configuration; see [`RelyingParty::builder`].
#[derive(Default)]
pub struct Builder {
    authority: Option<Url>,
    client: Option<(String, ClientAuth)>,
    base: Option<Url>,
    prefix: Option<String>,
    sign_in: Option<String>,
    journeys: Vec<(String, String)>,
    scopes: Option<Vec<String>>,
    store: Option<Arc<dyn Store>>,
    keys: Vec<[u8; 32]>,
    http: Option<Arc<dyn Http>>,
    clock: Clock,
    hooks: Option<Arc<dyn Hooks>>,
    landing: Option<String>,
    session_life: Option<i64>,
}

/// What is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// Not an address that can be used here.
    #[error("`{given}` cannot be the {what}; give {wanted}")]
    Address {
        /// Which setting.
        what: &'static str,
        /// What it was.
        given: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// A setting without which nothing works.
    #[error("the {0} is missing; call `{0}` on the builder")]
    Missing(&'static str),
    /// Two journeys of one name, or one with a name of ours.
    #[error("the journey `{0}` is defined twice; give it another name")]
    JourneyTwice(String),
    /// Less than a minute.
    #[error("a session of {0} seconds is too short; give at least 60")]
    SessionLife(i64),
    /// The transport could not be made.
    #[error("cannot reach any provider: {0}")]
    Http(#[from] HttpError),
}

impl Builder {
    /// The provider with its tenant: `https://host/tenant`, or `https://host/tfp/tenant`. With [`sign_in`](Self::sign_in)
    /// the discovery document of a policy is at `{authority}/{policy}/v2.0/.well-known/openid-configuration`; without, the
    /// authority is the issuer of any OpenID provider, and its document at `{authority}/.well-known/openid-configuration`.
    ///
    /// # Errors
    /// When it is no https address, or has a query.
    pub fn authority(mut self, url: &str) -> Result<Self, BuildError> {
        let what = BuildError::Address { what: "authority", given: url.into(), wanted: "`https://host/tenant`" };
        let read =
            Url::parse(url).ok().filter(|url| is_https(url) && url.query().is_none() && url.fragment().is_none());
        self.authority = Some(read.ok_or(what)?);
        Ok(self)
    }

    /// The app's registration at the provider.
    #[must_use]
    pub fn client(mut self, id: impl Into<String>, auth: ClientAuth) -> Self {
        self.client = Some((id.into(), auth));
        self
    }

    /// Where browsers find this app: scheme, host and, where needed, port.
    ///
    /// # Errors
    /// When it is no https address, or has a path.
    pub fn base_url(mut self, url: &str) -> Result<Self, BuildError> {
        let what = BuildError::Address { what: "base_url", given: url.into(), wanted: "`https://host:port`" };
        let read = Url::parse(url).ok().filter(|url| is_https(url) && &url[url::Position::BeforePath..] == "/");
        self.base = Some(read.ok_or(what)?);
        Ok(self)
    }

    /// Under which path of the app our routes are: `/` unless given.
    ///
    /// # Errors
    /// When it is no plain path.
    pub fn prefix(mut self, path: &str) -> Result<Self, BuildError> {
        let plain = path.chars().all(|it| it.is_ascii_alphanumeric() || "/-_.~".contains(it));
        if !path.starts_with('/') || path.contains("//") || !plain {
            return Err(BuildError::Address { what: "prefix", given: path.into(), wanted: "a path such as `/auth`" });
        }
        self.prefix = Some(format!("{}/", path.trim_end_matches('/')));
        Ok(self)
    }

    /// The policy that people sign in with.
    #[must_use]
    pub fn sign_in(mut self, policy: impl Into<String>) -> Self {
        self.sign_in = Some(policy.into());
        self
    }

    /// The policy for those who forgot their password, taken when the sign-in policy answers AADB2C90118. Reachable as the
    /// journey `password-reset` too.
    #[must_use]
    pub fn password_reset(self, policy: impl Into<String>) -> Self {
        self.journey(PASSWORD_RESET, policy)
    }

    /// Another policy for people who are signed in: editing the profile, a second factor.
    #[must_use]
    pub fn journey(mut self, name: impl Into<String>, policy: impl Into<String>) -> Self {
        self.journeys.push((name.into(), policy.into()));
        self
    }

    /// What to ask for at sign-in. `openid` and `offline_access` unless given; `openid` always.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Where sessions and tokens are kept.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// A key that seals what store and browser carry. Call again with older keys, which only open. Without any, a random
    /// one: right for sessions in memory, for the others it means that nobody is signed in after a restart.
    #[must_use]
    pub fn sealing_key(mut self, key: [u8; 32]) -> Self {
        self.keys.push(key);
        self
    }

    /// How to reach the provider. [`http_client`]`(None)` unless given.
    #[must_use]
    pub fn http(mut self, http: Arc<dyn Http>) -> Self {
        self.http = Some(http);
        self
    }

    /// The clock. The system's unless given.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// What to call as sessions come and go.
    #[must_use]
    pub fn hooks(mut self, hooks: Arc<dyn Hooks>) -> Self {
        self.hooks = Some(hooks);
        self
    }

    /// The page of the app after sign-out, and after sign-in when no other was asked for: `/` unless given.
    #[must_use]
    pub fn landing(mut self, path: impl Into<String>) -> Self {
        self.landing = Some(path.into());
        self
    }

    /// The longest life of a session, in seconds, however often the provider renews it: a day unless given.
    #[must_use]
    pub fn session_life(mut self, seconds: i64) -> Self {
        self.session_life = Some(seconds);
        self
    }

    /// The finished relying party. Asks the provider for nothing yet; see [`RelyingParty::check`].
    ///
    /// # Errors
    /// When a setting is missing or two do not go together.
    pub fn build(self) -> Result<RelyingParty, BuildError> {
        let authority = self.authority.ok_or(BuildError::Missing("authority"))?;
        let (id, auth) = self.client.ok_or(BuildError::Missing("client"))?;
        let base = self.base.ok_or(BuildError::Missing("base_url"))?;
        let store = self.store.ok_or(BuildError::Missing("store"))?;
        let given = self.landing.unwrap_or_else(|| "/".into());
        let landing = ReturnPath::parse(&given, &base).ok_or(BuildError::Address {
            what: "landing",
            given,
            wanted: "a path of this app",
        })?;
        let session_life = self.session_life.unwrap_or(24 * 60 * 60);
        if session_life < 60 {
            return Err(BuildError::SessionLife(session_life));
        }

        let mut journeys: Vec<Journey> = Vec::new();
        let sign_in = (SIGN_IN.to_owned(), self.sign_in.unwrap_or_default());
        for (name, policy) in std::iter::once(sign_in).chain(self.journeys) {
            if journeys.iter().any(|other| other.name == name) {
                return Err(BuildError::JourneyTwice(name));
            }
            // One policy under two names is one provider, so that its tokens are one row.
            let same = journeys.iter().find(|other| other.provider.policy().eq_ignore_ascii_case(&policy));
            let provider = match same {
                Some(other) => other.provider.clone(),
                None => Arc::new(Provider::new(policy.clone(), discovery(&authority, &policy))),
            };
            journeys.push(Journey { name, provider });
        }

        let default_scopes = || vec!["openid".to_owned(), "offline_access".to_owned()];
        let mut scopes = self.scopes.unwrap_or_else(default_scopes);
        if !scopes.iter().any(|scope| scope == "openid") {
            scopes.insert(0, "openid".into());
        }
        Ok(RelyingParty(Arc::new(Inner {
            names: CookieNames::of(&id),
            client: Client { id, auth },
            tenant: authority.as_str().trim_end_matches('/').to_owned(),
            base,
            prefix: self.prefix.unwrap_or_else(|| "/".into()),
            landing,
            journeys,
            scopes,
            store,
            sealer: Sealer::new(self.keys),
            http: match self.http {
                Some(http) => http,
                None => http_client(None)?,
            },
            clock: self.clock,
            hooks: self.hooks.unwrap_or_else(|| Arc::new(NoHooks)),
            session_life,
            flights: Flights::default(),
        })))
    }
}

fn is_https(url: &Url) -> bool {
    url.scheme() == "https" && url.has_host() && url.username().is_empty() && url.password().is_none()
}

fn discovery(authority: &Url, policy: &str) -> Url {
    let mut url = authority.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty();
        if !policy.is_empty() {
            path.push(policy).push("v2.0");
        }
        path.push(".well-known").push("openid-configuration");
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_discovery_document() {
        for (authority, policy, expected) in [
            ("https://h/t", "P", "https://h/t/P/v2.0/.well-known/openid-configuration"),
            ("https://h:8443/tfp/t/", "P", "https://h:8443/tfp/t/P/v2.0/.well-known/openid-configuration"),
            ("https://h", "", "https://h/.well-known/openid-configuration"),
            ("https://h/a/v2.0/", "", "https://h/a/v2.0/.well-known/openid-configuration"),
        ] {
            assert_eq!(discovery(&Url::parse(authority).unwrap(), policy).as_str(), expected);
        }
    }

    #[test]
    fn refuses_what_cannot_work() {
        for authority in ["http://h/t", "h/t", "https://u:p@h/t", "https://h/t?p=x", ""] {
            assert!(RelyingParty::builder().authority(authority).is_err(), "{authority}");
        }
        for base in ["http://shop", "https://shop/app", "https://shop/?a", "shop"] {
            assert!(RelyingParty::builder().base_url(base).is_err(), "{base}");
        }
        for prefix in ["auth", "//x", "/a b", "/{x}", ""] {
            assert!(RelyingParty::builder().prefix(prefix).is_err(), "{prefix}");
        }
        assert_eq!(RelyingParty::builder().build().err(), Some(BuildError::Missing("authority")));
    }
}
