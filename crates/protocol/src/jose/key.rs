//! Private keys that sign.

use super::{Algorithm, Jwk};
use crate::crypto::{base64url, signature};
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A private key, parsed and checked once. Its id is its thumbprint (RFC 7638), so one key has one id everywhere.
pub struct SigningKey {
    pair: signature::KeyPair,
    public: Jwk,
    /// Of its tokens, encoded.
    header: String,
}

impl SigningKey {
    /// Reads an RSA key of 2048 to 4096 bits or a key on P-256.
    ///
    /// # Errors
    /// When the bytes are no such key in PKCS#8 form.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyError> {
        let pair = signature::KeyPair::from_pkcs8(pkcs8)?;
        let public = Jwk::of(pair.public_key());
        let header = Header { typ: "JWT", alg: public.algorithm().name(), kid: public.key_id() };
        let header = base64url::encode(serde_json::to_vec(&header).expect("three texts have a JSON form"));
        Ok(Self { pair, public, header })
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
    ///
    /// # Panics
    /// Where the claims have no JSON form: names that are no texts.
    pub fn sign(&self, claims: &impl Serialize) -> String {
        let claims = serde_json::to_vec(claims).expect("claims have a JSON form");
        let mut token = format!("{}.{}", self.header, base64url::encode(claims));
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

/// The size of a new RSA key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RsaSize {
    /// 2048 bits, as B2C's keys have.
    #[default]
    Bits2048,
    /// 3072 bits.
    Bits3072,
    /// 4096 bits. Signs several times slower than 2048.
    Bits4096,
}

/// A new RSA key, as PKCS#8. Takes some hundred milliseconds, with 4096 bits some seconds.
#[must_use]
pub fn generate_rsa(size: RsaSize) -> Secret<Vec<u8>> {
    signature::generate_rsa(match size {
        RsaSize::Bits2048 => signature::KeySize::Rsa2048,
        RsaSize::Bits3072 => signature::KeySize::Rsa3072,
        RsaSize::Bits4096 => signature::KeySize::Rsa4096,
    })
}

/// A new RSA key of 2048 bits, as PKCS#8. Takes some hundred milliseconds.
#[must_use]
pub fn generate_rsa_2048() -> Secret<Vec<u8>> {
    generate_rsa(RsaSize::Bits2048)
}

/// A new key on P-256, as PKCS#8.
#[must_use]
pub fn generate_p256() -> Secret<Vec<u8>> {
    signature::generate_p256()
}

/// The PKCS#8 form of a private key that came as PKCS#8, PKCS#1 or SEC 1 (all DER).
///
/// # Errors
/// When it is no key that [`SigningKey::from_pkcs8`] would read.
pub fn to_pkcs8(der: &[u8]) -> Result<Secret<Vec<u8>>, KeyError> {
    Ok(signature::KeyPair::to_pkcs8(der)?)
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

impl From<signature::Rejected> for KeyError {
    fn from(rejected: signature::Rejected) -> Self {
        match rejected {
            signature::Rejected::NotAKey => Self::NotAKey,
            signature::Rejected::Size { bits } => Self::Size { bits },
        }
    }
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
