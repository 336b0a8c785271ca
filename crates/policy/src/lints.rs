//! Advice about policies that hold: what loads, and is hardly what its author wants.
//!
//! Each lint is a file. They look at policies that answer apps, and at what those run: a base policy is made for several, and
//! what one of them leaves out another may add.

mod after_the_answer;
mod always_skipped;
mod days_without_checkbox;
mod empty_claim;
mod forgotten_apps;
mod forgotten_provider;
mod missing_key;
mod page_for_nobody;
mod suppressed_session;
mod unchosen_exchange;
mod unprotected_service;
mod unused;

use std::collections::BTreeSet;

use crate::{
    diagnostic::{Diagnostic, Place},
    element::Element,
    id::{JourneyId, ProfileId, SubJourneyId},
    model::{
        ClaimsExchange, DisplayClaim, EffectivePolicy, OrchestrationStep, ProtocolName, RelyingParty, StepKind,
        TechnicalProfile, UserJourney,
    },
};

type Lint = fn(&Subject<'_>) -> Vec<Diagnostic>;

const LINTS: &[Lint] = &[
    after_the_answer::look,
    always_skipped::look,
    days_without_checkbox::look,
    empty_claim::look,
    forgotten_apps::look,
    forgotten_provider::look,
    missing_key::look,
    page_for_nobody::look,
    suppressed_session::look,
    unchosen_exchange::look,
    unprotected_service::look,
    unused::look,
];

/// What all lints have to say of a policy. Nothing where it answers no apps.
pub(crate) fn findings(tree: &Element, policy: &EffectivePolicy) -> Vec<Diagnostic> {
    let Some(subject) = Subject::of(tree, policy) else { return Vec::new() };
    LINTS.iter().flat_map(|lint| lint(&subject)).collect()
}

/// A policy that answers apps, and the journeys that it runs.
struct Subject<'a> {
    tree: &'a Element,
    policy: &'a EffectivePolicy,
    relying_party: &'a RelyingParty,
    runs: Vec<Run<'a>>,
}

/// A journey and who starts it.
struct Run<'a> {
    journey: &'a UserJourney,
    caller: Caller,
    /// Where it is named.
    named: Place,
}

/// Who starts a journey.
#[derive(Clone, Copy, PartialEq)]
enum Caller {
    /// A browser, with a person before it.
    Browser,
    /// An app, without anybody.
    App,
}

impl<'a> Subject<'a> {
    fn of(tree: &'a Element, policy: &'a EffectivePolicy) -> Option<Self> {
        let relying_party = policy.relying_party.as_ref()?;
        let mut subject = Self { tree, policy, relying_party, runs: Vec::new() };
        let element = tree.child("RelyingParty")?;
        let default = element.child("DefaultUserJourney")?.attribute("ReferenceId")?;
        subject.add(&relying_party.default_journey, Caller::Browser, &default.place);
        for endpoint in element.items("Endpoints", "Endpoint") {
            if let Some(named) = endpoint.attribute("UserJourneyReferenceId") {
                subject.add(&JourneyId::new(&named.value), Caller::App, &named.place);
            }
        }
        let items: Vec<&Element> = subject.issuers().flat_map(|issuer| subject.journeys_of_issuer(issuer)).collect();
        for item in items {
            subject.add(&JourneyId::new(&item.text), Caller::App, &item.text_place());
        }
        Some(subject)
    }

    fn add(&mut self, id: &JourneyId, caller: Caller, named: &Place) {
        let known = self.runs.iter().any(|run| run.journey.id == *id && run.caller == caller);
        if let Some(journey) = self.policy.journeys.get(id).filter(|_| !known) {
            self.runs.push(Run { journey, caller, named: named.clone() });
        }
    }

