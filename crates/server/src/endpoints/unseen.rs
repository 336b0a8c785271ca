//! Journeys that no person sees: an app asks for them from behind, and no page can be shown.

use std::collections::BTreeMap;

use zaguan_journey::{AccountPrivacy, Input, Journey, Outcome, Program, Request, Start, Turn};

use super::Here;
use crate::{call::Call, errors::Fault};

impl Here {
    /// How such a journey ends. `None`: it would show a page.
    pub(crate) async fn run_unseen(
        &self,
        call: &Call,
        program: &Program,
        client_id: &str,
        start: Start,
    ) -> Result<Option<Outcome>, Fault> {
        let request = Request {
            start,
            client_id: client_id.to_owned(),
            policy: program.policy.id.as_str().to_owned(),
            tenant: self.tenant.domain.clone(),
            tenant_object_id: self.tenant.id.as_str().to_owned(),
            host: call.host.clone(),
            correlation_id: call.correlation_id.clone(),
            ip_address: call.from.clone(),
            languages: vec![],
            built_in_languages: self.tenant.languages.clone(),
            parameters: BTreeMap::new(),
            account_privacy: AccountPrivacy::Kept,
        };
        let mut journey = Journey::start(program, request, None);
        match self.drive(call, program, &mut journey, Input::Begin, None).await?.0 {
            Turn::Finish(outcome) => Ok(Some(outcome)),
            Turn::Show(_) => Ok(None),
            Turn::Reply(_) | Turn::Ask(_) => Err(Fault::ours("a journey without a page answers one")),
        }
    }
}
