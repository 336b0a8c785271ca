//! Every code of the table, met as an app or a person meets it. A code that nothing here can give is not in the table.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use tokio::task::JoinSet;
use zaguan_protocol::errors::Code;
use zaguan_server::admin::Order;
use zaguan_testkit::{
    Arrived, Town,
    app::App,
    days,
    page::Page,
    town::{ADA, SIGN_IN, TownBuilder},
};

use crate::{
    app_grants::with_apis,
    s_110_password_grant::{INPUTS, with_ropc},
    s_116_token_lifetimes::with_issuer_items,
    support::{parameter, redeem, refresh, shop, sign_in_at, with_behavior},
    user_info,
};

/// Codes of the table that wait for what gives them.
const WAITING: [(Code, &str); 1] = [(Code::HintExpired, "a hint at the authorization endpoint")];

/// What was met, by number: `error` and where.
#[derive(Default)]
struct Met(BTreeMap<u32, Vec<(String, &'static str)>>);

impl Met {
    /// `AADB2C90118: …`
    fn description(&mut self, text: &str, error: &str, place: &'static str) {
        let number = text.strip_prefix("AADB2C").and_then(|rest| rest.get(..5)).and_then(|digits| digits.parse().ok());
        let number = number.unwrap_or_else(|| panic!("no code begins `{text}` ({place})"));
        self.0.entry(number).or_default().push((error.to_owned(), place));
    }

    fn token(&mut self, (status, answer): (u16, Value)) {
        let text = |name: &str| answer[name].as_str().unwrap_or_else(|| panic!("{status} {answer}")).to_owned();
        let description = text("error_description");
        self.description(&description, &text("error"), "token");
        // Three lines: the code first, an id for the log, a time.
        let lines: Vec<&str> = description.split("\r\n").collect();
        assert!(lines.len() == 4 && lines[1].starts_with("Correlation ID: ") && lines[2].ends_with('Z'), "{lines:?}");
        let code = Code::from_number(description[6..11].parse().unwrap()).unwrap();
        assert_eq!(status, code.status(), "{description}");
    }

    fn answered(&mut self, url: &url::Url) {
        let description = parameter(url, "error_description").unwrap_or_else(|| panic!("no error in {url}"));
        self.description(&description, &parameter(url, "error").unwrap(), "authorize");
    }

    fn page(&mut self, page: &Page) {
        let at = page.html.find("AADB2C").unwrap_or_else(|| panic!("no code on\n{}", page.html));
        self.description(&page.html[at..], "", "page");
    }

    fn form(&mut self, answer: &Value) {
        assert_eq!(answer["status"], "400", "{answer}");
        self.description(answer["errorCode"].as_str().unwrap(), "", "form");
    }
}

/// The shop's request with one parameter set or, by an empty value, left out.
fn with(town: &Town, app: &str, name: &str, value: &str) -> String {
    let url = url::Url::parse(&town.authorize(app, SIGN_IN)).unwrap();
    let kept: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(known, _)| known != name).collect();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear().extend_pairs(kept);
    if !value.is_empty() {
        changed.query_pairs_mut().append_pair(name, value);
    }
    changed.into()
}

fn step(town: TownBuilder, profile: &str) -> TownBuilder {
    let exchange = "<OrchestrationStep Order=\"4\" Type=\"ClaimsExchange\"><ClaimsExchanges>\
           <ClaimsExchange Id=\"Broken\" TechnicalProfileReferenceId=\"Broken\" /></ClaimsExchanges></OrchestrationStep>\
         <OrchestrationStep Order=\"5\" Type=\"SendClaims\" CpimIssuerTechnicalProfileReferenceId=\"JwtIssuer\" />";
    let profile = profile.to_owned();
    town.edit(move |name, text| match name.contains("TrustFrameworkBase") {
        true => {
            let send = "<OrchestrationStep Order=\"4\" Type=\"SendClaims\" CpimIssuerTechnicalProfileReferenceId=\"JwtIssuer\" />";
            text.replacen(send, exchange, 1).replace(
                "<TechnicalProfile Id=\"RefreshTokenReadAndSetup\">",
                &format!("{profile}<TechnicalProfile Id=\"RefreshTokenReadAndSetup\">"),
            )
        }
        false => text.to_owned(),
    })
}

async fn at_the_authorization_endpoint(met: &mut Met) {
    let bare = "client_id = \"0000000b-0000-4000-8000-000000000001\"\nname = \"Bare\"\n";
    let town = Town::builder()
        .apps(&["shop", "blog", "page-shop"])
        .app_file("bare", bare)
        .app_lines("blog", "enabled = false\n")
        .build()
        .await;
    // On a page of ours: nobody is redirected to an address that is not the app's.
    for (name, value) in [
        ("client_id", ""),
        ("client_id", "nobody"),
        ("client_id", "0000000b-0000-4000-8000-000000000001"),
        ("redirect_uri", "https://elsewhere.example/"),
        ("redirect_uri", "not an address"),
    ] {
        met.page(&town.browser().open(&with(&town, "shop", name, value)).await.page());
    }
    met.page(&town.browser().open(&town.authorize("blog", SIGN_IN)).await.page());
    // Back to the app.
    for (name, value) in [
        ("response_type", ""),
        ("response_type", "magic"),
        ("response_mode", "carrier-pigeon"),
        ("scope", ""),
        ("scope", "offline_access"),
        ("scope", "no-such-scope"),
        ("scope", "quote\"d"),
        ("prompt", "maybe"),
        ("prompt", "none"),
        ("max_age", "soon"),
        ("ui_locales", "<es>"),
        ("code_challenge_method", "MD5"),
    ] {
        let url = with(&town, "shop", name, value);
        let url = if name == "code_challenge_method" { url + "&code_challenge=abc" } else { url };
        met.answered(&town.browser().open(&url).await.outside());
    }
    for (response_type, scope) in [("id_token", "profile"), ("token", "openid")] {
        let url = with(&town, "shop", "response_type", response_type)
            .replace("response_mode=query", "response_mode=fragment");
        let url = url.replace("openid+offline_access", scope);
        met.answered(&town.browser().open(&url).await.outside());
    }
    met.answered(&town.browser().open(&town.authorize("page-shop", SIGN_IN)).await.outside());

    let town = Town::builder()
        .app_lines("shop", "")
        .app_file("tasks", "client_id = \"0000000b-0000-4000-8000-000000000002\"\nname = \"T\"\n[api]\nidentifier_uri = \"api://tasks\"\nscopes = [\"r\"]\n")
        .app_file("strict", "client_id = \"0000000b-0000-4000-8000-000000000003\"\nname = \"S\"\nredirect_uris = { web = [\"https://shop.outside.example/callback\"] }\n")
        .build()
        .await;
    let two = format!("api://tasks/r {}", town.app("shop").client_id());
    met.answered(&town.browser().open(&with(&town, "shop", "scope", &two)).await.outside());
    let url = with(&town, "shop", "client_id", "0000000b-0000-4000-8000-000000000003")
        .replace("response_type=code", "response_type=id_token")
        .replace("response_mode=query", "response_mode=fragment");
    met.answered(&town.browser().open(&url).await.outside());

    let mut browser = town.browser();
    let page = browser.open(&shop(&town)).await.page();
    met.answered(&browser.navigate(&page, "forgotPassword", "").await.outside());
    let page = browser.open(&shop(&town)).await.page();
    let page = browser.navigate(&page, "unified", "local=signup").await.page();
    met.answered(&browser.navigate(&page, "error", "code=AADB2C90091").await.outside());
}

async fn on_pages(met: &mut Met) {
    let town = Town::builder().like_b2c().build().await;
    let mut browser = town.browser();
    let page = browser.open(&shop(&town)).await.page();
    let form = |name: &'static str, password: &'static str| {
        [("request_type", "RESPONSE"), ("signInName", name), ("password", password)]
    };
    met.form(&browser.call(&page, &form("nobody@example.org", "x")).await);
    for _ in 0..10 {
        met.form(&browser.call(&page, &form(ADA.0, "wrong")).await);
    }
    met.form(&browser.call(&page, &form(ADA.0, ADA.1)).await);
    let mut elsewhere = town.browser();
    met.form(&elsewhere.call(&page, &form(ADA.0, ADA.1)).await);

    let town = Town::new().await;
    town.order(Order::EnableUser { user: ADA.0.into(), enabled: false }).await;
    let mut browser = town.browser();
    let page = browser.open(&shop(&town)).await.page();
    met.form(&browser.call(&page, &form(ADA.0, ADA.1)).await);

    // A page that allows two tries.
    let limit = "<Item Key=\"setting.retryLimit\">2</Item>";
    let page_of = "<TechnicalProfile Id=\"SelfAsserted-LocalAccountSignin-Email\">";
    let town = Town::builder()
        .edit(move |name, text| match (name.contains("TrustFrameworkBase"), text.split_once(page_of)) {
            (true, Some((before, after))) => {
                format!("{before}{page_of}{}", after.replacen("<Metadata>", &format!("<Metadata>{limit}"), 1))
            }
            _ => text.to_owned(),
        })
        .build()
        .await;
    let mut browser = town.browser();
    let page = browser.open(&shop(&town)).await.page();
    for _ in 0..2 {
        met.form(&browser.call(&page, &form(ADA.0, "wrong")).await);
    }

    // D17: in `b2c` the app is told that the account is gone; the session stays.
    let town = Town::builder().like_b2c().build().await;
    let mut browser = town.browser();
    sign_in_at(&mut browser, &shop(&town)).await;
    town.order(Order::DeleteUser { user: ADA.0.into() }).await;
    met.answered(&browser.open(&shop(&town)).await.outside());
}

async fn of_policies(met: &mut Met) {
    const NOT_BUILT: &str = "<TechnicalProfile Id=\"Broken\"><DisplayName>Broken</DisplayName><Protocol Name=\"Proprietary\" \
        Handler=\"Web.TPEngine.Providers.RestfulProvider, Web.TPEngine\" /></TechnicalProfile>";
    const KEYLESS: &str = "<TechnicalProfile Id=\"Broken\"><DisplayName>Broken</DisplayName><Protocol Name=\"Proprietary\" \
        Handler=\"Web.TPEngine.Providers.RestfulProvider, Web.TPEngine\" /><CryptographicKeys>\
        <Key Id=\"BearerAuthenticationToken\" StorageReferenceId=\"B2C_1A_Nowhere\" /></CryptographicKeys></TechnicalProfile>";
    for profile in [NOT_BUILT, KEYLESS] {
        let town = step(Town::builder(), profile).build().await;
        met.answered(&sign_in_at(&mut town.browser(), &shop(&town)).await);
    }
    for (from, to) in [
        (
            "CpimIssuerTechnicalProfileReferenceId=\"JwtIssuer\"",
            "CpimIssuerTechnicalProfileReferenceId=\"AAD-UserReadUsingObjectId\"",
        ),
        (
            "<OrchestrationStep Order=\"4\" Type=\"SendClaims\" CpimIssuerTechnicalProfileReferenceId=\"JwtIssuer\" />",
            "<OrchestrationStep Order=\"4\" Type=\"SendClaims\" CpimIssuerTechnicalProfileReferenceId=\"JwtIssuer\">\
             <Preconditions><Precondition Type=\"ClaimsExist\" ExecuteActionsIf=\"true\"><Value>objectId</Value>\
             <Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions></OrchestrationStep>",
        ),
    ] {
        let town = Town::builder()
            .edit(move |name, text| match name.contains("TrustFrameworkBase") {
                true => text.replacen(from, to, 1),
                false => text.to_owned(),
            })
            .build()
            .await;
        met.answered(&sign_in_at(&mut town.browser(), &shop(&town)).await);
    }
    let town = with_issuer_items(Town::builder(), &[("RefreshTokenUserJourneyId", "Nowhere")])
        .edit(|_, text| text.replace("<Endpoint Id=\"Token\" UserJourneyReferenceId=\"RedeemRefreshToken\" />", ""))
        .edit(|_, text| text.replace("<Endpoints>\n      \n    </Endpoints>", ""))
        .build()
        .await;
    let answered = sign_in_at(&mut town.browser(), &shop(&town)).await;
    let tokens = redeem(&town, "shop", SIGN_IN, &answered).await.1;
    met.token(refresh(&town, "shop", SIGN_IN, tokens["refresh_token"].as_str().unwrap()).await);
    // The last key is past its time.
    let town = Town::builder().without_key().build().await;
    let key = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/keys/rsa.pem")).unwrap();
    let imported = zaguan_server::keys::import::private_key(&key, None).unwrap();
    let until = zaguan_policy::Timestamp::from_seconds(town.now().as_seconds() + 3600);
    let name = zaguan_policy::id::KeyName::new("B2C_1A_TokenSigningKeyContainer");
    let life = zaguan_server::keys::Validity { not_before: town.now(), expires: Some(until) };
    let new = zaguan_server::keys::NewKey::Pkcs8(&imported.pkcs8);
    let sealed = town.server().keys().sealed_key(&town.tenant().id, &name, new, life, town.now()).unwrap();
    let added = town.store().add_key(&town.tenant().id, name.as_str(), &sealed, zaguan_store::AddKey::Always).await;
    added.unwrap();
    let answered = sign_in_at(&mut town.browser(), &shop(&town)).await;
    let tokens = redeem(&town, "shop", SIGN_IN, &answered).await.1;
    town.wait(days(1));
    met.token(refresh(&town, "shop", SIGN_IN, tokens["refresh_token"].as_str().unwrap()).await);
    met.token(when_everybody_signs_in_at_once().await);
}

/// More passwords at once than may wait for a core.
async fn when_everybody_signs_in_at_once() -> (u16, Value) {
    let town = Arc::new(with_ropc(Town::builder(), INPUTS).build().await);
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
    let mut asking = JoinSet::new();
    // So many that the queue fills even where some are done before the last have come.
    for number in 0..cores * 400 {
        let town = Arc::clone(&town);
        asking.spawn(async move {
            let (client_id, name) = (town.app("shop").client_id(), format!("{number}@example.org"));
            let who = [("client_id", client_id.as_str()), ("username", &name), ("password", "x")];
            let what = [("grant_type", "password"), ("scope", "openid")];
            // From everywhere: from one address so many would be guesses.
            let address = town.address("B2C_1A_ROPC", "oauth2/v2.0/token");
            let from = u8::try_from(number % 250).unwrap();
            town.post_from(from, &address, &[who.as_slice(), &what].concat()).await
        });
    }
    while let Some(answer) = asking.join_next().await {
        match answer.unwrap() {
            (503, answer) => return (503, answer),
            (status, answer) => assert_eq!(status, 400, "{answer}"),
        }
    }
    panic!("nobody had to come again later");
}

async fn at_the_token_endpoint(met: &mut Met) {
    let town = with_ropc(Town::builder(), INPUTS)
        .policy("B2C_1A_Q", |text| text.to_owned())
        .apps(&["shop", "blog", "page-shop"])
        .build()
        .await;
    let (id, secret) = (town.app("shop").client_id(), town.app("shop").secret().to_owned());
    let assertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    for fields in [
        &[][..],
        &[("grant_type", "refresh_token"), ("refresh_token", "r"), ("client_id", "nobody")],
        &[("grant_type", "refresh_token"), ("refresh_token", "r"), ("client_id", &id), ("client_secret", "wrong")],
        &[("grant_type", "refresh_token"), ("refresh_token", "r"), ("client_id", &id), ("client_secret", &secret)],
        &[("grant_type", "barter"), ("client_id", &id)],
        &[("grant_type", "client_credentials"), ("client_id", &id), ("scope", "api://x/.default")],
        &[
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_assertion_type", "saml"),
            ("client_assertion", "x"),
        ],
        &[
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_assertion_type", assertion),
            ("client_assertion", "x"),
        ],
        &[
            ("grant_type", "password"),
            ("client_id", &town.app("blog").client_id()),
            ("username", "a"),
            ("password", "b"),
            ("scope", "openid"),
        ],
    ] {
        met.token(town.token(SIGN_IN, fields).await);
    }
    let password = [
        ("grant_type", "password"),
        ("client_id", &*id),
        ("username", "nobody"),
        ("password", "b"),
        ("scope", "openid"),
    ];
    met.token(town.token("B2C_1A_ROPC", &password).await);
    let broken = with_ropc(
        Town::builder(),
        "<InputClaim ClaimTypeReferenceId=\"logonIdentifier\" PartnerClaimType=\"username\" />",
    );
    met.token(broken.build().await.token("B2C_1A_ROPC", &password).await);

    let verifier = "a-verifier-of-forty-three-characters-or-more-1";
    let challenge = zaguan_protocol::pkce::s256(verifier);
    let pkce =
        format!("{}&code_challenge={challenge}&code_challenge_method=S256", town.authorize("page-shop", SIGN_IN));
    let (page_id, page_uri) = (town.app("page-shop").client_id(), App::outside_redirect_uri_of("page-shop"));
    let shop_secret = town.app("page-shop").secret().to_owned();
    for (name, value) in [
        ("code_verifier", ""),
        ("code_verifier", "another-verifier-of-forty-three-characters-or-more"),
        ("client_secret", &*shop_secret),
    ] {
        let code = parameter(&sign_in_at(&mut town.browser(), &pkce).await, "code").unwrap();
        let mut fields =
            vec![("grant_type", "authorization_code"), ("client_id", &*page_id), ("redirect_uri", &page_uri)];
        fields.push(("code", &code));
        fields.extend((!value.is_empty()).then_some((name, value)));
        met.token(town.token(SIGN_IN, &fields).await);
    }
    let answered = sign_in_at(&mut town.browser(), &shop(&town)).await;
    met.token(redeem(&town, "shop", "B2C_1A_Q", &answered).await);
    let answered = sign_in_at(&mut town.browser(), &shop(&town)).await;
    let token = redeem(&town, "shop", SIGN_IN, &answered).await.1["refresh_token"].as_str().unwrap().to_owned();
    met.token(refresh(&town, "blog", SIGN_IN, &token).await);
    town.wait(days(1));
    town.order(Order::RevokeUser { user: ADA.0.into() }).await;
    met.token(refresh(&town, "shop", SIGN_IN, &token).await);
    let town = Town::new().await;
    let answered = sign_in_at(&mut town.browser(), &shop(&town)).await;
    let token = redeem(&town, "shop", SIGN_IN, &answered).await.1["refresh_token"].as_str().unwrap().to_owned();
    let account = zaguan_server::world::find_by_sign_in_name(town.store(), &town.tenant().id, ADA.0).await.unwrap();
    let gone = account.unwrap().object_id;
    let keep = zaguan_store::SessionsThen::Stay;
    town.store().delete_account(&town.tenant().id, &gone, keep, town.now()).await.unwrap();
    met.token(refresh(&town, "shop", SIGN_IN, &token).await);
    // Guessing at the token endpoint.
    let guess = [("grant_type", "refresh_token"), ("refresh_token", "r"), ("client_id", "nobody")];
    for _ in 0..301 {
        let answer = town.token(SIGN_IN, &guess).await;
        if answer.0 == 429 {
            met.token(answer);
            break;
        }
    }
}

async fn at_sign_out(met: &mut Met) {
    let town = Town::builder()
        .edit(|name, text| match name.contains("SignUpOrSignin") {
            true => with_behavior(text, "<SingleSignOn Scope=\"Tenant\" EnforceIdTokenHintOnLogout=\"true\"/>"),
            false => text.to_owned(),
        })
        .build()
        .await;
    let other = Town::builder().host("other.contoso.example").build().await;
    let answered = sign_in_at(&mut town.browser(), &shop(&town)).await;
    let good = redeem(&town, "shop", SIGN_IN, &answered).await.1["id_token"].as_str().unwrap().to_owned();
    let url = shop(&other).replace(zaguan_testkit::town::SERVER, "other.contoso.example");
    let answered = sign_in_at(&mut other.browser(), &url).await;
    let foreign = redeem(&other, "shop", SIGN_IN, &answered).await.1["id_token"].as_str().unwrap().to_owned();
    let forged = format!("{}AAAAAAAA", &good[..good.len() - 8]);
    let bye = "https://shop.outside.example/bye";
    for (address, hint) in
        [("javascript:alert(1)", good.as_str()), (bye, ""), (bye, "garbage"), (bye, &forged), (bye, &foreign)]
    {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("post_logout_redirect_uri", address)
            .extend_pairs((!hint.is_empty()).then_some(("id_token_hint", hint)))
            .finish();
        let out = format!("{}?{query}", town.address(SIGN_IN, "oauth2/v2.0/logout"));
        match town.browser().open(&out).await {
            Arrived::At(page) => met.page(&page),
            Arrived::Outside(url) => panic!("{address} {hint} led to {url}"),
        }
    }
    // An app that is not registered any more.
    let sources = Town::builder().apps(&["blog"]);
    let smaller = sources
        .edit(|name, text| match name.contains("SignUpOrSignin") {
            true => with_behavior(text, "<SingleSignOn Scope=\"Tenant\" EnforceIdTokenHintOnLogout=\"true\"/>"),
            false => text.to_owned(),
        })
        .build()
        .await;
    let out = format!(
        "{}?post_logout_redirect_uri=https%3A%2F%2Fblog.outside.example%2Fbye&id_token_hint={good}",
        smaller.address(SIGN_IN, "oauth2/v2.0/logout")
    );
    met.page(&smaller.browser().open(&out).await.page());
}

/// What UserInfo says to tokens that do not open it.
async fn at_user_info(met: &mut Met) {
    let switch = "[standards.B2C_1A_signup_signin]\nuser_info = true\n[standards.B2C_1A_Q]\nuser_info = true\n";
    let town = with_apis(Town::builder()).tenant_lines(switch).policy("B2C_1A_Q", |text| text.to_owned()).build().await;
    let good = user_info::tokens(&town, "shop", SIGN_IN).await["access_token"].as_str().unwrap().to_owned();
    let others = user_info::tokens(&town, "shop", "B2C_1A_Q").await["access_token"].as_str().unwrap().to_owned();
    let own = [
        ("grant_type", "client_credentials"),
        ("client_id", &town.app("shop").client_id()),
        ("client_secret", town.app("shop").secret()),
        ("scope", "https://contoso.onmicrosoft.com/tasks/.default"),
    ];
    let own = town.token(SIGN_IN, &own).await.1["access_token"].as_str().unwrap().to_owned();
    let foreign =
        user_info::tokens(&Town::builder().apps(&["shop", "stranger"]).build().await, "stranger", SIGN_IN).await;
    let forged = format!("{}AAAAAAAA", &good[..good.len() - 8]);
    let userinfo = town.address(SIGN_IN, "openid/v2.0/userinfo");
    for token in [&*others, &own, foreign["access_token"].as_str().unwrap(), &forged, "not.a.token"] {
        let (_, answer) = town.post(&userinfo, &[("access_token", token)]).await;
        met.description(answer["error_description"].as_str().unwrap(), "", "user info");
    }
    town.wait(days(1));
    let (_, answer) = town.post(&userinfo, &[("access_token", &good)]).await;
    met.description(answer["error_description"].as_str().unwrap(), "", "user info");
}

#[tokio::test]
async fn every_code_of_the_table_is_met() {
    let mut met = Met::default();
    at_the_authorization_endpoint(&mut met).await;
    on_pages(&mut met).await;
    of_policies(&mut met).await;
    at_the_token_endpoint(&mut met).await;
    at_sign_out(&mut met).await;
    at_user_info(&mut met).await;
    for (number, all) in &met.0 {
        let code = Code::from_number(*number).unwrap_or_else(|| panic!("{number} is not in the table"));
        for (error, place) in all.iter().filter(|(error, _)| !error.is_empty()) {
            assert_eq!(error, code.error(), "{number} at {place}");
        }
    }
    let waits = |code: &Code| WAITING.iter().any(|(waiting, _)| waiting == code);
    let missing: Vec<String> = Code::ALL
        .iter()
        .filter(|code| !waits(code) && !met.0.contains_key(&code.number()))
        .map(|code| format!("{code} ({code:?})"))
        .collect();
    assert!(missing.is_empty(), "nobody met {missing:#?}");
    for (code, what) in WAITING {
        assert!(!met.0.contains_key(&code.number()), "{code} waits for {what}, and was met");
    }
}
