//! Makes tokens of a grant.

use std::{borrow::Cow, sync::Arc, time::Duration};

use serde::{Serialize, Serializer};
use serde_json::Value as Json;
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
        let mut claims = common_claims(issuer, policy, granted, now, issuer.id_token_lifetime);
        claims.set("aud", Claim::text(app.client_id()));
        claims.set("auth_time", Claim::Instant(granted.authenticated.as_seconds()));
        if let Some(nonce) = &granted.nonce {
            claims.set("nonce", Claim::text(nonce));
        }
        // D7: `sid` here and in front-channel notices, both or neither.
        if let Some(session) = granted.session.as_ref().filter(|_| self.tenant.session_ids) {
            claims.set("sid", Claim::text(session.as_str()));
        }
        if let Some(code) = with.code {
            claims.set("c_hash", Claim::Text(half_hash(code).into()));
        }
        if let Some(token) = with.access_token {
            claims.set("at_hash", Claim::Text(half_hash(token).into()));
        }
        // What the app that asks reads.
        Ok(self.signer(issuer, app.signing_algorithm(), now).await?.sign(&claims))
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
        let mut claims = common_claims(issuer, policy, granted, now, issuer.access_token_lifetime);
        claims.set("aud", Claim::text(&resource.audience));
        claims.set("azp", Claim::text(app));
        if let Some(names) = granted.scopes.names() {
            claims.set("scp", Claim::Text(names.into()));
        }
        // What the API reads that it is for.
        let algorithm = self.tenant.signing_algorithm(&resource.audience);
        Ok(Some(self.signer(issuer, algorithm, now).await?.sign(&claims)))
    }
}

/// A token's claims, in the order in which they stand there: names are borrowed, and so are most values.
struct TokenClaims<'a>(Vec<(&'a str, Claim<'a>)>);

#[derive(Serialize)]
#[serde(untagged)]
enum Claim<'a> {
    OfPolicy(&'a Json),
    Text(Cow<'a, str>),
    /// Seconds since 1970.
    Instant(i64),
}

impl<'a> Claim<'a> {
    fn text(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> TokenClaims<'a> {
    /// In the place of the claim of this name, or behind the others.
    fn set(&mut self, name: &'a str, value: Claim<'a>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some(known) => known.1 = value,
            None => self.0.push((name, value)),
        }
    }
}

impl Serialize for TokenClaims<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

fn common_claims<'a>(
    issuer: &Issuer,
    policy: &PolicyId,
    granted: &'a Granted,
    now: Timestamp,
    lifetime: Duration,
) -> TokenClaims<'a> {
    let at = now.as_seconds();
    let mut claims = TokenClaims(Vec::with_capacity(granted.claims.len() + 12));
    // The protocol's own claims are never a policy's to set. `acr` is, where the issuer sends none.
    for (name, value) in granted.claims.iter().filter(|(name, _)| !PROTOCOLS_OWN.contains(&name.as_str())) {
        claims.set(name, Claim::OfPolicy(value));
    }
    let own = [
        ("ver", Claim::text("1.0")),
        ("iss", Claim::text(&granted.issued_by)),
        ("sub", Claim::text(&granted.subject)),
        ("exp", Claim::Instant((now + lifetime).as_seconds())),
        ("nbf", Claim::Instant(at)),
        ("iat", Claim::Instant(at)),
    ];
    for (name, value) in own {
        claims.set(name, value);
    }
    // OPEN: `acr` in lower case, as the samples of starter-pack policies show it.
    if issuer.sends_acr {
        claims.set("acr", Claim::Text(policy.to_lowercase().into()));
    }
    claims
}

/// Claims that say what a token allows, for whom, and to what it belongs.
const PROTOCOLS_OWN: [&str; 8] = ["aud", "auth_time", "at_hash", "azp", "c_hash", "nonce", "scp", "sid"];

fn written(form: IssuerForm, origin: &str, tenant: &TenantId, policy: &PolicyId) -> String {
    match form {
        IssuerForm::AuthorityAndTenantGuid => format!("{origin}/{tenant}/v2.0/"),
        IssuerForm::AuthorityWithTfp => format!("{origin}/tfp/{tenant}/{}/v2.0/", policy.to_lowercase()),
    }
}
