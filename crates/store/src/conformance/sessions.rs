//! Sessions, their ends and their notices.

use std::collections::BTreeMap;

use zaguan_policy::Value;
use zaguan_session::{Cause, ClientId, ExpiredBy, Memory, Session, SessionId, SessionKey, SessionUse};

use super::{Any, RACERS, at, browser, code, count, ends, participant, race, session, start, tenant, terms, used};
use crate::{
    End, Finished, NewCode, NoticeOutcome, SessionChange, SessionFilter, SessionRecord, SessionState, Taken, TenantId,
};

fn remembered(claim: &str) -> Memory {
    Memory { claims: vec![(claim.into(), Value::Text("x".into()))], exchange: Some("Local".into()) }
}

async fn stored(store: &Any, id: &str) -> Option<Session> {
    store.session(&tenant(), &SessionId::new(id)).await.unwrap()
}

async fn finish(store: &Any, change: SessionChange, code: Option<NewCode>) -> Finished {
    store.finish(&tenant(), &ends(change, code), at(200)).await.unwrap()
}

pub(super) async fn a_session_comes_back_as_it_was_started(store: Any) {
    let keys = [SessionKey::Tenant, SessionKey::Application(ClientId::new("a")), SessionKey::Policy("B2C_1A_X".into())];
    for (id, key) in ["s", "t", "u"].into_iter().zip(keys) {
        let mut session = session(id, &["shop", "blog"]);
        session.history.key = key;
        session.memories.insert("SM-AAD".into(), remembered("objectId"));
        session.history.person = (id != "u").then(|| "ada".into());
        session.history.kept = id == "s";
        start(&store, &session).await;
        assert_eq!(stored(&store, id).await, Some(session));
    }
    assert_eq!(stored(&store, "v").await, None);
    assert_eq!(store.session(&TenantId::new("other"), &SessionId::new("s")).await.unwrap(), None);
}

pub(super) async fn a_use_is_applied_to_the_session_as_it_is(store: Any) {
    let mut expected = session("s", &["shop"]);
    start(&store, &expected).await;
    let first = SessionUse { participant: Some(participant("blog")), ..used("s", 300) };
    let memories = BTreeMap::from([("SM-AAD".into(), remembered("objectId"))]);
    let second = SessionUse { memories, terms: terms(None), app: ClientId::new("blog"), ..used("s", 250) };
    let third = SessionUse { participant: Some(participant("blog")), ..used("s", 301) };
    let memories = BTreeMap::from([("sm-aad".into(), remembered("email")), ("SM-X".into(), remembered("y"))]);
    let fourth = SessionUse { memories, participant: Some(participant("wiki")), ..used("s", 301) };
    for (change, number) in [first, second, third, fourth].into_iter().zip(1..) {
        expected.apply(&change);
        let done = finish(&store, SessionChange::Use(change), Some(code(number))).await;
        assert_eq!(done, Finished::Done { session: Some(Box::new(expected.clone())), ended: vec![] });
        assert_eq!(stored(&store, "s").await.as_ref(), Some(&expected));
        let taken = store.redeem_code(&tenant(), &code(number).hash, None, at(201)).await.unwrap();
        assert!(matches!(taken, Taken::Grant { .. }));
    }
    assert_eq!((expected.history.last_used, expected.history.kept), (at(301), false));
    assert_eq!(expected.history.uses.len(), 2);
    assert_eq!((expected.participants.len(), expected.memories.len()), (3, 2));
}

pub(super) async fn racing_uses_lose_nothing(store: Any) {
    start(&store, &session("s", &[])).await;
    race(&store, RACERS, |store, racer| async move {
        let app = participant(&format!("app-{}", racer / 2));
        let change = SessionUse { participant: Some(app), ..used("s", 200 + i64::from(racer)) };
        finish(&store, SessionChange::Use(change), None).await
    })
    .await;
    let session = stored(&store, "s").await.unwrap();
    assert_eq!(session.participants.len(), RACERS as usize / 2);
    assert_eq!(session.history.last_used, at(200 + i64::from(RACERS) - 1));
}

pub(super) async fn an_end_leaves_notices_and_a_record(store: Any) {
    start(&store, &session("s", &["shop", "blog"])).await;
    let (id, cause) = (SessionId::new("s"), Cause::SignedOutByApp(ClientId::new("shop")));
    assert_eq!(store.session_record(&tenant(), &id).await.unwrap().unwrap().end, None);
    assert_eq!(store.notices(&tenant(), &id).await.unwrap(), []);

    let ended = store.end_session(&tenant(), &id, &cause, at(300)).await.unwrap().unwrap();
    assert_eq!(ended, session("s", &["shop", "blog"]).end(cause.clone(), at(300)));
    assert_eq!(stored(&store, "s").await, None);
    let end = Some(End { cause, at: at(300) });
    let record = SessionRecord { history: session("s", &[]).history, end };
    assert_eq!(store.session_record(&tenant(), &id).await.unwrap(), Some(record));
    let notices = store.notices(&tenant(), &id).await.unwrap();
    assert_eq!(notices.iter().map(|notice| notice.participant.clone()).collect::<Vec<_>>(), ended.participants());
    assert!(notices.iter().all(|notice| notice.outcome == NoticeOutcome::Pending && notice.at == at(300)));
    assert_eq!(store.end_session(&tenant(), &id, &Cause::Revoked, at(301)).await.unwrap(), None);
    assert_eq!(store.notices(&TenantId::new("other"), &id).await.unwrap(), []);
}

