//! What a change of metadata means.

use super::Level;
use crate::{element::Element, id::same, value::parse_boolean};

/// Seconds or days for which a token holds. [jwt-issuer-technical-profile, Metadata]
const LIFETIMES: &[&str] = &[
    "token_lifetime_secs",
    "id_token_lifetime_secs",
    "refresh_token_lifetime_secs",
    "rolling_refresh_token_lifetime_secs",
    "TokenLifeTimeInSeconds",
    "TokenNotBeforeSkewInSeconds",
];

/// On, these let more through; what counts as safe.
const SWITCHES: &[(&str, bool)] = &[
    ("allow_infinite_rolling_refresh_token", false),
    ("AllowInsecureAuthInProduction", false),
    ("setting.enableRememberMe", false),
    ("EnforceEmailVerification", true),
    ("RaiseErrorIfClaimsPrincipalAlreadyExists", true),
    ("RaiseErrorIfClaimsPrincipalDoesNotExist", true),
    ("WantsSignedRequests", true),
    ("WantsSignedResponses", true),
    ("WantsSignedAssertions", true),
    ("WantsEncryptedAssertions", true),
    ("ResponsesSigned", true),
    ("UsePolicyInRedirectUri", true),
    ("DiscoverMetadataByTokenIssuer", false),
    ("DebugMode", false),
    ("ContinueOnError", false),
];

/// Where data goes, whom is trusted, what is checked, how often one may try.
const SENSITIVE: &[&str] = &[
    "METADATA",
    "issuer",
    "IssuerUri",
    "ValidTokenIssuerPrefixes",
    "IdTokenAudience",
    "client_id",
    "authorization_endpoint",
    "AccessTokenEndpoint",
    "ClaimsEndpoint",
    "ServiceUrl",
    "AuthenticationType",
    "PartnerEntity",
    "Operation",
    "OperationType",
    "ApplicationObjectId",
    "IncludeClaimResolvingInClaimsHandling",
    "RefreshTokenUserJourneyId",
    "issuance_claim_pattern",
    "IssuanceClaimPattern",
    "AuthenticationContextReferenceClaimPattern",
    "ManualPhoneNumberEntryAllowed",
    "setting.authenticationMode",
    "setting.autodial",
    "setting.retryLimit",
    "setting.maxRetryAttempts",
    "CodeLength",
    "CodeExpirationInSeconds",
    "NumRetryAttempts",
    "NumCodeGenerationAttempts",
    "ReuseSameCode",
    "CharacterSet",
    "ClaimTypeOnWhichToEnable",
    "ClaimValueOnWhichToEnable",
    "AlwaysFetchClaimsFromProvider",
    "IncludeSessionParticipants",
];

/// Beginnings of keys whose values people read.
const TEXTS: &[&str] =
    &["UserMessageIf", "language.", "DisplayName", "setting.inputVerification", "DefaultUserMessageIf"];

/// How much a change weighs, and what it means; without a word where the values say it all.
pub(super) fn judge(
    owner: &Element,
    key: &str,
    before: Option<&str>,
    after: Option<&str>,
) -> (Level, Option<&'static str>) {
    let is = |names: &[&str]| names.iter().any(|name| same(name, key));
    if is(LIFETIMES) {
        let number = |text: Option<&str>| text.and_then(|text| text.trim().parse::<i64>().ok());
        return match (number(before), number(after)) {
            (Some(one), Some(other)) if one < other => (Level::Security, Some("longer")),
            (Some(_), Some(_)) => (Level::Behaviour, Some("shorter")),
            _ => (Level::Security, None),
        };
    }
    if let Some((_, safe)) = SWITCHES.iter().find(|(name, _)| same(name, key)) {
        let becomes = after.and_then(parse_boolean);
        return if becomes == Some(*safe) { (Level::Behaviour, Some("stricter")) } else { (Level::Security, None) };
    }
    if TEXTS.iter().any(|start| key.get(..start.len()).is_some_and(|it| same(it, start))) {
        return (Level::Text, None);
    }
    let protocol = owner.child("Protocol").and_then(|protocol| protocol.value("Name")).unwrap_or("");
    let is_provider = matches!(protocol, "OAuth1" | "OAuth2" | "OpenIdConnect" | "SAML2" | "WsFed" | "WsTrust");
    let is_issuer = owner.child("OutputTokenFormat").is_some();
    if is(SENSITIVE) || is_issuer || (is_provider && &*owner.name == "TechnicalProfile") {
        return (Level::Security, None);
    }
    (Level::Behaviour, None)
}
