//! What a document names is there.

use crate::{files, none_or, root};

#[test]
fn every_path_in_a_document_leads_somewhere() {
    const FOLDERS: [&str; 4] = ["crates/", "docs/", "policies/", "tests/clients"];
    let mut findings = Vec::new();
    for file in files("md") {
        for (at, line) in file.text.lines().enumerate() {
            // Every second piece stands between backticks.
            for path in line.split('`').skip(1).step_by(2) {
                let is_path =
                    FOLDERS.iter().any(|folder| path.starts_with(folder)) && !path.contains(['{', '*', '…', ' ', '<']);
                let path_alone = path.split(':').next().unwrap_or_default();
                if is_path && !root().join(path_alone).exists() {
                    findings.push(format!("{}:{}: `{path}`", file.path, at + 1));
                }
            }
        }
    }
    none_or(&findings, "Correct the path, or write the line anew where the thing is gone.");
}

/// Files that a table of rules names as its witness, by their name alone.
#[test]
fn every_test_that_the_rules_name_is_there() {
    let rules = crate::file("docs/sessions.md").text;
    let mut findings = Vec::new();
    for (at, line) in rules.lines().enumerate() {
        for name in line.split('`').skip(1).step_by(2).filter(|name| name.starts_with("s_") && name.ends_with(".rs")) {
            if !root().join("crates/server/tests/it").join(name).exists() {
                findings.push(format!("docs/sessions.md:{}: `{name}`", at + 1));
            }
        }
    }
    none_or(&findings, "Name the test that shows the rule now.");
}
