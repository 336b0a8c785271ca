//! The self-asserted profile: which fields its page shows, and what may be entered
//! (self-asserted-technical-profile).

use std::collections::BTreeMap;

use zaguan_policy::{
    EffectivePolicy, Value,
    id::{ClaimTypeId, ContentDefinitionId, ExchangeId},
    model::{ClaimType, DisplayClaim, PredicateMethod, Restriction, TechnicalProfile, UserInputType},
};

use crate::findings::Finding;

/// Settings of a self-asserted profile.
#[derive(Clone, Debug)]
pub struct SelfAsserted {
    /// `ContentDefinitionReferenceId`.
    pub content_definition: Option<ContentDefinitionId>,
    /// `SignUpTarget`: the exchange of the sign-up link.
    pub sign_up_target: Option<ExchangeId>,
    /// `setting.forgotPasswordLinkOverride`: the exchange of the forgotten-password link.
    pub forgot_password_exchange: Option<ExchangeId>,
    /// `setting.enableRememberMe`.
    pub offers_remember_me: bool,
    /// `setting.showCancelButton`; shown unless `false`.
    pub shows_cancel: bool,
    /// `setting.showContinueButton`; shown unless `false`.
    pub shows_continue: bool,
    /// `setting.showSignupLink`; shown unless `false`.
    pub shows_sign_up: bool,
    /// `setting.forgotPasswordLinkLocation` is not `None`.
    pub shows_forgot_password: bool,
    /// `EnforceEmailVerification`; true unless stated.
    pub verifies_email: bool,
    /// `AllowGenerationOfClaimsWithNullValues`.
    pub keeps_empty: bool,
    /// `setting.retryLimit`.
    pub retry_limit: Option<u32>,
    /// Every `setting.*`, without the prefix.
    pub settings: BTreeMap<String, String>,
    /// The fields, in order.
    pub fields: Vec<FormField>,
}

/// A field that the page shows.
#[derive(Clone, Debug)]
pub struct FormField {
    /// Which claim.
    pub claim: ClaimTypeId,
    /// Must be filled.
    pub required: bool,
    /// The address must be verified first.
    pub verified: bool,
}

impl SelfAsserted {
    pub(crate) fn read(profile: &TechnicalProfile, policy: &EffectivePolicy, findings: &mut Vec<Finding>) -> Self {
        let metadata = &profile.metadata;
        let shows = |key| metadata.flag(key) != Some(false);
        let verifies_email = shows("EnforceEmailVerification");
        Self {
            content_definition: metadata.get("ContentDefinitionReferenceId").map(ContentDefinitionId::new),
            sign_up_target: metadata.get("SignUpTarget").map(ExchangeId::new),
            // The documentation prints the key with and without its prefix.
            forgot_password_exchange: metadata
                .get("setting.forgotPasswordLinkOverride")
                .or_else(|| metadata.get("forgotPasswordLinkOverride"))
                .map(ExchangeId::new),
            offers_remember_me: metadata.flag("setting.enableRememberMe") == Some(true),
            shows_cancel: shows("setting.showCancelButton"),
            shows_continue: shows("setting.showContinueButton"),
            shows_sign_up: shows("setting.showSignupLink"),
            shows_forgot_password: !metadata
                .get("setting.forgotPasswordLinkLocation")
                .is_some_and(|place| place.eq_ignore_ascii_case("none")),
            verifies_email,
            keeps_empty: metadata.flag("AllowGenerationOfClaimsWithNullValues") == Some(true),
            retry_limit: metadata.get("setting.retryLimit").and_then(|text| text.parse().ok()),
            settings: metadata
                .0
                .iter()
                .filter_map(|(key, value)| Some((key.as_str().strip_prefix("setting.")?.to_owned(), value.clone())))
                .collect(),
            fields: fields(profile, policy, verifies_email, findings),
        }
    }
}

