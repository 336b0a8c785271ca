//! What grants cost: an app in its own name, a refresh with both signatures and its write, a whole sign-in with a password.
//!
//! In one process and without sockets, over SQLite; and beside them, from the same run on the same machine, the limits
//! that they are held against: a signature of each kind, a password's hash, a wait for the disk.
//!
//! `cargo bench -p zaguan-server --bench token_endpoint`

#![expect(clippy::unwrap_used, reason = "a bench that cannot start has nothing to measure")]

mod limits;

use std::sync::{Arc, Mutex};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use axum::body::Body;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
};
use zaguan_protocol::{
    Secret,
    jose::{generate_p256, generate_rsa_2048},
};
use zaguan_server::{Connection, Server};
use zaguan_store::{AccountChange, AccountKey, AccountWrite, IfAbsent, IfPresent, SessionsThen, Sqlite};
use zaguan_testkit::{
    Town,
    town::{ADA, SERVER, SIGN_IN},
};

/// As many requests are under way at once.
const AT_ONCE: usize = 16;
const API: &str = "client_id = \"0000000c-0000-4000-8000-000000000001\"\nname = \"Tasks\"\n\
                   [api]\nidentifier_uri = \"api://tasks\"\nscopes = [\"tasks.read\"]\nroles = [\"Tasks.Read.All\"]\n";

/// A town over a database of its own, whose app and whose API have tokens of this algorithm.
async fn town(folder: &tempfile::TempDir, algorithm: &str) -> Town {
    let store = Sqlite::open(&folder.path().join(format!("{algorithm}.db"))).unwrap();
    let signed = format!("signing_algorithm = \"{algorithm}\"\n");
    Town::builder()
        .store(Arc::new(store))
        .app_file("tasks", &format!("{signed}{API}"))
        .app_lines("shop", &format!("{signed}roles = [\"api://tasks/Tasks.Read.All\"]\n"))
        .build()
        .await
}

/// One request of the token endpoint; its answer.
async fn grant(server: &Server, form: &str) -> serde_json::Value {
    let request = Request::post(format!("https://{SERVER}/contoso.onmicrosoft.com/{SIGN_IN}/oauth2/v2.0/token"))
        .header("host", SERVER)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()));
    let answer = server.handle(request.unwrap(), Connection::default()).await;
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(status, StatusCode::OK, "{body:?}");
    serde_json::from_slice(&body).unwrap()
}

fn form(town: &Town, fields: &[(&str, &str)]) -> String {
    let app = town.app("shop");
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("client_id", app.client_id().as_str()), ("client_secret", app.secret())])
        .extend_pairs(fields)
        .finish()
}

/// Refresh tokens of as many sign-ins as requests are made at once.
async fn families(town: &Town) -> Vec<String> {
    let url = town
        .authorize("shop", SIGN_IN)
        .replace("scope=openid+offline_access", "scope=openid+offline_access+api%3A%2F%2Ftasks%2Ftasks.read");
    let redirect_uri = zaguan_testkit::app::App::outside_redirect_uri_of("shop");
    let mut all = Vec::new();
    for _ in 0..AT_ONCE {
        let mut browser = town.browser();
        let page = browser.open(&url).await.page();
        let form_of = [("signInName", ADA.0), ("password", ADA.1)];
        let answered = browser.submit(&page, &form_of).await.accepted().outside();
        let code = answered.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let fields = [("grant_type", "authorization_code"), ("redirect_uri", &*redirect_uri), ("code", &code)];
        let tokens = grant(town.server(), &form(town, &fields)).await;
        all.push(tokens["refresh_token"].as_str().unwrap().to_owned());
    }
    all
}

fn client_credentials(group: &mut BenchmarkGroup<'_, WallTime>, runtime: &Runtime, town: &Town, name: &str) {
    let form = form(town, &[("grant_type", "client_credentials"), ("scope", "api://tasks/.default")]);
    let (server, form) = (town.server(), Arc::new(form));
    group.bench_function(format!("client credentials, {name}"), |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                let mut all = JoinSet::new();
                for _ in 0..AT_ONCE {
                    let (server, form) = (server.clone(), Arc::clone(&form));
                    all.spawn(async move { grant(&server, &form).await });
                }
                all.join_all().await
            })
        });
    });
}

