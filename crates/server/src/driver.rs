//! The one loop that drives journeys.

use zaguan_journey::{Ask, Input, Journey, Moment, Program, Turn};
use zaguan_session::SessionId;
use zaguan_store::{AskId, VisitId};

use crate::{call::Call, chance, endpoints::Here, errors::Fault, visits::Parked, world::Asking};

impl Here {
    /// Advances a visit's journey, and keeps what else came of it.
    pub(crate) async fn advance(
        &self,
        call: &Call,
        program: &Program,
        visit: &mut Parked,
        input: Input,
        parked: Option<(&VisitId, u64)>,
    ) -> Result<Turn, Fault> {
        let (turn, ended) = self.drive(call, program, &mut visit.journey, input, parked).await?;
        visit.ended.extend(ended);
        Ok(turn)
    }

    /// Advances a journey until it wants something that only the browser or the app can give, and says which sessions
    /// ended on the way. `parked` names the visit and the version that was read, for writes that may be asked twice.
    pub(crate) async fn drive(
        &self,
        call: &Call,
        program: &Program,
        journey: &mut Journey,
        input: Input,
        parked: Option<(&VisitId, u64)>,
    ) -> Result<(Turn, Vec<SessionId>), Fault> {
        let (mut input, mut number, mut ended) = (input, 0, vec![]);
        loop {
            let turn = {
                let mut moment = Moment { now: call.now, random: &mut chance::fill };
                journey.advance(program, input, &mut moment)
            };
            match turn {
                Turn::Ask(ask) => {
                    number += 1;
                    let mut asking = Asking {
                        tenant: &self.tenant,
                        from: &call.from,
                        now: call.now,
                        ask: parked.and_then(|(visit, version)| self.ask_id(visit, version, number, &ask)),
                        ended: &mut ended,
                    };
                    input = Input::Answer(self.server.answer(ask, &mut asking).await?);
                }
                other => return Ok((other, ended)),
            }
        }
    }

    fn ask_id(&self, visit: &VisitId, version: u64, number: u32, ask: &Ask) -> Option<AskId> {
        let content = serde_json::to_vec(ask).ok()?;
        let digest = self.server.keys().digest("ask", &[&content]);
        Some(AskId { visit: visit.clone(), version, number, digest })
    }
}
