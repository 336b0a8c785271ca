//! `¦` marks the caret.

use proptest::prelude::*;

use super::*;
use crate::source::NAMESPACE;

fn head(id: &str, base: Option<&str>) -> String {
    let base = base.map_or(String::new(), |base| {
        format!("\n<BasePolicy><TenantId>t.example</TenantId><PolicyId>{base}</PolicyId></BasePolicy>")
    });
    format!(
        "<TrustFrameworkPolicy xmlns=\"{NAMESPACE}\" PolicySchemaVersion=\"0.3.0.0\" TenantId=\"t.example\" \
         PolicyId=\"{id}\" PublicPolicyUri=\"http://t.example/{id}\">{base}\n"
    )
}

const BASE: &str = r#"<BuildingBlocks>
<ClaimsSchema>
<ClaimType Id="email"><DisplayName>E-mail</DisplayName><DataType>string</DataType><UserInputType>TextBox</UserInputType></ClaimType>
<ClaimType Id="objectId"><DataType>string</DataType></ClaimType>
<ClaimType Id="isNew"><DataType>boolean</DataType></ClaimType>
</ClaimsSchema>
<ClaimsTransformations>
<ClaimsTransformation Id="Copy" TransformationMethod="CopyClaim"><InputClaims>
<InputClaim ClaimTypeReferenceId="email" TransformationClaimType="inputClaim"/></InputClaims>
<OutputClaims><OutputClaim ClaimTypeReferenceId="objectId" TransformationClaimType="outputClaim"/></OutputClaims></ClaimsTransformation>
</ClaimsTransformations>
<ContentDefinitions><ContentDefinition Id="api.page"><LoadUri>~/p</LoadUri><RecoveryUri>~/r</RecoveryUri><DataUri>urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.7</DataUri></ContentDefinition></ContentDefinitions>
</BuildingBlocks>
<ClaimsProviders><ClaimsProvider><DisplayName>Pages</DisplayName><TechnicalProfiles>
<TechnicalProfile Id="Common"><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.SelfAssertedAttributeProvider"/>
<Metadata><Item Key="ContentDefinitionReferenceId">api.page</Item></Metadata></TechnicalProfile>
<TechnicalProfile Id="Page"><DisplayName>A page</DisplayName>
<OutputClaims><OutputClaim ClaimTypeReferenceId="email"/></OutputClaims><IncludeTechnicalProfile ReferenceId="Common"/></TechnicalProfile>
<TechnicalProfile Id="Issuer"><Protocol Name="OpenIdConnect"/><OutputTokenFormat>JWT</OutputTokenFormat></TechnicalProfile>
</TechnicalProfiles></ClaimsProvider></ClaimsProviders>
<UserJourneys><UserJourney Id="SignIn"><OrchestrationSteps>
<OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="PageExchange" TechnicalProfileReferenceId="Page"/></ClaimsExchanges></OrchestrationStep>
<OrchestrationStep Order="2" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="Issuer"/>
</OrchestrationSteps></UserJourney></UserJourneys>
"#;

const END: &str = "</TrustFrameworkPolicy>";

/// A base, and a file on it whose content has a caret.
fn files(content: &str) -> (Files, usize) {
    files_with(content, Origin::Set)
}

fn files_with(content: &str, base: Origin) -> (Files, usize) {
    let mut files = Files::new(Settings::default());
    files.put(&"base.xml".into(), &format!("{}{BASE}{END}", head("B2C_1A_Base", None)), base);
    let text = format!("{}{content}{END}", head("B2C_1A_Leaf", Some("B2C_1A_Base")));
    let caret = text.find('¦').expect("a caret");
    files.put(&"leaf.xml".into(), &text.replace('¦', ""), Origin::Set);
    (files, caret)
}

fn labels(content: &str) -> Vec<String> {
    let (files, caret) = files(content);
    files.proposals("leaf.xml", caret).into_iter().map(|it| it.label).collect()
}

