//! Writes that a journey asked for, and that may be asked for again after a crash.

use super::{
    Any, RACERS,
    accounts::{account, by_id, by_name, sign_up},
    at, count, ends, family, race, tenant,
};
use crate::{AccountChange, AskId, Finish, IfPresent, SessionChange, Visit, VisitId, WriteAnswer};

fn visit() -> Visit {
    Visit { id: VisitId("v".into()), version: 0, sealed: vec![1], until: at(500) }
}

fn ask(number: u32, content: u8) -> AskId {
    AskId { visit: visit().id, version: 0, number, digest: [content; 32] }
}

/// The object ids that are there, in a row.
async fn ids(store: &Any) -> String {
    let all = store.accounts(&tenant(), None, 99).await.unwrap();
    all.into_iter().map(|account| account.object_id).collect::<Vec<_>>().join(" ")
}

async fn asked(store: &Any, ask: &AskId, id: &str, name: &str) -> WriteAnswer {
    store.write_account(&tenant(), Some(ask), &sign_up(id, name), at(10)).await.unwrap()
}

pub(super) async fn the_same_ask_gets_the_same_answer(store: Any) {
    store.begin_visit(&visit()).await.unwrap();
    let first = asked(&store, &ask(0, 1), "a", "ada").await;
    assert!(matches!(first, WriteAnswer::Done { created: true, .. }));
    // A new object id is drawn for every attempt; it is not part of what is asked.
    assert_eq!(asked(&store, &ask(0, 1), "b", "ada").await, first);
    assert_eq!(asked(&store, &ask(1, 1), "c", "ada").await, WriteAnswer::Exists);
    assert_eq!(asked(&store, &ask(1, 1), "c", "ada").await, WriteAnswer::Exists);
    assert_eq!(ids(&store).await, "a");
    let later = AskId { version: 1, ..ask(0, 1) };
    assert_eq!(asked(&store, &later, "d", "ada").await, WriteAnswer::Exists, "another version is another ask");
}

pub(super) async fn other_content_undoes_the_account_and_starts_anew(store: Any) {
    store.begin_visit(&visit()).await.unwrap();
    let first = account(asked(&store, &ask(0, 1), "a", "ada").await);
    let mut begun = family(1);
    begun.grant.person = Some("a".into());
    store.begin_family(&tenant(), &begun).await.unwrap();
    let second = asked(&store, &ask(0, 2), "b", "ADA").await;
    assert!(matches!(second, WriteAnswer::Done { created: true, .. }), "{second:?}");
    assert_eq!(ids(&store).await, "b");
    assert_eq!(store.account(&tenant(), &by_id(&first.object_id)).await.unwrap(), None);
    let family = store.family(&tenant(), &begun.id).await.unwrap().unwrap();
    assert_eq!(family.grant.body, "", "nothing is left of the person");
    assert_eq!(asked(&store, &ask(0, 2), "c", "ADA").await, second, "the newer answer is remembered");
    asked(&store, &ask(0, 1), "d", "bob").await;
    assert_eq!(ids(&store).await, "d");
}

pub(super) async fn other_content_undoes_later_asks_too(store: Any) {
    store.begin_visit(&visit()).await.unwrap();
    for (number, id) in [(0, "a"), (1, "b"), (2, "c")] {
        asked(&store, &ask(number, 1), id, id).await;
    }
    asked(&store, &ask(1, 2), "d", "b").await;
    assert_eq!(ids(&store).await, "a d");
    let last = asked(&store, &ask(2, 1), "e", "c").await;
    assert_eq!(account(last).object_id, "e", "its earlier answer is forgotten");
}

pub(super) async fn only_what_the_ask_created_is_undone(store: Any) {
    store.begin_visit(&visit()).await.unwrap();
    store.write_account(&tenant(), None, &sign_up("a", "ada"), at(5)).await.unwrap();
    assert_eq!(asked(&store, &ask(0, 1), "b", "ada").await, WriteAnswer::Exists);
    let mut update = sign_up("b", "ada");
    update.if_present = IfPresent::Update;
    let answer = store.write_account(&tenant(), Some(&ask(0, 2)), &update, at(10)).await.unwrap();
    assert!(matches!(answer, WriteAnswer::Done { created: false, .. }));
    asked(&store, &ask(0, 3), "c", "carol").await;
    assert_eq!(ids(&store).await, "a c", "an account that was updated stays");
}

pub(super) async fn nothing_is_undone_that_somebody_was_told_of(store: Any) {
    store.begin_visit(&visit()).await.unwrap();
    let first = asked(&store, &ask(0, 1), "a", "ada").await;
    assert!(store.save_visit(&visit(), vec![2], at(500)).await.unwrap());
    assert_eq!(asked(&store, &ask(0, 1), "b", "ada").await, first, "the answer is still known");
    assert_eq!(asked(&store, &ask(0, 2), "b", "ada").await, WriteAnswer::Exists);
    assert_eq!(ids(&store).await, "a");

    let second = AskId { version: 1, ..ask(0, 1) };
    asked(&store, &second, "b", "bob").await;
    let finish = Finish { visit: Some((visit().id, 1)), ..ends(SessionChange::None, None) };
    store.finish(&tenant(), &finish, at(11)).await.unwrap();
    let late = AskId { digest: [9; 32], ..second };
    assert_eq!(asked(&store, &late, "c", "bob").await, WriteAnswer::Exists);
    assert_eq!(ids(&store).await, "a b");
}

pub(super) async fn accounts_of_the_page_are_updated_and_reported_as_new(store: Any) {
    store.begin_visit(&visit()).await.unwrap();
    asked(&store, &ask(0, 1), "a", "ada").await;
    let mut again = sign_up("b", "ADA");
    again.own = vec!["A".into()];
    again.changes.push(AccountChange::PasswordHash("newer".into()));
    let answer = store.write_account(&tenant(), Some(&ask(1, 1)), &again, at(20)).await.unwrap();
    let WriteAnswer::Done { account, created: true, .. } = &answer else {
        unreachable!("{answer:?}");
    };
    assert_eq!((account.object_id.as_str(), account.created, account.tokens_valid_from), ("a", at(10), at(20)));
    assert_eq!(store.password_hash(&tenant(), "a").await.unwrap().as_deref(), Some("newer"));
    asked(&store, &ask(1, 2), "c", "carol").await;
    assert!(store.account(&tenant(), &by_name("ada")).await.unwrap().is_some(), "the second ask did not create it");
}

pub(super) async fn racing_repetitions_create_one_account(store: Any) {
    store.begin_visit(&visit()).await.unwrap();
    let answers =
        race(
            &store,
            RACERS,
            |store, racer| async move { asked(&store, &ask(0, 1), &format!("id-{racer}"), "ada").await },
        )
        .await;
    assert_eq!(count(&answers, |answer| *answer == answers[0]), RACERS as usize);
    assert!(matches!(answers[0], WriteAnswer::Done { created: true, .. }));
    assert_eq!(store.accounts(&tenant(), None, 99).await.unwrap().len(), 1);
}
