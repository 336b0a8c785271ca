//! What tokens look like: issuer, subject, policy, and what of it is the standards' and what is B2C's.

use serde_json::Value;
use url::Url;
use zaguan_testkit::{
    Town,
    browser::text,
    cookies::Cause,
    town::{SERVER, SIGN_IN, TENANT_ID, TownBuilder},
};

use crate::{
    s_116_token_lifetimes::with_issuer_items,
    support::{claims, parameter, redeem, refresh, shop, sign_in_at},
};

/// A document that anybody may read.
pub(crate) async fn document(town: &Town, url: &str) -> Value {
    let mut browser = town.browser();
    let response = browser.send(http::Request::get(url), &Url::parse(url).unwrap(), None, Cause::Frame).await;
    let body = text(response).await;
    serde_json::from_str(&body).unwrap_or_else(|_| panic!("{url}: {body}"))
}

/// Ada's ID token at the shop, and where she was sent back to.
async fn id_token(town: &Town) -> (Value, Url) {
    let mut browser = town.browser();
    let answered = sign_in_at(&mut browser, &shop(town)).await;
    let (status, tokens) = redeem(town, "shop", SIGN_IN, &answered).await;
    assert_eq!(status, 200, "{tokens}");
    (claims(&tokens["id_token"]), answered)
}

#[test]
fn the_standards_are_those_of_policies_that_are_there_each_once() {
    for (lines, words) in [
        (
            "[standards.B2C_1A_singup]\nissuer = true\n",
            "`[standards.B2C_1A_singup]` names no policy that answers apps; there are `B2C_1A_PasswordReset`, \
             `B2C_1A_ProfileEdit`, `B2C_1A_signup_signin`",
        ),
        (
            "[standards.B2C_1A_signup_signin]\nissuer = true\n[standards.b2c_1a_signup_signin]\nuser_info = true\n",
            "`[standards.b2c_1a_signup_signin]` is there twice: names of policies compare without case; keep one",
        ),
    ] {
        let refused = Town::builder().tenant_lines(lines).sources().apply(None).unwrap_err();
        let told = zaguan_server::report::refusal(
            &refused,
            zaguan_server::report::Style::Plain,
            zaguan_policy::Language::English,
        );
        assert_eq!(told, format!("error: tenant.toml: {words}\n"));
    }
}

fn outputs(builder: TownBuilder, subject: &str) -> TownBuilder {
    let own = "<OutputClaim ClaimTypeReferenceId=\"objectId\" PartnerClaimType=\"sub\" />";
    let subject = subject.to_owned();
    builder.edit(move |name, text| match name.contains("SignUpOrSignin") {
        true => text.replace(own, &subject),
        false => text.to_owned(),
    })
}

#[tokio::test]
async fn the_issuer_has_the_form_that_the_policy_or_the_tenant_says() {
    let guid = format!("https://{SERVER}/{TENANT_ID}/v2.0/");
    let tfp = format!("https://{SERVER}/tfp/{TENANT_ID}/b2c_1a_signup_signin/v2.0/");
    let strict = format!("[standards.{SIGN_IN}]\nissuer = true");
    for (pattern, lines, expected) in [
        ("", "", &guid),
        ("AuthorityAndTenantGuid", "", &guid),
        ("authoritywithtfp", "", &tfp),
        ("", &*strict, &tfp),
        ("AuthorityAndTenantGuid", &strict, &tfp),
    ] {
        let items = [("IssuanceClaimPattern", pattern)];
        let items = if pattern.is_empty() { &[][..] } else { &items };
        let town = with_issuer_items(Town::builder().tenant_lines(lines), items).build().await;
        let (token, answered) = id_token(&town).await;
        assert_eq!(token["iss"].as_str(), Some(expected.as_str()), "{pattern} {lines}");
        // RFC 9207: the answer says who answers. D33: a refusal does where the standards are asked for.
        let in_errors = (!lines.is_empty()).then_some(expected);
        assert_eq!(parameter(&answered, "iss").as_ref(), Some(expected));
        let refused = town.browser().open(&format!("{}&prompt=none", shop(&town))).await.outside();
        assert_eq!(parameter(&refused, "iss").as_ref(), in_errors);
        let refused = town.browser().open(&format!("{}&prompt=never", shop(&town))).await.outside();
        assert_eq!(parameter(&refused, "iss").as_ref(), in_errors);
        let discovery = document(&town, &town.address(SIGN_IN, "v2.0/.well-known/openid-configuration")).await;
        assert_eq!(discovery["issuer"].as_str(), Some(expected.as_str()));
        assert_eq!(discovery["authorization_response_iss_parameter_supported"].as_bool(), in_errors.map(|_| true));
        // Strict libraries look here, and compare.
        let strict = format!("{expected}.well-known/openid-configuration");
        if expected == &tfp {
            assert_eq!(document(&town, &strict).await["issuer"].as_str(), Some(expected.as_str()));
        }
    }
}

