//! What a child policy makes of its parent.

use zaguan_policy::{
    EffectivePolicy, PolicySet,
    dotnet::Regex,
    id::{ClaimTypeId, ContentDefinitionId, JourneyId, PolicyId, ProfileId},
    load,
    model::{Metadata, PreconditionTest, ProtocolName, Restriction, Scope, StepKind, TechnicalProfile},
};

use crate::{
    robustness::CONTENT,
    support::{policy, told},
};

/// Loads a chain of policies, root first; the last one is looked at.
fn chain(contents: &[&str]) -> (PolicySet, PolicyId) {
    let files: Vec<_> = contents
        .iter()
        .enumerate()
        .map(|(at, content)| {
            let base = at.checked_sub(1).map(|base| format!("B2C_1A_{base}"));
            policy(&format!("B2C_1A_{at}"), base.as_deref(), content)
        })
        .collect();
    let loaded = load(&files, &[]);
    assert_eq!(loaded.errors().count(), 0, "{}", told(&loaded.diagnostics, &files));
    (loaded.set, PolicyId::new(&format!("b2c_1a_{}", contents.len() - 1)))
}

fn leaf(contents: &[&str]) -> EffectivePolicy {
    let (set, id) = chain(contents);
    set.get(&id).unwrap().as_ref().clone()
}

const CLAIMS: &str = r#"<BuildingBlocks><ClaimsSchema>
    <ClaimType Id="a"><DisplayName>A</DisplayName><DataType>string</DataType></ClaimType>
    <ClaimType Id="b"><DataType>int</DataType></ClaimType>
    <ClaimType Id="c"><DataType>boolean</DataType></ClaimType>
    </ClaimsSchema></BuildingBlocks>"#;

fn profiles(provider: &str, content: &str) -> String {
    format!(
        "<ClaimsProviders><ClaimsProvider>{provider}<TechnicalProfiles>{content}</TechnicalProfiles>\
         </ClaimsProvider></ClaimsProviders>"
    )
}

fn profile(policy: &EffectivePolicy, id: &str) -> TechnicalProfile {
    policy.profiles[&ProfileId::new(id)].clone()
}

fn metadata(metadata: &Metadata) -> Vec<String> {
    metadata.0.iter().map(|(key, text)| format!("{key}={text}")).collect()
}

/// `a>x` is claim `a` with partner name `x`.
fn outputs(profile: &TechnicalProfile) -> Vec<String> {
    let name = |it: &zaguan_policy::model::ClaimReference| match &it.partner {
        Some(partner) => format!("{}>{partner}", it.claim),
        None => it.claim.to_string(),
    };
    profile.output_claims.iter().map(name).collect()
}

#[test]
fn a_claim_type_is_overridden_field_by_field() {
    let policy = leaf(&[
        r#"<BuildingBlocks><ClaimsSchema><ClaimType Id="Colour"><DisplayName>Colour</DisplayName><DataType>string</DataType>
            <Restriction><Enumeration Text="Red" Value="r"/></Restriction></ClaimType></ClaimsSchema></BuildingBlocks>"#,
        r#"<BuildingBlocks><ClaimsSchema><ClaimType Id="colour"><UserInputType>DropdownSingleSelect</UserInputType>
            <Restriction MergeBehavior="Append"><Enumeration Text="Blue" Value="b"/></Restriction></ClaimType></ClaimsSchema></BuildingBlocks>"#,
        r#"<BuildingBlocks><ClaimsSchema><ClaimType Id="colour"><DisplayName>Which colour?</DisplayName>
            <Restriction MergeBehavior="Prepend"><Enumeration Text="Green" Value="g"/></Restriction></ClaimType></ClaimsSchema></BuildingBlocks>"#,
    ]);
    let claim = &policy.claim_types[&ClaimTypeId::new("COLOUR")];
    assert_eq!(claim.display_name.as_deref(), Some("Which colour?"));
    assert!(claim.input.is_some());
    let Some(Restriction::Enumeration(items)) = &claim.restriction else { panic!("an enumeration") };
    assert_eq!(items.iter().map(|item| item.value.as_str()).collect::<Vec<_>>(), ["g", "r", "b"]);
}

