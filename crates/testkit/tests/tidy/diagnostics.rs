//! The table of findings in docs/policies.md is the one of the code.

use zaguan_policy::{Severity, codes};

use crate::{file, generated};

#[test]
fn the_table_of_findings_is_current() {
    generated::is_current("docs/policies.md", "diagnostics", &table());
}

fn table() -> String {
    let mut rows = vec!["| Code | Weight | What is found |".to_owned(), "|---|---|---|".to_owned()];
    rows.extend(codes::ALL.iter().map(|rule| row(&rule.code.to_string(), weight(rule.severity), rule.title)));
    let binding = of_binding();
    assert!(binding.len() >= 6, "crates/journey/src/bind.rs has another form now: {binding:?}");
    rows.extend(binding.iter().map(|(code, message)| row(&format!("Z{code:04}"), "warning", message)));
    rows.join("\n")
}

fn row(code: &str, weight: &str, title: &str) -> String {
    format!("| {code} | {weight} | {} |", title.replace('|', "\\|"))
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
