//! The page on which people see and end their own sessions.

use std::{collections::BTreeMap, sync::Arc};

use http::Request;
use url::Url;
use zaguan_policy::SourceFile;
use zaguan_server::tenant::{Refused, TenantSources};
use zaguan_session::{Cause, NewSession, Origin, Session, SessionId, SessionKey, SessionUse, Terms};
use zaguan_store::{Finish, Finished, SessionChange, SessionFilter, SessionRecord, SessionState};
use zaguan_testkit::{
    Arrived, Browser, Town,
    app::App,
    browser::text,
    cookies, days, hours, minutes,
    page::Page,
    town::{GRACE, SERVER, SIGN_IN, TENANT, TENANT_ID},
};

use crate::support::{ada, is_answered, is_asked, parameter, shop, sign_in, sign_in_at, town_with};

const BUILT_IN: &str = "7a6b1e55-0000-4000-8000-5e5510a50000";

fn address(town: &Town) -> String {
    town.address(SIGN_IN, "sessions")
}

/// Opens the page in a browser whose person is signed in.
async fn look(browser: &mut Browser<'_>, town: &Town) -> Page {
    let page = browser.open(&address(town)).await.page();
    assert_eq!((page.status, page.url.as_str()), (200, address(town).as_str()), "{}", page.html);
    assert!(page.says("<h1>Your sessions</h1>"), "{}", page.html);
    page
}

/// The parts of the page that are about one live session each.
fn cards(page: &Page) -> Vec<String> {
    let live = page.html.split("<details").next().unwrap();
    live.split("<li class=\"session\"").skip(1).map(str::to_owned).collect()
}

fn id_of(card: &str) -> &str {
    card.split("name=\"session\" value=\"").nth(1).unwrap().split('"').next().unwrap()
}

fn token(page: &Page) -> String {
    page.html.split("name=\"csrf_token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

async fn end(browser: &mut Browser<'_>, page: &Page, id: &str) -> Arrived {
    let form = [("csrf_token", &*token(page)), ("session", id)];
    browser.post(page, page.url.path(), &form).await
}

async fn listed(town: &Town, state: Option<SessionState>) -> Vec<SessionRecord> {
    let filter = SessionFilter { state, ..SessionFilter::default() };
    town.store().session_page(&town.tenant().id, &filter, None, 999).await.unwrap().sessions
}

async fn cause_of(town: &Town, id: &str) -> Option<Cause> {
    let record = town.store().session_record(&town.tenant().id, &SessionId::new(id)).await.unwrap().unwrap();
    record.end.map(|end| end.cause)
}

/// Where a request is sent on to, without following.
async fn sent_to(browser: &mut Browser<'_>, url: &str) -> Url {
    let url = Url::parse(url).unwrap();
    let response = browser.send(Request::get(url.as_str()), &url, None, cookies::Cause::SameSite).await;
    assert!(response.status().is_redirection(), "{}", response.status());
    url.join(response.headers()["location"].to_str().unwrap()).unwrap()
}

/// A post with these headers; its status.
async fn posted(browser: &mut Browser<'_>, url: &str, headers: &[(&str, &str)], form: &[(&str, &str)]) -> u16 {
    let url = Url::parse(url).unwrap();
    let request =
        headers.iter().fold(Request::post(url.as_str()), |request, (name, value)| request.header(*name, *value));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let response = browser.send(request, &url, Some(body), cookies::Cause::SameSite).await;
    response.status().as_u16()
}

/// Ada in two browsers: at both apps in the first, at the shop in the second, five minutes later.
async fn two_browsers(town: &Town) -> (Browser<'_>, Browser<'_>) {
    let (mut laptop, mut phone) = (town.browser(), town.browser());
    phone.address = 2;
    sign_in(&mut laptop, town, "shop").await;
    assert!(!is_asked(&mut laptop, town, "blog").await);
    town.wait(minutes(5));
    sign_in(&mut phone, town, "shop").await;
    (laptop, phone)
}

#[tokio::test]
async fn a_person_sees_their_sessions_and_the_apps_in_each() {
    let town = Town::new().await;
    let (mut laptop, _phone) = two_browsers(&town).await;
    let mut grace = town.browser();
    grace.address = 3;
    let form = grace.open(&shop(&town)).await.page();
    grace.submit(&form, &[("signInName", GRACE.0), ("password", GRACE.1)]).await.accepted().outside();

    let before = listed(&town, None).await;
    let page = look(&mut laptop, &town).await;
    let all = cards(&page);
    assert_eq!(all.len(), 2, "newest first, and nobody else's: {}", page.html);
    for (card, has, has_not) in [
        (&all[0], &["192.0.2.2", ">shop<", "just now"][..], &["blog", "class=\"badge\""][..]),
        (&all[1], &["192.0.2.1", ">shop<", ">blog<", "This browser", "5 minutes ago"], &["192.0.2.3"]),
    ] {
        assert!(has.iter().all(|text| card.contains(text)), "{has:?}: {card}");
        assert!(!has_not.iter().any(|text| card.contains(text)), "{has_not:?}: {card}");
        for text in [
            "Unknown browser",
            "datetime=\"2027-01-15T08:0",
            "2027-01-15 08:0",
            "<dd>No</dd>",
            "Ends if it is not used",
            "in 1 day",
        ] {
            assert!(card.contains(text), "{text}: {card}");
        }
    }
    assert!(!page.says("<script") && !page.says("Recently ended"), "{}", page.html);
    let policy = &page.content_security_policy;
    for directive in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(directive), "{policy}");
    }
    assert!(!policy.contains("script-src"), "{policy}");
    assert_eq!(listed(&town, None).await, before, "looking changes nothing");

    // Other spellings of the address lead to the same.
    for other in [format!("{TENANT_ID}/b2c_1a_signup_signin/Sessions/"), format!("{TENANT}/sessions?p={SIGN_IN}")] {
        let page = laptop.open(&format!("https://{SERVER}/{other}")).await.page();
        assert_eq!(cards(&page), all, "{other}");
    }
}

