//! Parses, checks and writes the messages of OpenID Connect and OAuth 2, and their signatures.
//!
//! What goes over the wire, and nothing about who is signed in: no journey, no session, no store. Times
//! are arguments ([`NumericDate`]); chance is left to the caller, except inside the cryptographic
//! library, which blinds and makes keys with its own.
//!
//! In reading order: [`secret`] and [`crypto`] are the only places that touch key material; [`jose`]
//! signs and verifies, [`id_token`] reads what was verified.

#![forbid(unsafe_code)]

pub mod crypto;
pub mod id_token;
pub mod jose;
pub mod secret;
mod time;

pub use secret::Secret;
pub use time::NumericDate;
