//! Comparing texts, and changing their case, as .NET does without a culture.
//!
//! `StringComparison.Ordinal` compares UTF-16 units. `OrdinalIgnoreCase` compares the upper case of
//! each unit: one for one, so `ß` is not `SS`, and a character of two units is only equal to itself.

use std::cmp::Ordering;

use crate::id::same;

/// How two texts are compared. B2C documents these two and no culture (string transformations).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// Unit by unit.
    Ordinal,
    /// The upper cases, unit by unit.
    OrdinalIgnoreCase,
}

impl Comparison {
    /// Reads the parameter `stringComparison`, in any case. `None` for a name that B2C has not.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            text if same(text, "Ordinal") => Some(Self::Ordinal),
            text if same(text, "OrdinalIgnoreCase") => Some(Self::OrdinalIgnoreCase),
            _ => None,
        }
    }

    /// As the parameter `ignoreCase` says.
    pub fn ignoring_case(ignored: Option<bool>) -> Self {
        match ignored {
            Some(true) => Self::OrdinalIgnoreCase,
            _ => Self::Ordinal,
        }
    }

    /// Whether both are the same text.
    pub fn equal(self, one: &str, other: &str) -> bool {
        match self {
            Self::Ordinal => one == other,
            Self::OrdinalIgnoreCase => one.chars().map(ordinal_upper).eq(other.chars().map(ordinal_upper)),
        }
    }

    /// Which of the two comes first.
    pub fn order(self, one: &str, other: &str) -> Ordering {
        self.units(one).cmp(self.units(other))
    }

    /// Whether `part` stands in the text. The empty text stands in every text.
    pub fn contains(self, text: &str, part: &str) -> bool {
        let (text, part): (Vec<u16>, Vec<u16>) = (self.units(text).collect(), self.units(part).collect());
        part.is_empty() || text.windows(part.len()).any(|window| window == part)
    }

    fn units(self, text: &str) -> impl Iterator<Item = u16> + '_ {
        text.chars().flat_map(move |one| {
            let one = match self {
                Self::Ordinal => one,
                Self::OrdinalIgnoreCase => ordinal_upper(one),
            };
            let mut units = [0; 2];
            let length = one.encode_utf16(&mut units).len();
            units.into_iter().take(length)
        })
    }
}

/// `ToUpperInvariant`: one character for one, and `ı` stays.
pub fn to_upper(text: &str) -> String {
    text.chars().map(upper).collect()
}

/// `ToLowerInvariant`: one character for one, and `İ` stays.
pub fn to_lower(text: &str) -> String {
    text.chars().map(lower).collect()
}

/// How long .NET says that a text is: in UTF-16 units.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// `Substring`: `None` where it would throw. A half of a pair becomes U+FFFD.
pub fn substring(text: &str, start: usize, length: usize) -> Option<String> {
    let units: Vec<u16> = text.encode_utf16().collect();
    Some(String::from_utf16_lossy(units.get(start..start.checked_add(length)?)?))
}

/// What `OrdinalIgnoreCase` compares. `ſ` stays too: no character beyond ASCII equals one in it.
fn ordinal_upper(one: char) -> char {
    match one {
        'ſ' => one,
        '\u{10000}'.. => one,
        _ => upper(one),
    }
}

/// The simple upper case of Unicode's data, except of `ı`.
fn upper(one: char) -> char {
    match one {
        'ı' => one,
        // Rust has the full mapping only, in which these become two characters.
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => moved(one, 8),
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => moved(one, 9),
        _ => only(one.to_uppercase(), one),
    }
}

/// The simple lower case of Unicode's data, except of `İ`.
pub(super) fn lower(one: char) -> char {
    only(one.to_lowercase(), one)
}

fn moved(one: char, by: u32) -> char {
    char::from_u32(u32::from(one) + by).unwrap_or(one)
}

