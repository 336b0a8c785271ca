//! The one kind of instant that the pure half knows.

use std::{
    fmt,
    ops::{Add, Sub},
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01T00:00:00Z. There is no `now`: time is an argument.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From whole seconds since 1970, as tokens carry them.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since 1970.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// How long ago `earlier` was; zero if it is still to come.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
    }

    /// `yyyy-MM-ddTHH:mm:ss.fffffffZ`, the form that B2C writes.
    pub fn to_round_trip(self) -> String {
        let (y, mo, d, h, mi, s, ms) = self.civil();
        format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}.{ms:03}0000Z")
    }

    /// `yyyy-MM-dd HH:mm:ssZ`, the form in B2C's error descriptions.
    pub fn to_error_form(self) -> String {
        let (y, mo, d, h, mi, s, _) = self.civil();
        format!("{y:04}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02}Z")
    }

    /// Reads `2022-01-01`, `2022-01-01T15:00:00`, with a fraction and with `Z` or an offset.
    /// Without an offset the text is UTC.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (date, rest) = text.split_at_checked(10)?;
        let mut parts = date.splitn(3, '-').map(digits);
        let (y, mo, d) = (parts.next()??, parts.next()??, parts.next()??);
        if !(1..=12).contains(&mo) || !(1..=days_in_month(y, mo)).contains(&d) {
            return None;
        }
        let midnight = days_from_civil(y, mo, d) * 86_400_000;
        if rest.is_empty() {
            return Some(Self(midnight));
        }
        let rest = rest.strip_prefix(['T', ' '])?;
        let (clock, offset) = match rest.find(['Z', 'z', '+', '-']) {
            Some(at) => (&rest[..at], offset_millis(&rest[at..])?),
            None => (rest, 0),
        };
        let (whole, fraction) = clock.split_once('.').unwrap_or((clock, ""));
        let mut parts = whole.split(':').map(digits);
        let (h, mi) = (parts.next()??, parts.next()??);
        let s = parts.next().map_or(Some(0), |s| s)?;
        if parts.next().is_some() || h > 23 || mi > 59 || s > 59 {
            return None;
        }
        let millis = match fraction.get(..fraction.len().min(3))? {
            "" => 0,
            some => digits(some)? * 10_i64.pow(3 - u32::try_from(some.len()).ok()?),
        };
        Some(Self(midnight + ((h * 60 + mi) * 60 + s) * 1000 + millis - offset))
    }

    fn civil(self) -> (i64, i64, i64, i64, i64, i64, i64) {
        let (days, rest) = (self.0.div_euclid(86_400_000), self.0.rem_euclid(86_400_000));
        let (y, mo, d) = civil_from_days(days);
        (y, mo, d, rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000)
    }
}

fn digits(text: &str) -> Option<i64> {
    (!text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn offset_millis(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, rest) = text.split_at_checked(1)?;
    let (h, m) = rest.split_once(':').or_else(|| rest.split_at_checked(2))?;
    let millis = (digits(h)? * 60 + digits(m)?) * 60_000;
    Some(if sign == "-" { -millis } else { millis })
}

fn days_in_month(y: i64, m: i64) -> i64 {
    match m {
        4 | 6 | 9 | 11 => 30,
        2 if y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

// The two conversions count from 0000-03-01, so that the leap day is a year's last.
fn days_from_civil(y: i64, m: i64, d: i64) -> i64 {
    let y = if m <= 2 { y - 1 } else { y };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * ((m + 9) % 12) + 2) / 5 + d - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let (d, m) = (day_of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    (era * 400 + year_of_era + i64::from(m <= 2), m, d)
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_error_form())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_round_trip())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_forms_that_policies_use() {
        for (text, expected) in [
            ("2022-01-01", "2022-01-01T00:00:00.0000000Z"),
            ("2022-01-01T15:00:00", "2022-01-01T15:00:00.0000000Z"),
            ("2022-01-14T11:40:35.1234567Z", "2022-01-14T11:40:35.1230000Z"),
            ("2024-02-29T23:59:59+02:00", "2024-02-29T21:59:59.0000000Z"),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59.0000000Z"),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_round_trip(), expected, "{text}");
        }
        for text in ["", "2022-13-01", "2023-02-29", "2022-01-01T25:00:00", "yesterday", "2022-01-01T1"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_survives_the_round_trip() {
        for day in -800_000..800_000 {
            let (y, m, d) = civil_from_days(day);
            assert_eq!(days_from_civil(y, m, d), day);
        }
    }
}
