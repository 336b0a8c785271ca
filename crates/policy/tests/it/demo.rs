//! The demo tenant's policies load without a finding, and mean what they say.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use zaguan_policy::{
    EffectivePolicy, load,
    model::{DataUri, Expiry, OrchestrationStep, Restriction, Scope, SessionLifetime, StepKind},
};

use crate::support::folder;

const RELYING_PARTIES: [&str; 3] = ["B2C_1A_signup_signin", "B2C_1A_ProfileEdit", "B2C_1A_PasswordReset"];

/// The three that apps can ask for. All that is found in the folder is a failure.
fn demo() -> Vec<Arc<EffectivePolicy>> {
    let loaded = load(&folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/demo")), &[]);
    assert!(loaded.diagnostics.is_empty(), "{:#?}", loaded.diagnostics);
    assert_eq!(loaded.set.ids().count(), 6);
    assert_eq!(loaded.set.tenant(), Some("contoso.onmicrosoft.com"));
    assert_eq!(loaded.set.relying_parties().count(), RELYING_PARTIES.len());
    RELYING_PARTIES.iter().filter_map(|id| loaded.set.get(&(*id).into()).cloned()).collect()
}

/// What a step does, in a word or the profiles that it runs.
fn told(step: &OrchestrationStep) -> String {
    match &step.kind {
        StepKind::CombinedSignInAndSignUp(_) => "sign in or up".into(),
        StepKind::ClaimsProviderSelection(_) => "choose".into(),
        StepKind::ClaimsExchange(exchanges) => exchanges[0].profile.to_string(),
        StepKind::SendClaims { issuer } => issuer.as_ref().map_or("no issuer".into(), ToString::to_string),
        other => format!("{other:?}"),
    }
}

#[test]
fn journeys_lead_from_the_request_to_the_token() {
    for policy in demo() {
        for (journey, expected) in [
            (
                "SignUpOrSignIn",
                vec!["sign in or up", "LocalAccountSignUpWithLogonEmail", "AAD-UserReadUsingObjectId", "JwtIssuer"],
            ),
            (
                "ProfileEdit",
                vec![
                    "choose",
                    "SelfAsserted-LocalAccountSignin-Email",
                    "AAD-UserReadUsingObjectId",
                    "SelfAsserted-ProfileUpdate",
                    "JwtIssuer",
                ],
            ),
            (
                "PasswordReset",
                vec![
                    "LocalAccountDiscoveryUsingEmailAddress",
                    "LocalAccountWritePasswordUsingObjectId",
                    "AAD-UserReadUsingObjectId",
                    "JwtIssuer",
                ],
            ),
            (
                "RedeemRefreshToken",
                vec!["RefreshTokenReadAndSetup", "AAD-UserReadUsingObjectId-CheckRefreshTokenDate", "JwtIssuer"],
            ),
        ] {
            let steps: Vec<String> = policy.journeys[&journey.into()].steps.iter().map(told).collect();
            assert_eq!(steps, expected, "{}: {journey}", policy.id);
        }
    }
}

#[test]
fn relying_parties_share_one_kind_of_session() {
    for (policy, journey) in demo().iter().zip(["SignUpOrSignIn", "ProfileEdit", "PasswordReset"]) {
        let relying_party = policy.relying_party.as_ref().unwrap();
        let behavior = &relying_party.behavior;
        assert_eq!(relying_party.default_journey, journey.into());
        assert_eq!(relying_party.token_journey, Some("RedeemRefreshToken".into()));
        assert_eq!(behavior.scope, Scope::Tenant);
        assert_eq!(behavior.expiry, Expiry::Rolling);
        assert_eq!(behavior.lifetime, SessionLifetime::DEFAULT);
        assert_eq!(behavior.keep_alive.map(|days| days.days()), Some(30));
        assert_eq!(policy.tenant_object_id.as_deref(), Some("f3b1c0de-0000-4000-8000-00000000c0de"));
    }
}

#[test]
fn tokens_carry_the_account_under_the_usual_names() {
    for policy in demo() {
        let profile = &policy.relying_party.as_ref().unwrap().profile;
        let names: BTreeSet<&str> = profile
            .output_claims
            .iter()
            .map(|claim| {
                let default = || policy.claim_types[&claim.claim].partner_name(profile.protocol);
                claim.partner.as_deref().or_else(default).unwrap_or(claim.claim.as_str())
            })
            .collect();
        let mut expected = BTreeSet::from(["sub", "oid", "tid", "name", "given_name", "family_name", "email"]);
        if policy.id == RELYING_PARTIES[0].into() {
            expected.insert("newUser");
        }
        assert_eq!(names, expected, "{}", policy.id);
        assert_eq!(profile.subject.as_deref(), Some("sub"));
    }
}

#[test]
fn pages_that_must_ask_again_keep_nothing_in_the_session() {
    for policy in demo() {
        for (profile, managing) in [
            ("SelfAsserted-LocalAccountSignin-Email", "SM-AAD"),
            ("LocalAccountSignUpWithLogonEmail", "SM-AAD"),
            ("LocalAccountDiscoveryUsingEmailAddress", "SM-Noop"),
            ("LocalAccountWritePasswordUsingObjectId", "SM-Noop"),
            ("SelfAsserted-ProfileUpdate", "SM-Noop"),
            ("AAD-UserReadUsingObjectId", "SM-Noop"),
            ("AAD-UserReadUsingObjectId-CheckRefreshTokenDate", "SM-Noop"),
            ("AAD-UserWriteUsingLogonEmail", "SM-AAD"),
            ("JwtIssuer", "SM-jwt-issuer"),
        ] {
            assert_eq!(policy.profiles[&profile.into()].session_profile, Some(managing.into()), "{profile}");
        }
        let handler = |id: &str| policy.profiles[&id.into()].handler.clone();
        assert_eq!(handler("SM-Noop").as_deref(), Some("Web.TPEngine.SSO.NoopSSOSessionProvider"));
        assert_eq!(handler("SM-jwt-issuer").as_deref(), Some("Web.TPEngine.SSO.OAuthSSOSessionProvider"));
    }
}

#[test]
fn the_sign_in_page_can_keep_a_person_signed_in() {
    for policy in demo() {
        let sign_in = &policy.profiles[&"SelfAsserted-LocalAccountSignin-Email".into()];
        assert_eq!(sign_in.metadata.flag("setting.enableRememberMe"), Some(true));
        for (definition, page, version) in [
            ("api.signuporsignin", "unifiedssp", [2, 1, 5]),
            ("api.localaccountsignin", "selfasserted", [2, 1, 7]),
            ("api.localaccountsignup", "selfasserted", [2, 1, 7]),
            ("api.localaccountpasswordreset", "selfasserted", [2, 1, 7]),
            ("api.selfasserted", "selfasserted", [2, 1, 7]),
            ("api.selfasserted.profileupdate", "selfasserted", [2, 1, 7]),
        ] {
            let expected = DataUri { page: page.into(), version, contract: true };
            assert_eq!(policy.content_definitions[&definition.into()].data_uri, Some(expected), "{definition}");
        }
    }
}

#[test]
fn blocked_accounts_get_no_token() {
    for policy in demo() {
        for profile in ["AAD-UserReadUsingObjectId", "AAD-UserReadUsingObjectId-CheckRefreshTokenDate"] {
            let profile = &policy.profiles[&profile.into()];
            assert!(profile.output_claims.iter().any(|claim| claim.claim == "accountEnabled".into()));
            assert!(profile.output_transformations.contains(&"AssertAccountEnabledIsTrue".into()));
            assert!(profile.metadata.get("UserMessageIfClaimsTransformationBooleanValueIsNotEqual").is_some());
            assert_eq!(profile.metadata.get("Operation"), Some("Read"));
        }
    }
}

#[test]
fn passwords_have_three_kinds_of_characters() {
    let policy = &demo()[0];
    let Some(Restriction::Pattern(pattern)) = &policy.claim_types[&"newPassword".into()].restriction else {
        unreachable!("a new password has a pattern")
    };
    let long = "aB3".repeat(21);
    for (password, good) in [
        ("Abcdefg1", true),
        ("abcdefg1!", true),
        ("ABCDEFG1!", true),
        ("Abcdefg!", true),
        ("una frase Larga", true),
        ("Cañón de papel", true),
        ("Abcdef1", false),
        ("abcdefgh", false),
        ("Abcdefgh", false),
        ("abcdefg1", false),
        ("ABCDEFG1", false),
        ("abcdefg!", false),
        ("ABCDEFG!", false),
        ("1234567!", false),
        ("", false),
        (&long, true),
        (&format!("{long}a"), true),
        (&format!("{long}aa"), false),
    ] {
        assert_eq!(pattern.regex.is_match(password), good, "{password}");
    }
}

#[test]
fn addresses_look_like_addresses() {
    let policy = &demo()[0];
    let Some(Restriction::Pattern(pattern)) = &policy.claim_types[&"email".into()].restriction else {
        unreachable!("an address has a pattern")
    };
    for (address, good) in [
        ("ana@example.com", true),
        ("ana.o'neill+shop@mail.example.co", true),
        ("ana", false),
        ("ana@example", false),
        ("ana@@example.com", false),
        ("ana@example.com,eva@example.com", false),
        ("Ana <ana@example.com>", false),
        ("ana@example.com ", false),
    ] {
        assert_eq!(pattern.regex.is_match(address), good, "{address}");
    }
}

#[test]
fn every_page_speaks_both_languages() {
    for policy in demo() {
        let localization = &policy.localization;
        assert!(!localization.disabled);
        assert_eq!(localization.default_language.as_deref(), Some("en"));
        assert_eq!(localization.supported, ["en", "es"]);
        let texts = |id: &str| -> BTreeSet<(&str, Option<&str>, &str)> {
            let strings = &localization.resources[&id.into()].strings;
            let ids: BTreeSet<_> = strings
                .iter()
                .map(|it| (it.element_type.as_str(), it.element_id.as_deref(), it.string_id.as_str()))
                .collect();
            assert_eq!(ids.len(), strings.len(), "{id} says something twice");
            assert!(strings.iter().all(|it| !it.text.trim().is_empty()), "{id} has an empty text");
            ids
        };
        let mut pages = 0;
        for definition in policy.content_definitions.values().filter(|it| it.id != "api.error".into()) {
            let languages: Vec<&str> = definition.localized.iter().map(|(language, _)| language.as_str()).collect();
            assert_eq!(languages, ["en", "es"], "{}", definition.id);
            let [english, spanish] = ["en", "es"].map(|language| format!("{}.{language}", definition.id));
            let ids: Vec<&str> = definition.localized.iter().map(|(_, id)| id.as_str()).collect();
            assert_eq!(ids, [english.as_str(), spanish.as_str()]);
            assert_eq!(texts(&english), texts(&spanish), "{}", definition.id);
            pages += 1;
        }
        assert_eq!(localization.resources.len(), pages * 2, "texts that no page uses");
    }
}

/// `{0}` that one language has and the other lacks is a slip of the translator.
#[test]
fn both_languages_put_in_the_same_names() {
    let policy = &demo()[0];
    let resources = &policy.localization.resources;
    for (id, english) in resources.iter().filter(|(id, _)| id.as_str().ends_with(".en")) {
        let spanish = &resources[&id.as_str().replace(".en", ".es").as_str().into()];
        for (one, other) in english.strings.iter().zip(&spanish.strings) {
            assert_eq!(one.string_id, other.string_id, "{id}: the two languages have their texts in the same order");
            for name in ["{0}", "{1}", "{2}"] {
                assert_eq!(one.text.contains(name), other.text.contains(name), "{id}: {}", one.string_id);
            }
        }
    }
}

#[test]
fn forms_have_a_label_in_both_languages_for_every_field() {
    let policy = &demo()[0];
    for (profile, definition) in [
        ("SelfAsserted-LocalAccountSignin-Email", "api.signuporsignin"),
        ("SelfAsserted-LocalAccountSignin-Email", "api.localaccountsignin"),
        ("LocalAccountSignUpWithLogonEmail", "api.localaccountsignup"),
        ("LocalAccountDiscoveryUsingEmailAddress", "api.localaccountpasswordreset"),
        ("LocalAccountWritePasswordUsingObjectId", "api.localaccountpasswordreset"),
        ("SelfAsserted-ProfileUpdate", "api.selfasserted.profileupdate"),
    ] {
        for language in ["en", "es"] {
            let id = format!("{definition}.{language}");
            let strings = &policy.localization.resources[&id.as_str().into()].strings;
            for output in &policy.profiles[&profile.into()].output_claims {
                let asked_for = policy.claim_types[&output.claim].input.is_some();
                let labelled = strings.iter().any(|it| {
                    it.element_type == "ClaimType"
                        && it.element_id.as_deref() == Some(output.claim.as_str())
                        && it.string_id == "DisplayName"
                });
                assert_eq!(labelled, asked_for, "{id}: {}", output.claim);
            }
        }
    }
}
