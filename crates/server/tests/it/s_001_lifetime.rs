//! S-001 to S-014: how long a session lives.

use zaguan_testkit::{Town, days, hours, minutes, seconds};

use crate::support::{is_answered, is_asked, redeem, refresh, shop, sign_in, sign_in_at, town_with};

const ROLLING: &str = "<SingleSignOn Scope=\"Tenant\"/><SessionExpiryType>Rolling</SessionExpiryType><SessionExpiryInSeconds>900</SessionExpiryInSeconds>";
const ABSOLUTE: &str = "<SingleSignOn Scope=\"Tenant\"/><SessionExpiryType>Absolute</SessionExpiryType><SessionExpiryInSeconds>900</SessionExpiryInSeconds>";

#[tokio::test]
async fn s_001_s_002_a_rolling_session_slides_with_each_use() {
    let town = town_with(ROLLING).await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    town.wait(seconds(600));
    assert!(is_answered(&mut ada, &shop(&town)).await);
    town.wait(seconds(800));
    assert!(is_answered(&mut ada, &shop(&town)).await);
    town.wait(seconds(900));
    assert!(!is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn s_003_an_unused_rolling_session_ends() {
    let town = town_with(ROLLING).await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    town.wait(seconds(901));
    assert!(!is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn s_004_use_does_not_prolong_an_absolute_session() {
    let town = town_with(ABSOLUTE).await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    town.wait(seconds(600));
    assert!(is_answered(&mut ada, &shop(&town)).await);
    town.wait(seconds(301));
    assert!(!is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn s_005_without_a_type_a_session_rolls() {
    let town = town_with("<SingleSignOn Scope=\"Tenant\"/><SessionExpiryInSeconds>900</SessionExpiryInSeconds>").await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    for _ in 0..3 {
        town.wait(seconds(800));
        assert!(is_answered(&mut ada, &shop(&town)).await);
    }
}

#[tokio::test]
async fn s_006_without_a_lifetime_it_is_a_day() {
    let town = town_with("<SingleSignOn Scope=\"Tenant\"/><SessionExpiryType>Absolute</SessionExpiryType>").await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    town.wait(seconds(86_399));
    assert!(is_answered(&mut ada, &shop(&town)).await);
    town.wait(seconds(2));
    assert!(!is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn s_007_without_any_settings_the_tenant_shares_a_session() {
    let town = town_with("").await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    assert!(is_answered(&mut ada, &town.authorize("blog", zaguan_testkit::town::SIGN_IN)).await);
}

#[tokio::test]
async fn s_008_lifetimes_out_of_range_are_brought_into_it() {
    for (given, alive, dead) in [(300, 899, 901), (100_000, 86_399, 86_401)] {
        let town = town_with(&format!(
            "<SingleSignOn Scope=\"Tenant\"/><SessionExpiryType>Absolute</SessionExpiryType><SessionExpiryInSeconds>{given}</SessionExpiryInSeconds>"
        ))
        .await;
        assert!(
            town.tenant().notes.iter().any(|note| note.message.to_string().contains(&given.to_string())),
            "{:?}",
            town.tenant().notes
        );
        let mut ada = town.browser();
        sign_in_at(&mut ada, &shop(&town)).await;
        town.wait(seconds(alive));
        assert!(is_answered(&mut ada, &shop(&town)).await);
        town.wait(seconds(dead - alive));
        assert!(!is_answered(&mut ada, &shop(&town)).await);
    }
}

#[tokio::test]
async fn s_011_a_refresh_does_not_prolong_a_session() {
    let town = town_with(ROLLING).await;
    let mut ada = town.browser();
    let answered = sign_in_at(&mut ada, &shop(&town)).await;
    let policy = zaguan_testkit::town::SIGN_IN;
    let (_, tokens) = redeem(&town, "shop", policy, &answered).await;
    town.wait(seconds(800));
    let (status, _) = refresh(&town, "shop", policy, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(status, 200);
    town.wait(seconds(101));
    assert!(!is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn s_012_s_013_a_session_is_the_browsers_and_goes_with_it() {
    let town = Town::new().await;
    let mut ada = town.browser();
    sign_in(&mut ada, &town, "shop").await;
    assert!(ada.jar.all().iter().filter(|cookie| cookie.name.starts_with("__Host-zg-s-")).all(|c| c.expires.is_none()));
    assert!(!is_asked(&mut ada, &town, "blog").await);
    ada.close();
    assert!(is_asked(&mut ada, &town, "blog").await);
}

#[tokio::test]
async fn s_014_a_tampered_cookie_is_as_good_as_none() {
    let town = Town::new().await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    let untouched = ada.jar.clone();
    let tampers: [fn(&str) -> String; 5] = [
        |value| format!("{value}x"),
        |value| value.replace('.', ""),
        |_| "..".into(),
        |value| format!("{}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", value.split('.').next().unwrap()),
        |_| "~".repeat(500),
    ];
    for tamper in tampers {
        ada.jar = untouched.clone();
        ada.jar.tamper("__Host-zg-s-", tamper);
        assert!(!is_answered(&mut ada, &shop(&town)).await);
    }
    ada.jar = untouched;
    assert!(is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn a_session_of_ninety_days_of_daily_use_is_still_the_same() {
    let town = town_with("<SingleSignOn Scope=\"Tenant\"/>").await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    for _ in 0..90 {
        town.wait(hours(23) + minutes(59));
        assert!(is_answered(&mut ada, &shop(&town)).await);
    }
    town.wait(days(1));
    assert!(!is_answered(&mut ada, &shop(&town)).await);
}
