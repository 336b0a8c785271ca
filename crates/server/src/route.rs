//! The map of the service: which path is what.
//!
//! B2C answers on several spellings of every address: the policy as a path segment or as `p=`, the
//! tenant by domain or GUID, a literal `tfp` or `te` in front, any case. One function knows them all
//!

use zaguan_policy::id::PolicyId;
use zaguan_protocol::discovery::{EndpointBase, EndpointForm};

/// What a request asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Route {
    /// One of a tenant's endpoints.
    Tenant(TenantRoute),
    /// `/health/live`.
    Live,
    /// `/health/ready`.
    Ready,
    /// `/static/zaguan/{name}`.
    Asset(String),
    /// `/`.
    Home,
    /// `/dev/clock`.
    DevClock,
}

/// An endpoint of a tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TenantRoute {
    /// In which form it was asked: what discovery answers in, too. The historic `te` counts as the path form.
    pub form: EndpointForm,
    /// Domain or GUID, as it was written.
    pub tenant: String,
    /// The policy; absent for the directory's own endpoints.
    pub policy: Option<PolicyId>,
    /// Which endpoint.
    pub endpoint: Endpoint,
}

/// The endpoints.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Endpoint {
    /// `v2.0/.well-known/openid-configuration`.
    Discovery,
    /// `discovery/v2.0/keys`.
    Keys,
    /// `oauth2/v2.0/authorize`.
    Authorize,
    /// `oauth2/v2.0/token`.
    Token,
    /// `oauth2/v2.0/revoke`.
    Revoke,
    /// `oauth2/v2.0/introspect`.
    Introspect,
    /// `oauth2/v2.0/logout`.
    Logout,
    /// `openid/v2.0/userinfo`.
    UserInfo,
    /// `SelfAsserted`.
    SelfAsserted,
    /// `api/{page}/confirmed`.
    Confirmed,
    /// `api/CombinedSigninAndSignup/unified`.
    Unified,
    /// `api/CombinedSigninAndSignup/forgotPassword`.
    ForgotPassword,
    /// `api/{page}/error`: the cancel button.
    Cancel,
    /// `client/perftrace`: timings from pages; read by nobody.
    PerformanceTrace,
    /// `client/signedout`: which frames of a sign-out loaded.
    SignedOut,
    /// `sessions`: a person's own sessions.
    MySessions,
}

/// Paths below tenant and policy, in lower case.
const ENDPOINTS: [(&str, Endpoint); 24] = [
    ("v2.0/.well-known/openid-configuration", Endpoint::Discovery),
    // without the version; R-10: with it twice.
    (".well-known/openid-configuration", Endpoint::Discovery),
    ("v2.0/v2.0/.well-known/openid-configuration", Endpoint::Discovery),
    ("discovery/v2.0/keys", Endpoint::Keys),
    ("oauth2/v2.0/authorize", Endpoint::Authorize),
    ("oauth2/v2.0/token", Endpoint::Token),
    ("oauth2/v2.0/revoke", Endpoint::Revoke),
    ("oauth2/v2.0/introspect", Endpoint::Introspect),
    ("oauth2/v2.0/logout", Endpoint::Logout),
    ("openid/v2.0/userinfo", Endpoint::UserInfo),
    ("selfasserted", Endpoint::SelfAsserted),
    ("api/combinedsigninandsignup/confirmed", Endpoint::Confirmed),
    ("api/selfasserted/confirmed", Endpoint::Confirmed),
    ("api/phonefactor/confirmed", Endpoint::Confirmed),
    ("api/combinedsigninandsignup/unified", Endpoint::Unified),
    ("api/selfasserted/unified", Endpoint::Unified),
    ("api/combinedsigninandsignup/forgotpassword", Endpoint::ForgotPassword),
    ("api/selfasserted/forgotpassword", Endpoint::ForgotPassword),
    ("api/combinedsigninandsignup/error", Endpoint::Cancel),
    ("api/selfasserted/error", Endpoint::Cancel),
    ("api/phonefactor/error", Endpoint::Cancel),
    ("client/perftrace", Endpoint::PerformanceTrace),
    ("client/signedout", Endpoint::SignedOut),
    ("sessions", Endpoint::MySessions),
];

