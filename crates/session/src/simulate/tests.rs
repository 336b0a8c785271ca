//! The tables of docs/sessions.md, played.

use zaguan_policy::model::{Expiry, KeepAlive, SessionLifetime};

use super::*;
use crate::{
    cause::{Bound, ExpirySetting},
    provider::Provider,
    quirks::Mode,
};

const HOUR: u64 = 3600;
const DAY: u64 = 86_400;

fn policy(id: &str, scope: Scope, expiry: Expiry, seconds: u32, days: Option<u32>) -> SimulatedPolicy {
    SimulatedPolicy {
        id: id.into(),
        scope,
        terms: Terms {
            expiry,
            lifetime: SessionLifetime::from_seconds(seconds).unwrap(),
            keep_alive: days.map(|days| KeepAlive::from_days(days).unwrap()),
        },
        remembers: SessionRule {
            key: "SM-AAD".into(),
            provider: Provider::Default { persisted: vec!["objectId".into()], markers: vec![] },
        },
        keep_box: KeepBox::Offered,
        registers_as: Some("tenant".into()),
    }
}

fn of_scope(id: &str, scope: Scope) -> SimulatedPolicy {
    policy(id, scope, Expiry::Rolling, 86_400, None)
}

fn world(policies: impl IntoIterator<Item = SimulatedPolicy>) -> World {
    World::new(policies, Quirks::of(Mode::Hardened), Timestamp::from_seconds(0))
}

fn open(app: &str, policy: &str) -> Open {
    Open {
        browser: "browser".into(),
        app: ClientId::new(app),
        policy: policy.into(),
        prompt: Prompt::Unsaid,
        max_age: None,
        if_asked: IfAsked::SignsIn { person: "ada".into(), keep: Keep::Unticked },
    }
}

fn keeping(app: &str, policy: &str) -> Open {
    Open { if_asked: IfAsked::SignsIn { person: "ada".into(), keep: Keep::Ticked }, ..open(app, policy) }
}

fn leaving(open: Open) -> Open {
    Open { if_asked: IfAsked::Leaves, ..open }
}

fn asks(world: &mut World, open: Open) -> Answer {
    world.happen(&Event::Open(open)).unwrap().answer.unwrap()
}

fn sign_out(world: &mut World, app: Option<&str>, policy: &str) -> Vec<(SessionId, Cause)> {
    let app = app.map(ClientId::new);
    world.happen(&Event::SignOut { browser: "browser".into(), app, policy: policy.into() }).unwrap().ended
}

fn pass(world: &mut World, seconds: u64) {
    world.happen(&Event::Pass(Duration::from_secs(seconds))).unwrap();
}

fn close(world: &mut World) {
    world.happen(&Event::Close("browser".into())).unwrap();
}

/// Who signed in to A by P, and opens A by Q, B by P, B by Q.
#[test]
fn s_015_to_s_023_who_shares_a_session() {
    for (scope, shared) in [
        (Scope::Tenant, [true, true, true]),
        (Scope::TrustFramework, [true, true, true]),
        (Scope::Application, [true, false, false]),
        (Scope::Policy, [false, true, false]),
        (Scope::Suppressed, [false, false, false]),
    ] {
        let found = [("a", "Q"), ("b", "P"), ("b", "Q")].map(|(app, policy)| {
            let mut world = world([of_scope("P", scope), of_scope("Q", scope)]);
            assert_eq!(asks(&mut world, open("a", "P")).asked, Asked::SignedIn);
            asks(&mut world, open(app, policy)).asked == Asked::NotAsked
        });
        assert_eq!(found, shared, "{scope:?}");
    }
}

/// `KeepAliveInDays` that is shorter than `SessionExpiryInSeconds`, and one that is longer: kept or not, and asked at the
/// last second or the first one after.
#[test]
fn s_036_to_s_038_days_count_in_the_place_of_seconds() {
    for (seconds, days, keep, alive_until) in [
        (86_400, 2, Keep::Ticked, 2 * DAY),
        (86_400, 1, Keep::Ticked, DAY),
        (900, 30, Keep::Ticked, 30 * DAY),
        (900, 30, Keep::Unticked, 900),
    ] {
        for (at, asked) in [(alive_until - 1, Asked::NotAsked), (alive_until, Asked::Left)] {
            let mut world = world([policy("P", Scope::Tenant, Expiry::Absolute, seconds, Some(days))]);
            let if_asked = IfAsked::SignsIn { person: "ada".into(), keep };
            asks(&mut world, Open { if_asked, ..open("a", "P") });
            pass(&mut world, at);
            assert_eq!(asks(&mut world, leaving(open("a", "P"))).asked, asked, "{seconds} {days} {keep:?} at {at}");
        }
    }
}

