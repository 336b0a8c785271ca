//! UserInfo: whose token opens it, what it answers, how it refuses.

use axum::body::Body;
use http::{HeaderMap, Method, Request};
use serde_json::{Value, json};
use url::Url;
use zaguan_server::admin::Order;
use zaguan_testkit::{
    Town,
    browser::text,
    hours, seconds,
    town::{ADA, SERVER, SIGN_IN, TENANT, TENANT_ID, TownBuilder},
};

use crate::support::{ada, claims, parameter, redeem};

/// The pieces of the documentation, in the demo's policies. What is special to a test is put into the places.
const PROVIDER: &str = r#"<ClaimsProvider><DisplayName>UserInfo</DisplayName><TechnicalProfiles>
  <TechnicalProfile Id="UserInfoAnswer">
    <DisplayName>What apps are told</DisplayName><Protocol Name="None" /><OutputTokenFormat>JSON</OutputTokenFormat>
    <CryptographicKeys><Key Id="issuer_secret" StorageReferenceId="B2C_1A_TokenSigningKeyContainer" /></CryptographicKeys>
    <InputClaims>
      <InputClaim ClaimTypeReferenceId="objectId" />
      <InputClaim ClaimTypeReferenceId="displayName" PartnerClaimType="name" />
      <InputClaim ClaimTypeReferenceId="givenName" />
      <InputClaim ClaimTypeReferenceId="surname" PartnerClaimType="familyName" />
      <InputClaim ClaimTypeReferenceId="signInNames.emailAddress" PartnerClaimType="email" />
    </InputClaims>
  </TechnicalProfile>
  <TechnicalProfile Id="WhoMayAsk">
    <DisplayName>Who may ask</DisplayName><Protocol Name="None" /><InputTokenFormat>JWT</InputTokenFormat>
    <Metadata>
      <Item Key="issuer">https://{Context:HostName}/f3b1c0de-0000-4000-8000-00000000c0de/v2.0/</Item>
      <!--audience-->
      <Item Key="client_assertion_type">urn:ietf:params:oauth:client-assertion-type:jwt-bearer</Item>
    </Metadata>
    <CryptographicKeys><Key Id="issuer_secret" StorageReferenceId="B2C_1A_TokenSigningKeyContainer" /></CryptographicKeys>
    <OutputClaims><OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub" /></OutputClaims>
  </TechnicalProfile>
</TechnicalProfiles></ClaimsProvider>"#;
const JOURNEY: &str = r#"<UserJourneys><UserJourney Id="TellAboutThePerson" DefaultCpimIssuerTechnicalProfileReferenceId="UserInfoAnswer">
  <Authorization><AuthorizationTechnicalProfiles><AuthorizationTechnicalProfile ReferenceId="WhoMayAsk" /></AuthorizationTechnicalProfiles></Authorization>
  <OrchestrationSteps>
    <OrchestrationStep Order="1" Type="ClaimsExchange">
      <Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="false"><Value>objectId</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions>
      <ClaimsExchanges><ClaimsExchange Id="ReadAccount" TechnicalProfileReferenceId="AAD-UserReadUsingObjectId" /></ClaimsExchanges>
    </OrchestrationStep>
    <OrchestrationStep Order="2" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="UserInfoAnswer" />
  </OrchestrationSteps>
</UserJourney></UserJourneys>"#;
const ENDPOINT: &str = r#"<Endpoint Id="UserInfo" UserJourneyReferenceId="TellAboutThePerson" />"#;
const ENDPOINT_PATH: &str = "openid/v2.0/userinfo";

/// The demo's policies with a UserInfo endpoint; `special` edits what was put in.
fn declared(special: impl Fn(String) -> String) -> TownBuilder {
    Town::builder().edit(move |name, text| match name {
        "TrustFrameworkExtensions.xml" => {
            text.replace("</ClaimsProviders>", &special(format!("{PROVIDER}</ClaimsProviders>{JOURNEY}")))
        }
        "SignUpOrSignin.xml" => text.replace("</Endpoints>", &format!("{ENDPOINT}</Endpoints>")),
        _ => text.to_owned(),
    })
}

async fn town() -> Town {
    declared(|pieces| pieces).build().await
}

