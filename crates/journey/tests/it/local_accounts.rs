//! The journeys of local accounts: sign-in, sign-up, password reset, profile edit, refresh.

use serde_json::json;
use zaguan_journey::{
    Claims, Input, PageReply, RememberMe, Start, Turn,
    page::{PageKind, Verification},
};
use zaguan_policy::{Timestamp, Value};

use crate::stage::{Stage, claim, issued, page, refusal, refused, request, session_after};

const ACCEPTED: Turn = Turn::Reply(PageReply::Accepted);
const SIGN_IN: &str = "B2C_1A_signup_signin";

fn ada() -> [(&'static str, &'static str); 2] {
    [("signInName", "ada@example.org"), ("password", "Correct-horse1")]
}

fn sign_up_form(address: &str) -> Vec<(&str, &str)> {
    vec![
        ("email", address),
        ("newPassword", "Brand-new-1"),
        ("reenterPassword", "Brand-new-1"),
        ("displayName", "Grace"),
        ("givenName", "Grace"),
        ("surname", "Hopper"),
    ]
}

#[test]
fn a_person_signs_in() {
    let mut stage = Stage::new(SIGN_IN);
    let shown = page(stage.begin());
    assert_eq!(shown.kind, PageKind::Unified);
    assert_eq!(shown.fields.iter().map(|field| field.claim.as_str()).collect::<Vec<_>>(), ["signInName", "password"]);
    assert!(shown.offers.sign_up && shown.offers.forgot_password && shown.offers.remember_me);

    assert_eq!(
        refused(stage.submit(&[("signInName", "ada@example.org"), ("password", "wrong")])),
        "UserMessageIfInvalidPassword"
    );
    assert_eq!(
        refused(stage.submit(&[("signInName", "who@example.org"), ("password", "wrong")])),
        "UserMessageIfClaimsPrincipalDoesNotExist"
    );
    assert_eq!(refused(stage.submit(&[("signInName", ""), ("password", "x")])), "UserMessageIfMissingRequiredElement");
    assert_eq!(stage.submit(&ada()), ACCEPTED);

    let issued = issued(stage.confirm(RememberMe::Ticked));
    assert_eq!(issued.subject, "ada-id");
    assert_eq!(claim(&issued, "name"), Some(&json!("Ada")));
    assert_eq!(claim(&issued, "email"), Some(&json!("ada@example.org")));
    assert_eq!(claim(&issued, "tid"), Some(&json!("f3b1c0de-0000-4000-8000-00000000c0de")));
    assert!(issued.sign_on.keep && issued.sign_on.registers_app);
    assert_eq!(issued.sign_on.continues, None);
    let written = serde_json::to_string(&stage.journey).unwrap();
    assert!(!written.contains("Correct-horse1"), "a password outlived its page");
}

#[test]
fn s_050_s_051_s_053_a_session_answers_for_the_sign_in_page() {
    let mut first = Stage::new(SIGN_IN);
    first.begin();
    first.submit(&ada());
    let session = session_after(&issued(first.confirm(RememberMe::Unticked)));

    let mut second = Stage::with(SIGN_IN, request(Start::Authorize), Some(session.clone()));
    let again = issued(second.begin());
    assert_eq!((again.subject.as_str(), again.sign_on.continues), ("ada-id", Some(session.id().clone())));
    assert_eq!(again.sign_on.authenticated, session.history.started);
}

#[test]
fn a_form_that_is_not_accepted_cannot_be_confirmed() {
    let mut stage = Stage::new(SIGN_IN);
    stage.begin();
    assert_eq!(page(stage.confirm(RememberMe::Unticked)).number, 1);
    stage.submit(&[("signInName", "ada@example.org"), ("password", "wrong")]);
    let shown = page(stage.confirm(RememberMe::Unticked));
    assert_eq!(shown.message.map(|message| message.key), Some("UserMessageIfInvalidPassword".into()));
    assert_eq!(shown.fields[0].value.as_deref(), Some("ada@example.org"));
    assert_eq!(shown.fields[1].value, None);
}

#[test]
fn an_accepted_form_that_is_posted_with_another_password_is_checked_again() {
    let mut stage = Stage::new(SIGN_IN);
    stage.begin();
    assert_eq!(stage.submit(&ada()), ACCEPTED);
    assert_eq!(stage.submit(&ada()), ACCEPTED);
    stage.submit(&[("signInName", "ada@example.org"), ("password", "wrong")]);
    page(stage.confirm(RememberMe::Unticked));
}

