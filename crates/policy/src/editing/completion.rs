//! What may come at the caret.

use std::{collections::HashSet, ops::Range};

use super::{
    File, Files,
    document::{Document, Spot},
    documentation,
    hover::{method, roles},
    metadata,
    names::{self, Kind, Role},
    values,
};
use crate::{
    id::{key, same},
    resolve::{handlers, item_words, key_ids, method_roles, partners},
    schema::shape_of,
};

/// Something that may be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    /// What the list shows, and what it is filtered by.
    pub label: String,
    /// What it is.
    pub sort: Sort,
    /// A word beside the label.
    pub detail: Option<String>,
    /// Markdown.
    pub documentation: Option<String>,
    /// What it takes the place of.
    pub replaces: Range<usize>,
    /// What is written.
    pub text: String,
    /// The same with places to fill in, as the Language Server Protocol writes them: `Id="$1"`.
    pub snippet: Option<String>,
}

/// What a proposal is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    /// The id of something that is declared.
    Id,
    /// A word that the language knows.
    Word,
    /// A transformation method.
    Method,
    /// A metadata key, or the name of a claim or parameter.
    Key,
    /// An element.
    Element,
    /// An attribute.
    Attribute,
}

/// What a handler's name ends with.
const ASSEMBLY: &str = ", Web.TPEngine, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null";

/// Elements with attributes that hold text between their tags.
const WITH_TEXT: &[(&str, &str)] = &[
    ("Metadata", "Item"),
    ("LocalizedStrings", "LocalizedString"),
    ("Parameters", "Parameter"),
    ("ContentDefinitionParameters", "Parameter"),
    ("ClaimType", "Mask"),
];

/// Lists for which `MergeBehavior` is described.
const MERGING: &[&str] = &["Restriction", "LocalizedResourcesReferences", "SupportedLanguages"];

/// Attributes that are as good as required.
const USUAL: &[(&str, &str)] = &[
    ("DisplayClaim", "ClaimTypeReferenceId"),
    ("ClaimsProviderSelection", "TargetClaimsExchangeId"),
    ("LocalizedString", "ElementId"),
    ("LocalizedResources", "Id"),
    ("LocalizedResourcesReference", "LocalizedResourcesReferenceId"),
    ("PredicateReferences", "MatchAtLeast"),
];

impl Files {
    /// What may come there, the likeliest first.
    pub fn proposals(&self, name: &str, offset: usize) -> Vec<Proposal> {
        let Some(at) = self.index(name) else { return Vec::new() };
        let document = &self.files[at].document;
        let offset = document.text.floor_char_boundary(offset);
        match document.spot(offset) {
            Spot::Value(node, attribute) => self.in_value(at, node, attribute, offset),
            Spot::AttributeName(node, range) => attributes(document, node, &range),
            Spot::ElementName(node) => {
                let it = &document.nodes[node];
                let form = if it.attributes.is_empty() && !it.is_whole { Form::Whole } else { Form::Name };
                elements(document, it.parent, &it.name, form)
            }
            Spot::EndName(range, Some(node)) => end(document, node, range),
            Spot::Text(Some(node)) => self.in_text(at, node, offset),
            Spot::EndName(_, None) | Spot::Text(None) | Spot::Nothing => Vec::new(),
        }
    }

    fn in_value(&self, at: usize, node: usize, attribute: usize, offset: usize) -> Vec<Proposal> {
        let document = &self.files[at].document;
        let written = &document.nodes[node].attributes[attribute];
        let name = document.slice(&written.name);
        let Some(value) = written.value.clone() else { return Vec::new() };
        let is_opened = document.text[..value.start].ends_with(['"', '\'']);
        // An edit stays within its line.
        let replaces = if document.slice(&value).contains(['\n', '\r']) { offset..offset } else { value };
        let mut found = match names::of_attribute(document, node, name) {
            Some((kind, role)) => self.ids(at, node, kind, role, &replaces),
            None => self.words(at, node, name, &replaces),
        };
        if !is_opened {
            for proposal in &mut found {
                proposal.text = format!("\"{}\"", proposal.text);
            }
        }
        found
    }

