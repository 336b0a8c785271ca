//! Parses, checks and writes the messages of OpenID Connect and OAuth 2, and their signatures.
//!
//! What goes over the wire, and nothing about who is signed in: no journey, no session, no store. Times
//! are arguments ([`NumericDate`]); chance is left to the caller, except inside the cryptographic
//! library, which blinds and makes keys with its own.
//!
//! In reading order: [`secret`] and [`crypto`] are the only places that touch key material; [`jose`]
//! signs and verifies, [`id_token`] reads what was verified.

#![forbid(unsafe_code)]

pub mod application;
pub mod authorize;
pub mod crypto;
pub mod errors;
pub mod id_token;
pub mod jose;
pub mod params;
pub mod pkce;
pub mod return_address;
pub mod scope;
pub mod secret;
mod time;

pub use secret::Secret;
pub use time::NumericDate;

/// How closely a tenant follows B2C. What differs is named where it is decided; the names of the quirks and their
/// sources are the tenant's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// As documented, unsafe habits included.
    B2c,
    /// Without them.
    Hardened,
}
