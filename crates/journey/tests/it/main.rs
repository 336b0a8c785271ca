//! Journeys by script: inputs in, turns out, and a directory in memory.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what the tests share fails as tests do")]

mod local_accounts;
#[path = "../../../policy/tests/it/page.rs"]
mod page;
mod pages;
mod simulated;
mod stage;
mod transformations;
mod user_info;