    fn words(&self, at: usize, node: usize, attribute: &str, replaces: &Range<usize>) -> Vec<Proposal> {
        let document = &self.files[at].document;
        let simple = |label: &str, sort| Proposal::new(label, sort, replaces);
        let allowed = values::words(document, node, attribute);
        if !allowed.is_empty() {
            return allowed.iter().map(|word| simple(word, Sort::Word)).collect();
        }
        match (document.name_of(node), attribute) {
            ("Item", "Key") if document.outer(node) == "Metadata" => {
                let group = self.group(at, node);
                let given = given(document, node, "Key");
                metadata::keys_of(&group)
                    .filter(|known| !given.contains(&key(known.name)))
                    .map(|known| simple(known.name, Sort::Key).says(known.says))
                    .collect()
            }
            ("ClaimsTransformation", "TransformationMethod") => method_roles()
                .map(|(name, ..)| {
                    let proposal = simple(name, Sort::Method);
                    method(name).map_or(proposal.clone(), |says| proposal.says(&says))
                })
                .collect(),
            (_, "TransformationClaimType") => {
                let given = given(document, node, attribute);
                let roles = roles(document, node).into_iter().filter(|role| !given.contains(&key(role)));
                roles.map(|role| simple(role, Sort::Key)).collect()
            }
            ("InputParameter", "Id") => {
                let given = given(document, node, attribute);
                let roles = roles(document, node).into_iter().filter(|role| !given.contains(&key(role)));
                roles.map(|role| simple(role, Sort::Key)).collect()
            }
            ("Protocol", "Handler") => handlers()
                .iter()
                .map(|handler| Proposal { text: format!("{handler}{ASSEMBLY}"), ..simple(handler, Sort::Word) })
                .collect(),
            ("Key", "Id") => key_ids().iter().map(|id| simple(id, Sort::Key)).collect(),
            (_, "PartnerClaimType") => {
                partners(&self.group(at, node)).iter().map(|name| simple(name, Sort::Key)).collect()
            }
            ("OrchestrationStep", "Order") => {
                let given = given(document, node, attribute);
                let next = (1..).find(|order: &u32| !given.contains(&order.to_string())).unwrap_or(1);
                vec![simple(&next.to_string(), Sort::Word)]
            }
            _ => Vec::new(),
        }
    }

    fn in_text(&self, at: usize, node: usize, offset: usize) -> Vec<Proposal> {
        let document = &self.files[at].document;
        let written = document.text_of(node).filter(|it| it.start <= offset && offset <= it.end);
        let is_within_line = |it: &Range<usize>| !document.slice(it).contains(['\n', '\r', '<']);
        let replaces = written.filter(is_within_line).unwrap_or(offset..offset);
        if let Some((kind, role)) = names::of_text(document, node) {
            return self.ids(at, node, kind, role, &replaces);
        }
        let mut words = values::words(document, node, "");
        if document.name_of(node) == "Item" {
            words = item_words(&self.group(at, node), document.value(node, "Key").unwrap_or(""));
        }
        if !words.is_empty() {
            return words.iter().map(|word| Proposal::new(word, Sort::Word, &replaces)).collect();
        }
        let before = document.text[..offset].bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
        elements(document, Some(node), &(offset - before..offset), Form::WithSign)
    }

    /// Ids that may stand at a reference; at a declaration those that may be overridden there.
    fn ids(&self, at: usize, node: usize, kind: Kind, role: Role, replaces: &Range<usize>) -> Vec<Proposal> {
        let mut files = self.chain(at);
        let ends_somewhere = files.last().is_some_and(|last| {
            self.files[*last].mentions.iter().all(|it| (it.kind, it.role) != (Kind::Policy, Role::Refers))
        });
        if !ends_somewhere || matches!(kind, Kind::Policy | Kind::PolicyKey) {
            // The base policy's id is half typed, or the things are not inherited.
            files.extend((0..self.files.len()).filter(|file| !files.contains(file)).collect::<Vec<_>>());
        }
        if role == Role::Declares || kind == Kind::Policy {
            if kind == Kind::Policy && role == Role::Declares {
                return Vec::new();
            }
            files.remove(0);
        }
        let own: HashSet<String> = match role {
            Role::Declares => declared(&self.files[at], kind).map(|(id, _)| key(id)).collect(),
            Role::Refers => HashSet::new(),
        };
        // A selection names an exchange of its journey.
        let journey = Some(node)
            .filter(|_| kind == Kind::Exchange && self.files[at].document.name_of(node) == "ClaimsProviderSelection")
            .and_then(|node| self.journey(at, node));
        let mut seen = own;
        let mut found = Vec::new();
        for file in files {
            for (id, node) in declared(&self.files[file], kind) {
                let is_near = journey.is_none() || self.journey(file, node) == journey;
                if is_near && !id.is_empty() && seen.insert(key(id)) {
                    found.push(proposal_of(&self.files[file].document, node, kind, id, replaces));
                }
            }
        }
        found
    }
}

/// What a file declares of a kind. Policy keys are declared by none, and known from where they are used.
fn declared(file: &File, kind: Kind) -> impl Iterator<Item = (&str, usize)> {
    let role = if kind == Kind::PolicyKey { Role::Refers } else { Role::Declares };
    let alike = file.mentions.iter().filter(move |it| it.kind == kind && it.role == role);
    alike.map(|it| (file.document.slice(&it.at), it.node))
}

