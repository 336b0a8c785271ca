//! The session: alive or not, used, replaced, ended.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zaguan_policy::{
    Timestamp,
    id::{PolicyId, ProfileId},
    model::{Behavior, Expiry, KeepAlive, SessionLifetime},
};

use crate::{
    cause::{Bound, Cause, ExpiredBy, ExpirySetting},
    cookie::{CookieAge, SessionId},
    history::{History, Origin},
    provider::Memory,
    scope::{ClientId, SessionKey},
};

/// What we remember of a browser after a journey.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Session {
    /// What may be told of it.
    pub history: History,
    /// SHA-256 of the cookie's secret.
    pub secret_hash: [u8; 32],
    /// SHA-256 of the secret of the browser that used it last. A browser has one session under a key.
    pub browser: [u8; 32],
    /// What the session providers keep.
    pub memories: BTreeMap<ProfileId, Memory>,
    /// Who may have to be told of its end.
    pub participants: Vec<Participant>,
}

/// An app that took part in a session. It keeps the issuer and the `sid` that it was given, because
/// its front-channel notice must repeat exactly those (S-102).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Participant {
    /// The app.
    pub app: ClientId,
    /// `iss` of its tokens.
    pub issuer: String,
    /// `sid` of its tokens.
    pub sid: SessionId,
    /// The policy that it came by first.
    pub policy: PolicyId,
    /// When it came first.
    pub since: Timestamp,
}

impl Participant {
    /// True where both are the same app, as the same issuer knows it.
    pub fn is_the_app_of(&self, other: &Self) -> bool {
        self.app == other.app && self.issuer == other.issuer
    }
}

/// The part of a policy's settings by which a session lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terms {
    /// From when the lifetime counts.
    pub expiry: Expiry,
    /// `SessionExpiryInSeconds`.
    pub lifetime: SessionLifetime,
    /// `KeepAliveInDays`.
    pub keep_alive: Option<KeepAlive>,
}

impl From<&Behavior> for Terms {
    fn from(behavior: &Behavior) -> Self {
        Self { expiry: behavior.expiry, lifetime: behavior.lifetime, keep_alive: behavior.keep_alive }
    }
}

/// A fresh sign-on that begins a session.
#[derive(Clone, PartialEq, Debug)]
pub struct NewSession {
    /// The session's name. Never used before.
    pub id: SessionId,
    /// SHA-256 of the cookie's secret.
    pub secret_hash: [u8; 32],
    /// SHA-256 of the browser's secret.
    pub browser: [u8; 32],
    /// Under which key it will be found.
    pub key: SessionKey,
    /// Who signed in.
    pub person: Option<String>,
    /// From where.
    pub origin: Origin,
}

/// One request that a session answers. The store applies it to the row as it is at that moment, so that two
/// tabs never undo each other's changes.
#[derive(Clone, PartialEq, Debug)]
pub struct SessionUse {
    /// Which session.
    pub session: SessionId,
    /// When.
    pub at: Timestamp,
    /// The app that asked.
    pub app: ClientId,
    /// By which policy.
    pub policy: PolicyId,
    /// That policy's terms.
    pub terms: Terms,
    /// SHA-256 of the browser's secret: it changes when a kept session is found again after a restart.
    pub browser: [u8; 32],
    /// "Keep me signed in" was ticked, on a page of this request that offers it.
    pub keep: bool,
    /// Whether the app takes part, and what it was given.
    pub participant: Option<Participant>,
    /// New memories.
    pub memories: BTreeMap<ProfileId, Memory>,
}

/// How recently the person must have signed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Freshness {
    /// Any time.
    Whenever,
    /// S-073: no longer ago than this (`max_age`).
    Within(Duration),
    /// S-067: in this very request (`prompt=login`).
    Now,
}

/// What a session is to a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It answers.
    Answers,
    /// By the asking policy's terms it is over.
    Expired(ExpiredBy),
    /// It lives, and the app wants a fresh sign-in.
    NotFresh,
}

impl Session {
    /// A session begins with the request that signed the person in. `first` is its first use.
    pub fn begin(new: NewSession, first: SessionUse) -> Self {
        let history = History {
            id: new.id,
            key: new.key,
            person: new.person,
            started: first.at,
            last_used: first.at,
            kept: false,
            origin: new.origin,
            uses: vec![],
        };
        let mut session = Self {
            history,
            secret_hash: new.secret_hash,
            browser: new.browser,
            memories: BTreeMap::new(),
            participants: vec![],
        };
        session.apply(&first);
        session
    }

