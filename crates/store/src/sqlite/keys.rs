//! Private keys and client secrets.

use rusqlite::{Connection, params};
use zaguan_session::ClientId;

use super::{rows::instant, threads::Trouble};
use crate::{AddKey, StoredKey, StoredSecret, TenantId, fold};

pub(super) fn of(conn: &Connection, tenant: &TenantId, name: &str) -> Result<Vec<StoredKey>, Trouble> {
    Ok(conn
        .prepare_cached("SELECT id, created, sealed FROM keys WHERE tenant = ?1 AND name = ?2 ORDER BY created, id")?
        .query_map(params![tenant.as_str(), fold(name)], |row| {
            Ok(StoredKey { id: row.get(0)?, created: instant(row, 1)?, sealed: row.get(2)? })
        })?
        .collect::<Result<_, _>>()?)
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
    if when == AddKey::OnlyFirst && !there.is_empty() {
        return Ok(there);
    }
    conn.prepare_cached("INSERT INTO keys (tenant, name, id, created, sealed) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![tenant.as_str(), fold(name), key.id, key.created.as_millis(), key.sealed])?;
    of(conn, tenant, name)
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