/// What Ada's sign-in at an app gives, with an access token for the app itself.
pub(crate) async fn tokens(town: &Town, app: &str, policy: &str) -> Value {
    let own = format!("scope=openid+offline_access+{}", town.app(app).client_id());
    let url = town.authorize(app, policy).replace("scope=openid+offline_access", &own);
    let mut browser = town.browser();
    let page = browser.open(&url).await.page();
    let answered = browser.submit(&page, &ada()).await.accepted().outside();
    assert!(parameter(&answered, "code").is_some(), "{answered}");
    redeem(town, app, policy, &answered).await.1
}

fn access_token(tokens: &Value) -> String {
    tokens["access_token"].as_str().unwrap_or_else(|| panic!("{tokens}")).to_owned()
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|cause| panic!("{cause}: {} {}", self.status, self.text))
    }

    fn challenge(&self) -> &str {
        self.headers.get("www-authenticate").map_or("", |value| value.to_str().unwrap())
    }

    /// Status, `error` in the header (none: only the scheme) and number in the body.
    fn refusal(&self) -> (u16, Option<String>, u32) {
        let challenge = self.challenge();
        assert!(challenge.starts_with("Bearer realm=\""), "{} {challenge} {}", self.status, self.text);
        let named = challenge.split_once(", error=\"").and_then(|(_, rest)| rest.split_once('"'));
        let body = self.json();
        let description = body["error_description"].as_str().unwrap();
        assert!(description.contains("Correlation ID: "), "{description}");
        let number = description.strip_prefix("AADB2C").and_then(|rest| rest.split_once(':')).unwrap().0;
        if let Some((error, _)) = named {
            assert_eq!(body["error"], error);
        }
        (self.status, named.map(|(error, _)| error.to_owned()), number.parse().unwrap())
    }
}

async fn send(town: &Town, method: Method, url: &str, headers: &[(&str, &str)], form: Option<&str>) -> Answer {
    let url = Url::parse(url).unwrap();
    let mut request = Request::builder().method(method).uri(url.as_str()).header("host", url.host_str().unwrap());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if form.is_some() {
        request = request.header("content-type", "application/x-www-form-urlencoded");
    }
    let request = request.body(form.map_or_else(Body::empty, |form| Body::from(form.to_owned()))).unwrap();
    let response = town.send(&url, request, 1).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: text(response).await }
}

async fn ask(town: &Town, token: &str) -> Answer {
    let url = town.address(SIGN_IN, ENDPOINT_PATH);
    send(town, Method::GET, &url, &[("authorization", &format!("Bearer {token}"))], None).await
}

fn invalid(code: u32) -> (u16, Option<String>, u32) {
    (401, Some("invalid_token".into()), code)
}

#[tokio::test]
async fn an_access_token_tells_what_the_policy_lists() {
    let town = town().await;
    let tokens = tokens(&town, "shop", SIGN_IN).await;
    let token = access_token(&tokens);
    let bearer = format!("Bearer {token}");
    let form = format!("access_token={token}");
    let p = SIGN_IN;
    for (method, path, headers, form) in [
        (Method::GET, format!("/{TENANT}/{p}/{ENDPOINT_PATH}"), &[("authorization", bearer.as_str())][..], None),
        (
            Method::GET,
            format!("/tfp/{TENANT_ID}/{}/{ENDPOINT_PATH}/", p.to_lowercase()),
            &[("authorization", &bearer)],
            None,
        ),
        (Method::GET, format!("/{TENANT}/{ENDPOINT_PATH}?p={p}"), &[("authorization", &bearer)], None),
        (Method::POST, format!("/{TENANT}/{p}/{ENDPOINT_PATH}"), &[("authorization", &bearer)], None),
        (Method::POST, format!("/{TENANT}/{p}/{ENDPOINT_PATH}"), &[], Some(form.as_str())),
    ] {
        let answer = send(&town, method.clone(), &format!("https://{SERVER}{path}"), headers, form).await;
        let oid = claims(&tokens["id_token"])["oid"].clone();
        let expected = json!({"objectId": oid, "name": "Ada", "givenName": "Ada", "email": ADA.0});
        assert_eq!((answer.status, answer.json()), (200, expected), "{method} {path}");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        assert!(answer.headers.get("set-cookie").is_none());
    }
    // B2C's own test sends the ID token of the same policy.
    assert_eq!(ask(&town, tokens["id_token"].as_str().unwrap()).await.status, 200);
    // What changed since the sign-in is told.
    town.wait(seconds(5));
    let other = zaguan_store::AccountWrite {
        key: zaguan_store::AccountKey::SignInName { kind: None, value: ADA.0.into() },
        if_absent: zaguan_store::IfAbsent::Refuse,
        if_present: zaguan_store::IfPresent::Update,
        changes: vec![zaguan_store::AccountChange::Attribute(
            "surname".into(),
            Some(zaguan_policy::Value::Text("Lovelace".into())),
        )],
        sessions: zaguan_store::SessionsThen::Stay,
        own: vec![],
    };
    town.store().write_account(&town.tenant().id, None, &other, town.now()).await.unwrap();
    assert_eq!(ask(&town, &token).await.json()["familyName"], "Lovelace");
}