#[tokio::test]
async fn the_issuer_follows_the_host_among_the_tenants_hosts() {
    let town = Town::builder().host("login.contoso.example").build().await;
    let mut browser = town.browser();
    let url = shop(&town).replace(SERVER, "login.contoso.example");
    let answered = sign_in_at(&mut browser, &url).await;
    let expected = format!("https://login.contoso.example/{TENANT_ID}/v2.0/");
    assert_eq!(parameter(&answered, "iss"), Some(expected.clone()));
    // Redeemed at the other host: the token says where the person signed in.
    let (_, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
    assert_eq!(claims(&tokens["id_token"])["iss"].as_str(), Some(expected.as_str()));
    let (_, fresh) = refresh(&town, "shop", SIGN_IN, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(claims(&fresh["id_token"])["iss"].as_str(), Some(expected.as_str()));
    let elsewhere = document(
        &town,
        &format!("{}?x=1", {
            town.address(SIGN_IN, "v2.0/.well-known/openid-configuration").replace(SERVER, "login.contoso.example")
        }),
    )
    .await;
    assert_eq!(elsewhere["issuer"].as_str(), Some(expected.as_str()));
}

#[tokio::test]
async fn the_subject_is_the_object_id_or_says_that_it_is_not_supported() {
    let (token, _) = id_token(&Town::new().await).await;
    assert_eq!(token["sub"], token["oid"]);
    let unsupported = "Not supported currently. Use oid claim.";
    let town = outputs(
        Town::builder(),
        &format!("<OutputClaim ClaimTypeReferenceId=\"sub\" DefaultValue=\"{unsupported}\" />"),
    )
    .build()
    .await;
    let (token, answered) = id_token(&town).await;
    assert_eq!(token["sub"].as_str(), Some(unsupported));
    assert_eq!(token["oid"].as_str().unwrap().len(), 36);
    assert!(parameter(&answered, "code").is_some());
}

#[tokio::test]
async fn the_policy_stands_in_acr_or_in_tfp() {
    for (pattern, acr) in [("", true), ("PolicyId", true), ("None", false), ("none", false)] {
        let items = [("AuthenticationContextReferenceClaimPattern", pattern)];
        let items = if pattern.is_empty() { &[][..] } else { &items };
        let tfp = "<OutputClaim ClaimTypeReferenceId=\"trustFrameworkPolicy\" Required=\"true\" \
                   DefaultValue=\"{policy}\" PartnerClaimType=\"tfp\" />";
        let own = "<OutputClaim ClaimTypeReferenceId=\"objectId\" PartnerClaimType=\"sub\" />";
        let claim = "<ClaimType Id=\"trustFrameworkPolicy\"><DataType>string</DataType></ClaimType></ClaimsSchema>";
        let builder = outputs(with_issuer_items(Town::builder(), items), &format!("{own}{tfp}"));
        let town = builder
            .edit(move |name, text| match name.contains("TrustFrameworkBase") {
                true => text.replacen("</ClaimsSchema>", claim, 1),
                false => text.to_owned(),
            })
            .build()
            .await;
        let (token, _) = id_token(&town).await;
        assert_eq!(token["tfp"].as_str(), Some(SIGN_IN), "as the author spells it");
        assert_eq!(token["acr"].as_str(), acr.then_some("b2c_1a_signup_signin"), "{pattern}");
    }
}

#[tokio::test]
async fn r_38_openid_alone_gives_an_access_token_where_the_standards_are_asked_for() {
    let policy = format!("[standards.{SIGN_IN}]\naccess_token = true");
    for (tenant, app, given) in
        [("", "", false), (policy.as_str(), "", true), ("", "standards = { access_token = true }\n", true)]
    {
        let town = Town::builder().tenant_lines(tenant).app_lines("shop", app).build().await;
        let mut browser = town.browser();
        let answered = sign_in_at(&mut browser, &shop(&town)).await;
        let (_, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
        assert_eq!(tokens["access_token"].is_string(), given, "{tokens}");
        // The answer lists what was asked for, because libraries look their tokens up by it.
        assert_eq!(tokens["scope"], "openid offline_access");
        let (_, fresh) = refresh(&town, "shop", SIGN_IN, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(fresh["access_token"].is_string(), given, "{fresh}");
        if given {
            let token = claims(&tokens["access_token"]);
            assert_eq!(token["aud"].as_str(), Some(town.app("shop").client_id().as_str()));
            assert!(token["scp"].is_null());
        }
    }
}

#[tokio::test]
async fn standards_of_a_policy_that_does_not_exist_are_a_mistake() {
    let sources = Town::builder().tenant_lines("[standards.B2C_1A_Nobody]\nissuer = true").sources();
    let refused = format!("{:?}", sources.apply(None).unwrap_err());
    assert!(refused.contains("[standards.B2C_1A_Nobody]"), "{refused}");
}
