//! Claims transformations whose ways are .NET's: run where an account is read, seen in the answer.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use zaguan_journey::{Outcome, Start, Turn};

use crate::stage::{Stage, edited_program, request};

/// What the claims `text` and `yes` hold after the method ran on `one` and `other`; `None` where it refused.
fn after(one: &str, other: &str, method: &str, inside: &str) -> Option<(Option<Json>, Option<Json>)> {
    let blocks = format!(
        r#"<BuildingBlocks><ClaimsSchema>
          <ClaimType Id="one"><DataType>string</DataType></ClaimType><ClaimType Id="other"><DataType>string</DataType></ClaimType>
          <ClaimType Id="text"><DataType>string</DataType></ClaimType><ClaimType Id="yes"><DataType>boolean</DataType></ClaimType>
        </ClaimsSchema><ClaimsTransformations>
          <ClaimsTransformation Id="MakeOne" TransformationMethod="CreateStringClaim"><InputParameters>
            <InputParameter Id="value" DataType="string" Value="{one}"/></InputParameters><OutputClaims>
            <OutputClaim ClaimTypeReferenceId="one" TransformationClaimType="createdClaim"/></OutputClaims></ClaimsTransformation>
          <ClaimsTransformation Id="MakeOther" TransformationMethod="CreateStringClaim"><InputParameters>
            <InputParameter Id="value" DataType="string" Value="{other}"/></InputParameters><OutputClaims>
            <OutputClaim ClaimTypeReferenceId="other" TransformationClaimType="createdClaim"/></OutputClaims></ClaimsTransformation>
          <ClaimsTransformation Id="Tried" TransformationMethod="{method}">{inside}</ClaimsTransformation>
        </ClaimsTransformations></BuildingBlocks><ClaimsProviders>"#
    );
    let provider = r#"<ClaimsProvider><DisplayName>Tried</DisplayName><TechnicalProfiles>
        <TechnicalProfile Id="Answer"><DisplayName>Answer</DisplayName><Protocol Name="None"/>
          <OutputTokenFormat>JSON</OutputTokenFormat>
          <InputClaims><InputClaim ClaimTypeReferenceId="text"/><InputClaim ClaimTypeReferenceId="yes"/></InputClaims></TechnicalProfile>
        <TechnicalProfile Id="WhoMayAsk"><DisplayName>Who may ask</DisplayName><Protocol Name="None"/>
          <InputTokenFormat>JWT</InputTokenFormat>
          <Metadata><Item Key="issuer">https://id.contoso.example/f3b1c0de/v2.0/</Item></Metadata>
          <CryptographicKeys><Key Id="issuer_secret" StorageReferenceId="B2C_1A_TokenSigningKeyContainer"/></CryptographicKeys>
          <OutputClaims><OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub"/></OutputClaims></TechnicalProfile>
        <TechnicalProfile Id="AAD-UserReadUsingObjectId"><OutputClaimsTransformations>
          <OutputClaimsTransformation ReferenceId="MakeOne"/><OutputClaimsTransformation ReferenceId="MakeOther"/>
          <OutputClaimsTransformation ReferenceId="Tried"/></OutputClaimsTransformations></TechnicalProfile>
        </TechnicalProfiles></ClaimsProvider></ClaimsProviders>
        <UserJourneys><UserJourney Id="UserInfoJourney" DefaultCpimIssuerTechnicalProfileReferenceId="Answer">
          <Authorization><AuthorizationTechnicalProfiles><AuthorizationTechnicalProfile ReferenceId="WhoMayAsk"/>
          </AuthorizationTechnicalProfiles></Authorization>
          <OrchestrationSteps><OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges>
            <ClaimsExchange Id="Read" TechnicalProfileReferenceId="AAD-UserReadUsingObjectId"/></ClaimsExchanges></OrchestrationStep>
          <OrchestrationStep Order="2" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="Answer"/>
        </OrchestrationSteps></UserJourney></UserJourneys>"#;
    let program = edited_program("B2C_1A_signup_signin", |name, text| match name {
        "TrustFrameworkExtensions.xml" => {
            text.replace("</ClaimsProviders>", provider).replace("<ClaimsProviders>", &blocks)
        }
        "SignUpOrSignin.xml" => text.replace(
            "</Endpoints>",
            r#"<Endpoint Id="UserInfo" UserJourneyReferenceId="UserInfoJourney"/></Endpoints>"#,
        ),
        _ => text,
    });
    let token = json!({"iss": "https://id.contoso.example/f3b1c0de/v2.0/", "sub": "ada-id", "aud": "shop"});
    let claims: BTreeMap<String, Json> = serde_json::from_value(token).unwrap();
    match Stage::of(program, request(Start::UserInfo { claims }), None).begin() {
        Turn::Finish(Outcome::UserInfo(members)) => {
            let find = |wanted| members.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
            Some((find("text"), find("yes")))
        }
        Turn::Finish(_) => None,
        other => panic!("expected an end, got {other:?}"),
    }
}

