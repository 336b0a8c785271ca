//! How much a difference weighs, and what it is in words.

use super::{
    Level,
    compare::{Change, What},
    metadata,
    words::{condition, from_to, named, path, quoted},
};
use crate::{element::Element, id::same};

use Level::{Behaviour, Security, Text};

/// A change, its level and its line.
pub(super) fn judge(change: &Change, before: &Element) -> (Level, String) {
    let spot = Spot { change, before };
    let (level, says) = match &change.what {
        What::Added(item) => spot.added(item),
        What::Removed(item) => spot.removed(item),
        What::Attribute { name, before, after } => spot.attribute(name, before.as_deref(), after.as_deref()),
        What::Text { before, after } => spot.text(before, after),
        What::Moved => {
            (if spot.is("OrchestrationStep") { Security } else { Behaviour }, "moved among the others".to_owned())
        }
        What::Content => (Behaviour, "something else stands in it".to_owned()),
    };
    let path = path(change);
    (level, if path.is_empty() { says } else { format!("{path}: {says}") })
}

/// Where a change is.
struct Spot<'a> {
    change: &'a Change,
    /// The tree.
    before: &'a Element,
}

/// Items that are read by people.
const TEXTS: &[&str] = &[
    "LocalizedString",
    "LocalizedCollection",
    "LocalizedResources",
    "LocalizedResourcesReference",
    "SupportedLanguage",
    "DisplayName",
    "Description",
    "UserHelpText",
    "AdminHelpText",
    "ProviderDisplayName",
];

/// Items whose coming and going both weigh; what comes, what goes.
const ITEMS: &[(&str, Level, Level)] = &[
    ("OrchestrationStep", Behaviour, Security),
    ("ClaimsProviderSelection", Security, Behaviour),
    ("ValidationTechnicalProfile", Behaviour, Security),
    ("ValidationClaimsExchangeTechnicalProfile", Behaviour, Security),
    ("AuthorizationTechnicalProfile", Behaviour, Security),
    ("Candidate", Security, Security),
    ("Key", Security, Security),
    ("Endpoint", Security, Security),
    ("RelyingParty", Security, Security),
    ("PredicateGroup", Behaviour, Security),
    ("PredicateValidation", Behaviour, Security),
];

/// Elements of which every attribute weighs.
const WEIGHTY: &[&str] = &[
    "Protocol",
    "DefaultUserJourney",
    "Endpoint",
    "JourneyFraming",
    "SubjectNamingInfo",
    "JourneyInsights",
    "AzureApplicationInsights",
    "UseTechnicalProfileForSessionManagement",
    "PredicateValidationReference",
    "InputValidationReference",
    "Key",
    "SubJourney",
];

/// Elements whose text weighs.
const WEIGHTY_TEXTS: &[&str] =
    &["LoadUri", "IncludeInSso", "EnabledForUserJourneys", "OutputTokenFormat", "InputTokenFormat", "Parameter"];

