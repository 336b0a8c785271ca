//! The tables, version by version.

use rusqlite::Connection;

use super::threads::Trouble;

/// The statements that lead from one version to the next. Released ones are never edited: a change
/// is a new entry.
const VERSIONS: &[&[&str]] = &[&[
    "CREATE TABLE accounts (
        tenant TEXT NOT NULL, object_id TEXT NOT NULL, enabled INTEGER NOT NULL, created INTEGER NOT NULL,
        tokens_valid_from INTEGER NOT NULL, principal_name TEXT, password_hash TEXT, profile TEXT NOT NULL,
        PRIMARY KEY (tenant, object_id)
    ) STRICT",
    "CREATE UNIQUE INDEX accounts_by_principal_name ON accounts (tenant, principal_name)
        WHERE principal_name IS NOT NULL",
    "CREATE TABLE sign_in_names (
        tenant TEXT NOT NULL, name TEXT NOT NULL, object_id TEXT NOT NULL,
        PRIMARY KEY (tenant, name),
        FOREIGN KEY (tenant, object_id) REFERENCES accounts (tenant, object_id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX sign_in_names_by_account ON sign_in_names (tenant, object_id)",
    "CREATE TABLE identities (
        tenant TEXT NOT NULL, issuer TEXT NOT NULL, issuer_user_id TEXT NOT NULL, object_id TEXT NOT NULL,
        PRIMARY KEY (tenant, issuer, issuer_user_id),
        FOREIGN KEY (tenant, object_id) REFERENCES accounts (tenant, object_id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX identities_by_account ON identities (tenant, object_id)",
    "CREATE TABLE sessions (
        tenant TEXT NOT NULL, id TEXT NOT NULL, last_used INTEGER NOT NULL, kept INTEGER NOT NULL,
        started INTEGER NOT NULL, secret_hash BLOB NOT NULL, person TEXT, app TEXT NOT NULL, policy TEXT NOT NULL,
        session_key TEXT NOT NULL, memories TEXT NOT NULL,
        PRIMARY KEY (tenant, id)
    ) STRICT",
    "CREATE TABLE participants (
        tenant TEXT NOT NULL, session TEXT NOT NULL, position INTEGER NOT NULL, app TEXT NOT NULL,
        issuer TEXT NOT NULL, sid TEXT NOT NULL, policy TEXT NOT NULL, since INTEGER NOT NULL,
        PRIMARY KEY (tenant, session, position),
        FOREIGN KEY (tenant, session) REFERENCES sessions (tenant, id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID",
    "CREATE TABLE ended_sessions (
        tenant TEXT NOT NULL, id TEXT NOT NULL, ended INTEGER NOT NULL, person TEXT, cause TEXT NOT NULL,
        PRIMARY KEY (tenant, id)
    ) STRICT, WITHOUT ROWID",
    "CREATE TABLE notices (
        tenant TEXT NOT NULL, session TEXT NOT NULL, position INTEGER NOT NULL, app TEXT NOT NULL,
        issuer TEXT NOT NULL, sid TEXT NOT NULL, policy TEXT NOT NULL, since INTEGER NOT NULL,
        outcome TEXT NOT NULL, settled INTEGER NOT NULL,
        PRIMARY KEY (tenant, session, position),
        FOREIGN KEY (tenant, session) REFERENCES ended_sessions (tenant, id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID",
    "CREATE TABLE codes (
        tenant TEXT NOT NULL, hash BLOB NOT NULL, until INTEGER NOT NULL, taken INTEGER NOT NULL,
        family TEXT NOT NULL, app TEXT NOT NULL, policy TEXT NOT NULL, person TEXT, session TEXT, body TEXT NOT NULL,
        PRIMARY KEY (tenant, hash)
    ) STRICT",
    "CREATE TABLE families (
        tenant TEXT NOT NULL, id TEXT NOT NULL, generation INTEGER NOT NULL, rotated INTEGER NOT NULL,
        until INTEGER NOT NULL, app TEXT NOT NULL, policy TEXT NOT NULL, person TEXT, session TEXT, body TEXT NOT NULL,
        PRIMARY KEY (tenant, id)
    ) STRICT",
    "CREATE INDEX families_by_person ON families (tenant, person) WHERE person IS NOT NULL",
    "CREATE TABLE ended_families (
        tenant TEXT NOT NULL, id TEXT NOT NULL,
        PRIMARY KEY (tenant, id)
    ) STRICT, WITHOUT ROWID",
    "CREATE TABLE visits (
        id TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, until INTEGER NOT NULL, sealed BLOB NOT NULL
    ) STRICT",
    "CREATE TABLE asks (
        visit TEXT NOT NULL, version INTEGER NOT NULL, tenant TEXT NOT NULL, number INTEGER NOT NULL,
        asked INTEGER NOT NULL, created TEXT, digest BLOB NOT NULL, answer TEXT NOT NULL,
        PRIMARY KEY (visit, version, tenant, number)
    ) STRICT",
    "CREATE TABLE keys (
        tenant TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, created INTEGER NOT NULL, sealed BLOB NOT NULL,
        PRIMARY KEY (tenant, name, id)
    ) STRICT",
    "CREATE TABLE client_secrets (
        tenant TEXT NOT NULL, app TEXT NOT NULL, id TEXT NOT NULL, created INTEGER NOT NULL, hash BLOB NOT NULL,
        PRIMARY KEY (tenant, app, id)
    ) STRICT, WITHOUT ROWID",
]];

/// Brings the tables to the newest version, each step in a transaction of its own.
pub(super) fn migrate(conn: &Connection) -> Result<(), Trouble> {
    let found: u32 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let newest = VERSIONS.len();
    if found as usize > newest {
        return Err(Trouble::new(format_args!(
            "its tables are of version {found}, and this program knows them up to {newest}; \
             start the newer program, or restore a backup"
        )));
    }
    for (version, statements) in (1_u32..).zip(VERSIONS).skip(found as usize) {
        let step = conn.unchecked_transaction()?;
        statements.iter().try_for_each(|statement| step.execute_batch(statement))?;
        step.pragma_update(None, "user_version", version)?;
        step.commit()?;
    }
    Ok(())
}
