//! Private keys and client secrets.

use rusqlite::{Connection, Row, params};
use zaguan_policy::Timestamp;
use zaguan_session::ClientId;

use super::{rows::instant, threads::Trouble};
use crate::{AddKey, KeyKind, StoredKey, StoredSecret, TenantId, fold};

pub(super) fn of(conn: &Connection, tenant: &TenantId, name: &str) -> Result<Vec<StoredKey>, Trouble> {
    Ok(conn
        .prepare_cached(
            "SELECT id, kind, sealed, created, not_before, expires FROM keys
             WHERE tenant = ?1 AND name = ?2 ORDER BY created, id",
        )?
        .query_map(params![tenant.as_str(), fold(name)], |row| {
            Ok(StoredKey {
                id: row.get(0)?,
                kind: kind(row, 1)?,
                sealed: row.get(2)?,
                created: instant(row, 3)?,
                not_before: instant(row, 4)?,
                expires: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
            })
        })?
        .collect::<Result<_, _>>()?)
}

fn kind(row: &Row<'_>, at: usize) -> rusqlite::Result<KeyKind> {
    KeyKind::named(row.get_ref(at)?.as_str()?).ok_or_else(|| rusqlite::Error::InvalidQuery)
}

pub(super) fn names(conn: &Connection, tenant: &TenantId) -> Result<Vec<String>, Trouble> {
    Ok(conn
        .prepare_cached("SELECT DISTINCT name FROM keys WHERE tenant = ?1 ORDER BY name")?
        .query_map(params![tenant.as_str()], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

pub(super) fn add(
    conn: &Connection,
    tenant: &TenantId,
    name: &str,
    key: &StoredKey,
    when: AddKey,
) -> Result<Vec<StoredKey>, Trouble> {
    let there = of(conn, tenant, name)?;
    if when == AddKey::OnlyFirst && there.iter().any(|known| known.kind == key.kind) {
        return Ok(there);
    }
    conn.prepare_cached(
        "INSERT INTO keys (tenant, name, id, kind, sealed, created, not_before, expires)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        tenant.as_str(),
        fold(name),
        key.id,
        key.kind.name(),
        key.sealed,
        key.created.as_millis(),
        key.not_before.as_millis(),
        key.expires.map(Timestamp::as_millis),
    ])?;
    of(conn, tenant, name)
}

pub(super) fn remove(conn: &Connection, tenant: &TenantId, name: &str, id: &str) -> Result<bool, Trouble> {
    Ok(conn.prepare_cached("DELETE FROM keys WHERE tenant = ?1 AND name = ?2 AND id = ?3")?.execute(params![
        tenant.as_str(),
        fold(name),
        id
    ])? > 0)
}

pub(super) fn master_check(conn: &Connection, first: &[u8; 32]) -> Result<[u8; 32], Trouble> {
    conn.prepare_cached("INSERT INTO master_check (only, value) VALUES (1, ?1) ON CONFLICT DO NOTHING")?
        .execute(params![first])?;
    Ok(conn.prepare_cached("SELECT value FROM master_check")?.query_row([], |row| row.get(0))?)
}

pub(super) fn secrets(conn: &Connection, tenant: &TenantId, app: &ClientId) -> Result<Vec<StoredSecret>, Trouble> {
    Ok(conn
        .prepare_cached(
            "SELECT id, created, hash FROM client_secrets WHERE tenant = ?1 AND app = ?2 ORDER BY created, id",
        )?
        .query_map(params![tenant.as_str(), app.as_str()], |row| {
            Ok(StoredSecret { id: row.get(0)?, created: instant(row, 1)?, hash: row.get(2)? })
        })?
        .collect::<Result<_, _>>()?)
}

pub(super) fn add_secret(
    conn: &Connection,
    tenant: &TenantId,
    app: &ClientId,
    secret: &StoredSecret,
) -> Result<(), Trouble> {
    conn.prepare_cached("INSERT INTO client_secrets (tenant, app, id, created, hash) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![tenant.as_str(), app.as_str(), secret.id, secret.created.as_millis(), secret.hash])?;
    Ok(())
}

pub(super) fn remove_secret(conn: &Connection, tenant: &TenantId, app: &ClientId, id: &str) -> Result<bool, Trouble> {
    Ok(conn
        .prepare_cached("DELETE FROM client_secrets WHERE tenant = ?1 AND app = ?2 AND id = ?3")?
        .execute(params![tenant.as_str(), app.as_str(), id])?
        > 0)
}
