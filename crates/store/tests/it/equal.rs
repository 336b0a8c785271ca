//! Any sequence of operations gets the same answers from every engine.

use std::{collections::BTreeMap, fmt::Debug, time::Duration};

use proptest::prelude::*;
use zaguan_policy::{
    Timestamp, Value,
    model::{Expiry, KeepAlive, SessionLifetime},
};
use zaguan_session::{
    Bound, Cause, ClientId, ExpiredBy, ExpirySetting, Memory as Remembered, NewSession, Origin, Participant, Session,
    SessionId, SessionKey, SessionUse, Terms,
};
use zaguan_store::{
    AccountChange, AccountKey, AccountWrite, AddKey, AskId, CodeHash, DueVerdict, FamilyId, Finish, FirstToken, Grant,
    Identity, IfAbsent, IfPresent, KeyKind, Memory, NewCode, NoticeOutcome, RefreshFamily, SessionChange,
    SessionFilter, SessionState, SessionsOf, SessionsThen, SignInName, Sqlite, Store, StoredKey, StoredSecret,
    TenantId, Then, Visit, VisitId,
};

/// One operation. Names are drawn from very few, so that operations meet.
#[derive(Clone, Debug)]
enum Operation {
    Write(Option<AskId>, AccountWrite),
    Find(AccountKey),
    Password(String),
    Delete(String, SessionsThen),
    List(Option<String>, usize),
    Begin(Visit),
    Read(VisitId),
    Save(Visit, Vec<u8>),
    Finish(Finish),
    Session(SessionId),
    End(SessionId, Cause),
    Settle(SessionId, ClientId),
    EndAll(SessionsOf, Cause, usize),
    Sessions(SessionFilter, usize),
    Due(ExpiredBy, bool, usize),
    Take(CodeHash),
    Redeem(CodeHash, Option<Timestamp>),
    BeginFamily(RefreshFamily),
    Rotate(FamilyId, u32, i64),
    EndFamily(FamilyId),
    AddKey(String, StoredKey, AddKey),
    RemoveKey(String, String),
    AddSecret(ClientId, StoredSecret),
    RemoveSecret(ClientId, String),
    Sweep(u64),
}

/// Time goes on with every operation.
#[derive(Clone, Debug)]
struct Step {
    tenant: TenantId,
    operation: Operation,
    millis: i64,
}

fn one_of<T: Clone + Debug + 'static>(all: &[T]) -> impl Strategy<Value = T> + Clone + use<T> {
    prop::sample::select(all.to_vec())
}

fn name() -> impl Strategy<Value = String> + Clone {
    one_of(&["ada", "ADA", "bob", "Éva", "éva"]).prop_map(Into::into)
}

fn object_id() -> impl Strategy<Value = String> + Clone {
    one_of(&["a", "b", "B", "c"]).prop_map(Into::into)
}

fn instant() -> impl Strategy<Value = Timestamp> + Clone {
    (0_i64..4000).prop_map(Timestamp::from_millis)
}

fn identity() -> impl Strategy<Value = Identity> + Clone {
    (name(), one_of(&["1", "x", "X"])).prop_map(|(issuer, id)| Identity { issuer, issuer_user_id: id.into() })
}

fn account_key() -> impl Strategy<Value = AccountKey> {
    let kind = prop::option::of(one_of(&["userName", "emailaddress"]).prop_map(String::from));
    prop_oneof![
        object_id().prop_map(AccountKey::ObjectId),
        (kind, name()).prop_map(|(kind, value)| AccountKey::SignInName { kind, value }),
        identity().prop_map(AccountKey::Identity),
        name().prop_map(AccountKey::UserPrincipalName),
    ]
}

