//! Visits, and what a journey's end does to them.

use super::{Any, RACERS, at, code, count, race, session, tenant};
use crate::{Finish, Finished, SessionChange, Taken, Visit, VisitId};

fn visit(id: &str) -> Visit {
    Visit { id: VisitId(id.into()), version: 0, sealed: vec![0, 1, 255], until: at(500) }
}

/// Ends the visit at this version, starting a session and giving a code.
fn finish(version: u64, number: u8) -> Finish {
    Finish {
        visit: Some((visit("v").id, version)),
        session: SessionChange::Start {
            session: Box::new(session(&format!("s{number}"), &["shop"])),
            instead_of: None,
        },
        code: Some(code(number)),
    }
}

pub(super) async fn a_visit_lives_until_it_expires(store: Any) {
    store.begin_visit(&Visit { version: 7, ..visit("v") }).await.unwrap();
    for (id, seconds, there) in [("v", 499, true), ("v", 500, false), ("w", 100, false)] {
        let found = store.visit(&VisitId(id.into()), at(seconds)).await.unwrap();
        assert_eq!(found, there.then(|| visit("v")), "{id} at {seconds}");
    }
    store.begin_visit(&visit("v")).await.unwrap_err();
}

pub(super) async fn a_visit_is_saved_over_the_version_that_was_read(store: Any) {
    let first = visit("v");
    assert!(!store.save_visit(&first, vec![2], at(600)).await.unwrap(), "it has not begun");
    store.begin_visit(&first).await.unwrap();
    assert!(store.save_visit(&first, vec![2], at(600)).await.unwrap());
    let second = Visit { version: 1, sealed: vec![2], until: at(600), ..first.clone() };
    assert_eq!(store.visit(&first.id, at(550)).await.unwrap(), Some(second.clone()));
    assert!(!store.save_visit(&first, vec![3], at(700)).await.unwrap(), "somebody was faster");
    assert!(!store.save_visit(&Visit { version: u64::MAX, ..first.clone() }, vec![3], at(700)).await.unwrap());
    assert_eq!(store.visit(&first.id, at(550)).await.unwrap(), Some(second));
}

pub(super) async fn of_two_saves_of_one_version_one_wins(store: Any) {
    store.begin_visit(&visit("v")).await.unwrap();
    let saved = race(&store, RACERS, |store, racer| async move {
        store.save_visit(&visit("v"), racer.to_le_bytes().into(), at(600)).await.unwrap().then_some(racer)
    })
    .await;
    let winners: Vec<u32> = saved.into_iter().flatten().collect();
    let stored = store.visit(&visit("v").id, at(550)).await.unwrap().unwrap();
    assert_eq!((winners.len(), stored.version), (1, 1));
    assert_eq!(stored.sealed, winners[0].to_le_bytes());
}

pub(super) async fn a_finish_over_another_version_writes_nothing(store: Any) {
    store.begin_visit(&visit("v")).await.unwrap();
    assert!(store.save_visit(&visit("v"), vec![2], at(600)).await.unwrap());
    for version in [0, 2, u64::MAX] {
        assert_eq!(store.finish(&tenant(), &finish(version, 1), at(200)).await.unwrap(), Finished::VisitMoved);
    }
    assert!(store.visit(&visit("v").id, at(200)).await.unwrap().is_some());
    assert_eq!(store.session(&tenant(), session("s1", &[]).id()).await.unwrap(), None);
    assert_eq!(store.redeem_code(&tenant(), &code(1).hash, None, at(200)).await.unwrap(), Taken::Unknown);
}

pub(super) async fn a_finish_removes_the_visit(store: Any) {
    store.begin_visit(&visit("v")).await.unwrap();
    store.begin_visit(&visit("w")).await.unwrap();
    assert!(store.save_visit(&visit("v"), vec![2], at(600)).await.unwrap());
    let done = store.finish(&tenant(), &finish(1, 1), at(200)).await.unwrap();
    assert!(matches!(done, Finished::Done { session: Some(_), ended } if ended.is_empty()));
    assert_eq!(store.visit(&visit("v").id, at(200)).await.unwrap(), None);
    assert!(store.visit(&visit("w").id, at(200)).await.unwrap().is_some());
    assert_eq!(store.finish(&tenant(), &finish(1, 2), at(200)).await.unwrap(), Finished::VisitMoved);
    assert!(matches!(store.redeem_code(&tenant(), &code(1).hash, None, at(200)).await.unwrap(), Taken::Grant { .. }));
}

pub(super) async fn of_two_finishes_of_one_visit_one_wins(store: Any) {
    store.begin_visit(&visit("v")).await.unwrap();
    let done = race(&store, RACERS, |store, racer| async move {
        let number = u8::try_from(racer).unwrap();
        store.finish(&tenant(), &finish(0, number), at(200)).await.unwrap()
    })
    .await;
    assert_eq!(count(&done, |finished| matches!(finished, Finished::Done { .. })), 1);
    assert_eq!(count(&done, |finished| *finished == Finished::VisitMoved), RACERS as usize - 1);
    let mut sessions = 0;
    for racer in 0..RACERS {
        let id = session(&format!("s{racer}"), &[]).history.id;
        sessions += usize::from(store.session(&tenant(), &id).await.unwrap().is_some());
    }
    assert_eq!(sessions, 1);
}
