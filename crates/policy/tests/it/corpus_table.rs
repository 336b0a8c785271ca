//! Every public policy loads, or is refused for a reason that `docs/corpus.md` shows.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde::Serialize;
use zaguan_policy::{
    Loaded, SourceFile, codes,
    diagnostic::{Code, line_and_column},
    id::PolicyId,
    load_with_settings,
};

use crate::{
    corpus_sets::{CorpusSet, OneSet, Rules, fits, sets},
    support::corpus,
};

/// One file, and why it is refused, if it is.
#[derive(Debug)]
struct Judged {
    path: String,
    /// Errors that stand in the file: code, and line and message.
    own: Vec<(Code, String)>,
    /// Where it has none: the nearest file that it builds on and that has some.
    inherited: Option<String>,
}

impl Judged {
    fn is_accepted(&self) -> bool {
        self.own.is_empty() && self.inherited.is_none()
    }
}

/// `PolicyId` of a file and of the policy that it builds on.
struct Ids {
    own: String,
    base: Option<String>,
}

/// `None` where the file cannot be read.
fn ids(file: &SourceFile) -> Option<Ids> {
    let document = roxmltree::Document::parse(&file.text).ok()?;
    let root = document.root_element();
    let base = root.children().find(|it| it.has_tag_name("BasePolicy"));
    let base = base.and_then(|base| base.children().find(|it| it.has_tag_name("PolicyId"))?.text());
    Some(Ids { own: root.attribute("PolicyId")?.trim().to_owned(), base: base.map(|base| base.trim().to_owned()) })
}

fn judge(files: &[SourceFile], base: &[SourceFile], loaded: &Loaded) -> Vec<Judged> {
    let errors_in = |file: &SourceFile| -> Vec<(Code, String)> {
        let all = files.iter().chain(base);
        let mut found: Vec<_> = loaded
            .errors()
            .filter(|error| error.places.first().is_some_and(|at| at.place.file == file.name))
            .map(|error| {
                let at = &error.places[0].place;
                let text = &all.clone().find(|one| one.name == at.file).unwrap().text;
                (error.code, format!("line {}: {}", line_and_column(text, at.span.start).0, error.message))
            })
            .collect();
        found.dedup();
        found
    };
    let known: Vec<(&SourceFile, Ids)> = files.iter().chain(base).filter_map(|file| Some((file, ids(file)?))).collect();
    let bare = |id: &str| id.to_ascii_lowercase().trim_start_matches("b2c_1a_").to_owned();
    let parent = |file: &SourceFile| {
        let wanted = bare(known.iter().find(|(one, _)| one.name == file.name)?.1.base.as_deref()?);
        known.iter().find(|(_, ids)| bare(&ids.own) == wanted).map(|(file, _)| *file)
    };
    files
        .iter()
        .map(|file| {
            let own = errors_in(file);
            let mut seen = BTreeSet::new();
            let ancestors = std::iter::successors(parent(file), |at| parent(at)).take_while(|at| seen.insert(&at.name));
            let mut broken = ancestors.filter(|at| own.is_empty() && !errors_in(at).is_empty());
            let inherited = broken.next().map(|at| at.name.to_string());
            let holds = ids(file).is_some_and(|ids| loaded.set.get(&PolicyId::new(&ids.own)).is_some());
            assert!(holds || !own.is_empty() || inherited.is_some(), "{} is refused without a reason", file.name);
            Judged { path: file.name.to_string(), own, inherited }
        })
        .collect()
}

fn judge_all(corpus: &Path, rules: &Rules) -> (Vec<Judged>, BTreeMap<Code, usize>) {
    let mut judged = Vec::new();
    let mut warnings: BTreeMap<Code, BTreeSet<String>> = BTreeMap::new();
    for CorpusSet { files, base, settings, unreadable, .. } in sets(corpus, rules) {
        judged.extend(unreadable.into_iter().map(|(path, finding)| Judged {
            path,
            own: vec![(finding.code, finding.message.to_string())],
            inherited: None,
        }));
        let loaded = load_with_settings(&files, &base, &settings);
        for finding in loaded.diagnostics.iter().filter(|finding| !finding.is_error()) {
            let file = finding.places.first().map_or(String::new(), |at| at.place.file.to_string());
            warnings.entry(finding.code).or_default().insert(file);
        }
        judged.extend(judge(&files, &base, &loaded));
    }
    judged.sort_by(|one, other| one.path.cmp(&other.path));
    (judged, warnings.into_iter().map(|(code, files)| (code, files.len())).collect())
}

