//! What every crate and every file of it has to have, or may not have.

use crate::{expect_none, tree};

const LONGEST_FILE: usize = 600;

#[test]
fn no_source_is_longer_than_six_hundred_lines() {
    let findings: Vec<String> = tree::rust()
        .iter()
        .filter(|file| file.path.contains("/src/"))
        .map(|file| (file.text.lines().count(), &file.path))
        .filter(|(lines, _)| *lines > LONGEST_FILE)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    expect_none(&findings, "Split the file by what it is about: 400 lines are plenty, 600 the limit.");
}

#[test]
fn nothing_is_ignored_and_nothing_left_to_do() {
    let words = [
        concat!("#[", "ignore"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
    ];
    let mut findings = Vec::new();
    for file in tree::rust() {
        for (at, line) in file.text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                findings.push(file.at(at + 1, line));
            }
        }
    }
    expect_none(
        &findings,
        "Finish it, or leave it out. A test that cannot pass yet asserts what is true today and says so; what a document \
         promises for later stands in docs/sessions.md under its number.",
    );
}

#[test]
fn no_test_sleeps() {
    let mut findings = Vec::new();
    for file in tree::rust() {
        let (program, tests) = file.program_and_tests();
        // The testkit is a part of the tests.
        let lines = if file.path.starts_with("crates/testkit/") { [program, tests].concat() } else { tests };
        let sleeps = |line: &str| line.contains("sleep(") || line.contains("sleep_until(");
        findings.extend(lines.into_iter().filter(|(_, line)| sleeps(line)).map(|(at, line)| file.at(at, line)));
    }
    expect_none(
        &findings,
        "Move the clock with `Town::wait`, or wait for what has to happen (a channel, a join), never for a time.",
    );
}

#[test]
fn every_crate_says_what_always_holds() {
    let findings: Vec<String> = tree::CRATES
        .iter()
        .map(|name| tree::file(&format!("crates/{name}/src/lib.rs")))
        .filter(|file| !file.text.lines().any(|line| line.starts_with("//! **Invariants.**")))
        .map(|file| file.path)
        .collect();
    expect_none(
        &findings,
        "Begin the crate with a screen of prose whose last paragraph starts with `//! **Invariants.**` and says what always holds.",
    );
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let workspace = tree::file("Cargo.toml").text;
    let all = workspace.lines().any(|line| line.replace(' ', "") == "unsafe_code=\"forbid\"");
    let findings: Vec<String> = tree::CRATES
        .iter()
        .filter(|name| {
            let manifest = tree::file(&format!("crates/{name}/Cargo.toml")).text;
            let by_workspace = all && manifest.replace(' ', "").contains("[lints]\nworkspace=true");
            let own = tree::file(&format!("crates/{name}/src/lib.rs")).text.contains("#![forbid(unsafe_code)]");
            !by_workspace && !own
        })
        .map(|name| format!("crates/{name}"))
        .collect();
    expect_none(&findings, "Add `[lints] workspace = true` to its Cargo.toml; the root's lints forbid unsafe code.");
}

#[test]
fn the_list_of_crates_is_complete() {
    let mut found: Vec<String> = std::fs::read_dir(tree::root().join("crates"))
        .map(|entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    found.retain(|name| !tree::CRATES.contains(&name.as_str()));
    expect_none(&found, "Add the crate to `CRATES` in crates/testkit/tests/tidy/tree.rs, and to ARCHITECTURE.md.");
}
