//! A tenant that exists on paper: policies, browsers and a clock, and what would happen to sessions.
//!
//! Nothing here decides about a session. Which one a request may find, whether it answers, what replaces it and why it
//! ends is asked of the same functions that the server asks; what is added is what is around them: the browser's
//! cookies, the order of things, the sweep. A test of the server (`simulator_agrees.rs`) checks that both tell the same.

mod told;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Duration};

use zaguan_policy::{
    Timestamp, Value,
    id::{ClaimTypeId, PolicyId, ProfileId},
    model::Scope,
};

pub use told::{Answer, Asked, Began, Holds, Lost, Told, Why};

use crate::{
    cause::{Cause, ExpiredBy, Limit},
    cookie::{CookieAge, SessionId},
    history::Origin,
    provider::{Memory, Recalled, SessionRule},
    quirks::{Quirk, Quirks},
    scope::{ClientId, SessionKey, session_key},
    session::{Ended, Freshness, NewSession, Participant, Session, SessionUse, Terms, Verdict},
};

/// What sessions have to do with of a policy.
#[derive(Clone, Debug)]
pub struct SimulatedPolicy {
    /// Its id.
    pub id: PolicyId,
    /// Who shares its sessions.
    pub scope: Scope,
    /// For how long they live.
    pub terms: Terms,
    /// How the profile behind its sign-in page takes part in sessions.
    pub remembers: SessionRule,
    /// Whether its sign-in page has the box.
    pub keep_box: KeepBox,
    /// The issuer of its tokens, where apps that get one become participants. Only told apart, never sent.
    pub registers_as: Option<String>,
}

/// Whether a sign-in page has the box "keep me signed in".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeepBox {
    /// It is there, and empty.
    Offered,
    /// S-045: a tick counts for nothing.
    Absent,
}

/// Something that happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// An app sends a browser to sign in.
    Open(Open),
    /// A browser is sent to sign out.
    SignOut {
        /// Which browser.
        browser: String,
        /// The app, where the request names it (S-086, S-087).
        app: Option<ClientId>,
        /// By which policy.
        policy: PolicyId,
    },
    /// Time passes, in whole seconds.
    Pass(Duration),
    /// A browser is closed and opened again.
    Close(String),
    /// An administrator ends all sessions of a person.
    EndSessionsOf(String),
    /// An administrator gives a person another password.
    ChangePasswordOf(String),
    /// The server looks for sessions that outlived every policy, as it does every few minutes.
    Sweep,
}

/// A request to sign in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Open {
    /// In which browser.
    pub browser: String,
    /// For which app.
    pub app: ClientId,
    /// By which policy.
    pub policy: PolicyId,
    /// `prompt`.
    pub prompt: Prompt,
    /// `max_age`, in seconds.
    pub max_age: Option<u32>,
    /// What the person does if the sign-in page comes.
    pub if_asked: IfAsked,
}

/// `prompt`, as far as sessions care.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Prompt {
    /// Not said, or without an effect.
    Unsaid,
    /// The person is to be asked (S-067).
    Login,
    /// The person is not to be asked (S-069).
    None,
}

/// What a person does with a sign-in page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum IfAsked {
    /// Signs in.
    SignsIn {
        /// Who.
        person: String,
        /// What becomes of the box, where there is one.
        keep: Keep,
    },
    /// Goes away.
    Leaves,
}

/// The box "keep me signed in".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// Ticked.
    Ticked,
    /// Left empty.
    Unticked,
}

type Memories = BTreeMap<ProfileId, Memory>;

/// One tenant, on one host.
#[derive(Clone, Debug)]
pub struct World {
    policies: BTreeMap<PolicyId, SimulatedPolicy>,
    quirks: Quirks,
    now: Timestamp,
    browsers: BTreeMap<String, Browser>,
    live: BTreeMap<SessionId, Live>,
    ended: BTreeMap<SessionId, Ended>,
    /// For names of sessions and browsers.
    counted: u32,
}

#[derive(Clone, Debug)]
struct Live {
    session: Session,
    /// When the sweep looks at it next.
    due: Timestamp,
}

