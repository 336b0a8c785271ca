//! An engine without a disk: one lock around plain maps. For tests, and as the plain reading of what
//! every engine does.

mod grants;
mod sessions;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use zaguan_policy::Timestamp;
use zaguan_session::{Cause, ClientId, Session, SessionId};

use crate::{
    Account, AccountKey, AccountWrite, AddKey, AskId, CodeHash, Directory, FamilyId, Finish, Finished, IfAbsent,
    IfPresent, Keys, NewCode, Notice, NoticeOutcome, Notices, RefreshFamily, SessionChange, SessionRecord,
    SessionsThen, Store, StoreFault, Stored, StoredKey, StoredSecret, TenantId, Visit, VisitId, Visits, WITHOUT_VISIT,
    WriteAnswer, fold,
};

/// Keeps everything in memory, as long as the process runs.
#[derive(Default)]
pub struct Memory(Mutex<State>);

/// Everything, by tenant and then by what it is found by. Visits know no tenant.
#[derive(Default)]
struct State {
    people: BTreeMap<(TenantId, String), Person>,
    asks: BTreeMap<AskKey, Remembered>,
    sessions: BTreeMap<(TenantId, SessionId), Session>,
    ended: BTreeMap<(TenantId, SessionId), (SessionRecord, Vec<Notice>)>,
    due: BTreeMap<(TenantId, SessionId), Timestamp>,
    codes: BTreeMap<(TenantId, CodeHash), Code>,
    families: BTreeMap<(TenantId, FamilyId), RefreshFamily>,
    sights: BTreeMap<(TenantId, [u8; 32]), Timestamp>,
    visits: BTreeMap<VisitId, Visit>,
    keys: BTreeMap<(TenantId, String), Vec<StoredKey>>,
    master_check: Option<[u8; 32]>,
    secrets: BTreeMap<(TenantId, ClientId), Vec<StoredSecret>>,
}

struct Person {
    account: Account,
    password: Option<String>,
}

struct Code {
    new: NewCode,
    taken: bool,
}

/// Visit, version, tenant, number: in this order, so that the asks of one visit stand together.
type AskKey = (VisitId, u64, TenantId, u32);

struct Remembered {
    digest: [u8; 32],
    answer: WriteAnswer,
    /// The account that other content undoes.
    created: Option<String>,
    asked: Timestamp,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn open(&self, doing: &'static str) -> Stored<MutexGuard<'_, State>> {
        self.0.lock().map_err(|_| StoreFault { doing, cause: "an earlier operation was cut short".into() })
    }
}

impl State {
    fn person(&self, tenant: &TenantId, key: &AccountKey) -> Option<&Person> {
        match key {
            AccountKey::ObjectId(id) => self.people.get(&(tenant.clone(), fold(id))),
            _ => self.people_of(tenant, "").find(|person| key.names(&person.account)),
        }
    }

    /// The tenant's people by rising object id, from this one on.
    fn people_of(&self, tenant: &TenantId, from: &str) -> impl Iterator<Item = &Person> {
        let of = tenant.clone();
        self.people
            .range((tenant.clone(), from.to_owned())..)
            .take_while(move |((tenant, _), _)| *tenant == of)
            .map(|(_, person)| person)
    }

    fn delete_account(&mut self, tenant: &TenantId, object_id: &str) -> bool {
        for ((of, _), family) in &mut self.families {
            if of == tenant && family.grant.person.as_deref() == Some(object_id) {
                family.grant.body.clear();
            }
        }
        for ((of, _), code) in &mut self.codes {
            if of == tenant && code.new.grant.person.as_deref() == Some(object_id) {
                code.new.grant.body.clear();
            }
        }
        self.people.remove(&(tenant.clone(), object_id.to_owned())).is_some()
    }

    /// Undoes what this ask and the later ones of its version created, and forgets their answers:
    /// they followed from a content that is not asked for any more.
    fn undo(&mut self, tenant: &TenantId, ask: &AskId) {
        let from = ask_key(tenant, ask);
        let to = (from.0.clone(), from.1, from.2.clone(), u32::MAX);
        let undone: Vec<_> =
            self.asks.range(from..=to).map(|(key, known)| (key.clone(), known.created.clone())).collect();
        for (key, created) in undone {
            self.asks.remove(&key);
            if let Some(created) = created {
                self.delete_account(tenant, &created);
            }
        }
    }

