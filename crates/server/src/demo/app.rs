//! The demo's two apps: web apps like anybody's, built on `zaguan-relying-party` alone.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Extension, Request},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use http::{HeaderName, HeaderValue, header};
use tower::ServiceExt;
use zaguan_relying_party::{ClientAuth, Clock, MemoryStore, RelyingParty, SignedIn, TokenError, Tokens, http_client};

use super::app_secret;
use crate::{listen, server::Server, tenant::Tenant};

/// What differs between the two.
#[derive(Clone, Copy)]
pub(super) struct Shop {
    client_id: &'static str,
    name: &'static str,
    /// Class of the page's body, for its colours.
    look: &'static str,
    /// How many ports after the identity server's.
    port: u16,
    tagline: &'static str,
    /// What it shows without asking who is there.
    shelf: [&'static str; 3],
    /// A page that only people who are signed in may see.
    private: (&'static str, &'static str, [&'static str; 2]),
}

pub(super) const GROCERIES: Shop = Shop {
    client_id: super::APPS[0].0,
    name: super::APPS[0].1,
    look: "groceries",
    port: 1,
    tagline: "Fresh from the market, at your door before lunch.",
    shelf: ["Oranges, 2 kg", "Bread of the day", "Olive oil, first pressing"],
    private: ("/orders", "Your orders", ["Oranges and bread, delivered yesterday", "Olive oil, on its way"]),
};

pub(super) const PHARMACY: Shop = Shop {
    client_id: super::APPS[1].0,
    name: super::APPS[1].1,
    look: "pharmacy",
    port: 2,
    tagline: "Your prescriptions, ready when you are.",
    shelf: ["Plasters", "Sun cream", "Thermometer"],
    private: ("/prescriptions", "Your prescriptions", ["Antihistamine, ready to collect", "Eye drops, renew in May"]),
};

/// The app on its port, with a secret of its own.
pub(super) async fn handler(
    server: &Server,
    tenant: &Tenant,
    shop: Shop,
    port: u16,
    authority: &[u8],
) -> anyhow::Result<listen::Handler> {
    let secret = app_secret(server, tenant, shop.client_id).await?;
    let clock = server.clock().clone();
    let party = RelyingParty::builder()
        .authority(&format!("https://localhost:{port}/{}", tenant.domain))?
        .client(shop.client_id, ClientAuth::Secret(secret))
        .base_url(&format!("https://localhost:{}", port + shop.port))?
        .sign_in("B2C_1A_signup_signin")
        .password_reset("B2C_1A_PasswordReset")
        .journey("profile", "B2C_1A_ProfileEdit")
        .scopes(["openid", "offline_access", shop.client_id])
        .store(Arc::new(MemoryStore::new()))
        .clock(Clock::Shared(Arc::new(move || clock.now().as_seconds())))
        .http(http_client(Some(authority))?)
        .build()?;
    let (private_path, ..) = shop.private;
    let router = Router::new()
        .route("/", get(front))
        .route(private_path, get(private))
        .route("/app.css", get(style))
        .merge(party.routes())
        .layer(party.layer())
        .layer(Extension(party))
        .layer(Extension(shop));
    Ok(Arc::new(move |request: Request, _| {
        let router = router.clone();
        Box::pin(async move {
            match router.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        })
    }))
}

/// One page of an app.
#[derive(Template)]
#[template(path = "demo_app.html")]
struct AppPage<'a> {
    shop: Shop,
    heading: &'a str,
    items: &'a [&'a str],
    person: Option<PersonView>,
    sign_in_url: String,
    sign_out_url: String,
    profile_url: String,
}

struct PersonView {
    name: String,
    email: String,
    csrf_token: String,
    token: String,
}

async fn front(
    Extension(shop): Extension<Shop>,
    Extension(party): Extension<RelyingParty>,
    who: Option<SignedIn>,
    tokens: Result<Tokens, Response>,
) -> Response {
    let token = match &tokens {
        Ok(tokens) => call_api(tokens, shop.client_id).await,
        Err(_) => String::new(),
    };
    page(shop, &party, "Today", &shop.shelf, who.map(|who| view(&who, token)))
}

async fn private(
    Extension(shop): Extension<Shop>,
    Extension(party): Extension<RelyingParty>,
    who: SignedIn,
    tokens: Tokens,
) -> Response {
    let token = call_api(&tokens, shop.client_id).await;
    let (_, heading, items) = &shop.private;
    page(shop, &party, heading, items, Some(view(&who, token)))
}

/// What an app would do before it calls an API; here it only says whether it could.
async fn call_api(tokens: &Tokens, scope: &str) -> String {
    match tokens.access_token(&[scope]).await {
        Ok(_) => "It holds an access token in your name, and lets go of it when you sign out anywhere.".into(),
        Err(TokenError::PersonNeeded(_)) => "It needs you to sign in again before it may act in your name.".into(),
        Err(TokenError::TryLater { .. }) => "It could not reach the identity server just now.".into(),
        Err(_) => "It holds no access token.".into(),
    }
}

fn view(who: &SignedIn, token: String) -> PersonView {
    let claim = |name: &str| who.claim(name).unwrap_or_default().to_owned();
    PersonView { name: claim("name"), email: claim("email"), csrf_token: who.csrf_token(), token }
}

fn page(shop: Shop, party: &RelyingParty, heading: &str, items: &[&str], person: Option<PersonView>) -> Response {
    let page = AppPage {
        shop,
        heading,
        items,
        person,
        sign_in_url: party.sign_in_url("/"),
        sign_out_url: party.sign_out_url(),
        profile_url: party.journey_url("profile", "/").unwrap_or_default(),
    };
    let mut response = Html(page.render().unwrap_or_default()).into_response();
    let headers: [(HeaderName, &str); 3] = [
        (
            header::CONTENT_SECURITY_POLICY,
            // Signing out posts here and is sent on to the identity server.
            "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self' https://localhost:*; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../../pages/demo_app.css")).into_response()
}
