//! An app with one page for people and one that calls an API, and browsers that keep its cookies.

use crate::provider::{API, CLIENT, Provider, SECRET};
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use axum::routing::get;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use tower::ServiceExt as _;
use zaguan_protocol::Secret;
use zaguan_relying_party::{
    Builder, Cause, ClientAuth, Clock, Ended, Hooks, MemoryStore, Person, RelyingParty, Reply, SignedIn, Store, Tokens,
};

pub(crate) const BASE: &str = "https://shop.example:8444";

pub(crate) struct App {
    pub(crate) provider: Arc<Provider>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) party: RelyingParty,
    pub(crate) router: Router,
    pub(crate) diary: Arc<Diary>,
}

/// What the hooks were told.
#[derive(Default)]
pub(crate) struct Diary(Mutex<Vec<String>>);

impl Diary {
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl Hooks for Diary {
    async fn on_signed_in(&self, person: &Person) {
        self.0.lock().unwrap().push(format!("{} in", person.oid));
    }

    async fn on_ended(&self, ended: &Ended, cause: Cause) {
        let person = ended.person.as_ref().map_or("?", |person| &person.oid);
        self.0.lock().unwrap().push(format!("{person} {cause:?}"));
    }
}

impl App {
    pub(crate) fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        Self::with(store.clone(), store, |builder| builder)
    }

    pub(crate) fn configured(change: impl FnOnce(Builder) -> Builder) -> Self {
        let store = Arc::new(MemoryStore::new());
        Self::with(store.clone(), store, change)
    }

    /// With a store that may be another one in front of `counted`.
    pub(crate) fn with(
        counted: Arc<MemoryStore>,
        store: Arc<dyn Store>,
        change: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let provider = Provider::new();
        let seconds = provider.seconds.clone();
        let diary = Arc::new(Diary::default());
        let builder = RelyingParty::builder()
            .authority("https://id.example/tenant")
            .unwrap()
            .client(CLIENT, ClientAuth::Secret(Secret::new(SECRET.into())))
            .base_url(BASE)
            .unwrap()
            .sign_in("signin")
            .password_reset("reset")
            .journey("profile", "profile")
            .scopes(["openid", "offline_access", API])
            .store(store)
            .sealing_key([7; 32])
            .http(provider.clone())
            .clock(Clock::Shared(Arc::new(move || seconds.load(Ordering::SeqCst))))
            .hooks(diary.clone());
        let party = change(builder).build().unwrap();
        let router = Router::new()
            .route("/", get(async |who: Option<SignedIn>| who.map_or("nobody".into(), |who| who.person().oid.clone())))
            .route("/orders", get(orders).post(orders))
            .route("/name", get(async |who: SignedIn| who.claim("name").unwrap_or_default().to_owned()))
            .route("/token", get(token))
            .route("/profile-token", get(profile_token))
            .merge(party.routes())
            .layer(party.layer());
        Self { provider, store: counted, party, router, diary }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), provider: self.provider.clone(), jar: BTreeMap::new() }
    }

    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.store.session_count(), self.store.token_count())
    }
}

async fn orders(who: SignedIn) -> String {
    format!("orders of {}", who.person().oid)
}

async fn token(tokens: Tokens) -> Result<String, Reply> {
    Ok(tokens.access_token(&[API]).await?)
}

async fn profile_token(tokens: Tokens) -> Result<impl IntoResponse, Reply> {
    Ok(tokens.access_token_of("profile", &[API]).await?)
}

#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) router: Router,
    provider: Arc<Provider>,
    pub(crate) jar: BTreeMap<String, String>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn location(&self) -> String {
        let location = self.headers.get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
        location.unwrap_or_else(|| panic!("no redirect: {} {}", self.status, self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The lines for cookies.
    pub(crate) fn cookies(&self) -> Vec<&str> {
        self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect()
    }
}

impl Browser {
    pub(crate) async fn get(&mut self, address: &str) -> Answer {
        self.send(Request::get(path(address)).header("sec-fetch-mode", "navigate").body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&mut self, address: &str, form: &str) -> Answer {
        let request = Request::post(path(address)).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Answer {
        if !self.jar.is_empty() {
            let all: Vec<_> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.headers_mut().insert(header::COOKIE, all.join("; ").parse().unwrap());
        }
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for line in parts.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            assert!(line.contains("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{line}");
            match rest.contains("Max-Age=0") {
                true => self.jar.remove(name),
                false => self.jar.insert(name.to_owned(), value.to_owned()),
            };
        }
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// The cookie of the session.
    pub(crate) fn session(&self) -> Option<(String, String)> {
        let found = self.jar.iter().find(|(name, _)| name.ends_with("-session"));
        found.map(|(name, value)| (name.clone(), value.clone()))
    }

    /// Through the provider and back, to the redirect that ends the sign-in.
    pub(crate) async fn sign_in(&mut self) -> Answer {
        self.travel("/sign-in?return_to=/orders").await
    }

    pub(crate) async fn travel(&mut self, start: &str) -> Answer {
        let sent = self.get(start).await;
        let back = self.provider.authorize(&sent.location());
        self.get(&back).await
    }

    pub(crate) async fn sign_out(&mut self) -> Answer {
        let form = self.get("/sign-out").await.text;
        let token = form.split("name=\"csrf_token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        self.post("/sign-out", &format!("csrf_token={token}")).await
    }
}

fn path(address: &str) -> &str {
    address.strip_prefix(BASE).unwrap_or(address)
}
