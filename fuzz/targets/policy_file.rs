//! Any bytes as a policy file: alone, and over a sound base.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zaguan_fuzz::{load_and_look, sound};
use zaguan_policy::SourceFile;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = SourceFile::from_bytes("fuzzed.xml", bytes.to_vec()) else { return };
    // What cannot be read is no base's business, and most inputs cannot. The base takes most of the time.
    if load_and_look(std::slice::from_ref(&file)) && bytes.len() % 8 == 1 {
        load_and_look(&[file, sound()]);
    }
});
