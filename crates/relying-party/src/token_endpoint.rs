//! Requests to a policy's token endpoint (RFC 6749 §4.1.3, §6) and revocation endpoint (RFC 7009).

use crate::builder::ClientAuth;
use crate::http::Http;
use crate::provider::Metadata;
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

/// What the app is at the provider.
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) auth: ClientAuth,
}

/// What is traded for tokens.
pub(crate) enum Grant<'a> {
    Code { code: &'a str, verifier: &'a str, redirect_uri: &'a str },
    Refresh { token: &'a str },
}

/// What came back. Not `Debug`: it is all secrets.
pub(crate) struct Granted {
    pub(crate) id_token: Option<String>,
    pub(crate) access_token: Option<String>,
    pub(crate) refresh_token: Option<String>,
    /// Life of the access token, in seconds.
    pub(crate) expires_in: i64,
    pub(crate) scopes: Vec<String>,
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// The provider could not be reached or could not answer; worth another try after so many seconds.
    Unreachable { after: Option<i64> },
    /// It answered no (RFC 6749 §5.2).
    Refused { code: String, description: String },
}

impl Client {
    /// Trades a grant for tokens. `scopes` is what is asked for, and what was granted when the answer does not say.
    pub(crate) async fn redeem(
        &self,
        http: &dyn Http,
        metadata: &Metadata,
        grant: &Grant<'_>,
        scopes: &[String],
    ) -> Result<Granted, Failed> {
        let scope = scopes.join(" ");
        let form: &[(&str, &str)] = match grant {
            Grant::Code { code, verifier, redirect_uri } => &[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("code_verifier", verifier),
                ("redirect_uri", redirect_uri),
                ("scope", &scope),
            ],
            Grant::Refresh { token } => &[("grant_type", "refresh_token"), ("refresh_token", token), ("scope", &scope)],
        };
        let answer = self.post(http, &metadata.token, form).await?;
        let read: Map<String, Value> = serde_json::from_slice(answer.body()).unwrap_or_default();
        let text = |name: &str| read.get(name).and_then(Value::as_str).map(str::to_owned);
        if answer.status() == StatusCode::OK {
            // some policies write numbers as texts.
            let seconds = read.get("expires_in").and_then(|it| it.as_i64().or_else(|| it.as_str()?.parse().ok()));
            let granted = text("scope").map(|all| all.split_whitespace().map(str::to_owned).collect());
            return Ok(Granted {
                id_token: text("id_token"),
                access_token: text("access_token").filter(|token| !token.is_empty()),
                refresh_token: text("refresh_token"),
                expires_in: seconds.unwrap_or(NOT_SAID),
                scopes: granted.unwrap_or_else(|| scopes.to_vec()),
            });
        }
        match text("error") {
            Some(code) if answer.status().is_client_error() && answer.status() != StatusCode::TOO_MANY_REQUESTS => {
                Err(Failed::Refused { code, description: text("error_description").unwrap_or_default() })
            }
            _ => Err(Failed::Unreachable { after: retry_after(&answer) }),
        }
    }

    /// Tells the provider that nobody will use this refresh token again. Best effort: most providers end it by themselves.
    pub(crate) async fn revoke(&self, http: &dyn Http, metadata: &Metadata, refresh_token: &str) {
        let Some(address) = &metadata.revocation else { return };
        let form = [("token", refresh_token), ("token_type_hint", "refresh_token")];
        match self.post(http, address, &form).await {
            Ok(answer) if answer.status().is_success() => {}
            _ => tracing::info!("the provider did not take back a refresh token"),
        }
    }

    async fn post(&self, http: &dyn Http, address: &Url, form: &[(&str, &str)]) -> Result<Response<Bytes>, Failed> {
        let body = {
            let mut body = form_urlencoded::Serializer::new(String::new());
            body.extend_pairs(form).append_pair("client_id", &self.id);
            if let ClientAuth::Secret(secret) = &self.auth {
                body.append_pair("client_secret", secret.expose());
            }
            body.finish()
        };
        let request = Request::post(address.as_str())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(Bytes::from(body))
            .map_err(|_| Failed::Unreachable { after: None })?;
        http.send(request).await.map_err(|error| {
            tracing::warn!(%address, %error, "cannot reach the provider");
            Failed::Unreachable { after: None }
        })
    }
}

fn retry_after(answer: &Response<Bytes>) -> Option<i64> {
    let seconds: i64 = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(seconds.clamp(0, 3600))
}

/// Life of an access token whose answer does not say: RFC 6749 §5.1 leaves it to us, so it is used once.
const NOT_SAID: i64 = 0;