#[tokio::test]
async fn the_page_is_not_kept_and_not_framed() {
    let town = Town::new().await;
    let (mut laptop, _phone) = two_browsers(&town).await;
    let url = Url::parse(&address(&town)).unwrap();
    let response = laptop.send(Request::get(url.as_str()), &url, None, cookies::Cause::SameSite).await;
    for (name, value) in
        [("cache-control", "no-store"), ("x-frame-options", "DENY"), ("referrer-policy", "same-origin")]
    {
        assert_eq!(response.headers()[name], value);
    }
}

#[tokio::test]
async fn ending_another_session_signs_that_browser_out() {
    let town = Town::new().await;
    let (mut laptop, mut phone) = two_browsers(&town).await;
    let page = look(&mut laptop, &town).await;
    let all = cards(&page);
    let (of_phone, of_laptop) = (id_of(&all[0]).to_owned(), id_of(&all[1]).to_owned());

    let after = end(&mut laptop, &page, &of_phone).await.page();
    assert!(after.says("Ended. The apps in that browser notice"), "{}", after.html);
    assert_eq!(cards(&after).len(), 1);
    assert_eq!(cause_of(&town, &of_phone).await, Some(Cause::SignedOutFromPage));
    assert_eq!(cause_of(&town, &of_laptop).await, None);
    let (_, told) = after.html.split_once("<details").unwrap();
    assert!(told.contains("You ended it on this page.") && told.contains("192.0.2.2"), "{told}");
    // Nobody can be told in frames from here, and nobody claims so.
    assert_eq!(town.app("shop").times_told(), 0);
    assert!(is_asked(&mut phone, &town, "shop").await);
    assert!(!is_asked(&mut laptop, &town, "shop").await);

    // A second press of the same button, and the message in somebody's link.
    assert!(end(&mut laptop, &page, &of_phone).await.page().says("it had ended already"));
    let made_up = laptop.open(&format!("{}?ended=7&proof=AAAA", address(&town))).await.page();
    assert!(!made_up.says("id=\"said\""), "{}", made_up.html);
}