fn change() -> impl Strategy<Value = AccountChange> {
    let kind = one_of(&["userName", "emailAddress"]).prop_map(String::from);
    let sign_in_name = (kind, name()).prop_map(|(kind, value)| SignInName { kind, value });
    let attribute = one_of(&["userPrincipalName", "city", "City"]).prop_map(String::from);
    let value = prop_oneof![
        name().prop_map(Value::Text),
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Integer),
        instant().prop_map(Value::DateTime),
        prop::collection::vec(name(), 0..3).prop_map(Value::Texts),
    ];
    prop_oneof![
        prop::collection::vec(sign_in_name, 0..3).prop_map(AccountChange::SignInNames),
        prop::collection::vec(identity(), 0..3).prop_map(AccountChange::Identities),
        (attribute, prop::option::of(value)).prop_map(|(name, value)| AccountChange::Attribute(name, value)),
        "[a-z]{3}".prop_map(AccountChange::PasswordHash),
        any::<bool>().prop_map(AccountChange::Enabled),
        Just(AccountChange::Revoke),
    ]
}

fn sessions_then() -> impl Strategy<Value = SessionsThen> {
    one_of(&[SessionsThen::Stay, SessionsThen::End])
}

fn account_write() -> impl Strategy<Value = AccountWrite> {
    let if_absent = prop_oneof![
        3 => object_id().prop_map(|object_id| IfAbsent::Create { object_id }),
        1 => Just(IfAbsent::Refuse),
    ];
    let if_present = one_of(&[IfPresent::Update, IfPresent::Refuse]);
    let own = prop::collection::vec(object_id(), 0..2);
    (account_key(), if_absent, if_present, prop::collection::vec(change(), 0..4), sessions_then(), own).prop_map(
        |(key, if_absent, if_present, changes, sessions, own)| AccountWrite {
            key,
            if_absent,
            if_present,
            changes,
            sessions,
            own,
        },
    )
}

fn visit_id() -> impl Strategy<Value = VisitId> + Clone {
    one_of(&["v", "w"]).prop_map(|id| VisitId(id.into()))
}

fn visit() -> impl Strategy<Value = Visit> {
    (visit_id(), 0_u64..3, prop::collection::vec(any::<u8>(), 0..4), instant())
        .prop_map(|(id, version, sealed, until)| Visit { id, version, sealed, until })
}

fn ask() -> impl Strategy<Value = AskId> {
    (visit_id(), 0_u64..2, 0_u32..3, 0_u8..2).prop_map(|(visit, version, number, content)| AskId {
        visit,
        version,
        number,
        digest: [content; 32],
    })
}

fn session_id() -> impl Strategy<Value = SessionId> + Clone {
    one_of(&["s", "t", "u", "x"]).prop_map(SessionId::new)
}

fn client_id() -> impl Strategy<Value = ClientId> + Clone {
    one_of(&["shop", "Blog"]).prop_map(ClientId::new)
}

fn participant() -> impl Strategy<Value = Participant> + Clone {
    (client_id(), one_of(&["i", "j"]), session_id(), instant()).prop_map(|(app, issuer, sid, since)| Participant {
        app,
        issuer: issuer.into(),
        sid,
        policy: "B2C_1A_P".into(),
        since,
    })
}

fn memories() -> impl Strategy<Value = BTreeMap<zaguan_policy::id::ProfileId, Remembered>> + Clone {
    let memory = (one_of(&["email", "name"]), name())
        .prop_map(|(claim, value)| Remembered { claims: vec![(claim.into(), Value::Text(value))], exchange: None });
    prop::collection::btree_map(one_of(&["SM-A", "sm-a", "SM-B"]).prop_map(Into::into), memory, 0..2)
}

fn session() -> impl Strategy<Value = Session> + Clone {
    let key = prop_oneof![
        Just(SessionKey::Tenant),
        client_id().prop_map(SessionKey::Application),
        Just(SessionKey::Policy("B2C_1A_P".into())),
    ];
    let person = prop::option::of(object_id());
    let participants = prop::collection::vec(participant(), 0..3);
    (key, person, used(), participants).prop_map(|(key, person, used, participants)| {
        let new = NewSession {
            id: used.session.clone(),
            secret_hash: [3; 32],
            browser: used.browser,
            key,
            person,
            origin: Origin { address: "192.0.2.1".into(), browser: String::new() },
        };
        let mut session = Session::begin(new, used);
        session.participants.extend(participants);
        session
    })
}

