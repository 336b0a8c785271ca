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

/// The sign-in policy with more claims in its token.
fn with_claims(text: &str, claims: &str) -> String {
    text.replace("<OutputClaim ClaimTypeReferenceId=\"newUser\" />", claims)
}

/// What the shop's ID token says after a fresh sign-on, and after single sign-on.
async fn fresh_and_again(town: &Town) -> [serde_json::Value; 2] {
    let mut ada = town.browser();
    let mut said = [serde_json::Value::Null, serde_json::Value::Null];
    for (index, answered) in
        [sign_in_at(&mut ada, &shop(town)).await, ada.open(&shop(town)).await.outside()].iter().enumerate()
    {
        said[index] = claims(&redeem(town, "shop", SIGN_IN, answered).await.1["id_token"]);
    }
    said
}

#[tokio::test]
async fn s_051_s_052_a_claim_is_there_again_only_if_it_is_persisted() {
    for persisted in [true, false] {
        let town = Town::builder()
            .edit(|name, text| match (name.contains("SignUpOrSignin"), persisted) {
                (true, _) => with_claims(text, "<OutputClaim ClaimTypeReferenceId=\"signInName\" />"),
                (false, true) => text.to_owned(),
                (false, false) => text.replace("<PersistedClaim ClaimTypeReferenceId=\"signInName\" />", ""),
            })
            .build()
            .await;
        let [fresh, again] = fresh_and_again(&town).await;
        assert_eq!(fresh["signInName"], zaguan_testkit::town::ADA.0);
        assert_eq!(again["signInName"].is_string(), persisted, "{again}");
    }
}

#[tokio::test]
async fn s_053_a_marker_is_given_by_a_session_only_and_skips_steps_only_then() {
    // The step that reads the directory is skipped for whoever comes from a session.
    let journey = "</ClaimsProviders><UserJourneys><UserJourney Id=\"SignUpOrSignIn\"><OrchestrationSteps>\
        <OrchestrationStep Order=\"3\" Type=\"ClaimsExchange\"><Preconditions>\
        <Precondition Type=\"ClaimsExist\" ExecuteActionsIf=\"true\"><Value>objectIdFromSession</Value>\
        <Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions></OrchestrationStep>\
        </OrchestrationSteps></UserJourney></UserJourneys>";
    let town = Town::builder()
        .edit(|name, text| match name {
            _ if name.contains("SignUpOrSignin") => {
                with_claims(text, "<OutputClaim ClaimTypeReferenceId=\"objectIdFromSession\" />")
            }
            _ if name.contains("Extensions") => text.replace("</ClaimsProviders>", journey),
            _ => text.to_owned(),
        })
        .build()
        .await;
    let [fresh, again] = fresh_and_again(&town).await;
    assert!(fresh["objectIdFromSession"].is_null() && fresh["given_name"] == "Ada", "{fresh}");
    assert!(again["objectIdFromSession"] == true && again["given_name"].is_null(), "{again}");
}

#[tokio::test]
async fn s_059_profiles_share_a_memory_if_they_name_the_same_session_management() {
    let other = "<ClaimsProviders><ClaimsProvider><DisplayName>Another memory</DisplayName><TechnicalProfiles>\
        <TechnicalProfile Id=\"SM-Other\"><DisplayName>Other</DisplayName>\
        <Protocol Name=\"Proprietary\" Handler=\"Web.TPEngine.SSO.DefaultSSOSessionProvider, Web.TPEngine\" />\
        <IncludeTechnicalProfile ReferenceId=\"SM-AAD\" /></TechnicalProfile>\
        <TechnicalProfile Id=\"SelfAsserted-LocalAccountSignin-Email\">\
        <UseTechnicalProfileForSessionManagement ReferenceId=\"SM-Other\" /></TechnicalProfile>\
        </TechnicalProfiles></ClaimsProvider></ClaimsProviders><RelyingParty>";
    let town = Town::builder()
        .policy("B2C_1A_Same", str::to_owned)
        .policy("B2C_1A_Other", |text| text.replace("<RelyingParty>", other))
        .build()
        .await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    assert!(is_answered(&mut ada, &town.authorize("shop", "B2C_1A_Same")).await);
    let elsewhere = town.authorize("shop", "B2C_1A_Other");
    sign_in_at(&mut ada, &elsewhere).await;
    assert!(is_answered(&mut ada, &elsewhere).await);
    assert!(is_answered(&mut ada, &shop(&town)).await);
}
