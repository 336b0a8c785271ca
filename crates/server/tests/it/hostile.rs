//! Whatever comes has a clear answer and loses nothing.

use axum::body::Body;
use http::Request;
use url::Url;
use zaguan_testkit::{
    Arrived, Town,
    browser::text,
    cookies::Cause,
    hours,
    page::Page,
    town::{ADA, SERVER, SIGN_IN, TENANT},
};

use crate::support::{ada, is_answered, parameter, shop, sign_in_at};

async fn status(town: &Town, request: http::request::Builder, url: &str, body: Option<String>) -> (u16, String) {
    let mut browser = town.browser();
    let response = browser.send(request, &Url::parse(url).unwrap(), body, Cause::SameSite).await;
    (response.status().as_u16(), text(response).await)
}

#[tokio::test]
async fn addresses_of_nothing() {
    let town = Town::new().await;
    for (path, expected) in [
        ("/nothing", 404),
        ("/elsewhere.onmicrosoft.com/B2C_1A_signup_signin/oauth2/v2.0/authorize", 404),
        ("/contoso.onmicrosoft.com/B2C_1A_none/oauth2/v2.0/authorize", 404),
        ("/contoso.onmicrosoft.com/B2C_1A_TrustFrameworkBase/oauth2/v2.0/authorize", 404),
        ("/contoso.onmicrosoft.com/B2C_1A_signup_signin/oauth2/v2.0/authorize", 400),
        ("/contoso.onmicrosoft.com/B2C_1A_signup_signin/SelfAsserted", 405),
        ("/contoso.onmicrosoft.com/B2C_1A_signup_signin/oauth2/v2.0/token", 405),
        ("/contoso.onmicrosoft.com/oauth2/v2.0/authorize", 404),
        ("/static/zaguan/../../etc/passwd", 404),
        ("/contoso.onmicrosoft.com/B2C_1A_signup_signin/api/CombinedSigninAndSignup/confirmed", 400),
        ("/contoso.onmicrosoft.com/B2C_1A_signup_signin/oauth2/v2.0/authorize?client_id=%ff", 400),
        ("/contoso.onmicrosoft.com/B2C_1A_signup_signin/oauth2/v2.0/authorize?client_id=a&client_id=b", 400),
        ("/contoso.onmicrosoft.com/B2C_1A_signup_signin/oauth2/v2.0/authorize?client_id=%3Cscript%3E", 400),
    ] {
        let url = format!("https://{SERVER}{path}");
        let (got, body) = status(&town, Request::get(&url), &url, None).await;
        assert_eq!(got, expected, "{path}: {body}");
        assert!(!body.contains("<script>alert") && !body.to_lowercase().contains("panic"), "{body}");
    }
}

#[tokio::test]
async fn a_host_of_nobody_is_nowhere() {
    let town = Town::new().await;
    let url = format!("https://evil.example/{TENANT}/{SIGN_IN}/v2.0/.well-known/openid-configuration");
    let (got, body) = status(&town, Request::get(&url), &url, None).await;
    assert_eq!(got, 404, "{body}");
}

#[tokio::test]
async fn forwarded_headers_of_strangers_are_not_believed() {
    let town = Town::new().await;
    let url = town.address(SIGN_IN, "v2.0/.well-known/openid-configuration");
    let request =
        Request::get(&url).header("x-forwarded-host", "evil.example").header("x-forwarded-for", "203.0.113.1");
    let (got, body) = status(&town, request, &url, None).await;
    assert_eq!((got, body.contains("evil.example")), (200, false));
}

#[tokio::test]
async fn what_is_too_large_is_not_read() {
    let town = Town::new().await;
    let url = town.address(SIGN_IN, "oauth2/v2.0/token");
    assert_eq!(status(&town, Request::post(&url), &url, Some("a".repeat(300 * 1024))).await.0, 413);
    assert_eq!(
        status(&town, Request::post(&url), &url, Some(format!("grant_type={}", "a".repeat(70_000)))).await.0,
        400
    );
    // eight kilobytes of state are fine.
    let state = "s".repeat(8192);
    let mut browser = town.browser();
    let answered = sign_in_at(&mut browser, &shop(&town).replace("state=state-1", &format!("state={state}"))).await;
    assert_eq!(parameter(&answered, "state").unwrap(), state);
}

