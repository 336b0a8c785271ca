//! Private keys that sign.

use super::{Algorithm, Jwk};
use crate::crypto::{base64url, signature};
use crate::secret::Secret;
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// A private key, parsed and checked once. Its id is its thumbprint (RFC 7638), so one key has one id everywhere.
pub struct SigningKey {
    pair: signature::KeyPair,
    public: Jwk,
}

impl SigningKey {
    /// Reads an RSA key of 2048 to 4096 bits or a key on P-256.
    ///
    /// # Errors
    /// When the bytes are no such key in PKCS#8 form.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyError> {
        let pair = signature::KeyPair::from_pkcs8(pkcs8).map_err(|rejected| match rejected {
            signature::Rejected::NotAKey => KeyError::NotAKey,
            signature::Rejected::Size { bits } => KeyError::Size { bits },
        })?;
        let public = Jwk::of(pair.public_key());
        Ok(Self { pair, public })
    }

    /// The id that tokens of this key carry as `kid`.
    pub fn key_id(&self) -> &str {
        self.public.key_id()
    }

    /// What this key signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// The public half, for a key set.
    pub fn jwk(&self) -> Jwk {
        self.public.clone()
    }

    /// The compact form of these claims, signed. The header is `typ`, `alg` and `kid`, in this order.
    pub fn sign(&self, claims: &Value) -> String {
        let header = Header { typ: "JWT", alg: self.algorithm().name(), kid: self.key_id() };
        let header = serde_json::to_string(&header).expect("three texts have a JSON form");
        let mut token = base64url::encode(header);
        token.push('.');
        token.push_str(&base64url::encode(claims.to_string()));
        let signature = self.pair.sign(token.as_bytes());
        token.push('.');
        token.push_str(&base64url::encode(signature));
        token
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("key_id", &self.key_id()).finish_non_exhaustive()
    }
}

/// A new RSA key of 2048 bits, as PKCS#8. Takes some hundred milliseconds.
#[must_use]
pub fn generate_rsa_2048() -> Secret<Vec<u8>> {
    signature::generate_rsa_2048()
}

/// A new key on P-256, as PKCS#8.
#[must_use]
pub fn generate_p256() -> Secret<Vec<u8>> {
    signature::generate_p256()
}

/// Why bytes are not a key to sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// Not the PKCS#8 form of an RSA or P-256 key.
    NotAKey,
    /// An RSA key of another size than 2048 to 4096 bits.
    Size {
        /// The size of the modulus.
        bits: usize,
    },
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAKey => f.write_str("not an RSA or P-256 private key in PKCS#8 form"),
            Self::Size { bits } => {
                write!(f, "an RSA key of {bits} bits cannot sign tokens; use one of 2048 to 4096 bits")
            }
        }
    }
}

impl std::error::Error for KeyError {}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'static str,
    alg: &'static str,
    kid: &'a str,
}
