//! In which state a key is: one rule for the key set, for signatures and for lists.

use std::time::Duration;

use zaguan_policy::Timestamp;
use zaguan_store::KeyKind;

/// A token lives 24 hours at the most (configure-tokens), and the clocks of those who verify it may be so far behind.
pub const AFTER_LAST_TOKEN: Duration = Duration::from_secs(86_400 + 300);

/// What of a key decides its state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Life {
    /// Keys of other kinds do not matter to it.
    pub kind: KeyKind,
    /// When it came here. It has signed nothing before, whatever its certificate says.
    pub created: Timestamp,
    /// From when it signs.
    pub not_before: Timestamp,
    /// From when it does not sign any more.
    pub expires: Option<Timestamp>,
}

/// The state of a key at an instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyState {
    /// It is published and will sign.
    Next {
        /// From when.
        from: Timestamp,
    },
    /// It signs.
    Signing {
        /// Since when.
        since: Timestamp,
    },
    /// Another one signs; it is published for as long as tokens of it may be alive.
    Retiring {
        /// Until when it is published.
        until: Timestamp,
    },
    /// Another one signs, and it is not published any more.
    Retired {
        /// Since when.
        since: Timestamp,
    },
    /// It has expired.
    Expired {
        /// When.
        at: Timestamp,
        /// Until when it is, or was, published.
        until: Timestamp,
    },
}

impl KeyState {
    /// Whether the key is in the key set then.
    pub fn is_published(self, now: Timestamp) -> bool {
        match self {
            Self::Next { .. } | Self::Signing { .. } | Self::Retiring { .. } => true,
            Self::Retired { .. } => false,
            Self::Expired { until, .. } => now < until,
        }
    }
}

impl Life {
    /// From when it signs here.
    pub fn begins(&self) -> Timestamp {
        self.not_before.max(self.created)
    }

    fn is_over(&self, at: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= at)
    }
}

/// Which of these keys signs: of those that began and have not expired, the one that began last; where two began at
/// once, the later in the list.
pub fn signing(keys: &[Life], kind: KeyKind, now: Timestamp) -> Option<usize> {
    let usable = |key: &Life| key.kind == kind && key.begins() <= now && !key.is_over(now);
    (0..keys.len()).filter(|index| usable(&keys[*index])).max_by_key(|index| (keys[*index].begins(), *index))
}

/// The state of each of these keys, which are all that one name holds.
pub fn states(keys: &[Life], now: Timestamp) -> Vec<KeyState> {
    let state = |index: usize, key: &Life| {
        let until = || last_signature(keys, index, now) + AFTER_LAST_TOKEN;
        match key.expires {
            Some(at) if at <= now => KeyState::Expired { at, until: until() },
            _ if key.begins() > now => KeyState::Next { from: key.begins() },
            _ if signing(keys, key.kind, now) == Some(index) => KeyState::Signing { since: key.begins() },
            _ => match until() {
                until if now < until => KeyState::Retiring { until },
                since => KeyState::Retired { since },
            },
        }
    };
    keys.iter().enumerate().map(|(index, key)| state(index, key)).collect()
}

/// Why no key signs, for whoever asked for a signature.
pub fn why_none(keys: &[Life], kind: KeyKind, now: Timestamp) -> String {
    let of_kind = || keys.iter().filter(|key| key.kind == kind);
    match of_kind().filter(|key| !key.is_over(now)).map(Life::begins).min() {
        Some(from) => format!("the next one signs from {from}"),
        None => match of_kind().filter_map(|key| key.expires).max() {
            Some(at) => format!("the last one expired at {at}"),
            None => "there is none".into(),
        },
    }
}

/// When the key may have signed for the last time: from its end back through the times in which newer ones signed.
fn last_signature(keys: &[Life], index: usize, now: Timestamp) -> Timestamp {
    let key = &keys[index];
    let newer = |other: usize| {
        keys[other].kind == key.kind && (keys[other].begins(), other) > (key.begins(), index) && other != index
    };
    let newer: Vec<&Life> = (0..keys.len()).filter(|other| newer(*other)).map(|other| &keys[other]).collect();
    let mut last = key.expires.map_or(now, |expires| expires.min(now));
    let took_over = |last: Timestamp| {
        let signed = |other: &&&Life| other.begins() < last && other.expires.is_none_or(|expires| expires >= last);
        newer.iter().filter(signed).map(|other| other.begins()).min()
    };
    while let Some(before) = took_over(last) {
        last = before;
    }
    last.max(key.begins())
}

#[cfg(test)]
mod tests {
    use KeyState::{Expired, Next, Retired, Retiring, Signing};
    use proptest::prelude::*;

    use super::*;

    /// An instant, so many hours after the first.
    fn at(hours: i64) -> Timestamp {
        Timestamp::from_seconds(hours * 3600)
    }

