//! What the schema says about a single file: order, required attributes, uniqueness.
//!
//! The schema is older than the service, so elements that it does not know are a warning; what it
//! knows must be in its order, because B2C refuses such a file at upload.

use std::{collections::HashMap, sync::Arc};

use crate::{codes, diagnostic::Diagnostic, element::Element, id::key, nearest::nearest, settings};

/// One type of the schema.
struct Shape {
    /// `Element`, or `Parent/Element`.
    path: &'static str,
    /// Its children in order; empty: not looked at.
    children: &'static str,
    /// Its required attributes.
    required: &'static str,
}

const fn shape(path: &'static str, children: &'static str, required: &'static str) -> Shape {
    Shape { path, children, required }
}

#[rustfmt::skip]
const SHAPES: &[Shape] = &[
    shape("TrustFrameworkPolicy", "BasePolicy PolicyConstraints Contacts DocumentReferences BuildingBlocks ClaimsProviders UserJourneys SubJourneys RelyingParty", "TenantId PolicyId"),
    shape("BasePolicy", "TenantId PolicyId", ""),
    shape("BuildingBlocks", "ClaimsSchema Predicates InputValidations PredicateValidations ClaimsTransformations ClientDefinitions ContentDefinitions Localization DisplayControls", ""),
    shape("ClaimsSchema", "ClaimType", ""),
    shape("ClaimType", "DisplayName DataType DefaultPartnerClaimTypes Mask AdminHelpText UserHelpText UserInputType Restriction InputValidationReference PredicateValidationReference", "Id"),
    shape("DefaultPartnerClaimTypes/Protocol", "", "Name PartnerClaimType"),
    shape("Mask", "", "Type"),
    shape("Restriction/Enumeration", "", "Text Value"),
    shape("Restriction/Pattern", "", "RegularExpression"),
    shape("PredicateValidationReference", "", "Id"),
    shape("Predicates", "Predicate", ""),
    shape("Predicate", "UserHelpText Parameters", "Id Method"),
    shape("Parameters/Parameter", "", "Id"),
    shape("PredicateValidation", "PredicateGroups", "Id"),
    shape("PredicateGroup", "UserHelpText PredicateReferences", "Id"),
    shape("PredicateReference", "", "Id"),
    shape("ClaimsTransformation", "InputClaims InputParameters OutputClaims", "Id TransformationMethod"),
    shape("InputParameter", "", "Id DataType Value"),
    shape("ContentDefinition", "LoadUri RecoveryUri DataUri Metadata LocalizedResourcesReferences", "Id"),
    shape("LocalizedResourcesReference", "", "Language"),
    shape("Localization", "SupportedLanguages LocalizedResources", ""),
    shape("LocalizedResources", "LocalizedCollections LocalizedStrings", ""),
    shape("LocalizedCollection", "Item", "ElementType ElementId TargetCollection"),
    shape("LocalizedCollection/Item", "", "Text Value"),
    shape("LocalizedString", "", "ElementType StringId"),
    shape("DisplayControl", "InputClaims DisplayClaims OutputClaims Actions", "Id UserInterfaceControlType"),
    shape("Actions/Action", "ValidationClaimsExchange", "Id"),
    shape("ValidationClaimsExchangeTechnicalProfile", "Preconditions", "TechnicalProfileReferenceId"),
    shape("Metadata/Item", "", "Key"),
    shape("CryptographicKeys/Key", "", "Id StorageReferenceId"),
    shape("ClaimsProviders", "ClaimsProvider", ""),
    shape("ClaimsProvider", "Domains Domain DisplayName TechnicalProfiles", ""),
    shape("TechnicalProfiles", "TechnicalProfile", ""),
    shape("TechnicalProfiles/TechnicalProfile", PROFILE, "Id"),
    shape("RelyingParty/TechnicalProfile", PROFILE, ""),
    shape("TechnicalProfile/Protocol", "", "Name"),
    shape("InputClaim", "From", "ClaimTypeReferenceId"),
    shape("OutputClaim", "From", "ClaimTypeReferenceId"),
    shape("PersistedClaim", "", "ClaimTypeReferenceId"),
    shape("InputClaimsTransformation", "", "ReferenceId"),
    shape("OutputClaimsTransformation", "", "ReferenceId"),
    shape("ValidationTechnicalProfile", "Preconditions", "ReferenceId"),
    shape("SubjectNamingInfo", "", "ClaimType"),
    shape("IncludeTechnicalProfile", "", "ReferenceId"),
    shape("UseTechnicalProfileForSessionManagement", "", "ReferenceId"),
    shape("UserJourney", "AssuranceLevel PreserveOriginalAssertion Authorization OrchestrationSteps ClientDefinition CryptographicKeys", "Id"),
    shape("AuthorizationTechnicalProfile", "", "ReferenceId"),
    shape("SubJourney", "OrchestrationSteps", "Id Type"),
    shape("OrchestrationSteps", "OrchestrationStep", ""),
    shape("OrchestrationStep", "Preconditions ClaimsProviderSelections ClaimsExchanges JourneyList", "Order Type"),
    shape("Precondition", "Value Action", "Type ExecuteActionsIf"),
    shape("ClaimsExchange", "", "Id TechnicalProfileReferenceId"),
    shape("Candidate", "", "SubJourneyReferenceId"),
    shape("RelyingParty", "DefaultUserJourney Endpoints UserJourneyBehaviors TechnicalProfile", ""),
    shape("DefaultUserJourney", "", "ReferenceId"),
    shape("Endpoint", "", "Id UserJourneyReferenceId"),
    // S-111: its children are a sequence.
    shape("UserJourneyBehaviors", "SingleSignOn SessionExpiryType SessionExpiryInSeconds AzureApplicationInsights JourneyInsights ContentDefinitionParameters JourneyFraming ScriptExecution OnError", ""),
    // S-112
    shape("SingleSignOn", "", "Scope"),
    shape("ContentDefinitionParameters/Parameter", "", "Name"),
    shape("JourneyFraming", "", "Enabled Sources"),
    shape("OnError", "", "Mode"),
];

