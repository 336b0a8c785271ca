//! What every engine has to do, races included. An engine's test calls [`run`].

#![expect(clippy::unwrap_used, reason = "a suite of tests: a fault of the store fails it")]

mod accounts;
mod asks;
mod grants;
mod histories;
mod keys;
mod linear;
mod records;
mod sessions;
mod sweep;
mod visits;

use std::{collections::BTreeMap, sync::Arc};

use tokio::{sync::Barrier, task::JoinSet};
use zaguan_policy::Timestamp;
use zaguan_policy::model::{Expiry, KeepAlive, SessionLifetime};
use zaguan_session::{ClientId, NewSession, Origin, Participant, Session, SessionId, SessionKey, SessionUse, Terms};

use crate::{
    CodeHash, FamilyId, Finish, Finished, FirstToken, Grant, NewCode, RefreshFamily, SessionChange, Store, TenantId,
};

/// A store of any engine.
pub type Any = Arc<dyn Store>;

/// The first refresh token of a code that was issued at this instant.
fn first_token(until: Timestamp, issued: Timestamp) -> Option<FirstToken> {
    Some(FirstToken { issued, until })
}

/// Runs every check, each on an empty store of its own. Wants a runtime of several threads.
pub async fn run(new: impl Fn() -> Any) {
    accounts::an_account_is_found_by_each_of_its_keys(new()).await;
    accounts::a_write_does_what_presence_and_absence_say(new()).await;
    accounts::changes_replace_and_empty(new()).await;
    accounts::names_are_unique_without_case_over_all_kinds(new()).await;
    accounts::a_write_that_is_refused_writes_nothing(new()).await;
    accounts::a_new_password_voids_earlier_tokens(new()).await;
    accounts::deleting_takes_names_and_what_families_know_along(new()).await;
    accounts::accounts_are_listed_page_by_page(new()).await;
    accounts::tenants_do_not_meet(new()).await;
    accounts::of_two_creations_of_one_name_one_wins(new()).await;
    asks::the_same_ask_gets_the_same_answer(new()).await;
    asks::other_content_undoes_the_account_and_starts_anew(new()).await;
    asks::other_content_undoes_later_asks_too(new()).await;
    asks::only_what_the_ask_created_is_undone(new()).await;
    asks::nothing_is_undone_that_somebody_was_told_of(new()).await;
    asks::accounts_of_the_page_are_updated_and_reported_as_new(new()).await;
    asks::racing_repetitions_create_one_account(new()).await;
    sessions::a_session_comes_back_as_it_was_started(new()).await;
    sessions::a_use_is_applied_to_the_session_as_it_is(new()).await;
    sessions::racing_uses_lose_nothing(new()).await;
    sessions::an_end_leaves_notices_and_a_record(new()).await;
    sessions::a_session_is_ended_once(new()).await;
    sessions::a_start_ends_what_it_takes_the_place_of(new()).await;
    sessions::a_start_instead_of_an_ended_session_starts(new()).await;
    sessions::a_used_session_id_is_a_fault(new()).await;
    sessions::a_use_of_an_ended_session_writes_nothing(new()).await;
    sessions::notices_are_settled_by_app(new()).await;
    sessions::a_browser_has_one_session_under_a_key(new()).await;
    sessions::racing_starts_of_one_browser_leave_one_session(new()).await;
    records::sessions_of_a_person_or_an_app_end_together(new()).await;
    records::a_change_of_the_account_ends_its_sessions_where_it_says_so(new()).await;
    records::sessions_are_listed_by_what_is_known_of_them(new()).await;
    records::a_long_list_is_read_page_by_page(new()).await;
    records::what_is_due_is_looked_at_and_ends_unless_it_was_used(new()).await;
    grants::a_code_is_taken_once(new()).await;
    grants::of_many_takers_one_gets_the_grant(new()).await;
    grants::a_used_code_is_a_fault(new()).await;
    grants::a_family_lives_until_it_is_ended(new()).await;
    grants::rotation_follows_its_table(new()).await;
    grants::racing_rotations_make_one_successor(new()).await;
    grants::what_was_shown_is_known_until_it_expires(new()).await;
    grants::of_many_who_show_the_same_one_is_first(new()).await;
    grants::a_code_and_its_family_are_one_transaction(new()).await;
    grants::of_many_redeemers_one_is_given_a_family(new()).await;
    histories::what_many_do_at_once_could_have_happened_in_turn(&new).await;
    histories::a_store_that_looks_before_it_writes_is_found_out(&new).await;
    visits::a_visit_lives_until_it_expires(new()).await;
    visits::a_visit_is_saved_over_the_version_that_was_read(new()).await;
    visits::of_two_saves_of_one_version_one_wins(new()).await;
    visits::a_finish_over_another_version_writes_nothing(new()).await;
    visits::a_finish_removes_the_visit(new()).await;
    visits::of_two_finishes_of_one_visit_one_wins(new()).await;
    keys::keys_are_listed_oldest_first(new()).await;
    keys::only_the_first_key_of_a_name_is_added(new()).await;
    keys::kinds_under_one_name_do_not_stand_in_each_others_way(new()).await;
    keys::a_key_is_removed_once(new()).await;
    keys::the_first_value_of_a_master_key_stays(new()).await;
    keys::client_secrets_come_and_go(new()).await;
    sweep::what_has_expired_is_removed(new()).await;
    sweep::what_lives_is_not_removed(new()).await;
    sweep::answers_are_forgotten_with_their_visit(new()).await;
    sweep::many_rows_are_removed_at_once(new()).await;
}

