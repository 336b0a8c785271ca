//! S-015 to S-032: who shares a session.

use zaguan_testkit::{
    Town,
    town::{SERVER, SIGN_IN, TENANT, TENANT_ID},
};

use crate::support::{cheap_passwords_of, is_answered, sign_in_at, with_behavior};

/// A town with policies P (the sign-in policy) and Q of these scopes.
async fn town(p: &str, q: &str) -> Town {
    let scope = |scope: &str| format!("<SingleSignOn Scope=\"{scope}\"/>");
    let (p, q) = (scope(p), scope(q));
    Town::builder()
        .policy("B2C_1A_Q", |text| with_behavior(text, &q))
        .edit(|name, text| match name.contains("SignUpOrSignin") {
            true => with_behavior(text, &p),
            false => text.to_owned(),
        })
        .host("login.contoso.example")
        .build()
        .await
}

/// After Ada signed in at the shop with P: whether shop+P, shop+Q, blog+P, blog+Q answer without asking.
async fn who_shares(scope: &str) -> [bool; 4] {
    let town = town(scope, scope).await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &town.authorize("shop", SIGN_IN)).await;
    let mut shared = [false; 4];
    for (index, (app, policy)) in
        [("shop", SIGN_IN), ("shop", "B2C_1A_Q"), ("blog", SIGN_IN), ("blog", "B2C_1A_Q")].into_iter().enumerate()
    {
        shared[index] = is_answered(&mut ada, &town.authorize(app, policy)).await;
    }
    shared
}

#[tokio::test]
async fn s_015_s_016_s_017_a_tenants_session_is_everybodys() {
    assert_eq!(who_shares("Tenant").await, [true; 4]);
}

#[tokio::test]
async fn s_018_s_019_an_applications_session_is_its_own() {
    assert_eq!(who_shares("Application").await, [true, true, false, false]);
}

#[tokio::test]
async fn s_019_two_apps_hold_two_sessions() {
    let town = town("Application", "Application").await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &town.authorize("shop", SIGN_IN)).await;
    sign_in_at(&mut ada, &town.authorize("blog", SIGN_IN)).await;
    assert!(is_answered(&mut ada, &town.authorize("shop", SIGN_IN)).await);
    assert!(is_answered(&mut ada, &town.authorize("blog", SIGN_IN)).await);
}

#[tokio::test]
async fn s_020_s_021_a_policys_session_is_its_own() {
    assert_eq!(who_shares("Policy").await, [true, false, true, false]);
}

#[tokio::test]
async fn s_023_s_025_a_suppressed_policy_asks_everybody_and_leaves_nothing() {
    let town = town("Suppressed", "Suppressed").await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &town.authorize("shop", SIGN_IN)).await;
    assert!(!ada.jar.all().iter().any(|cookie| cookie.name.starts_with("__Host-zg-s-")));
    assert!(!is_answered(&mut ada, &town.authorize("shop", SIGN_IN)).await);
}

#[tokio::test]
async fn s_024_a_suppressed_policy_leaves_other_sessions_alone() {
    let town = town("Suppressed", "Tenant").await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &town.authorize("shop", "B2C_1A_Q")).await;
    assert!(!is_answered(&mut ada, &town.authorize("shop", SIGN_IN)).await);
    assert!(is_answered(&mut ada, &town.authorize("shop", "B2C_1A_Q")).await);
}

#[tokio::test]
async fn s_026_a_trust_framework_is_its_tenant() {
    assert_eq!(who_shares("TrustFramework").await, [true; 4]);
}

#[tokio::test]
async fn s_027_s_028_every_spelling_of_tenant_and_policy_is_the_same_session() {
    let town = town("Policy", "Policy").await;
    let mut ada = town.browser();
    let lower = town.authorize("shop", &SIGN_IN.to_lowercase());
    sign_in_at(&mut ada, &lower.replace("contoso.onmicrosoft.com", TENANT_ID)).await;
    assert!(is_answered(&mut ada, &town.authorize("shop", &SIGN_IN.to_uppercase())).await);
    let by_query = town.authorize("shop", "").replace("//oauth2", "/oauth2") + "&p=B2C_1A_SIGNUP_SIGNIN";
    assert!(is_answered(&mut ada, &by_query).await);
}

#[tokio::test]
async fn s_029_another_host_of_the_tenant_has_sessions_of_its_own() {
    let town = town("Tenant", "Tenant").await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &town.authorize("shop", SIGN_IN)).await;
    let elsewhere = town.authorize("shop", SIGN_IN).replace(SERVER, "login.contoso.example");
    assert!(!is_answered(&mut ada, &elsewhere).await);
}

#[tokio::test]
async fn s_032_the_requesting_policys_scope_decides() {
    let town = town("Tenant", "Application").await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &town.authorize("shop", SIGN_IN)).await;
    assert!(!is_answered(&mut ada, &town.authorize("shop", "B2C_1A_Q")).await);
}

#[tokio::test]
async fn s_030_another_tenant_has_sessions_of_its_own() {
    const NEIGHBOUR: &str = "fabrikam.onmicrosoft.com";
    const NEIGHBOUR_ID: &str = "f3b1c0de-0000-4000-8000-00000000fab1";
    let town = Town::new().await;
    let mut neighbour = Town::builder().sources();
    let moves = |text: &str| text.replace(TENANT, NEIGHBOUR).replace(TENANT_ID, NEIGHBOUR_ID);
    neighbour.tenant = moves(&neighbour.tenant);
    for file in &mut neighbour.policies {
        file.text = moves(&file.text);
    }
    let neighbour = std::sync::Arc::new(neighbour.apply(None).unwrap());
    let both = [town.server().tenants()[0].clone(), neighbour.clone()];
    town.server().apply(both.to_vec());
    cheap_passwords_of(&town, &neighbour.id).await;

    let (here, there) = (town.authorize("shop", SIGN_IN), town.authorize("shop", SIGN_IN).replace(TENANT, NEIGHBOUR));
    let mut ada = town.browser();
    sign_in_at(&mut ada, &here).await;
    assert!(!is_answered(&mut ada, &there).await);
    sign_in_at(&mut ada, &there).await;
    assert!(is_answered(&mut ada, &there).await && is_answered(&mut ada, &here).await);
    ada.open(&town.address(SIGN_IN, "oauth2/v2.0/logout").replace(TENANT, NEIGHBOUR)).await.page();
    assert!(!is_answered(&mut ada, &there).await && is_answered(&mut ada, &here).await);
}
