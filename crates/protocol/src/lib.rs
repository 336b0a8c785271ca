//! Parses, checks and writes the messages of OpenID Connect and OAuth 2, and their signatures.
//!
//! What goes over the wire, and nothing about who is signed in: no journey, no session, no store. Times
//! are arguments ([`NumericDate`]); chance is left to the caller, except inside the cryptographic
//! library, which blinds and makes keys with its own.
//!
//! In reading order: [`params`] reads a query or a form; [`application`] is a registered app, [`return_address`] an address
//! found in its list, [`scope`] what it asks for, [`client`] how it proves who it is. [`authorize`], [`token`] and [`logout`] turn requests into values of which
//! every check passed, or into a refusal of the one table in [`errors`]; [`discovery`] and [`sign_out_notice`] are what we
//! say unasked. [`secret`] and [`crypto`] are the only places that touch key material; [`jose`] signs and verifies,
//! [`id_token`] reads what was verified, [`pkce`] ties a code to whoever asked for it.
//!
//! **Invariants.** Nobody is redirected to an address that is not in an app's list, but for the one kind of address that says
//! so in its value. A token's claims are only readable after its signature was checked, with a key of ours to choose and an
//! algorithm of that key. No secret is in a `Debug` text or in a refusal. Every input has a limit, and none makes anything
//! here panic.

#![forbid(unsafe_code)]

pub mod application;
pub mod authorize;
pub mod client;
pub mod crypto;
pub mod discovery;
pub mod errors;
pub mod id_token;
pub mod jose;
pub mod logout;
pub mod params;
pub mod pkce;
pub mod return_address;
pub mod scope;
pub mod secret;
pub mod sign_out_notice;
mod time;
pub mod token;

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
