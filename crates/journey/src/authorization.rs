//! `UserJourney/Authorization`: the technical profiles that must accept a token before the first step. Where one of
//! them refuses, the journey does not run (userjourneys).

use serde::{Deserialize, Serialize};
use zaguan_policy::id::JourneyId;

use crate::{
    bind::Kind,
    call::Call,
    journey::{Flow, Frame, Run, Signal, refused},
    turn::{Outcome, Refusal, Turn},
};

/// The authorization of a journey under way.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Authorization {
    of: JourneyId,
    /// The profile to ask next.
    next: usize,
}

impl Authorization {
    pub(crate) fn of_journey(id: JourneyId) -> Self {
        Self { of: id, next: 0 }
    }
}

impl Run<'_, '_> {
    /// Asks the next profile; after the last one, the steps begin.
    pub(crate) fn authorization(&mut self, mut authorization: Authorization, signal: Signal) -> Flow {
        if let Signal::Failed(failure) = signal {
            let why = failure.arguments.first().map_or("it does not succeed", String::as_str);
            let message = format!("technical profile `{}` does not accept the token: {why}", failure.profile);
            let refusal = Refusal { code: failure.code, message: Some(message) };
            return Flow::Stop(Turn::Finish(Outcome::Forbidden(refusal)));
        }
        let journey = self.program.policy.journeys.get(&authorization.of);
        let Some(id) = journey.and_then(|journey| journey.authorization.get(authorization.next)) else {
            return Flow::Go(Signal::Start);
        };
        // OPEN: only profiles that read tokens authorize. One that is disabled, or is of another kind, lets nobody in.
        let asked = self
            .program
            .profile(id)
            .filter(|(profile, bound)| matches!(bound.kind, Kind::TokenAuthorization(_)) && self.enabled(profile));
        if asked.is_none() {
            let message = format!("technical profile `{id}` cannot authorize: it is disabled, or reads no token");
            return Flow::Stop(refused(90_037, Some(message)));
        }
        authorization.next += 1;
        self.journey.frames.push(Frame::Authorization(authorization));
        self.journey.frames.push(Frame::Call(Call { profile: id.clone(), validates: false, exchange: None }));
        Flow::Go(Signal::Start)
    }
}
