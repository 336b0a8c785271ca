//! What the schema says about a single file: order, required attributes, uniqueness.
//!
//! The schema is older than the service, so elements that it does not know are a warning; what it
//! knows must be in its order, because B2C refuses such a file at upload.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    codes::{self, Rule},
    diagnostic::{Diagnostic, Place},
    element::Element,
    id::key,
    nearest::nearest,
    said,
    schema::{NEEDED, Shape, shape_of},
    settings,
};

/// What must be unique in its list, by which attributes; the last one is named.
const UNIQUE: &[(&str, &[&str])] = &[
    ("ClaimType", &["Id"]),
    ("Predicate", &["Id"]),
    ("Parameter", &["Id"]),
    ("PredicateValidation", &["Id"]),
    ("ClaimsTransformation", &["Id"]),
    ("InputParameter", &["Id"]),
    ("ContentDefinition", &["Id"]),
    ("LocalizedResources", &["Id"]),
    ("LocalizedString", &["ElementType", "ElementId", "StringId"]),
    ("DisplayControl", &["Id"]),
    ("Action", &["Id"]),
    ("Key", &["Id"]),
    ("UserJourney", &["Id"]),
    ("SubJourney", &["Id"]),
    ("Endpoint", &["Id"]),
    ("OrchestrationStep", &["Order"]),
    ("ValidationTechnicalProfile", &["ReferenceId"]),
];

/// What should be, and in policies that B2C takes is not always.
const UNIQUE_BETTER: &[(&str, &[&str])] =
    &[("Enumeration", &["Value"]), ("LocalizedResourcesReference", &["Language"])];

/// Looks at one file, as it was read.
pub(crate) fn check(root: &Arc<Element>, findings: &mut Vec<Diagnostic>) {
    visit("", root, findings);
    let profiles = root
        .items("ClaimsProviders", "ClaimsProvider")
        .flat_map(|provider| provider.items("TechnicalProfiles", "TechnicalProfile"));
    unique(codes::DECLARED_TWICE, profiles, &["Id"], findings);
    for (list, item) in [("UserJourneys", "UserJourney"), ("SubJourneys", "SubJourney")] {
        for journey in root.items(list, item) {
            let steps = journey.items("OrchestrationSteps", "OrchestrationStep");
            unique(
                codes::DECLARED_TWICE,
                steps.flat_map(|step| step.items("ClaimsExchanges", "ClaimsExchange")),
                &["Id"],
                findings,
            );
        }
    }
}

fn visit(parent: &str, element: &Arc<Element>, findings: &mut Vec<Diagnostic>) {
    placeholders(element, findings);
    if let Some(shape) = shape_of(parent, &element.name) {
        for required in shape.required() {
            if element.attribute(required).is_none() {
                findings.push(codes::NO_ATTRIBUTE.at(
                    &element.origin,
                    said!("here"),
                    said!("`{}` has no `{}`", element.name, required),
                ));
            }
        }
        unknown_attributes(shape, element, findings);
        order(shape, element, findings);
    }
    for (_, needed) in NEEDED.iter().filter(|(name, needed)| *name == &*element.name && element.child(needed).is_none())
    {
        let message = said!("`{}` has no `{}`", element.name, needed);
        findings.push(codes::NO_ELEMENT.at(&element.origin, said!("here"), message));
    }
    for (item, attributes) in UNIQUE {
        unique(codes::DECLARED_TWICE, element.named(item), attributes, findings);
    }
    for (item, attributes) in UNIQUE_BETTER {
        unique(codes::GIVEN_TWICE, element.named(item), attributes, findings);
    }
    if let Some(behavior) = element.attribute("MergeBehavior")
        && !["Append", "Prepend", "ReplaceAll"].iter().any(|known| known.eq_ignore_ascii_case(behavior.trimmed()))
    {
        findings.push(
            codes::NOT_ALLOWED
                .at(&behavior.place, said!("here"), said!("`{}` is no value of `MergeBehavior`", behavior.trimmed()))
                .help(said!("it is one of {}", "Append, Prepend, ReplaceAll")),
        );
    }
    if &*element.name == "Metadata" {
        metadata_keys(element, findings);
    }
    if &*element.name == "OrchestrationSteps" {
        rising(element, findings);
    }
    for child in element.children.iter().filter(|child| &*child.name != "Extensions") {
        visit(&element.name, child, findings);
    }
}

