//! Classes of characters: `[…]`, `\p{…}`, and what `i` adds to them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::OnceLock,
};

use super::{
    blocks::{BLOCKS, CATEGORIES},
    compare::lower,
    parse::{Escaped, Parser},
    regex::RegexError,
    translate::push_escaped,
    units,
};
use crate::said;

impl Parser<'_> {
    /// After the opening bracket. `[`, `&&`, `--` and `~~` are characters in .NET.
    pub(super) fn class(&mut self) -> Result<String, RegexError> {
        let mut rust = String::from(if self.eat("^") { "[^" } else { "[" });
        let mut first = true;
        loop {
            match self.next() {
                None => return Err(self.error(said!("`{}` is missing", "]"))),
                Some(']') if !first => break,
                Some('-') if !first && self.eat("[") => {
                    let taken_away = self.nested(Self::class)?;
                    if !self.eat("]") {
                        return Err(self.error(said!("a subtraction must be the last thing in its class")));
                    }
                    return Ok(format!("[{rust}]--{taken_away}]"));
                }
                // .NET reads over `[:alpha:]` and matches nothing by it: nobody means that.
                Some('[') if self.is_posix_class() => {
                    return Err(self.error(said!("`[:` and `:]` name no class: use `\\p` and a name in braces")));
                }
                Some(one) => self.class_item(one, &mut rust)?,
            }
            first = false;
        }
        rust.push(']');
        Ok(rust)
    }

    fn is_posix_class(&self) -> bool {
        let letters = (1..).take_while(|more| self.peek_after(*more).is_some_and(|one| one.is_ascii_alphabetic()));
        let end = letters.count() + 1;
        self.peek() == Some(':') && self.peek_after(end) == Some(':') && self.peek_after(end + 1) == Some(']')
    }

    fn class_item(&mut self, one: char, rust: &mut String) -> Result<(), RegexError> {
        // An escaped hyphen is only itself: `[\--a]` is no range.
        if one == '\\' && self.eat("-") {
            rust.push_str(r"\-");
            return Ok(());
        }
        let low = match self.class_character(one)? {
            Escaped::One(low) => low,
            Escaped::Class(class) => {
                rust.push_str(&class);
                return Ok(());
            }
        };
        let mut high = low;
        // `-` before the end or before a subtraction is not a range.
        if self.peek() == Some('-') && self.peek_after(1).is_some_and(|after| after != ']' && after != '[') {
            self.at += 1;
            let Some(one) = self.next() else { return Err(self.error(said!("`{}` is missing", "]"))) };
            let Escaped::One(end) = self.class_character(one)? else {
                return Err(self.error(said!("a range ends in a class")));
            };
            high = end;
            if high < low {
                return Err(self.error(said!("a range's end is before its start")));
            }
        }
        push_escaped(rust, low);
        if high > low {
            rust.push('-');
            push_escaped(rust, high);
        }
        if self.options.ignore_case {
            other_cases(low, high).for_each(|one| push_escaped(rust, one));
        }
        Ok(())
    }

    fn class_character(&mut self, one: char) -> Result<Escaped, RegexError> {
        match one {
            '\\' if self.eat("b") => Ok(Escaped::One('\u{8}')),
            '\\' => self.character_escape(),
            one => Ok(Escaped::One(one)),
        }
    }

    /// After `\p` or `\P`; gives the inside of a Rust class.
    pub(super) fn property(&mut self, negated: bool) -> Result<String, RegexError> {
        if !self.eat("{") {
            return Err(self.error(said!("`\\p` needs a name in braces")));
        }
        let name = self.until('}')?;
        let not = if negated { "^" } else { "" };
        if let Some((_, first, last)) = BLOCKS.iter().find(|(block, ..)| *block == name) {
            let [first, last] = [first, last].map(|unit| u32::from(units::character(*unit)));
            return Ok(format!("[{not}\\x{{{first:x}}}-\\x{{{last:x}}}]"));
        }
        Ok(match &*name {
            "Cs" => format!("[{not}{}]", units::HALVES),
            "Co" => format!("[{not}[\\p{{Co}}--[{}]]]", units::HALVES),
            name if CATEGORIES.contains(&name) => format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' }),
            name => return Err(self.error(said!("`{}` is no category and no block of .NET", name))),
        })
    }
}

/// What `i` adds to a character or a range: all whose lower case is the same as that of one in it.
/// Categories stay as they are, as in .NET since version 7.
pub(super) fn other_cases(low: char, high: char) -> impl Iterator<Item = char> {
    // By lower case, each character of the first plane that has another case, and all with it.
    static CASES: OnceLock<BTreeMap<char, Vec<char>>> = OnceLock::new();
    let cases = CASES.get_or_init(|| {
        let mut by_lower: HashMap<char, Vec<char>> = HashMap::new();
        for one in '\0'..='\u{ffff}' {
            if lower(one) != one {
                by_lower.entry(lower(one)).or_insert_with(|| vec![lower(one)]).push(one);
            }
        }
        by_lower.into_values().flat_map(|all| all.clone().into_iter().map(move |one| (one, all.clone()))).collect()
    });
    cases.range(low..=high).flat_map(|(_, all)| all).copied().filter(move |one| !(low..=high).contains(one))
}