/// How many, in `docs/corpus-numbers.toml`.
#[derive(Default, PartialEq, Debug, Serialize)]
struct Numbers {
    files: usize,
    accepted: usize,
    /// Refused only because of a file that they build on.
    refused_for_a_base: usize,
    /// Files with an error of that code; a file may have several.
    refused_by: BTreeMap<String, usize>,
    /// Files with a warning of that code.
    warned_by: BTreeMap<String, usize>,
}

impl Numbers {
    fn of(judged: &[Judged], warned: &BTreeMap<Code, usize>) -> Self {
        let mut numbers = Self { files: judged.len(), ..Self::default() };
        numbers.accepted = judged.iter().filter(|one| one.is_accepted()).count();
        numbers.refused_for_a_base = judged.iter().filter(|one| one.inherited.is_some()).count();
        for one in judged {
            for code in one.own.iter().map(|(code, _)| code).collect::<BTreeSet<_>>() {
                *numbers.refused_by.entry(code.to_string()).or_default() += 1;
            }
        }
        numbers.warned_by = warned.iter().map(|(code, files)| (code.to_string(), *files)).collect();
        numbers
    }

    fn to_file(&self) -> String {
        format!(
            "# How many public policies load. Made and compared by the test `corpus_table` of crates/policy.\n\n{}",
            toml::to_string(self).unwrap()
        )
    }
}

fn title(code: &str) -> &'static str {
    codes::ALL.iter().find(|rule| rule.code.to_string() == code).unwrap().title
}

fn table(columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let heads: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    let mut text = line(&heads) + &format!("|{}\n", "---|".repeat(columns.len()));
    for row in rows {
        let escaped: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
        text += &line(&escaped);
    }
    text
}

fn document(judged: &[Judged], numbers: &Numbers, reasons: &BTreeMap<String, String>) -> String {
    let mut sources: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for one in judged {
        let counts = sources.entry(one.path.split('/').next().unwrap()).or_default();
        counts.0 += 1;
        counts.1 += usize::from(one.is_accepted());
    }
    let row = |name: &str, files: usize, accepted: usize| {
        vec![name.to_owned(), files.to_string(), accepted.to_string(), (files - accepted).to_string()]
    };
    let totals = sources
        .iter()
        .map(|(name, (files, accepted))| row(&format!("`{name}`"), *files, *accepted))
        .chain([row("together", numbers.files, numbers.accepted)]);
    let by_code = |counts: &BTreeMap<String, usize>| {
        let rows = counts.iter().map(|(code, files)| vec![code.clone(), title(code).to_owned(), files.to_string()]);
        rows.collect::<Vec<_>>()
    };
    let mut refused_by = by_code(&numbers.refused_by);
    refused_by.push(vec![
        String::new(),
        "only because of a file that it builds on".to_owned(),
        numbers.refused_for_a_base.to_string(),
    ]);
    let refusals = judged.iter().filter(|one| !one.is_accepted()).flat_map(|one| {
        let row = |code: String, why: String| vec![format!("`{}`", one.path), code, why];
        let own = one.own.iter().map(move |(code, message)| row(code.to_string(), message.clone()));
        own.chain(one.inherited.iter().map(move |base| row(String::new(), format!("builds on `{base}`"))))
    });
    format!(
        "# The public policies\n\n\
         What becomes of policies that others have published, unmodified. [corpus.toml](corpus.toml) says where they are from, which of them \
         are one set, and what a set without a base of its own builds on; [policies.md](policies.md) explains the codes. The test \
         `corpus_table` of crates/policy compares this page, and writes it (with [corpus-numbers.toml](corpus-numbers.toml)) where \
         `ZAGUAN_UPDATE_DOCS` is set:\n\n\
         ```console\n\
         $ ZAGUAN_CORPUS=/path/to/corpus ZAGUAN_UPDATE_DOCS=1 cargo test -p zaguan-policy --test it corpus_table\n\
         ```\n\n\
         Accepted means: read, merged with all that it builds on, and without an error. Whether a journey then runs is another question.\n\n\
         {}\n## Refused, by code\n\n{}\n## Warned, by code\n\n{}\n## Why\n\n{}\n## All refusals\n\n{}",
        table(&["Folder", "Files", "Accepted", "Refused"], totals),
        table(&["Code", "Because", "Files"], refused_by),
        table(&["Code", "Because", "Files"], by_code(&numbers.warned_by)),
        table(&["Folder", "Because"], reasons.iter().map(|(folder, why)| vec![format!("`{folder}`"), why.clone()])),
        table(&["File", "Code", "Finding"], refusals),
    )
}