    /// Its name.
    pub fn id(&self) -> &SessionId {
        &self.history.id
    }

    /// True where the cookie's secret, hashed, is this session's. Takes the same time for every wrong one.
    pub fn is_opened_by(&self, secret_hash: &[u8; 32]) -> bool {
        self.secret_hash.ct_eq(secret_hash).into()
    }

    /// Whether it answers a request. D2: the settings are the requesting policy's, so a stricter policy asks again
    /// for what a laxer one still accepts.
    pub fn judge(&self, policy: &PolicyId, terms: &Terms, freshness: Freshness, now: Timestamp) -> Verdict {
        let bound = self.bound(terms);
        if now >= bound.until {
            return Verdict::Expired(ExpiredBy { policy: policy.clone(), bound });
        }
        match freshness {
            Freshness::Now => Verdict::NotFresh,
            // D9.
            Freshness::Within(max_age) if now.since(self.history.started) > max_age => Verdict::NotFresh,
            Freshness::Within(_) | Freshness::Whenever => Verdict::Answers,
        }
    }

    /// Up to when it lives by these terms, and by which of them: alive while `now < sign-in + lifetime` (absolute) or
    /// `now < last use + lifetime` (rolling): D18.
    pub fn bound(&self, terms: &Terms) -> Bound {
        let from = match terms.expiry {
            Expiry::Rolling => self.history.last_used,
            // S-004: use does not prolong an absolute session.
            Expiry::Absolute => self.history.started,
        };
        // S-036, S-038: a kept session lives as many days as the policy keeps it, be that longer or shorter than the
        // session lifetime.
        let (setting, lifetime) = match self.keep_alive(terms) {
            Some(days) => (ExpirySetting::KeepAlive, days.duration()),
            None => (ExpirySetting::SessionExpiry, terms.lifetime.duration()),
        };
        Bound { until: from + lifetime, setting, expiry: terms.expiry }
    }

    /// The last bound that any of these policies gives it: after that, nobody accepts it. Where there is no policy any
    /// more that may find it, the one that used it last has the word.
    pub fn last_bound<'a>(&self, policies: impl Iterator<Item = (&'a PolicyId, Terms)>) -> Option<ExpiredBy> {
        let last = policies
            .map(|(policy, terms)| ExpiredBy { policy: policy.clone(), bound: self.bound(&terms) })
            .max_by_key(|expired| expired.bound.until);
        last.or_else(|| {
            let used = self.history.last_use()?;
            Some(ExpiredBy { policy: used.policy.clone(), bound: used.bound })
        })
    }

    /// When it is time to see whether it has outlived every policy: when the one that used it last gives it up.
    pub fn due(&self) -> Timestamp {
        self.history.last_use().map_or(self.history.last_used, |used| used.bound.until)
    }

    fn keep_alive(&self, terms: &Terms) -> Option<KeepAlive> {
        terms.keep_alive.filter(|_| self.history.kept)
    }

    /// How long the browser keeps the cookie from now on (S-012, S-034, S-039, S-040).
    pub fn cookie_age(&self, terms: &Terms, now: Timestamp) -> CookieAge {
        match self.keep_alive(terms) {
            Some(_) => CookieAge::Kept(self.bound(terms).until.since(now)),
            None => CookieAge::Browser,
        }
    }

    /// The one way in which a session changes.
    pub fn apply(&mut self, used: &SessionUse) {
        let history = &mut self.history;
        history.last_used = history.last_used.max(used.at);
        // S-034: a tick counts from then on. S-043, S-045: a policy that keeps nobody makes it the browser's, ticked or not.
        history.kept = (history.kept || used.keep) && used.terms.keep_alive.is_some();
        self.browser = used.browser;
        if let Some(new) = &used.participant {
            self.admit(new);
        }
        for (key, memory) in &used.memories {
            self.memories.entry(key.clone()).or_default().add(memory.clone());
        }
        let bound = self.bound(&used.terms);
        self.history.note(&used.app, &used.policy, used.at, bound);
    }

    /// An app takes part once. One that passed on from an older session and comes again has a new `sid` from then on.
    fn admit(&mut self, new: &Participant) {
        match self.participants.iter_mut().find(|known| known.is_the_app_of(new)) {
            Some(known) if known.sid != new.sid => *known = new.clone(),
            Some(_) => {}
            None => self.participants.push(new.clone()),
        }
    }

    /// Why this session ends when `newer` begins in the same browser under the same key. `found` is the session that
    /// the request found, and by which it was over already, if it was; any other was not found by the browser any more.
    pub fn gives_way_to(&self, newer: &Self, found: Option<&(SessionId, Option<ExpiredBy>)>) -> Cause {
        match found.filter(|(id, _)| id == self.id()) {
            Some((_, Some(by))) => Cause::Expired(by.clone()),
            Some((_, None)) => self.replaced_by(newer),
            None => self.left_behind_by(newer),
        }
    }

    fn replaced_by(&self, newer: &Self) -> Cause {
        match self.is_of_the_person_of(newer) {
            true => Cause::ReplacedByFreshSignIn,
            false => Cause::ReplacedByAnotherPerson,
        }
    }

    /// By its lifetime, where the policy that used it last had given it up: a kept session's cookie goes at that very
    /// instant, and the browser may stay open.
    fn left_behind_by(&self, newer: &Self) -> Cause {
        match self.history.last_use().filter(|used| used.bound.until <= newer.history.started) {
            Some(used) => Cause::Expired(ExpiredBy { policy: used.policy.clone(), bound: used.bound }),
            None => self.replaced_by(newer),
        }
    }

    /// D28: what the same person's session before leaves to this one: the apps that took part, which know nothing of the
    /// change and have to be told of the end of this one. True where there is such an inheritance.
    pub fn inherit(&mut self, older: &Self) -> bool {
        let inherits = self.is_of_the_person_of(older);
        if inherits {
            let passed_on = older.participants.iter();
            let passed_on: Vec<_> =
                passed_on.filter(|old| !self.participants.iter().any(|own| own.is_the_app_of(old))).cloned().collect();
            self.participants.extend(passed_on);
        }
        inherits
    }

    fn is_of_the_person_of(&self, other: &Self) -> bool {
        self.history.person.is_some() && self.history.person == other.history.person
    }

    /// The one way in which a session ends.
    pub fn end(self, cause: Cause, at: Timestamp) -> Ended {
        Ended { history: self.history, participants: self.participants, cause, at }
    }
}

