//! The one source of chance.

use zaguan_protocol::crypto::base64url;

/// Fills bytes with chance. A machine without any cannot run an identity server.
#[expect(clippy::expect_used, reason = "without chance there are no secrets, and nothing may be answered")]
pub fn fill(bytes: &mut [u8]) {
    aws_lc_rs::rand::fill(bytes).expect("the machine's source of chance works");
}

/// So many random bytes.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

/// 256 random bits, safe in URLs and cookies.
pub fn secret() -> String {
    base64url::encode(bytes::<32>())
}

/// 128 random bits, safe in URLs and cookies.
pub fn name() -> String {
    base64url::encode(bytes::<16>())
}

/// A version 4 GUID, lower case.
pub fn guid() -> String {
    uuid::Builder::from_random_bytes(bytes()).into_uuid().to_string()
}
