//! A timeline as lines of text: the answer for a help desk first, then what happened.

use zaguan_policy::Language;

use super::{
    Counts, Life, Outcome, Reason, Scope, State, Timeline, Used, Why,
    words::{Answer, Words},
};
use crate::cookies::MOST_SESSIONS;

/// What fills the braces of a sentence.
type Filling<'a> = &'a [(&'a str, &'a dyn std::fmt::Display)];

/// Fills each `{name}` once: what is filled in is never looked at again, whatever it holds.
fn fill(sentence: &str, filling: Filling<'_>) -> String {
    let mut filled = String::new();
    let mut rest = sentence;
    while let Some((before, name, after)) =
        rest.split_once('{').and_then(|(before, rest)| rest.split_once('}').map(|(name, after)| (before, name, after)))
    {
        filled.push_str(before);
        if let Some((_, value)) = filling.iter().find(|(known, _)| *known == name) {
            filled.push_str(&value.to_string());
        }
        rest = after;
    }
    filled + rest
}

/// The first line: the answer in one sentence.
pub fn answer(timeline: &Timeline, language: Language) -> String {
    let words = Words::of(language);
    let of_life = |life: &Life| (life.policy.clone(), life.until.to_string());
    let (mut policy, mut until) = timeline.would_end.as_ref().map(of_life).unwrap_or_default();
    let (mut app, mut provider, mut note) = (String::new(), "", "");
    let which = match timeline.end.as_ref().map(|end| &end.reason) {
        None => match (timeline.state, &timeline.would_end) {
            (State::Lapsed, _) => Answer::Lapsed,
            (_, Some(_)) => Answer::Live,
            (_, None) => Answer::LiveUnbounded,
        },
        Some(Reason::SignedOutHere) => Answer::SignedOutHere,
        Some(Reason::SignedOutByApp { app: asked }) => {
            app = asked.to_string();
            Answer::SignedOutByApp
        }
        Some(Reason::SignedOutFromPage) => Answer::SignedOutFromPage,
        Some(Reason::SignedOutByProvider { provider: named }) => {
            provider = named;
            Answer::SignedOutByProvider
        }
        Some(Reason::Administrator { note: said }) => {
            note = said;
            if note.is_empty() { Answer::Administrator } else { Answer::AdministratorNoted }
        }
        Some(Reason::Revoked) => Answer::Revoked,
        Some(Reason::Expired(life)) => {
            (policy, until) = of_life(life);
            match (life.setting, life.counts) {
                (super::Setting::SessionExpiryInSeconds, Counts::Rolling) => Answer::ExpiredUnused,
                (super::Setting::SessionExpiryInSeconds, Counts::Absolute) => Answer::ExpiredAfterSignIn,
                (super::Setting::KeepAliveInDays, Counts::Rolling) => Answer::KeptUnused,
                (super::Setting::KeepAliveInDays, Counts::Absolute) => Answer::KeptAfterSignIn,
            }
        }
        Some(Reason::ReplacedByFreshSignIn) => Answer::ReplacedByFreshSignIn,
        Some(Reason::ReplacedByForceAuthn) => Answer::ReplacedByForceAuthn,
        Some(Reason::ReplacedByAnotherPerson) => Answer::ReplacedByAnotherPerson,
        Some(Reason::EndedByPolicy { policy: by }) => {
            policy.clone_from(by);
            Answer::EndedByPolicy
        }
        Some(Reason::Evicted { .. }) => Answer::Evicted,
        Some(Reason::PasswordChanged) => Answer::PasswordChanged,
        Some(Reason::AccountDisabled) => Answer::AccountDisabled,
        Some(Reason::AccountDeleted) => Answer::AccountDeleted,
    };
    let name = timeline.person.as_ref().map(ToString::to_string);
    let filling: Filling<'_> = &[
        ("person", &name.as_deref().unwrap_or(words.the_person)),
        ("Person", &name.as_deref().unwrap_or(words.the_person_first)),
        ("app", &app),
        ("provider", &provider),
        ("note", &note),
        ("policy", &policy),
        ("until", &until),
        ("limit", &MOST_SESSIONS),
    ];
    fill(which.sentence(language), filling)
}