#[tokio::test]
async fn all_others_end_at_once() {
    let town = Town::new().await;
    let (mut laptop, mut phone) = two_browsers(&town).await;
    let mut tablet = town.browser();
    sign_in_at(&mut tablet, &shop(&town)).await;
    let page = look(&mut laptop, &town).await;
    let form = [("csrf_token", &*token(&page)), ("all_others", "1")];
    let after = laptop.post(&page, page.url.path(), &form).await.page();
    assert!(after.says("2 sessions ended.") && cards(&after).len() == 1, "{}", after.html);
    assert!(!after.says("End all other sessions"), "{}", after.html);
    assert!(!is_answered(&mut phone, &shop(&town)).await && !is_answered(&mut tablet, &shop(&town)).await);
    assert!(is_answered(&mut laptop, &shop(&town)).await);
    for record in listed(&town, Some(SessionState::Ended)).await {
        assert_eq!(record.end.unwrap().cause, Cause::SignedOutFromPage);
    }
}

#[tokio::test]
async fn ending_the_own_session_is_signing_out() {
    let town = Town::new().await;
    let (mut laptop, _phone) = two_browsers(&town).await;
    let page = look(&mut laptop, &town).await;
    let own = cards(&page)[1].clone();
    let bye = end(&mut laptop, &page, id_of(&own)).await.page();
    assert!(bye.status == 200 && bye.says("id=\"signed-out\""), "{}", bye.html);
    assert_eq!((town.app("shop").times_told(), town.app("blog").times_told()), (1, 1));
    assert_eq!(cause_of(&town, id_of(&own)).await, Some(Cause::SignedOutHere));
    assert_eq!(listed(&town, Some(SessionState::Live)).await.len(), 1);
    // The page that is still open in another tab leads to the sign-in, and does nothing.
    assert!(end(&mut laptop, &page, id_of(&own)).await.page().is("Unified"));
}

#[tokio::test]
async fn where_apps_need_a_hint_to_sign_out_people_need_none() {
    let town = town_with("<SingleSignOn Scope=\"Tenant\" EnforceIdTokenHintOnLogout=\"true\"/>").await;
    let mut ada_s = town.browser();
    let page = signed_in_here(&mut ada_s, &town).await;
    let bye = end(&mut ada_s, &page, id_of(&cards(&page)[0])).await.page();
    assert!(bye.status == 200 && bye.says("id=\"signed-out\"") && !bye.says("AADB2C"), "{}", bye.html);
    assert!(!is_answered(&mut ada_s, &shop(&town)).await);
    // With an address to go to it is a request like any app's.
    sign_in_at(&mut ada_s, &shop(&town)).await;
    let query = format!("client_id={BUILT_IN}&post_logout_redirect_uri=https%3A%2F%2Fshop.outside.example%2Fbye");
    let refused = ada_s.open(&format!("{}?{query}", town.address(SIGN_IN, "oauth2/v2.0/logout"))).await.page();
    assert!(refused.says("AADB2C90272"), "{}", refused.html);
}

/// Signs Ada in on the page itself.
async fn signed_in_here(browser: &mut Browser<'_>, town: &Town) -> Page {
    let asked = browser.open(&address(town)).await.page();
    assert!(asked.is("Unified"), "{}", asked.html);
    let page = browser.submit(&asked, &ada()).await.accepted().page();
    assert_eq!((page.status, page.url.as_str()), (200, address(town).as_str()), "{}", page.html);
    page
}

#[tokio::test]
async fn whoever_is_not_signed_in_signs_in_and_comes_back() {
    let town = Town::new().await;
    let mut ada_s = town.browser();
    let page = signed_in_here(&mut ada_s, &town).await;
    let all = cards(&page);
    assert!(all.len() == 1 && all[0].contains(">Your sessions<"), "{}", page.html);
    // It is a session like any other, and the page is an app in it that nobody has to tell of its end.
    assert!(is_answered(&mut ada_s, &shop(&town)).await);
    ada_s.open(&town.address(SIGN_IN, "oauth2/v2.0/logout")).await.page();
    let notices = town.store().notices(&town.tenant().id, &SessionId::new(id_of(&all[0]))).await.unwrap();
    let told: Vec<String> = notices.iter().map(|notice| notice.participant.app.to_string()).collect();
    assert_eq!(told, [town.app("shop").client_id()]);
}

