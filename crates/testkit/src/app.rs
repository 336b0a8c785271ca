//! A web app of the town: a real user of `zaguan-relying-party`, with its own host and session.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{Router, body::Body, extract::Extension, routing::get};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use tower::ServiceExt;
use zaguan_protocol::Secret;
use zaguan_relying_party::{ClientAuth, Http, HttpError, MemoryStore, RelyingParty, SignedIn, TokenError, Tokens};
use zaguan_server::{Connection, Server, clock::Clock, listen::Handler};

use crate::town::SERVER;

/// An app.
pub struct App {
    name: String,
    secret: String,
    router: Router,
    store: Arc<MemoryStore>,
    told: Arc<std::sync::atomic::AtomicUsize>,
}

impl App {
    /// What stands in its `apps/*.toml`. A name that begins with `page` is a single-page app, one that begins
    /// with `native` a public client, one that begins with `silent` has no address for notices; every other is a web app.
    pub fn definition(name: &str) -> String {
        let (own, outside) = (Self::redirect_uri_of(name), Self::outside_redirect_uri_of(name));
        let (web, spa, public) = match name {
            _ if name.starts_with("page") => (String::new(), format!("{outside:?}"), ""),
            _ if name.starts_with("native") => (String::new(), String::new(), "\"http://localhost/callback\""),
            _ => (format!("{own:?}, {outside:?}"), String::new(), ""),
        };
        let logout = match name.starts_with("silent") {
            true => String::new(),
            false => format!("logout_url = \"https://{name}.example/front-channel\"\n"),
        };
        format!(
            "client_id = \"{}\"\nname = \"{name}\"\nredirect_uris = {{ web = [{web}], spa = [{spa}], public = [{public}] }}\n\
             post_logout_redirect_uris = [\"https://{name}.example/signed-out\", \"https://{name}.outside.example/bye\"]\n\
             {logout}\
             implicit = {{ id_token = true, access_token = true }}\n",
            Self::client_id_of(name)
        )
    }

    /// An address of it outside the town, where a test reads what the app would be told.
    pub fn outside_redirect_uri_of(name: &str) -> String {
        format!("https://{name}.outside.example/callback")
    }

    /// Its client id: the name, written in hexadecimal.
    pub fn client_id_of(name: &str) -> String {
        let hex: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
        let padded = format!("{hex:0>32}");
        [&padded[..8], &padded[8..12], &padded[12..16], &padded[16..20], &padded[20..32]].join("-")
    }

    /// Where it is answered.
    pub fn redirect_uri_of(name: &str) -> String {
        format!("https://{name}.example/callback")
    }

    pub(crate) fn new(name: &str, domain: &str, secret: &str, server: Server, clock: Clock) -> Self {
        let store = Arc::new(MemoryStore::new());
        let (seconds, told) = (clock.clone(), Arc::new(std::sync::atomic::AtomicUsize::new(0)));
        let party = RelyingParty::builder()
            .authority(&format!("https://{SERVER}/{domain}"))
            .and_then(|builder| builder.base_url(&format!("https://{name}.example")))
            .map(|builder| {
                builder
                    .client(Self::client_id_of(name), ClientAuth::Secret(Secret::new(secret.to_owned())))
                    .sign_in(crate::town::SIGN_IN)
                    .password_reset("B2C_1A_PasswordReset")
                    .journey("profile", "B2C_1A_ProfileEdit")
                    .scopes(["openid".to_owned(), "offline_access".to_owned(), Self::client_id_of(name)])
                    .store(Arc::clone(&store) as Arc<dyn zaguan_relying_party::Store>)
                    .http(Arc::new(InTown(crate::town::handler(server))))
                    .session_life(90 * 86_400)
                    .clock(zaguan_relying_party::Clock::Shared(Arc::new(move || seconds.now().as_seconds())))
            })
            .and_then(zaguan_relying_party::Builder::build)
            .unwrap_or_else(|cause| panic!("{name}: {cause}"));
        let router = Router::new()
            .route("/", get(front))
            .route("/private", get(private))
            .route("/api", get(api))
            .merge(party.routes())
            .layer(party.layer())
            .layer(Extension(party))
            .layer(Extension(Name(name.to_owned())));
        Self { name: name.to_owned(), secret: secret.to_owned(), router, store, told }
    }

    /// Its host.
    pub fn host(&self) -> String {
        format!("{}.example", self.name)
    }

    /// Its front page.
    pub fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.host())
    }

    /// Its client id.
    pub fn client_id(&self) -> String {
        Self::client_id_of(&self.name)
    }

    /// Its secret.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// An authorize request that no library makes: what a test wants to see on the wire.
    pub fn authorize(&self, endpoint: &str) -> String {
        let pairs = [
            ("client_id", self.client_id()),
            ("response_type", "code".into()),
            ("redirect_uri", Self::outside_redirect_uri_of(&self.name)),
            ("scope", "openid offline_access".into()),
            ("state", "state-1".into()),
            ("nonce", "nonce-1".into()),
            ("response_mode", "query".into()),
        ];
        format!("{endpoint}?{}", url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
    }

    /// How many sessions it holds.
    pub fn sessions(&self) -> usize {
        self.store.session_count()
    }

    /// How many rows of tokens it holds.
    pub fn tokens(&self) -> usize {
        self.store.token_count()
    }

    /// How often it was told of a sign-out elsewhere.
    pub fn times_told(&self) -> usize {
        self.told.load(std::sync::atomic::Ordering::SeqCst)
    }

    pub(crate) async fn answer(&self, request: Request<Body>) -> Response<Body> {
        if request.uri().path() == "/front-channel" {
            self.told.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
        match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

#[derive(Clone)]
struct Name(String);

async fn front(Extension(Name(name)): Extension<Name>, who: Option<SignedIn>) -> axum::response::Html<String> {
    axum::response::Html(match who {
        Some(who) => format!(
            "{name}: signed in as {} <form method=\"post\" action=\"/sign-out\"><input type=\"hidden\" name=\"csrf_token\" value=\"{}\"></form>",
            who.claim("email").unwrap_or_default(),
            who.csrf_token()
        ),
        None => format!("{name}: nobody"),
    })
}

async fn private(who: SignedIn) -> axum::response::Html<String> {
    axum::response::Html(format!("private: {}", who.claim("email").unwrap_or_default()))
}

/// Calls an API in the person's name, as far as getting the token for it.
async fn api(tokens: Tokens) -> String {
    match tokens.access_token(&[]).await {
        Ok(_) => "token".into(),
        Err(TokenError::PersonNeeded(_)) => "person needed".into(),
        Err(TokenError::SignedOut(_)) => "signed out".into(),
        Err(TokenError::TryLater { .. }) => "later".into(),
        Err(TokenError::Refused { code, .. }) => code,
    }
}

/// The network from an app to the server.
struct InTown(Handler);

#[async_trait]
impl Http for InTown {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let (mut parts, body) = request.into_parts();
        if let Ok(host) = host.parse() {
            parts.headers.insert("host", host);
        }
        let response = (self.0)(Request::from_parts(parts, Body::from(body)), Connection::default()).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.map_err(|cause| HttpError::new(cause.to_string()))?.to_bytes();
        Ok(Response::from_parts(parts, bytes))
    }
}
