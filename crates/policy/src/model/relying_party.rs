//! The relying party: which journey answers, what the token carries, how the session behaves.

use std::{fmt, ops::RangeInclusive, time::Duration};

use serde::{Deserialize, Serialize};

use super::{ClaimReference, Metadata, ProtocolName};
use crate::id::JourneyId;

/// `RelyingParty`.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    /// `DefaultUserJourney`.
    pub default_journey: JourneyId,
    /// `Endpoint Id="Token"`: the journey that a refresh runs.
    pub token_journey: Option<JourneyId>,
    /// `Endpoint Id="UserInfo"`.
    pub user_info_journey: Option<JourneyId>,
    /// `UserJourneyBehaviors`, defaults applied.
    pub behavior: Behavior,
    /// The technical profile: what the token carries.
    pub profile: RelyingPartyProfile,
}

/// `RelyingParty/TechnicalProfile`.
#[derive(Clone, Debug)]
pub struct RelyingPartyProfile {
    /// `OpenIdConnect` or `Saml2`.
    pub protocol: ProtocolName,
    /// `Metadata`.
    pub metadata: Metadata,
    /// Claims that the app sends along.
    pub input_claims: Vec<ClaimReference>,
    /// The token's claims.
    pub output_claims: Vec<ClaimReference>,
    /// `SubjectNamingInfo/@ClaimType`: partner name of the claim that becomes the subject.
    pub subject: Option<String>,
}

/// `UserJourneyBehaviors`: the settings of the session, and of the pages around it.
#[derive(Clone, Debug, Default)]
pub struct Behavior {
    /// `SingleSignOn/@Scope`; `Tenant` unless stated (D10).
    pub scope: Scope,
    /// `SessionExpiryType`; `Rolling` unless stated.
    pub expiry: Expiry,
    /// `SessionExpiryInSeconds`.
    pub lifetime: SessionLifetime,
    /// `SingleSignOn/@KeepAliveInDays`; `None` is off.
    pub keep_alive: Option<KeepAlive>,
    /// `SingleSignOn/@EnforceIdTokenHintOnLogout`.
    pub enforce_id_token_hint_on_logout: bool,
    /// `ContentDefinitionParameters`.
    pub content_definition_parameters: Vec<(String, String)>,
    /// `JourneyFraming/@Sources`, where enabled.
    pub framing_sources: Vec<String>,
    /// `ScriptExecution` is `Allow`.
    pub allows_scripts: bool,
    /// `OnError/@Mode` is `DisplayInService`.
    pub displays_errors: bool,
}

/// `SingleSignOn/@Scope`: who shares a session (S-015 to S-032).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Scope {
    /// Nobody: every request is asked anew and leaves nothing behind.
    Suppressed,
    /// D12: as `Tenant`, inside one tenant.
    TrustFramework,
    /// All apps and policies of the tenant.
    #[default]
    Tenant,
    /// All policies, for one app.
    Application,
    /// All apps, for one policy.
    Policy,
}

/// `SessionExpiryType`: from when the lifetime counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Expiry {
    /// From the last request that the session answered.
    #[default]
    Rolling,
    /// From the sign-in.
    Absolute,
}

/// How long a web session may live: 15 minutes to 24 hours (`SessionExpiryInSeconds`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SessionLifetime(u32);

impl SessionLifetime {
    /// 24 hours.
    pub const DEFAULT: Self = Self(86_400);
    /// In seconds.
    pub const ALLOWED: RangeInclusive<u32> = 900..=86_400;

    /// The lifetime, where the documented range allows it.
    ///
    /// # Errors
    /// [`OutOfRange`] says what was given and what is allowed.
    pub fn from_seconds(given: u32) -> Result<Self, OutOfRange> {
        within(given, Self::ALLOWED).map(Self)
    }

    /// D11: the nearest allowed lifetime, for files that load with a warning.
    pub fn nearest(given: i64) -> Self {
        Self(clamped(given, Self::ALLOWED))
    }

    /// As a duration.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0.into())
    }
}

impl Default for SessionLifetime {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How many days "keep me signed in" lasts: 1 to 90 (`KeepAliveInDays`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct KeepAlive(u32);

impl KeepAlive {
    /// In days. 0 is spelled `None`: off.
    pub const ALLOWED: RangeInclusive<u32> = 1..=90;

    /// The days, where the documented range allows them.
    ///
    /// # Errors
    /// [`OutOfRange`] says what was given and what is allowed.
    pub fn from_days(given: u32) -> Result<Self, OutOfRange> {
        within(given, Self::ALLOWED).map(Self)
    }

    /// D11: the nearest allowed number of days, for files that load with a warning.
    pub fn nearest(given: i64) -> Self {
        Self(clamped(given, Self::ALLOWED))
    }

    /// Whole days.
    pub fn days(self) -> u32 {
        self.0
    }

    /// As a duration.
    pub fn duration(self) -> Duration {
        Duration::from_secs(u64::from(self.0) * 86_400)
    }
}

/// A setting outside its documented range.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutOfRange {
    /// What was asked for.
    pub given: u32,
    /// What is allowed.
    pub allowed: RangeInclusive<u32>,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is outside {} to {}", self.given, self.allowed.start(), self.allowed.end())
    }
}

impl std::error::Error for OutOfRange {}

fn within(given: u32, allowed: RangeInclusive<u32>) -> Result<u32, OutOfRange> {
    if allowed.contains(&given) { Ok(given) } else { Err(OutOfRange { given, allowed }) }
}

fn clamped(given: i64, allowed: RangeInclusive<u32>) -> u32 {
    u32::try_from(given.max(0)).unwrap_or(u32::MAX).clamp(*allowed.start(), *allowed.end())
}
