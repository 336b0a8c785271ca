//! A journey as a drawing: its steps from the request to the token, what each runs, and when it is skipped.

mod mermaid;
mod profiles;
mod svg;

use crate::{
    EffectivePolicy,
    id::{JourneyId, SubJourneyId},
    model::{
        Choice, ClaimsExchange, Expiry, OrchestrationStep, Precondition, PreconditionTest, Scope, Selection, StepKind,
        SubJourneyKind,
    },
};

/// A journey, ready to be drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Graph {
    title: String,
    /// What there is before the first step: the request, and the session's terms.
    start: Vec<Line>,
    steps: Vec<Step>,
    end: Vec<Line>,
    /// Those that it calls, and those that they call, each once.
    sub_journeys: Vec<SubGraph>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct SubGraph {
    id: SubJourneyId,
    steps: Vec<Step>,
    end: &'static str,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Step {
    /// `Order` and type.
    title: String,
    lines: Vec<Line>,
    /// Any of these skips the step.
    skipped_if: Vec<String>,
    /// Index in the graph's sub-journeys.
    calls: Option<usize>,
}

/// A line of a box.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Line {
    /// 0: about the step; 1 and more: about the line above it.
    level: usize,
    text: String,
}

fn line(level: usize, text: impl Into<String>) -> Line {
    Line { level, text: text.into() }
}

impl Graph {
    /// The journey that answers apps; `None` for a policy that only others build on.
    pub fn of_relying_party(policy: &EffectivePolicy) -> Option<Self> {
        Self::of(policy, &policy.relying_party.as_ref()?.default_journey)
    }

    /// Any journey of the policy; `None` where it has none of that id.
    pub fn of(policy: &EffectivePolicy, journey: &JourneyId) -> Option<Self> {
        let journey = policy.journeys.get(journey)?;
        let mut called = Vec::new();
        let steps = steps(policy, &journey.steps, &mut called);
        let mut sub_journeys = Vec::new();
        let mut at = 0;
        while let Some(id) = called.get(at).cloned() {
            at += 1;
            let Some(sub_journey) = policy.sub_journeys.get(&id) else { continue };
            sub_journeys.push(SubGraph {
                steps: self::steps(policy, &sub_journey.steps, &mut called),
                end: match sub_journey.kind {
                    SubJourneyKind::Call => "back to the step after the call",
                    SubJourneyKind::Transfer => "the end: a transfer does not come back",
                },
                id,
            });
        }
        let answers = policy.relying_party.as_ref().filter(|party| party.default_journey == journey.id);
        Some(Self {
            title: format!("{} in {}", journey.id, policy.id),
            start: match answers {
                Some(_) => start(policy),
                None => vec![line(0, "a request begins the journey")],
            },
            steps,
            end: match answers {
                Some(_) => end(policy),
                None => vec![line(0, "the end of the journey")],
            },
            sub_journeys,
        })
    }

    /// As an SVG document of its own, for light and dark screens and for paper.
    pub fn to_svg(&self) -> String {
        svg::draw(self)
    }

    /// As a Mermaid flowchart.
    pub fn to_mermaid(&self) -> String {
        mermaid::draw(self)
    }

    /// The drawing in a sentence.
    fn description(&self) -> String {
        let skippable = self.steps.iter().filter(|step| !step.skipped_if.is_empty()).count();
        format!(
            "A user journey of {} steps from top to bottom, {skippable} of which can be skipped. Sub-journeys: {}.",
            self.steps.len(),
            self.sub_journeys.len()
        )
    }
}

fn start(policy: &EffectivePolicy) -> Vec<Line> {
    let mut lines = vec![line(0, format!("an app asks for {}", policy.id))];
    let Some(party) = &policy.relying_party else { return lines };
    let behavior = &party.behavior;
    let shared = match behavior.scope {
        Scope::Suppressed => "none: everybody is asked anew",
        Scope::TrustFramework | Scope::Tenant => "among all apps and policies of the tenant",
        Scope::Application => "among the policies of one app",
        Scope::Policy => "among the apps of one policy",
    };
    lines.push(line(1, format!("single sign-on: {shared}")));
    if behavior.scope != Scope::Suppressed {
        let from = match behavior.expiry {
            Expiry::Rolling => "after the last use",
            Expiry::Absolute => "after the sign-in",
        };
        lines.push(line(1, format!("session: ends {} {from}", words(behavior.lifetime.duration().as_secs()))));
        if let Some(days) = behavior.keep_alive {
            lines.push(line(1, format!("keep me signed in: {} days", days.days())));
        }
    }
    lines
}

