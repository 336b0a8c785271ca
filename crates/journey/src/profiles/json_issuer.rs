//! The JSON issuer: its input claims are the answer of the UserInfo endpoint (userinfo-endpoint).

use std::collections::BTreeSet;

use serde_json::Value as Json;
use zaguan_policy::{
    EffectivePolicy,
    model::{OrchestrationStep, StepKind, TechnicalProfile},
};

use crate::{bind::Bound, call::Failure, journey::Run, token_claims::to_json};

impl Run<'_, '_> {
    /// The members of the answer: the input claims that the journey set, by `PartnerClaimType`, else by claim type.
    pub(crate) fn user_info(
        &mut self,
        profile: &TechnicalProfile,
        bound: &Bound,
    ) -> Result<Vec<(String, Json)>, Failure> {
        self.transform(profile, &profile.input_transformations)?;
        let mut members: Vec<(String, Json)> = Vec::new();
        for (name, value) in self.inputs(profile, bound, &profile.input_claims)? {
            // As in tokens: nothing that is empty, and of two claims of one name the first.
            let json = Some(value).filter(|value| !value.is_empty()).and_then(|value| to_json(&value));
            if let Some(json) = json.filter(|_| !members.iter().any(|(known, _)| *known == name)) {
                members.push((name, json));
            }
        }
        Ok(members)
    }
}

/// Whether a journey that answers an app's sign-in or refresh may end in the profile: that would be no token.
pub(crate) fn answers_apps(profile: &TechnicalProfile, policy: &EffectivePolicy) -> bool {
    let Some(relying_party) = &policy.relying_party else { return false };
    let journeys = [Some(&relying_party.default_journey), relying_party.token_journey.as_ref()];
    let mut open: Vec<&OrchestrationStep> =
        journeys.into_iter().flatten().filter_map(|id| policy.journeys.get(id)).flat_map(|it| &it.steps).collect();
    let mut called = BTreeSet::new();
    while let Some(step) = open.pop() {
        match &step.kind {
            StepKind::SendClaims { issuer: Some(issuer) } if *issuer == profile.id => return true,
            StepKind::InvokeSubJourney(id) if called.insert(id) => {
                open.extend(policy.sub_journeys.get(id).into_iter().flat_map(|it| &it.steps));
            }
            _ => {}
        }
    }
    false
}
