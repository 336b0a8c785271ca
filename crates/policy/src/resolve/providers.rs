//! What the providers of technical profiles read: handlers, metadata, keys.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::Scope;
use crate::{
    codes,
    editing::metadata,
    element::{Attribute, Element},
    id::{key, same},
    nearest::{nearest, slip},
    said,
    value::parse_boolean,
};

const HANDLERS: &[&str] = &[
    "Web.TPEngine.Providers.AadSsprProtocolProvider",
    "Web.TPEngine.Providers.AzureActiveDirectoryProvider",
    "Web.TPEngine.Providers.AzureMfaProtocolProvider",
    "Web.TPEngine.Providers.CaptchaProvider",
    "Web.TPEngine.Providers.ClaimsTransformationProtocolProvider",
    "Web.TPEngine.Providers.ConditionalAccessProtocolProvider",
    "Web.TPEngine.Providers.AzureApplicationInsightsProvider",
    "Web.TPEngine.Providers.Insights.AzureApplicationInsightsProvider",
    "Web.TPEngine.Providers.OneTimePasswordProtocolProvider",
    "Web.TPEngine.Providers.PhoneFactorProtocolProvider",
    "Web.TPEngine.Providers.RestfulProvider",
    "Web.TPEngine.Providers.SelfAssertedAttributeProvider",
    "Web.TPEngine.Providers.UserJourneyContextProvider",
    "Web.TPEngine.SSO.DefaultSSOSessionProvider",
    "Web.TPEngine.SSO.ExternalLoginSSOSessionProvider",
    "Web.TPEngine.SSO.NoopSSOSessionProvider",
    "Web.TPEngine.SSO.OAuthSSOSessionProvider",
    "Web.TPEngine.SSO.SamlSSOSessionProvider",
];

/// What a provider cannot do without, by the last part of its handler's name. [its page, metadata]
const NEEDED: &[(&str, &str)] = &[
    ("AzureActiveDirectoryProvider", "Operation"),
    ("RestfulProvider", "ServiceUrl"),
    ("SelfAssertedAttributeProvider", "ContentDefinitionReferenceId"),
    ("OneTimePasswordProtocolProvider", "Operation"),
];

/// Items with few values: provider, key, values. [its page, metadata]
const WORDS: &[(&str, &str, &[&str])] = &[
    ("AzureActiveDirectoryProvider", "Operation", &["Read", "Write", "DeleteClaims", "DeleteClaimsPrincipal"]),
    ("OneTimePasswordProtocolProvider", "Operation", &["GenerateCode", "VerifyCode"]),
    ("ConditionalAccessProtocolProvider", "OperationType", &["Evaluation", "Remediation"]),
    ("RestfulProvider", "AuthenticationType", &["None", "Basic", "Bearer", "ClientCertificate", "ApiKeyHeader"]),
    ("RestfulProvider", "SendClaimsIn", &["Body", "Form", "Header", "Url", "QueryString"]),
    ("SelfAssertedAttributeProvider", "setting.operatingMode", &["Username", "Email"]),
];

const BOOLEANS: &[&str] = &[
    "AllowGenerationOfClaimsWithNullValues",
    "AllowInsecureAuthInProduction",
    "DebugMode",
    "DiscoverMetadataByTokenIssuer",
    "EnforceEmailVerification",
    "IncludeClaimResolvingInClaimsHandling",
    "RaiseErrorIfClaimsPrincipalAlreadyExists",
    "RaiseErrorIfClaimsPrincipalDoesNotExist",
    "SendTokenResponseBodyWithJsonNumbers",
    "UsePolicyInRedirectUri",
    "allow_infinite_rolling_refresh_token",
    "setting.enableRememberMe",
    "setting.showCancelButton",
    "setting.showContinueButton",
    "setting.showSignupLink",
];

const NUMBERS: &[&str] = &[
    "CodeExpirationInSeconds",
    "CodeLength",
    "NumCodeGenerationAttempts",
    "NumRetryAttempts",
    "TokenLifeTimeInSeconds",
    "TokenNotBeforeSkewInSeconds",
    "id_token_lifetime_secs",
    "refresh_token_lifetime_secs",
    "rolling_refresh_token_lifetime_secs",
    "setting.retryLimit",
    "token_lifetime_secs",
];

