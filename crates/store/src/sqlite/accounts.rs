//! Accounts, and the answers to asks.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use zaguan_policy::{Timestamp, Value};
use zaguan_session::{Cause, SessionId};

use super::{rows::whole, sessions, threads::Trouble};
use crate::{
    Account, AccountKey, AccountWrite, AskId, Identity, IfAbsent, IfPresent, SessionsOf, SessionsThen, SignInName,
    TenantId, WriteAnswer, fold,
};

/// The part of an account that nobody searches: its names as they were written, and its attributes.
#[derive(Serialize, Deserialize)]
struct Profile {
    sign_in_names: Vec<SignInName>,
    identities: Vec<Identity>,
    attributes: BTreeMap<String, Value>,
}

pub(super) fn find(conn: &Connection, tenant: &TenantId, key: &AccountKey) -> Result<Option<Account>, Trouble> {
    let tenant = tenant.as_str();
    let found = match key {
        AccountKey::ObjectId(id) => conn
            .prepare_cached(
                "SELECT object_id, enabled, created, tokens_valid_from, profile FROM accounts
                 WHERE tenant = ?1 AND object_id = ?2",
            )?
            .query_row(params![tenant, fold(id)], account)
            .optional()?,
        AccountKey::SignInName { value, .. } => conn
            .prepare_cached(
                "SELECT a.object_id, a.enabled, a.created, a.tokens_valid_from, a.profile FROM sign_in_names n
                 JOIN accounts a ON a.tenant = n.tenant AND a.object_id = n.object_id
                 WHERE n.tenant = ?1 AND n.name = ?2",
            )?
            .query_row(params![tenant, fold(value)], account)
            .optional()?,
        AccountKey::Identity(identity) => {
            let (issuer, issuer_user_id) = identity.folded();
            conn.prepare_cached(
                "SELECT a.object_id, a.enabled, a.created, a.tokens_valid_from, a.profile FROM identities i
                 JOIN accounts a ON a.tenant = i.tenant AND a.object_id = i.object_id
                 WHERE i.tenant = ?1 AND i.issuer = ?2 AND i.issuer_user_id = ?3",
            )?
            .query_row(params![tenant, issuer, issuer_user_id], account)
            .optional()?
        }
        AccountKey::UserPrincipalName(name) => conn
            .prepare_cached(
                "SELECT object_id, enabled, created, tokens_valid_from, profile FROM accounts
                 WHERE tenant = ?1 AND principal_name = ?2",
            )?
            .query_row(params![tenant, fold(name)], account)
            .optional()?,
    };
    // The kind of a sign-in name stands in the profile alone.
    Ok(found.transpose()?.filter(|account| key.names(account)))
}