#[tokio::test]
async fn nobody_is_redirected_to_an_address_that_is_not_the_apps() {
    let town = Town::new().await;
    let registered = "redirect_uri=https%3A%2F%2Fshop.outside.example%2Fcallback";
    for other in [
        "https://evil.example/callback",
        "https://shop.outside.example/callback/../evil",
        "https://shop.outside.example/callback?x=1",
        "https://shop.outside.example.evil.example/callback",
        "https://shop.outside.example@evil.example/callback",
        "http://shop.outside.example/callback",
        "https://SHOP.outside.example/Callback",
        "javascript:alert(1)",
        "",
    ] {
        let other: String = url::form_urlencoded::byte_serialize(other.as_bytes()).collect();
        let url = shop(&town).replace(registered, &format!("redirect_uri={other}"));
        match town.browser().open(&url).await {
            Arrived::At(page) => assert_eq!(page.status, 400, "{other}: {}", page.html),
            Arrived::Outside(to) => panic!("{other} was followed to {to}"),
        }
    }
}

#[tokio::test]
async fn a_visit_opens_only_for_its_browser_policy_and_form() {
    let town = Town::new().await;
    let mut ada_s = town.browser();
    let page = ada_s.open(&shop(&town)).await.page();
    let settings = page.settings().unwrap();

    // Another browser, with everything that can be seen on the page.
    let mut thief = town.browser();
    assert_eq!(refusal(&mut thief, &page, &settings.csrf, &settings.trans_id).await, "AADB2C90046");
    // The right browser with a wrong token, none, another visit's, or a visit that never was.
    let other = ada_s.open(&shop(&town)).await.page().settings().unwrap();
    for (csrf, tx) in [
        ("1.AAAA", settings.trans_id.as_str()),
        ("", &settings.trans_id),
        (&other.csrf, &settings.trans_id),
        (&settings.csrf, &other.trans_id),
        (&settings.csrf, "StateProperties=eyJUSUQiOiIxIn0"),
        (&settings.csrf, "StateProperties=***"),
        (&settings.csrf, "nothing"),
    ] {
        assert_eq!(refusal(&mut ada_s, &page, csrf, tx).await, "AADB2C90046", "{csrf} {tx}");
    }
    // The visit of one policy at another.
    let mut moved = page.clone();
    moved.html = page
        .html
        .replace("/contoso.onmicrosoft.com/B2C_1A_signup_signin", "/contoso.onmicrosoft.com/B2C_1A_ProfileEdit");
    assert_eq!(refusal(&mut ada_s, &moved, &settings.csrf, &settings.trans_id).await, "AADB2C90046");
    // And the visit is as good as before.
    ada_s.submit(&page, &ada()).await.accepted().outside();
}

