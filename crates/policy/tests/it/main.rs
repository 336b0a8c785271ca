//! Policies, from text to effective policy.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what the tests share fails as tests do")]

mod catalogue;
mod corpus;
mod corpus_sets;
mod corpus_table;
mod demo;
mod diagnostics;
mod differences;
mod dotnet;
mod drawings;
mod editing;
mod forms;
mod guide;
mod inheritance;
mod lints;
mod page;
mod pages;
mod robustness;
mod seeded;
mod seeing;
mod support;
