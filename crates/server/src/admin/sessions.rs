//! Sessions: listed, ended, told why.

use std::collections::BTreeMap;

use anyhow::{anyhow, bail};
use serde::{Deserialize, Serialize};
use zaguan_policy::{Timestamp, id::PolicyId};
use zaguan_session::{Cause, ClientId, SessionId};
use zaguan_store::{PageMark, SessionFilter, SessionRecord, SessionsOf};

use super::{Context, Done, people};
use crate::why::{AppName, At, Person, State, Timeline, Why};

/// So many sessions end with one order at the most: one transaction.
pub const MOST_AT_ONCE: usize = 500;
/// So many stand on a page of a list at the most.
const LONGEST_PAGE: usize = 500;
/// So many timelines are told at once.
const MOST_TOLD: usize = 5;
/// So many sessions are looked at for which ended last.
const LOOKED_AT: usize = 500;
/// The longest note, in characters.
const LONGEST_NOTE: usize = 200;

/// Which sessions. What is absent does not matter.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionQuery {
    /// Sign-in name or object id.
    pub user: Option<String>,
    /// Client id of an app that used it.
    pub app: Option<String>,
    /// A policy that used it.
    pub policy: Option<String>,
    /// The network address that it was started from.
    pub address: Option<String>,
    /// Whether it lives.
    pub state: Option<SessionState>,
}

/// Which sessions, by their end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum SessionState {
    /// Those that nothing ended
    Live,
    /// Those that ended
    Ended,
}

/// Whose sessions end together.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// A person's: sign-in name or object id.
    User(String),
    /// All that an app used: its client id.
    App(String),
}

/// Whose end is asked about.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyQuery {
    /// One session's, by its id.
    Session(String),
    /// The newest of these.
    Sessions(SessionQuery),
}

/// A page of sessions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SessionList {
    /// The newest first.
    pub sessions: Vec<ListedSession>,
    /// What the next page is asked for with. Absent: there is none. A page may be short, even empty, and have a next one.
    pub next: Option<String>,
}

/// A session in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ListedSession {
    /// Its id.
    pub id: String,
    /// Whose it is; absent where the policy knows nobody.
    pub person: Option<Person>,
    /// Whether it lives.
    pub state: State,
    /// The word of what ended it.
    pub cause: Option<String>,
    /// When it ended.
    pub ended: Option<At>,
    /// When the person signed in.
    pub started: At,
    /// When it answered last.
    pub last_used: At,
    /// From which network address it was started.
    pub address: String,
    /// In which browser, as far as that is known.
    pub browser: String,
    /// Which apps used it.
    pub apps: Vec<AppName>,
}

/// Sessions that ended together.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ended {
    /// So many.
    pub count: usize,
    /// There may be more: the order has to be given again.
    pub more: bool,
    /// The apps that took part. None of them can be told: a front-channel notice is loaded by the person's browser, on a
    /// sign-out page.
    pub not_told: Vec<NotTold>,
}

/// An app that cannot be told of the end of sessions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NotTold {
    /// The app.
    #[serde(flatten)]
    pub app: AppName,
    /// Of how many sessions.
    pub sessions: usize,
}

pub(super) async fn list(
    context: &Context<'_>,
    query: &SessionQuery,
    limit: usize,
    after: Option<&str>,
) -> anyhow::Result<Done> {
    if !(1..=LONGEST_PAGE).contains(&limit) {
        bail!("a page has 1 to {LONGEST_PAGE} sessions, and not {limit}");
    }
    let after = match after {
        Some(text) => Some(mark(text).ok_or_else(|| anyhow!("`{text}` is no mark that a list gave"))?),
        None => None,
    };
    let filter = filter(context, query).await?;
    let page = context.store.session_page(&context.tenant.id, &filter, after.as_ref(), limit).await?;
    let mut people = People::default();
    let mut sessions = Vec::new();
    for record in &page.sessions {
        let person = people.of(context, record).await?;
        sessions.push(listed(context, record, person));
    }
    let next = page.next.map(|mark| format!("{}.{}", mark.started.as_millis(), mark.session));
    Ok(Done::Sessions(SessionList { sessions, next }))
}

fn mark(text: &str) -> Option<PageMark> {
    let (started, session) = text.split_once('.')?;
    Some(PageMark { started: Timestamp::from_millis(started.parse().ok()?), session: SessionId::new(session) })
}

fn listed(context: &Context<'_>, record: &SessionRecord, person: Option<Person>) -> ListedSession {
    let history = &record.history;
    let mut apps: Vec<AppName> = Vec::new();
    for used in &history.uses {
        let app = context.tenant.named(&used.app);
        if !apps.contains(&app) {
            apps.push(app);
        }
    }
    ListedSession {
        id: history.id.as_str().to_owned(),
        person,
        state: State::of(record, context.now),
        cause: record.end.as_ref().map(|end| end.cause.name().to_owned()),
        ended: record.end.as_ref().map(|end| At(end.at)),
        started: At(history.started),
        last_used: At(history.last_used),
        address: history.origin.address.clone(),
        browser: history.origin.browser.clone(),
        apps,
    }
}

