//! Where time and chance come from, and what no source may have.

use crate::{MAY_USE, PURE, crates, file, files, has_word, none_or, paths, root};

#[test]
fn time_comes_from_the_clocks_and_chance_from_its_sources() {
    // `SystemRandom` in protocol is what the library blinds signatures and makes keys with; nothing is drawn from it.
    const CLOCKS: [&str; 2] = ["crates/server/src/clock.rs", "crates/relying-party/src/clock.rs"];
    const CHANCE: [&str; 3] = [
        "crates/server/src/chance.rs",
        "crates/relying-party/src/chance.rs",
        "crates/protocol/src/crypto/signature.rs",
    ];
    let rules: [(&[&str], &[&str]); 2] = [
        (&["SystemTime::now", "Instant::now"], &CLOCKS),
        (&["rand::fill", "SystemRandom", "getrandom", "OsRng", "thread_rng", "new_v4", "rand::random"], &CHANCE),
    ];
    let mut findings = Vec::new();
    for file in crates().iter().filter(|file| !file.is_test()) {
        let end = file.first_test();
        for (names, _) in rules.iter().filter(|(_, allowed)| !allowed.contains(&file.path.as_str())) {
            let named = |line: &str| names.iter().any(|name| has_word(line, name));
            let found = file.code().filter(|(at, line)| *at < end && named(line));
            findings.extend(found.map(|(at, line)| file.at(at, line)));
        }
    }
    none_or(
        &findings,
        "The only clock is clock.rs and the only source of chance is chance.rs, in crates/server and crates/relying-party. \
         Take the time from `Clock::now` and random bytes from `chance`; in a pure crate both are arguments.",
    );
}

/// What the other test of pure crates leaves: the environment, processes, threads, and packages that bring chance or time.
#[test]
fn pure_crates_ask_the_machine_for_nothing() {
    const NAMES: [&str; 5] = ["std::env", "std::process", "std::thread", "File::open", "File::create"];
    const MODULES: [&str; 3] = ["env", "process", "thread"];
    const PACKAGES: [&str; 12] = [
        "chrono",
        "fastrand",
        "getrandom",
        "hyper-util",
        "jiff",
        "rand",
        "rusqlite",
        "smol",
        "time",
        "tower",
        "ureq",
        "uuid",
    ];
    let mut findings = Vec::new();
    for file in crates().iter().filter(|file| PURE.iter().any(|krate| file.is_under(krate, "src")) && !file.is_test()) {
        let end = file.first_test();
        let mut in_group = false;
        for (at, line) in file.code().filter(|(at, _)| *at < end) {
            in_group |= line.trim_start().starts_with("use std::{");
            let in_pieces = in_group && MODULES.iter().any(|name| has_word(line, name));
            if in_pieces || NAMES.iter().any(|name| has_word(line, name)) {
                findings.push(file.at(at, line));
            }
            in_group &= !line.contains(';');
        }
    }
    for krate in PURE {
        let manifest = file(&format!("crates/{krate}/Cargo.toml"));
        for name in
            crate::names_in(&manifest.text, "[dependencies]").iter().filter(|name| PACKAGES.contains(&name.as_str()))
        {
            findings.push(format!("{}: `{name}`", manifest.path));
        }
    }
    none_or(
        &findings,
        "Read it in crates/server and give it to the pure crate as an argument, or as the answer to an `Ask`.",
    );
}

#[test]
fn no_test_is_ignored() {
    let ignored = ["#[", "ignore"].concat();
    let mut findings = Vec::new();
    for file in crates() {
        let found = file.code().filter(|(_, line)| line.contains(&ignored));
        findings.extend(found.map(|(at, line)| file.at(at, line)));
    }
    none_or(&findings, "Make it pass, or let it assert what is true today and say so.");
}

/// The other test of sleeps looks into `tests/`; here are the tests at the bottom of sources, and the test kit.
#[test]
fn no_test_within_a_source_sleeps() {
    let mut findings = Vec::new();
    for file in crates() {
        let begin = if file.path.starts_with("crates/testkit/") { 1 } else { file.first_test() };
        let sleeps = |line: &str| line.contains("sleep(") || line.contains("sleep_until(");
        let found = file.code().filter(|(at, line)| *at >= begin && sleeps(line));
        findings.extend(found.map(|(at, line)| file.at(at, line)));
    }
    none_or(&findings, "Move the clock with `Town::wait`, or wait for what is to become true, never for a time.");
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let squeezed = |path: &str| file(path).text.replace(' ', "");
    let all = squeezed("Cargo.toml").lines().any(|line| line == "unsafe_code=\"forbid\"");
    let mut findings = Vec::new();
    for (krate, _) in MAY_USE {
        let by_workspace = all && squeezed(&format!("crates/{krate}/Cargo.toml")).contains("[lints]\nworkspace=true");
        let own = file(&format!("crates/{krate}/src/lib.rs")).text.contains("#![forbid(unsafe_code)]");
        if !by_workspace && !own {
            findings.push(format!("crates/{krate}"));
        }
    }
    none_or(&findings, "Add `[lints] workspace = true` to its Cargo.toml; the root's lints forbid unsafe code.");
}

#[test]
fn no_file_points_outside_the_repository() {
    let words = [["/wo", "rk/"], [".lib", "rary"], ["shared/", "spec"], ["shared/", "design"], ["shared/", "seeds"]]
        .map(|halves| halves.concat());
    assert!(!files("rs").is_empty());
    let mut findings = Vec::new();
    for path in paths() {
        // What is not UTF-8 is no text.
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
        for (at, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                findings.push(format!("{path}:{}: {}", at + 1, line.trim()));
            }
        }
    }
    none_or(
        &findings,
        "Nothing here depends on a folder outside the repository. Say it in our own words in docs/, and point there.",
    );
}