#[derive(Clone, Debug, Default)]
struct Browser {
    /// It goes with the browser, and a new one comes with the next request.
    identity: Option<[u8; 32]>,
    cookies: BTreeMap<SessionKey, Cookie>,
    /// What became of the last cookie that it does not have any more.
    lost: BTreeMap<SessionKey, (SessionId, Lost)>,
}

#[derive(Clone, Debug)]
struct Cookie {
    session: SessionId,
    /// When a kept one is over.
    until: Option<Timestamp>,
}

/// There is no such policy here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownPolicy(pub PolicyId);

impl World {
    /// A tenant in which nothing has happened yet.
    pub fn new(policies: impl IntoIterator<Item = SimulatedPolicy>, quirks: Quirks, now: Timestamp) -> Self {
        Self {
            policies: policies.into_iter().map(|policy| (policy.id.clone(), policy)).collect(),
            quirks,
            now,
            browsers: BTreeMap::new(),
            live: BTreeMap::new(),
            ended: BTreeMap::new(),
            counted: 0,
        }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Its policies, by id.
    pub fn policies(&self) -> impl Iterator<Item = &SimulatedPolicy> {
        self.policies.values()
    }

    /// The sessions that have not ended, whether or not any policy still accepts them.
    pub fn live(&self) -> impl Iterator<Item = &Session> {
        self.live.values().map(|live| &live.session)
    }

    /// The session that ended.
    pub fn ended(&self, session: &SessionId) -> Option<&Ended> {
        self.ended.get(session)
    }

    /// Lets something happen.
    ///
    /// # Errors
    /// Where it is by a policy that is not here; then nothing happened.
    pub fn happen(&mut self, event: &Event) -> Result<Told, UnknownPolicy> {
        Ok(match event {
            Event::Open(open) => self.open(open)?,
            Event::SignOut { browser, app, policy } => self.sign_out(browser, app.as_ref(), policy)?,
            Event::Pass(by) => {
                self.now = self.now + *by;
                Told::default()
            }
            Event::Close(browser) => {
                self.close(browser);
                Told::default()
            }
            Event::EndSessionsOf(person) => self.end_all_of(person, &Cause::Administrator { note: String::new() }),
            Event::ChangePasswordOf(person) => match self.quirks.has(Quirk::PasswordChangeKeepsSessions) {
                true => Told::default(),
                false => self.end_all_of(person, &Cause::PasswordChanged),
            },
            Event::Sweep => self.sweep(),
        })
    }

    fn policy(&self, id: &PolicyId) -> Result<SimulatedPolicy, UnknownPolicy> {
        self.policies.get(id).cloned().ok_or_else(|| UnknownPolicy(id.clone()))
    }

    fn open(&mut self, open: &Open) -> Result<Told, UnknownPolicy> {
        let policy = self.policy(&open.policy)?;
        let key = session_key(policy.scope, &open.app, &policy.id);
        let found = key.as_ref().and_then(|key| self.session_in(&open.browser, key));
        let freshness = match (open.prompt, open.max_age) {
            (Prompt::Login, _) => Freshness::Now,
            (_, Some(seconds)) => Freshness::Within(Duration::from_secs(seconds.into())),
            (_, None) => Freshness::Whenever,
        };
        let verdict = found.as_ref().map(|session| session.judge(&policy.id, &policy.terms, freshness, self.now));
        let (spared, why) = self.reason(open, &policy, key.as_ref(), found.as_ref(), verdict.as_ref());
        let answers = found.as_ref().filter(|_| verdict == Some(Verdict::Answers));

        if spared && let (Some(key), Some(session)) = (&key, answers) {
            let used = self.used(open, &policy, session.id(), BTreeMap::new());
            let holds = self.go_on(open, &policy, key, &used);
            return Ok(Told { answer: Some(Answer { asked: Asked::NotAsked, why, holds }), ended: vec![] });
        }
        let told = |asked| Told { answer: Some(Answer { asked, why: why.clone(), holds: None }), ended: vec![] };
        if open.prompt == Prompt::None {
            return Ok(told(Asked::Refused));
        }
        let IfAsked::SignsIn { person, keep } = &open.if_asked else { return Ok(told(Asked::Left)) };
        // S-025.
        let Some(key) = &key else { return Ok(told(Asked::SignedIn)) };
        let known = Value::Text(person.clone());
        let identity = ClaimTypeId::new("objectId");
        let memory = policy.remembers.remember(|_| true, |claim| (*claim == identity).then_some(&known), None);
        let memories: Memories = memory.into_iter().map(|memory| (policy.remembers.key.clone(), memory)).collect();
        let keep = policy.keep_box == KeepBox::Offered && *keep == Keep::Ticked;
        // The same person in a session that lives: it goes on, though the page was shown.
        if let Some(session) = answers.filter(|session| session.history.person.as_ref() == Some(person)) {
            let used = SessionUse { keep, ..self.used(open, &policy, session.id(), memories) };
            let holds = self.go_on(open, &policy, key, &used);
            return Ok(Told { answer: Some(Answer { asked: Asked::SignedIn, why, holds }), ended: vec![] });
        }
        let id = self.next_session();
        let first = SessionUse { keep, ..self.used(open, &policy, &id, memories) };
        let new = NewSession {
            id,
            secret_hash: [0; 32],
            browser: first.browser,
            key: key.clone(),
            person: Some(person.clone()),
            origin: Origin::default(),
        };
        let instead_of = found.map(|session| {
            let over = match verdict {
                Some(Verdict::Expired(by)) => Some(by),
                _ => None,
            };
            (session.id().clone(), over)
        });
        let (holds, ended) = self.begin(open, &policy.terms, Session::begin(new, first), instead_of);
        Ok(Told { answer: Some(Answer { asked: Asked::SignedIn, why, holds: Some(holds) }), ended })
    }

    /// Whether the session spares the sign-in page, and why or why not.
    fn reason(
        &self,
        open: &Open,
        policy: &SimulatedPolicy,
        key: Option<&SessionKey>,
        found: Option<&Session>,
        verdict: Option<&Verdict>,
    ) -> (bool, Why) {
        let Some(key) = key else { return (false, Why::Suppressed) };
        let (Some(session), Some(verdict)) = (found, verdict) else {
            let lost = self.lost(&open.browser, key);
            return (false, Why::NoSession { key: key.clone(), lost });
        };
        let id = session.id().clone();
        let rule = &policy.remembers;
        match verdict {
            Verdict::Expired(by) => (false, Why::Expired { session: id, key: key.clone(), by: by.clone() }),
            Verdict::NotFresh if open.prompt == Prompt::Login => (false, Why::PromptLogin { session: id }),
            Verdict::NotFresh => (false, Why::MaxAge { session: id, signed_in: session.history.started }),
            Verdict::Answers if rule.recall(Some(session)) != Recalled::Nothing => {
                (true, Why::Lives { session: id, key: key.clone(), bound: session.bound(&policy.terms) })
            }
            Verdict::Answers => {
                let keeps_nothing = rule.remember(|_| false, |_| None, None).is_none();
                let why = match keeps_nothing || session.memories.contains_key(&rule.key) {
                    true => Why::AskedEachTime { session: id },
                    false => Why::NotRemembered { session: id, by: rule.key.clone() },
                };
                (false, why)
            }
        }
    }

    /// A request that a session answers.
    fn go_on(&mut self, open: &Open, policy: &SimulatedPolicy, key: &SessionKey, used: &SessionUse) -> Option<Holds> {
        let id = &used.session;
        let live = self.live.get_mut(id)?;
        let kept = live.session.history.kept;
        live.session.apply(used);
        if live.session.history.kept != kept {
            live.due = live.session.due();
        }
        let cookie = live.session.cookie_age(&policy.terms, self.now);
        let bound = live.session.bound(&policy.terms);
        self.set_cookie(&open.browser, key, id, cookie);
        Some(Holds { session: id.clone(), began: Began::Before, bound, cookie })
    }

    /// A session begins, and ends what was there: the one that the request found, and what else the browser has under
    /// the key.
    fn begin(
        &mut self,
        open: &Open,
        terms: &Terms,
        mut session: Session,
        instead_of: Option<(SessionId, Option<ExpiredBy>)>,
    ) -> (Holds, Vec<(SessionId, Cause)>) {
        let others = self.live.values().map(|live| &live.session);
        let others = others.filter(|old| old.browser == session.browser && old.history.key == session.history.key);
        let others: Vec<_> = others.map(|old| old.id().clone()).collect();
        let found = instead_of.as_ref().map(|(id, _)| id.clone());
        let mut ended = Vec::new();
        for id in found.into_iter().chain(others) {
            let Some(old) = self.live.get(&id) else { continue };
            let cause = old.session.gives_way_to(&session, instead_of.as_ref());
            session.inherit(&old.session);
            ended.extend(self.end(&id, cause));
        }
        let (id, key) = (session.id().clone(), session.history.key.clone());
        let cookie = session.cookie_age(terms, self.now);
        let holds = Holds { session: id.clone(), began: Began::Now, bound: session.bound(terms), cookie };
        self.live.insert(id.clone(), Live { due: session.due(), session });
        let before = self.cookies_of(&open.browser);
        self.set_cookie(&open.browser, &key, &id, cookie);
        ended.extend(self.evict(&open.browser, &key, before));
        (holds, ended)
    }

    /// A browser holds so many sessions and no more; the one that was unused longest goes.
    fn evict(
        &mut self,
        browser: &str,
        newest: &SessionKey,
        before: Vec<(SessionKey, SessionId)>,
    ) -> Option<(SessionId, Cause)> {
        let others: Vec<_> = before.into_iter().filter(|(key, _)| key != newest).collect();
        if others.len() < CookieAge::MOST_SESSIONS {
            return None;
        }
        let last_used = |id: &SessionId| self.live.get(id).map(|live| live.session.history.last_used);
        let (key, id) = others.into_iter().min_by_key(|(_, id)| last_used(id))?;
        self.lose(browser, &key, Lost::Cleared);
        self.end(&id, Cause::Evicted(Limit::CookiesInBrowser))
    }

    fn used(&mut self, open: &Open, policy: &SimulatedPolicy, id: &SessionId, memories: Memories) -> SessionUse {
        SessionUse {
            session: id.clone(),
            at: self.now,
            app: open.app.clone(),
            policy: policy.id.clone(),
            terms: policy.terms,
            browser: self.identity_of(&open.browser),
            participant: policy.registers_as.as_ref().map(|issuer| Participant {
                app: open.app.clone(),
                issuer: issuer.clone(),
                sid: id.clone(),
                policy: policy.id.clone(),
                since: self.now,
            }),
            keep: false,
            memories,
        }
    }

    fn sign_out(&mut self, browser: &str, app: Option<&ClientId>, policy: &PolicyId) -> Result<Told, UnknownPolicy> {
        let policy = self.policy(policy)?;
        // S-087: with a session for each app, a request that names none ends none.
        let nobody = ClientId::new("");
        let Some(key) = session_key(policy.scope, app.unwrap_or(&nobody), &policy.id) else {
            return Ok(Told::default());
        };
        let cause = app.map_or(Cause::SignedOutHere, |app| Cause::SignedOutByApp(app.clone()));
        let found = self.session_in(browser, &key).map(|session| session.id().clone());
        let ended = found.and_then(|id| self.end(&id, cause)).into_iter().collect();
        self.lose(browser, &key, Lost::Cleared);
        Ok(Told { answer: None, ended })
    }

    fn close(&mut self, browser: &str) {
        let Some(browser) = self.browsers.get_mut(browser) else { return };
        browser.identity = None;
        let (kept, gone): (BTreeMap<_, _>, _) =
            std::mem::take(&mut browser.cookies).into_iter().partition(|(_, cookie)| cookie.until.is_some());
        browser.cookies = kept;
        browser.lost.extend(gone.into_iter().map(|(key, cookie)| (key, (cookie.session, Lost::WithTheBrowser))));
    }

    fn end_all_of(&mut self, person: &str, cause: &Cause) -> Told {
        let theirs = self.live.values().filter(|live| live.session.history.person.as_deref() == Some(person));
        let theirs: Vec<_> = theirs.map(|live| live.session.id().clone()).collect();
        Told { answer: None, ended: theirs.iter().filter_map(|id| self.end(id, cause.clone())).collect() }
    }

    /// A session is looked at when the policy that began it gives it up, and ends once none accepts it.
    fn sweep(&mut self) -> Told {
        let now = self.now;
        let mut over = Vec::new();
        for (id, live) in self.live.iter_mut().filter(|(_, live)| live.due <= now) {
            let key = &live.session.history.key;
            let finders = self.policies.values().filter(|policy| key.is_found_by(policy.scope, &policy.id));
            match live.session.last_bound(finders.map(|policy| (&policy.id, policy.terms))) {
                Some(last) if last.bound.until > now => live.due = last.bound.until,
                Some(last) => over.push((id.clone(), last)),
                None => {}
            }
        }
        Told {
            answer: None,
            ended: over.into_iter().filter_map(|(id, by)| self.end(&id, Cause::Expired(by))).collect(),
        }
    }

    fn end(&mut self, id: &SessionId, cause: Cause) -> Option<(SessionId, Cause)> {
        let ended = self.live.remove(id)?.session.end(cause.clone(), self.now);
        self.ended.insert(id.clone(), ended);
        Some((id.clone(), cause))
    }

    // ---- Browsers ----

    /// The session that the browser's cookie opens. A cookie whose time is over is forgotten here.
    fn session_in(&mut self, browser: &str, key: &SessionKey) -> Option<Session> {
        self.cookies_of(browser);
        let cookie = self.browsers.get(browser)?.cookies.get(key)?;
        self.live.get(&cookie.session).map(|live| live.session.clone())
    }

    /// What became of the session that the browser had under the key.
    fn lost(&self, browser: &str, key: &SessionKey) -> Option<(SessionId, Lost)> {
        let browser = self.browsers.get(browser)?;
        let dead = || Some((browser.cookies.get(key)?.session.clone(), Lost::Cleared));
        let (session, how) = dead().or_else(|| browser.lost.get(key).cloned())?;
        let cause = self.ended.get(&session).map(|ended| Lost::Ended(ended.cause().clone()));
        Some((session, cause.unwrap_or(how)))
    }

    /// The cookies that the browser would send now.
    fn cookies_of(&mut self, browser: &str) -> Vec<(SessionKey, SessionId)> {
        let now = self.now;
        let browser = self.browsers.entry(browser.to_owned()).or_default();
        let over = |cookie: &Cookie| cookie.until.filter(|until| *until <= now);
        for (key, cookie) in &browser.cookies {
            if let Some(until) = over(cookie) {
                browser.lost.insert(key.clone(), (cookie.session.clone(), Lost::AgeOver(until)));
            }
        }
        browser.cookies.retain(|_, cookie| over(cookie).is_none());
        browser.cookies.iter().map(|(key, cookie)| (key.clone(), cookie.session.clone())).collect()
    }

    fn set_cookie(&mut self, browser: &str, key: &SessionKey, session: &SessionId, age: CookieAge) {
        let until = match age {
            CookieAge::Browser => None,
            // `Max-Age` counts whole seconds.
            CookieAge::Kept(so_long) => Some(self.now + Duration::from_secs(so_long.as_secs())),
        };
        let browser = self.browsers.entry(browser.to_owned()).or_default();
        browser.cookies.insert(key.clone(), Cookie { session: session.clone(), until });
    }

    fn lose(&mut self, browser: &str, key: &SessionKey, how: Lost) {
        let browser = self.browsers.entry(browser.to_owned()).or_default();
        if let Some(cookie) = browser.cookies.remove(key) {
            browser.lost.insert(key.clone(), (cookie.session, how));
        }
    }

    fn identity_of(&mut self, browser: &str) -> [u8; 32] {
        let known = self.browsers.get(browser).and_then(|browser| browser.identity);
        known.unwrap_or_else(|| {
            self.counted += 1;
            let mut fresh = [0; 32];
            fresh[..4].copy_from_slice(&self.counted.to_be_bytes());
            self.browsers.entry(browser.to_owned()).or_default().identity = Some(fresh);
            fresh
        })
    }

    /// `s1`, `s2`, …
    fn next_session(&self) -> SessionId {
        SessionId::new(&format!("s{}", self.live.len() + self.ended.len() + 1))
    }
}
