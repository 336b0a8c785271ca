//! Accounts.

use zaguan_policy::Value;

use super::{Any, RACERS, at, code, count, family, family_id, give, race, tenant};
use crate::{
    Account, AccountChange, AccountKey, AccountWrite, Identity, IfAbsent, IfPresent, SessionsThen, SignInName,
    TenantId, WriteAnswer,
};

pub(super) fn names(all: &[(&str, &str)]) -> AccountChange {
    AccountChange::SignInNames(
        all.iter().map(|(kind, value)| SignInName { kind: (*kind).into(), value: (*value).into() }).collect(),
    )
}

pub(super) fn by_name(value: &str) -> AccountKey {
    AccountKey::SignInName { kind: None, value: value.into() }
}

pub(super) fn by_id(id: &str) -> AccountKey {
    AccountKey::ObjectId(id.into())
}

/// Signs somebody up with an e-mail address.
pub(super) fn sign_up(id: &str, email: &str) -> AccountWrite {
    AccountWrite {
        key: by_name(email),
        if_absent: IfAbsent::Create { object_id: id.into() },
        if_present: IfPresent::Refuse,
        changes: vec![names(&[("emailAddress", email)]), AccountChange::PasswordHash("hash".into())],
        sessions: SessionsThen::End,
        own: vec![],
    }
}

/// Changes somebody who is there.
fn change(id: &str, changes: Vec<AccountChange>) -> AccountWrite {
    AccountWrite {
        key: by_id(id),
        if_absent: IfAbsent::Refuse,
        if_present: IfPresent::Update,
        changes,
        sessions: SessionsThen::End,
        own: vec![],
    }
}

async fn write(store: &Any, write: &AccountWrite) -> WriteAnswer {
    store.write_account(&tenant(), None, write, at(10)).await.unwrap()
}

pub(super) fn account(answer: WriteAnswer) -> Account {
    match answer {
        WriteAnswer::Done { account, .. } => Some(*account),
        _ => None,
    }
    .unwrap()
}

fn ada_elsewhere() -> Identity {
    Identity { issuer: "Facebook.com".into(), issuer_user_id: "Ab1".into() }
}

async fn ada(store: &Any) -> Account {
    let mut ada = sign_up("A-1", "Ada@Example.com");
    ada.changes.push(names(&[("emailAddress", "Ada@Example.com"), ("userName", "ada")]));
    ada.changes.push(AccountChange::Identities(vec![ada_elsewhere()]));
    ada.changes.push(AccountChange::Attribute("userPrincipalName".into(), Some(Value::Text("ada@upn".into()))));
    account(write(store, &ada).await)
}

pub(super) async fn an_account_is_found_by_each_of_its_keys(store: Any) {
    let ada = ada(&store).await;
    assert_eq!(
        (ada.object_id.as_str(), ada.enabled, ada.created, ada.tokens_valid_from),
        ("a-1", true, at(10), at(10))
    );
    let kind = |kind: &str, value: &str| AccountKey::SignInName { kind: Some(kind.into()), value: value.into() };
    let elsewhere =
        |issuer: &str, id: &str| AccountKey::Identity(Identity { issuer: issuer.into(), issuer_user_id: id.into() });
    for (key, found) in [
        (by_id("a-1"), true),
        (by_id("A-1"), true),
        (by_id("a-2"), false),
        (by_name("ada@example.com"), true),
        (by_name("ADA"), true),
        (by_name("ad"), false),
        (kind("userName", "Ada"), true),
        (kind("emailAddress", "ada"), false),
        (elsewhere("FACEBOOK.com", "Ab1"), true),
        (elsewhere("facebook.com", "ab1"), false),
        (elsewhere("google.com", "Ab1"), false),
        (AccountKey::UserPrincipalName("ADA@UPN".into()), true),
        (AccountKey::UserPrincipalName("ada".into()), false),
    ] {
        let expected = found.then(|| ada.clone());
        assert_eq!(store.account(&tenant(), &key).await.unwrap(), expected, "{key:?}");
    }
}

