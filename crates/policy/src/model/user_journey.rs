//! User journeys and their orchestration steps.

use crate::{
    diagnostic::Place,
    id::{ClaimTypeId, ContentDefinitionId, ExchangeId, JourneyId, ProfileId, SubJourneyId},
};

/// `UserJourney`.
#[derive(Clone, Debug)]
pub struct UserJourney {
    /// Its id.
    pub id: JourneyId,
    /// `DefaultCpimIssuerTechnicalProfileReferenceId`, else the issuer of the first `SendClaims`.
    pub default_issuer: Option<ProfileId>,
    /// `AuthorizationTechnicalProfiles`.
    pub authorization: Vec<ProfileId>,
    /// The steps, by rising `Order`.
    pub steps: Vec<OrchestrationStep>,
}

/// `SubJourney`.
#[derive(Clone, Debug)]
pub struct SubJourney {
    /// Its id.
    pub id: SubJourneyId,
    /// Whether control comes back.
    pub kind: SubJourneyKind,
    /// The steps, by rising `Order`.
    pub steps: Vec<OrchestrationStep>,
}

/// `SubJourney/@Type`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SubJourneyKind {
    /// Control returns to the step after the call.
    Call,
    /// Control does not return.
    Transfer,
}

/// `OrchestrationStep`.
#[derive(Clone, Debug)]
pub struct OrchestrationStep {
    /// `Order`.
    pub order: i32,
    /// The first that holds skips the step.
    pub preconditions: Vec<Precondition>,
    /// What it does.
    pub kind: StepKind,
    /// Where it is declared.
    pub place: Place,
}

/// `OrchestrationStep/@Type` with what that type needs.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// The sign-in page: the local form, provider buttons, links.
    CombinedSignInAndSignUp(Selection),
    /// A page of provider buttons.
    ClaimsProviderSelection(Selection),
    /// Runs one technical profile: the only one, or the one chosen before.
    ClaimsExchange(Vec<ClaimsExchange>),
    /// Issues the token.
    SendClaims {
        /// `CpimIssuerTechnicalProfileReferenceId`.
        issuer: Option<ProfileId>,
    },
    /// Reads the `id_token_hint`.
    GetClaims {
        /// `CpimIssuerTechnicalProfileReferenceId`.
        profile: Option<ProfileId>,
    },
    /// Runs a sub-journey.
    InvokeSubJourney(SubJourneyId),
    /// A type of the schema that no document explains (`ConsentScreen`, `Noop`, …): does nothing.
    Undocumented(String),
}

/// What a selection page offers.
#[derive(Clone, Debug)]
pub struct Selection {
    /// `ContentDefinitionReferenceId`.
    pub content_definition: Option<ContentDefinitionId>,
    /// `DisplayOption="ShowSingleProvider"`.
    pub show_single_provider: bool,
    /// The choices, in order.
    pub choices: Vec<Choice>,
    /// `ClaimsExchanges` of the step itself.
    pub exchanges: Vec<ClaimsExchange>,
}

/// `ClaimsProviderSelection`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Choice {
    /// `TargetClaimsExchangeId`: a button that chooses an exchange of a following step.
    Target(ExchangeId),
    /// `ValidationClaimsExchangeId`: the local account's form, run by this very step.
    Validation(ExchangeId),
}

/// `ClaimsExchange`.
#[derive(Clone, Debug)]
pub struct ClaimsExchange {
    /// Its id.
    pub id: ExchangeId,
    /// The technical profile that it runs.
    pub profile: ProfileId,
}

/// `Precondition` of a step or of a validation technical profile: when it triggers, that is skipped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Precondition {
    /// What is looked at.
    pub test: PreconditionTest,
    /// `ExecuteActionsIf`.
    pub execute_actions_if: bool,
}

/// `Precondition/@Type` with its `Value`s.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PreconditionTest {
    /// The claim is in the bag.
    ClaimsExist(ClaimTypeId),
    /// The claim's text is this, to the letter.
    ClaimEquals(ClaimTypeId, String),
}
