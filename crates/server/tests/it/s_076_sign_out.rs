//! S-076 to S-108: signing out.

use zaguan_store::NoticeOutcome;
use zaguan_testkit::{
    Arrived, Town, days,
    town::{SIGN_IN, TENANT},
};

use crate::support::{
    claims, is_answered, is_asked, parameter, redeem, refresh, shop, sign_in, sign_in_at, with_behavior,
};

fn logout(town: &Town, query: &str) -> String {
    format!("{}?{query}", town.address(SIGN_IN, "oauth2/v2.0/logout"))
}

#[tokio::test]
async fn s_076_without_parameters_there_is_a_page_and_no_session() {
    let town = Town::new().await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    let page = ada.open(&logout(&town, "")).await.page();
    assert_eq!(page.status, 200);
    assert!(!is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn s_077_an_address_of_nobody_is_followed_in_mode_b2c_only() {
    let query = "post_logout_redirect_uri=https%3A%2F%2Fnobody.elsewhere.example%2F";
    let hardened = Town::new().await;
    let mut ada = hardened.browser();
    sign_in_at(&mut ada, &shop(&hardened)).await;
    assert!(matches!(ada.open(&logout(&hardened, query)).await, Arrived::At(page) if page.status == 200));
    assert!(!is_answered(&mut ada, &shop(&hardened)).await);

    let b2c = Town::builder().like_b2c().build().await;
    let mut ada = b2c.browser();
    sign_in_at(&mut ada, &shop(&b2c)).await;
    let gone = ada.open(&logout(&b2c, query)).await.outside();
    assert_eq!(gone.as_str(), "https://nobody.elsewhere.example/");
    assert!(!is_answered(&mut ada, &shop(&b2c)).await);
}

#[tokio::test]
async fn s_078_the_state_comes_back_behind_the_query_that_is_there() {
    let town = Town::builder().like_b2c().build().await;
    let query = "state=foo&post_logout_redirect_uri=https%3A%2F%2Fnobody.elsewhere.example%2Fbye%3Fa%3Db";
    let gone = town.browser().open(&logout(&town, query)).await.outside();
    assert_eq!(gone.as_str(), "https://nobody.elsewhere.example/bye?a=b&state=foo");
}

#[tokio::test]
async fn s_079_addresses_that_are_none() {
    for like_b2c in [true, false] {
        let builder = Town::builder();
        let town = if like_b2c { builder.like_b2c().build().await } else { builder.build().await };
        for address in ["javascript:alert(1)", "http://shop.example/", "//evil.example"] {
            let page = town.browser().open(&logout(&town, &format!("post_logout_redirect_uri={address}"))).await.page();
            assert!(page.says("AADB2C90067"), "{address}: {}", page.html);
        }
    }
}

/// A town that demands a hint, with Ada signed in at the shop; and her ID token.
pub(crate) async fn enforcing() -> (Town, serde_json::Value, zaguan_testkit::cookies::CookieJar) {
    let town = Town::builder()
        .edit(|name, text| match name.contains("SignUpOrSignin") {
            true => with_behavior(text, "<SingleSignOn Scope=\"Tenant\" EnforceIdTokenHintOnLogout=\"true\"/>"),
            false => text.to_owned(),
        })
        .build()
        .await;
    let mut ada = town.browser();
    let answered = sign_in_at(&mut ada, &shop(&town)).await;
    let (_, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
    let jar = ada.jar.clone();
    (town, tokens, jar)
}

#[tokio::test]
async fn s_080_s_081_s_082_s_083_s_084_the_demanded_hint() {
    let bye = "post_logout_redirect_uri=https%3A%2F%2Fshop.outside.example%2Fbye";
    let blogs = "post_logout_redirect_uri=https%3A%2F%2Fblog.outside.example%2Fbye";
    for (rule, hinted, query, wait, expected) in [
        ("S-080", "absent", bye, 0, Err("AADB2C90272")),
        ("S-081", "good", bye, 0, Ok("https://shop.outside.example/bye")),
        ("S-082", "good", blogs, 0, Err("AADB2C90006")),
        ("S-083", "forged", bye, 0, Err("AADB2C90233")),
        ("S-084", "good", bye, 1, Ok("https://shop.outside.example/bye")),
    ] {
        let (town, tokens, jar) = enforcing().await;
        let mut ada = town.browser();
        ada.jar = jar;
        town.wait(days(wait) / 2);
        let token = tokens["id_token"].as_str().unwrap();
        let hint = match hinted {
            "good" => format!("&id_token_hint={token}"),
            "forged" => format!("&id_token_hint={}", &token[..token.len() - 8].to_owned()) + "AAAAAAAA",
            _ => String::new(),
        };
        match (ada.open(&logout(&town, &format!("{query}{hint}"))).await, expected) {
            (Arrived::Outside(url), Ok(address)) => assert_eq!(url.as_str(), address, "{rule}"),
            (Arrived::At(page), Err(code)) => assert!(page.says(code), "{rule}: {}", page.html),
            (other, _) => panic!("{rule}: {other:?}"),
        }
        // D14: the session is over in any case.
        assert!(!is_answered(&mut ada, &shop(&town)).await, "{rule}");
    }
}

#[tokio::test]
async fn s_085_a_hint_binds_the_address_to_its_app_in_mode_hardened() {
    let blogs = "post_logout_redirect_uri=https%3A%2F%2Fblog.outside.example%2Fbye";
    for like_b2c in [true, false] {
        let builder = Town::builder();
        let town = if like_b2c { builder.like_b2c().build().await } else { builder.build().await };
        let mut ada = town.browser();
        let answered = sign_in_at(&mut ada, &shop(&town)).await;
        let (_, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
        let hint = tokens["id_token"].as_str().unwrap();
        match ada.open(&logout(&town, &format!("{blogs}&id_token_hint={hint}"))).await {
            Arrived::Outside(url) => assert!(like_b2c, "{url}"),
            Arrived::At(page) => assert!(!like_b2c && page.says("AADB2C90006"), "{}", page.html),
        }
    }
}

#[tokio::test]
async fn s_086_s_087_an_applications_session_is_ended_by_naming_it() {
    let scope = "<SingleSignOn Scope=\"Application\"/>";
    let town = crate::support::town_with(scope).await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    sign_in_at(&mut ada, &town.authorize("blog", SIGN_IN)).await;
    // S-087: named by nobody, ended for nobody.
    ada.open(&logout(&town, "")).await.page();
    assert!(is_answered(&mut ada, &shop(&town)).await);
    ada.open(&logout(&town, &format!("client_id={}", town.app("shop").client_id()))).await.page();
    assert!(!is_answered(&mut ada, &shop(&town)).await);
    assert!(is_answered(&mut ada, &town.authorize("blog", SIGN_IN)).await);
}

#[tokio::test]
async fn s_088_s_089_which_policy_ends_which_session() {
    for (scope, remains) in [("Tenant", false), ("Policy", true)] {
        let behavior = format!("<SingleSignOn Scope=\"{scope}\"/>");
        let town = Town::builder()
            .policy("B2C_1A_Q", |text| with_behavior(text, &behavior))
            .edit(|name, text| match name.contains("SignUpOrSignin") {
                true => with_behavior(text, &behavior),
                false => text.to_owned(),
            })
            .build()
            .await;
        let mut ada = town.browser();
        sign_in_at(&mut ada, &shop(&town)).await;
        ada.open(&town.address("B2C_1A_Q", "oauth2/v2.0/logout")).await.page();
        assert_eq!(is_answered(&mut ada, &shop(&town)).await, remains, "{scope}");
    }
}

#[tokio::test]
async fn s_090_the_policy_may_stand_in_the_query() {
    let town = Town::new().await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    ada.open(&format!("https://{}/{TENANT}/oauth2/v2.0/logout?p={SIGN_IN}", zaguan_testkit::town::SERVER)).await.page();
    assert!(!is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn s_091_signing_out_leaves_refresh_tokens() {
    let town = Town::new().await;
    let mut ada = town.browser();
    let answered = sign_in_at(&mut ada, &shop(&town)).await;
    let (_, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
    ada.open(&logout(&town, "")).await.page();
    let (status, _) = refresh(&town, "shop", SIGN_IN, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn s_092_forgetting_an_app_is_not_signing_out() {
    let town = Town::new().await;
    let mut ada = town.browser();
    sign_in(&mut ada, &town, "shop").await;
    ada.jar.keep_only("__Host-zg-");
    assert!(!is_asked(&mut ada, &town, "shop").await);
}

#[tokio::test]
async fn s_098_s_108_signing_out_of_one_app_takes_the_others_tokens() {
    let town = Town::new().await;
    let mut ada = town.browser();
    let page = sign_in(&mut ada, &town, "shop").await;
    assert!(!is_asked(&mut ada, &town, "blog").await);
    assert_eq!((town.app("shop").sessions(), town.app("blog").sessions()), (1, 1));
    assert!(town.app("blog").tokens() > 0);

    let (action, fields) = page.form().unwrap();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let home = ada.post(&page, action.as_str(), &fields).await.page();
    assert!(home.says("nobody"), "{}\n{}", home.url, home.html);

    assert_eq!((town.app("blog").times_told(), town.app("shop").times_told()), (1, 0));
    assert_eq!((town.app("blog").sessions(), town.app("blog").tokens()), (0, 0));
    assert_eq!((town.app("shop").sessions(), town.app("shop").tokens()), (0, 0));
    assert!(ada.open(&town.app("blog").url("/")).await.page().says("nobody"));
    assert!(is_asked(&mut ada, &town, "blog").await);
}

#[tokio::test]
async fn s_099_an_issuer_that_registers_nobody_tells_nobody() {
    let town = Town::builder()
        .edit(|name, text| match name.contains("TrustFrameworkExtensions") {
            true => text.replace(
                "</ClaimsProviders>",
                "<ClaimsProvider><DisplayName>Changes</DisplayName><TechnicalProfiles><TechnicalProfile Id=\"JwtIssuer\">\
                 <UseTechnicalProfileForSessionManagement ReferenceId=\"SM-Noop\"/></TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>",
            ),
            false => text.to_owned(),
        })
        .build()
        .await;
    let mut ada = town.browser();
    sign_in(&mut ada, &town, "shop").await;
    is_asked(&mut ada, &town, "blog").await;
    ada.open(&logout(&town, &format!("client_id={}", town.app("shop").client_id()))).await.page();
    assert_eq!(town.app("blog").times_told(), 0);
}

#[tokio::test]
async fn s_102_the_notice_repeats_what_the_token_said() {
    let town = Town::new().await;
    let mut ada = town.browser();
    let answered = sign_in_at(&mut ada, &town.authorize("blog", SIGN_IN)).await;
    let (_, tokens) = redeem(&town, "blog", SIGN_IN, &answered).await;
    let token = claims(&tokens["id_token"]);
    let url = logout(&town, &format!("client_id={}", town.app("shop").client_id()));
    let request = http::Request::get(&url);
    let response =
        ada.send(request, &url::Url::parse(&url).unwrap(), None, zaguan_testkit::cookies::Cause::SameSite).await;
    let html = zaguan_testkit::browser::text(response).await;
    let frame = zaguan_testkit::page::Page {
        url: url::Url::parse(&url).unwrap(),
        status: 200,
        html,
        content_security_policy: String::new(),
    }
    .frames();
    let notice = url::Url::parse(&frame[0]).unwrap();
    assert_eq!(parameter(&notice, "iss").unwrap(), token["iss"]);
    assert_eq!(parameter(&notice, "sid").unwrap(), token["sid"]);
}

#[tokio::test]
async fn two_tabs_that_sign_out_at_once_tell_the_other_app_once() {
    let town = Town::new().await;
    let mut ada = town.browser();
    sign_in(&mut ada, &town, "shop").await;
    is_asked(&mut ada, &town, "blog").await;
    let mut other_tab = town.browser();
    other_tab.jar = ada.jar.clone();
    let url = logout(&town, &format!("client_id={}", town.app("shop").client_id()));
    ada.open(&url).await.page();
    other_tab.open(&url).await.page();
    assert_eq!(town.app("blog").times_told(), 1);
}

#[tokio::test]
async fn s_101_an_app_that_cannot_be_told_holds_nobody_up() {
    let town = Town::builder().apps(&["shop", "blog", "silent"]).build().await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    for app in ["blog", "silent"] {
        assert!(is_answered(&mut ada, &town.authorize(app, SIGN_IN)).await);
    }
    let query = "post_logout_redirect_uri=https%3A%2F%2Fshop.outside.example%2Fbye";
    let url = url::Url::parse(&logout(&town, query)).unwrap();
    let request = http::Request::get(url.as_str());
    let response = ada.send(request, &url, None, zaguan_testkit::cookies::Cause::SameSite).await;
    let page = zaguan_testkit::browser::text(response).await;
    // One frame, for the app that has an address; and without script or with a frame that hangs the page goes on (D19).
    assert_eq!(page.matches("<iframe").count(), 1, "{page}");
    assert!(page.contains("https://blog.example/front-channel?iss=") && !page.contains("silent.example"), "{page}");
    assert!(page.contains("http-equiv=\"refresh\" content=\"3;"), "{page}");
    let record = &town.store().session_page(&town.tenant().id, &Default::default(), None, 9).await.unwrap().sessions[0];
    let notices = town.store().notices(&town.tenant().id, &record.history.id).await.unwrap();
    let outcomes: Vec<_> = notices.iter().map(|notice| notice.outcome).collect();
    assert_eq!(outcomes, [NoticeOutcome::AskedForIt, NoticeOutcome::Pending, NoticeOutcome::NoAddress]);
}

#[tokio::test]
async fn s_103_an_app_in_another_session_is_not_told() {
    let town = Town::builder()
        .policy("B2C_1A_Q", |text| with_behavior(text, "<SingleSignOn Scope=\"Application\"/>"))
        .build()
        .await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    let apart = town.authorize("blog", "B2C_1A_Q");
    sign_in_at(&mut ada, &apart).await;
    ada.open(&logout(&town, "")).await.page();
    assert!(!is_answered(&mut ada, &shop(&town)).await);
    assert_eq!(town.app("blog").times_told(), 0);
    assert!(is_answered(&mut ada, &apart).await);
}

#[tokio::test]
async fn s_103_who_signed_in_anew_is_still_signed_out_of_every_app() {
    // The blog came in with a session that `prompt=login` replaced; it is told when the new one ends, with its own `sid`.
    // Where it came again in between, it knows the new session, and is told of that one.
    for comes_again in [false, true] {
        let town = Town::new().await;
        let mut ada = town.browser();
        sign_in(&mut ada, &town, "blog").await;
        sign_in_at(&mut ada, &format!("{}&prompt=login", shop(&town))).await;
        if comes_again {
            assert!(!is_asked(&mut ada, &town, "blog").await);
        }
        ada.open(&logout(&town, "")).await.page();
        assert_eq!(town.app("blog").times_told(), 1);
        assert_eq!(town.app("blog").sessions(), 0);
    }
}

#[tokio::test]
async fn s_102_a_tenant_may_send_no_session_ids_at_all() {
    let town = Town::builder().tenant_lines("session_ids = false").build().await;
    let mut ada = town.browser();
    let answered = sign_in_at(&mut ada, &shop(&town)).await;
    let (_, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
    assert!(claims(&tokens["id_token"])["sid"].is_null());
    assert!(is_answered(&mut ada, &town.authorize("blog", SIGN_IN)).await);
    let url = url::Url::parse(&logout(&town, &format!("client_id={}", town.app("shop").client_id()))).unwrap();
    let response = ada.send(http::Request::get(url.as_str()), &url, None, zaguan_testkit::cookies::Cause::SameSite);
    let page = zaguan_testkit::browser::text(response.await).await;
    assert!(page.contains("src=\"https://blog.example/front-channel\""), "{page}");
}