#[tokio::test]
async fn a_token_is_shown_once_and_never_in_the_query() {
    let town = town().await;
    let token = access_token(&tokens(&town, "shop", SIGN_IN).await);
    let (bearer, form) = (format!("Bearer {token}"), format!("access_token={token}"));
    let url = town.address(SIGN_IN, ENDPOINT_PATH);
    let malformed = || (400, Some("invalid_request".to_owned()), 90_122);
    let nothing = || (401, None, 90_083);
    for (method, url, headers, form, expected) in [
        (Method::GET, url.clone(), &[][..], None, nothing()),
        (Method::GET, format!("{url}?access_token={token}"), &[], None, nothing()),
        (Method::POST, format!("{url}?access_token={token}"), &[], None, nothing()),
        (Method::GET, url.clone(), &[("authorization", "Basic YTpi")], None, nothing()),
        (Method::GET, url.clone(), &[("authorization", token.as_str())], None, nothing()),
        // A body of a GET means nothing.
        (Method::GET, url.clone(), &[], Some(form.as_str()), nothing()),
        (Method::GET, url.clone(), &[("authorization", "Bearer")], None, malformed()),
        (Method::GET, url.clone(), &[("authorization", "Bearer a b")], None, malformed()),
        (Method::GET, url.clone(), &[("authorization", &bearer), ("authorization", &bearer)], None, malformed()),
        (Method::POST, url.clone(), &[("authorization", &bearer)], Some(&form), malformed()),
        (Method::GET, url.clone(), &[("authorization", "Bearer garbage")], None, invalid(90_240)),
        (Method::GET, url.clone(), &[("authorization", "Bearer a.b.c")], None, invalid(90_240)),
    ] {
        let answer = send(&town, method.clone(), &url, headers, form).await;
        assert_eq!(answer.refusal(), expected, "{method} {headers:?}");
        assert_eq!(answer.headers["access-control-expose-headers"], "www-authenticate");
    }
}

#[tokio::test]
async fn only_a_token_of_this_policy_that_is_still_good_counts() {
    let town = declared(|pieces| pieces)
        .policy("B2C_1A_Other", str::to_owned)
        .policy("B2C_1A_Strict", str::to_owned)
        .tenant_lines("[standards.B2C_1A_Strict]\nissuer = true\n")
        .build()
        .await;
    let other = access_token(&tokens(&town, "shop", "B2C_1A_Other").await);
    assert_eq!(ask(&town, &other).await.refusal(), invalid(90_238));
    let strict = access_token(&tokens(&town, "shop", "B2C_1A_Strict").await);
    assert_eq!(ask(&town, &strict).await.refusal(), invalid(90_238));

    let token = access_token(&tokens(&town, "shop", SIGN_IN).await);
    // Another signature, another payload, no signature.
    let parts: Vec<&str> = token.split('.').collect();
    let from = |header: &Value, payload: &str, signature: &str| {
        let header = zaguan_protocol::crypto::base64url::encode(header.to_string());
        format!("{header}.{payload}.{signature}")
    };
    let other_parts: Vec<&str> = other.split('.').collect();
    for (forged, code) in [
        (format!("{}.{}.{}", parts[0], other_parts[1], parts[2]), 90_239),
        (format!("{}.{}.AAAA", parts[0], parts[1]), 90_239),
        (format!("{}.{}.", parts[0], parts[1]), 90_239),
        (from(&json!({"alg": "none"}), parts[1], ""), 90_240),
        (from(&json!({"alg": "RS256", "kid": "nobody"}), parts[1], parts[2]), 90_239),
        (from(&json!({"alg": "HS256", "kid": "nobody"}), parts[1], parts[2]), 90_240),
        ("a".repeat(100 * 1024), 90_240),
        (format!("{}.{}.{}", parts[0], "A".repeat(100 * 1024), parts[2]), 90_240),
        ("....".into(), 90_240),
    ] {
        assert_eq!(ask(&town, &forged).await.refusal(), invalid(code), "{:.60}", forged);
    }
    // Good for an hour, to the second.
    town.wait(hours(1) - seconds(1));
    assert_eq!(ask(&town, &token).await.status, 200);
    town.wait(seconds(1));
    assert_eq!(ask(&town, &token).await.refusal(), invalid(90_235));
}

