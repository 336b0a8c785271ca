//! Technical profiles.

use std::sync::Arc;

use super::{Kind, Scope, text, text_in};
use crate::{
    codes,
    element::Element,
    id::{KeyName, MetadataKey, ProfileId, key, same},
    model::{
        ClaimReference, DisplayClaim, EnabledForUserJourneys, Metadata, ProtocolName, TechnicalProfile, TokenFormat,
        ValidationProfile,
    },
    nearest::nearest,
    said,
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
            let message = said!("technical profile `{}` has no `Protocol`", id);
            let finding = codes::NO_ELEMENT.at(&element.origin, said!("declared here"), message);
            self.report(match self.like(Kind::Profile, id.as_str()) {
                Some(meant) => finding.help(said!("say what it speaks, or did you mean `{}`?", meant)),
                None => finding
                    .help(said!("say what it speaks, or check the spelling of its id if a base policy declares it")),
            });
        }
        if let Some(proprietary) = protocol
            .filter(|it| it.value("Name") == Some("Proprietary") && it.value("Handler").is_none_or(str::is_empty))
        {
            self.report(
                codes::NO_ATTRIBUTE
                    .at(
                        &proprietary.origin,
                        said!("here"),
                        said!("a `Protocol` that is `Proprietary` has no `Handler`"),
                    )
                    .help(said!("name the provider: `Handler=\"Web.TPEngine.Providers.…\"`")),
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
                .filter_map(|it| {
                    if let Some(own) = it.attribute("ReferenceId").filter(|own| same(own.trimmed(), id.as_str())) {
                        let message = said!("technical profile `{}` validates itself", id);
                        self.report(codes::VALIDATES_ITSELF.at(&own.place, said!("referenced here"), message));
                    }
                    self.validation_profile(it, "ReferenceId")
                })
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
                self.default_value(it);
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

    fn default_value(&mut self, element: &Element) {
        let Some((claim, given)) = element.value("ClaimTypeReferenceId").zip(element.attribute("DefaultValue")) else {
            return;
        };
        if let Some(of) = self.types.get(&key(claim)).copied() {
            self.check_value(claim, &given.value, of, &given.place);
        }
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
                        said!("here"),
                        said!("`DisplayClaim` has neither `ClaimTypeReferenceId` nor `DisplayControlReferenceId`"),
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

    /// The page's link leads to an exchange, usually of a later step.
    pub(super) fn sign_up_link(&mut self, tree: &Element, profile: &Element) {
        let target = profile
            .items("Metadata", "Item")
            .filter(|it| it.value("Key").is_some_and(|key| key.eq_ignore_ascii_case("SignUpTarget")))
            .last();
        let Some(target) = target.filter(|it| !it.text.trim().is_empty() && !it.text.contains('{')) else { return };
        let journeys = tree.items("UserJourneys", "UserJourney").chain(tree.items("SubJourneys", "SubJourney"));
        let ids: Vec<&str> = journeys
            .flat_map(|it| it.items("OrchestrationSteps", "OrchestrationStep"))
            .flat_map(|it| it.items("ClaimsExchanges", "ClaimsExchange"))
            .filter_map(|it| it.value("Id"))
            .collect();
        if ids.iter().any(|id| id.eq_ignore_ascii_case(target.text.trim())) {
            return;
        }
        let message = said!("the sign-up link leads to `{}`, which is no claims exchange", target.text.trim());
        let finding = codes::LINK_TO_NOTHING.at(&target.text_place(), said!("referenced here"), message);
        self.report(match nearest(target.text.trim(), ids.into_iter()) {
            Some(meant) => finding.help(said!("did you mean `{}`?", meant)),
            None => finding,
        });
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
