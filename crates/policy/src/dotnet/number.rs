//! Integers as texts, with .NET's standard and custom formats and the invariant culture.

use super::format::FormatError;

/// The greatest number of digits after a letter, as in .NET Framework.
const MOST_DIGITS: usize = 99;

/// `ToString` of an integer. The empty format is `G`.
pub(super) fn format(number: i64, specifier: &str) -> Result<String, FormatError> {
    let mut signs = specifier.chars();
    let standard = match (signs.next(), signs.as_str()) {
        (None, _) => Some(('G', None)),
        (Some(letter), "") if letter.is_ascii_alphabetic() => Some((letter, None)),
        (Some(letter), digits) if letter.is_ascii_alphabetic() && digits.bytes().all(|one| one.is_ascii_digit()) => {
            let digits = digits.parse().ok().filter(|digits| *digits <= MOST_DIGITS);
            Some((letter, Some(digits.ok_or_else(|| wrong(specifier))?)))
        }
        _ => None,
    };
    match standard {
        Some((letter, digits)) => with_letter(number, letter, digits).ok_or_else(|| wrong(specifier)),
        None => Ok(custom(number, specifier)),
    }
}

fn wrong(specifier: &str) -> FormatError {
    FormatError::Specifier { specifier: specifier.to_owned() }
}

/// Page "Standard numeric format strings".
fn with_letter(number: i64, letter: char, digits: Option<usize>) -> Option<String> {
    let size = Decimal::of(number);
    let sign = if number < 0 { "-" } else { "" };
    Some(match letter.to_ascii_uppercase() {
        'D' => format!("{sign}{:0>1$}", number.unsigned_abs(), digits.unwrap_or(0)),
        'N' => format!("{sign}{}", size.grouped(digits.unwrap_or(2))),
        'F' => format!("{sign}{}", size.fixed(digits.unwrap_or(2))),
        'C' if number < 0 => format!("(¤{})", size.grouped(digits.unwrap_or(2))),
        'C' => format!("¤{}", size.grouped(digits.unwrap_or(2))),
        'P' => format!("{sign}{} %", size.shifted(2).grouped(digits.unwrap_or(2))),
        'E' => format!("{sign}{}", size.scientific(letter, digits.unwrap_or(6))),
        'X' if letter == 'X' => format!("{number:0>0$X}", digits.unwrap_or(0)),
        'X' => format!("{number:0>0$x}", digits.unwrap_or(0)),
        'G' => match digits.filter(|digits| *digits > 0 && *digits < size.digits.len()) {
            Some(digits) => format!("{sign}{}", size.general(letter, digits)),
            None => number.to_string(),
        },
        _ => return None,
    })
}

/// Digits, and how many of them stand before the point: `1234` and 2 is 12.34. Zero has no digits.
#[derive(Clone)]
struct Decimal {
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    fn of(number: i64) -> Self {
        let digits: Vec<u8> = match number {
            0 => vec![],
            number => number.unsigned_abs().to_string().into_bytes(),
        };
        Self { point: digits.len() as i64, digits }
    }

    fn shifted(mut self, places: i64) -> Self {
        self.point += places;
        self
    }

    /// Keeps so many digits, and rounds half away from zero.
    fn rounded(mut self, keep: i64) -> Self {
        let Ok(keep) = usize::try_from(keep) else {
            self.digits.clear();
            return self;
        };
        if keep < self.digits.len() {
            let up = self.digits[keep] >= b'5';
            self.digits.truncate(keep);
            if up {
                while self.digits.last() == Some(&b'9') {
                    self.digits.pop();
                }
                match self.digits.last_mut() {
                    Some(last) => *last += 1,
                    None => {
                        self.digits.push(b'1');
                        self.point += 1;
                    }
                }
            }
        }
        self
    }

    /// The digit that stands so many places before the point; `-1` is the first behind it.
    fn at(&self, place: i64) -> char {
        let digit = usize::try_from(self.point - 1 - place).ok().and_then(|at| self.digits.get(at));
        char::from(*digit.unwrap_or(&b'0'))
    }

