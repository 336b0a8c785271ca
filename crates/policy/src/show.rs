//! A merged policy as a text that can be read, and loaded again: in the schema's order, each part with its origin.

mod arrange;
mod write;

pub(crate) use write::escaped_text;

use std::{collections::HashMap, sync::Arc};

use serde::Serialize;

use crate::{diagnostic::Place, element::Element, set::Merged, source::SourceFile};

/// A merged policy, or a part of one, in the schema's order.
#[derive(Clone, Debug)]
pub struct Effective(Arc<Element>);

/// Whether a text says where each part comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origins {
    /// As comments.
    Shown,
    /// Not at all.
    Hidden,
}

/// An id that the policy declares nothing under.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotDeclared {
    /// What was asked for.
    pub id: String,
    /// What may have been meant.
    pub nearest: Option<String>,
}

impl std::fmt::Display for NotDeclared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "nothing is declared as `{}`", self.id)?;
        self.nearest.as_ref().map_or(Ok(()), |meant| write!(f, "; did you mean `{meant}`?"))
    }
}

impl std::error::Error for NotDeclared {}

impl Effective {
    /// All of a policy, without the name of its base: it has everything of it.
    pub fn of(merged: &Merged) -> Self {
        Self(arrange::whole(&merged.0))
    }

    /// Only what is declared under these ids: technical profiles with what they include laid under them, claim types,
    /// journeys, pages.
    ///
    /// # Errors
    /// The first id under which there is nothing.
    pub fn only(merged: &Merged, ids: &[String]) -> Result<Self, NotDeclared> {
        arrange::only(&merged.0, ids).map(Self)
    }

    /// As XML. Without origins it loads as a policy of its own; so does it with them, as comments mean nothing.
    pub fn to_xml(&self, files: &[SourceFile], origins: Origins) -> String {
        write::xml(&self.0, &Lines::of(files), origins)
    }

    /// As a tree for programs.
    pub fn to_node(&self, files: &[SourceFile]) -> Node {
        node(&self.0, &Lines::of(files))
    }
}

/// An element for programs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// File and line of its start tag: `TrustFrameworkBase.xml:724`.
    pub origin: String,
    /// In the order of the file.
    pub attributes: Vec<NodeAttribute>,
    /// The text between its tags.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// In the schema's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Node>,
}

/// An attribute for programs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NodeAttribute {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// File and line.
    pub origin: String,
}

fn node(element: &Element, lines: &Lines<'_>) -> Node {
    Node {
        name: element.name.to_string(),
        origin: lines.told(&element.origin),
        attributes: element
            .attributes
            .iter()
            .map(|attribute| NodeAttribute {
                name: attribute.name.to_string(),
                value: attribute.value.to_string(),
                origin: lines.told(&attribute.place),
            })
            .collect(),
        text: element.text.to_string(),
        children: element.children.iter().map(|child| node(child, lines)).collect(),
    }
}

/// Where the lines of files begin: places are told by the thousand.
pub(crate) struct Lines<'a>(HashMap<&'a str, File<'a>>);

struct File<'a> {
    /// Bytes.
    starts: Vec<usize>,
    /// Without its folders, where no other file is called so.
    name: &'a str,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(files: &'a [SourceFile]) -> Self {
        let bare = |name: &'a str| name.rsplit(['/', '\\']).next().unwrap_or(name);
        let known = |file: &'a SourceFile| {
            let others = files.iter().filter(|other| other.name != file.name);
            let alone = others.map(|other| bare(&other.name)).all(|other| other != bare(&file.name));
            let starts = std::iter::once(0).chain(file.text.match_indices('\n').map(|(at, _)| at + 1)).collect();
            (&*file.name, File { starts, name: if alone { bare(&file.name) } else { &file.name } })
        };
        // Of two files of one name the first counts, as when they are loaded.
        Self(files.iter().rev().map(known).collect())
    }

    /// Counted from 1; `None` for a file that is not among them.
    pub(crate) fn line(&self, place: &Place) -> Option<usize> {
        self.0.get(&*place.file).map(|file| file.starts.partition_point(|start| *start <= place.span.start).max(1))
    }

    /// `TrustFrameworkBase.xml:724`.
    pub(crate) fn told(&self, place: &Place) -> String {
        let name = self.0.get(&*place.file).map_or(&*place.file, |file| file.name);
        match self.line(place) {
            Some(line) => format!("{name}:{line}"),
            None => name.to_owned(),
        }
    }

    /// As [`told`](Self::told), with the folders of its name.
    pub(crate) fn in_full(&self, place: &Place) -> String {
        self.line(place).map_or_else(|| place.file.to_string(), |line| format!("{}:{line}", place.file))
    }
}
