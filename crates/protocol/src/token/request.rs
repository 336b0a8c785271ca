//! Token requests.

use crate::client::ClientAuthentication;
use crate::errors::{Code, OAuthError};
use crate::params::Params;
use crate::scope::Scopes;
use crate::secret::Secret;

/// A well-formed token request. Whether its client and its grant are good is still open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// Who asks, and how they prove it.
    pub client: ClientAuthentication,
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
    /// `client_credentials` (RFC 6749 §4.4): the app in its own name.
    ClientCredentials,
    /// `password` (RFC 6749 §4.3): the app has the person's password.
    Password {
        /// Sign-in name.
        username: String,
        /// Their password.
        password: Secret<String>,
    },
}

impl TokenRequest {
    /// Reads the form of a request and its `Authorization` header. The form only: secrets in a query are not read.
    /// Everything unknown is ignored (R-31).
    ///
    /// # Errors
    /// 90083 for what is missing, 90086 for another grant type, and those of [`ClientAuthentication::parse`].
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
            "client_credentials" => GrantRequest::ClientCredentials,
            "password" => GrantRequest::Password {
                username: required("username")?.to_owned(),
                password: secret(required("password")?),
            },
            other => return Err(OAuthError::new(Code::GrantTypeUnsupported, &[other])),
        };
        Ok(Self {
            client: ClientAuthentication::parse(form, authorization)?,
            grant,
            scope: form.get("scope").map(Scopes::parse).transpose()?,
            client_info: form.get("client_info") == Some("1"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Proof;

    fn parse(form: &str) -> Result<TokenRequest, (u32, String)> {
        TokenRequest::parse(&Params::parse(form).unwrap(), None)
            .map_err(|error| (error.code.number(), error.error.into_owned()))
    }

    #[test]
    fn every_grant() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let request = parse(
            "grant_type=authorization_code&client_id=a&code=c&redirect_uri=https%3A%2F%2Fx&code_verifier=v&client_info=1\
             &scope=openid+offline_access&client_secret=s&claims=%7B%7D&x-client-SKU=msal.js.browser",
        )
        .unwrap();
        let (code, verifier) = (secret("c"), Some(secret("v")));
        let redirect_uri = Some("https://x".to_owned());
        assert_eq!(request.grant, GrantRequest::AuthorizationCode { code, redirect_uri, verifier });
        assert_eq!(request.client.proof, Proof::Post(secret("s")));
        assert!(request.client_info && request.scope.is_some_and(|scope| scope.contains("offline_access")));

        let request = parse("grant_type=refresh_token&client_id=a&refresh_token=r").unwrap();
        assert_eq!(request.grant, GrantRequest::RefreshToken { token: secret("r") });
        assert_eq!((request.client.proof.clone(), request.client_info), (Proof::None, false));
        assert!(!format!("{request:?}").contains("\"r\""));

        let request = parse("grant_type=client_credentials&client_id=a&client_secret=s&scope=api%3A%2F%2Fx%2F.default");
        assert_eq!(request.unwrap().grant, GrantRequest::ClientCredentials);

        let request = parse("grant_type=password&client_id=a&username=ada&password=lovelace&scope=openid").unwrap();
        assert_eq!(request.grant, GrantRequest::Password { username: "ada".into(), password: secret("lovelace") });
        assert!(!format!("{request:?}").contains("lovelace"));
    }

    #[test]
    fn what_is_refused() {
        for (form, number, error) in [
            ("", 90083, "invalid_request"),
            ("grant_type=password&client_id=a&username=ada", 90083, "invalid_request"),
            ("grant_type=password&client_id=a&password=p", 90083, "invalid_request"),
            ("grant_type=device_code&client_id=a", 90086, "unsupported_grant_type"),
            ("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&client_id=a", 90086, "unsupported_grant_type"),
            ("grant_type=authorization_code&client_id=a", 90083, "invalid_request"),
            ("grant_type=refresh_token&client_id=a", 90083, "invalid_request"),
            ("grant_type=refresh_token&refresh_token=r", 90008, "invalid_request"),
            ("grant_type=refresh_token&refresh_token=r&client_id=a&scope=%22", 99005, "invalid_scope"),
        ] {
            assert_eq!(parse(form), Err((number, error.to_owned())), "{form}");
        }
    }
}