fn refresh(group: &mut BenchmarkGroup<'_, WallTime>, runtime: &Runtime, town: &Town, name: &str) {
    let families: Vec<Arc<Mutex<String>>> =
        runtime.block_on(families(town)).into_iter().map(|token| Arc::new(Mutex::new(token))).collect();
    let proof = form(town, &[("grant_type", "refresh_token")]);
    group.bench_function(format!("refresh, {name}"), |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                let mut all = JoinSet::new();
                for newest in &families {
                    let (server, newest) = (town.server().clone(), Arc::clone(newest));
                    let form = format!("{proof}&refresh_token={}", newest.lock().unwrap());
                    all.spawn(async move {
                        let tokens = grant(&server, &form).await;
                        assert!(tokens["access_token"].is_string() && tokens["id_token"].is_string());
                        *newest.lock().unwrap() = tokens["refresh_token"].as_str().unwrap().to_owned();
                    });
                }
                all.join_all().await
            })
        });
    });
}

/// Authorize, page, form, code, in a browser of its own.
fn sign_in(group: &mut BenchmarkGroup<'_, WallTime>, runtime: &Runtime, town: &Town, name: &str) {
    let url = town.authorize("shop", SIGN_IN);
    group.throughput(Throughput::Elements(1));
    group.bench_function(format!("sign-in, {name}"), |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                let mut browser = town.browser();
                let page = browser.open(&url).await.page();
                let form = [("signInName", ADA.0), ("password", ADA.1)];
                browser.submit(&page, &form).await.accepted().outside()
            })
        });
    });
}

/// As if Ada's account had come from elsewhere, with a hash of the least cost.
async fn cheap_password(town: &Town) {
    let params = Params::new(8, 1, 1, Some(32)).unwrap();
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = hasher.hash_password_with_salt(ADA.1.as_bytes(), b"of no use elsewhere").unwrap().to_string();
    let write = AccountWrite {
        key: AccountKey::SignInName { kind: None, value: ADA.0.into() },
        if_absent: IfAbsent::Refuse,
        if_present: IfPresent::Update,
        changes: vec![AccountChange::PasswordHash(hash)],
        sessions: SessionsThen::Stay,
        own: vec![],
    };
    town.store().write_account(&town.tenant().id, None, &write, town.now()).await.unwrap();
}

fn grants(criterion: &mut Criterion) {
    let runtime: Runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut group = criterion.benchmark_group("token endpoint");
    for algorithm in ["RS256", "ES256"] {
        let town = runtime.block_on(town(&folder, algorithm));
        group.throughput(Throughput::Elements(AT_ONCE as u64));
        client_credentials(&mut group, &runtime, &town, algorithm);
        refresh(&mut group, &runtime, &town, algorithm);
        if algorithm == "RS256" {
            sign_in(&mut group, &runtime, &town, "Argon2id as it is");
            runtime.block_on(cheap_password(&town));
            sign_in(&mut group, &runtime, &town, "a hash of the least cost");
        }
    }
    group.finish();
}

fn beside(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("limits");
    group.throughput(Throughput::Elements(1));
    limits::signature(&mut group, "an RSA-2048 signature", &generate_rsa_2048());
    limits::signature(&mut group, "a P-256 signature", &generate_p256());
    let runtime: Runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let (passwords, secret) = (zaguan_server::passwords::Passwords::new(), Secret::new("Lovelace-1843".to_owned()));
    group.bench_function("an Argon2id hash, 19 MiB, 2 passes", |bencher| {
        bencher.iter(|| runtime.block_on(passwords.hash(&secret)).unwrap());
    });
    limits::wait_for_the_disk(&mut group);
    group.finish();
}

criterion_group!(benches, grants, beside);
criterion_main!(benches);
