//! When two values say the same, and what makes two elements the same one.

use crate::{element::Element, id::key, merge::identity as merged_identity, value::parse_boolean};

/// Attributes whose case does not matter: ids and references to them.
fn is_id(element: &str, attribute: &str) -> bool {
    attribute == "Id"
        || attribute.ends_with("ReferenceId")
        || matches!(
            (element, attribute),
            (_, "Key" | "PolicyId" | "TransformationMethod" | "TargetClaimsExchangeId" | "ValidationClaimsExchangeId")
                | ("LocalizedResourcesReference", "Language")
                | ("LocalizedString" | "LocalizedCollection", "ElementId")
                | ("TrustFrameworkPolicy", "PublicPolicyUri" | "TenantId" | "TenantObjectId")
        )
}

const BOOLEANS: &[&str] = &[
    "Required",
    "AlwaysUseDefaultValue",
    "OverwriteIfExists",
    "ContinueOnError",
    "ContinueOnSuccess",
    "ExecuteActionsIf",
    "EnforceIdTokenHintOnLogout",
    "Enabled",
    "SelectByDefault",
    "NonInteractive",
];

/// What an attribute means where it is absent.
const DEFAULTS: &[(&str, &str, &str)] = &[
    ("InputClaim", "Required", "false"),
    ("OutputClaim", "Required", "false"),
    ("DisplayClaim", "Required", "false"),
    ("InputClaim", "AlwaysUseDefaultValue", "false"),
    ("OutputClaim", "AlwaysUseDefaultValue", "false"),
    ("PersistedClaim", "AlwaysUseDefaultValue", "false"),
    ("PersistedClaim", "OverwriteIfExists", "true"),
    ("ValidationTechnicalProfile", "ContinueOnError", "false"),
    ("ValidationTechnicalProfile", "ContinueOnSuccess", "true"),
    ("ValidationClaimsExchangeTechnicalProfile", "ContinueOnError", "false"),
    ("ValidationClaimsExchangeTechnicalProfile", "ContinueOnSuccess", "true"),
    ("Precondition", "ExecuteActionsIf", "true"),
    ("Enumeration", "SelectByDefault", "false"),
    ("Item", "SelectByDefault", "false"),
    ("ClaimsProviderSelections", "DisplayOption", "DoNotShowSingleProvider"),
    ("SingleSignOn", "Scope", "Tenant"),
    ("SingleSignOn", "KeepAliveInDays", "0"),
    ("SingleSignOn", "EnforceIdTokenHintOnLogout", "false"),
    ("JourneyFraming", "Enabled", "false"),
    ("OnError", "Mode", "ReturnToRequestor"),
    ("TrustFrameworkPolicy", "DeploymentMode", "Production"),
];

/// What an element's text means where it is absent or blank.
const DEFAULT_TEXTS: &[(&str, &str)] = &[
    ("SessionExpiryType", "Rolling"),
    ("SessionExpiryInSeconds", "86400"),
    ("ScriptExecution", "Disallow"),
    ("IncludeInSso", "true"),
    ("EnabledForUserJourneys", "Always"),
];

/// The attribute's value as it counts; `None` where it says nothing.
pub(super) fn attribute(element: &Element, name: &str) -> Option<String> {
    let default = || DEFAULTS.iter().find(|(of, it, _)| *of == &*element.name && *it == name).map(|(.., it)| *it);
    let value = element.value(name).or_else(default)?;
    Some(match () {
        () if BOOLEANS.contains(&name) => parse_boolean(value).map_or(value.to_owned(), |yes| yes.to_string()),
        () if is_id(&element.name, name) => key(value),
        // The type's name; what follows names its assembly.
        () if (&*element.name, name) == ("Protocol", "Handler") => {
            value.split(',').next().unwrap_or("").trim().to_owned()
        }
        // Blank, these are as if absent.
        () if name == "PartnerClaimType" && value.is_empty() => return None,
        () => value.to_owned(),
    })
}

/// Attributes that say something of their own: how a list was merged, and what number a step has, do not.
pub(super) fn counts(element: &Element, attribute: &str) -> bool {
    attribute != "MergeBehavior" && (&*element.name, attribute) != ("OrchestrationStep", "Order")
}

