//! What is removed in time.

use std::time::Duration;

use zaguan_session::{Cause, SessionId};

use super::{Any, accounts::sign_up, at, code, family, family_id, give, session, start, tenant};
use crate::{AskId, SessionFilter, Taken, Visit, VisitId, WITHOUT_VISIT, WriteAnswer};

const DAY: Duration = Duration::from_secs(86_400);

fn visit(id: String, seconds: i64) -> Visit {
    Visit { id: VisitId(id), version: 0, sealed: vec![1], until: at(seconds) }
}

/// One of everything: a visit until 500, a code until 600, a family until 1000, a session last used
/// at 100 and one that ended at 150.
async fn one_of_everything(store: &Any) {
    store.begin_visit(&visit("v".into(), 500)).await.unwrap();
    give(store, code(1)).await;
    store.begin_family(&tenant(), &family(1)).await.unwrap();
    start(store, &session("s", &["shop"])).await;
    start(store, &session("ended", &["shop", "blog"])).await;
    store.end_session(&tenant(), &SessionId::new("ended"), &Cause::Revoked, at(150)).await.unwrap().unwrap();
}

pub(super) async fn what_has_expired_is_removed(store: Any) {
    one_of_everything(&store).await;
    let ended = SessionId::new("ended");
    for (now, removed) in
        [(at(499), 0), (at(500), 1), (at(600), 1), (at(1000), 1), (at(150) + DAY, 1), (at(150) + DAY * 1000, 0)]
    {
        assert_eq!(store.sweep(now, DAY).await.unwrap(), removed, "at {now:?}");
    }
    assert_eq!(store.visit(&VisitId("v".into()), at(0)).await.unwrap(), None);
    assert_eq!(store.redeem_code(&tenant(), &code(1).hash, None, at(0)).await.unwrap(), Taken::Unknown);
    assert_eq!(store.family(&tenant(), &family_id(1)).await.unwrap(), None);
    assert!(store.session(&tenant(), &SessionId::new("s")).await.unwrap().is_some(), "a session ends, it is not swept");
    assert_eq!(store.session_record(&tenant(), &ended).await.unwrap(), None);
    let all = store.session_page(&tenant(), &SessionFilter::default(), None, 9).await.unwrap();
    assert_eq!(all.sessions.len(), 1);
    assert_eq!(store.notices(&tenant(), &ended).await.unwrap(), []);
}

pub(super) async fn what_lives_is_not_removed(store: Any) {
    one_of_everything(&store).await;
    assert_eq!(store.sweep(at(499), DAY).await.unwrap(), 0);
    assert!(store.visit(&VisitId("v".into()), at(0)).await.unwrap().is_some());
    assert!(store.session(&tenant(), &SessionId::new("s")).await.unwrap().is_some());
    assert!(store.family(&tenant(), &family_id(1)).await.unwrap().is_some());
    assert_eq!(store.notices(&tenant(), &SessionId::new("ended")).await.unwrap().len(), 2);
    assert!(matches!(store.redeem_code(&tenant(), &code(1).hash, None, at(0)).await.unwrap(), Taken::Grant { .. }));
    store.sweep(at(500), DAY).await.unwrap();
    let before = store.redeem_code(&tenant(), &code(1).hash, None, at(500)).await.unwrap();
    assert_eq!(before, Taken::Before(family_id(1)), "a taken code is known as long as it would have lived");
}

pub(super) async fn answers_are_forgotten_with_their_visit(store: Any) {
    let asked = async |visit: &str, id: &str| {
        let ask = AskId { visit: VisitId(visit.into()), version: 0, number: 0, digest: [1; 32] };
        let answer = store.write_account(&tenant(), Some(&ask), &sign_up(id, visit), at(100)).await.unwrap();
        matches!(answer, WriteAnswer::Done { .. })
    };
    let days = at(100) + WITHOUT_VISIT;
    store.begin_visit(&visit("short".into(), 500)).await.unwrap();
    store.begin_visit(&visit("long".into(), 1_000_000)).await.unwrap();
    for (visit, id) in [("short", "a"), ("long", "b"), ("never begun", "c")] {
        assert!(asked(visit, id).await);
    }
    for (now, remembered) in
        [(at(499), [true, true, true]), (at(500), [false, true, true]), (days, [false, true, false])]
    {
        store.sweep(now, DAY).await.unwrap();
        for (visit, remembered) in ["short", "long", "never begun"].into_iter().zip(remembered) {
            assert_eq!(asked(visit, "other").await, remembered, "{visit} at {now:?}");
        }
    }
}

pub(super) async fn many_rows_are_removed_at_once(store: Any) {
    for number in 0..1201 {
        store.begin_visit(&visit(number.to_string(), 500 + i64::from(number == 0))).await.unwrap();
    }
    assert_eq!(store.sweep(at(500), DAY).await.unwrap(), 1200);
    assert!(store.visit(&VisitId("0".into()), at(500)).await.unwrap().is_some());
}
