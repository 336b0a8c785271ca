//! The tree, written in the syntax of Rust's engines.

use std::sync::OnceLock;

use super::{
    groups::{GroupName, Groups},
    parse::{Node, Parsed, WORD},
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
    /// It asks for the ends of words.
    pub(super) boundary: bool,
}

impl Translated {
    /// Whether the usual writing means on this text what .NET means.
    pub(super) fn is_usual(&self, text: &str) -> bool {
        !(self.final_end && text.ends_with('\n') || self.boundary && !text.is_ascii() && has_doubtful_word(text))
    }
}

/// Whether it has a character that is of a word for Rust and not for .NET: U+24B6, a Roman numeral.
fn has_doubtful_word(text: &str) -> bool {
    static DOUBTFUL: OnceLock<Option<regex::Regex>> = OnceLock::new();
    let doubtful = DOUBTFUL.get_or_init(|| regex::Regex::new(&format!("[\\w--[{WORD}{JOINERS}]]")).ok());
    doubtful.as_ref().is_none_or(|doubtful| doubtful.is_match(text))
}

/// Zero-width joiners, which are of a word where its ends are looked for, and not in `\w`.
const JOINERS: &str = r"\x{200c}\x{200d}";

/// How `$`, `\b` and `\B` are written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Writing {
    /// `\z` and Rust's own `\b`: right for nearly all texts ([`Translated::is_usual`]), and without look-around.
    Usual,
    /// Right for all.
    Exact,
}

pub(super) fn translate(parsed: &Parsed, writing: Writing) -> Result<Translated, RegexError> {
    let to = Translated { rust: String::new(), backtracks: false, final_end: false, boundary: false };
    let mut writer = Writer { groups: &parsed.groups, writing, to };
    writer.write(&parsed.node)?;
    Ok(writer.to)
}

struct Writer<'a> {
    groups: &'a Groups,
    writing: Writing,
    to: Translated,
}

impl Writer<'_> {
    fn write(&mut self, node: &Node) -> Result<(), RegexError> {
        match node {
            Node::Character(one) => push_escaped(&mut self.to.rust, *one),
            Node::Class(class) => self.to.rust.push_str(class),
            Node::Any { newline_too } => self.to.rust.push_str(if *newline_too { "(?s:.)" } else { "." }),
            Node::Assertion(rust) => self.to.rust.push_str(rust),
            Node::FinalEnd => {
                self.to.final_end = true;
                self.to.rust.push_str(match self.writing {
                    Writing::Usual => r"\z",
                    Writing::Exact => r"(?=\n?\z)",
                });
            }
            Node::Boundary { negated } => self.boundary(*negated),
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
            Node::BackReference { name, ignore_case } => {
                let at = self.one_group(name)?;
                self.to.backtracks = true;
                self.to.rust.push_str(&format!("(?{}:\\{at})", if *ignore_case { "i" } else { "" }));
            }
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

    fn boundary(&mut self, negated: bool) {
        self.to.boundary = true;
        let rust = match (self.writing, negated) {
            (Writing::Usual, false) => r"\b",
            (Writing::Usual, true) => r"\B",
            (Writing::Exact, false) => {
                &format!("(?:(?<=[{WORD}{JOINERS}])(?![{WORD}{JOINERS}])|(?<![{WORD}{JOINERS}])(?=[{WORD}{JOINERS}]))")
            }
            (Writing::Exact, true) => {
                &format!("(?:(?<=[{WORD}{JOINERS}])(?=[{WORD}{JOINERS}])|(?<![{WORD}{JOINERS}])(?![{WORD}{JOINERS}]))")
            }
        };
        self.to.rust.push_str(rust);
    }

    fn one_group(&self, name: &GroupName) -> Result<usize, RegexError> {
        let spelled = match name {
            GroupName::Number(number) => number.to_string(),
            GroupName::Name(name) => name.clone(),
        };
        match self.groups.find(name) {
            [at] => Ok(*at),
            [] => Err(RegexError { what: said!("there is no group `{}`", spelled), at: 1 }),
            _ => Err(RegexError {
                what: said!("a reference to one of several groups `{}` is not supported", spelled),
                at: 1,
            }),
        }
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
