//! From the cookie of a request to the session that handlers see.

use crate::cookie;
use crate::hooks::Cause;
use crate::pages;
use crate::party::{Current, Found, Inner, RelyingParty};
use crate::silent::{self, Unavailable, Want};
use crate::store::{Ending, StoreError};
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::{Layer, Service};

/// Reads the session of every request; see [`RelyingParty::layer`].
#[derive(Clone, Debug)]
pub struct SessionLayer(RelyingParty);

impl SessionLayer {
    pub(crate) fn new(party: RelyingParty) -> Self {
        Self(party)
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService { party: self.0.clone(), inner }
    }
}

/// What [`SessionLayer`] makes of a service.
#[derive(Clone, Debug)]
pub struct SessionService<S> {
    party: RelyingParty,
    inner: S,
}

/// Who sends a request, in its extensions.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) party: RelyingParty,
    pub(crate) session: Option<Arc<Current>>,
}

impl<S> Service<Request> for SessionService<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let party = self.party.clone();
        // The clone that was asked whether it is ready must be the one that is called.
        let fresh = self.inner.clone();
        let mut service = std::mem::replace(&mut self.inner, fresh);
        Box::pin(async move {
            let (session, stale) = match recognise(&party, request.headers()).await {
                Ok(Recognised::Nobody) => (None, false),
                Ok(Recognised::Gone) => (None, true),
                Ok(Recognised::Session(current)) => (Some(current), false),
                Err(error) => {
                    tracing::error!(%error, "nobody can be recognised");
                    let text = "This page is not available. Try again in a moment.";
                    let link = (party.0.landing.as_str(), "Continue");
                    return Ok(pages::notice(StatusCode::SERVICE_UNAVAILABLE, "Not available", text, link));
                }
            };
            request.extensions_mut().insert(Visitor { party: party.clone(), session });
            let mut response = service.call(request).await?;
            let name = party.0.names.session();
            if stale && !cookie::is_set(response.headers(), name) {
                cookie::remove(response.headers_mut(), name);
            }
            Ok(response)
        })
    }
}

enum Recognised {
    Nobody,
    /// The cookie is of no use any more.
    Gone,
    Session(Arc<Current>),
}

/// E-19: a session lives as long as its ID token, and on as long as the provider renews it, but not longer than configured.
async fn recognise(party: &RelyingParty, headers: &HeaderMap) -> Result<Recognised, StoreError> {
    let inner = &party.0;
    let current = match inner.find(headers).await? {
        Found::Nobody => return Ok(Recognised::Nobody),
        Found::Gone => return Ok(Recognised::Gone),
        Found::Session(current) => current,
    };
    let now = inner.now();
    if now < current.row.until {
        return Ok(Recognised::Session(current));
    }
    if now >= current.row.latest {
        return end(inner, &current, Cause::Expired).await;
    }
    let scopes = inner.scopes.iter().filter(|scope| !silent::is_of_openid(scope)).cloned().collect();
    match silent::access_token(party, &current, &current.row.policy, scopes, Want::Renewal).await {
        Ok(_) => Ok(Recognised::Session(current)),
        Err(Unavailable::SignedOut) => Ok(Recognised::Gone),
        Err(Unavailable::PersonNeeded | Unavailable::Refused { .. }) => {
            end(inner, &current, Cause::RefreshRefused).await
        }
        // Nobody knows; this request is nobody's, and the session waits.
        Err(Unavailable::TryLater { .. }) => Ok(Recognised::Nobody),
    }
}

async fn end(inner: &Inner, current: &Current, cause: Cause) -> Result<Recognised, StoreError> {
    inner.end(&Ending::Session(current.hash.clone()), cause).await?;
    Ok(Recognised::Gone)
}