/// Why files of a folder are refused, by folder: each refusal was looked at, and none is explained that is none.
fn reasons(judged: &[Judged], rules: &Rules) -> BTreeMap<String, String> {
    let folders: BTreeMap<&str, bool> = judged.iter().fold(BTreeMap::new(), |mut folders, one| {
        *folders.entry(one.path.rsplit_once('/').unwrap().0).or_default() |= !one.is_accepted();
        folders
    });
    let mut reasons = BTreeMap::new();
    for (folder, refused) in folders {
        match (rules.of(folder).refused_because, refused) {
            (Some(reason), true) => _ = reasons.insert(folder.to_owned(), reason.to_owned()),
            (None, false) => {}
            (None, true) => {
                panic!("docs/corpus.toml does not say why `{folder}` is refused: {:#?}", refusals(judged, folder))
            }
            (Some(_), false) => panic!("docs/corpus.toml says why `{folder}` is refused, but it is accepted"),
        }
    }
    reasons
}

fn refusals<'a>(judged: &'a [Judged], folder: &str) -> Vec<&'a Judged> {
    judged.iter().filter(|one| !one.is_accepted() && one.path.starts_with(folder)).collect()
}

fn is_current(name: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let there = fs::read_to_string(&path).unwrap_or_default();
    if there == wanted {
        return;
    }
    if std::env::var_os("ZAGUAN_UPDATE_DOCS").is_some() {
        fs::write(&path, wanted).unwrap();
        return;
    }
    let missing: Vec<&str> = wanted.lines().filter(|line| !there.lines().any(|other| other == *line)).collect();
    let extra: Vec<&str> = there.lines().filter(|line| !wanted.lines().any(|other| other == *line)).collect();
    panic!(
        "docs/{name} is not what the corpus shows\n  missing {missing:#?}\n  too much {extra:#?}\n\n\
         If that is as it should be, run `ZAGUAN_UPDATE_DOCS=1 cargo test -p zaguan-policy --test it corpus_table`."
    );
}

#[test]
fn every_public_policy_loads_or_is_refused_for_a_reason() {
    let Some(corpus) = corpus() else { return };
    let rules = Rules::read();
    let (judged, warned) = judge_all(&corpus, &rules);
    let numbers = Numbers::of(&judged, &warned);
    is_current("corpus-numbers.toml", &numbers.to_file());
    is_current("corpus.md", &document(&judged, &numbers, &reasons(&judged, &rules)));
}

#[test]
fn patterns_fit_what_they_say() {
    for (pattern, folder, fitting) in [
        ("*", "samples/totp/policy", true),
        ("samples/*", "samples/totp/policy", true),
        ("samples/*", "unit-tests/claims", false),
        ("samples/totp", "samples/totp/policy", false),
        ("*/policy", "samples/totp/policy", true),
        ("*/policy", "samples/totp/policies", false),
    ] {
        assert_eq!(fits(pattern, folder), fitting, "{pattern} {folder}");
    }
}

#[test]
fn later_rules_replace_what_earlier_ones_said() {
    let rules = Rules::read();
    for (folder, one_set, base) in [
        ("samples/new/policy", OneSet::Folder, "starter-pack/SocialAndLocalAccountsWithMfa"),
        ("samples/sign-in-with-kakao/policy", OneSet::Folder, "starter-pack/SocialAndLocalAccounts"),
        ("unit-tests/claims", OneSet::File, "starter-pack/SocialAndLocalAccountsWithMfa"),
    ] {
        let treatment = rules.of(folder);
        assert_eq!((treatment.one_set, treatment.base), (one_set, base), "{folder}");
        assert_eq!(treatment.settings["Tenant"], "yourtenant.onmicrosoft.com", "{folder}");
    }
}
