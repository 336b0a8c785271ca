//! What sessions have to do with of a program, for simulations.

use zaguan_policy::{
    id::{ContentDefinitionId, ProfileId},
    model::{OrchestrationStep, Selection, StepKind},
};
use zaguan_session::{
    SessionRule, Terms,
    simulate::{KeepBox, SimulatedPolicy},
};

use crate::{
    bind::{Kind, Program},
    claims::Claims,
    preconditions,
    profiles::{jwt_issuer::IssuerForm, self_asserted::SelfAsserted},
    steps::local_profile,
};

/// The page on which somebody signs in whom no session knows.
#[derive(Clone, Copy, Debug)]
pub struct SignInPage<'a> {
    /// How the profile behind it takes part in sessions.
    pub session: &'a SessionRule,
    /// Whether it has the box "keep me signed in".
    pub keep_box: KeepBox,
}

impl Program {
    /// The first page with a form that a journey comes to in a browser without a session.
    pub fn sign_in_page(&self) -> Option<SignInPage<'_>> {
        self.first_form(&self.policy.journeys.get(&self.relying_party.default_journey)?.steps, 0)
    }

    /// The policy as simulations know it. `None`: its journey shows no form.
    pub fn simulated(&self) -> Option<SimulatedPolicy> {
        let page = self.sign_in_page()?;
        let behavior = &self.relying_party.behavior;
        Some(SimulatedPolicy {
            id: self.policy.id.clone(),
            scope: behavior.scope,
            terms: Terms::from(behavior),
            remembers: page.session.clone(),
            keep_box: page.keep_box,
            registers_as: self.registers_as(),
        })
    }

    /// S-033, S-044: all three of the page's layout, the profile's switch and the policy's days.
    pub(crate) fn offers_remember_me(&self, definition: Option<&ContentDefinitionId>, page: &SelfAsserted) -> bool {
        let definition = definition.and_then(|id| self.policy.content_definitions.get(id));
        let layout = definition.and_then(|definition| definition.data_uri.as_ref());
        let can = layout.is_some_and(|uri| uri.page == "unifiedssp" && uri.version >= [1, 1, 0]);
        can && page.offers_remember_me && self.relying_party.behavior.keep_alive.is_some()
    }

    fn first_form(&self, steps: &[OrchestrationStep], depth: u32) -> Option<SignInPage<'_>> {
        // A sub-journey that calls itself shows nothing either.
        const DEEPEST: u32 = 20;
        if depth > DEEPEST {
            return None;
        }
        let nothing = Claims::default();
        steps.iter().filter(|step| !preconditions::skip(&step.preconditions, &nothing)).find_map(|step| {
            match &step.kind {
                StepKind::CombinedSignInAndSignUp(selection) => self.combined(selection),
                StepKind::ClaimsExchange(exchanges) => exchanges.iter().find_map(|exchange| {
                    let (_, bound) = self.profile(&exchange.profile)?;
                    let has_form = matches!(bound.kind, Kind::SelfAsserted(_));
                    has_form.then_some(SignInPage { session: &bound.session, keep_box: KeepBox::Absent })
                }),
                StepKind::InvokeSubJourney(id) => self.first_form(&self.policy.sub_journeys.get(id)?.steps, depth + 1),
                _ => None,
            }
        })
    }

    fn combined(&self, selection: &Selection) -> Option<SignInPage<'_>> {
        let local: &ProfileId = local_profile(selection)?;
        let (_, bound) = self.profile(local)?;
        let Kind::SelfAsserted(page) = &bound.kind else { return None };
        let definition = selection.content_definition.as_ref().or(page.content_definition.as_ref());
        let keep_box = match self.offers_remember_me(definition, page) {
            true => KeepBox::Offered,
            false => KeepBox::Absent,
        };
        Some(SignInPage { session: &bound.session, keep_box })
    }

    /// The issuer, where running it makes apps participants.
    fn registers_as(&self) -> Option<String> {
        let journey = self.policy.journeys.get(&self.relying_party.default_journey)?;
        let (_, bound) = self.profile(journey.default_issuer.as_ref()?)?;
        let Kind::JwtIssuer(issuer) = &bound.kind else { return None };
        bound.session.registers_apps().then(|| match issuer.issuer_form {
            IssuerForm::AuthorityAndTenantGuid => "tenant".into(),
            IssuerForm::AuthorityWithTfp => format!("policy {}", self.policy.id.to_lowercase()),
        })
    }
}