fn proposal_of(document: &Document, node: usize, kind: Kind, id: &str, replaces: &Range<usize>) -> Proposal {
    let text_of = |wanted: &str| {
        let child = document.children(node).find(|it| document.name_of(*it) == wanted)?;
        Some(document.slice(&document.text_of(child)?).to_owned())
    };
    let detail = match kind {
        Kind::ClaimType => text_of("DataType"),
        Kind::Transformation => document.value(node, "TransformationMethod").map(str::to_owned),
        Kind::Exchange => document.value(node, "TechnicalProfileReferenceId").map(str::to_owned),
        _ => None,
    };
    Proposal {
        detail: detail.or_else(|| Some(kind.noun().to_owned())),
        documentation: text_of("DisplayName"),
        ..Proposal::new(id, Sort::Id, replaces)
    }
}

impl Proposal {
    fn new(label: &str, sort: Sort, replaces: &Range<usize>) -> Self {
        Self {
            label: label.to_owned(),
            sort,
            detail: None,
            documentation: None,
            replaces: replaces.clone(),
            text: label.to_owned(),
            snippet: None,
        }
    }

    fn says(self, text: &str) -> Self {
        Self { documentation: Some(text.to_owned()), ..self }
    }
}

/// What the other items of the same list have in an attribute.
fn given(document: &Document, node: usize, attribute: &str) -> HashSet<String> {
    let all = document.nodes[node].parent.into_iter().flat_map(|parent| document.children(parent));
    all.filter(|it| *it != node).filter_map(|it| document.value(it, attribute)).map(key).collect()
}

fn attributes(document: &Document, node: usize, range: &Range<usize>) -> Vec<Proposal> {
    let Some(shape) = shape_of(document.outer(node), document.name_of(node)) else { return Vec::new() };
    let it = &document.nodes[node];
    let has_value = it.attributes.iter().any(|it| it.name == *range && it.value.is_some());
    let is_given =
        |name: &str| it.attributes.iter().any(|other| other.name != *range && same(document.slice(&other.name), name));
    let required = shape.required();
    let known = shape.attributes().into_iter().flatten().copied();
    let known =
        known.filter(|name| !is_given(name) && (*name != "MergeBehavior" || MERGING.contains(&document.name_of(node))));
    known
        .map(|name| Proposal {
            snippet: (!has_value).then(|| format!("{name}=\"$1\"")),
            detail: required.contains(&name).then(|| "required".to_owned()),
            ..Proposal::new(name, Sort::Attribute, range)
        })
        .collect()
}

/// How much of an element is written.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// Its name alone.
    Name,
    /// All that it needs.
    Whole,
    /// That, and the `<`.
    WithSign,
}

fn elements(document: &Document, parent: Option<usize>, range: &Range<usize>, form: Form) -> Vec<Proposal> {
    let Some(parent) = parent else { return Vec::new() };
    let outer = document.name_of(parent);
    let Some(shape) = shape_of(document.outer(parent), outer) else { return Vec::new() };
    let there: Vec<&str> = document
        .children(parent)
        .filter(|it| document.nodes[*it].name != *range)
        .map(|it| document.name_of(it))
        .collect();
    let sign = if form == Form::WithSign { "<" } else { "" };
    let allowed = shape.children().iter().filter(|(name, many)| *many || !there.contains(name));
    allowed
        .map(|(name, _)| Proposal {
            documentation: documentation::of_element(outer, name).map(str::to_owned),
            text: format!("{sign}{name}"),
            snippet: (form != Form::Name).then(|| format!("{sign}{}", snippet(outer, name))),
            ..Proposal::new(name, Sort::Element, range)
        })
        .collect()
}

/// An element with its required attributes and its end, behind `<`.
fn snippet(outer: &str, name: &str) -> String {
    let Some(shape) = shape_of(outer, name) else { return format!("{name}>$1</{name}>$0") };
    let usual = USUAL.iter().filter(|(element, _)| *element == name).map(|(_, attribute)| *attribute);
    let attributes: Vec<&str> = shape.required().iter().copied().chain(usual).collect();
    let mut text = name.to_owned();
    for (at, attribute) in attributes.iter().enumerate() {
        text += &format!(" {attribute}=\"${}\"", at + 1);
    }
    if shape.children().first().is_some_and(|(child, _)| *child != "From") {
        format!("{text}>\n\t$0\n</{name}>")
    } else if WITH_TEXT.contains(&(outer, name)) {
        format!("{text}>${}</{name}>$0", attributes.len() + 1)
    } else {
        format!("{text} />$0")
    }
}

fn end(document: &Document, node: usize, range: Range<usize>) -> Vec<Proposal> {
    let name = document.name_of(node);
    let is_closed = document.text[range.end..].starts_with('>');
    let text = if is_closed { name.to_owned() } else { format!("{name}>") };
    vec![Proposal { text, ..Proposal::new(name, Sort::Element, &range) }]
}
