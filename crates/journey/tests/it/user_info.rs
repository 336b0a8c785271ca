//! The UserInfo journey: what authorizes it, what it answers, what it must not do.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use zaguan_journey::{Outcome, Program, Refusal, Start, Turn};

use crate::stage::{Stage, edited_program, refusal, request};

const SIGN_IN: &str = "B2C_1A_signup_signin";
const KEY: &str = r#"<CryptographicKeys><Key Id="issuer_secret" StorageReferenceId="B2C_1A_TokenSigningKeyContainer"/></CryptographicKeys>"#;

/// What a test's policy has of its own.
struct Parts {
    metadata: &'static str,
    key: &'static str,
    authorization: &'static str,
    first_step: &'static str,
    ends_in: &'static str,
}

const AS_DOCUMENTED: Parts = Parts {
    metadata: r#"<Item Key="issuer">https://id.contoso.example/f3b1c0de/v2.0/</Item>"#,
    key: KEY,
    authorization: r#"<AuthorizationTechnicalProfile ReferenceId="WhoMayAsk"/>"#,
    first_step: r#"<OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="Read" TechnicalProfileReferenceId="AAD-UserReadUsingObjectId"/></ClaimsExchanges></OrchestrationStep>"#,
    ends_in: "Answer",
};

impl Parts {
    fn program(&self) -> Program {
        let Self { metadata, key, authorization, first_step, ends_in } = self;
        let provider = format!(
            r#"<ClaimsProvider><DisplayName>UserInfo</DisplayName><TechnicalProfiles>
            <TechnicalProfile Id="Answer"><DisplayName>Answer</DisplayName><Protocol Name="None"/>
              <OutputTokenFormat>JSON</OutputTokenFormat>
              <InputClaims>
                <InputClaim ClaimTypeReferenceId="objectId"/><InputClaim ClaimTypeReferenceId="givenName"/>
                <InputClaim ClaimTypeReferenceId="surname" PartnerClaimType="familyName"/>
                <InputClaim ClaimTypeReferenceId="displayName" PartnerClaimType="name"/>
                <InputClaim ClaimTypeReferenceId="signInNames.emailAddress"/>
                <InputClaim ClaimTypeReferenceId="newUser"/>
              </InputClaims></TechnicalProfile>
            <TechnicalProfile Id="WhoMayAsk"><DisplayName>Who may ask</DisplayName><Protocol Name="None"/>
              <InputTokenFormat>JWT</InputTokenFormat><Metadata>{metadata}</Metadata>{key}
              <OutputClaims><OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub"/>
                <OutputClaim ClaimTypeReferenceId="newUser"/></OutputClaims></TechnicalProfile>
            </TechnicalProfiles></ClaimsProvider></ClaimsProviders>
            <UserJourneys><UserJourney Id="UserInfoJourney" DefaultCpimIssuerTechnicalProfileReferenceId="Answer">
              <Authorization><AuthorizationTechnicalProfiles>{authorization}</AuthorizationTechnicalProfiles></Authorization>
              <OrchestrationSteps>{first_step}
              <OrchestrationStep Order="2" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="{ends_in}"/>
            </OrchestrationSteps></UserJourney></UserJourneys>"#
        );
        edited_program(SIGN_IN, |name, text| match name {
            "TrustFrameworkExtensions.xml" => text.replace("</ClaimsProviders>", &provider),
            "SignUpOrSignin.xml" => text.replace(
                "</Endpoints>",
                r#"<Endpoint Id="UserInfo" UserJourneyReferenceId="UserInfoJourney"/></Endpoints>"#,
            ),
            _ => text,
        })
    }

    fn answer(&self, claims: Json) -> Turn {
        Stage::of(self.program(), request(shown(claims)), None).begin()
    }
}

