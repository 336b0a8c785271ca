//! A process that is killed while it writes loses nothing that it acknowledged, and leaves nothing
//! half made.
//!
//! The test runs its own binary again as the process to be killed.

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use rusqlite::Connection;
use tokio::task::JoinSet;
use zaguan_policy::Timestamp;
use zaguan_policy::model::{Expiry, SessionLifetime};
use zaguan_session::{
    Cause, ClientId, NewSession, Origin, Participant, Session, SessionId, SessionKey, SessionUse, Terms,
};
use zaguan_store::{
    AccountChange, AccountKey, AccountWrite, CodeHash, Directory, FamilyId, Finish, Finished, FirstToken, Grant,
    Grants, IfAbsent, IfPresent, NewCode, Notices, SessionChange, Sessions, SessionsThen, SignInName, Sqlite, Store,
    Taken, TenantId, WriteAnswer,
};

/// Names the folder to whoever is to be killed.
const FOLDER: &str = "ZAGUAN_CRASH_FOLDER";
const ROUNDS: u64 = 20;
/// So many write at the same time, so that commits are shared.
const WRITERS: u64 = 6;
/// Every session has as many participants, so that half a session would be seen.
const PARTICIPANTS: usize = 3;

#[test]
fn a_killed_process_loses_nothing_that_it_acknowledged() {
    if let Some(folder) = env::var_os(FOLDER) {
        return write_until_killed(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        // From the first line to some hundred, in no order that a commit could keep step with.
        let lines = (round * 7919 + 13) % 173 + 1;
        acknowledged.extend(run_and_kill(folder.path(), lines));
        check(folder.path(), &acknowledged);
    }
    assert!(acknowledged.len() as u64 > ROUNDS, "the process did write");
}

/// What the process said before it was killed: what it did, and to what.
fn run_and_kill(folder: &Path, lines: u64) -> Vec<(String, String)> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["crash::a_killed_process_loses_nothing_that_it_acknowledged", "--exact", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let (mut all, mut line) = (Vec::new(), String::new());
    // After the kill the pipe is read to its end: what stands in it was acknowledged too.
    while said.read_line(&mut line).unwrap() > 0 {
        if let Some((what, id)) = line.strip_prefix("did ").and_then(|line| line.strip_suffix('\n')?.split_once(' ')) {
            all.push((what.to_owned(), id.to_owned()));
            if all.len() as u64 == lines {
                child.kill().unwrap();
            }
        }
        line.clear();
    }
    let status = child.wait().unwrap();
    assert!(!status.success() && all.len() as u64 >= lines, "it was killed, and did not end by itself");
    all
}

#[tokio::main]
async fn write_until_killed(folder: &Path) {
    let store = Arc::new(Sqlite::open(&folder.join("zaguan.db")).unwrap());
    let process = std::process::id();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let store = store.clone();
        writers.spawn(async move {
            for number in 0_u64.. {
                write(&*store, &format!("{process}-{writer}-{number}")).await;
            }
        });
    }
    writers.join_all().await;
}

/// Makes an account, a session with a code, uses the session for another code, redeems that one, takes the first and ends the
/// session.
async fn write(store: &dyn Store, id: &str) {
    let answer = store.write_account(&tenant(), None, &sign_up(id), now()).await.unwrap();
    assert!(matches!(answer, WriteAnswer::Done { created: true, .. }));
    say("account", id);
    let start = SessionChange::Start { session: Box::new(session(id)), instead_of: None };
    let finish = Finish { visit: None, session: start, code: Some(code(id)) };
    assert!(matches!(store.finish(&tenant(), &finish, now()).await.unwrap(), Finished::Done { .. }));
    say("code", id);
    let finish = Finish { visit: None, session: SessionChange::Use(use_of(id, later())), code: Some(second_code(id)) };
    assert!(matches!(store.finish(&tenant(), &finish, now()).await.unwrap(), Finished::Done { .. }));
    say("used", id);
    let again = second_code(id);
    let redeemed = store
        .redeem_code(&tenant(), &again.hash, Some(FirstToken { issued: now(), until: again.until }), now())
        .await
        .unwrap();
    assert_eq!(redeemed, Taken::Grant { grant: again.grant, family: again.family });
    say("redeemed", id);
    let taken = store.redeem_code(&tenant(), &code(id).hash, None, now()).await.unwrap();
    assert!(matches!(taken, Taken::Grant { .. }));
    say("taken", id);
    store.end_session(&tenant(), &SessionId::new(id), &Cause::SignedOutHere, now()).await.unwrap().unwrap();
    say("ended", id);
}

