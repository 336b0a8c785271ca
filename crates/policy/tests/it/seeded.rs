//! Single mistakes in sound policies: each must be found, on its line, with its cause in words.
//!
//! `seeded/mistakes.txt` is the table. The policies are the demo's, and `seeded/More.xml` for what the demo does not use.

use std::collections::BTreeSet;

use zaguan_policy::{Diagnostic, SourceFile, diagnostic::line_and_column, load};

const MISTAKES: &str = include_str!("seeded/mistakes.txt");

const SOUND: [(&str, &str); 7] = [
    ("Base", include_str!("../../../../policies/demo/TrustFrameworkBase.xml")),
    ("Loc", include_str!("../../../../policies/demo/TrustFrameworkLocalization.xml")),
    ("Ext", include_str!("../../../../policies/demo/TrustFrameworkExtensions.xml")),
    ("SignUp", include_str!("../../../../policies/demo/SignUpOrSignin.xml")),
    ("Edit", include_str!("../../../../policies/demo/ProfileEdit.xml")),
    ("Reset", include_str!("../../../../policies/demo/PasswordReset.xml")),
    ("More", include_str!("seeded/More.xml")),
];

/// Rows of the table, as they were written.
struct Mistake {
    name: &'static str,
    file: &'static str,
    before: String,
    after: String,
    code: &'static str,
    says: &'static str,
    at: Option<String>,
}

fn mistakes() -> Vec<Mistake> {
    let rows = MISTAKES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let broken = |text: &str| text.replace("\\n", "\n");
    rows.map(|row| {
        let columns: Vec<&str> = row.split(" | ").collect();
        let [name, file, before, after, code, says, rest @ ..] = columns.as_slice() else { panic!("{row}") };
        let at = rest.first().map(|at| broken(at));
        Mistake { name, file, before: broken(before), after: broken(after).replace('∅', ""), code, says, at }
    })
    .collect()
}

/// The offset at which a text stands that occurs once.
fn only(text: &str, wanted: &str, name: &str) -> usize {
    let found: Vec<usize> = text.match_indices(wanted).map(|(at, _)| at).collect();
    let [at] = found.as_slice() else { panic!("{name}: `{wanted}` stands {} times", found.len()) };
    *at
}

/// The files with the mistake in them, and the line on which it is to be told.
fn made(mistake: &Mistake) -> (Vec<SourceFile>, usize) {
    let mut line = 0;
    let files = SOUND.map(|(name, text)| {
        if name != mistake.file {
            return SourceFile::new(name, text);
        }
        let at = only(text, &mistake.before, mistake.name);
        let changed = [&text[..at], &mistake.after, &text[at + mistake.before.len()..]].concat();
        let differs = text.bytes().zip(changed.bytes()).take_while(|(one, other)| one == other).count();
        let place = mistake.at.as_ref().map_or(differs, |at| only(&changed, at, mistake.name));
        line = line_and_column(&changed, place).0;
        SourceFile::new(name, changed)
    });
    assert_ne!(line, 0, "{}: no file is called {}", mistake.name, mistake.file);
    (files.to_vec(), line)
}

fn is_on(finding: &Diagnostic, files: &[SourceFile], file: &str, line: usize) -> bool {
    finding.places.first().is_some_and(|first| {
        let text = files.iter().find(|one| one.name == first.place.file).map_or("", |one| &one.text);
        &*first.place.file == file && line_and_column(text, first.place.span.start).0 == line
    })
}

fn names(finding: &Diagnostic, cause: &str) -> bool {
    finding.message.to_string().contains(cause)
        || finding.help.as_ref().is_some_and(|help| help.to_string().contains(cause))
}

#[test]
fn seeded_policies_are_sound_to_begin_with() {
    let loaded = load(&SOUND.map(|(name, text)| SourceFile::new(name, text)), &[]);
    assert_eq!(loaded.diagnostics, []);
    assert_eq!(loaded.set.ids().count(), SOUND.len());
}

#[test]
fn seeded_mistakes_are_found_on_their_line_with_their_cause() {
    let mistakes = mistakes();
    let distinct: BTreeSet<_> = mistakes.iter().map(|it| (it.file, &it.before, &it.after)).collect();
    assert_eq!(distinct.len(), mistakes.len(), "a mistake stands in the table twice");
    let (mut found, mut on_line, mut named, mut beside) = (0, 0, 0, 0);
    for mistake in &mistakes {
        let (files, line) = made(mistake);
        let told = load(&files, &[]).diagnostics;
        let of_its_kind: Vec<_> = told.iter().filter(|finding| finding.code.to_string() == mistake.code).collect();
        let there = of_its_kind.iter().filter(|finding| is_on(finding, &files, mistake.file, line));
        let there: Vec<_> = there.collect();
        let is_named = there.iter().any(|finding| names(finding, mistake.says));
        found += usize::from(!of_its_kind.is_empty());
        on_line += usize::from(!there.is_empty());
        named += usize::from(is_named);
        beside += told.len() - of_its_kind.len();
        if !is_named {
            println!("{} ({} in {} line {line}, {:?}):", mistake.name, mistake.code, mistake.file, mistake.says);
            for finding in &told {
                let first = finding.places.first();
                let of = |name: &str| files.iter().find(|file| &*file.name == name).map_or("", |file| &file.text);
                let place = first.map(|it| (&it.place.file, line_and_column(of(&it.place.file), it.place.span.start)));
                let help = finding.help.as_ref().map(ToString::to_string);
                println!("    {} {place:?} {} ({help:?})", finding.code, finding.message);
            }
        }
    }
    let all = mistakes.len();
    println!(
        "{all} mistakes, found {found}, on the right line {on_line}, cause named {named}; {beside} other findings"
    );
    assert!(all >= 120, "{all} mistakes are too few");
    assert!(on_line * 100 >= all * 95, "{on_line} of {all} are told on their line");
    assert!(named * 100 >= all * 90, "{named} of {all} are named");
}
