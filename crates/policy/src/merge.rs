//! A child is laid over its parent, by one table.
//!
//! The documents say "same type and same id overrides, a new id adds", and real policies only make
//! sense where "overrides" goes field by field. What identifies an item, and where a child's items
//! go, differs from list to list: [`ROWS`] says it. What has no row occurs once in its parent.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, LazyLock},
};

use crate::{
    by_path::ByPath,
    element::{Attribute, Element},
    id::key,
};

/// How the items of a list are recognised, placed and joined.
struct Row {
    /// `Item`, or `List/Item` where the same name means different things.
    path: &'static str,
    identity: Identity,
    goes: Goes,
    equal: Equal,
}

/// What makes two elements the same.
#[derive(Clone, Copy)]
enum Identity {
    /// Its name: it occurs once.
    Name,
    /// These attributes, without case.
    Attributes(&'static [&'static str]),
    /// The claim and its partner name; else the claim alone, where the parent has it once.
    ClaimAndPartner,
    /// Its text.
    Text,
    /// All that it says.
    Everything,
}

/// Where a child's items go.
#[derive(Clone, Copy, PartialEq)]
enum Goes {
    /// Before the parent's.
    First,
    /// A known item stays in its place, a new one goes behind the parent's.
    Last,
}

/// What becomes of an item that the parent has too.
#[derive(Clone, Copy, PartialEq)]
enum Equal {
    /// The child's is laid over the parent's.
    Fold,
    /// The child's takes the parent's place.
    Replace,
    /// Both stay.
    Stay,
    /// `MergeBehavior` decides; `ReplaceAll` unless stated.
    AsMergeBehaviorSays,
}

const fn row(path: &'static str, identity: Identity, goes: Goes, equal: Equal) -> Row {
    Row { path, identity, goes, equal }
}

#[rustfmt::skip]
const ROWS: &[Row] = {
    use Equal::*;
    use Goes::*;
    use Identity::*;
    const ID: Identity = Attributes(&["Id"]);
    const REFERENCE: Identity = Attributes(&["ReferenceId"]);
    &[
        row("ClaimType",                      ID,                                       Last,  Fold),
        row("DefaultPartnerClaimTypes/Protocol", Attributes(&["Name"]),                 Last,  Fold),
        // `Regex` means nothing without its `Type`, nor `Handler` without its `Name`.
        row("Mask",                           Name,                                     Last,  Replace),
        row("TechnicalProfile/Protocol",      Name,                                     Last,  Replace),
        row("Restriction",                    Name,                                     Last,  AsMergeBehaviorSays),
        row("Restriction/Enumeration",        Attributes(&["Value"]),                   Last,  Fold),
        // OPEN: no policy overrides these; a collection that the child gives takes the parent's place.
        row("Predicate",                      ID,                                       Last,  Fold),
        row("Predicate/Parameters",           Name,                                     Last,  Replace),
        row("InputValidation",                ID,                                       Last,  Replace),
        row("PredicateValidation",            ID,                                       Last,  Fold),
        row("PredicateGroups",                Name,                                     Last,  Replace),
        // One file may have many: without an identity of their own they would count as one that was split.
        row("PredicateGroup",                 ID,                                       Last,  Fold),
        row("ClaimsTransformation",           ID,                                       Last,  Fold),
        row("ClaimsTransformation/InputClaims",     Name,                               Last,  Replace),
        row("ClaimsTransformation/InputParameters", Name,                               Last,  Replace),
        row("ClaimsTransformation/OutputClaims",    Name,                               Last,  Replace),
        row("ClientDefinitions/ClientDefinition", ID,                                   Last,  Replace),
        row("ContentDefinition",              ID,                                       Last,  Fold),
        row("LocalizedResourcesReferences",   Name,                                     Last,  AsMergeBehaviorSays),
        row("LocalizedResourcesReference",    Attributes(&["Language"]),                Last,  Fold),
        row("SupportedLanguages",             Name,                                     Last,  AsMergeBehaviorSays),
        row("SupportedLanguage",              Text,                                     Last,  Fold),
        row("LocalizedResources",             ID,                                       Last,  Fold),
        row("LocalizedCollection",            Attributes(&["ElementType", "ElementId", "TargetCollection"]), Last, Replace),
        row("LocalizedString",                Attributes(&["ElementType", "ElementId", "StringId"]),         Last, Fold),
        row("DisplayControl",                 ID,                                       Last,  Fold),
        row("Actions/Action",                 ID,                                       Last,  Fold),
        row("ValidationClaimsExchangeTechnicalProfile", Attributes(&["TechnicalProfileReferenceId"]), First, Stay),
        row("Domains",                        Name,                                     Last,  Replace),
        row("ProviderDomains",                Name,                                     Last,  Replace),
        row("Metadata/Item",                  Attributes(&["Key"]),                     Last,  Fold),
        row("Suppressions/Item",              Attributes(&["Key"]),                     Last,  Fold),
        row("CryptographicKeys/Key",          ID,                                       Last,  Fold),
        // The providers' profiles are one list (`settle`): ids are unique across all providers.
        row("ClaimsProviders/TechnicalProfile", ID,                                     Last,  Fold),
        row("InputTokenSources/TechnicalProfile", ID,                                   Last,  Fold),
        row("InputClaim",                     ClaimAndPartner,                          First, Fold),
        row("OutputClaim",                    ClaimAndPartner,                          First, Fold),
        row("PersistedClaim",                 ClaimAndPartner,                          First, Fold),
        row("DisplayClaim",                   Attributes(&["ClaimTypeReferenceId", "DisplayControlReferenceId"]), First, Fold),
        // OPEN: whether a child's transformations run first is not documented; as its claims do.
        row("InputClaimsTransformation",      REFERENCE,                                First, Fold),
        row("OutputClaimsTransformation",     REFERENCE,                                First, Fold),
        // The child's run first, and what both name runs twice. [add-api-connector; samples#452]
        row("ValidationTechnicalProfile",     REFERENCE,                                First, Stay),
        row("Extensions",                     Name,                                     Last,  Replace),
        row("ErrorHandlers",                  Name,                                     Last,  Replace),
        row("UserJourney",                    ID,                                       Last,  Fold),
        row("SubJourney",                     ID,                                       Last,  Fold),
        row("AuthorizationTechnicalProfile",  REFERENCE,                                Last,  Fold),
        row("OrchestrationStep",              Attributes(&["Order"]),                   Last,  Fold),
        // D23: nothing inherited can be deleted, so a child's preconditions are added.
        row("Precondition",                   Everything,                               Last,  Replace),
        row("ClaimsProviderSelections/ClaimsProviderSelection",
                                              Attributes(&["TargetClaimsExchangeId", "ValidationClaimsExchangeId"]), Last, Fold),
        row("ClaimsExchange",                 ID,                                       Last,  Fold),
        // A step calls one sub-journey.
        row("JourneyList",                    Name,                                     Last,  Replace),
        row("Endpoint",                       ID,                                       Last,  Fold),
        row("ContentDefinitionParameters/Parameter", Attributes(&["Name"]),             Last,  Fold),
        row("DocumentReference",              ID,                                       Last,  Replace),
        row("Contact",                        ID,                                       Last,  Replace),
    ]
};

