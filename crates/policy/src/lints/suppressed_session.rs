//! Settings of a session that is never kept.

use super::Subject;
use crate::{codes, diagnostic::Diagnostic, model::Scope, said};

/// S-023: with the scope `Suppressed` a session is neither read nor written.
pub(super) fn look(subject: &Subject<'_>) -> Vec<Diagnostic> {
    if subject.relying_party.behavior.scope != Scope::Suppressed {
        return Vec::new();
    }
    let Some(settings) = subject.tree.child("RelyingParty").and_then(|it| it.child("UserJourneyBehaviors")) else {
        return Vec::new();
    };
    let days = settings.child("SingleSignOn").and_then(|it| it.attribute("KeepAliveInDays"));
    let days = days.filter(|days| days.trimmed() != "0").map(|days| (&*days.name, days.place.clone()));
    let expiry = ["SessionExpiryType", "SessionExpiryInSeconds"].into_iter();
    let expiry = expiry.filter_map(|name| Some((name, settings.child(name)?.text_place())));
    days.into_iter()
        .chain(expiry)
        .map(|(name, place)| {
            let message = said!("`{}` says nothing: with the scope `Suppressed` there is no session", name);
            let finding = codes::NO_SESSION.at(&place, said!("ignored"), message);
            finding.help(said!("take it out, or give `SingleSignOn` the scope of a session that is kept"))
        })
        .collect()
}
