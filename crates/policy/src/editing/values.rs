//! Which words an attribute or an element takes.

use super::document::Document;

const BOOLEAN: &[&str] = &["true", "false"];

/// `Element` or `List/Element`, the attribute (empty: the text), and what stands there.
type Row = (&'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("TrustFrameworkPolicy", "PolicySchemaVersion", &["0.3.0.0"]),
    ("TrustFrameworkPolicy", "DeploymentMode", &["Development", "Production", "Debugging"]),
    ("TrustFrameworkPolicy", "UserJourneyRecorderEndpoint", &["urn:journeyrecorder:applicationinsights"]),
    ("DataType", "", DATA_TYPES),
    ("InputParameter", "DataType", DATA_TYPES),
    ("UserInputType", "", &["TextBox", "EmailBox", "DateTimeDropdown", "RadioSingleSelect", "DropdownSingleSelect", "CheckboxMultiSelect", "Password", "Readonly", "Button", "Paragraph"]),
    ("DisplayControl", "UserInterfaceControlType", &["VerificationControl", "QrCodeControl", "AuthenticatorInfoControl", "AuthenticatorAppIconControl", "CaptchaControl"]),
    ("Mask", "Type", &["Simple", "Regex"]),
    ("Predicate", "Method", &["IsLengthRange", "MatchesRegex", "IncludesCharacters", "IsDateRange"]),
    ("Protocol", "Name", &["None", "OAuth1", "OAuth2", "SAML2", "OpenIdConnect", "WsFed", "WsTrust", "UProve11", "Proprietary"]),
    ("InputTokenFormat", "", TOKEN_FORMATS),
    ("OutputTokenFormat", "", TOKEN_FORMATS),
    ("EnabledForUserJourneys", "", &["Always", "Never", "true", "false", "OnClaimsExistence", "OnItemExistenceInStringCollectionClaim", "OnItemAbsenceInStringCollectionClaim"]),
    ("IncludeInSso", "", BOOLEAN),
    ("PreserveOriginalAssertion", "", BOOLEAN),
    ("OrchestrationStep", "Type", &["ClaimsExchange", "CombinedSignInAndSignUp", "ClaimsProviderSelection", "InvokeSubJourney", "GetClaims", "SendClaims", "Noop"]),
    ("ClaimsProviderSelections", "DisplayOption", &["ShowSingleProvider", "DoNotShowSingleProvider"]),
    ("SubJourney", "Type", &["Call", "Transfer"]),
    ("Precondition", "Type", &["ClaimsExist", "ClaimEquals"]),
    ("Precondition", "ExecuteActionsIf", BOOLEAN),
    ("Precondition/Action", "", &["SkipThisOrchestrationStep", "SkipThisValidationTechnicalProfile"]),
    ("Endpoint", "Id", &["Token", "UserInfo"]),
    ("SingleSignOn", "Scope", &["Tenant", "Application", "Policy", "TrustFramework", "Suppressed"]),
    ("SingleSignOn", "EnforceIdTokenHintOnLogout", BOOLEAN),
    ("SessionExpiryType", "", &["Rolling", "Absolute"]),
    ("ScriptExecution", "", &["Allow", "Disallow"]),
    ("JourneyFraming", "Enabled", BOOLEAN),
    ("OnError", "Mode", &["DisplayInService", "ReturnToRequestor"]),
    ("LocalizedString", "ElementType", &["ClaimType", "UxElement", "ErrorMessage", "ClaimsProvider", "DisplayControl", "Predicate", "PredicateValidation", "InputValidation", "GetLocalizedStringsTransformationClaimType", "FormatLocalizedStringTransformationClaimType"]),
    ("LocalizedCollection", "ElementType", &["ClaimType"]),
    ("LocalizedCollection", "TargetCollection", &["Restriction"]),
    ("Localization", "Enabled", BOOLEAN),
    ("Enumeration", "SelectByDefault", BOOLEAN),
    ("LocalizedCollection/Item", "SelectByDefault", BOOLEAN),
    ("InputClaim", "Required", BOOLEAN),
    ("InputClaim", "AlwaysUseDefaultValue", BOOLEAN),
    ("OutputClaim", "Required", BOOLEAN),
    ("OutputClaim", "AlwaysUseDefaultValue", BOOLEAN),
    ("DisplayClaim", "Required", BOOLEAN),
    ("PersistedClaim", "OverwriteIfExists", BOOLEAN),
    ("PersistedClaim", "AlwaysUseDefaultValue", BOOLEAN),
    ("ValidationTechnicalProfile", "ContinueOnError", BOOLEAN),
    ("ValidationTechnicalProfile", "ContinueOnSuccess", BOOLEAN),
    ("ValidationClaimsExchangeTechnicalProfile", "ContinueOnError", BOOLEAN),
    ("ValidationClaimsExchangeTechnicalProfile", "ContinueOnSuccess", BOOLEAN),
];

const DATA_TYPES: &[&str] = &[
    "string",
    "boolean",
    "int",
    "long",
    "date",
    "dateTime",
    "duration",
    "stringCollection",
    "phoneNumber",
    "alternativeSecurityIdCollection",
    "userIdentity",
    "userIdentityCollection",
    "objectIdentity",
    "objectIdentityCollection",
];

