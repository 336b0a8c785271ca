//! Signing keys as apps and operators meet them: rolled over, of two algorithms, imported, configured, removed.

use std::{path::Path, sync::Arc, time::Duration};

use http::Request;
use serde_json::Value;
use url::Url;
use zaguan_protocol::{
    NumericDate, Secret,
    crypto::base64url,
    id_token::{Expectation, VerifiedIdToken},
    jose::{Algorithm, Expected, ExpiredTokens, Jwks, RsaSize},
};
use zaguan_server::{
    Parts, Server, Settings,
    admin::{self, Done, GivenMaterial, KeyGiven, KeyUnwanted, KeyWanted, ListedKey, ListedState, Order},
    data::DataFolder,
    keys::{Keys, import},
    tenant::{Refused, Tenant, TenantSources},
    why::At,
    world::mail::Mailbox,
};
use zaguan_store::{Memory, Store};
use zaguan_testkit::{
    Arrived, Town,
    app::App,
    browser::text,
    cookies::Cause,
    hours, minutes, seconds,
    town::{SERVER, SIGN_IN, TENANT, TENANT_ID},
};

use crate::support::{ada, claims, parameter, redeem, refresh, shop, sign_in_at};

const NAME: &str = "B2C_1A_TokenSigningKeyContainer";
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/keys");

async fn get(town: &Town, endpoint: &str) -> Value {
    let url = town.address(SIGN_IN, endpoint);
    let sent = town.browser().send(Request::get(&url), &Url::parse(&url).unwrap(), None, Cause::Frame).await;
    serde_json::from_str(&text(sent).await).unwrap()
}

async fn key_set(town: &Town) -> Value {
    get(town, "discovery/v2.0/keys").await
}

async fn key_ids(town: &Town) -> Vec<String> {
    let set = key_set(town).await;
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// `alg` and `kid` of a token.
fn header(token: &Value) -> (String, String) {
    let first = token.as_str().unwrap().split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&base64url::decode(first).unwrap()).unwrap();
    (header["alg"].as_str().unwrap().to_owned(), header["kid"].as_str().unwrap().to_owned())
}

/// Ada's tokens at an app.
async fn tokens(town: &Town, app: &str) -> Value {
    let answered = sign_in_at(&mut town.browser(), &town.authorize(app, SIGN_IN)).await;
    let (status, tokens) = redeem(town, app, SIGN_IN, &answered).await;
    assert_eq!(status, 200, "{tokens}");
    tokens
}

async fn verifies(town: &Town, token: &Value) -> bool {
    let set = Jwks::parse(&key_set(town).await.to_string()).unwrap();
    let issuer = format!("https://{SERVER}/{TENANT_ID}/v2.0/");
    let client_id = claims(token)["aud"].as_str().unwrap().to_owned();
    let expectation = Expectation {
        issuer: issuer.as_str().into(),
        audience: Expected::from(client_id.as_str()),
        nonce: None,
        now: NumericDate(town.now().as_seconds()),
        leeway: 300,
        expired: ExpiredTokens::Refused,
    };
    VerifiedIdToken::verify(token.as_str().unwrap(), &set, &expectation).is_ok()
}

fn wanted(algorithm: Algorithm, lead: Duration) -> Order {
    Order::AddKey(KeyWanted { name: NAME.into(), algorithm, size: RsaSize::Bits2048, signs_in_seconds: lead.as_secs() })
}

/// What the command makes of a file.
fn given(name: &str, file: &str, password: Option<&str>) -> KeyGiven {
    let content = std::fs::read(format!("{FIXTURES}/{file}")).unwrap();
    let password = password.map(|password| Secret::new(password.to_owned()));
    let read = import::private_key(&content, password.as_ref()).unwrap();
    KeyGiven {
        name: name.into(),
        material: GivenMaterial::Pkcs8(base64url::encode(read.pkcs8.expose()).into()),
        certificate_from: read.not_before.map(At),
        not_before: None,
        expires: read.expires.map(At),
        signs_in_seconds: admin::LEAD.as_secs(),
    }
}

fn unwanted(id: &str, force: bool) -> Order {
    Order::RemoveKey(KeyUnwanted { name: NAME.to_uppercase(), id: id.into(), force })
}

async fn key(town: &Town, order: Order) -> ListedKey {
    match town.order(order).await {
        Done::Key(key) => *key,
        other => panic!("the order gave {other:?}"),
    }
}

