//! Revocation ends an app's own refresh tokens; introspection tells an app what its tokens are worth.

use serde_json::{Value, json};
use zaguan_protocol::crypto::base64url;
use zaguan_testkit::{
    Town,
    app::App,
    hours, seconds,
    town::{SERVER, SIGN_IN, TENANT_ID},
};

use crate::{
    support::{refresh, sign_in_at, with_behavior},
    user_info::{ends_of_tokens, tokens},
};

fn text(tokens: &Value, name: &str) -> String {
    tokens[name].as_str().unwrap_or_else(|| panic!("no {name} in {tokens}")).to_owned()
}

/// A form of one of the town's apps; status and JSON, `null` for an empty body.
async fn post(town: &Town, app: &str, endpoint: &str, fields: &[(&str, &str)]) -> (u16, Value) {
    let app = town.app(app);
    let id = app.client_id();
    let mut all = vec![("client_id", id.as_str()), ("client_secret", app.secret())];
    all.extend(fields);
    send(town, endpoint, &all).await
}

async fn send(town: &Town, endpoint: &str, fields: &[(&str, &str)]) -> (u16, Value) {
    let url = url::Url::parse(&town.address(SIGN_IN, endpoint)).unwrap();
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = http::Request::post(url.as_str())
        .header("host", SERVER)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(axum::body::Body::from(body))
        .unwrap();
    let response = town.send(&url, request, 1).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    let status = response.status().as_u16();
    let text = zaguan_testkit::browser::text(response).await;
    (
        status,
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}")) },
    )
}

async fn revoke(town: &Town, app: &str, token: &str) -> u16 {
    post(town, app, "oauth2/v2.0/revoke", &[("token", token)]).await.0
}

/// What an app is told of a token; `None`: that it is not active, and nothing more.
async fn worth(town: &Town, app: &str, token: &str) -> Option<Value> {
    let (status, answer) = post(town, app, "oauth2/v2.0/introspect", &[("token", token)]).await;
    assert_eq!(status, 200, "{answer}");
    match answer["active"].as_bool() {
        Some(true) => Some(answer),
        _ => {
            assert_eq!(answer, json!({"active": false}));
            None
        }
    }
}

/// The number of a refusal.
fn refusal((status, body): (u16, Value)) -> (u16, String, String) {
    let described = body["error_description"].as_str().unwrap_or_default();
    let number = described.split_once(':').map_or("", |(code, _)| code);
    (status, body["error"].as_str().unwrap_or_default().to_owned(), number.to_owned())
}

#[tokio::test]
async fn revocation_ends_one_sign_in_of_one_app() {
    let town = Town::new().await;
    let (mut first, other, at_blog) = (
        tokens(&town, "shop", SIGN_IN).await,
        tokens(&town, "shop", SIGN_IN).await,
        tokens(&town, "blog", SIGN_IN).await,
    );
    let old = text(&first, "refresh_token");
    first = refresh(&town, "shop", SIGN_IN, &old).await.1;
    // Another app's token, an app's own access token, garbage: all answered alike, and nothing ends.
    let garbage = "a".repeat(60_000);
    for token in [
        text(&at_blog, "refresh_token"),
        text(&first, "access_token"),
        text(&first, "id_token"),
        format!("{}x", text(&first, "refresh_token")),
        "x.0.y".into(),
        "ä\u{0}".into(),
        garbage,
    ] {
        assert_eq!(revoke(&town, "shop", &token).await, 200, "{token:.40}");
    }
    let next = refresh(&town, "blog", SIGN_IN, &text(&at_blog, "refresh_token")).await;
    assert_eq!(next.0, 200, "{}", next.1);
    let (status, newest) = refresh(&town, "shop", SIGN_IN, &text(&first, "refresh_token")).await;
    assert_eq!(status, 200, "{newest}");

    // Any token of the family stands for it, and twice is as good as once.
    for _ in 0..2 {
        assert_eq!(revoke(&town, "shop", &old).await, 200);
        let refused = refusal(refresh(&town, "shop", SIGN_IN, &text(&newest, "refresh_token")).await);
        assert_eq!(refused, (400, "invalid_grant".into(), "AADB2C90129".into()));
    }
    assert_eq!(refresh(&town, "shop", SIGN_IN, &text(&other, "refresh_token")).await.0, 200);
}

