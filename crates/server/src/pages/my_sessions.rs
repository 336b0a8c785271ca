//! The page on which people see their own sessions, and end them.

use askama::Template;
use zaguan_policy::Timestamp;
use zaguan_session::{Cause, ClientId, cause::Limit};

use super::{
    Frame, Rendered,
    policy::ContentSecurityPolicy,
    texts::{Table, Texts},
    views, write,
};

/// The sessions of a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MySessionsView {
    /// Language tag.
    pub language: String,
    /// Whose page it is.
    pub tenant_name: String,
    /// Where the forms go.
    pub path: String,
    /// What must come back in `csrf_token`.
    pub csrf: String,
    /// What time it is.
    pub now: Timestamp,
    /// The policy knows the person by an account.
    pub is_known: bool,
    /// So many sessions were ended by the post before.
    pub just_ended: Option<u64>,
    /// There are sessions other than the one that shows the page.
    pub has_others: bool,
    /// Live ones, newest first.
    pub sessions: Vec<MySessionView>,
    /// The next page.
    pub next_url: Option<String>,
    /// The first page, where this is another one.
    pub first_url: Option<String>,
    /// Those that ended lately, the newest end first.
    pub ended: Vec<EndedSessionView>,
}

/// A live session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MySessionView {
    /// Its name.
    pub id: String,
    /// It is one of this very browser.
    pub is_here: bool,
    /// The browser and its system; empty where it did not say.
    pub browser: String,
    /// The network address that it was started from.
    pub address: String,
    /// When the person signed in.
    pub started: Timestamp,
    /// When it last answered.
    pub last_used: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// It ends later if it is used until then.
    pub use_prolongs: bool,
    /// It survives closing the browser.
    pub is_kept: bool,
    /// Who used it.
    pub apps: Vec<SessionAppView>,
}

/// An app that used a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionAppView {
    /// What people know it by.
    pub name: String,
    /// When it first did.
    pub first: Timestamp,
    /// When it last did.
    pub last: Timestamp,
}

/// A session that ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EndedSessionView {
    /// The browser and its system; empty where it did not say.
    pub browser: String,
    /// The network address that it was started from.
    pub address: String,
    /// When it ended.
    pub at: Timestamp,
    /// Why: [`why_for_person`].
    pub why: String,
}

/// The page where there is no list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MySessionsNoteView {
    /// Language tag.
    pub language: String,
    /// Whose page it is.
    pub tenant_name: String,
    /// Why there is none.
    pub note: MySessionsNote,
    /// The address of the page itself, to begin again.
    pub page_url: String,
}

/// Why there is no list of sessions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MySessionsNote {
    /// The policy keeps no sessions.
    NoneKept,
    /// The person came back from the sign-in without a session.
    NotSignedIn,
    /// The person came back from a sign-in that this browser did not begin.
    NotBegunHere,
}

/// Why a session ended, for the person whose it was. An administrator's note is for administrators.
pub fn why_for_person(language: &str, cause: &Cause, name_of: impl Fn(&ClientId) -> String) -> String {
    let (id, argument) = match cause {
        Cause::SignedOutHere => ("why_signed_out_here", String::new()),
        Cause::SignedOutByApp(app) => ("why_signed_out_by_app", name_of(app)),
        Cause::SignedOutFromPage => ("why_signed_out_from_page", String::new()),
        Cause::SignedOutByProvider(provider) => ("why_signed_out_by_provider", provider.clone()),
        Cause::Administrator { .. } => ("why_administrator", String::new()),
        Cause::Revoked => ("why_revoked", String::new()),
        Cause::Expired(by) => match by.bound.expiry {
            zaguan_policy::model::Expiry::Rolling => ("why_expired_unused", String::new()),
            zaguan_policy::model::Expiry::Absolute => ("why_expired", String::new()),
        },
        Cause::ReplacedByFreshSignIn => ("why_replaced_by_fresh_sign_in", String::new()),
        Cause::ReplacedByForceAuthn => ("why_replaced_by_force_authn", String::new()),
        Cause::ReplacedByAnotherPerson => ("why_replaced_by_another_person", String::new()),
        Cause::EndedByPolicy(_) => ("why_ended_by_policy", String::new()),
        Cause::Evicted(Limit::CookiesInBrowser) => ("why_evicted", String::new()),
        Cause::PasswordChanged => ("why_password_changed", String::new()),
        Cause::AccountDisabled => ("why_account_disabled", String::new()),
        Cause::AccountDeleted => ("why_account_deleted", String::new()),
    };
    Texts::of_table(language, Table::MySessions).fill(id, &argument)
}

