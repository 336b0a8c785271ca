//! Any text as a JSON web token, and as a key set.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use zaguan_protocol::jose::Jwks;

/// One key of each algorithm, as they would be fetched.
static KEYS: LazyLock<Jwks> =
    LazyLock::new(|| Jwks::parse(include_str!("../seeds/keys.json")).unwrap_or_else(|error| panic!("{error}")));

fuzz_target!(|text: &str| {
    assert!(KEYS.verify_signature(text).is_err(), "signed by nobody, and accepted");
    if let Ok(keys) = Jwks::parse(text) {
        for key in keys.keys() {
            assert!(keys.has(key.key_id()));
        }
    }
});