const PROFILE: &str = "Domains Domain DisplayName Description Protocol InputTokenFormat OutputTokenFormat \
    AssuranceLevelOfOutputClaims RequiredAssuranceLevelsOfInputClaims SubjectAuthenticationRequirements Metadata \
    CryptographicKeys Suppressions PreferredBinding IncludeInSso InputTokenSources InputClaimsTransformations InputClaims \
    DisplayClaims PersistedClaims OutputClaims OutputClaimsTransformations ValidationTechnicalProfiles SubjectNamingInfo \
    Extensions IncludeClaimsFromTechnicalProfile IncludeTechnicalProfile UseTechnicalProfileForSessionManagement \
    ErrorHandlers EnabledForUserJourneys";

/// What must be unique in its list, by which attribute.
const UNIQUE: &[(&str, &str)] = &[
    ("ClaimType", "Id"),
    ("Predicate", "Id"),
    ("PredicateValidation", "Id"),
    ("ClaimsTransformation", "Id"),
    ("ContentDefinition", "Id"),
    ("UserJourney", "Id"),
    ("SubJourney", "Id"),
    ("Endpoint", "Id"),
    ("OrchestrationStep", "Order"),
    ("ValidationTechnicalProfile", "ReferenceId"),
];

/// Looks at one file, as it was read.
pub(crate) fn check(root: &Arc<Element>, findings: &mut Vec<Diagnostic>) {
    visit("", root, findings);
    let profiles = root
        .items("ClaimsProviders", "ClaimsProvider")
        .flat_map(|provider| provider.items("TechnicalProfiles", "TechnicalProfile"));
    unique(profiles, "Id", findings);
}

