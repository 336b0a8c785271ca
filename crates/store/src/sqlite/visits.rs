//! Visits, and the ends of journeys.

use rusqlite::{Connection, OptionalExtension, params};
use zaguan_policy::Timestamp;

use super::{
    grants,
    rows::{instant, whole},
    sessions,
    threads::Trouble,
};
use crate::{Finish, Finished, SessionChange, TenantId, Visit, VisitId};

pub(super) fn find(conn: &Connection, id: &VisitId, now: Timestamp) -> Result<Option<Visit>, Trouble> {
    Ok(conn
        .prepare_cached("SELECT version, until, sealed FROM visits WHERE id = ?1 AND until > ?2")?
        .query_row(params![id.0, now.as_millis()], |row| {
            let version = row.get::<_, i64>(0)?.unsigned_abs();
            Ok(Visit { id: id.clone(), version, sealed: row.get(2)?, until: instant(row, 1)? })
        })
        .optional()?)
}

pub(super) fn begin(conn: &Connection, visit: &Visit) -> Result<(), Trouble> {
    conn.prepare_cached("INSERT INTO visits (id, version, until, sealed) VALUES (?1, 0, ?2, ?3)")?.execute(params![
        visit.id.0,
        visit.until.as_millis(),
        visit.sealed
    ])?;
    Ok(())
}

pub(super) fn save(
    conn: &Connection,
    id: &VisitId,
    version: u64,
    sealed: &[u8],
    until: Timestamp,
) -> Result<bool, Trouble> {
    let saved = conn
        .prepare_cached(
            "UPDATE visits SET version = version + 1, sealed = ?3, until = ?4 WHERE id = ?1 AND version = ?2",
        )?
        .execute(params![id.0, whole(version), sealed, until.as_millis()])?;
    if saved == 0 {
        return Ok(false);
    }
    // From now on somebody knows what the asks of that version created.
    conn.prepare_cached("UPDATE asks SET created = NULL WHERE visit = ?1 AND version = ?2")?
        .execute(params![id.0, whole(version)])?;
    Ok(true)
}

/// Anything but [`Finished::Done`] has written nothing: what may stand in the way is asked first.
pub(super) fn finish(
    conn: &Connection,
    tenant: &TenantId,
    finish: &Finish,
    now: Timestamp,
) -> Result<Finished, Trouble> {
    if let Some((visit, version)) = &finish.visit {
        let there = conn
            .prepare_cached("SELECT 1 FROM visits WHERE id = ?1 AND version = ?2")?
            .exists(params![visit.0, whole(*version)])?;
        if !there {
            return Ok(Finished::VisitMoved);
        }
    }
    let (session, ended) = match &finish.session {
        SessionChange::None => (None, vec![]),
        SessionChange::Use(used) => match sessions::apply(conn, tenant, used)? {
            Some(session) => (Some(Box::new(session)), vec![]),
            None => return Ok(Finished::SessionEnded),
        },
        SessionChange::Start { session, instead_of } => {
            let (session, ended) = sessions::start(conn, tenant, session, instead_of.as_ref(), now)?;
            (Some(Box::new(session)), ended)
        }
    };
    if let Some((visit, _)) = &finish.visit {
        conn.prepare_cached("DELETE FROM visits WHERE id = ?1")?.execute(params![visit.0])?;
        conn.prepare_cached("DELETE FROM asks WHERE visit = ?1")?.execute(params![visit.0])?;
    }
    if let Some(code) = &finish.code {
        grants::add_code(conn, tenant, code)?;
    }
    Ok(Finished::Done { session, ended })
}
