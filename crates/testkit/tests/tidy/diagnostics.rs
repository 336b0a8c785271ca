//! The tables of findings in docs/policies.md and docs/findings are the ones of the code, and each finding has a page.

use zaguan_policy::{Severity, codes::Rule};
use zaguan_server::report;

use crate::{file, generated, none_or, paths};

#[test]
fn the_table_of_findings_is_current() {
    generated::is_current("docs/policies.md", "diagnostics", &table("findings/"));
}

#[test]
fn the_index_of_the_pages_of_findings_is_current() {
    generated::is_current("docs/findings/README.md", "diagnostics", &table(""));
}

#[test]
fn every_finding_has_a_page_and_every_page_a_finding() {
    let wanted: Vec<(String, &str)> = report::rules().map(|rule| (page_of(rule), rule.title)).collect();
    let there = paths();
    let mut findings = Vec::new();
    for (path, title) in &wanted {
        let code = path.trim_start_matches("docs/findings/").trim_end_matches(".md");
        if !there.contains(path) {
            findings.push(format!("{path} is missing"));
        } else if !file(path).text.starts_with(&format!("# {code}: {title}\n")) {
            findings.push(format!("{path} does not begin with `# {code}: {title}`"));
        }
    }
    let pages = there.iter().filter(|path| path.starts_with("docs/findings/Z"));
    findings.extend(pages.filter(|path| wanted.iter().all(|(known, _)| known != *path)).cloned());
    none_or(&findings, "Write the page, name it after its code, and list it in crates/server/src/commands/explain.rs.");
}

fn page_of(rule: &Rule) -> String {
    format!("docs/findings/{}.md", rule.code)
}

/// The table, with links to the pages in that folder.
fn table(folder: &str) -> String {
    let mut rows = vec!["| Code | Weight | What is found |".to_owned(), "|---|---|---|".to_owned()];
    let row = |rule: &Rule| {
        let (code, weight, title) = (rule.code, weight(rule.severity), rule.title.replace('|', "\\|"));
        format!("| [{code}]({folder}{code}.md) | {weight} | {title} |")
    };
    rows.extend(report::rules().map(row));
    rows.join("\n")
}

fn weight(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
