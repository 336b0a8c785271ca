//! Answers what an editor asks about policies that are being typed.
//!
//! [`Files`] holds the texts of one set as they are now, saved or not, and the policies of other folders that it builds on.
//! Questions come as a file and a byte offset; [`position`] counts as editors do. A file that is not well-formed at the
//! moment is read tolerantly, so nothing stops working while somebody types; only its findings wait: those of other
//! files are made with what it said when it was last sound.

mod completion;
mod document;
mod documentation;
mod effective;
mod fixes;
mod hover;
pub(crate) mod metadata;
mod names;
mod outline;
pub mod position;
mod rename;
mod scan;
mod values;

use std::{ops::Range, sync::Arc};

pub use completion::{Proposal, Sort};
pub use fixes::Fix;
pub use hover::Hover;
pub use outline::Symbol;
pub use rename::{Edit, NotRenamed};

use self::{
    document::Document,
    names::{Kind, Mention, Role},
};
use crate::{
    Diagnostic, EffectivePolicy, Settings, SourceFile,
    diagnostic::{LabelledPlace, Place},
    load_with_settings, source,
};

/// The files of one set, as they are being edited.
#[derive(Debug, Default)]
pub struct Files {
    settings: Settings,
    /// The set's own first, each part by name.
    files: Vec<File>,
}

/// Whose a file is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// Of the set that is being edited.
    Set,
    /// Of a folder that the set builds on; it is read and never changed.
    Base,
}

#[derive(Debug)]
struct File {
    origin: Origin,
    document: Document,
    mentions: Vec<Mention>,
    state: State,
}

/// Whether a file can be read.
#[derive(Debug)]
enum State {
    Sound,
    /// Why not, and the text when it last could be.
    Broken(Diagnostic, Option<String>),
}

impl Files {
    /// No files yet; placeholders have these values.
    pub fn new(settings: Settings) -> Self {
        Self { settings, files: Vec::new() }
    }

