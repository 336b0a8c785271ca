//! Sessions in memory: they end with the process.

use super::{
    EndedSession, Ending, Joined, Joining, NewSession, Opened, PersonHash, ProviderSession, Save, Sealed, SessionHash,
    SessionRow, Store, StoreError, SubjectHash, TokenKey, Version, Versioned,
};
use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use zaguan_protocol::NumericDate;

/// A store for one process. One lock, so every method is one step; tokens hang on their session's entry, so none can
/// be without.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Rows>);

#[derive(Debug, Default)]
struct Rows {
    sessions: HashMap<SessionHash, Entry>,
    marks: HashMap<Mark, Times>,
    /// The marks in the order they were made, which is the order in which they are forgotten.
    order: VecDeque<Mark>,
    versions: u64,
}

#[derive(Debug)]
struct Entry {
    row: SessionRow,
    tokens: BTreeMap<String, Versioned<Sealed>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Mark {
    Session(ProviderSession),
    Subject(SubjectHash),
    Person(PersonHash),
}

#[derive(Clone, Copy, Debug)]
struct Times {
    ended: NumericDate,
    remembered_until: NumericDate,
}

/// What a mark is compared with.
struct Candidate<'a> {
    provider: &'a [ProviderSession],
    subjects: &'a [SubjectHash],
    person: &'a PersonHash,
    issued: NumericDate,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many sessions there are.
    pub fn session_count(&self) -> usize {
        self.rows().sessions.len()
    }

    /// How many rows of tokens there are, over all sessions.
    pub fn token_count(&self) -> usize {
        self.rows().sessions.values().map(|entry| entry.tokens.len()).sum()
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        // Each method leaves the rows whole at every point where it could stop.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    /// ST-3. A session's name is never used again, so its mark needs no time; subject and person come back.
    fn is_marked(&self, candidate: &Candidate<'_>) -> bool {
        let not_later = |mark| self.marks.get(&mark).is_some_and(|times| candidate.issued <= times.ended);
        candidate.provider.iter().any(|provider| self.marks.contains_key(&Mark::Session(provider.clone())))
            || candidate.subjects.iter().any(|subject| not_later(Mark::Subject(subject.clone())))
            || not_later(Mark::Person(candidate.person.clone()))
    }

    fn mark(&mut self, mark: Mark, at: NumericDate, remembered_until: NumericDate) {
        if self.marks.insert(mark.clone(), Times { ended: at, remembered_until }).is_some() {
            self.order.retain(|other| *other != mark);
        }
        self.order.push_back(mark);
        // Anyone can send a front-channel request, so the marks are bounded in number too.
        while let Some(oldest) = self.order.front() {
            let gone = self.marks.get(oldest).is_none_or(|times| times.remembered_until <= at);
            if !gone && self.order.len() <= MOST_MARKS {
                break;
            }
            self.marks.remove(oldest);
            self.order.pop_front();
        }
    }

    fn change(&mut self, key: &TokenKey, seen: Version, new: Option<Sealed>) -> Save {
        let Some(entry) = self.sessions.get_mut(&key.session) else { return Save::SessionEnded };
        let current = entry.tokens.get(&key.policy).map_or(Version::NONE, |tokens| tokens.version);
        if current != seen {
            return Save::Moved;
        }
        match new {
            Some(value) => {
                self.versions += 1;
                entry.tokens.insert(key.policy.clone(), Versioned { version: Version(self.versions), value });
            }
            None => {
                entry.tokens.remove(&key.policy);
            }
        }
        Save::Saved
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn open_session(&self, new: NewSession) -> Result<Opened, StoreError> {
        let mut rows = self.rows();
        let NewSession { id, row, issued } = new;
        let candidate = Candidate { provider: &row.provider, subjects: &row.subjects, person: &row.person, issued };
        if rows.is_marked(&candidate) {
            return Ok(Opened::AlreadyEnded);
        }
        rows.sessions.insert(id, Entry { row, tokens: BTreeMap::new() });
        Ok(Opened::Yes)
    }

    async fn session(&self, id: &SessionHash) -> Result<Option<SessionRow>, StoreError> {
        Ok(self.rows().sessions.get(id).map(|entry| entry.row.clone()))
    }

    async fn touch(&self, id: &SessionHash, until: NumericDate) -> Result<bool, StoreError> {
        let mut rows = self.rows();
        let Some(entry) = rows.sessions.get_mut(id) else { return Ok(false) };
        entry.row.until = until.min(entry.row.latest);
        Ok(true)
    }

    async fn join(&self, id: &SessionHash, joining: Joining) -> Result<Joined, StoreError> {
        let mut rows = self.rows();
        if !rows.sessions.contains_key(id) {
            return Ok(Joined::SessionEnded);
        }
        let Joining { provider, subject, person, issued, sealed } = joining;
        let candidate = Candidate {
            provider: provider.as_slice(),
            subjects: std::slice::from_ref(&subject),
            person: &person,
            issued,
        };
        if rows.is_marked(&candidate) {
            return Ok(Joined::AlreadyEnded);
        }
        let Some(entry) = rows.sessions.get_mut(id) else { return Ok(Joined::SessionEnded) };
        if let Some(provider) = provider
            && !entry.row.provider.contains(&provider)
        {
            entry.row.provider.push(provider);
        }
        if !entry.row.subjects.contains(&subject) {
            entry.row.subjects.push(subject);
        }
        entry.row.sealed = sealed;
        Ok(Joined::Yes)
    }

    async fn tokens(&self, key: &TokenKey) -> Result<Option<Versioned<Sealed>>, StoreError> {
        Ok(self.rows().sessions.get(&key.session).and_then(|entry| entry.tokens.get(&key.policy)).cloned())
    }

    async fn save_tokens(&self, key: &TokenKey, seen: Version, new: Sealed) -> Result<Save, StoreError> {
        Ok(self.rows().change(key, seen, Some(new)))
    }

    async fn forget_tokens(&self, key: &TokenKey, seen: Version) -> Result<Save, StoreError> {
        Ok(self.rows().change(key, seen, None))
    }

    async fn end(
        &self,
        ending: &Ending,
        at: NumericDate,
        remember_until: NumericDate,
    ) -> Result<Vec<EndedSession>, StoreError> {
        let mut rows = self.rows();
        let mark = match ending {
            Ending::ProviderSession(provider) => Some(Mark::Session(provider.clone())),
            Ending::Subject(subject) => Some(Mark::Subject(subject.clone())),
            Ending::Person(person) => Some(Mark::Person(person.clone())),
            Ending::Session(_) | Ending::Outlived => None,
        };
        let meant = |id: &SessionHash, row: &SessionRow| match ending {
            Ending::Session(this) => id == this,
            Ending::ProviderSession(provider) => row.provider.contains(provider),
            Ending::Subject(subject) => row.subjects.contains(subject),
            Ending::Person(person) => row.person == *person,
            Ending::Outlived => row.latest <= at,
        };
        let ended = rows
            .sessions
            .extract_if(|id, entry| meant(id, &entry.row))
            .map(|(id, Entry { row, tokens })| EndedSession {
                id,
                row,
                tokens: tokens.into_iter().map(|(policy, tokens)| (policy, tokens.value)).collect(),
            })
            .collect();
        if let Some(mark) = mark {
            rows.mark(mark, at, remember_until);
        }
        Ok(ended)
    }
}

const MOST_MARKS: usize = 100_000;
