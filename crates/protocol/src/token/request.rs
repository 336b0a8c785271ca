//! Token requests.

use crate::application::Application;
use crate::crypto::decode_base64_standard;
use crate::errors::{Code, OAuthError};
use crate::params::{Params, form_decode};
use crate::return_address::RedirectKind;
use crate::scope::Scopes;
use crate::secret::Secret;
use std::borrow::Cow;

/// A well-formed token request. Whether its client and its grant are good is still open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// Who asks, and how they prove it.
    pub client: ClientCredentials,
    /// For what.
    pub grant: GrantRequest,
    /// What of the grant is wanted; everything when absent.
    pub scope: Option<Scopes>,
    /// Whether the answer carries `client_info`.
    pub client_info: bool,
}

/// What an app gives for tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantRequest {
    /// `authorization_code` (RFC 6749 §4.1.3).
    AuthorizationCode {
        /// The code.
        code: Secret<String>,
        /// The redirect address of the authorization request, when the app repeats it.
        redirect_uri: Option<String>,
        /// The proof for the challenge of the authorization request.
        verifier: Option<Secret<String>>,
    },
    /// `refresh_token` (RFC 6749 §6).
    RefreshToken {
        /// The refresh token.
        token: Secret<String>,
    },
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCredentials {
    /// The client id as sent; GUIDs compare without case.
    pub client_id: String,
    /// How they prove it.
    pub secrecy: Secrecy,
}

/// How an app proves who it is (RFC 6749 §2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// Not at all.
    None,
    /// By HTTP Basic authentication; a refusal then has status 401.
    Basic(Secret<String>),
    /// By `client_secret` in the form.
    Post(Secret<String>),
}

impl TokenRequest {
    /// Reads the form of a request and its `Authorization` header. The form only: secrets in a query are not read.
    /// Everything unknown is ignored (R-31).
    ///
    /// # Errors
    /// 90083 and 90008 for what is missing, 90086 for another grant type, 90122 for two proofs at once.
    pub fn parse(form: &Params, authorization: Option<&str>) -> Result<Self, OAuthError> {
        let required = |name: &str| form.get(name).ok_or_else(|| OAuthError::new(Code::ParameterMissing, &[name]));
        let secret = |text: &str| Secret::new(text.to_owned());
        let grant = match required("grant_type")? {
            "authorization_code" => GrantRequest::AuthorizationCode {
                code: secret(required("code")?),
                redirect_uri: form.get("redirect_uri").map(str::to_owned),
                verifier: form.get("code_verifier").map(secret),
            },
            "refresh_token" => GrantRequest::RefreshToken { token: secret(required("refresh_token")?) },
            other => return Err(OAuthError::new(Code::GrantTypeUnsupported, &[other])),
        };
        Ok(Self {
            client: ClientCredentials::parse(form, authorization)?,
            grant,
            scope: form.get("scope").map(Scopes::parse).transpose()?,
            client_info: form.get("client_info") == Some("1"),
        })
    }
}

impl ClientCredentials {
    fn parse(form: &Params, authorization: Option<&str>) -> Result<Self, OAuthError> {
        let invalid = |reason: &str| OAuthError::new(Code::RequestInvalid, &[reason]);
        if form.get("client_assertion").is_some() || form.get("client_assertion_type").is_some() {
            let refused = invalid("client assertions are not supported; send a secret");
            return Err(OAuthError { error: Cow::Borrowed(Code::SecretMissing.error()), ..refused });
        }
        let in_form = form.get("client_id");
        // Another scheme than Basic proves nothing here; the request is as good as its form.
        let Some(basic) = authorization.and_then(basic_credentials) else {
            let client_id = in_form.ok_or_else(|| OAuthError::new(Code::ClientIdMissing, &[]))?.to_owned();
            let secret = form.get("client_secret").map(|text| Secret::new(text.to_owned()));
            return Ok(Self { client_id, secrecy: secret.map_or(Secrecy::None, Secrecy::Post) });
        };
        let (client_id, secret) = basic.map_err(|NotBasic| invalid("the `Authorization` header cannot be read"))?;
        if form.get("client_secret").is_some() {
            return Err(invalid("it carries a secret twice; use either `Authorization` or `client_secret`"));
        }
        if in_form.is_some_and(|other| !other.eq_ignore_ascii_case(&client_id)) {
            return Err(invalid("`Authorization` and `client_id` name different apps"));
        }
        if client_id.is_empty() {
            return Err(OAuthError::new(Code::ClientIdMissing, &[]));
        }
        // RFC 6749 §2.3.1: an empty secret may be left out, so an empty one proves nothing.
        let secrecy = if secret.expose().is_empty() { Secrecy::None } else { Secrecy::Basic(secret) };
        Ok(Self { client_id, secrecy })
    }

