//! The one source of chance of this crate.

use zaguan_protocol::crypto::base64url;

/// As many random bytes as asked for.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    aws_lc_rs::rand::fill(&mut out).expect("the library panics by itself when the system has no randomness");
    out
}

/// A text of 256 random bits: 43 characters, safe in cookies and addresses (RFC 7636 §4.1 asks for at least these).
pub(crate) fn text() -> String {
    base64url::encode(bytes::<32>())
}