#[tokio::test]
async fn nothing_is_issued_to_the_page_and_nobody_else_is_answered_in_its_name() {
    let town = Town::new().await;
    let mut ada_s = town.browser();
    let begun = sent_to(&mut ada_s, &address(&town)).await;
    sign_in_at(&mut ada_s, &shop(&town)).await;
    let back = sent_to(&mut ada_s, begun.as_str()).await;
    assert!(back.as_str().starts_with(&format!("{}?state=", address(&town))), "{back}");
    assert_eq!((parameter(&back, "code"), parameter(&back, "id_token")), (None, None));
    let fields = [("grant_type", "authorization_code"), ("client_id", BUILT_IN), ("code", "x"), ("redirect_uri", "x")];
    let (status, answer) = town.token(SIGN_IN, &fields).await;
    assert!(status >= 400 && answer["id_token"].is_null(), "{answer}");

    let own = parameter(&begun, "redirect_uri").unwrap();
    for elsewhere in
        ["https://evil.example/", &own.replace("/sessions", "/Sessions"), &own.replace(SERVER, "localhost")]
    {
        let query: String = begun
            .query_pairs()
            .filter(|(name, _)| name != "redirect_uri")
            .fold(&mut url::form_urlencoded::Serializer::new(String::new()), |all, (name, value)| {
                all.append_pair(&name, &value)
            })
            .append_pair("redirect_uri", elsewhere)
            .finish();
        let page =
            town.browser().open(&format!("{}?{query}", town.address(SIGN_IN, "oauth2/v2.0/authorize"))).await.page();
        assert_eq!(page.status, 400, "{elsewhere}");
    }
}

#[tokio::test]
async fn who_cancels_is_told_and_not_asked_for_ever() {
    let town = Town::new().await;
    let mut ada_s = town.browser();
    let asked = ada_s.open(&address(&town)).await.page();
    let sign_up = ada_s.navigate(&asked, "unified", "local=signup").await.page();
    let told = ada_s.navigate(&sign_up, "error", "code=AADB2C90091").await.page();
    assert!(told.status == 200 && told.says("You are not signed in"), "{} {}", told.url, told.html);
    assert_eq!(parameter(&told.url, "error").as_deref(), Some("access_denied"));
    assert_eq!(told.link("continue").unwrap().as_str(), address(&town));
    // Nor is a browser that loses its session on the way.
    let begun = sent_to(&mut ada_s, &address(&town)).await;
    let back = format!("{}?state={}&code=any", address(&town), parameter(&begun, "state").unwrap());
    assert!(ada_s.open(&back).await.page().says("You are not signed in"));
    // With a session there is one step more, to the address without parameters.
    sign_in_at(&mut ada_s, &shop(&town)).await;
    assert_eq!(sent_to(&mut ada_s, &back).await.as_str(), address(&town));
}

#[tokio::test]
async fn a_forged_return_goes_nowhere() {
    let town = Town::new().await;
    let (mut mallory, mut ada_s) = (town.browser(), town.browser());
    sign_in_at(&mut ada_s, &shop(&town)).await;
    ada_s.open(&address(&town)).await.page();
    let of_mallory = parameter(&sent_to(&mut mallory, &address(&town)).await, "state").unwrap();
    let other_policy = town.address("B2C_1A_ProfileEdit", "sessions");
    ada_s.jar.keep_only("__Host-zg-b-");
    let of_other_policy = parameter(&sent_to(&mut ada_s, &other_policy).await, "state").unwrap();
    let before = listed(&town, None).await;
    for query in [
        format!("state={of_mallory}"),
        format!("code=stolen&state={of_mallory}"),
        format!("state={of_other_policy}"),
        "code=stolen".into(),
        "error=access_denied".into(),
        "state=forged.AAAA".into(),
        "state=".to_owned() + &"a".repeat(5000),
    ] {
        let page = ada_s.open(&format!("{}?{query}", address(&town))).await.page();
        assert!(page.status == 400 && page.says("not begun in this browser"), "{query}: {}", page.html);
    }
    assert_eq!(listed(&town, None).await, before);
}