#[tokio::test]
async fn who_revokes_must_be_the_app() {
    let town = Town::new().await;
    let (tokens_of_shop, secret) = (tokens(&town, "shop", SIGN_IN).await, town.app("shop").secret().to_owned());
    let (token, id) = (text(&tokens_of_shop, "refresh_token"), App::client_id_of("shop"));
    let endpoint = "oauth2/v2.0/revoke";
    let (id, token) = (id.as_str(), token.as_str());
    for (fields, expected) in [
        (&[("token", token)][..], (400, "invalid_request", "AADB2C90008")),
        (&[("client_id", id), ("token", token)], (400, "invalid_client", "AADB2C90079")),
        (&[("client_id", id), ("client_secret", "x"), ("token", token)], (400, "invalid_client", "AADB2C90081")),
        (&[("client_id", "nobody"), ("token", token)], (400, "invalid_client", "AADB2C90018")),
        (&[("client_id", id), ("client_secret", &secret)], (400, "invalid_request", "AADB2C90083")),
        (
            &[("client_id", id), ("client_secret", &secret), ("token", "a.b.c"), ("token_type_hint", "access_token")],
            (400, "unsupported_token_type", "AADB2C90122"),
        ),
    ] {
        let refused = refusal(send(&town, endpoint, fields).await);
        assert_eq!((refused.0, refused.1.as_str(), refused.2.as_str()), expected, "{fields:?}");
    }
    assert_eq!(worth(&town, "shop", token).await.unwrap()["sub"], worth_of_access(&town, &tokens_of_shop).await["sub"]);
    // A wrong hint is no more than that.
    let fields = [("token", token), ("token_type_hint", "access_token")];
    assert_eq!(post(&town, "shop", endpoint, &fields).await.0, 200);
    assert_eq!(worth(&town, "shop", token).await, None);
}

async fn worth_of_access(town: &Town, tokens: &Value) -> Value {
    worth(town, "shop", &text(tokens, "access_token")).await.unwrap()
}

#[tokio::test]
async fn introspection_tells_the_app_what_its_tokens_are_worth() {
    let town = Town::builder().policy("B2C_1A_Other", |text| with_behavior(text, "")).build().await;
    let tokens_of_shop = tokens(&town, "shop", SIGN_IN).await;
    let elsewhere = tokens(&town, "shop", "B2C_1A_Other").await;
    let shop = App::client_id_of("shop");
    let now = town.now().as_seconds();
    let issuer = format!("https://{SERVER}/{TENANT_ID}/v2.0/");
    let sub = crate::support::claims(&tokens_of_shop["id_token"])["sub"].clone();

    let (access, refresh_token) = (text(&tokens_of_shop, "access_token"), text(&tokens_of_shop, "refresh_token"));
    assert_eq!(
        worth(&town, "shop", &access).await.unwrap(),
        json!({"active": true, "client_id": shop, "sub": sub, "aud": shop, "iss": issuer, "exp": now + 3600, "iat": now,
               "nbf": now, "azp": shop, "token_type": "Bearer"})
    );
    assert_eq!(
        worth(&town, "shop", &refresh_token).await.unwrap(),
        json!({"active": true, "client_id": shop, "sub": sub, "aud": shop, "iss": issuer, "exp": now + 14 * 86_400,
               "iat": now, "scope": format!("openid offline_access {shop}")})
    );
    // Not theirs, another policy's, no access, not ours.
    for (app, token) in [
        ("blog", access.clone()),
        ("blog", refresh_token.clone()),
        ("shop", text(&elsewhere, "access_token")),
        ("shop", text(&elsewhere, "refresh_token")),
        ("shop", text(&tokens_of_shop, "id_token")),
        ("shop", format!("{access}x")),
        ("shop", format!("{}.{}.", base64url::encode("{\"alg\":\"none\"}"), base64url::encode("{}"))),
        ("shop", "a".repeat(60_000)),
        ("shop", " ".into()),
    ] {
        assert_eq!(worth(&town, app, &token).await, None, "{app} {token:.40}");
    }
    // The newest refresh token only.
    let second = refresh(&town, "shop", SIGN_IN, &refresh_token).await.1;
    assert_eq!(worth(&town, "shop", &refresh_token).await, None);
    assert!(worth(&town, "shop", &text(&second, "refresh_token")).await.is_some());
    assert_eq!(revoke(&town, "shop", &refresh_token).await, 200);
    assert_eq!(worth(&town, "shop", &text(&second, "refresh_token")).await, None);
    // Access tokens go on, until they expire.
    assert!(worth(&town, "shop", &access).await.is_some());
    town.wait(hours(1));
    assert_eq!(worth(&town, "shop", &access).await, None);
}

