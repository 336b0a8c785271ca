//! A sign-in under way: what must come back, in a sealed cookie of the browser that began it.

use crate::cookie::{self, CookieNames, Keep};
use crate::return_path::ReturnPath;
use crate::sealed::{Place, Sealer};
use crate::store::Sealed;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use zaguan_protocol::NumericDate;
use zaguan_protocol::crypto::{base64url, constant_time_eq};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) state: String,
    pub(crate) nonce: String,
    /// PKCE's secret half (RFC 7636 §4.1).
    pub(crate) verifier: String,
    pub(crate) return_to: ReturnPath,
    pub(crate) policy: String,
    pub(crate) purpose: Purpose,
    pub(crate) until: NumericDate,
}

/// What the tokens are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// A new session, in place of the one there may be (E-7).
    SignIn,
    /// The session that is open, as one more of its policies (E-5).
    Join,
}

impl Attempt {
    /// Hands it to the browser. Other sign-ins go on in other tabs, but not without limit: the oldest make room.
    pub(crate) fn save(&self, names: &CookieNames, sealer: &Sealer, request: &HeaderMap, answer: &mut HeaderMap) {
        let mut others: Vec<_> = cookie::all(request)
            .filter(|(name, _)| names.is_attempt(name))
            .map(|(name, value)| (open(sealer, name, value).map(|attempt| attempt.until), name))
            .collect();
        others.sort_unstable();
        let too_many = (others.len() + 1).saturating_sub(MOST_AT_ONCE);
        for (position, (until, name)) in others.into_iter().enumerate() {
            let dead = until.is_none_or(|until| until.since(self.until) <= -LIFE);
            if dead || position < too_many {
                cookie::remove(answer, name);
            }
        }
        let name = names.attempt(&self.state);
        let value = base64url::encode(sealer.seal(&Place::Cookie(&name), self).0);
        cookie::set(answer, &name, &value, Keep::Seconds(LIFE));
    }

    /// The sign-in that this state belongs to, if this browser began it less than ten minutes ago.
    pub(crate) fn find(
        state: &str,
        names: &CookieNames,
        sealer: &Sealer,
        request: &HeaderMap,
        now: NumericDate,
    ) -> Option<Self> {
        let name = names.attempt(state);
        let attempt = open(sealer, &name, cookie::find(request, &name)?)?;
        // The name holds a part of the state's hash only.
        let same = constant_time_eq(attempt.state.as_bytes(), state.as_bytes());
        (same && now < attempt.until).then_some(attempt)
    }
}

/// Removes all sign-ins under way in this browser: what was begun before a sign-out must not finish after it (E-2).
pub(crate) fn remove_all(names: &CookieNames, request: &HeaderMap, answer: &mut HeaderMap) {
    for (name, _) in cookie::all(request).filter(|(name, _)| names.is_attempt(name)) {
        cookie::remove(answer, name);
    }
}

fn open(sealer: &Sealer, name: &str, value: &str) -> Option<Attempt> {
    sealer.open(&Place::Cookie(name), &Sealed(base64url::decode(value)?))
}

/// Ten minutes, in seconds.
pub(crate) const LIFE: i64 = 600;
/// More would not fit into the header of a request on many servers.
const MOST_AT_ONCE: usize = 8;
