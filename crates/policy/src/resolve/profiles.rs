//! Technical profiles.

use std::sync::Arc;

use super::{Kind, Scope, text, text_in};
use crate::{
    codes,
    element::Element,
    id::{KeyName, MetadataKey, ProfileId},
    model::{
        ClaimReference, DisplayClaim, EnabledForUserJourneys, Metadata, ProtocolName, TechnicalProfile, TokenFormat,
        ValidationProfile,
    },
};

const PROTOCOLS: &[(&str, ProtocolName)] = &[
    ("None", ProtocolName::None),
    ("OAuth1", ProtocolName::OAuth1),
    ("OAuth2", ProtocolName::OAuth2),
    ("SAML2", ProtocolName::Saml2),
    ("OpenIdConnect", ProtocolName::OpenIdConnect),
    ("WsFed", ProtocolName::WsFed),
    ("WsTrust", ProtocolName::WsTrust),
    ("UProve11", ProtocolName::UProve11),
    ("Proprietary", ProtocolName::Proprietary),
];

const TOKEN_FORMATS: &[(&str, TokenFormat)] = &[
    ("JSON", TokenFormat::Json),
    ("JWT", TokenFormat::Jwt),
    ("SAML11", TokenFormat::Saml11),
    ("SAML2", TokenFormat::Saml2),
    ("CpimUnsigned", TokenFormat::CpimUnsigned),
    ("UProve11", TokenFormat::UProve11),
    ("OAuth2Error", TokenFormat::OAuth2Error),
];

const ENABLED: &[(&str, EnabledForUserJourneys)] = &[
    ("true", EnabledForUserJourneys::Always),
    ("Always", EnabledForUserJourneys::Always),
    ("false", EnabledForUserJourneys::Never),
    ("Never", EnabledForUserJourneys::Never),
    ("OnClaimsExistence", EnabledForUserJourneys::OnClaimsExistence),
    ("OnItemExistenceInStringCollectionClaim", EnabledForUserJourneys::OnItemExistenceInStringCollectionClaim),
    ("OnItemAbsenceInStringCollectionClaim", EnabledForUserJourneys::OnItemAbsenceInStringCollectionClaim),
];

