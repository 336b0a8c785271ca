//! Whether we live, and whether we can work.

use axum::body::Body;
use http::{Response, StatusCode};

use crate::{
    call::{Call, content},
    server::Server,
};

/// The process answers.
pub(crate) fn live() -> Response<Body> {
    content(StatusCode::OK, "text/plain; charset=utf-8", "live\n")
}

/// There are tenants, and the store answers.
pub(crate) async fn ready(server: &Server) -> Response<Body> {
    let tenants = server.tenants();
    let Some(tenant) = tenants.first() else {
        return content(StatusCode::SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", "no tenant yet\n");
    };
    match server.store().key_names(&tenant.id).await {
        Ok(_) => content(StatusCode::OK, "text/plain; charset=utf-8", "ready\n"),
        Err(cause) => {
            tracing::error!(%cause, "not ready");
            content(StatusCode::SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", "the store does not answer\n")
        }
    }
}

/// `/`: nothing to see, and nothing to learn.
pub(crate) fn home(_server: &Server, _call: &Call) -> Response<Body> {
    content(StatusCode::OK, "text/plain; charset=utf-8", "This is an identity server. Apps send people here.\n")
}