    /// The secret, however it came.
    pub fn secret(&self) -> Option<&Secret<String>> {
        match &self.secrecy {
            Secrecy::None => None,
            Secrecy::Basic(secret) | Secrecy::Post(secret) => Some(secret),
        }
    }

    /// The secret that must now be compared with the app's; `None` when the grant needs none. `kind` is the kind of the
    /// address that the grant was sent to.
    ///
    /// # Errors
    /// 90079 when a secret is needed and missing, 90084 when one is sent where there can be none.
    pub fn secret_to_check(
        &self,
        app: &Application,
        kind: RedirectKind,
    ) -> Result<Option<&Secret<String>>, OAuthError> {
        match (kind, app.is_confidential(), self.secret()) {
            (RedirectKind::Web, true, Some(secret)) => Ok(Some(secret)),
            (RedirectKind::Web, true, None) => Err(OAuthError::new(Code::SecretMissing, &[])),
            (RedirectKind::Web, false, Some(_)) | (RedirectKind::Spa | RedirectKind::Public, _, Some(_)) => {
                Err(OAuthError::new(Code::SecretUnexpected, &[]))
            }
            (RedirectKind::Web, false, None) | (RedirectKind::Spa | RedirectKind::Public, _, None) => Ok(None),
        }
    }
}

struct NotBasic;