/// First words of an endpoint: where the second segment is one of these, it is no policy.
const NO_POLICY: [&str; 8] =
    ["oauth2", "openid", "v2.0", ".well-known", "discovery", "api", "selfasserted", "sessions"];

impl Route {
    /// Reads a path. `policy_parameter` is the query's `p`.
    pub fn parse(path: &str, policy_parameter: Option<&str>) -> Option<Self> {
        // Doubled and trailing slashes are some clients' habit.
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let is = |segment: &str, word: &str| segment.eq_ignore_ascii_case(word);
        match segments.as_slice() {
            [] => return Some(Self::Home),
            [health, live] if is(health, "health") && is(live, "live") => return Some(Self::Live),
            [health, ready] if is(health, "health") && is(ready, "ready") => return Some(Self::Ready),
            [dev, clock] if is(dev, "dev") && is(clock, "clock") => return Some(Self::DevClock),
            [statics, ours, name] if is(statics, "static") && is(ours, "zaguan") => {
                return Some(Self::Asset((*name).to_owned()));
            }
            _ => {}
        }
        let (prefix, rest) = match segments.split_first()? {
            (first, rest) if is(first, "tfp") => (Some(EndpointForm::Tfp), rest),
            (first, rest) if is(first, "te") => (Some(EndpointForm::Path), rest),
            _ => (None, segments.as_slice()),
        };
        let (tenant, rest) = rest.split_first()?;
        let has_no_policy = rest.first().is_none_or(|second| NO_POLICY.iter().any(|word| is(second, word)));
        let (policy, form, rest) = match policy_parameter {
            // The path wins: pages carry both.
            Some(policy) if has_no_policy => (Some(PolicyId::new(policy)), EndpointForm::Query, rest),
            _ if has_no_policy => (None, EndpointForm::Path, rest),
            _ => {
                let (policy, rest) = rest.split_first()?;
                (Some(PolicyId::new(policy)), prefix.unwrap_or(EndpointForm::Path), rest)
            }
        };
        let below = rest.join("/").to_ascii_lowercase();
        let (_, endpoint) = ENDPOINTS.iter().find(|(path, _)| *path == below)?;
        Some(Self::Tenant(TenantRoute { form, tenant: (*tenant).to_owned(), policy, endpoint: endpoint.clone() }))
    }
}

