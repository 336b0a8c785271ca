//! Journeys by script: inputs in, turns out, and a directory in memory.

mod local_accounts;
mod stage;
