//! The schema as a table: which elements and attributes a type has, in which order, how often.

use std::sync::LazyLock;

use crate::by_path::ByPath;

/// One type of the schema.
pub(crate) struct Shape {
    children: Vec<(&'static str, bool)>,
    required: Vec<&'static str>,
    attributes: Option<Vec<&'static str>>,
}

/// A row of the table: path; children in order (`*`: may stand more than once; empty: not looked at); required attributes;
/// other attributes (`?`: not looked at).
type Row = (&'static str, &'static str, &'static str, &'static str);

const fn shape(path: &'static str, children: &'static str, required: &'static str, optional: &'static str) -> Row {
    (path, children, required, optional)
}

impl Shape {
    fn read((_, children, required, optional): &Row) -> Self {
        let children = children.split_whitespace().map(|name| match name.strip_suffix('*') {
            Some(name) => (name, true),
            None => (name, false),
        });
        let required: Vec<_> = required.split_whitespace().collect();
        // Any list may say how it merges.
        let all = || required.iter().copied().chain(optional.split_whitespace()).chain(["MergeBehavior"]).collect();
        Self { children: children.collect(), attributes: (*optional != "?").then(all), required }
    }

    /// The children in order, and which of them may stand more than once.
    pub(crate) fn children(&self) -> &[(&'static str, bool)] {
        &self.children
    }

    pub(crate) fn required(&self) -> &[&'static str] {
        &self.required
    }

    /// Every attribute; `None` where they are not looked at.
    pub(crate) fn attributes(&self) -> Option<&[&'static str]> {
        self.attributes.as_deref()
    }
}

pub(crate) fn shape_of(parent: &str, name: &str) -> Option<&'static Shape> {
    static BY_PATH: LazyLock<ByPath<Shape>> =
        LazyLock::new(|| ByPath::new(SHAPES.iter().map(|row| (row.0, Shape::read(row)))));
    BY_PATH.get(parent, name)
}

/// Every element that the table names, with the one around it; empty where that is any.
#[cfg(test)]
pub(crate) fn elements() -> impl Iterator<Item = (&'static str, &'static str)> {
    SHAPES.iter().flat_map(|shape| {
        let own = shape.0.split_once('/').unwrap_or(("", shape.0));
        std::iter::once(own).chain(Shape::read(shape).children.into_iter().map(move |(child, _)| (own.1, child)))
    })
}

/// What must stand inside an element. [xsd; `RelyingParty` and `ClaimType`, which policies share, are looked at when merged]
pub(crate) const NEEDED: &[(&str, &str)] =
    &[("BasePolicy", "TenantId"), ("BasePolicy", "PolicyId"), ("Precondition", "Action")];

#[rustfmt::skip]
const SHAPES: &[Row] = &[
    shape("TrustFrameworkPolicy", "BasePolicy PolicyConstraints Contacts DocumentReferences BuildingBlocks ClaimsProviders UserJourneys SubJourneys RelyingParty", "PolicySchemaVersion TenantId PolicyId PublicPolicyUri", "TenantObjectId StateTableName DeploymentMode UserJourneyRecorderEndpoint"),
    shape("BasePolicy", "TenantId PolicyId", "", ""),
    shape("BuildingBlocks", "ClaimsSchema Predicates InputValidations PredicateValidations ClaimsTransformations ClientDefinitions ContentDefinitions Localization DisplayControls", "", ""),
    shape("ClaimsSchema", "ClaimType*", "", ""),
    shape("ClaimType", "DisplayName DataType DefaultPartnerClaimTypes* Mask AdminHelpText UserHelpText UserInputType Restriction InputValidationReference PredicateValidationReference", "Id", "StatementType"),
    shape("DefaultPartnerClaimTypes", "Protocol*", "", ""),
    shape("DefaultPartnerClaimTypes/Protocol", "", "Name PartnerClaimType", "Handler"),
    shape("Mask", "", "Type", "Regex"),
    shape("Restriction", "Enumeration* Pattern", "", ""),
    shape("Restriction/Enumeration", "", "Text Value", "SelectByDefault"),
    shape("Restriction/Pattern", "", "RegularExpression", "HelpText"),
    shape("PredicateValidationReference", "", "Id", ""),
    shape("Predicates", "Predicate*", "", ""),
    shape("Predicate", "UserHelpText Parameters", "Id Method", "HelpText"),
    shape("Parameters", "Parameter*", "", ""),
    shape("Parameters/Parameter", "", "Id", ""),
    shape("PredicateValidations", "PredicateValidation*", "", ""),
    shape("PredicateValidation", "PredicateGroups*", "Id", ""),
    shape("PredicateGroups", "PredicateGroup*", "", ""),
    shape("PredicateGroup", "UserHelpText PredicateReferences*", "Id", ""),
    shape("PredicateReferences", "PredicateReference*", "", "Id HelpText MatchAtLeast Reject"),
    shape("PredicateReference", "", "Id", ""),
    shape("ClaimsTransformations", "ClaimsTransformation*", "", ""),
    shape("ClaimsTransformation", "InputClaims InputParameters OutputClaims", "Id TransformationMethod", ""),
    shape("InputParameters", "InputParameter*", "", ""),
    shape("InputParameter", "", "Id DataType Value", ""),
    shape("ContentDefinitions", "ContentDefinition*", "", ""),
    shape("ContentDefinition", "LoadUri RecoveryUri DataUri Metadata LocalizedResourcesReferences", "Id", ""),
    shape("LocalizedResourcesReferences", "LocalizedResourcesReference*", "", ""),
    shape("LocalizedResourcesReference", "", "Language", "Url LocalizedResourcesReferenceId"),
    shape("Localization", "SupportedLanguages LocalizedResources*", "", "Enabled"),
    shape("SupportedLanguages", "SupportedLanguage*", "", "DefaultLanguage PolicyLanguage"),
    shape("LocalizedResources", "LocalizedCollections LocalizedStrings", "", "Id Culture"),
    shape("LocalizedCollections", "LocalizedCollection*", "", ""),
    shape("LocalizedCollection", "Item*", "ElementType ElementId TargetCollection", ""),
    shape("LocalizedCollection/Item", "", "Text Value", "SelectByDefault"),
    shape("LocalizedStrings", "LocalizedString*", "", ""),
    shape("LocalizedString", "", "ElementType StringId", "ElementId"),
    shape("DisplayControls", "DisplayControl*", "", ""),
    shape("DisplayControl", "InputClaims DisplayClaims OutputClaims Actions", "Id UserInterfaceControlType", "DisplayName"),
    shape("Actions", "Action*", "", ""),
    shape("Actions/Action", "ValidationClaimsExchange", "Id", ""),
    shape("ValidationClaimsExchange", "ValidationClaimsExchangeTechnicalProfile*", "", ""),
    shape("ValidationClaimsExchangeTechnicalProfile", "Preconditions*", "TechnicalProfileReferenceId", "ContinueOnSuccess ContinueOnError"),
    shape("Metadata", "Item*", "", ""),
    shape("Metadata/Item", "", "Key", ""),
    shape("CryptographicKeys", "Key*", "", ""),
    shape("CryptographicKeys/Key", "", "Id StorageReferenceId", ""),
    shape("ClaimsProviders", "ClaimsProvider*", "", ""),
    shape("ClaimsProvider", "Domains Domain DisplayName TechnicalProfiles", "", "?"),
    shape("TechnicalProfiles", "TechnicalProfile*", "", ""),
    shape("TechnicalProfiles/TechnicalProfile", PROFILE, "Id", ""),
    shape("RelyingParty/TechnicalProfile", PROFILE, "", "Id"),
    shape("TechnicalProfile/Protocol", "", "Name", "Handler"),
    shape("InputClaims", "InputClaim*", "", ""),
    shape("InputClaim", "From*", "ClaimTypeReferenceId", "PartnerClaimType Required DefaultValue AlwaysUseDefaultValue TransformationClaimType"),
    shape("OutputClaims", "OutputClaim*", "", ""),
    shape("OutputClaim", "From*", "ClaimTypeReferenceId", "PartnerClaimType Required DefaultValue AlwaysUseDefaultValue TransformationClaimType"),
    shape("DisplayClaims", "DisplayClaim*", "", ""),
    shape("DisplayClaim", "", "", "ClaimTypeReferenceId DisplayControlReferenceId ControlClaimType Required"),
    shape("PersistedClaims", "PersistedClaim*", "", ""),
    shape("PersistedClaim", "", "ClaimTypeReferenceId", "PartnerClaimType DefaultValue OverwriteIfExists AlwaysUseDefaultValue"),
    shape("InputClaimsTransformations", "InputClaimsTransformation*", "", ""),
    shape("InputClaimsTransformation", "", "ReferenceId", ""),
    shape("OutputClaimsTransformations", "OutputClaimsTransformation*", "", ""),
    shape("OutputClaimsTransformation", "", "ReferenceId", ""),
    shape("ValidationTechnicalProfiles", "ValidationTechnicalProfile*", "", ""),
    shape("ValidationTechnicalProfile", "Preconditions*", "ReferenceId", "ContinueOnSuccess ContinueOnError"),
    shape("SubjectNamingInfo", "", "ClaimType", "NameQualifier SPNameQualifier Format SPProvidedID ExcludeAsClaim"),
    shape("IncludeTechnicalProfile", "", "ReferenceId", ""),
    shape("UseTechnicalProfileForSessionManagement", "", "ReferenceId", ""),
    shape("UserJourneys", "UserJourney*", "", ""),
    shape("UserJourney", "AssuranceLevel PreserveOriginalAssertion Authorization OrchestrationSteps ClientDefinition CryptographicKeys", "Id", "NonInteractive DefaultCpimIssuerTechnicalProfileReferenceId"),
    shape("AuthorizationTechnicalProfile", "", "ReferenceId", ""),
    shape("SubJourneys", "SubJourney*", "", ""),
    shape("SubJourney", "OrchestrationSteps", "Id Type", ""),
    shape("OrchestrationSteps", "OrchestrationStep*", "", ""),
    shape("OrchestrationStep", "Preconditions* ClaimsProviderSelections* ClaimsExchanges* JourneyList*", "Order Type", "ContentDefinitionReferenceId CpimIssuerTechnicalProfileReferenceId"),
    shape("Preconditions", "Precondition*", "", ""),
    shape("Precondition", "Value* Action*", "Type ExecuteActionsIf", ""),
    shape("ClaimsProviderSelections", "ClaimsProviderSelection*", "", "DisplayOption"),
    shape("ClaimsProviderSelection", "", "", "TargetClaimsExchangeId ValidationClaimsExchangeId"),
    shape("ClaimsExchanges", "ClaimsExchange*", "", "UserIdentity"),
    shape("ClaimsExchange", "", "Id TechnicalProfileReferenceId", ""),
    shape("JourneyList", "Candidate*", "", ""),
    shape("Candidate", "", "SubJourneyReferenceId", ""),
    shape("RelyingParty", "DefaultUserJourney Endpoints UserJourneyBehaviors TechnicalProfile*", "", ""),
    shape("DefaultUserJourney", "", "ReferenceId", ""),
    shape("Endpoints", "Endpoint*", "", ""),
    shape("Endpoint", "", "Id UserJourneyReferenceId", ""),
    // S-111: its children are a sequence.
    shape("UserJourneyBehaviors", "SingleSignOn SessionExpiryType SessionExpiryInSeconds AzureApplicationInsights JourneyInsights ContentDefinitionParameters JourneyFraming ScriptExecution OnError", "", ""),
    // S-112
    shape("SingleSignOn", "", "Scope", "KeepAliveInDays EnforceIdTokenHintOnLogout"),
    shape("ContentDefinitionParameters/Parameter", "", "Name", ""),
    shape("JourneyFraming", "", "Enabled Sources", ""),
    shape("OnError", "", "Mode", ""),
];

const PROFILE: &str = "Domains Domain DisplayName Description Protocol InputTokenFormat OutputTokenFormat \
    AssuranceLevelOfOutputClaims RequiredAssuranceLevelsOfInputClaims SubjectAuthenticationRequirements Metadata \
    CryptographicKeys Suppressions PreferredBinding IncludeInSso InputTokenSources InputClaimsTransformations* InputClaims \
    DisplayClaims PersistedClaims OutputClaims OutputClaimsTransformations* ValidationTechnicalProfiles* SubjectNamingInfo \
    Extensions IncludeClaimsFromTechnicalProfile IncludeTechnicalProfile UseTechnicalProfileForSessionManagement \
    ErrorHandlers EnabledForUserJourneys";
