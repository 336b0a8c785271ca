//! Keys and client secrets.

use zaguan_session::ClientId;

use super::{Any, RACERS, at, count, race, tenant};
use crate::{AddKey, KeyKind, StoredKey, StoredSecret, TenantId};

/// Every second key expires.
fn key(id: &str, seconds: i64) -> StoredKey {
    StoredKey {
        id: id.into(),
        kind: KeyKind::Rsa,
        sealed: vec![0, 200, 7],
        created: at(seconds),
        not_before: at(seconds + 1),
        expires: (seconds % 20 == 0).then(|| at(seconds + 100)),
    }
}

pub(super) async fn keys_are_listed_oldest_first(store: Any) {
    let (b, a, c) = (key("b", 10), key("a", 20), key("c", 10));
    for (name, key, after) in [
        ("B2C_1A_Signing", &a, vec![a.clone()]),
        ("b2c_1a_signing", &c, vec![c.clone(), a.clone()]),
        ("B2C_1A_Signing", &b, vec![b.clone(), c.clone(), a.clone()]),
        ("B2C_1A_Other", &a, vec![a.clone()]),
    ] {
        assert_eq!(store.add_key(&tenant(), name, key, AddKey::Always).await.unwrap(), after);
    }
    store.add_key(&tenant(), "B2C_1A_Signing", &key("a", 30), AddKey::Always).await.unwrap_err();
    assert_eq!(store.keys(&tenant(), "B2C_1A_SIGNING").await.unwrap(), [b, c, a]);
    assert_eq!(store.keys(&tenant(), "B2C_1A_None").await.unwrap(), []);
    assert_eq!(store.key_names(&tenant()).await.unwrap(), ["b2c_1a_other", "b2c_1a_signing"]);
    assert_eq!(store.key_names(&TenantId::new("other")).await.unwrap(), [""; 0]);
}

pub(super) async fn only_the_first_key_of_a_name_is_added(store: Any) {
    let all = race(&store, RACERS, |store, racer| async move {
        store.add_key(&tenant(), "Signing", &key(&racer.to_string(), 10), AddKey::OnlyFirst).await.unwrap()
    })
    .await;
    assert_eq!(all[0].len(), 1);
    assert_eq!(count(&all, |keys| *keys == all[0]), RACERS as usize);
    assert_eq!(store.keys(&tenant(), "Signing").await.unwrap(), all[0]);
}

pub(super) async fn kinds_under_one_name_do_not_stand_in_each_others_way(store: Any) {
    let all = [("a", KeyKind::Rsa), ("b", KeyKind::P256), ("c", KeyKind::Secret)]
        .map(|(id, kind)| StoredKey { kind, ..key(id, 10) });
    for (index, one) in all.iter().enumerate() {
        let after = store.add_key(&tenant(), "Signing", one, AddKey::OnlyFirst).await.unwrap();
        assert_eq!(after, all[..=index]);
        let second = StoredKey { id: format!("second {}", one.id), ..one.clone() };
        assert_eq!(store.add_key(&tenant(), "signing", &second, AddKey::OnlyFirst).await.unwrap(), after);
    }
}

pub(super) async fn a_key_is_removed_once(store: Any) {
    for id in ["a", "b"] {
        store.add_key(&tenant(), "Signing", &key(id, 10), AddKey::Always).await.unwrap();
    }
    assert!(!store.remove_key(&TenantId::new("other"), "Signing", "a").await.unwrap());
    assert!(!store.remove_key(&tenant(), "Other", "a").await.unwrap());
    assert!(store.remove_key(&tenant(), "SIGNING", "a").await.unwrap());
    assert!(!store.remove_key(&tenant(), "Signing", "a").await.unwrap());
    assert_eq!(store.keys(&tenant(), "Signing").await.unwrap(), [key("b", 10)]);
    assert!(store.remove_key(&tenant(), "Signing", "b").await.unwrap());
    assert_eq!(store.key_names(&tenant()).await.unwrap(), [""; 0]);
    let first = store.add_key(&tenant(), "Signing", &key("c", 10), AddKey::OnlyFirst).await.unwrap();
    assert_eq!(first, [key("c", 10)]);
}

pub(super) async fn the_first_value_of_a_master_key_stays(store: Any) {
    let all = race(&store, RACERS, |store, racer| async move {
        store.master_check(&[u8::try_from(racer).unwrap(); 32]).await.unwrap()
    })
    .await;
    assert_eq!(count(&all, |value| *value == all[0]), RACERS as usize);
    assert_eq!(store.master_check(&[200; 32]).await.unwrap(), all[0]);
}

pub(super) async fn client_secrets_come_and_go(store: Any) {
    let secret = |id: &str, seconds| StoredSecret { id: id.into(), hash: [9; 32], created: at(seconds) };
    let (shop, blog) = (ClientId::new("shop"), ClientId::new("blog"));
    for (app, id, seconds) in [(&shop, "b", 20), (&shop, "a", 10), (&blog, "a", 10)] {
        store.add_client_secret(&tenant(), app, &secret(id, seconds)).await.unwrap();
    }
    store.add_client_secret(&tenant(), &shop, &secret("a", 30)).await.unwrap_err();
    assert_eq!(store.client_secrets(&tenant(), &shop).await.unwrap(), [secret("a", 10), secret("b", 20)]);
    assert!(store.remove_client_secret(&tenant(), &shop, "a").await.unwrap());
    assert!(!store.remove_client_secret(&tenant(), &shop, "a").await.unwrap());
    assert!(!store.remove_client_secret(&TenantId::new("other"), &shop, "b").await.unwrap());
    assert_eq!(store.client_secrets(&tenant(), &shop).await.unwrap(), [secret("b", 20)]);
    assert_eq!(store.client_secrets(&tenant(), &blog).await.unwrap(), [secret("a", 10)]);
}
