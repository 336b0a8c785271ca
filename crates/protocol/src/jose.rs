//! JSON web signatures: keys, key sets, signing and verifying (RFC 7515, 7517, 7518, 7519, 7638).
//!
//! [`SigningKey`] signs, [`Jwks`] verifies. A token never chooses how it is verified: the algorithm must be one of
//! two, it must be the one of the key, and the key comes from the set and from nowhere else, so what a header says
//! under `jwk`, `jku`, `x5c` or `x5u` is not even read.

mod json;
mod jwk;
mod key;
mod verify;

pub use jwk::{Jwk, Jwks};
pub use key::{KeyError, RsaSize, SigningKey, generate_p256, generate_rsa, generate_rsa_2048, to_pkcs8};
pub use verify::{Expectation, Expected, ExpiredTokens, JoseError, Verified};

use serde::{Deserialize, Serialize};

/// A signature algorithm (RFC 7518 §3.1). There is no `none`, and none that works with a shared secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSA, PKCS #1 v1.5, with SHA-256. What B2C uses.
    #[default]
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
}

impl Algorithm {
    /// The name in a token's header.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }

    /// The algorithm of this name, spelled exactly so.
    fn named(name: &str) -> Option<Self> {
        [Self::Rs256, Self::Es256].into_iter().find(|algorithm| algorithm.name() == name)
    }
}

#[cfg(test)]
mod tests;