    fn fixed(self, places: usize) -> String {
        let places = places as i64;
        let number = self.clone().rounded(self.point + places);
        let mut text: String = (0..number.point.max(1)).rev().map(|place| number.at(place)).collect();
        if places > 0 {
            text.push('.');
            text.extend((-places..0).rev().map(|place| number.at(place)));
        }
        text
    }

    fn grouped(self, places: usize) -> String {
        let fixed = self.fixed(places);
        let (whole, rest) = fixed.split_at(fixed.find('.').unwrap_or(fixed.len()));
        let mut text = String::new();
        for (one, left) in whole.chars().zip((0..whole.len()).rev()) {
            text.push(one);
            if left > 0 && left % 3 == 0 {
                text.push(',');
            }
        }
        text + rest
    }

    fn scientific(self, letter: char, places: usize) -> String {
        let number = self.rounded(places as i64 + 1);
        let exponent = if number.digits.is_empty() { 0 } else { number.point - 1 };
        let mantissa = Self { point: 1, digits: number.digits };
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}{letter}{sign}{:03}", mantissa.fixed(places), exponent.unsigned_abs())
    }

    /// `G` with fewer digits than there are: `1.23E+05`.
    fn general(self, letter: char, digits: usize) -> String {
        let mut number = self.rounded(digits as i64);
        let exponent = number.point - 1;
        while number.digits.last() == Some(&b'0') {
            number.digits.pop();
        }
        let places = number.digits.len().saturating_sub(1);
        let letter = if letter == 'g' { 'e' } else { 'E' };
        format!("{}{letter}+{exponent:02}", Self { point: 1, digits: number.digits }.fixed(places))
    }
}

/// Page "Custom numeric format strings".
fn custom(number: i64, specifier: &str) -> String {
    let sections = sections(specifier);
    let section = |at: usize| sections.get(at).filter(|section| !section.is_empty());
    let (chosen, sign) = match number {
        0 => (section(2).or(sections.first()), ""),
        ..0 => match section(1) {
            Some(negative) => (Some(negative), ""),
            None => (sections.first(), "-"),
        },
        _ => (sections.first(), ""),
    };
    let Some(chosen) = chosen else { return String::new() };
    let pattern = Pattern::of(chosen);
    let size = Decimal::of(number).shifted(pattern.shift);
    let rounded = match pattern.exponent {
        true => size,
        false => size.clone().rounded(size.point + pattern.places as i64),
    };
    // What is rounded to nothing is formatted as zero, and has no sign.
    if number != 0 && rounded.digits.is_empty() {
        return custom(0, specifier);
    }
    format!("{sign}{}", pattern.fill(rounded))
}

/// What stands in a section.
#[derive(Clone, PartialEq)]
enum Sign {
    /// `0` or `#`.
    Digit {
        zero: bool,
    },
    Point,
    /// `E+00`: the letter, whether a plus is written, the least number of digits.
    Exponent(char, bool, usize),
    Verbatim(char),
    /// `,`: counted, and not written itself.
    Comma,
}

fn sections(specifier: &str) -> Vec<Vec<Sign>> {
    let mut all = vec![Vec::new()];
    let signs: Vec<char> = specifier.chars().collect();
    let mut at = 0;
    while let Some(&one) = signs.get(at) {
        at += 1;
        let sign = match one {
            '0' | '#' => Sign::Digit { zero: one == '0' },
            '.' => Sign::Point,
            ',' => Sign::Comma,
            ';' => {
                all.push(Vec::new());
                continue;
            }
            '\\' => {
                let Some(&escaped) = signs.get(at) else { continue };
                at += 1;
                Sign::Verbatim(escaped)
            }
            '\'' | '"' => {
                let end = signs[at..].iter().position(|other| *other == one).unwrap_or(signs.len() - at);
                if let Some(section) = all.last_mut() {
                    section.extend(signs[at..at + end].iter().copied().map(Sign::Verbatim));
                }
                at += end + 1;
                continue;
            }
            'e' | 'E' => {
                let sign = signs.get(at).copied().filter(|sign| matches!(sign, '+' | '-'));
                let start = at + usize::from(sign.is_some());
                let zeros = signs.get(start..).map_or(0, |rest| rest.iter().take_while(|one| **one == '0').count());
                if zeros == 0 {
                    Sign::Verbatim(one)
                } else {
                    at = start + zeros;
                    Sign::Exponent(one, sign == Some('+'), zeros.min(10))
                }
            }
            one => Sign::Verbatim(one),
        };
        if let Some(section) = all.last_mut() {
            section.push(sign);
        }
    }
    all
}

