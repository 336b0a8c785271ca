//! Which step comes next. Steps do not know each other: only this file reads their order, their
//! preconditions and the choice that one of them left for the next.

use serde::{Deserialize, Serialize};
use zaguan_policy::{
    id::{ExchangeId, JourneyId, ProfileId, SubJourneyId},
    model::{Choice, ClaimsExchange, OrchestrationStep, Selection, StepKind, SubJourneyKind},
};
use zaguan_session::{Provider, Recalled};

use crate::{
    bind::{Bound, Kind},
    call::{self, Call, Failure},
    journey::{Flow, Frame, Run, Signal, refused},
    open_page::{OpenPage, PageOf},
    preconditions,
    turn::{Outcome, Turn},
};

/// The steps of a journey or a sub-journey under way.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Steps {
    pub(crate) of: StepsOf,
    /// The one to look at next.
    pub(crate) next: usize,
}

/// Whose steps.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) enum StepsOf {
    Journey(JourneyId),
    SubJourney(SubJourneyId),
}

impl Steps {
    pub(crate) fn of_journey(id: JourneyId) -> Self {
        Self { of: StepsOf::Journey(id), next: 0 }
    }
}

impl<'a> Run<'a, '_> {
    pub(crate) fn step_list(&self, of: &StepsOf) -> &'a [OrchestrationStep] {
        let policy = &self.program.policy;
        match of {
            StepsOf::Journey(id) => policy.journeys.get(id).map_or(&[], |journey| &journey.steps),
            StepsOf::SubJourney(id) => policy.sub_journeys.get(id).map_or(&[], |journey| &journey.steps),
        }
    }

    /// Enters the next step that is not skipped.
    pub(crate) fn steps(&mut self, mut steps: Steps, signal: Signal) -> Flow {
        if let Signal::Failed(failure) = signal {
            return Flow::Stop(self.failed(&failure));
        }
        let list = self.step_list(&steps.of);
        while let Some(step) = list.get(steps.next) {
            let index = steps.next;
            steps.next += 1;
            if preconditions::skip(&step.preconditions, &self.journey.state.claims) {
                continue;
            }
            self.journey.frames.push(Frame::Steps(steps.clone()));
            return self.enter(step, &steps.of, index);
        }
        // The end of a sub-journey goes back to its caller; the end of the journey has none.
        Flow::Go(Signal::Done)
    }

    fn enter(&mut self, step: &'a OrchestrationStep, of: &StepsOf, index: usize) -> Flow {
        match &step.kind {
            StepKind::ClaimsExchange(exchanges) => self.exchange(exchanges),
            StepKind::CombinedSignInAndSignUp(selection) | StepKind::ClaimsProviderSelection(selection) => {
                self.select(selection, matches!(step.kind, StepKind::CombinedSignInAndSignUp(_)), of, index)
            }
            StepKind::SendClaims { issuer } => self.send_claims(issuer.as_ref()),
            StepKind::InvokeSubJourney(id) => {
                if self.program.policy.sub_journeys.get(id).is_some_and(|sub| sub.kind == SubJourneyKind::Transfer) {
                    self.journey.frames.clear();
                }
                self.journey.frames.push(Frame::Steps(Steps { of: StepsOf::SubJourney(id.clone()), next: 0 }));
                Flow::Go(Signal::Start)
            }
            StepKind::GetClaims { profile } => self.failed_step(profile.as_ref(), "id_token_hint"),
            StepKind::Undocumented(_) => Flow::Go(Signal::Done),
        }
    }

    /// A claims exchange runs one technical profile: the only one that is enabled, or the chosen one.
    fn exchange(&mut self, exchanges: &'a [ClaimsExchange]) -> Flow {
        let enabled: Vec<_> = exchanges
            .iter()
            .filter(|exchange| self.program.profile(&exchange.profile).is_some_and(|(p, _)| self.enabled(p)))
            .collect();
        let chosen = self.journey.state.chosen.clone();
        let picked = match enabled.as_slice() {
            // Where every profile of a step is disabled, the step is skipped.
            [] => return Flow::Go(Signal::Done),
            [only] if exchanges.len() == 1 => *only,
            several => match several.iter().find(|exchange| Some(&exchange.id) == chosen.as_ref()) {
                Some(exchange) => exchange,
                None => {
                    let message = "the step has several claims exchanges and none was chosen";
                    return Flow::Stop(refused(90_037, Some(message.into())));
                }
            },
        };
        self.journey.state.chosen = None;
        let Some((profile, bound)) = self.program.profile(&picked.profile) else { return Flow::Go(Signal::Done) };
        if self.recall(bound) {
            return Flow::Go(Signal::Done);
        }
        match &bound.kind {
            Kind::SelfAsserted(_) => {
                self.open(PageOf::SelfAsserted { profile: profile.id.clone(), exchange: picked.id.clone() })
            }
            Kind::Unavailable(why) => Flow::Go(Signal::Failed(call::unavailable(why, profile))),
            _ => {
                self.journey.frames.push(Frame::Call(Call {
                    profile: profile.id.clone(),
                    validates: false,
                    exchange: Some(picked.id.clone()),
                }));
                Flow::Go(Signal::Start)
            }
        }
    }

    /// Asks the session whether it answers for the profile; its claims then go into the bag.
    fn recall(&mut self, bound: &Bound) -> bool {
        // What is remembered of one person is never given to another.
        let identity = self.identity_claim();
        let Recalled::Claims(claims) = bound.session.recall(self.journey.session_of(&identity)) else { return false };
        for (claim, value) in claims {
            self.put(&claim, value);
        }
        self.journey.recalled = true;
        true
    }

    /// A selection: the session, a hint, or the lack of a choice may answer it before a page does.
    fn select(&mut self, selection: &'a Selection, combined: bool, of: &StepsOf, index: usize) -> Flow {
        if let Some(local) = local_profile(selection)
            && let Some((_, bound)) = self.program.profile(local)
            && self.recall(bound)
        {
            return Flow::Go(Signal::Done);
        }
        let offered = self.offered(selection, of, index);
        let from_session = offered.iter().find(|choice| self.remembered(choice)).cloned();
        let hinted = || {
            let hint = self.journey.request.parameters.get("domain_hint")?;
            let matches = |choice: &&Offered| {
                let profile = self.program.profile(&choice.profile).map(|(profile, _)| profile);
                profile.and_then(|profile| profile.domain.as_ref()).is_some_and(|d| d.eq_ignore_ascii_case(hint))
            };
            offered.iter().find(matches).cloned()
        };
        let single = || match offered.as_slice() {
            [only] if !selection.show_single_provider && local_profile(selection).is_none() => Some(only.clone()),
            _ => None,
        };
        if let Some(choice) = from_session.or_else(hinted).or_else(single) {
            self.journey.state.chosen = Some(choice.exchange);
            return Flow::Go(Signal::Done);
        }
        let place = (of.clone(), index);
        self.open(match combined {
            true => PageOf::Unified { place },
            false => PageOf::IdpSelections { place },
        })
    }

    /// The providers that a selection offers: those that can run and are enabled.
    pub(crate) fn offered(&self, selection: &Selection, of: &StepsOf, index: usize) -> Vec<Offered> {
        let later = self.step_list(of).get(index + 1..).unwrap_or_default();
        let exchange = |id: &ExchangeId| {
            later.iter().find_map(|step| match &step.kind {
                StepKind::ClaimsExchange(exchanges) => exchanges.iter().find(|exchange| exchange.id == *id),
                _ => None,
            })
        };
        selection
            .choices
            .iter()
            .filter_map(|choice| match choice {
                Choice::Target(id) => exchange(id),
                Choice::Validation(_) => None,
            })
            .filter(|exchange| match self.program.profile(&exchange.profile) {
                Some((profile, bound)) => self.enabled(profile) && !matches!(bound.kind, Kind::Unavailable(_)),
                None => false,
            })
            .map(|exchange| Offered { exchange: exchange.id.clone(), profile: exchange.profile.clone() })
            .collect()
    }

    /// True where the session answers for this choice: it remembers the profile, or that it was
    /// chosen before (S-060).
    fn remembered(&self, choice: &Offered) -> bool {
        let Some((_, bound)) = self.program.profile(&choice.profile) else { return false };
        let session = self.journey.session_of(&self.identity_claim());
        let chosen_before = || {
            let memory = session?.memories.get(&bound.session.key)?;
            matches!(bound.session.provider, Provider::ExternalLogin { .. })
                .then(|| memory.exchange.as_ref() == Some(&choice.exchange))
        };
        bound.session.recall(session) != Recalled::Nothing || chosen_before() == Some(true)
    }

    fn send_claims(&mut self, issuer: Option<&ProfileId>) -> Flow {
        let Some((profile, bound)) = issuer.and_then(|id| self.program.profile(id)) else {
            return Flow::Stop(refused(90_108, None));
        };
        let Kind::JwtIssuer(settings) = &bound.kind else {
            let failure = match &bound.kind {
                Kind::Unavailable(why) => call::unavailable(why, profile),
                _ => Failure::new(90_108, "UserMessageIfValidationError", profile),
            };
            return Flow::Stop(self.failed(&failure));
        };
        let sign_on = self.sign_on(&settings.identity_claim, bound.session.registers_apps());
        Flow::Stop(match self.issue(&profile.id, settings, sign_on) {
            Ok(issued) => Turn::Finish(Outcome::Claims(Box::new(issued))),
            Err(refusal) => Turn::Finish(Outcome::Refused(refusal)),
        })
    }

    fn failed_step(&self, profile: Option<&ProfileId>, what: &str) -> Flow {
        let name = profile.map_or("", ProfileId::as_str);
        Flow::Stop(refused(90_037, Some(format!("this version does not read an {what} (`{name}`)"))))
    }

    /// A technical profile of a step failed: the app is told, with the message a person would see.
    fn failed(&self, failure: &Failure) -> Turn {
        if failure.account_gone && self.journey.recalled {
            return Turn::Finish(Outcome::AccountGone);
        }
        let code = match (&self.journey.request.start, failure.account_gone) {
            (crate::request::Start::Refresh { .. }, true) => 90_128,
            _ => failure.code,
        };
        refused(code, self.message(failure, None).text)
    }

    fn open(&mut self, of: PageOf) -> Flow {
        self.journey.pages += 1;
        let page = OpenPage::new(of, self.journey.pages);
        self.page(page, Signal::Start)
    }
}

/// A provider that a selection offers.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Offered {
    pub(crate) exchange: ExchangeId,
    pub(crate) profile: ProfileId,
}

/// The technical profile behind the local form of a selection.
pub(crate) fn local_profile(selection: &Selection) -> Option<&ProfileId> {
    selection.choices.iter().find_map(|choice| match choice {
        Choice::Validation(id) => {
            selection.exchanges.iter().find(|exchange| exchange.id == *id).map(|exchange| &exchange.profile)
        }
        Choice::Target(_) => None,
    })
}