#[tokio::test]
async fn what_is_not_the_persons_own_post_ends_nothing() {
    let town = Town::new().await;
    let (mut laptop, mut phone) = two_browsers(&town).await;
    let mut grace = town.browser();
    let form = grace.open(&shop(&town)).await.page();
    grace.submit(&form, &[("signInName", GRACE.0), ("password", GRACE.1)]).await.accepted().outside();
    let (page, of_grace) = (look(&mut laptop, &town).await, look(&mut grace, &town).await);
    let (own, url) = (id_of(&cards(&page)[0]).to_owned(), address(&town));
    let foreign = id_of(&cards(&of_grace)[0]).to_owned();
    let of_phone = token(&look(&mut phone, &town).await);
    let (good, graces) = (token(&page), token(&of_grace));
    let before = listed(&town, None).await;

    // Somebody else's session is answered like one that never was.
    let unknown = end(&mut laptop, &page, "no-such-session").await.page();
    let foreign = end(&mut laptop, &page, &foreign).await.page();
    assert_eq!((unknown.url, unknown.html), (foreign.url, foreign.html));

    // Tokens that are missing, made up, of another person and of another browser.
    let tokens = [None, Some(""), Some("AAAA"), Some(&*graces), Some(&*of_phone)];
    for given in tokens {
        for aim in [("session", &*own), ("all_others", "1")] {
            let form: Vec<_> = given.map(|token| ("csrf_token", token)).into_iter().chain([aim]).collect();
            assert_eq!(posted(&mut laptop, &url, &[], &form).await, 400, "{form:?}");
        }
    }
    // Other sites, even with everything that stands on the page.
    let form = [("csrf_token", &*good), ("session", &*own)];
    let own_origin = format!("https://{SERVER}");
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", &own_origin), ("sec-fetch-site", "cross-site")],
    ] {
        assert_eq!(posted(&mut laptop, &url, headers, &form).await, 400, "{headers:?}");
    }
    // Nothing, two wishes at once, and a wish in an address.
    assert_eq!(posted(&mut laptop, &url, &[], &[("csrf_token", &good)]).await, 400);
    let both = [("csrf_token", &*good), ("session", &*own), ("all_others", "1")];
    assert_eq!(posted(&mut laptop, &url, &[], &both).await, 400);
    laptop.open(&format!("{url}?csrf_token={good}&session={own}&all_others=1")).await.page();
    // A browser of nobody.
    assert_eq!(posted(&mut town.browser(), &url, &[], &form).await, 303);
    assert_eq!(listed(&town, None).await, before);

    // And what the page itself sends is good.
    let headers = [("origin", &*own_origin), ("sec-fetch-site", "same-origin")];
    assert_eq!(posted(&mut laptop, &url, &headers, &form).await, 303);
    assert_eq!(cause_of(&town, &own).await, Some(Cause::SignedOutFromPage));
}

#[tokio::test]
async fn a_policy_that_keeps_no_sessions_says_so() {
    let town = town_with("<SingleSignOn Scope=\"Suppressed\"/>").await;
    let mut ada_s = town.browser();
    sign_in_at(&mut ada_s, &shop(&town)).await;
    let page = ada_s.open(&address(&town)).await.page();
    assert!(page.status == 200 && page.says("keeps no sessions") && !page.says("<form"), "{}", page.html);
    assert_eq!(posted(&mut ada_s, &address(&town), &[], &[("all_others", "1")]).await, 200);
}

#[tokio::test]
async fn what_use_does_not_prolong_ends_in_any_case() {
    let town = town_with("<SingleSignOn Scope=\"Tenant\"/><SessionExpiryType>Absolute</SessionExpiryType>").await;
    let page = signed_in_here(&mut town.browser(), &town).await;
    assert!(page.says("<dt>Ends</dt>") && !page.says("if it is not used"), "{}", page.html);
}

