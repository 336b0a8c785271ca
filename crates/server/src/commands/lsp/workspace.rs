//! The files of an editor's workspace, as they are on disk or in the editor.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use lsp_types::{DidChangeTextDocumentParams, DidOpenTextDocumentParams, InitializeParams, Uri};
use serde::Deserialize;
use zaguan_policy::{
    Diagnostic, Language,
    editing::{
        Files, Origin,
        position::{Columns, Lines},
    },
};

use super::{Options, address, convert, sources};

/// What the editor may say in `initializationOptions`; it counts more than the command line.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Given {
    base_folders: Vec<PathBuf>,
    settings_file: Option<PathBuf>,
    environment: Option<String>,
    settings: BTreeMap<String, String>,
    documentation: Option<String>,
}

/// What the editor can do with answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Abilities {
    pub(super) columns: Columns,
    /// Of what is found: the editor's, where it is one of ours.
    pub(super) language: Language,
    pub(super) snippets: Snippets,
    pub(super) watching: Watching,
}

/// Whether proposals may have places to fill in.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Snippets {
    Taken,
    Refused,
}

/// Whether the editor can be asked to tell of files that change on disk.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Watching {
    Asked,
    Unknown,
}

/// A file that the editor has open.
struct Open {
    /// As the editor spells it.
    uri: Uri,
    version: i32,
    text: String,
}

/// A folder of policies with what it builds on.
pub(super) struct Set {
    pub(super) files: Files,
    /// As they were last worked out.
    pub(super) findings: Vec<Diagnostic>,
}

pub(super) struct Workspace {
    pub(super) abilities: Abilities,
    options: Options,
    roots: Vec<PathBuf>,
    sets: BTreeMap<PathBuf, Set>,
    open: HashMap<String, Open>,
    /// Sets that changed after their findings were worked out.
    stale: BTreeSet<PathBuf>,
    /// What was told of each file, by the set that it is told for.
    told: HashMap<String, BTreeMap<PathBuf, Vec<lsp_types::Diagnostic>>>,
    /// What is wrong with settings, told once.
    problems: Vec<String>,
    known_problems: HashSet<String>,
}

/// All that is to be told of one file.
pub(super) struct Told {
    pub(super) uri: Uri,
    pub(super) version: Option<i32>,
    pub(super) diagnostics: Vec<lsp_types::Diagnostic>,
}

impl Workspace {
    /// What `initialize` says. Files are read by [`reload`](Self::reload).
    pub(super) fn new(mut options: Options, asked: &InitializeParams) -> Self {
        let mut problems = Vec::new();
        let given = asked.initialization_options.clone().filter(|it| !it.is_null());
        let given = given.map_or(Ok(Given::default()), serde_json::from_value).unwrap_or_else(|cause| {
            problems.push(format!("the initialization options are not understood: {cause}"));
            Given::default()
        });
        let roots = roots(asked);
        let first = roots.first().cloned().unwrap_or_default();
        options.base.extend(given.base_folders.into_iter().filter(|it| !it.as_os_str().is_empty()));
        options.base.iter_mut().for_each(|base| *base = plain(&first.join(&*base)));
        options.set.extend(given.settings);
        let is_said = |text: &String| !text.is_empty();
        options.settings = given.settings_file.filter(|it| !it.as_os_str().is_empty()).or(options.settings);
        options.settings = options.settings.map(|it| first.join(it));
        options.environment = given.environment.filter(is_said).or(options.environment);
        options.documentation = given.documentation.filter(is_said).or(options.documentation);
        Self {
            abilities: abilities(asked),
            options,
            roots,
            sets: BTreeMap::new(),
            open: HashMap::new(),
            stale: BTreeSet::new(),
            told: HashMap::new(),
            problems,
            known_problems: HashSet::new(),
        }
    }

    /// Reads everything anew.
    pub(super) fn reload(&mut self) {
        let mut folders = sources::folders(&self.roots);
        folders.extend(self.open.iter().filter(|(_, open)| sources::is_policy(&open.text)).map(|(name, _)| home(name)));
        let gone = self.sets.keys().filter(|folder| !folders.contains(*folder)).cloned();
        self.stale.extend(gone);
        self.sets.clear();
        for folder in folders {
            self.read_set(folder);
        }
    }

    pub(super) fn change_folders(&mut self, change: lsp_types::WorkspaceFoldersChangeEvent) {
        let paths = |folders: Vec<lsp_types::WorkspaceFolder>| -> Vec<PathBuf> {
            folders.into_iter().map(|folder| plain(Path::new(&address::name_of(&folder.uri)))).collect()
        };
        let removed = paths(change.removed);
        self.roots.retain(|root| !removed.contains(root));
        self.roots.extend(paths(change.added));
        self.reload();
    }

