//! A store at one of whose writes the process ends, as by `kill -9`.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use zaguan_policy::Timestamp;
use zaguan_session::{Cause, ClientId, Ended, Session, SessionId};
use zaguan_store::{
    Account, AccountKey, AccountWrite, AddKey, AskId, CodeHash, Directory, DueSession, DueVerdict, FamilyId, Finish,
    Finished, FirstToken, Grant, Grants, Keys, Notice, NoticeOutcome, Notices, PageMark, RefreshFamily, Rotated,
    SessionFilter, SessionPage, SessionRecord, Sessions, SessionsOf, SessionsThen, Store, Stored, StoredKey,
    StoredSecret, Taken, TenantId, Visit, VisitId, Visits, WriteAnswer,
};

/// At which write the process ends, counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// When everything before it is done, and nothing of it.
    Before(u64),
    /// When it is done, and nobody was told.
    After(u64),
}

/// Another store, until the end.
pub struct EndingStore {
    inner: Arc<dyn Store>,
    end: Mutex<Option<End>>,
    /// What was written, by name, since the end was set.
    written: Mutex<Vec<&'static str>>,
}

impl EndingStore {
    /// This one, without an end so far.
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, end: Mutex::default(), written: Mutex::default() }
    }

    /// From here writes are counted. With an end, this process does not outlive it.
    pub fn count_from_here(&self, end: Option<End>) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = end;
        self.written.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What was written since then, by name.
    pub fn written(&self) -> Vec<&'static str> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn write<T>(&self, name: &'static str, work: impl Future<Output = T>) -> T {
        let number = {
            let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
            written.push(name);
            written.len() as u64
        };
        self.unless_it_ends(End::Before(number));
        let done = work.await;
        self.unless_it_ends(End::After(number));
        done
    }

    fn unless_it_ends(&self, here: End) {
        if *self.end.lock().unwrap_or_else(PoisonError::into_inner) == Some(here) {
            // Nothing is dropped, flushed or closed.
            std::process::abort();
        }
    }
}

#[async_trait]
impl Directory for EndingStore {
    async fn account(&self, tenant: &TenantId, key: &AccountKey) -> Stored<Option<Account>> {
        self.inner.account(tenant, key).await
    }

    async fn password_hash(&self, tenant: &TenantId, object_id: &str) -> Stored<Option<String>> {
        self.inner.password_hash(tenant, object_id).await
    }

    async fn write_account(
        &self,
        tenant: &TenantId,
        ask: Option<&AskId>,
        write: &AccountWrite,
        now: Timestamp,
    ) -> Stored<WriteAnswer> {
        self.write("write_account", self.inner.write_account(tenant, ask, write, now)).await
    }

    async fn delete_account(
        &self,
        tenant: &TenantId,
        object_id: &str,
        sessions: SessionsThen,
        now: Timestamp,
    ) -> Stored<bool> {
        self.write("delete_account", self.inner.delete_account(tenant, object_id, sessions, now)).await
    }

    async fn accounts(&self, tenant: &TenantId, after: Option<&str>, limit: usize) -> Stored<Vec<Account>> {
        self.inner.accounts(tenant, after, limit).await
    }
}

#[async_trait]
impl Sessions for EndingStore {
    async fn session(&self, tenant: &TenantId, id: &SessionId) -> Stored<Option<Session>> {
        self.inner.session(tenant, id).await
    }

    async fn end_session(
        &self,
        tenant: &TenantId,
        id: &SessionId,
        cause: &Cause,
        now: Timestamp,
    ) -> Stored<Option<Ended>> {
        self.write("end_session", self.inner.end_session(tenant, id, cause, now)).await
    }

    async fn end_sessions(
        &self,
        tenant: &TenantId,
        of: &SessionsOf,
        cause: &Cause,
        now: Timestamp,
        limit: usize,
    ) -> Stored<Vec<Ended>> {
        self.write("end_sessions", self.inner.end_sessions(tenant, of, cause, now, limit)).await
    }

    async fn session_record(&self, tenant: &TenantId, id: &SessionId) -> Stored<Option<SessionRecord>> {
        self.inner.session_record(tenant, id).await
    }

    async fn session_page(
        &self,
        tenant: &TenantId,
        filter: &SessionFilter,
        after: Option<&PageMark>,
        limit: usize,
    ) -> Stored<SessionPage> {
        self.inner.session_page(tenant, filter, after, limit).await
    }

    async fn due_sessions(&self, now: Timestamp, limit: usize) -> Stored<Vec<DueSession>> {
        self.inner.due_sessions(now, limit).await
    }

