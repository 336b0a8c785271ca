//! Authorization by a token: which tokens a UserInfo journey accepts, and which of their claims it takes
//! (userinfo-endpoint). That a token is one of the policy's own was found out before.

use serde_json::Value as Json;
use zaguan_policy::{
    DataType, Timestamp, Value,
    id::KeyName,
    model::{Metadata, TechnicalProfile},
};

use crate::{
    call::Failure,
    journey::Run,
    request::Start,
    resolvers::{Scene, resolve_within},
    token_claims,
};

/// Settings of an authorization profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenAuthorization {
    /// `issuer`: the token's `iss`, to the letter. Required: without it no token is accepted.
    pub issuer: Option<String>,
    /// `audience`, `IdTokenAudience`: for whom the token may be. `None`: for anybody.
    pub audiences: Option<Vec<String>>,
    /// `issuer_secret`: the policy key that signed the token.
    pub signing_key: Option<KeyName>,
}

impl TokenAuthorization {
    pub(crate) fn read(profile: &TechnicalProfile) -> Self {
        let key = profile.keys.iter().find(|(role, _)| role.eq_ignore_ascii_case("issuer_secret"));
        Self {
            issuer: profile.metadata.get("issuer").map(str::to_owned),
            audiences: audiences(&profile.metadata),
            signing_key: key.map(|(_, name)| name.clone()),
        }
    }

    /// Why a token with these claims, signed by that key, is refused: the number, and a reason for the app's developer.
    fn refuses(&self, token: &Token<'_>, scene: &Scene<'_>) -> Option<(u32, &'static str)> {
        let resolved = |text: &String| resolve_within(text, scene, str::to_owned);
        if self.signing_key.as_ref() != Some(token.signing_key) {
            return Some((90_239, "it is signed by another key than the profile's `issuer_secret`"));
        }
        if self.issuer.is_none() || self.issuer.as_ref().map(resolved).as_deref() != token.issuer {
            return Some((90_238, "its `iss` is not the profile's `issuer`"));
        }
        let is_for = |known: &String| token.audiences.iter().any(|one| resolved(known).eq_ignore_ascii_case(one));
        let is_for_others = self.audiences.as_ref().is_some_and(|known| !known.iter().any(is_for));
        is_for_others.then_some((90_237, "its `aud` is none of the profile's `audience`"))
    }
}

/// What is looked at of a token.
struct Token<'a> {
    issuer: Option<&'a str>,
    audiences: Vec<&'a str>,
    signing_key: &'a KeyName,
}

/// OPEN: the page's sample has `audience` with a JSON array, its prose `IdTokenAudience` with commas. Either form counts
/// in either item, and where both are there, what both name. An item that names nobody admits nobody.
fn audiences(metadata: &Metadata) -> Option<Vec<String>> {
    let given: Vec<&str> = ["audience", "IdTokenAudience"].iter().filter_map(|key| metadata.get(key)).collect();
    let read = |text: &&str| match serde_json::from_str::<Vec<String>>(text) {
        Ok(all) => all,
        Err(_) => {
            let separate = |letter: char| letter == ',' || letter.is_whitespace();
            text.split(separate).filter(|one| !one.is_empty()).map(str::to_owned).collect()
        }
    };
    (!given.is_empty()).then(|| given.iter().flat_map(read).collect())
}

