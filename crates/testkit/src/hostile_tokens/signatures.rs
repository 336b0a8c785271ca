//! What a signature can be that is none.

use super::{HostileToken, Workshop, row};
use zaguan_protocol::{crypto::base64url, jose::JoseError};

impl Workshop<'_> {
    pub(super) fn signatures(&self) -> Vec<HostileToken> {
        let honest = self.honest();
        let (input, signature) = honest.rsplit_once('.').unwrap_or_default();
        let bytes = base64url::decode(signature).unwrap_or_default();
        let length = bytes.len();
        let mut changed = bytes.clone();
        changed[length / 2] ^= 1;
        let foreign = self.with_payload("{}").rsplit_once('.').map(|(_, it)| it.to_owned());
        let mut all = vec![
            ("nothing", vec![]),
            ("one byte", vec![0]),
            ("half of it", bytes[..length / 2].to_vec()),
            ("all but its last byte", bytes[..length - 1].to_vec()),
            ("all but its first byte", bytes[1..].to_vec()),
            ("a zero after it", [&bytes[..], &[0]].concat()),
            ("zeros after it", [&bytes[..], &[0; 64]].concat()),
            ("a zero before it", [&[0], &bytes[..]].concat()),
            ("it, twice", [&bytes[..], &bytes[..]].concat()),
            ("one bit changed", changed),
            ("backwards", bytes.iter().rev().copied().collect()),
            ("zeros", vec![0; length]),
            ("the number 1", [&vec![0; length - 1][..], &[1]].concat()),
            ("ones", vec![0xff; length]),
            ("4 KiB", vec![1; 4096]),
            ("that of another token", foreign.and_then(|it| base64url::decode(&it)).unwrap_or_default()),
        ];
        let (front, back) = bytes.split_at(length / 2);
        let jwk = self.forger.jwk();
        if self.forger.is_rsa() {
            let modulus = jwk["n"].as_str().and_then(base64url::decode).unwrap_or_default();
            all.push(("the modulus", modulus.clone()));
            all.push(("it and the modulus, added", add(&bytes, &modulus)));
        } else {
            let zero = [0; 32];
            all.extend([
                ("DER", der_signature(front, back)),
                ("s before r", [back, front].concat()),
                ("r is 0", [&zero[..], back].concat()),
                ("s is 0", [front, &zero].concat()),
                ("r and s are 0", vec![0; 64]),
                ("r is n", [&ORDER[..], back].concat()),
                ("s is n", [front, &ORDER].concat()),
                ("r and s are n", [ORDER, ORDER].concat()),
                ("r is p", [&PRIME[..], back].concat()),
                ("s is p", [front, &PRIME].concat()),
                ("r is n, s is 1", [&ORDER[..], &zero[1..], &[1]].concat()),
                ("r and n, added", [&add(front, &ORDER)[..], back].concat()),
                ("33 bytes each", [&[0], front, &[0], back].concat()),
            ]);
        }
        all.into_iter()
            .map(|(what, bytes)| {
                let token = format!("{input}.{}", base64url::encode(bytes));
                row(format!("signature: {what}"), token, JoseError::WrongSignature)
            })
            .collect()
    }
}

/// The sum of two numbers, with one more byte where it needs one.
fn add(one: &[u8], other: &[u8]) -> Vec<u8> {
    let (mut sum, mut carry) = (Vec::new(), 0);
    for (a, b) in one.iter().rev().zip(other.iter().rev()) {
        let digit = u16::from(*a) + u16::from(*b) + carry;
        sum.push(digit.to_le_bytes()[0]);
        carry = digit >> 8;
    }
    sum.extend((carry > 0).then_some(1));
    sum.reverse();
    sum
}

fn der_signature(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |digits: &[u8]| [&[2, 33, 0][..], digits].concat();
    [vec![0x30, 70], integer(r), integer(s)].concat()
}

/// The order of P-256 and the prime of its field (FIPS 186-4, D.1.2.3).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7,
    0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
const PRIME: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff,
];
