//! What holds for the whole repository and no compiler checks: which crate may touch what, where time and
//! chance come from, that every number in a comment has its row in the documents.
//!
//! Everything here reads text. A check that fails says which file, which line and what to do. What it looks for is
//! written in two halves where a check would otherwise find itself.

#![expect(clippy::panic, reason = "what the checks share fails as tests do")]

mod diagnostics;
mod documents;
mod numbers;
mod pure;
mod sources;
mod text;
mod tree;

/// Fails with all findings and what to do about them.
#[track_caller]
fn expect_none(findings: &[String], what_to_do: &str) {
    if !findings.is_empty() {
        panic!("{} found\n  {}\n\n{what_to_do}\n", findings.len(), findings.join("\n  "));
    }
}
