//! Signing out here.

use crate::attempt;
use crate::chance;
use crate::cookie;
use crate::extract::csrf_token;
use crate::hooks::Cause;
use crate::pages;
use crate::party::{Current, Found, RelyingParty};
use crate::store::{Ending, StoreError};
use axum::Form;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use zaguan_protocol::crypto::constant_time_eq;

/// `GET`: asks. Another site can send a browser here, but not press the button.
pub(crate) async fn confirm(State(party): State<RelyingParty>, headers: HeaderMap) -> Response {
    match party.0.find(&headers).await {
        Ok(Found::Session(current)) => form(&party, &current, StatusCode::OK),
        Ok(Found::Nobody | Found::Gone) => pages::see_other(party.0.landing.as_str()),
        Err(error) => unfinished(&party, &error),
    }
}

#[derive(Deserialize)]
pub(crate) struct Confirmed {
    #[serde(default)]
    csrf_token: String,
}

/// `POST`: ends the session first and everything else after, so that the tokens are gone even if the browser never arrives
/// at the provider.
pub(crate) async fn post(
    State(party): State<RelyingParty>,
    headers: HeaderMap,
    Form(confirmed): Form<Confirmed>,
) -> Response {
    let current = match party.0.find(&headers).await {
        Ok(Found::Session(current)) => current,
        Ok(Found::Nobody | Found::Gone) => return clear(&party, &headers, party.0.landing.as_str()),
        Err(error) => return unfinished(&party, &error),
    };
    if !constant_time_eq(confirmed.csrf_token.as_bytes(), csrf_token(&current).as_bytes()) {
        return form(&party, &current, StatusCode::FORBIDDEN);
    }
    // E-17: what could not be ended must not look ended.
    if let Err(error) = party.0.end(&Ending::Session(current.hash.clone()), Cause::Local).await {
        return unfinished(&party, &error);
    }
    match end_session_url(&party, &current).await {
        Some(url) => clear(&party, &headers, &url),
        None => clear(&party, &headers, party.0.landing.as_str()),
    }
}

/// Where the provider sends the browser back to.
pub(crate) async fn signed_out(State(party): State<RelyingParty>) -> Response {
    pages::see_other(party.0.landing.as_str())
}

/// OpenID Connect RP-Initiated Logout §2, at the policy that people sign in with.
async fn end_session_url(party: &RelyingParty, current: &Current) -> Option<String> {
    let inner = &party.0;
    let metadata = match inner.sign_in().metadata(&*inner.http, inner.now()).await {
        Ok(metadata) => metadata,
        Err(error) => {
            tracing::error!(%error, "signed out here only");
            return None;
        }
    };
    let mut url = metadata.end_session.clone()?;
    let mut query = url.query_pairs_mut();
    // E-14: also when it has expired; it says who is meant.
    query
        .append_pair("id_token_hint", &current.secrets.id_token)
        .append_pair("post_logout_redirect_uri", &party.post_logout_redirect_uri())
        .append_pair("state", &chance::text())
        .append_pair("client_id", &inner.client.id);
    drop(query);
    Some(url.into())
}

fn clear(party: &RelyingParty, headers: &HeaderMap, address: &str) -> Response {
    let names = &party.0.names;
    let mut response = pages::see_other(address);
    cookie::remove(response.headers_mut(), names.session());
    attempt::remove_all(names, headers, response.headers_mut());
    response
}

fn form(party: &RelyingParty, current: &Current, status: StatusCode) -> Response {
    let body = format!(
        "<p>Do you want to sign out?</p><form method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"csrf_token\" \
         value=\"{}\"><button type=\"submit\">Sign out</button></form><p><a href=\"{}\">Stay signed in</a></p>",
        pages::escape(&party.sign_out_url()),
        pages::escape(&csrf_token(current)),
        pages::escape(party.0.landing.as_str()),
    );
    pages::page(status, "Sign out", &body)
}

fn unfinished(party: &RelyingParty, error: &StoreError) -> Response {
    tracing::error!(%error, "a sign-out did not finish");
    let text = "You are still signed in: something went wrong on our side. Try again in a moment.";
    let again = party.sign_out_url();
    pages::notice(StatusCode::SERVICE_UNAVAILABLE, "Signing out did not finish", text, (&again, "Try again"))
}
