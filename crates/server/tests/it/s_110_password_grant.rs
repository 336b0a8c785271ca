//! The password grant (ROPC): an app that has the person's password, and nothing of a browser (S-110).

use serde_json::Value;
use zaguan_testkit::{
    Town,
    town::{ADA, SIGN_IN, TownBuilder},
};

use crate::support::{claims, is_answered, shop, sign_in_at};

const ROPC: &str = "B2C_1A_ROPC";

/// The documentation's policy, on the demo's: the profile, the journey and the relying party.
pub(crate) fn with_ropc(builder: TownBuilder, inputs: &str) -> TownBuilder {
    let profile = format!(
        "<TechnicalProfile Id=\"ResourceOwnerPasswordCredentials-OAUTH2\"><DisplayName>Local Account</DisplayName>
           <Protocol Name=\"OpenIdConnect\" />
           <Metadata>
             <Item Key=\"METADATA\">https://login.microsoftonline.com/{{tenant}}/.well-known/openid-configuration</Item>
             <Item Key=\"authorization_endpoint\">https://login.microsoftonline.com/{{tenant}}/oauth2/token</Item>
             <Item Key=\"response_types\">id_token</Item><Item Key=\"response_mode\">query</Item>
             <Item Key=\"scope\">email openid</Item><Item Key=\"grant_type\">password</Item>
           </Metadata>
           <InputClaims>{inputs}</InputClaims>
           <OutputClaims>
             <OutputClaim ClaimTypeReferenceId=\"objectId\" PartnerClaimType=\"oid\" />
           </OutputClaims>
         </TechnicalProfile><TechnicalProfile Id=\"RefreshTokenReadAndSetup\">"
    );
    builder
        .edit(move |name, text| match name.contains("TrustFrameworkBase") {
            true => text
                .replace("<TechnicalProfile Id=\"RefreshTokenReadAndSetup\">", &profile)
                .replace(
                    "</UserJourneys>",
                    "<UserJourney Id=\"ROPC\"><OrchestrationSteps>
                       <OrchestrationStep Order=\"1\" Type=\"ClaimsExchange\"><ClaimsExchanges>
                         <ClaimsExchange Id=\"Password\"
                           TechnicalProfileReferenceId=\"ResourceOwnerPasswordCredentials-OAUTH2\" />
                       </ClaimsExchanges></OrchestrationStep>
                       <OrchestrationStep Order=\"2\" Type=\"ClaimsExchange\"><ClaimsExchanges>
                         <ClaimsExchange Id=\"Read\" TechnicalProfileReferenceId=\"AAD-UserReadUsingObjectId\" />
                       </ClaimsExchanges></OrchestrationStep>
                       <OrchestrationStep Order=\"3\" Type=\"SendClaims\"
                         CpimIssuerTechnicalProfileReferenceId=\"JwtIssuer\" />
                     </OrchestrationSteps></UserJourney></UserJourneys>",
                )
                .replacen(
                    "</ClaimsSchema>",
                    "<ClaimType Id=\"logonIdentifier\"><DataType>string</DataType></ClaimType></ClaimsSchema>",
                    1,
                ),
            false => text.to_owned(),
        })
        .policy(ROPC, |text| text.replace("ReferenceId=\"SignUpOrSignIn\"", "ReferenceId=\"ROPC\""))
        .app_lines("shop", "password_grant = true\n")
}

pub(crate) const INPUTS: &str = "<InputClaim ClaimTypeReferenceId=\"logonIdentifier\" PartnerClaimType=\"username\" \
                                  Required=\"true\" DefaultValue=\"{OIDC:Username}\" />\
                                 <InputClaim ClaimTypeReferenceId=\"password\" Required=\"true\" \
                                  DefaultValue=\"{OIDC:Password}\" />";

async fn ask(town: &Town, app: &str, policy: &str, password: &str) -> (u16, Value) {
    let client_id = town.app(app).client_id();
    let scope = format!("openid {client_id} offline_access");
    let fields = [
        ("grant_type", "password"),
        ("client_id", client_id.as_str()),
        ("username", ADA.0),
        ("password", password),
        ("scope", &scope),
        ("response_type", "token id_token"),
    ];
    town.token(policy, &fields).await
}

fn code_of(answer: &Value) -> &str {
    answer["error_description"].as_str().unwrap_or_default().split(':').next().unwrap_or_default()
}

#[tokio::test]
async fn s_110_a_password_sent_by_an_app_sets_no_cookie_and_reads_none() {
    let town = with_ropc(Town::builder(), INPUTS).build().await;
    let (status, tokens) = ask(&town, "shop", ROPC, ADA.1).await;
    assert_eq!(status, 200, "{tokens}");
    let id_token = claims(&tokens["id_token"]);
    assert_eq!((&id_token["name"], &id_token["acr"]), (&"Ada".into(), &ROPC.to_lowercase().into()));
    assert!(id_token["sid"].is_null() && id_token["nonce"].is_null(), "{id_token}");
    let client_id = town.app("shop").client_id();
    assert_eq!(claims(&tokens["access_token"])["aud"].as_str(), Some(client_id.as_str()));
    assert!(tokens["profile_info"].is_string());
    // Its refresh tokens rotate like any other's.
    let refreshed = town
        .token(
            ROPC,
            &[
                ("grant_type", "refresh_token"),
                ("client_id", client_id.as_str()),
                ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
                ("response_type", "id_token"),
                ("resource", &client_id),
            ],
        )
        .await;
    assert_eq!(refreshed.0, 200, "{}", refreshed.1);
    // Nobody was signed in by it, and a session elsewhere neither helps nor ends.
    let mut browser = town.browser();
    sign_in_at(&mut browser, &shop(&town)).await;
    let (status, answer) = ask(&town, "shop", ROPC, "wrong").await;
    assert_eq!((status, code_of(&answer), answer["error"].as_str()), (400, "AADB2C90225", Some("access_denied")));
    assert!(is_answered(&mut browser, &shop(&town)).await);
    assert_eq!(count_sessions(&town).await, 1, "the browser's alone");
}

