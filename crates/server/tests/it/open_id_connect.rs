//! The wire: discovery, keys, response types and modes, codes, client authentication, CORS.

use http::Request;
use serde_json::Value;
use url::Url;
use zaguan_protocol::{
    NumericDate,
    id_token::{Expectation, VerifiedIdToken},
    jose::{ExpiredTokens, Jwks},
};
use zaguan_testkit::{
    Town,
    browser::text,
    cookies::Cause,
    town::{SERVER, SIGN_IN, TENANT, TENANT_ID},
};

use crate::support::{ada, claims, parameter, redeem, redeem_code, shop, sign_in_at};

async fn get(town: &Town, url: &str) -> (u16, http::HeaderMap, String) {
    let mut browser = town.browser();
    let response = browser.send(Request::get(url), &Url::parse(url).unwrap(), None, Cause::Frame).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, text(response).await)
}

#[tokio::test]
async fn r_06_to_r_10_every_form_of_discovery_says_the_same_of_the_issuer() {
    let town = Town::new().await;
    let p = SIGN_IN;
    for path in [
        format!("/{TENANT}/{p}/v2.0/.well-known/openid-configuration"),
        format!("/{TENANT}/{}/v2.0/.well-known/openid-configuration", p.to_lowercase()),
        format!("/tfp/{TENANT}/{p}/v2.0/.well-known/openid-configuration"),
        format!("/tfp/{}/{p}/v2.0/.well-known/openid-configuration", TENANT_ID.to_uppercase()),
        format!("/{TENANT}/v2.0/.well-known/openid-configuration?x-client-SKU=a&p={p}&x-client-Ver=1"),
        format!("/{TENANT}/{p}/.well-known/openid-configuration"),
        format!("/{TENANT}/{p}/v2.0//.well-known/openid-configuration"),
        format!("/{TENANT}/{p}/v2.0/v2.0/.well-known/openid-configuration"),
    ] {
        let (status, headers, body) = get(&town, &format!("https://{SERVER}{path}")).await;
        let document: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{path}: {body}"));
        assert_eq!(
            (status, document["issuer"].as_str()),
            (200, Some(&*format!("https://{SERVER}/{TENANT_ID}/v2.0/"))),
            "{path}"
        );
        //
        assert_eq!(headers["access-control-allow-origin"], "*");
        // the policy in lower case, in the form that was asked.
        let token_endpoint = document["token_endpoint"].as_str().unwrap();
        assert!(token_endpoint.contains(&p.to_lowercase()) && !token_endpoint.contains(p), "{token_endpoint}");
        assert_eq!(path.starts_with("/tfp/"), token_endpoint.contains("/tfp/"), "{token_endpoint}");
        assert_eq!(path.contains("p="), token_endpoint.contains("?p="), "{token_endpoint}");
        let (status, _, keys) = get(&town, document["jwks_uri"].as_str().unwrap()).await;
        assert_eq!((status, Jwks::parse(&keys).unwrap().keys().len()), (200, 1));
    }
}

