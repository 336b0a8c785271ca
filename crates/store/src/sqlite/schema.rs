//! The tables, version by version.

use rusqlite::Connection;

use super::threads::Trouble;

/// The statements that lead from one version to the next. Released ones are never edited: a change
/// is a new entry.
const VERSIONS: &[&[&str]] = &[FIRST, HISTORIES, SIGHTS, KEYS_IN_TIME];

const FIRST: &[&str] = &[
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
];

/// Sessions are told, listed and looked at when they are due. What is left of sessions that ended before cannot be told,
/// and goes.
const HISTORIES: &[&str] = &[
    "ALTER TABLE sessions ADD COLUMN browser BLOB NOT NULL DEFAULT x''",
    "ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE sessions ADD COLUMN uses TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE sessions ADD COLUMN due INTEGER NOT NULL DEFAULT 0",
    "UPDATE sessions SET browser = randomblob(32), uses = json_array(json_object(
        'app', app, 'policy', policy, 'first', started, 'last', last_used, 'times', 1, 'bound', json_object(
            'until', last_used + 86400000, 'setting', 'SessionExpiry', 'expiry', 'Rolling')))",
    "ALTER TABLE sessions DROP COLUMN app",
    "ALTER TABLE sessions DROP COLUMN policy",
    "CREATE INDEX sessions_by_browser ON sessions (tenant, browser, session_key)",
    "CREATE INDEX sessions_by_due ON sessions (due)",
    "DROP TABLE notices",
    "DROP TABLE ended_sessions",
    "CREATE TABLE ended_sessions (
        tenant TEXT NOT NULL, id TEXT NOT NULL, ended INTEGER NOT NULL, cause TEXT NOT NULL, history TEXT NOT NULL,
        PRIMARY KEY (tenant, id)
    ) STRICT, WITHOUT ROWID",
    "CREATE TABLE notices (
        tenant TEXT NOT NULL, session TEXT NOT NULL, position INTEGER NOT NULL, app TEXT NOT NULL,
        issuer TEXT NOT NULL, sid TEXT NOT NULL, policy TEXT NOT NULL, since INTEGER NOT NULL,
        outcome TEXT NOT NULL, settled INTEGER NOT NULL,
        PRIMARY KEY (tenant, session, position),
        FOREIGN KEY (tenant, session) REFERENCES ended_sessions (tenant, id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID",
    "CREATE TABLE session_facets (
        tenant TEXT NOT NULL, live INTEGER NOT NULL, facet TEXT NOT NULL, value TEXT NOT NULL,
        started INTEGER NOT NULL, session TEXT NOT NULL,
        PRIMARY KEY (tenant, live, facet, value, started, session)
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX session_facets_by_session ON session_facets (tenant, session)",
    "INSERT INTO session_facets SELECT tenant, 1, 'all', '', started, id FROM sessions",
    "INSERT INTO session_facets SELECT tenant, 1, 'person', person, started, id FROM sessions WHERE person IS NOT NULL",
    "INSERT INTO session_facets SELECT tenant, 1, 'app', uses ->> '$[0].app', started, id FROM sessions",
    "INSERT INTO session_facets SELECT tenant, 1, 'policy', lower(uses ->> '$[0].policy'), started, id FROM sessions",
];

/// What may be shown once. A code and its family are one write now: no family is ended before it begins.
const SIGHTS: &[&str] = &[
    "CREATE TABLE sights (
        tenant TEXT NOT NULL, id BLOB NOT NULL, until INTEGER NOT NULL,
        PRIMARY KEY (tenant, id)
    ) STRICT, WITHOUT ROWID",
    "DROP TABLE ended_families",
];

/// Keys have a kind, a beginning and an end. Those that were there are RSA keys, and signed from when they were made.
const KEYS_IN_TIME: &[&str] = &[
    "ALTER TABLE keys ADD COLUMN kind TEXT NOT NULL DEFAULT 'rsa'",
    "ALTER TABLE keys ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE keys ADD COLUMN expires INTEGER",
    "UPDATE keys SET not_before = created",
    "CREATE TABLE master_check (only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1), value BLOB NOT NULL) STRICT",
];

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

#[cfg(test)]
mod tests {
    use zaguan_policy::Timestamp;
    use zaguan_session::SessionId;

    use super::*;
    use crate::{
        KeyKind, SessionFilter, StoredKey, TenantId,
        sqlite::{facets, keys, sessions},
    };

    #[test]
    fn sessions_of_the_first_version_live_on_and_are_listed() {
        let conn = Connection::open_in_memory().unwrap();
        FIRST.iter().for_each(|statement| conn.execute_batch(statement).unwrap());
        conn.execute_batch(
            "INSERT INTO sessions VALUES ('t', 's', 2000, 1, 1000, zeroblob(32), 'ada', 'shop', 'B2C_1A_P', '\"Tenant\"', '{}');
             INSERT INTO participants VALUES ('t', 's', 0, 'shop', 'i', 's', 'B2C_1A_P', 1000);
             PRAGMA user_version = 1",
        )
        .unwrap();
        migrate(&conn).unwrap();
        let tenant = TenantId::new("t");
        let session = sessions::find(&conn, &tenant, &SessionId::new("s")).unwrap().unwrap();
        assert_eq!((session.history.started, session.participants.len()), (Timestamp::from_seconds(1), 1));
        assert_eq!(session.due(), Timestamp::from_seconds(86_402));
        let policy = SessionFilter { policy: Some("b2c_1a_p".into()), ..SessionFilter::default() };
        let page = facets::page(&conn, &tenant, &policy, None, 9).unwrap();
        assert_eq!(page.sessions.len(), 1);
        assert_eq!(sessions::due(&conn, Timestamp::from_seconds(0), 9).unwrap().len(), 1);
    }

    #[test]
    fn keys_of_the_second_version_sign_from_when_they_were_made() {
        let conn = Connection::open_in_memory().unwrap();
        FIRST.iter().chain(HISTORIES).for_each(|statement| conn.execute_batch(statement).unwrap());
        conn.execute_batch(
            "INSERT INTO keys VALUES ('t', 'signing', 'old', 1000, x'00c8'), ('t', 'signing', 'new', 2000, x'07');
             PRAGMA user_version = 2",
        )
        .unwrap();
        migrate(&conn).unwrap();
        let key = |id: &str, sealed: &[u8], seconds| StoredKey {
            id: id.into(),
            kind: KeyKind::Rsa,
            sealed: sealed.into(),
            created: Timestamp::from_seconds(seconds),
            not_before: Timestamp::from_seconds(seconds),
            expires: None,
        };
        let found = keys::of(&conn, &TenantId::new("t"), "Signing").unwrap();
        assert_eq!(found, [key("old", &[0, 200], 1), key("new", &[7], 2)]);
        assert_eq!(keys::master_check(&conn, &[5; 32]).unwrap(), [5; 32]);
    }

    #[test]
    fn a_sign_on_finds_its_browsers_sessions_by_their_index() {
        let conn = Connection::open_in_memory().unwrap();
        migrate(&conn).unwrap();
        let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {}", sessions::OF_BROWSER)).unwrap();
        let plan: String = plan.query_row(["t", "b", "k"], |row| row.get(3)).unwrap();
        assert!(plan.contains("sessions_by_browser (tenant=? AND browser=? AND session_key=?)"), "{plan}");
    }
}
