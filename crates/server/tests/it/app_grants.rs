//! Apps in their own name: client credentials, and the ways to prove who they are.

use serde_json::{Value, json};
use zaguan_protocol::{
    client::ASSERTION_TYPE,
    jose::{SigningKey, generate_p256, generate_rsa_2048},
};
use zaguan_testkit::{
    Town, minutes,
    town::{SERVER, SIGN_IN, TENANT, TENANT_ID, TownBuilder},
};

use crate::support::{claims, parameter, redeem, shop, sign_in_at};

const API: &str = "https://contoso.onmicrosoft.com/tasks";
const API_ID: &str = "0000000a-0000-4000-8000-000000000001";
const OTHER: &str = "api://mail";

pub(crate) fn with_apis(builder: TownBuilder) -> TownBuilder {
    builder
        .app_file(
            "tasks",
            &format!(
                "client_id = \"{API_ID}\"\nname = \"Tasks\"\n[api]\nidentifier_uri = \"{API}\"\n\
                 scopes = [\"tasks.read\"]\nroles = [\"Tasks.Read.All\", \"Tasks.Write.All\", \"Tasks.Erase.All\"]\n"
            ),
        )
        .app_file(
            "mail",
            &format!(
                "client_id = \"0000000a-0000-4000-8000-000000000002\"\nname = \"Mail\"\n\
                 [api]\nidentifier_uri = \"{OTHER}\"\nroles = [\"Mail.Send\"]\n"
            ),
        )
        .app_lines(
            "shop",
            &format!("roles = [\"{API}/Tasks.Write.All\", \"{API}/Tasks.Read.All\", \"{OTHER}/Mail.Send\"]\n"),
        )
}

async fn ask(town: &Town, app: &str, fields: &[(&str, &str)]) -> (u16, Value) {
    let client_id = town.app(app).client_id();
    let mut all = vec![("grant_type", "client_credentials"), ("client_id", client_id.as_str())];
    all.extend(fields);
    town.token(SIGN_IN, &all).await
}

fn code_of(answer: &Value) -> &str {
    answer["error_description"].as_str().unwrap_or_default().split(':').next().unwrap_or_default()
}

#[tokio::test]
async fn an_app_in_its_own_name_gets_its_roles_at_one_api() {
    let town = with_apis(Town::builder()).build().await;
    let secret = town.app("shop").secret().to_owned();
    for scope in [format!("{API}/.default"), format!("{API_ID}/.default")] {
        let (status, answer) = ask(&town, "shop", &[("client_secret", &secret), ("scope", &scope)]).await;
        assert_eq!(status, 200, "{answer}");
        let names: Vec<&String> = answer.as_object().unwrap().keys().collect();
        assert_eq!(names, ["access_token", "token_type", "not_before", "expires_in", "expires_on", "resource"]);
        assert_eq!((&answer["resource"], &answer["expires_in"]), (&json!(API_ID), &json!(3600)));
        let token = claims(&answer["access_token"]);
        let client_id = town.app("shop").client_id();
        assert_eq!(
            token,
            json!({
                "ver": "1.0",
                "iss": format!("https://{SERVER}/{TENANT_ID}/v2.0/"),
                "sub": client_id,
                "exp": town.now().as_seconds() + 3600,
                "nbf": town.now().as_seconds(),
                "iat": town.now().as_seconds(),
                "acr": "b2c_1a_signup_signin",
                "aud": API_ID,
                "azp": client_id,
                // In the order in which the API lists them.
                "scp": "Tasks.Read.All Tasks.Write.All",
            })
        );
    }
    // An app without a role gets a token that allows nothing.
    let secret = town.app("blog").secret().to_owned();
    let scope = format!("{API}/.default");
    let (_, answer) = ask(&town, "blog", &[("client_secret", &secret), ("scope", &scope)]).await;
    assert!(claims(&answer["access_token"])["scp"].is_null(), "{answer}");
}

