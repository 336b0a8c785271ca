//! Pages in journeys that an app runs by itself: a refresh, a grant without a person, the UserInfo endpoint.

use super::{Caller, Run, Subject, asks_for_password, exchanges, needs_somebody};
use crate::{
    codes,
    diagnostic::Diagnostic,
    model::{OrchestrationStep, StepKind},
    said,
};

pub(super) fn look(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for run in subject.runs.iter().filter(|run| run.caller == Caller::App || is_password_grant(run, subject)) {
        for step in subject.steps(run.journey).into_iter().filter(|step| shows_page(step, subject)) {
            let message =
                said!("journey `{}` shows a page, but an app runs it and nobody would see that", run.journey.id);
            findings.push(
                codes::PAGE_FOR_NOBODY
                    .at(&run.named, said!("named here"), message)
                    .and(&step.place, said!("this step needs somebody"))
                    .help(said!("name a journey of its own, without pages: it reads the account and sends the claims")),
            );
        }
    }
    findings
}

fn shows_page(step: &OrchestrationStep, subject: &Subject<'_>) -> bool {
    match &step.kind {
        StepKind::CombinedSignInAndSignUp(_) | StepKind::ClaimsProviderSelection(_) => true,
        _ => {
            let profiles = exchanges(step).iter().filter_map(|exchange| subject.policy.profiles.get(&exchange.profile));
            profiles.into_iter().any(needs_somebody)
        }
    }
}

/// True where the first step checks a password that the app has sent. [add-ropc-policy]
fn is_password_grant(run: &Run<'_>, subject: &Subject<'_>) -> bool {
    let first = run.journey.steps.first().map_or(&[][..], |step| match step.kind {
        StepKind::ClaimsExchange(_) => exchanges(step),
        _ => &[],
    });
    first.iter().filter_map(|exchange| subject.policy.profiles.get(&exchange.profile)).any(asks_for_password)
}
