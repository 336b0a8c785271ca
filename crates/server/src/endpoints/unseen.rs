//! Journeys that no person sees: an app asks for them from behind, and no page can be shown.

use std::collections::BTreeMap;

use zaguan_journey::{AccountPrivacy, Program, Request, Start};

use super::Here;
use crate::call::Call;

impl Here {
    /// What such a journey knows of the request.
    pub(crate) fn unseen(&self, call: &Call, program: &Program, client_id: &str, start: Start) -> Request {
        Request {
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
        }
    }
}
