//! The tree, written in the syntax of Rust's engines.

use super::{
    parse::{GroupName, Node, Parsed},
    regex::RegexError,
};
use crate::said;

/// An expression in Rust's syntax.
pub(super) struct Translated {
    pub(super) rust: String,
    /// It needs an engine that can look around or go back.
    pub(super) backtracks: bool,
    /// It asks for the end of the text in .NET's way.
    pub(super) final_end: bool,
}

/// How `$` is written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum End {
    /// `\z`: right for every text that does not end in a newline, and needs no look-around.
    Strict,
    /// Also before a newline that ends the text.
    BeforeNewline,
}

/// Which of Rust's groups a .NET number or name means. Unnamed groups have the first numbers.
#[derive(Debug, Default)]
pub(super) struct Groups {
    named: Vec<(GroupName, usize)>,
}

impl Groups {
    pub(super) fn new(groups: &[Option<GroupName>]) -> Self {
        let mut named = Vec::new();
        let mut number = 0;
        let taken = |number| groups.contains(&Some(GroupName::Number(number)));
        for (group, at) in groups.iter().zip(1..) {
            if group.is_none() {
                number += 1;
                while taken(number) {
                    number += 1;
                }
                named.push((GroupName::Number(number), at));
            }
        }
        for (group, at) in groups.iter().zip(1..) {
            let Some(group) = group else { continue };
            let known = named.iter().any(|(name, _)| name == group);
            named.push((group.clone(), at));
            if matches!(group, GroupName::Name(_)) && !known {
                number += 1;
                while taken(number) {
                    number += 1;
                }
                named.push((GroupName::Number(number), at));
            }
        }
        Self { named }
    }

    /// More than one where several groups have the same name.
    pub(super) fn find<'a>(&'a self, name: &'a GroupName) -> impl Iterator<Item = usize> + 'a {
        self.named.iter().filter(move |(other, _)| other == name).map(|(_, at)| *at)
    }
}

pub(super) fn translate(parsed: &Parsed, groups: &Groups, end: End) -> Result<Translated, RegexError> {
    let mut writer =
        Writer { groups, end, to: Translated { rust: String::new(), backtracks: false, final_end: false } };
    writer.write(&parsed.node)?;
    Ok(writer.to)
}

struct Writer<'a> {
    groups: &'a Groups,
    end: End,
    to: Translated,
}

impl Writer<'_> {
    fn write(&mut self, node: &Node) -> Result<(), RegexError> {
        match node {
            Node::Character { one, ignore_case } => self.cased(*ignore_case, |rust| push_escaped(rust, *one)),
            Node::Class { rust: class, ignore_case } => self.cased(*ignore_case, |rust| rust.push_str(class)),
            Node::Any { newline_too } => self.to.rust.push_str(if *newline_too { "(?s:.)" } else { "." }),
            Node::Assertion(rust) => self.to.rust.push_str(rust),
            Node::FinalEnd => {
                self.to.final_end = true;
                self.to.rust.push_str(match self.end {
                    End::Strict => r"\z",
                    End::BeforeNewline => r"(?=\n?\z)",
                });
            }
            Node::Sequence(all) => all.iter().try_for_each(|node| self.write(node))?,
            Node::Alternatives(all) => {
                for (at, node) in all.iter().enumerate() {
                    if at > 0 {
                        self.to.rust.push('|');
                    }
                    self.write(node)?;
                }
            }
            Node::Group(node) => self.enclosed("(?:", node)?,
            Node::Capture(node) => self.enclosed("(", node)?,
            Node::Special(sign, node) => {
                self.to.backtracks = true;
                self.enclosed(&format!("({sign}"), node)?;
            }
            Node::Repeat { what, least, most, lazy } => {
                self.enclosed("(?:", what)?;
                let count = match (least, most) {
                    (0, None) => "*".to_owned(),
                    (1, None) => "+".to_owned(),
                    (0, Some(1)) => "?".to_owned(),
                    (least, None) => format!("{{{least},}}"),
                    (least, Some(most)) => format!("{{{least},{most}}}"),
                };
                self.to.rust.push_str(&count);
                if *lazy {
                    self.to.rust.push('?');
                }
            }
            Node::BackReference(name) => self.back_reference(name)?,
            Node::BackReferenceOrOctal(digits) => self.back_reference_or_octal(digits)?,
            Node::Conditional(name, node) => {
                let at = self.one_group(name)?;
                self.to.backtracks = true;
                self.enclosed(&format!("(?({at})"), node)?;
            }
        }
        Ok(())
    }

    fn enclosed(&mut self, open: &str, node: &Node) -> Result<(), RegexError> {
        self.to.rust.push_str(open);
        self.write(node)?;
        self.to.rust.push(')');
        Ok(())
    }

    fn cased(&mut self, ignore_case: bool, write: impl FnOnce(&mut String)) {
        if ignore_case {
            self.to.rust.push_str("(?i:");
        }
        write(&mut self.to.rust);
        if ignore_case {
            self.to.rust.push(')');
        }
    }

    fn one_group(&self, name: &GroupName) -> Result<usize, RegexError> {
        let spelled = match name {
            GroupName::Number(number) => number.to_string(),
            GroupName::Name(name) => name.clone(),
        };
        let mut found = self.groups.find(name);
        match (found.next(), found.next()) {
            (Some(at), None) => Ok(at),
            (None, _) => Err(RegexError { what: said!("there is no group `{}`", spelled), at: 1 }),
            _ => Err(RegexError {
                what: said!("a reference to one of several groups `{}` is not supported", spelled),
                at: 1,
            }),
        }
    }

    fn back_reference(&mut self, name: &GroupName) -> Result<(), RegexError> {
        let at = self.one_group(name)?;
        self.to.backtracks = true;
        self.to.rust.push_str(&format!("(?:\\{at})"));
        Ok(())
    }

    fn back_reference_or_octal(&mut self, digits: &str) -> Result<(), RegexError> {
        if let Ok(number) = digits.parse()
            && self.groups.find(&GroupName::Number(number)).next().is_some()
        {
            return self.back_reference(&GroupName::Number(number));
        }
        let octal = digits.bytes().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
        let code = u32::from_str_radix(&digits[..octal], 8).ok().and_then(char::from_u32);
        let Some(one) = code else {
            return Err(RegexError { what: said!("there is no group `{}`", digits), at: 1 });
        };
        push_escaped(&mut self.to.rust, one);
        self.to.rust.push_str(&digits[octal..]);
        Ok(())
    }
}

