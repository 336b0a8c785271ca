//! Token answers.

use crate::client::{ClientAuthentication, Proof};
use crate::crypto::base64url;
use crate::errors::OAuthError;
use crate::secret::Secret;
use crate::time::NumericDate;
use serde::Serialize;
use serde_json::Value;

/// What a token request is answered with. The order of the members is B2C's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenResponse {
    /// When a resource was granted.
    pub access_token: Option<IssuedAccessToken>,
    /// When `openid` was granted.
    pub id_token: Option<IssuedToken>,
    /// From when the tokens are valid.
    pub not_before: NumericDate,
    /// See [`profile_info`]; where `client_info` was not asked for.
    pub profile_info: Option<String>,
    /// See [`client_info`]; where it was asked for.
    pub client_info: Option<String>,
    /// What was granted (R-37); absent for an app in its own name.
    pub scope: Option<String>,
    /// When `offline_access` was granted.
    pub refresh_token: Option<IssuedToken>,
}

/// An access token and for whom it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedAccessToken {
    /// The token.
    pub token: Secret<String>,
    /// How many seconds it lives.
    pub expires_in: u32,
    /// When it ends.
    pub expires_on: NumericDate,
    /// The client id of the API, as in its `aud`.
    pub resource: String,
}

/// An ID token or a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedToken {
    /// The token.
    pub token: Secret<String>,
    /// How many seconds it lives.
    pub expires_in: u32,
}

/// How numbers are written (`SendTokenResponseBodyWithJsonNumbers`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberForm {
    /// As numbers.
    #[default]
    Number,
    /// As texts, as B2C once did.
    Text,
}

impl TokenResponse {
    /// The JSON body.
    #[must_use]
    pub fn to_json(&self, form: NumberForm) -> String {
        let number = |value: i64| match form {
            NumberForm::Number => Value::from(value),
            NumberForm::Text => Value::from(value.to_string()),
        };
        let access = self.access_token.as_ref();
        let text = |issued: &IssuedToken| issued.token.expose().clone();
        let lifetime = |issued: &IssuedToken| number(i64::from(issued.expires_in));
        let body = Body {
            access_token: access.map(|issued| issued.token.expose().clone()),
            id_token: self.id_token.as_ref().map(text),
            token_type: "Bearer",
            not_before: number(self.not_before.0),
            expires_in: access.map(|issued| number(i64::from(issued.expires_in))),
            expires_on: access.map(|issued| number(issued.expires_on.0)),
            resource: access.map(|issued| issued.resource.as_str()),
            id_token_expires_in: self.id_token.as_ref().map(lifetime),
            profile_info: self.profile_info.as_deref(),
            client_info: self.client_info.as_deref(),
            scope: self.scope.as_deref(),
            refresh_token: self.refresh_token.as_ref().map(text),
            refresh_token_expires_in: self.refresh_token.as_ref().map(lifetime),
        };
        serde_json::to_string(&body).expect("texts and numbers have a JSON form")
    }
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    token_type: &'static str,
    not_before: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_on: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token_expires_in: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile_info: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_info: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_expires_in: Option<Value>,
}

/// The JSON body of a refusal, here and at any other endpoint that answers in JSON.
#[must_use]
pub fn error_body(error: &OAuthError, correlation_id: &str, at: &str) -> String {
    #[derive(Serialize)]
    struct Refusal<'a> {
        error: &'a str,
        error_description: String,
    }
    let refusal = Refusal { error: &error.error, error_description: error.description(correlation_id, at) };
    serde_json::to_string(&refusal).expect("texts have a JSON form")
}

/// The HTTP status of a refusal. A client that came with Basic authentication and is not believed gets 401, together
/// with `WWW-Authenticate: Basic` (RFC 6749 §5.2); everybody else what the table of codes says.
#[must_use]
pub fn error_status(error: &OAuthError, client: Option<&ClientAuthentication>) -> u16 {
    let by_header = client.is_some_and(|client| matches!(client.proof, Proof::Basic(_)));
    if by_header && error.error == "invalid_client" { 401 } else { error.code.status() }
}

/// The value of `client_info`, by which MSAL tells accounts apart: one account of the person for each policy
/// (R-34, R-35). `person` is the object id, or the subject where the policy issues none; `None` when it is empty,
/// because everybody would then share one account.
#[must_use]
pub fn client_info(person: &str, policy: &str, tenant_guid: &str) -> Option<String> {
    #[derive(Serialize)]
    struct ClientInfo {
        uid: String,
        utid: String,
    }
    if person.is_empty() {
        return None;
    }
    let uid = format!("{person}-{}", policy.to_ascii_lowercase());
    let info = ClientInfo { uid, utid: tenant_guid.to_ascii_lowercase() };
    Some(base64url::encode(serde_json::to_string(&info).expect("texts have a JSON form")))
}