    fn read_set(&mut self, folder: PathBuf) {
        let file = self.options.settings.as_deref();
        let environment = self.options.environment.as_deref();
        let mut values = sources::placeholders(&folder, &self.roots, file, environment).unwrap_or_else(|problem| {
            self.problems.push(problem);
            Vec::new()
        });
        // What is typed counts: the last of a name wins.
        values.extend(self.options.set.iter().cloned());
        let mut files = Files::new(values.into_iter().collect());
        let bases = self.options.base.iter().filter(|base| **base != folder).map(|base| (base, Origin::Base));
        for (folder, origin) in bases.chain([(&folder, Origin::Set)]) {
            let mut texts = sources::policies_in(folder);
            let open = self.open.iter().filter(|(name, _)| home(name) == *folder);
            texts.extend(
                open.filter(|(_, open)| sources::is_policy(&open.text))
                    .map(|(name, open)| (name.clone(), open.text.clone())),
            );
            for (name, text) in texts {
                files.put(&Arc::from(name), &text, origin);
            }
        }
        self.stale.insert(folder.clone());
        self.sets.insert(folder, Set { files, findings: Vec::new() });
    }

    pub(super) fn open(&mut self, opened: DidOpenTextDocumentParams) {
        let document = opened.text_document;
        let name = address::name_of(&document.uri);
        let open = Open { uri: document.uri, version: document.version, text: document.text };
        self.open.insert(name.clone(), open);
        self.take_text(&name);
    }

    pub(super) fn change(&mut self, changed: DidChangeTextDocumentParams) {
        let name = address::name_of(&changed.text_document.uri);
        let columns = self.abilities.columns;
        let Some(open) = self.open.get_mut(&name) else { return };
        open.version = changed.text_document.version;
        for change in changed.content_changes {
            let Some(range) = change.range else {
                open.text = change.text;
                continue;
            };
            let lines = Lines::of(&open.text);
            let start = lines.offset(&open.text, convert::ours(range.start), columns);
            let end = lines.offset(&open.text, convert::ours(range.end), columns);
            open.text.replace_range(start..end.max(start), &change.text);
        }
        self.take_text(&name);
    }

    /// What is not saved is forgotten.
    pub(super) fn close(&mut self, uri: &Uri) {
        let name = address::name_of(uri);
        self.open.remove(&name);
        let text = sources::policy(Path::new(&name));
        self.take(&name, text.as_deref());
    }

    /// A file changed on disk, was made or deleted.
    pub(super) fn changed_on_disk(&mut self, uri: &Uri) {
        let name = address::name_of(uri);
        if !sources::is_xml(Path::new(&name)) {
            self.reload();
        } else if !self.open.contains_key(&name) {
            let text = sources::policy(Path::new(&name));
            self.take(&name, text.as_deref());
        }
    }

    fn take_text(&mut self, name: &str) {
        let text = self.open.get(name).map(|open| open.text.clone());
        // What was a policy is one still while its root is being typed.
        let is_known = self.sets.values().any(|set| set.files.text(name).is_some());
        self.take(name, text.as_deref().filter(|text| is_known || sources::is_policy(text)));
    }

    fn take(&mut self, name: &str, text: Option<&str>) {
        let home = home(name);
        let name: Arc<str> = name.into();
        for (folder, set) in &mut self.sets {
            let found = set.files.names().find(|(known, _)| **known == name).map(|(_, origin)| origin);
            let new = Origin::Set;
            match (text, found.or((*folder == home).then_some(new))) {
                (Some(text), Some(origin)) => set.files.put(&name, text, origin),
                (None, Some(_)) => set.files.remove(&name),
                (_, None) => continue,
            }
            self.stale.insert(folder.clone());
        }
        if text.is_some() && !self.sets.contains_key(&home) {
            self.read_set(home);
        }
    }

    /// The set that a file belongs to, and the file's name in it.
    pub(super) fn set_of(&self, uri: &Uri) -> Option<(&Set, String)> {
        let name = address::name_of(uri);
        let own = self.sets.get(&home(&name)).filter(|set| set.files.text(&name).is_some());
        let any = || self.sets.values().find(|set| set.files.text(&name).is_some());
        Some((own.or_else(any)?, name))
    }

    /// True where other sets build on the file's folder.
    pub(super) fn is_base(&self, name: &str) -> bool {
        self.options.base.contains(&home(name))
    }

    pub(super) fn uri(&self, name: &str) -> Option<Uri> {
        self.open.get(name).map(|open| open.uri.clone()).or_else(|| address::uri_of(name))
    }

    /// Where a finding's page is.
    pub(super) fn page(&self, code: &str) -> Option<Uri> {
        let folder = self.options.documentation.as_deref()?;
        format!("{}/{code}.md", folder.trim_end_matches('/')).parse().ok()
    }

    /// Problems that were not told yet.
    pub(super) fn problems(&mut self) -> Vec<String> {
        let new = std::mem::take(&mut self.problems);
        new.into_iter().filter(|problem| self.known_problems.insert(problem.clone())).collect()
    }

