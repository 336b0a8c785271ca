//! Which session a request may find and write.

use std::fmt;

use serde::{Deserialize, Serialize};
use zaguan_policy::{id::PolicyId, model::Scope};

/// An app's `client_id`, in lower case: GUIDs compare without case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(Box<str>);

impl ClientId {
    /// Folds the case.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_lowercase().into())
    }

    /// In lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

/// Under which key a session is found. One browser may hold one session for each.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum SessionKey {
    /// The tenant's.
    Tenant,
    /// One app's.
    Application(ClientId),
    /// One policy's.
    Policy(PolicyId),
}

impl SessionKey {
    /// True where requests by a policy with this scope may find a session under this key.
    pub fn is_found_by(&self, scope: Scope, policy: &PolicyId) -> bool {
        let nobody = ClientId::new("");
        let app = match self {
            Self::Application(app) => app,
            Self::Tenant | Self::Policy(_) => &nobody,
        };
        session_key(scope, app, policy).as_ref() == Some(self)
    }
}

impl fmt::Display for SessionKey {
    /// A text that differs for every key, for cookie names and columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant => f.write_str("tenant"),
            Self::Application(app) => write!(f, "application {app}"),
            Self::Policy(policy) => write!(f, "policy {}", policy.to_lowercase()),
        }
    }
}

/// Which session a request may find, and which one it writes (S-015 to S-032).
///
/// D1: the requesting policy's scope alone decides, whatever scope an existing session was made
/// under. Suppressed finds none and writes none (S-023 to S-025).
pub fn session_key(scope: Scope, app: &ClientId, policy: &PolicyId) -> Option<SessionKey> {
    match scope {
        // D12: inside one tenant the trust framework is the tenant.
        Scope::Tenant | Scope::TrustFramework => Some(SessionKey::Tenant),
        Scope::Application => Some(SessionKey::Application(app.clone())),
        Scope::Policy => Some(SessionKey::Policy(policy.clone())),
        Scope::Suppressed => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a session of app A and policy P serves A+P, A+Q, B+P, B+Q.
    #[test]
    fn s_015_to_s_023_who_shares_a_session() {
        let (a, b) = (ClientId::new("A"), ClientId::new("b"));
        let (p, q) = (PolicyId::new("B2C_1A_P"), PolicyId::new("B2C_1A_Q"));
        for (scope, shared) in [
            (Scope::Tenant, [true, true, true, true]),
            (Scope::TrustFramework, [true, true, true, true]),
            (Scope::Application, [true, true, false, false]),
            (Scope::Policy, [true, false, true, false]),
            (Scope::Suppressed, [false, false, false, false]),
        ] {
            let made = session_key(scope, &a, &p);
            let found = [(&a, &p), (&a, &q), (&b, &p), (&b, &q)]
                .map(|(app, policy)| made.is_some() && made == session_key(scope, app, policy));
            assert_eq!(found, shared, "{scope:?}");
        }
    }

    #[test]
    fn d1_a_key_is_found_by_the_policies_whose_scope_makes_it() {
        let (a, p, q) = (ClientId::new("a"), PolicyId::new("P"), PolicyId::new("Q"));
        for (key, found_by) in [
            (SessionKey::Tenant, [true, true, false, false, false]),
            (SessionKey::Application(a), [false, false, true, false, false]),
            (SessionKey::Policy(p.clone()), [false, false, false, true, false]),
            (SessionKey::Policy(q), [false; 5]),
        ] {
            use Scope::{Application, Policy, Suppressed, Tenant, TrustFramework};
            let scopes = [Tenant, TrustFramework, Application, Policy, Suppressed];
            assert_eq!(scopes.map(|scope| key.is_found_by(scope, &p)), found_by, "{key}");
        }
    }

    #[test]
    fn s_027_a_policy_is_the_same_in_any_case() {
        let app = ClientId::new("a");
        assert_eq!(
            session_key(Scope::Policy, &app, &PolicyId::new("b2c_1a_p")),
            session_key(Scope::Policy, &app, &PolicyId::new("B2C_1A_P")),
        );
    }
}
