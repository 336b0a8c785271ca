//! Metadata keys: of which providers, and what for.

use crate::{element::Element, id::same};

/// A key, with the groups of profiles that read it.
pub(crate) struct Key {
    /// Names of [`group`], with blanks between them; `*`: all.
    groups: &'static str,
    pub(crate) name: &'static str,
    pub(crate) says: &'static str,
}

const fn key(groups: &'static str, name: &'static str, says: &'static str) -> Key {
    Key { groups, name, says }
}

/// Whose metadata it is: the last part of its handler's name, its protocol, or what kind of issuer it is.
pub(crate) fn group(profile: &Element) -> String {
    let protocol = profile.child("Protocol");
    let handler = protocol.and_then(|it| it.value("Handler")).unwrap_or("");
    let class = handler.split(',').next().unwrap_or("").trim().rsplit('.').next().unwrap_or("");
    if !class.is_empty() {
        return class.to_owned();
    }
    match profile.text_of("OutputTokenFormat") {
        Some("JWT") => "JwtIssuer".to_owned(),
        Some("SAML2" | "SAML11") => "SamlIssuer".to_owned(),
        _ => protocol.and_then(|it| it.value("Name")).unwrap_or("").to_owned(),
    }
}

/// The keys that profiles of a group read; of a group that nobody knows, all.
pub(crate) fn keys_of(group: &str) -> impl Iterator<Item = &'static Key> + '_ {
    let is_known = KEYS.iter().any(|key| key.groups.split(' ').any(|known| known == group));
    KEYS.iter().filter(move |key| {
        key.groups.split(' ').any(|known| known == group || (known == "*" || !is_known) && group != "ContentDefinition")
    })
}

/// Whether profiles of a group read a key; of a group that nobody knows, any.
pub(crate) fn is_read(group: &str, name: &str) -> bool {
    // `None` says of a protocol that it is another element's business.
    let is_known = group != "None" && KEYS.iter().any(|key| key.groups.split(' ').any(|known| known == group));
    // Texts for people are read by the page that shows them, whatever profile failed.
    let is_text = TEXTS.iter().any(|start| name.get(..start.len()).is_some_and(|given| same(given, start)));
    !is_known || is_text || keys_of(group).any(|key| same(key.name, name))
}

/// How keys of texts begin.
const TEXTS: &[&str] = &["UserMessage", "DefaultUserMessage", "DateTimeGreaterThan", "language.", "claimType."];

/// What a key is for; where several groups read one of that name, that of the group.
pub(crate) fn explained(group: &str, name: &str) -> Option<&'static Key> {
    let alike = || KEYS.iter().filter(|key| same(key.name, name));
    alike().find(|key| key.groups.split(' ').any(|known| known == group)).or_else(|| alike().next())
}

const PAGE: &str = "SelfAssertedAttributeProvider";