#[test]
fn a_restriction_replaces_the_inherited_one_unless_it_says_otherwise() {
    let policy = leaf(&[
        r#"<BuildingBlocks><ClaimsSchema><ClaimType Id="a"><DataType>string</DataType>
            <Restriction><Enumeration Text="Red" Value="r"/></Restriction></ClaimType></ClaimsSchema></BuildingBlocks>"#,
        r#"<BuildingBlocks><ClaimsSchema><ClaimType Id="a">
            <Restriction><Pattern RegularExpression="^x$" HelpText="x!"/></Restriction></ClaimType></ClaimsSchema></BuildingBlocks>"#,
    ]);
    let Some(Restriction::Pattern(pattern)) = &policy.claim_types[&ClaimTypeId::new("a")].restriction else {
        panic!("a pattern")
    };
    assert_eq!((pattern.regex.source(), pattern.help_text.as_deref()), ("^x$", Some("x!")));
}

#[test]
fn profiles_are_found_across_claims_providers() {
    let policy = leaf(&[
        &[
            CLAIMS,
            &profiles(
                "<Domain>here.example</Domain><DisplayName>Here</DisplayName>",
                r#"<TechnicalProfile Id="P"><DisplayName>P</DisplayName>
                    <Protocol Name="Proprietary" Handler="Some.Handler , Assembly, Version=1"/>
                    <Metadata><Item Key="kept">1</Item><Item Key="changed">1</Item></Metadata>
                    <CryptographicKeys><Key Id="k" StorageReferenceId="B2C_1A_K"/></CryptographicKeys>
                    <OutputClaims><OutputClaim ClaimTypeReferenceId="a"/><OutputClaim ClaimTypeReferenceId="b" PartnerClaimType="x"/>
                        <OutputClaim ClaimTypeReferenceId="b" PartnerClaimType="y"/></OutputClaims></TechnicalProfile>
                   <TechnicalProfile Id="V"><Protocol Name="None"/></TechnicalProfile>"#,
            ),
        ]
        .concat(),
        &profiles(
            "<DisplayName>Elsewhere</DisplayName>",
            r#"<TechnicalProfile Id="p">
                <Metadata><Item Key=" CHANGED ">2</Item><Item Key="new">2</Item></Metadata>
                <OutputClaims><OutputClaim ClaimTypeReferenceId="c"/><OutputClaim ClaimTypeReferenceId="b" PartnerClaimType="y" Required="true"/>
                    <OutputClaim ClaimTypeReferenceId="A" PartnerClaimType="z"/><OutputClaim ClaimTypeReferenceId="b" PartnerClaimType="w"/></OutputClaims>
                <ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId="V"/></ValidationTechnicalProfiles></TechnicalProfile>"#,
        ),
    ]);
    let p = profile(&policy, "P");
    assert_eq!(p.domain.as_deref(), Some("here.example"));
    assert_eq!(p.handler.as_deref(), Some("Some.Handler"));
    assert_eq!(p.display_name.as_deref(), Some("P"));
    assert_eq!(metadata(&p.metadata), ["CHANGED=2", "kept=1", "new=2"]);
    // The child's claims first; what both have folds, by claim and partner name, else by the claim alone.
    assert_eq!(outputs(&p), ["c", "b>y", "A>z", "b>w", "b>x"]);
    assert!(p.output_claims[1].required);
    assert_eq!(&*p.place.file, "B2C_1A_1.xml");
    assert_eq!(profile(&policy, "V").display_name.as_deref(), Some("Here"));
}

