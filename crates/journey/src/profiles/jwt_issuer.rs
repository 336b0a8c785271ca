//! The JWT issuer: for how long and in which form tokens are issued (jwt-issuer-technical-profile).

use std::{ops::RangeInclusive, time::Duration};

use serde::{Deserialize, Serialize};
use zaguan_policy::{
    id::{JourneyId, KeyName},
    model::TechnicalProfile,
};

use crate::findings::Finding;

/// Settings of a JWT issuer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Issuer {
    /// `token_lifetime_secs`.
    pub access_token_lifetime: Duration,
    /// `id_token_lifetime_secs`.
    pub id_token_lifetime: Duration,
    /// `refresh_token_lifetime_secs`.
    pub refresh_token_lifetime: Duration,
    /// `rolling_refresh_token_lifetime_secs`; `None` with `allow_infinite_rolling_refresh_token`.
    pub sliding_window: Option<Duration>,
    /// `SendTokenResponseBodyWithJsonNumbers`.
    pub numbers: NumberForm,
    /// `IssuanceClaimPattern`.
    pub issuer_form: IssuerForm,
    /// `AuthenticationContextReferenceClaimPattern` is not `None`: `acr` carries the policy.
    pub sends_acr: bool,
    /// `RefreshTokenUserJourneyId`.
    pub refresh_journey: Option<JourneyId>,
    /// `ClientCredentialsUserJourneyId`.
    pub client_credentials_journey: Option<JourneyId>,
    /// The claim that is kept as the user's identity.
    pub identity_claim: String,
    /// Policy key that signs.
    pub signing_key: KeyName,
}

/// How numbers stand in the token response.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum NumberForm {
    /// `3600`. OPEN: also where the metadata says nothing.
    Number,
    /// `"3600"`, as before.
    Text,
}

/// `IssuanceClaimPattern`: the form of `iss`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum IssuerForm {
    /// `https://host/{guid}/v2.0/`.
    AuthorityAndTenantGuid,
    /// `https://host/tfp/{guid}/{policy}/v2.0/`.
    AuthorityWithTfp,
}

/// Metadata key, default and range in seconds (configure-tokens, jwt-issuer-technical-profile).
const LIFETIMES: [(&str, u64, RangeInclusive<u64>); 4] = [
    ("token_lifetime_secs", 3600, 300..=86_400),
    ("id_token_lifetime_secs", 3600, 300..=86_400),
    ("refresh_token_lifetime_secs", 1_209_600, 86_400..=7_776_000),
    ("rolling_refresh_token_lifetime_secs", 7_776_000, 86_400..=31_536_000),
];

impl Issuer {
    /// Reads the metadata. D24: a lifetime out of range loads with a warning that names the one used.
    pub(crate) fn read(profile: &TechnicalProfile, findings: &mut Vec<Finding>) -> Self {
        let [access, id, refresh, window] = LIFETIMES.map(|(key, default, allowed)| {
            let Some(text) = profile.metadata.get(key) else { return Duration::from_secs(default) };
            let used = text.parse().map_or(default, |given: u64| given.clamp(*allowed.start(), *allowed.end()));
            if text.parse() != Ok(used) {
                findings.push(Finding::lifetime(profile, key, text, &allowed, used));
            }
            Duration::from_secs(used)
        });
        let metadata = &profile.metadata;
        let unbounded = metadata.flag("allow_infinite_rolling_refresh_token") == Some(true);
        let says = |key, word: &str| metadata.get(key).is_some_and(|text| text.eq_ignore_ascii_case(word));
        Self {
            access_token_lifetime: access,
            id_token_lifetime: id,
            refresh_token_lifetime: refresh,
            // The window is never shorter than one token (configure-tokens).
            sliding_window: (!unbounded).then_some(window.max(refresh)),
            numbers: match metadata.flag("SendTokenResponseBodyWithJsonNumbers") {
                Some(false) => NumberForm::Text,
                _ => NumberForm::Number,
            },
            issuer_form: match says("IssuanceClaimPattern", "AuthorityWithTfp") {
                true => IssuerForm::AuthorityWithTfp,
                false => IssuerForm::AuthorityAndTenantGuid,
            },
            sends_acr: !says("AuthenticationContextReferenceClaimPattern", "None"),
            refresh_journey: metadata.get("RefreshTokenUserJourneyId").map(JourneyId::new),
            client_credentials_journey: metadata.get("ClientCredentialsUserJourneyId").map(JourneyId::new),
            identity_claim: metadata
                .get("issuer_refresh_token_user_identity_claim_type")
                .unwrap_or("objectId")
                .to_owned(),
            signing_key: profile
                .keys
                .iter()
                .find(|(role, _)| role.eq_ignore_ascii_case("issuer_secret"))
                .map_or_else(|| KeyName::new("B2C_1A_TokenSigningKeyContainer"), |(_, name)| name.clone()),
        }
    }
}
