//! What is told of a session, while it lives and for a while after its end.

use serde::{Deserialize, Serialize};
use zaguan_policy::{Timestamp, id::PolicyId};

use crate::{cause::Bound, cookie::SessionId, scope::ClientId, scope::SessionKey};

/// Everything about a session that may be told: to its person, to a help desk, to an operator. Nothing in it opens
/// anything.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct History {
    /// Its name.
    pub id: SessionId,
    /// Under which key it is found.
    pub key: SessionKey,
    /// Object id of whoever signed in; absent where the policy knows none.
    pub person: Option<String>,
    /// D18: when the fresh sign-on's claims were sent.
    pub started: Timestamp,
    /// D16: when it last answered a request, exactly.
    pub last_used: Timestamp,
    /// "Keep me signed in" was ticked, and every policy that used it since offers it (S-043).
    pub kept: bool,
    /// From where it was started.
    pub origin: Origin,
    /// Who used it: the first is the app and policy that started it.
    pub uses: Vec<Use>,
}

/// From where a session was started.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Origin {
    /// The network address.
    pub address: String,
    /// The browser and its system, in a few words: `Firefox, Linux`. Empty where it does not say.
    pub browser: String,
}

/// What one app did with a session by one policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Use {
    /// The app.
    pub app: ClientId,
    /// The policy.
    pub policy: PolicyId,
    /// When it first did.
    pub first: Timestamp,
    /// When it last did.
    pub last: Timestamp,
    /// How often.
    pub times: u32,
    /// Up to when the session was to live after the last time, by the policy's terms.
    pub bound: Bound,
}

impl History {
    /// So many pairs of app and policy are remembered; the one unused longest makes room, but never the first.
    pub const MOST_USES: usize = 64;

    /// Which app and policy started it. None only for sessions that an older version of the program started.
    pub fn started_by(&self) -> Option<(&ClientId, &PolicyId)> {
        self.uses.first().map(|first| (&first.app, &first.policy))
    }

    /// The use that came last: its bound is the one that counts.
    pub fn last_use(&self) -> Option<&Use> {
        self.uses.iter().max_by_key(|one| one.last)
    }

    /// How often it answered.
    pub fn times_used(&self) -> u64 {
        self.uses.iter().map(|one| u64::from(one.times)).sum()
    }

    pub(crate) fn note(&mut self, app: &ClientId, policy: &PolicyId, at: Timestamp, bound: Bound) {
        if let Some(known) = self.uses.iter_mut().find(|one| one.app == *app && one.policy == *policy) {
            known.times = known.times.saturating_add(1);
            // Of two tabs, the later instant and its bound stay, whichever is written first.
            if at >= known.last {
                (known.last, known.bound) = (at, bound);
            }
            known.first = known.first.min(at);
            return;
        }
        if self.uses.len() >= Self::MOST_USES {
            let oldest = self.uses.iter().enumerate().skip(1).min_by_key(|(_, one)| one.last).map(|(at, _)| at);
            oldest.map(|at| self.uses.remove(at));
        }
        self.uses.push(Use { app: app.clone(), policy: policy.clone(), first: at, last: at, times: 1, bound });
    }
}
