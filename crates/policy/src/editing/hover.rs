//! What is told about the thing under the pointer.

use std::ops::Range;

use super::{
    Files,
    document::{Document, Spot},
    documentation, effective, metadata,
    names::{self, Kind, Mention, Role},
};
use crate::{diagnostic::line_and_column, resolve::method_roles};

/// What is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hover {
    /// What it is about.
    pub range: Range<usize>,
    /// Markdown.
    pub text: String,
}

impl Files {
    /// What is to be known of what stands there.
    pub fn hover(&self, name: &str, offset: usize) -> Option<Hover> {
        let at = self.index(name)?;
        if let Some((_, mention)) = self.mention(name, offset) {
            return Some(Hover { range: mention.at.clone(), text: self.about(at, mention) });
        }
        let document = &self.files[at].document;
        match document.spot(offset) {
            Spot::ElementName(node) => self.about_element(at, node, document.nodes[node].name.clone()),
            Spot::EndName(range, Some(node)) => self.about_element(at, node, range),
            Spot::AttributeName(node, range) => {
                let (kind, role) = names::of_attribute(document, node, document.slice(&range))?;
                let text = match role {
                    Role::Declares => format!("The id of the {}.", kind.noun()),
                    Role::Refers => format!("The id of a {}.", kind.noun()),
                };
                Some(Hover { range, text })
            }
            Spot::Value(node, attribute) => {
                let written = &document.nodes[node].attributes[attribute];
                let range = written.value.clone()?;
                let text = self.about_value(at, node, document.slice(&written.name), document.slice(&range).trim())?;
                Some(Hover { range, text })
            }
            Spot::EndName(_, None) | Spot::Text(_) | Spot::Nothing => None,
        }
    }

    fn about_element(&self, at: usize, node: usize, range: Range<usize>) -> Option<Hover> {
        let document = &self.files[at].document;
        let says = documentation::of_element(document.outer(node), document.name_of(node))?;
        let mut text = format!("`{}`: {says}", document.name_of(node));
        let own = self.files[at].mentions.iter().find(|it| it.node == node && it.role == Role::Declares);
        if let Some(mention) = own.filter(|it| it.kind.path().is_some()) {
            text += &format!("\n\n{}", self.about(at, mention));
        }
        Some(Hover { range, text })
    }

    /// What an id stands for: what it is, where it is declared, what it says with all that it inherits.
    fn about(&self, at: usize, mention: &Mention) -> String {
        let id = self.id(at, mention);
        let mut text = format!("{} `{id}`", mention.kind.noun());
        let chain = self.chain(at);
        let mut places = self.declarations(chain.iter().copied(), at, mention);
        let mut context = at;
        if places.is_empty() {
            places = self.declarations(0..self.files.len(), at, mention);
            context = places.first().and_then(|place| self.index(&place.file)).unwrap_or(at);
        }
        for place in &places {
            let (line, _) = self.text(&place.file).map_or((1, 1), |text| line_and_column(text, place.span.start));
            text += &format!("\n- declared in `{}`, line {line}", file_name(&place.file));
        }
        if places.is_empty() && mention.kind != Kind::PolicyKey {
            text += "\n\nIt is declared nowhere.";
        }
        let found = self.merged(context).and_then(|tree| effective::item(&tree, mention.kind, id));
        if let Some(element) = found {
            if let Some(says) = element.value("TransformationMethod").and_then(method) {
                text += &format!("\n\n{says}");
            }
            text += &format!("\n\n```xml\n{}\n```", effective::xml(&element));
        }
        text
    }

    fn about_value(&self, at: usize, node: usize, attribute: &str, value: &str) -> Option<String> {
        let document = &self.files[at].document;
        match (document.name_of(node), attribute) {
            ("Item", "Key") if document.outer(node) == "Metadata" => {
                let key = metadata::explained(&self.group(at, node), value)?;
                Some(format!("`{}`: {}", key.name, key.says))
            }
            ("ClaimsTransformation", "TransformationMethod") => method(value),
            (_, "TransformationClaimType") | ("InputParameter", "Id") => {
                let transformation = document.within(node, "ClaimsTransformation")?;
                let name = document.value(transformation, "TransformationMethod")?;
                Some(format!("A role of this claim or parameter in `{name}`.\n\n{}", method(name)?))
            }
            _ => None,
        }
    }

    /// Whose metadata an element within a technical profile is; see [`metadata::group`].
    pub(super) fn group(&self, at: usize, node: usize) -> String {
        let document = &self.files[at].document;
        if document.within(node, "ContentDefinition").is_some() {
            return "ContentDefinition".to_owned();
        }
        let Some(profile) = document.within(node, "TechnicalProfile") else { return String::new() };
        if document.outer(profile) == "RelyingParty" {
            return "RelyingParty".to_owned();
        }
        let id = document.value(profile, "Id").unwrap_or("");
        let merged = self.merged(at).and_then(|tree| effective::item(&tree, Kind::Profile, id));
        merged.map_or_else(String::new, |element| metadata::group(&element))
    }
}

/// A method with its roles.
pub(super) fn method(name: &str) -> Option<String> {
    let (name, inputs, parameters, outputs) = method_roles().find(|it| crate::id::same(it.0, name))?;
    let mut text = format!("`{name}`: {}", documentation::of_method(name)?);
    for (what, roles) in [("Input claims", inputs), ("Parameters", parameters), ("Output claims", outputs)] {
        let roles: Vec<String> = roles
            .split_whitespace()
            .filter(|role| *role != "*")
            .map(|role| format!("`{}`", role.trim_end_matches(['?', '!'])))
            .collect();
        if !roles.is_empty() {
            text += &format!("\n- {what}: {}", roles.join(", "));
        }
    }
    Some(text)
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The claims and parameters that a method has in a list, with whether each is needed.
pub(super) fn roles(document: &Document, node: usize) -> Vec<&'static str> {
    let found = document
        .within(node, "ClaimsTransformation")
        .and_then(|it| document.value(it, "TransformationMethod"))
        .and_then(|name| method_roles().find(|it| crate::id::same(it.0, name)));
    let Some((_, inputs, parameters, outputs)) = found else { return Vec::new() };
    let all = match document.name_of(node) {
        "InputClaim" => inputs,
        "OutputClaim" => outputs,
        _ => parameters,
    };
    all.split_whitespace().map(|role| role.trim_end_matches(['?', '!'])).filter(|role| *role != "*").collect()
}