/// The error code of a posting with this token and visit.
async fn refusal(browser: &mut zaguan_testkit::Browser<'_>, page: &Page, csrf: &str, tx: &str) -> String {
    let tenant = page.settings().unwrap().hosts.tenant;
    let url = page.url.join(&format!("{tenant}/SelfAsserted?tx={tx}&p={SIGN_IN}")).unwrap();
    let request = Request::post(url.as_str()).header("x-csrf-token", csrf).header("x-requested-with", "XMLHttpRequest");
    let body = "request_type=RESPONSE&signInName=ada%40example.org&password=Correct-horse-1".to_owned();
    let response = browser.send(request, &url, Some(body), Cause::SameSite).await;
    let text = text(response).await;
    let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
    json["errorCode"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn steps_out_of_order_and_twice_show_the_page_that_is_open() {
    let town = Town::new().await;
    let mut browser = town.browser();
    let sign_in = browser.open(&shop(&town)).await.page();
    // Confirming what was never accepted.
    assert!(browser.confirm(&sign_in, "false").await.page().is("Unified"));
    let sign_up = browser.navigate(&sign_in, "unified", "local=signup").await.page();
    // The back button: the sign-in form of before, posted now.
    let late = browser
        .call(
            &sign_in,
            &[("request_type", "RESPONSE"), ("signInName", "ada@example.org"), ("password", "Correct-horse-1")],
        )
        .await;
    assert_eq!((late["status"].as_str(), late["errorCode"].as_str()), (Some("400"), Some("AADB2C90046")));
    assert!(browser.confirm(&sign_in, "false").await.page().is("SelfAsserted"));
    assert!(browser.navigate(&sign_in, "unified", "local=signup").await.page().is("SelfAsserted"));
    // The page that is open still is.
    browser.verify(&sign_up, "email", "new@example.org").await;
    let form = [
        ("email", "new@example.org"),
        ("newPassword", "Brand-new-1"),
        ("reenterPassword", "Brand-new-1"),
        ("displayName", "New"),
    ];
    let fields: Vec<_> = [("request_type", "RESPONSE")].into_iter().chain(form).collect();
    // Posted twice, as a double click does: accepted twice, done once.
    assert_eq!(browser.call(&sign_up, &fields).await["status"], "200");
    assert_eq!(browser.call(&sign_up, &fields).await["status"], "200");
    browser.confirm(&sign_up, "false").await.outside();
    // And what is over is over.
    assert!(browser.confirm(&sign_up, "false").await.page().says("AADB2C90046"));
}

#[tokio::test]
async fn a_page_left_open_too_long_says_so() {
    let town = Town::new().await;
    let mut browser = town.browser();
    let page = browser.open(&shop(&town)).await.page();
    town.wait(hours(2));
    assert!(browser.confirm(&page, "false").await.page().says("AADB2C90046"));
}

#[tokio::test]
async fn a_session_that_ends_during_a_journey_ends_the_journey_as_well() {
    let town = Town::new().await;
    let mut browser = town.browser();
    sign_in_at(&mut browser, &shop(&town)).await;
    // A profile is open in one tab; in another the person signs out.
    let form = browser.open(&town.authorize("shop", "B2C_1A_ProfileEdit")).await.page();
    assert!(form.says("id=\"givenName\""));
    browser.open(&town.address(SIGN_IN, "oauth2/v2.0/logout")).await.page();
    // Nothing more is written in the person's name, and they are told why.
    let refused = browser.submit(&form, &[("displayName", "Eve"), ("givenName", "Eve")]).await.refused();
    assert!(refused.contains("signed out in another window"), "{refused}");
    assert_eq!(town.attribute(ADA.0, "givenname").await, Some(zaguan_policy::Value::Text("Ada".into())));
    // Nobody is handed a code on the strength of a session that is over: the person is asked.
    let arrived = browser.confirm(&form, "false").await;
    assert!(arrived.page().says("id=\"signInName\""));
    assert!(!is_answered(&mut browser, &shop(&town)).await);
}

#[tokio::test]
async fn a_stranger_cannot_sign_anybody_out_or_in() {
    let town = Town::new().await;
    let mut browser = town.browser();
    sign_in_at(&mut browser, &shop(&town)).await;
    // A session's id alone, which every app knows as `sid`, opens nothing.
    let mut thief = town.browser();
    thief.jar = browser.jar.clone();
    thief.jar.tamper("__Host-zg-s-", |value| format!("{}.{}", value.split('.').next().unwrap(), "A".repeat(43)));
    thief.open(&town.address(SIGN_IN, "oauth2/v2.0/logout")).await.page();
    assert!(is_answered(&mut browser, &shop(&town)).await);
    // A report of frames that no page of ours made.
    let url = format!("https://{SERVER}/{TENANT}/{SIGN_IN}/client/signedout?sid=a&apps=b&proof=c");
    assert_eq!(status(&town, Request::post(&url), &url, Some("loaded=0".into())).await.0, 400);
}

#[tokio::test]
async fn methods_and_bodies_that_make_no_sense() {
    let town = Town::new().await;
    let url = shop(&town);
    for method in ["PUT", "DELETE", "PATCH", "TRACE"] {
        let request = Request::builder().method(method).uri(&url);
        assert_eq!(status(&town, request, &url, None).await.0, 405, "{method}");
    }
    let token = town.address(SIGN_IN, "oauth2/v2.0/token");
    let request = Request::post(&token)
        .header("host", SERVER)
        .header("content-type", "application/json")
        .body(Body::from("{\"grant_type\":\"x\"}"))
        .unwrap();
    let response = town.send(&Url::parse(&token).unwrap(), request, 1).await;
    assert_eq!(response.status(), 400);
}
