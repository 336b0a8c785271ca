//! What a journey no longer gets to, whatever the reason.

use std::collections::BTreeSet;

use super::{Difference, Level};
use crate::{
    EffectivePolicy,
    id::{JourneyId, ProfileId},
    model::{DisplayClaim, OrchestrationStep, StepKind, TechnicalProfile},
};

/// Pages, validation profiles and second factors that some journey of the relying party could run, and none can now.
pub(super) fn lost(before: &EffectivePolicy, after: &EffectivePolicy) -> Vec<Difference> {
    let now = reached(after);
    let gone = reached(before).into_iter().filter(|id| !now.contains(id));
    gone.filter_map(|id| {
        let profile = before.profiles.get(&id)?;
        let there = after.profiles.get(&id).map(|profile| &profile.place);
        Some(Difference {
            level: Level::Security,
            says: format!("{} `{id}` is no longer reached by any journey that answers apps", kind(profile, before)?),
            before: Some(profile.place.clone()),
            after: there.or(first_step(after)).cloned(),
            policies: vec![before.id.clone()],
        })
    })
    .collect()
}

fn first_step(policy: &EffectivePolicy) -> Option<&crate::diagnostic::Place> {
    let journey = policy.journeys.get(&policy.relying_party.as_ref()?.default_journey)?;
    journey.steps.first().map(|step| &step.place)
}

fn kind(profile: &TechnicalProfile, policy: &EffectivePolicy) -> Option<&'static str> {
    let handler = profile.handler.as_deref().unwrap_or("");
    let is_factor = ["PhoneFactorProtocolProvider", "AzureMfaProtocolProvider", "OneTimePasswordProtocolProvider"];
    let validates = || {
        let all = policy.profiles.values().flat_map(|it| &it.validation_profiles);
        all.chain(policy.display_controls.values().flat_map(|it| it.actions.iter().flat_map(|(_, runs)| runs)))
            .any(|it| it.profile == profile.id)
    };
    match () {
        () if is_factor.iter().any(|end| handler.ends_with(end)) => Some("the second factor"),
        () if handler.ends_with("SelfAssertedAttributeProvider") => Some("the page"),
        () if validates() => Some("the validation profile"),
        () => None,
    }
}

fn reached(policy: &EffectivePolicy) -> BTreeSet<ProfileId> {
    let mut found = BTreeSet::new();
    let Some(party) = &policy.relying_party else { return found };
    let journeys: [Option<&JourneyId>; 3] =
        [Some(&party.default_journey), party.token_journey.as_ref(), party.user_info_journey.as_ref()];
    let mut called = BTreeSet::new();
    let mut open: Vec<&OrchestrationStep> =
        journeys.into_iter().flatten().filter_map(|id| policy.journeys.get(id)).flat_map(|it| &it.steps).collect();
    let mut profiles: Vec<&ProfileId> = Vec::new();
    while let Some(step) = open.pop() {
        match &step.kind {
            StepKind::CombinedSignInAndSignUp(selection) | StepKind::ClaimsProviderSelection(selection) => {
                profiles.extend(selection.exchanges.iter().map(|it| &it.profile));
            }
            StepKind::ClaimsExchange(exchanges) => profiles.extend(exchanges.iter().map(|it| &it.profile)),
            StepKind::InvokeSubJourney(id) => {
                if called.insert(id) {
                    open.extend(policy.sub_journeys.get(id).into_iter().flat_map(|it| &it.steps));
                }
            }
            StepKind::SendClaims { issuer: profile } | StepKind::GetClaims { profile } => profiles.extend(profile),
            StepKind::Undocumented(_) => {}
        }
    }
    while let Some(id) = profiles.pop() {
        if !found.insert(id.clone()) {
            continue;
        }
        let Some(profile) = policy.profiles.get(id) else { continue };
        profiles.extend(profile.validation_profiles.iter().map(|it| &it.profile));
        for control in &profile.display_claims {
            let DisplayClaim::Control(control) = control else { continue };
            let actions = policy.display_controls.get(control).into_iter().flat_map(|it| &it.actions);
            profiles.extend(actions.flat_map(|(_, runs)| runs).map(|it| &it.profile));
        }
    }
    found
}
