//! CreateAlternativeSecurityId: a person's identity at a provider, as JSON.

use zaguan_policy::Value;

use super::Transformation;

pub(crate) const DEFINITION: Transformation = Transformation {
    method: "CreateAlternativeSecurityId",
    run: |given| match (given.text("key"), given.text("identityProvider")) {
        (Some(key), Some(provider)) => {
            let identity = serde_json::json!({
                "type": 6,
                "identityProvider": provider,
                "key": zaguan_protocol::crypto::base64_standard(key.as_bytes()),
            });
            Ok(vec![("alternativeSecurityId", Some(Value::Text(identity.to_string())))])
        }
        _ => Ok(vec![]),
    },
};
