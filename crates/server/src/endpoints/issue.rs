//! Makes tokens of a grant.

use serde_json::{Map, Value as Json, json};
use zaguan_journey::profiles::jwt_issuer::IssuerForm;
use zaguan_journey::{Program, bind::Issuer};
use zaguan_policy::{Timestamp, id::PolicyId};
use zaguan_protocol::{application::Application, id_token::half_hash, jose::SigningKey};

use super::{Here, grants::Granted};
use crate::{call::Call, errors::Fault};

/// What an ID token is issued together with.
#[derive(Clone, Copy, Default)]
pub(crate) struct Companions<'a> {
    pub(crate) code: Option<&'a str>,
    pub(crate) access_token: Option<&'a str>,
}

impl Here {
    /// `iss`: the host that the request came to, the tenant's GUID, and a slash at the end.
    pub(crate) fn issuer(&self, call: &Call, settings: &Issuer, policy: &PolicyId) -> String {
        let (origin, tenant) = (call.origin(), &self.tenant.id);
        // The strict form of a policy that says nothing of it, for libraries that compare `iss` with where they looked.
        let form = match self.tenant.standards(policy).issuer {
            true => IssuerForm::AuthorityWithTfp,
            false => settings.issuer_form,
        };
        match form {
            IssuerForm::AuthorityAndTenantGuid => format!("{origin}/{tenant}/v2.0/"),
            IssuerForm::AuthorityWithTfp => format!("{origin}/tfp/{tenant}/{}/v2.0/", policy.to_lowercase()),
        }
    }

    /// `iss` of the policy's tokens; where it issues none, what it would be.
    pub(crate) fn issuer_of(&self, call: &Call, program: &Program) -> String {
        match program.issuer() {
            Some(settings) => self.issuer(call, settings, &program.policy.id),
            None => format!("{}/{}/v2.0/", call.origin(), self.tenant.id),
        }
    }

    /// The key that signs for the issuer.
    pub(crate) async fn signer(&self, settings: &Issuer, now: Timestamp) -> Result<std::sync::Arc<SigningKey>, Fault> {
        let keys = self.server.keys();
        Ok(keys.signer(self.server.store(), &self.tenant.id, &settings.signing_key, now).await?)
    }

    /// The ID token of a grant.
    pub(crate) async fn id_token(
        &self,
        issuer: &Issuer,
        app: &Application,
        policy: &PolicyId,
        granted: &Granted,
        with: Companions<'_>,
        now: Timestamp,
    ) -> Result<String, Fault> {
        let mut claims = self.common_claims(issuer, policy, granted, now, issuer.id_token_lifetime);
        claims.insert("aud".into(), app.client_id().into());
        claims.insert("auth_time".into(), granted.authenticated.as_seconds().into());
        if let Some(nonce) = &granted.nonce {
            claims.insert("nonce".into(), nonce.as_str().into());
        }
        // D7: `sid` here and in front-channel notices, both or neither.
        if let Some(session) = granted.session.as_ref().filter(|_| self.tenant.session_ids) {
            claims.insert("sid".into(), session.as_str().into());
        }
        if let Some(code) = with.code {
            claims.insert("c_hash".into(), half_hash(code).into());
        }
        if let Some(token) = with.access_token {
            claims.insert("at_hash".into(), half_hash(token).into());
        }
        Ok(self.signer(issuer, now).await?.sign(&Json::Object(claims)))
    }

    /// The access token of a grant, where a resource was granted.
    pub(crate) async fn access_token(
        &self,
        issuer: &Issuer,
        app: &str,
        policy: &PolicyId,
        granted: &Granted,
        now: Timestamp,
    ) -> Result<Option<String>, Fault> {
        let Some(resource) = &granted.scopes.resource else { return Ok(None) };
        let mut claims = self.common_claims(issuer, policy, granted, now, issuer.access_token_lifetime);
        claims.insert("aud".into(), resource.audience.as_str().into());
        claims.insert("azp".into(), app.into());
        if !resource.names.is_empty() {
            claims.insert("scp".into(), resource.names.join(" ").into());
        }
        Ok(Some(self.signer(issuer, now).await?.sign(&Json::Object(claims))))
    }

    fn common_claims(
        &self,
        issuer: &Issuer,
        policy: &PolicyId,
        granted: &Granted,
        now: Timestamp,
        lifetime: std::time::Duration,
    ) -> Map<String, Json> {
        let at = now.as_seconds();
        let mut claims = Map::new();
        for (name, value) in &granted.claims {
            claims.insert(name.clone(), value.clone());
        }
        // The protocol's own claims are never a policy's to set.
        let own = [
            ("ver", json!("1.0")),
            ("iss", json!(granted.issued_by)),
            ("sub", json!(granted.subject)),
            ("exp", json!((now + lifetime).as_seconds())),
            ("nbf", json!(at)),
            ("iat", json!(at)),
        ];
        for (name, value) in own {
            claims.insert(name.into(), value);
        }
        // OPEN: `acr` in lower case, as the samples of starter-pack policies show it.
        if issuer.sends_acr {
            claims.insert("acr".into(), policy.to_lowercase().into());
        }
        claims
    }
}