/// A kept session of a policy whose days are fewer than its seconds, found again by one that keeps nobody: the seconds
/// are back, and the cookie is the browser's.
#[test]
fn s_043_a_policy_that_keeps_nobody_gives_the_seconds_back() {
    let kept = policy("P", Scope::Tenant, Expiry::Absolute, 900, Some(1));
    let mut world = world([kept, policy("Q", Scope::Tenant, Expiry::Absolute, 86_400, None)]);
    let day = Duration::from_secs(DAY);
    assert_eq!(asks(&mut world, keeping("a", "P")).holds.unwrap().cookie, CookieAge::Kept(day));
    pass(&mut world, HOUR);
    let by_q = asks(&mut world, open("a", "Q"));
    assert_eq!((by_q.asked, by_q.holds.unwrap().cookie), (Asked::NotAsked, CookieAge::Browser));
    let by_p = asks(&mut world, leaving(open("a", "P")));
    let Why::Expired { by, .. } = by_p.why else { panic!("{by_p:?}") };
    let until = Timestamp::from_seconds(900);
    assert_eq!(by.bound, Bound { until, setting: ExpirySetting::SessionExpiry, expiry: Expiry::Absolute });
}

#[test]
fn s_012_s_013_s_035_what_a_restart_of_the_browser_leaves() {
    for (opened, asked) in [(open("a", "P"), Asked::Left), (keeping("a", "P"), Asked::NotAsked)] {
        let mut world = world([policy("P", Scope::Tenant, Expiry::Rolling, 900, Some(30))]);
        asks(&mut world, opened);
        close(&mut world);
        let again = asks(&mut world, leaving(open("a", "P")));
        assert_eq!(again.asked, asked);
        if asked == Asked::Left {
            let lost = Some((SessionId::new("s1"), Lost::WithTheBrowser));
            assert_eq!(again.why, Why::NoSession { key: SessionKey::Tenant, lost });
        }
    }
}

#[test]
fn d17_what_the_browser_no_longer_finds_ended_by_its_lifetime() {
    let mut world = world([policy("P", Scope::Tenant, Expiry::Absolute, 900, Some(1))]);
    asks(&mut world, keeping("a", "P"));
    pass(&mut world, DAY + HOUR);
    let told = world.happen(&Event::Open(open("a", "P"))).unwrap();
    let until = Timestamp::from_seconds(86_400);
    let lost = Some((SessionId::new("s1"), Lost::AgeOver(until)));
    assert_eq!(told.answer.unwrap().why, Why::NoSession { key: SessionKey::Tenant, lost });
    let bound = Bound { until, setting: ExpirySetting::KeepAlive, expiry: Expiry::Absolute };
    let by = ExpiredBy { policy: "P".into(), bound };
    assert_eq!(told.ended, [(SessionId::new("s1"), Cause::Expired(by))]);
}

/// P shares with the tenant, Q with the app alone: each finds its own, and a stricter third says that it is over.
#[test]
fn s_032_mixed_scopes_know_nothing_of_each_other() {
    let strict = policy("Strict", Scope::Tenant, Expiry::Rolling, 900, None);
    let mut world = world([of_scope("P", Scope::Tenant), of_scope("Q", Scope::Application), strict]);
    assert_eq!(asks(&mut world, open("a", "P")).asked, Asked::SignedIn);
    let by_q = asks(&mut world, open("a", "Q"));
    assert_eq!(by_q.why, Why::NoSession { key: SessionKey::Application(ClientId::new("a")), lost: None });
    assert_eq!(asks(&mut world, open("b", "P")).asked, Asked::NotAsked);
    assert_eq!(asks(&mut world, open("b", "Q")).asked, Asked::SignedIn);
    pass(&mut world, HOUR);
    // D2: by the strict one it is over, by the others it is not.
    assert!(matches!(asks(&mut world, leaving(open("a", "Strict"))).why, Why::Expired { .. }));
    assert_eq!(asks(&mut world, open("a", "P")).asked, Asked::NotAsked);
    // Signing out by P ends the tenant's session and leaves both apps'.
    let s1 = SessionId::new("s1");
    assert_eq!(sign_out(&mut world, Some("a"), "P"), [(s1, Cause::SignedOutByApp(ClientId::new("a")))]);
    assert_eq!(asks(&mut world, open("a", "Q")).asked, Asked::NotAsked);
}

#[test]
fn s_086_s_087_a_sign_out_that_names_nobody_ends_nobodys() {
    let mut world = world([of_scope("P", Scope::Application)]);
    asks(&mut world, open("a", "P"));
    assert_eq!(sign_out(&mut world, None, "P"), []);
    assert_eq!(sign_out(&mut world, Some("b"), "P"), []);
    assert_eq!(sign_out(&mut world, Some("a"), "P").len(), 1);
}

