//! Which public policies are one set, and what each builds on: `docs/corpus.toml`. Shared with the bench of loading.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use zaguan_policy::{Diagnostic, Settings, SourceFile};

/// A set of files that belong together.
pub(crate) struct CorpusSet {
    /// Relative to the corpus, as are the files' names.
    pub(crate) folder: String,
    pub(crate) files: Vec<SourceFile>,
    /// What they build on.
    pub(crate) base: Vec<SourceFile>,
    pub(crate) settings: Settings,
    /// Files that could not be read at all, with the reason.
    pub(crate) unreadable: Vec<(String, Diagnostic)>,
}

/// All sets of the corpus.
pub(crate) fn sets(corpus: &Path, rules: &Rules) -> Vec<CorpusSet> {
    let folders = folders(corpus);
    let mut all = Vec::new();
    for (folder, paths) in &folders {
        let treatment = rules.of(folder);
        let base =
            folders.get(treatment.base).unwrap_or_else(|| panic!("the corpus has no folder `{}`", treatment.base));
        let base: Vec<SourceFile> = match treatment.base == folder {
            true => Vec::new(),
            false => read(corpus, base).into_iter().map(|file| renamed(file.unwrap(), &treatment.renamed)).collect(),
        };
        let settings: Settings = treatment.settings.iter().collect();
        let sets: Vec<&[String]> = match treatment.one_set {
            OneSet::Folder => vec![paths],
            OneSet::File => paths.chunks(1).collect(),
        };
        for set in sets {
            let (mut files, mut unreadable) = (Vec::new(), Vec::new());
            for (file, path) in read(corpus, set).into_iter().zip(set) {
                match file {
                    Ok(file) => files.push(file),
                    Err(finding) => unreadable.push((path.clone(), finding)),
                }
            }
            all.push(CorpusSet {
                folder: folder.clone(),
                files,
                base: base.clone(),
                settings: settings.clone(),
                unreadable,
            });
        }
    }
    all
}

/// `docs/corpus.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    folders: String,
    one_set: Option<OneSet>,
    base: Option<String>,
    #[serde(default)]
    renamed: BTreeMap<String, String>,
    refused_because: Option<String>,
    #[serde(default)]
    settings: BTreeMap<String, String>,
}

#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OneSet {
    Folder,
    File,
}

/// What the rules say of one folder.
pub(crate) struct Treatment<'a> {
    pub(crate) one_set: OneSet,
    pub(crate) base: &'a str,
    renamed: BTreeMap<&'a str, &'a str>,
    pub(crate) refused_because: Option<&'a str>,
    pub(crate) settings: BTreeMap<String, String>,
}

impl Rules {
    pub(crate) fn read() -> Self {
        let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/corpus.toml")).unwrap();
        toml::from_str(&text).unwrap()
    }

    pub(crate) fn of(&self, folder: &str) -> Treatment<'_> {
        let mut all = Treatment {
            one_set: OneSet::Folder,
            base: "",
            renamed: BTreeMap::new(),
            refused_because: None,
            settings: BTreeMap::new(),
        };
        for rule in self.rule.iter().filter(|rule| fits(&rule.folders, folder)) {
            all.one_set = rule.one_set.unwrap_or(all.one_set);
            all.base = rule.base.as_deref().unwrap_or(all.base);
            all.renamed.extend(rule.renamed.iter().map(|(old, new)| (old.as_str(), new.as_str())));
            all.refused_because = rule.refused_because.as_deref().or(all.refused_because);
            all.settings.extend(rule.settings.clone());
        }
        all
    }
}

/// In a pattern, `*` is any text.
pub(crate) fn fits(pattern: &str, folder: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == folder,
        Some((before, after)) => folder
            .strip_prefix(before)
            .is_some_and(|rest| (0..=rest.len()).any(|at| rest.is_char_boundary(at) && fits(after, &rest[at..]))),
    }
}

/// All folders that have policy files, with those files' paths; both relative to the corpus, in order.
fn folders(corpus: &Path) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut open = vec![PathBuf::new()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(corpus.join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml")) {
                let slashed = |path: &Path| path.to_str().unwrap().replace('\\', "/");
                found.entry(slashed(&folder)).or_default().push(slashed(&path));
            }
        }
    }
    found.values_mut().for_each(|files| files.sort());
    found
}

fn read(corpus: &Path, paths: &[String]) -> Vec<Result<SourceFile, Diagnostic>> {
    paths.iter().map(|path| SourceFile::from_bytes(path.as_str(), fs::read(corpus.join(path)).unwrap())).collect()
}

/// The file with other policy ids, wherever they stand: alone in an attribute or an element.
fn renamed(mut file: SourceFile, ids: &BTreeMap<&str, &str>) -> SourceFile {
    for (old, new) in ids {
        for (before, after) in [('"', '"'), ('>', '<')] {
            file.text = file.text.replace(&format!("{before}{old}{after}"), &format!("{before}{new}{after}"));
        }
    }
    file
}
