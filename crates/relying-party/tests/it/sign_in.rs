use crate::browser::{App, BASE};
use crate::provider::{API, Mood, query};
use axum::body::Body;
use http::{Request, StatusCode};
use zaguan_relying_party::{Ending, Person};

#[tokio::test]
async fn a_person_signs_in_and_comes_back_to_the_page() {
    let app = App::new();
    let mut ada = app.browser();
    assert_eq!(ada.get("/").await.text, "nobody");

    let sent = ada.get("/orders?id=7").await;
    assert_eq!(
        (sent.status, sent.location().as_str()),
        (StatusCode::SEE_OTHER, "/sign-in?return_to=%2Forders%3Fid%3D7")
    );
    let sent = ada.get(&sent.location()).await;
    let asked = query(&sent.location());
    assert!(sent.location().starts_with("https://id.example/tenant/signin/oauth2/v2.0/authorize?"));
    assert_eq!(asked["scope"], format!("openid offline_access {API}"));
    assert_eq!(
        (asked["redirect_uri"].as_str(), asked["response_mode"].as_str()),
        (&*format!("{BASE}/callback"), "query")
    );
    assert!(sent.cookies()[0].starts_with("__Host-rp-") && sent.cookies()[0].ends_with("Max-Age=600"));

    let landed = ada.get(&app.provider.authorize(&sent.location())).await;
    assert_eq!((landed.status, landed.location().as_str()), (StatusCode::SEE_OTHER, "/orders?id=7"));
    assert_eq!(ada.get("/orders?id=7").await.text, "orders of ada");
    assert_eq!(ada.get("/name").await.text, "ada of signin");
    assert_eq!(ada.jar.len(), 1, "the attempt's cookie is used up");
    let (name, value) = ada.session().unwrap();
    assert!(name.starts_with("__Host-") && value.len() == 43);
    assert_eq!((app.counts(), app.diary.lines()), ((1, 1), vec!["ada in".to_owned()]));
}

#[tokio::test]
async fn a_script_is_told_where_to_sign_in() {
    let app = App::new();
    for (name, value) in
        [("sec-fetch-mode", "cors"), ("accept", "application/json"), ("x-requested-with", "XMLHttpRequest")]
    {
        let request = Request::get("/orders").header(name, value).header("referer", format!("{BASE}/page?x=1"));
        let answer = app.browser().send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
        let body: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(body["sign_in_url"], "/sign-in?return_to=%2Fpage%3Fx%3D1");
    }
    let answer = app.browser().post("/orders", "").await;
    assert_eq!(answer.location(), "/sign-in?return_to=%2F", "a post cannot be repeated by coming back");
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    let app = App::new();
    for elsewhere in ["https://evil.example/", "//evil.example", "/%5Cevil.example", "/%09/evil.example"] {
        let landed = app.browser().travel(&format!("/sign-in?return_to={elsewhere}")).await;
        assert_eq!(landed.location(), "/", "{elsewhere}");
    }
}

#[tokio::test]
async fn several_tabs_sign_in_at_once() {
    let app = App::new();
    let mut ada = app.browser();
    let (one, two) = (ada.get("/sign-in?return_to=/one").await, ada.get("/sign-in?return_to=/two").await);
    let (one, two) = (app.provider.authorize(&one.location()), app.provider.authorize(&two.location()));
    assert_eq!(ada.get(&two).await.location(), "/two");
    assert_eq!(ada.get(&one).await.location(), "/one");
    assert_eq!(app.counts(), (1, 1), "the second takes the place of the first");

    for _ in 0..20 {
        ada.get("/sign-in").await;
    }
    assert_eq!(ada.jar.len(), 1 + 8, "the oldest make room");
}

#[tokio::test]
async fn e_7_every_sign_in_has_a_new_session_id() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    let first = ada.session().unwrap();
    let mut thief = ada.clone();
    ada.sign_in().await;
    assert_ne!(ada.session().unwrap(), first);
    assert_eq!(thief.get("/").await.text, "nobody");
    assert_eq!(app.diary.lines(), ["ada in", "ada Replaced", "ada in"]);
    assert_eq!(app.counts(), (1, 1));
}

