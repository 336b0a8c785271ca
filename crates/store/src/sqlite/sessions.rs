//! Sessions, their ends and their notices.

use rusqlite::{Connection, OptionalExtension, params};
use zaguan_policy::{Timestamp, id::PolicyId};
use zaguan_session::{Cause, ClientId, Ended, Participant, Session, SessionId, SessionUse, StartedBy};

use super::{
    rows::{instant, participant, whole},
    threads::Trouble,
};
use crate::{EndedRecord, Notice, NoticeOutcome, TenantId};

pub(super) fn find(conn: &Connection, tenant: &TenantId, id: &SessionId) -> Result<Option<Session>, Trouble> {
    let found = conn
        .prepare_cached(
            "SELECT last_used, kept, started, secret_hash, person, app, policy, session_key, memories FROM sessions
             WHERE tenant = ?1 AND id = ?2",
        )?
        .query_row(params![tenant.as_str(), id.as_str()], |row| {
            let key = serde_json::from_str(row.get_ref(7)?.as_str()?);
            let memories = serde_json::from_str(row.get_ref(8)?.as_str()?);
            let bare = Session {
                id: id.clone(),
                secret_hash: row.get(3)?,
                key: zaguan_session::SessionKey::Tenant,
                person: row.get(4)?,
                started_by: StartedBy {
                    app: ClientId::new(row.get_ref(5)?.as_str()?),
                    policy: PolicyId::new(row.get_ref(6)?.as_str()?),
                },
                started: instant(row, 2)?,
                last_used: instant(row, 0)?,
                kept: row.get(1)?,
                memories: Default::default(),
                participants: Vec::new(),
            };
            Ok((bare, key, memories))
        })
        .optional()?;
    let Some((bare, key, memories)) = found else { return Ok(None) };
    Ok(Some(Session { key: key?, memories: memories?, participants: participants(conn, tenant, id)?, ..bare }))
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

/// Writes a session that is not there yet.
pub(super) fn start(conn: &Connection, tenant: &TenantId, session: &Session) -> Result<(), Trouble> {
    if record(conn, tenant, &session.id)?.is_some() {
        return Err(Trouble::new("the session's id was used before"));
    }
    conn.prepare_cached(
        "INSERT INTO sessions
             (tenant, id, last_used, kept, started, secret_hash, person, app, policy, session_key, memories)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        tenant.as_str(),
        session.id.as_str(),
        session.last_used.as_millis(),
        session.kept,
        session.started.as_millis(),
        session.secret_hash,
        session.person,
        session.started_by.app.as_str(),
        session.started_by.policy.as_str(),
        serde_json::to_string(&session.key)?,
        serde_json::to_string(&session.memories)?
    ])?;
    add_participants(conn, tenant, session, 0)
}

/// Writes those participants that follow the first `known` ones.
fn add_participants(conn: &Connection, tenant: &TenantId, session: &Session, known: usize) -> Result<(), Trouble> {
    for (position, participant) in session.participants.iter().enumerate().skip(known) {
        conn.prepare_cached(
            "INSERT INTO participants (tenant, session, position, app, issuer, sid, policy, since)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            tenant.as_str(),
            session.id.as_str(),
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

/// D16: single sign-on passes here every time, so only what changed is written.
pub(super) fn apply(conn: &Connection, tenant: &TenantId, used: &SessionUse) -> Result<Option<Session>, Trouble> {
    let Some(mut session) = find(conn, tenant, &used.session)? else { return Ok(None) };
    let (last_used, kept, known) = (session.last_used, session.kept, session.participants.len());
    let memories = (!used.memories.is_empty()).then(|| session.memories.clone());
    session.apply(used);
    if (last_used, kept) != (session.last_used, session.kept) {
        conn.prepare_cached("UPDATE sessions SET last_used = ?3, kept = ?4 WHERE tenant = ?1 AND id = ?2")?
            .execute(params![tenant.as_str(), session.id.as_str(), session.last_used.as_millis(), session.kept])?;
    }
    if memories.is_some_and(|before| before != session.memories) {
        conn.prepare_cached("UPDATE sessions SET memories = ?3 WHERE tenant = ?1 AND id = ?2")?.execute(params![
            tenant.as_str(),
            session.id.as_str(),
            serde_json::to_string(&session.memories)?
        ])?;
    }
    add_participants(conn, tenant, &session, known)?;
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
    // Its participants go with it.
    conn.prepare_cached("DELETE FROM sessions WHERE tenant = ?1 AND id = ?2")?
        .execute(params![tenant.as_str(), id.as_str()])?;
    let ended = session.end(cause.clone(), now);
    conn.prepare_cached("INSERT INTO ended_sessions (tenant, id, ended, person, cause) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            tenant.as_str(),
            id.as_str(),
            now.as_millis(),
            ended.person(),
            serde_json::to_string(cause)?
        ])?;
    for (position, participant) in ended.participants().iter().enumerate() {
        conn.prepare_cached(
            "INSERT INTO notices (tenant, session, position, app, issuer, sid, policy, since, outcome, settled)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            tenant.as_str(),
            id.as_str(),
            whole(position),
            participant.app.as_str(),
            participant.issuer,
            participant.sid.as_str(),
            participant.policy.as_str(),
            participant.since.as_millis(),
            serde_json::to_string(&NoticeOutcome::Pending)?,
            now.as_millis()
        ])?;
    }
    Ok(Some(ended))
}

pub(super) fn record(conn: &Connection, tenant: &TenantId, id: &SessionId) -> Result<Option<EndedRecord>, Trouble> {
    let found = conn
        .prepare_cached("SELECT ended, person, cause FROM ended_sessions WHERE tenant = ?1 AND id = ?2")?
        .query_row(params![tenant.as_str(), id.as_str()], |row| {
            Ok((instant(row, 0)?, row.get(1)?, serde_json::from_str(row.get_ref(2)?.as_str()?)))
        })
        .optional()?;
    let Some((at, person, cause)) = found else { return Ok(None) };
    Ok(Some(EndedRecord { person, cause: cause?, at }))
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
