//! What differs between two sets is told, all of it, with what it means; what only stands elsewhere is not.

use zaguan_policy::{
    SourceFile,
    diff::{self, Difference},
    load,
};

use crate::{
    seeing::all_sets,
    support::{policy, told as findings},
};

const BLOCKS: &str = r#"<BuildingBlocks>
<ClaimsSchema>
<ClaimType Id="objectId"><DisplayName>Object</DisplayName><DataType>string</DataType></ClaimType>
<ClaimType Id="email"><DisplayName>Email</DisplayName><DataType>string</DataType><UserHelpText>Your address</UserHelpText><UserInputType>TextBox</UserInputType><Restriction><Pattern RegularExpression="^.+@.+$" HelpText="An address"/></Restriction></ClaimType>
<ClaimType Id="password"><DataType>string</DataType><UserInputType>Password</UserInputType><PredicateValidationReference Id="strong"/></ClaimType>
<ClaimType Id="name"><DisplayName>Name</DisplayName><DataType>string</DataType><UserInputType>Readonly</UserInputType></ClaimType>
<ClaimType Id="enabled"><DataType>boolean</DataType></ClaimType>
</ClaimsSchema>
<Predicates>
<Predicate Id="long" Method="IsLengthRange" HelpText="Long"><Parameters><Parameter Id="Minimum">12</Parameter><Parameter Id="Maximum">64</Parameter></Parameters></Predicate>
<Predicate Id="lower" Method="IncludesCharacters"><Parameters><Parameter Id="CharacterSet">a-z</Parameter></Parameters></Predicate>
<Predicate Id="upper" Method="IncludesCharacters"><Parameters><Parameter Id="CharacterSet">A-Z</Parameter></Parameters></Predicate>
<Predicate Id="digit" Method="IncludesCharacters"><Parameters><Parameter Id="CharacterSet">0-9</Parameter></Parameters></Predicate>
</Predicates>
<PredicateValidations><PredicateValidation Id="strong"><PredicateGroups>
<PredicateGroup Id="length"><PredicateReferences><PredicateReference Id="long"/></PredicateReferences></PredicateGroup>
<PredicateGroup Id="kinds"><PredicateReferences MatchAtLeast="2"><PredicateReference Id="lower"/><PredicateReference Id="upper"/></PredicateReferences></PredicateGroup>
</PredicateGroups></PredicateValidation></PredicateValidations>
<ClaimsTransformations>
<ClaimsTransformation Id="IsEnabled" TransformationMethod="AssertBooleanClaimIsEqualToValue"><InputClaims><InputClaim ClaimTypeReferenceId="enabled" TransformationClaimType="inputClaim"/></InputClaims><InputParameters><InputParameter Id="valueToCompareTo" DataType="boolean" Value="true"/></InputParameters></ClaimsTransformation>
</ClaimsTransformations>
<ContentDefinitions><ContentDefinition Id="api.page"><LoadUri>~/page.html</LoadUri><RecoveryUri>~/error.html</RecoveryUri><DataUri>urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.7</DataUri><Metadata><Item Key="DisplayName">Page</Item></Metadata>
<LocalizedResourcesReferences><LocalizedResourcesReference Language="en" LocalizedResourcesReferenceId="page.en"/></LocalizedResourcesReferences></ContentDefinition></ContentDefinitions>
<Localization Enabled="true"><SupportedLanguages DefaultLanguage="en"><SupportedLanguage>en</SupportedLanguage></SupportedLanguages>
<LocalizedResources Id="page.en"><LocalizedStrings><LocalizedString ElementType="UxElement" StringId="button_continue">Go on</LocalizedString></LocalizedStrings></LocalizedResources></Localization>
</BuildingBlocks>"#;

