//! What is wrong with a policy, where, and what to do about it.

use std::{fmt, ops::Range, sync::Arc};

/// One finding about a set of policies. Findings are collected: a set is read to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Stable: `Z0107`. The table is in `docs/diagnostics.md`.
    pub code: Code,
    /// Whether the set is refused.
    pub severity: Severity,
    /// Lower case, no full stop, the author's words in backticks.
    pub message: String,
    /// Where; the first place is the cause, the others explain it.
    pub places: Vec<LabelledPlace>,
    /// What to do.
    pub help: Option<String>,
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
    pub label: String,
}
