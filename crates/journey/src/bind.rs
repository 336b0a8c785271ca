//! Makes a program of a policy: every technical profile's settings read by its kind, every
//! transformation given its function, every session rule decided. Once, at load.

use std::{collections::BTreeMap, fmt, sync::Arc};

use zaguan_policy::{
    Diagnostic, EffectivePolicy, Value,
    id::{ClaimTypeId, JourneyId, KeyName, ProfileId, TransformationId},
    model::{ProtocolName, RelyingParty, TechnicalProfile, TokenFormat},
};
use zaguan_session::{Provider, SessionRule};

pub use crate::profiles::jwt_issuer::Issuer;
use crate::{
    findings::Finding,
    profiles::{
        directory::Directory, json_issuer, local_password, self_asserted::SelfAsserted,
        token_authorization::TokenAuthorization,
    },
    transformations::{self, Transformation},
};

/// A policy that can run.
#[derive(Clone)]
pub struct Program {
    /// The policy.
    pub policy: Arc<EffectivePolicy>,
    /// Its relying party: a policy without one is there for others to build on, and is no program.
    pub relying_party: RelyingParty,
    bound: BTreeMap<ProfileId, Bound>,
    transformations: BTreeMap<TransformationId, &'static Transformation>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Program({:?})", self.policy.id)
    }
}

/// A technical profile that can run.
#[derive(Clone, Debug)]
pub struct Bound {
    /// Its kind, with its settings.
    pub kind: Kind,
    /// How it takes part in sessions.
    pub session: SessionRule,
    /// `IncludeClaimResolvingInClaimsHandling`.
    pub resolves: bool,
}

/// The kinds of technical profile. Finite: the language is frozen.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A page.
    SelfAsserted(Box<SelfAsserted>),
    /// The directory.
    Directory(Directory),
    /// `login-NonInteractive`: the local password check.
    LocalPassword,
    /// Runs its transformations.
    ClaimsTransformation,
    /// `Protocol None`: hands claims on, such as those of a refresh token.
    Marker,
    /// Issues JSON Web Tokens.
    JwtIssuer(Box<Issuer>),
    /// Its input claims are the answer of the UserInfo endpoint.
    JsonIssuer,
    /// Says which tokens a UserInfo journey accepts, and takes claims of them.
    TokenAuthorization(Box<TokenAuthorization>),
    /// A session provider: never called, only referred to.
    SessionManagement,
    /// Telemetry: nothing waits for it, and nothing depends on it.
    Telemetry,
    /// Named by the policy, and not to be had: whoever calls it gets an error that says why.
    Unavailable(Why),
}

/// Why a technical profile is not to be had.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// A policy key is not configured.
    KeyMissing(KeyName),
    /// This version does not run profiles of that kind.
    NotBuilt(String),
}

impl Program {
    /// The profile and how it runs.
    pub(crate) fn profile(&self, id: &ProfileId) -> Option<(&TechnicalProfile, &Bound)> {
        Some((self.policy.profiles.get(id)?, self.bound.get(id)?))
    }

