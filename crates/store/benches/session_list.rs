//! Pages of a list of a million sessions, as an administrator asks for them.
//!
//! The first run makes the million, which takes a minute or two, and keeps it below `target`; `ZAGUAN_SESSIONS` says
//! another number. `cargo bench -p zaguan-store --bench session_list`

#![expect(clippy::unwrap_used, reason = "a bench that cannot start has nothing to measure")]

use std::{collections::BTreeMap, hint::black_box, path::PathBuf, sync::Arc};

use criterion::{Criterion, criterion_group, criterion_main};
use tokio::{runtime::Runtime, sync::Semaphore, task::JoinSet};
use zaguan_policy::{
    Timestamp,
    model::{Expiry, SessionLifetime},
};
use zaguan_session::{Cause, ClientId, NewSession, Origin, Session, SessionId, SessionKey, SessionUse, Terms};
use zaguan_store::{
    Finish, PageMark, SessionChange, SessionFilter, SessionState, Sessions, SessionsOf, Sqlite, Store, TenantId,
};

const PEOPLE: u64 = 50_000;
const APPS: u64 = 20;
const POLICIES: u64 = 8;
const ADDRESSES: u64 = 30_000;
/// As many begin at once: they share commits.
const AT_ONCE: usize = 512;
const A_PAGE: usize = 50;

fn tenant() -> TenantId {
    TenantId::new("11111111-0000-0000-0000-000000000001")
}

fn number_of_sessions() -> u64 {
    std::env::var("ZAGUAN_SESSIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000)
}

/// The `number`-th session began so many seconds after the first one.
fn session(number: u64) -> Session {
    let id = SessionId::new(&format!("s{number:08}"));
    let mut browser = [0; 32];
    browser[..8].copy_from_slice(&number.to_be_bytes());
    let new = NewSession {
        id: id.clone(),
        secret_hash: [7; 32],
        browser,
        key: SessionKey::Tenant,
        person: Some(format!("person {}", number % PEOPLE)),
        origin: Origin { address: format!("192.0.2.{}", number % ADDRESSES), browser: "Firefox, Linux".into() },
    };
    let first = SessionUse {
        session: id,
        at: Timestamp::from_seconds(i64::try_from(number).unwrap()),
        app: ClientId::new(&format!("app {}", number % APPS)),
        policy: format!("B2C_1A_P{}", number % POLICIES).as_str().into(),
        terms: Terms { expiry: Expiry::Rolling, lifetime: SessionLifetime::DEFAULT, keep_alive: None },
        browser,
        keep: false,
        participant: None,
        memories: BTreeMap::new(),
    };
    Session::begin(new, first)
}

/// The sessions, three in ten of them over.
async fn fill(store: Arc<Sqlite>, count: u64) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut under_way = JoinSet::new();
    for number in 0..count {
        let (store, place) = (Arc::clone(&store), Arc::clone(&places).acquire_owned().await.unwrap());
        under_way.spawn(async move {
            let start = SessionChange::Start { session: Box::new(session(number)), instead_of: None };
            let finish = Finish { visit: None, session: start, code: None };
            store.finish(&tenant(), &finish, Timestamp::from_seconds(0)).await.unwrap();
            drop(place);
        });
        while under_way.try_join_next().is_some() {}
    }
    under_way.join_all().await;
    for person in 0..PEOPLE * 3 / 10 {
        let of = SessionsOf::Person { object_id: format!("person {person}"), except: None };
        store.end_sessions(&tenant(), &of, &Cause::Revoked, Timestamp::from_seconds(0), 500).await.unwrap();
    }
}

fn filled(runtime: &Runtime) -> Arc<Sqlite> {
    let count = number_of_sessions();
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("sessions-{count}.db"));
    let half = path.with_extension("unfinished");
    if !path.exists() {
        println!("making {count} sessions in {}", path.display());
        let _ = std::fs::remove_file(&half);
        let store = Arc::new(Sqlite::open(&half).unwrap());
        runtime.block_on(fill(Arc::clone(&store), count));
        drop(store);
        std::fs::rename(&half, &path).unwrap();
    }
    Arc::new(Sqlite::open(&path).unwrap())
}

fn session_list(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let store = filled(&runtime);
    let count = number_of_sessions();
    let all = SessionFilter::default;
    let person = |number: u64| Some(format!("person {}", number % PEOPLE));
    let app = Some(ClientId::new("app 7"));
    let deep = || {
        let started = Timestamp::from_seconds(i64::try_from(count / 2).unwrap());
        Some(PageMark { started, session: SessionId::new("s") })
    };
    let address = Some(format!("192.0.2.{}", 7 % ADDRESSES));
    let live = Some(SessionState::Live);
    let ended = Some(SessionState::Ended);
    let mut group = criterion.benchmark_group(format!("a page of {A_PAGE} among {count} sessions"));
    for (name, filter, after) in [
        ("the newest", all(), None),
        ("from the middle on", all(), deep()),
        ("the newest that ended", SessionFilter { state: ended, ..all() }, None),
        ("of a person", SessionFilter { person: person(40_000), ..all() }, None),
        ("of an app", SessionFilter { app: app.clone(), ..all() }, None),
        ("live ones of an app, from the middle on", SessionFilter { app: app.clone(), state: live, ..all() }, deep()),
        ("of a policy", SessionFilter { policy: Some("b2c_1a_p3".into()), ..all() }, None),
        ("from an address", SessionFilter { address: address.clone(), ..all() }, None),
        ("of an app and an address", SessionFilter { app: app.clone(), address, ..all() }, None),
        // Nothing is found, and as many rows are looked at as a page may.
        (
            "of an app and a policy that never meet",
            SessionFilter { app, policy: Some("B2C_1A_P0".into()), ..all() },
            None,
        ),
    ] {
        group.bench_function(name, |bench| {
            bench.iter(|| {
                let page = runtime.block_on(store.session_page(&tenant(), &filter, after.as_ref(), A_PAGE));
                black_box(page.unwrap())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, session_list);
criterion_main!(benches);
