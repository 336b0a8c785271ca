//! Codes and refresh tokens.

use rusqlite::{Connection, OptionalExtension, params};
use zaguan_policy::Timestamp;

use super::{
    rows::{grant, instant},
    threads::Trouble,
};
use crate::{CodeHash, FamilyId, FirstToken, Grant, NewCode, RefreshFamily, Rotated, Taken, TenantId};

pub(super) fn add_code(conn: &Connection, tenant: &TenantId, code: &NewCode) -> Result<(), Trouble> {
    let grant = &code.grant;
    conn.prepare_cached(
        "INSERT INTO codes (tenant, hash, until, taken, family, app, policy, person, session, body)
         VALUES (?1, ?2, ?3, FALSE, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        tenant.as_str(),
        code.hash.0,
        code.until.as_millis(),
        code.family.0,
        grant.app.as_str(),
        grant.policy.as_str(),
        grant.person,
        grant.session.as_ref().map(|session| session.as_str()),
        grant.body
    ])?;
    Ok(())
}

pub(super) fn find_code(
    conn: &Connection,
    tenant: &TenantId,
    code: &CodeHash,
    now: Timestamp,
) -> Result<Option<Grant>, Trouble> {
    Ok(conn
        .prepare_cached(
            "SELECT app, policy, person, session, body FROM codes WHERE tenant = ?1 AND hash = ?2 AND until > ?3",
        )?
        .query_row(params![tenant.as_str(), code.0, now.as_millis()], |row| grant(row, 0))
        .optional()?)
}

pub(super) fn redeem_code(
    conn: &Connection,
    tenant: &TenantId,
    code: &CodeHash,
    refresh: Option<FirstToken>,
    now: Timestamp,
) -> Result<Taken, Trouble> {
    let taken = take_code(conn, tenant, code, now)?;
    match (&taken, refresh) {
        (Taken::Grant { grant, family }, Some(FirstToken { issued, until })) => {
            let (id, grant) = (family.clone(), grant.clone());
            begin_family(conn, tenant, &RefreshFamily { id, grant, generation: 0, rotated: issued, until })?;
        }
        (Taken::Before(family), _) => end_family(conn, tenant, family)?,
        (Taken::Grant { .. }, None) | (Taken::Unknown, _) => {}
    }
    Ok(taken)
}

fn take_code(conn: &Connection, tenant: &TenantId, code: &CodeHash, now: Timestamp) -> Result<Taken, Trouble> {
    let key = params![tenant.as_str(), code.0, now.as_millis()];
    let taken = conn
        .prepare_cached(
            "UPDATE codes SET taken = TRUE WHERE tenant = ?1 AND hash = ?2 AND until > ?3 AND NOT taken
             RETURNING family, app, policy, person, session, body",
        )?
        .query_row(key, |row| Ok(Taken::Grant { family: FamilyId(row.get(0)?), grant: grant(row, 1)? }))
        .optional()?;
    if let Some(taken) = taken {
        return Ok(taken);
    }
    let before = conn
        .prepare_cached("SELECT family FROM codes WHERE tenant = ?1 AND hash = ?2 AND until > ?3")?
        .query_row(key, |row| row.get(0).map(FamilyId))
        .optional()?;
    Ok(before.map_or(Taken::Unknown, Taken::Before))
}

pub(super) fn begin_family(conn: &Connection, tenant: &TenantId, family: &RefreshFamily) -> Result<(), Trouble> {
    let grant = &family.grant;
    conn.prepare_cached(
        "INSERT INTO families (tenant, id, generation, rotated, until, app, policy, person, session, body)
         VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        tenant.as_str(),
        family.id.0,
        family.rotated.as_millis(),
        family.until.as_millis(),
        grant.app.as_str(),
        grant.policy.as_str(),
        grant.person,
        grant.session.as_ref().map(|session| session.as_str()),
        grant.body
    ])?;
    Ok(())
}

pub(super) fn find(conn: &Connection, tenant: &TenantId, id: &FamilyId) -> Result<Option<RefreshFamily>, Trouble> {
    Ok(conn
        .prepare_cached(
            "SELECT generation, rotated, until, app, policy, person, session, body FROM families
             WHERE tenant = ?1 AND id = ?2",
        )?
        .query_row(params![tenant.as_str(), id.0], |row| {
            Ok(RefreshFamily {
                id: id.clone(),
                generation: row.get(0)?,
                rotated: instant(row, 1)?,
                until: instant(row, 2)?,
                grant: grant(row, 3)?,
            })
        })
        .optional()?)
}

pub(super) fn rotate(
    conn: &Connection,
    tenant: &TenantId,
    id: &FamilyId,
    generation: u32,
    until: Timestamp,
    now: Timestamp,
    grace_millis: i64,
) -> Result<Rotated, Trouble> {
    let Some(before) = find(conn, tenant, id)? else { return Ok(Rotated::Gone) };
    let mut family = before.clone();
    let rotated = family.rotate(generation, until, now, grace_millis);
    if rotated == Rotated::Reused {
        delete(conn, tenant, id)?;
    } else if family != before {
        conn.prepare_cached(
            "UPDATE families SET generation = ?3, rotated = ?4, until = ?5 WHERE tenant = ?1 AND id = ?2",
        )?
        .execute(params![
            tenant.as_str(),
            id.0,
            family.generation,
            family.rotated.as_millis(),
            family.until.as_millis()
        ])?;
    }
    Ok(rotated)
}

fn delete(conn: &Connection, tenant: &TenantId, id: &FamilyId) -> Result<usize, Trouble> {
    Ok(conn
        .prepare_cached("DELETE FROM families WHERE tenant = ?1 AND id = ?2")?
        .execute(params![tenant.as_str(), id.0])?)
}

pub(super) fn end_family(conn: &Connection, tenant: &TenantId, id: &FamilyId) -> Result<(), Trouble> {
    delete(conn, tenant, id).map(drop)
}

/// A row that is past its time counts as none, whether it was swept or not.
pub(super) fn first_sight(
    conn: &Connection,
    tenant: &TenantId,
    id: &[u8; 32],
    until: Timestamp,
    now: Timestamp,
) -> Result<bool, Trouble> {
    let written = conn
        .prepare_cached(
            "INSERT INTO sights (tenant, id, until) VALUES (?1, ?2, ?3)
             ON CONFLICT (tenant, id) DO UPDATE SET until = excluded.until WHERE sights.until <= ?4",
        )?
        .execute(params![tenant.as_str(), id, until.as_millis(), now.as_millis()])?;
    Ok(written > 0)
}
