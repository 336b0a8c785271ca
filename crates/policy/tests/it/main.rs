//! Policies, from text to effective policy.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what the tests share fails as tests do")]

mod corpus;
mod corpus_table;
mod demo;
mod diagnostics;
mod forms;
mod inheritance;
mod lints;
mod page;
mod pages;
mod robustness;
mod seeded;
mod support;