/// Writes a character so that it means itself, inside a class or outside.
pub(super) fn push_escaped(rust: &mut String, one: char) {
    if one.is_alphanumeric() {
        rust.push(one);
    } else {
        rust.push_str(&format!("\\x{{{:x}}}", u32::from(one)));
    }
}

/// Unicode's general categories, which both sides call the same. (.NET's `Cs` cannot occur in UTF-8.)
pub(super) const CATEGORIES: &[&str] = &[
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi",
    "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Co", "Cn",
];

/// The blocks of Unicode that forms are likely to ask for. Not scripts: Rust's `\p{Greek}` is one.
pub(super) const BLOCKS: &[(&str, u32, u32)] = &[
    ("IsBasicLatin", 0x00, 0x7f),
    ("IsLatin-1Supplement", 0x80, 0xff),
    ("IsLatinExtended-A", 0x100, 0x17f),
    ("IsLatinExtended-B", 0x180, 0x24f),
    ("IsIPAExtensions", 0x250, 0x2af),
    ("IsSpacingModifierLetters", 0x2b0, 0x2ff),
    ("IsCombiningDiacriticalMarks", 0x300, 0x36f),
    ("IsGreek", 0x370, 0x3ff),
    ("IsGreekandCoptic", 0x370, 0x3ff),
    ("IsCyrillic", 0x400, 0x4ff),
    ("IsCyrillicSupplement", 0x500, 0x52f),
    ("IsArmenian", 0x530, 0x58f),
    ("IsHebrew", 0x590, 0x5ff),
    ("IsArabic", 0x600, 0x6ff),
    ("IsSyriac", 0x700, 0x74f),
    ("IsDevanagari", 0x900, 0x97f),
    ("IsBengali", 0x980, 0x9ff),
    ("IsGurmukhi", 0xa00, 0xa7f),
    ("IsGujarati", 0xa80, 0xaff),
    ("IsTamil", 0xb80, 0xbff),
    ("IsTelugu", 0xc00, 0xc7f),
    ("IsKannada", 0xc80, 0xcff),
    ("IsMalayalam", 0xd00, 0xd7f),
    ("IsThai", 0xe00, 0xe7f),
    ("IsLao", 0xe80, 0xeff),
    ("IsGeorgian", 0x10a0, 0x10ff),
    ("IsHangulJamo", 0x1100, 0x11ff),
    ("IsEthiopic", 0x1200, 0x137f),
    ("IsKhmer", 0x1780, 0x17ff),
    ("IsMongolian", 0x1800, 0x18af),
    ("IsLatinExtendedAdditional", 0x1e00, 0x1eff),
    ("IsGreekExtended", 0x1f00, 0x1fff),
    ("IsGeneralPunctuation", 0x2000, 0x206f),
    ("IsSuperscriptsandSubscripts", 0x2070, 0x209f),
    ("IsCurrencySymbols", 0x20a0, 0x20cf),
    ("IsLetterlikeSymbols", 0x2100, 0x214f),
    ("IsNumberForms", 0x2150, 0x218f),
    ("IsArrows", 0x2190, 0x21ff),
    ("IsMathematicalOperators", 0x2200, 0x22ff),
    ("IsCJKSymbolsandPunctuation", 0x3000, 0x303f),
    ("IsHiragana", 0x3040, 0x309f),
    ("IsKatakana", 0x30a0, 0x30ff),
    ("IsBopomofo", 0x3100, 0x312f),
    ("IsCJKUnifiedIdeographs", 0x4e00, 0x9fff),
    ("IsHangulSyllables", 0xac00, 0xd7af),
    ("IsHalfwidthandFullwidthForms", 0xff00, 0xffef),
];