const PROVIDERS: &str = r#"<ClaimsProviders>
<ClaimsProvider><Domain>social.example</Domain><DisplayName>Social</DisplayName><TechnicalProfiles>
<TechnicalProfile Id="Social"><DisplayName>Social</DisplayName><Protocol Name="OAuth2"/><Metadata><Item Key="AccessTokenEndpoint">https://social.example/token</Item><Item Key="authorization_endpoint">https://social.example/authorize</Item><Item Key="ClaimsEndpoint">https://social.example/me</Item><Item Key="client_id">1</Item><Item Key="HttpBinding">POST</Item></Metadata><CryptographicKeys><Key Id="client_secret" StorageReferenceId="B2C_1A_Secret"/></CryptographicKeys><OutputClaims><OutputClaim ClaimTypeReferenceId="objectId"/></OutputClaims><UseTechnicalProfileForSessionManagement ReferenceId="SM"/></TechnicalProfile>
</TechnicalProfiles></ClaimsProvider>
<ClaimsProvider><DisplayName>Own</DisplayName><TechnicalProfiles>
<TechnicalProfile Id="Form"><DisplayName>Form</DisplayName><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.SelfAssertedAttributeProvider, Web.TPEngine"/><Metadata><Item Key="ContentDefinitionReferenceId">api.page</Item><Item Key="EnforceEmailVerification">true</Item><Item Key="setting.showCancelButton">true</Item><Item Key="UserMessageIfClaimsTransformationBooleanValueIsNotEqual">No</Item></Metadata><IncludeInSso>false</IncludeInSso><OutputClaims><OutputClaim ClaimTypeReferenceId="email" PartnerClaimType="Verified.Email" Required="true"/><OutputClaim ClaimTypeReferenceId="password"/><OutputClaim ClaimTypeReferenceId="objectId"/></OutputClaims><OutputClaimsTransformations><OutputClaimsTransformation ReferenceId="IsEnabled"/></OutputClaimsTransformations><ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId="Check"/><ValidationTechnicalProfile ReferenceId="Read"/></ValidationTechnicalProfiles><UseTechnicalProfileForSessionManagement ReferenceId="SM"/></TechnicalProfile>
<TechnicalProfile Id="Check"><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.RestfulProvider, Web.TPEngine"/><Metadata><Item Key="ServiceUrl">https://api.example/check</Item><Item Key="AuthenticationType">Bearer</Item><Item Key="SendClaimsIn">Body</Item></Metadata></TechnicalProfile>
<TechnicalProfile Id="Read"><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.AzureActiveDirectoryProvider, Web.TPEngine"/><Metadata><Item Key="Operation">Read</Item></Metadata><InputClaims><InputClaim ClaimTypeReferenceId="objectId" Required="true"/></InputClaims><PersistedClaims><PersistedClaim ClaimTypeReferenceId="objectId"/></PersistedClaims><OutputClaims><OutputClaim ClaimTypeReferenceId="name" PartnerClaimType="displayName"/></OutputClaims></TechnicalProfile>
<TechnicalProfile Id="Phone"><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.PhoneFactorProtocolProvider, Web.TPEngine"/></TechnicalProfile>
<TechnicalProfile Id="SM"><Protocol Name="Proprietary" Handler="Web.TPEngine.SSO.NoopSSOSessionProvider, Web.TPEngine"/></TechnicalProfile>
<TechnicalProfile Id="Issuer"><Protocol Name="OpenIdConnect"/><OutputTokenFormat>JWT</OutputTokenFormat><Metadata><Item Key="token_lifetime_secs">3600</Item><Item Key="refresh_token_lifetime_secs">1209600</Item><Item Key="issuance_claim_pattern">AuthorityAndTenantGuid</Item></Metadata><CryptographicKeys><Key Id="issuer_secret" StorageReferenceId="B2C_1A_Signing"/></CryptographicKeys></TechnicalProfile>
</TechnicalProfiles></ClaimsProvider>
</ClaimsProviders>"#;

const JOURNEYS: &str = r#"<UserJourneys>
<UserJourney Id="SignIn"><OrchestrationSteps>
<OrchestrationStep Order="1" Type="ClaimsProviderSelection" ContentDefinitionReferenceId="api.page"><ClaimsProviderSelections><ClaimsProviderSelection TargetClaimsExchangeId="FormExchange"/></ClaimsProviderSelections></OrchestrationStep>
<OrchestrationStep Order="2" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="FormExchange" TechnicalProfileReferenceId="Form"/><ClaimsExchange Id="SocialExchange" TechnicalProfileReferenceId="Social"/></ClaimsExchanges></OrchestrationStep>
<OrchestrationStep Order="3" Type="ClaimsExchange"><Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="true"><Value>name</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions><ClaimsExchanges><ClaimsExchange Id="ReadExchange" TechnicalProfileReferenceId="Read"/></ClaimsExchanges></OrchestrationStep>
<OrchestrationStep Order="4" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="PhoneExchange" TechnicalProfileReferenceId="Phone"/></ClaimsExchanges></OrchestrationStep>
<OrchestrationStep Order="5" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="Issuer"/>
</OrchestrationSteps></UserJourney>
</UserJourneys>"#;

