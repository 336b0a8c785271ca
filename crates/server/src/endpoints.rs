//! One file an endpoint, or a family of them.

pub(crate) mod assets;
mod authorize;
mod client;
pub(crate) mod dev_clock;
mod discovery;
mod finish;
mod grants;
pub(crate) mod health;
mod issue;
mod logout;
mod my_sessions;
mod pages;
mod refusal;
mod returned;
mod revocation;
mod sessions;
mod token;
mod unseen;
mod user_info;

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Response, header};
use zaguan_journey::Program;
use zaguan_policy::id::PolicyId;

use crate::{call::Call, errors::Fault, route::TenantRoute, server::Server, tenant::Tenant};

/// Where a request arrived: the server, the tenant and the route.
pub(crate) struct Here {
    pub(crate) server: Server,
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) route: TenantRoute,
}

impl Here {
    /// The policy that the request names.
    pub(crate) fn program(&self) -> Result<&Arc<Program>, Fault> {
        let policy = self.route.policy.as_ref();
        let name = policy.map_or("", PolicyId::as_str);
        policy.and_then(|policy| self.tenant.program(policy)).ok_or_else(|| Fault::unknown_policy(name))
    }

    /// on success and on error, for the origins of the tenant's single-page apps.
    pub(crate) fn allow_spa_origin(&self, call: &Call, response: &mut Response<Body>) {
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("Origin"));
        let Some(origin) = call.header("origin") else { return };
        let known = self.tenant.applications.values().any(|app| {
            app.is_enabled()
                && app
                    .redirect_uris()
                    .spa
                    .iter()
                    .any(|uri| url::Url::parse(uri).is_ok_and(|uri| uri.origin().ascii_serialization() == origin))
        });
        let (true, Ok(origin)) = (known, HeaderValue::from_str(origin)) else { return };
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, OPTIONS"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
}

/// documents that any page may read.
pub(crate) fn allow_any_origin(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, OPTIONS"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
}
