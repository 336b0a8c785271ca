//! What the compiler and clippy do not see: rules of the house about files, words and lists.
//!
//! Each test names every place at once. What is looked for is put together of halves, so that this file does
//! not find itself.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a repository that cannot be read fails the tests")]

mod causes;
mod diagnostics;
mod generated;
mod named;
mod numbers;
mod sources;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const MOST_LINES: usize = 600;

/// Crates that never touch a clock, a file, a socket or chance.
const PURE: [&str; 4] = ["journey", "policy", "protocol", "session"];

/// Which crate of ours may be built on which. Only tests use the test kit.
const MAY_USE: [(&str, &[&str]); 8] = [
    ("policy", &[]),
    ("protocol", &[]),
    ("session", &["policy"]),
    ("journey", &["policy", "protocol", "session"]),
    ("store", &["policy", "session"]),
    ("relying-party", &["protocol"]),
    ("server", &["journey", "policy", "protocol", "relying-party", "session", "store"]),
    ("testkit", &["journey", "policy", "protocol", "relying-party", "server", "session", "store"]),
];

/// A file of the repository.
struct File {
    /// From the root, with `/`.
    path: String,
    text: String,
}

impl File {
    /// Its lines with their numbers, without the ones that are comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = self.text.lines().enumerate().map(|(at, line)| (at + 1, line));
        numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// True where the whole file is a test.
    fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// The line at which the tests at the bottom of the file begin, from 1; behind the last one where there are none.
    fn first_test(&self) -> usize {
        let lines: Vec<&str> = self.text.lines().collect();
        let found = lines.windows(2).position(|pair| {
            pair[0].trim() == "#[cfg(test)]" && pair[1].trim_start().starts_with("mod ") && pair[1].ends_with('{')
        });
        if self.is_test() { 1 } else { found.unwrap_or(lines.len()) + 1 }
    }

    /// `path:line: what stands there`.
    fn at(&self, number: usize, line: &str) -> String {
        format!("{}:{number}: {}", self.path, line.trim())
    }

    fn is_under(&self, krate: &str, folder: &str) -> bool {
        self.path.starts_with(&format!("crates/{krate}/{folder}/"))
    }

    /// `path:line` of each line of code that has the needle.
    fn lines_with(&self, needle: &str, why: &str) -> Vec<String> {
        let found = self.code().filter(|(_, line)| has_word(line, needle));
        found.map(|(at, _)| format!("{}:{at}: `{needle}`: {why}", self.path)).collect()
    }
}

/// True where the needle is there and is not the middle of a longer name.
fn has_word(text: &str, needle: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(needle).any(|(at, _)| {
        let starts = !needle.starts_with(is_name) || !text[..at].ends_with(is_name);
        let ends = !needle.ends_with(is_name) || !text[at + needle.len()..].starts_with(is_name);
        starts && ends
    })
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// What git knows or would add; without git, what a walk finds.
fn paths() -> Vec<String> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = Command::new("git").args(arguments).current_dir(root()).output();
    let mut paths = match listed {
        Ok(listed) if listed.status.success() && !listed.stdout.is_empty() => {
            let listed = String::from_utf8(listed.stdout).unwrap();
            listed.split_terminator('\0').map(str::to_owned).collect()
        }
        _ => walk(&root()),
    };
    // A file that was deleted and not yet committed is still listed.
    paths.retain(|path| root().join(path).is_file());
    paths.sort();
    paths
}

fn walk(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules", "__pycache__"].contains(&&*name) {
                paths.extend(walk(&path));
            }
        } else {
            let path = path.strip_prefix(root()).unwrap();
            paths.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
    paths
}

fn files(extension: &str) -> Vec<File> {
    let wanted = paths().into_iter().filter(|path| Path::new(path).extension().is_some_and(|it| it == extension));
    let files: Vec<File> =
        wanted.map(|path| File { text: fs::read_to_string(root().join(&path)).unwrap(), path }).collect();
    assert!(!files.is_empty(), "there is no .{extension} file: the tests look in the wrong place");
    files
}

/// Rust files of the crates, but for this program: it spells what it looks for.
fn crates() -> Vec<File> {
    let mut files = files("rs");
    files.retain(|file| file.path.starts_with("crates/") && !file.path.starts_with("crates/testkit/tests/tidy/"));
    files
}

/// One file, from the root.
fn file(path: &str) -> File {
    match fs::read_to_string(root().join(path)) {
        Ok(text) => File { path: path.to_owned(), text },
        Err(cause) => panic!("cannot read `{path}`: {cause}"),
    }
}

/// The names that a section of a `Cargo.toml` lists.
fn names_in(manifest: &str, section: &str) -> BTreeSet<String> {
    let after = manifest.lines().skip_while(|line| line.trim() != section).skip(1);
    let lines = after.take_while(|line| !line.starts_with('[')).filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| Some(line.split(['=', '.']).next()?.trim().to_owned()))
        .filter(|it| !it.is_empty())
        .collect()
}

/// Fails with the findings, and with what to do about all of them.
#[track_caller]
fn none_or(findings: &[String], what_to_do: &str) {
    let list = findings.join("\n  ");
    assert!(findings.is_empty(), "{} to tidy up:\n  {list}\n\n{what_to_do}\n", findings.len());
}

#[track_caller]
fn none(findings: &[String]) {
    assert!(findings.is_empty(), "{} to tidy up:\n  {}\n", findings.len(), findings.join("\n  "));
}

#[test]
fn no_source_file_is_longer_than_a_person_reads() {
    let mut findings = Vec::new();
    for file in files("rs") {
        let lines = file.text.lines().count();
        if lines > MOST_LINES {
            findings.push(format!("{}: {lines} lines, and {MOST_LINES} are the most; split it", file.path));
        }
    }
    none(&findings);
}

