//! Dates, as `DateTime` reads and writes them in UTC and without a culture.
//!
//! Rules: pages "Standard date and time format strings" and "Custom date and time format strings" of
//! .NET's documentation; what is read is what B2C's pages show (date claims transformations).

use std::fmt;

use super::format::FormatError;
use crate::time::Timestamp;

/// An instant in UTC, from 0001-01-01 to the end of 9999, in ticks of 100 ns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(i64);

const TICKS_PER_SECOND: i64 = 10_000_000;
const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;
/// From 0001-01-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_162;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Page "Standard date and time format strings", column of the invariant culture; all for UTC.
const STANDARD: &[(char, &str)] = &[
    ('d', "MM/dd/yyyy"),
    ('D', "dddd, dd MMMM yyyy"),
    ('f', "dddd, dd MMMM yyyy HH:mm"),
    ('F', "dddd, dd MMMM yyyy HH:mm:ss"),
    ('g', "MM/dd/yyyy HH:mm"),
    ('G', "MM/dd/yyyy HH:mm:ss"),
    ('m', "MMMM dd"),
    ('M', "MMMM dd"),
    ('o', "yyyy-MM-ddTHH:mm:ss.fffffffK"),
    ('O', "yyyy-MM-ddTHH:mm:ss.fffffffK"),
    ('r', "ddd, dd MMM yyyy HH:mm:ss 'GMT'"),
    ('R', "ddd, dd MMM yyyy HH:mm:ss 'GMT'"),
    ('s', "yyyy-MM-ddTHH:mm:ss"),
    ('t', "HH:mm"),
    ('T', "HH:mm:ss"),
    ('u', "yyyy-MM-dd HH:mm:ssZ"),
    ('U', "dddd, dd MMMM yyyy HH:mm:ss"),
    ('y', "yyyy MMMM"),
    ('Y', "yyyy MMMM"),
];

/// What a text may look like that [`DateTime::parse`] reads, besides ISO 8601.
const READ: &[&str] =
    &["r", "MM/dd/yyyy", "MM/dd/yyyy HH:mm:ss", "M/d/yyyy", "M/d/yyyy H:mm:ss", "M/d/yyyy h:mm:ss tt"];

impl DateTime {
    /// 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(0);
    /// 9999-12-31T23:59:59.9999999Z.
    pub const MAX: Self = Self(3_652_059 * TICKS_PER_DAY - 1);