/// Further keys that are known, so that a slip in one is seen.
#[rustfmt::skip]
const TEXTS: &[&str] = &[
    "AccessTokenEndpoint", "AccessTokenResponseFormat", "AdditionalRequestQueryParameters", "ApplicationObjectId",
    "AuthenticationContextReferenceClaimPattern", "AuthenticationType", "BearerTokenTransmissionMethod", "CharacterSet",
    "ClaimTypeOnWhichToEnable", "ClaimUsedForRequestPayload", "ClaimValueOnWhichToEnable", "ClaimsEndpoint",
    "ClaimsEndpointAccessTokenName", "ClaimsEndpointFormat", "ClaimsEndpointFormatName", "ClaimsFormat",
    "ClaimsResponseFormat", "ClientId", "ContentDefinitionReferenceId", "DateTimeGreaterThan",
    "DefaultUserMessageIfRequestFailed", "HttpBinding", "IdTokenAudience", "InstrumentationKey", "IssuanceClaimPattern",
    "IssuerUri", "METADATA", "Operation", "OperationType", "PartnerEntity", "ProviderName", "RefreshTokenUserJourneyId",
    "ResolveJsonPathsInJsonTokens", "ResponsesSigned", "ReuseSameCode", "SendClaimsIn", "ServiceUrl", "SignUpTarget",
    "UseClaimAsBearerToken", "ValidTokenIssuerPrefixes", "WantsEncryptedAssertions", "WantsSignedAssertions",
    "WantsSignedRequests", "XmlSignatureAlgorithm", "authorization_endpoint", "access_token_endpoint", "client_id",
    "end_session_endpoint", "issuer_refresh_token_user_identity_claim_type", "request_token_endpoint", "response_mode",
    "response_types", "setting.forgotPasswordLinkOverride", "setting.operatingMode", "token_endpoint_auth_method",
    "token_signing_algorithm", "UserMessageIfClaimsPrincipalAlreadyExists", "UserMessageIfClaimsPrincipalDoesNotExist",
    "UserMessageIfClaimsTransformationBooleanValueIsNotEqual", "UserMessageIfClaimsTransformationStringsAreNotEqual",
    "UserMessageIfInvalidPassword", "UserMessageIfOldPasswordUsed", "UserMessageIfUserAccountDisabled",
    "UserMessageIfUserAccountLocked",
];

const KEYS: &[&str] = &[
    "BasicAuthenticationPassword",
    "BasicAuthenticationUsername",
    "BearerAuthenticationToken",
    "ClientCertificate",
    "MetadataSigning",
    "SamlAssertionDecryption",
    "SamlAssertionSigning",
    "SamlMessageSigning",
    "client_secret",
    "issuer_refresh_token_key",
    "issuer_secret",
];

/// What the directory and pages call claims that policies call otherwise.
const PARTNERS: &[(&str, &[&str])] = &[
    (
        "AzureActiveDirectoryProvider",
        &[
            "accountEnabled",
            "alternativeSecurityId",
            "displayName",
            "givenName",
            "newClaimsPrincipalCreated",
            "objectId",
            "password",
            "passwordPolicies",
            "refreshTokensValidFromDateTime",
            "signInNames.emailAddress",
            "signInNames.phoneNumber",
            "signInNames.userName",
            "strongAuthenticationPhoneNumber",
            "userPrincipalName",
        ],
    ),
    ("SelfAssertedAttributeProvider", &["Verified.Email"]),
];

pub(crate) fn handlers() -> &'static [&'static str] {
    HANDLERS
}

/// Ids of keys that profiles read.
pub(crate) fn key_ids() -> &'static [&'static str] {
    KEYS
}

/// What a provider calls its claims.
pub(crate) fn partners(provider: &str) -> &'static [&'static str] {
    PARTNERS.iter().find(|(of, _)| *of == provider).map_or(&[], |(_, names)| names)
}