/// The file with a proposal taken.
fn taken(content: &str, label: &str) -> String {
    let (files, caret) = files(content);
    let all = files.proposals("leaf.xml", caret);
    let one = all.iter().find(|it| it.label == label).unwrap_or_else(|| panic!("no `{label}` in {all:#?}"));
    let mut text = files.text("leaf.xml").unwrap().to_owned();
    text.replace_range(one.replaces.clone(), one.snippet.as_ref().unwrap_or(&one.text));
    text.split_once("</BasePolicy>\n").unwrap().1.strip_suffix(END).unwrap().to_owned()
}

const PROFILE: &str = r#"<ClaimsProviders><ClaimsProvider><TechnicalProfiles><TechnicalProfile Id="Mine">"#;
const PROFILE_END: &str = "</TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>";

fn in_profile(content: &str) -> String {
    format!("{PROFILE}{content}{PROFILE_END}")
}

#[test]
fn ids_complete_in_sound_and_in_broken_files() {
    let claims = ["email", "objectId", "isNew"];
    let profiles = ["Mine", "Common", "Page", "Issuer"];
    for (content, expected) in [
        (r#"<InputClaims><InputClaim ClaimTypeReferenceId="¦"/></InputClaims>"#, &claims[..]),
        (r#"<InputClaims><InputClaim ClaimTypeReferenceId="em¦ail"/></InputClaims>"#, &claims),
        // No end of the value, of the tag, of the list; more behind it.
        ("<InputClaims><InputClaim ClaimTypeReferenceId=\"¦\n</InputClaims>", &claims),
        (
            "<InputClaims><InputClaim ClaimTypeReferenceId=\"em¦ />\n<InputClaim ClaimTypeReferenceId=\"email\"/></InputClaims>",
            &claims,
        ),
        ("<InputClaims><InputClaim ClaimTypeReferenceId=\"em¦ PartnerClaimType=\"x\"/></InputClaims>", &claims),
        (
            "<InputClaims><InputClaim ClaimTypeReferenceId=\"¦\n<OutputClaims><OutputClaim ClaimTypeReferenceId=\"email\"/></OutputClaims>",
            &claims,
        ),
        ("<InputClaims><InputClaim ClaimTypeReferenceId='¦", &claims),
        ("<InputClaims><InputClaim ClaimTypeReferenceId=¦ />", &claims),
        ("<InputClaims>\n<InputClaim ClaimTypeReferenceId=\"a\" <InputClaim ClaimTypeReferenceId=\"¦\">", &claims),
        (r#"<DisplayClaims><DisplayClaim ClaimTypeReferenceId="¦"/></DisplayClaims>"#, &claims),
        (r#"<ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId="¦"#, &profiles),
        (r#"<IncludeTechnicalProfile ReferenceId="¦" />"#, &profiles),
        ("<IncludeClaimsFromTechnicalProfile>¦</IncludeClaimsFromTechnicalProfile>", &profiles),
        (r#"<OutputClaimsTransformations><OutputClaimsTransformation ReferenceId="¦"/>"#, &["Copy"]),
        (r#"<Metadata><Item Key="ContentDefinitionReferenceId">¦</Item></Metadata>"#, &["api.page"]),
        (r#"<Metadata><Item Key="SignUpTarget">Pa¦"#, &["PageExchange"]),
    ] {
        assert_eq!(labels(&in_profile(content)), expected, "{content}");
        // A file that ends at the caret.
        let cut = &content[..content.find('¦').unwrap() + '¦'.len_utf8()];
        assert_eq!(labels(&format!("{PROFILE}{cut}")), expected, "{cut}");
    }
    assert_eq!(
        labels("<ClaimsProviders><ClaimsProvider><TechnicalProfiles><TechnicalProfile Id=\"¦\"></TechnicalProfile>"),
        profiles[1..]
    );
    assert_eq!(labels("<RelyingParty><DefaultUserJourney ReferenceId=\"¦"), ["SignIn"]);
    let step = "<UserJourneys><UserJourney Id=\"SignIn\"><OrchestrationSteps><OrchestrationStep Order=\"1\" Type=\"ClaimsExchange\"><Preconditions>";
    assert_eq!(
        labels(&format!("{step}<Precondition Type=\"ClaimEquals\" ExecuteActionsIf=\"true\"><Value>¦</Value>")),
        claims
    );
    assert_eq!(
        labels(&format!(
            "{step}<Precondition Type=\"ClaimEquals\" ExecuteActionsIf=\"true\"><Value>email</Value><Value>¦</Value>"
        )),
        [""; 0]
    );
}

#[test]
fn words_and_keys_complete() {
    let has = |content: &str, there: &str, not_there: &str| {
        let found = labels(content);
        assert!(found.iter().any(|it| it == there), "{content}: no {there} in {found:?}");
        assert!(!found.iter().any(|it| it == not_there), "{content}: {not_there}");
    };
    let rest = r#"<Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.RestfulProvider"/><Metadata>"#;
    has(&in_profile(&format!("{rest}<Item Key=\"¦\"></Item></Metadata>")), "ServiceUrl", "METADATA");
    has(&in_profile(&format!("{rest}<Item Key=\"ServiceUrl\">x</Item><Item Key=\"¦")), "SendClaimsIn", "ServiceUrl");
    has(&in_profile(&format!("{rest}<Item Key=\"SendClaimsIn\">¦</Item></Metadata>")), "QueryString", "GET");
    has(&in_profile(&format!("{rest}<Item Key=\"DebugMode\">¦</Item></Metadata>")), "true", "yes");
    // The provider of the profile that this one includes.
    has(
        &in_profile("<Metadata><Item Key=\"¦\"/></Metadata><IncludeTechnicalProfile ReferenceId=\"Common\"/>"),
        "setting.showCancelButton",
        "ServiceUrl",
    );
    has(&in_profile("<Protocol Name=\"¦\"/>"), "OpenIdConnect", "openid");
    has(&in_profile("<Protocol Name=\"Proprietary\" Handler=\"¦"), "Web.TPEngine.Providers.RestfulProvider", "");
    has(&in_profile("<EnabledForUserJourneys>¦</EnabledForUserJourneys>"), "OnClaimsExistence", "yes");
    let blocks = "<BuildingBlocks><ClaimsTransformations>";
    has(&format!("{blocks}<ClaimsTransformation Id=\"a\" TransformationMethod=\"¦"), "CreateStringClaim", "inputClaim");
    let compare = format!("{blocks}<ClaimsTransformation Id=\"a\" TransformationMethod=\"CompareClaimToValue\">");
    has(
        &format!("{compare}<InputClaims><InputClaim ClaimTypeReferenceId=\"email\" TransformationClaimType=\"¦\"/>"),
        "inputClaim1",
        "outputClaim",
    );
    has(
        &format!("{compare}<InputParameters><InputParameter Id=\"operator\"/><InputParameter Id=\"¦"),
        "compareTo",
        "operator",
    );
    has(&format!("{compare}<InputParameters><InputParameter Id=\"operator\" DataType=\"¦"), "stringCollection", "text");
    has("<BuildingBlocks><ClaimsSchema><ClaimType Id=\"a\"><DataType>str¦</DataType>", "stringCollection", "text");
    has(
        "<UserJourneys><UserJourney Id=\"J\"><OrchestrationSteps><OrchestrationStep Order=\"1\"/><OrchestrationStep Order=\"¦\"",
        "2",
        "1",
    );
}

#[test]
fn elements_and_attributes_complete() {
    for (content, expected) in [
        ("<InputClaims><¦</InputClaims>", &["InputClaim"][..]),
        ("<InputClaims><Inp¦\n<InputClaim ClaimTypeReferenceId=\"email\"/></InputClaims>", &["InputClaim"]),
        ("<InputClaims>\n  ¦\n</InputClaims>", &["InputClaim"]),
        (
            "<InputClaims><InputClaim ¦/></InputClaims>",
            &[
                "ClaimTypeReferenceId",
                "PartnerClaimType",
                "Required",
                "DefaultValue",
                "AlwaysUseDefaultValue",
                "TransformationClaimType",
            ],
        ),
        (
            "<InputClaims><InputClaim ClaimTypeReferenceId=\"email\" Par¦\n</InputClaims>",
            &["PartnerClaimType", "Required", "DefaultValue", "AlwaysUseDefaultValue", "TransformationClaimType"],
        ),
        ("<InputClaims>\n</¦", &["InputClaims"]),
        ("<InputClaims>\n</Inp¦>", &["InputClaims"]),
        ("<!-- <InputClaims><¦ -->", &[]),
        ("<IncludeInSso>¦</IncludeInSso>", &["true", "false"]),
        ("<DisplayName>¦</DisplayName>", &[]),
    ] {
        assert_eq!(labels(&in_profile(content)), expected, "{content}");
    }
    // Once is enough of most, and the order is the schema's.
    let of_a_profile = labels(&in_profile("<DisplayName>x</DisplayName><¦<OutputClaims></OutputClaims>"));
    assert_eq!(&of_a_profile[..3], ["Domains", "Domain", "Description"]);
    assert!(!of_a_profile.iter().any(|it| it == "OutputClaims"));
}

#[test]
fn a_proposal_takes_the_place_of_what_is_typed() {
    for (content, label, expected) in [
        (
            r#"<IncludeTechnicalProfile ReferenceId="P¦age"/>"#,
            "Common",
            r#"<IncludeTechnicalProfile ReferenceId="Common"/>"#,
        ),
        (r#"<IncludeTechnicalProfile ReferenceId=¦/>"#, "Common", r#"<IncludeTechnicalProfile ReferenceId="Common"/>"#),
        ("<IncludeTechnicalProfile ReferenceId=\"C¦ />", "Common", "<IncludeTechnicalProfile ReferenceId=\"Common />"),
        ("<IncludeInSso> fal¦ </IncludeInSso>", "true", "<IncludeInSso> true </IncludeInSso>"),
        (
            "<InputClaims><In¦</InputClaims>",
            "InputClaim",
            "<InputClaims><InputClaim ClaimTypeReferenceId=\"$1\" />$0</InputClaims>",
        ),
        (
            "<InputClaims>\n In¦</InputClaims>",
            "InputClaim",
            "<InputClaims>\n <InputClaim ClaimTypeReferenceId=\"$1\" />$0</InputClaims>",
        ),
        ("<Metadata><¦</Metadata>", "Item", "<Metadata><Item Key=\"$1\">$2</Item>$0</Metadata>"),
        (
            "<I¦ ReferenceId=\"Common\"/>",
            "IncludeTechnicalProfile",
            "<IncludeTechnicalProfile ReferenceId=\"Common\"/>",
        ),
        ("<Disp¦", "DisplayName", "<DisplayName>$1</DisplayName>$0"),
        ("<IncludeTechnicalProfile Ref¦/>", "ReferenceId", "<IncludeTechnicalProfile ReferenceId=\"$1\"/>"),
        ("<InputClaims></¦", "InputClaims", "<InputClaims></InputClaims>"),
    ] {
        assert_eq!(taken(&in_profile(content), label), in_profile(expected), "{content}");
    }
}

/// Places as `file:text of the line`.
fn told(files: &Files, places: &[Place]) -> Vec<String> {
    let tell = |place: &Place| {
        let text = files.text(&place.file).unwrap();
        let start = text[..place.span.start].rfind('\n').map_or(0, |at| at + 1);
        let line = text[start..].lines().next().unwrap();
        format!("{} {} in {line}", place.file, &text[place.span.clone()])
    };
    places.iter().map(tell).collect()
}

const OVERRIDE: &str = "<ClaimsProviders><ClaimsProvider><TechnicalProfiles>\n<TechnicalProfile Id=\"page\">\n<OutputClaims>\n<OutputClaim ClaimTypeReferenceId=\"EMAIL\"/>\n</OutputClaims>\n</TechnicalProfile>\n<TechnicalProfile Id=\"Other\">\n<IncludeTechnicalProfile ReferenceId=\"Page\"/>\n</TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>";

#[test]
fn definitions_are_found_through_the_chain() {
    let at = |needle: &str| {
        let (files, caret) = files(&OVERRIDE.replacen(needle, &format!("{needle}¦"), 1));
        told(&files, &files.definition("leaf.xml", caret))
    };
    // Without case, through the chain.
    assert_eq!(
        at("EMA"),
        [
            r#"base.xml email in <ClaimType Id="email"><DisplayName>E-mail</DisplayName><DataType>string</DataType><UserInputType>TextBox</UserInputType></ClaimType>"#
        ]
    );
    // A reference: the leaf's first, then what it overrides.
    assert_eq!(
        at("ReferenceId=\"Page"),
        [
            r#"leaf.xml page in <TechnicalProfile Id="page">"#,
            r#"base.xml Page in <TechnicalProfile Id="Page"><DisplayName>A page</DisplayName>"#,
        ]
    );
    // A declaration that overrides: what it overrides. One that does not: itself.
    assert_eq!(at("Id=\"page"), [r#"base.xml Page in <TechnicalProfile Id="Page"><DisplayName>A page</DisplayName>"#]);
    assert_eq!(at("Id=\"Other"), [r#"leaf.xml Other in <TechnicalProfile Id="Other">"#]);
    assert_eq!(at("<ClaimsPro"), [""; 0]);
    // In a broken file too.
    let (files, caret) = files(&in_profile("<InputClaims><InputClaim ClaimTypeReferenceId=\"ema¦il\n<OutputClaims>"));
    assert_eq!(files.definition("leaf.xml", caret).len(), 1);
}

#[test]
fn references_are_all_that_refer() {
    let (files, caret) = files(&OVERRIDE.replacen("Id=\"page", "Id=\"pa¦ge", 1));
    assert_eq!(
        told(&files, &files.references("leaf.xml", caret, Declarations::Left)),
        [
            r#"base.xml Page in <OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="PageExchange" TechnicalProfileReferenceId="Page"/></ClaimsExchanges></OrchestrationStep>"#,
            r#"leaf.xml Page in <IncludeTechnicalProfile ReferenceId="Page"/>"#,
        ]
    );
    assert_eq!(files.references("leaf.xml", caret, Declarations::Included).len(), 4);
    // The policy itself, which its base does not mention and another one builds on.
    assert_eq!(
        files
            .references("base.xml", files.text("base.xml").unwrap().find("B2C_1A_Base").unwrap(), Declarations::Left)
            .len(),
        1
    );
}

#[test]
fn renaming_reaches_every_file_and_changes_no_meaning() {
    let (mut files, caret) = files(&OVERRIDE.replacen("Id=\"page", "Id=\"pa¦ge", 1));
    assert_eq!(
        files.prepare_rename("leaf.xml", caret).map(|it| files.text("leaf.xml").unwrap()[it].to_owned()),
        Ok("page".to_owned())
    );
    let before = files.findings(|_| Vec::new());
    let mut edits = files.rename("leaf.xml", caret, "Renamed").unwrap();
    assert_eq!(edits.len(), 4);
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.place.span.start));
    for edit in edits {
        let mut text = files.text(&edit.place.file).unwrap().to_owned();
        text.replace_range(edit.place.span, &edit.text);
        files.put(&edit.place.file, &text, Origin::Set);
    }
    let after = files.findings(|_| Vec::new());
    assert_eq!(before.len(), after.len());
    assert!(!files.text("base.xml").unwrap().contains("\"Page\""));
    assert_eq!(files.rename("leaf.xml", caret, "Renamed").map(|edits| edits.len()), Ok(4));
}

#[test]
fn what_cannot_be_renamed_says_why() {
    let (files, caret) = files(&OVERRIDE.replacen("Id=\"page", "Id=\"pa¦ge", 1));
    let why = |new| files.rename("leaf.xml", caret, new).unwrap_err().to_string();
    assert_eq!(why("common"), "there is a technical profile `common` already: choose another name");
    assert_eq!(why("a b"), "`a b` cannot be an id: use letters, digits, `-`, `_` and `.`");
    assert_eq!(why("a\"b"), "`a\"b` cannot be an id: use letters, digits, `-`, `_` and `.`");
    assert_eq!(files.prepare_rename("leaf.xml", 0), Err(NotRenamed::NoId));
    // Only its case.
    assert!(files.rename("leaf.xml", caret, "PAGE").is_ok());
    let (files, caret) = files_with(&OVERRIDE.replacen("Id=\"page", "Id=\"pa¦ge", 1), Origin::Base);
    assert_eq!(
        files.prepare_rename("leaf.xml", caret).unwrap_err().to_string(),
        "`page` stands in `base.xml`, which is of a base folder: rename it there"
    );
    let (files, caret) = files_with(&in_profile("<IncludeTechnicalProfile ReferenceId=\"No¦body\"/>"), Origin::Set);
    assert_eq!(
        files.prepare_rename("leaf.xml", caret).unwrap_err().to_string(),
        "no file declares the technical profile `Nobody`: declare it first"
    );
}

#[test]
fn hovering_shows_the_effective_element() {
    let at = |content: &str| {
        let (files, caret) = files(content);
        files.hover("leaf.xml", caret).map(|it| it.text).unwrap_or_default()
    };
    let page = at(&OVERRIDE.replacen("ReferenceId=\"Page", "ReferenceId=\"Pa¦ge", 1));
    assert_eq!(
        page,
        "technical profile `Page`\n- declared in `leaf.xml`, line 4\n- declared in `base.xml`, line 18\n\n```xml\n\
        <TechnicalProfile Id=\"page\">\n  <DisplayName>A page</DisplayName>\n  <Protocol Name=\"Proprietary\" Handler=\"Web.TPEngine.Providers.SelfAssertedAttributeProvider\" />\n  \
        <Metadata>\n    <Item Key=\"ContentDefinitionReferenceId\">api.page</Item>\n  </Metadata>\n  \
        <OutputClaims>\n    <OutputClaim ClaimTypeReferenceId=\"EMAIL\" />\n  </OutputClaims>\n  \
        <IncludeTechnicalProfile ReferenceId=\"Common\" />\n</TechnicalProfile>\n```"
    );
    for (content, expected) in [
        ("<InputCl¦aims></InputClaims>", "`InputClaims`: The claims that are taken"),
        ("<InputClaims></InputCl¦aims>", "`InputClaims`: The claims that are taken"),
        ("<IncludeTechnicalProfile Ref¦erenceId=\"x\"/>", "The id of a technical profile."),
        ("<IncludeTechnicalProfile ReferenceId=\"N¦o\"/>", "technical profile `No`\n\nIt is declared nowhere."),
        ("<Metadata><Item Key=\"Service¦Url\">x</Item></Metadata>", "`ServiceUrl`: The address of the service."),
        ("<DisplayName>x¦</DisplayName>", ""),
    ] {
        let text = at(&in_profile(content));
        assert!(text.starts_with(expected) && text.is_empty() == expected.is_empty(), "{content}: {text}");
    }
    let method = at(
        "<BuildingBlocks><ClaimsTransformations><ClaimsTransformation Id=\"a\" TransformationMethod=\"Copy¦Claim\"/>",
    );
    assert_eq!(
        method,
        "`CopyClaim`: Copies a claim to another one of the same type.\n- Input claims: `inputClaim`\n- Output claims: `outputClaim`"
    );
}

#[test]
fn an_outline_has_what_matters() {
    let (files, _) = files("¦");
    let mut lines = Vec::new();
    fn tell(symbols: &[Symbol], depth: usize, text: &str, lines: &mut Vec<String>) {
        for symbol in symbols {
            assert!(
                symbol.range.start <= symbol.selection.start && symbol.selection.end <= symbol.range.end,
                "{symbol:?}"
            );
            assert!(text[symbol.range.clone()].ends_with('>'), "{symbol:?}");
            lines.push(format!("{}{}", " ".repeat(depth), symbol.name));
            tell(&symbol.children, depth + 1, text, lines);
        }
    }
    tell(&files.outline("base.xml"), 0, files.text("base.xml").unwrap(), &mut lines);
    assert_eq!(
        lines,
        [
            "B2C_1A_Base",
            " BuildingBlocks",
            "  ClaimsSchema",
            "   email",
            "   objectId",
            "   isNew",
            "  ClaimsTransformations",
            "   Copy",
            "  ContentDefinitions",
            "   api.page",
            " ClaimsProviders",
            "  Pages",
            "   Common",
            "   Page",
            "   Issuer",
            " UserJourneys",
            "  SignIn",
            "   1 ClaimsExchange",
            "    PageExchange",
            "   2 SendClaims",
        ]
    );
}

/// What is left of the findings after taking every fix, and the file then.
fn fixed(content: &str) -> (Vec<String>, String) {
    let (mut files, _) = files(&format!("{content}¦"));
    let findings = files.findings(|_| Vec::new());
    let fixes: Vec<Fix> = findings.iter().filter_map(|it| files.fix(it)).collect();
    assert!(!fixes.is_empty(), "{findings:#?}");
    let mut edits: Vec<Edit> = fixes.into_iter().flat_map(|fix| fix.edits).collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.place.span.start));
    let mut text = files.text("leaf.xml").unwrap().to_owned();
    for edit in edits {
        text.replace_range(edit.place.span, &edit.text);
    }
    files.put(&"leaf.xml".into(), &text, Origin::Set);
    (files.findings(|_| Vec::new()).into_iter().map(|it| it.message.to_string()).collect(), text)
}

#[test]
fn fixes_mend_what_was_meant() {
    for (content, expected) in [
        (in_profile("<Protocol Name=\"None\"/><IncludeTechnicalProfile ReferenceId=\"Comon\"/>"), "ReferenceId=\"Common\""),
        (in_profile("<Protocol Name=\"OpenIDConect\"/>"), "Name=\"OpenIdConnect\""),
        (in_profile("<Protocol Name=\"None\"/><InputClaim><InputClaim ClaimTypeReferenceId=\"email\"/></InputClaim>"), "<InputClaims><InputClaim ClaimTypeReferenceId=\"email\"/></InputClaims>"),
        (in_profile("<Protocol Name=\"None\"/><InputClaims><InputClaim ClaimTypeReferenceId=\"email\" PartnerClaimTyp=\"x\"/></InputClaims>"), "PartnerClaimType=\"x\""),
        (in_profile("<Protocol Name=\"Proprietary\" Handler=\"Web.TPEngine.Providers.RestfulProvder, Web.TPEngine, Version=1.0.0.0\"/>"), "Handler=\"Web.TPEngine.Providers.RestfulProvider, Web.TPEngine, Version=1.0.0.0\""),
        ("<BuildingBlocks><ClaimsSchema><ClaimType Id=\"n\"><DataType>bool</DataType></ClaimType></ClaimsSchema></BuildingBlocks>".to_owned(), "<DataType>boolean</DataType>"),
    ] {
        let (left, text) = fixed(&content);
        assert_eq!((left, text.contains(expected)), (Vec::new(), true), "{text}");
    }
}

#[test]
fn findings_are_those_of_the_present_texts() {
    let told = |files: &Files| -> Vec<String> {
        files
            .findings(|_| Vec::new())
            .into_iter()
            .map(|it| format!("{} {}", it.places[0].place.file, it.code))
            .collect()
    };
    let (mut files, _) =
        files(&in_profile("<Protocol Name=\"None\"/><IncludeTechnicalProfile ReferenceId=\"Nobody\"/>¦"));
    assert_eq!(told(&files), ["leaf.xml Z0107"]);
    // A base that is broken for a moment: one finding of its own, and the leaf's as before.
    let base = files.text("base.xml").unwrap().to_owned();
    files.put(&"base.xml".into(), &base.replace("</ClaimsSchema>", "</ClaimsSch"), Origin::Set);
    assert_eq!(told(&files), ["leaf.xml Z0107", "base.xml Z0001"]);
    files.put(&"base.xml".into(), &base, Origin::Set);
    let leaf = files.text("leaf.xml").unwrap().replace("Nobody", "Page");
    files.put(&"leaf.xml".into(), &format!("\u{feff}{leaf}"), Origin::Set);
    assert_eq!(told(&files), [""; 0]);
    files.remove("base.xml");
    assert_eq!(told(&files), ["leaf.xml Z0401"]);
}

#[test]
fn a_sound_file_is_read_as_it_is() {
    const DEMO: [&str; 3] = [
        include_str!("../../../../policies/demo/TrustFrameworkBase.xml"),
        include_str!("../../../../policies/demo/TrustFrameworkLocalization.xml"),
        include_str!("../../../../policies/demo/SignUpOrSignin.xml"),
    ];
    for text in DEMO {
        let file = SourceFile::new("demo.xml", text);
        let document = Document::new(file.name.clone(), file.text.clone());
        let (read, tolerant) = (source::read(&file).unwrap().saying(), document.element().unwrap().saying());
        let same = read.chars().zip(tolerant.chars()).take_while(|(one, other)| one == other).count();
        let rest = |text: &str| text.chars().skip(same).take(80).collect::<String>();
        assert_eq!((rest(&read), rest(&tolerant)), (String::new(), String::new()));
    }
}

/// Asks everything about one place.
/// Any offset: within a character, behind the end.
fn ask(files: &Files, offset: usize) {
    for proposal in files.proposals("leaf.xml", offset) {
        let text = files.text("leaf.xml").unwrap();
        let caret = text.floor_char_boundary(offset);
        assert!(proposal.replaces.start <= caret && caret <= proposal.replaces.end, "{offset} {proposal:?}");
        assert!(text.get(proposal.replaces.clone()).is_some_and(|it| !it.contains('\n')), "{proposal:?}");
    }
    files.definition("leaf.xml", offset);
    files.references("leaf.xml", offset, Declarations::Included);
    files.hover("leaf.xml", offset);
    files.rename("leaf.xml", offset, "New").ok();
}

#[test]
fn a_file_cut_anywhere_answers_everywhere() {
    let sample = format!("{}{}", head("B2C_1A_Leaf", Some("B2C_1A_Base")), OVERRIDE.replace("EMAIL", "é𝄞"));
    for end in (0..=sample.len()).filter(|end| sample.is_char_boundary(*end)) {
        let mut files = Files::new(Settings::default());
        files.put(&"leaf.xml".into(), &sample[..end], Origin::Set);
        files.outline("leaf.xml");
        for offset in [end, end / 2, end.saturating_sub(7), end + 1] {
            ask(&files, offset);
        }
        for finding in files.findings(|_| Vec::new()) {
            files.fix(&finding);
        }
    }
}

fn piece() -> impl Strategy<Value = String> {
    let words = [
        "<",
        ">",
        "\"",
        "'",
        "=",
        "/>",
        "</",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?",
        "&amp;",
        "&x;",
        "\r\n",
        "é𝄞",
        "<InputClaims>",
        "<InputClaim ClaimTypeReferenceId=\"",
        "</InputClaims>",
        "<TechnicalProfile Id=\"Page\">",
        "</TechnicalProfile>",
        "<Metadata><Item Key=\"",
        " ",
    ];
    prop_oneof![prop::sample::select(words.to_vec()).prop_map(str::to_owned), "\\PC{0,4}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_and_no_place_is_too_strange(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..40_usize, piece()), 1..8),
        at in any::<prop::sample::Index>(),
    ) {
        let mut text: Vec<char> = format!("{}{OVERRIDE}{END}", head("B2C_1A_Leaf", Some("B2C_1A_Base"))).chars().collect();
        for (at, length, piece) in edits {
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, piece.chars());
        }
        let text: String = text.into_iter().collect();
        let (mut files, _) = files("¦");
        files.put(&"leaf.xml".into(), &text, Origin::Set);
        ask(&files, at.index(text.len() + 3));
        files.outline("leaf.xml");
        for finding in files.findings(|_| Vec::new()) {
            prop_assert!(files.fix(&finding).is_none_or(|fix| !fix.edits.is_empty()));
            for labelled in &finding.places {
                prop_assert!(files.text(&labelled.place.file).is_some_and(|it| it.get(labelled.place.span.clone()).is_some()));
            }
        }
    }
}
