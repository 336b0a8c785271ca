//! Technical profiles, kind-neutral: what every handler shares.

use std::collections::BTreeMap;

use super::Precondition;
use crate::{
    diagnostic::Place,
    id::{ClaimTypeId, DisplayControlId, KeyName, MetadataKey, ProfileId, TransformationId},
    value::parse_boolean,
};

/// `TechnicalProfile`, with what it includes laid under it.
#[derive(Clone, Debug)]
pub struct TechnicalProfile {
    /// Its id, spelled as declared.
    pub id: ProfileId,
    /// Caption of its button, title of its page.
    pub display_name: Option<String>,
    /// `Domain` of the profile, else of its claims provider: compared with `domain_hint`.
    pub domain: Option<String>,
    /// `Protocol/@Name`.
    pub protocol: ProtocolName,
    /// `Protocol/@Handler` up to its first comma: `Web.TPEngine.Providers.RestfulProvider`.
    pub handler: Option<String>,
    /// `InputTokenFormat`.
    pub input_token_format: Option<TokenFormat>,
    /// `OutputTokenFormat`; what makes a profile an issuer.
    pub output_token_format: Option<TokenFormat>,
    /// `Metadata`.
    pub metadata: Metadata,
    /// `CryptographicKeys`: role and policy key, in order.
    pub keys: Vec<(String, KeyName)>,
    /// `IncludeInSso`; true unless stated.
    pub include_in_sso: bool,
    /// `InputClaimsTransformations`, in order.
    pub input_transformations: Vec<TransformationId>,
    /// `InputClaims`.
    pub input_claims: Vec<ClaimReference>,
    /// `DisplayClaims`.
    pub display_claims: Vec<DisplayClaim>,
    /// `PersistedClaims`.
    pub persisted_claims: Vec<ClaimReference>,
    /// `OutputClaims`.
    pub output_claims: Vec<ClaimReference>,
    /// `OutputClaimsTransformations`, in order.
    pub output_transformations: Vec<TransformationId>,
    /// `ValidationTechnicalProfiles`, in the order in which they run.
    pub validation_profiles: Vec<ValidationProfile>,
    /// `UseTechnicalProfileForSessionManagement`.
    pub session_profile: Option<ProfileId>,
    /// `EnabledForUserJourneys`.
    pub enabled: EnabledForUserJourneys,
    /// Where it is declared (the file nearest to the leaf).
    pub place: Place,
}

/// `Protocol/@Name`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "the names are the language's own")]
pub enum ProtocolName {
    None,
    OAuth1,
    OAuth2,
    Saml2,
    OpenIdConnect,
    WsFed,
    WsTrust,
    UProve11,
    Proprietary,
}

/// `InputTokenFormat` and `OutputTokenFormat`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names are the language's own")]
pub enum TokenFormat {
    Json,
    Jwt,
    Saml11,
    Saml2,
    CpimUnsigned,
    UProve11,
    OAuth2Error,
}

/// Metadata items by key. Keys compare without case and without surrounding white space; the last
/// of two equal keys wins.
#[derive(Clone, Debug, Default)]
pub struct Metadata(pub BTreeMap<MetadataKey, String>);

impl Metadata {
    /// The item's text, without surrounding white space.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(&MetadataKey::new(key)).map(|text| text.trim())
    }

    /// The item as a boolean; `None` where absent or neither true nor false.
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.get(key).and_then(parse_boolean)
    }
}

/// `InputClaim`, `OutputClaim`, `PersistedClaim`.
#[derive(Clone, Debug)]
pub struct ClaimReference {
    /// Which claim, spelled as referred to.
    pub claim: ClaimTypeId,
    /// `PartnerClaimType`.
    pub partner: Option<String>,
    /// `DefaultValue`; may be a claim resolver.
    pub default_value: Option<String>,
    /// `AlwaysUseDefaultValue`; false unless stated.
    pub always_use_default: bool,
    /// `Required`; false unless stated.
    pub required: bool,
    /// `OverwriteIfExists`; true unless stated.
    pub overwrite_if_exists: bool,
}

/// `DisplayClaim`: a claim or a whole control.
#[derive(Clone, Debug)]
pub enum DisplayClaim {
    /// A field.
    Claim {
        /// Which claim.
        claim: ClaimTypeId,
        /// Must be filled.
        required: bool,
    },
    /// `DisplayControlReferenceId`.
    Control(DisplayControlId),
}

/// `ValidationTechnicalProfile`, and a profile of a display control's action.
#[derive(Clone, Debug)]
pub struct ValidationProfile {
    /// What runs.
    pub profile: ProfileId,
    /// Go on after a failure; false unless stated.
    pub continue_on_error: bool,
    /// Go on after a success; true unless stated.
    pub continue_on_success: bool,
    /// When it is skipped.
    pub preconditions: Vec<Precondition>,
}

/// `EnabledForUserJourneys`. The claim and the value stand in the profile's metadata
/// (`ClaimTypeOnWhichToEnable`, `ClaimValueOnWhichToEnable`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "the names are the language's own")]
pub enum EnabledForUserJourneys {
    #[default]
    Always,
    Never,
    OnClaimsExistence,
    OnItemExistenceInStringCollectionClaim,
    OnItemAbsenceInStringCollectionClaim,
}
