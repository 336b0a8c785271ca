//! The repository as text.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A text file of the repository.
pub(crate) struct File {
    /// From the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Folders that tools make, and that nobody writes by hand.
const NOT_OURS: [&str; 7] = [".git", "target", "node_modules", "__pycache__", "data", "zaguan-data", "zaguan-demo"];

/// The crates.
pub(crate) const CRATES: [&str; 8] =
    ["policy", "session", "journey", "protocol", "store", "server", "relying-party", "testkit"];

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}

/// All text files below a folder of the repository, by path. What is not UTF-8 is no text.
pub(crate) fn files(below: &str) -> Vec<File> {
    let root = root();
    let mut found = Vec::new();
    walk(&root, &root.join(below), &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "there is no file below `{below}`; was it renamed?");
    found
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<File>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !NOT_OURS.contains(&name.as_str()) {
                walk(root, &path, found);
            }
        } else if let Ok(text) = fs::read_to_string(&path) {
            let path = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            found.push(File { path, text });
        }
    }
}

/// One file.
pub(crate) fn file(path: &str) -> File {
    match fs::read_to_string(root().join(path)) {
        Ok(text) => File { path: path.to_owned(), text },
        Err(cause) => panic!("cannot read `{path}`: {cause}"),
    }
}

/// Rust files below `crates`, but for the checks themselves.
pub(crate) fn rust() -> Vec<File> {
    files("crates")
        .into_iter()
        .filter(|file| file.path.ends_with(".rs") && !file.path.starts_with("crates/testkit/tests/tidy/"))
        .collect()
}

impl File {
    /// True where the whole file is a test.
    pub(crate) fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// Lines with their numbers, from 1: those of the program and those of its tests at the bottom of the file.
    pub(crate) fn program_and_tests(&self) -> (Vec<(usize, &str)>, Vec<(usize, &str)>) {
        let lines: Vec<(usize, &str)> = self.text.lines().enumerate().map(|(at, line)| (at + 1, line)).collect();
        if self.is_test() {
            return (vec![], lines);
        }
        let first_test = lines.windows(2).position(|pair| {
            pair[0].1.trim() == "#[cfg(test)]" && pair[1].1.trim_start().starts_with("mod ") && pair[1].1.ends_with('{')
        });
        let tests = first_test.map(|at| lines[at..].to_vec()).unwrap_or_default();
        let program = lines[..first_test.unwrap_or(lines.len())].to_vec();
        (program, tests)
    }

    /// The lines of the program without its comments.
    pub(crate) fn code(&self) -> Vec<(usize, &str)> {
        self.program_and_tests().0.into_iter().filter(|(_, line)| !line.trim_start().starts_with("//")).collect()
    }

    /// `path:line: what stands there`.
    pub(crate) fn at(&self, number: usize, line: &str) -> String {
        format!("{}:{number}: {}", self.path, line.trim())
    }
}
