//! What a file consists of.

use std::ops::Range;

use super::{Files, document::Document};

/// One element of the outline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// Its id, or its element's name where it has none.
    pub name: String,
    /// The element's name, where that is not its own.
    pub detail: Option<String>,
    /// The whole element.
    pub range: Range<usize>,
    /// What to show of it, within `range`.
    pub selection: Range<usize>,
    /// What is in it.
    pub children: Vec<Symbol>,
}

/// Lists and groups that an outline shows without an id.
const GROUPS: &[&str] = &[
    "TrustFrameworkPolicy",
    "BuildingBlocks",
    "ClaimsSchema",
    "Predicates",
    "PredicateValidations",
    "ClaimsTransformations",
    "ContentDefinitions",
    "Localization",
    "DisplayControls",
    "ClaimsProviders",
    "ClaimsProvider",
    "UserJourneys",
    "SubJourneys",
    "RelyingParty",
    "UserJourneyBehaviors",
];

/// Items that have an id and matter on their own.
const ITEMS: &[&str] = &[
    "ClaimType",
    "Predicate",
    "PredicateValidation",
    "ClaimsTransformation",
    "ContentDefinition",
    "LocalizedResources",
    "DisplayControl",
    "TechnicalProfile",
    "UserJourney",
    "SubJourney",
    "OrchestrationStep",
    "ClaimsExchange",
    "DefaultUserJourney",
    "Endpoint",
];

impl Files {
    /// The outline of a file, in order.
    pub fn outline(&self, name: &str) -> Vec<Symbol> {
        let Some(file) = self.file(name) else { return Vec::new() };
        let document = &file.document;
        // From the last to the first, so that what is within a node is there before it.
        let mut made: Vec<Vec<Symbol>> = vec![Vec::new(); document.nodes.len() + 1];
        for node in (0..document.nodes.len()).rev() {
            let mut children = std::mem::take(&mut made[node]);
            let parent = document.nodes[node].parent.unwrap_or(document.nodes.len());
            if let Some((name, detail)) = title(document, node) {
                children.reverse();
                let range = document.whole(node);
                let selection = selection(document, node);
                let symbol = Symbol { name, detail, range, selection, children };
                made[parent].push(symbol);
            } else {
                made[parent].append(&mut children);
            }
        }
        let mut top = made.pop().unwrap_or_default();
        top.reverse();
        top
    }
}

fn title(document: &Document, node: usize) -> Option<(String, Option<String>)> {
    let element = document.name_of(node);
    let is_group = GROUPS.contains(&element);
    if !is_group && !ITEMS.contains(&element) {
        return None;
    }
    let display_name = || {
        let name = document.children(node).find(|it| document.name_of(*it) == "DisplayName")?;
        Some(document.slice(&document.text_of(name)?))
    };
    let named = match element {
        "OrchestrationStep" => {
            let step = format!("{} {}", document.value(node, "Order")?, document.value(node, "Type").unwrap_or(""));
            return Some((step.trim().to_owned(), Some(element.to_owned())));
        }
        "TrustFrameworkPolicy" => document.value(node, "PolicyId"),
        "ClaimsProvider" => display_name(),
        "DefaultUserJourney" => document.value(node, "ReferenceId"),
        _ => document.value(node, "Id"),
    };
    match named.filter(|name| !name.is_empty()) {
        Some(name) => Some((name.to_owned(), Some(element.to_owned()))),
        None => is_group.then(|| (element.to_owned(), None)),
    }
}

fn selection(document: &Document, node: usize) -> Range<usize> {
    let attribute = ["Id", "PolicyId", "ReferenceId", "Order"].iter().find_map(|name| document.attribute(node, name));
    attribute.and_then(|it| it.value.clone()).unwrap_or_else(|| document.nodes[node].name.clone())
}
