//! Key pairs and public keys for the two signature algorithms that we speak.

use crate::secret::Secret;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
pub(crate) use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_SHA256, UnparsedPublicKey,
};

/// A private key that can sign.
pub(crate) enum KeyPair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

/// A public key that can verify. Integers are big-endian without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    P256 { x: [u8; 32], y: [u8; 32] },
}

/// Why a private key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejected {
    NotAKey,
    Size { bits: usize },
}

impl KeyPair {
    pub(crate) fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, Rejected> {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(pkcs8) {
            let bits = pair.public_modulus_len() * 8;
            return if (2048..=4096).contains(&bits) { Ok(Self::Rsa(pair)) } else { Err(Rejected::Size { bits }) };
        }
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Self::P256).map_err(|_| Rejected::NotAKey)
    }

    /// The PKCS#8 form of a key in any of the forms that are in use: PKCS#8 (RFC 5208), PKCS#1 (RFC 8017 A.1.2) and SEC 1
    /// (RFC 5915).
    pub(crate) fn to_pkcs8(der: &[u8]) -> Result<Secret<Vec<u8>>, Rejected> {
        let given = match Self::from_pkcs8(der) {
            Ok(_) => return Ok(Secret::new(der.to_vec())),
            Err(size @ Rejected::Size { .. }) => return Err(size),
            Err(Rejected::NotAKey) => der,
        };
        let pkcs8 = if let Ok(pair) = RsaKeyPair::from_der(given) {
            Secret::new(pair.as_der().expect("a key that was read has a PKCS#8 form").as_ref().to_vec())
        } else {
            let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, given)
                .map_err(|_| Rejected::NotAKey)?;
            Secret::new(pair.to_pkcs8v1().expect("a key that was read has a PKCS#8 form").as_ref().to_vec())
        };
        Self::from_pkcs8(pkcs8.expose()).map(|_| pkcs8)
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        match self {
            Self::Rsa(pair) => {
                let (modulus, exponent) =
                    rsa_components(pair.public_key().as_ref()).expect("the library writes RFC 8017 A.1.1");
                PublicKey::Rsa { modulus, exponent }
            }
            Self::P256(pair) => {
                let point = pair.public_key().as_ref();
                let (mut x, mut y) = ([0; 32], [0; 32]);
                // Uncompressed: one byte 4, then both coordinates (SEC 1 §2.3.3).
                x.copy_from_slice(&point[1..33]);
                y.copy_from_slice(&point[33..65]);
                PublicKey::P256 { x, y }
            }
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .expect("a consistent RSA key of at least 2048 bits signs any message");
                signature
            }
            Self::P256(pair) => {
                pair.sign(&random, message).expect("a valid P-256 key signs any message").as_ref().to_vec()
            }
        }
    }
}

impl PublicKey {
    /// A signature key of RSA. `None` when smaller than 2048 or larger than 8192 bits, or when the exponent is even,
    /// 1, or longer than 64 bits.
    pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let (modulus, exponent) = (without_leading_zeros(modulus), without_leading_zeros(exponent));
        let bits = modulus.len() * 8 - modulus.first()?.leading_zeros() as usize;
        let odd_and_small = exponent.last()? % 2 == 1 && exponent != [1] && exponent.len() <= 8;
        ((2048..=8192).contains(&bits) && odd_and_small)
            .then(|| Self::Rsa { modulus: modulus.to_vec(), exponent: exponent.to_vec() })
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa { modulus, exponent } => PublicKeyComponents { n: modulus, e: exponent }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            Self::P256 { x, y } => {
                let point = [&[4][..], x, y].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
        }
    }
}

/// A new RSA key, as PKCS#8.
pub(crate) fn generate_rsa(size: KeySize) -> Secret<Vec<u8>> {
    let pair = RsaKeyPair::generate(size).expect("the random source of the library does not run dry");
    Secret::new(pair.as_der().expect("a new key has a PKCS#8 form").as_ref().to_vec())
}

/// A new key on the curve P-256, as PKCS#8.
pub(crate) fn generate_p256() -> Secret<Vec<u8>> {
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
        .expect("the random source of the library does not run dry");
    Secret::new(pkcs8.as_ref().to_vec())
}

/// Modulus and exponent of a DER `RSAPublicKey` (RFC 8017 A.1.1): a sequence of two integers.
fn rsa_components(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (sequence, rest) = der_value(der, 0x30)?;
    let (modulus, after) = der_value(sequence, 0x02)?;
    let (exponent, end) = der_value(after, 0x02)?;
    (rest.is_empty() && end.is_empty())
        .then(|| (without_leading_zeros(modulus).to_vec(), without_leading_zeros(exponent).to_vec()))
}

/// The content of the DER value at the start, which must have this tag, and what follows it.
fn der_value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    (*found == tag).then_some(())?;
    rest.split_at_checked(length)
}

fn without_leading_zeros(integer: &[u8]) -> &[u8] {
    let zeros = integer.iter().take_while(|byte| **byte == 0).count();
    &integer[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_well_formed_der() {
        assert_eq!(rsa_components(&[0x30, 7, 2, 2, 0, 0xab, 2, 1, 3]), Some((vec![0xab], vec![3])));
        for wrong in [
            &[][..],
            &[0x31, 7, 2, 2, 0, 0xab, 2, 1, 3],
            &[0x30, 8, 2, 2, 0, 0xab, 2, 1, 3],
            &[0x30, 6, 2, 2, 0, 0xab, 2, 1, 3],
            &[0x30, 0x84, 0, 0, 0, 7, 2, 2, 0, 0xab, 2, 1, 3],
        ] {
            assert_eq!(rsa_components(wrong), None, "{wrong:02x?}");
        }
    }

    #[test]
    fn refuses_weak_public_keys() {
        let modulus = |bytes: usize| [vec![0x80], vec![1; bytes - 1]].concat();
        assert!(PublicKey::rsa(&modulus(256), &[1, 0, 1]).is_some());
        for (modulus, exponent) in [
            (modulus(128), vec![1, 0, 1]),
            (modulus(1025), vec![1, 0, 1]),
            (vec![], vec![1, 0, 1]),
            (modulus(256), vec![]),
            (modulus(256), vec![1]),
            (modulus(256), vec![4]),
            (modulus(256), vec![1; 9]),
        ] {
            assert_eq!(PublicKey::rsa(&modulus, &exponent), None);
        }
    }
}