/// With at least one display claim only these are shown; otherwise every output claim whose value can
/// come from nowhere else: it has an input type, no default, and no validation profile produces it.
fn fields(
    profile: &TechnicalProfile,
    policy: &EffectivePolicy,
    verifies_email: bool,
    findings: &mut Vec<Finding>,
) -> Vec<FormField> {
    let output = |claim: &ClaimTypeId| profile.output_claims.iter().find(|output| output.claim == *claim);
    let verified = |claim: &ClaimTypeId| {
        verifies_email
            && output(claim)
                .and_then(|output| output.partner.as_deref())
                .is_some_and(|partner| partner.eq_ignore_ascii_case("Verified.Email"))
    };
    let asked_for = |claim: &ClaimTypeId| {
        policy.claim_types.get(claim).is_some_and(|declared| declared.input.is_some_and(|i| i != UserInputType::Button))
    };
    if !profile.display_claims.is_empty() {
        return profile
            .display_claims
            .iter()
            .filter_map(|display| match display {
                DisplayClaim::Claim { claim, required } => Some(FormField {
                    claim: claim.clone(),
                    required: *required || output(claim).is_some_and(|output| output.required),
                    verified: verified(claim),
                }),
                DisplayClaim::Control(control) => {
                    findings.push(Finding::display_control(profile, control));
                    None
                }
            })
            .collect();
    }
    let produced = |claim: &ClaimTypeId| {
        profile.validation_profiles.iter().any(|validation| {
            policy
                .profiles
                .get(&validation.profile)
                .is_some_and(|validating| validating.output_claims.iter().any(|output| output.claim == *claim))
        })
    };
    profile
        .output_claims
        .iter()
        .filter(|output| output.default_value.is_none() && asked_for(&output.claim) && !produced(&output.claim))
        .map(|output| FormField {
            claim: output.claim.clone(),
            required: output.required,
            verified: verified(&output.claim),
        })
        .collect()
}

/// Why a value may not be entered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum NotAllowed {
    /// It does not match; this is what the policy says about it.
    Pattern(Option<String>),
    /// It is none of the choices, or no value of the claim's type.
    Value,
}

/// A password has as many characters as an attacker may make us hash: more than anybody types.
const LONGEST_TEXT: usize = 2000;

/// Reads what was entered. Runs the claim's pattern, choices and predicates.
pub(crate) fn enter(
    text: &str,
    declared: &ClaimType,
    policy: &EffectivePolicy,
    today: &str,
) -> Result<Value, NotAllowed> {
    if text.chars().count() > LONGEST_TEXT || text.contains('\0') {
        return Err(NotAllowed::Value);
    }
    match &declared.restriction {
        Some(Restriction::Pattern(pattern)) if !pattern.regex.is_match(text) => {
            return Err(NotAllowed::Pattern(pattern.help_text.clone()));
        }
        Some(Restriction::Enumeration(items)) => {
            let chosen = |value: &str| items.iter().any(|item| item.value == value);
            let all_known = match declared.input {
                Some(UserInputType::CheckboxMultiSelect) => text.split(',').all(chosen),
                _ => chosen(text),
            };
            // A list without items is filled per language by the policy's localization.
            if !items.is_empty() && !all_known {
                return Err(NotAllowed::Value);
            }
        }
        _ => {}
    }
    predicates_hold(text, declared, policy, today)?;
    if declared.input == Some(UserInputType::Password) {
        return Ok(Value::Secret(text.to_owned()));
    }
    Value::read(text, declared.data_type).ok_or(NotAllowed::Value)
}

/// A value is valid when every group passes; a group passes when enough of its predicates do.
fn predicates_hold(text: &str, declared: &ClaimType, policy: &EffectivePolicy, today: &str) -> Result<(), NotAllowed> {
    let validation = declared.predicate_validation.as_ref().and_then(|id| policy.predicate_validations.get(id));
    let mut failed = Vec::new();
    for group in validation.iter().flat_map(|validation| &validation.groups) {
        let predicates: Vec<_> = group.predicates.iter().filter_map(|id| policy.predicates.get(id)).collect();
        let wrong: Vec<_> = predicates.iter().filter(|one| !holds(&one.method, text, today)).collect();
        let needed = group.match_at_least.unwrap_or(predicates.len()).min(predicates.len());
        if predicates.len() - wrong.len() < needed {
            failed.extend(group.help_text.clone());
            failed.extend(wrong.iter().filter_map(|one| one.help_text.clone()));
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(NotAllowed::Pattern(Some(failed.join("\n")))) }
}

fn holds(method: &PredicateMethod, text: &str, today: &str) -> bool {
    match method {
        PredicateMethod::IsLengthRange { minimum, maximum } => {
            (*minimum..=*maximum).contains(&text.encode_utf16().count())
        }
        PredicateMethod::MatchesRegex(regex) | PredicateMethod::IncludesCharacters(regex) => regex.is_match(text),
        PredicateMethod::IsDateRange { minimum, maximum } => {
            // OPEN: `Today` is today in UTC. Dates compare as texts: `yyyy-MM-dd`.
            let day =
                |bound: &str| if bound.eq_ignore_ascii_case("today") { today.to_owned() } else { bound.to_owned() };
            day(minimum).as_str() <= text && text <= day(maximum).as_str()
        }
    }
}
