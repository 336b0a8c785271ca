//! Sessions in memory: how they end, and how they are looked at.

use async_trait::async_trait;
use zaguan_policy::Timestamp;
use zaguan_session::{Cause, Ended, ExpiredBy, History, Session, SessionId};

use super::{Memory, State};
use crate::{
    DueSession, DueVerdict, Notice, NoticeOutcome, PageMark, SessionFilter, SessionPage, SessionRecord, SessionState,
    Sessions, SessionsOf, Stored, TenantId, Then,
};

impl State {
    pub(super) fn end_session(
        &mut self,
        tenant: &TenantId,
        id: &SessionId,
        cause: &Cause,
        now: Timestamp,
    ) -> Option<Ended> {
        self.end_and_pass_on(tenant, id, cause, now, false)
    }

    fn end_and_pass_on(
        &mut self,
        tenant: &TenantId,
        id: &SessionId,
        cause: &Cause,
        now: Timestamp,
        passed_on: bool,
    ) -> Option<Ended> {
        let key = (tenant.clone(), id.clone());
        let ended = self.sessions.remove(&key)?.end(cause.clone(), now);
        self.due.remove(&key);
        let outcome = NoticeOutcome::at_first(cause, passed_on);
        let notice = |participant| Notice { participant, outcome, at: now };
        let notices = ended.participants().iter().cloned().map(notice).collect();
        self.ended.insert(key, (SessionRecord::from(&ended), notices));
        Some(ended)
    }

    pub(super) fn end_sessions_of_person(
        &mut self,
        tenant: &TenantId,
        object_id: &str,
        cause: &Cause,
        now: Timestamp,
    ) -> Vec<SessionId> {
        let of = SessionsOf::Person { object_id: object_id.to_owned(), except: None };
        self.newest_of(tenant, &of, usize::MAX)
            .into_iter()
            .filter_map(|id| self.end_session(tenant, &id, cause, now))
            .map(|ended| ended.session().clone())
            .collect()
    }

    /// The newest live sessions of a person or an app.
    fn newest_of(&self, tenant: &TenantId, of: &SessionsOf, limit: usize) -> Vec<SessionId> {
        let belongs = |history: &History| match of {
            SessionsOf::Person { object_id, except } => {
                history.person.as_ref() == Some(object_id) && except.as_ref() != Some(&history.id)
            }
            SessionsOf::App(app) => history.uses.iter().any(|one| one.app == *app),
        };
        let mut found: Vec<_> = self
            .sessions
            .iter()
            .filter(|((of, _), session)| of == tenant && belongs(&session.history))
            .map(|((_, id), session)| (session.history.started, id.clone()))
            .collect();
        found.sort_by(|a, b| b.cmp(a));
        found.into_iter().take(limit).map(|(_, id)| id).collect()
    }

    /// Ends what the new session takes the place of: the one that the request found, and whatever else the browser
    /// has under the key.
    pub(super) fn replace(
        &mut self,
        tenant: &TenantId,
        new: &mut Session,
        instead_of: Option<&(SessionId, Option<ExpiredBy>)>,
        now: Timestamp,
    ) -> Vec<Ended> {
        let found = instead_of.map(|(id, _)| id.clone());
        let others = self
            .sessions
            .iter()
            .filter(|((of, _), old)| of == tenant && old.browser == new.browser && old.history.key == new.history.key)
            .map(|((_, id), _)| id.clone());
        let all: Vec<_> = found.into_iter().chain(others).collect();
        let mut ended = Vec::new();
        for id in all {
            let Some(old) = self.sessions.get(&(tenant.clone(), id.clone())) else { continue };
            let cause = old.gives_way_to(new, instead_of);
            let passed_on = new.inherit(old);
            ended.extend(self.end_and_pass_on(tenant, &id, &cause, now, passed_on));
        }
        ended
    }
}

