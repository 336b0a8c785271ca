//! Regular expressions in .NET's syntax.

/// A regular expression in .NET's syntax, compiled.
#[derive(Clone, Debug)]
pub struct Regex {
    source: String,
}

impl Regex {
    /// Compiles.
    pub fn compile(source: &str) -> Result<Self, String> {
        Ok(Self { source: source.to_owned() })
    }

    /// Set.
    pub(crate) fn source_of_set(set: &str) -> String {
        set.to_owned()
    }

    /// Its text, as the author wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }
}
