//! The table of findings in docs/policies.md is the one of the code.

use zaguan_policy::{Severity, codes::Rule};
use zaguan_server::report;

use crate::generated;

#[test]
fn the_table_of_findings_is_current() {
    generated::is_current("docs/policies.md", "diagnostics", &table());
}

fn table() -> String {
    let heads = ["| Code | Weight | What is found |", "|---|---|---|"].map(str::to_owned);
    heads.into_iter().chain(report::rules().map(row)).collect::<Vec<_>>().join("\n")
}

fn row(rule: &Rule) -> String {
    format!("| {} | {} | {} |", rule.code, weight(rule.severity), rule.title.replace('|', "\\|"))
}

fn weight(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