    pub(crate) fn transformation(&self, id: &TransformationId) -> Option<&'static Transformation> {
        self.transformations.get(id).copied()
    }

    /// The issuer that answers the app: of the first `SendClaims` of the default journey.
    pub fn issuer(&self) -> Option<&Issuer> {
        self.issuer_of(self.issuer_profile()?)
    }

    /// The technical profile of [`Program::issuer`].
    pub(crate) fn issuer_profile(&self) -> Option<&ProfileId> {
        self.policy.journeys.get(&self.relying_party.default_journey)?.default_issuer.as_ref()
    }

    /// The journey that redeems refresh tokens: the relying party's endpoint, else the issuer's item.
    /// OPEN: which of the two wins where both are there.
    pub fn refresh_journey(&self) -> Option<&JourneyId> {
        self.relying_party.token_journey.as_ref().or_else(|| self.issuer()?.refresh_journey.as_ref())
    }

    /// Whether the policy has this journey.
    pub fn has_journey(&self, id: &JourneyId) -> bool {
        self.policy.journeys.contains_key(id)
    }

    /// The issuer of this name.
    pub fn issuer_of(&self, profile: &ProfileId) -> Option<&Issuer> {
        match &self.bound.get(profile)?.kind {
            Kind::JwtIssuer(issuer) => Some(issuer),
            _ => None,
        }
    }

    /// The journey of apps that ask in their own name, where the issuer names one.
    pub fn client_credentials_journey(&self) -> Option<&JourneyId> {
        self.issuer()?.client_credentials_journey.as_ref()
    }

    /// The token's claim that names the person's account. `None`: no claim does, such as where only a name is given out.
    pub fn account_claim(&self) -> Option<String> {
        let profile = &self.relying_party.profile;
        let identity = ClaimTypeId::new(&self.issuer()?.identity_claim);
        let named = |output| crate::token_claims::name(output, &self.policy);
        let subject = profile.subject.as_deref().unwrap_or("sub");
        let carrier = profile.output_claims.iter().find(|output| output.claim == identity).map(named);
        match carrier {
            Some(name) if name == subject => Some("sub".to_owned()),
            Some(name) => Some(name),
            // A token without a subject claim of its own is about the identity (`Run::issue`).
            None => (!profile.output_claims.iter().any(|output| named(output) == subject)).then(|| "sub".to_owned()),
        }
    }

    /// Names of the token's claims, in the policy's order: `claims_supported`.
    pub fn claim_names(&self) -> Vec<String> {
        self.relying_party
            .profile
            .output_claims
            .iter()
            .map(|output| crate::token_claims::name(output, &self.policy))
            .collect()
    }
}

/// Binds a policy that has a relying party. `has_key` says which policy keys are configured.
pub fn bind(policy: &Arc<EffectivePolicy>, has_key: &dyn Fn(&KeyName) -> bool) -> (Option<Program>, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let Some(relying_party) = policy.relying_party.clone() else { return (None, vec![]) };
    let bound = policy
        .profiles
        .values()
        .map(|profile| {
            let bound = Bound {
                kind: kind(profile, policy, has_key, &mut findings),
                session: session_rule(profile, policy),
                resolves: profile.metadata.flag("IncludeClaimResolvingInClaimsHandling") == Some(true),
            };
            (profile.id.clone(), bound)
        })
        .collect();
    let transformations = policy
        .transformations
        .values()
        .filter_map(|declared| {
            let found = transformations::find(&declared.method);
            if found.is_none() {
                findings.push(Finding::unknown_method(policy, &declared.id, &declared.method));
            }
            Some((declared.id.clone(), found?))
        })
        .collect();
    for (profile, key, journey) in policy.profiles.values().flat_map(journeys_of_issuer) {
        if !policy.journeys.contains_key(&journey) {
            findings.push(Finding::unknown_journey(profile, key, &journey));
        }
    }
    let program = Program { policy: Arc::clone(policy), relying_party, bound, transformations };
    (Some(program), findings.into_iter().map(|finding| finding.0).collect())
}

/// Journeys that a token issuer's metadata names.
fn journeys_of_issuer(
    profile: &TechnicalProfile,
) -> impl Iterator<Item = (&TechnicalProfile, &'static str, JourneyId)> {
    ["RefreshTokenUserJourneyId", "ClientCredentialsUserJourneyId"]
        .into_iter()
        .filter_map(move |key| Some((profile, key, JourneyId::new(profile.metadata.get(key)?))))
}

