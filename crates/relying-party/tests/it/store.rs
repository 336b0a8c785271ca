//! The rules of the store, for any sequence of calls.

use proptest::prelude::*;
use std::collections::BTreeMap;
use zaguan_protocol::NumericDate;
use zaguan_relying_party::store::*;

#[derive(Clone, Debug)]
enum Call {
    Open { session: u8, sid: u8, person: u8, issued: i64, replaces: Option<u8> },
    Join { session: u8, sid: u8, issued: i64 },
    Save { session: u8, policy: u8, stale: bool },
    Forget { session: u8, policy: u8 },
    EndSession(u8),
    EndProvider(u8),
    EndPerson(u8),
    Wait(i64),
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        (0..4u8, 0..3u8, 0..2u8, -20..1i64, prop::option::of(0..4u8))
            .prop_map(|(session, sid, person, issued, replaces)| Call::Open { session, sid, person, issued, replaces }),
        (0..4u8, 0..3u8, -20..1i64).prop_map(|(session, sid, issued)| Call::Join { session, sid, issued }),
        (0..4u8, 0..2u8, any::<bool>()).prop_map(|(session, policy, stale)| Call::Save { session, policy, stale }),
        (0..4u8, 0..2u8).prop_map(|(session, policy)| Call::Forget { session, policy }),
        (0..4u8).prop_map(Call::EndSession),
        (0..3u8).prop_map(Call::EndProvider),
        (0..2u8).prop_map(Call::EndPerson),
        (0..30i64).prop_map(Call::Wait),
    ]
}

fn hash(session: u8) -> SessionHash {
    SessionHash::from_stored(format!("s{session}"))
}

fn provider(sid: u8) -> ProviderSession {
    ProviderSession { issuer: "i".into(), sid: sid.to_string() }
}

fn person(person: u8) -> PersonHash {
    PersonHash::from_stored(format!("p{person}"))
}

fn row(sid: u8, of: u8, now: i64) -> SessionRow {
    SessionRow {
        issuer: "i".into(),
        provider: vec![provider(sid)],
        subjects: vec![SubjectHash::of("i", &of.to_string())],
        person: person(of),
        policy: "0".into(),
        since: NumericDate(now),
        until: NumericDate(now + 10),
        latest: NumericDate(now + 1_000_000),
        sealed: Sealed(vec![1]),
    }
}

/// A session as it should be.
#[derive(Clone)]
struct Model {
    sids: Vec<u8>,
    person: u8,
    tokens: BTreeMap<u8, u64>,
}

const REMEMBER: i64 = 900;