#[test]
fn validation_profiles_of_the_child_run_first_and_duplicates_stay() {
    let list = |ids: &[&str]| -> String {
        let items: String =
            ids.iter().map(|id| format!(r#"<ValidationTechnicalProfile ReferenceId="{id}"/>"#)).collect();
        format!("<ValidationTechnicalProfiles>{items}</ValidationTechnicalProfiles></TechnicalProfile>")
    };
    let base = [
        r#"<TechnicalProfile Id="V"><Protocol Name="None"/></TechnicalProfile>
        <TechnicalProfile Id="W"><Protocol Name="None"/></TechnicalProfile>
        <TechnicalProfile Id="P"><Protocol Name="None"/>"#,
        &list(&["V"]),
    ]
    .concat();
    let child = [r#"<TechnicalProfile Id="P">"#, &list(&["W", "V"])].concat();
    let policy = leaf(&[&profiles("", &base), &profiles("", &child)]);
    let ids: Vec<_> = profile(&policy, "P").validation_profiles.iter().map(|it| it.profile.to_string()).collect();
    assert_eq!(ids, ["W", "V", "V"]);
}

#[test]
fn an_included_profile_lies_under_the_one_that_includes_it() {
    let policy = leaf(&[
        &[
            CLAIMS,
            &profiles(
                "<Domain>d</Domain>",
                r#"<TechnicalProfile Id="Common"><DisplayName>Common</DisplayName><Protocol Name="OAuth2"/>
                    <Metadata><Item Key="x">common</Item><Item Key="y">common</Item></Metadata><IncludeInSso>false</IncludeInSso>
                    <OutputClaims><OutputClaim ClaimTypeReferenceId="a"/></OutputClaims>
                    <UseTechnicalProfileForSessionManagement ReferenceId="Noop"/></TechnicalProfile>
                   <TechnicalProfile Id="Middle"><Metadata><Item Key="y">middle</Item></Metadata>
                    <OutputClaims><OutputClaim ClaimTypeReferenceId="b"/></OutputClaims>
                    <IncludeTechnicalProfile ReferenceId="Common"/></TechnicalProfile>
                   <TechnicalProfile Id="Own"><OutputClaims><OutputClaim ClaimTypeReferenceId="c"/></OutputClaims>
                    <IncludeTechnicalProfile ReferenceId="middle"/></TechnicalProfile>
                   <TechnicalProfile Id="ClaimsOnly"><Protocol Name="None"/>
                    <IncludeClaimsFromTechnicalProfile>Own</IncludeClaimsFromTechnicalProfile></TechnicalProfile>
                   <TechnicalProfile Id="Rest"><Protocol Name="Proprietary" Handler="Rest, A"/></TechnicalProfile>
                   <TechnicalProfile Id="NoRest"><Protocol Name="OAuth1"/><IncludeTechnicalProfile ReferenceId="Rest"/></TechnicalProfile>
                   <TechnicalProfile Id="Noop"><Protocol Name="None"/></TechnicalProfile>"#,
            ),
        ]
        .concat(),
        // What is included is the merged profile, not the one of the same file.
        &profiles("", r#"<TechnicalProfile Id="Common"><Metadata><Item Key="x">extended</Item></Metadata></TechnicalProfile>"#),
    ]);
    let own = profile(&policy, "Own");
    assert_eq!(own.id.as_str(), "Own");
    assert_eq!(own.protocol, ProtocolName::OAuth2);
    assert_eq!(metadata(&own.metadata), ["x=extended", "y=middle"]);
    assert_eq!(outputs(&own), ["c", "b", "a"]);
    assert_eq!(own.session_profile, Some(ProfileId::new("Noop")));
    assert!(!own.include_in_sso);
    let other = profile(&policy, "NoRest");
    assert_eq!((other.protocol, other.handler), (ProtocolName::OAuth1, None));
    let claims_only = profile(&policy, "ClaimsOnly");
    assert_eq!(outputs(&claims_only), ["c", "b", "a"]);
    assert!(claims_only.metadata.0.is_empty() && claims_only.include_in_sso);
}

/// A policy without its id and without where its parts stand.
fn meaning(policy: &EffectivePolicy) -> String {
    let mut policy = policy.clone();
    policy.id = PolicyId::new("any");
    let places = Regex::compile(r#"file: "[^"]*", span: \d+\.\.\d+"#).unwrap();
    places.replace_all(&format!("{policy:?}"), "")
}

#[test]
fn a_child_that_says_nothing_or_the_same_changes_nothing() {
    let parent = policy("Parent", None, CONTENT);
    let silent = policy("Silent", Some("Parent"), "");
    let same = policy("Same", Some("Parent"), CONTENT);
    let loaded = load(&[parent, silent, same], &[]);
    let meaning = |id: &str| meaning(loaded.set.get(&id.into()).unwrap());
    assert_eq!(meaning("Silent"), meaning("Parent"));
    assert_eq!(meaning("Same"), meaning("Parent"));
}

#[test]
fn one_mistake_is_one_finding_however_many_inherit_it() {
    let files = [
        policy("Parent", None, r#"<BuildingBlocks><ClaimsSchema><ClaimType Id="x"/></ClaimsSchema></BuildingBlocks>"#),
        policy("Child", Some("Parent"), ""),
        policy("Other", Some("Parent"), ""),
        policy("Good", None, ""),
    ];
    let loaded = load(&files, &[]);
    assert_eq!(loaded.diagnostics.len(), 1, "{}", told(&loaded.diagnostics, &files));
    assert_eq!(loaded.set.ids().map(|id| id.as_str()).collect::<Vec<_>>(), ["Good"]);
}

const JOURNEY: &str = r#"<UserJourneys><UserJourney Id="J"><OrchestrationSteps>
    <OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="E1" TechnicalProfileReferenceId="P"/></ClaimsExchanges></OrchestrationStep>
    <OrchestrationStep Order="2" Type="ClaimsExchange">
        <Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="true"><Value>a</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions>
        <ClaimsExchanges><ClaimsExchange Id="E2" TechnicalProfileReferenceId="P"/></ClaimsExchanges></OrchestrationStep>
    <OrchestrationStep Order="3" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="P"/>
    </OrchestrationSteps></UserJourney></UserJourneys>"#;

#[test]
fn steps_merge_by_order_field_by_field() {
    let two = r#"<TechnicalProfile Id="P"><Protocol Name="None"/></TechnicalProfile>
        <TechnicalProfile Id="Q"><Protocol Name="None"/></TechnicalProfile>"#;
    let policy = leaf(&[
        &[CLAIMS, &profiles("", two), JOURNEY].concat(),
        r#"<UserJourneys><UserJourney Id="j"><OrchestrationSteps>
            <OrchestrationStep Order="2" Type="ClaimsExchange">
                <Preconditions>
                    <Precondition Type="ClaimEquals" ExecuteActionsIf="false"><Value>b</Value><Value>1</Value><Action>SkipThisOrchestrationStep</Action></Precondition>
                    <Precondition Type="ClaimsExist" ExecuteActionsIf="true"><Value>a</Value><Action>SkipThisOrchestrationStep</Action></Precondition>
                </Preconditions>
                <ClaimsExchanges><ClaimsExchange Id="e2" TechnicalProfileReferenceId="Q"/><ClaimsExchange Id="E3" TechnicalProfileReferenceId="Q"/></ClaimsExchanges></OrchestrationStep>
            <OrchestrationStep Order="3" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="E4" TechnicalProfileReferenceId="Q"/></ClaimsExchanges></OrchestrationStep>
            <OrchestrationStep Order="4" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="Q"/>
            </OrchestrationSteps></UserJourney></UserJourneys>"#,
    ]);
    let journey = &policy.journeys[&JourneyId::new("J")];
    assert_eq!(journey.steps.iter().map(|step| step.order).collect::<Vec<_>>(), [1, 2, 3, 4]);
    // D23: added; identical ones fold.
    let tests: Vec<_> =
        journey.steps[1].preconditions.iter().map(|it| (it.test.clone(), it.execute_actions_if)).collect();
    assert_eq!(
        tests,
        [
            (PreconditionTest::ClaimsExist("a".into()), true),
            (PreconditionTest::ClaimEquals("b".into(), "1".into()), false),
        ]
    );
    let exchanges = |at: usize| match &journey.steps[at].kind {
        StepKind::ClaimsExchange(all) => all.iter().map(|it| format!("{}:{}", it.id, it.profile)).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(exchanges(0), ["E1:P"]);
    assert_eq!(exchanges(1), ["e2:Q", "E3:Q"]);
    // The child's `Type` replaces the inherited one.
    assert_eq!(exchanges(2), ["E4:Q"]);
    assert_eq!(journey.default_issuer, Some(ProfileId::new("Q")));
    assert_eq!(&*journey.steps[0].place.file, "B2C_1A_0.xml");
    assert_eq!(&*journey.steps[2].place.file, "B2C_1A_1.xml");
}

#[test]
fn a_step_that_gives_only_preconditions_keeps_the_sub_journey() {
    let policy = leaf(&[
        &[
            CLAIMS,
            r#"<UserJourneys><UserJourney Id="J"><OrchestrationSteps>
                <OrchestrationStep Order="1" Type="InvokeSubJourney"><JourneyList><Candidate SubJourneyReferenceId="S"/></JourneyList></OrchestrationStep>
                </OrchestrationSteps></UserJourney></UserJourneys>
               <SubJourneys><SubJourney Id="S" Type="Call"><OrchestrationSteps><OrchestrationStep Order="1" Type="Noop"/></OrchestrationSteps></SubJourney></SubJourneys>"#,
        ]
        .concat(),
        r#"<UserJourneys><UserJourney Id="J"><OrchestrationSteps>
            <OrchestrationStep Order="1" Type="InvokeSubJourney"><Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="true">
                <Value>a</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions></OrchestrationStep>
            </OrchestrationSteps></UserJourney></UserJourneys>
           <SubJourneys><SubJourney Id="S" Type="Call"><OrchestrationSteps><OrchestrationStep Order="2" Type="Noop"/></OrchestrationSteps></SubJourney></SubJourneys>"#,
    ]);
    let step = &policy.journeys[&JourneyId::new("J")].steps[0];
    assert!(matches!(&step.kind, StepKind::InvokeSubJourney(id) if id.as_str() == "S"));
    assert_eq!(step.preconditions.len(), 1);
    assert_eq!(policy.sub_journeys.values().next().unwrap().steps.len(), 2);
}

#[test]
fn localized_references_follow_their_merge_behavior() {
    let definition = |behavior: &str, references: &[(&str, &str)]| -> String {
        let all: String = references
            .iter()
            .map(|(language, id)| {
                format!(r#"<LocalizedResourcesReference Language="{language}" LocalizedResourcesReferenceId="{id}"/>"#)
            })
            .collect();
        format!(
            r#"<ContentDefinitions><ContentDefinition Id="api"><LocalizedResourcesReferences {behavior}>{all}
            </LocalizedResourcesReferences></ContentDefinition></ContentDefinitions>"#
        )
    };
    let resources = r#"<Localization Enabled="true"><SupportedLanguages DefaultLanguage="en"><SupportedLanguage>en</SupportedLanguage></SupportedLanguages>
        <LocalizedResources Id="one"/><LocalizedResources Id="two"/></Localization>"#;
    let base =
        format!("<BuildingBlocks>{}{resources}</BuildingBlocks>", definition("", &[("en", "one"), ("es", "one")]));
    for (behavior, expected) in [
        ("", vec!["fr:two", "en:two"]),
        ("MergeBehavior=\"ReplaceAll\"", vec!["fr:two", "en:two"]),
        ("MergeBehavior=\"Append\"", vec!["en:two", "es:one", "fr:two"]),
        ("MergeBehavior=\"Prepend\"", vec!["fr:two", "en:two", "es:one"]),
    ] {
        let child =
            format!("<BuildingBlocks>{}</BuildingBlocks>", definition(behavior, &[("fr", "two"), ("en", "two")]));
        let policy = leaf(&[&base, &child]);
        let localized = &policy.content_definitions[&ContentDefinitionId::new("API")].localized;
        let all: Vec<_> = localized.iter().map(|(language, id)| format!("{language}:{id}")).collect();
        assert_eq!(all, expected, "{behavior}");
        assert_eq!(policy.localization.default_language.as_deref(), Some("en"));
    }
}

#[test]
fn the_leafs_relying_party_wins_field_by_field() {
    let party = |journey: &str, behaviors: &str, claims: &str| {
        format!(
            r#"<RelyingParty>{journey}<UserJourneyBehaviors>{behaviors}</UserJourneyBehaviors>
            <TechnicalProfile Id="PolicyProfile"><Protocol Name="OpenIdConnect"/><OutputClaims>{claims}</OutputClaims></TechnicalProfile></RelyingParty>"#
        )
    };
    let p = profiles("", r#"<TechnicalProfile Id="P"><Protocol Name="None"/></TechnicalProfile>"#);
    let journey = r#"<DefaultUserJourney ReferenceId="J"/>"#;
    let (set, id) = chain(&[
        &[
            CLAIMS,
            &p,
            JOURNEY,
            &party(
                journey,
                r#"<SingleSignOn Scope="Policy" KeepAliveInDays="30"/><SessionExpiryInSeconds>1200</SessionExpiryInSeconds>"#,
                r#"<OutputClaim ClaimTypeReferenceId="a"/>"#,
            ),
        ]
        .concat(),
        &party("", r#"<SingleSignOn Scope="Application" KeepAliveInDays="0"/>"#, r#"<OutputClaim ClaimTypeReferenceId="b"/>"#),
    ]);
    let party = set.get(&id).unwrap().relying_party.clone().unwrap();
    assert_eq!(party.default_journey, JourneyId::new("J"));
    assert_eq!(party.behavior.scope, Scope::Application);
    assert_eq!(party.behavior.keep_alive, None);
    assert_eq!(party.behavior.lifetime.duration().as_secs(), 1200);
    assert_eq!(party.profile.output_claims.iter().map(|it| it.claim.to_string()).collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!(set.relying_parties().count(), 2);
    assert_eq!(set.tenant(), Some("t.example"));
}

#[test]
fn a_base_outside_of_the_set_is_built_on_but_not_part_of_it() {
    let base = [
        policy("B2C_1A_Base", None, CLAIMS),
        policy("B2C_1A_Broken", None, "<Nonsense"),
        policy(
            "B2C_1A_Unused",
            None,
            r#"<BuildingBlocks><ClaimsSchema><ClaimType Id="x"/></ClaimsSchema></BuildingBlocks>"#,
        ),
    ];
    // The portal's prefix may be left out.
    let files = [policy("Leaf", Some("Base"), "")];
    let loaded = load(&files, &base);
    assert_eq!(told(&loaded.diagnostics, &files), "");
    assert_eq!(loaded.set.ids().map(|id| id.as_str()).collect::<Vec<_>>(), ["Leaf"]);
    assert_eq!(loaded.set.get(&"leaf".into()).unwrap().claim_types.len(), 3);

    let mistaken = load(&[policy("Leaf", Some("Unused"), "")], &base);
    assert_eq!(mistaken.errors().map(|finding| finding.code.to_string()).collect::<Vec<_>>(), ["Z0306"]);
    let missing = load(&[policy("Leaf", Some("Broken"), "")], &base);
    assert_eq!(missing.errors().map(|finding| finding.code.to_string()).collect::<Vec<_>>(), ["Z0401", "Z0001"]);
}

#[test]
fn a_childs_authorization_is_laid_over_the_inherited_one() {
    let profiles = |ids: &[&str]| {
        let all: String = ids
            .iter()
            .map(|id| format!("<TechnicalProfile Id=\"{id}\"><Protocol Name=\"None\"/></TechnicalProfile>"))
            .collect();
        profiles("", &all)
    };
    let journey = |authorization: &[&str], steps: &str| {
        let all: String =
            authorization.iter().map(|id| format!("<AuthorizationTechnicalProfile ReferenceId=\"{id}\"/>")).collect();
        format!(
            "<UserJourneys><UserJourney Id=\"J\"><Authorization><AuthorizationTechnicalProfiles>{all}\
             </AuthorizationTechnicalProfiles></Authorization>{steps}</UserJourney></UserJourneys>"
        )
    };
    let steps = "<OrchestrationSteps><OrchestrationStep Order=\"1\" Type=\"SendClaims\" \
                 CpimIssuerTechnicalProfileReferenceId=\"Issuer\"/></OrchestrationSteps>";
    let base = profiles(&["Issuer", "One", "Two"]) + &journey(&["One"], steps);
    let of = |child: &str| {
        let journey = leaf(&[&base, child]).journeys[&JourneyId::new("J")].clone();
        (journey.authorization.iter().map(ToString::to_string).collect::<Vec<_>>(), journey.steps.len())
    };
    for (child, expected) in
        [(String::new(), &["One"][..]), (journey(&["two"], ""), &["One", "two"]), (journey(&["one"], ""), &["one"])]
    {
        assert_eq!(of(&child), (expected.iter().map(|id| (*id).to_owned()).collect(), 1), "{child}");
    }
    let unknown = base.replace("ReferenceId=\"One\"", "ReferenceId=\"Oen\"");
    let files = [policy("P", None, &unknown)];
    let found: Vec<String> = load(&files, &[]).errors().map(|it| format!("{}: {}", it.code, it.message)).collect();
    assert_eq!(found, ["Z0107: technical profile `Oen` does not exist"]);
}