fn say(what: &str, id: &str) {
    let mut out = std::io::stdout().lock();
    write!(out, "\ndid {what} {id}\n").unwrap();
    out.flush().unwrap();
}

/// Looks at what is left: first at the file itself, then through the store.
fn check(folder: &Path, acknowledged: &[(String, String)]) {
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    for (what, id) in acknowledged {
        last.insert(id, what);
    }
    let path = folder.join("zaguan.db");
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Sqlite::open(&path).unwrap();
        for (id, what) in last {
            check_one(&store, id, what).await;
        }
        // Also what was written and not acknowledged is whole.
        for account in store.accounts(&tenant(), None, usize::MAX).await.unwrap() {
            let name = AccountKey::SignInName { kind: None, value: account.object_id.clone() };
            assert_eq!(store.account(&tenant(), &name).await.unwrap(), Some(account));
        }
    });
    let conn = Connection::open(&path).unwrap();
    let whole: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
    for (question, kind) in [
        ("SELECT count(*) FROM pragma_foreign_key_check", "rows that belong to nothing"),
        (
            "SELECT count(*) FROM sessions s WHERE
             (SELECT count(*) FROM participants p WHERE p.tenant = s.tenant AND p.session = s.id) <> ?1",
            "half sessions",
        ),
        (
            "SELECT count(*) FROM ended_sessions s WHERE
             (SELECT count(*) FROM notices n WHERE n.tenant = s.tenant AND n.session = s.id) <> ?1",
            "half ends",
        ),
        (
            "SELECT count(*) FROM codes c WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = c.session)
             AND NOT EXISTS (SELECT 1 FROM ended_sessions s WHERE s.id = c.session)",
            "codes without their session",
        ),
        (
            "SELECT count(*) FROM session_facets f WHERE live <> EXISTS (SELECT 1 FROM sessions s WHERE s.id = f.session)
             OR NOT live AND NOT EXISTS (SELECT 1 FROM ended_sessions e WHERE e.id = f.session)",
            "what sessions are found by and they are not",
        ),
        ("SELECT count(*) FROM sessions s JOIN ended_sessions e ON e.id = s.id", "sessions both ended and not"),
        (
            "SELECT count(*) FROM codes c WHERE c.family LIKE '%-again'
             AND c.taken <> EXISTS (SELECT 1 FROM families f WHERE f.tenant = c.tenant AND f.id = c.family)",
            "redeemed codes without their family, or the other way round",
        ),
    ] {
        let mut count = conn.prepare(question).unwrap();
        let given = rusqlite::params_from_iter(Some(PARTICIPANTS as i64).filter(|_| question.contains("?1")));
        let found: i64 = count.query_row(given, |row| row.get(0)).unwrap();
        assert_eq!(found, 0, "{kind}");
    }
}