fn used() -> impl Strategy<Value = SessionUse> + Clone {
    let terms = (0_i64..5, any::<bool>()).prop_map(|(days, rolls)| Terms {
        expiry: if rolls { Expiry::Rolling } else { Expiry::Absolute },
        lifetime: SessionLifetime::nearest(900),
        keep_alive: (days > 0).then(|| KeepAlive::nearest(days)),
    });
    let who = (client_id(), one_of(&["B2C_1A_P", "b2c_1a_p", "B2C_1A_Q"]), 0_u8..3, any::<bool>());
    (session_id(), instant(), prop::option::of(participant()), memories(), terms, who).prop_map(
        |(session, at, participant, memories, terms, (app, policy, browser, keep))| SessionUse {
            session,
            at,
            app,
            policy: policy.into(),
            terms,
            browser: [browser; 32],
            keep,
            participant,
            memories,
        },
    )
}

fn sessions_of() -> impl Strategy<Value = SessionsOf> {
    prop_oneof![
        (object_id(), prop::option::of(session_id()))
            .prop_map(|(object_id, except)| SessionsOf::Person { object_id, except }),
        client_id().prop_map(SessionsOf::App),
    ]
}

fn filter() -> impl Strategy<Value = SessionFilter> {
    let policy = one_of(&["B2C_1A_P", "B2C_1A_Q"]).prop_map(Into::into);
    let state = one_of(&[SessionState::Live, SessionState::Ended]);
    let address = Just("192.0.2.1".to_owned());
    (
        prop::option::weighted(0.3, object_id()),
        prop::option::weighted(0.3, client_id()),
        prop::option::weighted(0.3, policy),
        prop::option::weighted(0.3, address),
        prop::option::of(state),
    )
        .prop_map(|(person, app, policy, address, state)| SessionFilter { person, app, policy, address, state })
}

fn cause() -> impl Strategy<Value = Cause> + Clone {
    prop_oneof![
        Just(Cause::SignedOutHere),
        client_id().prop_map(Cause::SignedOutByApp),
        Just(Cause::EndedByPolicy("B2C_1A_P".into())),
    ]
}

fn grant() -> impl Strategy<Value = Grant> + Clone {
    (client_id(), prop::option::of(object_id()), prop::option::of(session_id()))
        .prop_map(|(app, person, session)| Grant { app, policy: "B2C_1A_P".into(), person, session, body: "{}".into() })
}

fn hash() -> impl Strategy<Value = CodeHash> + Clone {
    (0_u8..3).prop_map(|number| CodeHash([number; 32]))
}

fn family_id() -> impl Strategy<Value = FamilyId> + Clone {
    one_of(&["f", "g", "h"]).prop_map(|id| FamilyId(id.into()))
}

fn expired() -> impl Strategy<Value = ExpiredBy> {
    let setting = one_of(&[ExpirySetting::SessionExpiry, ExpirySetting::KeepAlive]);
    (instant(), setting).prop_map(|(until, setting)| ExpiredBy {
        policy: "B2C_1A_P".into(),
        bound: Bound { until, setting, expiry: Expiry::Rolling },
    })
}

fn finish() -> impl Strategy<Value = Finish> {
    let change = prop_oneof![
        Just(SessionChange::None),
        used().prop_map(SessionChange::Use),
        (session(), prop::option::of((session_id(), prop::option::of(expired()))))
            .prop_map(|(session, instead_of)| SessionChange::Start { session: Box::new(session), instead_of }),
    ];
    let code = (hash(), grant(), instant(), family_id()).prop_map(|(hash, grant, until, family)| NewCode {
        hash,
        grant,
        until,
        family,
    });
    (prop::option::of((visit_id(), 0_u64..2)), change, prop::option::of(code))
        .prop_map(|(visit, session, code)| Finish { visit, session, code })
}

