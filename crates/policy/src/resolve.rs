//! The merged tree becomes the typed model: every reference is looked up, every value read.

mod building_blocks;
mod journeys;
mod methods;
mod page_texts;
mod profiles;
mod providers;
mod relying_party;

#[cfg(test)]
pub(crate) use providers::known_items;
pub(crate) use {
    methods::method_roles,
    providers::{handlers, item_words, key_ids, partners},
};

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::{
    codes::{self, Rule},
    diagnostic::{Diagnostic, Message, Place},
    dotnet::{Regex, RegexError},
    element::{Attribute, Element},
    id::{PolicyId, key, same},
    model::{DeploymentMode, EffectivePolicy},
    nearest::{nearest, shortened},
    said,
    value::{DataType, parse_boolean},
};

/// Reads one merged policy. It comes back unless it has an error.
pub(crate) fn policy(tree: &Element, regexes: &mut Regexes) -> (Option<EffectivePolicy>, Vec<Diagnostic>) {
    let mut scope = Scope::new(tree, regexes);
    let policy = effective(tree, &mut scope);
    if let Some(policy) = policy.as_ref().filter(|_| !scope.findings.iter().any(Diagnostic::is_error)) {
        let advice = crate::lints::findings(tree, policy);
        scope.findings.extend(advice);
    }
    let holds = !scope.findings.iter().any(Diagnostic::is_error);
    (policy.filter(|_| holds), scope.findings)
}

/// The technical profiles of a merged policy with what they include laid under them, mistakes or not.
pub(crate) fn complete_profiles(tree: &Element) -> Vec<Arc<Element>> {
    let mut regexes = Regexes::default();
    crate::include::profiles(tree, &mut Scope::new(tree, &mut regexes))
}

fn effective(tree: &Element, scope: &mut Scope<'_>) -> Option<EffectivePolicy> {
    let nothing = Element::empty("BuildingBlocks", &tree.origin);
    let blocks = tree.child("BuildingBlocks").map_or(&nothing, |blocks| &**blocks);
    let claim_types = scope.claim_types(blocks);
    scope.types = claim_types.values().map(|claim| (key(claim.id.as_str()), claim.data_type)).collect();
    let profiles = crate::include::profiles(tree, scope);
    scope.check_uses(tree, &profiles);
    let used = providers::used(tree);
    for profile in &profiles {
        scope.check_provider(profile, &used);
        if profile.value("Id").is_some_and(|id| used.contains(&key(id))) {
            scope.sign_up_link(tree, profile);
        }
    }
    let profiles: BTreeMap<_, _> = profiles
        .iter()
        .filter_map(|profile| scope.profile(profile))
        .map(|profile| (profile.id.clone(), profile))
        .collect();
    let journeys = scope.journeys(tree);
    let sub_journeys = scope.sub_journeys(tree);
    let relying_party = scope.relying_party(tree, &claim_types, &profiles, &journeys, &sub_journeys);
    let deployment_mode =
        tree.attribute("DeploymentMode").and_then(|mode| scope.word(mode, DEPLOYMENT_MODES)).unwrap_or_default();
    if let Some(version) = tree.attribute("PolicySchemaVersion") {
        scope.word(version, &[("0.3.0.0", ())]);
    }
    if let Some(id) = tree.attribute("TenantObjectId").filter(|id| !is_guid(id.trimmed())) {
        scope.report(
            codes::NO_GUID
                .at(&id.place, said!("here"), said!("`{}` is no object id", id.trimmed()))
                .help(said!("it looks like `f3b1c0de-0000-4000-8000-00000000c0de`")),
        );
    }
    Some(EffectivePolicy {
        id: PolicyId::new(tree.value("PolicyId")?),
        tenant: tree.value("TenantId")?.to_owned(),
        tenant_object_id: tree.value("TenantObjectId").map(str::to_owned),
        deployment_mode,
        predicates: scope.predicates(blocks),
        predicate_validations: scope.predicate_validations(blocks),
        transformations: scope.transformations(blocks),
        content_definitions: scope.content_definitions(blocks),
        localization: scope.localization(blocks),
        display_controls: scope.display_controls(blocks),
        claim_types,
        profiles,
        journeys,
        sub_journeys,
        relying_party,
    })
}

const DEPLOYMENT_MODES: &[(&str, DeploymentMode)] = &[
    ("Development", DeploymentMode::Development),
    ("Production", DeploymentMode::Production),
    ("Debugging", DeploymentMode::Debugging),
];

/// Regular expressions that were compiled before: a set's policies share nearly all of them.
#[derive(Default)]
pub(crate) struct Regexes(HashMap<String, Result<Regex, RegexError>>);

impl Regexes {
    fn compile(&mut self, source: &str) -> Result<Regex, RegexError> {
        if let Some(known) = self.0.get(source) {
            return known.clone();
        }
        let compiled = Regex::compile(source);
        self.0.insert(source.to_owned(), compiled.clone());
        compiled
    }
}