#[tokio::test]
async fn e_8_two_browsers_are_two_sessions_and_one_person() {
    let app = App::new();
    let (mut laptop, mut phone) = (app.browser(), app.browser());
    laptop.sign_in().await;
    app.provider.sid(Some("sid-2"));
    phone.sign_in().await;
    laptop.sign_out().await;
    assert_eq!((laptop.get("/").await.text, phone.get("/").await.text), ("nobody".into(), "ada".into()));

    let ada = Person { tenant: "https://id.example/tenant".into(), oid: "ada".into() };
    assert_eq!(app.party.end(&Ending::Person(ada.hash())).await.unwrap(), 1);
    assert_eq!(phone.get("/").await.text, "nobody");
    assert!(phone.session().is_none(), "a cookie of no use is removed");
    assert_eq!(app.diary.lines().last().unwrap(), "ada Admin");
}

#[tokio::test]
async fn starts_before_the_provider_does() {
    let app = App::new();
    app.provider.mood(Mood::Silent);
    assert!(app.party.check().await.unwrap_err().to_string().contains("no route"));
    assert_eq!(app.browser().get("/sign-in").await.status, StatusCode::BAD_GATEWAY);

    app.provider.mood(Mood::Willing);
    assert_eq!(app.party.check().await.unwrap(), Vec::<String>::new());
    app.browser().sign_in().await;
    assert_eq!(app.provider.count("/signin/v2.0/.well-known"), 3, "twice in vain, then kept");
    app.provider.wait(86_400);
    app.browser().sign_in().await;
    assert_eq!(app.provider.count("/signin/v2.0/.well-known"), 4, "and asked again a day later");
}

#[tokio::test]
async fn lives_under_a_prefix() {
    let app = App::configured(|builder| builder.prefix("/auth").unwrap().landing("/home"));
    assert_eq!(app.party.redirect_uri(), format!("{BASE}/auth/callback"));
    let mut ada = app.browser();
    assert_eq!(ada.travel("/auth/sign-in").await.location(), "/home");
    assert_eq!(ada.get("/orders").await.text, "orders of ada");
    assert_eq!(ada.get("/auth/signed-out").await.location(), "/home");
}

#[tokio::test]
async fn e_19_a_session_lives_with_the_providers_and_not_longer_than_configured() {
    let app = App::configured(|builder| builder.session_life(3 * 3600));
    let mut ada = app.browser();
    ada.sign_in().await;
    for hour in 1..=2 {
        app.provider.wait(3600);
        assert_eq!(ada.get("/").await.text, "ada", "hour {hour}");
    }
    assert_eq!(app.provider.count("grant_type=refresh_token"), 2);
    app.provider.wait(3600);
    assert_eq!(ada.get("/").await.text, "nobody");
    assert_eq!((app.counts(), app.diary.lines()), ((0, 0), vec!["ada in".to_owned(), "ada Expired".into()]));
}

#[tokio::test]
async fn e_19_a_session_that_the_provider_no_longer_renews_ends() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    app.provider.wait(3601);
    app.provider.mood(Mood::Silent);
    assert_eq!(ada.get("/").await.text, "nobody", "nobody knows");
    assert_eq!(app.counts(), (1, 1), "so it waits");
    app.provider.mood(Mood::Refusing("invalid_grant"));
    assert_eq!(ada.get("/").await.text, "nobody");
    assert_eq!((app.counts(), app.diary.lines()), ((0, 0), vec!["ada in".to_owned(), "ada RefreshRefused".into()]));
}

#[tokio::test]
async fn sessions_nobody_comes_back_to_are_removed_at_the_next_sign_in() {
    let app = App::new();
    app.browser().sign_in().await;
    app.provider.wait(86_400);
    app.browser().sign_in().await;
    assert_eq!(app.counts(), (1, 1));
    assert_eq!(app.diary.lines(), ["ada in", "ada Expired", "ada in"]);
}
