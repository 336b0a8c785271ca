//! Advice: what each lint tells, and what it must not.

use zaguan_policy::{SourceFile, load};

use crate::support::told;

const FILES: [(&str, &str); 6] = [
    ("Base", include_str!("../../../../policies/demo/TrustFrameworkBase.xml")),
    ("Loc", include_str!("../../../../policies/demo/TrustFrameworkLocalization.xml")),
    ("Ext", include_str!("../../../../policies/demo/TrustFrameworkExtensions.xml")),
    ("SignUp", include_str!("../../../../policies/demo/SignUpOrSignin.xml")),
    ("Edit", include_str!("../../../../policies/demo/ProfileEdit.xml")),
    ("More", include_str!("seeded/More.xml")),
];

/// What is told of the sound policies after some changes: file, what stands there once, what stands there instead.
fn after(changes: &[(&str, &str, &str)]) -> String {
    let mut files = FILES.map(|(name, text)| SourceFile::new(name, text));
    for (name, from, to) in changes {
        let file = files.iter_mut().find(|file| &*file.name == *name).unwrap();
        assert_eq!(file.text.matches(from).count(), 1, "{from}");
        file.text = file.text.replace(from, to);
    }
    let loaded = load(&files, &[]);
    told(&loaded.diagnostics, &files)
}

/// The codes alone.
fn codes(changes: &[(&str, &str, &str)]) -> Vec<String> {
    let lines = after(changes);
    let first = lines.lines().filter(|line| !line.starts_with(' '));
    first.filter_map(|line| Some(line.split_once(' ')?.1.split_once(':')?.0.to_owned())).collect()
}

const STEP_2: &str = r#"<ClaimsExchange Id="MoreExchange" TechnicalProfileReferenceId="MorePage" />"#;
const PROFILES: &str = "<TechnicalProfile Id=\"Copy\">";

/// A profile of an identity provider beside the others of `More.xml`; `rest` is what follows its protocol.
fn provider(protocol: &str, rest: &str) -> String {
    format!(
        "<TechnicalProfile Id=\"Shop\"><DisplayName>Shop</DisplayName><Protocol Name=\"{protocol}\" />{rest}</TechnicalProfile>\
         <TechnicalProfile Id=\"SM-Shop\"><DisplayName>S</DisplayName><Protocol Name=\"Proprietary\" \
         Handler=\"Web.TPEngine.SSO.ExternalLoginSSOSessionProvider\" /></TechnicalProfile>{PROFILES}"
    )
}

const ITS_STEP: &str = r#"<ClaimsExchange Id="MoreExchange" TechnicalProfileReferenceId="Shop" />"#;
const SECRET: &str =
    r#"<CryptographicKeys><Key Id="client_secret" StorageReferenceId="B2C_1A_S" /></CryptographicKeys>"#;
const KEPT: &str = r#"<UseTechnicalProfileForSessionManagement ReferenceId="SM-Shop" />"#;

#[test]
fn identity_providers_and_their_keys() {
    let noop = KEPT.replace("SM-Shop", "SM-Noop");
    let default = KEPT.replace("SM-Shop", "SM-AAD");
    let code = r#"<Metadata><Item Key="response_types">id_token code</Item></Metadata>"#;
    let signed = code.replace("</M", "<Item Key=\"token_endpoint_auth_method\">private_key_jwt</Item></M");
    let unsigned = r#"<Metadata><Item Key="WantsSignedRequests">false</Item></Metadata>"#;
    let cases: [(&str, String, &[&str]); 11] = [
        ("OAuth2", format!("{SECRET}{KEPT}"), &[]),
        ("OAuth2", KEPT.to_owned(), &["Z0127"]),
        ("OAuth1", format!("{SECRET}{noop}"), &["Z0510"]),
        ("OAuth2", SECRET.to_owned(), &["Z0504", "Z0510"]),
        ("OAuth2", format!("{SECRET}{default}"), &["Z0504", "Z0510"]),
        ("OpenIdConnect", KEPT.to_owned(), &[]),
        ("OpenIdConnect", format!("{code}{KEPT}"), &["Z0127"]),
        ("OpenIdConnect", format!("{code}{SECRET}{KEPT}"), &[]),
        ("OpenIdConnect", format!("{signed}{SECRET}{KEPT}"), &["Z0127"]),
        ("SAML2", KEPT.to_owned(), &["Z0127"]),
        ("SAML2", format!("{unsigned}{KEPT}"), &[]),
    ];
    for (protocol, rest, expected) in cases {
        let profile = provider(protocol, &rest);
        // The page that stood there is used by nothing now.
        let mut told = codes(&[("More", STEP_2, ITS_STEP), ("More", PROFILES, &profile)]);
        told.sort();
        let mut expected = [expected, &["Z0510"]].concat();
        expected.sort_unstable();
        assert_eq!(told, expected, "{protocol} {rest}");
    }
}