#[rustfmt::skip]
const KEYS: &[Key] = &[
    key("*", "IncludeClaimResolvingInClaimsHandling", "Whether claims resolvers in the technical profile's claims are replaced. False unless stated."),
    key("*", "ClaimTypeOnWhichToEnable", "The claim on which it depends whether the technical profile runs; see `EnabledForUserJourneys`."),
    key("*", "ClaimValueOnWhichToEnable", "The value that the claim of `ClaimTypeOnWhichToEnable` must have, or must contain."),

    key("None", "url", "Where the claims engine of a policy is: `{service:te}`."),
    key("OpenIdConnect", "grant_type", "`password` where the technical profile hands over a password by itself."),

    key("AzureActiveDirectoryProvider", "Operation", "What is done with the account: `Read`, `Write`, `DeleteClaims` or `DeleteClaimsPrincipal`."),
    key("AzureActiveDirectoryProvider", "RaiseErrorIfClaimsPrincipalDoesNotExist", "Whether it is an error that there is no such account."),
    key("AzureActiveDirectoryProvider", "RaiseErrorIfClaimsPrincipalAlreadyExists", "Whether it is an error that there is such an account: true where people sign up."),
    key("AzureActiveDirectoryProvider", "ApplicationObjectId", "The object id of the app that holds extension attributes."),
    key("AzureActiveDirectoryProvider", "ClientId", "The application id of the app that holds extension attributes."),
    key("AzureActiveDirectoryProvider SelfAssertedAttributeProvider OpenIdConnect", "UserMessageIfClaimsPrincipalAlreadyExists", "What the person reads where the account is already there."),
    key("AzureActiveDirectoryProvider SelfAssertedAttributeProvider OpenIdConnect", "UserMessageIfClaimsPrincipalDoesNotExist", "What the person reads where the account is not there."),

    key(PAGE, "ContentDefinitionReferenceId", "The content definition of the page."),
    key("ClaimsTransformationProtocolProvider PhoneFactorProtocolProvider", "ContentDefinitionReferenceId", "The content definition whose texts are used."),
    key(PAGE, "AllowGenerationOfClaimsWithNullValues", "Whether an empty field leaves an empty claim. False: it leaves none, or the old value."),
    key(PAGE, "EnforceEmailVerification", "Whether an e-mail address must be verified before the page can be sent. True unless stated."),
    key(PAGE, "SignUpTarget", "The claims exchange that the sign-up link leads to."),
    key(PAGE, "IpAddressClaimReferenceId", "The claim that is given the person's address in the network."),
    key(PAGE, "setting.operatingMode", "How the sign-in name is checked: as `Username` or as `Email`."),
    key(PAGE, "setting.retryLimit", "How often the person may try before the journey ends with an error."),
    key(PAGE, "setting.showCancelButton", "Whether there is a button that ends the journey. True unless stated."),
    key(PAGE, "setting.showContinueButton", "Whether there is a button to go on. True unless stated."),
    key(PAGE, "setting.showSignupLink", "Whether the sign-in page has a link to sign up. True unless stated."),
    key(PAGE, "setting.forgotPasswordLinkLocation", "Where the link for a forgotten password is: `AfterLabel`, `AfterInput`, `AfterButtons` or `None`."),
    key(PAGE, "setting.forgotPasswordLinkOverride", "The claims exchange that the link for a forgotten password leads to."),
    key(PAGE, "setting.enableRememberMe", "Whether people may ask to be kept signed in. It needs `KeepAliveInDays` of the relying party."),
    key(PAGE, "setting.inputVerificationDelayTimeInMilliseconds", "How long the page waits before it checks a field, in milliseconds."),
    key("SelfAssertedAttributeProvider PhoneFactorProtocolProvider", "setting.enableCaptchaChallenge", "Whether the person must solve a captcha."),
    key(PAGE, "UserMessageIfClaimsTransformationBooleanValueIsNotEqual", "What the person reads where `AssertBooleanClaimIsEqualToValue` fails."),
    key(PAGE, "UserMessageIfClaimsTransformationStringsAreNotEqual", "What the person reads where `AssertStringClaimsAreEqual` fails."),
    key(PAGE, "UserMessageIfClaimsTransformationInvalidPhoneNumber", "What the person reads where `ConvertStringToPhoneNumberClaim` fails."),
    key(PAGE, "DateTimeGreaterThan", "What the person reads where `AssertDateTimeIsGreaterThan` fails."),
    key(PAGE, "LookupNotFound", "What the person reads where `LookupValue` finds nothing."),
    key(PAGE, "UserMessageIfClaimNotVerified", "What the person reads where a claim was not verified."),
    key(PAGE, "UserMessageIfSessionDoesNotExist", "What the person reads where the one-time code has expired."),
    key(PAGE, "UserMessageIfMaxRetryAttempted", "What the person reads after too many wrong one-time codes."),
    key(PAGE, "UserMessageIfInvalidCode", "What the person reads where the one-time code is wrong."),
    key(PAGE, "UserMessageIfSessionConflict", "What the person reads where two verifications meet."),
    key(PAGE, "UserMessageIfVerificationFailedRetryAllowed", "What the person reads where the code is wrong and may be tried again."),

    key("OpenIdConnect SelfAssertedAttributeProvider", "UserMessageIfInvalidPassword", "What the person reads where the password is wrong."),
    key("OpenIdConnect SelfAssertedAttributeProvider", "UserMessageIfOldPasswordUsed", "What the person reads where the password is an old one."),
    key("OpenIdConnect SelfAssertedAttributeProvider", "UserMessageIfUserAccountDisabled", "What the person reads where the account is disabled."),
    key("OpenIdConnect SelfAssertedAttributeProvider", "UserMessageIfUserAccountLocked", "What the person reads where the account is locked for a while."),
    key("OpenIdConnect", "DefaultMessage", "What the person reads where no other message fits."),
    key("OpenIdConnect", "METADATA", "The address of the provider's discovery document, or of the keys that tokens are checked with."),
    key("None", "METADATA", "The address of the discovery document whose keys the token is checked with."),
    key("OpenIdConnect OAuth2 OAuth1 JwtIssuer", "client_id", "The id by which the provider knows this tenant."),
    key("OpenIdConnect OAuth2", "IdTokenAudience", "The audience that tokens must have."),
    key("None", "IdTokenAudience", "The audience that the token must have."),
    key("OpenIdConnect None", "issuer", "The issuer that tokens must have."),
    key("OpenIdConnect OAuth2 OAuth1", "authorization_endpoint", "Where people are sent to sign in."),
    key("OpenIdConnect OAuth2", "end_session_endpoint", "Where people are sent to sign out."),
    key("OpenIdConnect OAuth2", "response_types", "What is asked for: `code`, `id_token` or `token`."),
    key("OpenIdConnect OAuth2", "response_mode", "How the answer comes: `query`, `form_post` or `fragment`."),
    key("OpenIdConnect OAuth2", "scope", "What is asked for, with blanks between."),
    key("OpenIdConnect OAuth2 RestfulProvider", "HttpBinding", "The method of the call: `GET` or `POST`."),
    key("OpenIdConnect OAuth2 OAuth1 SAML2 SamlIssuer None", "ProviderName", "What the provider is called."),
    key("OpenIdConnect OAuth2", "UsePolicyInRedirectUri", "Whether the return address names the policy, or is one for the whole tenant."),
    key("OpenIdConnect OAuth2", "token_endpoint_auth_method", "How this tenant proves itself at the token endpoint: `client_secret_post`, `client_secret_basic` or `private_key_jwt`."),
    key("OpenIdConnect", "token_signing_algorithm", "The algorithm of the signed assertion, with `private_key_jwt`."),
    key("OpenIdConnect", "ValidTokenIssuerPrefixes", "What issuers of tokens may begin with; several with commas between."),
    key("OpenIdConnect", "DiscoverMetadataByTokenIssuer", "Whether the discovery document is looked for by the token's issuer."),
    key("OpenIdConnect", "MarkAsFailureOnStatusCode5xx", "Whether an answer of 5xx is a failure."),
    key("OpenIdConnect", "ReadBodyClaimsOnIdpRedirect", "Which claims are read from the body of the provider's answer."),
    key("OpenIdConnect OAuth2 SAML2", "SingleLogoutEnabled", "Whether the provider is told of a sign-out. True unless stated."),
    key("OAuth2", "AccessTokenEndpoint", "Where the code is exchanged for a token."),
    key("OAuth2", "AccessTokenResponseFormat", "The form of the token endpoint's answer: `json`, or a form."),
    key("OAuth2", "AdditionalRequestQueryParameters", "More parameters of the request, with commas between."),
    key("OAuth2 OAuth1", "ClaimsEndpoint", "Where the claims are fetched."),
    key("OAuth2", "ClaimsEndpointAccessTokenName", "The name of the parameter that carries the access token. `access_token` unless stated."),
    key("OAuth2", "ClaimsEndpointFormatName", "The name of the parameter that asks for a form of the answer."),
    key("OAuth2", "ClaimsEndpointFormat", "The value of the parameter that asks for a form of the answer."),
    key("OAuth2 RestfulProvider", "BearerTokenTransmissionMethod", "How the token is sent: `AuthorizationHeader`, or in the address."),
    key("OAuth2 OAuth1", "ClaimsResponseFormat", "The form of the claims: `json`."),
    key("OAuth2", "ResponseErrorCodeParamName", "The name of the parameter that tells of an error in an answer that says it is none."),
    key("OAuth2", "ExtraParamsInAccessTokenEndpointResponse", "Values of the token endpoint's answer that the claims endpoint wants."),
    key("OAuth2", "ExtraParamsInClaimsEndpointRequest", "More values that the claims endpoint wants."),
    key("OpenIdConnect OAuth2 RestfulProvider", "ResolveJsonPathsInJsonTokens", "Whether partner names are paths into JSON."),
    key("OAuth1", "request_token_endpoint", "Where a request token is fetched."),
    key("OAuth1", "access_token_endpoint", "Where the request token is exchanged."),

    key("RestfulProvider", "ServiceUrl", "The address of the service."),
    key("RestfulProvider", "AuthenticationType", "How the call proves itself: `None`, `Basic`, `Bearer`, `ClientCertificate` or `ApiKeyHeader`."),
    key("RestfulProvider", "AllowInsecureAuthInProduction", "Whether `None` is accepted in a policy of production."),
    key("RestfulProvider", "SendClaimsIn", "Where input claims go: `Body`, `Form`, `Header`, `Url` or `QueryString`."),
    key("RestfulProvider", "ClaimsFormat", "Not used any more."),
    key("RestfulProvider", "ClaimUsedForRequestPayload", "The claim whose text is the whole body."),
    key("RestfulProvider", "DebugMode", "Whether the person sees what the service says to developers."),
    key("RestfulProvider", "UseClaimAsBearerToken", "The claim that holds the token; it must be an input claim too."),
    key("RestfulProvider", "DefaultUserMessageIfRequestFailed", "What the person reads where the call fails."),
    key("RestfulProvider", "UserMessageIfCircuitOpen", "What the person reads where calls are suspended after many failures."),
    key("RestfulProvider", "UserMessageIfDnsResolutionFailed", "What the person reads where the service's host is not found."),
    key("RestfulProvider", "UserMessageIfRequestTimeout", "What the person reads where the service does not answer in time."),

    key("OneTimePasswordProtocolProvider", "Operation", "What is done: `GenerateCode` or `VerifyCode`."),
    key("OneTimePasswordProtocolProvider", "CodeExpirationInSeconds", "How long a code can be used, in seconds: 60 to 1200, 600 unless stated."),
    key("OneTimePasswordProtocolProvider", "CodeLength", "How long a code is. 6 unless stated."),
    key("OneTimePasswordProtocolProvider", "CharacterSet", "Of which characters a code is, as in a regular expression. `0-9` unless stated."),
    key("OneTimePasswordProtocolProvider", "NumRetryAttempts", "How often a code may be tried. 5 unless stated."),
    key("OneTimePasswordProtocolProvider", "NumCodeGenerationAttempts", "How many codes one identifier may ask for. 10 unless stated."),
    key("OneTimePasswordProtocolProvider", "ReuseSameCode", "Whether the same code is given until it expires. False unless stated."),
    key("AzureMfaProtocolProvider", "Operation", "What is done: `OneWaySMS`, `Verify`, `GetAvailableDevices`, `BeginVerifyOTP` or `VerifyOTP`."),
    key("AadSsprProtocolProvider", "Operation", "What is done: `SendCode` or `VerifyCode`."),
    key("CaptchaProvider", "Operation", "What is done: `GetChallenge` or `VerifyChallenge`."),
    key("CaptchaProvider", "Brand", "Whose captcha it is: `HIP`."),
    key("ConditionalAccessProtocolProvider", "OperationType", "What is done: `Evaluation` or `Remediation`."),
    key("PhoneFactorProtocolProvider", "ManualPhoneNumberEntryAllowed", "Whether the person may give another number than the one that is known."),
    key("PhoneFactorProtocolProvider", "setting.authenticationMode", "How the person proves the phone: `sms`, `phone` or `mixed`."),
    key("PhoneFactorProtocolProvider", "setting.autodial", "Whether the call is made at once."),
    key("PhoneFactorProtocolProvider", "setting.autosubmit", "Whether the page is sent as soon as the code is complete."),
    key("AzureApplicationInsightsProvider", "InstrumentationKey", "The key of the Application Insights resource."),
    key("AzureApplicationInsightsProvider", "DeveloperMode", "Whether records are sent at once. False unless stated."),
    key("AzureApplicationInsightsProvider", "DisableTelemetry", "Whether nothing is sent. False unless stated."),

    key("JwtIssuer", "issuer_refresh_token_user_identity_claim_type", "The claim that says whose a refresh token is: `objectId`."),
    key("JwtIssuer", "token_lifetime_secs", "How long an access token lasts, in seconds: 300 to 86400, 3600 unless stated."),
    key("JwtIssuer", "id_token_lifetime_secs", "How long an ID token lasts, in seconds: 300 to 86400, 3600 unless stated."),
    key("JwtIssuer", "refresh_token_lifetime_secs", "How long a refresh token lasts, in seconds: 86400 to 7776000, 1209600 unless stated."),
    key("JwtIssuer", "rolling_refresh_token_lifetime_secs", "After how many seconds the person must sign in again, whatever was refreshed: 86400 to 31536000, 7776000 unless stated."),
    key("JwtIssuer", "allow_infinite_rolling_refresh_token", "Whether refresh tokens can be refreshed for ever."),
    key("JwtIssuer", "IssuanceClaimPattern", "The form of the issuer: `AuthorityAndTenantGuid`, or `AuthorityWithTfp` with the policy in it."),
    key("JwtIssuer", "AuthenticationContextReferenceClaimPattern", "Whether the policy stands in `acr` (`PolicyId`) or not (`None`)."),
    key("JwtIssuer", "SendTokenResponseBodyWithJsonNumbers", "Whether the token endpoint answers with numbers and not with texts of digits."),
    key("JwtIssuer", "RefreshTokenUserJourneyId", "The journey that runs at a refresh; the relying party's endpoint `Token` is the newer way."),
    key("JwtIssuer", "ClientCredentialsUserJourneyId", "The journey that runs where an app asks for a token of its own."),

    key("SamlIssuer", "IssuerUri", "The issuer of the response."),
    key("SAML2 SamlIssuer RelyingParty", "XmlSignatureAlgorithm", "The algorithm of signatures: `Sha256`, `Sha384`, `Sha512`; `Sha1` is refused."),
    key("SamlIssuer", "TokenNotBeforeSkewInSeconds", "How many seconds before its issue an assertion already counts: 0 to 3600."),
    key("SamlIssuer", "TokenLifeTimeInSeconds", "How long an assertion lasts, in seconds. 300 unless stated."),
    key("SamlIssuer RelyingParty", "RemoveMillisecondsFromDateTime", "Whether times are written without fractions of a second."),
    key("SAML2 RelyingParty", "PartnerEntity", "The other side's metadata: an address, or the document itself."),
    key("SAML2", "WantsSignedRequests", "Whether requests are signed. True unless stated."),
    key("SAML2", "WantsSignedAssertions", "Whether assertions must be signed. True unless stated."),
    key("SAML2", "WantsEncryptedAssertions", "Whether assertions must be encrypted. False unless stated."),
    key("SAML2", "ResponsesSigned", "Whether responses must be signed. True unless stated."),
    key("SAML2", "IncludeKeyInfo", "Whether requests carry the certificate of their signature."),
    key("SAML2", "NameIdPolicyFormat", "The form of the name identifier that is asked for."),
    key("SAML2", "NameIdPolicyAllowCreate", "Whether the provider may make a new identifier."),
    key("SAML2", "ForceAuthN", "Whether the person must sign in anew at the provider. False unless stated."),
    key("SAML2", "IncludeAuthnContextClassReferences", "Which ways to sign in are accepted, with commas between."),
    key("SAML2", "AuthenticationRequestExtensions", "XML that is put into the request."),
    key("SAML2 RelyingParty", "IdpInitiatedProfileEnabled", "Whether the provider may begin. False unless stated."),
    key("RelyingParty", "DataEncryptionMethod", "The algorithm that assertions are encrypted with."),
    key("RelyingParty", "KeyEncryptionMethod", "The algorithm that the key of an encrypted assertion is encrypted with."),
    key("RelyingParty", "UseDetachedKeys", "Whether the key of an encrypted assertion stands beside it."),
    key("RelyingParty", "WantsSignedResponses", "Whether responses are signed. True unless stated."),
    key("ExternalLoginSSOSessionProvider", "AlwaysFetchClaimsFromProvider", "Not used any more."),
    key("SamlSSOSessionProvider", "IncludeSessionIndex", "Not used any more."),
    key("SamlSSOSessionProvider", "RegisterServiceProviders", "Whether apps that were signed in are told of the sign-out. False for an identity provider."),
    key("ContentDefinition", "DisplayName", "What the page is called. It is not shown."),
    key("ContentDefinition", "language.intro", "The text above the fields of the page."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::known_items;

    #[test]
    fn every_known_key_is_explained() {
        let missing: Vec<_> = known_items().filter(|name| explained("", name).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        for key in KEYS {
            assert!(key.says.ends_with('.') && key.says.len() < 200, "{}", key.name);
        }
    }

    #[test]
    fn keys_are_those_of_the_provider() {
        let has = |group: &str, name: &str| keys_of(group).any(|key| key.name == name);
        for (group, name, expected) in [
            ("RestfulProvider", "ServiceUrl", true),
            ("RestfulProvider", "METADATA", false),
            ("RestfulProvider", "IncludeClaimResolvingInClaimsHandling", true),
            ("AzureActiveDirectoryProvider", "Operation", true),
            ("ContentDefinition", "IncludeClaimResolvingInClaimsHandling", false),
            ("", "METADATA", true),
        ] {
            assert_eq!(has(group, name), expected, "{group} {name}");
        }
        assert_eq!(explained("CaptchaProvider", "operation").map(|key| key.groups), Some("CaptchaProvider"));
    }
}