const PARTY: &str = r#"<RelyingParty><DefaultUserJourney ReferenceId="SignIn"/>
<UserJourneyBehaviors><SingleSignOn Scope="Application" KeepAliveInDays="7" EnforceIdTokenHintOnLogout="true"/><SessionExpiryType>Absolute</SessionExpiryType><SessionExpiryInSeconds>3600</SessionExpiryInSeconds><ContentDefinitionParameters><Parameter Name="brand">a</Parameter></ContentDefinitionParameters><ScriptExecution>Disallow</ScriptExecution></UserJourneyBehaviors>
<TechnicalProfile Id="PolicyProfile"><DisplayName>Policy</DisplayName><Protocol Name="OpenIdConnect"/><OutputClaims><OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub"/><OutputClaim ClaimTypeReferenceId="email"/></OutputClaims><SubjectNamingInfo ClaimType="sub"/></TechnicalProfile></RelyingParty>"#;

fn whole() -> String {
    [BLOCKS, PROVIDERS, JOURNEYS, PARTY].concat()
}

fn compare(before: &[SourceFile], after: &[SourceFile]) -> Vec<Difference> {
    let (one, other) = (load(before, &[]), load(after, &[]));
    diff::sets(&one, &other)
}

fn told(differences: &[Difference]) -> Vec<String> {
    differences.iter().map(|one| format!("{}: {}", one.level.name(), one.says)).collect()
}

#[test]
fn each_single_change_is_told() {
    let before = [policy("P", None, &whole())];
    let loaded = load(&before, &[]);
    assert_eq!(loaded.errors().count(), 0, "{}", findings(&loaded.diagnostics, &before));
    let mut wrong = Vec::new();
    for (from, to, expected) in CHANGES {
        assert_eq!(before[0].text.matches(from).count(), 1, "{from} stands once");
        let changed = [SourceFile::new("P.xml", before[0].text.replace(from, to))];
        let found = compare(&before, &changed);
        assert!(found.iter().all(|one| one.before.is_some() && one.after.is_some()), "both places are told");
        wrong.extend((told(&found) != *expected).then(|| format!("{from}\n{to}\n{:#?}", told(&found))));
    }
    assert_eq!(wrong, [""; 0]);
}

