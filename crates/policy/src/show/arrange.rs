//! The merged tree as a file would have it: providers around their profiles, everything in the schema's order.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use super::NotDeclared;
use crate::{element::Element, id::key, merge::OF_THE_PROVIDER, nearest::nearest, resolve, schema::shape_of};

/// What has an id of its own: where it stands.
pub(crate) const DECLARED: &[&[&str]] = &[
    &["ClaimsProviders", "TechnicalProfile"],
    &["UserJourneys", "UserJourney"],
    &["SubJourneys", "SubJourney"],
    &["BuildingBlocks", "ClaimsSchema", "ClaimType"],
    &["BuildingBlocks", "Predicates", "Predicate"],
    &["BuildingBlocks", "InputValidations", "InputValidation"],
    &["BuildingBlocks", "PredicateValidations", "PredicateValidation"],
    &["BuildingBlocks", "ClaimsTransformations", "ClaimsTransformation"],
    &["BuildingBlocks", "ContentDefinitions", "ContentDefinition"],
    &["BuildingBlocks", "Localization", "LocalizedResources"],
    &["BuildingBlocks", "DisplayControls", "DisplayControl"],
];

pub(super) fn whole(tree: &Element) -> Arc<Element> {
    let mut root = tree.clone();
    root.children.retain(|child| &*child.name != "BasePolicy");
    arranged(&root)
}

pub(super) fn only(tree: &Element, ids: &[String]) -> Result<Arc<Element>, NotDeclared> {
    let mut root = tree.clone();
    root.children.retain(|child| &*child.name != "BasePolicy");
    for providers in root.children.iter_mut().filter(|child| &*child.name == "ClaimsProviders") {
        Arc::make_mut(providers).children = resolve::complete_profiles(tree);
    }
    let wanted: HashSet<String> = ids.iter().map(|id| key(id)).collect();
    let mut known = BTreeSet::new();
    let mut found = HashSet::new();
    root.children = root.children.iter().filter_map(|child| part(child, 0, &wanted, &mut known, &mut found)).collect();
    match ids.iter().find(|id| !found.contains(&key(id))) {
        Some(id) => Err(NotDeclared {
            id: id.trim().to_owned(),
            nearest: nearest(id, known.iter().map(String::as_str)).map(str::to_owned),
        }),
        None => Ok(arranged(&root)),
    }
}

/// As much of an element as leads to one of the ids.
fn part(
    element: &Arc<Element>,
    depth: usize,
    wanted: &HashSet<String>,
    known: &mut BTreeSet<String>,
    found: &mut HashSet<String>,
) -> Option<Arc<Element>> {
    let mut paths = DECLARED.iter().filter(|path| path.get(depth) == Some(&&*element.name)).peekable();
    paths.peek()?;
    if paths.any(|path| path.len() == depth + 1) {
        let id = element.value("Id")?;
        known.insert(id.to_owned());
        if !wanted.contains(&key(id)) {
            return None;
        }
        found.insert(key(id));
        return Some(element.clone());
    }
    let children: Vec<_> =
        element.children.iter().filter_map(|child| part(child, depth + 1, wanted, known, found)).collect();
    (!children.is_empty()).then(|| Arc::new(Element { children, ..(**element).clone() }))
}

fn arranged(root: &Element) -> Arc<Element> {
    let mut root = root.clone();
    for providers in root.children.iter_mut().filter(|child| &*child.name == "ClaimsProviders") {
        let grouped = grouped(providers);
        Arc::make_mut(providers).children = grouped;
    }
    Arc::new(ordered("", &root))
}

/// Profiles in a row whose provider says the same share one `ClaimsProvider`.
fn grouped(providers: &Element) -> Vec<Arc<Element>> {
    let mut groups: Vec<(String, Element)> = Vec::new();
    for profile in &providers.children {
        let (of_provider, own): (Vec<_>, Vec<_>) =
            profile.children.iter().cloned().partition(|child| outside(&child.name).is_some());
        let said: Vec<Arc<Element>> = of_provider
            .iter()
            .filter_map(|child| Some(Arc::new(Element { name: outside(&child.name)?.into(), ..(**child).clone() })))
            .collect();
        let says = said.iter().map(|child| child.saying()).collect::<String>();
        let profile = Arc::new(Element { children: own, ..(**profile).clone() });
        match groups.last_mut() {
            Some((before, group)) if *before == says => {
                if let Some(list) = group.children.last_mut() {
                    Arc::make_mut(list).children.push(profile);
                }
            }
            _ => {
                let mut list = Element::empty("TechnicalProfiles", &profile.origin);
                list.children.push(profile);
                let mut group = Element::empty("ClaimsProvider", &said.first().unwrap_or(&list.children[0]).origin);
                group.children = said;
                group.children.push(Arc::new(list));
                groups.push((says, group));
            }
        }
    }
    groups.into_iter().map(|(_, group)| Arc::new(group)).collect()
}

fn outside(name: &str) -> Option<&'static str> {
    OF_THE_PROVIDER.iter().find(|(_, inside)| *inside == name).map(|(outside, _)| *outside)
}

fn ordered(parent: &str, element: &Element) -> Element {
    let mut children: Vec<Arc<Element>> =
        element.children.iter().map(|child| Arc::new(ordered(&element.name, child))).flat_map(in_lists).collect();
    let shape = shape_of(parent, &element.name);
    let holds_elements = !children.is_empty() || shape.is_some_and(|shape| !shape.children().is_empty());
    let text = if holds_elements && element.text.trim().is_empty() { "".into() } else { element.text.clone() };
    if let Some(shape) = shape {
        let order: Vec<&str> = shape.children().iter().map(|(name, _)| *name).collect();
        let rank = |child: &Arc<Element>| order.iter().position(|name| *name == &*child.name);
        children.sort_by_key(|child| rank(child).unwrap_or(order.len()));
    }
    if &*element.name == "OrchestrationSteps" {
        // A child's new step stands behind the parent's until it is sorted by its number.
        let number = |step: &Arc<Element>| step.value("Order").and_then(|order| order.parse::<i64>().ok());
        children.sort_by_key(|step| number(step).unwrap_or(i64::MAX));
    }
    Element { children, text, ..element.clone() }
}

/// One list must not name a validation profile twice, a merged policy may: the second time it stands in a list of its own,
/// and a reader puts the lists together.
fn in_lists(list: Arc<Element>) -> Vec<Arc<Element>> {
    if &*list.name != "ValidationTechnicalProfiles" {
        return vec![list];
    }
    let mut lists: Vec<Element> = Vec::new();
    let mut seen = HashSet::new();
    for item in &list.children {
        let again = item.value("ReferenceId").is_some_and(|id| !seen.insert(key(id)));
        if again || lists.is_empty() {
            lists.push(Element { children: Vec::new(), ..(*list).clone() });
            seen = item.value("ReferenceId").map(key).into_iter().collect();
        }
        if let Some(last) = lists.last_mut() {
            last.children.push(item.clone());
        }
    }
    if lists.is_empty() { vec![list] } else { lists.into_iter().map(Arc::new).collect() }
}
