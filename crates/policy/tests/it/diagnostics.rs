//! What authors are told, code by code.

use zaguan_policy::{
    Settings, SourceFile, codes,
    diagnostic::line_and_column,
    id::{ClaimTypeId, PolicyId},
    load, load_with_settings,
};

use crate::support::{check, policy, told};

/// A policy that holds, with these `UserJourneyBehaviors`.
fn relying_party(behaviors: &str) -> String {
    format!(
        r#"<ClaimsProviders><ClaimsProvider><TechnicalProfiles>
<TechnicalProfile Id="Issuer"><Protocol Name="None"/><OutputTokenFormat>JWT</OutputTokenFormat><CryptographicKeys><Key Id="issuer_secret" StorageReferenceId="K"/></CryptographicKeys><UseTechnicalProfileForSessionManagement ReferenceId="Apps"/></TechnicalProfile><TechnicalProfile Id="Apps"><Protocol Name="Proprietary" Handler="Web.TPEngine.SSO.OAuthSSOSessionProvider"/></TechnicalProfile>
<TechnicalProfile Id="Page"><Protocol Name="None"/><Metadata/></TechnicalProfile>
</TechnicalProfiles></ClaimsProvider></ClaimsProviders>
<UserJourneys><UserJourney Id="J"><OrchestrationSteps>
<OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="E" TechnicalProfileReferenceId="Page"/></ClaimsExchanges></OrchestrationStep>
<OrchestrationStep Order="2" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="Issuer"/>
</OrchestrationSteps></UserJourney></UserJourneys>
<RelyingParty><DefaultUserJourney ReferenceId="J"/><UserJourneyBehaviors>
{behaviors}
</UserJourneyBehaviors>
<TechnicalProfile Id="PolicyProfile"><Protocol Name="OpenIdConnect"/></TechnicalProfile></RelyingParty>"#
    )
}