async fn in_words(town: &Town) -> Vec<String> {
    match town.order(Order::ListKeys).await {
        Done::Keys(all) => all.iter().map(|key| format!("{} {}", key.algorithm, key.in_words())).collect(),
        other => panic!("listing keys gave {other:?}"),
    }
}

#[tokio::test]
async fn a_rollover_leaves_nobody_with_a_token_that_does_not_verify() {
    let town = Town::new().await;
    let before = tokens(&town, "shop").await;
    let (_, old) = header(&before["id_token"]);
    let new = key(&town, wanted(Algorithm::Rs256, hours(24))).await.kid;
    // Published at once, and nothing is signed with it.
    assert_eq!(key_ids(&town).await, [old.clone(), new.clone()]);
    assert_eq!(
        in_words(&town).await,
        ["RS256 signs since 2027-01-15 08:00:00 UTC", "RS256 signs from 2027-01-16 08:00:00 UTC"]
    );
    town.wait(hours(24) - seconds(1));
    let (_, last) = refresh(&town, "shop", SIGN_IN, before["refresh_token"].as_str().unwrap()).await;
    assert_eq!(header(&last["id_token"]).1, old);
    town.wait(seconds(1));
    let (_, next) = refresh(&town, "shop", SIGN_IN, last["refresh_token"].as_str().unwrap()).await;
    assert_eq!(header(&next["id_token"]).1, new);
    assert!(verifies(&town, &last["id_token"]).await && verifies(&town, &next["id_token"]).await);
    // The old one stays for the longest life of a token, and goes after it.
    town.wait(hours(24) + minutes(5) - seconds(1));
    assert_eq!(key_ids(&town).await, [old.clone(), new.clone()]);
    town.wait(seconds(1));
    assert_eq!(key_ids(&town).await, [new]);
    assert_eq!(
        in_words(&town).await,
        ["RS256 retired, published until 2027-01-17 08:05:00 UTC", "RS256 signs since 2027-01-16 08:00:00 UTC"]
    );
    let gone = key(&town, unwanted(&old, false)).await;
    assert!(matches!(gone.state, ListedState::Retired { .. }));
    assert_eq!(in_words(&town).await.len(), 1);
}

