//! Which step of a journey is which of another: by what it does, as numbers change with every step that is put in.

use std::collections::HashMap;

use super::canonical;
use crate::{element::Element, id::key};

/// Indices in the two lists: the first list's by rising number, then the second's own.
pub(super) fn pairs(before: &Element, after: &Element) -> Vec<(Option<usize>, Option<usize>)> {
    let (one, other) = (by_number(before), by_number(after));
    let mut found: Vec<Option<usize>> = vec![None; one.len()];
    let mut taken = vec![false; other.len()];
    // The same in every word; the same that is run; the same number and type.
    let passes: [&dyn Fn(&Element) -> String; 3] =
        [&|step| canonical::saying("OrchestrationSteps", step), &runs, &|step| {
            format!("{} {}", number(step), step.value("Type").unwrap_or(""))
        }];
    for says in passes {
        // Where there are several, the first is the first.
        let mut known: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, step) in other.iter().enumerate().rev().filter(|(at, _)| !taken[*at]) {
            known.entry(says(&after.children[*step])).or_default().push(at);
        }
        for (at, step) in one.iter().enumerate() {
            if found[at].is_none()
                && let Some(it) = known.get_mut(&says(&before.children[*step])).and_then(Vec::pop)
            {
                found[at] = Some(it);
                taken[it] = true;
            }
        }
    }
    let own = taken.iter().enumerate().filter(|(_, taken)| !**taken).map(|(at, _)| (None, Some(other[at])));
    let all = one.iter().zip(&found).map(|(at, found)| (Some(*at), found.map(|it| other[it])));
    all.chain(own).collect()
}

fn number(step: &Element) -> i64 {
    step.value("Order").and_then(|order| order.parse().ok()).unwrap_or(i64::MAX)
}

fn by_number(steps: &Element) -> Vec<usize> {
    let mut all: Vec<usize> = (0..steps.children.len()).collect();
    all.sort_by_key(|at| number(&steps.children[*at]));
    all
}

/// For each step, which one it is by its number.
pub(super) fn places(steps: &Element) -> Vec<usize> {
    let mut places = vec![0; steps.children.len()];
    by_number(steps).into_iter().enumerate().for_each(|(place, at)| places[at] = place);
    places
}

/// Type, page, issuer, and what is called.
fn runs(step: &Element) -> String {
    let mut says = String::new();
    for name in ["Type", "ContentDefinitionReferenceId", "CpimIssuerTechnicalProfileReferenceId"] {
        says += &format!("{} ", key(step.value(name).unwrap_or("")));
    }
    let mut calls: Vec<String> = step
        .items("ClaimsExchanges", "ClaimsExchange")
        .map(|it| key(it.value("TechnicalProfileReferenceId").unwrap_or("")))
        .chain(step.items("JourneyList", "Candidate").map(|it| key(it.value("SubJourneyReferenceId").unwrap_or(""))))
        .collect();
    calls.sort_unstable();
    says + &calls.join(" ")
}
