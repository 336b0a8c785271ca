//! The session: alive or not, used, ended.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zaguan_policy::{
    Timestamp,
    id::{PolicyId, ProfileId},
    model::{Behavior, Expiry, KeepAlive},
};

use crate::{
    cause::{Cause, ExpirySetting},
    cookie::{CookieAge, SessionId},
    provider::Memory,
    scope::{ClientId, SessionKey},
};

/// What we remember of a browser after a journey.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Session {
    /// Its name.
    pub id: SessionId,
    /// SHA-256 of the cookie's secret.
    pub secret_hash: [u8; 32],
    /// Under which key it is found.
    pub key: SessionKey,
    /// Object id of whoever signed in; absent where the policy knows none.
    pub person: Option<String>,
    /// Which app and policy started it.
    pub started_by: StartedBy,
    /// D18: when the fresh sign-on's claims were sent.
    pub started: Timestamp,
    /// D16: when it last answered a request, exactly.
    pub last_used: Timestamp,
    /// "Keep me signed in" was ticked, under a policy that offered it.
    pub kept: bool,
    /// What the session providers keep.
    pub memories: BTreeMap<ProfileId, Memory>,
    /// Who may have to be told of its end.
    pub participants: Vec<Participant>,
}

/// Which app and policy a session was started by.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StartedBy {
    /// The app.
    pub app: ClientId,
    /// The policy.
    pub policy: PolicyId,
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

/// What one request changes in a session that already exists. The store applies it to the row as it
/// is at that moment, so that two tabs never undo each other's changes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SessionUse {
    /// Which session.
    pub session: SessionId,
    /// When.
    pub at: Timestamp,
    /// An app that takes part.
    pub participant: Option<Participant>,
    /// New memories.
    pub memories: BTreeMap<ProfileId, Memory>,
    /// S-043: false where the requesting policy does not keep anybody signed in.
    pub keeps: bool,
}

impl Session {
    /// True where the cookie's secret, hashed, is this session's. Takes the same time for every wrong one.
    pub fn is_opened_by(&self, secret_hash: &[u8; 32]) -> bool {
        self.secret_hash.ct_eq(secret_hash).into()
    }

    /// Alive while `now < sign-in + lifetime` (absolute) or `now < last use + lifetime` (rolling): D18.
    ///
    /// D2: the settings are the requesting policy's, so a stricter policy asks again for what a
    /// laxer one still accepts.
    pub fn is_alive(&self, behavior: &Behavior, now: Timestamp) -> bool {
        now < self.expires(behavior)
    }

    /// The first instant at which the requesting policy no longer accepts it.
    pub fn expires(&self, behavior: &Behavior) -> Timestamp {
        let from = match behavior.expiry {
            Expiry::Rolling => self.last_used,
            // S-004: use does not prolong an absolute session.
            Expiry::Absolute => self.started,
        };
        from + self.lifetime(behavior)
    }

    /// Which setting bounds it.
    pub fn bound_by(&self, behavior: &Behavior) -> ExpirySetting {
        match self.keep_alive(behavior) {
            Some(_) => ExpirySetting::KeepAlive,
            None => ExpirySetting::SessionExpiry,
        }
    }

    /// S-036, S-038: a kept session lives as many days as the policy keeps it, be that longer or
    /// shorter than the session lifetime.
    fn lifetime(&self, behavior: &Behavior) -> Duration {
        self.keep_alive(behavior).map_or(behavior.lifetime.duration(), KeepAlive::duration)
    }

    fn keep_alive(&self, behavior: &Behavior) -> Option<KeepAlive> {
        behavior.keep_alive.filter(|_| self.kept)
    }

    /// How long the browser keeps the cookie from now on (S-012, S-034, S-039, S-040).
    pub fn cookie_age(&self, behavior: &Behavior, now: Timestamp) -> CookieAge {
        match self.keep_alive(behavior) {
            Some(_) => CookieAge::Kept(self.expires(behavior).since(now)),
            None => CookieAge::Browser,
        }
    }

    /// D9: true where the person signed in so long ago that the app wants them asked again.
    pub fn is_older_than(&self, max_age: Duration, now: Timestamp) -> bool {
        now.since(self.started) > max_age
    }

