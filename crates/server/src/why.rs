//! Why a session ended: its timeline, made of what the store keeps of it.
//!
//! A [`Timeline`] is a plain value without words and without a clock: it goes as JSON to whoever asks, and [`lines`] makes
//! English or Spanish of it by the tables in [`words`]. It never says more than is known: a frame that loaded is not an app
//! that ended anything.

pub mod lines;
pub mod words;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use zaguan_policy::{Timestamp, model::Expiry};
use zaguan_session::{
    Bound, Cause, ClientId, ExpirySetting, SessionKey,
    cause::{ExpiredBy, Limit},
};
use zaguan_store::{Notice, NoticeOutcome, SessionRecord};

/// An instant; in JSON `2026-11-21T15:04:05.000Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct At(pub Timestamp);

impl Serialize for At {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let exact = self.0.to_round_trip();
        to.serialize_str(&format!("{}Z", exact.trim_end_matches("0000Z")))
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Timestamp::parse(&text).map(Self).ok_or_else(|| D::Error::custom("this is no instant"))
    }
}

impl fmt::Display for At {
    /// `2026-11-21 15:04:05 UTC`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} UTC", self.0.to_error_form().trim_end_matches('Z'))
    }
}

/// An app, as people know it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct AppName {
    /// Its client id.
    pub client_id: String,
    /// Its name; absent where the tenant is not served at the moment, or has no such app any more.
    pub name: Option<String>,
}

impl fmt::Display for AppName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.as_ref().unwrap_or(&self.client_id))
    }
}

/// Whose session it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Person {
    /// GUID.
    pub object_id: String,
    /// What the person signs in with; absent where the account is gone or has none.
    pub sign_in_name: Option<String>,
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sign_in_name.as_ref().unwrap_or(&self.object_id))
    }
}

/// Everything that is told of a session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Timeline {
    /// Its id.
    pub session: String,
    /// Whose it is; absent where the policy knows nobody.
    pub person: Option<Person>,
    /// Whether it lives.
    pub state: State,
    /// When the person signed in.
    pub started: At,
    /// By which app and policy.
    pub started_by: Option<By>,
    /// From which network address.
    pub address: String,
    /// In which browser, as far as that is known: `Firefox, Linux`.
    pub browser: String,
    /// When it answered last.
    pub last_used: At,
    /// Under which key it is found.
    pub scope: Scope,
    /// "Keep me signed in" holds.
    pub kept: bool,
    /// Who used it, by the first time.
    pub uses: Vec<Used>,
    /// By its last use it was to live until then.
    pub would_end: Option<Life>,
    /// What ended it; absent where nothing did.
    pub end: Option<End>,
    /// Which apps took part in a session that ended, and what is known of their being told.
    pub told: Vec<Told>,
}

/// Whether a session lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It does.
    Live,
    /// Nothing ended it, and the policy that used it last does not accept it any more.
    Lapsed,
    /// It ended.
    Ended,
}

/// An app and a policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct By {
    /// The app.
    pub app: AppName,
    /// The policy.
    pub policy: String,
}

/// Who shares a session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum Scope {
    /// The tenant.
    Tenant,
    /// One app.
    App {
        /// Which.
        app: AppName,
    },
    /// One policy.
    Policy {
        /// Which.
        policy: String,
    },
}

/// What one app did with the session by one policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Used {
    /// Who.
    #[serde(flatten)]
    pub by: By,
    /// The first time.
    pub first: At,
    /// The last time.
    pub last: At,
    /// How often.
    pub times: u32,
    /// Until when it was to live after the last time.
    pub then: Life,
}

/// Until when a session lives, and by which setting of which policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Life {
    /// The policy.
    pub policy: String,
    /// Its setting.
    pub setting: Setting,
    /// From when that counts.
    pub counts: Counts,
    /// The first instant at which it is over.
    pub until: At,
}

/// A setting that bounds sessions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Setting {
    /// `SessionExpiryInSeconds`.
    SessionExpiryInSeconds,
    /// `KeepAliveInDays`.
    KeepAliveInDays,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SessionExpiryInSeconds => "SessionExpiryInSeconds",
            Self::KeepAliveInDays => "KeepAliveInDays",
        })
    }
}

/// From when a setting counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counts {
    /// From the last use.
    Rolling,
    /// From the sign-in.
    Absolute,
}

/// The end of a session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct End {
    /// When.
    pub at: At,
    /// Why.
    #[serde(flatten)]
    pub reason: Reason,
}

/// [`Cause`], with names in the place of ids. The tag is the cause's word.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the cause of the same name")]
pub enum Reason {
    SignedOutHere,
    SignedOutByApp { app: AppName },
    SignedOutFromPage,
    SignedOutByProvider { provider: String },
    Administrator { note: String },
    Revoked,
    Expired(Life),
    ReplacedByFreshSignIn,
    ReplacedByForceAuthn,
    ReplacedByAnotherPerson,
    EndedByPolicy { policy: String },
    Evicted { limit: LimitName },
    PasswordChanged,
    AccountDisabled,
    AccountDeleted,
}

/// A limit that evicts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitName {
    /// Session cookies in one browser on one host.
    CookiesInBrowser,
}

/// An app that took part in a session that ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Told {
    /// The app.
    pub app: AppName,
    /// What is known.
    pub outcome: Outcome,
    /// Since when it is so.
    pub at: At,
}

