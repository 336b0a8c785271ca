//! .NET's characters are UTF-16 units: `.` is half of an emoji, and a class has its halves apart.
//!
//! Rust's engines know characters only. So the two halves of a pair stand as two private characters
//! of plane 16, in the expression always and in a text when it has such a pair, and are put together
//! again in what comes out.

use std::borrow::Cow;

/// The units of the text, one character each.
pub(super) fn of(text: &str) -> impl Iterator<Item = char> + '_ {
    text.encode_utf16().map(character)
}

/// The character that stands for a unit.
pub(super) fn character(unit: u16) -> char {
    let code = u32::from(unit);
    char::from_u32(code).or_else(|| char::from_u32(SHIFT + code)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The text as the engines see it; the same where it has no pairs.
pub(super) fn apart(text: &str) -> Cow<'_, str> {
    match has_pairs(text) {
        true => Cow::Owned(of(text).collect()),
        false => Cow::Borrowed(text),
    }
}

/// Puts the pairs together. A half that lost its other half becomes U+FFFD.
pub(super) fn together(text: &str) -> String {
    let units = text.chars().map(|one| match u32::from(one).checked_sub(SHIFT) {
        Some(unit) => u16::try_from(unit).unwrap_or(0xfffd),
        None => u16::try_from(u32::from(one)).unwrap_or(0xfffd),
    });
    char::decode_utf16(units).map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Whether it has a character of two units.
pub(super) fn has_pairs(text: &str) -> bool {
    // Four bytes of UTF-8, and only those, are two units.
    text.bytes().any(|byte| byte >= 0xf0)
}

/// From a half (U+D800 to U+DFFF) to its private character.
const SHIFT: u32 = 0x10_0000;

/// The inside of a Rust class: all halves.
pub(super) const HALVES: &str = r"\x{10d800}-\x{10dfff}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_apart_is_put_together() {
        for (text, length) in [("", 0), ("aé€", 3), ("a😀b", 4), ("\u{10d800}\u{10ffff}\u{10000}", 6), ("\u{ffff}", 1)]
        {
            let apart: String = of(text).collect();
            assert_eq!(apart.chars().count(), length, "{text:?}");
            assert_eq!(together(&apart), text);
        }
        let halves: Vec<char> = of("😀").collect();
        assert_eq!(together(&halves[..1].iter().collect::<String>()), "\u{fffd}");
    }
}