/// The value of `profile_info`. `identity_provider` is `LocalAccount` or the name of the provider.
#[must_use]
pub fn profile_info(tenant_guid: &str, name: Option<&str>, identity_provider: Option<&str>) -> String {
    #[derive(Serialize)]
    struct ProfileInfo<'a> {
        ver: &'static str,
        tid: &'a str,
        sub: Option<&'a str>,
        name: Option<&'a str>,
        preferred_username: Option<&'a str>,
        idp: Option<&'a str>,
    }
    let info =
        ProfileInfo { ver: "1.0", tid: tenant_guid, sub: None, name, preferred_username: None, idp: identity_provider };
    base64url::encode(serde_json::to_string(&info).expect("texts have a JSON form"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::Code;

    fn whole() -> TokenResponse {
        let token = |text: &str, expires_in| IssuedToken { token: Secret::new(text.to_owned()), expires_in };
        TokenResponse {
            access_token: Some(IssuedAccessToken {
                token: Secret::new("at".to_owned()),
                expires_in: 3600,
                expires_on: NumericDate(4600),
                resource: "api".to_owned(),
            }),
            id_token: Some(token("it", 3600)),
            not_before: NumericDate(1000),
            profile_info: None,
            client_info: Some("ci".to_owned()),
            scope: Some("openid".to_owned()),
            refresh_token: Some(token("rt", 1_209_600)),
        }
    }

    #[test]
    fn members_in_the_order_of_b2c() {
        assert_eq!(
            whole().to_json(NumberForm::Number),
            concat!(
                r#"{"access_token":"at","id_token":"it","token_type":"Bearer","not_before":1000,"expires_in":3600,"#,
                r#""expires_on":4600,"resource":"api","id_token_expires_in":3600,"client_info":"ci","scope":"openid","#,
                r#""refresh_token":"rt","refresh_token_expires_in":1209600}"#
            )
        );
        let legacy = whole().to_json(NumberForm::Text);
        for member in [
            r#""not_before":"1000""#,
            r#""expires_in":"3600""#,
            r#""expires_on":"4600""#,
            r#""id_token_expires_in":"3600""#,
            r#""refresh_token_expires_in":"1209600""#,
        ] {
            assert!(legacy.contains(member), "{member} {legacy}");
        }
        assert!(!format!("{:?}", whole()).contains("\"at\""));
    }

    #[test]
    fn nothing_is_there_that_was_not_granted() {
        let least = TokenResponse {
            access_token: None,
            profile_info: Some("pi".to_owned()),
            client_info: None,
            refresh_token: None,
            ..whole()
        };
        assert_eq!(
            least.to_json(NumberForm::Number),
            concat!(
                r#"{"id_token":"it","token_type":"Bearer","not_before":1000,"id_token_expires_in":3600,"#,
                r#""profile_info":"pi","scope":"openid"}"#
            )
        );
    }

    #[test]
    fn accounts_of_msal() {
        let decode = |text: String| String::from_utf8(base64url::decode(&text).unwrap()).unwrap();
        assert_eq!(
            client_info("0b1c", "B2C_1A_SignIn", "775527FF-9a37").map(decode).as_deref(),
            Some(r#"{"uid":"0b1c-b2c_1a_signin","utid":"775527ff-9a37"}"#)
        );
        assert_eq!(client_info("", "B2C_1A_SignIn", "775527ff-9a37"), None);
        assert_eq!(
            decode(profile_info("775527ff-9a37", Some("Ada"), Some("LocalAccount"))),
            r#"{"ver":"1.0","tid":"775527ff-9a37","sub":null,"name":"Ada","preferred_username":null,"idp":"LocalAccount"}"#
        );
    }

    #[test]
    fn refusals() {
        let error = OAuthError::new(Code::SecretWrong, &[]);
        let body = error_body(&error, "7a3c", "2026-01-02 03:04:05Z");
        assert!(body.starts_with(r#"{"error":"invalid_client","error_description":"AADB2C90081: "#), "{body}");
        assert!(body.ends_with(r#"\r\nCorrelation ID: 7a3c\r\nTimestamp: 2026-01-02 03:04:05Z\r\n"}"#), "{body}");

        let client = |proof| ClientAuthentication { client_id: "a".to_owned(), proof };
        let (basic, post) =
            (client(Proof::Basic(Secret::new("s".to_owned()))), client(Proof::Post(Secret::new("s".to_owned()))));
        let gone = OAuthError::new(Code::AccountGone, &[]);
        for (error, client, expected) in [
            (&error, None, 400),
            (&error, Some(&post), 400),
            (&error, Some(&basic), 401),
            (&gone, Some(&basic), 400),
            (&OAuthError::new(Code::Throttled, &[]), None, 429),
            (&OAuthError::new(Code::ProcessingFailed, &[]), None, 500),
        ] {
            assert_eq!(error_status(error, client), expected, "{error}");
        }
    }
}