/// The element's text as it counts.
pub(super) fn text(parent: &str, element: &Element) -> String {
    let text = element.text.trim();
    let default = DEFAULT_TEXTS.iter().find(|(name, _)| *name == &*element.name).map(|(_, default)| *default);
    let text = if text.is_empty() { default.unwrap_or("") } else { text };
    match &*element.name {
        "IncludeInSso" => parse_boolean(text).map_or(text.to_owned(), |yes| yes.to_string()),
        "EnabledForUserJourneys" => {
            parse_boolean(text).map_or(text, |yes| if yes { "Always" } else { "Never" }).to_owned()
        }
        "IncludeClaimsFromTechnicalProfile" | "SupportedLanguage" => key(text),
        "Item" if parent == "Metadata" && element.value("Key").is_some_and(refers) => key(text),
        _ => text.to_owned(),
    }
}

/// Metadata that names something of the policy.
fn refers(metadata: &str) -> bool {
    let metadata = metadata.to_ascii_lowercase();
    matches!(metadata.as_str(), "contentdefinitionreferenceid" | "signuptarget" | "refreshtokenuserjourneyid")
}

/// All that an element says, as it counts: for what is compared as one.
pub(super) fn saying(parent: &str, element: &Element) -> String {
    let mut names: Vec<&str> = element.attributes.iter().map(|attribute| &*attribute.name).collect();
    names.extend(DEFAULTS.iter().filter(|(of, ..)| *of == &*element.name).map(|(_, name, _)| *name));
    names.sort_unstable();
    names.dedup();
    let mut said = format!("<{}", element.name);
    for name in names.into_iter().filter(|name| counts(element, name)) {
        if let Some(value) = attribute(element, name) {
            said += &format!(" {name}={value:?}");
        }
    }
    said += &format!(">{:?}", text(parent, element));
    if &*element.name == "Precondition" {
        // The claim is an id, its value counts to the letter; both actions mean: skip this.
        let mut values = element.named("Value");
        said += &values.next().map_or(String::new(), |claim| key(&claim.text));
        values.for_each(|value| said += &format!("{:?}", value.text));
        return said;
    }
    let mut inside: Vec<String> = element.children.iter().map(|child| saying(&element.name, child)).collect();
    if !is_ordered(&element.name, element.children.first().map_or("", |child| &child.name)) {
        inside.sort_unstable();
    }
    said + &inside.concat()
}

/// Which of a parent's elements this one is.
pub(super) fn identity(parent: &Element, item: &Element) -> String {
    let by = |name: &str| format!("{} {}", item.name, key(item.value(name).unwrap_or("")));
    match (&*parent.name, &*item.name) {
        ("Parameters", "Parameter") | ("InputParameters", "InputParameter") | ("PredicateReferences", _) => by("Id"),
        ("LocalizedCollection", "Item") => by("Value"),
        ("JourneyList", "Candidate") => by("SubJourneyReferenceId"),
        ("ContentDefinitionParameters", _) => by("Name"),
        (_, "Precondition") => saying(&parent.name, item),
        (_, "InputClaim" | "OutputClaim") => {
            let role = item.value("TransformationClaimType").map(key).unwrap_or_default();
            format!("{} {role}", merged_identity(parent, item))
        }
        _ => merged_identity(parent, item),
    }
}

/// As [`identity`], less strict: a claim whose partner name changed is the same claim.
pub(super) fn loose_identity(item: &Element) -> Option<String> {
    let claim = item.value("ClaimTypeReferenceId").or_else(|| item.value("DisplayControlReferenceId"))?;
    Some(format!("{} {}", item.name, key(claim)))
}

/// Lists in which the order of the items matters.
pub(super) fn is_ordered(list: &str, item: &str) -> bool {
    match item {
        "DisplayClaim"
        | "OutputClaim"
        | "InputClaimsTransformation"
        | "OutputClaimsTransformation"
        | "ValidationTechnicalProfile"
        | "ValidationClaimsExchangeTechnicalProfile"
        | "ClaimsProviderSelection"
        | "Enumeration"
        | "LocalizedResourcesReference"
        | "SupportedLanguage"
        | "PredicateGroup"
        | "PredicateReference"
        | "Candidate"
        | "AuthorizationTechnicalProfile"
        | "Value" => true,
        "Item" => list == "LocalizedCollection",
        _ => false,
    }
}
