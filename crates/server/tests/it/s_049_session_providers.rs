//! S-049 to S-066: what session providers remember.

use zaguan_testkit::{Town, town::SIGN_IN};

use crate::support::{claims, is_answered, redeem, shop, sign_in_at};

#[tokio::test]
async fn s_049_a_noop_profile_is_asked_each_time() {
    let town = Town::builder()
        .edit(|name, text| match name.contains("TrustFrameworkExtensions") {
            true => text.replace(
                "</ClaimsProviders>",
                "<ClaimsProvider><DisplayName>Changes</DisplayName><TechnicalProfiles><TechnicalProfile Id=\"SelfAsserted-LocalAccountSignin-Email\">\
                 <UseTechnicalProfileForSessionManagement ReferenceId=\"SM-Noop\"/></TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>",
            ),
            false => text.to_owned(),
        })
        .build()
        .await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    assert!(!is_answered(&mut ada, &shop(&town)).await);
}

#[tokio::test]
async fn s_050_s_056_a_session_spares_the_page_and_reads_the_directory_anew() {
    let town = Town::new().await;
    let mut ada = town.browser();
    let first = sign_in_at(&mut ada, &shop(&town)).await;
    let (_, tokens) = redeem(&town, "shop", SIGN_IN, &first).await;
    assert_eq!(claims(&tokens["id_token"])["given_name"], "Ada");

    // Ada changes her given name; the next token has it, though no page was shown.
    let page = ada.open(&town.authorize("shop", "B2C_1A_ProfileEdit")).await.page();
    let edited = [("displayName", "Ada"), ("givenName", "Augusta"), ("surname", "King")];
    ada.submit(&page, &edited).await.accepted().outside();
    let again = ada.open(&shop(&town)).await.outside();
    let (_, tokens) = redeem(&town, "shop", SIGN_IN, &again).await;
    assert_eq!(claims(&tokens["id_token"])["given_name"], "Augusta");
}

#[tokio::test]
async fn s_058_a_profile_is_edited_each_time_and_signed_in_once() {
    let town = Town::new().await;
    let mut ada = town.browser();
    let edit = town.authorize("shop", "B2C_1A_ProfileEdit");
    let page = ada.open(&edit).await.page();
    assert!(page.says("id=\"signInName\""));
    let form = ada.submit(&page, &crate::support::ada()).await.accepted().page();
    assert!(form.says("id=\"givenName\""));
    ada.submit(&form, &[("displayName", "Ada"), ("givenName", "Ada")]).await.accepted().outside();
    let page = ada.open(&edit).await.page();
    assert!(page.says("id=\"givenName\"") && !page.says("id=\"signInName\""));
}

#[tokio::test]
async fn what_is_remembered_of_one_person_is_never_given_to_another() {
    let town = Town::new().await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    // In Ada's browser somebody resets Grace's password, and is Grace from then on.
    let page = ada.open(&town.authorize("shop", "B2C_1A_PasswordReset")).await.page();
    let grace = zaguan_testkit::town::GRACE.0;
    ada.verify(&page, "email", grace).await;
    let page = ada.submit(&page, &[("email", grace)]).await.accepted().page();
    let new = [("newPassword", "Brand-new-1"), ("reenterPassword", "Brand-new-1")];
    let answered = ada.submit(&page, &new).await.accepted().outside();
    let (_, tokens) = redeem(&town, "shop", "B2C_1A_PasswordReset", &answered).await;
    assert_eq!(claims(&tokens["id_token"])["email"], grace);
    let answered = ada.open(&shop(&town)).await;
    if let zaguan_testkit::Arrived::Outside(answered) = answered {
        let (_, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
        assert_eq!(claims(&tokens["id_token"])["email"], grace);
    }
}