const ONCE: Row = row("", Identity::Name, Goes::Last, Equal::Fold);

fn row_of(parent: &str, name: &str) -> &'static Row {
    static BY_PATH: LazyLock<ByPath<&Row>> = LazyLock::new(|| ByPath::new(ROWS.iter().map(|row| (row.path, row))));
    BY_PATH.get(parent, name).copied().unwrap_or(&ONCE)
}

/// The parent with the child laid over it. Both are the same element: that is for the caller to know.
pub(crate) fn merge(parent: &Arc<Element>, child: &Arc<Element>) -> Arc<Element> {
    let mut rest: Vec<Option<Arc<Element>>> = parent.children.iter().cloned().map(Some).collect();
    let mut taken = vec![false; rest.len()];
    let (mut first, mut last) = (Vec::new(), Vec::new());
    let matches = matches(parent, child);
    for (item, found) in child.children.iter().zip(matches) {
        let row = row_of(&child.name, &item.name);
        let found = found.filter(|at| row.equal != Equal::Stay && !std::mem::replace(&mut taken[*at], true));
        let Some(at) = found else {
            if row.goes == Goes::First { &mut first } else { &mut last }.push(item.clone());
            continue;
        };
        let joined = match (row.equal, &parent.children[at]) {
            (Equal::Fold, inherited) => merge(inherited, item),
            (Equal::AsMergeBehaviorSays, inherited) => merge_as_stated(inherited, item),
            (Equal::Replace | Equal::Stay, _) => item.clone(),
        };
        if row.goes == Goes::First {
            rest[at] = None;
            first.push(joined);
        } else {
            rest[at] = Some(joined);
        }
    }
    first.extend(rest.into_iter().flatten());
    first.extend(last);
    Arc::new(Element {
        name: child.name.clone(),
        attributes: attributes(parent, child),
        children: first,
        text: child.text.clone(),
        text_span: child.text_span.clone(),
        origin: child.origin.clone(),
    })
}

/// Lists with a `MergeBehavior` of their own.
fn merge_as_stated(parent: &Arc<Element>, child: &Arc<Element>) -> Arc<Element> {
    let behavior = child.value("MergeBehavior").unwrap_or("ReplaceAll");
    let mut merged = if behavior.eq_ignore_ascii_case("Append") || behavior.eq_ignore_ascii_case("Prepend") {
        (*merge(parent, child)).clone()
    } else {
        let mut replaced = (**child).clone();
        replaced.attributes = attributes(parent, child);
        return Arc::new(replaced);
    };
    if behavior.eq_ignore_ascii_case("Prepend") {
        // New and known items of the child alike go before the parent's.
        let own: HashMap<String, usize> = child.children.iter().map(|item| identity(child, item)).zip(0..).collect();
        merged.children.sort_by_cached_key(|item| own.get(&identity(child, item)).copied().unwrap_or(own.len()));
    }
    Arc::new(merged)
}