async fn filter(context: &Context<'_>, query: &SessionQuery) -> anyhow::Result<SessionFilter> {
    Ok(SessionFilter {
        person: match &query.user {
            Some(user) => Some(people::object_id(context, user).await?),
            None => None,
        },
        app: query.app.as_deref().map(ClientId::new),
        policy: query.policy.as_deref().map(PolicyId::new),
        address: query.address.clone(),
        state: query.state.map(|state| match state {
            SessionState::Live => zaguan_store::SessionState::Live,
            SessionState::Ended => zaguan_store::SessionState::Ended,
        }),
    })
}

pub(super) async fn end(context: &Context<'_>, session: &str, note: String) -> anyhow::Result<Done> {
    let (id, cause) = (SessionId::new(session), administrator(note)?);
    let Context { store, tenant, now, .. } = context;
    match store.end_session(&tenant.id, &id, &cause, *now).await? {
        Some(ended) => Ok(Done::Ended(summed(context, &[ended], false))),
        None => match store.session_record(&tenant.id, &id).await?.and_then(|record| record.end) {
            Some(end) => bail!("session `{id}` had ended before: {}, {}", end.cause.name(), At(end.at)),
            None => bail!("there is no session `{id}`"),
        },
    }
}

pub(super) async fn end_all(context: &Context<'_>, of: Whose, note: String) -> anyhow::Result<Done> {
    let cause = administrator(note)?;
    let of = match of {
        Whose::User(user) => SessionsOf::Person { object_id: people::object_id(context, &user).await?, except: None },
        Whose::App(app) => SessionsOf::App(ClientId::new(&app)),
    };
    let ended = context.store.end_sessions(&context.tenant.id, &of, &cause, context.now, MOST_AT_ONCE).await?;
    Ok(Done::Ended(summed(context, &ended, ended.len() >= MOST_AT_ONCE)))
}

fn administrator(note: String) -> anyhow::Result<Cause> {
    let note = note.trim().to_owned();
    if note.chars().count() > LONGEST_NOTE {
        bail!("a note has at most {LONGEST_NOTE} characters");
    }
    if note.contains(char::is_control) {
        bail!("a note is one line without control characters");
    }
    Ok(Cause::Administrator { note })
}

fn summed(context: &Context<'_>, ended: &[zaguan_session::Ended], more: bool) -> Ended {
    let mut of_app: BTreeMap<AppName, usize> = BTreeMap::new();
    for one in ended {
        for participant in one.participants() {
            *of_app.entry(context.tenant.named(&participant.app)).or_default() += 1;
        }
    }
    let not_told = of_app.into_iter().map(|(app, sessions)| NotTold { app, sessions }).collect();
    Ended { count: ended.len(), more, not_told }
}

pub(super) async fn why(context: &Context<'_>, query: WhyQuery) -> anyhow::Result<Done> {
    let tenant = &context.tenant.id;
    let mut at_least = false;
    let mut records = match query {
        WhyQuery::Session(id) => {
            context.store.session_record(tenant, &SessionId::new(&id)).await?.into_iter().collect::<Vec<_>>()
        }
        WhyQuery::Sessions(query) => {
            let filter = filter(context, &query).await?;
            let page = context.store.session_page(tenant, &filter, None, LOOKED_AT).await?;
            at_least = page.next.is_some();
            page.sessions
        }
    };
    // The list is by start, and what is asked about ended: the last end first, then what lives, the newest first.
    records.sort_by_key(|record| {
        let ended = record.end.as_ref().map(|end| end.at);
        std::cmp::Reverse((ended.is_some(), ended, record.history.started))
    });
    let more = records.len().saturating_sub(MOST_TOLD);
    records.truncate(MOST_TOLD);
    let (mut people, mut sessions) = (People::default(), Vec::new());
    for record in &records {
        let person = people.of(context, record).await?;
        let notices = context.store.notices(tenant, &record.history.id).await?;
        let named = |app: &ClientId| context.tenant.named(app);
        sessions.push(Timeline::of(record, &notices, person, &named, context.now));
    }
    const DAY: u64 = 86_400;
    let records_kept_days = context.keep_records.map(|kept| kept.as_secs() / DAY);
    Ok(Done::Why(Why { sessions, more, at_least, records_kept_days }))
}

/// Who has been looked up already.
#[derive(Default)]
struct People(BTreeMap<String, Person>);

impl People {
    async fn of(&mut self, context: &Context<'_>, record: &SessionRecord) -> anyhow::Result<Option<Person>> {
        let Some(object_id) = &record.history.person else { return Ok(None) };
        if let Some(known) = self.0.get(object_id) {
            return Ok(Some(known.clone()));
        }
        let person = people::person_of(context, object_id).await?;
        self.0.insert(object_id.clone(), person.clone());
        Ok(Some(person))
    }
}