/// Renders the list. It has no script, and its forms stay here.
pub fn my_sessions(view: &MySessionsView, nonce: &str) -> Rendered {
    let (t, language) = views::texts(&view.language, Table::MySessions);
    let frame = views::frame(language, t.get("title"), &view.tenant_name, nonce);
    let said = view.just_ended.map(|count| match count {
        0 => t.get("ended_none").to_owned(),
        1 => t.get("ended_one").to_owned(),
        many => t.fill("ended_many", &many.to_string()),
    });
    Rendered {
        html: write(&MySessionsPage { frame, said, t, view }),
        content_security_policy: ContentSecurityPolicy::with_forms().to_string(),
    }
}

/// Renders the page that says why there is no list.
pub fn my_sessions_note(view: &MySessionsNoteView, nonce: &str) -> Rendered {
    let (t, language) = views::texts(&view.language, Table::MySessions);
    let frame = views::frame(language, t.get("title"), &view.tenant_name, nonce);
    let (heading, text, again) = match view.note {
        MySessionsNote::NoneKept => ("heading", "none_kept", None),
        MySessionsNote::NotSignedIn => ("not_signed_in_heading", "not_signed_in", Some("sign_in")),
        MySessionsNote::NotBegunHere => ("not_signed_in_heading", "not_begun_here", Some("go_on")),
    };
    let (heading, text, again) = (t.get(heading), t.get(text), again.map(|id| t.get(id)));
    Rendered {
        html: write(&MySessionsNotePage { frame, heading, text, again, view }),
        content_security_policy: ContentSecurityPolicy::quiet().to_string(),
    }
}

#[derive(Template)]
#[template(path = "my_sessions.html")]
struct MySessionsPage<'a> {
    frame: Frame<'a>,
    t: Texts<'a>,
    view: &'a MySessionsView,
    /// What became of the post before.
    said: Option<String>,
}

impl MySessionsPage<'_> {
    fn browser<'b>(&'b self, browser: &'b str) -> &'b str {
        if browser.is_empty() { self.t.get("unknown_browser") } else { browser }
    }

    /// For machines: RFC 3339.
    fn machine(&self, at: &Timestamp) -> String {
        at.to_error_form().replacen(' ', "T", 1)
    }

    /// For people, to the minute.
    fn exact(&self, at: &Timestamp) -> String {
        let text = at.to_error_form();
        format!("{} UTC", text.rsplit_once(':').map_or(text.as_str(), |(to_the_minute, _)| to_the_minute))
    }

    /// How long ago, or in how long.
    fn relative(&self, at: &Timestamp) -> String {
        let (now, at) = (self.view.now, *at);
        let is_past = at <= now;
        let seconds = (if is_past { now.since(at) } else { at.since(now) }).as_secs();
        // What is still to come is rounded to the nearest: 23 hours and 59 minutes are a day.
        let count = |unit: u64| if is_past { seconds / unit } else { (seconds + unit / 2) / unit };
        let [none, minute, minutes, hour, hours, day, days] = match is_past {
            true => ["now", "minute_ago", "minutes_ago", "hour_ago", "hours_ago", "day_ago", "days_ago"],
            false => ["soon", "in_minute", "in_minutes", "in_hour", "in_hours", "in_day", "in_days"],
        };
        let counted = |count: u64, one, many| match count {
            1 => self.t.get(one).to_owned(),
            _ => self.t.fill(many, &count.to_string()),
        };
        match (count(60), count(3600), count(86_400)) {
            (0, ..) => self.t.get(none).to_owned(),
            (some @ 1..60, ..) => counted(some, minute, minutes),
            (_, some @ 0..24, _) => counted(some, hour, hours),
            (.., some) => counted(some, day, days),
        }
    }
}

