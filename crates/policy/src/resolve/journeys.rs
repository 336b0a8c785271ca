//! User journeys, sub-journeys and their steps.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Kind, Scope, by_id};
use crate::{
    codes,
    diagnostic::Message,
    element::{Attribute, Element},
    id::{ClaimTypeId, ExchangeId, JourneyId, ProfileId, SubJourneyId, key, same},
    model::{
        Choice, ClaimsExchange, OrchestrationStep, Precondition, PreconditionTest, Selection, StepKind, SubJourney,
        SubJourneyKind, UserJourney,
    },
    nearest::nearest,
    said,
};

#[derive(Clone, Copy)]
enum StepType {
    CombinedSignInAndSignUp,
    ClaimsProviderSelection,
    ClaimsExchange,
    SendClaims,
    GetClaims,
    InvokeSubJourney,
    Undocumented,
}

const STEP_TYPES: &[(&str, StepType)] = &[
    ("CombinedSignInAndSignUp", StepType::CombinedSignInAndSignUp),
    ("ClaimsProviderSelection", StepType::ClaimsProviderSelection),
    ("ClaimsExchange", StepType::ClaimsExchange),
    ("SendClaims", StepType::SendClaims),
    ("GetClaims", StepType::GetClaims),
    ("InvokeSubJourney", StepType::InvokeSubJourney),
    ("Noop", StepType::Undocumented),
    ("ConsentScreen", StepType::Undocumented),
    ("ReviewScreen", StepType::Undocumented),
    ("UserDialog", StepType::Undocumented),
];

const SUB_JOURNEY_KINDS: &[(&str, SubJourneyKind)] =
    &[("Call", SubJourneyKind::Call), ("Transfer", SubJourneyKind::Transfer)];

const ACTIONS: &[(&str, ())] = &[("SkipThisOrchestrationStep", ()), ("SkipThisValidationTechnicalProfile", ())];

fn is_step_type(kind: &str) -> bool {
    STEP_TYPES.iter().any(|(known, _)| *known == kind)
}

