//! Refresh tokens: rotation, reuse, revocation, whose they are (S-113 to S-118).

use zaguan_testkit::{
    Browser, Town, days, hours, seconds,
    town::{ADA, SIGN_IN},
};

use crate::support::{claims, is_answered, redeem, refresh, shop, sign_in_at, with_behavior};

async fn signed_in(town: &Town) -> serde_json::Value {
    let mut ada = town.browser();
    let answered = sign_in_at(&mut ada, &shop(town)).await;
    redeem(town, "shop", SIGN_IN, &answered).await.1
}

fn token(tokens: &serde_json::Value) -> String {
    tokens["refresh_token"].as_str().unwrap_or_else(|| panic!("{tokens}")).to_owned()
}

pub(crate) async fn reset_password(ada: &mut Browser<'_>, town: &Town) {
    let page = ada.open(&town.authorize("shop", "B2C_1A_PasswordReset")).await.page();
    ada.verify(&page, "email", ADA.0).await;
    let page = ada.submit(&page, &[("email", ADA.0)]).await.accepted().page();
    let new = [("newPassword", "Brand-new-1"), ("reenterPassword", "Brand-new-1")];
    ada.submit(&page, &new).await.accepted().outside();
}

#[tokio::test]
async fn each_use_gives_a_new_token_and_fresh_claims() {
    let town = Town::new().await;
    let first = signed_in(&town).await;
    town.wait(hours(1));
    let (status, second) = refresh(&town, "shop", SIGN_IN, &token(&first)).await;
    assert_eq!(status, 200, "{second}");
    assert_ne!(token(&first), token(&second));
    let (before, after) = (claims(&first["id_token"]), claims(&second["id_token"]));
    assert_eq!(before["sub"], after["sub"]);
    assert_eq!(before["nonce"], "nonce-1");
    //
    assert!(after["nonce"].is_null());
    assert_eq!(after["iat"].as_i64().unwrap() - before["iat"].as_i64().unwrap(), 3600);
    assert_eq!(after["auth_time"], before["auth_time"]);
    assert_eq!(after["sid"], before["sid"]);
}

#[tokio::test]
async fn refreshed_claims_are_read_by_the_refresh_journey_in_either_form_and_copied_without() {
    const ENDPOINT: &str = "<Endpoint Id=\"Token\" UserJourneyReferenceId=\"RedeemRefreshToken\" />";
    const ITEM: &str = "<Item Key=\"RefreshTokenUserJourneyId\">RedeemRefreshToken</Item>";
    for (by_endpoint, by_item, expected) in
        [(true, false, "Ada King"), (false, true, "Ada King"), (true, true, "Ada King"), (false, false, "Ada")]
    {
        let town = Town::builder()
            .edit(move |_, text| {
                let text = match by_endpoint {
                    true => text.to_owned(),
                    false => match text.split_once("<Endpoints>") {
                        Some((before, rest)) if rest.contains(ENDPOINT) => {
                            format!("{before}{}", rest.split_once("</Endpoints>").unwrap().1)
                        }
                        _ => text.to_owned(),
                    },
                };
                let own = "<Item Key=\"token_lifetime_secs\">";
                if by_item { text.replace(own, &format!("{ITEM}{own}")) } else { text }
            })
            .build()
            .await;
        let tokens = signed_in(&town).await;
        assert_eq!(claims(&tokens["id_token"])["name"], "Ada");
        let write = zaguan_store::AccountWrite {
            key: zaguan_store::AccountKey::SignInName { kind: None, value: ADA.0.into() },
            if_absent: zaguan_store::IfAbsent::Refuse,
            if_present: zaguan_store::IfPresent::Update,
            changes: vec![zaguan_store::AccountChange::Attribute(
                "displayname".into(),
                Some(zaguan_policy::Value::Text("Ada King".into())),
            )],
            sessions: zaguan_store::SessionsThen::Stay,
            own: vec![],
        };
        town.store().write_account(&town.tenant().id, None, &write, town.now()).await.unwrap();
        let (status, fresh) = refresh(&town, "shop", SIGN_IN, &token(&tokens)).await;
        assert_eq!(status, 200, "{fresh}");
        assert_eq!(claims(&fresh["id_token"])["name"], expected, "{by_endpoint} {by_item}");
    }
}

#[tokio::test]
async fn the_same_token_again_gives_the_same_successor_and_an_old_one_ends_the_family() {
    let town = Town::new().await;
    let first = token(&signed_in(&town).await);
    let second = token(&refresh(&town, "shop", SIGN_IN, &first).await.1);
    town.wait(seconds(30));
    assert_eq!(token(&refresh(&town, "shop", SIGN_IN, &first).await.1), second);
    town.wait(seconds(31));
    let (status, refused) = refresh(&town, "shop", SIGN_IN, &first).await;
    assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")));
    let (status, refused) = refresh(&town, "shop", SIGN_IN, &second).await;
    assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")));
}