fn parameters(all: &[(&str, &str)]) -> String {
    let each =
        all.iter().map(|(id, value)| format!(r#"<InputParameter Id="{id}" DataType="string" Value="{value}"/>"#));
    format!("<InputParameters>{}</InputParameters>", each.collect::<String>())
}

const BOTH: &str = r#"<InputClaims><InputClaim ClaimTypeReferenceId="one" TransformationClaimType="inputClaim1"/>
    <InputClaim ClaimTypeReferenceId="other" TransformationClaimType="inputClaim2"/></InputClaims>"#;

#[test]
fn claims_are_compared_by_their_upper_case() {
    for (one, other, operator, ignore_case, expected) in [
        ("someone@contoso.com", "Someone@Contoso.com", "EQUAL", "true", true),
        ("someone@contoso.com", "Someone@Contoso.com", "EQUAL", "false", false),
        ("someone@contoso.com", "someone@outlook.com", "NOT EQUAL", "true", true),
        ("straße", "STRASSE", "EQUAL", "true", false),
        ("ſ", "s", "EQUAL", "true", false),
        ("É", "é", "equal", "True", true),
    ] {
        let inside = format!(
            "{BOTH}{}{}",
            parameters(&[("operator", operator), ("ignoreCase", ignore_case)]),
            r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="yes" TransformationClaimType="outputClaim"/></OutputClaims>"#
        );
        let compared = after(one, other, "CompareClaims", &inside);
        assert_eq!(compared, Some((None, Some(json!(expected)))), "{one} {operator} {other}");
    }
}

#[test]
fn an_assertion_compares_as_its_parameter_says() {
    for (one, other, comparison, holds) in [
        ("a@b", "A@B", "ordinalIgnoreCase", true),
        ("a@b", "A@B", "Ordinal", false),
        ("a@b", "a@b", "Ordinal", true),
        ("ı", "I", "OrdinalIgnoreCase", false),
        ("a@b", "A@B", "InvariantCultureIgnoreCase", false),
    ] {
        let inside = format!("{BOTH}{}", parameters(&[("stringComparison", comparison)]));
        let asserted = after(one, other, "AssertStringClaimsAreEqual", &inside);
        assert_eq!(asserted.is_some(), holds, "{one} {other} {comparison}");
    }
}

#[test]
fn texts_are_formatted_as_dotnet_does() {
    const OUT: &str = r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="text" TransformationClaimType="outputClaim"/></OutputClaims>"#;
    for (format, expected) in [
        ("cpim_{0}@{RelyingPartyTenantId}", Some("cpim_Ada@contoso.onmicrosoft.com")),
        ("[{0,5}]", Some("[  Ada]")),
        ("{{{0}}}", Some("{Ada}")),
        ("constant", Some("constant")),
        ("{1}", None),
        ("{ 0}", None),
        ("}", None),
    ] {
        let input = r#"<InputClaims><InputClaim ClaimTypeReferenceId="one" TransformationClaimType="inputClaim"/></InputClaims>"#;
        let inside = format!("{input}{}{OUT}", parameters(&[("stringFormat", format)]));
        let formatted = after("Ada", "", "FormatStringClaim", &inside);
        assert_eq!(formatted, expected.map(|text| (Some(json!(text)), None)), "{format}");
    }
    // The only number below one is zero.
    for (format, expected) in [("OTP_{0:D6}", "OTP_000000"), ("{0:000-000}", "000-000"), ("{0}", "0")] {
        let given = [("randomGeneratorType", "INTEGER"), ("maximumNumber", "1"), ("stringFormat", format)];
        let drawn = after("", "", "CreateRandomString", &format!("{}{OUT}", parameters(&given)));
        assert_eq!(drawn, Some((Some(json!(expected)), None)), "{format}");
    }
}
