//! The pure half knows no clock, file, socket or random source.

use crate::{
    expect_none,
    tree::{self, File},
};

/// Crates to which time, chance, files and the network are arguments.
const PURE: [&str; 4] = ["policy", "session", "journey", "protocol"];

/// Packages that reach the world. Development dependencies may be anything.
const PACKAGES: [&str; 17] = [
    "async-std",
    "axum",
    "chrono",
    "fastrand",
    "getrandom",
    "http-body-util",
    "hyper",
    "hyper-util",
    "jiff",
    "rand",
    "reqwest",
    "rusqlite",
    "smol",
    "time",
    "tokio",
    "tower",
    "uuid",
];

/// Names in the standard library and elsewhere that reach the world.
const NAMES: [&str; 15] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "thread::sleep",
    "SystemTime",
    "Instant",
    "tokio::",
    "rand::fill",
    "getrandom",
    "OsRng",
    "thread_rng",
    "new_v4",
    "File::open",
];

/// Modules of the standard library that stay out even inside `use std::{…}`.
const STANDARD_MODULES: [&str; 5] = ["fs", "net", "env", "process", "thread"];

#[test]
fn pure_crates_depend_on_nothing_that_reaches_the_world() {
    let mut findings = Vec::new();
    for name in PURE {
        let manifest = tree::file(&format!("crates/{name}/Cargo.toml"));
        let mut section = "";
        for (at, line) in manifest.text.lines().enumerate() {
            if let Some(title) = line.trim().strip_prefix('[') {
                section = title.trim_end_matches(']');
                continue;
            }
            let package = line.split(['.', '=', ' ']).next().unwrap_or_default();
            let shipped = matches!(section, "dependencies" | "build-dependencies") || section.starts_with("target.");
            if shipped && PACKAGES.contains(&package) {
                findings.push(manifest.at(at + 1, line));
            }
        }
    }
    expect_none(
        &findings,
        "The pure crates (policy, session, journey, protocol) ask; the server answers. Move what needs this package to \
         crates/server, and give its result to the pure crate as an argument or as the answer to an `Ask`.",
    );
}

#[test]
fn pure_crates_name_no_clock_file_socket_or_chance() {
    let mut findings = Vec::new();
    for name in PURE {
        for file in tree::files(&format!("crates/{name}/src")).iter().filter(|file| !file.is_test()) {
            let named = |line: &str| NAMES.iter().any(|name| contains_word(line, name));
            findings
                .extend(file.code().into_iter().filter(|(_, line)| named(line)).map(|(at, line)| file.at(at, line)));
            findings.extend(grouped_imports(file));
        }
    }
    expect_none(
        &findings,
        "Make it an argument: `now: Timestamp` for time, `random: &mut dyn FnMut(&mut [u8])` for chance, text for files.",
    );
}

/// `use std::{fmt, fs};`, on one line or on several.
fn grouped_imports(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    let mut inside = false;
    for (at, line) in file.code() {
        inside |= line.trim_start().starts_with("use std::{");
        let words = || line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        if inside && words().any(|word| STANDARD_MODULES.contains(&word)) {
            findings.push(file.at(at, line));
        }
        inside &= !line.contains(';');
    }
    findings
}

/// True where the word stands there by itself, and not as a part of a longer one.
fn contains_word(line: &str, word: &str) -> bool {
    let part_of_word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !part_of_word(before) && (word.ends_with(':') || !part_of_word(after))
    })
}

#[test]
fn time_comes_from_the_clocks_and_chance_from_its_sources() {
    // `SystemRandom` in protocol is what the library blinds signatures and makes keys with; nothing is drawn from it.
    // TLS makes its key pairs by the library as well.
    let rules: [(&[&str], &[&str]); 2] = [
        (&["SystemTime::now", "Instant::now"], &["crates/server/src/clock.rs", "crates/relying-party/src/clock.rs"]),
        (
            &["rand::fill", "SystemRandom", "getrandom", "OsRng", "thread_rng", "new_v4", "rand::random"],
            &[
                "crates/server/src/chance.rs",
                "crates/relying-party/src/chance.rs",
                "crates/protocol/src/crypto/signature.rs",
            ],
        ),
    ];
    let mut findings = Vec::new();
    for file in tree::rust().iter().filter(|file| !file.is_test()) {
        for (names, allowed) in rules {
            if allowed.contains(&file.path.as_str()) {
                continue;
            }
            let named = |line: &str| names.iter().any(|name| contains_word(line, name));
            findings
                .extend(file.code().into_iter().filter(|(_, line)| named(line)).map(|(at, line)| file.at(at, line)));
        }
    }
    expect_none(
        &findings,
        "The only clock is clock.rs and the only source of chance is chance.rs, in crates/server and crates/relying-party. \
         Take the time from `Clock::now`, and random bytes from `chance`.",
    );
}

#[test]
fn a_word_is_not_a_part_of_a_word() {
    assert!(contains_word("let at = Instant::now();", "Instant"));
    assert!(contains_word("tokio::spawn", "tokio::"));
    assert!(!contains_word("Instantly", "Instant") && !contains_word("my_rand::fill", "rand::fill"));
}
