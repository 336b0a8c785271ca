//! What a technical profile does, in a few lines.

use super::{Line, condition, line};
use crate::{
    EffectivePolicy,
    id::{ContentDefinitionId, ProfileId},
    model::{DisplayClaim, EnabledForUserJourneys, ProtocolName, TechnicalProfile, TokenFormat, ValidationProfile},
};

/// The end of a handler's name, and what such a profile does.
const HANDLERS: &[(&str, &str)] = &[
    ("SelfAssertedAttributeProvider", "page"),
    ("AzureActiveDirectoryProvider", "directory"),
    ("RestfulProvider", "REST call"),
    ("ClaimsTransformationProtocolProvider", "claims transformations"),
    ("PhoneFactorProtocolProvider", "page: phone factor"),
    ("AzureMfaProtocolProvider", "multi-factor service"),
    ("OneTimePasswordProtocolProvider", "one-time codes"),
    ("UserJourneyContextProvider", "journey context"),
    ("AzureApplicationInsightsProvider", "telemetry"),
    ("AadSsprProtocolProvider", "directory's codes by mail"),
    ("CaptchaProvider", "captcha"),
    ("ConditionalAccessProtocolProvider", "conditional access"),
];

/// The end of a session provider's handler, and what it means for the next request.
const SESSION_PROVIDERS: &[(&str, &str)] = &[
    ("DefaultSSOSessionProvider", "remembers claims: skipped in a session"),
    ("ExternalLoginSSOSessionProvider", "remembers the sign-in: skipped in a session"),
    ("NoopSSOSessionProvider", "remembers nothing: runs each time"),
    ("OAuthSSOSessionProvider", "remembers apps: they are told of a sign-out"),
    ("SamlSSOSessionProvider", "remembers apps or providers: they are told of a sign-out"),
];

fn by_handler<'a>(table: &[(&str, &'a str)], handler: Option<&str>) -> Option<&'a str> {
    let handler = handler?;
    table.iter().find(|(end, _)| handler.rsplit('.').next() == Some(*end)).map(|(_, words)| *words)
}

/// What kind of thing a profile is.
fn kind(profile: &TechnicalProfile) -> String {
    let token = profile.output_token_format.map(|format| match format {
        TokenFormat::Json | TokenFormat::Jwt => "issues a JWT",
        TokenFormat::Saml11 | TokenFormat::Saml2 => "issues a SAML token",
        TokenFormat::OAuth2Error => "answers with an error",
        TokenFormat::CpimUnsigned | TokenFormat::UProve11 => "issues a token",
    });
    let protocol = match profile.protocol {
        ProtocolName::OpenIdConnect => Some("OpenID Connect"),
        ProtocolName::OAuth2 => Some("OAuth 2.0 provider"),
        ProtocolName::OAuth1 => Some("OAuth 1.0 provider"),
        ProtocolName::Saml2 => Some("SAML provider"),
        ProtocolName::WsFed | ProtocolName::WsTrust => Some("WS-Federation provider"),
        ProtocolName::None | ProtocolName::UProve11 | ProtocolName::Proprietary => None,
    };
    let operation = || profile.metadata.get("Operation").map(|operation| format!(": {operation}")).unwrap_or_default();
    match (token, by_handler(HANDLERS, profile.handler.as_deref()), protocol) {
        (Some(token), ..) => token.to_owned(),
        (None, Some("directory"), _) => format!("directory{}", operation()),
        (None, Some(words), _) => words.to_owned(),
        (None, None, Some(protocol)) => protocol.to_owned(),
        (None, None, None) => {
            profile.handler.as_deref().and_then(|it| it.rsplit('.').next()).unwrap_or("of no kind").to_owned()
        }
    }
}

fn named(policy: &EffectivePolicy, id: &ProfileId) -> String {
    policy.profiles.get(id).map_or_else(|| id.to_string(), |profile| format!("{id} ({})", kind(profile)))
}

pub(super) fn page(policy: &EffectivePolicy, id: &ContentDefinitionId) -> String {
    let uri = policy.content_definitions.get(id).and_then(|it| it.data_uri.as_ref());
    let version = uri.map(|uri| {
        let [major, minor, patch] = uri.version;
        format!(" ({} {major}.{minor}.{patch})", uri.page)
    });
    format!("page {id}{}", version.unwrap_or_default())
}

pub(super) fn lines(policy: &EffectivePolicy, id: &ProfileId, level: usize, lines: &mut Vec<Line>) {
    lines.push(line(level, named(policy, id)));
    let Some(profile) = policy.profiles.get(id) else { return };
    let level = level + 1;
    match profile.enabled {
        EnabledForUserJourneys::Always => {}
        EnabledForUserJourneys::Never => lines.push(line(level, "never enabled")),
        EnabledForUserJourneys::OnClaimsExistence
        | EnabledForUserJourneys::OnItemExistenceInStringCollectionClaim
        | EnabledForUserJourneys::OnItemAbsenceInStringCollectionClaim => {
            let claim = profile.metadata.get("ClaimTypeOnWhichToEnable").unwrap_or("?");
            lines.push(line(level, format!("enabled by the claim {claim} ({:?})", profile.enabled)));
        }
    }
    if let Some(definition) = profile.metadata.get("ContentDefinitionReferenceId") {
        lines.push(line(level, page(policy, &definition.into())));
    }
    for control in profile.display_claims.iter() {
        let DisplayClaim::Control(control) = control else { continue };
        lines.push(line(level, format!("display control {control}")));
        for (action, runs) in policy.display_controls.get(control).iter().flat_map(|it| &it.actions) {
            lines.extend(runs.iter().map(|one| line(level + 1, format!("{action}: {}", validation(policy, one)))));
        }
    }
    for one in &profile.validation_profiles {
        lines.push(line(level, format!("validated by {}", validation(policy, one))));
    }
    if let Some(session) = &profile.session_profile {
        let handler = policy.profiles.get(session).and_then(|it| it.handler.as_deref());
        let means = by_handler(SESSION_PROVIDERS, handler).map(|means| format!(" ({means})")).unwrap_or_default();
        lines.push(line(level, format!("session provider {session}{means}")));
    }
}

fn validation(policy: &EffectivePolicy, one: &ValidationProfile) -> String {
    let mut text = named(policy, &one.profile);
    let skipped: Vec<String> = one.preconditions.iter().map(condition).collect();
    if !skipped.is_empty() {
        text += &format!(", skipped if {}", skipped.join(" or "));
    }
    if one.continue_on_error {
        text += ", may fail";
    }
    if !one.continue_on_success {
        text += ", the last one if it succeeds";
    }
    text
}
