use crate::browser::App;
use crate::provider::ISSUER;
use axum::body::Body;
use http::{Request, StatusCode};

fn told(sid: &str) -> String {
    format!("/front-channel?iss={ISSUER}&sid={sid}")
}

#[tokio::test]
async fn s_108_signing_out_elsewhere_removes_session_and_tokens_without_any_cookie() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    ada.travel("/sign-in?journey=profile").await;
    assert_eq!(app.counts(), (1, 2));

    let answer = app.browser().get(&told("sid-1")).await;
    assert_eq!((answer.status, app.counts()), (StatusCode::OK, (0, 0)));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors https://id.example");
    assert_eq!(answer.header("x-frame-options"), "");

    assert!(ada.get("/token").await.location().starts_with("/sign-in"));
    assert!(ada.session().is_none(), "the cookie of no use is removed at the next request");
    assert_eq!(app.diary.lines(), ["ada in", "ada FrontChannel"]);
}

#[tokio::test]
async fn ends_the_named_session_and_no_other() {
    let app = App::new();
    let (mut laptop, mut phone) = (app.browser(), app.browser());
    laptop.sign_in().await;
    app.provider.sid(Some("sid-2"));
    phone.sign_in().await;

    let answer = phone.get(&told("sid-1")).await;
    assert!(answer.cookies().is_empty(), "the session of this cookie goes on");
    assert_eq!((laptop.get("/").await.text, phone.get("/").await.text), ("nobody".into(), "ada".into()));
    let answer = phone.get(&told("sid-2")).await;
    assert_eq!((answer.cookies().len(), phone.session()), (1, None));
}

#[tokio::test]
async fn a_joined_policys_session_ends_it_too() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    app.provider.sid(Some("sid-of-profile"));
    ada.travel("/sign-in?journey=profile").await;
    app.browser().get(&told("sid-of-profile")).await;
    assert_eq!(app.counts(), (0, 0));
}

#[tokio::test]
async fn believes_no_other_issuer_and_no_half_message() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    for wrong in [
        "/front-channel?iss=https://evil.example/&sid=sid-1",
        "/front-channel?iss=https://id.example/tenant/v2.0&sid=sid-1",
        "/front-channel?sid=sid-1",
        &format!("/front-channel?iss={ISSUER}"),
        &told(&"x".repeat(513)),
    ] {
        assert_eq!(ada.get(wrong).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    assert_eq!(ada.get(&told("unheard-of")).await.status, StatusCode::OK);
    assert_eq!(ada.get("/").await.text, "ada");
}

#[tokio::test]
async fn without_a_name_the_cookie_says_which() {
    let app = App::new();
    let (mut ada, mut bob) = (app.browser(), app.browser());
    ada.sign_in().await;
    bob.sign_in().await;
    assert_eq!(app.browser().get("/front-channel").await.status, StatusCode::OK);
    assert_eq!(app.counts(), (2, 2));

    let link = Request::get("/front-channel").header("sec-fetch-dest", "document").body(Body::empty()).unwrap();
    assert_eq!(ada.send(link).await.status, StatusCode::BAD_REQUEST, "no link signs anybody out");
    let frame = Request::get("/front-channel").header("sec-fetch-dest", "iframe").body(Body::empty()).unwrap();
    assert_eq!(ada.send(frame).await.status, StatusCode::OK);
    assert_eq!((app.counts(), ada.session()), ((1, 1), None));
    assert_eq!(bob.post("/front-channel", "").await.status, StatusCode::OK, "both methods mean the same");
    assert_eq!(app.counts(), (0, 0));
}

#[tokio::test]
async fn e_13_a_session_without_a_name_ends_by_its_cookie_only() {
    let app = App::new();
    app.provider.sid(None);
    let mut ada = app.browser();
    ada.sign_in().await;
    app.browser().get(&told("sid-1")).await;
    assert_eq!(app.counts(), (1, 1));
    ada.get(&told("sid-1")).await;
    assert_eq!((app.counts(), ada.session()), ((0, 0), None));
}

#[tokio::test]
async fn e_10_told_twice_the_hooks_run_once() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    let (mut one, mut two) = (app.browser(), app.browser());
    let address = told("sid-1");
    let (one, two, three) = tokio::join!(one.get(&address), two.get(&address), ada.get(&address));
    assert_eq!([one.status, two.status, three.status], [StatusCode::OK; 3]);
    assert_eq!(app.diary.lines(), ["ada in", "ada FrontChannel"]);
}

#[tokio::test]
async fn e_2_told_before_the_callback_no_session_begins() {
    let app = App::new();
    let mut ada = app.browser();
    let sent = ada.get("/sign-in").await.location();
    let back = app.provider.authorize(&sent);
    app.browser().get(&told("sid-1")).await;

    let page = ada.get(&back).await;
    assert_eq!((page.status, app.counts()), (StatusCode::FORBIDDEN, (0, 0)));
    assert!(page.text.contains("signed out") && ada.jar.is_empty());
    assert_eq!((app.provider.count("revoke"), app.diary.lines().len()), (1, 0));

    app.provider.sid(Some("sid-2"));
    ada.sign_in().await;
    assert_eq!(app.counts(), (1, 1), "the next session at the provider is another one");
}