    pub(super) fn is_stale(&self) -> bool {
        !self.stale.is_empty()
    }

    /// Works out the findings of a set where they are out of date.
    pub(super) fn refresh(&mut self, uri: &Uri) -> Vec<Told> {
        let folder = home(&address::name_of(uri));
        if self.stale.contains(&folder) { self.work_out(folder) } else { Vec::new() }
    }

    /// Works out the findings of one set, of those with open files first; what the editor is to show now.
    pub(super) fn next(&mut self) -> Vec<Told> {
        let homes: HashSet<PathBuf> = self.open.keys().map(|name| home(name)).collect();
        let first = self.stale.iter().find(|folder| homes.contains(*folder)).or_else(|| self.stale.first());
        first.cloned().map_or_else(Vec::new, |folder| self.work_out(folder))
    }

    fn work_out(&mut self, folder: PathBuf) -> Vec<Told> {
        self.stale.remove(&folder);
        if let Some(set) = self.sets.get_mut(&folder) {
            // A bare folder has no keys, so none is missing.
            set.findings = set.files.findings(|policy| zaguan_journey::bind(policy, &|_| true).1);
        }
        let mut new: HashMap<String, Vec<lsp_types::Diagnostic>> = HashMap::new();
        for finding in self.sets.get(&folder).into_iter().flat_map(|set| &set.findings) {
            let Some(first) = finding.places.first() else { continue };
            if let Some(diagnostic) = convert::diagnostic(self, &folder, finding) {
                new.entry(first.place.file.to_string()).or_default().push(diagnostic);
            }
        }
        let before = self.told.iter().filter(|(_, by_set)| by_set.contains_key(&folder)).map(|(name, _)| name.clone());
        let names: BTreeSet<String> = before.chain(new.keys().cloned()).collect();
        let mut changed = Vec::new();
        for name in names {
            let own = new.remove(&name).unwrap_or_default();
            let by_set = self.told.entry(name.clone()).or_default();
            let before = if own.is_empty() { by_set.remove(&folder) } else { by_set.insert(folder.clone(), own) };
            if before.as_ref() == by_set.get(&folder) {
                continue;
            }
            let mut diagnostics: Vec<lsp_types::Diagnostic> = Vec::new();
            for one in by_set.values().flatten() {
                if !diagnostics.contains(one) {
                    diagnostics.push(one.clone());
                }
            }
            if let Some(uri) = self.uri(&name) {
                changed.push(Told { uri, version: self.open.get(&name).map(|open| open.version), diagnostics });
            }
        }
        changed
    }

    pub(super) fn folder_of(&self, set: &Set) -> Option<&Path> {
        self.sets.iter().find(|(_, other)| std::ptr::eq(*other, set)).map(|(folder, _)| folder.as_path())
    }

    pub(super) fn set(&self, folder: &Path) -> Option<&Set> {
        self.sets.get(folder)
    }
}

/// The folder that a file is in; one that is not saved is alone.
fn home(name: &str) -> PathBuf {
    let path = Path::new(name);
    if path.is_absolute() { path.parent().unwrap_or(path).to_owned() } else { path.to_owned() }
}

/// Without `.` and what `..` takes back.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => _ = plain.pop(),
            part => plain.push(part),
        }
    }
    plain
}

fn roots(asked: &InitializeParams) -> Vec<PathBuf> {
    let folders = asked.workspace_folders.iter().flatten().map(|folder| folder.uri.clone());
    let mut uris: Vec<Uri> = folders.collect();
    if uris.is_empty() {
        #[expect(deprecated, reason = "all that older editors say")]
        uris.extend(asked.root_uri.clone());
    }
    uris.iter().map(|uri| plain(Path::new(&address::name_of(uri)))).filter(|path| path.is_absolute()).collect()
}

fn abilities(asked: &InitializeParams) -> Abilities {
    let language = asked.locale.as_deref().and_then(|locale| locale.split(['-', '_']).next());
    let can = &asked.capabilities;
    let encodings = can.general.as_ref().and_then(|it| it.position_encodings.as_ref());
    let utf_8 = encodings.is_some_and(|it| it.contains(&lsp_types::PositionEncodingKind::UTF8));
    let completion = can.text_document.as_ref().and_then(|it| it.completion.as_ref());
    let item = completion.and_then(|it| it.completion_item.as_ref());
    let watched = can.workspace.as_ref().and_then(|it| it.did_change_watched_files.as_ref());
    Abilities {
        columns: if utf_8 { Columns::Utf8 } else { Columns::Utf16 },
        language: language.and_then(Language::of_tag).unwrap_or_default(),
        snippets: match item.and_then(|it| it.snippet_support) {
            Some(true) => Snippets::Taken,
            _ => Snippets::Refused,
        },
        watching: match watched.and_then(|it| it.dynamic_registration) {
            Some(true) => Watching::Asked,
            _ => Watching::Unknown,
        },
    }
}