#[rustfmt::skip]
const CHANGES: &[(&str, &str, &[&str])] = &[
    (r#"Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="PhoneExchange""#, r#"Type="ClaimsExchange"><Preconditions><Precondition Type="ClaimEquals" ExecuteActionsIf="true"><Value>objectId</Value><Value>x</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions><ClaimsExchanges><ClaimsExchange Id="PhoneExchange""#, &["security: user journey `SignIn`, step 4 (ClaimsExchange): became skippable: skipped if `objectId` is `x`"]),
    (r#"<Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="true"><Value>name"#, r#"<Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="false"><Value>email</Value><Action>SkipThisOrchestrationStep</Action></Precondition><Precondition Type="ClaimsExist" ExecuteActionsIf="true"><Value>name"#, &["security: user journey `SignIn`, step 3 (ClaimsExchange): is skipped in more cases: also if `email` is missing"]),
    (r#"<Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="true"><Value>name</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions>"#, "", &["behaviour: user journey `SignIn`, step 3 (ClaimsExchange): is no longer skipped if `name` is there"]),
    (r#"<Value>name</Value>"#, r#"<Value>email</Value>"#, &["security: user journey `SignIn`, step 3 (ClaimsExchange): is skipped in more cases: also if `email` is there", "behaviour: user journey `SignIn`, step 3 (ClaimsExchange): is no longer skipped if `name` is there"]),
    (r#"<OrchestrationStep Order="4" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="PhoneExchange" TechnicalProfileReferenceId="Phone"/></ClaimsExchanges></OrchestrationStep>"#, "", &["security: user journey `SignIn`: step 4 (ClaimsExchange) removed: `Phone`", "security: the second factor `Phone` is no longer reached by any journey that answers apps"]),
    (r#"<OrchestrationStep Order="5""#, r#"<OrchestrationStep Order="5" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="Again" TechnicalProfileReferenceId="Check"/></ClaimsExchanges></OrchestrationStep><OrchestrationStep Order="6""#, &["behaviour: user journey `SignIn`: step 5 (ClaimsExchange) added: `Check`"]),
    (r#"TechnicalProfileReferenceId="Phone""#, r#"TechnicalProfileReferenceId="Read""#, &["security: user journey `SignIn`, step 4 (ClaimsExchange), claims exchange `PhoneExchange`: runs `Read`, not `Phone`", "security: the second factor `Phone` is no longer reached by any journey that answers apps"]),
    (r#"Order="3" Type="ClaimsExchange""#, r#"Order="9" Type="ClaimsExchange""#, &["security: user journey `SignIn`, step 3 (ClaimsExchange), now step 9: moved among the others"]),
    (r#"<ClaimsProviderSelection TargetClaimsExchangeId="FormExchange"/>"#, r#"<ClaimsProviderSelection TargetClaimsExchangeId="FormExchange"/><ClaimsProviderSelection TargetClaimsExchangeId="SocialExchange"/>"#, &["security: user journey `SignIn`, step 1 (ClaimsProviderSelection): another way to go on: choice `SocialExchange`"]),
    (r#"<ClaimsExchange Id="SocialExchange" TechnicalProfileReferenceId="Social"/>"#, "", &["behaviour: user journey `SignIn`, step 2 (ClaimsExchange): claims exchange `SocialExchange` removed"]),
    (r#"<OutputClaim ClaimTypeReferenceId="email"/></OutputClaims><SubjectNamingInfo"#, r#"</OutputClaims><SubjectNamingInfo"#, &["security: relying party: claim `email` left the token"]),
    (r#"<OutputClaim ClaimTypeReferenceId="email"/></OutputClaims><SubjectNamingInfo"#, r#"<OutputClaim ClaimTypeReferenceId="email"/><OutputClaim ClaimTypeReferenceId="name" PartnerClaimType="given_name"/></OutputClaims><SubjectNamingInfo"#, &["security: relying party: claim `name` as `given_name` entered the token"]),
    (r#"<OutputClaim ClaimTypeReferenceId="email"/></OutputClaims><SubjectNamingInfo"#, r#"<OutputClaim ClaimTypeReferenceId="email" PartnerClaimType="mail"/></OutputClaims><SubjectNamingInfo"#, &["security: relying party, output claim `email`: is called `mail` in the token, no longer by its own name"]),
    (r#"<OutputClaim ClaimTypeReferenceId="email"/></OutputClaims><SubjectNamingInfo"#, r#"<OutputClaim ClaimTypeReferenceId="email" DefaultValue="a@b.c"/></OutputClaims><SubjectNamingInfo"#, &["security: relying party, output claim `email`: `DefaultValue`: nothing → `a@b.c`"]),
    (r#"Scope="Application""#, r#"Scope="Tenant""#, &["security: relying party, `SingleSignOn`: single sign-on is shared more widely: `Application` → `Tenant`"]),
    (r#"Scope="Application""#, r#"Scope="Suppressed""#, &["behaviour: relying party, `SingleSignOn`: single sign-on is shared less widely: `Application` → `Suppressed`"]),
    (r#"Scope="Application""#, r#"Scope="Policy""#, &["security: relying party, `SingleSignOn`: single sign-on is shared with others: `Application` → `Policy`"]),
    (r#"KeepAliveInDays="7""#, r#"KeepAliveInDays="90""#, &["security: relying party, `SingleSignOn`: people are kept signed in for longer: `KeepAliveInDays`: `7` → `90`"]),
    (r#"KeepAliveInDays="7""#, r#"KeepAliveInDays="1""#, &["behaviour: relying party, `SingleSignOn`: people are kept signed in for a shorter time: `KeepAliveInDays`: `7` → `1`"]),
    (r#" KeepAliveInDays="7""#, "", &["behaviour: relying party, `SingleSignOn`: people are no longer kept signed in: `KeepAliveInDays`: `7` → `0`"]),
    (r#"EnforceIdTokenHintOnLogout="true""#, r#"EnforceIdTokenHintOnLogout="false""#, &["security: relying party, `SingleSignOn`: a sign-out need not be proven by an ID token any more: `EnforceIdTokenHintOnLogout`: `true` → `false`"]),
    (r#"<SessionExpiryType>Absolute"#, r#"<SessionExpiryType>Rolling"#, &["security: relying party, `SessionExpiryType`: use prolongs sessions: `Absolute` → `Rolling`"]),
    (r#"<SessionExpiryInSeconds>3600</SessionExpiryInSeconds>"#, "", &["security: relying party, `SessionExpiryInSeconds`: sessions live longer: `3600` → `86400`"]),
    (r#"<SessionExpiryInSeconds>3600"#, r#"<SessionExpiryInSeconds>900"#, &["behaviour: relying party, `SessionExpiryInSeconds`: sessions live shorter: `3600` → `900`"]),
    (r#"<ScriptExecution>Disallow"#, r#"<ScriptExecution>Allow"#, &["security: relying party, `ScriptExecution`: templates may run scripts: `Disallow` → `Allow`"]),
    (r#"<Parameter Name="brand">a"#, r#"<Parameter Name="brand">b"#, &["behaviour: relying party, parameter `brand`: `a` → `b`"]),
    (r#"<Item Key="token_lifetime_secs">3600"#, r#"<Item Key="token_lifetime_secs">86400"#, &["security: technical profile `Issuer`, metadata `token_lifetime_secs`: longer: `3600` → `86400`"]),
    (r#"<Item Key="refresh_token_lifetime_secs">1209600"#, r#"<Item Key="refresh_token_lifetime_secs">86400"#, &["behaviour: technical profile `Issuer`, metadata `refresh_token_lifetime_secs`: shorter: `1209600` → `86400`"]),
    (r#"<Item Key="issuance_claim_pattern">AuthorityAndTenantGuid"#, r#"<Item Key="issuance_claim_pattern">AuthorityWithTfp"#, &["security: technical profile `Issuer`, metadata `issuance_claim_pattern`: `AuthorityAndTenantGuid` → `AuthorityWithTfp`"]),
    (r#"StorageReferenceId="B2C_1A_Signing""#, r#"StorageReferenceId="B2C_1A_Other""#, &["security: technical profile `Issuer`, key `issuer_secret`: `StorageReferenceId`: `B2C_1A_Signing` → `B2C_1A_Other`"]),
    (r#"<Parameter Id="Minimum">12"#, r#"<Parameter Id="Minimum">6"#, &["security: predicate `long`, parameter `Minimum`: weaker: `12` → `6`"]),
    (r#"<Parameter Id="Maximum">64"#, r#"<Parameter Id="Maximum">16"#, &["behaviour: predicate `long`, parameter `Maximum`: `64` → `16`"]),
    (r#"<Parameter Id="CharacterSet">a-z"#, r#"<Parameter Id="CharacterSet">a-f"#, &["security: predicate `lower`, parameter `CharacterSet`: `a-z` → `a-f`"]),
    (r#"MatchAtLeast="2""#, r#"MatchAtLeast="1""#, &["security: predicate validation `strong`, group `kinds`: weaker: `MatchAtLeast`: `2` → `1`"]),
    (r#"<PredicateReference Id="upper"/>"#, r#"<PredicateReference Id="upper"/><PredicateReference Id="digit"/>"#, &["security: predicate validation `strong`, group `kinds`: weaker: predicate `digit` is one more way to comply"]),
    (r#"<PredicateReferences><PredicateReference Id="long"/></PredicateReferences>"#, r#"<PredicateReferences><PredicateReference Id="long"/><PredicateReference Id="digit"/></PredicateReferences>"#, &["behaviour: predicate validation `strong`, group `length`: stricter: predicate `digit` must hold too"]),
    (r#"<PredicateValidationReference Id="strong"/>"#, "", &["security: claim type `password`, `PredicateValidationReference`: `Id`: `strong` → nothing"]),
    (r#"RegularExpression="^.+@.+$""#, r#"RegularExpression="^.*$""#, &["security: claim type `email`, `Restriction`, `Pattern`: `RegularExpression`: `^.+@.+$` → `^.*$`"]),
    (r#"HelpText="An address""#, r#"HelpText="Your address""#, &["text: claim type `email`, `Restriction`, `Pattern`: `HelpText`: `An address` → `Your address`"]),
    (r#"<UserInputType>Readonly"#, r#"<UserInputType>TextBox"#, &["security: claim type `name`, `UserInputType`: people may change it: `Readonly` → `TextBox`"]),
    (r#"<Item Key="AccessTokenEndpoint">https://social.example/token"#, r#"<Item Key="AccessTokenEndpoint">https://evil.example/token"#, &["security: technical profile `Social`, metadata `AccessTokenEndpoint`: `https://social.example/token` → `https://evil.example/token`"]),
    (r#"<Item Key="HttpBinding">POST"#, r#"<Item Key="HttpBinding">GET"#, &["security: technical profile `Social`, metadata `HttpBinding`: `POST` → `GET`"]),
    (r#"<Item Key="EnforceEmailVerification">true"#, r#"<Item Key="EnforceEmailVerification">false"#, &["security: technical profile `Form`, metadata `EnforceEmailVerification`: `true` → `false`"]),
    (r#"<Item Key="setting.showCancelButton">true"#, r#"<Item Key="setting.showCancelButton">false"#, &["behaviour: technical profile `Form`, metadata `setting.showCancelButton`: `true` → `false`"]),
    (r#"IsNotEqual">No"#, r#"IsNotEqual">Not today"#, &["text: technical profile `Form`, metadata `UserMessageIfClaimsTransformationBooleanValueIsNotEqual`: `No` → `Not today`"]),
    (r#"<Item Key="Operation">Read"#, r#"<Item Key="Operation">Write"#, &["security: technical profile `Read`, metadata `Operation`: `Read` → `Write`"]),
    (r#"<Item Key="AuthenticationType">Bearer"#, r#"<Item Key="AuthenticationType">None"#, &["security: technical profile `Check`, metadata `AuthenticationType`: `Bearer` → `None`"]),
    (r#"<Item Key="SendClaimsIn">Body"#, r#"<Item Key="SendClaimsIn">Url"#, &["behaviour: technical profile `Check`, metadata `SendClaimsIn`: `Body` → `Url`"]),
    (r#"<Item Key="SendClaimsIn">Body</Item>"#, "", &["behaviour: technical profile `Check`: metadata `SendClaimsIn`: `Body` → nothing"]),
    (r#" PartnerClaimType="Verified.Email""#, "", &["security: technical profile `Form`, output claim `email`: is no longer verified: `PartnerClaimType`: `Verified.Email` → nothing"]),
    (r#"<OutputClaimsTransformation ReferenceId="IsEnabled"/>"#, "", &["security: technical profile `Form`: the check output transformation `IsEnabled` no longer runs"]),
    (r#"DataType="boolean" Value="true""#, r#"DataType="boolean" Value="false""#, &["security: claims transformation `IsEnabled`, input parameter `valueToCompareTo`: `Value`: `true` → `false`"]),
    (r#"<ValidationTechnicalProfile ReferenceId="Check"/>"#, "", &["security: technical profile `Form`: validation profile `Check` removed", "security: the validation profile `Check` is no longer reached by any journey that answers apps"]),
    (r#"<ValidationTechnicalProfile ReferenceId="Check"/>"#, r#"<ValidationTechnicalProfile ReferenceId="Check" ContinueOnError="true"/>"#, &["security: technical profile `Form`, validation profile `Check`: may fail now: `ContinueOnError`: `false` → `true`"]),
    (r#"<ValidationTechnicalProfile ReferenceId="Check"/>"#, r#"<ValidationTechnicalProfile ReferenceId="Check"><Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="true"><Value>email</Value><Action>SkipThisValidationTechnicalProfile</Action></Precondition></Preconditions></ValidationTechnicalProfile>"#, &["security: technical profile `Form`, validation profile `Check`: became skippable: skipped if `email` is there"]),
    (r#"<ValidationTechnicalProfile ReferenceId="Check"/><ValidationTechnicalProfile ReferenceId="Read"/>"#, r#"<ValidationTechnicalProfile ReferenceId="Read"/><ValidationTechnicalProfile ReferenceId="Check"/>"#, &["behaviour: technical profile `Form`, validation profile `Read`: moved among the others"]),
    (r#"<IncludeInSso>false"#, r#"<IncludeInSso>true"#, &["security: technical profile `Form`, `IncludeInSso`: `false` → `true`"]),
    (r#"<UseTechnicalProfileForSessionManagement ReferenceId="SM"/></TechnicalProfile>
<TechnicalProfile Id="Check">"#, r#"</TechnicalProfile>
<TechnicalProfile Id="Check">"#, &["security: technical profile `Form`, `UseTechnicalProfileForSessionManagement`: `ReferenceId`: `SM` → nothing"]),
    (r#"<LoadUri>~/page.html"#, r#"<LoadUri>https://cdn.example/page.html"#, &["security: content definition `api.page`, `LoadUri`: `~/page.html` → `https://cdn.example/page.html`"]),
    (r#"selfasserted:2.1.7"#, r#"selfasserted:2.1.30"#, &["behaviour: content definition `api.page`, `DataUri`: `urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.7` → `urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.30`"]),
    (r#"<Item Key="DisplayName">Page"#, r#"<Item Key="DisplayName">A page"#, &["text: content definition `api.page`, metadata `DisplayName`: `Page` → `A page`"]),
    (r#">Go on<"#, r#">Continue<"#, &["text: localized resources `page.en`, text `UxElement button_continue`: `Go on` → `Continue`"]),
    (r#"<DisplayName>Email</DisplayName>"#, r#"<DisplayName>E-mail</DisplayName>"#, &["text: claim type `email`, `DisplayName`: `Email` → `E-mail`"]),
    (r#"<SupportedLanguage>en</SupportedLanguage>"#, r#"<SupportedLanguage>en</SupportedLanguage><SupportedLanguage>es</SupportedLanguage>"#, &["text: language `es` added"]),
    (r#"<Domain>social.example</Domain>"#, r#"<Domain>other.example</Domain>"#, &["behaviour: technical profile `Social`, `Domain` of its claims provider: `social.example` → `other.example`"]),
    (r#"<PersistedClaim ClaimTypeReferenceId="objectId"/>"#, r#"<PersistedClaim ClaimTypeReferenceId="objectId"/><PersistedClaim ClaimTypeReferenceId="email"/>"#, &["behaviour: technical profile `Read`: persisted claim `email` added"]),
    (r#"<InputClaim ClaimTypeReferenceId="objectId" Required="true"/>"#, r#"<InputClaim ClaimTypeReferenceId="objectId"/>"#, &["behaviour: technical profile `Read`, input claim `objectId`: `Required`: `true` → `false`"]),
    (r#"<ClaimType Id="enabled">"#, r#"<ClaimType Id="other"><DataType>int</DataType></ClaimType><ClaimType Id="enabled">"#, &["behaviour: claim type `other` added"]),
    (r#"TenantId="t.example" PolicyId"#, r#"TenantId="t.example" DeploymentMode="Development" PolicyId"#, &["security: `DeploymentMode`: `Production` → `Development`"]),
    (r#"<SubjectNamingInfo ClaimType="sub"/>"#, r#"<SubjectNamingInfo ClaimType="email"/>"#, &["security: relying party, `SubjectNamingInfo`: `ClaimType`: `sub` → `email`"]),
];

/// Where something stands, and how it is spelled.
#[test]
fn what_says_the_same_is_no_difference() {
    let before = [policy("P", None, &whole())];
    let text = &before[0].text;
    for (from, to) in [
        // Names of files, white space, comments.
        ("", ""),
        ("<OrchestrationSteps>", "<!-- steps -->\n<OrchestrationSteps>\n "),
        (">Go on<", ">\n Go on <"),
        // The case of ids.
        (r#"ReferenceId="Form"/"#, r#"ReferenceId="FORM"/"#),
        (r#"<ClaimType Id="objectId""#, r#"<ClaimType Id="objectid""#),
        (r#"TransformationMethod="Assert"#, r#"TransformationMethod="assert"#),
        ("<Value>name</Value>", "<Value>Name</Value>"),
        (">api.page<", ">API.page<"),
        // What is so anyway.
        (
            r#"<OutputClaim ClaimTypeReferenceId="password"/>"#,
            r#"<OutputClaim ClaimTypeReferenceId="password" Required="false"/>"#,
        ),
        (r#"ExecuteActionsIf="true""#, r#"ExecuteActionsIf="True""#),
        (r#"PolicyId="P""#, r#"DeploymentMode="Production" PolicyId="P""#),
        ("<OutputTokenFormat>", "<IncludeInSso>true</IncludeInSso><OutputTokenFormat>"),
        ("AzureActiveDirectoryProvider, Web.TPEngine", "AzureActiveDirectoryProvider, Web.TPEngine, Version=1.0.0.0"),
        // Order that does not matter.
        (
            r#"<Item Key="client_id">1</Item><Item Key="HttpBinding">POST</Item>"#,
            r#"<Item Key="HttpBinding">POST</Item><Item Key="client_id">1</Item>"#,
        ),
        (
            r#"<OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub"/><OutputClaim ClaimTypeReferenceId="email"/>"#,
            r#"<OutputClaim ClaimTypeReferenceId="email"/><OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub"/>"#,
        ),
        // The numbers of steps, as long as they rise.
        (r#"Order="5""#, r#"Order="7""#),
        // Which provider's list a profile is in.
        (
            r#"</TechnicalProfiles></ClaimsProvider>
</ClaimsProviders>"#,
            r#"</TechnicalProfiles></ClaimsProvider><ClaimsProvider><DisplayName>Nobody</DisplayName><TechnicalProfiles/></ClaimsProvider>
</ClaimsProviders>"#,
        ),
    ] {
        let after = [SourceFile::new("renamed.xml", text.replace(from, to))];
        assert_eq!(told(&compare(&before, &after)), [""; 0], "{from} became {to}");
    }
}

#[test]
fn elements_may_move_between_base_and_extension() {
    let before = [policy("P", None, &whole())];
    let rest = [BLOCKS, PROVIDERS, JOURNEYS].concat();
    let metadata = r#"<Item Key="ServiceUrl">https://api.example/check</Item>"#;
    assert!(rest.contains(metadata));
    let extension = format!(
        r#"<ClaimsProviders><ClaimsProvider><DisplayName>Own</DisplayName><TechnicalProfiles><TechnicalProfile Id="check"><Metadata>{metadata}</Metadata></TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>"#
    );
    let chains: [&[(&str, Option<&str>, String)]; 3] = [
        &[("P", None, whole())],
        &[("Base", None, rest.clone()), ("P", Some("Base"), PARTY.to_owned())],
        &[
            ("Base", None, rest.replace(metadata, "")),
            ("Extensions", Some("Base"), extension),
            ("P", Some("Extensions"), PARTY.to_owned()),
        ],
    ];
    for chain in chains {
        let after: Vec<_> = chain.iter().map(|(id, base, content)| policy(id, *base, content)).collect();
        let loaded = load(&after, &[]);
        assert_eq!(loaded.errors().count(), 0, "{}", findings(&loaded.diagnostics, &after));
        assert_eq!(told(&compare(&before, &after)), [""; 0], "{} files", after.len());
        assert_eq!(told(&compare(&after, &before)), [""; 0], "{} files", after.len());
    }
}

#[test]
fn a_policy_that_comes_or_goes_is_told() {
    let (one, other) = (policy("P", None, &whole()), policy("Q", None, &whole()));
    let both = [one.clone(), other];
    assert_eq!(told(&compare(&both, std::slice::from_ref(&one))), ["security: policy `Q` removed"]);
    assert_eq!(told(&compare(&[one], &both)), ["security: policy `Q` added"]);
}

#[test]
fn what_several_policies_inherit_is_told_once() {
    let set = |base: &str| {
        vec![policy("Base", None, base), policy("P", Some("Base"), PARTY), policy("Q", Some("Base"), PARTY)]
    };
    let rest = [BLOCKS, PROVIDERS, JOURNEYS].concat();
    let found = compare(&set(&rest), &set(&rest.replace(">Go on<", ">Continue<")));
    let [only] = &found[..] else { panic!("{found:#?}") };
    assert_eq!(only.policies, ["P".into(), "Q".into()]);
    assert_eq!([&only.before, &only.after].map(|it| it.as_ref().map(|it| &*it.file)), [Some("Base.xml"); 2]);
}

#[test]
fn nothing_differs_from_itself() {
    for (name, loaded, _) in all_sets() {
        assert_eq!(told(&diff::sets(loaded, &loaded.clone())), [""; 0], "{name}");
    }
}

/// What is added from here to there is removed from there to here.
#[test]
fn there_and_back_are_as_many() {
    let sets = all_sets();
    let mut seen = 0;
    for ((name, one, _), (_, other, _)) in sets.iter().zip(&sets[1..]) {
        let (there, back) = (diff::sets(one, other), diff::sets(other, one));
        // What is no longer reached is a conclusion, and drawn in one direction.
        let count = |all: &[Difference]| all.iter().filter(|it| !it.says.contains("is no longer reached")).count();
        assert_eq!(count(&there), count(&back), "{name}");
        seen += there.len();
    }
    assert!(sets.len() == 1 || seen > 100, "the sets of the corpus differ");
}

/// Each value and each element of a policy, changed or gone, is told.
#[test]
fn nothing_that_differs_is_silent() {
    let before = [policy("P", None, &whole())];
    let text = &before[0].text;
    let document = roxmltree::Document::parse(text).unwrap();
    let mut edits: Vec<(std::ops::Range<usize>, &str)> = Vec::new();
    for node in document.root_element().descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        // A number has no meaning but its order, a handler none behind its comma; both actions mean the same.
        let values =
            node.attributes().filter(|it| !["Order", "Handler"].contains(&it.name())).map(|it| it.range_value());
        edits.extend(values.map(|range| (range.end..range.end, "7")));
        if name == "Action" {
            continue;
        }
        let own = node.children().find(|it| it.is_text() && !it.text().unwrap_or("").trim().is_empty());
        edits.extend(own.map(|own| (own.range().end..own.range().end, "7")));
        // What it says is so without it, or it lists nothing.
        if !["TrustFrameworkPolicy", "ScriptExecution"].contains(&name) {
            edits.push((node.range(), ""));
        }
    }
    assert!(edits.len() > 300, "{}", edits.len());
    let one = load(&before, &[]);
    for (range, with) in edits {
        let mut changed = text.clone();
        let was = changed[range.clone()].to_owned();
        changed.replace_range(range.clone(), with);
        let found = diff::sets(&one, &load(&[SourceFile::new("P.xml", changed)], &[]));
        let around = &text[range.start.saturating_sub(60)..range.start];
        assert!(!found.is_empty(), "{around}: {was:?} became {with:?}");
    }
}