fn unknown_attributes(shape: &Shape, element: &Element, findings: &mut Vec<Diagnostic>) {
    let Some(known) = shape.attributes() else { return };
    for attribute in element.attributes.iter().filter(|attribute| !known.contains(&&*attribute.name)) {
        let message = said!("`{}` is no attribute of `{}`", attribute.name, element.name);
        let mut finding = codes::UNKNOWN_ATTRIBUTE.at(&attribute.name_place(), said!("ignored"), message);
        if let Some(meant) = nearest(&attribute.name, known.iter().copied()) {
            finding = finding.help(said!("did you mean `{}`?", meant));
        }
        findings.push(finding);
    }
}

/// Steps stand in the order in which they run. [userjourneys, OrchestrationStep]
fn rising(steps: &Element, findings: &mut Vec<Diagnostic>) {
    let mut highest: Option<(i64, &Place)> = None;
    for order in steps.named("OrchestrationStep").filter_map(|step| step.attribute("Order")) {
        let Ok(number) = order.trimmed().parse() else { continue };
        match highest {
            Some((before, place)) if number < before => findings.push(
                codes::OUT_OF_ORDER
                    .at(&order.place, said!("too late"), said!("step `{}` must stand before step `{}`", number, before))
                    .and(place, said!("step `{}` stands here", before))
                    .help(said!("put the steps in the order of their numbers, or number them anew")),
            ),
            _ => highest = Some((number, &order.place)),
        }
    }
}

fn order(shape: &Shape, element: &Element, findings: &mut Vec<Diagnostic>) {
    let sequence = shape.children();
    if sequence.is_empty() {
        return;
    }
    if !element.text.trim().is_empty() && !element.children.is_empty() {
        let message = said!("`{}` holds elements, not the text `{}`", element.name, first_word(&element.text));
        findings.push(
            codes::STRAY_TEXT
                .at(&element.text_place(), said!("ignored"), message)
                .help(said!("delete it, or put it between `<!--` and `-->`")),
        );
    }
    let mut known: Vec<(usize, &Element)> = Vec::new();
    let mut first: Vec<Option<&Element>> = vec![None; sequence.len()];
    for child in &element.children {
        let Some(at) = sequence.iter().position(|(name, _)| *name == &*child.name) else {
            let mut finding = codes::UNKNOWN_ELEMENT.at(
                &child.origin,
                said!("ignored"),
                said!("`{}` is no element of `{}`", child.name, element.name),
            );
            if let Some(meant) = nearest(&child.name, sequence.iter().map(|(name, _)| *name)) {
                finding = finding.help(said!("did you mean `{}`?", meant));
            }
            findings.push(finding);
            continue;
        };
        match first[at] {
            Some(other) if !sequence[at].1 => findings.push(
                codes::ELEMENT_TWICE
                    .at(&child.origin, said!("again"), said!("`{}` has two `{}`", element.name, child.name))
                    .and(&other.origin, said!("the first one"))
                    .help(said!("delete one, or put what both hold into one")),
            ),
            _ => {
                first[at] = Some(child);
                known.push((at, child));
            }
        }
    }
    let names: Vec<&str> = sequence.iter().map(|(name, _)| *name).collect();
    misplaced(&known, &names, findings);
}

