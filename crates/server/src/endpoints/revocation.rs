//! Revocation (RFC 7009) and introspection (RFC 7662): an app gives tokens back, or asks what they are worth. Both are
//! ours: B2C has neither.

use axum::body::Body;
use http::{Method, Response, StatusCode};
use serde_json::{Map, Value as Json, json};
use zaguan_policy::id::PolicyId;
use zaguan_protocol::{
    application::Application,
    client::ClientAuthentication,
    errors::{Code, OAuthError},
};
use zaguan_store::{FamilyId, RefreshFamily};

use super::{
    Here,
    grants::{Granted, parse_refresh_token},
    refusal::{Refusal, refused},
    returned::Returned,
};
use crate::{
    call::{Call, empty, json as in_json},
    errors::Fault,
};

/// Claims of an access token that introspection hands on. `client_id` and `scope` are made of `azp` and `scp`.
const OF_ACCESS_TOKENS: [&str; 8] = ["sub", "aud", "iss", "exp", "iat", "nbf", "azp", "scp"];

impl Here {
    /// `POST …/oauth2/v2.0/revoke`.
    pub(crate) async fn revoke(&self, call: &Call) -> Result<Response<Body>, Fault> {
        let mut response = match call.method == Method::OPTIONS {
            true => empty(StatusCode::NO_CONTENT),
            false => {
                let asked = ClientAuthentication::parse(&call.form, call.header("authorization"));
                let done = match &asked {
                    Ok(authentication) => self.give_back(call, authentication).await,
                    Err(error) => Err(error.clone().into()),
                };
                match done {
                    Ok(()) => empty(StatusCode::OK),
                    Err(refusal) => self.refuse_app(call, refusal, asked.as_ref().ok()),
                }
            }
        };
        self.allow_spa_origin(call, &mut response);
        Ok(response)
    }

    /// Ends the family of a refresh token of the app's. Whatever else comes is over already, or was never the app's: that
    /// is no error (RFC 7009 §2.2). A public app needs no proof: whoever has a refresh token may end it.
    async fn give_back(&self, call: &Call, authentication: &ClientAuthentication) -> Result<(), Refusal> {
        let client = self.client(call, authentication).await?;
        let token = token_of(call)?;
        let store = self.server.store();
        // Any generation names its family; which policy gave it does not matter for its end.
        let family = match parse_refresh_token(self.server.keys(), token) {
            Some((id, _)) => store.family(&self.tenant.id, &id).await?,
            // RFC 7009 §2.2.1: an app that means to revoke an access token has to learn that it goes on. Where it does not
            // say what it means, any token is answered alike.
            None if call.form.get("token_type_hint") == Some("access_token") => return Err(unsupported_token_type()),
            None => None,
        };
        let Some(family) = family else { return Ok(()) };
        let Some(granted) = granted(&family)? else { return Ok(()) };
        if !client.app.is(family.grant.app.as_str()) {
            tracing::warn!(app = %client.id(), of = %family.grant.app, "an app would revoke another app's refresh token");
            return Ok(());
        }
        if !client.is_proven() {
            client.may_use(&granted)?;
        }
        store.end_family(&self.tenant.id, &family.id).await?;
        tracing::info!(app = %client.id(), family = %family.id.0, "an app revoked its refresh tokens of one sign-in");
        Ok(())
    }

    /// `POST …/oauth2/v2.0/introspect`.
    pub(crate) async fn introspect(&self, call: &Call) -> Result<Response<Body>, Fault> {
        let asked = ClientAuthentication::parse(&call.form, call.header("authorization"));
        let found = match &asked {
            Ok(authentication) => self.worth(call, authentication).await,
            Err(error) => Err(error.clone().into()),
        };
        Ok(match found {
            Ok(Some(members)) => in_json(StatusCode::OK, &members),
            // RFC 7662 §2.2: and no word on why.
            Ok(None) => in_json(StatusCode::OK, &json!({ "active": false })),
            Err(refusal) => self.refuse_app(call, refusal, asked.as_ref().ok()),
        })
    }

