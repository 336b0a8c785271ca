//! Makes tokens of a grant.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use zaguan_journey::profiles::jwt_issuer::IssuerForm;
use zaguan_journey::{Program, bind::Issuer};
use zaguan_policy::{Timestamp, id::PolicyId};
use zaguan_protocol::{
    application::Application,
    id_token::half_hash,
    jose::{Algorithm, SigningKey},
};
use zaguan_store::TenantId;

use super::{Here, grants::Granted};
use crate::{call::Call, keys::NotSigned};

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
        written(form, &origin, tenant, policy)
    }

    /// Every `iss` that the policy's tokens may have: those that were issued before the form was changed keep theirs.
    pub(crate) fn issuers(&self, call: &Call, policy: &PolicyId) -> [String; 2] {
        [IssuerForm::AuthorityAndTenantGuid, IssuerForm::AuthorityWithTfp]
            .map(|form| written(form, &call.origin(), &self.tenant.id, policy))
    }

    /// `iss` of an error of the authorization endpoint (RFC 9207). D33: only where the policy follows the standards. B2C has
    /// none, and mod_auth_openidc takes an answer with `iss` and without a code for a sign-in that began elsewhere.
    pub(crate) fn issuer_of_errors(&self, call: &Call, program: &Program) -> Option<String> {
        let settings = program.issuer().filter(|_| self.tenant.standards(&program.policy.id).issuer)?;
        Some(self.issuer(call, settings, &program.policy.id))
    }

    /// The key that signs for the issuer.
    pub(crate) async fn signer(
        &self,
        settings: &Issuer,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Result<Arc<SigningKey>, NotSigned> {
        let (keys, store) = (self.server.keys(), self.server.store());
        let found = keys.signer(store, &self.tenant.id, &settings.signing_key, algorithm, now).await;
        if let Err(NotSigned::NoValidKey { name, reason }) = &found {
            tracing::error!(tenant = %self.tenant.domain, key = %name, "no key signs: {reason}; add one with `zaguan keys add`");
        }
        found
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
    ) -> Result<String, NotSigned> {
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
        // What the app that asks reads.
        Ok(self.signer(issuer, app.signing_algorithm(), now).await?.sign(&Json::Object(claims)))
    }

    /// The access token of a grant, where a resource was granted.
    pub(crate) async fn access_token(
        &self,
        issuer: &Issuer,
        app: &str,
        policy: &PolicyId,
        granted: &Granted,
        now: Timestamp,
    ) -> Result<Option<String>, NotSigned> {
        let Some(resource) = &granted.scopes.resource else { return Ok(None) };
        let mut claims = self.common_claims(issuer, policy, granted, now, issuer.access_token_lifetime);
        claims.insert("aud".into(), resource.audience.as_str().into());
        claims.insert("azp".into(), app.into());
        if let Some(names) = granted.scopes.names() {
            claims.insert("scp".into(), names.into());
        }
        // What the API reads that it is for.
        let algorithm = self.tenant.signing_algorithm(&resource.audience);
        Ok(Some(self.signer(issuer, algorithm, now).await?.sign(&Json::Object(claims))))
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
        // The protocol's own claims are never a policy's to set. `acr` is, where the issuer sends none.
        for (name, value) in granted.claims.iter().filter(|(name, _)| !PROTOCOLS_OWN.contains(&name.as_str())) {
            claims.insert(name.clone(), value.clone());
        }
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

/// Claims that say what a token allows, for whom, and to what it belongs.
const PROTOCOLS_OWN: [&str; 8] = ["aud", "auth_time", "at_hash", "azp", "c_hash", "nonce", "scp", "sid"];

fn written(form: IssuerForm, origin: &str, tenant: &TenantId, policy: &PolicyId) -> String {
    match form {
        IssuerForm::AuthorityAndTenantGuid => format!("{origin}/{tenant}/v2.0/"),
        IssuerForm::AuthorityWithTfp => format!("{origin}/tfp/{tenant}/{}/v2.0/", policy.to_lowercase()),
    }
}