#[test]
fn a_person_signs_up_with_a_verified_address() {
    let mut stage = Stage::new(SIGN_IN);
    stage.begin();
    let form = page(stage.turn(Input::SignUp));
    assert_eq!(form.kind, PageKind::SelfAsserted);
    assert_eq!(form.fields[0].verification, Some(Verification::Needed));
    assert!(form.offers.cancel);

    let grace = sign_up_form("grace@example.org");
    assert_eq!(refused(stage.submit(&grace)), "UserMessageIfClaimNotVerified");
    stage.verify("grace@example.org");
    let mut other = grace.clone();
    other[0].1 = "other@example.org";
    assert_eq!(refused(stage.submit(&other)), "UserMessageIfClaimNotVerified");
    let mut mismatch = grace.clone();
    mismatch[2].1 = "Brand-new-2";
    assert_eq!(refused(stage.submit(&mismatch)), "error_passwordEntryMismatch");
    let mut weak = grace.clone();
    (weak[1].1, weak[2].1) = ("weak", "weak");
    refused(stage.submit(&weak));

    assert_eq!(stage.submit(&grace), ACCEPTED);
    let issued = issued(stage.confirm(RememberMe::Ticked));
    assert_eq!(claim(&issued, "name"), Some(&json!("Grace")));
    assert_eq!(claim(&issued, "family_name"), Some(&json!("Hopper")));
    assert_eq!(claim(&issued, "newUser"), Some(&json!(true)));
    // S-045: the box is not on this page.
    assert!(!issued.sign_on.keep);
}

#[test]
fn nobody_meets_their_own_half_finished_account() {
    let mut stage = Stage::new(SIGN_IN);
    stage.begin();
    stage.turn(Input::SignUp);
    stage.verify("grace@example.org");
    let mut grace = sign_up_form("grace@example.org");
    assert_eq!(stage.submit(&grace), ACCEPTED);
    // The answer was lost; the person changes the password and tries again.
    (grace[1].1, grace[2].1) = ("Brand-new-2", "Brand-new-2");
    assert_eq!(stage.submit(&grace), ACCEPTED);
    issued(stage.confirm(RememberMe::Unticked));
    assert_eq!(stage.people["grace@example.org"].password, "Brand-new-2");
}

#[test]
fn somebody_elses_address_is_refused() {
    let mut stage = Stage::new(SIGN_IN);
    stage.begin();
    stage.turn(Input::SignUp);
    stage.verify("ada@example.org");
    assert_eq!(refused(stage.submit(&sign_up_form("ada@example.org"))), "UserMessageIfClaimsPrincipalAlreadyExists");
    assert_eq!(stage.people["ada@example.org"].password, "Correct-horse1");
}

#[test]
fn a_code_is_good_five_times_and_twenty_minutes() {
    let wanted = || Input::CodeWanted { claim: "email".into(), address: "grace@example.org".into() };
    let entered = |code: &str| Input::CodeEntered {
        claim: "email".into(),
        address: "grace@example.org".into(),
        code: code.into(),
    };
    let mut stage = Stage::new(SIGN_IN);
    stage.begin();
    stage.turn(Input::SignUp);
    assert_eq!(refused(stage.turn(entered("123456"))), "ver_fail_server");
    stage.turn(wanted());
    let code = stage.mailbox[0].1.clone();
    assert_eq!(code.len(), 6);
    for _ in 0..4 {
        assert_eq!(refused(stage.turn(entered("wrong"))), "ver_fail_retry");
    }
    assert_eq!(refused(stage.turn(entered("wrong"))), "ver_fail_no_retry");
    assert_eq!(refused(stage.turn(entered(&code))), "ver_fail_no_retry");

    stage.turn(wanted());
    let code = stage.mailbox[1].1.clone();
    stage.now = stage.now + std::time::Duration::from_secs(20 * 60);
    assert_eq!(refused(stage.turn(entered(&code))), "ver_fail_code_expired");
    let elsewhere = Input::CodeWanted { claim: "email".into(), address: "not an address".into() };
    assert_eq!(refused(stage.turn(elsewhere)), "ver_incorrect_format");
    assert_eq!(stage.mailbox.len(), 2);
}