/// Tells the fewest elements that would have to be moved; of two that only changed places, the later one.
fn misplaced(known: &[(usize, &Element)], names: &[&str], findings: &mut Vec<Diagnostic>) {
    let stays = longest_rise(known.iter().map(|(at, _)| *at), names.len());
    let mut told = vec![false; names.len()];
    for (index, (at, child)) in known.iter().enumerate().filter(|(index, _)| !stays.contains(index)) {
        // One is enough of each name.
        if std::mem::replace(&mut told[*at], true) {
            continue;
        }
        // The kept ones rise, so the neighbours among them say where it belongs.
        let before = (0..index).rev().find(|other| stays.contains(other)).map(|other| known[other]);
        let after = (index + 1..known.len()).take_while(|other| known[*other].0 < *at || !stays.contains(other));
        let after = after.filter(|other| stays.contains(other)).last().map(|other| known[other]);
        let (label, message, other) = match (before.filter(|(other, _)| other > at), after) {
            (Some((_, other)), _) => {
                (said!("too late"), said!("`{}` must stand before `{}`", child.name, other.name), other)
            }
            (None, Some((_, other))) => {
                (said!("too early"), said!("`{}` must stand after `{}`", child.name, other.name), other)
            }
            (None, None) => continue,
        };
        findings.push(
            codes::OUT_OF_ORDER
                .at(&child.origin, label, message)
                .and(&other.origin, said!("`{}` stands here", other.name))
                .help(said!("the order is {}", names.join(", "))),
        );
    }
}

/// The indices of the most numbers that can stay where they are so that none falls; earlier ones win.
fn longest_rise(numbers: impl Iterator<Item = usize>, bound: usize) -> HashSet<usize> {
    // For each number, the longest row that ends with it: length, last index.
    let mut best: Vec<Option<(usize, usize)>> = vec![None; bound];
    let mut previous: Vec<Option<usize>> = Vec::new();
    let better = |one: &(usize, usize), other: &(usize, usize)| one.0.cmp(&other.0).then(other.1.cmp(&one.1));
    for (index, number) in numbers.enumerate() {
        let longest = best[..=number].iter().flatten().copied().max_by(better);
        let (length, last) = longest.map_or((0, None), |(length, last)| (length, Some(last)));
        previous.push(last);
        if best[number].is_none_or(|(known, _)| length + 1 > known) {
            best[number] = Some((length + 1, index));
        }
    }
    let last = best.iter().flatten().copied().max_by(better).map(|(_, index)| index);
    std::iter::successors(last, |index| previous[*index]).collect()
}

fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap_or("").chars().take(40).collect()
}

fn unique<'a>(
    rule: Rule,
    items: impl Iterator<Item = &'a Arc<Element>>,
    attributes: &[&str],
    findings: &mut Vec<Diagnostic>,
) {
    let mut seen: HashMap<Vec<String>, &Element> = HashMap::new();
    for item in items {
        let Some(id) = attributes.last().and_then(|last| item.attribute(last)) else { continue };
        let identity: Vec<String> = attributes.iter().map(|name| key(item.value(name).unwrap_or(""))).collect();
        match seen.get(&identity) {
            Some(before) => findings.push(
                rule.at(&id.place, said!("again"), said!("`{}` `{}` is declared twice", item.name, id.trimmed()))
                    .and(&before.origin, said!("first declared here")),
            ),
            None => _ = seen.insert(identity, item),
        }
    }
}

fn metadata_keys(metadata: &Element, findings: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<String, &Element> = HashMap::new();
    for item in metadata.named("Item") {
        let Some(name) = item.attribute("Key") else { continue };
        if name.trimmed() != &*name.value {
            findings.push(codes::BLANK_IN_KEY.at(
                &name.place,
                said!("here"),
                said!("the metadata key `{}` has white space around it; it is read without", name.trimmed()),
            ));
        }
        if let Some(before) = seen.insert(key(&name.value), item) {
            findings.push(
                codes::KEY_TWICE
                    .at(
                        &name.place,
                        said!("this one counts"),
                        said!("the metadata key `{}` is given twice", name.trimmed()),
                    )
                    .and(&before.origin, said!("this one does not")),
            );
        }
    }
}

/// `{Settings:…}` is replaced by the tools that authors use, before B2C sees a file.
fn placeholders(element: &Element, findings: &mut Vec<Diagnostic>) {
    let texts = element.attributes.iter().map(|attribute| (&attribute.value, attribute.place.clone()));
    for (text, place) in texts.chain([(&element.text, element.text_place())]) {
        for placeholder in settings::placeholders(text) {
            findings.push(
                codes::PLACEHOLDER
                    .at(&place, said!("here"), said!("the placeholder `{}` was not replaced", &text[placeholder]))
                    .help(said!(
                        "replace it with a value, or build the files with the tool that they were written for"
                    )),
            );
        }
    }
}
