//! Steps whose preconditions skip them whatever happens.

use super::Subject;
use crate::{
    codes,
    diagnostic::Diagnostic,
    id::ClaimTypeId,
    model::{Precondition, PreconditionTest},
    said,
    value::DataType,
};

pub(super) fn look(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for step in subject.lists().into_iter().flatten() {
        // Each precondition skips by itself, and claims do not depend on one another: the step is always skipped if and
        // only if what it says of one single claim skips it always.
        let mut claims = step.preconditions.iter().map(|it| claim_of(&it.test));
        if let Some(claim) = claims.find(|claim| is_certain(claim, &step.preconditions, subject)) {
            let message = said!("step `{}` never runs: what is asked of claim `{}` always skips it", step.order, claim);
            let finding = codes::NEVER_RUNS.at(&step.place, said!("declared here"), message);
            findings.push(
                finding.help(said!("a step is skipped as soon as one precondition holds: keep the one that you mean")),
            );
        }
    }
    findings
}

fn claim_of(test: &PreconditionTest) -> &ClaimTypeId {
    match test {
        PreconditionTest::ClaimsExist(claim) | PreconditionTest::ClaimEquals(claim, _) => claim,
    }
}

fn is_certain(claim: &ClaimTypeId, preconditions: &[Precondition], subject: &Subject<'_>) -> bool {
    let of_claim = || preconditions.iter().filter(|it| claim_of(&it.test) == claim);
    let skips = |value: Option<&str>| of_claim().any(|it| triggers(it, value));
    let declared = subject.policy.claim_types.get(claim);
    // A claim that nobody declares is never there, which has a finding of its own (Z0112).
    let Some(declared) = declared else { return false };
    let mut values: Vec<&str> = if declared.data_type == DataType::Boolean {
        vec!["True", "False"]
    } else {
        // One that no precondition names stands for all the others.
        vec!["\u{0}"]
    };
    values.extend(of_claim().filter_map(|it| match &it.test {
        PreconditionTest::ClaimEquals(_, value) if declared.data_type != DataType::Boolean => Some(value.as_str()),
        _ => None,
    }));
    skips(None) && values.into_iter().all(|value| skips(Some(value)))
}

/// As a journey reads it: a comparison with a claim that is not there says nothing. [userjourneys, Preconditions]
fn triggers(precondition: &Precondition, value: Option<&str>) -> bool {
    match (&precondition.test, value) {
        (PreconditionTest::ClaimsExist(_), value) => value.is_some() == precondition.execute_actions_if,
        (PreconditionTest::ClaimEquals(..), None) => false,
        (PreconditionTest::ClaimEquals(_, wanted), Some(value)) => (wanted == value) == precondition.execute_actions_if,
    }
}
