//! Keys over a store in memory.

use std::time::Duration;

use zaguan_store::{Keys as _, Memory};

use super::*;

const NAME: &str = "B2C_1A_Signing";

fn tenant() -> TenantId {
    TenantId::new("11111111-0000-0000-0000-000000000001")
}

fn at(hours: u64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000) + Duration::from_secs(hours * 3600)
}

fn keys() -> Keys {
    Keys::from_master([7; 32])
}

async fn add(keys: &Keys, store: &Memory, not_before: Timestamp, expires: Option<Timestamp>, now: Timestamp) -> String {
    let pkcs8 = generate(NewPair::P256).await.unwrap();
    let valid = Validity { not_before, expires };
    let key = keys.sealed_key(&tenant(), &NAME.into(), NewKey::Pkcs8(&pkcs8), valid, now).unwrap();
    store.add_key(&tenant(), NAME, &key, AddKey::Always).await.unwrap();
    keys.forget_cached();
    key.id
}

async fn signer(keys: &Keys, store: &Memory, now: Timestamp) -> Result<String, NotSigned> {
    let key = keys.signer(store, &tenant(), &NAME.into(), Algorithm::Es256, now).await?;
    Ok(key.key_id().to_owned())
}

#[tokio::test]
async fn the_clock_alone_changes_who_signs() {
    let (keys, store) = (keys(), Memory::new());
    let first = signer(&keys, &store, at(0)).await.unwrap();
    let second = add(&keys, &store, at(24), Some(at(48)), at(0)).await;
    let third = add(&keys, &store, at(24), Some(at(36)), at(1)).await;
    for (hours, expected) in [(0, &first), (23, &first), (24, &third), (36, &second), (48, &first)] {
        assert_eq!(signer(&keys, &store, at(hours)).await.unwrap(), *expected, "{hours}");
    }
}

#[tokio::test]
async fn what_comes_back_to_us_is_verified_with_keys_that_nobody_else_sees_any_more() {
    let (keys, store) = (keys(), Memory::new());
    let retired = signer(&keys, &store, at(0)).await.unwrap();
    let current = add(&keys, &store, at(1), None, at(0)).await;
    let next = add(&keys, &store, at(90), None, at(0)).await;
    let name = KeyName::new(NAME);
    let es256 = [Algorithm::Es256];
    let published = keys.published(&store, &tenant(), &name, &es256, at(50)).await.unwrap();
    let known = keys.known(&store, &tenant(), &name, at(50)).await.unwrap();
    for (id, is_published, is_known) in [(&retired, false, true), (&current, true, true), (&next, true, false)] {
        assert_eq!((published.has(id), known.has(id)), (is_published, is_known));
    }
}

#[tokio::test]
async fn two_processes_that_start_at_once_sign_with_one_key_of_each_algorithm() {
    let store = Memory::new();
    let (one, other) = (keys(), keys());
    let (a, b) = tokio::join!(signer(&one, &store, at(0)), signer(&other, &store, at(0)));
    assert_eq!(a.unwrap(), b.unwrap());
    let both = [Algorithm::Rs256, Algorithm::Es256];
    let published = one.published(&store, &tenant(), &NAME.into(), &both, at(0)).await.unwrap();
    let found: Vec<Algorithm> = published.keys().iter().map(jose::Jwk::algorithm).collect();
    assert_eq!(found, both);
}

#[tokio::test]
async fn without_a_valid_key_nothing_is_signed_and_nothing_is_made() {
    let (keys, store) = (keys(), Memory::new());
    add(&keys, &store, at(1), Some(at(2)), at(0)).await;
    for (hours, expected) in [
        (0, "for ES256, the next one signs from 2027-01-15 09:00:00Z"),
        (2, "for ES256, the last one expired at 2027-01-15 10:00:00Z"),
    ] {
        let refused = signer(&keys, &store, at(hours)).await.unwrap_err();
        assert!(matches!(&refused, NotSigned::NoValidKey { reason, .. } if reason == expected), "{refused:?}");
    }
    assert_eq!(store.keys(&tenant(), NAME).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_secret_is_replaced_by_the_clock_too() {
    let (keys, store) = (keys(), Memory::new());
    let name = KeyName::new("B2C_1A_FacebookSecret");
    assert!(keys.secret(&store, &tenant(), &name, at(0)).await.unwrap().is_none());
    for (text, from) in [("old", at(0)), ("new", at(5))] {
        let valid = Validity { not_before: from, expires: None };
        let text = Secret::new(text.to_owned());
        let key = keys.sealed_key(&tenant(), &name, NewKey::Secret(&text), valid, at(0)).unwrap();
        store.add_key(&tenant(), name.as_str(), &key, AddKey::Always).await.unwrap();
    }
    keys.forget_cached();
    for (hours, expected) in [(4, "old"), (5, "new")] {
        assert_eq!(keys.secret(&store, &tenant(), &name, at(hours)).await.unwrap().unwrap().expose(), expected);
    }
    // A text is published nowhere.
    assert!(keys.published(&store, &tenant(), &name, &[], at(5)).await.unwrap().keys().is_empty());
}

#[tokio::test]
async fn another_master_key_is_found_out_before_anything_is_served() {
    let tenants = [tenant()];
    let store = Memory::new();
    // Keys of a store of an earlier version stand for the value that it does not have.
    add(&keys(), &store, at(0), None, at(0)).await;
    let wrong = || Keys::from_master([8; 32]);
    let refused = wrong().prove(&store, &tenants).await.unwrap_err().to_string();
    assert_eq!(refused, ANOTHER_MASTER_KEY);
    keys().prove(&store, &tenants).await.unwrap();
    // And the value stands where there are no keys.
    assert!(wrong().prove(&store, []).await.is_err());
    keys().prove(&store, []).await.unwrap();
}

#[tokio::test]
async fn private_keys_are_shown_nowhere_and_kept_sealed() {
    let (keys, store) = (keys(), Memory::new());
    let pkcs8 = generate(NewPair::P256).await.unwrap();
    let text = Secret::new("a secret that is shared".to_owned());
    let valid = Validity { not_before: at(0), expires: None };
    let mut shown = format!("{keys:?} {pkcs8:?} {text:?} ");
    for new in [NewKey::Pkcs8(&pkcs8), NewKey::Secret(&text)] {
        let key = keys.sealed_key(&tenant(), &NAME.into(), new, valid, at(0)).unwrap();
        shown += &format!("{new:?} {key:?} ");
        store.add_key(&tenant(), NAME, &key, AddKey::Always).await.unwrap();
        for plain in [&pkcs8.expose()[36..68], text.expose().as_bytes()] {
            assert!(!key.sealed.windows(plain.len()).any(|part| part == plain));
        }
    }
    shown += &format!("{:?} ", keys.all(&store, &tenant(), &NAME.into()).await.unwrap());
    // Sealed for another name it opens nowhere, and the fault says nothing of it.
    let key = store.keys(&tenant(), NAME).await.unwrap().remove(0);
    store.add_key(&tenant(), "Other", &key, AddKey::Always).await.unwrap();
    shown += &format!("{:?}", keys.all(&store, &tenant(), &"Other".into()).await.unwrap_err());
    let bytes = |all: &[u8]| all.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    for plain in [bytes(&pkcs8.expose()[36..44]), bytes(&text.expose().as_bytes()[..8]), text.expose().clone()] {
        assert!(!shown.contains(&plain), "{shown}");
    }
}
