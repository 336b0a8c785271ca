//! Each quirk in both positions (docs/policies.md, "Quirks"). A tidy test sees to it that none is left out.

use zaguan_server::admin::Order;
use zaguan_testkit::{
    Arrived, Town, seconds,
    town::{ADA, SIGN_IN},
};

use crate::support::{parameter, redeem, shop, sign_in_at, with_behavior};

/// A town in which the quirk alone is on, and one in which it alone is off.
async fn both(quirk: &str, build: impl Fn() -> zaguan_testkit::town::TownBuilder) -> [(bool, Town); 2] {
    let on = build().tenant_lines(&format!("quirks = {{ {quirk} = true }}")).build().await;
    let off = build().like_b2c().tenant_lines(&format!("quirks = {{ {quirk} = false }}")).build().await;
    [(true, on), (false, off)]
}

async fn sign_out_to(town: &Town, address: &str, more: &str) -> Arrived {
    let mut ada = town.browser();
    let answered = sign_in_at(&mut ada, &shop(town)).await;
    let (_, tokens) = redeem(town, "shop", SIGN_IN, &answered).await;
    let pairs = [("post_logout_redirect_uri", address), ("id_token_hint", tokens["id_token"].as_str().unwrap())];
    let pairs = pairs.iter().filter(|(name, _)| *name != more);
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    ada.open(&format!("{}?{query}", town.address(SIGN_IN, "oauth2/v2.0/logout"))).await
}

#[tokio::test]
async fn quirk_unchecked_logout_redirect() {
    for (on, town) in both("unchecked-logout-redirect", Town::builder).await {
        match (on, sign_out_to(&town, "https://nobody.example/", "id_token_hint").await) {
            (true, Arrived::Outside(url)) => assert_eq!(url.as_str(), "https://nobody.example/"),
            (false, Arrived::At(page)) => assert_eq!(page.status, 200),
            (_, other) => panic!("{on}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn quirk_logout_url_as_return_address() {
    let enforcing = || {
        Town::builder().edit(|name, text| match name.contains("SignUpOrSignin") {
            true => with_behavior(text, "<SingleSignOn Scope=\"Tenant\" EnforceIdTokenHintOnLogout=\"true\"/>"),
            false => text.to_owned(),
        })
    };
    for (on, town) in both("logout-url-as-return-address", enforcing).await {
        let arrived = sign_out_to(&town, &town.app("shop").url("/front-channel"), "").await.page();
        // The app's own page, or ours that refuses.
        assert_eq!(arrived.says("AADB2C90006"), !on, "{}", arrived.html);
    }
}

#[tokio::test]
async fn quirk_public_client_without_pkce() {
    let native = || Town::builder().apps(&["native"]);
    for (on, town) in both("public-client-without-pkce", native).await {
        let outside = zaguan_testkit::app::App::outside_redirect_uri_of("native");
        let url = town.authorize("native", SIGN_IN);
        let encoded: String = url::form_urlencoded::byte_serialize(outside.as_bytes()).collect();
        let url = url.replace(&encoded, "http%3A%2F%2Flocalhost%2Fcallback");
        match (on, town.browser().open(&url).await) {
            (true, Arrived::At(page)) => assert!(page.is("Unified"), "{}", page.html),
            (false, Arrived::Outside(url)) => {
                let told = parameter(&url, "error_description").unwrap();
                assert!(told.starts_with("AADB2C99059"), "{told}");
            }
            (_, other) => panic!("{on}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn quirk_sign_in_tells_which_part_is_wrong() {
    // The demo's own texts are the same for both, so that nobody is told by them.
    let telling = || {
        let unknown = "UserMessageIfClaimsPrincipalDoesNotExist\">";
        Town::builder().edit(move |_, text| text.replace(unknown, &format!("{unknown}Nobody has this address. ")))
    };
    for (on, town) in both("sign-in-tells-which-part-is-wrong", telling).await {
        let mut refusals = vec![];
        for name in [ADA.0, "nobody@example.org"] {
            let mut browser = town.browser();
            let page = browser.open(&shop(&town)).await.page();
            refusals.push(browser.submit(&page, &[("signInName", name), ("password", "Wrong-1")]).await.refused());
        }
        assert_eq!(refusals[0] != refusals[1], on, "{refusals:?}");
    }
}

/// Ada signs in and the order is carried out: whether her session is still there.
async fn session_survives(town: &Town, order: Order) -> bool {
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(town)).await;
    town.wait(seconds(1));
    town.order(order).await;
    let sessions = town.store().session_page(&town.tenant().id, &Default::default(), None, 9).await.unwrap().sessions;
    let survives = sessions[0].end.is_none();
    let arrived = ada.open(&shop(town)).await;
    assert!(survives || matches!(arrived, Arrived::At(page) if page.is("Unified")), "who has no session is asked");
    survives
}

#[tokio::test]
async fn quirk_revoke_keeps_sessions() {
    for (on, town) in both("revoke-keeps-sessions", Town::builder).await {
        assert_eq!(session_survives(&town, Order::RevokeUser { user: ADA.0.into() }).await, on);
    }
}

#[tokio::test]
async fn quirk_password_change_keeps_sessions() {
    for (on, town) in both("password-change-keeps-sessions", Town::builder).await {
        let order = Order::SetPassword { user: ADA.0.into(), password: "Brand-new-1".into() };
        assert_eq!(session_survives(&town, order).await, on);
    }
}

#[tokio::test]
async fn quirk_account_gone_keeps_sessions() {
    for (on, town) in both("account-gone-keeps-sessions", Town::builder).await {
        let order = Order::EnableUser { user: ADA.0.into(), enabled: false };
        assert_eq!(session_survives(&town, order).await, on);
    }
}
