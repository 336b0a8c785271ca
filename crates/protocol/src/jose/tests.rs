//! The vectors of Project Wycheproof, through the path that a token takes: a key set is parsed, and its key verifies.

use super::Jwks;
use crate::crypto::base64url;
use serde_json::{Value, json};
use wycheproof::{EcdsaPublic, RsaPublic, TestResult};
use wycheproof::{ecdsa, rsa_pkcs1_verify as rsa, rsa_pss_verify as pss};

/// One vector: a key as JSON, a message, a signature in the form that tokens have, and the verdict.
struct Vector {
    name: String,
    key: Value,
    message: Vec<u8>,
    signature: Vec<u8>,
    result: TestResult,
}

impl Vector {
    fn is_accepted(&self) -> bool {
        let set = Jwks::parse(&json!({ "keys": [self.key] }).to_string()).unwrap();
        set.keys().iter().any(|key| key.verifies(&self.message, &self.signature))
    }
}

fn rsa_key(key: &RsaPublic) -> Value {
    json!({"kty": "RSA", "kid": "k", "n": base64url::encode(&key.n), "e": base64url::encode(&key.e)})
}

/// The key at this uncompressed point: one byte 4, then both coordinates (SEC 1 §2.3.3).
fn ec_key(key: &EcdsaPublic) -> Value {
    let point: &[u8] = key.key.as_ref();
    let (x, y) = (base64url::encode(&point[1..33]), base64url::encode(&point[33..]));
    json!({"kty": "EC", "crv": "P-256", "kid": "k", "x": x, "y": y})
}

/// The vectors of a file: each module of the package has types of its own for the same things.
macro_rules! vectors {
    ($module:ident, $file:ident, $key:expr, $form:expr) => {{
        let set = $module::TestSet::load($module::TestName::$file).unwrap();
        let of_group = |group: $module::TestGroup| {
            let key: Value = $key(&group.key);
            group.tests.into_iter().map(move |test| Vector {
                name: format!("{} {}", stringify!($file), test.tc_id),
                key: key.clone(),
                message: test.msg.to_vec(),
                signature: $form(&test.sig),
                result: test.result,
            })
        };
        set.test_groups.into_iter().flat_map(of_group).collect::<Vec<_>>()
    }};
}

/// `r` and `s` side by side, where these bytes are the one DER form of two positive integers of at most 256 bits. Anything else
/// stays as it is, since no token could carry it in another form.
fn side_by_side(der: &[u8]) -> Vec<u8> {
    fn integer(der: &[u8]) -> Option<([u8; 32], &[u8])> {
        let [2, length, rest @ ..] = der else { return None };
        let (digits, rest) = rest.split_at_checked(usize::from(*length))?;
        let digits = match digits {
            [0, high, ..] if *high >= 0x80 => &digits[1..],
            [0x01..=0x7f, ..] => digits,
            _ => return None,
        };
        let mut fixed = [0; 32];
        fixed[32_usize.checked_sub(digits.len())?..].copy_from_slice(digits);
        Some((fixed, rest))
    }
    let both = || {
        let [0x30, length, rest @ ..] = der else { return None };
        let (r, rest) = (usize::from(*length) == rest.len()).then(|| integer(rest))??;
        let (s, rest) = integer(rest)?;
        rest.is_empty().then(|| [r, s].concat())
    };
    both().unwrap_or_else(|| der.to_vec())
}

/// Accepted and all, of those with this result.
fn count(vectors: &[Vector], result: TestResult) -> (usize, usize) {
    let those: Vec<_> = vectors.iter().filter(|vector| vector.result == result).collect();
    (those.iter().filter(|vector| vector.is_accepted()).count(), those.len())
}

#[test]
fn the_vectors_of_wycheproof() {
    let vectors: Vec<Vector> = [
        vectors!(rsa, Rsa2048Sha256, rsa_key, <[u8]>::to_vec),
        vectors!(rsa, Rsa3072Sha256, rsa_key, <[u8]>::to_vec),
        vectors!(rsa, Rsa4096Sha256, rsa_key, <[u8]>::to_vec),
        vectors!(rsa, Rsa8192Sha256, rsa_key, <[u8]>::to_vec),
        vectors!(ecdsa, EcdsaSecp256r1Sha256P1363, ec_key, <[u8]>::to_vec),
        vectors!(ecdsa, EcdsaSecp256r1Sha256, ec_key, side_by_side),
    ]
    .into_iter()
    .flatten()
    .collect();
    let (accepted, valid) = count(&vectors, TestResult::Valid);
    let (forged, invalid) = count(&vectors, TestResult::Invalid);
    let (tolerated, acceptable) = count(&vectors, TestResult::Acceptable);
    println!(
        "{} vectors: {accepted} accepted of {valid} valid, {forged} accepted of {invalid} invalid, \
         {tolerated} accepted of {acceptable} that either answer is right for",
        vectors.len()
    );
    for vector in &vectors {
        match vector.result {
            TestResult::Valid => assert!(vector.is_accepted(), "{} is refused", vector.name),
            // RFC 8017 §9.2: a digest without its NULL has two encodings, and we know one.
            TestResult::Invalid | TestResult::Acceptable => {
                assert!(!vector.is_accepted(), "{} is accepted", vector.name)
            }
        }
    }
    assert!(valid > 350 && invalid > 1300, "these are the vectors that we know");
}

/// A key has one algorithm: what its owner signed with another one is refused, as right as it may be.
#[test]
fn valid_by_another_algorithm_is_not_valid() {
    let vectors: Vec<Vector> = [
        vectors!(rsa, Rsa2048Sha384, rsa_key, <[u8]>::to_vec),
        vectors!(rsa, Rsa2048Sha512, rsa_key, <[u8]>::to_vec),
        vectors!(pss, RsaPss2048Sha256Mgf1SaltLen32, rsa_key, <[u8]>::to_vec),
        vectors!(ecdsa, EcdsaSecp256r1Sha512P1363, ec_key, <[u8]>::to_vec),
    ]
    .into_iter()
    .flatten()
    .filter(|vector| vector.result == TestResult::Valid)
    .collect();
    for vector in &vectors {
        assert!(!vector.is_accepted(), "{} is accepted", vector.name);
    }
    println!("{} vectors of RS384, RS512, PS256 and SHA-512 on P-256: 0 accepted", vectors.len());
    assert!(vectors.len() > 300, "these are the vectors that we know");
}