#[tokio::test]
async fn s_113_a_changed_password_makes_earlier_tokens_void() {
    let town = Town::new().await;
    let mut ada = town.browser();
    let first = token(&signed_in(&town).await);
    town.wait(seconds(10));
    reset_password(&mut ada, &town).await;
    let (status, refused) = refresh(&town, "shop", SIGN_IN, &first).await;
    assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")));
    assert!(refused["error_description"].as_str().unwrap().starts_with("AADB2C90129: "));
}

#[tokio::test]
async fn a_code_is_no_way_around_what_happened_since() {
    use zaguan_server::admin::Order;
    let revoke = || Order::RevokeUser { user: ADA.0.into() };
    let password = || Order::SetPassword { user: ADA.0.into(), password: "Brand-new-1".into() };
    let disable = || Order::EnableUser { user: ADA.0.into(), enabled: false };
    let delete = || Order::DeleteUser { user: ADA.0.into() };
    for (order, code) in
        [(revoke(), "AADB2C90129"), (password(), "AADB2C90129"), (disable(), "AADB2C90129"), (delete(), "AADB2C90128")]
    {
        let told = format!("{order:?}");
        let town = Town::new().await;
        let answered = sign_in_at(&mut town.browser(), &shop(&town)).await;
        town.wait(seconds(1));
        town.order(order).await;
        town.wait(seconds(1));
        let (status, refused) = redeem(&town, "shop", SIGN_IN, &answered).await;
        assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")), "{told}: {refused}");
        assert!(refused["error_description"].as_str().unwrap().starts_with(code), "{told}: {refused}");
    }
    // Redeemed in time, and revoked as of the sign-in all the same: a family is as old as the code that it came of.
    let town = Town::new().await;
    let answered = sign_in_at(&mut town.browser(), &shop(&town)).await;
    town.wait(seconds(60));
    let tokens = redeem(&town, "shop", SIGN_IN, &answered).await.1;
    let family = token(&tokens);
    let family = zaguan_store::FamilyId(family.split('.').next().unwrap().into());
    let kept = town.store().family(&town.tenant().id, &family).await.unwrap().unwrap();
    assert_eq!(kept.rotated, zaguan_policy::Timestamp::from_seconds(1_800_000_000));
}

#[tokio::test]
async fn d17_a_changed_password_ends_sessions_elsewhere_in_mode_hardened() {
    for like_b2c in [false, true] {
        let town = if like_b2c { Town::builder().like_b2c().build().await } else { Town::new().await };
        let (mut thief, mut ada) = (town.browser(), town.browser());
        sign_in_at(&mut thief, &shop(&town)).await;
        assert!(is_answered(&mut thief, &shop(&town)).await);
        town.wait(seconds(10));
        reset_password(&mut ada, &town).await;
        assert_eq!(is_answered(&mut thief, &shop(&town)).await, like_b2c);
        let page = ada.open(&shop(&town)).await.page();
        ada.submit(&page, &[("signInName", ADA.0), ("password", "Brand-new-1")]).await.accepted().outside();
        assert!(is_answered(&mut ada, &shop(&town)).await);
    }
}

#[tokio::test]
async fn s_115_an_account_that_is_gone_has_no_tokens() {
    let town = Town::new().await;
    let tokens = signed_in(&town).await;
    let id = claims(&tokens["id_token"])["oid"].as_str().unwrap().to_owned();
    assert!(
        town.store()
            .delete_account(&town.tenant().id, &id, zaguan_store::SessionsThen::Stay, town.now())
            .await
            .unwrap()
    );
    let (status, refused) = refresh(&town, "shop", SIGN_IN, &token(&tokens)).await;
    assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")));
    assert!(refused["error_description"].as_str().unwrap().starts_with("AADB2C90128: "), "{refused}");
}

#[tokio::test]
async fn s_118_a_grant_belongs_to_its_policy_and_its_app() {
    let town = Town::builder()
        .policy("B2C_1A_Q", |text| with_behavior(text, "<SingleSignOn Scope=\"Tenant\"/>"))
        .build()
        .await;
    let mut ada = town.browser();
    let answered = sign_in_at(&mut ada, &shop(&town)).await;
    let (status, refused) = redeem(&town, "shop", "B2C_1A_Q", &answered).await;
    assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")));
    assert!(refused["error_description"].as_str().unwrap().starts_with("AADB2C90088: "));

    let tokens = signed_in(&town).await;
    let (_, refused) = refresh(&town, "shop", "B2C_1A_Q", &token(&tokens)).await;
    assert!(refused["error_description"].as_str().unwrap().starts_with("AADB2C90088: "));
    let (_, refused) = refresh(&town, "blog", SIGN_IN, &token(&tokens)).await;
    assert!(refused["error_description"].as_str().unwrap().starts_with("AADB2C90279: "));
}

#[tokio::test]
async fn a_refresh_token_expires() {
    let town = Town::new().await;
    let tokens = signed_in(&town).await;
    assert_eq!(tokens["refresh_token_expires_in"], 1_209_600);
    town.wait(days(14));
    let (status, refused) = refresh(&town, "shop", SIGN_IN, &token(&tokens)).await;
    assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")));
}
