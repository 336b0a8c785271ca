//! A sound policy whose elements, values and texts are dropped, doubled and exchanged, over the sound one: well-formed more often
//! than not, so that it comes past the XML reader to merging, checking and binding.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zaguan_fuzz::{SOUND, load_and_look, sound};
use zaguan_policy::SourceFile;

/// Put in the place of a value: what hurts.
const VALUES: [&str; 16] = [
    "", " ", "0", "-1", "99999999999999999999", "true", "None", "{Settings:x}", "{Claim:a}", "{0}{1}{", "(", "^[a-z-[x]]+$", "é\u{1F600}",
    "&lt;&amp;", "B2C_1A_fuzzed", "B2C_1A_sound",
];

fuzz_target!(|bytes: &[u8]| {
    let mut pieces: Vec<&str> = pieces(SOUND);
    for edit in bytes.chunks_exact(4).take(24) {
        let (at, other) = (usize::from(edit[1]) * 7 % pieces.len(), (usize::from(edit[2]) | usize::from(edit[3]) << 8) % pieces.len());
        match edit[0] % 6 {
            0 => pieces[at] = pieces[other],
            1 => pieces.swap(at, other),
            2 => pieces.insert(at, pieces[other]),
            3 => _ = (pieces.len() > 1).then(|| pieces.remove(at)),
            4 => pieces[at] = VALUES[usize::from(edit[3]) % VALUES.len()],
            // A whole stretch again, elsewhere.
            _ => {
                let end = (other + usize::from(edit[3]) % 24).min(pieces.len());
                let stretch = pieces[other..end].to_vec();
                pieces.splice(at..at, stretch);
            }
        }
    }
    let text = pieces.concat().replacen("B2C_1A_sound", "B2C_1A_fuzzed", 1);
    let fuzzed = SourceFile::new("fuzzed.xml", text);
    // Over another policy, or alone: merging is half of the time.
    let files = if bytes.len() % 2 == 0 { vec![fuzzed] } else { vec![fuzzed, sound()] };
    load_and_look(&files);
});

/// Tags in their parts, with each attribute's value apart, and the texts between.
fn pieces(text: &str) -> Vec<&str> {
    text.split_inclusive(['<', '>', '"', ' ']).collect()
}