/// What a reference may refer to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Kind {
    ClaimType,
    Transformation,
    Predicate,
    PredicateValidation,
    ContentDefinition,
    LocalizedResources,
    DisplayControl,
    Profile,
    Journey,
    SubJourney,
}

/// What is said of an id that is declared nowhere.
type Missing = fn(&str) -> Message;

/// What a missing one is reported as, what is said of it, and where it is declared.
const KINDS: &[(Kind, Rule, Missing, &[&str])] = &[
    (
        Kind::ClaimType,
        codes::NO_CLAIM_TYPE,
        |id| said!("claim type `{}` does not exist", id),
        &["BuildingBlocks", "ClaimsSchema", "ClaimType"],
    ),
    (
        Kind::Transformation,
        codes::NO_TRANSFORMATION,
        |id| said!("claims transformation `{}` does not exist", id),
        &["BuildingBlocks", "ClaimsTransformations", "ClaimsTransformation"],
    ),
    (
        Kind::Predicate,
        codes::NO_PREDICATE,
        |id| said!("predicate `{}` does not exist", id),
        &["BuildingBlocks", "Predicates", "Predicate"],
    ),
    (
        Kind::PredicateValidation,
        codes::NO_PREDICATE_VALIDATION,
        |id| said!("predicate validation `{}` does not exist", id),
        &["BuildingBlocks", "PredicateValidations", "PredicateValidation"],
    ),
    (
        Kind::ContentDefinition,
        codes::NO_CONTENT_DEFINITION,
        |id| said!("content definition `{}` does not exist", id),
        &["BuildingBlocks", "ContentDefinitions", "ContentDefinition"],
    ),
    (
        Kind::LocalizedResources,
        codes::NO_LOCALIZED_RESOURCES,
        |id| said!("set of localized resources `{}` does not exist", id),
        &["BuildingBlocks", "Localization", "LocalizedResources"],
    ),
    (
        Kind::DisplayControl,
        codes::NO_DISPLAY_CONTROL,
        |id| said!("display control `{}` does not exist", id),
        &["BuildingBlocks", "DisplayControls", "DisplayControl"],
    ),
    (
        Kind::Profile,
        codes::NO_PROFILE,
        |id| said!("technical profile `{}` does not exist", id),
        &["ClaimsProviders", "TechnicalProfile"],
    ),
    (
        Kind::Journey,
        codes::NO_JOURNEY,
        |id| said!("user journey `{}` does not exist", id),
        &["UserJourneys", "UserJourney"],
    ),
    (
        Kind::SubJourney,
        codes::NO_SUB_JOURNEY,
        |id| said!("sub-journey `{}` does not exist", id),
        &["SubJourneys", "SubJourney"],
    ),
];

/// All that a merged policy declares, and what was found about it so far.
pub(crate) struct Scope<'a> {
    declared: HashMap<Kind, HashMap<String, Declared>>,
    /// What claims hold, by the key of their id.
    types: HashMap<String, DataType>,
    regexes: &'a mut Regexes,
    findings: Vec<Diagnostic>,
}

struct Declared {
    id: Box<str>,
    place: Place,
}

/// Looking for what was meant costs time, and nobody reads that many.
const MOST_SUGGESTIONS: usize = 200;

impl<'a> Scope<'a> {
    fn new(tree: &Element, regexes: &'a mut Regexes) -> Self {
        let mut declared = HashMap::new();
        for (kind, _, _, path) in KINDS {
            let mut level: Vec<&Element> = vec![tree];
            for name in *path {
                level = level.iter().flat_map(|element| element.named(name)).map(|element| &**element).collect();
            }
            let ids = level
                .iter()
                .filter_map(|element| element.attribute("Id"))
                .map(|id| (key(&id.value), Declared { id: id.trimmed().into(), place: id.place.clone() }));
            declared.insert(*kind, ids.collect());
        }
        Self { declared, types: HashMap::new(), regexes, findings: Vec::new() }
    }

    pub(crate) fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    fn knows(&self, kind: Kind, id: &str) -> bool {
        self.declared.get(&kind).is_some_and(|ids| ids.contains_key(&key(id)))
    }

    /// `Some` where the reference leads somewhere; otherwise that is reported.
    pub(crate) fn find(&mut self, kind: Kind, reference: &Attribute) -> Option<()> {
        self.look_up(kind, reference.trimmed(), &reference.place)
    }

    /// As [`find`](Self::find), for a reference in an element's text.
    pub(crate) fn find_text(&mut self, kind: Kind, reference: &Element) -> Option<()> {
        self.look_up(kind, reference.text.trim(), &reference.text_place())
    }

    /// The id that the attribute refers to.
    fn refer<I: for<'t> From<&'t str>>(&mut self, kind: Kind, element: &Element, attribute: &str) -> Option<I> {
        let reference = element.attribute(attribute)?;
        self.find(kind, reference)?;
        Some(I::from(&reference.value))
    }