    fn rsa(created: i64, not_before: i64, expires: Option<i64>) -> Life {
        Life { kind: KeyKind::Rsa, created: at(created), not_before: at(not_before), expires: expires.map(at) }
    }

    fn gone(last: i64) -> Timestamp {
        at(last) + AFTER_LAST_TOKEN
    }

    #[test]
    fn states_follow_their_table() {
        let first = rsa(0, 0, None);
        let rolled = [first, rsa(100, 124, None)];
        let p256 = Life { kind: KeyKind::P256, ..first };
        let lapsing = [first, rsa(100, 100, Some(200))];
        for (what, keys, now, expected) in [
            ("the first key", &[first][..], 0, &[Signing { since: at(0) }][..]),
            ("its successor is published first", &rolled, 100, &[Signing { since: at(0) }, Next { from: at(124) }]),
            ("to its activation", &rolled, 123, &[Signing { since: at(0) }, Next { from: at(124) }]),
            ("and then signs", &rolled, 124, &[Retiring { until: gone(124) }, Signing { since: at(124) }]),
            ("a token's life later", &rolled, 148, &[Retiring { until: gone(124) }, Signing { since: at(124) }]),
            ("the old one is gone", &rolled, 149, &[Retired { since: gone(124) }, Signing { since: at(124) }]),
            ("kinds do not meet", &[first, p256], 5, &[Signing { since: at(0) }, Signing { since: at(0) }]),
            ("the later of two at once", &[first, first], 5, &[Retiring { until: gone(0) }, Signing { since: at(0) }]),
            ("a key in its time", &[rsa(0, 0, Some(50))], 49, &[Signing { since: at(0) }]),
            ("has expired", &[rsa(0, 0, Some(50))], 50, &[Expired { at: at(50), until: gone(50) }]),
            (
                "an expiry gives way to the older",
                &lapsing,
                200,
                &[Signing { since: at(0) }, Expired { at: at(200), until: gone(200) }],
            ),
            (
                "which had not signed meanwhile",
                &lapsing,
                199,
                &[Retired { since: gone(100) }, Signing { since: at(100) }],
            ),
            (
                "a certificate of old signs from when it came",
                &[first, rsa(100, -9000, None)],
                101,
                &[Retiring { until: gone(100) }, Signing { since: at(100) }],
            ),
            (
                "who expired after its succession is gone since then",
                &[rsa(0, 0, Some(500)), rsa(100, 100, None)],
                501,
                &[Expired { at: at(500), until: gone(100) }, Signing { since: at(100) }],
            ),
            (
                "two successions",
                &[first, rsa(10, 10, None), rsa(20, 20, None)],
                21,
                &[Retiring { until: gone(10) }, Retiring { until: gone(20) }, Signing { since: at(20) }],
            ),
        ] {
            assert_eq!(states(keys, at(now)), expected, "{what}");
        }
    }

    #[test]
    fn why_no_key_signs() {
        for (keys, expected) in [
            (vec![], "there is none"),
            (vec![rsa(0, 0, Some(1))], "the last one expired at 1970-01-01 01:00:00Z"),
            (vec![rsa(0, 0, Some(1)), rsa(0, 24, None)], "the next one signs from 1970-01-02 00:00:00Z"),
        ] {
            assert_eq!(signing(&keys, KeyKind::Rsa, at(2)), None);
            assert_eq!(why_none(&keys, KeyKind::Rsa, at(2)), expected);
        }
    }

    fn life() -> impl Strategy<Value = Life> {
        (0_i64..60, 0_i64..60, prop::option::of(1_i64..60)).prop_map(|(created, not_before, lasts)| {
            rsa(created, not_before, lasts.map(|hours| created.max(not_before) + hours))
        })
    }

    proptest! {
        /// The law behind all of it: who signed a token is published for as long as the token lives.
        #[test]
        fn what_signed_stays_published_for_the_life_of_its_tokens(
            keys in prop::collection::vec(life(), 1..5), signed in 0_i64..120, age in 0_i64..=24,
        ) {
            // A key that came later than the signature was not there.
            let there: Vec<Life> = keys.iter().copied().filter(|key| key.created <= at(signed)).collect();
            if let Some(signer) = signing(&there, KeyKind::Rsa, at(signed)) {
                let index = keys.iter().position(|key| *key == there[signer]);
                let twins = keys.iter().filter(|key| **key == there[signer]).count();
                let now = at(signed + age);
                if let (Some(index), 1) = (index, twins) {
                    prop_assert!(states(&keys, now)[index].is_published(now), "{:?}", states(&keys, now));
                }
            }
        }

        #[test]
        fn at_most_one_key_of_a_kind_signs(keys in prop::collection::vec(life(), 0..5), now in 0_i64..120) {
            let states = states(&keys, at(now));
            let count = states.iter().filter(|state| matches!(state, Signing { .. })).count();
            prop_assert_eq!(count, usize::from(signing(&keys, KeyKind::Rsa, at(now)).is_some()));
        }
    }
}