    fn write_account(&mut self, tenant: &TenantId, write: &AccountWrite, now: Timestamp) -> WriteAnswer {
        let found = self.person(tenant, &write.key);
        let owned = found.is_some_and(|person| write.owns(&person.account));
        let mut account = match (found, &write.if_absent, write.if_present) {
            (None, IfAbsent::Refuse, _) => return WriteAnswer::Absent,
            (None, IfAbsent::Create { object_id }, _) => Account::new(object_id, now),
            (Some(_), _, IfPresent::Refuse) if !owned => return WriteAnswer::Exists,
            (Some(person), ..) => person.account.clone(),
        };
        let (is_new, old_password) = match found {
            None => (true, None),
            Some(person) => (false, person.password.clone()),
        };
        let key = (tenant.clone(), account.object_id.clone());
        let password = account.apply(&write.changes, now).or(old_password);
        if self.is_taken(tenant, &account) || (is_new && self.people.contains_key(&key)) {
            return WriteAnswer::Taken;
        }
        let ended = match write.ends_sessions() {
            Some(cause) if !is_new => self.end_sessions_of_person(tenant, &account.object_id, &cause, now),
            _ => vec![],
        };
        self.people.insert(key, Person { account: account.clone(), password });
        WriteAnswer::Done { account: Box::new(account), created: is_new || owned, ended }
    }

    /// True where another account has one of its names.
    fn is_taken(&self, tenant: &TenantId, account: &Account) -> bool {
        let names = account.sign_in_names.iter().map(|n| AccountKey::SignInName { kind: None, value: n.value.clone() });
        let identities = account.identities.iter().cloned().map(AccountKey::Identity);
        let principal = account.principal_name().map(AccountKey::UserPrincipalName);
        let keys: Vec<AccountKey> = names.chain(identities).chain(principal).collect();
        self.people_of(tenant, "")
            .filter(|person| person.account.object_id != account.object_id)
            .any(|person| keys.iter().any(|key| key.names(&person.account)))
    }

    /// From now on somebody knows what the asks of this version created.
    fn tell(&mut self, visit: &VisitId, version: u64) {
        let of_visit = |key: &AskKey| key.0 == *visit && key.1 == version;
        self.asks.iter_mut().filter(|(key, _)| of_visit(key)).for_each(|(_, known)| known.created = None);
    }
}

#[async_trait]
impl Directory for Memory {
    async fn account(&self, tenant: &TenantId, key: &AccountKey) -> Stored<Option<Account>> {
        let state = self.open("find an account")?;
        Ok(state.person(tenant, key).map(|person| person.account.clone()))
    }

    async fn password_hash(&self, tenant: &TenantId, object_id: &str) -> Stored<Option<String>> {
        let state = self.open("read a password's hash")?;
        Ok(state.people.get(&(tenant.clone(), fold(object_id))).and_then(|person| person.password.clone()))
    }

    async fn write_account(
        &self,
        tenant: &TenantId,
        ask: Option<&AskId>,
        write: &AccountWrite,
        now: Timestamp,
    ) -> Stored<WriteAnswer> {
        let mut state = self.open("write an account")?;
        let Some(ask) = ask else { return Ok(state.write_account(tenant, write, now)) };
        let key = ask_key(tenant, ask);
        match state.asks.get(&key) {
            Some(known) if known.digest == ask.digest => return Ok(known.answer.clone()),
            Some(_) => state.undo(tenant, ask),
            None => {}
        }
        let before = state.people.len();
        let answer = state.write_account(tenant, write, now);
        let created = match &answer {
            WriteAnswer::Done { account, .. } if state.people.len() > before => Some(account.object_id.clone()),
            _ => None,
        };
        state.asks.insert(key, Remembered { digest: ask.digest, answer: answer.clone(), created, asked: now });
        Ok(answer)
    }

    async fn delete_account(
        &self,
        tenant: &TenantId,
        object_id: &str,
        sessions: SessionsThen,
        now: Timestamp,
    ) -> Stored<bool> {
        let mut state = self.open("delete an account")?;
        if sessions == SessionsThen::End {
            state.end_sessions_of_person(tenant, &fold(object_id), &Cause::AccountDeleted, now);
        }
        Ok(state.delete_account(tenant, &fold(object_id)))
    }

