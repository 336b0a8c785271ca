//! The catalogue of sentences is whole, and says the same in both languages.

use std::{collections::BTreeSet, fs, path::Path};

use zaguan_policy::diagnostic::catalogue;

/// The sources of a folder of this repository, but for the catalogue.
fn sources(folder: &Path, to: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            sources(&entry, to);
        } else if entry.extension().is_some_and(|kind| kind == "rs") && !entry.ends_with("diagnostic/message.rs") {
            let text = fs::read_to_string(entry).unwrap();
            to.push(text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned());
        }
    }
}

/// The first text after each `opening`, with its escapes resolved.
fn texts_after(source: &str, opening: &str, to: &mut BTreeSet<String>) {
    for (at, _) in source.match_indices(opening) {
        // A name that only ends so.
        if source[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            continue;
        }
        let (_, text) = source[at..].split_once('"').unwrap();
        let mut said = String::new();
        let mut signs = text.chars();
        while let Some(sign) = signs.next().filter(|sign| *sign != '"') {
            said.push(if sign == '\\' { signs.next().unwrap() } else { sign });
        }
        to.insert(said);
    }
}

#[test]
fn every_sentence_has_its_row_and_every_row_its_sentence() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut all = Vec::new();
    for part in ["policy/src", "journey/src"] {
        sources(&crates.join(part), &mut all);
    }
    let mut said = BTreeSet::new();
    for source in &all {
        texts_after(source, "said!(", &mut said);
        // Rows of `rules!`.
        for severity in ["Error, \"", "Warning, \"", "Note, \""] {
            texts_after(source, severity, &mut said);
        }
    }
    assert!(said.len() > 300, "{} sentences were found", said.len());
    let translated: BTreeSet<String> = catalogue().map(|(english, _)| english.to_owned()).collect();
    assert_eq!(translated.difference(&said).collect::<Vec<_>>(), Vec::<&String>::new(), "said nowhere");
    assert_eq!(said.difference(&translated).collect::<Vec<_>>(), Vec::<&String>::new(), "in no table");
    assert_eq!(translated.len(), catalogue().count(), "a sentence has two rows");
}

/// What stands between braces: nothing, or a number.
fn holes(text: &str) -> Vec<&str> {
    let inside = text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    inside.filter(|hole| hole.chars().all(|sign| sign.is_ascii_digit())).collect()
}

#[test]
fn both_languages_have_the_same_holes() {
    for (english, spanish) in catalogue() {
        let (wanted, given) = (holes(english).len(), holes(spanish));
        let in_order = given.len() == wanted && given.iter().all(|hole| hole.is_empty());
        let numbers: BTreeSet<_> = given.iter().filter_map(|hole| hole.parse::<usize>().ok()).collect();
        let by_number = given.iter().all(|hole| !hole.is_empty()) && numbers == (0..wanted).collect();
        assert!(in_order || by_number, "{spanish}");
    }
}

/// Every second piece stands between backticks, or between quotation marks of XML.
fn code(text: &str) -> Vec<String> {
    let mut all: Vec<String> = text
        .split(['`', '"'])
        .skip(1)
        .step_by(2)
        .map(|piece| piece.chars().filter(|sign| !sign.is_ascii_digit()).collect())
        .collect();
    all.sort();
    all
}

#[test]
fn code_is_not_translated_and_everything_else_is() {
    for (english, spanish) in catalogue() {
        assert_eq!(code(english), code(spanish), "{spanish}");
        assert_ne!(english, spanish);
        for text in [english, spanish] {
            assert!(!text.ends_with('.') && !text.starts_with(char::is_uppercase), "{text}");
            assert_eq!(text.trim(), text);
        }
    }
}