    /// The one way in which a session changes.
    pub fn apply(&mut self, change: &SessionUse) {
        self.last_used = self.last_used.max(change.at);
        self.kept &= change.keeps;
        if let Some(new) = &change.participant
            && !self.participants.iter().any(|known| known.app == new.app && known.issuer == new.issuer)
        {
            self.participants.push(new.clone());
        }
        for (key, memory) in &change.memories {
            self.memories.entry(key.clone()).or_default().add(memory.clone());
        }
    }

    /// The one way in which a session ends.
    pub fn end(self, cause: Cause, at: Timestamp) -> Ended {
        Ended { session: self.id, person: self.person, participants: self.participants, cause, at }
    }
}

/// Ending a session is the only way to get one of these, so nobody is told of a sign-out that did not
/// happen, and nobody is told twice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ended {
    session: SessionId,
    person: Option<String>,
    participants: Vec<Participant>,
    cause: Cause,
    at: Timestamp,
}

impl Ended {
    /// Which session it was.
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// Whose it was.
    pub fn person(&self) -> Option<&str> {
        self.person.as_deref()
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
    use zaguan_policy::model::SessionLifetime;

    use super::*;

    fn session(started: i64, kept: bool) -> Session {
        Session {
            id: SessionId::new("s"),
            secret_hash: [7; 32],
            key: SessionKey::Tenant,
            person: Some("ada".into()),
            started_by: StartedBy { app: ClientId::new("a"), policy: "B2C_1A_P".into() },
            started: Timestamp::from_seconds(started),
            last_used: Timestamp::from_seconds(started),
            kept,
            memories: BTreeMap::new(),
            participants: vec![],
        }
    }

    fn used(at: i64, keeps: bool) -> SessionUse {
        SessionUse {
            session: SessionId::new("s"),
            at: Timestamp::from_seconds(at),
            participant: None,
            memories: BTreeMap::new(),
            keeps,
        }
    }

    fn behavior(expiry: Expiry, seconds: u32, days: Option<u32>) -> Behavior {
        Behavior {
            expiry,
            lifetime: SessionLifetime::from_seconds(seconds).unwrap(),
            keep_alive: days.map(|days| KeepAlive::from_days(days).unwrap()),
            ..Behavior::default()
        }
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
            let mut session = session(0, kept);
            for at in uses {
                session.apply(&used(*at, true));
            }
            let answer = session.is_alive(&behavior(expiry, seconds, days), Timestamp::from_seconds(at));
            assert_eq!(answer, alive, "{rule} at {at}");
        }
    }

    #[test]
    fn s_043_a_policy_that_keeps_nobody_makes_the_session_the_browsers() {
        let keeping = behavior(Expiry::Rolling, 900, Some(30));
        let mut session = session(0, true);
        assert_eq!(
            session.cookie_age(&keeping, Timestamp::from_seconds(0)),
            CookieAge::Kept(Duration::from_secs(30 * 86_400))
        );
        session.apply(&used(1, false));
        assert_eq!(session.cookie_age(&keeping, Timestamp::from_seconds(1)), CookieAge::Browser);
    }

    #[test]
    fn only_the_secret_opens() {
        assert!(session(0, false).is_opened_by(&[7; 32]));
        assert!(!session(0, false).is_opened_by(&[8; 32]));
    }

    proptest! {
        #[test]
        fn an_absolute_session_never_outlives_its_start_and_lifetime(
            uses in proptest::collection::vec(0_i64..200_000, 0..20), at in 0_i64..400_000, seconds in 900_u32..=86_400
        ) {
            let mut session = session(0, false);
            uses.iter().for_each(|at| session.apply(&used(*at, true)));
            let behavior = behavior(Expiry::Absolute, seconds, None);
            prop_assert_eq!(session.is_alive(&behavior, Timestamp::from_seconds(at)), at < i64::from(seconds));
        }

        #[test]
        fn the_order_in_which_two_tabs_write_does_not_matter(a in 0_i64..100, b in 0_i64..100) {
            let (mut one, mut other) = (session(0, true), session(0, true));
            one.apply(&used(a, true));
            one.apply(&used(b, false));
            other.apply(&used(b, false));
            other.apply(&used(a, true));
            prop_assert_eq!(one, other);
        }
    }
}