pub(super) async fn a_session_is_ended_once(store: Any) {
    start(&store, &session("s", &["shop"])).await;
    let ends = race(&store, RACERS, |store, _| async move {
        store.end_session(&tenant(), &SessionId::new("s"), &Cause::SignedOutHere, at(300)).await.unwrap()
    })
    .await;
    assert_eq!(count(&ends, Option::is_some), 1);
    assert_eq!(store.notices(&tenant(), &SessionId::new("s")).await.unwrap().len(), 1);
}

pub(super) async fn a_start_ends_what_it_takes_the_place_of(store: Any) {
    let by = ExpiredBy { policy: "B2C_1A_SignIn".into(), bound: session("old", &[]).bound(&terms(None)) };
    for (number, person, expired, cause, passes_on) in [
        (1, Some("ada"), None, Cause::ReplacedByFreshSignIn, true),
        (2, Some("ada"), Some(by.clone()), Cause::Expired(by.clone()), true),
        (3, Some("grace"), None, Cause::ReplacedByAnotherPerson, false),
        (4, Some("grace"), Some(by.clone()), Cause::Expired(by), false),
        (5, None, None, Cause::ReplacedByAnotherPerson, false),
    ] {
        let old = session(&format!("old {number}"), &["shop", "blog"]);
        start(&store, &old).await;
        let mut new = session(&format!("new {number}"), &["blog", "wiki"]);
        new.history.person = person.map(Into::into);
        let instead_of = Some((old.id().clone(), expired));
        let change = SessionChange::Start { session: Box::new(new.clone()), instead_of };
        let done = finish(&store, change, Some(code(number))).await;
        assert_eq!(new.inherit(&old), passes_on);
        let ended = vec![old.clone().end(cause, at(200))];
        assert_eq!(done, Finished::Done { session: Some(Box::new(new.clone())), ended });
        assert_eq!(stored(&store, old.id().as_str()).await, None);
        assert_eq!(stored(&store, new.id().as_str()).await, Some(new));
        let outcome = if passes_on { NoticeOutcome::PassedOn } else { NoticeOutcome::NoPage };
        let notices = store.notices(&tenant(), old.id()).await.unwrap();
        assert!(notices.len() == 2 && notices.iter().all(|notice| notice.outcome == outcome), "{notices:?}");
    }
}

pub(super) async fn a_browser_has_one_session_under_a_key(store: Any) {
    let in_browser = |id: &str, key: SessionKey| {
        let mut session = session(id, &[]);
        (session.browser, session.history.key) = (browser("b"), key);
        session
    };
    let policy = SessionKey::Policy("B2C_1A_X".into());
    let all = [("a", SessionKey::Tenant), ("b", policy.clone()), ("c", SessionKey::Tenant), ("d", policy)];
    for (id, key) in all.clone() {
        let change = SessionChange::Start { session: Box::new(in_browser(id, key)), instead_of: None };
        finish(&store, change, None).await;
    }
    for ((id, _), lives) in all.iter().zip([false, false, true, true]) {
        assert_eq!(stored(&store, id).await.is_some(), lives, "{id}");
    }
    // A kept session comes along into the browser that was started anew, and is that one's from then on.
    let moves = SessionUse { browser: browser("anew"), ..used("c", 300) };
    finish(&store, SessionChange::Use(moves), None).await;
    let mut newer = in_browser("e", SessionKey::Tenant);
    newer.browser = browser("anew");
    let done = finish(&store, SessionChange::Start { session: Box::new(newer), instead_of: None }, None).await;
    assert!(matches!(done, Finished::Done { ended, .. } if ended.len() == 1 && ended[0].session().as_str() == "c"));
    // What the browser no longer found, because it was over, ended by its lifetime.
    let (left, mut newest) = (in_browser("f", SessionKey::Tenant), in_browser("g", SessionKey::Tenant));
    let bound = left.history.uses[0].bound;
    newest.history.started = bound.until;
    finish(&store, SessionChange::Start { session: Box::new(left), instead_of: None }, None).await;
    finish(&store, SessionChange::Start { session: Box::new(newest), instead_of: None }, None).await;
    let end = store.session_record(&tenant(), &SessionId::new("f")).await.unwrap().unwrap().end.unwrap();
    assert_eq!(end.cause, Cause::Expired(ExpiredBy { policy: "B2C_1A_SignIn".into(), bound }));
}

