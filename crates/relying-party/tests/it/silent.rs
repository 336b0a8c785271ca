use crate::browser::App;
use crate::provider::Mood;
use http::StatusCode;

#[tokio::test]
async fn a_fresh_token_is_kept_and_an_old_one_renewed() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    let first = ada.get("/token").await.text;
    app.provider.wait(3600 - 301);
    assert_eq!(ada.get("/token").await.text, first);
    app.provider.wait(1);
    let second = ada.get("/token").await.text;
    assert!(second.starts_with("access-") && second != first);
    assert_eq!(ada.get("/token").await.text, second);
    assert_eq!(app.provider.count("grant_type=refresh_token"), 1);
    assert!(app.provider.last("grant_type=refresh_token").starts_with("POST /tenant/signin/"));
}

#[tokio::test]
async fn many_requests_are_one_refresh() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    app.provider.wait(3400);
    app.provider.mood(Mood::Slow);
    let asking: Vec<_> = (0..10)
        .map(|_| {
            let mut tab = ada.clone();
            tokio::spawn(async move { tab.get("/token").await.text })
        })
        .collect();
    app.provider.arrived.notified().await;
    app.provider.go_on.notify_one();
    let mut answers = Vec::new();
    for tab in asking {
        answers.push(tab.await.unwrap());
    }
    assert!(answers[0].starts_with("access-") && answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(app.provider.count("grant_type=refresh_token"), 1);
}

#[tokio::test]
async fn a_refresh_goes_on_when_the_one_who_asked_goes_away() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    app.provider.wait(3400);
    app.provider.mood(Mood::Slow);
    let mut tab = ada.clone();
    let impatient = tokio::spawn(async move { tab.get("/token").await.text });
    app.provider.arrived.notified().await;
    impatient.abort();
    assert!(impatient.await.unwrap_err().is_cancelled());
    app.provider.go_on.notify_one();
    app.provider.mood(Mood::Willing);
    assert!(ada.get("/token").await.text.starts_with("access-"));
    assert_eq!(app.provider.count("grant_type=refresh_token"), 1, "the new refresh token was not lost");
}

#[tokio::test]
async fn a_dead_refresh_token_needs_the_person() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    ada.travel("/sign-in?journey=profile").await;
    app.provider.wait(3400);
    app.provider.mood(Mood::Refusing("invalid_grant"));
    assert_eq!(ada.get("/token").await.location(), "/sign-in?return_to=%2Ftoken");
    assert_eq!(app.counts(), (1, 1), "that policy's tokens are gone, the session and the other's are not");
    assert_eq!(ada.get("/token").await.location(), "/sign-in?return_to=%2Ftoken");
    assert_eq!(app.provider.count("grant_type=refresh_token"), 1, "and it is not tried again");
    app.provider.mood(Mood::Willing);
    assert!(ada.get("/profile-token").await.text.starts_with("access-"));
}

#[tokio::test]
async fn while_the_provider_is_out_the_old_token_serves_to_its_end() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    // The session outlives this access token.
    app.provider.lies(serde_json::json!({"exp": 1_800_090_000}));
    ada.sign_in().await;
    let first = ada.get("/token").await.text;
    app.provider.wait(3599);
    for mood in [Mood::Broken(503, "17"), Mood::Broken(429, "17"), Mood::Silent] {
        app.provider.mood(mood);
        assert_eq!(ada.get("/token").await.text, first);
    }
    app.provider.wait(1);
    let answer = ada.get("/token").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
    app.provider.mood(Mood::Broken(503, "17"));
    assert_eq!(ada.get("/token").await.header("retry-after"), "17");
    assert_eq!(app.counts(), (1, 1));
    app.provider.mood(Mood::Willing);
    assert!(ada.get("/token").await.text.starts_with("access-"));
}

#[tokio::test]
async fn another_refusal_is_told_and_costs_nothing() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    app.provider.wait(3400);
    app.provider.mood(Mood::Refusing("unauthorized_client"));
    assert_eq!(ada.get("/token").await.status, StatusCode::BAD_GATEWAY);
    app.provider.mood(Mood::Stingy);
    assert_eq!(ada.get("/token").await.status, StatusCode::BAD_GATEWAY, "fewer scopes than asked for, and no loop");
    app.provider.mood(Mood::Willing);
    assert!(ada.get("/token").await.text.starts_with("access-"));
}

#[tokio::test]
async fn a_refresh_that_brings_another_person_is_not_kept() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    app.provider.wait(3400);
    app.provider.lies(serde_json::json!({"oid": "bob", "sub": "bob"}));
    assert!(ada.get("/token").await.location().starts_with("/sign-in"));
    assert_eq!(app.counts(), (1, 0));
}