    async fn accounts(&self, tenant: &TenantId, after: Option<&str>, limit: usize) -> Stored<Vec<Account>> {
        let state = self.open("list accounts")?;
        let after = after.map(fold);
        let from = after.as_deref().unwrap_or_default();
        let later = state.people_of(tenant, from).filter(|person| after.as_ref() != Some(&person.account.object_id));
        Ok(later.take(limit).map(|person| person.account.clone()).collect())
    }
}

#[async_trait]
impl Visits for Memory {
    async fn visit(&self, id: &VisitId, now: Timestamp) -> Stored<Option<Visit>> {
        Ok(self.open("read a visit")?.visits.get(id).filter(|visit| now < visit.until).cloned())
    }

    async fn begin_visit(&self, visit: &Visit) -> Stored<()> {
        const DOING: &str = "begin a visit";
        let mut state = self.open(DOING)?;
        if state.visits.contains_key(&visit.id) {
            return Err(StoreFault { doing: DOING, cause: "there is one of this name".into() });
        }
        state.visits.insert(visit.id.clone(), Visit { version: 0, ..visit.clone() });
        Ok(())
    }

    async fn save_visit(&self, read: &Visit, sealed: Vec<u8>, until: Timestamp) -> Stored<bool> {
        let mut state = self.open("save a visit")?;
        let Some(visit) = state.visits.get_mut(&read.id).filter(|visit| visit.version == read.version) else {
            return Ok(false);
        };
        *visit = Visit { id: read.id.clone(), version: read.version + 1, sealed, until };
        state.tell(&read.id, read.version);
        Ok(true)
    }
}

#[async_trait]
impl Notices for Memory {
    async fn notices(&self, tenant: &TenantId, session: &SessionId) -> Stored<Vec<Notice>> {
        let state = self.open("read notices")?;
        Ok(state.ended.get(&(tenant.clone(), session.clone())).map(|(_, notices)| notices.clone()).unwrap_or_default())
    }