    /// From ticks of 100 ns since 0001-01-01; `None` out of range.
    pub fn from_ticks(ticks: i64) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0).contains(&ticks).then_some(Self(ticks))
    }

    /// Ticks of 100 ns since 0001-01-01.
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// The same instant; `None` where .NET has none.
    pub fn from_timestamp(at: Timestamp) -> Option<Self> {
        Self::from_ticks(at.as_millis().checked_mul(10_000)?.checked_add(DAYS_TO_1970 * TICKS_PER_DAY)?)
    }

    /// The same instant, rounded down to milliseconds.
    pub fn to_timestamp(self) -> Timestamp {
        Timestamp::from_millis((self.0 - DAYS_TO_1970 * TICKS_PER_DAY).div_euclid(10_000))
    }

    /// Later by so many seconds; `None` out of range.
    pub fn add_seconds(self, seconds: i64) -> Option<Self> {
        Self::from_ticks(self.0.checked_add(seconds.checked_mul(TICKS_PER_SECOND)?)?)
    }

    /// Reads ISO 8601 (`2022-01-01`, `2022-01-01T15:00`, with seconds, a fraction, `Z` or an offset),
    /// RFC 1123 and the invariant culture's `01/31/2022 15:00:00`. White space around it is skipped, a
    /// text without an offset is in UTC, and an eighth digit of a fraction rounds the seventh.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        iso_8601(text).or_else(|| READ.iter().find_map(|format| Self::parse_exact(text, format)))
    }

    /// Reads a text of just this format (`ParseExact`), as UTC where it has no offset. `None` where it is
    /// no such text, says a thing twice and differently, or the format is wrong.
    pub fn parse_exact(text: &str, format: &str) -> Option<Self> {
        let parts = read_format(format).ok()?;
        let mut fields = Fields::default();
        let mut rest = text;
        for part in &parts {
            rest = fields.read(part, rest)?;
        }
        if !rest.is_empty() {
            return None;
        }
        fields.instant()
    }

    /// Writes it. The empty format is `G`; one letter is a standard format, all else is a custom one.
    ///
    /// # Errors
    /// A letter that is no standard format, more than seven digits of a fraction, a quote that is
    /// not closed, a backslash or `%` at the end.
    pub fn format(self, format: &str) -> Result<String, FormatError> {
        let mut text = String::new();
        for part in read_format(format)? {
            self.write(&part, &mut text);
        }
        Ok(text)
    }

    /// Year, month, day, each from 1.
    pub fn date(self) -> (u16, u8, u8) {
        let days = self.0 / TICKS_PER_DAY;
        // A year's estimate is at most one too great.
        let mut year = days * 400 / 146_097 + 1;
        while days_before(year) > days {
            year -= 1;
        }
        while days_before(year + 1) <= days {
            year += 1;
        }
        let mut day = days - days_before(year) + 1;
        let mut month = 1;
        while day > days_in(year, month) {
            day -= days_in(year, month);
            month += 1;
        }
        (year as u16, month as u8, day as u8)
    }

    fn write(self, part: &Part, text: &mut String) {
        let (year, month, day) = self.date();
        let second = self.0 / TICKS_PER_SECOND;
        let (hour, minute, second) = (second / 3600 % 24, second / 60 % 60, second % 60);
        let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
        let month_name = MONTHS[usize::from(month) - 1];
        let day_name = DAYS[(self.0 / TICKS_PER_DAY % 7) as usize];
        let written = match part {
            Part::Verbatim(one) => one.to_string(),
            Part::Sign(sign, count) => match (sign, count) {
                ('d', 1..=2) => format!("{day:0>count$}"),
                ('d', 3) => day_name[..3].to_owned(),
                ('d', _) => day_name.to_owned(),
                ('M', 1..=2) => format!("{month:0>count$}"),
                ('M', 3) => month_name[..3].to_owned(),
                ('M', _) => month_name.to_owned(),
                ('y', 1..=2) => format!("{:0>count$}", year % 100),
                ('y', _) => format!("{year:0>count$}"),
                ('h', _) => format!("{twelve:0>0$}", (*count).min(2)),
                ('H', _) => format!("{hour:0>0$}", (*count).min(2)),
                ('m', _) => format!("{minute:0>0$}", (*count).min(2)),
                ('s', _) => format!("{second:0>0$}", (*count).min(2)),
                ('t', 1) => if hour < 12 { "A" } else { "P" }.to_owned(),
                ('t', _) => if hour < 12 { "AM" } else { "PM" }.to_owned(),
                ('z', 1) => "+0".to_owned(),
                ('z', 2) => "+00".to_owned(),
                ('z', _) => "+00:00".to_owned(),
                ('K', _) => "Z".to_owned(),
                ('g', _) => "A.D.".to_owned(),
                (sign, count) => {
                    let fraction = format!("{:07}", self.0 % TICKS_PER_SECOND);
                    match sign {
                        'F' => {
                            let fraction = fraction[..*count].trim_end_matches('0');
                            // The point before a fraction of nothing goes too.
                            if fraction.is_empty() && text.ends_with('.') {
                                text.pop();
                            }
                            fraction.to_owned()
                        }
                        _ => fraction[..*count].to_owned(),
                    }
                }
            },
        };
        text.push_str(&written);
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format("o").map_err(|_| fmt::Error)?)
    }
}

/// A part of a format: a letter with how often it stands there, or a character that means itself.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Part {
    Sign(char, usize),
    Verbatim(char),
}

fn read_format(format: &str) -> Result<Vec<Part>, FormatError> {
    let wrong = || FormatError::Specifier { specifier: format.to_owned() };
    let mut signs: Vec<char> = if format.is_empty() { vec!['G'] } else { format.chars().collect() };
    if let [letter] = *signs {
        let (_, standard) = STANDARD.iter().find(|(known, _)| *known == letter).ok_or_else(wrong)?;
        signs = standard.chars().collect();
    }
    let (mut parts, mut at) = (Vec::new(), 0);
    while let Some(&one) = signs.get(at) {
        let rest = &signs[at..];
        at += 1;
        match one {
            'd' | 'f' | 'F' | 'g' | 'h' | 'H' | 'm' | 'M' | 's' | 't' | 'y' | 'z' => {
                let count = rest.iter().take_while(|other| **other == one).count();
                if matches!(one, 'f' | 'F') && count > 7 {
                    return Err(wrong());
                }
                at += count - 1;
                parts.push(Part::Sign(one, count));
            }
            'K' => parts.push(Part::Sign(one, 1)),
            '\'' | '"' => {
                let mut quoted = rest[1..].iter();
                loop {
                    at += 1;
                    match quoted.next() {
                        Some('\\') => {
                            at += 1;
                            parts.push(Part::Verbatim(*quoted.next().ok_or_else(wrong)?));
                        }
                        Some(other) if *other == one => break,
                        Some(other) => parts.push(Part::Verbatim(*other)),
                        None => return Err(wrong()),
                    }
                }
            }
            '\\' => {
                parts.push(Part::Verbatim(*rest.get(1).ok_or_else(wrong)?));
                at += 1;
            }
            // Makes a format of one letter a custom one.
            '%' if rest.get(1).is_none_or(|next| *next == '%') => return Err(wrong()),
            '%' => {}
            one => parts.push(Part::Verbatim(one)),
        }
    }
    Ok(parts)
}