/// Ending a session is the only way to get one of these, so nobody is told of a sign-out that did not
/// happen, and nobody is told twice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ended {
    history: History,
    participants: Vec<Participant>,
    cause: Cause,
    at: Timestamp,
}

impl Ended {
    /// Which session it was.
    pub fn session(&self) -> &SessionId {
        &self.history.id
    }

    /// What is told of it.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Who took part.
    pub fn participants(&self) -> &[Participant] {
        &self.participants
    }

    /// Why it ended.
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// When it ended.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sign_on() -> NewSession {
        NewSession {
            id: SessionId::new("s"),
            secret_hash: [7; 32],
            browser: [1; 32],
            key: SessionKey::Tenant,
            person: Some("ada".into()),
            origin: Origin::default(),
        }
    }

    fn session(kept: bool) -> Session {
        let first = SessionUse { keep: kept, ..used(0, terms(Expiry::Rolling, 900, Some(90))) };
        Session::begin(sign_on(), first)
    }

    fn used(at: i64, terms: Terms) -> SessionUse {
        SessionUse {
            session: SessionId::new("s"),
            at: Timestamp::from_seconds(at),
            app: ClientId::new("a"),
            policy: "B2C_1A_P".into(),
            terms,
            browser: [1; 32],
            keep: false,
            participant: None,
            memories: BTreeMap::new(),
        }
    }

    fn terms(expiry: Expiry, seconds: u32, days: Option<u32>) -> Terms {
        Terms {
            expiry,
            lifetime: SessionLifetime::from_seconds(seconds).unwrap(),
            keep_alive: days.map(|days| KeepAlive::from_days(days).unwrap()),
        }
    }

    fn answers(session: &Session, terms: &Terms, at: i64) -> bool {
        let now = Timestamp::from_seconds(at);
        session.judge(&"B2C_1A_P".into(), terms, Freshness::Whenever, now) == Verdict::Answers
    }

    const DAY: i64 = 86_400;

    /// Every row: settings, whether kept, instants of use, instant of the question, alive or not.
    #[test]
    fn s_001_to_s_006_and_s_036_to_s_040_expiry() {
        use Expiry::{Absolute, Rolling};
        for (rule, expiry, seconds, days, kept, uses, at, alive) in [
            ("S-001", Rolling, 900, None, false, &[][..], 600, true),
            ("S-002", Rolling, 900, None, false, &[600], 1400, true),
            ("S-003", Rolling, 900, None, false, &[], 901, false),
            ("D18", Rolling, 900, None, false, &[], 899, true),
            ("D18", Rolling, 900, None, false, &[], 900, false),
            ("S-004", Absolute, 900, None, false, &[600], 899, true),
            ("S-004", Absolute, 900, None, false, &[600], 901, false),
            ("S-006", Absolute, 86_400, None, false, &[], 86_399, true),
            ("S-006", Absolute, 86_400, None, false, &[], 86_401, false),
            ("S-036", Absolute, 900, Some(30), true, &[], 3600, true),
            ("S-037", Absolute, 900, Some(30), false, &[], 901, false),
            ("S-038", Absolute, 86_400, Some(1), true, &[], DAY + 60, false),
            ("S-039", Rolling, 900, Some(2), true, &[DAY], DAY * 5 / 2, true),
            ("S-040", Absolute, 900, Some(2), true, &[DAY], DAY * 5 / 2, false),
        ] {
            let mut session = session(kept);
            let terms = terms(expiry, seconds, days);
            for at in uses {
                session.apply(&used(*at, terms));
            }
            assert_eq!(answers(&session, &terms, at), alive, "{rule} at {at}");
        }
    }

    #[test]
    fn s_043_a_policy_that_keeps_nobody_makes_the_session_the_browsers() {
        let keeping = terms(Expiry::Rolling, 900, Some(30));
        let mut session = session(true);
        let days = Duration::from_secs(30 * 86_400);
        assert_eq!(session.cookie_age(&keeping, Timestamp::from_seconds(0)), CookieAge::Kept(days));
        session.apply(&used(1, terms(Expiry::Rolling, 900, None)));
        assert_eq!(session.cookie_age(&keeping, Timestamp::from_seconds(1)), CookieAge::Browser);
        // S-034: whoever ticks the box of a page that comes in a session has it kept from then on.
        session.apply(&SessionUse { keep: true, ..used(2, keeping) });
        assert_eq!(session.cookie_age(&keeping, Timestamp::from_seconds(2)), CookieAge::Kept(days));
        session.apply(&SessionUse { keep: true, ..used(3, terms(Expiry::Rolling, 900, None)) });
        assert!(!session.history.kept);
    }

    #[test]
    fn s_067_s_073_an_app_may_want_a_fresh_sign_in() {
        let (session, terms) = (session(false), terms(Expiry::Rolling, 900, None));
        let judge = |freshness, at| session.judge(&"P".into(), &terms, freshness, Timestamp::from_seconds(at));
        let minute = Freshness::Within(Duration::from_secs(60));
        assert_eq!(judge(Freshness::Now, 0), Verdict::NotFresh);
        assert_eq!(judge(minute, 60), Verdict::Answers);
        assert_eq!(judge(minute, 61), Verdict::NotFresh);
        assert!(matches!(judge(Freshness::Now, 900), Verdict::Expired(_)), "over is over, whatever is wanted");
    }

    #[test]
    fn only_the_secret_opens() {
        assert!(session(false).is_opened_by(&[7; 32]));
        assert!(!session(false).is_opened_by(&[8; 32]));
    }

    #[test]
    fn a_session_gives_way_for_what_was_found_of_it() {
        let old = session(false);
        let bound = old.bound(&terms(Expiry::Rolling, 900, None));
        for (started, cause) in
            [(899, Cause::ReplacedByFreshSignIn), (900, Cause::Expired(ExpiredBy { policy: "B2C_1A_P".into(), bound }))]
        {
            let mut newer = session(false);
            newer.history.started = Timestamp::from_seconds(started);
            assert_eq!(old.gives_way_to(&newer, None), cause);
            // What the request found was judged by its policy: over, or only not fresh enough.
            let by = ExpiredBy { policy: "B2C_1A_Q".into(), bound };
            let found = |expired| (old.id().clone(), expired);
            assert_eq!(old.gives_way_to(&newer, Some(&found(None))), Cause::ReplacedByFreshSignIn);
            assert_eq!(old.gives_way_to(&newer, Some(&found(Some(by.clone())))), Cause::Expired(by.clone()));
            let another = (SessionId::new("another"), Some(by));
            assert_eq!(old.gives_way_to(&newer, Some(&another)), cause);
        }
    }

    #[test]
    fn the_same_persons_next_session_inherits_the_apps() {
        let participant = |app: &str, sid: &str| Participant {
            app: ClientId::new(app),
            issuer: "i".into(),
            sid: SessionId::new(sid),
            policy: "P".into(),
            since: Timestamp::from_seconds(0),
        };
        let mut old = session(false);
        old.participants = vec![participant("a", "old"), participant("b", "old")];
        for (person, cause, inherited) in [
            (Some("ada"), Cause::ReplacedByFreshSignIn, 2),
            (Some("grace"), Cause::ReplacedByAnotherPerson, 1),
            (None, Cause::ReplacedByAnotherPerson, 1),
        ] {
            let mut new = session(false);
            new.history.person = person.map(Into::into);
            new.participants = vec![participant("a", "new")];
            assert_eq!(old.gives_way_to(&new, Some(&(old.id().clone(), None))), cause);
            assert_eq!(new.inherit(&old), inherited == 2);
            assert_eq!(new.participants.len(), inherited);
            assert_eq!(new.participants[0].sid, SessionId::new("new"));
            // The other app comes again, and knows the new session from then on.
            let comes =
                SessionUse { participant: Some(participant("b", "new")), ..used(9, terms(Expiry::Rolling, 900, None)) };
            new.apply(&comes);
            assert!(new.participants.len() == 2 && new.participants.iter().all(|one| one.sid == SessionId::new("new")));
        }
    }

    #[test]
    fn the_laxest_policy_says_when_nobody_accepts_it_any_more() {
        let (strict, lax): (PolicyId, PolicyId) = ("strict".into(), "lax".into());
        let policies = [(&strict, terms(Expiry::Absolute, 900, None)), (&lax, terms(Expiry::Rolling, 1800, Some(1)))];
        let last = |kept| session(kept).last_bound(policies.into_iter()).unwrap();
        assert_eq!(
            (last(false).bound.until, last(false).bound.setting),
            (Timestamp::from_seconds(1800), ExpirySetting::SessionExpiry)
        );
        assert_eq!(
            (last(true).bound.until, last(true).bound.setting),
            (Timestamp::from_seconds(DAY), ExpirySetting::KeepAlive)
        );
        assert_eq!(last(true).policy, lax);
        let alone = session(false).last_bound(std::iter::empty()).unwrap();
        assert_eq!((alone.policy, alone.bound.until), ("B2C_1A_P".into(), Timestamp::from_seconds(900)));
    }

    #[test]
    fn uses_are_counted_by_app_and_policy_and_bounded() {
        let terms = terms(Expiry::Rolling, 900, None);
        let mut session = session(false);
        for at in 1..=200 {
            let app = ClientId::new(&format!("app {at}"));
            session.apply(&SessionUse { app, ..used(at, terms) });
        }
        session.apply(&used(300, terms));
        let history = &session.history;
        assert_eq!(history.uses.len(), History::MOST_USES);
        assert_eq!(history.started_by().unwrap().0, &ClientId::new("a"));
        assert_eq!((history.uses[0].times, history.uses[0].last), (2, Timestamp::from_seconds(300)));
        assert_eq!(history.last_use().unwrap().bound.until, Timestamp::from_seconds(1200));
    }

    proptest! {
        #[test]
        fn an_absolute_session_never_outlives_its_start_and_lifetime(
            uses in proptest::collection::vec(0_i64..200_000, 0..20), at in 0_i64..400_000, seconds in 900_u32..=86_400
        ) {
            let mut session = session(false);
            let terms = terms(Expiry::Absolute, seconds, None);
            uses.iter().for_each(|at| session.apply(&used(*at, terms)));
            prop_assert_eq!(answers(&session, &terms, at), at < i64::from(seconds));
        }

        #[test]
        fn the_order_in_which_two_tabs_write_does_not_matter(a in 0_i64..100, b in 0_i64..100) {
            prop_assume!(a != b);
            let terms = terms(Expiry::Rolling, 900, Some(1));
            let (mut one, mut other) = (session(true), session(true));
            one.apply(&used(a, terms));
            one.apply(&used(b, terms));
            other.apply(&used(b, terms));
            other.apply(&used(a, terms));
            prop_assert_eq!(&one.history.uses[0].last, &other.history.uses[0].last);
            prop_assert_eq!(one.history.last_used, other.history.last_used);
            prop_assert_eq!(one.history.uses[0].times, other.history.uses[0].times);
        }
    }
}
