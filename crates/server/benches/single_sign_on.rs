//! What a single sign-on costs: an authorize request of a browser that has a session, answered with a code.
//!
//! In one process and without sockets, sixteen requests at a time, over each engine; and beside them, from the same
//! run on the same machine, the two limits that others of our figures are held against: one RSA signature and one wait
//! for the disk.
//!
//! `cargo bench -p zaguan-server`

#![expect(clippy::unwrap_used, reason = "a bench that cannot start has nothing to measure")]

mod limits;

use std::sync::Arc;

use axum::body::Body;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http::{Request, StatusCode, header};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
};
use zaguan_protocol::jose::generate_rsa_2048;
use zaguan_server::{Connection, Server};
use zaguan_store::{Memory, Sqlite, Store};
use zaguan_testkit::{
    Town,
    cookies::Cause,
    town::{ADA, SERVER, SIGN_IN},
};

/// As many requests are under way at once.
const AT_ONCE: usize = 16;

/// A browser that is signed in: its cookies, and the request that it sends.
#[derive(Clone)]
struct SignedIn {
    cookies: String,
    authorize: String,
}

/// The town's server, and browsers with a session each.
async fn signed_in(store: Arc<dyn Store>) -> (Server, Vec<SignedIn>) {
    let town = Town::builder().store(store).build().await;
    let authorize = town.authorize("shop", SIGN_IN);
    let mut all = Vec::new();
    for _ in 0..AT_ONCE {
        let mut browser = town.browser();
        let page = browser.open(&authorize).await.page();
        browser.submit(&page, &[("signInName", ADA.0), ("password", ADA.1)]).await.accepted().outside();
        let cookies = browser.jar.header(SERVER, Cause::TopLevel, town.now()).unwrap();
        all.push(SignedIn { cookies, authorize: authorize.clone() });
    }
    (town.server().clone(), all)
}

async fn sign_on(server: Server, browser: SignedIn) {
    let request = Request::get(&browser.authorize).header(header::COOKIE, &browser.cookies);
    let answer = server.handle(request.body(Body::empty()).unwrap(), Connection::default()).await;
    let to =
        answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().contains("code=")).unwrap_or_default();
    assert!(answer.status() == StatusCode::FOUND && to, "{:?}", answer.status());
}

fn single_sign_on(criterion: &mut Criterion) {
    let runtime: Runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let sqlite = Sqlite::open(&folder.path().join("zaguan.db")).unwrap();
    let engines: [(&str, Arc<dyn Store>); 2] = [("sqlite", Arc::new(sqlite)), ("memory", Arc::new(Memory::new()))];

    let mut group = criterion.benchmark_group("single sign-on, 16 at once");
    group.throughput(Throughput::Elements(AT_ONCE as u64));
    for (name, store) in engines {
        let (server, browsers) = runtime.block_on(signed_in(store));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                runtime.block_on(async {
                    let mut all = JoinSet::new();
                    for browser in &browsers {
                        all.spawn(sign_on(server.clone(), browser.clone()));
                    }
                    all.join_all().await
                })
            });
        });
    }
    group.finish();
}

fn beside(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("limits");
    group.throughput(Throughput::Elements(1));
    limits::signature(&mut group, "an RSA-2048 signature", &generate_rsa_2048());
    limits::wait_for_the_disk(&mut group);
    group.finish();
}

criterion_group!(benches, single_sign_on, beside);
criterion_main!(benches);