/// A token of Ada's, and these claims besides.
fn shown(claims: Json) -> Start {
    let mut all: BTreeMap<String, Json> = serde_json::from_value(
        json!({"iss": "https://id.contoso.example/f3b1c0de/v2.0/", "sub": "ada-id", "aud": "shop"}),
    )
    .unwrap();
    all.extend(serde_json::from_value::<BTreeMap<String, Json>>(claims).unwrap());
    Start::UserInfo { claims: all }
}

fn members(turn: Turn) -> Vec<(String, Json)> {
    match turn {
        Turn::Finish(Outcome::UserInfo(members)) => members,
        other => panic!("expected an answer, got {other:?}"),
    }
}

fn forbidden(turn: Turn) -> Refusal {
    match turn {
        Turn::Finish(Outcome::Forbidden(refusal)) => refusal,
        other => panic!("expected a refusal of the token, got {other:?}"),
    }
}

#[test]
fn the_answer_is_what_the_issuer_lists_and_the_journey_knows() {
    let answer = members(AS_DOCUMENTED.answer(json!({"newUser": true})));
    let expected = [
        ("objectId", json!("ada-id")),
        ("givenName", json!("Ada")),
        ("name", json!("Ada")),
        ("signInNames.emailAddress", json!("ada@example.org")),
        ("newUser", json!(true)),
    ];
    assert_eq!(answer, expected.map(|(name, value)| (name.to_owned(), value)));
}

