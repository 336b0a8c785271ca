//! What is called how.

use super::compare::{Change, Pair, What};
use crate::{element::Element, merge::OF_THE_PROVIDER};

/// An element, what it is called, and the attributes that name it. Lists have no name: what is in them says enough.
const NOUNS: &[(&str, &str, &[&str])] = &[
    ("TechnicalProfile", "technical profile", &["Id"]),
    ("UserJourney", "user journey", &["Id"]),
    ("SubJourney", "sub-journey", &["Id"]),
    ("ClaimType", "claim type", &["Id"]),
    ("Predicate", "predicate", &["Id"]),
    ("PredicateValidation", "predicate validation", &["Id"]),
    ("PredicateGroup", "group", &["Id"]),
    ("PredicateReference", "predicate", &["Id"]),
    ("Parameter", "parameter", &["Id", "Name"]),
    ("InputParameter", "input parameter", &["Id"]),
    ("InputValidation", "input validation", &["Id"]),
    ("ClaimsTransformation", "claims transformation", &["Id"]),
    ("ContentDefinition", "content definition", &["Id"]),
    ("LocalizedResources", "localized resources", &["Id"]),
    ("LocalizedResourcesReference", "texts in", &["Language"]),
    ("LocalizedString", "text", &["ElementType", "ElementId", "StringId"]),
    ("LocalizedCollection", "items of", &["ElementId"]),
    ("DisplayControl", "display control", &["Id"]),
    ("Action", "action", &["Id"]),
    ("Item", "metadata", &["Key", "Value"]),
    ("Key", "key", &["Id"]),
    ("InputClaim", "input claim", &["ClaimTypeReferenceId"]),
    ("OutputClaim", "output claim", &["ClaimTypeReferenceId"]),
    ("PersistedClaim", "persisted claim", &["ClaimTypeReferenceId"]),
    ("DisplayClaim", "display claim", &["ClaimTypeReferenceId", "DisplayControlReferenceId"]),
    ("InputClaimsTransformation", "input transformation", &["ReferenceId"]),
    ("OutputClaimsTransformation", "output transformation", &["ReferenceId"]),
    ("ValidationTechnicalProfile", "validation profile", &["ReferenceId"]),
    ("ValidationClaimsExchangeTechnicalProfile", "validation profile", &["TechnicalProfileReferenceId"]),
    ("AuthorizationTechnicalProfile", "authorization profile", &["ReferenceId"]),
    ("ClaimsExchange", "claims exchange", &["Id"]),
    ("ClaimsProviderSelection", "choice", &["TargetClaimsExchangeId", "ValidationClaimsExchangeId"]),
    ("Candidate", "sub-journey", &["SubJourneyReferenceId"]),
    ("Enumeration", "value", &["Value"]),
    ("Endpoint", "endpoint", &["Id"]),
    ("SupportedLanguage", "language", &[]),
    ("ContentDefinitionParameter", "parameter", &["Name"]),
    ("Protocol", "protocol", &["Name"]),
];

/// Lists, and what stands once around everything.
fn is_silent(name: &str) -> bool {
    name.ends_with('s')
        && !matches!(name, "LocalizedResources" | "JourneyInsights" | "AzureApplicationInsights" | "Extensions")
        || matches!(name, "TrustFrameworkPolicy" | "Localization" | "ClaimsSchema" | "JourneyList" | "Metadata")
}

/// Step, profile, claim: what and which.
pub(super) fn named(element: &Element) -> String {
    if &*element.name == "OrchestrationStep" {
        return format!("step {} ({})", element.value("Order").unwrap_or("?"), element.value("Type").unwrap_or("?"));
    }
    if let Some((outside, _)) = OF_THE_PROVIDER.iter().find(|(_, inside)| *inside == &*element.name) {
        return format!("`{outside}` of its claims provider");
    }
    let Some((_, noun, attributes)) = NOUNS.iter().find(|(name, ..)| *name == &*element.name) else {
        return format!("`{}`", element.name);
    };
    let ids: Vec<&str> = attributes.iter().filter_map(|name| element.value(name)).filter(|it| !it.is_empty()).collect();
    let id = if ids.is_empty() { element.text.trim().to_owned() } else { ids.join(" ") };
    if id.is_empty() { (*noun).to_owned() } else { format!("{noun} `{}`", shortened(&id)) }
}

/// From the outermost thing that has a name to the innermost, such as ``user journey `SignIn`, step 3 (ClaimsExchange)``.
pub(super) fn path(change: &Change) -> String {
    let in_party = change.trail.iter().any(|pair| &*pair.before.name == "RelyingParty");
    let mut parts: Vec<String> = Vec::new();
    for (at, Pair { before, after }) in change.trail.iter().enumerate() {
        let inside = at.checked_sub(1).map_or("", |at| &*change.trail[at].before.name);
        let is_meant =
            at + 1 == change.trail.len() && matches!(change.what, What::Attribute { .. } | What::Text { .. });
        match &*before.name {
            "TrustFrameworkPolicy" | "PredicateReferences" => {}
            name if is_silent(name) && !is_meant => {}
            "RelyingParty" => parts.push("relying party".to_owned()),
            // The one that says what the token carries has no id that matters.
            "TechnicalProfile" if in_party => {}
            "Item" if inside == "LocalizedCollection" => parts.push(format!("item `{}`", shortened_value(before))),
            "OrchestrationStep" if before.value("Order") != after.value("Order") && after.value("Order").is_some() => {
                parts.push(format!("{}, now step {}", named(before), after.value("Order").unwrap_or("?")));
            }
            _ => parts.push(named(if before.attributes.is_empty() { after } else { before })),
        }
    }
    parts.join(", ")
}

fn shortened_value(item: &Element) -> String {
    shortened(item.value("Value").unwrap_or(""))
}

/// Values in a line: white space as blanks, and not for ever.
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 100;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MOST { line } else { line.chars().take(MOST).chain("…".chars()).collect() }
}

/// `` `a` → `b` ``.
pub(super) fn from_to(before: Option<&str>, after: Option<&str>) -> String {
    let (Some(one), Some(other)) = (before, after) else { return format!("{} → {}", quoted(before), quoted(after)) };
    let (short, shorter) = (shortened(one), shortened(other));
    if short != shorter {
        return format!("`{short}` → `{shorter}`");
    }
    // Long texts: from a little before where they begin to differ.
    let begin = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count().saturating_sub(20);
    let rest = |text: &str| format!("…{}", shortened(&text.chars().skip(begin).collect::<String>()));
    format!("`{}` → `{}`", rest(one), rest(other))
}

pub(super) fn quoted(text: Option<&str>) -> String {
    text.map_or_else(|| "nothing".to_owned(), |text| format!("`{}`", shortened(text)))
}

/// A precondition, in words: what must be so that it skips.
pub(super) fn condition(precondition: &Element) -> String {
    let mut values = precondition.named("Value").map(|value| &*value.text);
    let claim = values.next().unwrap_or("").trim().to_owned();
    let skips = precondition.value("ExecuteActionsIf").and_then(crate::value::parse_boolean).unwrap_or(true);
    match (values.next(), skips) {
        (None, true) => format!("`{claim}` is there"),
        (None, false) => format!("`{claim}` is missing"),
        (Some(value), true) => format!("`{claim}` is `{value}`"),
        (Some(value), false) => format!("`{claim}` is not `{value}`"),
    }
}