proptest! {
    #[test]
    fn st_1_to_st_3_no_tokens_without_a_session_and_each_ending_told_once(calls in prop::collection::vec(call(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = MemoryStore::new();
            let mut model: BTreeMap<u8, Model> = BTreeMap::new();
            let (mut ended_sids, mut ended_people) = (BTreeMap::<u8, i64>::new(), BTreeMap::<u8, i64>::new());
            let mut now = 1_000_000i64;
            for call in calls {
                match call {
                    Call::Wait(seconds) => now += seconds,
                    Call::Open { session, sid, person, issued, replaces } if !model.contains_key(&session) => {
                        let new = NewSession { id: hash(session), row: row(sid, person, now), issued: NumericDate(now + issued), replaces: replaces.map(hash) };
                        let opened = store.open_session(new).await.unwrap();
                        let marked = ended_sids.contains_key(&sid)
                            || ended_people.get(&person).is_some_and(|at| now + issued <= *at);
                        let missing = replaces.is_some_and(|old| !model.contains_key(&old));
                        match opened {
                            Opened::AlreadyEnded => prop_assert!(marked || missing),
                            Opened::Yes { replaced } => {
                                prop_assert!(!marked && !missing);
                                prop_assert_eq!(replaced.map(|old| old.id), replaces.map(hash));
                                replaces.and_then(|old| model.remove(&old));
                                model.insert(session, Model { sids: vec![sid], person, tokens: BTreeMap::new() });
                            }
                        }
                    }
                    Call::Open { .. } => {}
                    Call::Join { session, sid, issued } => {
                        let of = model.get(&session).map_or(0, |model| model.person);
                        let joining = Joining {
                            provider: Some(provider(sid)),
                            subject: SubjectHash::of("i", &of.to_string()),
                            person: person(of),
                            issued: NumericDate(now + issued),
                            sealed: Sealed(vec![2]),
                        };
                        let marked = ended_sids.contains_key(&sid)
                            || ended_people.get(&of).is_some_and(|at| now + issued <= *at);
                        let expected = match model.get_mut(&session) {
                            None => Joined::SessionEnded,
                            Some(_) if marked => Joined::AlreadyEnded,
                            Some(model) => {
                                model.sids.push(sid);
                                Joined::Yes
                            }
                        };
                        prop_assert_eq!(store.join(&hash(session), joining).await.unwrap(), expected);
                    }
                    Call::Save { session, policy, stale } => {
                        let key = TokenKey { session: hash(session), policy: policy.to_string() };
                        let seen = store.tokens(&key).await.unwrap().map_or(Version::NONE, |tokens| tokens.version);
                        let used = if stale { Version(u64::MAX) } else { seen };
                        let saved = store.save_tokens(&key, used, Sealed(vec![3])).await.unwrap();
                        let after = store.tokens(&key).await.unwrap().map(|tokens| tokens.version);
                        match model.get_mut(&session) {
                            None => prop_assert_eq!((saved, after), (Save::SessionEnded, None)),
                            Some(_) if stale => prop_assert_eq!(saved, Save::Moved),
                            Some(model) => {
                                prop_assert_eq!(saved, Save::Saved);
                                prop_assert!(after.unwrap() > seen, "versions only grow");
                                model.tokens.insert(policy, after.unwrap().0);
                            }
                        }
                    }
                    Call::Forget { session, policy } => {
                        let key = TokenKey { session: hash(session), policy: policy.to_string() };
                        let seen = store.tokens(&key).await.unwrap().map_or(Version::NONE, |tokens| tokens.version);
                        let saved = store.forget_tokens(&key, seen).await.unwrap();
                        match model.get_mut(&session) {
                            None => prop_assert_eq!(saved, Save::SessionEnded),
                            Some(model) => {
                                prop_assert_eq!(saved, Save::Saved);
                                model.tokens.remove(&policy);
                            }
                        }
                    }
                    Call::EndSession(_) | Call::EndProvider(_) | Call::EndPerson(_) => {
                        let ending = match call {
                            Call::EndProvider(sid) => {
                                ended_sids.insert(sid, now);
                                Ending::ProviderSession(provider(sid))
                            }
                            Call::EndPerson(of) => {
                                ended_people.insert(of, now);
                                Ending::Person(person(of))
                            }
                            Call::EndSession(session) => Ending::Session(hash(session)),
                            _ => unreachable!(),
                        };
                        let meant = |id: u8, model: &Model| match call {
                            Call::EndSession(session) => id == session,
                            Call::EndProvider(sid) => model.sids.contains(&sid),
                            Call::EndPerson(of) => model.person == of,
                            _ => false,
                        };
                        let expected: BTreeMap<_, _> = model
                            .iter()
                            .filter(|(id, model)| meant(**id, model))
                            .map(|(id, model)| (hash(*id), model.tokens.len()))
                            .collect();
                        model.retain(|id, model| !meant(*id, model));
                        let (at, until) = (NumericDate(now), NumericDate(now + REMEMBER));
                        let ended = store.end(&ending, at, until).await.unwrap();
                        let ended: BTreeMap<_, _> = ended.into_iter().map(|it| (it.id, it.tokens.len())).collect();
                        prop_assert_eq!(&ended, &expected);
                        prop_assert!(store.end(&ending, at, until).await.unwrap().is_empty(), "told once");
                    }
                }
                prop_assert_eq!(store.session_count(), model.len());
                prop_assert_eq!(store.token_count(), model.values().map(|model| model.tokens.len()).sum::<usize>());
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn a_session_is_touched_forward_and_not_beyond_its_latest() {
    let store = MemoryStore::new();
    let mut row = row(0, 0, 0);
    row.latest = NumericDate(100);
    let id = hash(0);
    assert!(!store.touch(&id, NumericDate(50)).await.unwrap());
    store.open_session(NewSession { id: id.clone(), row, issued: NumericDate(0), replaces: None }).await.unwrap();
    for (given, expected) in [(50, 50), (40, 50), (200, 100)] {
        assert!(store.touch(&id, NumericDate(given)).await.unwrap());
        assert_eq!(store.session(&id).await.unwrap().unwrap().until, NumericDate(expected));
    }
    let outlived = async |at| store.end(&Ending::Outlived, NumericDate(at), NumericDate(at)).await.unwrap().len();
    assert_eq!((outlived(99).await, outlived(100).await), (0, 1));
}
