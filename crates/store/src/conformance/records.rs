//! Sessions listed, told, ended together, and found to be over.

use std::time::Duration;

use zaguan_session::{Cause, ClientId, ExpiredBy, SessionId, SessionUse};

use super::{
    Any,
    accounts::{by_id, sign_up},
    at, ends, session, start, tenant, terms, used,
};
use crate::{
    AccountChange, AccountWrite, DueVerdict, IfAbsent, IfPresent, PageMark, SessionChange, SessionFilter, SessionState,
    SessionsOf, SessionsThen, TenantId, Then, WriteAnswer,
};

async fn live(store: &Any) -> String {
    let filter = SessionFilter { state: Some(SessionState::Live), ..SessionFilter::default() };
    listed(store, &filter).await
}

/// The names of the sessions that a filter finds, the newest first.
async fn listed(store: &Any, filter: &SessionFilter) -> String {
    let page = store.session_page(&tenant(), filter, None, 99).await.unwrap();
    assert_eq!(page.next, None);
    page.sessions.iter().map(|record| record.history.id.as_str()).collect()
}

/// Sessions a to e, each begun a second later than the one before: a, c and e are Ada's. The blog uses b and c.
async fn five(store: &Any) {
    for (number, id) in (0_i64..).zip(["a", "b", "c", "d", "e"]) {
        let mut session = session(id, &["shop"]);
        session.history.started = at(100 + number);
        session.history.person = Some(if number % 2 == 0 { "ada" } else { "bob" }.into());
        session.history.origin.address = format!("192.0.2.{}", number / 2);
        start(store, &session).await;
    }
    for id in ["b", "c"] {
        let by_blog = SessionUse { app: ClientId::new("blog"), policy: "B2C_1A_Edit".into(), ..used(id, 200) };
        store.finish(&tenant(), &ends(SessionChange::Use(by_blog), None), at(200)).await.unwrap();
    }
}

pub(super) async fn sessions_of_a_person_or_an_app_end_together(store: Any) {
    five(&store).await;
    let person =
        |except: Option<&str>| SessionsOf::Person { object_id: "ada".into(), except: except.map(SessionId::new) };
    let end = async |of: SessionsOf, limit: usize| -> String {
        let ended = store.end_sessions(&tenant(), &of, &Cause::Revoked, at(300), limit).await.unwrap();
        ended.iter().map(|ended| ended.session().as_str()).collect()
    };
    assert_eq!(
        store.end_sessions(&TenantId::new("other"), &person(None), &Cause::Revoked, at(1), 9).await.unwrap(),
        []
    );
    assert_eq!(end(person(Some("e")), 1).await, "c");
    assert_eq!(end(person(Some("e")), 9).await, "a");
    assert_eq!(end(SessionsOf::App(ClientId::new("blog")), 9).await, "b");
    assert_eq!(end(SessionsOf::App(ClientId::new("nobody")), 9).await, "");
    assert_eq!(end(person(None), 9).await, "e");
    assert_eq!(live(&store).await, "d");
    assert_eq!(store.notices(&tenant(), &SessionId::new("c")).await.unwrap().len(), 1);
}

pub(super) async fn a_change_of_the_account_ends_its_sessions_where_it_says_so(store: Any) {
    store.write_account(&tenant(), None, &sign_up("ada", "ada"), at(10)).await.unwrap();
    for (change, then, cause) in [
        (AccountChange::PasswordHash("x".into()), SessionsThen::Stay, None),
        (AccountChange::PasswordHash("y".into()), SessionsThen::End, Some(Cause::PasswordChanged)),
        (AccountChange::Revoke, SessionsThen::Stay, None),
        (AccountChange::Revoke, SessionsThen::End, Some(Cause::Revoked)),
        (AccountChange::Enabled(false), SessionsThen::Stay, None),
        (AccountChange::Enabled(false), SessionsThen::End, Some(Cause::AccountDisabled)),
        (AccountChange::Enabled(true), SessionsThen::End, None),
    ] {
        let id = format!("{change:?} {then:?}");
        start(&store, &session(&id, &["shop"])).await;
        let before = live(&store).await;
        let write = AccountWrite {
            key: by_id("ada"),
            if_absent: IfAbsent::Refuse,
            if_present: IfPresent::Update,
            changes: vec![change],
            sessions: then,
            own: vec![],
        };
        let answer = store.write_account(&tenant(), None, &write, at(150)).await.unwrap();
        let WriteAnswer::Done { ended, .. } = answer else { unreachable!("{answer:?}") };
        let record = store.session_record(&tenant(), &SessionId::new(&id)).await.unwrap().unwrap();
        assert_eq!(record.end.map(|end| end.cause), cause, "{id}");
        assert_eq!(live(&store).await, if cause.is_some() { String::new() } else { before });
        assert_eq!(ended.contains(&SessionId::new(&id)), cause.is_some());
    }
    assert!(store.delete_account(&tenant(), "ada", SessionsThen::Stay, at(160)).await.unwrap());
    assert_ne!(live(&store).await, "");
    store.write_account(&tenant(), None, &sign_up("ada", "ada"), at(10)).await.unwrap();
    assert!(store.delete_account(&tenant(), "ADA", SessionsThen::End, at(170)).await.unwrap());
    assert_eq!(live(&store).await, "");
}