#[test]
fn links_and_buttons_have_their_codes() {
    let mut stage = Stage::new(SIGN_IN);
    stage.begin();
    assert_eq!(refusal(stage.turn(Input::ForgotPassword)).code, 90_118);

    let mut stage = Stage::new(SIGN_IN);
    stage.begin();
    // Nobody offered it: the page stays.
    page(stage.turn(Input::Cancelled));
    page(stage.turn(Input::Chosen("FacebookExchange".into())));
    stage.turn(Input::SignUp);
    assert_eq!(refusal(stage.turn(Input::Cancelled)).code, 90_091);
}

#[test]
fn a_person_resets_a_forgotten_password() {
    let mut stage = Stage::new("B2C_1A_PasswordReset");
    assert_eq!(page(stage.begin()).fields.len(), 1);
    stage.verify("ada@example.org");
    assert_eq!(stage.submit(&[("email", "ada@example.org")]), ACCEPTED);
    let form = page(stage.confirm(RememberMe::Unticked));
    assert_eq!(form.fields.len(), 2);
    let new = [("newPassword", "Brand-new-1"), ("reenterPassword", "Brand-new-1")];
    assert_eq!(stage.submit(&new), ACCEPTED);
    assert_eq!(issued(stage.confirm(RememberMe::Unticked)).subject, "ada-id");
    assert_eq!(stage.people["ada@example.org"].password, "Brand-new-1");
}

#[test]
fn an_unknown_address_cannot_reset_anything() {
    let mut stage = Stage::new("B2C_1A_PasswordReset");
    stage.begin();
    stage.verify("who@example.org");
    assert_eq!(refused(stage.submit(&[("email", "who@example.org")])), "UserMessageIfClaimsPrincipalDoesNotExist");
}

#[test]
fn s_058_a_profile_is_edited_each_time_and_signed_in_once() {
    let mut stage = Stage::new("B2C_1A_ProfileEdit");
    assert_eq!(page(stage.begin()).fields[0].claim.as_str(), "signInName");
    assert_eq!(stage.submit(&ada()), ACCEPTED);
    let form = page(stage.confirm(RememberMe::Unticked));
    let given = form.fields.iter().find(|field| field.claim.as_str() == "givenName").unwrap();
    assert_eq!(given.value.as_deref(), Some("Ada"));
    let fields: Vec<_> = form.fields.iter().map(|field| (field.claim.as_str(), "Augusta")).collect();
    assert_eq!(stage.submit(&fields), ACCEPTED);
    let first = issued(stage.confirm(RememberMe::Unticked));
    assert_eq!(claim(&first, "given_name"), Some(&json!("Augusta")));

    let mut again = Stage::with("B2C_1A_ProfileEdit", request(Start::Authorize), Some(session_after(&first)));
    let form = page(again.begin());
    assert!(form.fields.iter().any(|field| field.claim.as_str() == "givenName"));
}

#[test]
fn a_refresh_reads_the_directory_again() {
    let claims: Claims = [("objectId".into(), Value::Text("ada-id".into()))].into_iter().collect();
    let start = |issued: i64| Start::Refresh { claims: claims.clone(), issued: Timestamp::from_seconds(issued) };
    let mut stage = Stage::with(SIGN_IN, request(start(1_800_000_000)), None);
    assert_eq!(claim(&issued(stage.begin()), "name"), Some(&json!("Ada")));

    // Revoked: the account's tokens are good from an hour after this one was issued.
    let valid_from = Value::DateTime(Timestamp::from_seconds(1_800_003_600));
    let mut stage = Stage::with(SIGN_IN, request(start(1_800_000_000)), None);
    let ada = stage.people.get_mut("ada@example.org").unwrap();
    ada.attributes.push(("refreshTokensValidFromDateTime".into(), valid_from));
    assert_eq!(refusal(stage.begin()).code, 90_129);

    let mut stage = Stage::with(SIGN_IN, request(start(1_800_000_000)), None);
    stage.people.clear();
    assert_eq!(refusal(stage.begin()).code, 90_128);
}

#[test]
fn spanish_is_spoken_where_it_is_wanted() {
    let mut wish = request(Start::Authorize);
    wish.languages = vec!["es-MX".into(), "en".into()];
    let mut stage = Stage::with(SIGN_IN, wish, None);
    let shown = page(stage.begin());
    assert_eq!(shown.language, "es");
    assert!(shown.fields[1].label.contains("ontraseña"), "{}", shown.fields[1].label);
}
