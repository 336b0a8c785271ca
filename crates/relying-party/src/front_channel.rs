//! Signing out somewhere else: the provider's page loads this address in a frame (OpenID Connect Front-Channel Logout §3).

use crate::cookie;
use crate::hooks::Cause;
use crate::party::{Current, Found, RelyingParty};
use crate::store::{EndedSession, Ending, ProviderSession, StoreError};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use std::sync::Arc;
use url::Url;

#[derive(Deserialize)]
pub(crate) struct Notice {
    iss: Option<String>,
    sid: Option<String>,
}

pub(crate) async fn get(
    State(party): State<RelyingParty>,
    headers: HeaderMap,
    Query(notice): Query<Notice>,
) -> Response {
    match notice {
        Notice { iss: Some(issuer), sid: Some(sid) } if sid.len() <= LONGEST_SID => {
            match is_ours(&party, &issuer).await {
                Issuer::Ours => {}
                Issuer::Foreign => return refused(),
                Issuer::Unknown => return failed(&party, Some(&issuer)),
            }
            let named = ProviderSession { issuer, sid };
            match end_named(&party, &headers, &named).await {
                Ok(answer) => framed(&party, Some(&named.issuer), answer),
                Err(error) => {
                    tracing::error!(%error, "a sign-out elsewhere did not finish here");
                    failed(&party, Some(&named.issuer))
                }
            }
        }
        // B2C's own: only the cookie says which session, if the browser sends it.
        Notice { iss: None, sid: None } if !is_a_visit(&headers) => match end_of_cookie(&party, &headers).await {
            Ok(answer) => framed(&party, None, answer),
            Err(error) => {
                tracing::error!(%error, "a sign-out elsewhere did not finish here");
                failed(&party, None)
            }
        },
        // §3: either both or none.
        _ => refused(),
    }
}

/// What to do about the cookie of the browser that brought the message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cookie {
    Remove,
    Leave,
}

async fn end_named(party: &RelyingParty, headers: &HeaderMap, named: &ProviderSession) -> Result<Cookie, StoreError> {
    let inner = &party.0;
    let mut ended = inner.end(&Ending::ProviderSession(named.clone()), Cause::FrontChannel).await?;
    let cookie = inner.find(headers).await?;
    if let Found::Session(current) = &cookie
        && has_no_name(current)
        && current.row.issuer == named.issuer
    {
        // E-13: a session that never learned its name ends by its cookie.
        ended.extend(inner.end(&Ending::Session(current.hash.clone()), Cause::FrontChannel).await?);
    }
    Ok(about(&cookie, &ended))
}

fn has_no_name(current: &Arc<Current>) -> bool {
    current.row.provider.is_empty()
}

async fn end_of_cookie(party: &RelyingParty, headers: &HeaderMap) -> Result<Cookie, StoreError> {
    let inner = &party.0;
    let cookie = inner.find(headers).await?;
    let ended = match &cookie {
        Found::Session(current) => inner.end(&Ending::Session(current.hash.clone()), Cause::FrontChannel).await?,
        Found::Nobody | Found::Gone => Vec::new(),
    };
    Ok(about(&cookie, &ended))
}

/// The cookie of a session that goes on must stay.
fn about(cookie: &Found, ended: &[EndedSession]) -> Cookie {
    match cookie {
        Found::Gone => Cookie::Remove,
        Found::Session(current) if ended.iter().any(|session| session.id == current.hash) => Cookie::Remove,
        Found::Session(_) | Found::Nobody => Cookie::Leave,
    }
}

enum Issuer {
    Ours,
    Foreign,
    /// Some policy's issuer could not be asked for.
    Unknown,
}

async fn is_ours(party: &RelyingParty, issuer: &str) -> Issuer {
    let inner = &party.0;
    let mut verdict = Issuer::Foreign;
    for journey in &inner.journeys {
        match journey.provider.metadata(&*inner.http, inner.now()).await {
            Ok(metadata) if metadata.issuer == issuer => return Issuer::Ours,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot tell whose sign-out this is");
                verdict = Issuer::Unknown;
            }
        }
    }
    verdict
}

/// Whether a browser came here by itself. Without a name in the message that may be any site's link, and no link signs
/// anybody out.
fn is_a_visit(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-dest").is_some_and(|destination| destination == "document")
}

fn framed(party: &RelyingParty, issuer: Option<&str>, about: Cookie) -> Response {
    let mut response = answer(party, issuer, StatusCode::OK);
    if about == Cookie::Remove {
        cookie::remove(response.headers_mut(), party.0.names.session());
    }
    response
}

fn failed(party: &RelyingParty, issuer: Option<&str>) -> Response {
    answer(party, issuer, StatusCode::SERVICE_UNAVAILABLE)
}

fn refused() -> Response {
    let mut response = StatusCode::BAD_REQUEST.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Only the provider's pages may frame it. There is no `X-Frame-Options`, which cannot say that.
fn answer(party: &RelyingParty, issuer: Option<&str>, status: StatusCode) -> Response {
    let ancestor = issuer.and_then(|issuer| Url::parse(issuer).ok()).or_else(|| Url::parse(&party.0.tenant).ok());
    let ancestor = ancestor.map_or("'none'".to_owned(), |url| url.origin().ascii_serialization());
    let mut response = status.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let policy = format!("default-src 'none'; frame-ancestors {ancestor}");
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// In bytes. Everything longer was not written by a provider.
const LONGEST_SID: usize = 512;
