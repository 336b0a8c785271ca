//! S-033 to S-048: "keep me signed in".

use zaguan_policy::Timestamp;
use zaguan_testkit::{Browser, Town, days, hours, seconds, town::SIGN_IN};

use crate::support::{ada, claims, is_answered, redeem, shop, town_with, with_behavior};

const THIRTY_DAYS: &str = "<SingleSignOn Scope=\"Tenant\" KeepAliveInDays=\"30\"/><SessionExpiryType>Absolute</SessionExpiryType><SessionExpiryInSeconds>900</SessionExpiryInSeconds>";

fn rolling(days: u32) -> String {
    format!("<SingleSignOn Scope=\"Tenant\" KeepAliveInDays=\"{days}\"/><SessionExpiryType>Rolling</SessionExpiryType>")
}

fn absolute(days: u32) -> String {
    format!(
        "<SingleSignOn Scope=\"Tenant\" KeepAliveInDays=\"{days}\"/><SessionExpiryType>Absolute</SessionExpiryType>"
    )
}

async fn sign_in_and_keep(browser: &mut Browser<'_>, url: &str) {
    let page = browser.open(url).await.page();
    browser.submit_and_keep(&page, &ada()).await.accepted().outside();
}

fn session_expires(browser: &Browser<'_>) -> Option<Timestamp> {
    browser.jar.all().iter().find(|cookie| cookie.name.starts_with("__Host-zg-s-")).and_then(|cookie| cookie.expires)
}

#[tokio::test]
async fn s_033_the_box_is_there_and_empty_only_where_all_three_settings_are() {
    for (behavior, page_setting, layout, expected) in [
        (THIRTY_DAYS, "True", "unifiedssp:2.1.5", true),
        (THIRTY_DAYS, "False", "unifiedssp:2.1.5", false),
        (THIRTY_DAYS, "True", "unifiedssp:1.0.0", false),
        (THIRTY_DAYS, "True", "unifiedssd:1.2.1", false),
        ("<SingleSignOn Scope=\"Tenant\"/>", "True", "unifiedssp:2.1.5", false),
        ("<SingleSignOn Scope=\"Tenant\" KeepAliveInDays=\"0\"/>", "True", "unifiedssp:2.1.5", false),
    ] {
        let town = Town::builder()
            .edit(|name, text| match name {
                _ if name.contains("SignUpOrSignin") => with_behavior(text, behavior),
                _ => text.replace("unifiedssp:2.1.5", layout).replace(
                    "<Item Key=\"setting.enableRememberMe\">True",
                    &format!("<Item Key=\"setting.enableRememberMe\">{page_setting}"),
                ),
            })
            .build()
            .await;
        let page = town.browser().open(&shop(&town)).await.page();
        assert_eq!(page.says("id=\"rememberMe\""), expected, "{behavior} {page_setting} {layout}");
        assert!(!page.says("checked"));
    }
}