/// A time in seconds, in the largest unit that fits.
fn words(seconds: u64) -> String {
    match (seconds % 3600, seconds % 60) {
        (0, _) => format!("{} h", seconds / 3600),
        (_, 0) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

fn end(policy: &EffectivePolicy) -> Vec<Line> {
    let mut lines = vec![line(0, "the app gets its token")];
    if let Some(party) = &policy.relying_party {
        let names: Vec<String> = party
            .profile
            .output_claims
            .iter()
            .map(|claim| {
                let declared =
                    || policy.claim_types.get(&claim.claim).and_then(|it| it.partner_name(party.profile.protocol));
                claim.partner.as_deref().or_else(declared).unwrap_or(claim.claim.as_str()).to_owned()
            })
            .collect();
        lines.push(line(1, format!("claims: {}", names.join(", "))));
    }
    lines
}

fn steps(policy: &EffectivePolicy, steps: &[OrchestrationStep], called: &mut Vec<SubJourneyId>) -> Vec<Step> {
    steps.iter().enumerate().map(|(at, one)| step(policy, one, &steps[at + 1..], called)).collect()
}

fn step(
    policy: &EffectivePolicy,
    step: &OrchestrationStep,
    following: &[OrchestrationStep],
    called: &mut Vec<SubJourneyId>,
) -> Step {
    let mut lines = Vec::new();
    let mut calls = None;
    let kind = match &step.kind {
        StepKind::CombinedSignInAndSignUp(selection) => {
            choices(policy, selection, following, &mut lines);
            "CombinedSignInAndSignUp"
        }
        StepKind::ClaimsProviderSelection(selection) => {
            choices(policy, selection, following, &mut lines);
            "ClaimsProviderSelection"
        }
        StepKind::ClaimsExchange(exchanges) => {
            for exchange in exchanges {
                if exchanges.len() > 1 {
                    lines.push(line(0, format!("if {} was chosen:", exchange.id)));
                }
                profiles::lines(policy, &exchange.profile, usize::from(exchanges.len() > 1), &mut lines);
            }
            "ClaimsExchange"
        }
        StepKind::SendClaims { issuer } => {
            match issuer {
                Some(issuer) => profiles::lines(policy, issuer, 0, &mut lines),
                None => lines.push(line(0, "no issuer is named")),
            }
            "SendClaims"
        }
        StepKind::GetClaims { profile } => {
            profile.iter().for_each(|profile| profiles::lines(policy, profile, 0, &mut lines));
            "GetClaims"
        }
        StepKind::InvokeSubJourney(id) => {
            let at = called.iter().position(|known| known == id).unwrap_or_else(|| {
                called.push(id.clone());
                called.len() - 1
            });
            calls = Some(at);
            lines.push(line(0, format!("runs the sub-journey {id}")));
            "InvokeSubJourney"
        }
        StepKind::Undocumented(kind) => kind,
    };
    Step {
        title: format!("{}  {kind}", step.order),
        lines,
        skipped_if: step.preconditions.iter().map(condition).collect(),
        calls,
    }
}

fn choices(policy: &EffectivePolicy, selection: &Selection, following: &[OrchestrationStep], lines: &mut Vec<Line>) {
    if let Some(page) = &selection.content_definition {
        lines.push(line(0, profiles::page(policy, page)));
    }
    for choice in &selection.choices {
        match choice {
            Choice::Target(target) => {
                let offers = |step: &&OrchestrationStep| exchanges(&step.kind).iter().any(|it| it.id == *target);
                let to = following.iter().find(offers).map_or(String::new(), |step| format!(" to step {}", step.order));
                lines.push(line(0, format!("button {target}{to}")));
            }
            Choice::Validation(id) => {
                lines.push(line(0, format!("form {id}:")));
                for exchange in selection.exchanges.iter().filter(|exchange| exchange.id == *id) {
                    profiles::lines(policy, &exchange.profile, 1, lines);
                }
            }
        }
    }
    let chosen = |exchange: &&ClaimsExchange| {
        let is = |choice: &Choice| matches!(choice, Choice::Validation(id) if *id == exchange.id);
        !selection.choices.iter().any(is)
    };
    for exchange in selection.exchanges.iter().filter(chosen) {
        lines.push(line(0, format!("exchange {}:", exchange.id)));
        profiles::lines(policy, &exchange.profile, 1, lines);
    }
}

fn exchanges(kind: &StepKind) -> &[ClaimsExchange] {
    match kind {
        StepKind::CombinedSignInAndSignUp(selection) | StepKind::ClaimsProviderSelection(selection) => {
            &selection.exchanges
        }
        StepKind::ClaimsExchange(exchanges) => exchanges,
        _ => &[],
    }
}

/// A precondition in words: what must be so that it skips.
pub(crate) fn condition(precondition: &Precondition) -> String {
    match (&precondition.test, precondition.execute_actions_if) {
        (PreconditionTest::ClaimsExist(claim), true) => format!("{claim} is there"),
        (PreconditionTest::ClaimsExist(claim), false) => format!("{claim} is missing"),
        (PreconditionTest::ClaimEquals(claim, value), true) => format!("{claim} is \"{value}\""),
        (PreconditionTest::ClaimEquals(claim, value), false) => format!("{claim} is not \"{value}\""),
    }
}
