//! The engine on SQLite: one file, one connection that writes and a few that read.
//!
//! [`threads`] groups commits and says what an answer waits for; [`readers`] asks; [`checkpoint`] keeps the log short;
//! [`schema`] has the tables; the other files have the statements, by what they are about, as functions over a
//! connection. The trait implementations below only carry arguments to one of the connections.
//!
//! Statements keep to what other engines understand too: no triggers, no sequences, the tenant first
//! in every key. Only visits have no tenant, and the asks that belong to them come by visit.

mod accounts;
mod checkpoint;
mod facets;
mod grants;
mod keys;
mod known;
mod readers;
mod rows;
mod schema;
mod sessions;
mod sweep;
mod threads;
mod visits;

use std::{fs, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use zaguan_policy::Timestamp;
use zaguan_session::{Cause, ClientId, Ended, Session, SessionId};

use self::{
    checkpoint::{Checkpoints, Gauge},
    known::{Known, Writing},
    readers::Readers,
    threads::{Lasts, Trouble, Writer},
};
use crate::{
    Account, AccountKey, AccountWrite, AddKey, AskId, CodeHash, Directory, DueSession, DueVerdict, FamilyId, Finish,
    Finished, FirstToken, Grant, Grants, Keys, Notice, NoticeOutcome, Notices, PageMark, RefreshFamily, Rotated,
    SessionChange, SessionFilter, SessionPage, SessionRecord, Sessions, SessionsOf, SessionsThen, Store, StoreFault,
    Stored, StoredKey, StoredSecret, Taken, TenantId, Then, Visit, VisitId, Visits, WriteAnswer, fold,
};

/// Keeps everything in a SQLite database.
pub struct Sqlite {
    // Closed in this order: the last connection to close folds the log into the database, and it has
    // to be one that writes.
    readers: Readers,
    _checkpoints: Checkpoints,
    writer: Arc<Writer>,
    accounts: Arc<Known<Account>>,
    secrets: Arc<Known<Vec<StoredSecret>>>,
}

impl Sqlite {
    /// As many questions are answered at once.
    const READERS: usize = 4;
    /// How long to wait for another program that has the database locked.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Opens the database, makes it where there is none, and brings its tables up to date. The file
    /// is readable by its owner alone. Dropping the store finishes what waits and closes the file.
    ///
    /// That nobody else works with the same file is the caller's to see to.
    pub fn open(path: &Path) -> Result<Self, StoreFault> {
        Self::start(path).map_err(|trouble| trouble.while_doing("open the database"))
    }

    fn start(path: &Path) -> Result<Self, Trouble> {
        create(path).map_err(Trouble::new)?;
        let writing = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut conn = connect(path, writing)?;
        let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if mode != "wal" {
            return Err(Trouble::new("this file system does not support a write-ahead log; use a local disk"));
        }
        conn.execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL")?;
        schema::migrate(&conn)?;
        let reading = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let short = (0..Self::READERS).map(|_| connect(path, reading)).collect::<Result<_, _>>()?;
        let readers = Readers::start(connect(path, reading)?, short)?;
        let gauge = Gauge::attach(&mut conn)?;
        let writer = Arc::new(Writer::start(conn)?);
        let checkpoints = Checkpoints::start(gauge, connect(path, writing)?, &writer)?;
        Ok(Self { readers, _checkpoints: checkpoints, writer, accounts: Arc::default(), secrets: Arc::default() })
    }
}

impl Sqlite {
    async fn write_accounts<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Stored<T> {
        self.write_known(doing, self.accounts.writing(), work).await
    }

    /// What was known is not known again until the write is over, also where whoever asked goes away.
    async fn write_known<T: Send + 'static, K: Clone + Send + 'static>(
        &self,
        doing: &'static str,
        writing: Writing<K>,
        work: impl FnOnce(&Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Stored<T> {
        let work = move |conn: &Connection| work(conn).map(|done| (done, writing));
        self.writer.write(doing, Lasts::Durable, work).await.map(|(done, _)| done)
    }

    /// Runs this here and now over one state of the store. For rows that a key finds.
    ///
    /// The connection that writes is asked first: its pages are in memory and right, while every commit makes the
    /// others forget theirs.
    fn read<T>(&self, doing: &'static str, work: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Stored<T> {
        match self.writer.idle() {
            Some(conn) => readers::in_snapshot(&conn, work).map_err(|trouble| trouble.while_doing(doing)),
            None => self.readers.read(doing, work),
        }
    }
}

/// Makes the file, so that SQLite gives its log the same rights.
fn create(path: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, Trouble> {
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Sqlite::PATIENCE)?;
    conn.set_prepared_statement_cache_capacity(128);
    // Without it some statements are compiled anew for every value that is bound to them.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(conn)
}

#[async_trait]
impl Directory for Sqlite {
    async fn account(&self, tenant: &TenantId, key: &AccountKey) -> Stored<Option<Account>> {
        let read = || self.read("find an account", |conn| accounts::find(conn, tenant, key));
        let AccountKey::ObjectId(id) = key else { return read() };
        match self.accounts.find(tenant, &fold(id)) {
            Ok(account) => Ok(Some(account)),
            Err(asked) => {
                let found = read()?;
                found.iter().for_each(|account| self.accounts.keep(asked, tenant, &account.object_id, account));
                Ok(found)
            }
        }
    }

    async fn password_hash(&self, tenant: &TenantId, object_id: &str) -> Stored<Option<String>> {
        self.read("read a password's hash", |conn| accounts::password_hash(conn, tenant, object_id))
    }

    async fn write_account(
        &self,
        tenant: &TenantId,
        ask: Option<&AskId>,
        write: &AccountWrite,
        now: Timestamp,
    ) -> Stored<WriteAnswer> {
        let (tenant, ask, write) = (tenant.clone(), ask.cloned(), write.clone());
        let work = move |conn: &Connection| match ask {
            Some(ask) => accounts::write_asked(conn, &tenant, &ask, &write, now),
            None => accounts::write(conn, &tenant, &write, now).map(|(answer, _)| answer),
        };
        self.write_accounts("write an account", work).await
    }

    async fn delete_account(
        &self,
        tenant: &TenantId,
        object_id: &str,
        sessions: SessionsThen,
        now: Timestamp,
    ) -> Stored<bool> {
        let (tenant, id) = (tenant.clone(), object_id.to_owned());
        let work = move |conn: &Connection| accounts::delete(conn, &tenant, &id, sessions, now);
        self.write_accounts("delete an account", work).await
    }

    async fn accounts(&self, tenant: &TenantId, after: Option<&str>, limit: usize) -> Stored<Vec<Account>> {
        let (tenant, after) = (tenant.clone(), after.map(str::to_owned));
        let work = move |conn: &Connection| accounts::list(conn, &tenant, after.as_deref(), limit);
        self.readers.read_long("list accounts", work).await
    }
}

#[async_trait]
impl Sessions for Sqlite {
    async fn session(&self, tenant: &TenantId, id: &SessionId) -> Stored<Option<Session>> {
        self.read("read a session", |conn| sessions::find(conn, tenant, id))
    }

    async fn end_session(
        &self,
        tenant: &TenantId,
        id: &SessionId,
        cause: &Cause,
        now: Timestamp,
    ) -> Stored<Option<Ended>> {
        let (tenant, id, cause) = (tenant.clone(), id.clone(), cause.clone());
        let work = move |conn: &Connection| sessions::end(conn, &tenant, &id, &cause, now);
        self.writer.write("end a session", Lasts::Durable, work).await
    }

    async fn end_sessions(
        &self,
        tenant: &TenantId,
        of: &SessionsOf,
        cause: &Cause,
        now: Timestamp,
        limit: usize,
    ) -> Stored<Vec<Ended>> {
        let (tenant, of, cause) = (tenant.clone(), of.clone(), cause.clone());
        let work = move |conn: &Connection| sessions::end_all(conn, &tenant, &of, &cause, now, limit);
        self.writer.write("end sessions", Lasts::Durable, work).await
    }

    async fn session_record(&self, tenant: &TenantId, id: &SessionId) -> Stored<Option<SessionRecord>> {
        self.read("read the record of a session", |conn| sessions::record(conn, tenant, id))
    }

    async fn session_page(
        &self,
        tenant: &TenantId,
        filter: &SessionFilter,
        after: Option<&PageMark>,
        limit: usize,
    ) -> Stored<SessionPage> {
        let (tenant, filter, after) = (tenant.clone(), filter.clone(), after.cloned());
        let work = move |conn: &Connection| facets::page(conn, &tenant, &filter, after.as_ref(), limit);
        self.readers.read_long("list sessions", work).await
    }

    async fn due_sessions(&self, now: Timestamp, limit: usize) -> Stored<Vec<DueSession>> {
        let work = move |conn: &Connection| {
            let mut due = Vec::new();
            for (tenant, id) in sessions::due(conn, now, limit)? {
                due.extend(sessions::find(conn, &tenant, &id)?.map(|session| DueSession { tenant, session }));
            }
            Ok(due)
        };
        self.readers.read_long("look for sessions that are over", work).await
    }

    async fn settle_due(&self, verdicts: &[DueVerdict], now: Timestamp) -> Stored<u64> {
        let verdicts = verdicts.to_vec();
        let work = move |conn: &Connection| {
            let mut ended = 0;
            for DueVerdict { tenant, session, last_used, then } in verdicts {
                match then {
                    Then::WaitsUntil(until) => sessions::wait(conn, &tenant, &session, until)?,
                    Then::Ends(by) if sessions::is_unused_since(conn, &tenant, &session, last_used)? => {
                        let cause = Cause::Expired(by);
                        ended += u64::from(sessions::end(conn, &tenant, &session, &cause, now)?.is_some());
                    }
                    Then::Ends(_) => {}
                }
            }
            Ok(ended)
        };
        self.writer.write("end sessions that are over", Lasts::Kept, work).await
    }
}

#[async_trait]
impl Grants for Sqlite {
    async fn code(&self, tenant: &TenantId, code: &CodeHash, now: Timestamp) -> Stored<Option<Grant>> {
        self.read("read a code", |conn| grants::find_code(conn, tenant, code, now))
    }

    async fn redeem_code(
        &self,
        tenant: &TenantId,
        code: &CodeHash,
        refresh: Option<FirstToken>,
        now: Timestamp,
    ) -> Stored<Taken> {
        let (tenant, code) = (tenant.clone(), *code);
        let work = move |conn: &Connection| grants::redeem_code(conn, &tenant, &code, refresh, now);
        self.writer.write("redeem a code", Lasts::Durable, work).await
    }

    async fn begin_family(&self, tenant: &TenantId, family: &RefreshFamily) -> Stored<()> {
        let (tenant, family) = (tenant.clone(), family.clone());
        let work = move |conn: &Connection| grants::begin_family(conn, &tenant, &family);
        self.writer.write("begin a family of refresh tokens", Lasts::Durable, work).await
    }

    async fn family(&self, tenant: &TenantId, id: &FamilyId) -> Stored<Option<RefreshFamily>> {
        self.read("read a family of refresh tokens", |conn| grants::find(conn, tenant, id))
    }

    async fn rotate(
        &self,
        tenant: &TenantId,
        id: &FamilyId,
        generation: u32,
        until: Timestamp,
        now: Timestamp,
        grace_millis: i64,
    ) -> Stored<Rotated> {
        let (tenant, id) = (tenant.clone(), id.clone());
        let work = move |conn: &Connection| grants::rotate(conn, &tenant, &id, generation, until, now, grace_millis);
        self.writer.write("rotate a refresh token", Lasts::Durable, work).await
    }

    async fn end_family(&self, tenant: &TenantId, id: &FamilyId) -> Stored<()> {
        let (tenant, id) = (tenant.clone(), id.clone());
        let work = move |conn: &Connection| grants::end_family(conn, &tenant, &id);
        self.writer.write("end a family of refresh tokens", Lasts::Durable, work).await
    }

    async fn first_sight(&self, tenant: &TenantId, id: &[u8; 32], until: Timestamp, now: Timestamp) -> Stored<bool> {
        let (tenant, id) = (tenant.clone(), *id);
        let work = move |conn: &Connection| grants::first_sight(conn, &tenant, &id, until, now);
        self.writer.write("remember what was shown", Lasts::Kept, work).await
    }
}

#[async_trait]
impl Visits for Sqlite {
    async fn visit(&self, id: &VisitId, now: Timestamp) -> Stored<Option<Visit>> {
        self.read("read a visit", |conn| visits::find(conn, id, now))
    }

    async fn begin_visit(&self, visit: &Visit) -> Stored<()> {
        let visit = visit.clone();
        self.writer.write("begin a visit", Lasts::Kept, move |conn| visits::begin(conn, &visit)).await
    }

    async fn save_visit(&self, read: &Visit, sealed: Vec<u8>, until: Timestamp) -> Stored<bool> {
        let (id, version) = (read.id.clone(), read.version);
        let work = move |conn: &Connection| visits::save(conn, &id, version, &sealed, until);
        self.writer.write("save a visit", Lasts::Kept, work).await
    }
}

#[async_trait]
impl Notices for Sqlite {
    async fn notices(&self, tenant: &TenantId, session: &SessionId) -> Stored<Vec<Notice>> {
        self.read("read notices", |conn| sessions::notices(conn, tenant, session))
    }

    async fn settle_notice(
        &self,
        tenant: &TenantId,
        session: &SessionId,
        app: &ClientId,
        outcome: NoticeOutcome,
        now: Timestamp,
    ) -> Stored<()> {
        let (tenant, session, app) = (tenant.clone(), session.clone(), app.clone());
        let work = move |conn: &Connection| sessions::settle_notice(conn, &tenant, &session, &app, outcome, now);
        self.writer.write("settle a notice", Lasts::Kept, work).await
    }
}

#[async_trait]
impl Keys for Sqlite {
    async fn keys(&self, tenant: &TenantId, name: &str) -> Stored<Vec<StoredKey>> {
        self.read("read keys", |conn| keys::of(conn, tenant, name))
    }

    async fn key_names(&self, tenant: &TenantId) -> Stored<Vec<String>> {
        self.read("list keys", |conn| keys::names(conn, tenant))
    }

    async fn add_key(&self, tenant: &TenantId, name: &str, key: &StoredKey, when: AddKey) -> Stored<Vec<StoredKey>> {
        let (tenant, name, key) = (tenant.clone(), name.to_owned(), key.clone());
        let work = move |conn: &Connection| keys::add(conn, &tenant, &name, &key, when);
        self.writer.write("add a key", Lasts::Durable, work).await
    }

    async fn remove_key(&self, tenant: &TenantId, name: &str, id: &str) -> Stored<bool> {
        let (tenant, name, id) = (tenant.clone(), name.to_owned(), id.to_owned());
        let work = move |conn: &Connection| keys::remove(conn, &tenant, &name, &id);
        self.writer.write("remove a key", Lasts::Durable, work).await
    }

    async fn master_check(&self, first: &[u8; 32]) -> Stored<[u8; 32]> {
        let first = *first;
        let work = move |conn: &Connection| keys::master_check(conn, &first);
        self.writer.write("compare the master key", Lasts::Durable, work).await
    }

    async fn client_secrets(&self, tenant: &TenantId, app: &ClientId) -> Stored<Vec<StoredSecret>> {
        match self.secrets.find(tenant, app.as_str()) {
            Ok(secrets) => Ok(secrets),
            Err(asked) => {
                let found = self.read("read client secrets", |conn| keys::secrets(conn, tenant, app))?;
                self.secrets.keep(asked, tenant, app.as_str(), &found);
                Ok(found)
            }
        }
    }

    async fn add_client_secret(&self, tenant: &TenantId, app: &ClientId, secret: &StoredSecret) -> Stored<()> {
        let (tenant, app, secret) = (tenant.clone(), app.clone(), secret.clone());
        let work = move |conn: &Connection| keys::add_secret(conn, &tenant, &app, &secret);
        self.write_known("add a client secret", self.secrets.writing(), work).await
    }

    async fn remove_client_secret(&self, tenant: &TenantId, app: &ClientId, id: &str) -> Stored<bool> {
        let (tenant, app, id) = (tenant.clone(), app.clone(), id.to_owned());
        let work = move |conn: &Connection| keys::remove_secret(conn, &tenant, &app, &id);
        self.write_known("remove a client secret", self.secrets.writing(), work).await
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn finish(&self, tenant: &TenantId, finish: &Finish, now: Timestamp) -> Stored<Finished> {
        let lasts = match finish.session {
            SessionChange::Use(_) => Lasts::Kept,
            SessionChange::None | SessionChange::Start { .. } => Lasts::Durable,
        };
        let (tenant, finish) = (tenant.clone(), finish.clone());
        let work = move |conn: &Connection| visits::finish(conn, &tenant, &finish, now);
        self.writer.write("finish a journey", lasts, work).await
    }

    async fn sweep(&self, now: Timestamp, keep_records: Duration) -> Stored<u64> {
        const DOING: &str = "sweep";
        let mut removed = 0;
        self.writer.write(DOING, Lasts::Kept, move |conn| sweep::asks(conn, now)).await?;
        for swept in sweep::SWEPT {
            let due = swept.due(now, keep_records);
            let rows = self.readers.read_long(DOING, move |conn| swept.find(conn, due)).await?;
            for some in rows.chunks(sweep::ROWS_AT_ONCE) {
                let some = some.to_vec();
                let work = move |conn: &Connection| swept.remove(conn, &some, due);
                removed += self.writer.write(DOING, Lasts::Kept, work).await?;
            }
        }
        Ok(removed)
    }
}
