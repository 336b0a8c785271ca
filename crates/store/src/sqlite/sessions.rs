//! Sessions: found, used, replaced, ended; and the notices of their ends.

use rusqlite::{Connection, OptionalExtension, Row, params};
use zaguan_policy::Timestamp;
use zaguan_session::{
    Cause, ClientId, Ended, ExpiredBy, History, Origin, Participant, Session, SessionId, SessionUse, Use,
};

use super::{
    facets,
    rows::{instant, participant, whole},
    threads::Trouble,
};
use crate::{End, Notice, NoticeOutcome, SessionRecord, SessionsOf, TenantId};

/// The columns that [`bare`] reads, in its order.
const COLUMNS: &str =
    "id, last_used, kept, started, secret_hash, browser, person, session_key, memories, address, agent, uses";

/// What a browser has under a key. Not in order: asked for that, SQLite walks through all sessions by their names, to
/// spare itself the sorting.
pub(super) const OF_BROWSER: &str = "SELECT id FROM sessions WHERE tenant = ?1 AND browser = ?2 AND session_key = ?3";

/// A session without its participants.
fn bare(row: &Row<'_>) -> rusqlite::Result<Result<Session, Trouble>> {
    let key = serde_json::from_str(row.get_ref(7)?.as_str()?);
    let memories = serde_json::from_str(row.get_ref(8)?.as_str()?);
    let uses = serde_json::from_str(row.get_ref(11)?.as_str()?);
    let id = SessionId::new(row.get_ref(0)?.as_str()?);
    let (last_used, kept, started) = (instant(row, 1)?, row.get(2)?, instant(row, 3)?);
    let (secret_hash, browser, person) = (row.get(4)?, row.get(5)?, row.get(6)?);
    let origin = Origin { address: row.get(9)?, browser: row.get(10)? };
    let made = || {
        let history = History { id, key: key?, person, started, last_used, kept, origin, uses: uses? };
        Ok(Session { history, secret_hash, browser, memories: memories?, participants: vec![] })
    };
    Ok(made())
}

pub(super) fn find(conn: &Connection, tenant: &TenantId, id: &SessionId) -> Result<Option<Session>, Trouble> {
    let found = conn
        .prepare_cached(&format!("SELECT {COLUMNS} FROM sessions WHERE tenant = ?1 AND id = ?2"))?
        .query_row(params![tenant.as_str(), id.as_str()], bare)
        .optional()?;
    let Some(session) = found.transpose()? else { return Ok(None) };
    Ok(Some(Session { participants: participants(conn, tenant, id)?, ..session }))
}

fn participants(conn: &Connection, tenant: &TenantId, id: &SessionId) -> Result<Vec<Participant>, Trouble> {
    Ok(conn
        .prepare_cached(
            "SELECT app, issuer, sid, policy, since FROM participants WHERE tenant = ?1 AND session = ?2
             ORDER BY position",
        )?
        .query_map(params![tenant.as_str(), id.as_str()], participant)?
        .collect::<Result<_, _>>()?)
}

/// Begins a session in the place of the one that the request found, and of whatever else the browser has under the
/// key. Gives the session as it is then, with the apps that passed on to it, and those that ended.
pub(super) fn start(
    conn: &Connection,
    tenant: &TenantId,
    session: &Session,
    instead_of: Option<&(SessionId, Option<ExpiredBy>)>,
    now: Timestamp,
) -> Result<(Session, Vec<Ended>), Trouble> {
    if record(conn, tenant, session.id())?.is_some() {
        return Err(Trouble::new("the session's id was used before"));
    }
    let key = serde_json::to_string(&session.history.key)?;
    let mut session = session.clone();
    let mut replaced: Vec<SessionId> = instead_of.map(|(id, _)| id.clone()).into_iter().collect();
    let mut others: Vec<String> = conn
        .prepare_cached(OF_BROWSER)?
        .query_map(params![tenant.as_str(), session.browser, key], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    others.sort_unstable();
    replaced.extend(others.iter().map(|id| SessionId::new(id)));
    let mut ended = Vec::new();
    for id in replaced {
        let Some(old) = find(conn, tenant, &id)? else { continue };
        let cause = old.gives_way_to(&session, instead_of);
        let outcome = NoticeOutcome::at_first(&cause, session.inherit(&old));
        ended.push(put_to_rest(conn, tenant, old, cause, outcome, now)?);
    }
    insert(conn, tenant, &session, &key)?;
    Ok((session, ended))
}

fn insert(conn: &Connection, tenant: &TenantId, session: &Session, key: &str) -> Result<(), Trouble> {
    let history = &session.history;
    conn.prepare_cached(
        "INSERT INTO sessions (tenant, id, last_used, kept, started, secret_hash, browser, person, session_key,
             memories, address, agent, uses, due)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?
    .execute(params![
        tenant.as_str(),
        history.id.as_str(),
        history.last_used.as_millis(),
        history.kept,
        history.started.as_millis(),
        session.secret_hash,
        session.browser,
        history.person,
        key,
        serde_json::to_string(&session.memories)?,
        history.origin.address,
        history.origin.browser,
        serde_json::to_string(&history.uses)?,
        session.due().as_millis()
    ])?;
    facets::add(conn, tenant, history, 0)?;
    add_participants(conn, tenant, session, 0..session.participants.len())
}

/// Writes the participants at these positions.
fn add_participants(
    conn: &Connection,
    tenant: &TenantId,
    session: &Session,
    positions: std::ops::Range<usize>,
) -> Result<(), Trouble> {
    let at = |position| Some((position, session.participants.get(position)?));
    for (position, participant) in positions.filter_map(at) {
        conn.prepare_cached(
            "INSERT INTO participants (tenant, session, position, app, issuer, sid, policy, since)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            tenant.as_str(),
            session.id().as_str(),
            whole(position),
            participant.app.as_str(),
            participant.issuer,
            participant.sid.as_str(),
            participant.policy.as_str(),
            participant.since.as_millis()
        ])?;
    }
    Ok(())
}