fn operation() -> impl Strategy<Value = Operation> {
    let family = (family_id(), grant(), instant(), instant()).prop_map(|(id, grant, rotated, until)| RefreshFamily {
        id,
        grant,
        generation: 0,
        rotated,
        until,
    });
    let kind = one_of(&[KeyKind::Rsa, KeyKind::P256, KeyKind::Secret]);
    let key = ("[ab]", kind, instant(), instant(), prop::option::of(instant())).prop_map(
        |(id, kind, created, not_before, expires)| StoredKey {
            id,
            kind,
            sealed: vec![1],
            created,
            not_before,
            expires,
        },
    );
    let secret = ("[ab]", instant()).prop_map(|(id, created)| StoredSecret { id, hash: [1; 32], created });
    prop_oneof![
        6 => (prop::option::of(ask()), account_write()).prop_map(|(ask, write)| Operation::Write(ask, write)),
        2 => account_key().prop_map(Operation::Find),
        1 => object_id().prop_map(Operation::Password),
        1 => (object_id(), sessions_then()).prop_map(|(id, then)| Operation::Delete(id, then)),
        1 => (prop::option::of(object_id()), 0_usize..4).prop_map(|(after, limit)| Operation::List(after, limit)),
        2 => visit().prop_map(Operation::Begin),
        1 => visit_id().prop_map(Operation::Read),
        2 => (visit(), prop::collection::vec(any::<u8>(), 0..4)).prop_map(|(read, to)| Operation::Save(read, to)),
        8 => finish().prop_map(Operation::Finish),
        2 => session_id().prop_map(Operation::Session),
        2 => (session_id(), cause()).prop_map(|(id, cause)| Operation::End(id, cause)),
        1 => (session_id(), client_id()).prop_map(|(id, app)| Operation::Settle(id, app)),
        2 => (sessions_of(), cause(), 0_usize..4).prop_map(|(of, why, most)| Operation::EndAll(of, why, most)),
        3 => (filter(), 0_usize..4).prop_map(|(filter, limit)| Operation::Sessions(filter, limit)),
        2 => (expired(), any::<bool>(), 0_usize..4)
            .prop_map(|(by, ends, limit)| Operation::Due(by, ends, limit)),
        2 => hash().prop_map(Operation::Take),
        2 => (hash(), prop::option::of(instant())).prop_map(|(code, until)| Operation::Redeem(code, until)),
        2 => family.prop_map(Operation::BeginFamily),
        3 => (family_id(), 0_u32..3, 0_i64..300).prop_map(|(id, number, grace)| Operation::Rotate(id, number, grace)),
        1 => family_id().prop_map(Operation::EndFamily),
        1 => (name(), key, one_of(&[AddKey::Always, AddKey::OnlyFirst]))
            .prop_map(|(name, key, when)| Operation::AddKey(name, key, when)),
        1 => (name(), "[ab]").prop_map(|(name, id)| Operation::RemoveKey(name, id)),
        1 => (client_id(), secret).prop_map(|(app, secret)| Operation::AddSecret(app, secret)),
        1 => (client_id(), "[ab]").prop_map(|(app, id)| Operation::RemoveSecret(app, id)),
        1 => (0_u64..2000).prop_map(Operation::Sweep),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let tenant = prop_oneof![4 => Just(TenantId::new("one")), 1 => Just(TenantId::new("two"))];
    (tenant, operation(), 0_i64..100).prop_map(|(tenant, operation, millis)| Step { tenant, operation, millis })
}

/// What the store says to an operation, and what it then knows of the things that were named.
/// A fault is a fault, whatever its words are.
async fn answer(store: &dyn Store, tenant: &TenantId, operation: &Operation, now: Timestamp) -> String {
    fn shown<T: Debug, E>(answer: Result<T, E>) -> String {
        answer.map_or_else(|_| "fault".into(), |answer| format!("{answer:?}"))
    }
    match operation {
        Operation::Write(ask, write) => shown(store.write_account(tenant, ask.as_ref(), write, now).await),
        Operation::Find(key) => shown(store.account(tenant, key).await),
        Operation::Password(id) => shown(store.password_hash(tenant, id).await),
        Operation::Delete(id, then) => shown(store.delete_account(tenant, id, *then, now).await),
        Operation::List(after, limit) => shown(store.accounts(tenant, after.as_deref(), *limit).await),
        Operation::Begin(visit) => shown(store.begin_visit(visit).await),
        Operation::Read(id) => shown(store.visit(id, now).await),
        Operation::Save(read, sealed) => shown(store.save_visit(read, sealed.clone(), read.until).await),
        Operation::Finish(finish) => shown(store.finish(tenant, finish, now).await),
        Operation::Session(id) => shown(store.session(tenant, id).await),
        Operation::End(id, cause) => shown(store.end_session(tenant, id, cause, now).await),
        Operation::Settle(id, app) => {
            shown(store.settle_notice(tenant, id, app, NoticeOutcome::Loaded, now).await)
                + &shown(store.notices(tenant, id).await)
                + &shown(store.session_record(tenant, id).await)
        }
        Operation::EndAll(of, cause, limit) => shown(store.end_sessions(tenant, of, cause, now, *limit).await),
        Operation::Sessions(filter, limit) => {
            let page = store.session_page(tenant, filter, None, *limit).await.unwrap();
            let next = store.session_page(tenant, filter, page.next.as_ref(), *limit).await;
            format!("{page:?}") + &shown(next)
        }
        Operation::Due(by, ends, limit) => {
            // As if it were much later: the instants of these stories are close together.
            let later = now + Duration::from_secs(900) - Duration::from_millis(500);
            let due = store.due_sessions(later, *limit).await.unwrap();
            let verdicts: Vec<_> = due
                .iter()
                .map(|one| DueVerdict {
                    tenant: one.tenant.clone(),
                    session: one.session.id().clone(),
                    last_used: one.session.history.last_used,
                    then: match ends {
                        true => Then::Ends(by.clone()),
                        false => Then::WaitsUntil(by.bound.until + Duration::from_secs(901)),
                    },
                })
                .collect();
            format!("{due:?}") + &shown(store.settle_due(&verdicts, now).await)
        }
        Operation::Take(code) => shown(store.redeem_code(tenant, code, None, now).await),
        Operation::Redeem(code, refresh) => {
            shown(store.code(tenant, code, now).await)
                + &shown(
                    store.redeem_code(tenant, code, refresh.map(|until| FirstToken { issued: now, until }), now).await,
                )
        }
        Operation::BeginFamily(family) => {
            shown(store.begin_family(tenant, family).await) + &shown(store.family(tenant, &family.id).await)
        }
        Operation::Rotate(id, generation, grace) => {
            let until = now + Duration::from_millis(500);
            shown(store.rotate(tenant, id, *generation, until, now, *grace).await)
                + &shown(store.family(tenant, id).await)
        }
        Operation::EndFamily(id) => shown(store.end_family(tenant, id).await),
        Operation::AddKey(name, key, when) => {
            shown(store.add_key(tenant, name, key, *when).await)
                + &shown(store.keys(tenant, name).await)
                + &shown(store.key_names(tenant).await)
        }
        Operation::RemoveKey(name, id) => {
            shown(store.remove_key(tenant, name, id).await)
                + &shown(store.keys(tenant, name).await)
                + &shown(store.key_names(tenant).await)
        }
        Operation::AddSecret(app, secret) => {
            shown(store.add_client_secret(tenant, app, secret).await) + &shown(store.client_secrets(tenant, app).await)
        }
        Operation::RemoveSecret(app, id) => {
            shown(store.remove_client_secret(tenant, app, id).await) + &shown(store.client_secrets(tenant, app).await)
        }
        Operation::Sweep(keep) => shown(store.sweep(now, Duration::from_millis(*keep)).await),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_engine_gives_the_same_answers(steps in prop::collection::vec(step(), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let engines: [Box<dyn Store>; 2] =
            [Box::new(Memory::new()), Box::new(Sqlite::open(&folder.path().join("zaguan.db")).unwrap())];
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut now = Timestamp::from_millis(0);
        for Step { tenant, operation, millis } in &steps {
            now = now + Duration::from_millis(millis.unsigned_abs());
            let [one, other] = engines.each_ref().map(|engine| {
                runtime.block_on(answer(&**engine, tenant, operation, now))
            });
            prop_assert_eq!(one, other, "{:?} at {:?}", operation, now);
        }
    }
}
