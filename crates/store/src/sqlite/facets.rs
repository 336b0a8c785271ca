//! By what sessions are found when they are listed: one table whose key is the order of the list, so that a page is read
//! from where the last one ended, whatever is sought and however many there are.

use rusqlite::{Connection, params};
use zaguan_policy::Timestamp;
use zaguan_session::{ClientId, History, SessionId};

use super::{
    rows::{instant, whole},
    sessions,
    threads::Trouble,
};
use crate::{LOOKED_AT, PageMark, SessionFilter, SessionPage, SessionState, SessionsOf, TenantId};

/// A column of the table: what is sought, and its value.
type Facet = (&'static str, String);

fn of_person(object_id: &str) -> Facet {
    ("person", object_id.to_owned())
}

fn of_app(app: &ClientId) -> Facet {
    ("app", app.as_str().to_owned())
}

/// The facet that narrows a list most. The rest of the filter is looked at in each record.
fn sought(filter: &SessionFilter) -> Facet {
    let person = filter.person.as_deref().map(of_person);
    let address = || filter.address.as_ref().map(|address| ("address", address.clone()));
    let app = || filter.app.as_ref().map(of_app);
    let policy = || filter.policy.as_ref().map(|policy| ("policy", policy.to_lowercase()));
    person.or_else(address).or_else(app).or_else(policy).unwrap_or(("all", String::new()))
}

/// Adds what a live session is found by. `known`: so many of its uses were there before, and nothing else is new then.
pub(super) fn add(conn: &Connection, tenant: &TenantId, history: &History, known: usize) -> Result<(), Trouble> {
    let mut facets = Vec::new();
    if known == 0 {
        facets.push(("all", String::new()));
        facets.push(("address", history.origin.address.clone()));
        facets.extend(history.person.as_deref().map(of_person));
    }
    for used in history.uses.iter().skip(known) {
        facets.push(of_app(&used.app));
        facets.push(("policy", used.policy.to_lowercase()));
    }
    // The same app by two policies is one row.
    let mut insert = conn.prepare_cached(
        "INSERT OR IGNORE INTO session_facets (tenant, live, facet, value, started, session)
         VALUES (?1, 1, ?2, ?3, ?4, ?5)",
    )?;
    for (facet, value) in facets {
        insert.execute(params![tenant.as_str(), facet, value, history.started.as_millis(), history.id.as_str()])?;
    }
    Ok(())
}

/// The newest live ones of a person or an app.
pub(super) fn newest_live(
    conn: &Connection,
    tenant: &TenantId,
    of: &SessionsOf,
    limit: usize,
) -> Result<Vec<SessionId>, Trouble> {
    let (facet, except) = match of {
        SessionsOf::Person { object_id, except } => (of_person(object_id), except.as_ref()),
        SessionsOf::App(app) => (of_app(app), None),
    };
    let found: Vec<String> = conn
        .prepare_cached(
            "SELECT session FROM session_facets WHERE tenant = ?1 AND live = 1 AND facet = ?2 AND value = ?3
                 AND session IS NOT ?4
             ORDER BY started DESC, session DESC LIMIT ?5",
        )?
        .query_map(params![tenant.as_str(), facet.0, facet.1, except.map(SessionId::as_str), whole(limit)], |row| {
            row.get(0)
        })?
        .collect::<Result<_, _>>()?;
    Ok(found.iter().map(|id| SessionId::new(id)).collect())
}

/// A page of the list.
pub(super) fn page(
    conn: &Connection,
    tenant: &TenantId,
    filter: &SessionFilter,
    after: Option<&PageMark>,
    limit: usize,
) -> Result<SessionPage, Trouble> {
    // Where one facet is all that is sought, each row that it finds is one of the page, and one more says that there is
    // a next one.
    let most = if filter.narrows_by() <= 1 { limit.saturating_add(1).min(LOOKED_AT) } else { LOOKED_AT };
    let mut marks = Vec::new();
    for (state, live) in [(SessionState::Live, 1), (SessionState::Ended, 0)] {
        if filter.state.is_none_or(|wanted| wanted == state) {
            marks.extend(newest(conn, tenant, &sought(filter), live, after, most)?);
        }
    }
    // Two lists in order, as one.
    marks.sort_unstable_by(|a, b| b.cmp(a));
    let more = marks.len() > most;
    marks.truncate(most);
    let mut found = SessionPage { sessions: vec![], next: None };
    let last = marks.last().cloned();
    for mark in marks {
        let Some(record) = sessions::record(conn, tenant, &mark.session)? else { continue };
        if !filter.matches(&record.history) {
            continue;
        }
        if found.sessions.len() == limit {
            // One more than fits: the next page begins behind the last one that did.
            let end = found.sessions.last();
            found.next = end.map(|end| PageMark { started: end.history.started, session: end.history.id.clone() });
            return Ok(found);
        }
        found.sessions.push(record);
    }
    found.next = last.filter(|_| more);
    Ok(found)
}

fn newest(
    conn: &Connection,
    tenant: &TenantId,
    facet: &Facet,
    live: i64,
    after: Option<&PageMark>,
    most: usize,
) -> Result<Vec<PageMark>, Trouble> {
    let (started, session) = match after {
        Some(mark) => (mark.started, mark.session.as_str()),
        None => (Timestamp::from_millis(i64::MAX), ""),
    };
    Ok(conn
        .prepare_cached(
            "SELECT started, session FROM session_facets
             WHERE tenant = ?1 AND live = ?2 AND facet = ?3 AND value = ?4 AND (started, session) < (?5, ?6)
             ORDER BY started DESC, session DESC LIMIT ?7",
        )?
        .query_map(
            params![
                tenant.as_str(),
                live,
                facet.0,
                facet.1,
                started.as_millis(),
                session,
                whole(most.saturating_add(1))
            ],
            |row| Ok(PageMark { started: instant(row, 0)?, session: SessionId::new(row.get_ref(1)?.as_str()?) }),
        )?
        .collect::<Result<_, _>>()?)
}