    /// What is told of a token; `None` where it is not active, or none of the app's business.
    async fn worth(
        &self,
        call: &Call,
        authentication: &ClientAuthentication,
    ) -> Result<Option<Map<String, Json>>, Refusal> {
        let program = self.program()?;
        let client = self.client(call, authentication).await?;
        // RFC 7662 §2.1: nobody may try tokens out.
        client.must_be_proven()?;
        let token = token_of(call)?;
        if let Some((id, generation)) = parse_refresh_token(self.server.keys(), token) {
            return self.worth_of_refresh_token(call, &program.policy.id, &client.app, &id, generation).await;
        }
        match self.returned(call, program, token).await {
            Ok(token) => Ok(of_access_token(&token, &client.app)),
            Err(Refusal::App(error)) => {
                tracing::debug!(app = %client.id(), code = error.code.number(), "an introspected token is not active");
                Ok(None)
            }
            Err(fault @ Refusal::Fault(_)) => Err(fault),
        }
    }

    /// Active is the newest token of a family that the token endpoint of this policy would take from this app.
    async fn worth_of_refresh_token(
        &self,
        call: &Call,
        policy: &PolicyId,
        app: &Application,
        id: &FamilyId,
        generation: u32,
    ) -> Result<Option<Map<String, Json>>, Refusal> {
        let store = self.server.store();
        let Some(family) = store.family(&self.tenant.id, id).await? else { return Ok(None) };
        let is_theirs = app.is(family.grant.app.as_str()) && family.grant.policy == *policy;
        if !is_theirs || family.generation != generation || call.now >= family.until {
            return Ok(None);
        }
        if self.why_unusable(self.program()?, &family.grant, family.rotated).await?.is_some() {
            return Ok(None);
        }
        let Some(granted) = granted(&family)? else { return Ok(None) };
        // Without `token_type`: that is what access tokens have (RFC 6749 §5.1).
        let members = json!({
            "active": true,
            "sub": granted.subject,
            "client_id": app.client_id(),
            "aud": app.client_id(),
            "iss": granted.issued_by,
            "exp": family.until.as_seconds(),
            "iat": family.rotated.as_seconds(),
            "scope": granted.scopes.to_response_string(),
        });
        Ok(members.as_object().cloned())
    }
}

/// The token of a request, which may be anything.
fn token_of(call: &Call) -> Result<&str, Refusal> {
    call.form.get("token").ok_or_else(|| refused(Code::ParameterMissing, &["token"]))
}

/// `None` where the account is gone, and with it what was granted.
fn granted(family: &RefreshFamily) -> Result<Option<Granted>, Fault> {
    match family.grant.body.as_str() {
        "" => Ok(None),
        body => Granted::of_body(body).map(Some),
    }
}

/// What an app is told of an access token that it got, or that is for it. ID tokens give access to nothing.
fn of_access_token(token: &Returned, app: &Application) -> Option<Map<String, Json>> {
    let is_theirs = token.is_access_token() && (app.is(token.app()) || token.audiences().iter().any(|one| app.is(one)));
    is_theirs.then(|| {
        let mut members = Map::new();
        members.insert("active".into(), true.into());
        members.insert("client_id".into(), token.app().into());
        if let Some(scope) = token.text("scp") {
            members.insert("scope".into(), scope.into());
        }
        for name in OF_ACCESS_TOKENS {
            if let Some(value) = token.claims().get(name) {
                members.insert(name.into(), value.clone());
            }
        }
        members.insert("token_type".into(), "Bearer".into());
        members
    })
}

fn unsupported_token_type() -> Refusal {
    let words = "access tokens cannot be revoked, they are good until they expire; send the refresh token";
    let error = "unsupported_token_type".into();
    Refusal::App(OAuthError { error, ..OAuthError::saying(Code::RequestInvalid, words) })
}