/// Client id and secret of a Basic header, both form-encoded inside (RFC 6749 §2.3.1). `None` for another scheme.
fn basic_credentials(header: &str) -> Option<Result<(String, Secret<String>), NotBasic>> {
    let (scheme, value) = header.trim_start().split_once(' ')?;
    scheme.eq_ignore_ascii_case("basic").then(|| {
        let decoded = decode_base64_standard(value.trim()).map(Secret::new).ok_or(NotBasic)?;
        let text = std::str::from_utf8(decoded.expose()).map_err(|_| NotBasic)?;
        let (client_id, secret) = text.split_once(':').ok_or(NotBasic)?;
        let decode = |part: &str| form_decode(part).map_err(|_| NotBasic);
        Ok((decode(client_id)?, Secret::new(decode(secret)?)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use serde_json::json;

    fn basic(text: &str) -> String {
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
    }

    fn parse(form: &str, authorization: Option<&str>) -> Result<TokenRequest, (u32, String)> {
        TokenRequest::parse(&Params::parse(form).unwrap(), authorization)
            .map_err(|error| (error.code.number(), error.error.into_owned()))
    }

    #[test]
    fn both_grants() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let request = parse(
            "grant_type=authorization_code&client_id=a&code=c&redirect_uri=https%3A%2F%2Fx&code_verifier=v&client_info=1\
             &scope=openid+offline_access&client_secret=s&claims=%7B%7D&x-client-SKU=msal.js.browser",
            None,
        )
        .unwrap();
        let (code, verifier) = (secret("c"), Some(secret("v")));
        let redirect_uri = Some("https://x".to_owned());
        assert_eq!(request.grant, GrantRequest::AuthorizationCode { code, redirect_uri, verifier });
        assert_eq!(
            request.client,
            ClientCredentials { client_id: "a".to_owned(), secrecy: Secrecy::Post(secret("s")) }
        );
        assert!(request.client_info && request.scope.is_some_and(|scope| scope.contains("offline_access")));

        let request = parse("grant_type=refresh_token&client_id=a&refresh_token=r", None).unwrap();
        assert_eq!(request.grant, GrantRequest::RefreshToken { token: secret("r") });
        assert_eq!((request.client.secrecy.clone(), request.client_info), (Secrecy::None, false));
        assert!(!format!("{request:?}").contains("\"r\""));
    }

    #[test]
    fn what_is_refused() {
        for (form, authorization, number, error) in [
            ("", None, 90083, "invalid_request"),
            ("grant_type=password&client_id=a", None, 90086, "unsupported_grant_type"),
            ("grant_type=client_credentials&client_id=a", None, 90086, "unsupported_grant_type"),
            ("grant_type=authorization_code&client_id=a", None, 90083, "invalid_request"),
            ("grant_type=refresh_token&client_id=a", None, 90083, "invalid_request"),
            ("grant_type=refresh_token&refresh_token=r", None, 90008, "invalid_request"),
            ("grant_type=refresh_token&refresh_token=r&client_id=a&scope=%22", None, 99005, "invalid_scope"),
            (
                "grant_type=refresh_token&refresh_token=r&client_id=a&client_secret=s",
                Some(basic("a:s")),
                90122,
                "invalid_request",
            ),
            ("grant_type=refresh_token&refresh_token=r&client_id=b", Some(basic("a:s")), 90122, "invalid_request"),
            ("grant_type=refresh_token&refresh_token=r", Some(basic("as")), 90122, "invalid_request"),
            ("grant_type=refresh_token&refresh_token=r", Some(basic("a:%zz")), 90122, "invalid_request"),
            ("grant_type=refresh_token&refresh_token=r", Some(basic(":s")), 90008, "invalid_request"),
            ("grant_type=refresh_token&refresh_token=r", Some("Basic !".to_owned()), 90122, "invalid_request"),
            ("grant_type=refresh_token&refresh_token=r&client_id=a&client_assertion=x", None, 90122, "invalid_client"),
        ] {
            assert_eq!(
                parse(form, authorization.as_deref()),
                Err((number, error.to_owned())),
                "{form} {authorization:?}"
            );
        }
    }

    #[test]
    fn basic_is_form_encoded_inside() {
        let form = "grant_type=refresh_token&refresh_token=r";
        for (header, client_id, secret) in [
            (basic("a:s"), "a", Some("s")),
            (basic("a:s").replace("Basic", "bAsIc"), "a", Some("s")),
            (basic("a%2Db:p%3Aq+r%25"), "a-b", Some("p:q r%")),
            (basic("a:p:q"), "a", Some("p:q")),
            (basic("a:"), "a", None),
        ] {
            let client = parse(form, Some(&header)).unwrap().client;
            assert_eq!((client.client_id.as_str(), client.secret().map(|s| s.expose().as_str())), (client_id, secret));
        }
        let client = parse(&format!("{form}&client_id=A"), Some("Bearer x")).unwrap().client;
        assert_eq!((client.client_id.as_str(), client.secrecy), ("A", Secrecy::None));
        assert!(parse(&format!("{form}&client_id=A"), Some(&basic("a:s"))).is_ok());
    }

    #[test]
    fn who_needs_a_secret() {
        let definition = json!({"client_id": "a1b2c3d4-0000-4000-8000-000000000001", "name": "x"});
        let open = Application::from_definition(serde_json::from_value(definition).unwrap()).unwrap();
        let confidential = open.clone().with_secret();
        let with = ClientCredentials { client_id: "a".to_owned(), secrecy: Secrecy::Post("s".to_owned().into()) };
        let without = ClientCredentials { client_id: "a".to_owned(), secrecy: Secrecy::None };
        for (app, kind, with_one, without_one) in [
            (&confidential, RedirectKind::Web, Ok(true), Err(90079)),
            (&confidential, RedirectKind::Spa, Err(90084), Ok(false)),
            (&confidential, RedirectKind::Public, Err(90084), Ok(false)),
            (&open, RedirectKind::Web, Err(90084), Ok(false)),
            (&open, RedirectKind::Spa, Err(90084), Ok(false)),
            (&open, RedirectKind::Public, Err(90084), Ok(false)),
        ] {
            for (client, expected) in [(&with, with_one), (&without, without_one)] {
                let found = client.secret_to_check(app, kind);
                assert_eq!(found.map(|s| s.is_some()).map_err(|error| error.code.number()), expected, "{kind:?}");
            }
        }
    }
}