#[tokio::test]
async fn the_authorization_profile_may_be_stricter() {
    let shop = zaguan_testkit::app::App::client_id_of("shop");
    for item in [
        format!("<Item Key=\"audience\">[ \"{shop}\" ]</Item>"),
        format!("<Item Key=\"IdTokenAudience\">{shop}, x</Item>"),
    ] {
        let town = declared(|pieces| pieces.replace("<!--audience-->", &item)).build().await;
        let (from_shop, from_blog) = (tokens(&town, "shop", SIGN_IN).await, tokens(&town, "blog", SIGN_IN).await);
        assert_eq!(ask(&town, &access_token(&from_shop)).await.status, 200, "{item}");
        let refused = ask(&town, &access_token(&from_blog)).await;
        assert_eq!(refused.refusal(), (403, Some("insufficient_scope".into()), 90_237), "{item}");
    }
    // An issuer of the old address: the policy's author has to change it.
    let elsewhere = |pieces: String| pieces.replace("https://{Context:HostName}/", "https://contoso.b2clogin.com/");
    let town = declared(elsewhere).build().await;
    let token = access_token(&tokens(&town, "shop", SIGN_IN).await);
    assert_eq!(ask(&town, &token).await.refusal(), (403, Some("insufficient_scope".into()), 90_238));
}

/// What makes Ada's tokens worthless, and the number that says so.
pub(crate) fn ends_of_tokens() -> [(Order, u32); 3] {
    let user = || ADA.0.to_owned();
    [
        (Order::DeleteUser { user: user() }, 90_128),
        (Order::EnableUser { user: user(), enabled: false }, 90_129),
        (Order::RevokeUser { user: user() }, 90_129),
    ]
}

#[tokio::test]
async fn an_account_that_is_gone_disabled_or_revoked_has_no_claims() {
    // Found out by us, whether the policy looks or not.
    let standing = standards("user_info");
    for declares in [true, false] {
        for (order, code) in ends_of_tokens() {
            let town = match declares {
                true => town().await,
                false => Town::builder().tenant_lines(&standing).build().await,
            };
            let token = access_token(&tokens(&town, "shop", SIGN_IN).await);
            assert_eq!(ask(&town, &token).await.status, 200);
            town.wait(seconds(1));
            let what = format!("{order:?}");
            town.order(order).await;
            assert_eq!(ask(&town, &token).await.refusal(), invalid(code), "{what}");
        }
    }
    // A later sign-in is not affected.
    let town = town().await;
    town.order(Order::RevokeUser { user: ADA.0.into() }).await;
    let token = access_token(&tokens(&town, "shop", SIGN_IN).await);
    assert_eq!(ask(&town, &token).await.status, 200);
}

fn standards(what: &str) -> String {
    format!("[standards.{SIGN_IN}]\n{what} = true\naccess_token = true\n")
}

