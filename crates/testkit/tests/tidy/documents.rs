//! What the documents point at is there.

use crate::{
    expect_none,
    tree::{self, File},
};

fn documents() -> Vec<File> {
    let mut all = tree::files("docs");
    all.retain(|file| file.path.ends_with(".md"));
    all.extend(["ARCHITECTURE.md", "GLOSSARY.md", "CONTRIBUTING.md"].map(tree::file));
    all
}

#[test]
fn every_path_in_a_document_leads_somewhere() {
    const FOLDERS: [&str; 4] = ["crates/", "docs/", "policies/", "tests/"];
    let mut findings = Vec::new();
    for file in documents() {
        for (at, line) in file.text.lines().enumerate() {
            // Every second piece stands between backticks.
            for path in line.split('`').skip(1).step_by(2) {
                let is_path =
                    FOLDERS.iter().any(|folder| path.starts_with(folder)) && !path.contains(['{', '*', '…', ' ', '<']);
                if is_path && !tree::root().join(path).exists() {
                    findings.push(format!("{}:{}: `{path}`", file.path, at + 1));
                }
            }
        }
    }
    expect_none(&findings, "Correct the path, or write the document anew where the thing is gone.");
}

#[test]
fn every_link_in_a_document_leads_somewhere() {
    let mut findings = Vec::new();
    for file in documents() {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (at, line) in file.text.lines().enumerate() {
            for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let path = target.split('#').next().unwrap_or_default();
                if !path.is_empty() && !path.contains("://") && !tree::root().join(folder).join(path).exists() {
                    findings.push(format!("{}:{}: `{target}`", file.path, at + 1));
                }
            }
        }
    }
    expect_none(&findings, "Correct the link.");
}

#[test]
fn every_document_that_the_code_names_is_there() {
    let mut findings = Vec::new();
    for file in tree::rust() {
        for (at, line) in file.text.lines().enumerate() {
            for piece in line.split("docs/").skip(1) {
                let name: String =
                    piece.chars().take_while(|letter| letter.is_alphanumeric() || "-_./".contains(*letter)).collect();
                let path = format!("docs/{}", name.trim_end_matches('.'));
                if path.ends_with(".md") && !tree::root().join(&path).exists() {
                    findings.push(file.at(at + 1, line));
                }
            }
        }
    }
    expect_none(&findings, "Name the document that has it; docs/ is what there is.");
}

#[test]
fn every_direct_dependency_has_its_reason() {
    let manifest = tree::file("Cargo.toml").text;
    let reasons = tree::file("docs/dependencies.md").text;
    let listed =
        manifest.split("[workspace.dependencies]").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap_or_default();
    let names: Vec<&str> = listed
        .lines()
        .filter(|line| line.starts_with(|letter: char| letter.is_ascii_lowercase()) && !line.starts_with("zaguan-"))
        .filter_map(|line| line.split([' ', '=']).next())
        .collect();
    assert!(names.len() > 20, "the root Cargo.toml has another form now: {names:?}");
    let missing: Vec<String> = names
        .iter()
        .filter(|name| !reasons.contains(&format!("| `{name}` |")))
        .map(|name| (*name).to_owned())
        .collect();
    expect_none(&missing, "Say in docs/dependencies.md, in a row `| `NAME` | … |`, why we depend on it.");
    let gone: Vec<String> = reasons
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split("` |").next())
        .filter(|name| !names.contains(name))
        .map(str::to_owned)
        .collect();
    expect_none(&gone, "Remove the row from docs/dependencies.md: the package is not a direct dependency.");
}
