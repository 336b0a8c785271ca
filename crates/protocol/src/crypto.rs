//! The cryptographic primitives of this crate, all from one library. Nothing outside this module and its
//! children names that library.

use aws_lc_rs::{aead, digest, hmac};
use base64::Engine as _;
use std::fmt;
use subtle::ConstantTimeEq;

pub mod base64url;
pub(crate) mod signature;

/// SHA-256 of the bytes.
#[must_use]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, data).as_ref());
    out
}

/// HMAC-SHA-256 of the bytes under the key (RFC 2104).
#[must_use]
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data).as_ref());
    out
}

/// Whether the two are equal, in a time that depends on the lengths only.
#[must_use]
pub fn constant_time_eq(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// The bytes of this text in ordinary base64 with padding (RFC 4648 §4), as HTTP Basic authentication uses it.
pub(crate) fn decode_base64_standard(text: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

/// Base64 with padding (RFC 4648 §4), for policies and mail that ask for it.
#[must_use]
pub fn base64_standard(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Encrypts and authenticates small values: AES-256 in Galois/counter mode.
pub struct SealingKey(aead::LessSafeKey);

impl SealingKey {
    /// The key itself, 256 random bits.
    #[must_use]
    pub fn from_bytes(key: [u8; 32]) -> Self {
        let key = aead::UnboundKey::new(&aead::AES_256_GCM, &key).expect("32 bytes are the length of an AES-256 key");
        Self(aead::LessSafeKey::new(key))
    }

    /// Seals `plain` and binds it to `associated`, which is needed again to open it and is not kept inside.
    ///
    /// The result is the nonce (12 bytes), the ciphertext, and the tag (16 bytes). The same nonce must never be
    /// used twice with one key; random nonces are good for 2³² values.
    #[must_use]
    pub fn seal(&self, nonce: [u8; 12], associated: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(NONCE_LENGTH + plain.len() + TAG_LENGTH);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let tag = self
            .0
            .seal_in_place_separate_tag(
                aead::Nonce::assume_unique_for_key(nonce),
                aead::Aad::from(associated),
                &mut sealed[NONCE_LENGTH..],
            )
            .expect("the only limit of the cipher is 64 GiB a message");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// Opens what [`SealingKey::seal`] made with the same key and the same `associated`. `None` for anything else.
    #[must_use]
    pub fn open(&self, associated: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LENGTH>()?;
        let mut buffer = rest.to_vec();
        let plain = self
            .0
            .open_in_place(aead::Nonce::assume_unique_for_key(*nonce), aead::Aad::from(associated), &mut buffer)
            .ok()?
            .len();
        buffer.truncate(plain);
        Some(buffer)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(secret)")
    }
}

const NONCE_LENGTH: usize = 12;
const TAG_LENGTH: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn known_answers() {
        // FIPS 180-2 appendix B.1.
        assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        // RFC 4231 §4.3.
        assert_eq!(
            hex(&hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        // NIST's GCM test case 13: key, nonce and plaintext all zero and empty.
        assert_eq!(
            hex(&SealingKey::from_bytes([0; 32]).seal([0; 12], b"", b"")),
            "000000000000000000000000530f8afbc74536b9a963b4f1c4cb738b"
        );
    }

    #[test]
    fn a_key_shows_nothing() {
        assert_eq!(format!("{:?}", SealingKey::from_bytes([7; 32])), "SealingKey(secret)");
    }

    proptest! {
        #[test]
        fn opens_what_it_sealed_and_nothing_touched(
            plain in proptest::collection::vec(any::<u8>(), 0..200),
            associated in proptest::collection::vec(any::<u8>(), 0..20),
            nonce: [u8; 12],
            place: prop::sample::Index,
            bit in 0u8..8,
        ) {
            let key = SealingKey::from_bytes([9; 32]);
            let sealed = key.seal(nonce, &associated, &plain);
            prop_assert_eq!(key.open(&associated, &sealed), Some(plain));

            let mut touched = sealed.clone();
            touched[place.index(sealed.len())] ^= 1 << bit;
            prop_assert_eq!(key.open(&associated, &touched), None);
            prop_assert_eq!(key.open(&associated, &sealed[..place.index(sealed.len())]), None);
            prop_assert_eq!(SealingKey::from_bytes([8; 32]).open(&associated, &sealed), None);
            let other = [associated, vec![0]].concat();
            prop_assert_eq!(key.open(&other, &sealed), None);
        }
    }
}
