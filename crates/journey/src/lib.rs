//! Runs a user journey, or a sign-out, one turn at a time.
#![forbid(unsafe_code)]
pub mod page;