/// So many do the same thing at the same time.
const RACERS: u32 = 64;

/// Lets them all go at once, and gives what they got.
async fn race<S, F>(store: &Arc<S>, racers: u32, run: impl Fn(Arc<S>, u32) -> F) -> Vec<F::Output>
where
    S: ?Sized,
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let start = Arc::new(Barrier::new(racers as usize));
    let mut running = JoinSet::new();
    for racer in 0..racers {
        let (start, run) = (start.clone(), run(store.clone(), racer));
        running.spawn(async move {
            start.wait().await;
            run.await
        });
    }
    running.join_all().await
}

fn count<T>(all: &[T], which: impl Fn(&T) -> bool) -> usize {
    all.iter().filter(|one| which(one)).count()
}

fn tenant() -> TenantId {
    TenantId::new("11111111-0000-0000-0000-000000000001")
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// Each in a browser of its own, so that none takes the place of another.
fn session(id: &str, participants: &[&str]) -> Session {
    let new = NewSession {
        id: SessionId::new(id),
        secret_hash: [7; 32],
        browser: browser(id),
        key: SessionKey::Application(ClientId::new("shop")),
        person: Some("ada".into()),
        origin: Origin { address: "192.0.2.1".into(), browser: "Firefox, Linux".into() },
    };
    let participants = participants.iter().map(|app| participant(app)).collect();
    Session { participants, ..Session::begin(new, SessionUse { keep: true, ..used(id, 100) }) }
}

fn browser(id: &str) -> [u8; 32] {
    let mut browser = [0; 32];
    browser.iter_mut().zip(id.bytes()).for_each(|(at, byte)| *at = byte);
    browser
}

/// The shop uses it by terms that keep people signed in.
fn used(id: &str, seconds: i64) -> SessionUse {
    SessionUse {
        session: SessionId::new(id),
        at: at(seconds),
        app: ClientId::new("shop"),
        policy: "B2C_1A_SignIn".into(),
        terms: terms(KeepAlive::from_days(1).ok()),
        browser: browser(id),
        keep: false,
        participant: None,
        memories: BTreeMap::new(),
    }
}

fn terms(keep_alive: Option<KeepAlive>) -> Terms {
    Terms { expiry: Expiry::Rolling, lifetime: SessionLifetime::nearest(900), keep_alive }
}

fn participant(app: &str) -> Participant {
    Participant {
        app: ClientId::new(app),
        issuer: format!("https://id.example/{app}/"),
        sid: SessionId::new("sid"),
        policy: "B2C_1A_SignIn".into(),
        since: at(101),
    }
}

fn grant() -> Grant {
    Grant {
        app: ClientId::new("shop"),
        policy: "B2C_1A_SignIn".into(),
        person: Some("ada".into()),
        session: Some(SessionId::new("s")),
        body: r#"{"scope":"openid"}"#.into(),
    }
}

/// A code that expires at 600.
fn code(number: u8) -> NewCode {
    NewCode { hash: CodeHash([number; 32]), grant: grant(), until: at(600), family: family_id(number) }
}

fn family_id(number: u8) -> FamilyId {
    FamilyId(format!("family {number}"))
}

/// A family that began at 100 and expires at 1000.
fn family(number: u8) -> RefreshFamily {
    RefreshFamily { id: family_id(number), grant: grant(), generation: 0, rotated: at(100), until: at(1000) }
}

/// The end of a journey without a visit.
fn ends(session: SessionChange, code: Option<NewCode>) -> Finish {
    Finish { visit: None, session, code }
}

async fn start(store: &Any, session: &Session) {
    let change = SessionChange::Start { session: Box::new(session.clone()), instead_of: None };
    let done = store.finish(&tenant(), &ends(change, None), at(100)).await.unwrap();
    assert_eq!(done, Finished::Done { session: Some(Box::new(session.clone())), ended: vec![] });
}

async fn give(store: &Any, code: NewCode) {
    let done = store.finish(&tenant(), &ends(SessionChange::None, Some(code)), at(100)).await.unwrap();
    assert_eq!(done, Finished::Done { session: None, ended: vec![] });
}