#[test]
fn s_049_s_059_what_another_page_remembers() {
    let other = SessionRule { key: "SM-Other".into(), ..of_scope("R", Scope::Tenant).remembers };
    let noop = SessionRule { key: "SM-Noop".into(), provider: Provider::Noop };
    let mut world = world([
        of_scope("P", Scope::Tenant),
        SimulatedPolicy { remembers: other, ..of_scope("Other", Scope::Tenant) },
        SimulatedPolicy { remembers: noop, ..of_scope("Noop", Scope::Tenant) },
    ]);
    let s1 = SessionId::new("s1");
    asks(&mut world, open("a", "P"));
    let by_other = asks(&mut world, open("a", "Other"));
    assert_eq!(by_other.why, Why::NotRemembered { session: s1.clone(), by: "SM-Other".into() });
    // The same person: the session goes on, and knows both pages.
    assert_eq!(by_other.holds.unwrap().session, s1);
    assert_eq!(asks(&mut world, open("a", "Other")).asked, Asked::NotAsked);
    for _ in 0..2 {
        assert_eq!(asks(&mut world, open("a", "Noop")).why, Why::AskedEachTime { session: s1.clone() });
    }
}

#[test]
fn s_067_s_069_s_073_what_a_request_asks() {
    let mut world = world([of_scope("P", Scope::Tenant)]);
    let never = Open { prompt: Prompt::None, ..open("a", "P") };
    assert_eq!(asks(&mut world, never.clone()).asked, Asked::Refused);
    asks(&mut world, open("a", "P"));
    assert_eq!(asks(&mut world, never).asked, Asked::NotAsked);
    pass(&mut world, 61);
    let minute = Open { max_age: Some(60), ..open("b", "P") };
    let Why::MaxAge { signed_in, .. } = asks(&mut world, leaving(minute)).why else { panic!() };
    assert_eq!(signed_in, Timestamp::from_seconds(0));
    let told = world.happen(&Event::Open(Open { prompt: Prompt::Login, ..open("b", "P") })).unwrap();
    assert_eq!(told.ended, [(SessionId::new("s1"), Cause::ReplacedByFreshSignIn)]);
    // The apps pass on to the same person's next session.
    assert_eq!(world.live().next().unwrap().participants.len(), 2);
}

#[test]
fn a_session_ends_by_sweep_once_no_policy_accepts_it() {
    let strict = policy("Strict", Scope::Tenant, Expiry::Rolling, 900, None);
    let mut world = world([strict, policy("Lax", Scope::Tenant, Expiry::Rolling, 1800, None)]);
    asks(&mut world, open("a", "Strict"));
    for (seconds, ended) in [(899, 0), (1, 0), (899, 0), (1, 1)] {
        pass(&mut world, seconds);
        assert_eq!(world.happen(&Event::Sweep).unwrap().ended.len(), ended);
    }
    let Cause::Expired(by) = world.ended(&SessionId::new("s1")).unwrap().cause() else { panic!() };
    assert_eq!(by.policy, "Lax".into());
}

#[test]
fn d15_d17_a_new_password_ends_sessions_unless_the_quirk_keeps_them() {
    for (mode, ended) in [(Mode::Hardened, 1), (Mode::B2c, 0)] {
        let quirks = Quirks::of(mode);
        let mut world = World::new([of_scope("P", Scope::Tenant)], quirks, Timestamp::from_seconds(0));
        asks(&mut world, open("a", "P"));
        assert_eq!(world.happen(&Event::ChangePasswordOf("grace".into())).unwrap().ended.len(), 0);
        assert_eq!(world.happen(&Event::ChangePasswordOf("ada".into())).unwrap().ended.len(), ended);
    }
}

#[test]
fn the_session_that_was_unused_longest_makes_room() {
    let many: Vec<String> = (0..=CookieAge::MOST_SESSIONS).map(|n| format!("P{n:02}")).collect();
    let mut world = world(many.iter().map(|id| of_scope(id, Scope::Policy)));
    for (at, id) in many.iter().enumerate() {
        let told = world.happen(&Event::Open(open("a", id))).unwrap();
        let evicted = at == CookieAge::MOST_SESSIONS;
        assert_eq!(told.ended.first().map(|(id, _)| id.as_str()), evicted.then_some("s1"), "{id}");
        pass(&mut world, 1);
    }
    let again = asks(&mut world, leaving(open("a", "P00")));
    let Why::NoSession { lost: Some((_, Lost::Ended(cause))), .. } = again.why else { panic!("{again:?}") };
    assert_eq!(cause, Cause::Evicted(Limit::CookiesInBrowser));
}
