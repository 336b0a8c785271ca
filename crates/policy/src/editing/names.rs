//! What names something, and what refers to it: one table for definitions, references, completion and renaming.

use std::ops::Range;

use super::document::Document;
use crate::id::key;

/// What an id is the id of.
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
    Exchange,
    Policy,
    /// A secret or a signing key, which no file declares.
    PolicyKey,
}

impl Kind {
    /// As messages call one.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::ClaimType => "claim type",
            Self::Transformation => "claims transformation",
            Self::Predicate => "predicate",
            Self::PredicateValidation => "predicate validation",
            Self::ContentDefinition => "content definition",
            Self::LocalizedResources => "set of localized resources",
            Self::DisplayControl => "display control",
            Self::Profile => "technical profile",
            Self::Journey => "user journey",
            Self::SubJourney => "sub-journey",
            Self::Exchange => "claims exchange",
            Self::Policy => "policy",
            Self::PolicyKey => "policy key",
        }
    }

    /// Where the items of a merged tree are: the lists from the root on, and the item.
    pub(crate) fn path(self) -> Option<&'static [&'static str]> {
        Some(match self {
            Self::ClaimType => &["BuildingBlocks", "ClaimsSchema", "ClaimType"],
            Self::Transformation => &["BuildingBlocks", "ClaimsTransformations", "ClaimsTransformation"],
            Self::Predicate => &["BuildingBlocks", "Predicates", "Predicate"],
            Self::PredicateValidation => &["BuildingBlocks", "PredicateValidations", "PredicateValidation"],
            Self::ContentDefinition => &["BuildingBlocks", "ContentDefinitions", "ContentDefinition"],
            Self::LocalizedResources => &["BuildingBlocks", "Localization", "LocalizedResources"],
            Self::DisplayControl => &["BuildingBlocks", "DisplayControls", "DisplayControl"],
            // A merged tree has the profiles of all providers in one list.
            Self::Profile => &["ClaimsProviders", "TechnicalProfile"],
            Self::Journey => &["UserJourneys", "UserJourney"],
            Self::SubJourney => &["SubJourneys", "SubJourney"],
            Self::Exchange | Self::Policy | Self::PolicyKey => return None,
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    Declares,
    Refers,
}

/// `Element`, or `List/Element` where the same name means different things.
struct Row(&'static str, Holder, Role, Kind);

#[derive(Clone, Copy)]
enum Holder {
    Attribute(&'static str),
    Text,
}

#[rustfmt::skip]
const ROWS: &[Row] = {
    use Holder::*;
    use Kind::*;
    use Role::*;
    &[
        Row("TrustFrameworkPolicy",                     Attribute("PolicyId"),                     Declares, Policy),
        Row("ClaimsSchema/ClaimType",                   Attribute("Id"),                           Declares, ClaimType),
        Row("ClaimsTransformations/ClaimsTransformation", Attribute("Id"),                         Declares, Transformation),
        Row("Predicates/Predicate",                     Attribute("Id"),                           Declares, Predicate),
        Row("PredicateValidations/PredicateValidation", Attribute("Id"),                           Declares, PredicateValidation),
        Row("ContentDefinitions/ContentDefinition",     Attribute("Id"),                           Declares, ContentDefinition),
        Row("Localization/LocalizedResources",          Attribute("Id"),                           Declares, LocalizedResources),
        Row("DisplayControls/DisplayControl",           Attribute("Id"),                           Declares, DisplayControl),
        Row("TechnicalProfiles/TechnicalProfile",       Attribute("Id"),                           Declares, Profile),
        Row("UserJourneys/UserJourney",                 Attribute("Id"),                           Declares, Journey),
        Row("SubJourneys/SubJourney",                   Attribute("Id"),                           Declares, SubJourney),
        Row("ClaimsExchange",                           Attribute("Id"),                           Declares, Exchange),

        Row("BasePolicy/PolicyId",                      Text,                                      Refers, Policy),
        Row("InputClaim",                               Attribute("ClaimTypeReferenceId"),         Refers, ClaimType),
        Row("OutputClaim",                              Attribute("ClaimTypeReferenceId"),         Refers, ClaimType),
        Row("PersistedClaim",                           Attribute("ClaimTypeReferenceId"),         Refers, ClaimType),
        Row("DisplayClaim",                             Attribute("ClaimTypeReferenceId"),         Refers, ClaimType),
        Row("DisplayClaim",                             Attribute("DisplayControlReferenceId"),    Refers, DisplayControl),
        Row("LocalizedCollection",                      Attribute("ElementId"),                    Refers, ClaimType),
        Row("Precondition/Value",                       Text,                                      Refers, ClaimType),
        Row("InputClaimsTransformation",                Attribute("ReferenceId"),                  Refers, Transformation),
        Row("OutputClaimsTransformation",               Attribute("ReferenceId"),                  Refers, Transformation),
        Row("PredicateReference",                       Attribute("Id"),                           Refers, Predicate),
        Row("PredicateValidationReference",             Attribute("Id"),                           Refers, PredicateValidation),
        Row("LocalizedResourcesReference",              Attribute("LocalizedResourcesReferenceId"), Refers, LocalizedResources),
        Row("OrchestrationStep",                        Attribute("ContentDefinitionReferenceId"), Refers, ContentDefinition),
        Row("OrchestrationStep",                        Attribute("CpimIssuerTechnicalProfileReferenceId"), Refers, Profile),
        Row("UserJourney",                              Attribute("DefaultCpimIssuerTechnicalProfileReferenceId"), Refers, Profile),
        Row("ClaimsExchange",                           Attribute("TechnicalProfileReferenceId"),  Refers, Profile),
        Row("ValidationClaimsExchangeTechnicalProfile", Attribute("TechnicalProfileReferenceId"),  Refers, Profile),
        Row("From",                                     Attribute("TechnicalProfileReferenceId"),  Refers, Profile),
        Row("ValidationTechnicalProfile",               Attribute("ReferenceId"),                  Refers, Profile),
        Row("IncludeTechnicalProfile",                  Attribute("ReferenceId"),                  Refers, Profile),
        Row("UseTechnicalProfileForSessionManagement",  Attribute("ReferenceId"),                  Refers, Profile),
        Row("AuthorizationTechnicalProfile",            Attribute("ReferenceId"),                  Refers, Profile),
        Row("InputTokenSources/TechnicalProfile",       Attribute("Id"),                           Refers, Profile),
        Row("IncludeClaimsFromTechnicalProfile",        Text,                                      Refers, Profile),
        Row("DefaultUserJourney",                       Attribute("ReferenceId"),                  Refers, Journey),
        Row("Endpoint",                                 Attribute("UserJourneyReferenceId"),       Refers, Journey),
        Row("Candidate",                                Attribute("SubJourneyReferenceId"),        Refers, SubJourney),
        Row("ClaimsProviderSelection",                  Attribute("TargetClaimsExchangeId"),       Refers, Exchange),
        Row("ClaimsProviderSelection",                  Attribute("ValidationClaimsExchangeId"),   Refers, Exchange),
        Row("CryptographicKeys/Key",                    Attribute("StorageReferenceId"),           Refers, PolicyKey),
    ]
};

/// Metadata whose text is an id, by key.
const ITEMS: &[(&str, Kind)] = &[
    ("ContentDefinitionReferenceId", Kind::ContentDefinition),
    ("SignUpTarget", Kind::Exchange),
    ("setting.forgotPasswordLinkOverride", Kind::Exchange),
    ("ClaimTypeOnWhichToEnable", Kind::ClaimType),
    ("ClaimUsedForRequestPayload", Kind::ClaimType),
    ("UseClaimAsBearerToken", Kind::ClaimType),
    ("IpAddressClaimReferenceId", Kind::ClaimType),
    ("issuer_refresh_token_user_identity_claim_type", Kind::ClaimType),
    ("RefreshTokenUserJourneyId", Kind::Journey),
    ("ClientCredentialsUserJourneyId", Kind::Journey),
];

/// What the texts of an element type belong to. [localization, LocalizedString]
const OWNERS: &[(&str, Kind)] = &[
    ("ClaimType", Kind::ClaimType),
    ("DisplayControl", Kind::DisplayControl),
    ("Predicate", Kind::Predicate),
    ("PredicateValidation", Kind::PredicateValidation),
    ("ClaimsProvider", Kind::Exchange),
];

/// One place where an id stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Mention {
    pub(crate) node: usize,
    pub(crate) kind: Kind,
    pub(crate) role: Role,
    /// The id, without blanks around it.
    pub(crate) at: Range<usize>,
}

fn rows<'a>(document: &'a Document, node: usize) -> impl Iterator<Item = &'static Row> + 'a {
    let name = document.name_of(node);
    let outer = document.outer(node);
    ROWS.iter().filter(move |row| match row.0.split_once('/') {
        Some((list, item)) => item == name && list == outer,
        None => row.0 == name,
    })
}

/// What the value of an attribute is the id of.
pub(crate) fn of_attribute(document: &Document, node: usize, attribute: &str) -> Option<(Kind, Role)> {
    let found = rows(document, node).find(|row| matches!(row.1, Holder::Attribute(name) if name == attribute));
    if let Some(row) = found {
        return Some((row.3, row.2));
    }
    // The texts of some element types belong to something that has an id.
    if document.name_of(node) == "LocalizedString" {
        let owner = match attribute {
            "ElementId" => document.value(node, "ElementType")?,
            // A provider's text is that of its exchange, which the string's id names.
            "StringId" => document.value(node, "ElementType").filter(|owner| *owner == "ClaimsProvider")?,
            _ => return None,
        };
        let (_, kind) = OWNERS.iter().find(|(name, _)| *name == owner)?;
        return ((attribute == "StringId") == (*kind == Kind::Exchange)).then_some((*kind, Role::Refers));
    }
    None
}

/// What the text of an element is the id of.
pub(crate) fn of_text(document: &Document, node: usize) -> Option<(Kind, Role)> {
    if document.name_of(node) == "Item" && document.outer(node) == "Metadata" {
        let item = document.value(node, "Key")?;
        let (_, kind) = ITEMS.iter().find(|(known, _)| known.eq_ignore_ascii_case(item))?;
        return Some((*kind, Role::Refers));
    }
    let row = rows(document, node).find(|row| matches!(row.1, Holder::Text))?;
    // The second value of a precondition is what the claim is compared with.
    let is_later_value = || {
        let mut values = document.nodes[node].parent.into_iter().flat_map(|it| document.children(it));
        values.find(|it| document.name_of(*it) == "Value").is_some_and(|first| first != node)
    };
    (row.0 != "Precondition/Value" || !is_later_value()).then_some((row.3, row.2))
}

/// Every id in a file, in order. Resolvers and placeholders are none.
pub(crate) fn mentions(document: &Document) -> Vec<Mention> {
    let mut all = Vec::new();
    for node in 0..document.nodes.len() {
        let mut add = |(kind, role): (Kind, Role), range: Range<usize>| {
            let written = document.slice(&range);
            let start = range.start + written.len() - written.trim_start().len();
            let at = start..start + written.trim().len();
            if !at.is_empty() && (kind == Kind::Policy || !written.contains('{')) {
                all.push(Mention { node, kind, role, at });
            }
        };
        for attribute in &document.nodes[node].attributes {
            let found = of_attribute(document, node, document.slice(&attribute.name));
            if let (Some(found), Some(value)) = (found, &attribute.value) {
                add(found, value.clone());
            }
        }
        if let Some(found) = of_text(document, node)
            && let Some(text) = document.text_of(node)
        {
            add(found, text);
        }
    }
    all
}

/// By what ids of a kind are told apart: policies may be named with or without the prefix that the portal gives them.
pub(crate) fn identity(kind: Kind, id: &str) -> String {
    let id = key(&super::scan::unescaped(id));
    match kind {
        Kind::Policy => id.strip_prefix("B2C_1A_").map_or(id.clone(), str::to_owned),
        _ => id,
    }
}
