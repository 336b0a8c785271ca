//! Claims of the token that no step of the journey can fill.

use std::collections::BTreeSet;

use super::Subject;
use crate::{
    codes,
    diagnostic::Diagnostic,
    id::ClaimTypeId,
    model::{DisplayClaim, TechnicalProfile},
    said,
};

pub(super) fn look(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let filled = filled(subject);
    let mut findings = Vec::new();
    let Some(profile) = subject.tree.child("RelyingParty").and_then(|it| it.child("TechnicalProfile")) else {
        return findings;
    };
    for output in profile.items("OutputClaims", "OutputClaim").filter(|it| it.attribute("DefaultValue").is_none()) {
        let Some(claim) = output.attribute("ClaimTypeReferenceId") else { continue };
        if filled.contains(&ClaimTypeId::new(&claim.value)) {
            continue;
        }
        let journey = &subject.relying_party.default_journey;
        let message =
            said!("no step of journey `{}` fills claim `{}`, so the token lacks it", journey, claim.trimmed());
        let finding = codes::EMPTY_CLAIM.at(&claim.place, said!("here"), message);
        findings
            .push(finding.help(said!(
                "make it an output claim of a profile that the journey runs, or give it a `DefaultValue`"
            )));
    }
    findings
}

/// Every claim that any profile of the policy's journeys may put into the bag. Which steps are skipped is not looked at, so
/// what is missing here is missing always.
fn filled<'a>(subject: &Subject<'a>) -> BTreeSet<&'a ClaimTypeId> {
    let mut filled: BTreeSet<&ClaimTypeId> = BTreeSet::new();
    filled.extend(subject.relying_party.profile.input_claims.iter().map(|it| &it.claim));
    for profile in subject.called() {
        let managing = profile.session_profile.as_ref().and_then(|id| subject.policy.profiles.get(id));
        for profile in managing.into_iter().chain([profile]) {
            filled.extend(by_profile(profile, subject));
        }
    }
    filled
}

fn by_profile<'a>(profile: &'a TechnicalProfile, subject: &Subject<'a>) -> Vec<&'a ClaimTypeId> {
    let mut all: Vec<&ClaimTypeId> = Vec::new();
    let lists = [&profile.input_claims, &profile.persisted_claims, &profile.output_claims];
    all.extend(lists.into_iter().flatten().map(|it| &it.claim));
    let transformations = profile.input_transformations.iter().chain(&profile.output_transformations);
    let known = transformations.filter_map(|id| subject.policy.transformations.get(id));
    all.extend(known.flat_map(|it| &it.outputs).map(|it| &it.claim));
    for shown in &profile.display_claims {
        match shown {
            DisplayClaim::Claim { claim, .. } => all.push(claim),
            DisplayClaim::Control(id) => {
                let control = subject.policy.display_controls.get(id);
                all.extend(control.into_iter().flat_map(|it| &it.displays).map(|it| &it.claim));
                all.extend(control.into_iter().flat_map(|it| &it.outputs).map(|it| &it.claim));
            }
        }
    }
    all
}
