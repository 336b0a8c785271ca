//! Steps with several claims exchanges: one of them runs, and something before must say which.

use std::collections::BTreeSet;

use super::{Subject, exchanges};
use crate::{
    codes,
    diagnostic::{Diagnostic, Place},
    id::ExchangeId,
    model::{Choice, OrchestrationStep, StepKind},
    said,
};

pub(super) fn look(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for run in &subject.runs {
        let all = subject.steps(run.journey);
        let targets: BTreeSet<ExchangeId> = all.iter().flat_map(|step| targets(step, subject)).collect();
        for (at, step) in all.iter().enumerate() {
            let StepKind::ClaimsExchange(exchanges) = &step.kind else { continue };
            if exchanges.len() < 2 {
                continue;
            }
            if !all[..at].iter().any(|before| is_selection(before)) {
                let message = said!(
                    "step `{}` of journey `{}` has several claims exchanges, and no selection before it",
                    step.order,
                    run.journey.id
                );
                let finding = codes::NOTHING_CHOSEN.at(&step.place, said!("declared here"), message);
                findings.push(finding.help(said!(
                    "give each exchange a step of its own, or put a step before it that lets people choose"
                )));
                continue;
            }
            for exchange in exchanges.iter().filter(|exchange| !targets.contains(&exchange.id)) {
                let message = said!("claims exchange `{}` never runs: nothing chooses it", exchange.id);
                let finding =
                    codes::NEVER_CHOSEN.at(&place_of(&exchange.id, step, subject), said!("declared here"), message);
                findings.push(finding.help(said!(
                    "name it in a `ClaimsProviderSelection` of the step before, or give it a step of its own"
                )));
            }
        }
    }
    findings
}

fn is_selection(step: &OrchestrationStep) -> bool {
    matches!(step.kind, StepKind::CombinedSignInAndSignUp(_) | StepKind::ClaimsProviderSelection(_))
}

/// Where a page leads: by its buttons, and by the links of its form.
fn targets(step: &OrchestrationStep, subject: &Subject<'_>) -> Vec<ExchangeId> {
    let (StepKind::CombinedSignInAndSignUp(selection) | StepKind::ClaimsProviderSelection(selection)) = &step.kind
    else {
        return Vec::new();
    };
    let buttons = selection.choices.iter().filter_map(|choice| match choice {
        Choice::Target(id) => Some(id.clone()),
        Choice::Validation(_) => None,
    });
    let forms = exchanges(step).iter().filter_map(|exchange| subject.policy.profiles.get(&exchange.profile));
    let links = forms.flat_map(|form| {
        let link = |key| form.metadata.get(key).map(ExchangeId::new);
        [link("SignUpTarget"), link("setting.forgotPasswordLinkOverride")].into_iter().flatten()
    });
    buttons.chain(links).collect()
}

/// The exchange in the file; the step where that cannot be told.
fn place_of(id: &ExchangeId, step: &OrchestrationStep, subject: &Subject<'_>) -> Place {
    let journeys = subject.tree.items("UserJourneys", "UserJourney");
    let all = journeys.chain(subject.tree.items("SubJourneys", "SubJourney"));
    let steps = all.flat_map(|it| it.items("OrchestrationSteps", "OrchestrationStep"));
    let ids = steps
        .filter(|it| it.origin == step.place)
        .flat_map(|it| it.items("ClaimsExchanges", "ClaimsExchange"))
        .filter_map(|it| it.attribute("Id"));
    ids.into_iter()
        .find(|it| ExchangeId::new(&it.value) == *id)
        .map_or_else(|| step.place.clone(), |it| it.place.clone())
}
