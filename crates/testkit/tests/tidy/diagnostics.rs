//! The tables of findings in docs/policies.md and docs/findings are the ones of the code, and each finding has a page.

use zaguan_policy::{Severity, codes};

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
    let wanted: Vec<(String, String)> = all().into_iter().map(|(code, _, title)| (page_of(&code), title)).collect();
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

fn page_of(code: &str) -> String {
    format!("docs/findings/{code}.md")
}

/// Code, weight and title of each finding.
fn all() -> Vec<(String, &'static str, String)> {
    let of_policies =
        codes::ALL.iter().map(|rule| (rule.code.to_string(), weight(rule.severity), rule.title.to_owned()));
    let binding = of_binding();
    assert!(binding.len() >= 6, "crates/journey/src/bind.rs has another form now: {binding:?}");
    let of_binding = binding.into_iter().map(|(code, message)| (format!("Z{code:04}"), "warning", message));
    of_policies.chain(of_binding).collect()
}

/// The table, with links to the pages in that folder.
fn table(folder: &str) -> String {
    let mut rows = vec!["| Code | Weight | What is found |".to_owned(), "|---|---|---|".to_owned()];
    let row = |(code, weight, title): (String, &str, String)| {
        format!("| [{code}]({folder}{code}.md) | {weight} | {} |", title.replace('|', "\\|"))
    };
    rows.extend(all().into_iter().map(row));
    rows.join("\n")
}

fn weight(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// What binding finds, out of the source: a number between 601 and 699, then the message. What is filled in becomes `…`.
fn of_binding() -> Vec<(u16, String)> {
    let source = file("crates/journey/src/bind.rs").text;
    let mut all = Vec::new();
    let mut rest = source.as_str();
    while let Some((code, behind)) = next_code(rest) {
        let message = behind.split_once("format!(\"").and_then(|(_, text)| end_of_string(text)).unwrap_or_default();
        all.push((code, without_arguments(message)));
        rest = behind;
    }
    all.sort();
    all
}

fn next_code(text: &str) -> Option<(u16, &str)> {
    text.match_indices('6').find_map(|(at, _)| {
        let digits = text.get(at..at + 3)?;
        let alone = |letter: Option<char>| !letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let (before, after) = (text[..at].chars().next_back(), text[at + 3..].chars().next());
        let code: u16 = digits.parse().ok().filter(|code| (601..=699).contains(code))?;
        (alone(before) && alone(after)).then(|| (code, &text[at + 3..]))
    })
}

fn end_of_string(text: &str) -> Option<&str> {
    let end = text.match_indices('"').find(|(at, _)| !text[..*at].ends_with('\\'))?.0;
    Some(&text[..end])
}

fn without_arguments(message: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for letter in message.chars() {
        match letter {
            '{' => {
                inside = true;
                plain.push('…');
            }
            '}' => inside = false,
            _ if inside => {}
            _ => plain.push(letter),
        }
    }
    plain
}
