//! Regular expressions in .NET's syntax.

/// A regular expression in .NET's syntax, compiled.
#[derive(Clone, Debug)]
pub struct Regex {
    source: String,
}

impl Regex {
    /// Its text, as the author wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }
}