#[derive(Template)]
#[template(path = "my_sessions_note.html")]
struct MySessionsNotePage<'a> {
    frame: Frame<'a>,
    view: &'a MySessionsNoteView,
    heading: &'a str,
    text: &'a str,
    /// The caption of the link that begins again.
    again: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use zaguan_policy::model::Expiry;
    use zaguan_session::{Bound, ExpiredBy, ExpirySetting};

    use super::*;

    fn expired(expiry: Expiry) -> Cause {
        let bound = Bound { until: Timestamp::from_seconds(0), setting: ExpirySetting::SessionExpiry, expiry };
        Cause::Expired(ExpiredBy { policy: "P".into(), bound })
    }

    #[test]
    fn each_cause_has_a_sentence_of_its_own_in_each_language() {
        let causes = [
            Cause::SignedOutHere,
            Cause::SignedOutByApp(ClientId::new("a")),
            Cause::SignedOutFromPage,
            Cause::SignedOutByProvider("Fabrikam".into()),
            Cause::Administrator { note: "between us".into() },
            Cause::Revoked,
            expired(Expiry::Rolling),
            expired(Expiry::Absolute),
            Cause::ReplacedByFreshSignIn,
            Cause::ReplacedByForceAuthn,
            Cause::ReplacedByAnotherPerson,
            Cause::EndedByPolicy("P".into()),
            Cause::Evicted(Limit::CookiesInBrowser),
            Cause::PasswordChanged,
            Cause::AccountDisabled,
            Cause::AccountDeleted,
        ];
        let named: BTreeSet<&str> = causes.iter().map(Cause::name).collect();
        assert_eq!(named, Cause::NAMES.into_iter().collect());
        let mut sentences = BTreeSet::new();
        for language in super::super::LANGUAGES {
            for cause in &causes {
                let sentence = why_for_person(language, cause, |_| "Contoso".into());
                assert!(sentence.ends_with('.') && sentence.contains(' '), "{language} {cause:?}: {sentence}");
                assert!(!sentence.contains("between us"), "{sentence}");
                assert!(sentences.insert(sentence.clone()), "{language} {cause:?}: {sentence}");
            }
        }
        assert_eq!(why_for_person("en", &causes[1], |_| "Contoso".into()), "You signed out of Contoso.");
    }

    #[test]
    fn instants_are_told_as_people_tell_them() {
        let view = MySessionsView {
            language: "en".into(),
            tenant_name: String::new(),
            path: String::new(),
            csrf: String::new(),
            now: Timestamp::from_seconds(1_000_000),
            is_known: true,
            just_ended: None,
            has_others: false,
            sessions: vec![],
            next_url: None,
            first_url: None,
            ended: vec![],
        };
        let (t, language) = views::texts(&view.language, Table::MySessions);
        let page = MySessionsPage { frame: views::frame(language, "", "", ""), t, view: &view, said: None };
        for (seconds, expected) in [
            (0, "just now"),
            (-59, "just now"),
            (-60, "1 minute ago"),
            (-3599, "59 minutes ago"),
            (-3600, "1 hour ago"),
            (-86_399, "23 hours ago"),
            (-86_400, "1 day ago"),
            (-864_000, "10 days ago"),
            (29, "in less than a minute"),
            (60, "in 1 minute"),
            (3580, "in 1 hour"),
            (86_395, "in 1 day"),
            (2_591_990, "in 30 days"),
            (7200, "in 2 hours"),
            (172_800, "in 2 days"),
        ] {
            assert_eq!(page.relative(&Timestamp::from_seconds(1_000_000 + seconds)), expected, "{seconds}");
        }
        let at = Timestamp::from_seconds(1_800_000_001);
        assert_eq!(
            (page.machine(&at).as_str(), page.exact(&at).as_str()),
            ("2027-01-15T08:00:01Z", "2027-01-15 08:00 UTC")
        );
    }
}