impl Spot<'_> {
    fn here(&self) -> Option<&super::compare::Pair> {
        self.change.trail.last()
    }

    fn is(&self, name: &str) -> bool {
        self.here().is_some_and(|pair| &*pair.before.name == name)
    }

    fn is_inside(&self, name: &str) -> bool {
        self.change.trail.iter().any(|pair| &*pair.before.name == name)
    }

    /// The innermost of that name around the change, as it was before.
    fn around(&self, name: &str) -> Option<&Element> {
        self.change.trail.iter().rev().map(|pair| &*pair.before).find(|element| &*element.name == name)
    }

    /// Transformations that refuse: `AssertBooleanClaimIsEqualToValue`, …
    fn asserts(&self, id: &str, tree: &Element) -> bool {
        let blocks = tree.child("BuildingBlocks");
        let all = blocks.into_iter().flat_map(|it| it.items("ClaimsTransformations", "ClaimsTransformation"));
        let of_id = all.filter(|it| it.value("Id").is_some_and(|own| same(own, id)));
        of_id.filter_map(|it| it.value("TransformationMethod")).any(|it| it.to_lowercase().starts_with("assert"))
    }

    fn added(&self, item: &Element) -> (Level, String) {
        match &*item.name {
            "Precondition" => {
                let first = self.here().is_some_and(|pair| pair.before.children.is_empty());
                let says = if first { "became skippable: skipped if" } else { "is skipped in more cases: also if" };
                (Security, format!("{says} {}", condition(item)))
            }
            "OutputClaim" if self.is_inside("RelyingParty") => {
                (Security, format!("claim `{}` entered the token", claim(item)))
            }
            "Item" if self.is("Metadata") => self.metadata(item, None, Some(item.text.trim())),
            "ClaimsProviderSelection" => (Security, format!("another way to go on: {}", named(item))),
            // Of several, fewer need hold; without a number all must.
            "PredicateReference" => match self.here().and_then(|pair| pair.after.value("MatchAtLeast")) {
                Some(_) => (Security, format!("weaker: {} is one more way to comply", named(item))),
                None => (Behaviour, format!("stricter: {} must hold too", named(item))),
            },
            "OrchestrationStep" => (Behaviour, format!("{} added{}", named(item), calls(item))),
            "Parameter" if self.is_inside("Predicate") => {
                (Security, format!("{} added: {}", named(item), quoted(Some(&item.text))))
            }
            name if TEXTS.contains(&name) => (Text, format!("{} added", named(item))),
            "Item" if self.is("LocalizedCollection") => {
                (Text, format!("item `{}` added", item.value("Value").unwrap_or("")))
            }
            name => {
                let level = ITEMS.iter().find(|(it, ..)| *it == name).map_or(Behaviour, |(_, added, _)| *added);
                let refers = item.value("TechnicalProfileReferenceId").filter(|_| name == "ClaimsExchange");
                let runs = refers.map(|profile| format!(", which runs `{profile}`")).unwrap_or_default();
                (level, format!("{} added{runs}", named(item)))
            }
        }
    }

    fn removed(&self, item: &Element) -> (Level, String) {
        match &*item.name {
            "Precondition" => (Behaviour, format!("is no longer skipped if {}", condition(item))),
            "OutputClaim" if self.is_inside("RelyingParty") => {
                (Security, format!("claim `{}` left the token", claim(item)))
            }
            "OutputClaim" if is_verified(item.value("PartnerClaimType")) => {
                (Security, format!("the verified address `{}` is no longer asked for", claim(item)))
            }
            "Item" if self.is("Metadata") => self.metadata(item, Some(item.text.trim()), None),
            "DisplayClaim" if item.value("DisplayControlReferenceId").is_some() => {
                (Security, format!("{} removed", named(item)))
            }
            "OutputClaimsTransformation" | "InputClaimsTransformation"
                if self.asserts(item.value("ReferenceId").unwrap_or(""), self.before) =>
            {
                (Security, format!("the check {} no longer runs", named(item)))
            }
            "PredicateReference" => match self.here().and_then(|pair| pair.before.value("MatchAtLeast")) {
                Some(_) => (Behaviour, format!("stricter: {} is no way to comply any more", named(item))),
                None => (Security, format!("weaker: {} need not hold any more", named(item))),
            },
            "PredicateGroup" => (Security, format!("weaker: {} removed", named(item))),
            "OrchestrationStep" => (Security, format!("{} removed{}", named(item), calls(item))),
            "Parameter" if self.is_inside("Predicate") => (Security, format!("{} removed", named(item))),
            name if TEXTS.contains(&name) => (Text, format!("{} removed", named(item))),
            "Item" if self.is("LocalizedCollection") => {
                (Text, format!("item `{}` removed", item.value("Value").unwrap_or("")))
            }
            name => {
                let level = ITEMS.iter().find(|(it, ..)| *it == name).map_or(Behaviour, |(.., removed)| *removed);
                (level, format!("{} removed", named(item)))
            }
        }
    }

    fn metadata(&self, item: &Element, before: Option<&str>, after: Option<&str>) -> (Level, String) {
        let owner = self
            .change
            .trail
            .iter()
            .rev()
            .map(|pair| &pair.before)
            .find(|it| !matches!(&*it.name, "Item" | "Metadata"));
        let key = item.value("Key").unwrap_or("");
        let (level, meaning) = owner.map_or((Behaviour, None), |owner| metadata::judge(owner, key, before, after));
        let meaning = meaning.map(|meaning| format!("{meaning}: ")).unwrap_or_default();
        // The item is named in the path where both sides have it.
        let name = if self.is("Item") { String::new() } else { format!("{}: ", named(item)) };
        (level, format!("{name}{meaning}{}", from_to(before, after)))
    }

    fn attribute(&self, name: &str, before: Option<&str>, after: Option<&str>) -> (Level, String) {
        let element = self.here().map_or("", |pair| &*pair.before.name);
        let plain = format!("`{name}`: {}", from_to(before, after));
        let no_longer = |text: &str| (Security, format!("{text}: {plain}"));
        let numbers = || Some((before.unwrap_or("0").parse::<i64>().ok()?, after.unwrap_or("0").parse::<i64>().ok()?));
        match (element, name) {
            ("SingleSignOn", "Scope") => match (breadth(before), breadth(after)) {
                (one, other) if one < other => {
                    (Security, format!("single sign-on is shared more widely: {}", from_to(before, after)))
                }
                (one, other) if one > other => {
                    (Behaviour, format!("single sign-on is shared less widely: {}", from_to(before, after)))
                }
                _ => (Security, format!("single sign-on is shared with others: {}", from_to(before, after))),
            },
            ("SingleSignOn", "KeepAliveInDays") => match numbers() {
                Some((0, _)) => (Security, format!("people can be kept signed in: {plain}")),
                Some((_, 0)) => (Behaviour, format!("people are no longer kept signed in: {plain}")),
                Some((one, other)) if one > other => {
                    (Behaviour, format!("people are kept signed in for a shorter time: {plain}"))
                }
                _ => (Security, format!("people are kept signed in for longer: {plain}")),
            },
            ("SingleSignOn", "EnforceIdTokenHintOnLogout") => match after {
                Some(it) if same(it, "true") => {
                    (Behaviour, format!("a sign-out must be proven by an ID token now: {plain}"))
                }
                _ => no_longer("a sign-out need not be proven by an ID token any more"),
            },
            ("ClaimsExchange", "TechnicalProfileReferenceId") => {
                (Security, format!("runs {}, not {}", quoted(after), quoted(before)))
            }
            ("OrchestrationStep", "ContentDefinitionReferenceId") => (Behaviour, plain),
            ("OrchestrationStep", _) => (Security, plain),
            ("OutputClaim", "PartnerClaimType") if self.is_inside("RelyingParty") => {
                let name =
                    |text: Option<&str>| text.map_or_else(|| "by its own name".to_owned(), |it| quoted(Some(it)));
                (Security, format!("is called {} in the token, no longer {}", name(after), name(before)))
            }
            ("OutputClaim", _) if self.is_inside("RelyingParty") => (Security, plain),
            ("OutputClaim", "PartnerClaimType") if is_verified(before) => no_longer("is no longer verified"),
            ("ValidationTechnicalProfile" | "ValidationClaimsExchangeTechnicalProfile", "ContinueOnError") => {
                match after {
                    Some(it) if same(it, "true") => no_longer("may fail now"),
                    _ => (Behaviour, format!("must succeed now: {plain}")),
                }
            }
            ("ValidationTechnicalProfile" | "ValidationClaimsExchangeTechnicalProfile", "ContinueOnSuccess") => {
                match after {
                    Some(it) if same(it, "false") => no_longer("those behind it do not run if it succeeds"),
                    _ => (Behaviour, plain),
                }
            }
            ("PredicateReferences", "MatchAtLeast") => {
                // Absent, all must hold.
                let number = |text: Option<&str>| text.map_or(Some(i64::MAX), |text| text.parse::<i64>().ok());
                match (number(before), number(after)) {
                    (Some(one), Some(other)) if one < other => (Behaviour, format!("stricter: {plain}")),
                    _ => (Security, format!("weaker: {plain}")),
                }
            }
            ("PredicateReferences", "HelpText") => (Text, plain),
            ("PredicateReferences", _) | ("Predicate", "Method") | ("Pattern", "RegularExpression") => {
                (Security, plain)
            }
            ("Predicate" | "Pattern", "HelpText") | ("Enumeration" | "Item", "Text") => (Text, plain),
            ("LocalizedResourcesReference" | "LocalizedResources" | "LocalizedString" | "LocalizedCollection", _) => {
                (Text, plain)
            }
            ("SupportedLanguages", _) => (Text, plain),
            ("ClaimsTransformation", "TransformationMethod")
                if before.is_some_and(|it| it.to_lowercase().starts_with("assert")) =>
            {
                (Security, plain)
            }
            ("InputParameter", _) if self.is_in_a_check() => (Security, plain),
            (
                "TrustFrameworkPolicy",
                "DeploymentMode" | "UserJourneyRecorderEndpoint" | "TenantId" | "TenantObjectId",
            ) => (Security, plain),
            (element, _) if WEIGHTY.contains(&element) => (Security, plain),
            _ => (Behaviour, plain),
        }
    }

    fn is_in_a_check(&self) -> bool {
        let method = self.around("ClaimsTransformation").and_then(|it| it.value("TransformationMethod"));
        method.is_some_and(|it| it.to_lowercase().starts_with("assert"))
    }

    fn text(&self, before: &str, after: &str) -> (Level, String) {
        let Some(pair) = self.here() else { return (Behaviour, String::new()) };
        let some = |text| Some(text).filter(|text: &&str| !text.is_empty());
        let plain = from_to(some(before), some(after));
        let numbers = before.parse::<i64>().ok().zip(after.parse::<i64>().ok());
        match &*pair.before.name {
            "Item" if self.is_inside("Metadata") => self.metadata(&pair.before, Some(before), Some(after)),
            "SessionExpiryInSeconds" => match numbers {
                Some((one, other)) if one > other => (Behaviour, format!("sessions live shorter: {plain}")),
                _ => (Security, format!("sessions live longer: {plain}")),
            },
            "SessionExpiryType" => match after {
                "Absolute" => (Behaviour, format!("use does not prolong sessions any more: {plain}")),
                _ => (Security, format!("use prolongs sessions: {plain}")),
            },
            "ScriptExecution" => match after {
                "Allow" => (Security, format!("templates may run scripts: {plain}")),
                _ => (Behaviour, format!("templates may not run scripts any more: {plain}")),
            },
            "UserInputType" if before == "Readonly" => (Security, format!("people may change it: {plain}")),
            "Parameter" if self.is_inside("Predicate") => {
                let limit = pair.before.value("Id").unwrap_or("");
                match numbers {
                    Some((one, other)) if same(limit, "Minimum") && one > other => {
                        (Security, format!("weaker: {plain}"))
                    }
                    Some(_) if same(limit, "Minimum") || same(limit, "Maximum") => (Behaviour, plain),
                    _ => (Security, plain),
                }
            }
            "Parameter" => (Behaviour, plain),
            name if TEXTS.contains(&name) => (Text, plain),
            name if WEIGHTY_TEXTS.contains(&name) => (Security, plain),
            _ => (Behaviour, plain),
        }
    }
}

/// Who shares a session; the greater, the more.
fn breadth(scope: Option<&str>) -> u8 {
    match scope.unwrap_or("Tenant") {
        "Suppressed" => 0,
        "Policy" | "Application" => 1,
        _ => 2,
    }
}

fn is_verified(partner: Option<&str>) -> bool {
    partner.is_some_and(|it| same(it, "Verified.Email"))
}

/// A claim of the token, with the name that it has there.
fn claim(item: &Element) -> String {
    let id = item.value("ClaimTypeReferenceId").unwrap_or("");
    match item.value("PartnerClaimType").filter(|it| !it.is_empty()) {
        Some(partner) => format!("{id}` as `{partner}"),
        None => id.to_owned(),
    }
}

/// What a step runs, behind its name.
fn calls(step: &Element) -> String {
    let exchanges =
        step.items("ClaimsExchanges", "ClaimsExchange").filter_map(|it| it.value("TechnicalProfileReferenceId"));
    let candidates = step.items("JourneyList", "Candidate").filter_map(|it| it.value("SubJourneyReferenceId"));
    let all: Vec<String> = exchanges.chain(candidates).map(|it| format!("`{it}`")).collect();
    if all.is_empty() { String::new() } else { format!(": {}", all.join(", ")) }
}