fn attributes(parent: &Element, child: &Element) -> Vec<Attribute> {
    let mut all = parent.attributes.clone();
    for attribute in &child.attributes {
        match all.iter_mut().find(|inherited| inherited.name == attribute.name) {
            Some(inherited) => *inherited = attribute.clone(),
            None => all.push(attribute.clone()),
        }
    }
    all
}

/// For each of the child's items, the parent's that is the same.
fn matches(parent: &Element, child: &Element) -> Vec<Option<usize>> {
    if child.children.is_empty() {
        return Vec::new();
    }
    let mut known: HashMap<String, usize> = HashMap::with_capacity(parent.children.len());
    let mut claims: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, item) in parent.children.iter().enumerate() {
        known.entry(identity(parent, item)).or_insert(at);
        if is_claim(parent, item) {
            claims.entry(claim_alone(item)).or_default().push(at);
        }
    }
    let mut found: Vec<Option<usize>> =
        child.children.iter().map(|item| known.get(&identity(child, item)).copied()).collect();
    let mut taken: HashSet<usize> = found.iter().copied().flatten().collect();
    for (item, at) in child.children.iter().zip(0..) {
        if found[at].is_none()
            && is_claim(child, item)
            && let Some([only]) = claims.get(&claim_alone(item)).map(Vec::as_slice)
            && taken.insert(*only)
        {
            found[at] = Some(*only);
        }
    }
    found
}

fn is_claim(parent: &Element, item: &Element) -> bool {
    matches!(row_of(&parent.name, &item.name).identity, Identity::ClaimAndPartner)
}

fn claim_alone(item: &Element) -> String {
    format!("{} {}", item.name, key(item.value("ClaimTypeReferenceId").unwrap_or("")))
}

pub(crate) fn identity(parent: &Element, item: &Element) -> String {
    let mut text = String::from(&*item.name);
    let mut add = |attribute: &str| {
        text.push('\u{1f}');
        text.push_str(&key(item.value(attribute).unwrap_or("")));
    };
    match row_of(&parent.name, &item.name).identity {
        Identity::Name => {}
        Identity::Attributes(names) => names.iter().copied().for_each(add),
        Identity::ClaimAndPartner => ["ClaimTypeReferenceId", "PartnerClaimType"].into_iter().for_each(&mut add),
        Identity::Text => {
            text.push('\u{1f}');
            text.push_str(&key(&item.text));
        }
        Identity::Everything => return item.saying(),
    }
    text
}

/// Brings one file into the form in which files merge: the profiles of all claims providers in one
/// list, each remembering what its provider says of all of them; lists that the schema lets a file
/// split are whole.
pub(crate) fn settle(root: &Arc<Element>) -> Arc<Element> {
    let mut settled = (**root).clone();
    for providers in settled.children.iter_mut().filter(|child| &*child.name == "ClaimsProviders") {
        let mut list = (**providers).clone();
        list.children = providers.named("ClaimsProvider").flat_map(|provider| profiles(provider)).collect();
        *providers = Arc::new(list);
    }
    whole(&Arc::new(settled))
}

/// What a provider says of its profiles, under the name that it has inside a profile.
pub(crate) const OF_THE_PROVIDER: &[(&str, &str)] =
    &[("Domain", "ProviderDomain"), ("Domains", "ProviderDomains"), ("DisplayName", "ProviderDisplayName")];

fn profiles(provider: &Element) -> Vec<Arc<Element>> {
    let said: Vec<Arc<Element>> = OF_THE_PROVIDER
        .iter()
        .filter_map(|(outside, inside)| {
            let mut said = (**provider.child(outside)?).clone();
            said.name = (*inside).into();
            Some(Arc::new(said))
        })
        .collect();
    provider
        .items("TechnicalProfiles", "TechnicalProfile")
        .map(|profile| {
            let mut profile = (**profile).clone();
            profile.children.extend(said.iter().cloned());
            Arc::new(profile)
        })
        .collect()
}

fn whole(element: &Arc<Element>) -> Arc<Element> {
    let mut children: Vec<Arc<Element>> = Vec::with_capacity(element.children.len());
    for child in &element.children {
        let child = whole(child);
        let occurs_once = matches!(row_of(&element.name, &child.name).identity, Identity::Name);
        let before = children.iter_mut().find(|before| occurs_once && before.name == child.name);
        match before {
            Some(before) if !child.children.is_empty() => {
                let before = Arc::make_mut(before);
                before.attributes = attributes(before, &child);
                before.children.extend(child.children.iter().cloned());
            }
            _ => children.push(child),
        }
    }
    // Most are whole as they stand.
    let same = children.len() == element.children.len()
        && children.iter().zip(&element.children).all(|(one, other)| Arc::ptr_eq(one, other));
    if same { element.clone() } else { Arc::new(Element { children, ..(**element).clone() }) }
}