pub(super) fn list(
    conn: &Connection,
    tenant: &TenantId,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Account>, Trouble> {
    conn.prepare_cached(
        "SELECT object_id, enabled, created, tokens_valid_from, profile FROM accounts
         WHERE tenant = ?1 AND object_id > ?2 ORDER BY object_id LIMIT ?3",
    )?
    .query_map(params![tenant.as_str(), after.map(fold).unwrap_or_default(), whole(limit)], account)?
    .map(|row| row?)
    .collect()
}

fn account(row: &Row<'_>) -> rusqlite::Result<Result<Account, Trouble>> {
    let profile: Result<Profile, _> = serde_json::from_str(row.get_ref(4)?.as_str()?);
    let (object_id, enabled) = (row.get(0)?, row.get(1)?);
    let (created, tokens_valid_from) = (Timestamp::from_millis(row.get(2)?), Timestamp::from_millis(row.get(3)?));
    Ok(profile.map_err(Trouble::from).map(|Profile { sign_in_names, identities, attributes }| Account {
        object_id,
        sign_in_names,
        identities,
        attributes,
        enabled,
        created,
        tokens_valid_from,
    }))
}

pub(super) fn password_hash(conn: &Connection, tenant: &TenantId, object_id: &str) -> Result<Option<String>, Trouble> {
    let mut select = conn.prepare_cached("SELECT password_hash FROM accounts WHERE tenant = ?1 AND object_id = ?2")?;
    Ok(select.query_row(params![tenant.as_str(), fold(object_id)], |row| row.get(0)).optional()?.flatten())
}

/// Its names and identities go with it.
pub(super) fn delete(
    conn: &Connection,
    tenant: &TenantId,
    object_id: &str,
    sessions: SessionsThen,
    now: Timestamp,
) -> Result<bool, Trouble> {
    if sessions == SessionsThen::End {
        end_sessions(conn, tenant, object_id, &Cause::AccountDeleted, now)?;
    }
    let key = params![tenant.as_str(), fold(object_id)];
    conn.prepare_cached("UPDATE families SET body = '' WHERE tenant = ?1 AND person = ?2")?.execute(key)?;
    // Codes live ten minutes and are not found by person: an account is seldom deleted.
    conn.prepare_cached("UPDATE codes SET body = '' WHERE tenant = ?1 AND person = ?2")?.execute(key)?;
    Ok(conn.prepare_cached("DELETE FROM accounts WHERE tenant = ?1 AND object_id = ?2")?.execute(key)? > 0)
}

fn end_sessions(
    conn: &Connection,
    tenant: &TenantId,
    object_id: &str,
    cause: &Cause,
    now: Timestamp,
) -> Result<Vec<SessionId>, Trouble> {
    let of = SessionsOf::Person { object_id: fold(object_id), except: None };
    let ended = sessions::end_all(conn, tenant, &of, cause, now, usize::MAX)?;
    Ok(ended.iter().map(|ended| ended.session().clone()).collect())
}

/// Answers an ask: from memory where it is the same one, and else by writing.
pub(super) fn write_asked(
    conn: &Connection,
    tenant: &TenantId,
    ask: &AskId,
    write: &AccountWrite,
    now: Timestamp,
) -> Result<WriteAnswer, Trouble> {
    let key = (&ask.visit.0, whole(ask.version), tenant.as_str(), ask.number);
    let known: Option<([u8; 32], String)> = conn
        .prepare_cached(
            "SELECT digest, answer FROM asks WHERE visit = ?1 AND version = ?2 AND tenant = ?3 AND number = ?4",
        )?
        .query_row(key, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match known {
        Some((digest, answer)) if digest == ask.digest => return Ok(serde_json::from_str(&answer)?),
        Some(_) => undo(conn, tenant, ask, now)?,
        None => {}
    }
    let (answer, made) = self::write(conn, tenant, write, now)?;
    let created = match (&answer, made) {
        (WriteAnswer::Done { account, .. }, Made::New) => Some(&account.object_id),
        _ => None,
    };
    conn.prepare_cached(
        "INSERT INTO asks (visit, version, tenant, number, asked, created, digest, answer)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        key.0,
        key.1,
        key.2,
        key.3,
        now.as_millis(),
        created,
        ask.digest,
        serde_json::to_string(&answer)?
    ])?;
    Ok(answer)
}

/// Undoes what this ask and the later ones of its version created, and forgets their answers: they
/// followed from a content that is not asked for any more.
fn undo(conn: &Connection, tenant: &TenantId, ask: &AskId, now: Timestamp) -> Result<(), Trouble> {
    let from = (&ask.visit.0, whole(ask.version), tenant.as_str(), ask.number);
    let created: Vec<Option<String>> = conn
        .prepare_cached(
            "DELETE FROM asks WHERE visit = ?1 AND version = ?2 AND tenant = ?3 AND number >= ?4 RETURNING created",
        )?
        .query_map(from, |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for object_id in created.into_iter().flatten() {
        delete(conn, tenant, &object_id, SessionsThen::Stay, now)?;
    }
    Ok(())
}

/// Whether a write made the account that it answers with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    New,
    Known,
}

pub(super) fn write(
    conn: &Connection,
    tenant: &TenantId,
    write: &AccountWrite,
    now: Timestamp,
) -> Result<(WriteAnswer, Made), Trouble> {
    let found = find(conn, tenant, &write.key)?;
    let owned = found.as_ref().is_some_and(|account| write.owns(account));
    let (mut account, made) = match (found, &write.if_absent, write.if_present) {
        (None, IfAbsent::Refuse, _) => return Ok((WriteAnswer::Absent, Made::Known)),
        (None, IfAbsent::Create { object_id }, _) => (Account::new(object_id, now), Made::New),
        (Some(_), _, IfPresent::Refuse) if !owned => return Ok((WriteAnswer::Exists, Made::Known)),
        (Some(account), ..) => (account, Made::Known),
    };
    let before = (account.sign_in_names.clone(), account.identities.clone());
    let password = account.apply(&write.changes, now);
    if is_taken(conn, tenant, &account, made)? {
        return Ok((WriteAnswer::Taken, Made::Known));
    }
    save(conn, tenant, &account, password.as_deref(), made)?;
    if made == Made::New || before.0 != account.sign_in_names {
        save_sign_in_names(conn, tenant, &account)?;
    }
    if made == Made::New || before.1 != account.identities {
        save_identities(conn, tenant, &account)?;
    }
    let ended = match write.ends_sessions() {
        Some(cause) if made == Made::Known => end_sessions(conn, tenant, &account.object_id, &cause, now)?,
        _ => vec![],
    };
    Ok((WriteAnswer::Done { account: Box::new(account), created: owned || made == Made::New, ended }, made))
}

/// True where another account has one of its names, or a new one's object id.
fn is_taken(conn: &Connection, tenant: &TenantId, account: &Account, made: Made) -> Result<bool, Trouble> {
    let names = account.sign_in_names.iter().map(|n| AccountKey::SignInName { kind: None, value: n.value.clone() });
    let identities = account.identities.iter().cloned().map(AccountKey::Identity);
    let principal = account.principal_name().map(AccountKey::UserPrincipalName);
    for key in names.chain(identities).chain(principal) {
        if find(conn, tenant, &key)?.is_some_and(|owner| owner.object_id != account.object_id) {
            return Ok(true);
        }
    }
    Ok(made == Made::New && find(conn, tenant, &AccountKey::ObjectId(account.object_id.clone()))?.is_some())
}

fn save(
    conn: &Connection,
    tenant: &TenantId,
    account: &Account,
    password: Option<&str>,
    made: Made,
) -> Result<(), Trouble> {
    let profile = serde_json::to_string(&Profile {
        sign_in_names: account.sign_in_names.clone(),
        identities: account.identities.clone(),
        attributes: account.attributes.clone(),
    })?;
    let statement = match made {
        Made::New => {
            "INSERT INTO accounts
                 (tenant, object_id, enabled, created, tokens_valid_from, principal_name, profile, password_hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        }
        Made::Known => {
            "UPDATE accounts SET enabled = ?3, created = ?4, tokens_valid_from = ?5, principal_name = ?6, profile = ?7,
                 password_hash = COALESCE(?8, password_hash)
             WHERE tenant = ?1 AND object_id = ?2"
        }
    };
    conn.prepare_cached(statement)?.execute(params![
        tenant.as_str(),
        account.object_id,
        account.enabled,
        account.created.as_millis(),
        account.tokens_valid_from.as_millis(),
        account.principal_name(),
        profile,
        password
    ])?;
    Ok(())
}

fn save_sign_in_names(conn: &Connection, tenant: &TenantId, account: &Account) -> Result<(), Trouble> {
    let tenant = tenant.as_str();
    conn.prepare_cached("DELETE FROM sign_in_names WHERE tenant = ?1 AND object_id = ?2")?
        .execute(params![tenant, account.object_id])?;
    let mut insert = conn.prepare_cached("INSERT INTO sign_in_names (tenant, name, object_id) VALUES (?1, ?2, ?3)")?;
    // One name may be there as two kinds.
    for name in account.sign_in_names.iter().map(SignInName::folded).collect::<BTreeSet<_>>() {
        insert.execute(params![tenant, name, account.object_id])?;
    }
    Ok(())
}

fn save_identities(conn: &Connection, tenant: &TenantId, account: &Account) -> Result<(), Trouble> {
    let tenant = tenant.as_str();
    conn.prepare_cached("DELETE FROM identities WHERE tenant = ?1 AND object_id = ?2")?
        .execute(params![tenant, account.object_id])?;
    let mut insert = conn
        .prepare_cached("INSERT INTO identities (tenant, issuer, issuer_user_id, object_id) VALUES (?1, ?2, ?3, ?4)")?;
    for (issuer, issuer_user_id) in account.identities.iter().map(Identity::folded).collect::<BTreeSet<_>>() {
        insert.execute(params![tenant, issuer, issuer_user_id, account.object_id])?;
    }
    Ok(())
}
