//! What an element says with everything that it inherits, as XML.

use std::sync::Arc;

use super::{Files, names::Kind};
use crate::{
    element::Element,
    id::same,
    merge::{merge, settle},
    schema::shape_of,
};

/// Longer ones are cut: nobody reads them in a small window.
const MOST_LINES: usize = 60;
const MOST_INCLUDES: usize = 100;

impl Files {
    /// The file's policy with its bases laid under it, broken files as far as they can be understood.
    pub(super) fn merged(&self, leaf: usize) -> Option<Arc<Element>> {
        let chain = self.chain(leaf);
        let trees = chain.iter().rev().filter_map(|at| self.files[*at].document.element());
        trees.map(|tree| settle(&self.settings.fill(&tree))).reduce(|parent, child| merge(&parent, &child))
    }
}

/// An item of a merged policy by its id; a technical profile with what it includes.
pub(super) fn item(tree: &Element, kind: Kind, id: &str) -> Option<Arc<Element>> {
    let found = find(tree, kind, id)?;
    if kind != Kind::Profile {
        return Some(found);
    }
    let mut layers = vec![found];
    while let Some(include) = layers.last().and_then(|it| it.child("IncludeTechnicalProfile")?.value("ReferenceId"))
        && let Some(next) = find(tree, kind, include)
        && !layers.iter().any(|it| it.value("Id") == next.value("Id"))
        && layers.len() < MOST_INCLUDES
    {
        layers.push(next);
    }
    layers.into_iter().rev().reduce(|included, own| merge(&included, &own))
}

fn find(tree: &Element, kind: Kind, id: &str) -> Option<Arc<Element>> {
    let path = kind.path()?;
    let (last, lists) = path.split_last()?;
    let mut level: Vec<&Element> = vec![tree];
    for list in lists {
        level = level.iter().flat_map(|it| it.named(list)).map(|it| &**it).collect();
    }
    level.iter().flat_map(|it| it.named(last)).find(|it| it.value("Id").is_some_and(|own| same(own, id))).cloned()
}

/// As a person would write it.
pub(super) fn xml(element: &Element) -> String {
    let mut lines = Vec::new();
    write("", element, 0, &mut lines);
    let more = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    if more > 0 {
        lines.push(format!("<!-- {more} more lines -->"));
    }
    lines.join("\n")
}

fn write(outer: &str, element: &Element, depth: usize, lines: &mut Vec<String>) {
    // What the provider says of all its profiles is no part of one.
    if matches!(&*element.name, "ProviderDomain" | "ProviderDomains" | "ProviderDisplayName") {
        return;
    }
    let indent = "  ".repeat(depth);
    let mut tag = format!("{indent}<{}", element.name);
    for attribute in &element.attributes {
        tag += &format!(" {}=\"{}\"", attribute.name, escaped(&attribute.value));
    }
    let text = element.text.trim();
    if !element.children.is_empty() {
        lines.push(tag + ">");
        for child in in_order(outer, element) {
            write(&element.name, child, depth + 1, lines);
        }
        lines.push(format!("{indent}</{}>", element.name));
    } else if text.is_empty() {
        lines.push(tag + " />");
    } else {
        lines.push(format!("{tag}>{}</{}>", escaped(text), element.name));
    }
}

/// The children in the schema's order, which merging does not keep.
fn in_order<'a>(outer: &str, element: &'a Element) -> Vec<&'a Element> {
    let mut children: Vec<&Element> = element.children.iter().map(|child| &**child).collect();
    // A technical profile of a merged tree stands in no `TechnicalProfiles`.
    let outer = if &*element.name == "TechnicalProfile" { "TechnicalProfiles" } else { outer };
    if let Some(shape) = shape_of(outer, &element.name) {
        let place = |child: &Element| shape.children().iter().position(|(name, _)| *name == &*child.name);
        children.sort_by_key(|child| place(child).unwrap_or(usize::MAX));
    }
    children
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
