//! No text makes reading panic.

use proptest::prelude::*;
use zaguan_policy::{SourceFile, dotnet::Regex, load};

use crate::support::policy;

/// A policy with one of most things.
pub(crate) const CONTENT: &str = r#"<BuildingBlocks><ClaimsSchema>
<ClaimType Id="a"><DisplayName>A</DisplayName><DataType>string</DataType><UserInputType>TextBox</UserInputType>
<Restriction><Pattern RegularExpression="^[[\]a-z-[x]]{1,3}(?=b)$" HelpText="h"/></Restriction></ClaimType>
</ClaimsSchema><ContentDefinitions><ContentDefinition Id="c"><LoadUri>~/c</LoadUri>
<DataUri>urn:com:microsoft:aad:b2c:elements:contract:providerselection:1.2.1</DataUri></ContentDefinition></ContentDefinitions></BuildingBlocks>
<ClaimsProviders><ClaimsProvider><Domain>d</Domain><TechnicalProfiles>
<TechnicalProfile Id="X"><Protocol Name="None"/><Metadata><Item Key="k">v</Item><Item Key="setting.enableRememberMe">true</Item></Metadata>
<OutputClaims><OutputClaim ClaimTypeReferenceId="a" PartnerClaimType="b"/></OutputClaims></TechnicalProfile>
<TechnicalProfile Id="I"><Protocol Name="None"/><OutputTokenFormat>JWT</OutputTokenFormat><CryptographicKeys><Key Id="issuer_secret" StorageReferenceId="K"/>
</CryptographicKeys><UseTechnicalProfileForSessionManagement ReferenceId="S"/></TechnicalProfile>
<TechnicalProfile Id="S"><Protocol Name="Proprietary" Handler="Web.TPEngine.SSO.OAuthSSOSessionProvider"/></TechnicalProfile>
<TechnicalProfile Id="Y"><IncludeTechnicalProfile ReferenceId="X"/></TechnicalProfile>
</TechnicalProfiles></ClaimsProvider></ClaimsProviders>
<UserJourneys><UserJourney Id="J"><OrchestrationSteps>
<OrchestrationStep Order="1" Type="ClaimsProviderSelection" ContentDefinitionReferenceId="c"><ClaimsProviderSelections>
<ClaimsProviderSelection TargetClaimsExchangeId="E"/></ClaimsProviderSelections></OrchestrationStep>
<OrchestrationStep Order="2" Type="ClaimsExchange"><Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="true">
<Value>a</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions>
<ClaimsExchanges><ClaimsExchange Id="E" TechnicalProfileReferenceId="Y"/></ClaimsExchanges></OrchestrationStep>
<OrchestrationStep Order="3" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="I"/>
</OrchestrationSteps></UserJourney></UserJourneys>
<RelyingParty><DefaultUserJourney ReferenceId="J"/><UserJourneyBehaviors><SingleSignOn Scope="Tenant" KeepAliveInDays="7"/>
</UserJourneyBehaviors><TechnicalProfile Id="P"><Protocol Name="OpenIdConnect"/></TechnicalProfile></RelyingParty>"#;

/// Pieces that hurt: structure, entities, other languages, ends of things.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("<".to_owned()),
        Just("</ClaimsSchema>".to_owned()),
        Just("<OutputClaims>".to_owned()),
        Just("&x;".to_owned()),
        Just("&#xD800;".to_owned()),
        Just("\"".to_owned()),
        Just("]]>".to_owned()),
        Just("<![CDATA[".to_owned()),
        Just("{Settings:".to_owned()),
        Just("999999999999999999999".to_owned()),
        Just("X".to_owned()),
        "\\PC{0,3}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn loading_never_panics(edits in prop::collection::vec((any::<prop::sample::Index>(), 0..30_usize, piece()), 0..6)) {
        let parent = policy("B2C_1A_parent", None, CONTENT);
        let mut text: Vec<char> = policy("B2C_1A_child", Some("B2C_1A_parent"), CONTENT).text.chars().collect();
        for (at, length, piece) in edits {
            let at = at.index(text.len() + 1);
            let end = (at + length).min(text.len());
            text.splice(at..end, piece.chars());
        }
        let child = SourceFile::new("child.xml", text.into_iter().collect::<String>());
        let loaded = load(&[parent.clone(), child.clone()], &[]);
        // And every place is in its file.
        for place in loaded.diagnostics.iter().flat_map(|finding| &finding.places) {
            let file = if place.place.file == child.name { &child } else { &parent };
            prop_assert!(file.text.get(place.place.span.clone()).is_some(), "{place:?}");
        }
    }

    #[test]
    fn compiling_never_panics(source in r"[\[\](){}|*+?^$.\\\-a-c1-3,<>:=!'&xniksdwpPuQ ]{0,24}", text in "[a-c1-3\n-]{0,12}") {
        if let Ok(regex) = Regex::compile(&source) {
            regex.is_match(&text);
            regex.replace_all(&text, "$1${n}$$$&");
        }
    }
}

#[test]
fn places_are_within_the_file_and_between_characters() {
    for text in [
        "<!---\u{ffff}--->",
        "\u{feff}\u{feff}\u{7}&\u{7}",
        "\u{feff}\u{feff}\u{7}\u{7}<",
        "\u{feff}<a",
        "\u{feff}\u{feff}<a/>",
    ] {
        let loaded = load(&[SourceFile::new("a.xml", text)], &[]);
        let place = &loaded.diagnostics[0].places[0].place;
        assert!(text.get(place.span.clone()).is_some(), "{text:?} {place:?}");
    }
}

#[test]
fn chains_of_any_length_end() {
    let chain: String = (0..2_000)
        .map(|at| {
            format!(
                r#"<TechnicalProfile Id="p{at}"><IncludeTechnicalProfile ReferenceId="p{}"/></TechnicalProfile>"#,
                at + 1
            )
        })
        .collect();
    let content = format!(
        "<ClaimsProviders><ClaimsProvider><TechnicalProfiles>{chain}</TechnicalProfiles></ClaimsProvider></ClaimsProviders>"
    );
    let loaded = load(&[policy("P", None, &content)], &[]);
    assert!(loaded.errors().any(|finding| finding.code.to_string() == "Z0408"));
}