pub(super) async fn a_write_does_what_presence_and_absence_say(store: Any) {
    use IfPresent::{Refuse, Update};
    let create = |id: &str| IfAbsent::Create { object_id: id.into() };
    let shown = |answer: WriteAnswer| match answer {
        WriteAnswer::Done { account, created, .. } => format!("{} {created}", account.object_id),
        other => format!("{other:?}"),
    };
    for (key, if_absent, if_present, expected) in [
        (by_name("ada"), IfAbsent::Refuse, Update, "Absent"),
        (by_name("ada"), IfAbsent::Refuse, Refuse, "Absent"),
        (by_name("ada"), create("a"), Refuse, "a true"),
        (by_name("ada"), create("b"), Refuse, "Exists"),
        (by_name("ada"), create("b"), Update, "a false"),
        (by_id("a"), IfAbsent::Refuse, Update, "a false"),
        (by_id("b"), IfAbsent::Refuse, Update, "Absent"),
        // The object id belongs to somebody else.
        (by_name("bob"), create("A"), Refuse, "Taken"),
    ] {
        let changes = vec![names(&[("userName", if key == by_name("bob") { "bob" } else { "ada" })])];
        let asked =
            AccountWrite { key: key.clone(), if_absent, if_present, changes, sessions: SessionsThen::End, own: vec![] };
        assert_eq!(shown(write(&store, &asked).await), expected, "{key:?}");
    }
}

pub(super) async fn changes_replace_and_empty(store: Any) {
    ada(&store).await;
    let text = |text: &str| Some(Value::Text(text.into()));
    let attribute = |name: &str, value| AccountChange::Attribute(name.into(), value);
    let changes = vec![
        attribute("GivenName", text("Ada")),
        attribute("surname", text("King")),
        attribute("surname", None),
        attribute("otherMails", Some(Value::Texts(vec!["a@b".into()]))),
        attribute("extension_x_Age", Some(Value::Integer(36))),
        attribute("born", Some(Value::DateTime(at(5)))),
        attribute("unknown", None),
        AccountChange::Enabled(false),
        names(&[("userName", "countess")]),
        AccountChange::Identities(vec![]),
    ];
    let changed = account(write(&store, &change("a-1", changes)).await);
    let attributes: Vec<_> = changed.attributes.keys().map(String::as_str).collect();
    assert_eq!(attributes, ["born", "extension_x_age", "givenname", "othermails", "userprincipalname"]);
    assert!(!changed.enabled);
    assert_eq!(changed.tokens_valid_from, at(10));
    assert_eq!(store.account(&tenant(), &by_name("countess")).await.unwrap(), Some(changed));
    for gone in [by_name("ada"), by_name("ada@example.com"), AccountKey::Identity(ada_elsewhere())] {
        assert_eq!(store.account(&tenant(), &gone).await.unwrap(), None, "{gone:?}");
    }
    assert_eq!(store.password_hash(&tenant(), "A-1").await.unwrap().as_deref(), Some("hash"));
}

pub(super) async fn names_are_unique_without_case_over_all_kinds(store: Any) {
    ada(&store).await;
    let principal = |name: &str| AccountChange::Attribute("userprincipalname".into(), Some(Value::Text(name.into())));
    let elsewhere = |issuer: &str, id: &str| {
        AccountChange::Identities(vec![Identity { issuer: issuer.into(), issuer_user_id: id.into() }])
    };
    write(&store, &sign_up("b", "bob@example.com")).await;
    for (changes, taken) in [
        (names(&[("userName", "ADA@example.COM")]), true),
        (names(&[("phoneNumber", "Ada")]), true),
        (names(&[("userName", "bob"), ("emailAddress", "ada")]), true),
        (names(&[("userName", "bob"), ("emailAddress", "BOB")]), false),
        (elsewhere("FACEBOOK.COM", "Ab1"), true),
        (elsewhere("facebook.com", "AB1"), false),
        (principal("ADA@upn"), true),
        (principal("bob@upn"), false),
    ] {
        let answer = write(&store, &change("b", vec![changes.clone()])).await;
        assert_eq!(answer == WriteAnswer::Taken, taken, "{changes:?}");
    }
    let bob = store.account(&tenant(), &by_name("bob")).await.unwrap().unwrap();
    assert_eq!(bob.sign_in_names.len(), 2, "one name may be there as two kinds");
    assert_eq!(store.account(&tenant(), &by_name("bob@example.com")).await.unwrap(), None, "it is free again");
    assert!(matches!(write(&store, &sign_up("c", "bob@example.com")).await, WriteAnswer::Done { created: true, .. }));
}

pub(super) async fn a_write_that_is_refused_writes_nothing(store: Any) {
    let before = ada(&store).await;
    write(&store, &sign_up("b", "bob")).await;
    let changes =
        vec![names(&[("userName", "bob")]), AccountChange::PasswordHash("other".into()), AccountChange::Enabled(false)];
    assert_eq!(write(&store, &change("a-1", changes)).await, WriteAnswer::Taken);
    assert_eq!(write(&store, &sign_up("c", "ADA@example.com")).await, WriteAnswer::Exists);
    assert_eq!(store.account(&tenant(), &by_id("a-1")).await.unwrap(), Some(before));
    assert_eq!(store.password_hash(&tenant(), "a-1").await.unwrap().as_deref(), Some("hash"));
    assert_eq!(store.accounts(&tenant(), None, 10).await.unwrap().len(), 2);
}