impl TenantRoute {
    /// Where the policy's other endpoints are, in the same form.
    pub fn base(&self, origin: &str) -> EndpointBase {
        EndpointBase::new(self.form, origin, &self.tenant, self.policy.as_ref().map_or("", PolicyId::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_clients_md_is_understood() {
        const G: &str = "775527FF-9a37-4307-8b3d-cc311f58d925";
        let p = Some("B2C_1A_P");
        for (path, parameter, form, tenant, endpoint) in [
            ("/T/P/v2.0/.well-known/openid-configuration", None, EndpointForm::Path, "T", Endpoint::Discovery),
            ("/tfp/T/p/v2.0/.well-known/openid-configuration", None, EndpointForm::Tfp, "T", Endpoint::Discovery),
            (
                &format!("/tfp/{G}/p/v2.0/.well-known/openid-configuration"),
                None,
                EndpointForm::Tfp,
                G,
                Endpoint::Discovery,
            ),
            ("/T/v2.0/.well-known/openid-configuration", p, EndpointForm::Query, "T", Endpoint::Discovery),
            ("/T/P/.well-known/openid-configuration", None, EndpointForm::Path, "T", Endpoint::Discovery),
            ("/tfp/T/P/.well-known/openid-configuration", None, EndpointForm::Tfp, "T", Endpoint::Discovery),
            ("/T/P/v2.0/v2.0/.well-known/openid-configuration", None, EndpointForm::Path, "T", Endpoint::Discovery),
            ("/T/P/v2.0//.well-known/openid-configuration", None, EndpointForm::Path, "T", Endpoint::Discovery),
            ("/T/P/oauth2/v2.0/authorize", None, EndpointForm::Path, "T", Endpoint::Authorize),
            ("/t/p/OAuth2/V2.0/Token", None, EndpointForm::Path, "t", Endpoint::Token),
            ("/T/P/discovery/v2.0/keys", None, EndpointForm::Path, "T", Endpoint::Keys),
            ("/tfp/T/P/oauth2/v2.0/logout/", None, EndpointForm::Tfp, "T", Endpoint::Logout),
            ("/te/T/P/oauth2/v2.0/authorize", None, EndpointForm::Path, "T", Endpoint::Authorize),
            ("/T/oauth2/v2.0/token", p, EndpointForm::Query, "T", Endpoint::Token),
            ("/T/oauth2/v2.0/logout", p, EndpointForm::Query, "T", Endpoint::Logout),
            ("/T/P/oauth2/v2.0/revoke", None, EndpointForm::Path, "T", Endpoint::Revoke),
            ("/T/oauth2/v2.0/introspect", p, EndpointForm::Query, "T", Endpoint::Introspect),
            ("/T/P/openid/v2.0/userinfo", None, EndpointForm::Path, "T", Endpoint::UserInfo),
            ("/tfp/T/P/OpenID/v2.0/UserInfo/", None, EndpointForm::Tfp, "T", Endpoint::UserInfo),
            ("/T/openid/v2.0/userinfo", p, EndpointForm::Query, "T", Endpoint::UserInfo),
            ("/T/P/SelfAsserted", p, EndpointForm::Path, "T", Endpoint::SelfAsserted),
            ("/T/P/api/CombinedSigninAndSignup/confirmed", p, EndpointForm::Path, "T", Endpoint::Confirmed),
            ("/T/P/api/SelfAsserted/confirmed", p, EndpointForm::Path, "T", Endpoint::Confirmed),
            ("/T/P/api/CombinedSigninAndSignup/unified", p, EndpointForm::Path, "T", Endpoint::Unified),
            ("/T/P/api/CombinedSigninAndSignup/forgotPassword", p, EndpointForm::Path, "T", Endpoint::ForgotPassword),
            ("/T/P/api/SelfAsserted/error", p, EndpointForm::Path, "T", Endpoint::Cancel),
            ("/T/P/sessions", None, EndpointForm::Path, "T", Endpoint::MySessions),
            ("/tfp/T/P/Sessions/", None, EndpointForm::Tfp, "T", Endpoint::MySessions),
            ("/T/sessions", p, EndpointForm::Query, "T", Endpoint::MySessions),
        ] {
            match Route::parse(path, parameter) {
                Some(Route::Tenant(route)) => {
                    assert_eq!((route.form, route.tenant.as_str(), route.endpoint), (form, tenant, endpoint), "{path}");
                    assert!(route.policy.is_some(), "{path}");
                }
                other => panic!("{path}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_not_on_the_map_is_nowhere() {
        for path in [
            "/T",
            "/T/P",
            "/T/P/oauth2/authorize",
            "/tfp",
            "/T/P/v2.0",
            "/health",
            "/static/zaguan/a/b",
            "/T/P/Q/oauth2/v2.0/token",
        ] {
            assert_eq!(Route::parse(path, None), None, "{path}");
        }
        assert_eq!(Route::parse("/", None), Some(Route::Home));
        assert_eq!(Route::parse("/dev/clock", None), Some(Route::DevClock));
        let directory = Route::parse("/T/v2.0/.well-known/openid-configuration", None);
        assert!(matches!(directory, Some(Route::Tenant(TenantRoute { policy: None, .. }))));
    }
}
