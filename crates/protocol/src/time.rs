//! Instants as JSON web tokens write them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds (RFC 7519 §2). Arithmetic saturates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NumericDate(pub i64);

impl NumericDate {
    /// This many seconds later (earlier, when negative).
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this instant; negative when `earlier` is the later one.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The instant a JSON number names. Fractions are dropped: RFC 7519 §2 allows them, nobody needs them.
    pub(crate) fn from_json(value: &serde_json::Value) -> Option<Self> {
        if let Some(whole) = value.as_i64() {
            return Some(Self(whole));
        }
        let fraction = value.as_f64()?;
        // Beyond this an f64 no longer holds whole seconds; nothing honest is dated there.
        (fraction.abs() < 9.0e15).then(|| Self(fraction.floor() as i64))
    }
}

impl fmt::Display for NumericDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_whole_and_fractional_seconds_and_nothing_else() {
        for (given, expected) in [
            (json!(1_700_000_000), Some(1_700_000_000)),
            (json!(1_700_000_000.9), Some(1_700_000_000)),
            (json!(-1), Some(-1)),
            (json!(1e300), None),
            (json!(u64::MAX), None),
            (json!("1700000000"), None),
            (json!(null), None),
        ] {
            assert_eq!(NumericDate::from_json(&given), expected.map(NumericDate), "{given}");
        }
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(NumericDate(i64::MAX).plus(1), NumericDate(i64::MAX));
        assert_eq!(NumericDate(i64::MIN).since(NumericDate(1)), i64::MIN);
    }
}