    async fn settle_due(&self, verdicts: &[DueVerdict], now: Timestamp) -> Stored<u64> {
        self.write("settle_due", self.inner.settle_due(verdicts, now)).await
    }
}

#[async_trait]
impl Grants for EndingStore {
    async fn code(&self, tenant: &TenantId, code: &CodeHash, now: Timestamp) -> Stored<Option<Grant>> {
        self.inner.code(tenant, code, now).await
    }

    async fn redeem_code(
        &self,
        tenant: &TenantId,
        code: &CodeHash,
        refresh: Option<FirstToken>,
        now: Timestamp,
    ) -> Stored<Taken> {
        self.write("redeem_code", self.inner.redeem_code(tenant, code, refresh, now)).await
    }

    async fn begin_family(&self, tenant: &TenantId, family: &RefreshFamily) -> Stored<()> {
        self.write("begin_family", self.inner.begin_family(tenant, family)).await
    }

    async fn family(&self, tenant: &TenantId, id: &FamilyId) -> Stored<Option<RefreshFamily>> {
        self.inner.family(tenant, id).await
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
        self.write("rotate", self.inner.rotate(tenant, id, generation, until, now, grace_millis)).await
    }

    async fn end_family(&self, tenant: &TenantId, id: &FamilyId) -> Stored<()> {
        self.write("end_family", self.inner.end_family(tenant, id)).await
    }

    async fn first_sight(&self, tenant: &TenantId, id: &[u8; 32], until: Timestamp, now: Timestamp) -> Stored<bool> {
        self.write("first_sight", self.inner.first_sight(tenant, id, until, now)).await
    }
}

#[async_trait]
impl Visits for EndingStore {
    async fn visit(&self, id: &VisitId, now: Timestamp) -> Stored<Option<Visit>> {
        self.inner.visit(id, now).await
    }

    async fn begin_visit(&self, visit: &Visit) -> Stored<()> {
        self.write("begin_visit", self.inner.begin_visit(visit)).await
    }

    async fn save_visit(&self, read: &Visit, sealed: Vec<u8>, until: Timestamp) -> Stored<bool> {
        self.write("save_visit", self.inner.save_visit(read, sealed, until)).await
    }
}

#[async_trait]
impl Notices for EndingStore {
    async fn notices(&self, tenant: &TenantId, session: &SessionId) -> Stored<Vec<Notice>> {
        self.inner.notices(tenant, session).await
    }

    async fn settle_notice(
        &self,
        tenant: &TenantId,
        session: &SessionId,
        app: &ClientId,
        outcome: NoticeOutcome,
        now: Timestamp,
    ) -> Stored<()> {
        self.write("settle_notice", self.inner.settle_notice(tenant, session, app, outcome, now)).await
    }
}

#[async_trait]
impl Keys for EndingStore {
    async fn keys(&self, tenant: &TenantId, name: &str) -> Stored<Vec<StoredKey>> {
        self.inner.keys(tenant, name).await
    }

    async fn key_names(&self, tenant: &TenantId) -> Stored<Vec<String>> {
        self.inner.key_names(tenant).await
    }

    async fn add_key(&self, tenant: &TenantId, name: &str, key: &StoredKey, when: AddKey) -> Stored<Vec<StoredKey>> {
        self.write("add_key", self.inner.add_key(tenant, name, key, when)).await
    }

    async fn remove_key(&self, tenant: &TenantId, name: &str, id: &str) -> Stored<bool> {
        self.write("remove_key", self.inner.remove_key(tenant, name, id)).await
    }

    async fn master_check(&self, first: &[u8; 32]) -> Stored<[u8; 32]> {
        self.write("master_check", self.inner.master_check(first)).await
    }

    async fn client_secrets(&self, tenant: &TenantId, app: &ClientId) -> Stored<Vec<StoredSecret>> {
        self.inner.client_secrets(tenant, app).await
    }

    async fn add_client_secret(&self, tenant: &TenantId, app: &ClientId, secret: &StoredSecret) -> Stored<()> {
        self.write("add_client_secret", self.inner.add_client_secret(tenant, app, secret)).await
    }

    async fn remove_client_secret(&self, tenant: &TenantId, app: &ClientId, id: &str) -> Stored<bool> {
        self.write("remove_client_secret", self.inner.remove_client_secret(tenant, app, id)).await
    }
}

#[async_trait]
impl Store for EndingStore {
    async fn finish(&self, tenant: &TenantId, finish: &Finish, now: Timestamp) -> Stored<Finished> {
        self.write("finish", self.inner.finish(tenant, finish, now)).await
    }

    async fn sweep(&self, now: Timestamp, keep_records: Duration) -> Stored<u64> {
        self.write("sweep", self.inner.sweep(now, keep_records)).await
    }
}