#[tokio::test]
async fn the_first_key_of_an_algorithm_signs_at_once() {
    let town = Town::new().await;
    let made = key(&town, wanted(Algorithm::Es256, hours(24))).await;
    assert_eq!(made.in_words().to_string(), "signs since 2027-01-15 08:00:00 UTC");
    let set = key_set(&town).await;
    let kinds: Vec<&str> = set["keys"].as_array().unwrap().iter().map(|key| key["kty"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["RSA", "EC"], "RSA first");
    assert!(set["keys"].as_array().unwrap().iter().all(|key| key["nbf"] == town.now().as_seconds()), "{set}");
    town.wait(seconds(1));
    let large =
        KeyWanted { name: NAME.into(), algorithm: Algorithm::Rs256, size: RsaSize::Bits3072, signs_in_seconds: 0 };
    let made = key(&town, Order::AddKey(large)).await.kid;
    let set = key_set(&town).await;
    let jwk = set["keys"].as_array().unwrap().iter().find(|key| key["kid"] == made.as_str()).unwrap();
    assert_eq!(base64url::decode(jwk["n"].as_str().unwrap()).unwrap().len() * 8, 3072);
    assert_eq!(header(&tokens(&town, "shop").await["id_token"]).1, made);
}

#[tokio::test]
async fn tokens_are_signed_as_their_readers_want() {
    let town = Town::builder()
        .apps(&["shop", "blog", "tasks"])
        .app_lines("blog", "signing_algorithm = \"ES256\"\n")
        .app_lines(
            "tasks",
            "signing_algorithm = \"ES256\"\n\
             api = { identifier_uri = \"https://contoso.onmicrosoft.com/tasks\", scopes = [\"tasks.read\"] }\n",
        )
        .build()
        .await;
    let discovered = get(&town, "v2.0/.well-known/openid-configuration").await;
    assert_eq!(discovered["id_token_signing_alg_values_supported"], serde_json::json!(["RS256", "ES256"]));
    // The key is there before the first token of it.
    assert_eq!(key_ids(&town).await.len(), 2);
    for (app, of_app) in [("shop", "RS256"), ("blog", "ES256")] {
        let itself = format!("+{}", town.app(app).client_id());
        let api = "+https%3A%2F%2Fcontoso.onmicrosoft.com%2Ftasks%2Ftasks.read";
        for (scope, of_audience) in [(itself.as_str(), of_app), (api, "ES256")] {
            let url = town.authorize(app, SIGN_IN);
            let url = url.replace("scope=openid+offline_access", &format!("scope=openid+offline_access{scope}"));
            let answered = sign_in_at(&mut town.browser(), &url).await;
            let (status, by_code) = redeem(&town, app, SIGN_IN, &answered).await;
            assert_eq!(status, 200, "{by_code}");
            let front = url.replace("response_type=code", "response_type=id_token+token");
            let front = front.replace("response_mode=query", "response_mode=fragment");
            let answered = sign_in_at(&mut town.browser(), &front).await;
            let of_front = |name| Value::from(parameter(&answered, name).unwrap());
            for (id_token, access_token) in [
                (by_code["id_token"].clone(), by_code["access_token"].clone()),
                (of_front("id_token"), of_front("access_token")),
            ] {
                assert_eq!(header(&id_token).0, of_app, "{app} {scope}");
                assert_eq!(header(&access_token).0, of_audience, "{app} {scope}");
                assert!(verifies(&town, &id_token).await, "{app} {scope}");
            }
        }
    }
}

#[tokio::test]
async fn an_app_that_is_not_enabled_wants_nothing() {
    let lines = "signing_algorithm = \"ES256\"\nenabled = false\n";
    let town = Town::builder().app_lines("blog", lines).build().await;
    let discovered = get(&town, "v2.0/.well-known/openid-configuration").await;
    assert_eq!(discovered["id_token_signing_alg_values_supported"], serde_json::json!(["RS256"]));
    assert_eq!(key_ids(&town).await.len(), 1);
}

#[tokio::test]
async fn where_no_key_is_valid_nothing_is_issued_and_the_code_says_so() {
    let town = Town::builder().without_key().build().await;
    let until = At(town.now() + hours(1));
    town.order(Order::ImportKey(KeyGiven { expires: Some(until), ..given(NAME, "rsa.pem", None) })).await;
    let before = tokens(&town, "shop").await;
    town.wait(hours(1));
    let (status, refused) = refresh(&town, "shop", SIGN_IN, before["refresh_token"].as_str().unwrap()).await;
    assert_eq!((status, refused["error"].as_str()), (500, Some("server_error")), "{refused}");
    let words = "AADB2C90019: the policy key `B2C_1A_TokenSigningKeyContainer` holds no valid key: for RS256, the last \
                 one expired at 2027-01-15 09:00:00Z\r\n";
    assert!(refused["error_description"].as_str().unwrap().starts_with(words), "{refused}");
    // A token that goes through the browser would come from the same key.
    let front = shop(&town).replace("response_type=code", "response_type=id_token");
    let mut browser = town.browser();
    let asked = browser.open(&front.replace("response_mode=query", "response_mode=fragment")).await.page();
    let Arrived::At(page) = browser.submit(&asked, &ada()).await.accepted() else { panic!("a token was issued") };
    assert!(page.status == 500 && page.says("AADB2C90019"), "{}", page.html);
    // What it signed can still be verified, for as long as it may be alive.
    assert_eq!(key_ids(&town).await.len(), 1);
    town.wait(hours(24) + minutes(5));
    assert_eq!(key_ids(&town).await.len(), 0);
    assert_eq!(in_words(&town).await, ["RS256 expired 2027-01-15 09:00:00 UTC"]);
    // The next one is the first again.
    town.order(wanted(Algorithm::Rs256, hours(24))).await;
    assert_eq!(tokens(&town, "shop").await["token_type"], "Bearer");
}

#[tokio::test]
async fn an_imported_certificate_signs_for_as_long_as_it_says() {
    for file in ["rsa-modern.p12", "rsa-legacy.p12"] {
        let town = Town::builder().without_key().build().await;
        let imported = key(&town, Order::ImportKey(given(NAME, file, Some("sesame")))).await;
        assert_eq!(
            imported.in_words().to_string(),
            "signs since 2027-01-15 08:00:00 UTC, expires 2036-01-01 00:00:00 UTC"
        );
        assert_eq!(header(&tokens(&town, "shop").await["id_token"]).1, imported.kid);
        let set = key_set(&town).await;
        assert_eq!((set["keys"].as_array().unwrap().len(), &set["keys"][0]["nbf"]), (1, &1_767_225_600.into()));
    }
}

#[tokio::test]
async fn where_another_key_signs_an_imported_one_waits_as_a_new_one_does() {
    let town = Town::new().await;
    let first = header(&tokens(&town, "shop").await["id_token"]).1;
    let p12 = || given(NAME, "rsa-modern.p12", Some("sesame"));
    let imported = key(&town, Order::ImportKey(p12())).await;
    assert_eq!(imported.in_words().to_string(), "signs from 2027-01-16 08:00:00 UTC, expires 2036-01-01 00:00:00 UTC");
    let refused = town.try_order(Order::ImportKey(p12())).await.unwrap_err();
    assert!(refused.contains("is under `B2C_1A_TokenSigningKeyContainer` already"), "{refused}");
    assert_eq!(header(&tokens(&town, "shop").await["id_token"]).1, first);
    town.wait(hours(24));
    assert_eq!(header(&tokens(&town, "shop").await["id_token"]).1, imported.kid);

    let other = Town::new().await;
    other.wait(seconds(1));
    let at_once = KeyGiven { signs_in_seconds: 0, ..p12() };
    let imported = key(&other, Order::ImportKey(at_once)).await;
    assert!(matches!(imported.state, ListedState::Signing { .. }));
    // The one before is published all the same: its tokens live.
    assert_eq!(key_ids(&other).await.len(), 2);
}

#[tokio::test]
async fn orders_that_cannot_be_carried_out_say_what_to_do() {
    let town = Town::new().await;
    let first = header(&tokens(&town, "shop").await["id_token"]).1;
    let pem = || given(NAME, "p256.pem", None);
    let at = |from: u64| Some(At(town.now() + hours(from)));
    let not_a_key = GivenMaterial::Pkcs8(base64url::encode(b"no key").into());
    for (order, words) in [
        (Order::ImportKey(KeyGiven { expires: at(0), ..pem() }), "the key expired at 2027-01-15 08:00:00 UTC"),
        (Order::ImportKey(KeyGiven { not_before: at(2), expires: at(1), ..pem() }), "`--not-before`"),
        (Order::ImportKey(KeyGiven { material: not_a_key, ..pem() }), "not an RSA or P-256 private key"),
        (Order::ImportKey(KeyGiven { name: "two words".into(), ..pem() }), "`two words` is no name of a policy key"),
        (Order::ImportKey(KeyGiven { material: GivenMaterial::Secret("".into()), ..pem() }), "the secret is empty"),
        (
            Order::ImportKey(KeyGiven {
                name: NAME.to_lowercase(),
                material: GivenMaterial::Secret("s".into()),
                ..pem()
            }),
            "policies sign with `B2C_1A_TokenSigningKeyContainer`; give a private key, or another name",
        ),
        (wanted(Algorithm::Rs256, hours(24 * 366)), "after 365 days at the latest"),
        (unwanted("nothing", false), "no key `nothing`"),
        (unwanted(&first, false), "`zaguan keys add B2C_1A_TokenSigningKeyContainer --algorithm RS256`"),
    ] {
        let refused = town.try_order(order).await.unwrap_err();
        assert!(refused.contains(words), "{refused}");
    }
    // Somebody insists; then the first one is made anew.
    town.order(unwanted(&first, true)).await;
    assert_ne!(header(&tokens(&town, "shop").await["id_token"]).1, first);
    // A key whose successor signs goes without a word.
    let second = header(&tokens(&town, "shop").await["id_token"]).1;
    town.wait(seconds(1));
    town.order(wanted(Algorithm::Rs256, Duration::ZERO)).await;
    let gone = key(&town, unwanted(&second, false)).await;
    assert!(matches!(gone.state, ListedState::Retiring { .. }) && gone.published);
    assert_eq!(key_ids(&town).await.len(), 1);
}

#[tokio::test]
async fn keys_are_listed_under_the_names_that_policies_give_them() {
    let town = Town::new().await;
    let secret = |name: &str| {
        let material = GivenMaterial::Secret("s".into());
        Order::ImportKey(KeyGiven { name: name.into(), material, ..given(NAME, "p256.pem", None) })
    };
    let names = |done: Done| match done {
        Done::Keys(all) => all.into_iter().map(|key| key.name).collect::<Vec<_>>(),
        other => panic!("listing keys gave {other:?}"),
    };
    let kept = key(&town, secret("b2c_1a_tokenENCRYPTIONkeyContainer")).await;
    assert_eq!(kept.name, "B2C_1A_TokenEncryptionKeyContainer");
    let added = KeyWanted {
        name: NAME.to_lowercase(),
        algorithm: Algorithm::Es256,
        size: RsaSize::Bits2048,
        signs_in_seconds: 0,
    };
    assert_eq!(key(&town, Order::AddKey(added.clone())).await.name, NAME);
    let expected = ["B2C_1A_TokenEncryptionKeyContainer", NAME, NAME];
    assert_eq!(names(town.order(Order::ListKeys).await), expected);

    // Without a server as with one; what policies do not name stays as the store has it.
    let folder = tempfile::tempdir().unwrap();
    let give = async |order| {
        let done = admin::order(folder.path(), TENANT, order, town.now()).await;
        done.map_err(|cause| format!("{cause:#}"))
    };
    DataFolder::take(folder.path()).unwrap().remember_tenants(&town.server().tenants()).unwrap();
    give(Order::AddKey(added)).await.unwrap();
    give(secret("B2C_1A_Nobodys")).await.unwrap();
    assert_eq!(names(give(Order::ListKeys).await.unwrap()), ["b2c_1a_nobodys", NAME]);
    let refused = give(secret(&NAME.to_uppercase())).await.unwrap_err();
    assert_eq!(refused, format!("policies sign with `{NAME}`; give a private key, or another name"));
}

#[tokio::test]
async fn a_secret_is_kept_and_published_nowhere() {
    let town = Town::new().await;
    let secret = |text: &str| {
        let material = GivenMaterial::Secret(text.into());
        Order::ImportKey(KeyGiven { name: "B2C_1A_Hints".into(), material, ..given(NAME, "p256.pem", None) })
    };
    let kept = key(&town, secret("shared with nobody else")).await;
    assert_eq!((kept.algorithm.as_str(), kept.published), ("secret", false));
    town.wait(seconds(1));
    town.order(secret("a newer one")).await;
    let (keys, name) = (town.server().keys(), "B2C_1A_hints".into());
    let found = keys.secret(town.store(), &town.tenant().id, &name, town.now()).await.unwrap().unwrap();
    assert_eq!(found.expose(), "a newer one");
    let listed = in_words(&town).await;
    assert_eq!(listed[..2], ["secret replaced", "secret in use since 2027-01-15 08:00:01 UTC"]);
    assert_eq!(key_ids(&town).await.len(), 1);
    // No order and no list shows it.
    let shown = format!("{:?} {kept:?} {listed:?}", secret("shared with nobody else"));
    assert!(!shown.contains("shared"), "{shown}");
}

/// A tenant folder with one app, these keys, and these variables.
fn folder_with(keys: &str, files: &[(&str, &[u8])], environment: &[(&str, &str)]) -> Result<Tenant, Refused> {
    let folder = tempfile::tempdir().unwrap();
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/demo");
    let tenant = format!(
        "domain = \"{TENANT}\"\nid = \"{TENANT_ID}\"\nhosts = [\"{SERVER}\"]\npolicies = {policies:?}\n[keys]\n{keys}\n"
    );
    std::fs::create_dir(folder.path().join("apps")).unwrap();
    std::fs::write(folder.path().join("apps/shop.toml"), App::definition("shop")).unwrap();
    std::fs::write(folder.path().join("tenant.toml"), tenant).unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let variable =
        |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    TenantSources::read_in(folder.path(), &variable)?.apply(None)
}

#[tokio::test]
async fn keys_that_the_definition_names_sign_and_are_never_stored() {
    let p12 = std::fs::read(format!("{FIXTURES}/rsa-modern.p12")).unwrap();
    let keys = format!(
        "{NAME} = {{ file = \"signing.p12\", password_env = \"PASSWORD\" }}\nB2C_1A_Text = {{ env = \"TEXT\" }}\n"
    );
    let environment = [("PASSWORD", "sesame"), ("TEXT", "a text of others")];
    let tenant = folder_with(&keys, &[("signing.p12", &p12)], &environment).unwrap();
    assert!(!format!("{tenant:?}").contains("a text of others"));
    let expected = tenant.configured_keys.iter().find(|key| key.name.as_str() == NAME).unwrap().key.id.clone();

    let town = Town::builder().without_key().build().await;
    town.server().apply(vec![Arc::new(tenant)]);
    assert_eq!(header(&tokens(&town, "shop").await["id_token"]).1, expected);
    assert_eq!(key_ids(&town).await, std::slice::from_ref(&expected));
    assert_eq!(town.store().key_names(&town.tenant().id).await.unwrap(), [""; 0]);
    let text = town.server().keys().secret(town.store(), &town.tenant().id, &"B2C_1A_text".into(), town.now()).await;
    assert_eq!(text.unwrap().unwrap().expose(), "a text of others");
    let refused = town.try_order(unwanted(&expected, true)).await.unwrap_err();
    assert!(refused.contains("`tenant.toml` names it"), "{refused}");
    // It takes part with those of the store: one that begins later takes over.
    let next = key(&town, wanted(Algorithm::Rs256, hours(24))).await.kid;
    town.wait(hours(24));
    assert_eq!(header(&tokens(&town, "shop").await["id_token"]).1, next);
    assert_eq!(key_ids(&town).await.len(), 2);
    // What the definition does not name any more is gone.
    town.server().apply(vec![Arc::new(folder_with("", &[], &[]).unwrap())]);
    assert_eq!(key_ids(&town).await, [next]);
}

#[tokio::test]
async fn what_the_definition_names_has_to_be_there() {
    let p12 = std::fs::read(format!("{FIXTURES}/rsa-modern.p12")).unwrap();
    for (line, words) in [
        ("{ env = \"NOT_THERE\" }", "the variable `NOT_THERE` is not set"),
        ("{ env = \"EMPTY\" }", "the variable `EMPTY` is not set"),
        ("{ file = \"nowhere.pem\" }", "cannot read `"),
        ("{ }", "needs either `env` or `file`"),
        ("{ env = \"TEXT\", file = \"signing.p12\" }", "has both `env` and `file`; keep one"),
        ("{ file = \"signing.p12\" }", "`password_env`"),
        ("{ file = \"signing.p12\", password_env = \"NOT_THERE\" }", "the variable `NOT_THERE` is not set"),
        ("{ file = \"signing.p12\", password_env = \"TEXT\" }", "the password is not the file's"),
        ("{ file = \"empty\" }", "is empty"),
        ("{ env = \"TEXT\" }", "is a text, and policies sign with it"),
        ("{ env = \"TEXT\", not_before = \"soon\" }", "`not_before` must be like `2026-05-01T12:00:00Z`"),
    ] {
        let files = [("signing.p12", p12.as_slice()), ("empty", b"\n")];
        let environment = [("TEXT", "a text of others"), ("EMPTY", "")];
        let Err(Refused::Definition { file, problem }) = folder_with(&format!("{NAME} = {line}"), &files, &environment)
        else {
            panic!("{line} is accepted")
        };
        assert_eq!(file, "tenant.toml");
        assert!(problem.contains(&format!("key `{NAME}`")) && problem.contains(words), "{line}: {problem}");
        assert!(!problem.contains("a text of others"), "{problem}");
    }
}

#[tokio::test]
async fn with_another_master_key_nothing_is_served_and_no_order_is_carried_out() {
    let store: Arc<dyn Store> = Arc::new(Memory::new());
    let town = Town::builder().store(Arc::clone(&store)).build().await;
    town.server().prove_master_key().await.unwrap();
    let other = Server::new(Parts {
        store,
        clock: town.server().clock().clone(),
        keys: Keys::from_master([8; 32]),
        outbox: Arc::new(Mailbox::default()),
        settings: Settings::default(),
    });
    other.apply(town.server().tenants().to_vec());
    let refused = other.prove_master_key().await.unwrap_err().to_string();
    assert!(refused.contains("restore `master.key`"), "{refused}");

    let folder = tempfile::tempdir().unwrap();
    let give = async |order| {
        let done = admin::order(folder.path(), TENANT, order, town.now()).await;
        done.map_err(|cause| format!("{cause:#}"))
    };
    DataFolder::take(folder.path()).unwrap().remember_tenants(&town.server().tenants()).unwrap();
    give(wanted(Algorithm::Es256, Duration::ZERO)).await.unwrap();
    let file = folder.path().join("master.key");
    let right = std::fs::read(&file).unwrap();
    std::fs::write(&file, base64url::encode([9; 32])).unwrap();
    assert!(give(Order::ListKeys).await.unwrap_err().contains("restore `master.key`"));
    std::fs::remove_file(&file).unwrap();
    assert!(give(Order::ListKeys).await.unwrap_err().contains("is missing"));
    std::fs::write(&file, right).unwrap();
    assert!(matches!(give(Order::ListKeys).await.unwrap(), Done::Keys(all) if all.len() == 1));
}