/// The values of a metadata item that has few.
pub(crate) fn item_words(provider: &str, item: &str) -> &'static [&'static str] {
    let found = WORDS.iter().find(|(of, known, _)| *of == provider && same(known, item));
    let is_boolean = BOOLEANS.iter().any(|known| same(known, item));
    found.map_or(if is_boolean { &["true", "false"] } else { &[] }, |(.., words)| words)
}

/// Every metadata key that some provider reads.
#[cfg(test)]
pub(crate) fn known_items() -> impl Iterator<Item = &'static str> {
    [BOOLEANS, NUMBERS, TEXTS].into_iter().flatten().copied()
}

fn provider_of(profile: &Element) -> &str {
    let handler = profile.child("Protocol").and_then(|it| it.value("Handler")).unwrap_or("");
    handler.split(',').next().unwrap_or("").trim().rsplit('.').next().unwrap_or("")
}

fn found<'a>(all: &HashMap<String, &'a Element>, reference: &'a Attribute) -> Option<(&'a Attribute, &'a Element)> {
    Some((reference, *all.get(&key(&reference.value))?))
}

impl Scope<'_> {
    /// Whether profiles do what those that refer to them want of them.
    pub(super) fn check_uses(&mut self, tree: &Element, profiles: &[Arc<Element>]) {
        let all: HashMap<String, &Element> =
            profiles.iter().filter_map(|it| Some((key(it.value("Id")?), &**it))).collect();
        let find = |reference| found(&all, reference);
        let mut wrong = Vec::new();
        for profile in profiles {
            let session = profile.child("UseTechnicalProfileForSessionManagement");
            if let Some((reference, meant)) = session.and_then(|it| it.attribute("ReferenceId")).and_then(find)
                && !provider_of(meant).ends_with("SessionProvider")
            {
                wrong.push((reference, said!("technical profile `{}` manages no session", reference.trimmed())));
            }
            for it in profile.items("ValidationTechnicalProfiles", "ValidationTechnicalProfile") {
                if let Some((reference, meant)) = it.attribute("ReferenceId").and_then(find)
                    && provider_of(meant) == "SelfAssertedAttributeProvider"
                {
                    wrong.push((
                        reference,
                        said!("technical profile `{}` is a page, and validates nothing", reference.trimmed()),
                    ));
                }
            }
        }
        let journeys = tree.items("UserJourneys", "UserJourney").chain(tree.items("SubJourneys", "SubJourney"));
        let steps = journeys.flat_map(|it| it.items("OrchestrationSteps", "OrchestrationStep"));
        for step in steps.filter(|step| step.value("Type") == Some("SendClaims")) {
            if let Some((reference, meant)) = step.attribute("CpimIssuerTechnicalProfileReferenceId").and_then(find)
                && meant.child("OutputTokenFormat").is_none()
            {
                wrong.push((
                    reference,
                    said!("technical profile `{}` issues no token: it has no `OutputTokenFormat`", reference.trimmed()),
                ));
            }
        }
        for (reference, message) in wrong {
            self.report(codes::WRONG_KIND.at(&reference.place, said!("referenced here"), message));
        }
    }

    fn check_partners(&mut self, element: &Element, provider: &str) {
        let Some((_, known)) = PARTNERS.iter().find(|(of, _)| *of == provider) else { return };
        for (list, item) in
            [("InputClaims", "InputClaim"), ("PersistedClaims", "PersistedClaim"), ("OutputClaims", "OutputClaim")]
        {
            for name in element.items(list, item).filter_map(|it| it.attribute("PartnerClaimType")) {
                if let Some(meant) = slip(name.trimmed(), known.iter().copied()) {
                    let message = said!("`{}` knows no claim `{}`", provider, name.trimmed());
                    let finding = codes::UNKNOWN_PARTNER.at(&name.place, said!("here"), message);
                    self.report(finding.help(said!("did you mean `{}`?", meant)));
                }
            }
        }
    }

    /// What a complete profile says to its provider. `used`: the profiles that steps and other profiles run.
    pub(super) fn check_provider(&mut self, element: &Element, used: &HashSet<String>) {
        let handler = element.child("Protocol").and_then(|it| it.attribute("Handler"));
        let class = handler.and_then(|it| it.trimmed().split(',').next()).map_or("", str::trim);
        if let Some(handler) = handler.filter(|_| !HANDLERS.contains(&class))
            && let Some(meant) = nearest(class, HANDLERS.iter().copied())
        {
            let message = said!("there is no handler `{}`", class);
            let finding = codes::UNKNOWN_HANDLER.at(&handler.place, said!("here"), message);
            self.report(finding.help(said!("did you mean `{}`?", meant)));
        }
        let provider = class.rsplit('.').next().unwrap_or("");
        self.check_partners(element, provider);
        let group = metadata::group(element);
        for item in element.items("Metadata", "Item") {
            self.check_item(item, provider, &group);
        }
        for id in element.items("CryptographicKeys", "Key").filter_map(|it| it.attribute("Id")) {
            if let Some(meant) = slip(id.trimmed(), KEYS.iter().copied()) {
                let message = said!("no profile reads a key `{}`", id.trimmed());
                let finding = codes::UNKNOWN_KEY.at(&id.place, said!("here"), message);
                self.report(finding.help(said!("did you mean `{}`?", meant)));
            }
        }
        let Some(id) = element.value("Id").filter(|id| used.contains(&key(id))) else { return };
        for (_, needed) in NEEDED.iter().filter(|(of, _)| *of == provider) {
            let mut keys = element.items("Metadata", "Item").filter_map(|it| it.value("Key"));
            if !keys.any(|given| same(given, needed)) {
                let message = said!("technical profile `{}` has no metadata item `{}`", id, needed);
                let finding = codes::NO_METADATA.at(&element.origin, said!("declared here"), message);
                self.report(finding.help(said!("add `<Item Key=\"{}\">…</Item>` to its `Metadata`", needed)));
            }
        }
    }

    fn check_item(&mut self, item: &Element, provider: &str, group: &str) {
        let Some(name) = item.attribute("Key") else { return };
        let all = || [BOOLEANS, NUMBERS, TEXTS].into_iter().flatten().copied();
        if let Some(meant) = slip(name.trimmed(), all()) {
            let message = said!("no profile reads the metadata key `{}`", name.trimmed());
            let finding = codes::UNKNOWN_METADATA.at(&name.place, said!("ignored"), message);
            self.report(finding.help(said!("did you mean `{}`?", meant)));
        } else if !metadata::is_read(group, name.trimmed()) {
            let message = said!("the provider `{}` reads no metadata item `{}`", group, name.trimmed());
            self.report(codes::UNREAD_METADATA.at(&name.place, said!("ignored"), message));
        }
        let text = item.text.trim();
        // A resolver is only known when it runs.
        if text.is_empty() || text.contains('{') {
            return;
        }
        let is_one_of = |keys: &[&str]| keys.iter().any(|known| same(known, name.trimmed()));
        let help = if let Some((.., words)) =
            WORDS.iter().find(|(of, known, _)| *of == provider && same(known, name.trimmed()))
        {
            if words.iter().any(|word| same(word, text)) {
                return;
            }
            match nearest(text, words.iter().copied()) {
                Some(meant) => said!("did you mean `{}`?", meant),
                None => said!("it is one of {}", words.join(", ")),
            }
        } else if is_one_of(BOOLEANS) && parse_boolean(text).is_none() {
            said!("write `true` or `false`")
        } else if is_one_of(NUMBERS) && text.parse::<i64>().is_err() {
            said!("write a whole number, in digits")
        } else {
            return;
        };
        let message = said!("`{}` is no value of `{}`", text, name.trimmed());
        self.report(codes::BAD_METADATA.at(&item.text_place(), said!("here"), message).help(help));
    }
}

/// Every profile that a step, a page or a control runs.
pub(super) fn used(element: &Element) -> HashSet<String> {
    let mut all = HashSet::new();
    let mut open = vec![element];
    while let Some(element) = open.pop() {
        let reference = match &*element.name {
            "ClaimsExchange" | "ValidationClaimsExchangeTechnicalProfile" => "TechnicalProfileReferenceId",
            "ValidationTechnicalProfile" => "ReferenceId",
            _ => "",
        };
        all.extend(element.value(reference).map(key));
        open.extend(element.children.iter().map(|child| &**child));
    }
    all
}