pub(super) async fn sessions_are_listed_by_what_is_known_of_them(store: Any) {
    five(&store).await;
    store.end_session(&tenant(), &SessionId::new("c"), &Cause::SignedOutHere, at(300)).await.unwrap().unwrap();
    store.end_session(&tenant(), &SessionId::new("d"), &Cause::SignedOutHere, at(301)).await.unwrap().unwrap();
    let all = SessionFilter::default;
    let (ada, blog) = (Some("ada".to_owned()), Some(ClientId::new("blog")));
    for (filter, expected) in [
        (all(), "edcba"),
        (SessionFilter { state: Some(SessionState::Live), ..all() }, "eba"),
        (SessionFilter { state: Some(SessionState::Ended), ..all() }, "dc"),
        (SessionFilter { person: ada.clone(), ..all() }, "eca"),
        (SessionFilter { person: ada.clone(), state: Some(SessionState::Live), ..all() }, "ea"),
        (SessionFilter { app: blog.clone(), ..all() }, "cb"),
        (SessionFilter { app: blog.clone(), person: ada.clone(), ..all() }, "c"),
        (SessionFilter { policy: Some("b2c_1a_EDIT".into()), ..all() }, "cb"),
        (SessionFilter { policy: Some("B2C_1A_SignIn".into()), ..all() }, "edcba"),
        (SessionFilter { address: Some("192.0.2.1".into()), ..all() }, "dc"),
        (SessionFilter { address: Some("192.0.2.1".into()), app: blog, ..all() }, "c"),
        (SessionFilter { person: Some("nobody".into()), ..all() }, ""),
    ] {
        assert_eq!(listed(&store, &filter).await, expected, "{filter:?}");
    }
    assert_eq!(store.session_page(&TenantId::new("other"), &all(), None, 9).await.unwrap().sessions, []);
}

pub(super) async fn a_long_list_is_read_page_by_page(store: Any) {
    for number in 0..47_i64 {
        let mut session = session(&format!("s{number}"), &[]);
        // Several begin at the same instant.
        session.history.started = at(100 + number / 3);
        start(&store, &session).await;
        if number % 5 == 0 {
            store.end_session(&tenant(), session.id(), &Cause::SignedOutHere, at(300)).await.unwrap().unwrap();
        }
    }
    let all = SessionFilter::default();
    let whole = store.session_page(&tenant(), &all, None, 99).await.unwrap().sessions;
    assert_eq!(whole.len(), 47);
    assert!(whole.is_sorted_by_key(|record| std::cmp::Reverse(record.history.started)));
    for limit in [1, 4, 46, 47] {
        let (mut pages, mut mark): (Vec<_>, Option<PageMark>) = (vec![], None);
        loop {
            let page = store.session_page(&tenant(), &all, mark.as_ref(), limit).await.unwrap();
            assert!(page.sessions.len() <= limit);
            pages.extend(page.sessions);
            mark = page.next;
            if mark.is_none() {
                break;
            }
        }
        assert_eq!(pages, whole, "pages of {limit}");
    }
}

pub(super) async fn what_is_due_is_looked_at_and_ends_unless_it_was_used(store: Any) {
    for id in ["a", "b", "c"] {
        start(&store, &session(id, &["shop"])).await;
    }
    let day = at(100) + Duration::from_secs(86_400);
    assert_eq!(store.due_sessions(at(86_400 + 99), 9).await.unwrap(), []);
    let due = store.due_sessions(day, 9).await.unwrap();
    assert_eq!(due.len(), 3);
    assert_eq!(store.due_sessions(day, 2).await.unwrap(), due[..2]);
    store.finish(&tenant(), &ends(SessionChange::Use(used("b", 500)), None), at(500)).await.unwrap();
    let by = |session: &zaguan_session::Session| ExpiredBy {
        policy: "B2C_1A_SignIn".into(),
        bound: session.bound(&terms(None)),
    };
    let verdicts: Vec<_> = due
        .iter()
        .map(|one| DueVerdict {
            tenant: one.tenant.clone(),
            session: one.session.id().clone(),
            last_used: one.session.history.last_used,
            then: match one.session.id().as_str() {
                "c" => Then::WaitsUntil(day + Duration::from_secs(1)),
                _ => Then::Ends(by(&one.session)),
            },
        })
        .collect();
    assert_eq!(store.settle_due(&verdicts, day).await.unwrap(), 1);
    assert_eq!(live(&store).await, "cb");
    let record = store.session_record(&tenant(), &SessionId::new("a")).await.unwrap().unwrap();
    assert_eq!(record.end.map(|end| end.cause), Some(Cause::Expired(by(&due[0].session))));
    let again = |all: Vec<crate::DueSession>| all.iter().map(|one| one.session.id().to_string()).collect::<String>();
    assert_eq!(again(store.due_sessions(day, 9).await.unwrap()), "b");
    assert_eq!(again(store.due_sessions(day + Duration::from_secs(1), 9).await.unwrap()), "bc");
}