impl Run<'_, '_> {
    /// Checks the token that the app showed, and puts the claims that the profile lists into the bag.
    pub(crate) fn read_token(
        &mut self,
        profile: &TechnicalProfile,
        settings: &TokenAuthorization,
    ) -> Result<(), Failure> {
        let failed = |code, why: &str| Failure::new(code, "UserMessageIfValidationError", profile).about(why);
        let Start::UserInfo { claims } = &self.journey.request.start else {
            return Err(failed(90_037, "there is no token to look at"));
        };
        let Some(issuer) = self.program.issuer() else { return Err(failed(90_037, "the policy issues no token")) };
        let token = Token {
            issuer: claims.get("iss").and_then(Json::as_str),
            audiences: match claims.get("aud") {
                Some(Json::Array(several)) => several.iter().filter_map(Json::as_str).collect(),
                Some(one) => one.as_str().into_iter().collect(),
                None => vec![],
            },
            signing_key: &issuer.signing_key,
        };
        if let Some((code, why)) = settings.refuses(&token, &self.scene()) {
            return Err(failed(code, why));
        }
        // OPEN: without a `PartnerClaimType` the claim has the name that it gets in this policy's tokens.
        let policy = &self.program.policy;
        let found: Vec<_> = profile
            .output_claims
            .iter()
            .filter_map(|output| {
                let json = claims.get(&token_claims::name(output, policy))?;
                let declared = policy.claim_types.get(&output.claim).map(|declared| declared.data_type);
                Some((output.claim.clone(), from_json(json, declared)?))
            })
            .collect();
        for (claim, value) in found {
            self.put(&claim, value);
        }
        Ok(())
    }
}

/// A claim of a token as a value of the bag. `None` for objects and what else no claim type holds.
fn from_json(json: &Json, declared: Option<DataType>) -> Option<Value> {
    Some(match json {
        Json::String(text) => Value::Text(text.clone()),
        Json::Bool(yes) => Value::Boolean(*yes),
        // `dateTime` is seconds in tokens (claimsschema).
        Json::Number(number) if declared == Some(DataType::DateTime) => {
            Value::DateTime(Timestamp::from_seconds(number.as_i64()?))
        }
        Json::Number(number) => Value::Integer(number.as_i64()?),
        Json::Array(all) => Value::Texts(all.iter().map(|one| one.as_str().map(str::to_owned)).collect::<Option<_>>()?),
        Json::Null | Json::Object(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use zaguan_policy::id::MetadataKey;

    use super::*;

    fn metadata(items: &[(&str, &str)]) -> Metadata {
        Metadata(
            items.iter().map(|(key, text)| (MetadataKey::new(key), (*text).to_owned())).collect::<BTreeMap<_, _>>(),
        )
    }

    #[test]
    fn audiences_in_every_spelling() {
        for (items, expected) in [
            (&[][..], None),
            (&[("audience", r#"[ "a", "b" ]"#)], Some(vec!["a", "b"])),
            (&[("Audience", "a")], Some(vec!["a"])),
            (&[("IdTokenAudience", "a,b")], Some(vec!["a", "b"])),
            (&[("IdTokenAudience", " a , b c ")], Some(vec!["a", "b", "c"])),
            (&[("idtokenaudience", r#"["a"]"#)], Some(vec!["a"])),
            (&[("audience", "a"), ("IdTokenAudience", "b")], Some(vec!["a", "b"])),
            (&[("audience", "[]")], Some(vec![])),
            (&[("audience", "")], Some(vec![])),
        ] {
            let expected = expected.map(|all| all.into_iter().map(str::to_owned).collect());
            assert_eq!(audiences(&metadata(items)), expected, "{items:?}");
        }
    }

    #[test]
    fn claims_of_tokens_as_values() {
        use serde_json::json;
        for (json, declared, expected) in [
            (json!("a"), DataType::String, Some(Value::Text("a".into()))),
            (json!(true), DataType::Boolean, Some(Value::Boolean(true))),
            (json!(7), DataType::Int, Some(Value::Integer(7))),
            (json!(7), DataType::DateTime, Some(Value::DateTime(Timestamp::from_seconds(7)))),
            (json!(["a", "b"]), DataType::StringCollection, Some(Value::Texts(vec!["a".into(), "b".into()]))),
            (json!(["a", 1]), DataType::StringCollection, None),
            (json!({"a": 1}), DataType::String, None),
            (json!(null), DataType::String, None),
            (json!(1.5), DataType::Int, None),
        ] {
            assert_eq!(from_json(&json, Some(declared)), expected, "{json}");
        }
    }
}