/// What was read so far.
#[derive(Default)]
struct Fields {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    weekday: Option<i64>,
    hour: Option<i64>,
    twelve: Option<i64>,
    afternoon: Option<i64>,
    minute: Option<i64>,
    second: Option<i64>,
    fraction: Option<i64>,
    /// In minutes.
    offset: Option<i64>,
}

impl Fields {
    /// Gives what follows the part.
    fn read<'t>(&mut self, part: &Part, text: &'t str) -> Option<&'t str> {
        let (sign, count) = match part {
            Part::Verbatim(one) => return text.strip_prefix(*one),
            Part::Sign(sign, count) => (*sign, *count),
        };
        // One letter reads one digit or two, two letters read two.
        let least = count.min(2);
        let (field, value, rest) = match (sign, count) {
            ('d', 3..) => named(text, &DAYS, count).map(|(value, rest)| (&mut self.weekday, value, rest))?,
            ('M', 3..) => named(text, &MONTHS, count).map(|(value, rest)| (&mut self.month, value + 1, rest))?,
            ('d', _) => digits(text, least, 2).map(|(value, rest)| (&mut self.day, value, rest))?,
            ('M', _) => digits(text, least, 2).map(|(value, rest)| (&mut self.month, value, rest))?,
            // The two-digit years of the invariant calendar are 1950 to 2049 since .NET Core 3, 1930 to 2029 before.
            ('y', 1..=2) => {
                let (year, rest) = digits(text, least, 2)?;
                (&mut self.year, if year < 50 { 2000 + year } else { 1900 + year }, rest)
            }
            ('y', _) => digits(text, count, count.max(4)).map(|(value, rest)| (&mut self.year, value, rest))?,
            ('h', _) => digits(text, least, 2).map(|(value, rest)| (&mut self.twelve, value, rest))?,
            ('H', _) => digits(text, least, 2).map(|(value, rest)| (&mut self.hour, value, rest))?,
            ('m', _) => digits(text, least, 2).map(|(value, rest)| (&mut self.minute, value, rest))?,
            ('s', _) => digits(text, least, 2).map(|(value, rest)| (&mut self.second, value, rest))?,
            ('t', 1) => named(text, &["A", "P"], 4).map(|(value, rest)| (&mut self.afternoon, value, rest))?,
            ('t', _) => named(text, &["AM", "PM"], 4).map(|(value, rest)| (&mut self.afternoon, value, rest))?,
            ('z', _) => offset(text).map(|(value, rest)| (&mut self.offset, value, rest))?,
            // `K` also reads nothing: then there is no offset.
            ('K', _) => match offset(text) {
                Some((value, rest)) => (&mut self.offset, value, rest),
                None => return Some(text),
            },
            ('g', _) => return text.strip_prefix("A.D.").or_else(|| text.strip_prefix("AD")),
            ('F', _) => {
                let length = text.bytes().take(count).take_while(u8::is_ascii_digit).count();
                if length == 0 {
                    return Some(text);
                }
                fraction(text, length).map(|(value, rest)| (&mut self.fraction, value, rest))?
            }
            _ => fraction(text, count).map(|(value, rest)| (&mut self.fraction, value, rest))?,
        };
        if field.is_some_and(|said| said != value) {
            return None;
        }
        *field = Some(value);
        Some(rest)
    }

    /// A part that nobody named is the first of its kind; a year must be named.
    fn instant(self) -> Option<DateTime> {
        let (year, month, day) = (self.year?, self.month.unwrap_or(1), self.day.unwrap_or(1));
        let in_order =
            (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        let days = days_before(year) + (1..month).map(|month| days_in(year, month)).sum::<i64>() + day - 1;
        let hour = match (self.hour, self.twelve, self.afternoon) {
            (Some(hour), None, None) => hour,
            (None, Some(hour), half) if (1..=12).contains(&hour) => hour % 12 + 12 * half.unwrap_or(0),
            (None, None, _) => 0,
            (Some(hour), twelve, half) => {
                let agree =
                    twelve.is_none_or(|twelve| twelve % 12 == hour % 12) && half.is_none_or(|half| half == hour / 12);
                agree.then_some(hour)?
            }
            _ => return None,
        };
        let (minute, second) = (self.minute.unwrap_or(0), self.second.unwrap_or(0));
        let in_order = in_order && hour < 24 && minute < 60 && second < 60;
        if !in_order || self.weekday.is_some_and(|weekday| weekday != days % 7) {
            return None;
        }
        let seconds = (hour * 60 + minute - self.offset.unwrap_or(0)) * 60 + second;
        let ticks = days * TICKS_PER_DAY + seconds * TICKS_PER_SECOND + self.fraction.unwrap_or(0);
        DateTime::from_ticks(ticks)
    }
}