    /// The items of an issuer's metadata that name journeys.
    fn journeys_of_issuer(&self, issuer: &TechnicalProfile) -> Vec<&'a Element> {
        let named = |item: &&Element| {
            let keys = ["RefreshTokenUserJourneyId", "ClientCredentialsUserJourneyId"];
            item.value("Key").is_some_and(|key| keys.iter().any(|known| known.eq_ignore_ascii_case(key)))
        };
        let all = self.tree.items("ClaimsProviders", "TechnicalProfile");
        let own = all.filter(|it| it.value("Id").is_some_and(|id| ProfileId::new(id) == issuer.id));
        own.flat_map(|it| it.items("Metadata", "Item")).map(|item| &**item).filter(named).collect()
    }

    /// The profiles that make what people's journeys end with.
    fn issuers(&self) -> impl Iterator<Item = &'a TechnicalProfile> {
        let ids: BTreeSet<&ProfileId> = self
            .runs
            .iter()
            .filter(|run| run.caller == Caller::Browser)
            .flat_map(|run| self.steps(run.journey))
            .filter_map(|step| match &step.kind {
                StepKind::SendClaims { issuer } => issuer.as_ref(),
                _ => None,
            })
            .collect();
        ids.into_iter().filter_map(|id| self.policy.profiles.get(id))
    }

    /// The steps of a journey and of the sub-journeys that it calls, each once.
    fn steps(&self, journey: &'a UserJourney) -> Vec<&'a OrchestrationStep> {
        let mut called: BTreeSet<&SubJourneyId> = BTreeSet::new();
        let mut open: Vec<&OrchestrationStep> = journey.steps.iter().rev().collect();
        let mut all = Vec::new();
        while let Some(step) = open.pop() {
            all.push(step);
            if let StepKind::InvokeSubJourney(id) = &step.kind
                && called.insert(id)
            {
                let inner = self.policy.sub_journeys.get(id).map_or(&[][..], |sub_journey| &sub_journey.steps);
                open.extend(inner.iter().rev());
            }
        }
        all
    }

    /// The steps of all journeys that the policy runs; a list at a time, without what it calls.
    fn lists(&self) -> Vec<&'a [OrchestrationStep]> {
        let mut called: BTreeSet<&SubJourneyId> = BTreeSet::new();
        for step in self.runs.iter().flat_map(|run| self.steps(run.journey)) {
            if let StepKind::InvokeSubJourney(id) = &step.kind {
                called.insert(id);
            }
        }
        let journeys = self.runs.iter().map(|run| &run.journey.steps[..]);
        journeys.chain(called.iter().filter_map(|id| Some(&self.policy.sub_journeys.get(id)?.steps[..]))).collect()
    }

    /// The profiles that steps run themselves.
    fn exchanged(&self) -> impl Iterator<Item = &'a TechnicalProfile> {
        let steps = self.runs.iter().flat_map(|run| self.steps(run.journey));
        let ids: BTreeSet<&ProfileId> = steps.flat_map(exchanges).map(|exchange| &exchange.profile).collect();
        ids.into_iter().filter_map(|id| self.policy.profiles.get(id))
    }

    /// All profiles that the policy runs: of steps, and what those call in their turn.
    fn called(&self) -> Vec<&'a TechnicalProfile> {
        let mut open: Vec<&ProfileId> = self.exchanged().map(|profile| &profile.id).collect();
        for run in &self.runs {
            open.extend(&run.journey.authorization);
            open.extend(self.steps(run.journey).into_iter().filter_map(|step| match &step.kind {
                StepKind::SendClaims { issuer } => issuer.as_ref(),
                StepKind::GetClaims { profile } => profile.as_ref(),
                _ => None,
            }));
        }
        let mut seen: BTreeSet<&ProfileId> = BTreeSet::new();
        let mut all = Vec::new();
        while let Some(id) = open.pop() {
            let Some(profile) = self.policy.profiles.get(id).filter(|_| seen.insert(id)) else { continue };
            all.push(profile);
            open.extend(profile.validation_profiles.iter().map(|it| &it.profile));
            let controls = profile.display_claims.iter().filter_map(|claim| match claim {
                DisplayClaim::Control(id) => self.policy.display_controls.get(id),
                DisplayClaim::Claim { .. } => None,
            });
            let actions = controls.flat_map(|control| &control.actions);
            open.extend(actions.flat_map(|(_, profiles)| profiles).map(|it| &it.profile));
        }
        all.sort_by(|one, other| one.id.cmp(&other.id));
        all
    }

    /// The last part of the name of a session provider: `OAuthSSOSessionProvider`.
    fn session_provider(&self, profile: &TechnicalProfile) -> Option<&'a str> {
        Some(provider(self.policy.profiles.get(profile.session_profile.as_ref()?)?))
    }
}

/// The exchanges that a step itself may run.
fn exchanges(step: &OrchestrationStep) -> &[ClaimsExchange] {
    match &step.kind {
        StepKind::CombinedSignInAndSignUp(selection) | StepKind::ClaimsProviderSelection(selection) => {
            &selection.exchanges
        }
        StepKind::ClaimsExchange(exchanges) => exchanges,
        _ => &[],
    }
}

/// The last part of the name of a profile's handler: `RestfulProvider`. Empty where it has none.
fn provider(profile: &TechnicalProfile) -> &str {
    profile.handler.as_deref().and_then(|handler| handler.rsplit('.').next()).unwrap_or_default()
}

/// True where a profile sends the browser to an identity provider.
fn leads_to_provider(profile: &TechnicalProfile) -> bool {
    use ProtocolName::{OAuth1, OAuth2, OpenIdConnect, Saml2, WsFed};
    matches!(profile.protocol, OAuth1 | OAuth2 | OpenIdConnect | Saml2 | WsFed) && !asks_for_password(profile)
}

/// True where a profile hands over a password by itself: `login-NonInteractive`. [add-ropc-policy]
fn asks_for_password(profile: &TechnicalProfile) -> bool {
    let is_grant = |name: &str| name.eq_ignore_ascii_case("grant_type");
    profile.metadata.get("grant_type").is_some_and(|given| given.eq_ignore_ascii_case("password"))
        || profile.input_claims.iter().any(|claim| {
            (is_grant(claim.claim.as_str()) || claim.partner.as_deref().is_some_and(is_grant))
                && claim.default_value.as_deref().is_some_and(|given| given.eq_ignore_ascii_case("password"))
        })
}

/// True where a profile needs somebody before a browser: a page, a telephone, an identity provider.
fn needs_somebody(profile: &TechnicalProfile) -> bool {
    matches!(provider(profile), "SelfAssertedAttributeProvider" | "PhoneFactorProtocolProvider")
        || leads_to_provider(profile)
}
