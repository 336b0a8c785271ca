//! The public starter packs, unmodified: what thousands of tenants began with. They are read from a folder
//! that is not part of the project (`ZAGUAN_CORPUS`); where it is absent, these tests say so and check nothing.

use std::path::{Path, PathBuf};

use zaguan_policy::{SourceFile, Value};
use zaguan_testkit::{
    Browser, Town,
    page::Page,
    town::{ADA, GRACE, SIGN_IN},
};

use crate::support::{ada, claims, is_asked, parameter, redeem, refresh, shop};

const LOCAL: [&str; 2] = ["LocalAccounts", "SocialAndLocalAccounts"];
const PROFILE_EDIT: &str = "B2C_1A_ProfileEdit";
const PASSWORD_RESET: &str = "B2C_1A_PasswordReset";

/// The files of a pack, as they are.
fn files(pack: &str) -> Option<Vec<SourceFile>> {
    let corpus = std::env::var_os("ZAGUAN_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    let folder = corpus.join("starter-pack").join(pack);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: there is no {}; set ZAGUAN_CORPUS to a folder with the public policies", folder.display());
        return None;
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let file = |path: PathBuf| SourceFile { name: name(&path).into(), text: std::fs::read_to_string(&path).unwrap() };
    Some(paths.into_iter().map(file).collect())
}

/// A town that runs a pack.
async fn town(pack: &str) -> Option<Town> {
    Some(Town::builder().policies("yourtenant.onmicrosoft.com", files(pack)?).build().await)
}

/// The towns of the packs with local accounts.
async fn towns() -> Vec<Town> {
    let mut towns = Vec::new();
    for pack in LOCAL {
        towns.extend(town(pack).await);
    }
    towns
}

async fn asked(browser: &mut Browser<'_>, url: &str, page: &str) -> Page {
    let asked = browser.open(url).await.page();
    assert!(asked.is(page), "{} asks with:\n{}", asked.url, asked.html);
    asked
}

#[tokio::test]
async fn a_person_signs_up_with_a_code_and_signs_in() {
    for town in towns().await {
        let mut browser = town.browser();
        let page = asked(&mut browser, &shop(&town), "Unified").await;
        let page = browser.navigate(&page, "unified", "local=signup").await.page();
        browser.verify(&page, "email", "new@example.org").await;
        let fields = [
            ("email", "new@example.org"),
            ("newPassword", "Brand-new-1"),
            ("reenterPassword", "Brand-new-1"),
            ("displayName", "New Person"),
            ("givenName", "New"),
            ("surname", "Person"),
        ];
        let answered = browser.submit(&page, &fields).await.accepted().outside();
        let (status, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
        assert_eq!(status, 200, "{tokens}");
        assert_eq!(claims(&tokens["id_token"])["name"], "New Person");

        let mut elsewhere = town.browser();
        let page = asked(&mut elsewhere, &shop(&town), "Unified").await;
        let fields = [("signInName", "new@example.org"), ("password", "Brand-new-1")];
        elsewhere.submit(&page, &fields).await.accepted().outside();
    }
}

#[tokio::test]
async fn a_person_walks_into_the_second_app_and_is_signed_out_of_both() {
    for town in towns().await {
        let mut browser = town.browser();
        let page = asked(&mut browser, &town.app("shop").url("/sign-in"), "Unified").await;
        let home = browser.submit(&page, &ada()).await.accepted().page();
        assert!(home.says("signed in as"), "{}", home.html);
        assert!(!is_asked(&mut browser, &town, "blog").await);
        let (action, hidden) = home.form().unwrap();
        let token: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.post(&home, action.as_str(), &token).await.page();
        assert_eq!((town.app("shop").sessions(), town.app("blog").sessions()), (0, 0));
        assert!(is_asked(&mut browser, &town, "blog").await);
    }
}

#[tokio::test]
async fn the_refresh_journey_renews_tokens() {
    for town in towns().await {
        let mut browser = town.browser();
        let page = asked(&mut browser, &shop(&town), "Unified").await;
        let answered = browser.submit(&page, &ada()).await.accepted().outside();
        let (_, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
        let (status, renewed) = refresh(&town, "shop", SIGN_IN, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(status, 200, "{renewed}");
        assert_eq!(claims(&renewed["id_token"])["sub"], claims(&tokens["id_token"])["sub"]);
    }
}

#[tokio::test]
async fn a_forgotten_password_is_told_to_the_app_and_reset() {
    for town in towns().await {
        let mut browser = town.browser();
        let page = asked(&mut browser, &shop(&town), "Unified").await;
        let told = browser.navigate(&page, "forgotPassword", "").await.outside();
        assert_eq!(parameter(&told, "error").as_deref(), Some("access_denied"));
        assert!(parameter(&told, "error_description").unwrap().starts_with("AADB2C90118: "));

        let page = asked(&mut browser, &town.authorize("shop", PASSWORD_RESET), "SelfAsserted").await;
        browser.verify(&page, "email", ADA.0).await;
        let form = browser.submit(&page, &[("email", ADA.0)]).await.accepted().page();
        let new = [("newPassword", "Brand-new-1"), ("reenterPassword", "Brand-new-1")];
        let answered = browser.submit(&form, &new).await.accepted().outside();
        assert_eq!(redeem(&town, "shop", PASSWORD_RESET, &answered).await.0, 200);

        let mut elsewhere = town.browser();
        let page = asked(&mut elsewhere, &shop(&town), "Unified").await;
        elsewhere.submit(&page, &ada()).await.refused();
        elsewhere.submit(&page, &[("signInName", ADA.0), ("password", "Brand-new-1")]).await.accepted().outside();
    }
}

#[tokio::test]
async fn a_profile_is_edited_and_cancelling_changes_nothing() {
    for town in towns().await {
        let mut browser = town.browser();
        let page = browser.open(&town.authorize("shop", PROFILE_EDIT)).await.page();
        let form = browser.submit(&page, &ada()).await.accepted().page();
        assert!(form.is("SelfAsserted"), "{}", form.html);
        let told = browser.navigate(&form, "error", "code=AADB2C90091").await.outside();
        assert!(parameter(&told, "error_description").unwrap().starts_with("AADB2C90091: "));
        assert_eq!(town.attribute(ADA.0, "givenname").await, Some(Value::Text("Ada".into())));

        let mut browser = town.browser();
        let page = browser.open(&town.authorize("shop", PROFILE_EDIT)).await.page();
        let form = browser.submit(&page, &ada()).await.accepted().page();
        let fields = [("givenName", "Augusta"), ("surname", "King")];
        let answered = browser.submit(&form, &fields).await.accepted().outside();
        assert_eq!(redeem(&town, "shop", PROFILE_EDIT, &answered).await.0, 200);
        assert_eq!(town.attribute(ADA.0, "givenname").await, Some(Value::Text("Augusta".into())));
        assert_eq!(town.attribute(GRACE.0, "givenname").await, Some(Value::Text("Grace".into())));
    }
}

#[tokio::test]
async fn a_provider_that_is_not_configured_is_reported_and_leaves_the_rest_working() {
    let Some(town) = town("SocialAndLocalAccounts").await else { return };
    let told = town.tenant().notes.iter().any(|note| note.message.to_string().contains("Facebook-OAUTH"));
    assert!(told, "{:#?}", town.tenant().notes);
    let mut browser = town.browser();
    let page = asked(&mut browser, &shop(&town), "Unified").await;
    assert!(!page.says("FacebookExchange"), "{}", page.html);
    browser.submit(&page, &ada()).await.accepted().outside();
}