#[tokio::test]
async fn what_an_app_in_its_own_name_is_refused() {
    let town = with_apis(Town::builder()).build().await;
    let secret = town.app("shop").secret().to_owned();
    let default = format!("{API}/.default");
    let two = format!("{default} {OTHER}/.default");
    let named = format!("{API}/tasks.read");
    for (fields, code, error) in [
        (&[("scope", default.as_str())][..], "AADB2C90079", "invalid_client"),
        (&[("scope", &default), ("client_secret", "wrong")], "AADB2C90081", "invalid_client"),
        (&[("client_secret", &secret)], "AADB2C90010", "invalid_scope"),
        (&[("client_secret", &secret), ("scope", "openid")], "AADB2C90055", "invalid_scope"),
        (&[("client_secret", &secret), ("scope", &named)], "AADB2C90055", "invalid_scope"),
        (&[("client_secret", &secret), ("scope", &two)], "AADB2C90146", "invalid_scope"),
        (&[("client_secret", &secret), ("scope", "api://nobody/.default")], "AADB2C90117", "invalid_scope"),
        (&[("client_secret", &secret), ("scope", "/.default")], "AADB2C90117", "invalid_scope"),
    ] {
        let (status, answer) = ask(&town, "shop", fields).await;
        assert_eq!((status, code_of(&answer), answer["error"].as_str()), (400, code, Some(error)), "{fields:?}");
        let words = match code {
            "AADB2C90079" => "send its secret or a signed assertion",
            "AADB2C90055" => "asks for `{identifier URI}/.default` of one API, and this is `",
            _ => "",
        };
        assert!(answer["error_description"].as_str().unwrap().contains(words), "{answer}");
    }
}

#[tokio::test]
async fn a_journey_for_apps_adds_its_claims() {
    let town = with_apis(Town::builder())
        .edit(|name, text| match name {
            _ if name.contains("TrustFrameworkBase") => text
                .replace(
                    "<Item Key=\"token_lifetime_secs\">3600</Item>",
                    "<Item Key=\"ClientCredentialsUserJourneyId\">AppsAtNight</Item>",
                )
                .replace(
                    "</UserJourneys>",
                    "<UserJourney Id=\"AppsAtNight\"><OrchestrationSteps>
                       <OrchestrationStep Order=\"1\" Type=\"ClaimsExchange\"><ClaimsExchanges>
                         <ClaimsExchange Id=\"Setup\" TechnicalProfileReferenceId=\"ClientCredentials_Setup\" />
                       </ClaimsExchanges></OrchestrationStep>
                       <OrchestrationStep Order=\"2\" Type=\"SendClaims\"
                         CpimIssuerTechnicalProfileReferenceId=\"JwtIssuer\" />
                     </OrchestrationSteps></UserJourney></UserJourneys>",
                )
                .replace(
                    "<TechnicalProfile Id=\"RefreshTokenReadAndSetup\">",
                    "<TechnicalProfile Id=\"ClientCredentials_Setup\"><DisplayName>Apps</DisplayName>
                       <Protocol Name=\"None\" />
                       <OutputClaims>
                         <OutputClaim ClaimTypeReferenceId=\"displayName\" DefaultValue=\"a program\" />
                       </OutputClaims></TechnicalProfile>
                     <TechnicalProfile Id=\"RefreshTokenReadAndSetup\">",
                ),
            _ => text.to_owned(),
        })
        .build()
        .await;
    let secret = town.app("shop").secret().to_owned();
    let scope = format!("{API}/.default");
    let (status, answer) = ask(&town, "shop", &[("client_secret", &secret), ("scope", &scope)]).await;
    assert_eq!(status, 200, "{answer}");
    let token = claims(&answer["access_token"]);
    assert_eq!((&token["name"], &token["tid"]), (&json!("a program"), &json!(TENANT_ID)));
    assert_eq!(token["sub"].as_str(), Some(town.app("shop").client_id().as_str()));
}