#[tokio::test]
async fn r_20_there_is_one_where_the_policy_declares_it_or_the_tenant_wants_it() {
    let without = Town::new().await;
    let switched = Town::builder().tenant_lines(&standards("user_info")).build().await;
    let both = declared(|pieces| pieces).tenant_lines(&standards("user_info")).build().await;
    for (town, there) in [(&without, false), (&town().await, true), (&switched, true), (&both, true)] {
        let url = town.address(SIGN_IN, "v2.0/.well-known/openid-configuration");
        let document = send(town, Method::GET, &url, &[], None).await.json();
        let address = town.address(&SIGN_IN.to_lowercase(), ENDPOINT_PATH);
        let expected = if there { json!(address) } else { Value::Null };
        assert_eq!(document["userinfo_endpoint"], expected);
        // What pages of other origins ask before.
        let options = send(town, Method::OPTIONS, &address, &[("origin", "https://page.example")], None).await;
        assert_eq!(options.status, if there { 204 } else { 404 });
        if there {
            let allowed = options.headers["access-control-allow-headers"].to_str().unwrap();
            assert!(allowed.contains("authorization"), "{allowed}");
            assert_eq!(options.headers["access-control-allow-methods"], "GET, POST, OPTIONS");
        }
    }
    let token = access_token(&tokens(&without, "shop", SIGN_IN).await);
    assert_eq!(ask(&without, &token).await.status, 404);

    // Nobody said what to answer: whom the token is about, and what it says of the person.
    let tokens_of_ada = tokens(&switched, "shop", SIGN_IN).await;
    let token = claims(&tokens_of_ada["access_token"]);
    let expected = json!({
        "oid": token["oid"], "tid": TENANT_ID, "name": "Ada", "given_name": "Ada", "email": ADA.0, "sub": token["sub"],
    });
    assert_eq!(ask(&switched, &access_token(&tokens_of_ada)).await.json(), expected);
    assert_eq!(ask(&switched, tokens_of_ada["id_token"].as_str().unwrap()).await.refusal(), invalid(90_240));

    // The policy's answer, and the subject that libraries compare.
    let answer = ask(&both, &access_token(&tokens(&both, "shop", SIGN_IN).await)).await.json();
    assert_eq!((answer["sub"].clone(), answer["name"].as_str()), (answer["objectId"].clone(), Some("Ada")));
}

#[tokio::test]
async fn a_token_of_one_host_is_good_at_the_tenants_others() {
    const OTHER: &str = "sign-in.contoso.example";
    let switched = Town::builder().host(OTHER).tenant_lines(&standards("user_info")).build().await;
    let strict = declared(|pieces| pieces).host(OTHER).build().await;
    for (town, expected) in [(switched, 200), (strict, 403)] {
        let bearer = format!("Bearer {}", access_token(&tokens(&town, "shop", SIGN_IN).await));
        let url = town.address(SIGN_IN, ENDPOINT_PATH);
        let there = send(&town, Method::GET, &url.replace(SERVER, OTHER), &[("authorization", &bearer)], None).await;
        // The authorization profile compares `iss` to the letter.
        assert_eq!(there.status, expected, "{}", there.text);
        let here = send(&town, Method::GET, &url, &[("authorization", &bearer)], None).await;
        assert_eq!(here.status, 200);
    }
}

#[tokio::test]
async fn an_apps_own_token_is_about_nobody() {
    let api = "[api]\nidentifier_uri = \"https://contoso.onmicrosoft.com/tasks\"\nroles = [\"All\"]\n";
    let town = declared(|pieces| pieces)
        .app_lines("blog", api)
        .app_lines("shop", "roles = [\"https://contoso.onmicrosoft.com/tasks/All\"]\n")
        .build()
        .await;
    let shop = town.app("shop");
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", &shop.client_id()),
        ("client_secret", shop.secret()),
        ("scope", "https://contoso.onmicrosoft.com/tasks/.default"),
    ];
    let (_, own) = town.token(SIGN_IN, &fields).await;
    let refused = ask(&town, &access_token(&own)).await.refusal();
    assert_eq!(refused, (403, Some("insufficient_scope".into()), 90_205));
}

#[tokio::test]
async fn a_journey_that_wants_a_page_is_the_operators_to_mend() {
    let asks = |pieces: String| {
        pieces.replace(
            r#"Id="ReadAccount" TechnicalProfileReferenceId="AAD-UserReadUsingObjectId""#,
            r#"Id="ReadAccount" TechnicalProfileReferenceId="SelfAsserted-ProfileUpdate""#,
        )
    };
    let issues = |pieces: String| {
        pieces.replace(
            r#"Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="UserInfoAnswer""#,
            r#"Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer""#,
        )
    };
    for town in [declared(asks).build().await, declared(issues).build().await] {
        let token = access_token(&tokens(&town, "shop", SIGN_IN).await);
        let answer = ask(&town, &token).await;
        assert_eq!((answer.status, answer.json()["error"].as_str()), (500, Some("server_error")), "{}", answer.text);
        assert_eq!(answer.challenge(), "");
    }
}
