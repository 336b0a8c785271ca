//! The discovery document: what a policy's endpoints are called and what they can do (OpenID Connect Discovery §3).

use crate::jose::Algorithm;
use serde::Serialize;

/// How a request names the policy; the endpoints follow it (R-06 to R-13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointForm {
    /// `/{tenant}/{policy}/…`
    Path,
    /// `/tfp/{tenant}/{policy}/…`
    Tfp,
    /// `/{tenant}/…?p={policy}`
    Query,
}

/// Where a policy's endpoints are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointBase {
    form: EndpointForm,
    origin: String,
    tenant: String,
    policy: String,
}

impl EndpointBase {
    /// `origin` is `https://host[:port]` as requested; `tenant` is spelled as requested. The policy is written in lower case
    /// whatever its author wrote: MSAL asks in lower case and replaces one policy by another as text (R-16).
    #[must_use]
    pub fn new(form: EndpointForm, origin: &str, tenant: &str, policy: &str) -> Self {
        let origin = origin.trim_end_matches('/').to_owned();
        Self { form, origin, tenant: tenant.to_owned(), policy: policy.to_ascii_lowercase() }
    }

    /// The address of the endpoint at this path: `oauth2/v2.0/authorize`.
    #[must_use]
    pub fn endpoint(&self, path: &str) -> String {
        let Self { form, origin, tenant, policy } = self;
        match form {
            EndpointForm::Path => format!("{origin}/{tenant}/{policy}/{path}"),
            EndpointForm::Tfp => format!("{origin}/tfp/{tenant}/{policy}/{path}"),
            EndpointForm::Query => format!("{origin}/{tenant}/{path}?p={policy}"),
        }
    }

    /// The address of the key set, which is the same for every form.
    fn keys(&self) -> String {
        Self { form: EndpointForm::Path, ..self.clone() }.endpoint("discovery/v2.0/keys")
    }
}

/// What differs from policy to policy.
#[derive(Clone, Debug)]
pub struct Description<'a> {
    /// As in the tokens (`iss`), whatever the form.
    pub issuer: &'a str,
    /// Where the endpoints are.
    pub base: &'a EndpointBase,
    /// What the policy's tokens are signed with.
    pub algorithm: Algorithm,
    /// The names of the policy's output claims, in its order.
    pub claims: &'a [&'a str],
    /// Whether the policy declares a UserInfo endpoint (R-20).
    pub user_info: UserInfo,
    /// What an app is told when the session ends elsewhere.
    pub front_channel_logout: LogoutNotices,
    /// The same, from server to server.
    pub back_channel_logout: LogoutNotices,
}

/// Whether there is a UserInfo endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserInfo {
    /// Not in this policy.
    Absent,
    /// At `openid/v2.0/userinfo`.
    Present,
}

/// Whether apps are told that the session ended elsewhere (R-23).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutNotices {
    /// They are not; the document is silent about it, as B2C's is.
    Off,
    /// They are.
    On,
    /// They are, and the notice says which session (`iss`, `sid`).
    WithSession,
}