#[async_trait]
impl Sessions for Memory {
    async fn session(&self, tenant: &TenantId, id: &SessionId) -> Stored<Option<Session>> {
        Ok(self.open("read a session")?.sessions.get(&(tenant.clone(), id.clone())).cloned())
    }

    async fn end_session(
        &self,
        tenant: &TenantId,
        id: &SessionId,
        cause: &Cause,
        now: Timestamp,
    ) -> Stored<Option<Ended>> {
        Ok(self.open("end a session")?.end_session(tenant, id, cause, now))
    }

    async fn end_sessions(
        &self,
        tenant: &TenantId,
        of: &SessionsOf,
        cause: &Cause,
        now: Timestamp,
        limit: usize,
    ) -> Stored<Vec<Ended>> {
        let mut state = self.open("end sessions")?;
        let found = state.newest_of(tenant, of, limit);
        Ok(found.iter().filter_map(|id| state.end_session(tenant, id, cause, now)).collect())
    }

    async fn session_record(&self, tenant: &TenantId, id: &SessionId) -> Stored<Option<SessionRecord>> {
        let state = self.open("read the record of a session")?;
        let key = (tenant.clone(), id.clone());
        let live =
            state.sessions.get(&key).map(|session| SessionRecord { history: session.history.clone(), end: None });
        Ok(live.or_else(|| state.ended.get(&key).map(|(record, _)| record.clone())))
    }

    async fn session_page(
        &self,
        tenant: &TenantId,
        filter: &SessionFilter,
        after: Option<&PageMark>,
        limit: usize,
    ) -> Stored<SessionPage> {
        let state = self.open("list sessions")?;
        let of = |key: &(TenantId, SessionId)| key.0 == *tenant;
        let live = state.sessions.iter().filter(|(key, _)| of(key)).map(|(_, session)| (&session.history, None));
        let ended =
            state.ended.iter().filter(|(key, _)| of(key)).map(|(_, (record, _))| (&record.history, record.end.clone()));
        let mut found: Vec<(PageMark, SessionRecord)> = live
            .chain(ended)
            .filter(|(history, end)| {
                let lives = end.is_none();
                filter.state.is_none_or(|state| lives == (state == SessionState::Live)) && filter.matches(history)
            })
            .map(|(history, end)| {
                let mark = PageMark { started: history.started, session: history.id.clone() };
                (mark, SessionRecord { history: history.clone(), end })
            })
            .filter(|(mark, _)| after.is_none_or(|after| mark < after))
            .collect();
        found.sort_by(|(a, _), (b, _)| b.cmp(a));
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().map(|(mark, _)| mark.clone()).filter(|_| more);
        Ok(SessionPage { sessions: found.into_iter().map(|(_, record)| record).collect(), next })
    }

    async fn due_sessions(&self, now: Timestamp, limit: usize) -> Stored<Vec<DueSession>> {
        let state = self.open("look for sessions that are over")?;
        let mut due: Vec<_> = state.due.iter().filter(|(_, due)| **due <= now).map(|(key, due)| (due, key)).collect();
        due.sort();
        Ok(due
            .into_iter()
            .take(limit)
            .filter_map(|(_, key)| {
                Some(DueSession { tenant: key.0.clone(), session: state.sessions.get(key)?.clone() })
            })
            .collect())
    }

    async fn settle_due(&self, verdicts: &[DueVerdict], now: Timestamp) -> Stored<u64> {
        let mut state = self.open("end sessions that are over")?;
        let mut ended = 0;
        for verdict in verdicts {
            let key = (verdict.tenant.clone(), verdict.session.clone());
            match (&verdict.then, state.sessions.get(&key)) {
                (Then::WaitsUntil(until), Some(_)) => {
                    state.due.insert(key, *until);
                }
                (Then::Ends(by), Some(session)) if session.history.last_used == verdict.last_used => {
                    let cause = Cause::Expired(by.clone());
                    ended += u64::from(state.end_session(&verdict.tenant, &verdict.session, &cause, now).is_some());
                }
                _ => {}
            }
        }
        Ok(ended)
    }
}
