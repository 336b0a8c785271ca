//! Sessions listed and ended by an administrator, people changed, quirks in both positions.

use std::{collections::BTreeMap, sync::Arc};

use zaguan_policy::{
    Language, Timestamp,
    model::{Expiry, SessionLifetime},
};
use zaguan_server::{
    admin::{
        self, AccountChanged, Done, Ended, Order, SessionList, SessionQuery, SessionState, SessionsAfter, Whose,
        WhyQuery,
    },
    data::DataFolder,
    why::{State, lines},
};
use zaguan_session::{ClientId, NewSession, Origin, Session, SessionId, SessionKey, SessionUse, Terms};
use zaguan_store::{Finish, SessionChange};
use zaguan_testkit::{
    Town, TownBuilder, minutes, seconds,
    town::{ADA, GRACE, SIGN_IN, TENANT},
};

use crate::{
    support::{is_answered, redeem, refresh, shop, sign_in_at, town_with},
    why::why,
};

async fn list(town: &Town, query: SessionQuery, limit: usize, after: Option<String>) -> SessionList {
    match town.order(Order::ListSessions { query, limit, after }).await {
        Done::Sessions(list) => list,
        other => panic!("listing sessions gave {other:?}"),
    }
}

async fn count(town: &Town, query: SessionQuery) -> usize {
    list(town, query, 500, None).await.sessions.len()
}

async fn end(town: &Town, of: Whose) -> Ended {
    match town.order(Order::EndSessions { of, note: String::new() }).await {
        Done::Ended(ended) => ended,
        other => panic!("ending sessions gave {other:?}"),
    }
}

fn of_ada() -> SessionQuery {
    SessionQuery { user: Some(ADA.0.into()), ..SessionQuery::default() }
}

/// Ada signs in at the shop in `browsers` browsers, a second apart, and last of all Grace does at the blog.
async fn sign_ins(town: &Town, browsers: u8) {
    for address in 1..=browsers {
        let mut ada = town.browser();
        ada.address = address;
        sign_in_at(&mut ada, &shop(town)).await;
        town.wait(seconds(1));
    }
    let mut grace = town.browser();
    let page = grace.open(&town.authorize("blog", SIGN_IN)).await.page();
    grace.submit(&page, &[("signInName", GRACE.0), ("password", GRACE.1)]).await.accepted().outside();
}