    async fn settle_notice(
        &self,
        tenant: &TenantId,
        session: &SessionId,
        app: &ClientId,
        outcome: NoticeOutcome,
        now: Timestamp,
    ) -> Stored<()> {
        let mut state = self.open("settle a notice")?;
        if let Some((_, notices)) = state.ended.get_mut(&(tenant.clone(), session.clone())) {
            for notice in notices.iter_mut().filter(|notice| notice.participant.app == *app) {
                (notice.outcome, notice.at) = (outcome, now);
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Keys for Memory {
    async fn keys(&self, tenant: &TenantId, name: &str) -> Stored<Vec<StoredKey>> {
        let state = self.open("read keys")?;
        Ok(state.keys.get(&(tenant.clone(), fold(name))).cloned().unwrap_or_default())
    }

    async fn key_names(&self, tenant: &TenantId) -> Stored<Vec<String>> {
        let state = self.open("list keys")?;
        Ok(state.keys.keys().filter(|(of, _)| of == tenant).map(|(_, name)| name.clone()).collect())
    }

    async fn add_key(&self, tenant: &TenantId, name: &str, key: &StoredKey, when: AddKey) -> Stored<Vec<StoredKey>> {
        const DOING: &str = "add a key";
        let mut state = self.open(DOING)?;
        let keys = state.keys.entry((tenant.clone(), fold(name))).or_default();
        if when == AddKey::Always || !keys.iter().any(|known| known.kind == key.kind) {
            if keys.iter().any(|known| known.id == key.id) {
                return Err(StoreFault { doing: DOING, cause: "there is one of this id".into() });
            }
            keys.push(key.clone());
            keys.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        }
        Ok(keys.clone())
    }

    async fn remove_key(&self, tenant: &TenantId, name: &str, id: &str) -> Stored<bool> {
        let mut state = self.open("remove a key")?;
        let slot = (tenant.clone(), fold(name));
        let Some(keys) = state.keys.get_mut(&slot) else { return Ok(false) };
        let before = keys.len();
        keys.retain(|key| key.id != id);
        let (removed, none_left) = (keys.len() < before, keys.is_empty());
        if none_left {
            state.keys.remove(&slot);
        }
        Ok(removed)
    }

    async fn master_check(&self, first: &[u8; 32]) -> Stored<[u8; 32]> {
        Ok(*self.open("compare the master key")?.master_check.get_or_insert(*first))
    }

    async fn client_secrets(&self, tenant: &TenantId, app: &ClientId) -> Stored<Vec<StoredSecret>> {
        let state = self.open("read client secrets")?;
        Ok(state.secrets.get(&(tenant.clone(), app.clone())).cloned().unwrap_or_default())
    }

    async fn add_client_secret(&self, tenant: &TenantId, app: &ClientId, secret: &StoredSecret) -> Stored<()> {
        const DOING: &str = "add a client secret";
        let mut state = self.open(DOING)?;
        let secrets = state.secrets.entry((tenant.clone(), app.clone())).or_default();
        if secrets.iter().any(|known| known.id == secret.id) {
            return Err(StoreFault { doing: DOING, cause: "there is one of this id".into() });
        }
        secrets.push(secret.clone());
        secrets.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        Ok(())
    }

    async fn remove_client_secret(&self, tenant: &TenantId, app: &ClientId, id: &str) -> Stored<bool> {
        let mut state = self.open("remove a client secret")?;
        let Some(secrets) = state.secrets.get_mut(&(tenant.clone(), app.clone())) else { return Ok(false) };
        let before = secrets.len();
        secrets.retain(|secret| secret.id != id);
        Ok(secrets.len() < before)
    }
}

#[async_trait]
impl Store for Memory {
    async fn finish(&self, tenant: &TenantId, finish: &Finish, now: Timestamp) -> Stored<Finished> {
        let fault = |cause: &str| Err(StoreFault { doing: "finish a journey", cause: cause.into() });
        let mut state = self.open("finish a journey")?;
        // Everything that may stand in the way is asked first, so that nothing is half written.
        if let Some((visit, version)) = &finish.visit
            && state.visits.get(visit).is_none_or(|visit| visit.version != *version)
        {
            return Ok(Finished::VisitMoved);
        }
        match &finish.session {
            SessionChange::Use(used) if !state.sessions.contains_key(&(tenant.clone(), used.session.clone())) => {
                return Ok(Finished::SessionEnded);
            }
            SessionChange::Start { session, .. } => {
                let key = (tenant.clone(), session.id().clone());
                if state.sessions.contains_key(&key) || state.ended.contains_key(&key) {
                    return fault("the session's id was used before");
                }
            }
            SessionChange::Use(_) | SessionChange::None => {}
        }
        if let Some(code) = &finish.code {
            let key = (tenant.clone(), code.hash);
            if state.codes.contains_key(&key) {
                return fault("the code was used before");
            }
            state.codes.insert(key, Code { new: code.clone(), taken: false });
        }
        if let Some((visit, _)) = &finish.visit {
            state.visits.remove(visit);
            state.asks.retain(|key, _| key.0 != *visit);
        }
        let (session, ended) = match &finish.session {
            SessionChange::None => (None, vec![]),
            SessionChange::Start { session, instead_of } => {
                let mut session = session.clone();
                let ended = state.replace(tenant, &mut session, instead_of.as_ref(), now);
                let key = (tenant.clone(), session.id().clone());
                state.due.insert(key.clone(), session.due());
                state.sessions.insert(key, (*session).clone());
                (Some(session), ended)
            }
            SessionChange::Use(used) => {
                let key = (tenant.clone(), used.session.clone());
                let State { sessions, due, .. } = &mut *state;
                let applied = sessions.get_mut(&key).map(|session| {
                    let kept = session.history.kept;
                    session.apply(used);
                    if session.history.kept != kept {
                        due.insert(key, session.due());
                    }
                    Box::new(session.clone())
                });
                (applied, vec![])
            }
        };
        Ok(Finished::Done { session, ended })
    }

    async fn sweep(&self, now: Timestamp, keep_records: Duration) -> Stored<u64> {
        let mut state = self.open("sweep")?;
        let State { visits, asks, codes, families, sights, ended, .. } = &mut *state;
        let before = visits.len() + codes.len() + families.len() + sights.len() + ended.len();
        asks.retain(|key, known| match visits.get(&key.0) {
            Some(visit) => now < visit.until,
            None => now < known.asked + WITHOUT_VISIT,
        });
        visits.retain(|_, visit| now < visit.until);
        codes.retain(|_, code| now < code.new.until);
        families.retain(|_, family| now < family.until);
        sights.retain(|_, until| now < *until);
        ended.retain(|_, (record, _)| record.end.as_ref().is_some_and(|end| now < end.at + keep_records));
        let after = visits.len() + codes.len() + families.len() + sights.len() + ended.len();
        Ok((before - after).try_into().unwrap_or(u64::MAX))
    }
}

fn ask_key(tenant: &TenantId, ask: &AskId) -> AskKey {
    (ask.visit.clone(), ask.version, tenant.clone(), ask.number)
}
