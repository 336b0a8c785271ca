//! Sending a person to the provider.

use crate::attempt::{self, Attempt, Purpose};
use crate::pages;
use crate::party::{PASSWORD_RESET, RelyingParty, SIGN_IN};
use crate::provider::Provider;
use crate::return_path::ReturnPath;
use crate::{chance, party::Found};
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use zaguan_protocol::crypto::{base64url, sha256};

#[derive(Deserialize)]
pub(crate) struct Asked {
    return_to: Option<String>,
    journey: Option<String>,
    #[serde(flatten)]
    wishes: Wishes,
}

/// What an app may ask of the provider for one sign-in (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Wishes {
    pub(crate) login_hint: Option<String>,
    pub(crate) domain_hint: Option<String>,
    pub(crate) prompt: Option<String>,
    pub(crate) ui_locales: Option<String>,
}

impl Wishes {
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let Self { login_hint, domain_hint, prompt, ui_locales } = self;
        [("login_hint", login_hint), ("domain_hint", domain_hint), ("prompt", prompt), ("ui_locales", ui_locales)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}

pub(crate) async fn get(State(party): State<RelyingParty>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let name = asked.journey.as_deref().unwrap_or(SIGN_IN);
    let Some(journey) = party.0.journey(name) else {
        return pages::notice(StatusCode::NOT_FOUND, "No such page", "This link leads nowhere.", ("/", "Continue"));
    };
    let signed_in = matches!(party.0.find(&headers).await, Ok(Found::Session(_)));
    let purpose = match name {
        SIGN_IN => Purpose::SignIn,
        // Who forgot the password is about to sign in, unless a session is open.
        PASSWORD_RESET if !signed_in => Purpose::SignIn,
        _ => Purpose::Join,
    };
    let return_to = party.0.return_path(asked.return_to.as_deref());
    begin(&party, &journey.provider, purpose, return_to, &asked.wishes, &headers).await
}

/// Begins an attempt and sends the browser to the policy.
pub(crate) async fn begin(
    party: &RelyingParty,
    provider: &Provider,
    purpose: Purpose,
    return_to: ReturnPath,
    wishes: &Wishes,
    headers: &HeaderMap,
) -> Response {
    let inner = &party.0;
    let now = inner.now();
    let metadata = match provider.metadata(&*inner.http, now).await {
        Ok(metadata) => metadata,
        Err(error) => {
            tracing::error!(%error, "nobody can sign in");
            return unavailable(party, &return_to);
        }
    };
    let attempt = Attempt {
        state: chance::text(),
        nonce: chance::text(),
        verifier: chance::text(),
        return_to,
        policy: provider.policy().to_owned(),
        purpose,
        until: now.plus(attempt::LIFE),
    };
    let mut url = metadata.authorization.clone();
    url.query_pairs_mut()
        .append_pair("client_id", &inner.client.id)
        .append_pair("response_type", "code")
        .append_pair("response_mode", "query")
        .append_pair("redirect_uri", &party.redirect_uri())
        .append_pair("scope", &inner.scopes.join(" "))
        .append_pair("state", &attempt.state)
        .append_pair("nonce", &attempt.nonce)
        .append_pair("code_challenge", &base64url::encode(sha256(attempt.verifier.as_bytes())))
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(wishes.pairs());
    let mut response = pages::see_other(url.as_str());
    attempt.save(&inner.names, &inner.sealer, headers, response.headers_mut());
    response
}

/// The provider does not answer.
pub(crate) fn unavailable(party: &RelyingParty, return_to: &ReturnPath) -> Response {
    let again = party.sign_in_url(return_to.as_str());
    let text = "The service that signs people in does not answer. Try again in a moment.";
    pages::notice(StatusCode::BAD_GATEWAY, "Sign-in is not possible now", text, (&again, "Try again"))
}
