//! The starter packs load unmodified, and mean what they say.

use zaguan_policy::{
    EffectivePolicy,
    id::{ClaimTypeId, PolicyId, ProfileId},
    load,
    model::{ClaimReference, ClaimsExchange, ProtocolName, Restriction, StepKind},
};

use crate::support::{corpus, folder};

const STARTER_PACKS: [&str; 4] =
    ["LocalAccounts", "SocialAccounts", "SocialAndLocalAccounts", "SocialAndLocalAccountsWithMfa"];

#[test]
fn every_starter_pack_loads_without_an_error() {
    let Some(corpus) = corpus() else { return };
    for outer in ["starter-pack", "starter-pack/Display Controls Starterpack"] {
        for pack in STARTER_PACKS {
            let files = folder(&corpus.join(outer).join(pack));
            let loaded = load(&files, &[]);
            for finding in &loaded.diagnostics {
                println!("{outer}/{pack}: {finding:?}");
            }
            assert_eq!(loaded.errors().count(), 0, "{outer}/{pack}");
            assert_eq!(loaded.set.ids().count(), files.len(), "{outer}/{pack}");
            assert_eq!(loaded.set.tenant(), Some("yourtenant.onmicrosoft.com"));
        }
    }
}

/// The effective policy of a starter pack's file.
fn effective(pack: &str, policy: &str) -> Option<EffectivePolicy> {
    let files = folder(&corpus()?.join("starter-pack").join(pack));
    let loaded = load(&files, &[]);
    Some(loaded.set.get(&PolicyId::new(policy)).expect("the policy holds").as_ref().clone())
}

fn claims(references: &[ClaimReference]) -> Vec<String> {
    let one = |it: &ClaimReference| match &it.partner {
        Some(partner) => format!("{}>{partner}", it.claim),
        None => it.claim.to_string(),
    };
    references.iter().map(one).collect()
}

#[test]
fn the_password_check_has_its_application_from_the_extensions() {
    let Some(policy) = effective("LocalAccounts", "b2c_1a_signup_signin") else { return };
    let login = &policy.profiles[&ProfileId::new("login-NonInteractive")];
    assert_eq!(login.metadata.get("client_id"), Some("ProxyIdentityExperienceFrameworkAppId"));
    assert_eq!(login.metadata.get("IdTokenAudience"), Some("IdentityExperienceFrameworkAppId"));
    // From the base file.
    assert_eq!(login.metadata.get("HttpBinding"), Some("POST"));
    assert_eq!(login.protocol, ProtocolName::OpenIdConnect);
    assert_eq!(
        claims(&login.input_claims),
        ["client_id", "resource_id>resource", "signInName>username", "password", "grant_type", "scope", "nca>nca"]
    );
    assert_eq!(&*login.place.file, "TrustFrameworkExtensions.xml");
}

#[test]
fn the_directory_profiles_include_what_is_common() {
    let Some(policy) = effective("LocalAccounts", "B2C_1A_signup_signin") else { return };
    let read = &policy.profiles[&ProfileId::new("AAD-UserReadUsingObjectId-CheckRefreshTokenDate")];
    assert_eq!(read.handler.as_deref(), Some("Web.TPEngine.Providers.AzureActiveDirectoryProvider"));
    assert_eq!(read.metadata.get("Operation"), Some("Read"));
    assert_eq!(read.session_profile, Some(ProfileId::new("SM-Noop")));
    assert!(!read.include_in_sso);
    assert_eq!(
        claims(&read.output_claims),
        [
            "refreshTokensValidFromDateTime",
            "displayName",
            "signInNames.emailAddress",
            "otherMails",
            "givenName",
            "surname"
        ]
    );
    assert_eq!(read.output_transformations.len(), 1);
}

#[test]
fn the_social_session_keeps_what_the_local_one_keeps() {
    let Some(policy) = effective("SocialAndLocalAccounts", "B2C_1A_signup_signin") else { return };
    let kept = |id: &str| claims(&policy.profiles[&ProfileId::new(id)].persisted_claims);
    assert_eq!(
        kept("SM-AAD"),
        [
            "objectId",
            "signInName",
            "authenticationSource",
            "identityProvider",
            "newUser",
            "executed-SelfAsserted-Input"
        ]
    );
    assert_eq!(kept("SM-SocialSignup"), kept("SM-AAD"));
    let facebook = &policy.profiles[&ProfileId::new("facebook-oauth")];
    assert_eq!(facebook.domain.as_deref(), Some("facebook.com"));
    assert_eq!(facebook.metadata.get("client_id"), Some("facebook_clientid"));
}

#[test]
fn the_sign_in_journey_has_its_steps() {
    let Some(policy) = effective("SocialAndLocalAccountsWithMfa", "B2C_1A_signup_signin") else { return };
    let party = policy.relying_party.as_ref().unwrap();
    assert_eq!(party.default_journey.as_str(), "SignUpOrSignIn");
    assert_eq!(party.token_journey.as_ref().map(|id| id.as_str()), Some("RedeemRefreshToken"));
    assert_eq!(party.profile.subject.as_deref(), Some("sub"));
    let journey = &policy.journeys[&party.default_journey];
    let exchanges = |all: &[ClaimsExchange]| all.iter().map(|it| it.id.as_str()).collect::<Vec<_>>().join(" ");
    let steps: Vec<String> = journey
        .steps
        .iter()
        .map(|step| {
            let what = match &step.kind {
                StepKind::CombinedSignInAndSignUp(it) => {
                    format!("sign in or up by {} of {}", exchanges(&it.exchanges), it.choices.len())
                }
                StepKind::ClaimsExchange(all) => exchanges(all),
                StepKind::SendClaims { issuer } => format!("send by {}", issuer.as_ref().unwrap()),
                other => panic!("{other:?}"),
            };
            format!("{} {what} unless {}", step.order, step.preconditions.len())
        })
        .collect();
    insta::assert_snapshot!(steps.join("\n"), @"
    1 sign in or up by LocalAccountSigninEmailExchange of 2 unless 0
    2 FacebookExchange SignUpWithLogonEmailExchange unless 1
    3 AADUserReadUsingAlternativeSecurityId unless 1
    4 SelfAsserted-Social unless 1
    5 AADUserReadWithObjectId unless 1
    6 AADUserWrite unless 1
    7 PhoneFactor-Verify unless 1
    8 AADUserWriteWithObjectId unless 1
    9 send by JwtIssuer unless 0
    ");
    assert_eq!(journey.default_issuer, Some(ProfileId::new("JwtIssuer")));
}

#[test]
fn the_patterns_of_the_starter_pack_work() {
    let Some(policy) = effective("LocalAccounts", "B2C_1A_signup_signin") else { return };
    let matches = |claim: &str, text: &str| match &policy.claim_types[&ClaimTypeId::new(claim)].restriction {
        Some(Restriction::Pattern(pattern)) => pattern.regex.is_match(text),
        other => panic!("{other:?}"),
    };
    assert!(matches("newPassword", "Passw0rd[]") && !matches("newPassword", "password"));
    assert!(matches("email", "ada@contoso.com") && !matches("email", "ada@contoso"));
}
