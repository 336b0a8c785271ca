//! What clients are told about us: the discovery document and the public keys.

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use zaguan_protocol::discovery::{Description, DiscoveryDocument, LogoutNotices, UserInfo};

use super::{Here, allow_any_origin};
use crate::{
    call::{Call, empty, json},
    errors::Fault,
};

impl Here {
    /// `…/v2.0/.well-known/openid-configuration`, one for each policy, in the form in which it was asked.
    pub(crate) async fn discovery(&self, call: &Call) -> Result<Response<Body>, Fault> {
        if call.method == http::Method::OPTIONS {
            return Ok(self.cached(empty(StatusCode::NO_CONTENT)));
        }
        let program = self.program()?;
        let Some(settings) = program.issuer() else {
            return Err(Fault::ours(format!("policy `{}` issues no token", program.policy.id)));
        };
        let names = program.claim_names();
        let document = DiscoveryDocument::new(&Description {
            issuer: &self.issuer(call, settings, &program.policy.id),
            base: &self.route.base(&call.origin()),
            algorithms: self.tenant.signing_algorithms(),
            claims: &names.iter().map(String::as_str).collect::<Vec<_>>(),
            names_issuer: self.tenant.standards(&program.policy.id).issuer,
            user_info: match self.has_user_info(program) {
                true => UserInfo::Present,
                false => UserInfo::Absent,
            },
            front_channel_logout: match self.tenant.session_ids {
                true => LogoutNotices::WithSession,
                false => LogoutNotices::On,
            },
            back_channel_logout: LogoutNotices::Off,
        });
        Ok(self.cached(json(StatusCode::OK, &document)))
    }

    /// `…/discovery/v2.0/keys`.
    pub(crate) async fn keys(&self, call: &Call) -> Result<Response<Body>, Fault> {
        if call.method == http::Method::OPTIONS {
            return Ok(self.cached(empty(StatusCode::NO_CONTENT)));
        }
        let program = self.program()?;
        let Some(settings) = program.issuer() else {
            return Err(Fault::ours(format!("policy `{}` issues no token", program.policy.id)));
        };
        let (keys, store) = (self.server.keys(), self.server.store());
        let (name, algorithms) = (&settings.signing_key, self.tenant.signing_algorithms());
        let published = keys.published(store, &self.tenant.id, name, algorithms, call.now).await?;
        Ok(self.cached(json(StatusCode::OK, &published)))
    }

    fn cached(&self, mut response: Response<Body>) -> Response<Body> {
        allow_any_origin(response.headers_mut());
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=300"));
        response
    }
}
