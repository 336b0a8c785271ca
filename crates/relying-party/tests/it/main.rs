//! An app behind a browser, and a provider that answers in the same process.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by stopping there")]

mod browser;
mod callback;
mod front_channel;
mod interleavings;
mod provider;
mod sign_in;
mod sign_out;
mod silent;
mod store;
