//! `KeepAliveInDays` where no page has the box with which a person asks for it: the opposite of Z0501.

use super::{Caller, Subject, exchanges};
use crate::{
    codes,
    diagnostic::Diagnostic,
    model::{Scope, TechnicalProfile},
    said,
};

pub(super) fn look(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let behavior = &subject.relying_party.behavior;
    if behavior.keep_alive.is_none() || behavior.scope == Scope::Suppressed || is_offered(subject) {
        return Vec::new();
    }
    let days = subject
        .tree
        .child("RelyingParty")
        .and_then(|it| it.child("UserJourneyBehaviors")?.child("SingleSignOn")?.attribute("KeepAliveInDays"));
    let Some(days) = days else { return Vec::new() };
    let message = said!("`KeepAliveInDays` is set, but no page offers to keep the person signed in");
    let finding = codes::DAYS_WITHOUT_CHECKBOX.at(&days.place, said!("here"), message);
    vec![finding.help(said!("set the metadata item `setting.enableRememberMe` of the sign-in page to `true`"))]
}

fn is_offered(subject: &Subject<'_>) -> bool {
    let offers = |profile: &TechnicalProfile| profile.metadata.flag("setting.enableRememberMe") == Some(true);
    // A session that other policies share may have been kept by one of theirs, and a policy without the days would end
    // that: so a box anywhere in the policy is enough.
    if subject.relying_party.behavior.scope != Scope::Policy {
        return subject.policy.profiles.values().any(offers);
    }
    let browser = subject.runs.iter().filter(|run| run.caller == Caller::Browser);
    let exchanged = browser.flat_map(|run| subject.steps(run.journey)).flat_map(exchanges);
    exchanged.filter_map(|exchange| subject.policy.profiles.get(&exchange.profile)).any(offers)
}