fn visit(parent: &str, element: &Arc<Element>, findings: &mut Vec<Diagnostic>) {
    placeholders(element, findings);
    if let Some(shape) = shape_of(parent, &element.name) {
        for required in shape.required.split_whitespace() {
            if element.attribute(required).is_none() {
                findings.push(codes::NO_ATTRIBUTE.at(
                    &element.origin,
                    "here",
                    format!("`{}` has no `{required}`", element.name),
                ));
            }
        }
        order(shape, element, findings);
    }
    for (item, attribute) in UNIQUE {
        unique(element.named(item), attribute, findings);
    }
    if let Some(behavior) = element.attribute("MergeBehavior")
        && !["Append", "Prepend", "ReplaceAll"].iter().any(|known| known.eq_ignore_ascii_case(behavior.trimmed()))
    {
        findings.push(
            codes::NOT_ALLOWED
                .at(&behavior.place, "here", format!("`{}` is no value of `MergeBehavior`", behavior.trimmed()))
                .help("it is one of Append, Prepend, ReplaceAll"),
        );
    }
    if &*element.name == "Metadata" {
        metadata_keys(element, findings);
    }
    for child in &element.children {
        visit(&element.name, child, findings);
    }
}

fn shape_of(parent: &str, name: &str) -> Option<&'static Shape> {
    SHAPES.iter().find(|shape| match shape.path.split_once('/') {
        Some((outer, inner)) => outer == parent && inner == name,
        None => shape.path == name,
    })
}

fn order(shape: &Shape, element: &Element, findings: &mut Vec<Diagnostic>) {
    if shape.children.is_empty() {
        return;
    }
    if !element.text.trim().is_empty() {
        findings.push(
            codes::TEXT_BETWEEN
                .at(&element.text_place(), "ignored", format!("`{}` holds elements, and no text", element.name))
                .help("remove the text; it may be what is left of a comment"),
        );
    }
    let sequence: Vec<&str> = shape.children.split_whitespace().collect();
    let mut furthest: Option<(usize, &Element)> = None;
    for child in &element.children {
        let Some(at) = sequence.iter().position(|name| *name == &*child.name) else {
            let mut finding = codes::UNKNOWN_ELEMENT.at(
                &child.origin,
                "ignored",
                format!("`{}` is no element of `{}`", child.name, element.name),
            );
            if let Some(meant) = nearest(&child.name, sequence.iter().copied()) {
                finding = finding.help(format!("did you mean `{meant}`?"));
            }
            findings.push(finding);
            continue;
        };
        match furthest {
            Some((before, other)) if at < before => findings.push(
                codes::OUT_OF_ORDER
                    .at(&child.origin, "too late", format!("`{}` must stand before `{}`", child.name, other.name))
                    .and(&other.origin, format!("`{}` stands here", other.name))
                    .help(format!("the order is {}", sequence.join(", "))),
            ),
            _ => furthest = Some((at, child)),
        }
    }
}

fn unique<'a>(items: impl Iterator<Item = &'a Arc<Element>>, attribute: &str, findings: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<String, &Element> = HashMap::new();
    for item in items {
        let Some(id) = item.attribute(attribute) else { continue };
        match seen.get(&key(&id.value)) {
            Some(before) => findings.push(
                codes::DECLARED_TWICE
                    .at(&id.place, "again", format!("`{}` `{}` is declared twice", item.name, id.trimmed()))
                    .and(&before.origin, "first declared here".to_owned()),
            ),
            None => _ = seen.insert(key(&id.value), item),
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
                "here",
                format!("the metadata key `{}` has white space around it; it is read without", name.trimmed()),
            ));
        }
        if let Some(before) = seen.insert(key(&name.value), item) {
            findings.push(
                codes::KEY_TWICE
                    .at(&name.place, "this one counts", format!("the metadata key `{}` is given twice", name.trimmed()))
                    .and(&before.origin, "this one does not".to_owned()),
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
                    .at(&place, "here", format!("the placeholder `{}` was not replaced", &text[placeholder]))
                    .help("replace it with a value, or build the files with the tool that they were written for"),
            );
        }
    }
}