/// As [`relying_party`], and its page offers to keep the person signed in.
fn with_a_checkbox(behaviors: &str) -> String {
    relying_party(behaviors)
        .replace("<Metadata/>", r#"<Metadata><Item Key="setting.enableRememberMe">True</Item></Metadata>"#)
}

#[test]
fn a_policy_that_holds_is_not_talked_about() {
    assert_eq!(check(&with_a_checkbox(r#"<SingleSignOn Scope="Tenant" KeepAliveInDays="30"/>"#)), "");
}

#[test]
fn bytes_that_are_no_text() {
    let error = SourceFile::from_bytes("f.xml", vec![b'<', 0xff]).unwrap_err();
    assert_eq!((error.code.to_string().as_str(), error.places[0].place.span.start), ("Z0004", 1));
}

#[test]
fn eleven_levels_are_one_too_many() {
    let mut files = vec![policy("L0", None, "")];
    files.extend((1..11).map(|at| policy(&format!("L{at}"), Some(&format!("L{}", at - 1)), "")));
    let loaded = load(&files, &[]);
    assert_eq!(loaded.set.ids().count(), 10);
    let told: Vec<_> = loaded.errors().map(|finding| format!("{}: {}", finding.code, finding.message)).collect();
    assert_eq!(told, ["Z0403: policy `L10` has more than 10 levels"]);
}

#[test]
fn references_that_lead_nowhere() {
    let told = check(
        r#"<BuildingBlocks>
<ClaimsSchema><ClaimType Id="email"><DataType>string</DataType><PredicateValidationReference Id="Strong"/></ClaimType></ClaimsSchema>
<Predicates><Predicate Id="Length" Method="IsLengthRange"><Parameters><Parameter Id="Minimum">1</Parameter><Parameter Id="Maximum">2</Parameter></Parameters></Predicate></Predicates>
<PredicateValidations><PredicateValidation Id="Weak"><PredicateGroups><PredicateGroup Id="G"><PredicateReferences MatchAtLeast="1"><PredicateReference Id="Lenght"/></PredicateReferences></PredicateGroup></PredicateGroups></PredicateValidation></PredicateValidations>
<ContentDefinitions><ContentDefinition Id="api.one"><LocalizedResourcesReferences><LocalizedResourcesReference Language="en" LocalizedResourcesReferenceId="none"/></LocalizedResourcesReferences></ContentDefinition></ContentDefinitions>
</BuildingBlocks>
<ClaimsProviders><ClaimsProvider><TechnicalProfiles>
<TechnicalProfile Id="SM-OAuth-issuer"><Protocol Name="None"/></TechnicalProfile>
<TechnicalProfile Id="P"><Protocol Name="None"/>
<Metadata><Item Key="ContentDefinitionReferenceId">api.two</Item></Metadata>
<InputClaimsTransformations><InputClaimsTransformation ReferenceId="Nothing"/></InputClaimsTransformations>
<DisplayClaims><DisplayClaim DisplayControlReferenceId="control"/></DisplayClaims>
<OutputClaims><OutputClaim ClaimTypeReferenceId="emial"/></OutputClaims>
<UseTechnicalProfileForSessionManagement ReferenceId="SM-OAuth-isuer"/></TechnicalProfile>
</TechnicalProfiles></ClaimsProvider></ClaimsProviders>
<RelyingParty><DefaultUserJourney ReferenceId="SignIn"/><Endpoints><Endpoint Id="Logout" UserJourneyReferenceId="SignIn"/></Endpoints>
<TechnicalProfile Id="PolicyProfile"><Protocol Name="OpenIdConnect"/><OutputClaims><OutputClaim ClaimTypeReferenceId="email"/></OutputClaims><SubjectNamingInfo ClaimType="sub"/></TechnicalProfile></RelyingParty>"#,
    );
    insta::assert_snapshot!(told, @r##"
    Error Z0104: predicate validation `Strong` does not exist
      P.xml:4:98 "Strong" referenced here
    Error Z0103: predicate `Lenght` does not exist
      P.xml:6:156 "Lenght" referenced here
      P.xml:5:28 "Length" `Length` is declared here
      help: did you mean `Length`?
    Warning Z0106: set of localized resources `none` does not exist
      P.xml:7:157 "none" referenced here
    Warning Z0105: content definition `api.two` does not exist
      P.xml:12:52 "api.two" referenced here
    Error Z0102: claims transformation `Nothing` does not exist
      P.xml:13:69 "Nothing" referenced here
    Error Z0111: display control `control` does not exist
      P.xml:14:57 "control" referenced here
    Error Z0101: claim type `emial` does not exist
      P.xml:15:50 "emial" referenced here
      P.xml:4:30 "email" `email` is declared here
      help: did you mean `email`?
    Error Z0107: technical profile `SM-OAuth-isuer` does not exist
      P.xml:16:55 "SM-OAuth-isuer" referenced here
      P.xml:10:23 "SM-OAuth-issuer" `SM-OAuth-issuer` is declared here
      help: did you mean `SM-OAuth-issuer`?
    Error Z0108: user journey `SignIn` does not exist
      P.xml:18:48 "SignIn" referenced here
    Warning Z0115: there is no endpoint `Logout`
      P.xml:18:82 "Logout" ignored
      help: it is `Token` or `UserInfo`
    Error Z0108: user journey `SignIn` does not exist
      P.xml:18:114 "SignIn" referenced here
    Warning Z0113: none of the token's claims is called `sub`
      P.xml:19:172 "sub" here
      help: give one of the output claims PartnerClaimType="sub"
    "##);
}

#[test]
fn steps_that_cannot_run() {
    let told = check(
        r#"<BuildingBlocks><ClaimsSchema><ClaimType Id="objectId"><DataType>string</DataType></ClaimType></ClaimsSchema>
<Localization><LocalizedResources Id="r"><LocalizedCollections><LocalizedCollection ElementType="ClaimType" ElementId="colour" TargetCollection="Restriction"><Item Text="a" Value="b"/></LocalizedCollection></LocalizedCollections></LocalizedResources></Localization></BuildingBlocks>
<ClaimsProviders><ClaimsProvider><TechnicalProfiles><TechnicalProfile Id="P"><Protocol Name="None"/></TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>
<UserJourneys><UserJourney Id="J"><OrchestrationSteps>
<OrchestrationStep Order="1" Type="ClaimsProviderSelection"><ClaimsProviderSelections>
<ClaimsProviderSelection TargetClaimsExchangeId="SignUpExchnage"/>
<ClaimsProviderSelection ValidationClaimsExchangeId="SignUpExchange"/>
<ClaimsProviderSelection/>
</ClaimsProviderSelections></OrchestrationStep>
<OrchestrationStep Order="2" Type="ClaimsExchange"><Preconditions>
<Precondition Type="ClaimsExist" ExecuteActionsIf="true"><Value>objectID</Value><Value>more</Value><Action>SkipThisOrchestrationStep</Action></Precondition>
<Precondition Type="ClaimsExist" ExecuteActionsIf="perhaps"><Value>objctId</Value><Action>SkipThisOrchestrationStep</Action></Precondition>
</Preconditions><ClaimsExchanges><ClaimsExchange Id="SignUpExchange" TechnicalProfileReferenceId="P"/></ClaimsExchanges></OrchestrationStep>
<OrchestrationStep Order="3" Type="ClaimsExchange"/>
<OrchestrationStep Order="4" Type="ReviewScreen"/>
<OrchestrationStep Order="5" Type="InvokeSubJourney"/>
<OrchestrationStep Order="6" Type="InvokeSubJourny"/>
<OrchestrationStep Order="7" Type="SendClaims"/>
<OrchestrationStep Order="seven" Type="Noop"/>
</OrchestrationSteps></UserJourney></UserJourneys>
<SubJourneys><SubJourney Id="A" Type="Call"><OrchestrationSteps><OrchestrationStep Order="1" Type="InvokeSubJourney"><JourneyList><Candidate SubJourneyReferenceId="B"/></JourneyList></OrchestrationStep></OrchestrationSteps></SubJourney>
<SubJourney Id="B" Type="Call"><OrchestrationSteps><OrchestrationStep Order="1" Type="InvokeSubJourney"><JourneyList><Candidate SubJourneyReferenceId="A"/></JourneyList></OrchestrationStep>
<OrchestrationStep Order="2" Type="InvokeSubJourney"><JourneyList><Candidate SubJourneyReferenceId="C"/></JourneyList></OrchestrationStep></OrchestrationSteps></SubJourney></SubJourneys>"#,
    );
    insta::assert_snapshot!(told, @r##"
    Warning Z0114: the localized collection of `colour` belongs to no claim type
      P.xml:4:120 "colour" referenced here
    Warning Z0119: a step of type `ClaimsProviderSelection` does not say which page it shows
      P.xml:7:1 "<OrchestrationStep Order=\"1\" Type=\"ClaimsProviderSelection\">" here
      help: name its content definition in `ContentDefinitionReferenceId`
    Error Z0110: claims exchange `SignUpExchnage` does not exist in a following step
      P.xml:8:50 "SignUpExchnage" referenced here
      help: did you mean `SignUpExchange`?
    Error Z0110: claims exchange `SignUpExchange` does not exist in this step
      P.xml:9:54 "SignUpExchange" referenced here
    Error Z0307: a selection names one exchange, no more and no less
      P.xml:10:1 "<ClaimsProviderSelection/>" here
      help: give it either `TargetClaimsExchangeId` or `ValidationClaimsExchangeId`
    Error Z0308: a precondition of type `ClaimsExist` has 1 `Value`, not 2
      P.xml:13:1 "<Precondition Type=\"ClaimsExist\" ExecuteActionsIf=\"true\">" here
    Error Z0202: `perhaps` is no value of `ExecuteActionsIf`
      P.xml:14:52 "perhaps" here
      help: write `true` or `false`
    Warning Z0112: claim type `objctId` does not exist, so it is never there
      P.xml:14:68 "objctId" referenced here
      P.xml:3:46 "objectId" `objectId` is declared here
      help: did you mean `objectId`?
    Warning Z0309: a step of type `ClaimsExchange` has no `ClaimsExchange`; it does nothing
      P.xml:16:1 "<OrchestrationStep Order=\"3\" Type=\"ClaimsExchange\"/>" here
    Warning Z0309: no document says what a step of type `ReviewScreen` does; it does nothing
      P.xml:17:36 "ReviewScreen" here
    Error Z0306: a step of type `InvokeSubJourney` names no sub-journey
      P.xml:18:1 "<OrchestrationStep Order=\"5\" Type=\"InvokeSubJourney\"/>" here
    Error Z0201: `InvokeSubJourny` is no value of `Type`
      P.xml:19:36 "InvokeSubJourny" here
      help: did you mean `InvokeSubJourney`?
    Warning Z0116: a step of type `SendClaims` does not say who issues the token
      P.xml:20:1 "<OrchestrationStep Order=\"7\" Type=\"SendClaims\"/>" here
      help: name the token issuer in `CpimIssuerTechnicalProfileReferenceId`
    Error Z0202: `seven` is no whole number, as `Order` must be
      P.xml:21:27 "seven" here
    Error Z0406: sub-journey `B` calls itself
      P.xml:23:65 "<OrchestrationStep Order=\"1\" Type=\"InvokeSubJourney\">" called here
    Error Z0406: sub-journey `A` calls itself
      P.xml:24:52 "<OrchestrationStep Order=\"1\" Type=\"InvokeSubJourney\">" called here
    Error Z0109: sub-journey `C` does not exist
      P.xml:25:101 "C" referenced here
    "##);
}

#[test]
fn values_that_mean_nothing() {
    let told = check(
        r#"<BuildingBlocks><ClaimsSchema>
<ClaimType Id="a"><DataType>String</DataType><UserInputType>Slider</UserInputType><Restriction MergeBehavior="Sometimes"><Pattern RegularExpression="^[a"/></Restriction></ClaimType>
<ClaimType Id="b"><DisplayName>no type</DisplayName></ClaimType>
<ClaimType Id="c"><DataType>string</DataType><Mask Type="Regex">*</Mask></ClaimType>
</ClaimsSchema>
<Predicates><Predicate Id="A" Method="IsLengthRange"><Parameters><Parameter Id="Minimum">few</Parameter></Parameters></Predicate>
<Predicate Id="B" Method="IsDateRange"><Parameters><Parameter Id="Minimum">yesterday</Parameter></Parameters></Predicate>
<Predicate Id="C" Method="IsLucky"/></Predicates>
<ContentDefinitions><ContentDefinition Id="api"><DataUri>urn:com:microsoft:aad:b2c:elements:unifiedssp</DataUri></ContentDefinition></ContentDefinitions>
</BuildingBlocks>
<ClaimsProviders><ClaimsProvider><TechnicalProfiles>
<TechnicalProfile Id="P"><Protocol Name="Saml2"/><OutputTokenFormat>jwt</OutputTokenFormat>
<Metadata><Item Key="client_id">{Settings:ClientId}</Item><Item Key=" scope ">a</Item><Item Key="Scope">b</Item></Metadata>
<InputClaims><InputClaim ClaimTypeReferenceId="a" Required="yes" DefaultValue="x {settings:One} {Settings:Two"/></InputClaims><DisplayClaims><DisplayClaim/></DisplayClaims></TechnicalProfile>
<TechnicalProfile Id="Q"><DisplayName>no protocol</DisplayName></TechnicalProfile>
</TechnicalProfiles></ClaimsProvider></ClaimsProviders>"#,
    );
    insta::assert_snapshot!(told, @r##"
    Error Z0201: `String` is no value of `DataType`
      P.xml:4:29 "String" here
      help: did you mean `string`?
    Error Z0201: `Slider` is no value of `UserInputType`
      P.xml:4:61 "Slider" here
      help: it is one of TextBox, EmailBox, DateTimeDropdown, RadioSingleSelect, DropdownSingleSelect, CheckboxMultiSelect, Password, Readonly, Button, Paragraph
    Error Z0201: `Sometimes` is no value of `MergeBehavior`
      P.xml:4:111 "Sometimes" here
      help: it is one of Append, Prepend, ReplaceAll
    Error Z0205: the regular expression `^[a` cannot be used (character 4): `]` is missing
      P.xml:4:150 "^[a" here
    Error Z0306: claim type `b` has no `DataType`
      P.xml:5:16 "b" declared here
      help: say what it holds, or check the spelling of its id if a base policy declares it
    Error Z0303: a `Mask` of type `Regex` has no `Regex`
      P.xml:6:46 "<Mask Type=\"Regex\">" here
    Error Z0202: `few` is no whole number, as `Minimum` must be
      P.xml:8:90 "few" here
    Error Z0208: `yesterday` is no day
      P.xml:9:76 "yesterday" here
      help: write it as `2024-12-31`, or write `Today`
    Error Z0201: `IsLucky` is no value of `Method`
      P.xml:10:27 "IsLucky" here
      help: it is one of IsLengthRange, MatchesRegex, IncludesCharacters, IsDateRange
    Warning Z0206: `urn:com:microsoft:aad:b2c:elements:unifiedssp` names no page contract
      P.xml:11:58 "urn:com:microsoft:aad:b2c:elements:unifiedssp" ignored
      help: it looks like `urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.7`
    Error Z0201: `Saml2` is no value of `Name`
      P.xml:14:42 "Saml2" here
      help: did you mean `SAML2`?
    Error Z0201: `jwt` is no value of `OutputTokenFormat`
      P.xml:14:69 "jwt" here
      help: did you mean `JWT`?
    Error Z0204: the placeholder `{Settings:ClientId}` was not replaced
      P.xml:15:33 "{Settings:ClientId}" here
      help: replace it with a value, or build the files with the tool that they were written for
    Warning Z0207: the metadata key `scope` has white space around it; it is read without
      P.xml:15:70 " scope " here
    Warning Z0305: the metadata key `Scope` is given twice
      P.xml:15:98 "Scope" this one counts
      P.xml:15:59 "<Item Key=\" scope \">" this one does not
    Error Z0202: `yes` is no value of `Required`
      P.xml:16:61 "yes" here
      help: write `true` or `false`
    Error Z0204: the placeholder `{Settings:Two` was not replaced
      P.xml:16:80 "x {settings:One} {Settings:Two" here
      help: replace it with a value, or build the files with the tool that they were written for
    Error Z0204: the placeholder `{settings:One}` was not replaced
      P.xml:16:80 "x {settings:One} {Settings:Two" here
      help: replace it with a value, or build the files with the tool that they were written for
    Error Z0303: `DisplayClaim` has neither `ClaimTypeReferenceId` nor `DisplayControlReferenceId`
      P.xml:16:142 "<DisplayClaim/>" here
    Error Z0306: technical profile `Q` has no `Protocol`
      P.xml:17:1 "<TechnicalProfile Id=\"Q\">" declared here
      help: say what it speaks, or check the spelling of its id if a base policy declares it
    "##);
}

#[test]
fn shapes_that_the_schema_refuses() {
    let told = check(
        r#"<BuildingBlocks><ClaimsTransformations><ClaimsTransformation Id="T"/></ClaimsTransformations>
<ClaimsSchema><ClaimType Id="a"><DataType>string</DataType></ClaimType><ClaimType Id="A"><DataType>string</DataType></ClaimType></ClaimsSchema></BuildingBlocks>
<UserJourneys/>
<ClaimsProviders><ClaimsProvider><TechnicalProfiles>
<TechnicalProfile Id="P"><Protocol Name="None"/><OutputClaim ClaimTypeReferenceId="a"/><MetaData/></TechnicalProfile></TechnicalProfiles></ClaimsProvider>
<ClaimsProvider><TechnicalProfiles><TechnicalProfile Id="p"><Protocol Name="None"/></TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>
<RelyingParty/>"#,
    );
    insta::assert_snapshot!(told, @r##"
    Error Z0303: `ClaimsTransformation` has no `TransformationMethod`
      P.xml:3:40 "<ClaimsTransformation Id=\"T\"/>" here
    Error Z0301: `ClaimsSchema` must stand before `ClaimsTransformations`
      P.xml:4:1 "<ClaimsSchema>" too late
      P.xml:3:17 "<ClaimsTransformations>" `ClaimsTransformations` stands here
      help: the order is ClaimsSchema, Predicates, InputValidations, PredicateValidations, ClaimsTransformations, ClientDefinitions, ContentDefinitions, Localization, DisplayControls
    Error Z0304: `ClaimType` `A` is declared twice
      P.xml:4:87 "A" again
      P.xml:4:15 "<ClaimType Id=\"a\">" first declared here
    Error Z0301: `ClaimsProviders` must stand before `UserJourneys`
      P.xml:6:1 "<ClaimsProviders>" too late
      P.xml:5:1 "<UserJourneys/>" `UserJourneys` stands here
      help: the order is BasePolicy, PolicyConstraints, Contacts, DocumentReferences, BuildingBlocks, ClaimsProviders, UserJourneys, SubJourneys, RelyingParty
    Warning Z0302: `OutputClaim` is no element of `TechnicalProfile`
      P.xml:7:49 "<OutputClaim ClaimTypeReferenceId=\"a\"/>" ignored
      help: did you mean `OutputClaims`?
    Warning Z0302: `MetaData` is no element of `TechnicalProfile`
      P.xml:7:88 "<MetaData/>" ignored
      help: did you mean `Metadata`?
    Error Z0304: `TechnicalProfile` `p` is declared twice
      P.xml:8:58 "p" again
      P.xml:7:1 "<TechnicalProfile Id=\"P\">" first declared here
    Error Z0306: `RelyingParty` has no `DefaultUserJourney`
      P.xml:9:1 "<RelyingParty/>" here
    Error Z0306: `RelyingParty` has no `TechnicalProfile`
      P.xml:9:1 "<RelyingParty/>" here
    "##);
}

#[test]
fn s_111_s_112_behaviors_out_of_order_or_without_scope() {
    let told =
        check(&with_a_checkbox(r#"<SessionExpiryType>Rolling</SessionExpiryType><SingleSignOn KeepAliveInDays="1"/>"#));
    insta::assert_snapshot!(told, @r##"
    Error Z0301: `SingleSignOn` must stand before `SessionExpiryType`
      P.xml:12:47 "<SingleSignOn KeepAliveInDays=\"1\"/>" too late
      P.xml:12:1 "<SessionExpiryType>" `SessionExpiryType` stands here
      help: the order is SingleSignOn, SessionExpiryType, SessionExpiryInSeconds, AzureApplicationInsights, JourneyInsights, ContentDefinitionParameters, JourneyFraming, ScriptExecution, OnError
    Error Z0303: `SingleSignOn` has no `Scope`
      P.xml:12:47 "<SingleSignOn KeepAliveInDays=\"1\"/>" here
    "##);
}

#[test]
fn d11_settings_out_of_range() {
    let told = check(&with_a_checkbox(
        r#"<SingleSignOn Scope="Tenant" KeepAliveInDays="91"/><SessionExpiryInSeconds>300</SessionExpiryInSeconds>"#,
    ));
    insta::assert_snapshot!(told, @r##"
    Warning Z0203: nobody can be kept signed in for 91 days; 90 is used
      P.xml:12:47 "91" here
      help: `KeepAliveInDays` is 0 (off) to 90
    Warning Z0203: a session cannot last 300 seconds; 900 is used
      P.xml:12:76 "300" here
      help: `SessionExpiryInSeconds` is 900 to 86400
    "##);
}

#[test]
fn settings_that_cannot_be_read() {
    let told = check(&relying_party(
        r#"<SingleSignOn Scope="Everyone" KeepAliveInDays="a week"/><SessionExpiryType>Never</SessionExpiryType><SessionExpiryInSeconds>1h</SessionExpiryInSeconds><ScriptExecution>allow</ScriptExecution>"#,
    ));
    insta::assert_snapshot!(told, @r##"
    Error Z0201: `Everyone` is no value of `Scope`
      P.xml:12:22 "Everyone" here
      help: it is one of Suppressed, TrustFramework, Tenant, Application, Policy
    Error Z0202: `a week` is no whole number, as `KeepAliveInDays` must be
      P.xml:12:49 "a week" here
    Error Z0201: `Never` is no value of `SessionExpiryType`
      P.xml:12:77 "Never" here
      help: it is one of Rolling, Absolute
    Error Z0202: `1h` is no whole number, as `SessionExpiryInSeconds` must be
      P.xml:12:126 "1h" here
    Error Z0201: `allow` is no value of `ScriptExecution`
      P.xml:12:170 "allow" here
      help: did you mean `Allow`?
    "##);
}

#[test]
fn d13_a_checkbox_without_days() {
    let told = check(&with_a_checkbox(r#"<SingleSignOn Scope="Tenant" KeepAliveInDays="0"/>"#));
    insta::assert_snapshot!(told, @r##"
    Warning Z0501: `Page` offers to keep the person signed in, but no `KeepAliveInDays` is set
      P.xml:11:1 "<RelyingParty>" this relying party
      P.xml:5:1 "<TechnicalProfile Id=\"Page\">" offered here
      help: set `KeepAliveInDays` of `SingleSignOn`; until then the checkbox is hidden
    "##);
}

#[test]
fn a_relying_party_without_a_journey() {
    let told = check("<RelyingParty/>");
    insta::assert_snapshot!(told, @r##"
    Error Z0306: `RelyingParty` has no `DefaultUserJourney`
      P.xml:3:1 "<RelyingParty/>" here
    Error Z0306: `RelyingParty` has no `TechnicalProfile`
      P.xml:3:1 "<RelyingParty/>" here
    "##);
}

#[test]
fn bases_that_cannot_be_built_on() {
    let told = {
        let files = [
            policy("B2C_1A_Extensions", Some("B2C_1A_TrustFrameworkBsae"), ""),
            policy("B2C_1A_TrustFrameworkBase", None, ""),
            policy("B2C_1A_Loop1", Some("B2C_1A_Loop2"), ""),
            policy("B2C_1A_Loop2", Some("B2C_1A_Loop1"), ""),
            policy("b2c_1a_trustframeworkbase", None, ""),
        ];
        told(&load(&files, &[]).diagnostics, &files)
    };
    insta::assert_snapshot!(told, @r##"
    Error Z0401: base policy `B2C_1A_TrustFrameworkBsae` is not among the files
      B2C_1A_Extensions.xml:2:53 "B2C_1A_TrustFrameworkBsae" built on here
      help: did you mean `B2C_1A_TrustFrameworkBase`?
    Error Z0402: policy `B2C_1A_Loop2` builds on itself
      B2C_1A_Loop1.xml:2:53 "B2C_1A_Loop2" built on here
    Error Z0402: policy `B2C_1A_Loop1` builds on itself
      B2C_1A_Loop2.xml:2:53 "B2C_1A_Loop1" built on here
    Error Z0404: policy `b2c_1a_trustframeworkbase` is declared by two files
      b2c_1a_trustframeworkbase.xml:1:149 "b2c_1a_trustframeworkbase" again
      B2C_1A_TrustFrameworkBase.xml:1:1 "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" PolicySchemaVersion=\"0.3.0.0\" TenantId=\"t.example\" PolicyId=\"B2C_1A_TrustFrameworkBase\" PublicPolicyUri=\"http://t.example/B2C_1A_TrustFrameworkBase\">" first declared here
    "##);
}

#[test]
fn tenants_that_differ() {
    let told = {
        let mut other = policy("B", None, "");
        other.text = other.text.replace("t.example", "u.example");
        let files = [policy("A", None, ""), other];
        let loaded = load(&files, &[]);
        assert_eq!(loaded.set.tenant(), None);
        told(&loaded.diagnostics, &files)
    };
    insta::assert_snapshot!(told, @r##"
    Warning Z0407: the files name two tenants, `t.example` and `u.example`
      B.xml:1:128 "u.example" here
      A.xml:1:128 "t.example" the other tenant
    "##);
}

#[test]
fn profiles_that_include_themselves() {
    let told = check(
        r#"<ClaimsProviders><ClaimsProvider><TechnicalProfiles>
<TechnicalProfile Id="P"><Protocol Name="None"/><IncludeTechnicalProfile ReferenceId="Q"/></TechnicalProfile>
<TechnicalProfile Id="Q"><IncludeTechnicalProfile ReferenceId="p"/></TechnicalProfile>
<TechnicalProfile Id="R"><IncludeTechnicalProfile ReferenceId="Nowhere"/></TechnicalProfile>
</TechnicalProfiles></ClaimsProvider></ClaimsProviders>"#,
    );
    insta::assert_snapshot!(told, @r##"
    Error Z0405: technical profile `p` includes itself
      P.xml:5:64 "p" included here
    Error Z0107: technical profile `Nowhere` does not exist
      P.xml:6:64 "Nowhere" referenced here
    "##);
}

#[test]
fn texts_that_are_no_policy() {
    let told = {
        let texts = [
            "",
            "<a>",
            "<a></b>",
            "<a b='1' b='2'/>",
            "<policy/>",
            "<TrustFrameworkPolicy TenantId='t' PolicyId='p'/>",
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "<a>&x;</a>",
            "<a b='&x;'/>",
            "<?xml version='1.0' encoding='utf-16'?><a/>",
            &format!("<a {}/>", (0..300).map(|at| format!("b{at}='' ")).collect::<String>()),
            &"<a>".repeat(200),
            &" ".repeat(2_000_000),
        ];
        texts
            .iter()
            .map(|text| {
                let file = SourceFile::new("f.xml", *text);
                let loaded = load(std::slice::from_ref(&file), &[]);
                assert_eq!(loaded.errors().count(), 1);
                let finding = &loaded.diagnostics[0];
                format!(
                    "{} at {:?}: {}\n",
                    finding.code,
                    line_and_column(text, finding.places[0].place.span.start),
                    finding.message
                )
            })
            .collect::<String>()
    };
    insta::assert_snapshot!(told, @r##"
    Z0001 at (1, 1): the file has no root element
    Z0001 at (1, 1): the root element `a` is never closed
    Z0001 at (1, 4): the file is not well-formed: expected `</a>`, but `</b>` was found
    Z0001 at (1, 10): attribute `b` is given twice
    Z0003 at (1, 1): the root element is `policy`, not a `TrustFrameworkPolicy`
    Z0003 at (1, 1): the root element is not in the namespace of policies
    Z0002 at (1, 1): the file declares a document type
    Z0002 at (1, 4): the entity `&x;` is not one of XML's own
    Z0002 at (1, 7): the entity `&x;` is not one of XML's own
    Z0004 at (1, 1): the file says that it is encoded in `utf-16`
    Z0002 at (1, 1): an element has more than 256 attributes
    Z0002 at (1, 301): elements are nested more than 100 deep
    Z0002 at (1, 1): the file has 2000000 bytes; a policy has at most 1048576
    "##);
}

/// Every code is told about somewhere in the tests.
#[test]
fn every_code_has_a_test() {
    let tested = [
        include_str!("diagnostics.rs"),
        include_str!("forms.rs"),
        include_str!("inheritance.rs"),
        include_str!("lints.rs"),
        include_str!("seeded/mistakes.txt"),
        include_str!("robustness.rs"),
    ]
    .concat();
    for rule in codes::ALL {
        assert!(tested.contains(&rule.code.to_string()), "{}: {}", rule.code, rule.title);
    }
}

#[test]
fn a_placeholder_is_replaced_where_there_is_a_value_for_it() {
    let file = policy(
        "P",
        None,
        r#"<BuildingBlocks><ClaimsSchema>
<ClaimType Id="a"><DisplayName>{settings:SHOWN}</DisplayName><DataType>{Settings:Type}</DataType></ClaimType>
<ClaimType Id="b"><DisplayName>{Settings:Unknown}</DisplayName><DataType>string</DataType></ClaimType>
</ClaimsSchema></BuildingBlocks>"#,
    );
    let settings = Settings::from_iter([("Shown", "5 < 6 & more"), ("Type", "txet")]);
    let loaded = load_with_settings(std::slice::from_ref(&file), &[], &settings);
    insta::assert_snapshot!(told(&loaded.diagnostics, std::slice::from_ref(&file)), @r##"
    Error Z0201: `txet` is no value of `DataType`
      P.xml:4:72 "{Settings:Type}" here
      help: it is one of boolean, date, dateTime, duration, int, long, string, stringCollection, alternativeSecurityIdCollection, userIdentity, userIdentityCollection, phoneNumber, objectIdentity, objectIdentityCollection
    Error Z0204: the placeholder `{Settings:Unknown}` was not replaced
      P.xml:5:32 "{Settings:Unknown}" here
      help: replace it with a value, or build the files with the tool that they were written for
    "##);
    let settings = Settings::from_iter([("Shown", "5 < 6 & more"), ("Type", "string"), ("Unknown", "")]);
    let loaded = load_with_settings(&[file], &[], &settings);
    assert_eq!(loaded.diagnostics, []);
    let claims = &loaded.set.get(&PolicyId::new("P")).unwrap().claim_types;
    let shown = |id: &str| claims[&ClaimTypeId::new(id)].display_name.as_deref();
    assert_eq!((shown("a"), shown("b")), (Some("5 < 6 & more"), None));
}