    fn look_up(&mut self, kind: Kind, id: &str, place: &Place) -> Option<()> {
        if self.knows(kind, id) {
            return Some(());
        }
        let (_, rule, missing, _) = KINDS.iter().find(|(other, ..)| *other == kind)?;
        self.missing(*rule, kind, id, place, missing(id));
        None
    }

    fn missing(&mut self, rule: Rule, kind: Kind, id: &str, place: &Place, message: Message) {
        let mut finding = rule.at(place, said!("referenced here"), message);
        if self.findings.len() > MOST_SUGGESTIONS {
            self.findings.push(finding);
            return;
        }
        let declared = self.declared.get(&kind);
        // Sorted, so that two equally near ones do not take turns.
        let mut ids: Vec<&str> = declared.into_iter().flat_map(HashMap::values).map(|one| &*one.id).collect();
        ids.sort_unstable();
        if let Some(meant) = nearest(id, ids.into_iter())
            && let Some(one) = declared.and_then(|ids| ids.get(&key(meant)))
        {
            finding =
                finding.and(&one.place, said!("`{}` is declared here", meant)).help(said!("did you mean `{}`?", meant));
        }
        self.findings.push(finding);
    }

    /// Another of its kind that is spelled alike.
    fn like(&self, kind: Kind, id: &str) -> Option<String> {
        let mut ids: Vec<&str> = self.declared.get(&kind)?.values().map(|one| &*one.id).collect();
        ids.sort_unstable();
        crate::nearest::slip(id, ids.into_iter().filter(|other| !same(other, id)).collect::<Vec<_>>().into_iter())
            .map(str::to_owned)
    }

    /// Reads one of the words that the language knows.
    fn word<T: Copy>(&mut self, attribute: &Attribute, words: &[(&str, T)]) -> Option<T> {
        self.one_of(&attribute.name, attribute.trimmed(), &attribute.place, words)
    }

    /// As [`word`](Self::word), for an element's text; `None` without a finding where it is absent or blank.
    fn word_in<T: Copy>(&mut self, parent: &Element, child: &str, words: &[(&str, T)]) -> Option<T> {
        let text = parent.text_of(child)?;
        let place = parent.child(child)?.text_place();
        self.one_of(child, text, &place, words)
    }

    fn one_of<T: Copy>(&mut self, what: &str, text: &str, place: &Place, words: &[(&str, T)]) -> Option<T> {
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let mut known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        known.dedup();
        let finding = codes::NOT_ALLOWED.at(place, said!("here"), said!("`{}` is no value of `{}`", text, what));
        let near = nearest(text, known.iter().copied()).or_else(|| shortened(text, &known));
        self.findings.push(match near {
            Some(meant) => finding.help(said!("did you mean `{}`?", meant)),
            None => finding.help(said!("it is one of {}", known.join(", "))),
        });
        None
    }

    /// Reads a boolean attribute; absent, it is the default.
    fn flag(&mut self, element: &Element, attribute: &str, default: bool) -> bool {
        let Some(attribute) = element.attribute(attribute) else { return default };
        self.boolean(&attribute.name, &attribute.value, &attribute.place).unwrap_or(default)
    }

    fn boolean(&mut self, what: &str, text: &str, place: &Place) -> Option<bool> {
        let read = parse_boolean(text);
        if read.is_none() {
            self.findings.push(
                codes::NOT_READABLE
                    .at(place, said!("here"), said!("`{}` is no value of `{}`", text.trim(), what))
                    .help(said!("write `true` or `false`")),
            );
        }
        read
    }

    /// Reads a whole number.
    fn number(&mut self, what: &str, text: &str, place: &Place) -> Option<i64> {
        let read = text.trim().parse().ok();
        if read.is_none() {
            self.findings.push(codes::NOT_READABLE.at(
                place,
                said!("here"),
                said!("`{}` is no whole number, as `{}` must be", text.trim(), what),
            ));
        }
        read
    }

    fn regex(&mut self, source: &str, place: &Place) -> Option<Regex> {
        match self.regexes.compile(source) {
            Ok(regex) => Some(regex),
            Err(error) => {
                self.findings.push(codes::BAD_REGEX.at(place, said!("here"), error.about(source)));
                None
            }
        }
    }
}

fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// An attribute's text, as optional texts of the model are.
fn text(element: &Element, attribute: &str) -> Option<String> {
    element.attribute(attribute).map(|attribute| attribute.value.to_string())
}

/// A child's trimmed text; blank is none.
fn text_in(element: &Element, child: &str) -> Option<String> {
    element.text_of(child).map(str::to_owned)
}

/// All of a list's items that can be read, by id.
fn by_id<I: Ord, T>(
    blocks: &Element,
    list: &str,
    item: &str,
    id: impl Fn(&T) -> I,
    read: impl FnMut(&Arc<Element>) -> Option<T>,
) -> BTreeMap<I, T> {
    blocks.items(list, item).filter_map(read).map(|one| (id(&one), one)).collect()
}