async fn count_sessions(town: &Town) -> usize {
    let all = town.store().session_page(&town.tenant().id, &zaguan_store::SessionFilter::default(), None, 9).await;
    all.unwrap().sessions.len()
}

#[tokio::test]
async fn who_proved_itself_at_the_password_has_to_at_the_refresh() {
    let town = with_ropc(Town::builder(), INPUTS).build().await;
    let (client_id, secret) = (town.app("shop").client_id(), town.app("shop").secret().to_owned());
    for proven in [true, false] {
        let proof = proven.then_some(("client_secret", secret.as_str()));
        let mut fields = vec![("grant_type", "password"), ("client_id", &*client_id), ("username", ADA.0)];
        fields.extend([("password", ADA.1), ("scope", "openid offline_access")]);
        fields.extend(proof);
        let (status, tokens) = town.token(ROPC, &fields).await;
        assert_eq!(status, 200, "{tokens}");
        let mut newest = tokens["refresh_token"].as_str().unwrap().to_owned();
        for (secret, expected) in [(Some(&*secret), 200), (None, if proven { 400 } else { 200 })] {
            let mut fields =
                vec![("grant_type", "refresh_token"), ("client_id", &*client_id), ("refresh_token", &newest)];
            fields.extend(secret.map(|secret| ("client_secret", secret)));
            let (status, answer) = town.token(ROPC, &fields).await;
            assert_eq!(status, expected, "{proven} {secret:?}: {answer}");
            match answer["refresh_token"].as_str() {
                Some(next) => newest = next.to_owned(),
                None => assert_eq!(code_of(&answer), "AADB2C90079"),
            }
        }
    }
}

#[tokio::test]
async fn no_cookie_comes_back() {
    let town = with_ropc(Town::builder(), INPUTS).build().await;
    let url = url::Url::parse(&town.address(ROPC, "oauth2/v2.0/token")).unwrap();
    let client_id = town.app("shop").client_id();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("grant_type", "password"), ("client_id", &client_id), ("username", ADA.0)])
        .extend_pairs([("password", ADA.1), ("scope", "openid")])
        .finish();
    let mut browser = town.browser();
    let request = http::Request::post(url.as_str());
    let response = browser.send(request, &url, Some(form), zaguan_testkit::cookies::Cause::Frame).await;
    assert_eq!(response.status(), 200);
    assert!(response.headers().get("set-cookie").is_none());
    assert_eq!(response.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn who_may_not_send_passwords_is_told() {
    let town = with_ropc(Town::builder(), INPUTS).build().await;
    for (app, policy, code, error, words) in [
        ("blog", ROPC, "AADB2C90224", "unauthorized_client", "set `password_grant = true` in its file"),
        // A policy for browsers.
        ("shop", SIGN_IN, "AADB2C90086", "unsupported_grant_type", "the policy `B2C_1A_signup_signin` shows pages"),
    ] {
        let (status, answer) = ask(&town, app, policy, ADA.1).await;
        assert_eq!((status, code_of(&answer), answer["error"].as_str()), (400, code, Some(error)), "{app} {policy}");
        assert!(answer["error_description"].as_str().unwrap().contains(words), "{answer}");
    }
    let client_id = town.app("shop").client_id();
    for (scope, code) in [("", "AADB2C90010"), ("profile", "AADB2C90115"), ("nothing", "AADB2C90117")] {
        let mut fields =
            vec![("grant_type", "password"), ("client_id", &*client_id), ("username", ADA.0), ("password", ADA.1)];
        fields.extend((!scope.is_empty()).then_some(("scope", scope)));
        let (status, answer) = town.token(ROPC, &fields).await;
        assert_eq!((status, code_of(&answer)), (400, code), "{scope}: {answer}");
    }
}

#[tokio::test]
async fn a_profile_that_does_not_take_the_password_is_the_authors_mistake() {
    let inputs = "<InputClaim ClaimTypeReferenceId=\"logonIdentifier\" PartnerClaimType=\"username\" />";
    let town = with_ropc(Town::builder(), inputs).build().await;
    let (status, answer) = ask(&town, "shop", ROPC, ADA.1).await;
    assert_eq!((status, code_of(&answer), answer["error"].as_str()), (500, "AADB2C99015", Some("server_error")));
}

#[tokio::test]
async fn guessing_is_slowed_down_here_too() {
    let town = with_ropc(Town::builder(), INPUTS).build().await;
    for _ in 0..10 {
        assert_eq!(code_of(&ask(&town, "shop", ROPC, "wrong").await.1), "AADB2C90225");
    }
    let (_, answer) = ask(&town, "shop", ROPC, ADA.1).await;
    assert_eq!(code_of(&answer), "AADB2C90114", "{answer}");
}