pub(super) async fn a_new_password_voids_earlier_tokens(store: Any) {
    ada(&store).await;
    let write = change("a-1", vec![AccountChange::PasswordHash("newer".into())]);
    let changed = account(store.write_account(&tenant(), None, &write, at(50)).await.unwrap());
    assert_eq!((changed.created, changed.tokens_valid_from), (at(10), at(50)));
    assert_eq!(store.account(&tenant(), &by_id("a-1")).await.unwrap(), Some(changed));
    assert_eq!(store.password_hash(&tenant(), "a-1").await.unwrap().as_deref(), Some("newer"));
    assert_eq!(store.password_hash(&tenant(), "a-2").await.unwrap(), None);
}

pub(super) async fn deleting_takes_names_and_what_families_know_along(store: Any) {
    ada(&store).await;
    for (number, person) in [(1, Some("a-1")), (2, Some("b")), (3, None)] {
        let mut family = family(number);
        family.grant.person = person.map(Into::into);
        store.begin_family(&tenant(), &family).await.unwrap();
    }
    let mut theirs = code(1);
    theirs.grant.person = Some("a-1".into());
    give(&store, theirs.clone()).await;
    assert!(store.delete_account(&tenant(), "A-1", SessionsThen::End, at(50)).await.unwrap());
    let left = store.code(&tenant(), &theirs.hash, at(50)).await.unwrap().unwrap();
    assert_eq!(left.body, "", "a code on its way knows nothing of the person either");
    assert!(!store.delete_account(&tenant(), "a-1", SessionsThen::End, at(50)).await.unwrap());
    for gone in [by_id("a-1"), by_name("ada"), AccountKey::Identity(ada_elsewhere())] {
        assert_eq!(store.account(&tenant(), &gone).await.unwrap(), None, "{gone:?}");
    }
    for (number, known) in [(1, false), (2, true), (3, true)] {
        let found = store.family(&tenant(), &family_id(number)).await.unwrap().unwrap();
        assert_eq!(!found.grant.body.is_empty(), known, "what it knows of the person, {number}");
    }
    assert_eq!(store.password_hash(&tenant(), "a-1").await.unwrap(), None);
    assert_eq!(ada(&store).await.object_id, "a-1", "everything is free again");
}

pub(super) async fn accounts_are_listed_page_by_page(store: Any) {
    for id in ["c", "a", "e", "b", "d"] {
        write(&store, &sign_up(id, id)).await;
    }
    for (after, limit, expected) in
        [(None, 2, "ab"), (Some("b"), 2, "cd"), (Some("D"), 2, "e"), (Some("e"), 2, ""), (Some("bb"), 9, "cde")]
    {
        let page = store.accounts(&tenant(), after, limit).await.unwrap();
        let ids: String = page.into_iter().map(|account| account.object_id).collect();
        assert_eq!(ids, expected, "after {after:?}");
    }
}

pub(super) async fn tenants_do_not_meet(store: Any) {
    let ada = ada(&store).await;
    let other = TenantId::new("other");
    assert_eq!(store.account(&other, &by_id("a-1")).await.unwrap(), None);
    assert_eq!(store.account(&other, &by_name("ada")).await.unwrap(), None);
    assert_eq!(store.accounts(&other, None, 9).await.unwrap(), []);
    assert!(!store.delete_account(&other, "a-1", SessionsThen::End, at(50)).await.unwrap());
    let there = store.write_account(&other, None, &sign_up("a-1", "ada@example.com"), at(10)).await.unwrap();
    assert_ne!(account(there), ada);
    assert_eq!(store.account(&tenant(), &by_name("ada")).await.unwrap(), Some(ada));
}

pub(super) async fn of_two_creations_of_one_name_one_wins(store: Any) {
    let answers = race(&store, RACERS, |store, racer| async move {
        // Half of them are found by their key, the others only by the name that they want.
        let mut write = sign_up(&format!("id-{racer}"), if racer % 2 == 0 { "ada" } else { "ADA" });
        if racer % 2 == 1 {
            write.key = by_id(&format!("id-{racer}"));
        }
        store.write_account(&tenant(), None, &write, at(10)).await.unwrap()
    })
    .await;
    assert_eq!(count(&answers, |answer| matches!(answer, WriteAnswer::Done { created: true, .. })), 1);
    let refused = |answer: &WriteAnswer| matches!(answer, WriteAnswer::Exists | WriteAnswer::Taken);
    assert_eq!(count(&answers, refused), RACERS as usize - 1);
    assert_eq!(store.accounts(&tenant(), None, 99).await.unwrap().len(), 1);
}