/// D16: single sign-on passes here every time, so only what changed is written, and no index has a part in it.
pub(super) fn apply(conn: &Connection, tenant: &TenantId, used: &SessionUse) -> Result<Option<Session>, Trouble> {
    let Some(mut session) = find(conn, tenant, &used.session)? else { return Ok(None) };
    let (browser, kept, pairs, known) =
        (session.browser, session.history.kept, session.history.uses.len(), session.participants.len());
    let memories = (!used.memories.is_empty()).then(|| session.memories.clone());
    let renewed = used
        .participant
        .as_ref()
        .and_then(|new| session.participants.iter().position(|known| known.is_the_app_of(new) && known.sid != new.sid));
    session.apply(used);
    let history = &session.history;
    conn.prepare_cached("UPDATE sessions SET last_used = ?3, kept = ?4, uses = ?5 WHERE tenant = ?1 AND id = ?2")?
        .execute(params![
            tenant.as_str(),
            history.id.as_str(),
            history.last_used.as_millis(),
            history.kept,
            serde_json::to_string(&history.uses)?
        ])?;
    // Days and minutes are far apart: it is due at another time then.
    if kept != history.kept {
        wait(conn, tenant, &history.id, session.due())?;
    }
    if browser != session.browser {
        conn.prepare_cached("UPDATE sessions SET browser = ?3 WHERE tenant = ?1 AND id = ?2")?.execute(params![
            tenant.as_str(),
            history.id.as_str(),
            session.browser
        ])?;
    }
    if memories.is_some_and(|before| before != session.memories) {
        conn.prepare_cached("UPDATE sessions SET memories = ?3 WHERE tenant = ?1 AND id = ?2")?.execute(params![
            tenant.as_str(),
            history.id.as_str(),
            serde_json::to_string(&session.memories)?
        ])?;
    }
    let is_new = |last: &Use| last.times == 1 && last.app == used.app && last.policy == used.policy;
    if history.uses.last().is_some_and(is_new) {
        facets::add(conn, tenant, history, pairs.min(history.uses.len().saturating_sub(1)))?;
    }
    if let Some(position) = renewed {
        conn.prepare_cached("DELETE FROM participants WHERE tenant = ?1 AND session = ?2 AND position = ?3")?
            .execute(params![tenant.as_str(), session.id().as_str(), whole(position)])?;
        add_participants(conn, tenant, &session, position..position + 1)?;
    }
    add_participants(conn, tenant, &session, known..session.participants.len())?;
    Ok(Some(session))
}

pub(super) fn end(
    conn: &Connection,
    tenant: &TenantId,
    id: &SessionId,
    cause: &Cause,
    now: Timestamp,
) -> Result<Option<Ended>, Trouble> {
    let Some(session) = find(conn, tenant, id)? else { return Ok(None) };
    put_to_rest(conn, tenant, session, cause.clone(), NoticeOutcome::at_first(cause, false), now).map(Some)
}