#[tokio::test]
async fn with_a_session_for_each_app_the_page_has_its_own() {
    let town = town_with("<SingleSignOn Scope=\"Application\"/>").await;
    let mut ada_s = town.browser();
    sign_in_at(&mut ada_s, &shop(&town)).await;
    let page = signed_in_here(&mut ada_s, &town).await;
    let all = cards(&page);
    assert!(all.len() == 2 && all.iter().all(|card| card.contains("This browser")), "{}", page.html);
    let own = all.iter().find(|card| card.contains(">Your sessions<")).unwrap();
    let bye = end(&mut ada_s, &page, id_of(own)).await.page();
    assert!(bye.says("id=\"signed-out\""), "{}", bye.html);
    assert_eq!(cause_of(&town, id_of(own)).await, Some(Cause::SignedOutHere));
    assert!(is_answered(&mut ada_s, &shop(&town)).await, "the shop's session is another one");
}

#[tokio::test]
async fn the_page_speaks_spanish() {
    let town = Town::new().await;
    let (mut laptop, mut phone) = two_browsers(&town).await;
    laptop.language = "es-MX,es;q=0.9".into();
    let page = laptop.open(&address(&town)).await.page();
    for text in ["lang=\"es-MX\"", "<h1>Sus sesiones</h1>", "Este navegador", "hace 5 minutos", "Navegador desconocido"]
    {
        assert!(page.says(text) || (text.starts_with("lang") && page.says("lang=\"es\"")), "{text}: {}", page.html);
    }
    let after = end(&mut laptop, &page, id_of(&cards(&page)[0])).await.page();
    assert!(after.says("Terminada. Las aplicaciones") && after.says("La terminó en esta página."), "{}", after.html);
    assert!(!is_answered(&mut phone, &shop(&town)).await);
}

#[tokio::test]
async fn a_session_that_is_over_is_not_shown_as_live_before_the_sweep() {
    let short = "<SingleSignOn Scope=\"Tenant\"/><SessionExpiryInSeconds>900</SessionExpiryInSeconds>";
    let town = town_with(short).await;
    let (_laptop, mut phone) = two_browsers(&town).await;
    // D2: this policy has given the other browser's session up, but there are laxer ones that have not.
    town.wait(minutes(12));
    let page = look(&mut phone, &town).await;
    assert!(cards(&page).len() == 2 && cards(&page)[1].contains("in 1 day"), "{}", page.html);

    town.wait(hours(30));
    let page = signed_in_here(&mut phone, &town).await;
    assert_eq!(cards(&page).len(), 1, "{}", page.html);
    let (_, ended) = page.html.split_once("<details").unwrap();
    assert!(ended.contains("It was not used for too long.") && ended.contains("192.0.2.1"), "{ended}");
    assert_eq!(listed(&town, Some(SessionState::Live)).await.len(), 2, "nobody has swept yet");
    town.server().sweep().await;
    let swept = look(&mut phone, &town).await;
    assert!(swept.html.split_once("<details").unwrap().1.contains("192.0.2.1"), "{}", swept.html);
    // What ended long ago is not told.
    town.wait(days(31));
    let page = signed_in_here(&mut phone, &town).await;
    assert!(!page.says("192.0.2.1"), "{}", page.html);
}

#[tokio::test]
async fn many_sessions_are_shown_page_by_page() {
    let town = Town::new().await;
    let mut ada_s = town.browser();
    sign_in_at(&mut ada_s, &shop(&town)).await;
    let model = listed(&town, None).await.remove(0).history;
    for number in 0_u8..150 {
        let (id, browser) = (SessionId::new(&format!("old-{number:03}")), [number; 32]);
        let terms = Terms::from(&town.tenant().program(&SIGN_IN.into()).unwrap().relying_party.behavior);
        let used = SessionUse {
            session: id.clone(),
            at: town.now() - minutes(u64::from(number) + 1),
            app: model.uses[0].app.clone(),
            policy: SIGN_IN.into(),
            terms,
            browser,
            keep: false,
            participant: None,
            memories: BTreeMap::new(),
        };
        let new = NewSession {
            id,
            secret_hash: [9; 32],
            browser,
            key: SessionKey::Tenant,
            person: model.person.clone(),
            origin: Origin::default(),
        };
        let session = SessionChange::Start { session: Box::new(Session::begin(new, used)), instead_of: None };
        let finish = Finish { visit: None, session, code: None };
        let done = town.store().finish(&town.tenant().id, &finish, town.now()).await.unwrap();
        assert!(matches!(done, Finished::Done { .. }));
    }
    let first = look(&mut ada_s, &town).await;
    let (_, next) = first.html.split_once("<nav").unwrap();
    let next = zaguan_testkit::page::attribute(next.split_once("<a ").unwrap().1, "href").unwrap();
    let second = ada_s.follow(&first, &next).await.page();
    assert_eq!((cards(&first).len(), cards(&second).len()), (100, 51));
    assert!(first.says("Older sessions") && !first.says("Newest sessions"));
    assert!(!second.says("Older sessions") && second.says("Newest sessions"));
    for nonsense in ["after=x", "after=9.9.9", "after=99999999999999999999.a", "after=-1.%00"] {
        assert_eq!(ada_s.open(&format!("{}?{nonsense}", address(&town))).await.page().status, 200, "{nonsense}");
    }
    let form = [("csrf_token", &*token(&second)), ("all_others", "1")];
    let after = ada_s.post(&second, second.url.path(), &form).await.page();
    assert!(after.says("150 sessions ended.") && cards(&after).len() == 1, "{}", after.html);
}

