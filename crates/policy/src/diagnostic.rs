//! What is wrong with a policy, where, and what to do about it.

mod message;
mod spanish;

use std::{fmt, ops::Range, sync::Arc};

pub use message::{Message, Template};
pub use spanish::catalogue;

/// One finding about a set of policies. Findings are collected: a set is read to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Stable: `Z0107`. The families are in `docs/policies.md`.
    pub code: Code,
    /// Whether the set is refused.
    pub severity: Severity,
    /// Lower case, no full stop, the author's words in backticks.
    pub message: Message,
    /// Where; the first place is the cause, the others explain it.
    pub places: Vec<LabelledPlace>,
    /// What to do.
    pub help: Option<Message>,
}

impl Diagnostic {
    /// Adds a place that explains the first.
    #[must_use]
    pub fn and(mut self, place: &Place, label: Message) -> Self {
        self.places.push(LabelledPlace { place: place.clone(), label });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: Message) -> Self {
        self.help = Some(help);
        self
    }

    /// True where it refuses the set.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Line and column of a byte offset, both counted from 1; columns count characters. An offset
/// past the end is the end.
pub fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset)];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    // A byte order mark takes no column.
    let column = before[line_start..].trim_start_matches('\u{feff}').chars().count() + 1;
    (line, column)
}

/// `Z` and four digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Z{:04}", self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How much a finding weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// The set loads, but something will not be as its author thinks.
    Warning,
    /// The set is refused.
    Error,
}

/// A stretch of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The file's name, as the reader was given it.
    pub file: Arc<str>,
    /// Bytes.
    pub span: Range<usize>,
}

/// A place and what is to be seen there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LabelledPlace {
    /// Where.
    pub place: Place,
    /// What: `referenced here`.
    pub label: Message,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_columns_from_one() {
        let text = "\u{feff}<a>\n  <é b=\"1\"/>\n</a>";
        for (offset, expected) in [(0, (1, 1)), (3, (1, 1)), (7, (2, 1)), (13, (2, 6)), (12, (2, 5)), (999, (3, 5))] {
            assert_eq!(line_and_column(text, offset), expected, "{offset}");
        }
    }
}
