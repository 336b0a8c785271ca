//! S-067 to S-075: what a request may ask of the session.

use zaguan_testkit::{
    Town, seconds,
    town::{GRACE, SIGN_IN},
};

use crate::support::{claims, is_answered, parameter, redeem, shop, sign_in_at};

#[tokio::test]
async fn s_067_prompt_login_asks_and_a_new_session_takes_its_place() {
    let town = Town::new().await;
    let mut browser = town.browser();
    sign_in_at(&mut browser, &shop(&town)).await;
    let page = browser.open(&format!("{}&prompt=login", shop(&town))).await.page();
    assert!(page.is("Unified"));
    let grace = [("signInName", GRACE.0), ("password", GRACE.1)];
    browser.submit(&page, &grace).await.accepted().outside();
    let answered = browser.open(&shop(&town)).await.outside();
    let (_, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
    assert_eq!(claims(&tokens["id_token"])["email"], GRACE.0);
}

#[tokio::test]
async fn a_prompt_that_is_cancelled_leaves_the_session() {
    let town = Town::new().await;
    let mut browser = town.browser();
    sign_in_at(&mut browser, &shop(&town)).await;
    browser.open(&format!("{}&prompt=login", shop(&town))).await.page();
    assert!(is_answered(&mut browser, &shop(&town)).await);
}

#[tokio::test]
async fn s_068_prompt_none_is_answered_by_a_session() {
    let town = Town::new().await;
    let mut browser = town.browser();
    sign_in_at(&mut browser, &shop(&town)).await;
    assert!(is_answered(&mut browser, &format!("{}&prompt=none", shop(&town))).await);
}

#[tokio::test]
async fn s_069_prompt_none_without_a_session_is_an_error_for_the_app() {
    let town = Town::new().await;
    let url = format!("{}&prompt=none", shop(&town)).replace("response_mode=query", "response_mode=fragment");
    let answered = town.browser().open(&url).await.outside();
    assert_eq!(parameter(&answered, "error").as_deref(), Some("interaction_required"));
    assert!(
        parameter(&answered, "error_description")
            .unwrap()
            .starts_with("AADB2C90077: nobody is signed in, and the prompt `none` ")
    );
    assert_eq!(parameter(&answered, "state").as_deref(), Some("state-1"));
    assert!(answered.fragment().is_some() && answered.query().is_none());
}

#[tokio::test]
async fn s_070_other_prompts() {
    let town = Town::new().await;
    for accepted in ["select_account", "consent"] {
        town.browser().open(&format!("{}&prompt={accepted}", shop(&town))).await.page();
    }
    let answered = town.browser().open(&format!("{}&prompt=foo", shop(&town))).await.outside();
    assert!(parameter(&answered, "error_description").unwrap().starts_with("AADB2C90043: "));
}

#[tokio::test]
async fn s_073_max_age_asks_whoever_signed_in_too_long_ago() {
    let town = Town::new().await;
    let mut browser = town.browser();
    sign_in_at(&mut browser, &shop(&town)).await;
    let signed_in = town.now().as_seconds();
    town.wait(seconds(30));
    let url = format!("{}&max_age=60", shop(&town));
    let answered = browser.open(&url).await.outside();
    let (_, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
    assert_eq!(claims(&tokens["id_token"])["auth_time"], signed_in);
    town.wait(seconds(570));
    assert!(!is_answered(&mut browser, &url).await);
}

#[tokio::test]
async fn s_074_a_login_hint_fills_the_field_and_can_be_changed() {
    let town = Town::new().await;
    let mut browser = town.browser();
    let page = browser.open(&format!("{}&login_hint=grace%40example.org", shop(&town))).await.page();
    assert!(page.says("value=\"grace@example.org\""), "{}", page.html);
    browser.submit(&page, &crate::support::ada()).await.accepted().outside();
}