const TOKEN_FORMATS: &[&str] = &["JWT", "JSON", "SAML2", "SAML11", "CpimUnsigned", "UProve11", "OAuth2Error"];

/// What may stand in an attribute; with an empty name, in the element.
pub(super) fn words(document: &Document, node: usize, attribute: &str) -> &'static [&'static str] {
    if attribute == "MergeBehavior" {
        return &["Append", "Prepend", "ReplaceAll"];
    }
    let (outer, name) = (document.outer(node), document.name_of(node));
    let found = ROWS.iter().find(|(path, of, _)| {
        *of == attribute
            && match path.split_once('/') {
                Some((list, item)) => list == outer && item == name,
                None => *path == name,
            }
    });
    found.map_or(&[], |(.., words)| words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SourceFile, load};

    /// A policy with one word in one place; the words around it are sound.
    fn findings(path: &str, attribute: &str, word: &str) -> Vec<String> {
        let word =
            |at: (&str, &str), sound: &str| if at == (path, attribute) { word.to_owned() } else { sound.to_owned() };
        let text = format!(
            r#"<TrustFrameworkPolicy xmlns="{}" PolicySchemaVersion="{}" TenantId="t" PolicyId="P" PublicPolicyUri="u" DeploymentMode="{}">
<BuildingBlocks><ClaimsSchema><ClaimType Id="a"><DataType>{}</DataType><UserInputType>{}</UserInputType></ClaimType></ClaimsSchema>
<Localization Enabled="{}"><LocalizedResources Id="l"><LocalizedStrings><LocalizedString ElementType="{}" StringId="s">x</LocalizedString></LocalizedStrings></LocalizedResources></Localization>
<DisplayControls><DisplayControl Id="d" UserInterfaceControlType="{}"/></DisplayControls></BuildingBlocks>
<ClaimsProviders><ClaimsProvider><TechnicalProfiles><TechnicalProfile Id="T"><Protocol Name="{}" Handler="x"/>
<OutputTokenFormat>{}</OutputTokenFormat><IncludeInSso>{}</IncludeInSso><EnabledForUserJourneys>{}</EnabledForUserJourneys></TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>
<UserJourneys><UserJourney Id="J"><OrchestrationSteps><OrchestrationStep Order="1" Type="{}" ContentDefinitionReferenceId="x"><Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="{}"><Value>a</Value><Action>{}</Action></Precondition></Preconditions><JourneyList><Candidate SubJourneyReferenceId="S"/></JourneyList></OrchestrationStep>
<OrchestrationStep Order="2" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="T"/></OrchestrationSteps></UserJourney></UserJourneys>
<SubJourneys><SubJourney Id="S" Type="{}"/></SubJourneys>
<RelyingParty><DefaultUserJourney ReferenceId="J"/><UserJourneyBehaviors><SingleSignOn Scope="{}"/><SessionExpiryType>{}</SessionExpiryType><ScriptExecution>{}</ScriptExecution><OnError Mode="{}"/></UserJourneyBehaviors>
<TechnicalProfile Id="P"><Protocol Name="OpenIdConnect"/></TechnicalProfile></RelyingParty></TrustFrameworkPolicy>"#,
            crate::source::NAMESPACE,
            word(("TrustFrameworkPolicy", "PolicySchemaVersion"), "0.3.0.0"),
            word(("TrustFrameworkPolicy", "DeploymentMode"), "Production"),
            word(("DataType", ""), "string"),
            word(("UserInputType", ""), "TextBox"),
            word(("Localization", "Enabled"), "true"),
            word(("LocalizedString", "ElementType"), "UxElement"),
            word(("DisplayControl", "UserInterfaceControlType"), "VerificationControl"),
            word(("Protocol", "Name"), "None"),
            word(("OutputTokenFormat", ""), "JWT"),
            word(("IncludeInSso", ""), "true"),
            word(("EnabledForUserJourneys", ""), "Always"),
            word(("OrchestrationStep", "Type"), "Noop"),
            word(("Precondition", "ExecuteActionsIf"), "true"),
            word(("Precondition/Action", ""), "SkipThisOrchestrationStep"),
            word(("SubJourney", "Type"), "Call"),
            word(("SingleSignOn", "Scope"), "Tenant"),
            word(("SessionExpiryType", ""), "Rolling"),
            word(("ScriptExecution", ""), "Allow"),
            word(("OnError", "Mode"), "DisplayInService"),
        );
        let found = load(&[SourceFile::new("p.xml", text)], &[]).diagnostics;
        let codes = found.iter().map(|it| it.code.to_string());
        codes.filter(|code| code == "Z0201" || code == "Z0202").collect()
    }

    #[test]
    fn words_are_those_that_a_policy_may_use() {
        let mut looked_at = 0;
        for (path, attribute, words) in ROWS {
            // What is looked at for its own sake, and not only where it is used.
            if findings(path, attribute, "nonsense").is_empty() {
                continue;
            }
            looked_at += 1;
            for word in *words {
                assert_eq!(findings(path, attribute, word), [""; 0], "{path} {attribute} {word}");
            }
        }
        assert_eq!(looked_at, 19, "rows that the test's policy has a place for");
    }
}