fn iso_8601(text: &str) -> Option<DateTime> {
    let mut fields = Fields::default();
    let mut rest = text;
    for part in [Part::Sign('y', 4), Part::Verbatim('-'), Part::Sign('M', 2), Part::Verbatim('-'), Part::Sign('d', 2)] {
        rest = fields.read(&part, rest)?;
    }
    if rest.is_empty() {
        return fields.instant();
    }
    rest = rest.strip_prefix(['T', 't', ' '])?;
    for part in [Part::Sign('H', 2), Part::Verbatim(':'), Part::Sign('m', 2)] {
        rest = fields.read(&part, rest)?;
    }
    if let Some(after) = rest.strip_prefix(':') {
        rest = fields.read(&Part::Sign('s', 2), after)?;
        if let Some(after) = rest.strip_prefix('.') {
            let length = after.bytes().take_while(u8::is_ascii_digit).count();
            if length == 0 {
                return None;
            }
            let (ticks, _) = fraction(after, length.min(7))?;
            let round_up = after.as_bytes().get(7).is_some_and(|digit| (b'5'..=b'9').contains(digit));
            fields.fraction = Some(ticks + i64::from(round_up));
            rest = &after[length..];
        }
    }
    rest = fields.read(&Part::Sign('K', 1), rest.trim_start_matches(' '))?;
    rest.is_empty().then(|| fields.instant())?
}

/// Digits, at least so many and at most so many.
fn digits(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(length);
    Some((number.parse().ok().filter(|_| length >= least)?, rest))
}

/// So many digits behind the point, in ticks.
fn fraction(text: &str, length: usize) -> Option<(i64, &str)> {
    let (number, rest) = digits(text, length, length)?;
    Some((number * 10_i64.pow(7_u32.checked_sub(u32::try_from(length).ok()?)?), rest))
}

/// Which of the names stands there, in any case; three letters of it where the format has three.
fn named<'t>(text: &'t str, names: &[&str], count: usize) -> Option<(i64, &'t str)> {
    names.iter().zip(0..).find_map(|(name, at)| {
        let name = if count == 3 { &name[..3] } else { name };
        let (start, rest) = text.split_at_checked(name.len())?;
        start.eq_ignore_ascii_case(name).then_some((at, rest))
    })
}

/// `Z`, `+2`, `+02`, `+0200` or `+02:00`, in minutes; at most 14 hours.
fn offset(text: &str) -> Option<(i64, &str)> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return Some((0, rest));
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, rest) = digits(&text[1..], 1, 2)?;
    let (minutes, rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest, 2, 2)?,
        None => digits(rest, 2, 2).unwrap_or((0, rest)),
    };
    let minutes = (minutes < 60).then_some(hours * 60 + minutes).filter(|minutes| *minutes <= 14 * 60)?;
    Some((sign * minutes, rest))
}

/// Days from 0001-01-01 to the first of January of the year.
fn days_before(year: i64) -> i64 {
    let past = year - 1;
    past * 365 + past / 4 - past / 100 + past / 400
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_dotnets() {
        assert_eq!(format!("{:?}", DateTime::MIN), "0001-01-01T00:00:00.0000000Z");
        assert_eq!(format!("{:?}", DateTime::MAX), "9999-12-31T23:59:59.9999999Z");
        assert_eq!(DateTime::MAX.ticks(), 3_155_378_975_999_999_999);
        assert_eq!(DateTime::from_ticks(-1), None);
        assert_eq!(DateTime::MAX.add_seconds(1), None);
        assert_eq!(DateTime::from_timestamp(Timestamp::from_millis(0)).unwrap().ticks(), 621_355_968_000_000_000);
        assert_eq!(DateTime::from_timestamp(Timestamp::from_millis(i64::MAX)), None);
        assert_eq!(DateTime::parse("0001-01-01T00:00:00+01:00"), None);
        assert_eq!(DateTime::parse("9999-12-31T23:59:59.99999999"), None);
    }

    #[test]
    fn days_are_counted_both_ways() {
        for day in (0..3_652_059).step_by(11) {
            let at = DateTime(day * TICKS_PER_DAY);
            let (year, month, day_of_month) = at.date();
            let fields = Fields {
                year: Some(year.into()),
                month: Some(month.into()),
                day: Some(day_of_month.into()),
                ..Fields::default()
            };
            assert_eq!(fields.instant(), Some(at));
        }
    }
}