/// The town's tenant with one app, described by whoever likes.
fn with_app(town: &Town, app: String) -> TenantSources {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/demo/");
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|extension| extension == "xml"));
    let policy = |path: std::path::PathBuf| SourceFile {
        name: path.display().to_string().into(),
        text: std::fs::read_to_string(path).unwrap(),
    };
    TenantSources {
        name: "town".into(),
        tenant: format!("domain = \"{TENANT}\"\nid = \"{}\"\nhosts = [\"{SERVER}\"]\n", town.tenant().id),
        apps: BTreeMap::from([("shop.toml".to_owned(), app)]),
        policies: names.into_iter().map(policy).collect(),
        ..TenantSources::default()
    }
}

#[tokio::test]
async fn what_apps_call_themselves_is_text() {
    let town = Town::new().await;
    let mut ada_s = town.browser();
    sign_in_at(&mut ada_s, &shop(&town)).await;
    sign_in_at_blog(&mut ada_s, &town).await;
    let hostile = r#"</bdi><script>alert(1)</script>\" onclick=\"alert(1)"#;
    let app = App::definition("shop").replace("name = \"shop\"", &format!("name = \"{hostile}\""));
    town.server().apply(vec![Arc::new(with_app(&town, app).apply(None).unwrap())]);
    let page = look(&mut ada_s, &town).await;
    assert!(page.says("alert(1)") && !page.says("<script>") && !page.says("onclick=\""), "{}", page.html);
    // The other app is not registered any more.
    assert!(page.says("An app that is no longer here"), "{}", page.html);
}

async fn sign_in_at_blog(browser: &mut Browser<'_>, town: &Town) {
    assert!(is_answered(browser, &town.authorize("blog", SIGN_IN)).await);
}

#[tokio::test]
async fn nobody_registers_the_built_in_app() {
    let town = Town::new().await;
    let app = App::definition("shop").replace(&App::client_id_of("shop"), &BUILT_IN.to_uppercase());
    match with_app(&town, app).apply(None) {
        Err(Refused::Definition { file, problem }) => {
            assert!(file == "apps/shop.toml" && problem.contains("choose another GUID"), "{file}: {problem}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn methods_and_policies_of_nothing() {
    let town = Town::new().await;
    for (path, method, expected) in [
        (format!("/{TENANT}/{SIGN_IN}/sessions"), "PUT", 405),
        (format!("/{TENANT}/{SIGN_IN}/sessions"), "DELETE", 405),
        (format!("/{TENANT}/B2C_1A_none/sessions"), "GET", 404),
        (format!("/{TENANT}/sessions"), "GET", 404),
        (format!("/{TENANT}/{SIGN_IN}/sessions/1"), "GET", 404),
    ] {
        let url = Url::parse(&format!("https://{SERVER}{path}")).unwrap();
        let request = Request::builder().method(method).uri(url.as_str());
        let response = town.browser().send(request, &url, None, cookies::Cause::SameSite).await;
        let status = response.status().as_u16();
        assert_eq!(status, expected, "{method} {path}: {}", text(response).await);
    }
}