/// The document. Its members have B2C's order, with ours at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiscoveryDocument {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    end_session_endpoint: String,
    jwks_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    userinfo_endpoint: Option<String>,
    response_modes_supported: [&'static str; 3],
    response_types_supported: [&'static str; 8],
    scopes_supported: [&'static str; 1],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: [&'static str; 3],
    token_endpoint_auth_signing_alg_values_supported: [&'static str; 2],
    claims_supported: Vec<String>,
    code_challenge_methods_supported: [&'static str; 2],
    authorization_response_iss_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    frontchannel_logout_supported: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frontchannel_logout_session_supported: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backchannel_logout_supported: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backchannel_logout_session_supported: Option<bool>,
}

impl DiscoveryDocument {
    /// Writes the document of a policy.
    #[must_use]
    pub fn new(described: &Description<'_>) -> Self {
        let base = described.base;
        let mut claims_supported: Vec<String> = Vec::new();
        for claim in described.claims.iter().chain(&ALWAYS_CLAIMED) {
            if !claims_supported.iter().any(|other| other == claim) {
                claims_supported.push((*claim).to_owned());
            }
        }
        let supported = |notices| (notices != LogoutNotices::Off).then_some(true);
        let with_session = |notices| (notices == LogoutNotices::WithSession).then_some(true);
        let has_user_info = described.user_info == UserInfo::Present;
        Self {
            issuer: described.issuer.to_owned(),
            authorization_endpoint: base.endpoint("oauth2/v2.0/authorize"),
            token_endpoint: base.endpoint("oauth2/v2.0/token"),
            end_session_endpoint: base.endpoint("oauth2/v2.0/logout"),
            jwks_uri: base.keys(),
            userinfo_endpoint: has_user_info.then(|| base.endpoint("openid/v2.0/userinfo")),
            response_modes_supported: ["query", "fragment", "form_post"],
            response_types_supported: [
                "code",
                "code id_token",
                "code token",
                "code id_token token",
                "id_token",
                "id_token token",
                "token",
                "token id_token",
            ],
            scopes_supported: ["openid"],
            subject_types_supported: ["pairwise"],
            id_token_signing_alg_values_supported: [described.algorithm.name()],
            token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic", "private_key_jwt"],
            token_endpoint_auth_signing_alg_values_supported: ["RS256", "ES256"],
            claims_supported,
            code_challenge_methods_supported: ["S256", "plain"],
            authorization_response_iss_parameter_supported: true,
            request_parameter_supported: false,
            // The default of this one is `true`.
            request_uri_parameter_supported: false,
            frontchannel_logout_supported: supported(described.front_channel_logout),
            frontchannel_logout_session_supported: with_session(described.front_channel_logout),
            backchannel_logout_supported: supported(described.back_channel_logout),
            backchannel_logout_session_supported: with_session(described.back_channel_logout),
        }
    }
}

/// What B2C lists behind the policy's own claims.
const ALWAYS_CLAIMED: [&str; 7] = ["iss", "iat", "exp", "aud", "acr", "nonce", "auth_time"];

#[cfg(test)]
mod tests {
    use super::*;

    fn described(base: &EndpointBase) -> Description<'_> {
        Description {
            issuer: "https://id.example:8443/775527ff/v2.0/",
            base,
            algorithm: Algorithm::Rs256,
            claims: &["name", "emails", "sub", "acr"],
            user_info: UserInfo::Absent,
            front_channel_logout: LogoutNotices::Off,
            back_channel_logout: LogoutNotices::Off,
        }
    }

    #[test]
    fn endpoints_follow_the_request() {
        for (form, authorize) in [
            (EndpointForm::Path, "https://id.example:8443/T/b2c_1a_signin/oauth2/v2.0/authorize"),
            (EndpointForm::Tfp, "https://id.example:8443/tfp/T/b2c_1a_signin/oauth2/v2.0/authorize"),
            (EndpointForm::Query, "https://id.example:8443/T/oauth2/v2.0/authorize?p=b2c_1a_signin"),
        ] {
            let base = EndpointBase::new(form, "https://id.example:8443/", "T", "B2C_1A_SignIn");
            let document = DiscoveryDocument::new(&described(&base));
            assert_eq!(document.authorization_endpoint, authorize);
            assert_eq!(document.jwks_uri, "https://id.example:8443/T/b2c_1a_signin/discovery/v2.0/keys");
        }
    }

    #[test]
    fn the_whole_document() {
        let base = EndpointBase::new(EndpointForm::Path, "https://id.example", "T", "p");
        let silent = serde_json::to_string(&DiscoveryDocument::new(&described(&base))).unwrap();
        assert_eq!(
            silent,
            concat!(
                r#"{"issuer":"https://id.example:8443/775527ff/v2.0/","#,
                r#""authorization_endpoint":"https://id.example/T/p/oauth2/v2.0/authorize","#,
                r#""token_endpoint":"https://id.example/T/p/oauth2/v2.0/token","#,
                r#""end_session_endpoint":"https://id.example/T/p/oauth2/v2.0/logout","#,
                r#""jwks_uri":"https://id.example/T/p/discovery/v2.0/keys","#,
                r#""response_modes_supported":["query","fragment","form_post"],"#,
                r#""response_types_supported":["code","code id_token","code token","code id_token token","#,
                r#""id_token","id_token token","token","token id_token"],"#,
                r#""scopes_supported":["openid"],"subject_types_supported":["pairwise"],"#,
                r#""id_token_signing_alg_values_supported":["RS256"],"#,
                r#""token_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic","private_key_jwt"],"#,
                r#""token_endpoint_auth_signing_alg_values_supported":["RS256","ES256"],"#,
                r#""claims_supported":["name","emails","sub","acr","iss","iat","exp","aud","nonce","auth_time"],"#,
                r#""code_challenge_methods_supported":["S256","plain"],"#,
                r#""authorization_response_iss_parameter_supported":true,"#,
                r#""request_parameter_supported":false,"request_uri_parameter_supported":false}"#
            )
        );
        let telling = Description {
            user_info: UserInfo::Present,
            front_channel_logout: LogoutNotices::WithSession,
            back_channel_logout: LogoutNotices::On,
            ..described(&base)
        };
        let telling = serde_json::to_value(DiscoveryDocument::new(&telling)).unwrap();
        assert_eq!(telling["userinfo_endpoint"], "https://id.example/T/p/openid/v2.0/userinfo");
        for (name, expected) in [
            ("frontchannel_logout_supported", true),
            ("frontchannel_logout_session_supported", true),
            ("backchannel_logout_supported", true),
        ] {
            assert_eq!(telling[name], expected, "{name}");
        }
        assert!(telling.get("backchannel_logout_session_supported").is_none());
    }
}