#[test]
fn steps_that_are_always_skipped() {
    let exists = |claim: &str, when: bool| format!("{when} <Value>{claim}</Value>");
    let equals = |claim: &str, value: &str, when: bool| format!("{when} <Value>{claim}</Value><Value>{value}</Value>");
    let (yes, no) = (exists("objectId", true), exists("objectId", false));
    let is = |value: &str, when| equals("favouriteShop", value, when);
    let newly = |value: &str, when| equals("newUser", value, when);
    let cases: &[(&[String], bool)] = &[
        (std::slice::from_ref(&yes), false),
        (&[yes.clone(), no.clone()], true),
        (&[yes.clone(), exists("email", false)], false),
        // A comparison with a claim that is not there skips nothing.
        (&[is("here", true), is("here", false)], false),
        (&[is("here", true), is("here", false), exists("favouriteShop", false)], true),
        (&[is("here", false), is("there", false)], false),
        (&[is("here", false), is("there", false), exists("favouriteShop", false)], true),
        (&[is("here", true), is("there", true), exists("favouriteShop", false)], false),
        // A boolean has two values.
        (&[newly("True", true), newly("False", true), exists("newUser", false)], true),
        (&[newly("True", true), exists("newUser", false)], false),
    ];
    for (preconditions, never) in cases {
        let all: String = preconditions
            .iter()
            .map(|it| {
                let (when, values) = it.split_once(' ').unwrap();
                let kind = if values.matches("<Value>").count() == 2 { "ClaimEquals" } else { "ClaimsExist" };
                format!(
                    "<Precondition Type=\"{kind}\" ExecuteActionsIf=\"{when}\">{values}<Action>SkipThisOrchestrationStep</Action></Precondition>"
                )
            })
            .collect();
        let step = "<OrchestrationStep Order=\"3\" Type=\"InvokeSubJourney\">";
        let told = codes(&[("More", step, &format!("{step}<Preconditions>{all}</Preconditions>"))]);
        assert_eq!(told, if *never { vec!["Z0506"] } else { vec![] }, "{preconditions:?}");
    }
}

#[test]
fn steps_behind_the_answer() {
    const ANSWER: &str =
        r#"<OrchestrationStep Order="4" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer" />"#;
    let late = |profile: &str| {
        format!(
            "<OrchestrationStep Order=\"5\" Type=\"ClaimsExchange\"><ClaimsExchanges><ClaimsExchange Id=\"Late\" \
             TechnicalProfileReferenceId=\"{profile}\" /></ClaimsExchanges></OrchestrationStep>"
        )
    };
    let guarded = ANSWER.replace(
        " />",
        "><Preconditions><Precondition Type=\"ClaimsExist\" ExecuteActionsIf=\"true\"><Value>email</Value>\
         <Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions></OrchestrationStep>",
    );
    let second = ANSWER.replace("Order=\"4\"", "Order=\"5\"");
    for (steps, expected) in [
        (format!("{ANSWER}{}", late("MorePage")), &["Z0506"][..]),
        (format!("{ANSWER}{second}"), &["Z0506"]),
        // Telemetry may follow, and an answer that is not always given is none.
        (format!("{ANSWER}{}", late("REST-Visits")), &[]),
        (format!("{guarded}{second}"), &[]),
    ] {
        assert_eq!(codes(&[("More", ANSWER, &steps)]), expected, "{steps}");
    }
}

#[test]
fn days_are_offered_by_any_page_that_shares_the_session() {
    let box_ = ("Base", "<Item Key=\"setting.enableRememberMe\">True</Item>", "");
    assert_eq!(codes(&[box_]), ["Z0502", "Z0502", "Z0502"]);
    // The demo's other policies keep days because a session of theirs would else end.
    assert_eq!(codes(&[]), [] as [&str; 0]);
    let wider = ("More", "Scope=\"Policy\" KeepAliveInDays", "Scope=\"Tenant\" KeepAliveInDays");
    let other_page = (
        "More",
        "<ClaimsExchange Id=\"SigninExchange\" TechnicalProfileReferenceId=\"SelfAsserted-LocalAccountSignin-Email\" />",
        "<ClaimsExchange Id=\"SigninExchange\" TechnicalProfileReferenceId=\"SelfAsserted-ProfileUpdate\" />",
    );
    assert_eq!(codes(&[other_page]), ["Z0502"]);
    assert_eq!(codes(&[other_page, wider]), [] as [&str; 0]);
}