/// The newest ones of a person or an app.
pub(super) fn end_all(
    conn: &Connection,
    tenant: &TenantId,
    of: &SessionsOf,
    cause: &Cause,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Ended>, Trouble> {
    let mut ended = Vec::new();
    for id in facets::newest_live(conn, tenant, of, limit)? {
        ended.extend(end(conn, tenant, &id, cause, now)?);
    }
    Ok(ended)
}

fn put_to_rest(
    conn: &Connection,
    tenant: &TenantId,
    session: Session,
    cause: Cause,
    outcome: NoticeOutcome,
    now: Timestamp,
) -> Result<Ended, Trouble> {
    let ended = session.end(cause, now);
    let id = ended.session().as_str();
    // Its participants go with it.
    conn.prepare_cached("DELETE FROM sessions WHERE tenant = ?1 AND id = ?2")?.execute(params![tenant.as_str(), id])?;
    conn.prepare_cached("UPDATE session_facets SET live = 0 WHERE tenant = ?1 AND session = ?2")?
        .execute(params![tenant.as_str(), id])?;
    conn.prepare_cached("INSERT INTO ended_sessions (tenant, id, ended, cause, history) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            tenant.as_str(),
            id,
            now.as_millis(),
            serde_json::to_string(ended.cause())?,
            serde_json::to_string(ended.history())?
        ])?;
    for (position, participant) in ended.participants().iter().enumerate() {
        conn.prepare_cached(
            "INSERT INTO notices (tenant, session, position, app, issuer, sid, policy, since, outcome, settled)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            tenant.as_str(),
            id,
            whole(position),
            participant.app.as_str(),
            participant.issuer,
            participant.sid.as_str(),
            participant.policy.as_str(),
            participant.since.as_millis(),
            serde_json::to_string(&outcome)?,
            now.as_millis()
        ])?;
    }
    Ok(ended)
}

/// What is told of it, alive or over.
pub(super) fn record(conn: &Connection, tenant: &TenantId, id: &SessionId) -> Result<Option<SessionRecord>, Trouble> {
    let key = params![tenant.as_str(), id.as_str()];
    let live = conn
        .prepare_cached(&format!("SELECT {COLUMNS} FROM sessions WHERE tenant = ?1 AND id = ?2"))?
        .query_row(key, bare)
        .optional()?;
    if let Some(session) = live {
        return Ok(Some(SessionRecord { history: session?.history, end: None }));
    }
    let ended = conn
        .prepare_cached("SELECT ended, cause, history FROM ended_sessions WHERE tenant = ?1 AND id = ?2")?
        .query_row(key, |row| {
            let cause = serde_json::from_str(row.get_ref(1)?.as_str()?);
            let history = serde_json::from_str(row.get_ref(2)?.as_str()?);
            Ok((instant(row, 0)?, cause, history))
        })
        .optional()?;
    let Some((at, cause, history)) = ended else { return Ok(None) };
    Ok(Some(SessionRecord { history: history?, end: Some(End { cause: cause?, at }) }))
}

/// Those that are due, with their tenants.
pub(super) fn due(conn: &Connection, now: Timestamp, limit: usize) -> Result<Vec<(TenantId, SessionId)>, Trouble> {
    Ok(conn
        .prepare_cached("SELECT tenant, id FROM sessions WHERE due <= ?1 ORDER BY due, tenant, id LIMIT ?2")?
        .query_map(params![now.as_millis(), whole(limit)], |row| {
            Ok((TenantId::new(row.get_ref(0)?.as_str()?), SessionId::new(row.get_ref(1)?.as_str()?)))
        })?
        .collect::<Result<_, _>>()?)
}

pub(super) fn wait(conn: &Connection, tenant: &TenantId, id: &SessionId, until: Timestamp) -> Result<(), Trouble> {
    conn.prepare_cached("UPDATE sessions SET due = ?3 WHERE tenant = ?1 AND id = ?2")?.execute(params![
        tenant.as_str(),
        id.as_str(),
        until.as_millis()
    ])?;
    Ok(())
}

/// True where nobody used the session since.
pub(super) fn is_unused_since(
    conn: &Connection,
    tenant: &TenantId,
    id: &SessionId,
    last_used: Timestamp,
) -> Result<bool, Trouble> {
    Ok(conn
        .prepare_cached("SELECT 1 FROM sessions WHERE tenant = ?1 AND id = ?2 AND last_used = ?3")?
        .exists(params![tenant.as_str(), id.as_str(), last_used.as_millis()])?)
}

pub(super) fn notices(conn: &Connection, tenant: &TenantId, id: &SessionId) -> Result<Vec<Notice>, Trouble> {
    conn.prepare_cached(
        "SELECT app, issuer, sid, policy, since, outcome, settled FROM notices WHERE tenant = ?1 AND session = ?2
         ORDER BY position",
    )?
    .query_map(params![tenant.as_str(), id.as_str()], |row| {
        Ok((participant(row)?, serde_json::from_str(row.get_ref(5)?.as_str()?), instant(row, 6)?))
    })?
    .map(|row| {
        let (participant, outcome, at) = row?;
        Ok(Notice { participant, outcome: outcome?, at })
    })
    .collect()
}

pub(super) fn settle_notice(
    conn: &Connection,
    tenant: &TenantId,
    id: &SessionId,
    app: &ClientId,
    outcome: NoticeOutcome,
    now: Timestamp,
) -> Result<(), Trouble> {
    conn.prepare_cached(
        "UPDATE notices SET outcome = ?4, settled = ?5 WHERE tenant = ?1 AND session = ?2 AND app = ?3",
    )?
    .execute(params![
        tenant.as_str(),
        id.as_str(),
        app.as_str(),
        serde_json::to_string(&outcome)?,
        now.as_millis()
    ])?;
    Ok(())
}