#[test]
fn the_authorization_profile_says_which_tokens_count() {
    let with = |metadata| Parts { metadata, ..AS_DOCUMENTED };
    for (parts, claims, expected) in [
        (AS_DOCUMENTED, json!({}), None),
        (AS_DOCUMENTED, json!({"iss": "https://id.contoso.example/f3b1c0de/v2.0"}), Some(90_238)),
        (with(""), json!({}), Some(90_238)),
        (with(r#"<Item Key="issuer"></Item>"#), json!({}), Some(90_238)),
        (with(r#"<Item Key="issuer">https://{Context:HostName}/f3b1c0de/v2.0/</Item>"#), json!({}), None),
        (with(r#"<Item Key="issuer">https://{Context:HostName}/x/v2.0/</Item>"#), json!({}), Some(90_238)),
        (
            with(
                r#"<Item Key="issuer">https://id.contoso.example/f3b1c0de/v2.0/</Item><Item Key="audience">["blog", "SHOP"]</Item>"#,
            ),
            json!({}),
            None,
        ),
        (
            with(
                r#"<Item Key="issuer">https://id.contoso.example/f3b1c0de/v2.0/</Item><Item Key="audience">[ "blog" ]</Item>"#,
            ),
            json!({}),
            Some(90_237),
        ),
        (
            with(
                r#"<Item Key="issuer">https://id.contoso.example/f3b1c0de/v2.0/</Item><Item Key="audience">[ "blog" ]</Item>"#,
            ),
            json!({"aud": ["shop", "blog"]}),
            None,
        ),
        (
            with(
                r#"<Item Key="issuer">https://id.contoso.example/f3b1c0de/v2.0/</Item><Item Key="IdTokenAudience">blog, {OIDC:ClientId}</Item>"#,
            ),
            json!({"aud": "app"}),
            None,
        ),
        (Parts { key: "", ..AS_DOCUMENTED }, json!({}), Some(90_239)),
        (
            Parts {
                key: r#"<CryptographicKeys><Key Id="issuer_secret" StorageReferenceId="B2C_1A_Other"/></CryptographicKeys>"#,
                ..AS_DOCUMENTED
            },
            json!({}),
            Some(90_239),
        ),
    ] {
        let turn = parts.answer(claims.clone());
        match expected {
            None => assert_eq!(members(turn)[0], ("objectId".to_owned(), json!("ada-id")), "{}", parts.metadata),
            Some(code) => assert_eq!(forbidden(turn).code, code, "{} {} {claims}", parts.metadata, parts.key),
        }
    }
}

#[test]
fn a_journey_without_authorization_knows_nobody() {
    let parts = Parts {
        authorization: "",
        first_step: r#"<OrchestrationStep Order="1" Type="ClaimsExchange"><Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="false"><Value>objectId</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions><ClaimsExchanges><ClaimsExchange Id="Read" TechnicalProfileReferenceId="AAD-UserReadUsingObjectId"/></ClaimsExchanges></OrchestrationStep>"#,
        ..AS_DOCUMENTED
    };
    assert_eq!(members(parts.answer(json!({}))), []);
}

#[test]
fn what_cannot_be_asked_or_issued_is_an_error_and_no_answer() {
    // A profile that is no reader of tokens lets nobody in.
    for authorization in ["JwtIssuer", "AAD-UserReadUsingObjectId", "SelfAsserted-ProfileUpdate", "Answer"] {
        let reference = format!(r#"<AuthorizationTechnicalProfile ReferenceId="{authorization}"/>"#);
        let parts = Parts { authorization: reference.leak(), ..AS_DOCUMENTED };
        assert_eq!(refusal(parts.answer(json!({}))).code, 90_037, "{authorization}");
    }
    // A token is no answer.
    let parts = Parts { ends_in: "JwtIssuer", ..AS_DOCUMENTED };
    assert_eq!(refusal(parts.answer(json!({}))).code, 90_037);
    // A page is shown to the server, which has nobody to show it to.
    let parts = Parts {
        first_step: r#"<OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="Ask" TechnicalProfileReferenceId="SelfAsserted-ProfileUpdate"/></ClaimsExchanges></OrchestrationStep>"#,
        ..AS_DOCUMENTED
    };
    assert!(matches!(parts.answer(json!({})), Turn::Show(_)));
}

#[test]
fn an_account_that_is_gone_or_disabled_has_no_answer() {
    let mut stage = Stage::of(AS_DOCUMENTED.program(), request(shown(json!({}))), None);
    stage.people.clear();
    assert_eq!(refusal(stage.begin()).code, 90_128);

    let mut stage = Stage::of(AS_DOCUMENTED.program(), request(shown(json!({}))), None);
    let ada = stage.people.get_mut("ada@example.org").unwrap();
    ada.attributes.retain(|(name, _)| name != "accountEnabled");
    ada.attributes.push(("accountEnabled".into(), zaguan_policy::Value::Boolean(false)));
    assert_eq!(refusal(stage.begin()).code, 90_129);
}

#[test]
fn tokens_say_which_account_they_are_about() {
    let outputs = |list: &str, subject: &str| {
        let profile = format!("<OutputClaims>{list}</OutputClaims>{subject}</TechnicalProfile>");
        let program = edited_program(SIGN_IN, |name, text| match name {
            "SignUpOrSignin.xml" => {
                let (before, rest) = text.split_once("<OutputClaims>").unwrap();
                let (_, after) = rest.split_once("</TechnicalProfile>").unwrap();
                format!("{before}{profile}{after}")
            }
            _ => text,
        });
        program.account_claim()
    };
    const SUB: &str = r#"<SubjectNamingInfo ClaimType="sub"/>"#;
    for (list, subject, expected) in [
        (r#"<OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub"/>"#, SUB, Some("sub")),
        (r#"<OutputClaim ClaimTypeReferenceId="objectId"/>"#, SUB, Some("oid")),
        (r#"<OutputClaim ClaimTypeReferenceId="objectId"/>"#, r#"<SubjectNamingInfo ClaimType="oid"/>"#, Some("sub")),
        (r#"<OutputClaim ClaimTypeReferenceId="displayName"/>"#, SUB, Some("sub")),
        (r#"<OutputClaim ClaimTypeReferenceId="displayName" PartnerClaimType="sub"/>"#, SUB, None),
    ] {
        assert_eq!(outputs(list, subject).as_deref(), expected, "{list}");
    }
}
