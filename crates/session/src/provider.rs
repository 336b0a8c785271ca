//! B2C's session providers: what a technical profile leaves in a session, and what spares it from
//! running again (S-049 to S-066).

use serde::{Deserialize, Serialize};
use zaguan_policy::{
    Value,
    id::{ClaimTypeId, ExchangeId, ProfileId},
};

use crate::session::Session;

/// What one session provider keeps in a session, under the id of its session-management profile.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Memory {
    /// Persisted claims.
    pub claims: Vec<(ClaimTypeId, Value)>,
    /// The claims exchange that was chosen, so that nobody is asked to choose again (S-060).
    pub exchange: Option<ExchangeId>,
}

impl Memory {
    /// S-056: what is persisted is never rewritten; what is new is added.
    pub fn add(&mut self, newer: Self) {
        for (claim, value) in newer.claims {
            if !self.claims.iter().any(|(known, _)| *known == claim) {
                self.claims.push((claim, value));
            }
        }
        self.exchange = self.exchange.take().or(newer.exchange);
    }
}

/// How one technical profile takes part in sessions. Decided once, when a policy is bound.
#[derive(Clone, Debug)]
pub struct SessionRule {
    /// The session-management profile's id; D4: the technical profile's own id where none is named.
    /// S-059: profiles that share it share their memory.
    pub key: ProfileId,
    /// What that profile does.
    pub provider: Provider,
}

/// The handlers `Web.TPEngine.SSO.…SSOSessionProvider`.
#[derive(Clone, Debug)]
pub enum Provider {
    /// Keeps the profile out of the session.
    Noop,
    /// Spares the profile from running and gives its claims back.
    Default {
        /// `PersistedClaims`.
        persisted: Vec<ClaimTypeId>,
        /// `OutputClaims`: markers with constant values, given only by a session.
        markers: Vec<(ClaimTypeId, Value)>,
    },
    /// Spares the choice of the identity provider.
    ExternalLogin {
        /// `PersistedClaims`.
        persisted: Vec<ClaimTypeId>,
        /// `OutputClaims`.
        markers: Vec<(ClaimTypeId, Value)>,
        /// D3: the provider is contacted again unless the item is `false`.
        contacts_provider: bool,
    },
    /// Makes the app a participant, so that it is told of a sign-out.
    OAuth,
    /// The same for SAML.
    Saml {
        /// `RegisterServiceProviders`.
        registers: bool,
    },
}

/// What the session says before a technical profile runs.
#[derive(Clone, PartialEq, Debug)]
pub enum Recalled {
    /// Nothing: it runs.
    Nothing,
    /// It is spared; these claims go into the bag.
    Claims(Vec<(ClaimTypeId, Value)>),
}

impl SessionRule {
    /// Asks the session that was found when the journey began.
    pub fn recall(&self, session: Option<&Session>) -> Recalled {
        let (Provider::Default { markers, .. } | Provider::ExternalLogin { markers, contacts_provider: false, .. }) =
            &self.provider
        else {
            return Recalled::Nothing;
        };
        match session.and_then(|session| session.memories.get(&self.key)) {
            Some(memory) => Recalled::Claims(memory.claims.iter().chain(markers).cloned().collect()),
            None => Recalled::Nothing,
        }
    }

    /// What to keep after the profile ran. A claim is kept where it is in the bag and the profile
    /// itself gives it out. `None`: this provider keeps nothing, and takes no part.
    pub fn remember<'a>(
        &self,
        outputs: impl Fn(&ClaimTypeId) -> bool,
        bag: impl Fn(&ClaimTypeId) -> Option<&'a Value>,
        exchange: Option<&ExchangeId>,
    ) -> Option<Memory> {
        let (Provider::Default { persisted, .. } | Provider::ExternalLogin { persisted, .. }) = &self.provider else {
            return None;
        };
        let claims = persisted
            .iter()
            .filter(|claim| outputs(claim))
            .filter_map(|claim| Some((claim.clone(), bag(claim)?.clone())))
            .filter(|(_, value)| !matches!(value, Value::Secret(_)))
            .collect();
        Some(Memory { claims, exchange: exchange.cloned() })
    }

    /// True where running the issuer makes the app a participant (S-098, S-099).
    pub fn registers_apps(&self) -> bool {
        matches!(self.provider, Provider::OAuth | Provider::Saml { registers: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Value {
        Value::Text(value.into())
    }

    #[test]
    fn s_056_what_is_remembered_is_not_rewritten() {
        let mut memory = Memory { claims: vec![("objectId".into(), text("1"))], exchange: None };
        memory.add(Memory {
            claims: vec![("ObjectId".into(), text("2")), ("newUser".into(), Value::Boolean(true))],
            exchange: Some("Local".into()),
        });
        assert_eq!(memory.claims, [("objectId".into(), text("1")), ("newUser".into(), Value::Boolean(true))]);
        assert_eq!(memory.exchange, Some("Local".into()));
    }

    #[test]
    fn a_password_is_never_remembered() {
        let rule = SessionRule {
            key: "SM-AAD".into(),
            provider: Provider::Default { persisted: vec!["password".into()], markers: vec![] },
        };
        let hush = Value::Secret("hush".into());
        let memory = rule.remember(|_| true, |_| Some(&hush), None).unwrap();
        assert_eq!(memory.claims, []);
    }
}