/// The answer and the timeline, a line each.
pub fn timeline(timeline: &Timeline, language: Language) -> String {
    let words = Words::of(language);
    let labels = &words.labels;
    let mut lines = vec![(labels.session, session(timeline, words)), (labels.began, began(timeline, words))];
    lines.push((
        labels.scope,
        match &timeline.scope {
            Scope::Tenant => words.of_tenant.to_owned(),
            Scope::App { app } => fill(words.of_app, &[("app", app)]),
            Scope::Policy { policy } => fill(words.of_policy, &[("policy", policy)]),
        },
    ));
    lines.push((labels.kept, if timeline.kept { words.kept } else { words.not_kept }.to_owned()));
    lines.extend(timeline.uses.iter().map(|one| (labels.used, used(one, words))));
    if let Some(life) = &timeline.would_end {
        let filling: Filling<'_> = &[("until", &life.until), ("rule", &rule(life, words))];
        lines.push((labels.bound, fill(words.would_end, filling)));
    }
    if let Some(end) = &timeline.end {
        let cause =
            serde_json::to_value(&end.reason).ok().and_then(|json| Some(json.get("cause")?.as_str()?.to_owned()));
        lines.push((labels.ended, fill(words.ended, &[("at", &end.at), ("cause", &cause.unwrap_or_default())])));
        if timeline.told.is_empty() {
            lines.push((labels.told, words.nobody_told.to_owned()));
        }
        for told in &timeline.told {
            let filling: Filling<'_> =
                &[("app", &told.app), ("outcome", &outcome(told.outcome, words)), ("at", &told.at)];
            lines.push((labels.told, fill(words.told, filling)));
        }
    }
    let width = lines.iter().map(|(label, _)| label.chars().count()).max().unwrap_or_default();
    let mut text = format!("{}\n\n", answer(timeline, language));
    for (label, line) in lines {
        text.push_str(&format!("  {label:<width$}  {line}\n"));
    }
    text
}

/// That nothing is known, and why that may be.
pub fn nothing_known(why: &Why, session: Option<&str>, language: Language) -> String {
    let words = Words::of(language);
    let what = match session {
        Some(id) => fill(words.unknown_session, &[("id", &id)]),
        None => words.no_sessions.to_owned(),
    };
    let kept = match why.records_kept_days {
        Some(days) => fill(words.records_kept, &[("days", &days)]),
        None => words.records_kept_unknown.to_owned(),
    };
    format!("{what} {kept}")
}

/// How many more sessions there are; `None` where there is none.
pub fn more(why: &Why, language: Language) -> Option<String> {
    let words = Words::of(language);
    let sentence = match (why.more, why.at_least) {
        (0, _) => return None,
        (_, true) => words.at_least_more,
        (1, false) => words.one_more,
        (_, false) => words.more,
    };
    Some(fill(sentence, &[("count", &why.more)]))
}

fn session(timeline: &Timeline, words: &Words) -> String {
    match &timeline.person {
        Some(person) => {
            fill(words.session_of, &[("session", &timeline.session), ("person", person), ("object", &person.object_id)])
        }
        None => fill(words.session_of_unnamed, &[("session", &timeline.session)]),
    }
}

fn began(timeline: &Timeline, words: &Words) -> String {
    let at = &timeline.started;
    let mut line = match &timeline.started_by {
        Some(by) => fill(words.began, &[("at", at), ("app", &by.app), ("policy", &by.policy)]),
        None => fill(words.began_unknown, &[("at", at)]),
    };
    let filling: Filling<'_> = &[("address", &timeline.address), ("browser", &timeline.browser)];
    match (timeline.address.is_empty(), timeline.browser.is_empty()) {
        (true, _) => {}
        (false, true) => line.push_str(&fill(words.from, filling)),
        (false, false) => line.push_str(&fill(words.from_browser, filling)),
    }
    line
}

fn used(used: &Used, words: &Words) -> String {
    let sentence = if used.times == 1 { words.used_once } else { words.used };
    fill(
        sentence,
        &[
            ("first", &used.first),
            ("last", &used.last),
            ("times", &used.times),
            ("app", &used.by.app),
            ("policy", &used.by.policy),
            ("until", &used.then.until),
            ("rule", &rule(&used.then, words)),
        ],
    )
}

fn rule(life: &Life, words: &Words) -> String {
    let counts = match life.counts {
        Counts::Rolling => words.rolling,
        Counts::Absolute => words.absolute,
    };
    fill(words.rule, &[("counts", &counts), ("setting", &life.setting), ("policy", &life.policy)])
}

fn outcome(outcome: Outcome, words: &Words) -> &'static str {
    match outcome {
        Outcome::Pending => words.pending,
        Outcome::Loaded => words.loaded,
        Outcome::TimedOut => words.timed_out,
        Outcome::AskedForIt => words.asked_for_it,
        Outcome::NoAddress => words.no_address,
        Outcome::NoPage => words.no_page,
        Outcome::PassedOn => words.passed_on,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_outcome_of_a_notice_has_words_of_its_own() {
        use Outcome::{AskedForIt, Loaded, NoAddress, NoPage, PassedOn, Pending, TimedOut};
        let all = [Pending, Loaded, TimedOut, AskedForIt, NoAddress, NoPage, PassedOn];
        let words: BTreeSet<&str> = [Language::English, Language::Spanish]
            .iter()
            .flat_map(|language| all.map(|one| outcome(one, Words::of(*language))))
            .collect();
        assert_eq!(words.len(), 2 * all.len());
    }

    #[test]
    fn what_is_filled_in_is_not_filled_again() {
        let note = "{until} {note}";
        assert_eq!(fill("a {note} b {until} {", &[("note", &note), ("until", &"then")]), "a {until} {note} b then {");
    }
}
