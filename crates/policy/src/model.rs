//! A policy after merging and checking: every reference resolves and every limit holds.
//!
//! The shapes follow the language; what a handler makes of its metadata is read by the `journey`
//! crate.

mod building_blocks;
mod relying_party;
mod technical_profile;
mod user_journey;

use std::collections::BTreeMap;

pub use building_blocks::*;
pub use relying_party::*;
pub use technical_profile::*;
pub use user_journey::*;

use crate::id::{
    ClaimTypeId, ContentDefinitionId, DisplayControlId, JourneyId, PolicyId, PredicateId, PredicateValidationId,
    ProfileId, SubJourneyId, TransformationId,
};

/// One policy with everything that it inherits laid under it.
#[derive(Clone, Debug)]
pub struct EffectivePolicy {
    /// The policy's own id; the leaf's, not its bases'.
    pub id: PolicyId,
    /// `TenantId` of the leaf: the tenant's domain.
    pub tenant: String,
    /// `TenantObjectId`, where the file states it.
    pub tenant_object_id: Option<String>,
    /// `DeploymentMode`; `Production` unless stated.
    pub deployment_mode: DeploymentMode,
    /// `ClaimsSchema`.
    pub claim_types: BTreeMap<ClaimTypeId, ClaimType>,
    /// `Predicates`.
    pub predicates: BTreeMap<PredicateId, Predicate>,
    /// `PredicateValidations`.
    pub predicate_validations: BTreeMap<PredicateValidationId, PredicateValidation>,
    /// `ClaimsTransformations`.
    pub transformations: BTreeMap<TransformationId, ClaimsTransformation>,
    /// `ContentDefinitions`.
    pub content_definitions: BTreeMap<ContentDefinitionId, ContentDefinition>,
    /// `Localization`.
    pub localization: Localization,
    /// `DisplayControls`.
    pub display_controls: BTreeMap<DisplayControlId, DisplayControl>,
    /// Technical profiles of all claims providers, with what they include laid under them.
    pub profiles: BTreeMap<ProfileId, TechnicalProfile>,
    /// `UserJourneys`.
    pub journeys: BTreeMap<JourneyId, UserJourney>,
    /// `SubJourneys`.
    pub sub_journeys: BTreeMap<SubJourneyId, SubJourney>,
    /// `RelyingParty`; absent from policies that only others build on.
    pub relying_party: Option<RelyingParty>,
}

/// `DeploymentMode`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "the names are the language's own")]
pub enum DeploymentMode {
    Development,
    #[default]
    Production,
    Debugging,
}
