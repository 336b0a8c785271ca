//! Every finding has a page, and what the page shows is true.

use std::collections::BTreeSet;

use zaguan_policy::{Severity, codes};

use crate::{
    page::{Page, pages},
    support::told,
};

/// Codes whose mistake does not fit a page, and why.
const WITHOUT_EXAMPLE: [(&str, &str); 2] =
    [("Z0403", "eleven files that differ in nothing but their ids"), ("Z0408", "a hundred and one technical profiles")];

/// Findings that an example has besides its own: what it declares, no journey of the sound policy uses.
fn beside(code: &str, own: &str) -> bool {
    code == "Z0510" && own != code
}

fn of_this_crate() -> impl Iterator<Item = (String, &'static codes::Rule)> {
    codes::ALL.iter().map(|rule| (rule.code.to_string(), rule))
}

#[test]
fn every_code_has_a_page_that_begins_with_its_title() {
    let pages = pages();
    for (code, rule) in of_this_crate() {
        let page = pages.get(&code).unwrap_or_else(|| panic!("docs/findings/{code}.md is missing"));
        let weight = match rule.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let head = format!("# {code}: {}\n\nWeight: {weight}", rule.title);
        assert!(page.text.starts_with(&head), "docs/findings/{code}.md does not begin with\n{head}");
        assert!(page.text.contains("\n## How to mend it\n"), "docs/findings/{code}.md does not say how to mend it");
    }
    let known: BTreeSet<String> = of_this_crate().map(|(code, _)| code).collect();
    // Those of binding are looked at in crates/journey.
    let strangers: Vec<_> = pages.keys().filter(|code| !known.contains(*code) && !code.starts_with("Z06")).collect();
    assert!(strangers.is_empty(), "pages of codes that do not exist: {strangers:?}");
}

/// The codes that an example gives, and whether its own is told at a line of it.
fn codes_of(page: &Page, mark: &str) -> Vec<(BTreeSet<String>, bool, String)> {
    let examples = page.examples(mark).into_iter().map(|example| {
        let found = example.load().diagnostics;
        let codes = found.iter().map(|one| one.code.to_string()).filter(|code| !beside(code, &page.code)).collect();
        let there = found.iter().any(|one| one.code.to_string() == page.code && example.is_about(one));
        (codes, there, told(&found, &[example.files, example.base].concat()))
    });
    examples.collect()
}

#[test]
fn wrong_examples_are_wrong_for_that_reason_and_right_ones_are_right() {
    let mut wrong = Vec::new();
    for (code, page) in pages().iter().filter(|(code, _)| !code.starts_with("Z06")) {
        let examples = codes_of(page, "wrong");
        let excused = WITHOUT_EXAMPLE.iter().any(|(excused, _)| excused == code);
        if examples.is_empty() != excused {
            wrong.push(format!("{code}: {} wrong examples", examples.len()));
        }
        for (codes, there, told) in examples {
            if codes != BTreeSet::from([code.clone()]) || !there {
                wrong.push(format!("{code}: the wrong example gives {codes:?}, on its lines: {there}\n{told}"));
            }
        }
        let examples = codes_of(page, "right");
        if examples.is_empty() != excused {
            wrong.push(format!("{code}: {} right examples", examples.len()));
        }
        for (codes, _, told) in examples.into_iter().filter(|(codes, ..)| !codes.is_empty()) {
            wrong.push(format!("{code}: the right example gives {codes:?}\n{told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