/// [`NoticeOutcome`], with a word for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the outcome of the same name")]
pub enum Outcome {
    Pending,
    Loaded,
    TimedOut,
    AskedForIt,
    NoAddress,
    NoPage,
    PassedOn,
}

/// The answer to "why was this person signed out?".
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Why {
    /// Those that ended last come first, then those that live. Empty: nothing is known.
    pub sessions: Vec<Timeline>,
    /// So many more match.
    pub more: usize,
    /// True where there may be more than `more`: only so many are looked at.
    pub at_least: bool,
    /// For how many days the server keeps what is left of ended sessions; absent where no server runs.
    pub records_kept_days: Option<u64>,
}

impl Timeline {
    /// Out of what the store keeps.
    pub fn of(
        record: &SessionRecord,
        notices: &[Notice],
        person: Option<Person>,
        named: &dyn Fn(&ClientId) -> AppName,
        now: Timestamp,
    ) -> Self {
        let history = &record.history;
        let mut uses: Vec<Used> = history
            .uses
            .iter()
            .map(|used| Used {
                by: By { app: named(&used.app), policy: used.policy.as_str().to_owned() },
                first: At(used.first),
                last: At(used.last),
                times: used.times,
                then: Life::of(used.policy.as_str(), used.bound),
            })
            .collect();
        uses.sort_by_key(|used| used.first);
        let end = record.end.as_ref().map(|end| End { at: At(end.at), reason: Reason::of(&end.cause, named) });
        let told = notices.iter().filter(|_| end.is_some()).map(|notice| Told {
            app: named(&notice.participant.app),
            outcome: notice.outcome.into(),
            at: At(notice.at),
        });
        Self {
            session: history.id.as_str().to_owned(),
            person,
            state: State::of(record, now),
            started: At(history.started),
            started_by: history
                .started_by()
                .map(|(app, policy)| By { app: named(app), policy: policy.as_str().to_owned() }),
            address: history.origin.address.clone(),
            browser: history.origin.browser.clone(),
            last_used: At(history.last_used),
            scope: match &history.key {
                SessionKey::Tenant => Scope::Tenant,
                SessionKey::Application(app) => Scope::App { app: named(app) },
                SessionKey::Policy(policy) => Scope::Policy { policy: policy.as_str().to_owned() },
            },
            kept: history.kept,
            uses,
            would_end: history.last_use().map(|used| Life::of(used.policy.as_str(), used.bound)),
            told: told.collect(),
            end,
        }
    }
}

impl State {
    /// Whether it lives, as far as the policy that used it last has a say.
    pub fn of(record: &SessionRecord, now: Timestamp) -> Self {
        let lapsed = record.history.last_use().is_some_and(|used| used.bound.until <= now);
        match (&record.end, lapsed) {
            (Some(_), _) => Self::Ended,
            (None, true) => Self::Lapsed,
            (None, false) => Self::Live,
        }
    }
}

impl Life {
    fn of(policy: &str, bound: Bound) -> Self {
        Self {
            policy: policy.to_owned(),
            setting: match bound.setting {
                ExpirySetting::SessionExpiry => Setting::SessionExpiryInSeconds,
                ExpirySetting::KeepAlive => Setting::KeepAliveInDays,
            },
            counts: match bound.expiry {
                Expiry::Rolling => Counts::Rolling,
                Expiry::Absolute => Counts::Absolute,
            },
            until: At(bound.until),
        }
    }
}

impl Reason {
    fn of(cause: &Cause, named: &dyn Fn(&ClientId) -> AppName) -> Self {
        match cause {
            Cause::SignedOutHere => Self::SignedOutHere,
            Cause::SignedOutByApp(app) => Self::SignedOutByApp { app: named(app) },
            Cause::SignedOutFromPage => Self::SignedOutFromPage,
            Cause::SignedOutByProvider(provider) => Self::SignedOutByProvider { provider: provider.clone() },
            Cause::Administrator { note } => Self::Administrator { note: note.clone() },
            Cause::Revoked => Self::Revoked,
            Cause::Expired(ExpiredBy { policy, bound }) => Self::Expired(Life::of(policy.as_str(), *bound)),
            Cause::ReplacedByFreshSignIn => Self::ReplacedByFreshSignIn,
            Cause::ReplacedByForceAuthn => Self::ReplacedByForceAuthn,
            Cause::ReplacedByAnotherPerson => Self::ReplacedByAnotherPerson,
            Cause::EndedByPolicy(policy) => Self::EndedByPolicy { policy: policy.as_str().to_owned() },
            Cause::Evicted(Limit::CookiesInBrowser) => Self::Evicted { limit: LimitName::CookiesInBrowser },
            Cause::PasswordChanged => Self::PasswordChanged,
            Cause::AccountDisabled => Self::AccountDisabled,
            Cause::AccountDeleted => Self::AccountDeleted,
        }
    }
}

impl From<NoticeOutcome> for Outcome {
    fn from(outcome: NoticeOutcome) -> Self {
        match outcome {
            NoticeOutcome::Pending => Self::Pending,
            NoticeOutcome::Loaded => Self::Loaded,
            NoticeOutcome::TimedOut => Self::TimedOut,
            NoticeOutcome::AskedForIt => Self::AskedForIt,
            NoticeOutcome::NoAddress => Self::NoAddress,
            NoticeOutcome::NoPage => Self::NoPage,
            NoticeOutcome::PassedOn => Self::PassedOn,
        }
    }
}