#[test]
fn pages_for_nobody() {
    let issuer = |id: &str| {
        format!("<Item Key=\"token_lifetime_secs\">3600</Item><Item Key=\"RefreshTokenUserJourneyId\">{id}</Item>")
    };
    let metadata = "<Item Key=\"token_lifetime_secs\">3600</Item>";
    assert_eq!(codes(&[("Base", metadata, &issuer("RedeemRefreshToken"))]), [] as [&str; 0]);
    insta::assert_snapshot!(after(&[("Base", metadata, &issuer("ProfileEdit"))]), @r##"
    Warning Z0505: journey `ProfileEdit` shows a page, but an app runs it and nobody would see that
      Base:682:94 "ProfileEdit" named here
      Base:766:9 "<OrchestrationStep Order=\"1\" Type=\"ClaimsProviderSelection\" ContentDefinitionReferenceId=\"api.idpselections\">" this step needs somebody
      help: name a journey of its own, without pages: it reads the account and sends the claims
    "##);
}

#[test]
fn services_in_development_may_be_open() {
    let open =
        ("More", "<Item Key=\"AuthenticationType\">Bearer</Item>", "<Item Key=\"AuthenticationType\">None</Item>");
    assert_eq!(codes(&[open]), ["Z0509"]);
    let said = format!("{}<Item Key=\"AllowInsecureAuthInProduction\">true</Item>", open.2);
    assert_eq!(codes(&[("More", open.1, &said)]), [] as [&str; 0]);
    assert_eq!(codes(&[open, ("More", "\"Production\"", "\"Development\"")]), [] as [&str; 0]);
}

#[test]
fn an_error_leaves_no_room_for_advice() {
    let wrong = ("More", "ReferenceId=\"MoreJourney\"", "ReferenceId=\"MoreJourny\"");
    assert_eq!(codes(&[wrong, ("More", "<Item Key=\"AuthenticationType\">Bearer</Item>", "")]), ["Z0108"]);
}

#[test]
fn a_page_behind_a_password_that_the_app_has_sent() {
    let journey = |second: &str| {
        let step = |order: u8, profile: &str| {
            format!(
                "<OrchestrationStep Order=\"{order}\" Type=\"ClaimsExchange\"><ClaimsExchanges><ClaimsExchange Id=\"E{order}\" \
                 TechnicalProfileReferenceId=\"{profile}\" /></ClaimsExchanges></OrchestrationStep>"
            )
        };
        format!(
            "<UserJourney Id=\"Password\"><OrchestrationSteps>{}{}<OrchestrationStep Order=\"3\" Type=\"SendClaims\" \
             CpimIssuerTechnicalProfileReferenceId=\"JwtIssuer\" /></OrchestrationSteps></UserJourney><UserJourney Id=\"MoreJourney\"",
            step(1, "login-NonInteractive"),
            step(2, second)
        )
    };
    for (second, expected) in [("SelfAsserted-ProfileUpdate", true), ("AAD-UserReadUsingObjectId", false)] {
        let told = codes(&[
            ("More", "<UserJourney Id=\"MoreJourney\"", &journey(second)),
            ("More", "ReferenceId=\"MoreJourney\"", "ReferenceId=\"Password\""),
        ]);
        assert_eq!(told.contains(&"Z0505".to_owned()), expected, "{second}: {told:?}");
    }
}

#[test]
fn no_session_has_no_settings() {
    const SIGN_ON: &str = "<SingleSignOn Scope=\"Policy\" KeepAliveInDays=\"7\"";
    // The two of its expiry stand there too.
    for (days, expected) in [("0", 2), ("7", 3)] {
        let suppressed = format!("<SingleSignOn Scope=\"Suppressed\" KeepAliveInDays=\"{days}\"");
        let told = codes(&[("More", SIGN_ON, &suppressed)]);
        assert_eq!(told.iter().filter(|code| *code == "Z0508").count(), expected, "{days}: {told:?}");
    }
}