#[tokio::test]
async fn introspection_is_for_apps_that_prove_themselves() {
    let town = Town::new().await;
    let access = text(&tokens(&town, "shop", SIGN_IN).await, "access_token");
    let (id, endpoint) = (App::client_id_of("shop"), "oauth2/v2.0/introspect");
    for (fields, expected) in [
        (&[("token", access.as_str())][..], (400, "AADB2C90008")),
        (&[("client_id", &id), ("token", &access)], (400, "AADB2C90079")),
        (&[("client_id", &id), ("client_secret", "x"), ("token", &access)], (400, "AADB2C90081")),
        (&[("client_id", &id), ("client_secret", town.app("shop").secret())], (400, "AADB2C90083")),
    ] {
        let refused = refusal(send(&town, endpoint, fields).await);
        assert_eq!((refused.0, refused.2.as_str()), expected, "{fields:?}");
    }
}

#[tokio::test]
async fn an_account_that_is_gone_disabled_or_revoked_makes_its_tokens_inactive() {
    for (order, _) in ends_of_tokens() {
        let town = Town::new().await;
        let tokens_of_shop = tokens(&town, "shop", SIGN_IN).await;
        town.wait(seconds(1));
        let what = format!("{order:?}");
        town.order(order).await;
        for name in ["access_token", "refresh_token"] {
            assert_eq!(worth(&town, "shop", &text(&tokens_of_shop, name)).await, None, "{what} {name}");
        }
    }
}

#[tokio::test]
async fn an_api_asks_about_tokens_that_are_for_it_and_apps_about_their_own() {
    let town = Town::builder()
        .app_lines("blog", "[api]\nidentifier_uri = \"https://contoso.onmicrosoft.com/tasks\"\nscopes = [\"tasks.read\"]\nroles = [\"Tasks.All\"]\n")
        .app_lines("shop", "roles = [\"https://contoso.onmicrosoft.com/tasks/Tasks.All\"]\n")
        .build()
        .await;
    let scope = "scope=openid+https%3A%2F%2Fcontoso.onmicrosoft.com%2Ftasks%2Ftasks.read";
    let url = town.authorize("shop", SIGN_IN).replace("scope=openid+offline_access", scope);
    let mut browser = town.browser();
    let answered = sign_in_at(&mut browser, &url).await;
    let (_, of_ada) = crate::support::redeem(&town, "shop", SIGN_IN, &answered).await;
    let own = [("grant_type", "client_credentials"), ("scope", "https://contoso.onmicrosoft.com/tasks/.default")];
    let (_, of_the_app) = post(&town, "shop", "oauth2/v2.0/token", &own).await;
    let (shop, blog) = (App::client_id_of("shop"), App::client_id_of("blog"));
    for (token, scope) in
        [(text(&of_ada, "access_token"), "tasks.read"), (text(&of_the_app, "access_token"), "Tasks.All")]
    {
        for app in ["blog", "shop"] {
            let told = worth(&town, app, &token).await.unwrap_or_else(|| panic!("{app} {scope}"));
            assert_eq!((told["aud"].as_str(), told["client_id"].as_str()), (Some(&*blog), Some(&*shop)));
            assert_eq!((told["scope"].as_str(), told["scp"].as_str()), (Some(scope), Some(scope)));
        }
    }
}

#[tokio::test]
async fn discovery_names_both_endpoints() {
    let town = Town::new().await;
    let url = town.address(SIGN_IN, "v2.0/.well-known/openid-configuration");
    let page = town.browser().open(&url).await.page();
    let document: Value = serde_json::from_str(&page.html).unwrap();
    let policy = SIGN_IN.to_lowercase();
    assert_eq!(document["revocation_endpoint"], town.address(&policy, "oauth2/v2.0/revoke"));
    assert_eq!(document["introspection_endpoint"], town.address(&policy, "oauth2/v2.0/introspect"));
}

#[tokio::test]
async fn a_single_page_app_revokes_from_its_own_origin() {
    let town = Town::builder().apps(&["shop", "page"]).build().await;
    let url = url::Url::parse(&town.address(SIGN_IN, "oauth2/v2.0/revoke")).unwrap();
    for (method, origin, expected) in [
        (http::Method::OPTIONS, "https://page.outside.example", (204, true)),
        (http::Method::POST, "https://page.outside.example", (200, true)),
        (http::Method::POST, "https://evil.example", (200, false)),
    ] {
        let request = http::Request::builder()
            .method(method)
            .uri(url.as_str())
            .header("host", SERVER)
            .header("origin", origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(format!("client_id={}&token=x", App::client_id_of("page"))))
            .unwrap();
        let response = town.send(&url, request, 1).await;
        let allowed = response.headers().get("access-control-allow-origin").is_some_and(|value| value == origin);
        assert_eq!((response.status().as_u16(), allowed), expected, "{origin}");
    }
}