#[tokio::test]
async fn tokens_verify_by_the_published_keys() {
    let town = Town::new().await;
    let mut browser = town.browser();
    let answered = sign_in_at(&mut browser, &shop(&town)).await;
    let (status, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
    assert_eq!(status, 200, "{tokens}");
    let (_, _, keys) = get(&town, &town.address(SIGN_IN, "discovery/v2.0/keys")).await;
    let issuer = format!("https://{SERVER}/{TENANT_ID}/v2.0/");
    let client_id = town.app("shop").client_id();
    let expectation = Expectation {
        issuer: issuer.as_str().into(),
        audience: client_id.as_str().into(),
        nonce: Some("nonce-1"),
        now: NumericDate(town.now().as_seconds()),
        leeway: 0,
        expired: ExpiredTokens::Refused,
    };
    let token =
        VerifiedIdToken::verify(tokens["id_token"].as_str().unwrap(), &Jwks::parse(&keys).unwrap(), &expectation);
    let token = token.unwrap();
    assert_eq!(token.policy(), Some("b2c_1a_signup_signin"));
    assert!(token.session_id().is_some());
    assert_eq!(tokens["token_type"], "Bearer");
    assert!(tokens["access_token"].is_null(), "only OpenID scopes were asked for");
}

#[tokio::test]
async fn an_access_token_is_for_the_app_itself_where_it_asks_for_itself() {
    let town = Town::new().await;
    let mut browser = town.browser();
    let client_id = town.app("shop").client_id();
    let url = shop(&town).replace("scope=openid+offline_access", &format!("scope=openid+offline_access+{client_id}"));
    let answered = sign_in_at(&mut browser, &url).await;
    let (_, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
    let token = claims(&tokens["access_token"]);
    assert_eq!((token["aud"].as_str(), token["azp"].as_str()), (Some(client_id.as_str()), Some(client_id.as_str())));
    assert_eq!((tokens["expires_in"].as_i64(), tokens["resource"].as_str()), (Some(3600), Some(client_id.as_str())));
    assert_eq!(tokens["expires_on"].as_i64(), Some(town.now().as_seconds() + 3600));
}

#[tokio::test]
async fn response_types_and_modes() {
    let town = Town::new().await;
    let client_id = town.app("shop").client_id();
    for (response_type, modes) in [
        ("code", &["query", "fragment", "form_post"][..]),
        ("id_token", &["fragment", "form_post"]),
        ("token", &["fragment", "form_post"]),
        ("code id_token", &["fragment", "form_post"]),
        ("code token", &["fragment", "form_post"]),
        ("id_token token", &["fragment", "form_post"]),
        ("token id_token", &["fragment", "form_post"]),
        ("code id_token token", &["fragment", "form_post"]),
    ] {
        let asks = |part: &str| response_type.split(' ').any(|one| one == part);
        for mode in modes {
            let url = shop(&town)
                .replace("response_type=code", &format!("response_type={}", response_type.replace(' ', "+")))
                .replace("response_mode=query", &format!("response_mode={mode}"))
                .replace("scope=openid+offline_access", &format!("scope=openid+offline_access+{client_id}"));
            let mut browser = town.browser();
            let page = browser.open(&format!("{url}&client_info=1")).await.page();
            let answered = browser.submit(&page, &ada()).await.accepted().outside();
            let has = |name: &str| parameter(&answered, name).is_some();
            for (name, expected) in [
                ("code", asks("code")),
                ("id_token", asks("id_token")),
                ("access_token", asks("token")),
                ("token_type", asks("token")),
                ("expires_in", asks("token")),
                ("scope", asks("token")),
                ("refresh_token", false),
                ("client_info", true),
                ("iss", true),
            ] {
                assert_eq!(has(name), expected, "{name} of {response_type} {mode}: {answered}");
            }
            assert_eq!(parameter(&answered, "state").as_deref(), Some("state-1"));
            assert_eq!(answered.fragment().is_some(), *mode == "fragment");
            //
            let info = parameter(&answered, "client_info").unwrap();
            let info: Value =
                serde_json::from_slice(&zaguan_protocol::crypto::base64url::decode(&info).unwrap()).unwrap();
            assert!(info["uid"].as_str().unwrap().ends_with("-b2c_1a_signup_signin"));
            assert_eq!(info["utid"], TENANT_ID);
            if let Some(token) = parameter(&answered, "id_token") {
                let token = claims(&token.into());
                let half = |name: &str| {
                    parameter(&answered, name)
                        .map_or(Value::Null, |text| zaguan_protocol::id_token::half_hash(&text).into())
                };
                assert_eq!((&token["c_hash"], &token["at_hash"]), (&half("code"), &half("access_token")));
                assert_eq!(token["nonce"], "nonce-1");
            }
            if let Some(code) = parameter(&answered, "code") {
                let (status, tokens) = redeem_code(&town, "shop", SIGN_IN, &code).await;
                assert_eq!(status, 200, "{tokens}");
                assert!(tokens["id_token"].is_string() && tokens["access_token"].is_string());
            }
        }
    }
    // Tokens never travel in a query, and no answer in an unknown way.
    for (response_type, mode) in [("id_token", "query"), ("code token", "query"), ("code", "web_message")] {
        let url = shop(&town)
            .replace("response_type=code", &format!("response_type={}", response_type.replace(' ', "+")))
            .replace("response_mode=query", &format!("response_mode={mode}"));
        let refused = town.browser().open(&url).await.outside();
        assert!(parameter(&refused, "error_description").unwrap().starts_with("AADB2C90014: "), "{refused}");
    }
}

#[tokio::test]
async fn request_objects_are_refused_by_name() {
    let town = Town::new().await;
    for (name, error) in [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")] {
        let refused = town.browser().open(&format!("{}&{name}=https%3A%2F%2Fx.example", shop(&town))).await.outside();
        assert_eq!(parameter(&refused, "error").as_deref(), Some(error));
        assert_eq!(parameter(&refused, "state").as_deref(), Some("state-1"));
    }
}

#[tokio::test]
async fn a_code_is_good_once_for_ten_minutes_and_its_second_use_ends_what_came_of_it() {
    let town = Town::new().await;
    let mut browser = town.browser();
    let answered = sign_in_at(&mut browser, &shop(&town)).await;
    let (_, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
    let (status, refused) = redeem(&town, "shop", SIGN_IN, &answered).await;
    assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")));
    let (status, _) = crate::support::refresh(&town, "shop", SIGN_IN, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(status, 400);

    let answered = browser.open(&shop(&town)).await.outside();
    town.wait(zaguan_testkit::seconds(600));
    assert_eq!(redeem(&town, "shop", SIGN_IN, &answered).await.0, 400);
}

#[tokio::test]
async fn whoever_redeems_proves_who_they_are() {
    let town = Town::new().await;
    let mut browser = town.browser();
    let code = parameter(&sign_in_at(&mut browser, &shop(&town)).await, "code").unwrap();
    let app = town.app("shop");
    let redirect_uri = zaguan_testkit::app::App::outside_redirect_uri_of("shop");
    let fields = |secret: Option<&'static str>| {
        let mut fields = vec![
            ("grant_type".to_owned(), "authorization_code".to_owned()),
            ("client_id".into(), app.client_id()),
            ("redirect_uri".into(), redirect_uri.clone()),
            ("code".into(), code.clone()),
        ];
        fields.extend(secret.map(|secret| ("client_secret".to_owned(), secret.to_owned())));
        fields
    };
    let send = async |fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        town.token(SIGN_IN, &fields).await
    };
    let (status, refused) = send(fields(Some("wrong"))).await;
    assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_client")));
    assert!(refused["error_description"].as_str().unwrap().starts_with("AADB2C90081: "));
    // A wrong secret used nothing up.
    assert_eq!(redeem_code(&town, "shop", SIGN_IN, &code).await.0, 200);
}

#[tokio::test]
async fn pkce_is_verified_and_cannot_be_added_or_dropped() {
    let town = Town::builder().apps(&["shop", "page-shop"]).build().await;
    let verifier = "a-verifier-of-forty-three-characters-or-more-1";
    let challenge = zaguan_protocol::pkce::s256(verifier);
    let app = town.app("page-shop");
    let redirect_uri = zaguan_testkit::app::App::outside_redirect_uri_of("page-shop");
    let url = town.authorize("page-shop", SIGN_IN);
    let refused = town.browser().open(&url).await.outside();
    assert!(parameter(&refused, "error_description").unwrap().starts_with("AADB2C99059: "), "{refused}");

    for (given, expected) in [
        (Some(verifier), None),
        (Some("another-verifier-of-forty-three-characters-or-more"), Some("AADB2C90182")),
        (None, Some("AADB2C90183")),
    ] {
        let mut browser = town.browser();
        let answered =
            sign_in_at(&mut browser, &format!("{url}&code_challenge={challenge}&code_challenge_method=S256")).await;
        let (client_id, code) = (app.client_id(), parameter(&answered, "code").unwrap());
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", &client_id),
            ("redirect_uri", &redirect_uri),
            ("code", &code),
        ];
        fields.extend(given.map(|verifier| ("code_verifier", verifier)));
        let (status, body) = town.token(SIGN_IN, &fields).await;
        match expected {
            None => {
                assert_eq!(status, 200, "{body}");
            }
            Some(code) => assert!(body["error_description"].as_str().unwrap().starts_with(code), "{body}"),
        }
    }
}

#[tokio::test]
async fn r_33_pages_of_registered_origins_may_read_the_token_endpoint() {
    let town = Town::builder().apps(&["shop", "page-shop"]).build().await;
    let url = Url::parse(&town.address(SIGN_IN, "oauth2/v2.0/token")).unwrap();
    for (origin, allowed) in [
        ("https://page-shop.outside.example", true),
        ("https://shop.outside.example", false),
        ("https://evil.example", false),
        ("null", false),
    ] {
        let mut browser = town.browser();
        let request = Request::post(url.as_str()).header("origin", origin);
        let response = browser.send(request, &url, Some("grant_type=refresh_token".into()), Cause::Frame).await;
        assert_eq!(response.status(), 400);
        assert_eq!(
            response.headers().get("access-control-allow-origin").is_some_and(|value| value == origin),
            allowed,
            "{origin}"
        );
    }
}

#[tokio::test]
async fn nothing_secret_is_cached_framed_or_sniffed() {
    let town = Town::new().await;
    let (_, headers, _) = get(&town, &shop(&town)).await;
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["x-frame-options"], "DENY");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("default-src 'none'")
            && policy.contains("frame-ancestors 'none'")
            && !policy.contains("unsafe")
    );
    assert!(headers.get("cross-origin-opener-policy").is_none());
    // what a hidden frame follows carries no word about framing.
    let (_, headers, _) = get(&town, &format!("{}&prompt=none", shop(&town))).await;
    assert!(headers.get("x-frame-options").is_none() && headers.get("content-security-policy").is_none());
}