#[tokio::test]
async fn s_034_s_035_a_kept_session_survives_the_browser() {
    let town = town_with(THIRTY_DAYS).await;
    let mut ada = town.browser();
    sign_in_and_keep(&mut ada, &shop(&town)).await;
    assert_eq!(session_expires(&ada), Some(town.now() + days(30)));
    ada.close();
    assert!(is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn s_036_keeping_outlives_the_session_lifetime() {
    let town = town_with(THIRTY_DAYS).await;
    let mut ada = town.browser();
    sign_in_and_keep(&mut ada, &shop(&town)).await;
    town.wait(hours(1));
    assert!(is_answered(&mut ada, &shop(&town)).await);
    town.wait(days(30));
    assert!(!is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn s_037_whoever_does_not_tick_the_box_is_not_kept() {
    let town = town_with(THIRTY_DAYS).await;
    let mut browser = town.browser();
    crate::support::sign_in_at(&mut browser, &shop(&town)).await;
    assert_eq!(session_expires(&browser), None);
    town.wait(seconds(901));
    assert!(!is_answered(&mut browser, &shop(&town)).await);
}

#[tokio::test]
async fn s_038_days_bound_a_kept_session_even_below_the_lifetime() {
    let town = town_with(&absolute(1)).await;
    let mut ada = town.browser();
    sign_in_and_keep(&mut ada, &shop(&town)).await;
    town.wait(hours(24) + seconds(60));
    assert!(!is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn s_039_a_rolling_kept_session_is_kept_anew_with_each_use() {
    let town = town_with(&rolling(2)).await;
    let mut ada = town.browser();
    sign_in_and_keep(&mut ada, &shop(&town)).await;
    town.wait(days(1));
    assert!(is_answered(&mut ada, &shop(&town)).await);
    assert_eq!(session_expires(&ada), Some(town.now() + days(2)));
    town.wait(hours(36));
    assert!(is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn s_040_an_absolute_kept_session_ends_after_its_days() {
    let town = town_with(&absolute(2)).await;
    let mut ada = town.browser();
    sign_in_and_keep(&mut ada, &shop(&town)).await;
    town.wait(days(1));
    assert!(is_answered(&mut ada, &shop(&town)).await);
    assert_eq!(session_expires(&ada), Some(town.now() + days(1)));
    town.wait(hours(36));
    assert!(!is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn s_041_signing_out_ends_a_kept_session_for_good() {
    let town = town_with(THIRTY_DAYS).await;
    let mut ada = town.browser();
    sign_in_and_keep(&mut ada, &shop(&town)).await;
    ada.open(&town.address(SIGN_IN, "oauth2/v2.0/logout")).await.page();
    assert_eq!(session_expires(&ada), None);
    ada.close();
    assert!(!is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn s_043_a_policy_that_keeps_nobody_gives_the_session_back_to_the_browser() {
    let town = Town::builder()
        .policy("B2C_1A_Q", |text| with_behavior(text, "<SingleSignOn Scope=\"Tenant\"/>"))
        .build()
        .await;
    let mut ada = town.browser();
    sign_in_and_keep(&mut ada, &shop(&town)).await;
    assert!(session_expires(&ada).is_some());
    assert!(is_answered(&mut ada, &town.authorize("shop", "B2C_1A_Q")).await);
    assert_eq!(session_expires(&ada), None);
    ada.close();
    assert!(!is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn s_044_s_045_a_box_that_was_not_offered_was_not_ticked() {
    let town = town_with("<SingleSignOn Scope=\"Tenant\" KeepAliveInDays=\"0\"/>").await;
    let mut ada = town.browser();
    sign_in_and_keep(&mut ada, &shop(&town)).await;
    assert_eq!(session_expires(&ada), None);
}

#[tokio::test]
async fn s_046_a_policy_may_tell_the_app_whether_the_box_was_ticked() {
    let schema = "</BasePolicy><BuildingBlocks><ClaimsSchema><ClaimType Id=\"kept\"><DisplayName>Kept</DisplayName>\
        <DataType>string</DataType></ClaimType></ClaimsSchema></BuildingBlocks>";
    let claim =
        "<OutputClaim ClaimTypeReferenceId=\"kept\" DefaultValue=\"{Context:KMSI}\" AlwaysUseDefaultValue=\"true\" />";
    let town = Town::builder()
        .edit(|name, text| match name.contains("SignUpOrSignin") {
            true => with_behavior(text, THIRTY_DAYS)
                .replace("</BasePolicy>", schema)
                .replace("<OutputClaim ClaimTypeReferenceId=\"newUser\" />", claim),
            false => text.to_owned(),
        })
        .build()
        .await;
    for ticked in [true, false] {
        let mut browser = town.browser();
        let page = browser.open(&shop(&town)).await.page();
        let submitted = match ticked {
            true => browser.submit_and_keep(&page, &ada()).await,
            false => browser.submit(&page, &ada()).await,
        };
        let (_, tokens) = redeem(&town, "shop", SIGN_IN, &submitted.accepted().outside()).await;
        let kept = claims(&tokens["id_token"])["kept"].as_str().map(str::to_lowercase);
        assert_eq!(kept.as_deref(), Some(if ticked { "true" } else { "false" }));
    }
}

#[tokio::test]
async fn s_048_days_are_1_to_90() {
    for (given, used, warned) in [(1, 1, false), (90, 90, false), (91, 90, true)] {
        let town = town_with(&rolling(given)).await;
        let noted =
            town.tenant().notes.iter().any(|note| note.message.to_string().contains("kept signed in for 91 days"));
        assert_eq!(noted, warned, "{given}: {:?}", town.tenant().notes);
        let mut ada = town.browser();
        sign_in_and_keep(&mut ada, &shop(&town)).await;
        assert_eq!(session_expires(&ada), Some(town.now() + days(used)));
    }
}

#[tokio::test]
async fn s_034_a_tick_counts_on_a_page_that_comes_in_a_session_as_well() {
    // The sign-in page of this policy comes each time, so the second time it comes while a session lives.
    let each_time = "<ClaimsProvider><DisplayName>Each time</DisplayName><TechnicalProfiles>\
        <TechnicalProfile Id=\"SelfAsserted-LocalAccountSignin-Email\">\
        <UseTechnicalProfileForSessionManagement ReferenceId=\"SM-Noop\" /></TechnicalProfile>\
        </TechnicalProfiles></ClaimsProvider></ClaimsProviders>";
    let town = Town::builder()
        .edit(|name, text| match name.contains("Extensions") {
            true => text.replace("</ClaimsProviders>", each_time),
            false => text.to_owned(),
        })
        .build()
        .await;
    let mut ada = town.browser();
    crate::support::sign_in_at(&mut ada, &shop(&town)).await;
    assert_eq!(session_expires(&ada), None);
    sign_in_and_keep(&mut ada, &shop(&town)).await;
    assert_eq!(session_expires(&ada), Some(town.now() + days(30)));
}