/// `what` is the last thing that was acknowledged of this one.
async fn check_one(store: &Sqlite, id: &str, what: &str) {
    let session_id = SessionId::new(id);
    assert!(store.account(&tenant(), &AccountKey::ObjectId(id.into())).await.unwrap().is_some(), "{what} {id}");
    assert_eq!(store.password_hash(&tenant(), id).await.unwrap().as_deref(), Some("hash"));
    let session = store.session(&tenant(), &session_id).await.unwrap();
    let record = store.session_record(&tenant(), &session_id).await.unwrap();
    let ended = record.as_ref().and_then(|record| record.end.as_ref());
    if what != "account" {
        assert!(record.is_some() && session.is_some() != ended.is_some(), "{what} {id}");
    }
    // D16: a code of a session that was only used is kept, and the use with it.
    if what != "account" && what != "code" {
        assert!(session.is_none_or(|session| session.history.last_used == later()), "{what} {id}");
        let known = store.code(&tenant(), &second_code(id).hash, now()).await.unwrap();
        assert_eq!(known, Some(second_code(id).grant), "{what} {id}");
    }
    if !["account", "code", "used"].contains(&what) {
        let family = store.family(&tenant(), &second_code(id).family).await.unwrap();
        assert_eq!(family.map(|family| family.generation), Some(0), "{what} {id}");
    }
    if what == "taken" || what == "ended" {
        let taken = store.redeem_code(&tenant(), &code(id).hash, None, now()).await.unwrap();
        assert_eq!(taken, Taken::Before(FamilyId(id.into())), "{what} {id}");
    }
    if what == "ended" {
        assert!(ended.is_some(), "{what} {id}");
        assert_eq!(store.notices(&tenant(), &session_id).await.unwrap().len(), PARTICIPANTS);
    }
}

fn tenant() -> TenantId {
    TenantId::new("tenant")
}

fn now() -> Timestamp {
    Timestamp::from_seconds(100)
}

/// When the session is used again.
fn later() -> Timestamp {
    Timestamp::from_seconds(150)
}

fn use_of(id: &str, at: Timestamp) -> SessionUse {
    SessionUse {
        session: SessionId::new(id),
        at,
        app: ClientId::new("app-0"),
        policy: "B2C_1A_SignIn".into(),
        terms: Terms { expiry: Expiry::Rolling, lifetime: SessionLifetime::DEFAULT, keep_alive: None },
        browser: browser(id),
        keep: false,
        participant: None,
        memories: BTreeMap::new(),
    }
}

fn browser(id: &str) -> [u8; 32] {
    let mut browser = [0; 32];
    browser[..id.len()].copy_from_slice(id.as_bytes());
    browser
}

/// The code that a later use gives.
fn second_code(id: &str) -> NewCode {
    NewCode { grant: code(id).grant, ..code(&format!("{id}-again")) }
}

fn sign_up(id: &str) -> AccountWrite {
    AccountWrite {
        key: AccountKey::ObjectId(id.into()),
        if_absent: IfAbsent::Create { object_id: id.into() },
        if_present: IfPresent::Refuse,
        changes: vec![
            AccountChange::SignInNames(vec![SignInName { kind: "userName".into(), value: id.into() }]),
            AccountChange::PasswordHash("hash".into()),
        ],
        sessions: SessionsThen::End,
        own: vec![],
    }
}

fn session(id: &str) -> Session {
    let participants = (0..PARTICIPANTS).map(|number| Participant {
        app: ClientId::new(&format!("app-{number}")),
        issuer: "https://id.example/".into(),
        sid: SessionId::new(id),
        policy: "B2C_1A_SignIn".into(),
        since: now(),
    });
    let new = NewSession {
        id: SessionId::new(id),
        secret_hash: [1; 32],
        browser: browser(id),
        key: SessionKey::Tenant,
        person: Some(id.into()),
        origin: Origin::default(),
    };
    Session { participants: participants.collect(), ..Session::begin(new, use_of(id, now())) }
}

fn code(id: &str) -> NewCode {
    let mut hash = [0; 32];
    hash[..id.len()].copy_from_slice(id.as_bytes());
    let grant = Grant {
        app: ClientId::new("app-0"),
        policy: "B2C_1A_SignIn".into(),
        person: Some(id.into()),
        session: Some(SessionId::new(id)),
        body: "{}".into(),
    };
    NewCode { hash: CodeHash(hash), grant, until: Timestamp::from_seconds(200), family: FamilyId(id.into()) }
}