#[test]
fn nothing_is_left_for_later() {
    let open = "(";
    let needles = [
        (["#[", "allow"].concat() + open, "write `expect` with a reason"),
        (["#![", "allow"].concat() + open, "write `expect` with a reason"),
        (["todo", "!"].concat() + open, "do it, or say in an error what cannot be done"),
        (["unimplemented", "!"].concat() + open, "do it, or say in an error what cannot be done"),
    ];
    let mut findings = Vec::new();
    for file in files("rs") {
        for (needle, why) in &needles {
            findings.extend(file.lines_with(needle, why));
        }
    }
    none(&findings);
}

#[test]
fn no_test_sleeps() {
    let needles = [["thread::", "sleep"].concat(), ["time::", "sleep", "("].concat()];
    let mut findings = Vec::new();
    for file in files("rs") {
        if MAY_USE.iter().any(|(krate, _)| file.is_under(krate, "tests")) {
            for needle in &needles {
                findings.extend(file.lines_with(needle, "move the clock, or wait for what is to become true"));
            }
        }
    }
    none(&findings);
}

#[test]
fn pure_crates_touch_nothing() {
    const WHY: &str = "a pure crate gets it as an argument";
    let needles = ["std::fs", "std::net", "std::time::SystemTime", "Instant::now", "SystemTime::now", "tokio"];
    let mut findings = Vec::new();
    for file in files("rs") {
        if !PURE.iter().any(|krate| file.is_under(krate, "src")) {
            continue;
        }
        for needle in needles {
            findings.extend(file.lines_with(needle, WHY));
        }
        // `use std::{fs, …}` names the same in pieces.
        for group in file.text.split("use std::{").skip(1) {
            let group = group.split("};").next().unwrap_or_default();
            for name in ["fs", "net", "SystemTime", "Instant"] {
                if has_word(group, name) {
                    findings.push(format!("{}: `use std::{{… {name} …}}`: {WHY}", file.path));
                }
            }
        }
    }
    none(&findings);
}

#[test]
fn crates_are_built_on_what_is_below_them() {
    let mut findings = Vec::new();
    for (krate, below) in MAY_USE {
        let path = format!("crates/{krate}/Cargo.toml");
        let used = names_in(&fs::read_to_string(root().join(&path)).unwrap(), "[dependencies]");
        for name in used.iter().filter_map(|name| name.strip_prefix("zaguan-")) {
            if !below.contains(&name) {
                findings.push(format!("{path}: `{krate}` must not be built on `{name}` (see ARCHITECTURE.md)"));
            }
        }
        if PURE.contains(&krate) {
            for name in used.iter().filter(|name| ["axum", "hyper", "reqwest", "tokio"].contains(&name.as_str())) {
                findings.push(format!("{path}: `{krate}` is pure and must not be built on `{name}`"));
            }
        }
    }
    for file in files("toml") {
        let known = |krate: &str| MAY_USE.iter().any(|(it, _)| *it == krate);
        let krate = file.path.strip_prefix("crates/").and_then(|it| it.strip_suffix("/Cargo.toml"));
        if let Some(krate) = krate.filter(|krate| !known(krate)) {
            findings.push(format!("{}: say in `MAY_USE` what `{krate}` may be built on", file.path));
        }
    }
    none(&findings);
}

#[test]
fn every_dependency_is_explained() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let used = names_in(&manifest, "[workspace.dependencies]");
    assert!(!used.is_empty(), "the root Cargo.toml has no `[workspace.dependencies]`");
    let list = fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    let rows = list.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let explained: BTreeSet<String> = rows.map(str::to_owned).collect();
    let unexplained = used.difference(&explained).map(|it| format!("docs/dependencies.md has no line for `{it}`"));
    let unused = explained.difference(&used).map(|it| format!("docs/dependencies.md has `{it}`, Cargo.toml has not"));
    none(&unexplained.chain(unused).collect::<Vec<_>>());
}

#[test]
fn links_lead_somewhere() {
    let mut findings = Vec::new();
    for file in files("md") {
        let folder = root().join(&file.path);
        let folder = folder.parent().unwrap();
        let mut is_example = false;
        for (at, line) in file.text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                is_example = !is_example;
            }
            if is_example {
                continue;
            }
            for target in targets(line) {
                let target = target.split('#').next().unwrap_or_default();
                if !target.is_empty() && !folder.join(target).exists() {
                    findings.push(format!("{}:{}: `{target}` is not there", file.path, at + 1));
                }
            }
        }
    }
    none(&findings);
}

/// Where a line's links within the repository lead: `[…](target)`, and `[…]: target`.
fn targets(line: &str) -> Vec<&str> {
    // What is between backticks is no link.
    let prose: Vec<&str> = line.split('`').step_by(2).collect();
    let inline = prose.iter().flat_map(|part| part.split("](").skip(1)).filter_map(|it| it.split([')', ' ']).next());
    let defined = line.strip_prefix('[').and_then(|it| it.split_once("]: ")).map(|(_, target)| target.trim());
    inline.chain(defined).filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
}

#[test]
fn every_crate_states_its_invariants() {
    let mut findings = Vec::new();
    for (krate, _) in MAY_USE {
        let path = format!("crates/{krate}/src/lib.rs");
        let text = fs::read_to_string(root().join(&path)).unwrap();
        let mut prose = text.lines().take_while(|line| line.starts_with("//!"));
        if !prose.any(|line| line.contains("Invariants")) {
            findings.push(format!("{path}: its first lines do not state its **Invariants**"));
        }
    }
    none(&findings);
}
