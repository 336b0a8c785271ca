//! The token's claims: exactly the relying party's output claims, under the names that the app knows.

use serde_json::Value as Json;
use zaguan_policy::{
    EffectivePolicy, Value,
    id::ProfileId,
    model::{ClaimReference, ProtocolName},
};

use crate::{
    bind::{Issuer, read_default},
    claims::Claims,
    journey::Run,
    request::Start,
    resolvers::resolve,
    sign_on::SignOn,
    turn::{Issued, Refusal},
};

impl Run<'_, '_> {
    pub(crate) fn issue(&mut self, profile: &ProfileId, issuer: &Issuer, sign_on: SignOn) -> Result<Issued, Refusal> {
        let policy = &self.program.policy;
        let relying_party = &self.program.relying_party.profile;
        let mut claims: Vec<(String, Json)> = Vec::new();
        let mut bag = Claims::default();
        for output in &relying_party.output_claims {
            let value = self.output(output);
            // Empty values never enter a token.
            match value.as_ref().filter(|value| !value.is_empty()).and_then(to_json) {
                Some(json) => {
                    let name = name(output, policy);
                    if !claims.iter().any(|(known, _)| *known == name) {
                        claims.push((name, json));
                    }
                }
                None if output.required => {
                    let message =
                        format!("the token requires the claim `{}`, which the journey did not set", output.claim);
                    return Err(Refusal { code: 90_037, message: Some(message) });
                }
                None => {}
            }
            if let Some(value) = value {
                bag.put(output.claim.clone(), value);
            }
        }
        let subject_name = relying_party.subject.as_deref().unwrap_or("sub");
        let subject = claims.iter().find(|(name, _)| name == subject_name).and_then(|(_, value)| text_of(value));
        let identity = self.journey.person(&issuer.identity_claim);
        if let Some(identity) = &identity {
            bag.put(issuer.identity_claim.as_str().into(), Value::Text(identity.clone()));
        }
        // OPEN: a policy whose subject claim is absent. The person's identity is the next best; without
        // either there is nobody to issue a token for.
        let of_app = || match self.journey.request.start {
            Start::ClientCredentials => Some(self.journey.request.client_id.clone()),
            _ => None,
        };
        let Some(subject) = subject.or_else(|| identity.clone()).or_else(of_app) else {
            let message = format!("the token has no subject: the claim `{subject_name}` was not set");
            return Err(Refusal { code: 90_037, message: Some(message) });
        };
        claims.retain(|(name, _)| name != "sub");
        let other_issuer = (self.program.issuer_profile() != Some(profile)).then(|| profile.clone());
        Ok(Issued { claims, subject, identity, issuer: issuer.clone(), other_issuer, bag, sign_on })
    }

    /// Resolvers always work here (claim-resolver-overview).
    fn output(&self, output: &ClaimReference) -> Option<Value> {
        let existing = self.journey.state.claims.get(&output.claim).filter(|_| !output.always_use_default);
        existing.cloned().or_else(|| {
            let text = resolve(output.default_value.as_deref()?, &self.scene());
            read_default(&text, &output.claim, &self.program.policy)
        })
    }
}

/// The claim's name in the token: `PartnerClaimType`, else the claim type's default for OpenID
/// Connect, else its id. OPEN: as the relying party spells it.
pub(crate) fn name(output: &ClaimReference, policy: &EffectivePolicy) -> String {
    output
        .partner
        .clone()
        .or_else(|| policy.claim_types.get(&output.claim)?.partner_name(ProtocolName::OpenIdConnect).map(str::to_owned))
        .unwrap_or_else(|| output.claim.as_str().to_owned())
}

/// `dateTime` is seconds in tokens (claimsschema).
pub(crate) fn to_json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Boolean(yes) => Json::from(*yes),
        Value::Integer(number) => Json::from(*number),
        Value::DateTime(at) => Json::from(at.as_seconds()),
        Value::Texts(all) => Json::from(all.as_slice()),
        Value::Secret(_) => return None,
    })
}

fn text_of(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