#[tokio::test]
async fn sessions_are_listed_page_by_page_the_newest_first() {
    let town = Town::new().await;
    sign_ins(&town, 7).await;
    let (mut pages, mut found, mut after) = (0, vec![], None);
    loop {
        let page = list(&town, SessionQuery::default(), 3, after).await;
        assert!(page.sessions.len() <= 3);
        pages += 1;
        found.extend(page.sessions);
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!((pages, found.len()), (3, 8));
    assert!(found.windows(2).all(|pair| pair[0].started >= pair[1].started));
    let newest = &found[0];
    assert_eq!(newest.person.as_ref().unwrap().to_string(), GRACE.0);
    assert_eq!(newest.apps[0].to_string(), "blog");
    assert_eq!((newest.state, newest.cause.as_deref()), (State::Live, None));
    assert_eq!(found[7].address, "192.0.2.1");

    let object_id = found[1].person.as_ref().unwrap().object_id.clone();
    let other = || SessionQuery::default();
    for (query, expected) in [
        (of_ada(), 7),
        (SessionQuery { user: Some(object_id.to_uppercase()), ..other() }, 7),
        (SessionQuery { app: Some(town.app("blog").client_id()), ..other() }, 1),
        (SessionQuery { policy: Some(SIGN_IN.to_uppercase()), ..other() }, 8),
        (SessionQuery { policy: Some("B2C_1A_Nothing".into()), ..other() }, 0),
        (SessionQuery { address: Some("192.0.2.3".into()), ..other() }, 1),
        (SessionQuery { address: Some("192.0.2.3".into()), app: Some(town.app("blog").client_id()), ..other() }, 0),
        (SessionQuery { state: Some(SessionState::Live), ..of_ada() }, 7),
        (SessionQuery { state: Some(SessionState::Ended), ..of_ada() }, 0),
    ] {
        assert_eq!(count(&town, query.clone()).await, expected, "{query:?}");
    }
    for (order, problem) in [
        (Order::ListSessions { query: other(), limit: 0, after: None }, "a page has 1 to 500 sessions"),
        (Order::ListSessions { query: other(), limit: 501, after: None }, "a page has 1 to 500 sessions"),
        (Order::ListSessions { query: other(), limit: 1, after: Some("x".into()) }, "`x` is no mark"),
        (
            Order::ListSessions {
                query: SessionQuery { user: Some("nobody@example.org".into()), ..other() },
                limit: 1,
                after: None,
            },
            "no account has the sign-in name `nobody@example.org`",
        ),
    ] {
        let refused = town.try_order(order).await.unwrap_err();
        assert!(refused.contains(problem), "{refused}");
    }
}

#[tokio::test]
async fn a_session_that_its_policy_gave_up_is_listed_as_lapsed_until_something_ends_it() {
    let town = town_with("<SingleSignOn Scope=\"Tenant\"/><SessionExpiryInSeconds>900</SessionExpiryInSeconds>").await;
    sign_in_at(&mut town.browser(), &shop(&town)).await;
    for (wait, state) in [(0, State::Live), (899, State::Live), (1, State::Lapsed)] {
        town.wait(seconds(wait));
        assert_eq!(list(&town, of_ada(), 9, None).await.sessions[0].state, state, "{wait}");
    }
}

#[tokio::test]
async fn an_administrator_ends_one_session_or_all_of_a_person_or_an_app() {
    let town = Town::new().await;
    sign_ins(&town, 3).await;
    let first = list(&town, of_ada(), 1, None).await.sessions.remove(0).id;
    let one = || Order::EndSession { session: first.clone(), note: "ticket 512".into() };
    let Done::Ended(ended) = town.order(one()).await else { panic!("nothing ended") };
    assert_eq!((ended.count, ended.more), (1, false));
    let not_told: Vec<String> = ended.not_told.iter().map(|one| one.app.to_string()).collect();
    assert_eq!(not_told, ["shop"]);
    let again = town.try_order(one()).await.unwrap_err();
    assert!(again.contains("had ended before: administrator, 2027-01-15 08:00:03 UTC"), "{again}");
    let unknown = Order::EndSession { session: "nothing".into(), note: String::new() };
    assert_eq!(town.try_order(unknown).await.unwrap_err(), "there is no session `nothing`");

    for note in ["x".repeat(201), "two\nlines".into(), "a bell \u{7}".into()] {
        let order = Order::EndSessions { of: Whose::User(ADA.0.into()), note };
        assert!(town.try_order(order).await.unwrap_err().starts_with("a note "));
    }
    let live = || SessionQuery { state: Some(SessionState::Live), ..SessionQuery::default() };
    assert_eq!(count(&town, live()).await, 3);
    assert_eq!(end(&town, Whose::User(ADA.0.into())).await.count, 2);
    assert_eq!(end(&town, Whose::App(town.app("shop").client_id())).await.count, 0);
    assert_eq!(end(&town, Whose::App(town.app("blog").client_id())).await.count, 1);
    assert_eq!(count(&town, live()).await, 0);
}

#[tokio::test]
async fn many_sessions_end_in_batches() {
    let town = Town::new().await;
    for number in 0..501 {
        let (id, app) = (SessionId::new(&format!("s{number}")), ClientId::new("app"));
        let terms = Terms { expiry: Expiry::Rolling, lifetime: SessionLifetime::DEFAULT, keep_alive: None };
        let first = SessionUse {
            session: id.clone(),
            at: town.now(),
            app,
            policy: SIGN_IN.into(),
            terms,
            browser: zaguan_protocol::crypto::sha256(id.as_str().as_bytes()),
            keep: false,
            participant: None,
            memories: BTreeMap::new(),
        };
        let new = NewSession {
            id,
            secret_hash: [0; 32],
            browser: first.browser,
            key: SessionKey::Tenant,
            person: Some("17adc9d0-f25c-4113-a553-23fcafd36af6".into()),
            origin: Origin::default(),
        };
        let session = SessionChange::Start { session: Box::new(Session::begin(new, first)), instead_of: None };
        let finish = Finish { visit: None, session, code: None };
        town.store().finish(&town.tenant().id, &finish, town.now()).await.unwrap();
    }
    // The account is not there: an object id will do.
    let of = || Whose::User("17ADC9D0-f25c-4113-a553-23fcafd36af6".into());
    let (first, second) = (end(&town, of()).await, end(&town, of()).await);
    assert_eq!((first.count, first.more, second.count, second.more), (500, true, 1, false));
}

#[tokio::test]
async fn why_tells_the_sessions_that_ended_last_and_how_many_more_there_are() {
    let town = Town::new().await;
    sign_ins(&town, 6).await;
    let all = list(&town, of_ada(), 9, None).await.sessions;
    // The oldest session ends last.
    for one in all.iter().skip(2) {
        town.wait(minutes(1));
        town.order(Order::EndSession { session: one.id.clone(), note: String::new() }).await;
    }
    let asked = why(&town, WhyQuery::Sessions(of_ada())).await;
    let told: Vec<&str> = asked.sessions.iter().map(|one| one.session.as_str()).collect();
    assert_eq!(told, [5, 4, 3, 2, 0].map(|at| all[at].id.as_str()));
    assert_eq!((asked.more, asked.at_least), (1, false));
    assert!(lines::more(&asked, Language::English).unwrap().starts_with("1 more session matches"));
    assert!(lines::more(&asked, Language::Spanish).unwrap().starts_with("Hay 1 sesión más"));

    let app = Some(town.app("shop").client_id());
    let of_app = SessionQuery { app, state: Some(SessionState::Ended), ..SessionQuery::default() };
    assert_eq!(why(&town, WhyQuery::Sessions(of_app)).await.sessions.len(), 4);

    let unknown = why(&town, WhyQuery::Session("nothing".into())).await;
    assert!(unknown.sessions.is_empty());
    assert_eq!(
        lines::nothing_known(&unknown, Some("nothing"), Language::English),
        "no session `nothing` is known: there never was one, or its record is gone. Records of ended sessions are kept for 30 days"
    );
    assert!(lines::nothing_known(&unknown, Some("nothing"), Language::Spanish).ends_with("se guardan 30 días"));

    // After those days it is so for the ones that ended as well.
    let known = || WhyQuery::Session(all[3].id.clone());
    town.wait(zaguan_testkit::days(30) - minutes(5));
    town.server().sweep().await;
    assert_eq!(why(&town, known()).await.sessions.len(), 1);
    town.wait(minutes(10));
    town.server().sweep().await;
    assert_eq!(why(&town, known()).await.sessions.len(), 0);
}

/// The three quirks about a person's sessions, each with the order that meets it.
fn orders() -> [(&'static str, Order); 4] {
    let user = || ADA.0.to_owned();
    [
        ("revoke-keeps-sessions", Order::RevokeUser { user: user() }),
        ("password-change-keeps-sessions", Order::SetPassword { user: user(), password: "Brand-new-1".into() }),
        ("account-gone-keeps-sessions", Order::EnableUser { user: user(), enabled: false }),
        ("account-gone-keeps-sessions", Order::DeleteUser { user: user() }),
    ]
}

fn like(b2c: bool) -> TownBuilder {
    if b2c { Town::builder().like_b2c() } else { Town::builder() }
}

#[tokio::test]
async fn d15_d17_a_quirk_keeps_sessions_and_refresh_tokens_end_either_way() {
    for b2c in [true, false] {
        for switched in [true, false] {
            for (quirk, order) in orders() {
                // A line of `[quirks]` has the last word over the mode.
                let keeps = b2c != switched;
                let lines = if switched { format!("[quirks]\n{quirk} = {keeps}\n") } else { String::new() };
                let town = like(b2c).tenant_lines(&lines).build().await;
                let mut ada = town.browser();
                let answered = sign_in_at(&mut ada, &shop(&town)).await;
                let (_, tokens) = redeem(&town, "shop", SIGN_IN, &answered).await;
                town.wait(minutes(1));
                let deletes = matches!(order, Order::DeleteUser { .. });
                let Done::Account(AccountChanged { person, sessions }) = town.order(order).await else {
                    panic!("the account was not changed")
                };
                assert_eq!(person.to_string(), ADA.0);
                let ended = SessionsAfter::Ended { count: (!deletes).then_some(1) };
                let expected = if keeps { SessionsAfter::Kept { quirk: quirk.into() } } else { ended };
                assert_eq!(sessions, expected, "{quirk} {b2c} {switched}");
                let query = SessionQuery { state: Some(SessionState::Live), ..SessionQuery::default() };
                assert_eq!(count(&town, query).await, usize::from(keeps), "{quirk} {b2c} {switched}");
                let (status, _) = refresh(&town, "shop", SIGN_IN, tokens["refresh_token"].as_str().unwrap()).await;
                assert_eq!(status, 400, "{quirk} {b2c} {switched}");
            }
        }
    }
}

#[tokio::test]
async fn an_account_that_was_disabled_signs_in_again_once_it_is_enabled() {
    let town = Town::new().await;
    let mut ada = town.browser();
    for (enabled, sessions) in [(false, SessionsAfter::Ended { count: Some(0) }), (true, SessionsAfter::Untouched)] {
        let done = town.order(Order::EnableUser { user: ADA.0.into(), enabled }).await;
        assert!(matches!(done, Done::Account(account) if account.sessions == sessions));
        let page = ada.open(&shop(&town)).await.page();
        let submitted = ada.submit(&page, &crate::support::ada()).await;
        assert_eq!(matches!(submitted, zaguan_testkit::browser::Submitted::Accepted(_)), enabled, "{submitted:?}");
    }
    assert!(is_answered(&mut ada, &shop(&town)).await);
    let nobody = Order::RevokeUser { user: "nobody@example.org".into() };
    assert!(town.try_order(nobody).await.unwrap_err().contains("`nobody@example.org`"));
    let short = Order::SetPassword { user: ADA.0.into(), password: "1234567".into() };
    assert!(town.try_order(short).await.unwrap_err().contains("at least 8 characters"));
}

/// Without a server, on its data folder: quirks are what was written down when it served last, and never guessed.
#[tokio::test]
async fn a_command_without_a_server_knows_the_quirks_that_were_written_down() {
    let folder = std::env::temp_dir().join(format!("zaguan-{}", zaguan_server::chance::name()));
    let now = Timestamp::from_seconds(1_800_000_000);
    let give = async |order| admin::order(&folder, TENANT, order, now).await.map_err(|cause| format!("{cause:#}"));
    let revoke = || Order::RevokeUser { user: ADA.0.into() };
    let tenant = zaguan_server::demo::tenant(8443, None).unwrap();
    let id = tenant.id.clone();
    DataFolder::take(&folder).unwrap().remember_tenants(&[Arc::new(tenant)]).unwrap();
    let add = Order::AddUser {
        email: ADA.0.into(),
        name: "Ada".into(),
        given_name: None,
        surname: None,
        password: ADA.1.into(),
    };
    give(add).await.unwrap();
    let done = give(revoke()).await.unwrap();
    assert!(matches!(done, Done::Account(one) if one.sessions == SessionsAfter::Ended { count: Some(0) }));
    let Done::Why(unknown) = give(Order::Why(WhyQuery::Session("x".into()))).await.unwrap() else { panic!("not told") };
    assert!(lines::nothing_known(&unknown, Some("x"), Language::English).ends_with("started with another number"));

    let names = folder.join("tenants.json");
    let quirks = serde_json::json!({ TENANT: { "id": id, "quirks": { "revoke-keeps-sessions": true } } });
    std::fs::write(&names, quirks.to_string()).unwrap();
    let done = give(revoke()).await.unwrap();
    assert!(matches!(done, Done::Account(one) if matches!(&one.sessions, SessionsAfter::Kept { .. })));
    let refused = give(Order::DeleteUser { user: ADA.0.into() }).await.unwrap_err();
    assert!(refused.contains("`account-gone-keeps-sessions`") && refused.contains("start the server"), "{refused}");
    // What the versions before wrote: no word of quirks.
    std::fs::write(&names, serde_json::json!({ TENANT: id }).to_string()).unwrap();
    assert!(give(revoke()).await.unwrap_err().contains("`revoke-keeps-sessions`"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn secrets_of_apps_are_listed_with_their_dates() {
    let town = Town::new().await;
    let client_id = town.app("shop").client_id();
    town.order(Order::AddSecret { client_id: client_id.clone() }).await;
    match town.order(Order::ListSecrets { client_id }).await {
        Done::Secrets(all) => assert_eq!(all.last().unwrap().1, "2027-01-15 08:00:00 UTC"),
        other => panic!("listing secrets gave {other:?}"),
    }
}

/// What a command says on standard error, and its exit code.
fn command(arguments: &[&str]) -> (Option<i32>, String) {
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_zaguan")).args(arguments).output().unwrap();
    (done.status.code(), String::from_utf8(done.stderr).unwrap())
}

#[test]
fn ids_that_begin_with_a_hyphen_are_no_options() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("nothing");
    let data = data.to_str().unwrap();
    for words in [
        &["app", "secret", "9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000001", "--remove", "-Kid"][..],
        &["keys", "remove", "B2C_1A_TokenSigningKeyContainer", "-Kid"],
    ] {
        let (code, told) = command(&[words, &["--data", data, "--tenant", TENANT]].concat());
        assert_eq!(code, Some(1), "{told}");
        assert!(told.starts_with("error: there is no data folder"), "{told}");
    }
}

#[test]
fn a_demo_whose_overlay_is_refused_says_so_as_the_server_does() {
    let folder = tempfile::tempdir().unwrap();
    let (overlay, data) = (folder.path().join("mine"), folder.path().join("data"));
    std::fs::create_dir(&overlay).unwrap();
    let words = ["demo", "--overlay", overlay.to_str().unwrap(), "--data", data.to_str().unwrap()];
    let (code, told) = command(&words);
    assert_eq!(code, Some(1), "{told}");
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines.len() == 2 && !told.contains("error: error"), "{told}");
    assert!(lines[0].starts_with(&format!("error: {}: there is nothing to lay over", overlay.display())), "{told}");
    assert_eq!(lines[1], "error: the definitions have a mistake; nothing is served");
    assert!(!data.exists(), "nothing is written before that");
}