#[test]
fn apps_that_do_not_fit_together_are_refused_by_file() {
    let told = |builder: TownBuilder| {
        let refused = builder.sources().apply(None).unwrap_err();
        zaguan_server::report::refusal(&refused, zaguan_server::report::Style::Plain, zaguan_policy::Language::English)
    };
    let fly = format!("roles = [\"{API}/Tasks.Fly\"]\n");
    let second =
        |id: &str, uri: &str| format!("client_id = \"{id}\"\nname = \"Second\"\n[api]\nidentifier_uri = \"{uri}\"\n");
    for (builder, expected) in [
        (
            with_apis(Town::builder()).app_lines("blog", &fly),
            format!(
                "apps/blog.toml: the role `{API}/Tasks.Fly` is offered by no API of the tenant; there are \
                 `{OTHER}/Mail.Send`, `{API}/Tasks.Erase.All`, `{API}/Tasks.Read.All`, `{API}/Tasks.Write.All`"
            ),
        ),
        (
            Town::builder().app_lines("blog", &fly),
            format!("apps/blog.toml: the role `{API}/Tasks.Fly` is offered by no API of the tenant; none offers any"),
        ),
        (
            with_apis(Town::builder()).app_file("twice", &second("0000000a-0000-4000-8000-000000000003", API)),
            format!("apps/twice.toml: `identifier_uri` `{API}` is also that of `Tasks` in apps/tasks.toml"),
        ),
        (
            with_apis(Town::builder()).app_file("twice", &second(API_ID, "api://second")),
            format!("apps/twice.toml: `client_id` `{API_ID}` is also that of `Tasks` in apps/tasks.toml"),
        ),
    ] {
        assert_eq!(told(builder), format!("error: {expected}\n"));
    }
}

#[tokio::test]
async fn an_app_that_is_switched_off_gets_nothing() {
    let town = with_apis(Town::builder()).app_lines("shop", "enabled = false\n").build().await;
    let secret = town.app("shop").secret().to_owned();
    let scope = format!("{API}/.default");
    let (status, answer) = ask(&town, "shop", &[("client_secret", &secret), ("scope", &scope)]).await;
    assert_eq!((status, code_of(&answer)), (400, "AADB2C90092"));
    let page = town.browser().open(&shop(&town)).await.page();
    assert!(page.html.contains("AADB2C90092"), "{}", page.html);
}

#[tokio::test]
async fn an_api_that_is_switched_off_is_nobodys() {
    let off = |builder: TownBuilder| {
        builder.app_file(
            "tasks",
            &format!(
                "client_id = \"{API_ID}\"\nname = \"Tasks\"\nenabled = false\n[api]\nidentifier_uri = \"{API}\"\n\
                 scopes = [\"tasks.read\"]\nroles = [\"Tasks.Read.All\"]\n"
            ),
        )
    };
    let town = off(Town::builder()).build().await;
    let secret = town.app("shop").secret().to_owned();
    for scope in [format!("{API}/.default"), format!("{API_ID}/.default")] {
        let (_, answer) = ask(&town, "shop", &[("client_secret", &secret), ("scope", &scope)]).await;
        assert_eq!(code_of(&answer), "AADB2C90117", "{answer}");
    }
}

#[tokio::test]
async fn whoever_failed_too_often_comes_back_soon_and_whoever_proves_itself_at_once() {
    let town = with_apis(Town::builder()).build().await;
    let (secret, scope) = (town.app("shop").secret().to_owned(), format!("{API}/.default"));
    let wrong = [("client_secret", "wrong"), ("scope", &*scope)];
    let right = [("client_secret", secret.as_str()), ("scope", &scope)];
    let mut throttled = 0;
    for _ in 0..1300 {
        throttled += u32::from(ask(&town, "shop", &wrong).await.0 == 429);
        if throttled == 1 {
            assert_eq!(ask(&town, "shop", &right).await.0, 200, "a proof is no guess");
        }
    }
    assert_eq!(throttled, 1000);
    // A thousand refusals for having failed too often did not add to what is owed.
    town.wait(zaguan_testkit::seconds(1));
    assert_eq!(ask(&town, "shop", &wrong).await.0, 400);
}

struct Nightly {
    key: SigningKey,
    town: Town,
}

