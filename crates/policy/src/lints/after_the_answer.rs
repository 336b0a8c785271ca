//! Steps behind the one that answers the app. Telemetry may stand there and runs, as B2C's page about Application
//! Insights does it; a page or a second answer comes too late.

use super::{Subject, exchanges, needs_somebody};
use crate::{
    codes,
    diagnostic::Diagnostic,
    model::{OrchestrationStep, StepKind},
    said,
};

pub(super) fn look(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for steps in subject.lists() {
        let answers = |step: &&OrchestrationStep| {
            matches!(step.kind, StepKind::SendClaims { .. }) && step.preconditions.is_empty()
        };
        let Some(answer) = steps.iter().find(answers) else { continue };
        let later = steps.iter().filter(|step| step.order > answer.order);
        for step in later.filter(|step| comes_too_late(step, subject)) {
            let message = said!("step `{}` never runs: step `{}` has answered the app", step.order, answer.order);
            findings.push(
                codes::NEVER_RUNS
                    .at(&step.place, said!("declared here"), message)
                    .and(&answer.place, said!("the answer"))
                    .help(said!("move it before the step that sends the claims")),
            );
        }
    }
    findings
}

fn comes_too_late(step: &OrchestrationStep, subject: &Subject<'_>) -> bool {
    match &step.kind {
        StepKind::SendClaims { .. } | StepKind::CombinedSignInAndSignUp(_) | StepKind::ClaimsProviderSelection(_) => {
            true
        }
        StepKind::ClaimsExchange(_) => {
            let profiles = exchanges(step).iter().filter_map(|exchange| subject.policy.profiles.get(&exchange.profile));
            profiles.into_iter().any(needs_somebody)
        }
        StepKind::GetClaims { .. } | StepKind::InvokeSubJourney(_) | StepKind::Undocumented(_) => false,
    }
}
