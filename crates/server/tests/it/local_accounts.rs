//! Sign-up, sign-in, password reset, profile edit, as a person does them.

use zaguan_testkit::{
    Town, minutes,
    page::Page,
    town::{ADA, SIGN_IN},
};

use crate::support::{ada, claims, parameter, redeem, shop, sign_in};

/// The sign-up form.
async fn sign_up_page(browser: &mut zaguan_testkit::Browser<'_>, town: &Town) -> Page {
    let page = browser.open(&shop(town)).await.page();
    browser.navigate(&page, "unified", "local=signup").await.page()
}

fn grace_form(address: &str) -> Vec<(&str, &str)> {
    vec![
        ("email", address),
        ("newPassword", "Brand-new-1"),
        ("reenterPassword", "Brand-new-1"),
        ("displayName", "New Person"),
        ("givenName", "New"),
        ("surname", "Person"),
    ]
}

#[tokio::test]
async fn a_person_signs_up_and_is_signed_in() {
    let town = Town::new().await;
    let mut browser = town.browser();
    let page = sign_up_page(&mut browser, &town).await;
    let refused = browser.submit(&page, &grace_form("new@example.org")).await.refused();
    assert!(!refused.is_empty());
    browser.verify(&page, "email", "new@example.org").await;
    let answered = browser.submit(&page, &grace_form("new@example.org")).await.accepted().outside();
    let (_, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
    let token = claims(&tokens["id_token"]);
    assert_eq!((token["email"].as_str(), token["name"].as_str()), (Some("new@example.org"), Some("New Person")));
    assert_eq!(token["newUser"], true);

    let mut elsewhere = town.browser();
    let page = elsewhere.open(&shop(&town)).await.page();
    elsewhere
        .submit(&page, &[("signInName", "NEW@example.org"), ("password", "Brand-new-1")])
        .await
        .accepted()
        .outside();
}

#[tokio::test]
async fn an_address_that_is_taken_is_refused_and_nothing_changes() {
    let town = Town::new().await;
    let mut browser = town.browser();
    let page = sign_up_page(&mut browser, &town).await;
    browser.verify(&page, "email", ADA.0).await;
    browser.submit(&page, &grace_form(ADA.0)).await.refused();
    sign_in(&mut town.browser(), &town, "shop").await;
}

#[tokio::test]
async fn cancelling_and_forgetting_go_back_to_the_app_with_their_codes() {
    let town = Town::new().await;
    let mut browser = town.browser();
    let page = sign_up_page(&mut browser, &town).await;
    let answered = browser.navigate(&page, "error", "code=AADB2C90091").await.outside();
    assert_eq!(parameter(&answered, "error").as_deref(), Some("access_denied"));
    assert!(parameter(&answered, "error_description").unwrap().starts_with("AADB2C90091: "));
    assert_eq!(parameter(&answered, "state").as_deref(), Some("state-1"));

    let page = browser.open(&shop(&town)).await.page();
    let answered = browser.navigate(&page, "forgotPassword", "").await.outside();
    assert!(parameter(&answered, "error_description").unwrap().starts_with("AADB2C90118: "));
}

#[tokio::test]
async fn an_app_takes_a_person_who_forgot_their_password_through_the_reset() {
    let town = Town::new().await;
    let mut browser = town.browser();
    let page = browser.open(&town.app("shop").url("/sign-in")).await.page();
    let reset = browser.navigate(&page, "forgotPassword", "").await.page();
    assert!(reset.is("SelfAsserted"), "{}\n{}", reset.url, reset.html);
    browser.verify(&reset, "email", ADA.0).await;
    let form = browser.submit(&reset, &[("email", ADA.0)]).await.accepted().page();
    let new = [("newPassword", "Brand-new-1"), ("reenterPassword", "Brand-new-1")];
    let home = browser.submit(&form, &new).await.accepted().page();
    assert!(home.says("signed in as"), "{}\n{}", home.url, home.html);

    let mut elsewhere = town.browser();
    let page = elsewhere.open(&shop(&town)).await.page();
    elsewhere.submit(&page, &ada()).await.refused();
    elsewhere.submit(&page, &[("signInName", ADA.0), ("password", "Brand-new-1")]).await.accepted().outside();
}

#[tokio::test]
async fn a_private_page_asks_and_comes_back() {
    let town = Town::new().await;
    let mut browser = town.browser();
    let page = browser.open(&town.app("shop").url("/private")).await.page();
    let arrived = browser.submit(&page, &ada()).await.accepted().page();
    assert_eq!((arrived.url.path(), arrived.says("private: ada")), ("/private", true), "{}", arrived.html);
}

#[tokio::test]
async fn tokens_stay_fresh_without_the_person() {
    let town = Town::new().await;
    let mut browser = town.browser();
    sign_in(&mut browser, &town, "shop").await;
    let api = town.app("shop").url("/api");
    assert!(browser.open(&api).await.page().says("token"));
    town.wait(minutes(90));
    assert!(browser.open(&api).await.page().says("token"));
}

#[tokio::test]
async fn guessing_is_slowed_down_and_the_owner_signs_in() {
    let town = Town::new().await;
    let mut guesser = town.browser();
    guesser.address = 66;
    let page = guesser.open(&shop(&town)).await.page();
    let mut messages = Vec::new();
    for guess in 0..12 {
        let fields = [("signInName", ADA.0), ("password", &format!("guess-{guess}") as &str)];
        messages.push(guesser.submit(&page, &fields).await.refused());
    }
    assert_ne!(messages[9], messages[10], "{messages:?}");
    // Even the right password is of no use to the guesser now; to the owner it is.
    assert_eq!(guesser.submit(&page, &ada()).await.refused(), messages[11]);
    sign_in(&mut town.browser(), &town, "shop").await;
    town.wait(minutes(10));
    guesser.submit(&page, &ada()).await.accepted().outside();
}

#[tokio::test]
async fn nobodys_mailbox_is_flooded() {
    let town = Town::new().await;
    let mut browser = town.browser();
    let page = sign_up_page(&mut browser, &town).await;
    let wanted = [("request_type", "VERIFICATION_REQUEST"), ("claim_id", "email"), ("claim_value", "new@example.org")];
    for _ in 0..20 {
        browser.call(&page, &wanted).await;
    }
    assert_eq!(town.letters_to("new@example.org"), 5);
}

#[tokio::test]
async fn in_mode_hardened_nobody_learns_who_has_an_account() {
    let known = [("signInName", ADA.0), ("password", "wrong")];
    let unknown = [("signInName", "who@example.org"), ("password", "wrong")];
    let town = Town::new().await;
    let mut browser = town.browser();
    let page = browser.open(&shop(&town)).await.page();
    assert_eq!(browser.submit(&page, &known).await.refused(), browser.submit(&page, &unknown).await.refused());
}

#[tokio::test]
async fn pages_work_without_script() {
    let town = Town::new().await;
    let mut browser = town.browser();
    let page = browser.open(&shop(&town)).await.page();
    let (action, hidden) = page.form().unwrap();
    let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([("signInName", ADA.0), ("password", "wrong")]);
    let again = browser.post(&page, action.as_str(), &fields).await.page();
    assert!(again.is("Unified") && again.says("role=\"alert\""), "{}", again.html);
    let (action, hidden) = again.form().unwrap();
    let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend(ada());
    let answered = browser.post(&again, action.as_str(), &fields).await.outside();
    assert!(parameter(&answered, "code").is_some());
}

#[tokio::test]
async fn spanish_is_spoken_to_whoever_wants_it() {
    let town = Town::new().await;
    let mut browser = town.browser();
    browser.language = "es-MX,es;q=0.9,en;q=0.5".into();
    let page = browser.open(&shop(&town)).await.page();
    assert!(page.says("lang=\"es\"") && page.says("Contraseña"), "{}", page.html);
    let page = town.browser().open(&format!("{}&ui_locales=es", shop(&town))).await.page();
    assert!(page.says("lang=\"es\""));
    let mut lost = town.browser();
    lost.language = "es".into();
    let page = lost.open(&town.address("B2C_1A_none", "oauth2/v2.0/authorize")).await.page();
    assert_eq!((page.status, page.says("directiva")), (404, true), "{}", page.html);
}