/// A section, and what it says about all of the number.
struct Pattern<'s> {
    signs: &'s [Sign],
    /// Digits after the point.
    places: usize,
    /// Digits before it, and how many of them from the first `0` on.
    before: usize,
    least: usize,
    /// Digits after it up to the last `0`.
    least_places: usize,
    grouped: bool,
    shift: i64,
    exponent: bool,
}

impl<'s> Pattern<'s> {
    fn of(signs: &'s [Sign]) -> Self {
        let mut pattern =
            Self { signs, places: 0, before: 0, least: 0, least_places: 0, grouped: false, shift: 0, exponent: false };
        let (mut point, mut commas) = (false, 0);
        for sign in signs {
            match sign {
                Sign::Digit { zero } if point => {
                    pattern.places += 1;
                    if *zero {
                        pattern.least_places = pattern.places;
                    }
                }
                Sign::Digit { zero } => {
                    // A comma between two digits groups; one behind the last divides by a thousand.
                    pattern.grouped |= commas > 0 && pattern.before > 0;
                    commas = 0;
                    pattern.before += 1;
                    if *zero || pattern.least > 0 {
                        pattern.least += 1;
                    }
                }
                Sign::Point => point = true,
                Sign::Comma if !point && pattern.before > 0 => commas += 1,
                Sign::Exponent(..) => pattern.exponent = true,
                Sign::Verbatim('%') => pattern.shift += 2,
                Sign::Verbatim('‰') => pattern.shift += 3,
                Sign::Comma | Sign::Verbatim(_) => {}
            }
        }
        pattern.shift -= 3 * commas;
        pattern
    }