/// Which kind a profile is. The handler's type name decides, else the protocol and the token format.
fn kind(
    profile: &TechnicalProfile,
    policy: &EffectivePolicy,
    has_key: &dyn Fn(&KeyName) -> bool,
    findings: &mut Vec<Finding>,
) -> Kind {
    use ProtocolName as P;
    let handler = profile.handler.as_deref().and_then(|handler| handler.rsplit('.').next()).unwrap_or_default();
    match (profile.protocol, handler) {
        (P::Proprietary, "SelfAssertedAttributeProvider") => {
            Kind::SelfAsserted(Box::new(SelfAsserted::read(profile, policy, findings)))
        }
        (P::Proprietary, "AzureActiveDirectoryProvider") => match Directory::read(profile, findings) {
            Some(directory) => Kind::Directory(directory),
            None => Kind::Unavailable(Why::NotBuilt("directory profile without an `Operation`".into())),
        },
        (P::Proprietary, "ClaimsTransformationProtocolProvider") => Kind::ClaimsTransformation,
        (P::Proprietary, "AzureApplicationInsightsProvider") => Kind::Telemetry,
        (P::Proprietary, provider) if provider.ends_with("SSOSessionProvider") => Kind::SessionManagement,
        (P::None | P::OpenIdConnect, _) if profile.output_token_format == Some(TokenFormat::Jwt) => {
            Kind::JwtIssuer(Box::new(Issuer::read(profile, findings)))
        }
        (P::OpenIdConnect, _) if local_password::is_local(profile) => Kind::LocalPassword,
        (P::None, _) if profile.output_token_format == Some(TokenFormat::Json) => {
            if json_issuer::answers_apps(profile, policy) {
                findings.push(Finding::json_for_an_app(profile));
            }
            Kind::JsonIssuer
        }
        // A profile of the same form that reads an `id_token_hint` is another kind.
        (P::None, _)
            if profile.input_token_format == Some(TokenFormat::Jwt)
                && policy.journeys.values().any(|journey| journey.authorization.contains(&profile.id)) =>
        {
            Kind::TokenAuthorization(Box::new(TokenAuthorization::read(profile)))
        }
        (P::None, _) if profile.output_token_format.is_none() && profile.input_token_format.is_none() => Kind::Marker,
        (protocol, handler) => {
            let what = if handler.is_empty() { format!("{protocol:?}") } else { handler.to_owned() };
            let missing = profile.keys.iter().map(|(_, name)| name).find(|name| !has_key(name));
            findings.push(match missing {
                Some(name) => Finding::missing_key(profile, name),
                None => Finding::not_built(profile, &what),
            });
            Kind::Unavailable(missing.map_or(Why::NotBuilt(what), |name| Why::KeyMissing(name.clone())))
        }
    }
}

/// How a profile takes part in sessions. The handler of its session-management profile decides;
/// whether it names one decides whether `IncludeInSso` matters (D4).
fn session_rule(profile: &TechnicalProfile, policy: &EffectivePolicy) -> SessionRule {
    let managing = profile.session_profile.as_ref().and_then(|id| policy.profiles.get(id));
    let Some(managing) = managing else {
        // D4: without a reference the default provider keeps it, unless the profile stays out of
        // single sign-on.
        let provider = match profile.include_in_sso {
            true => Provider::Default { persisted: vec![], markers: vec![] },
            false => Provider::Noop,
        };
        return SessionRule { key: profile.id.clone(), provider };
    };
    let persisted = || managing.persisted_claims.iter().map(|claim| claim.claim.clone()).collect();
    let markers = || {
        managing
            .output_claims
            .iter()
            .filter_map(|output| {
                Some((output.claim.clone(), read_default(output.default_value.as_deref()?, &output.claim, policy)?))
            })
            .collect()
    };
    let handler = managing.handler.as_deref().and_then(|handler| handler.rsplit('.').next()).unwrap_or_default();
    let provider = match handler {
        "DefaultSSOSessionProvider" => Provider::Default { persisted: persisted(), markers: markers() },
        "ExternalLoginSSOSessionProvider" => Provider::ExternalLogin {
            persisted: persisted(),
            markers: markers(),
            contacts_provider: managing.metadata.flag("AlwaysFetchClaimsFromProvider") != Some(false),
        },
        "OAuthSSOSessionProvider" => Provider::OAuth,
        "SamlSSOSessionProvider" => {
            Provider::Saml { registers: managing.metadata.flag("RegisterServiceProviders") != Some(false) }
        }
        _ => Provider::Noop,
    };
    SessionRule { key: managing.id.clone(), provider }
}

/// A constant as a value of the claim's type.
pub(crate) fn read_default(text: &str, claim: &ClaimTypeId, policy: &EffectivePolicy) -> Option<Value> {
    Value::read(text, policy.claim_types.get(claim)?.data_type)
}
