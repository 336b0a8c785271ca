//! Every public policy can be edited: what an editor asks is answered, and agrees with what a check says.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use zaguan_policy::{
    Settings, SourceFile,
    editing::{Declarations, Files, Origin, Symbol},
    load,
};

use crate::support::corpus;

/// The texts of all policy files below a folder, by the folder that they are in.
fn texts(folder: &Path, found: &mut BTreeMap<String, Vec<SourceFile>>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            texts(&entry, found);
        } else if entry.extension().is_some_and(|it| it.eq_ignore_ascii_case("xml")) {
            let Ok(text) = fs::read_to_string(&entry) else { continue };
            let name = entry.display().to_string();
            let text = text.trim_start_matches('\u{feff}').to_owned();
            found.entry(folder.display().to_string()).or_default().push(SourceFile::new(name, text));
        }
    }
}

fn sets() -> Vec<Vec<SourceFile>> {
    let mut found = BTreeMap::new();
    if let Some(corpus) = corpus() {
        texts(&corpus, &mut found);
    }
    texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies"), &mut found);
    found.into_values().collect()
}

fn editing(sources: &[SourceFile]) -> Files {
    let mut files = Files::new(Settings::default());
    for source in sources {
        files.put(&source.name, &source.text, Origin::Set);
    }
    files
}

#[test]
fn an_editor_finds_what_a_check_finds() {
    for mut sources in sets() {
        sources.sort_by(|one, other| one.name.cmp(&other.name));
        let told = |findings: Vec<zaguan_policy::Diagnostic>| {
            let mut told: Vec<String> = findings.iter().map(|it| format!("{} {}", it.code, it.message)).collect();
            told.sort();
            told
        };
        let found = editing(&sources).findings(|_| Vec::new());
        assert_eq!(told(found), told(load(&sources, &[]).diagnostics), "{}", sources[0].name);
    }
}

fn ids(symbols: &[Symbol], found: &mut Vec<(usize, String)>) {
    const DECLARED: [&str; 4] = ["ClaimType", "ClaimsTransformation", "UserJourney", "ContentDefinition"];
    for symbol in symbols {
        if symbol.detail.as_deref().is_some_and(|detail| DECLARED.contains(&detail)) {
            found.push((symbol.selection.start, symbol.name.clone()));
        }
        ids(&symbol.children, found);
    }
}

#[test]
fn every_declaration_leads_somewhere_and_is_explained() {
    let mut looked_at = 0;
    for sources in sets() {
        let files = editing(&sources);
        for source in &sources {
            let mut declared = Vec::new();
            ids(&files.outline(&source.name), &mut declared);
            for (at, id) in declared {
                assert!(!files.definition(&source.name, at).is_empty(), "{} {id}", source.name);
                let hover = files.hover(&source.name, at).map(|it| it.text).unwrap_or_default();
                assert!(hover.contains(&format!("`{id}`")), "{} {id}: {hover}", source.name);
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 40, "{looked_at}");
}

#[test]
fn places_all_over_public_policies_are_answered() {
    let mut proposals = 0;
    for sources in sets() {
        let mut files = editing(&sources);
        for source in &sources {
            for offset in (0..source.text.len()).step_by(1999).filter(|at| source.text.is_char_boundary(*at)) {
                proposals += files.proposals(&source.name, offset).len();
                files.definition(&source.name, offset);
                files.references(&source.name, offset, Declarations::Included);
                files.hover(&source.name, offset);
                files.rename(&source.name, offset, "New").ok();
            }
            // And where the file ends there.
            let half = (0..=source.text.len() / 2).rev().find(|at| source.text.is_char_boundary(*at)).unwrap();
            let name: Arc<str> = source.name.clone();
            files.put(&name, &source.text[..half], Origin::Set);
            proposals += files.proposals(&name, half).len();
            files.put(&name, &source.text, Origin::Set);
        }
    }
    assert!(proposals > 100, "{proposals}");
}