    /// Takes a file's text in the place of what it said before. A byte order mark is no part of it.
    pub fn put(&mut self, name: &Arc<str>, text: &str, origin: Origin) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        let before = self.index(name).map(|at| self.files.remove(at));
        let file = SourceFile::new(name.clone(), text);
        let state = match source::read(&file) {
            Ok(_) => State::Sound,
            Err(why) => State::Broken(
                why,
                before.and_then(|before| match before.state {
                    State::Sound => Some(before.document.text),
                    State::Broken(_, sound) => sound,
                }),
            ),
        };
        let document = Document::new(file.name, file.text);
        let mentions = names::mentions(&document);
        let file = File { origin, document, mentions, state };
        let order = |it: &File| (it.origin, it.document.name.clone());
        let at = self.files.partition_point(|other| order(other) < order(&file));
        self.files.insert(at, file);
    }

    /// Forgets a file.
    pub fn remove(&mut self, name: &str) {
        self.files.retain(|file| &*file.document.name != name);
    }

    /// What a file says, without a byte order mark.
    pub fn text(&self, name: &str) -> Option<&str> {
        Some(&self.file(name)?.document.text)
    }

    /// The names of all files with whose they are, the set's own first.
    pub fn names(&self) -> impl Iterator<Item = (&Arc<str>, Origin)> {
        self.files.iter().map(|file| (&file.document.name, file.origin))
    }

    /// All that is wrong, and what `further` finds in each policy that holds and answers apps. Places are within the
    /// present texts.
    pub fn findings(&self, further: impl Fn(&Arc<EffectivePolicy>) -> Vec<Diagnostic>) -> Vec<Diagnostic> {
        let of = |origin| {
            let sources = self.files.iter().filter(move |file| file.origin == origin).filter_map(|file| {
                let text = match &file.state {
                    State::Sound => file.document.text.clone(),
                    State::Broken(_, sound) => sound.clone()?,
                };
                Some(SourceFile::new(file.document.name.clone(), text))
            });
            sources.collect::<Vec<_>>()
        };
        let loaded = load_with_settings(&of(Origin::Set), &of(Origin::Base), &self.settings);
        let mut findings = loaded.diagnostics;
        for policy in loaded.set.relying_parties() {
            findings.extend(further(policy));
        }
        let is_present =
            |place: &LabelledPlace| self.file(&place.place.file).is_some_and(|file| matches!(file.state, State::Sound));
        // What an older text of a file gave rise to has no place in the present one.
        findings.retain_mut(|finding| {
            let is_first = finding.places.first().is_some_and(is_present);
            finding.places.retain(is_present);
            is_first
        });
        findings.extend(self.files.iter().filter(|file| file.origin == Origin::Set).filter_map(
            |file| match &file.state {
                State::Broken(why, _) => Some(why.clone()),
                State::Sound => None,
            },
        ));
        let mut seen = std::collections::HashSet::new();
        findings.retain(|it| {
            let place = it.places.first().map(|first| (first.place.file.clone(), first.place.span.clone()));
            seen.insert((it.code, it.message.clone(), place))
        });
        findings
    }

    /// Where what stands there is declared, the nearest file of the inheritance chain first. On a declaration: where it
    /// overrides another one, that one and its bases; else the declaration itself.
    pub fn definition(&self, name: &str, offset: usize) -> Vec<Place> {
        let Some((at, mention)) = self.mention(name, offset) else { return Vec::new() };
        let chain = self.chain(at);
        let from = match mention.role {
            Role::Refers => &chain[..],
            Role::Declares => chain.get(1..).unwrap_or(&[]),
        };
        let mut found = self.declarations(from.iter().copied(), at, mention);
        if found.is_empty() && mention.role == Role::Declares {
            return vec![self.place(at, &mention.at)];
        }
        if found.is_empty() {
            // Out of the chain: better than nothing where a base policy is misspelt.
            found = self.declarations(0..self.files.len(), at, mention);
        }
        found
    }

    /// Every place that refers to the same as what stands there, by file.
    pub fn references(&self, name: &str, offset: usize, and: Declarations) -> Vec<Place> {
        let Some((at, mention)) = self.mention(name, offset) else { return Vec::new() };
        let identity = self.identity(at, mention);
        self.all(mention.kind, &identity)
            .filter(|(_, other)| and == Declarations::Included || other.role == Role::Refers)
            .map(|(file, other)| self.place(file, &other.at))
            .collect()
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.files.iter().position(|file| &*file.document.name == name)
    }

    fn file(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|file| &*file.document.name == name)
    }

    fn place(&self, file: usize, span: &Range<usize>) -> Place {
        Place { file: self.files[file].document.name.clone(), span: span.clone() }
    }

    /// The id at a place.
    fn mention(&self, name: &str, offset: usize) -> Option<(usize, &Mention)> {
        let at = self.index(name)?;
        let found = self.files[at].mentions.iter().find(|it| it.at.start <= offset && offset <= it.at.end)?;
        Some((at, found))
    }

    fn id(&self, file: usize, mention: &Mention) -> &str {
        self.files[file].document.slice(&mention.at)
    }

    fn identity(&self, file: usize, mention: &Mention) -> String {
        names::identity(mention.kind, self.id(file, mention))
    }

    /// Every mention of one thing, by file.
    fn all<'a>(&'a self, kind: Kind, identity: &'a str) -> impl Iterator<Item = (usize, &'a Mention)> + 'a {
        self.files.iter().enumerate().flat_map(move |(at, file)| {
            let alike = move |it: &&Mention| it.kind == kind && self.identity(at, it) == identity;
            file.mentions.iter().filter(alike).map(move |it| (at, it))
        })
    }

    /// Where something is declared in some files. Exchanges of the same journey hide those of others.
    fn declarations(&self, files: impl Iterator<Item = usize>, at: usize, mention: &Mention) -> Vec<Place> {
        let identity = self.identity(at, mention);
        let mut found: Vec<(usize, &Mention)> = Vec::new();
        for file in files {
            let alike = |it: &&Mention| {
                it.kind == mention.kind && it.role == Role::Declares && self.identity(file, it) == identity
            };
            found.extend(self.files[file].mentions.iter().filter(alike).map(|it| (file, it)));
        }
        if mention.kind == Kind::Exchange
            && let Some(journey) = self.journey(at, mention.node)
            && found.iter().any(|(file, it)| self.journey(*file, it.node).as_ref() == Some(&journey))
        {
            found.retain(|(file, it)| self.journey(*file, it.node).as_ref() == Some(&journey));
        }
        found.into_iter().map(|(file, it)| self.place(file, &it.at)).collect()
    }

    /// The journey or sub-journey around a node.
    fn journey(&self, file: usize, node: usize) -> Option<String> {
        let document = &self.files[file].document;
        let journey = document.within(node, "UserJourney").or_else(|| document.within(node, "SubJourney"))?;
        Some(crate::id::key(document.value(journey, "Id")?))
    }

    /// The file and those that it builds on, leaf first, as far as they are there.
    fn chain(&self, leaf: usize) -> Vec<usize> {
        let mut chain = vec![leaf];
        while let Some(next) = chain.last().and_then(|at| self.base_of(*at)).filter(|next| !chain.contains(next)) {
            chain.push(next);
        }
        chain
    }

    fn base_of(&self, at: usize) -> Option<usize> {
        let policy = |file: usize, role| {
            let found = self.files[file].mentions.iter().find(|it| it.kind == Kind::Policy && it.role == role)?;
            Some(self.identity(file, found))
        };
        let base = policy(at, Role::Refers)?;
        (0..self.files.len()).find(|other| *other != at && policy(*other, Role::Declares).as_ref() == Some(&base))
    }
}

/// Whether declarations count as references.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Declarations {
    /// They do.
    Included,
    /// They do not.
    Left,
}

#[cfg(test)]
mod tests;
