use crate::browser::App;
use crate::provider::{ISSUER, Mood, query};
use http::StatusCode;
use serde_json::json;

const FORGOT: &str = "AADB2C90118: The user has forgotten their password.\r\nCorrelation ID: 1\r\nTimestamp: x\r\n";

#[tokio::test]
async fn only_the_browser_that_began_may_finish_and_only_once() {
    let app = App::new();
    let mut ada = app.browser();
    let sent = ada.get("/sign-in").await;
    let back = app.provider.authorize(&sent.location());

    let stranger = app.browser().get(&back).await;
    assert_eq!(stranger.status, StatusCode::BAD_REQUEST);
    let mut elsewhere = app.browser();
    elsewhere.get("/sign-in").await;
    assert_eq!(elsewhere.get(&back).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(ada.get("/callback?code=x").await.status, StatusCode::BAD_REQUEST);

    let mut late = ada.clone();
    assert_eq!(ada.get(&back).await.status, StatusCode::SEE_OTHER);
    assert_eq!(ada.get(&back).await.status, StatusCode::BAD_REQUEST);
    app.provider.wait(600);
    assert_eq!(late.get(&back).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.counts(), (1, 1));
}

#[tokio::test]
async fn believes_no_id_token_that_is_not_for_this_sign_in() {
    for lie in [
        json!({"nonce": "another"}),
        json!({"nonce": null}),
        json!({"aud": "another"}),
        json!({"iss": "https://id.example/other/v2.0/"}),
        json!({"exp": 1_799_999_000}),
        json!({"nbf": 1_800_001_000}),
        json!({"sub": "Not supported currently. Use oid claim.", "oid": null}),
    ] {
        let app = App::new();
        app.provider.lies(lie.clone());
        assert_eq!(app.browser().sign_in().await.status, StatusCode::BAD_GATEWAY, "{lie}");
        assert_eq!(app.counts(), (0, 0), "{lie}");
    }
}

#[tokio::test]
async fn believes_no_answer_of_another_issuer() {
    let app = App::new();
    for issuer in [None, Some("https://evil.example/")] {
        let mut ada = app.browser();
        let sent = ada.get("/sign-in").await.location();
        let code = query(&app.provider.authorize(&sent))["code"].clone();
        let mut parameters = vec![("code", code.as_str())];
        parameters.extend(issuer.map(|issuer| ("iss", issuer)));
        let answer = ada.get(&app.provider.back(&sent, &parameters)).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{issuer:?}");
    }
    assert_eq!(app.provider.count("grant_type"), 0, "no code was sent anywhere");
}

#[tokio::test]
async fn e_12_asks_for_new_keys_at_most_once_a_minute() {
    let app = App::new();
    app.browser().sign_in().await;
    app.provider.wait(60);
    app.provider.rotate();
    assert_eq!(app.browser().sign_in().await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.provider.count("/keys"), 2);

    app.provider.forge();
    for _ in 0..3 {
        assert_eq!(app.browser().sign_in().await.status, StatusCode::BAD_GATEWAY);
    }
    assert_eq!(app.provider.count("/keys"), 2);
    app.provider.wait(60);
    assert_eq!(app.browser().sign_in().await.status, StatusCode::BAD_GATEWAY);
    assert_eq!(app.provider.count("/keys"), 3);
}

#[tokio::test]
async fn who_forgot_the_password_is_sent_to_reset_it() {
    let app = App::new();
    let mut ada = app.browser();
    let sent = ada.get("/sign-in?return_to=/orders").await.location();
    let said = [("error", "access_denied"), ("error_description", FORGOT), ("iss", ISSUER)];
    let reset = ada.get(&app.provider.back(&sent, &said)).await.location();
    assert!(reset.starts_with("https://id.example/tenant/reset/"), "{reset}");
    let landed = ada.get(&app.provider.authorize(&reset)).await;
    assert_eq!(landed.location(), "/orders");
    assert_eq!(ada.get("/name").await.text, "ada of reset");

    // From the reset policy itself it would go on forever.
    let sent = ada.get("/sign-in?journey=password-reset").await.location();
    assert_eq!(ada.get(&app.provider.back(&sent, &said)).await.location(), "/");
}

#[tokio::test]
async fn who_cancels_goes_back_without_a_session() {
    let app = App::new();
    for description in ["AADB2C90091: The user has cancelled.", "", FORGOT] {
        let app = if description == FORGOT { &App::configured(|builder| builder.sign_in("reset")) } else { &app };
        let mut ada = app.browser();
        let sent = ada.get("/sign-in?return_to=/orders").await.location();
        let said = [("error", "access_denied"), ("error_description", description), ("iss", ISSUER)];
        assert_eq!(ada.get(&app.provider.back(&sent, &said)).await.location(), "/orders", "{description}");
        assert!(ada.jar.is_empty());
    }
}

#[tokio::test]
async fn another_error_is_shown_by_its_first_line_and_runs_nothing() {
    let app = App::new();
    let mut ada = app.browser();
    let sent = ada.get("/sign-in").await.location();
    let text = "AADB2C90037: <script>alert(1)</script> & more\r\nCorrelation ID: 6f1e-22\r\nTimestamp: never\r\n";
    let said = [("error", "server_error"), ("error_description", text), ("iss", ISSUER)];
    let back = app.provider.back(&sent, &said);
    let unknown = app.browser().get(&back).await;
    assert!(!unknown.text.contains("AADB2C90037"), "words of a stranger are not repeated");
    let page = ada.get(&back).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.text.contains("AADB2C90037: &lt;script&gt;alert(1)&lt;/script&gt; &amp; more"), "{}", page.text);
    assert!(page.text.contains("6f1e-22") && !page.text.contains("never"));
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
}

#[tokio::test]
async fn e_5_one_session_owns_the_tokens_of_all_policies() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    let session = ada.session();
    let asked = ada.get("/profile-token").await;
    assert_eq!(asked.location(), "/sign-in?journey=profile&return_to=%2Fprofile-token");
    assert_eq!(ada.travel(&asked.location()).await.location(), "/profile-token");
    assert!(ada.get("/profile-token").await.text.starts_with("access-"));
    assert_eq!((ada.session(), app.counts()), (session, (1, 2)));
    assert_eq!(ada.get("/name").await.text, "ada of profile", "the newest word about the person");
    assert_eq!(app.party.journey_url("profile", "/x").unwrap(), "/sign-in?journey=profile&return_to=%2Fx");
    assert_eq!(ada.get("/sign-in?journey=unheard-of").await.status, StatusCode::NOT_FOUND);

    ada.sign_out().await;
    assert_eq!(app.counts(), (0, 0));
    assert_eq!(app.diary.lines(), ["ada in", "ada Local"]);
}

#[tokio::test]
async fn e_6_another_person_does_not_join() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    app.provider.person("bob");
    let refused = ada.travel("/sign-in?journey=profile").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!((ada.get("/").await.text.as_str(), app.counts()), ("ada", (1, 1)));
    assert_eq!(app.provider.count("/profile/oauth2/v2.0/revoke"), 1, "tokens that nobody owns are given back");
}

#[tokio::test]
async fn a_provider_that_breaks_off_leaves_nothing_behind() {
    for mood in [Mood::Broken(500, "3"), Mood::Broken(429, "3")] {
        let app = App::new();
        let mut ada = app.browser();
        let sent = ada.get("/sign-in").await.location();
        let back = app.provider.authorize(&sent);
        app.provider.mood(mood);
        assert_eq!(ada.get(&back).await.status, StatusCode::BAD_GATEWAY);
        assert_eq!((app.counts(), ada.jar.len()), ((0, 0), 0));
    }
}