    fn fill(&self, mut number: Decimal) -> String {
        let mut exponent = 0;
        if self.exponent {
            let whole = self.before as i64;
            number = number.rounded(whole + self.places as i64);
            if !number.digits.is_empty() {
                exponent = number.point - whole;
                number.point = whole;
            }
        }
        let digits = if number.digits.is_empty() { 0 } else { number.point.max(0) };
        let width = digits.max(self.least as i64);
        let mut text = String::new();
        let (mut left, mut point, mut place) = (self.before as i64, false, 0);
        for sign in self.signs {
            match sign {
                Sign::Digit { .. } if point => {
                    place += 1;
                    let is_last = (-(self.places as i64)..=-place).all(|later| number.at(later) == '0');
                    if place <= self.least_places as i64 || !is_last {
                        if place == 1 {
                            text.push('.');
                        }
                        text.push(number.at(-place));
                    }
                }
                Sign::Digit { .. } => {
                    // The first sign has all the digits for which there is no sign.
                    let from = if left == self.before as i64 { width.max(left) } else { left };
                    for at in (left - 1..from).rev().filter(|at| *at < width) {
                        text.push(number.at(at));
                        if self.grouped && at > 0 && at % 3 == 0 {
                            text.push(',');
                        }
                    }
                    left -= 1;
                }
                Sign::Point => {
                    // Without a sign before the point, the digits stand before it all the same.
                    if !point && self.before == 0 {
                        text.extend((0..digits).rev().map(|at| number.at(at)));
                    }
                    point = true;
                }
                Sign::Exponent(letter, plus, least) => {
                    let sign = if exponent < 0 {
                        "-"
                    } else if *plus {
                        "+"
                    } else {
                        ""
                    };
                    text.push_str(&format!("{letter}{sign}{:0>1$}", exponent.unsigned_abs(), least));
                }
                Sign::Comma => {}
                Sign::Verbatim(one) => text.push(*one),
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_formats_are_those_of_the_documentation() {
        for (number, specifier, expected) in [
            (0, "", "0"),
            (-12_345, "", "-12345"),
            (1234, "D", "1234"),
            (-1234, "D6", "-001234"),
            (7, "d4", "0007"),
            (1234, "D2", "1234"),
            (255, "X", "FF"),
            (255, "x", "ff"),
            (255, "x4", "00ff"),
            (-1, "X", "FFFFFFFFFFFFFFFF"),
            (1234, "F", "1234.00"),
            (-1234, "F4", "-1234.0000"),
            (1234, "F0", "1234"),
            (1234, "N1", "1,234.0"),
            (-1_234_567, "N", "-1,234,567.00"),
            (123, "N0", "123"),
            (0, "N", "0.00"),
            (1, "P", "100.00 %"),
            (-12, "P0", "-1,200 %"),
            (1234, "C", "¤1,234.00"),
            (-1234, "C0", "(¤1,234)"),
            (1052, "E", "1.052000E+003"),
            (-1052, "e2", "-1.05e+003"),
            (0, "E2", "0.00E+000"),
            (999_999, "E2", "1.00E+006"),
            (12_345, "G", "12345"),
            (12_345, "G3", "1.23E+04"),
            (12_000, "g1", "1e+04"),
            (10_400, "G2", "1E+04"),
            (99, "G1", "1E+02"),
            (12_345, "G5", "12345"),
            (i64::MIN, "N0", "-9,223,372,036,854,775,808"),
            (i64::MIN, "D", "-9223372036854775808"),
        ] {
            assert_eq!(format(number, specifier).as_deref(), Ok(expected), "{number} {specifier}");
        }
        for specifier in ["Q", "R", "D100", "Z9", "D99999999999999999999"] {
            assert!(format(1, specifier).is_err(), "{specifier}");
        }
    }

    #[test]
    fn custom_formats_are_those_of_the_documentation() {
        for (number, specifier, expected) in [
            (123, "00000", "00123"),
            (123, "#####", "123"),
            (0, "#", ""),
            (0, "0", "0"),
            (1_234_567_890, "#,##0", "1,234,567,890"),
            (1_234_567_890, "#,#", "1,234,567,890"),
            (1234, "0,0", "1,234"),
            (5, "0,000", "0,005"),
            (1_234_567_890, "#,##0,,", "1,235"),
            (1_234_567_890, "#,,", "1235"),
            (1_234_567_890, "#,,,", "1"),
            (1_234_567, "0,,.00", "1.23"),
            (1234, "0.00", "1234.00"),
            (1234, "0.##", "1234"),
            (1234, ".00", "1234.00"),
            (1_234_567_890, "(###) ###-####", "(123) 456-7890"),
            (42, "##-##", "-42"),
            (123_456, "[##-##-##]", "[12-34-56]"),
            (42, "00-00", "00-42"),
            (12_345, "#-#", "1234-5"),
            (5, "0%", "500%"),
            (86_000, "0.###E+0", "8.6E+4"),
            (86_000, "0.###E+000", "8.6E+004"),
            (86_000, "0.###E-000", "8.6E004"),
            (987_654, "\\###00\\#", "#987654#"),
            (68, "# 'degrees'", "68 degrees"),
            (68, "# ' degrees'", "68  degrees"),
            (1234, "##;(##)", "1234"),
            (-1234, "##;(##)", "(1234)"),
            (0, "##;(##);**Zero**", "**Zero**"),
            (-1234, "##;;zero", "-1234"),
            (-5, "000", "-005"),
            (1, "0,,", "0"),
            (7, "0,.0", "0.0"),
            (-7, "0,.0", "0.0"),
            (50, "0,.0", "0.1"),
            (-949, "0,.0", "-0.9"),
            (950, "0,.0", "1.0"),
            (999_999, "0,.0", "1000.0"),
            (-1, "0,,", "0"),
            (7, "ID_0000", "ID_0007"),
            (7, "none", "none"),
        ] {
            assert_eq!(format(number, specifier).as_deref(), Ok(expected), "{number} {specifier}");
        }
    }
}