/// A mapping to several characters is none here.
fn only(mut mapped: impl Iterator<Item = char>, one: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(mapped), None) => mapped,
        _ => one,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_as_dotnet_does() {
        // One, other, equal without case.
        for (one, other, equal) in [
            ("someone@contoso.com", "SOMEONE@Contoso.com", true),
            ("someone@contoso.com", "someone@outlook.com", false),
            ("straße", "STRASSE", false),
            ("straße", "STRAßE", true),
            ("ß", "ẞ", false),
            ("ſ", "s", false),
            ("ſ", "S", false),
            ("\u{212a}", "k", false),
            ("i", "İ", false),
            ("i", "ı", false),
            ("I", "ı", false),
            ("É", "é", true),
            ("É", "E\u{301}", false),
            ("σ", "ς", true),
            ("ÿ", "Ÿ", true),
            ("ǆ", "ǅ", true),
            ("ᾳ", "ᾼ", true),
            ("ﬀ", "FF", false),
            ("\u{10428}", "\u{10400}", false),
            ("", "", true),
            ("a", "ab", false),
        ] {
            assert_eq!(Comparison::OrdinalIgnoreCase.equal(one, other), equal, "{one} {other}");
            assert_eq!(Comparison::OrdinalIgnoreCase.order(one, other).is_eq(), equal, "{one} {other}");
            assert_eq!(Comparison::Ordinal.equal(one, other), one == other, "{one} {other}");
        }
    }

    #[test]
    fn orders_by_units() {
        // U+FF5E is behind U+1F600 by units, before it by characters.
        assert_eq!(Comparison::Ordinal.order("\u{ff5e}", "😀"), Ordering::Greater);
        assert_eq!(Comparison::Ordinal.order("B", "a"), Ordering::Less);
        // `_` stands between the upper and the lower letters.
        assert_eq!(Comparison::OrdinalIgnoreCase.order("_", "a"), Ordering::Greater);
    }

    #[test]
    fn finds_parts() {
        for (text, part, ordinal, ignoring) in [
            ("Admin, Approver, Editor", "admin,", false, true),
            ("Admin", "Admin", true, true),
            ("Admin", "", true, true),
            ("Admin", "Administrator", false, false),
            ("straße", "SS", false, false),
        ] {
            assert_eq!(Comparison::Ordinal.contains(text, part), ordinal, "{text} {part}");
            assert_eq!(Comparison::OrdinalIgnoreCase.contains(text, part), ignoring, "{text} {part}");
        }
    }

    #[test]
    fn changes_case_one_for_one() {
        for (text, upper, lower) in [
            ("SomeOne@contoso.com", "SOMEONE@CONTOSO.COM", "someone@contoso.com"),
            ("straße", "STRAßE", "straße"),
            ("ıİ", "ıİ", "ıİ"),
            ("ΟΔΟΣ", "ΟΔΟΣ", "οδοσ"),
            ("ŉǰ", "ŉǰ", "ŉǰ"),
        ] {
            assert_eq!((&*to_upper(text), &*to_lower(text)), (upper, lower), "{text}");
        }
    }

    #[test]
    fn every_character_is_equal_to_its_own_case() {
        for one in ('\0'..='\u{ffff}').filter(|one| !"ıſ".contains(*one)) {
            let (one, upper) = (one.to_string(), to_upper(&one.to_string()));
            assert!(Comparison::OrdinalIgnoreCase.equal(&one, &upper), "{one} {upper}");
            assert_eq!(length(&upper), 1, "{one}");
        }
    }

    #[test]
    fn cuts_by_units() {
        for (text, start, length, expected) in [
            ("+1644114520", 0, 2, Some("+1")),
            ("ADC-15347", 0, 3, Some("ADC")),
            ("abc", 3, 0, Some("")),
            ("abc", 3, 1, None),
            ("abc", 4, 0, None),
            ("a😀b", 1, 2, Some("😀")),
            ("a😀b", 3, 1, Some("b")),
            ("a😀b", 2, 2, Some("\u{fffd}b")),
            ("abc", 1, usize::MAX, None),
        ] {
            assert_eq!(substring(text, start, length).as_deref(), expected, "{text} {start} {length}");
        }
    }

    #[test]
    fn reads_the_parameter() {
        assert_eq!(Comparison::parse("ordinalIgnoreCase"), Some(Comparison::OrdinalIgnoreCase));
        assert_eq!(Comparison::parse("Ordinal"), Some(Comparison::Ordinal));
        assert_eq!(Comparison::parse("InvariantCulture"), None);
    }
}