pub(super) async fn racing_starts_of_one_browser_leave_one_session(store: Any) {
    race(&store, RACERS, |store, racer| async move {
        let mut session = session(&format!("s{racer}"), &[&format!("app {racer}")]);
        session.browser = browser("b");
        let change = SessionChange::Start { session: Box::new(session), instead_of: None };
        finish(&store, change, None).await
    })
    .await;
    let filter = SessionFilter { state: Some(SessionState::Live), ..SessionFilter::default() };
    let live = store.session_page(&tenant(), &filter, None, 99).await.unwrap().sessions;
    assert_eq!(live.len(), 1);
    let last = store.session(&tenant(), &live[0].history.id).await.unwrap().unwrap();
    assert_eq!(last.participants.len(), RACERS as usize, "no app is forgotten");
}

pub(super) async fn a_start_instead_of_an_ended_session_starts(store: Any) {
    start(&store, &session("old", &["shop"])).await;
    let old = SessionId::new("old");
    store.end_session(&tenant(), &old, &Cause::SignedOutHere, at(150)).await.unwrap().unwrap();
    for (id, gone) in [("new", old.clone()), ("newer", SessionId::new("never there"))] {
        let new = Box::new(session(id, &[]));
        let instead_of = Some((gone, None));
        let done = finish(&store, SessionChange::Start { session: new.clone(), instead_of }, None).await;
        assert_eq!(done, Finished::Done { session: Some(new.clone()), ended: vec![] });
        assert_eq!(stored(&store, id).await, Some(*new));
    }
    let end = store.session_record(&tenant(), &old).await.unwrap().unwrap().end;
    assert_eq!(end, Some(End { cause: Cause::SignedOutHere, at: at(150) }));
}

pub(super) async fn a_used_session_id_is_a_fault(store: Any) {
    start(&store, &session("s", &["shop"])).await;
    start(&store, &session("t", &["shop"])).await;
    store.end_session(&tenant(), &SessionId::new("t"), &Cause::SignedOutHere, at(150)).await.unwrap().unwrap();
    start(&store, &session("bystander", &["shop"])).await;
    for id in ["s", "t"] {
        let instead_of = Some((SessionId::new("bystander"), None));
        let change = SessionChange::Start { session: Box::new(session(id, &["other"])), instead_of };
        store.finish(&tenant(), &ends(change, Some(code(1))), at(200)).await.unwrap_err();
    }
    assert_eq!(stored(&store, "s").await, Some(session("s", &["shop"])));
    assert_eq!(stored(&store, "t").await, None);
    assert_eq!(stored(&store, "bystander").await, Some(session("bystander", &["shop"])), "nothing was written");
    assert_eq!(store.redeem_code(&tenant(), &code(1).hash, None, at(201)).await.unwrap(), Taken::Unknown);
}

pub(super) async fn a_use_of_an_ended_session_writes_nothing(store: Any) {
    start(&store, &session("s", &["shop"])).await;
    let id = SessionId::new("s");
    store.end_session(&tenant(), &id, &Cause::SignedOutHere, at(150)).await.unwrap().unwrap();
    let change = SessionUse { participant: Some(participant("late")), ..used("s", 200) };
    assert_eq!(finish(&store, SessionChange::Use(change), Some(code(1))).await, Finished::SessionEnded);
    assert_eq!(store.redeem_code(&tenant(), &code(1).hash, None, at(201)).await.unwrap(), Taken::Unknown);
    assert_eq!(stored(&store, "s").await, None);
    assert_eq!(store.notices(&tenant(), &id).await.unwrap().len(), 1);
}

pub(super) async fn notices_are_settled_by_app(store: Any) {
    use NoticeOutcome::{AskedForIt, Loaded, Pending, TimedOut};
    start(&store, &session("s", &["shop", "blog", "wiki"])).await;
    let id = SessionId::new("s");
    store.end_session(&tenant(), &id, &Cause::SignedOutHere, at(150)).await.unwrap().unwrap();
    for (app, outcome, seconds) in
        [("SHOP", AskedForIt, 151), ("blog", Loaded, 152), ("blog", TimedOut, 153), ("stranger", Loaded, 154)]
    {
        store.settle_notice(&tenant(), &id, &ClientId::new(app), outcome, at(seconds)).await.unwrap();
    }
    let notices = store.notices(&tenant(), &id).await.unwrap();
    let settled: Vec<_> =
        notices.iter().map(|notice| (notice.participant.app.as_str(), notice.outcome, notice.at)).collect();
    assert_eq!(settled, [("shop", AskedForIt, at(151)), ("blog", TimedOut, at(153)), ("wiki", Pending, at(150))]);
}