impl Nightly {
    async fn new(key: SigningKey) -> Self {
        let jwk = serde_json::to_value(key.jwk()).unwrap();
        let member = |name: &str| jwk[name].as_str().map(|value| format!("{name} = {value:?}, "));
        let members: String =
            ["kid", "kty", "crv", "x", "y", "n", "e"].iter().filter_map(|name| member(name)).collect();
        let lines = format!("keys = [{{ {}use = \"sig\" }}]\n", members);
        let town = with_apis(Town::builder().app_lines("shop", &lines)).build().await;
        Self { key, town }
    }

    fn assertion(&self, change: &Value) -> String {
        let now = self.town.now().as_seconds();
        let id = self.town.app("shop").client_id();
        let mut claims = json!({"iss": id, "sub": id, "aud": self.town.address(SIGN_IN, "oauth2/v2.0/token"),
            "jti": "1", "iat": now, "exp": now + 300});
        change.as_object().into_iter().flatten().for_each(|(name, value)| claims[name] = value.clone());
        self.key.sign(&claims)
    }

    async fn ask(&self, assertion: &str) -> (u16, Value) {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion),
            ("scope", "https://contoso.onmicrosoft.com/tasks/.default"),
        ];
        self.town.token(SIGN_IN, &fields).await
    }
}

#[tokio::test]
async fn an_app_proves_itself_with_a_key_of_its_own() {
    for key in [generate_p256(), generate_rsa_2048()] {
        let nightly = Nightly::new(SigningKey::from_pkcs8(key.expose()).unwrap()).await;
        let token_endpoint = nightly.town.address(SIGN_IN, "oauth2/v2.0/token");
        let names = [
            json!(token_endpoint),
            json!([format!("https://{SERVER}/tfp/{TENANT_ID}/b2c_1a_signup_signin/oauth2/v2.0/token")]),
            json!(format!("https://{SERVER}/{TENANT}/oauth2/v2.0/token?p=b2c_1a_signup_signin")),
            json!(format!("https://{SERVER}/{TENANT_ID}/v2.0/")),
        ];
        for (number, name) in names.iter().enumerate() {
            let assertion = nightly.assertion(&json!({"aud": name, "jti": number.to_string()}));
            let (status, answer) = nightly.ask(&assertion).await;
            assert_eq!(status, 200, "{name}: {answer}");
            // Once is enough for whoever listened.
            let (status, answer) = nightly.ask(&assertion).await;
            assert_eq!((status, code_of(&answer)), (400, "AADB2C90017"), "{name}");
            assert!(answer["error_description"].as_str().unwrap().contains("used before"), "{answer}");
        }
        let elsewhere = nightly.assertion(&json!({"aud": "https://elsewhere.example/token", "jti": "e"}));
        let (status, answer) = nightly.ask(&elsewhere).await;
        assert_eq!((status, code_of(&answer), answer["error"].as_str()), (400, "AADB2C90017", Some("invalid_client")));
        let early = nightly.assertion(&json!({"jti": "late"}));
        nightly.town.wait(minutes(7));
        let (status, answer) = nightly.ask(&early).await;
        assert_eq!((status, code_of(&answer)), (400, "AADB2C90017"), "{answer}");
        let (status, answer) = nightly.ask("not.a.token").await;
        assert_eq!((status, code_of(&answer)), (400, "AADB2C90008"), "{answer}");
    }
}

#[tokio::test]
async fn a_code_is_redeemed_with_a_key_as_well() {
    let nightly = Nightly::new(SigningKey::from_pkcs8(generate_p256().expose()).unwrap()).await;
    let town = &nightly.town;
    let mut browser = town.browser();
    let answered = sign_in_at(&mut browser, &shop(town)).await;
    let (code, assertion) = (parameter(&answered, "code").unwrap(), nightly.assertion(&json!({})));
    let redirect_uri = zaguan_testkit::app::App::outside_redirect_uri_of("shop");
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion.as_str()),
        ("redirect_uri", &redirect_uri),
        ("code", &code),
    ];
    let (status, tokens) = town.token(SIGN_IN, &fields).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(redeem(town, "shop", SIGN_IN, &answered).await.0, 400, "and with a secret it is used up");
}
