//! The table of causes in docs/sessions.md is the one of the code.

use zaguan_policy::Language;
use zaguan_server::why::words::Answer;

use crate::generated;

#[test]
fn the_table_of_causes_is_current() {
    let mut rows = vec!["| Cause | What is said of it |".to_owned(), "|---|---|".to_owned()];
    rows.extend(Answer::ALL.iter().filter_map(|answer| {
        let sentence = answer.sentence(Language::English).replace("{Person}", "{person}");
        Some(format!("| `{}` | {} |", answer.cause()?, in_italics(&sentence)))
    }));
    generated::is_current("docs/sessions.md", "causes", &rows.join("\n"));
}

/// `{policy}` as *policy*: what is filled in.
fn in_italics(sentence: &str) -> String {
    sentence.replace(['{', '}'], "*")
}