impl Scope<'_> {
    pub(super) fn profile(&mut self, element: &Arc<Element>) -> Option<TechnicalProfile> {
        let id = ProfileId::new(element.value("Id")?);
        let protocol = element.child("Protocol");
        // One that includes another has its protocol from there, or that one is reported.
        if protocol.is_none() && element.child("IncludeTechnicalProfile").is_none() {
            self.report(
                codes::NO_ELEMENT
                    .at(&element.origin, "declared here", format!("technical profile `{id}` has no `Protocol`"))
                    .help("say what it speaks, or check the spelling of its id if a base policy declares it"),
            );
        }
        let metadata = self.metadata(element);
        self.content_definition_of(element);
        let include_in_sso = element
            .child("IncludeInSso")
            .and_then(|it| self.boolean("IncludeInSso", &it.text, &it.text_place()))
            .unwrap_or(true);
        Some(TechnicalProfile {
            display_name: text_in(element, "DisplayName").or_else(|| text_in(element, "ProviderDisplayName")),
            domain: domain(element, "Domain", "Domains")
                .or_else(|| domain(element, "ProviderDomain", "ProviderDomains")),
            protocol: protocol.and_then(|it| self.protocol_name(it)).unwrap_or(ProtocolName::None),
            handler: protocol.and_then(|it| it.value("Handler")).and_then(handler),
            input_token_format: self.word_in(element, "InputTokenFormat", TOKEN_FORMATS),
            output_token_format: self.word_in(element, "OutputTokenFormat", TOKEN_FORMATS),
            metadata,
            keys: element
                .items("CryptographicKeys", "Key")
                .filter_map(|it| Some((it.value("Id")?.to_owned(), KeyName::new(it.value("StorageReferenceId")?))))
                .collect(),
            include_in_sso,
            input_transformations: self.references(element, "InputClaimsTransformations", "InputClaimsTransformation"),
            input_claims: self.claim_references(element, "InputClaims", "InputClaim"),
            display_claims: self.display_claims(element),
            persisted_claims: self.claim_references(element, "PersistedClaims", "PersistedClaim"),
            output_claims: self.claim_references(element, "OutputClaims", "OutputClaim"),
            output_transformations: self.references(
                element,
                "OutputClaimsTransformations",
                "OutputClaimsTransformation",
            ),
            validation_profiles: element
                .items("ValidationTechnicalProfiles", "ValidationTechnicalProfile")
                .filter_map(|it| self.validation_profile(it, "ReferenceId"))
                .collect(),
            session_profile: element
                .child("UseTechnicalProfileForSessionManagement")
                .and_then(|it| self.refer(Kind::Profile, it, "ReferenceId")),
            enabled: self.word_in(element, "EnabledForUserJourneys", ENABLED).unwrap_or_default(),
            place: element.origin.clone(),
            id,
        })
    }

    pub(super) fn protocol_name(&mut self, element: &Element) -> Option<ProtocolName> {
        self.word(element.attribute("Name")?, PROTOCOLS)
    }

    pub(super) fn metadata(&mut self, element: &Element) -> Metadata {
        Metadata(
            element
                .items("Metadata", "Item")
                .filter_map(|it| Some((MetadataKey::new(it.value("Key")?), it.text.to_string())))
                .collect(),
        )
    }

    /// A page without its content definition is shown with the defaults, so this is worth a word only.
    fn content_definition_of(&mut self, element: &Element) {
        let named = element
            .items("Metadata", "Item")
            .filter(|it| it.value("Key").is_some_and(|key| key.eq_ignore_ascii_case("ContentDefinitionReferenceId")))
            .last();
        // A resolver in it is evaluated when the page is shown.
        if let Some(named) = named.filter(|it| !it.text.contains('{')) {
            self.find_text(Kind::ContentDefinition, named);
        }
    }

    pub(super) fn claim_references(&mut self, element: &Element, list: &str, item: &str) -> Vec<ClaimReference> {
        element
            .items(list, item)
            .filter_map(|it| {
                Some(ClaimReference {
                    claim: self.refer(Kind::ClaimType, it, "ClaimTypeReferenceId")?,
                    partner: it.value("PartnerClaimType").filter(|name| !name.is_empty()).map(str::to_owned),
                    default_value: text(it, "DefaultValue"),
                    always_use_default: self.flag(it, "AlwaysUseDefaultValue", false),
                    required: self.flag(it, "Required", false),
                    overwrite_if_exists: self.flag(it, "OverwriteIfExists", true),
                })
            })
            .collect()
    }

    fn display_claims(&mut self, element: &Element) -> Vec<DisplayClaim> {
        element
            .items("DisplayClaims", "DisplayClaim")
            .filter_map(|it| {
                if it.attribute("DisplayControlReferenceId").is_some() {
                    return self
                        .refer(Kind::DisplayControl, it, "DisplayControlReferenceId")
                        .map(DisplayClaim::Control);
                }
                if it.attribute("ClaimTypeReferenceId").is_none() {
                    self.report(codes::NO_ATTRIBUTE.at(
                        &it.origin,
                        "here",
                        "`DisplayClaim` has neither `ClaimTypeReferenceId` nor `DisplayControlReferenceId`".to_owned(),
                    ));
                }
                Some(DisplayClaim::Claim {
                    claim: self.refer(Kind::ClaimType, it, "ClaimTypeReferenceId")?,
                    required: self.flag(it, "Required", false),
                })
            })
            .collect()
    }

    fn references(&mut self, element: &Element, list: &str, item: &str) -> Vec<crate::id::TransformationId> {
        element.items(list, item).filter_map(|it| self.refer(Kind::Transformation, it, "ReferenceId")).collect()
    }

    pub(super) fn validation_profile(&mut self, element: &Element, reference: &str) -> Option<ValidationProfile> {
        Some(ValidationProfile {
            profile: self.refer(Kind::Profile, element, reference)?,
            continue_on_error: self.flag(element, "ContinueOnError", false),
            continue_on_success: self.flag(element, "ContinueOnSuccess", true),
            preconditions: self.preconditions(element),
        })
    }
}

/// The single form, else the first of the list form.
fn domain(profile: &Element, single: &str, list: &str) -> Option<String> {
    text_in(profile, single).or_else(|| text_in(profile.child(list)?, "Domain"))
}

/// The type's name: `Web.TPEngine.Providers.RestfulProvider, Web.TPEngine, Version=…` names its assembly too.
fn handler(text: &str) -> Option<String> {
    let name = text.split(',').next()?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}