impl Scope<'_> {
    pub(super) fn journeys(&mut self, tree: &Element) -> BTreeMap<JourneyId, UserJourney> {
        by_id(tree, "UserJourneys", "UserJourney", |it: &UserJourney| it.id.clone(), |it| self.journey(tree, it))
    }

    fn journey(&mut self, tree: &Element, element: &Arc<Element>) -> Option<UserJourney> {
        if let Some(preserve) = element.child("PreserveOriginalAssertion") {
            self.boolean("PreserveOriginalAssertion", &preserve.text, &preserve.text_place());
        }
        let steps = self.steps(tree, element);
        let first_issuer = || {
            steps.iter().find_map(|step| match &step.kind {
                StepKind::SendClaims { issuer } => Some(issuer.clone()),
                _ => None,
            })?
        };
        Some(UserJourney {
            id: JourneyId::new(element.value("Id")?),
            default_issuer: match element.attribute("DefaultCpimIssuerTechnicalProfileReferenceId") {
                Some(_) => self.refer(Kind::Profile, element, "DefaultCpimIssuerTechnicalProfileReferenceId"),
                None => first_issuer(),
            },
            authorization: element
                .named("Authorization")
                .flat_map(|it| it.items("AuthorizationTechnicalProfiles", "AuthorizationTechnicalProfile"))
                .filter_map(|it| self.refer(Kind::Profile, it, "ReferenceId"))
                .collect(),
            steps,
        })
    }

    pub(super) fn sub_journeys(&mut self, tree: &Element) -> BTreeMap<SubJourneyId, SubJourney> {
        let read = by_id(
            tree,
            "SubJourneys",
            "SubJourney",
            |it: &SubJourney| it.id.clone(),
            |element| {
                let steps = self.steps(tree, element);
                if element.items("OrchestrationSteps", "OrchestrationStep").next().is_none() {
                    let message = said!("sub-journey `{}` has no steps; it does nothing", element.value("Id")?);
                    self.report(codes::DOES_NOTHING.at(&element.origin, said!("declared here"), message));
                }
                let kind = self.word(element.attribute("Type")?, SUB_JOURNEY_KINDS)?;
                Some(SubJourney { id: SubJourneyId::new(element.value("Id")?), kind, steps })
            },
        );
        for sub_journey in read.values() {
            self.refuse_cycle(sub_journey, &read);
        }
        read
    }

    /// Two sub-journeys must not call each other. [subjourneys]
    fn refuse_cycle(&mut self, start: &SubJourney, all: &BTreeMap<SubJourneyId, SubJourney>) {
        let mut seen: BTreeSet<&SubJourneyId> = BTreeSet::new();
        let mut open: Vec<&OrchestrationStep> = start.steps.iter().collect();
        while let Some(step) = open.pop() {
            let StepKind::InvokeSubJourney(called) = &step.kind else { continue };
            if *called == start.id {
                let message = said!("sub-journey `{}` calls itself", start.id);
                self.report(codes::SUB_JOURNEY_CYCLE.at(&step.place, said!("called here"), message));
                return;
            }
            if seen.insert(called) {
                open.extend(all.get(called).into_iter().flat_map(|called| &called.steps));
            }
        }
    }

    fn steps(&mut self, tree: &Element, journey: &Element) -> Vec<OrchestrationStep> {
        let mut elements: Vec<(i32, &Arc<Element>)> = journey
            .items("OrchestrationSteps", "OrchestrationStep")
            .filter_map(|step| {
                let order = step.attribute("Order")?;
                let number = self.number("Order", &order.value, &order.place)?;
                Some((i32::try_from(number).ok()?, step))
            })
            .collect();
        elements.sort_by_key(|(order, _)| *order);
        self.gaps(&elements);
        let mut steps = Vec::with_capacity(elements.len());
        for (at, (order, element)) in elements.iter().enumerate() {
            let following: Vec<&Element> = elements[at + 1..].iter().map(|(_, step)| &***step).collect();
            let preconditions = self.preconditions(element);
            if let Some(kind) = self.step_kind(tree, element, &following) {
                steps.push(OrchestrationStep { order: *order, preconditions, kind, place: element.origin.clone() });
            }
        }
        steps
    }

    /// Steps are numbered from 1 without a gap. [userjourneys, OrchestrationStep]
    fn gaps(&mut self, elements: &[(i32, &Arc<Element>)]) {
        let mut expected = 1;
        for (order, step) in elements {
            if *order > expected
                && let Some(place) = step.attribute("Order").map(|order| &order.place)
            {
                let message = said!("step `{}` is missing before step `{}`", expected, order);
                let finding = codes::STEP_MISSING.at(place, said!("here"), message);
                self.report(finding.help(said!("number the steps from 1 on, without a gap")));
            }
            expected = order.saturating_add(1);
        }
    }

    /// B2C answers AADB2C90040 when such a journey has run.
    pub(super) fn sends_claims(&mut self, tree: &Element, reference: &Attribute) {
        let of = |list: &'static str, item: &'static str, id: &str| {
            let id = id.to_owned();
            tree.items(list, item).filter(move |it| it.value("Id").is_some_and(|own| same(own, &id)))
        };
        let mut called: BTreeSet<String> = BTreeSet::new();
        let Some(journey) = of("UserJourneys", "UserJourney", reference.trimmed()).next() else { return };
        let mut open: Vec<&Arc<Element>> = vec![journey];
        while let Some(element) = open.pop() {
            for step in element.items("OrchestrationSteps", "OrchestrationStep") {
                // A type that is misspelt has been told.
                if step.value("Type").is_none_or(|kind| kind == "SendClaims" || !is_step_type(kind)) {
                    return;
                }
                let names = step.items("JourneyList", "Candidate").filter_map(|it| it.value("SubJourneyReferenceId"));
                for name in names.filter(|name| called.insert(key(name))) {
                    open.extend(of("SubJourneys", "SubJourney", name));
                }
            }
        }
        let message = said!("user journey `{}` has no step of type `SendClaims`", reference.trimmed());
        self.report(
            codes::NO_TOKEN
                .at(&journey.origin, said!("declared here"), message)
                .and(&reference.place, said!("a relying party runs it"))
                .help(said!("end it with a step that sends the claims, or no app gets a token")),
        );
    }

    fn step_kind(&mut self, tree: &Element, element: &Element, following: &[&Element]) -> Option<StepKind> {
        let spelled = element.attribute("Type")?;
        Some(match self.word(spelled, STEP_TYPES)? {
            StepType::CombinedSignInAndSignUp => {
                StepKind::CombinedSignInAndSignUp(self.selection(tree, element, following))
            }
            StepType::ClaimsProviderSelection => {
                StepKind::ClaimsProviderSelection(self.selection(tree, element, following))
            }
            StepType::ClaimsExchange => StepKind::ClaimsExchange(self.claims_exchange(element)),
            StepType::SendClaims => StepKind::SendClaims { issuer: self.issuer(element) },
            StepType::GetClaims => StepKind::GetClaims {
                profile: self.refer(Kind::Profile, element, "CpimIssuerTechnicalProfileReferenceId"),
            },
            StepType::InvokeSubJourney => StepKind::InvokeSubJourney(self.called(element)?),
            StepType::Undocumented => {
                if spelled.trimmed() != "Noop" {
                    self.report(codes::DOES_NOTHING.at(
                        &spelled.place,
                        said!("here"),
                        said!("no document says what a step of type `{}` does; it does nothing", spelled.trimmed()),
                    ));
                }
                StepKind::Undocumented(spelled.trimmed().to_owned())
            }
        })
    }

    fn claims_exchange(&mut self, element: &Element) -> Vec<ClaimsExchange> {
        if element.items("ClaimsExchanges", "ClaimsExchange").next().is_none() {
            let message = said!("a step of type `ClaimsExchange` has no `ClaimsExchange`; it does nothing");
            self.report(codes::DOES_NOTHING.at(&element.origin, said!("here"), message));
        }
        self.exchanges(element)
    }

    /// B2C answers AADB2C90108 when such a step runs.
    fn issuer(&mut self, element: &Element) -> Option<ProfileId> {
        if element.attribute("CpimIssuerTechnicalProfileReferenceId").is_none() {
            self.report(
                codes::NO_ISSUER
                    .at(
                        &element.origin,
                        said!("here"),
                        said!("a step of type `SendClaims` does not say who issues the token"),
                    )
                    .help(said!("name the token issuer in `CpimIssuerTechnicalProfileReferenceId`")),
            );
        }
        self.refer(Kind::Profile, element, "CpimIssuerTechnicalProfileReferenceId")
    }

    fn called(&mut self, element: &Element) -> Option<SubJourneyId> {
        let mut candidates = element.items("JourneyList", "Candidate");
        // OPEN: the page says exactly one, the schema allows more; the first is called.
        match candidates.next() {
            Some(candidate) => self.refer(Kind::SubJourney, candidate, "SubJourneyReferenceId"),
            None => {
                self.report(codes::NO_ELEMENT.at(
                    &element.origin,
                    said!("here"),
                    said!("a step of type `InvokeSubJourney` names no sub-journey"),
                ));
                None
            }
        }
    }

    fn exchanges(&mut self, element: &Element) -> Vec<ClaimsExchange> {
        element
            .items("ClaimsExchanges", "ClaimsExchange")
            .filter_map(|it| {
                Some(ClaimsExchange {
                    id: ExchangeId::new(it.value("Id")?),
                    profile: self.refer(Kind::Profile, it, "TechnicalProfileReferenceId")?,
                })
            })
            .collect()
    }

    fn selection(&mut self, tree: &Element, element: &Element, following: &[&Element]) -> Selection {
        let kind = element.value("Type").unwrap_or("");
        if element.attribute("ContentDefinitionReferenceId").is_none() {
            // B2C answers AADB2C90277 when such a step runs.
            let message = said!("a step of type `{}` does not say which page it shows", kind);
            let finding = codes::NO_PAGE.at(&element.origin, said!("here"), message);
            self.report(finding.help(said!("name its content definition in `ContentDefinitionReferenceId`")));
        }
        if element.items("ClaimsProviderSelections", "ClaimsProviderSelection").next().is_none() {
            let message =
                said!("a step of type `{}` has no `ClaimsProviderSelection`: there is nothing to choose", kind);
            self.report(codes::DOES_NOTHING.at(&element.origin, said!("here"), message));
        }
        let exchanges = self.exchanges(element);
        let own: Vec<&Attribute> = exchange_ids(element).collect();
        let later = exchanges_from(tree, following);
        let choices = element
            .items("ClaimsProviderSelections", "ClaimsProviderSelection")
            .filter_map(|it| self.choice(it, &own, &later))
            .collect();
        let options = [("ShowSingleProvider", true), ("DoNotShowSingleProvider", false)];
        Selection {
            content_definition: self.refer(Kind::ContentDefinition, element, "ContentDefinitionReferenceId"),
            show_single_provider: element
                .child("ClaimsProviderSelections")
                .and_then(|it| it.attribute("DisplayOption"))
                .and_then(|option| self.word(option, &options))
                .unwrap_or(false),
            choices,
            exchanges,
        }
    }

    fn choice(&mut self, it: &Element, own: &[&Attribute], later: &[&Attribute]) -> Option<Choice> {
        match (it.attribute("TargetClaimsExchangeId"), it.attribute("ValidationClaimsExchangeId")) {
            (Some(target), None) => {
                self.exchange(target, later, |id| {
                    said!("claims exchange `{}` does not exist in a following step", id)
                })?;
                Some(Choice::Target(ExchangeId::new(&target.value)))
            }
            (None, Some(validation)) => {
                self.exchange(validation, own, |id| said!("claims exchange `{}` does not exist in this step", id))?;
                Some(Choice::Validation(ExchangeId::new(&validation.value)))
            }
            _ => {
                self.report(
                    codes::BAD_SELECTION
                        .at(&it.origin, said!("here"), said!("a selection names one exchange, no more and no less"))
                        .help(said!("give it either `TargetClaimsExchangeId` or `ValidationClaimsExchangeId`")),
                );
                None
            }
        }
    }

    fn exchange(&mut self, wanted: &Attribute, ids: &[&Attribute], missing: fn(&str) -> Message) -> Option<()> {
        if ids.iter().any(|id| same(id.trimmed(), wanted.trimmed())) {
            return Some(());
        }
        let mut finding = codes::NO_EXCHANGE.at(&wanted.place, said!("referenced here"), missing(wanted.trimmed()));
        if let Some(meant) = nearest(wanted.trimmed(), ids.iter().map(|id| id.trimmed())) {
            finding = finding.help(said!("did you mean `{}`?", meant));
        }
        self.report(finding);
        None
    }

    pub(super) fn preconditions(&mut self, element: &Element) -> Vec<Precondition> {
        element.items("Preconditions", "Precondition").filter_map(|it| self.precondition(it)).collect()
    }

    fn precondition(&mut self, element: &Element) -> Option<Precondition> {
        let kind = element.attribute("Type")?;
        let equals = self.word(kind, &[("ClaimsExist", false), ("ClaimEquals", true)])?;
        for action in element.named("Action") {
            self.one_of("Action", action.text.trim(), &action.text_place(), ACTIONS);
        }
        let values: Vec<_> = element.named("Value").collect();
        let wanted = if equals { 2 } else { 1 };
        if values.len() != wanted {
            self.report(codes::BAD_PRECONDITION.at(
                &element.origin,
                said!("here"),
                said!("a precondition of type `{}` has {} `Value`, not {}", kind.trimmed(), wanted, values.len()),
            ));
            return None;
        }
        let claim = values[0];
        let id = claim.text.trim();
        if !self.knows(Kind::ClaimType, id) {
            let message = said!("claim type `{}` does not exist, so it is never there", id);
            self.missing(codes::PRECONDITION_ON_NOTHING, Kind::ClaimType, id, &claim.text_place(), message);
        }
        Some(Precondition {
            test: match values.get(1) {
                Some(value) => PreconditionTest::ClaimEquals(ClaimTypeId::new(id), value.text.to_string()),
                None => PreconditionTest::ClaimsExist(ClaimTypeId::new(id)),
            },
            execute_actions_if: self.flag(element, "ExecuteActionsIf", true),
        })
    }
}

fn exchange_ids(step: &Element) -> impl Iterator<Item = &Attribute> {
    step.items("ClaimsExchanges", "ClaimsExchange").filter_map(|it| it.attribute("Id"))
}

/// The exchanges of some steps, those of sub-journeys that they call among them.
fn exchanges_from<'a>(tree: &'a Element, steps: &[&'a Element]) -> Vec<&'a Attribute> {
    let mut found = Vec::new();
    let mut called: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<&Element> = steps.to_vec();
    while let Some(step) = open.pop() {
        found.extend(exchange_ids(step));
        for candidate in step.items("JourneyList", "Candidate").filter_map(|it| it.value("SubJourneyReferenceId")) {
            if called.insert(key(candidate)) {
                let of_that_id = tree
                    .items("SubJourneys", "SubJourney")
                    .filter(|it| it.value("Id").is_some_and(|id| same(id, candidate)));
                let steps = of_that_id.flat_map(|it| it.items("OrchestrationSteps", "OrchestrationStep"));
                open.extend(steps.map(|step| &**step));
            }
        }
    }
    found
}
