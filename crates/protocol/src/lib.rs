//! Parses, checks and writes the messages of OpenID Connect and OAuth 2, and their signatures.
pub mod crypto;
