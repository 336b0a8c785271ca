//! What binding finds out about a policy: what this version does not run, and what it reads otherwise than written.

use std::ops::RangeInclusive;

use zaguan_policy::{
    Diagnostic, EffectivePolicy,
    codes::Rule,
    diagnostic::{LabelledPlace, Message},
    id::{DisplayControlId, JourneyId, KeyName, TransformationId},
    model::TechnicalProfile,
    said,
};

zaguan_policy::rules! {
    MISSING_KEY = 601, Warning, "a policy key that a technical profile needs is not configured";
    NOT_BUILT = 602, Warning, "a technical profile is of a kind that this version does not run";
    NO_DISPLAY_CONTROL = 603, Warning, "a page leaves out a display control";
    UNKNOWN_OPERATION = 604, Warning, "a directory profile has an unknown operation";
    LIFETIME = 605, Warning, "a token lifetime is out of its range; the nearest allowed value is used";
    UNKNOWN_METHOD = 606, Warning, "a claims transformation has a method that this version does not run";
    UNKNOWN_JOURNEY = 607, Warning, "a token issuer names a user journey that does not exist";
}

/// A finding about a profile.
pub(crate) struct Finding(pub(crate) Diagnostic);

impl Finding {
    fn about(profile: &TechnicalProfile, rule: Rule, message: Message, help: Message) -> Self {
        Self(rule.at(&profile.place, said!("declared here"), message).help(help))
    }

    pub(crate) fn missing_key(profile: &TechnicalProfile, key: &KeyName) -> Self {
        Self::about(
            profile,
            MISSING_KEY,
            said!("technical profile `{}` needs the policy key `{}`, which is not configured", profile.id, key),
            said!("name it under `[keys]` in `tenant.toml`; everything else works without it"),
        )
    }

    /// A kind has the name of its handler, or of its protocol.
    pub(crate) fn not_built(profile: &TechnicalProfile, kind: &str) -> Self {
        Self::about(
            profile,
            NOT_BUILT,
            said!("technical profile `{}` is of a kind that this version does not run (`{}`)", profile.id, kind),
            said!("journeys that do not call it work; its buttons are not shown"),
        )
    }

    pub(crate) fn json_for_an_app(profile: &TechnicalProfile) -> Self {
        Self::about(
            profile,
            NOT_BUILT,
            said!(
                "technical profile `{}` answers an app's sign-in with JSON, which this version does not do",
                profile.id
            ),
            said!("journeys that do not call it work"),
        )
    }

    pub(crate) fn display_control(profile: &TechnicalProfile, control: &DisplayControlId) -> Self {
        Self::about(
            profile,
            NO_DISPLAY_CONTROL,
            said!("the page of `{}` leaves out display control `{}`", profile.id, control),
            said!(
                "this version does not run display controls; `PartnerClaimType=\"Verified.Email\"` verifies an address"
            ),
        )
    }

    pub(crate) fn unknown_operation(profile: &TechnicalProfile, given: &str) -> Self {
        Self::about(
            profile,
            UNKNOWN_OPERATION,
            said!("`{}` has the unknown operation `{}`", profile.id, given),
            said!("use `Read`, `Write`, `DeleteClaims` or `DeleteClaimsPrincipal`"),
        )
    }

    pub(crate) fn lifetime(
        profile: &TechnicalProfile,
        key: &str,
        given: &str,
        allowed: &RangeInclusive<u64>,
        used: u64,
    ) -> Self {
        Self::about(
            profile,
            LIFETIME,
            said!("`{}` of `{}` is `{}`, outside {} to {}", key, profile.id, given, allowed.start(), allowed.end()),
            said!("{} is used", used),
        )
    }

    pub(crate) fn unknown_journey(profile: &TechnicalProfile, key: &str, journey: &JourneyId) -> Self {
        Self::about(
            profile,
            UNKNOWN_JOURNEY,
            said!("`{}` of `{}` names the user journey `{}`, which does not exist", key, profile.id, journey),
            said!("declare the journey, or correct the name; until then those grants are refused"),
        )
    }

    pub(crate) fn unknown_method(policy: &EffectivePolicy, id: &TransformationId, method: &str) -> Self {
        let user = policy.profiles.values().find(|profile| {
            profile.input_transformations.iter().chain(&profile.output_transformations).any(|used| used == id)
        });
        let message =
            said!("claims transformation `{}` has the method `{}`, which this version does not run", id, method);
        let mut finding =
            UNKNOWN_METHOD.nowhere(message).help(said!("a journey that reaches it fails; the others work"));
        finding
            .places
            .extend(user.map(|profile| LabelledPlace { place: profile.place.clone(), label: said!("used here") }));
        Self(finding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise() {
        assert!(ALL.windows(2).all(|pair| pair[0].code < pair[1].code));
    }
}
