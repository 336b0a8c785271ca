//! `/dev/clock`: time moves for whoever develops an app, and for no web site.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc};

use axum::body::Body;
use http::{HeaderMap, Request};
use zaguan_server::{
    Connection, Parts, Server, Settings, chance,
    clock::{Clock, Door, LONGEST_LEAD, Move, NotMoved, Span},
    keys::Keys,
    world::mail::Mailbox,
};
use zaguan_store::{Memory, Store};
use zaguan_testkit::{Town, browser::text, days, hours, minutes, town::SERVER};

use crate::support::{ada, is_answered, shop, with_behavior};

const DOOR: &str = "/dev/clock";
const OWN: &str = "https://id.contoso.example";
const HOME: &str = "https://localhost:8446";

/// A server on the town's clock and store, with a door that the town's own server has not.
fn with_door(town: &Town, store: Arc<dyn Store>, clock: Clock) -> Server {
    let server = Server::new(Parts {
        store,
        clock,
        keys: Keys::from_master([7; 32]),
        outbox: Arc::new(Mailbox::default()),
        settings: Settings { clock_door: Some(Door { origins: vec![HOME.into()] }), ..Settings::default() },
    });
    server.apply(town.server().tenants().to_vec());
    server
}

async fn town_and_door() -> (Town, Server) {
    let store: Arc<dyn Store> = Arc::new(Memory::new());
    let keep = "<SingleSignOn Scope=\"Tenant\" KeepAliveInDays=\"90\"/><SessionExpiryType>Absolute</SessionExpiryType>";
    let town = Town::builder()
        .edit(|name, text| match name.contains("SignUpOrSignin") {
            true => with_behavior(text, keep),
            false => text.to_owned(),
        })
        .store(Arc::clone(&store))
        .build()
        .await;
    let door = with_door(&town, store, town.server().clock().clone());
    (town, door)
}

struct Told {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Told {
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|cause| panic!("{cause}: {}", self.text))
    }
}

async fn ask(server: &Server, request: http::request::Builder, body: &str) -> Told {
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let response = server.handle(request, Connection::default()).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Told { status, headers, text: text(response).await }
}

fn post() -> http::request::Builder {
    Request::post(DOOR).header("host", SERVER)
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json; charset=utf-8";

async fn move_by(server: &Server, by: &str) -> Told {
    ask(server, post().header("content-type", FORM), &format!("by={by}")).await
}

#[tokio::test]
async fn ninety_days_of_keep_me_signed_in_pass_at_the_door() {
    let (town, door) = town_and_door().await;
    let mut browser = town.browser();
    let page = browser.open(&shop(&town)).await.page();
    browser.submit_and_keep(&page, &ada()).await.accepted().outside();
    let kept: Vec<String> =
        browser.jar.all().iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();

    assert_eq!(move_by(&door, "89d23h").await.status, 200);
    assert!(is_answered(&mut browser, &shop(&town)).await);
    assert_eq!(move_by(&door, "1h1s").await.json()["ahead_seconds"], 90 * 86_400 + 1);
    assert!(!is_answered(&mut browser, &shop(&town)).await);

    // A real browser goes by its own time, and still sends the cookie.
    let late = Request::get(shop(&town)).header("host", SERVER).header("cookie", kept.join("; "));
    let late = town.server().handle(late.body(Body::empty()).unwrap(), Connection::default()).await;
    assert_eq!(late.status(), 200);
    assert!(text(late).await.contains("id=\"signInName\""));
}

#[tokio::test]
async fn a_server_without_a_door_says_who_has_one() {
    let town = Town::new().await;
    let before = town.now();
    for request in [Request::get(DOOR).header("host", SERVER), post().header("content-type", FORM)] {
        let told = ask(town.server(), request, "by=1d").await;
        assert_eq!(told.status, 404);
        assert!(told.text.contains("only `zaguan demo --clock virtual`"), "{}", told.text);
    }
    assert_eq!(town.now(), before);
}

#[tokio::test]
async fn the_door_tells_and_moves_the_time() {
    let (town, door) = town_and_door().await;
    let told = ask(&door, Request::get(DOOR).header("host", SERVER), "").await;
    assert_eq!(told.json(), serde_json::json!({ "now": "2027-01-15T08:00:00Z", "ahead_seconds": 0 }));
    for (kind, body, now, ahead) in [
        (FORM, "by=15m", "2027-01-15T08:15:00Z", 900),
        (JSON, r#"{"by":"1d12h"}"#, "2027-01-16T20:15:00Z", 130_500),
        (FORM, "to=2027-02-01T00%3A00%3A00Z", "2027-02-01T00:00:00Z", 1_440_000),
        (JSON, r#"{ "to": "2027-02-01T00:00:20.5Z" }"#, "2027-02-01T00:00:20Z", 1_440_020),
        (JSON, r#"{"by":"0s"}"#, "2027-02-01T00:00:20Z", 1_440_020),
    ] {
        let told = ask(&door, post().header("content-type", kind), body).await;
        assert_eq!(
            (told.status, told.json()),
            (200, serde_json::json!({ "now": now, "ahead_seconds": ahead })),
            "{body}"
        );
    }
    let before = town.now();
    for (kind, body, says) in [
        (FORM, "by=tomorrow", "`tomorrow` is not understood"),
        (FORM, "by=-1d", "`-1d` is not understood"),
        (FORM, "by=", "is not said where to"),
        (FORM, "to=2027-03-01", "`2027-03-01` is not understood"),
        (FORM, "to=2027-01-31T00:00:00Z", "forward only"),
        (FORM, "by=1d&to=2028-01-01T00:00:00Z", "two wishes"),
        (FORM, "", "is not said where to"),
        (FORM, "by=3650d", "at most 3650d (ten years)"),
        (FORM, "to=9999-12-31T23:59:59Z", "at most 3650d (ten years)"),
        (FORM, "by=99999999999999999999d", "at most 3650d (ten years)"),
        (JSON, "{\"by\":90}", "JSON object of texts"),
        (JSON, "by=1d", "JSON object of texts"),
        (JSON, "", "JSON object of texts"),
        ("text/plain", "by=1d", "is not said where to"),
    ] {
        let told = ask(&door, post().header("content-type", kind), body).await;
        assert_eq!(told.status, 400, "{kind} {body}: {}", told.text);
        assert!(told.text.contains(says), "{kind} {body}: {}", told.text);
    }
    let large = format!("{{\"by\":\"1d\",\"why\":\"{}\"}}", "x".repeat(10_000));
    assert_eq!(ask(&door, post().header("content-type", JSON), &large).await.status, 400);
    assert_eq!(town.now(), before);
}

#[tokio::test]
async fn only_programs_and_pages_of_the_demo_move_the_clock() {
    let (town, door) = town_and_door().await;
    let start = town.now();
    let rows: [(&[(&str, &str)], u16); 20] = [
        (&[], 200),
        (&[("origin", OWN)], 200),
        (&[("origin", HOME)], 200),
        (&[("origin", OWN), ("sec-fetch-site", "same-origin")], 200),
        (&[("origin", HOME), ("sec-fetch-site", "same-site")], 200),
        (&[("sec-fetch-site", "same-origin")], 200),
        (&[("sec-fetch-site", "none")], 200),
        (&[("origin", "https://evil.example")], 403),
        (&[("origin", "null")], 403),
        (&[("origin", "")], 403),
        (&[("origin", "http://id.contoso.example")], 403),
        (&[("origin", "https://id.contoso.example:9443")], 403),
        (&[("origin", "https://id.contoso.example.evil.example")], 403),
        (&[("origin", "https://localhost:3000"), ("sec-fetch-site", "same-site")], 403),
        (&[("origin", OWN), ("origin", "https://evil.example")], 403),
        (&[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")], 403),
        (&[("origin", OWN), ("sec-fetch-site", "cross-site")], 403),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("sec-fetch-site", "same-site")], 403),
        (&[("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")], 403),
    ];
    for (headers, expected) in rows {
        for (kind, body) in [(FORM, "by=1s"), (JSON, r#"{"by":"1s"}"#), ("text/plain", r#"{"by":"1s"}"#)] {
            let before = town.now();
            let request = headers.iter().fold(post(), |request, (name, value)| request.header(*name, *value));
            let told = ask(&door, request.header("content-type", kind), body).await;
            let understood = kind != "text/plain";
            assert_eq!(told.status, if expected == 200 && !understood { 400 } else { expected }, "{headers:?} {kind}");
            assert_eq!(town.now() > before, told.status == 200, "{headers:?} {kind}");
            assert!(told.status != 403 || told.text.contains("a web page elsewhere"), "{}", told.text);
            assert!(!told.headers.keys().any(|name| name.as_str().starts_with("access-control")), "{headers:?}");
        }
    }
    assert!(town.now() > start);
    // What no text of ours could match: bytes that are no text.
    let strange = http::HeaderValue::from_bytes(b"https://id.contoso.example\xff").unwrap();
    assert_eq!(ask(&door, post().header("origin", strange).header("content-type", FORM), "by=1s").await.status, 403);
}

#[tokio::test]
async fn browsers_are_not_allowed_to_ask_from_elsewhere() {
    let (_, door) = town_and_door().await;
    for (method, expected) in [("OPTIONS", 405), ("PUT", 405), ("DELETE", 405), ("HEAD", 200), ("GET", 200)] {
        let request =
            Request::builder().uri(DOOR).method(method).header("host", SERVER).header("origin", "https://evil.example");
        let told = ask(&door, request.header("access-control-request-method", "POST"), "").await;
        assert_eq!(told.status, expected, "{method}");
        assert!(!told.headers.keys().any(|name| name.as_str().starts_with("access-control")), "{method}");
    }
}

#[tokio::test]
async fn a_name_that_was_made_to_lead_here_has_no_door() {
    let (town, door) = town_and_door().await;
    let before = town.now();
    for host in ["evil.example", "evil.example:8443", "id.contoso.example.evil.example", "127.0.0.1", ""] {
        let own = format!("https://{host}");
        for request in [
            Request::get(DOOR).header("host", host),
            Request::post(DOOR).header("host", host).header("content-type", FORM),
            Request::post(DOOR).header("host", host).header("content-type", FORM).header("origin", own.as_str()),
            Request::post(DOOR).header("host", host).header("content-type", FORM).header("x-forwarded-host", SERVER),
        ] {
            let told = ask(&door, request, "by=1d").await;
            assert_eq!(told.status, 404, "{host}");
            assert!(!told.text.contains("clock"), "{host}: {}", told.text);
        }
    }
    assert_eq!(town.now(), before);
}

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("zaguan-clock-{}", chance::name()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn how_far_ahead_a_folder_lives_survives_a_restart() {
    let town = Town::new().await;
    let folder = Folder::new();
    let clock = Clock::virtual_of(&folder.0).unwrap();
    assert!(matches!(Clock::machine_of(&folder.0), Ok(Clock::System)));
    let machine = Clock::System.now();
    assert!(clock.now() >= machine && clock.now() < machine + minutes(5));

    let door = with_door(&town, Arc::new(Memory::new()), clock.clone());
    assert_eq!(move_by(&door, "90d").await.status, 200);
    assert!(clock.now() >= machine + days(90) && clock.now() < machine + days(90) + minutes(5));
    assert_eq!(fs::metadata(folder.0.join("clock")).unwrap().permissions().mode() & 0o777, 0o600);

    let again = Clock::virtual_of(&folder.0).unwrap();
    assert_eq!(again.ahead(), days(90));
    again.move_on(Move::By(Span(hours(12)))).unwrap();
    let refused = Clock::machine_of(&folder.0).unwrap_err().to_string();
    for words in ["90d12h ahead of this machine", "--clock virtual", "--data"] {
        assert!(refused.contains(words), "{refused}");
    }
}

#[tokio::test]
async fn a_clock_that_cannot_be_kept_does_not_move() {
    let town = Town::new().await;
    let folder = Folder::new();
    let clock = Clock::virtual_of(&folder.0).unwrap();
    fs::remove_dir(&folder.0).unwrap();
    let door = with_door(&town, Arc::new(Memory::new()), clock.clone());
    let told = move_by(&door, "1d").await;
    assert_eq!(told.status, 500);
    assert!(told.text.contains("was not moved"), "{}", told.text);
    assert_eq!(clock.ahead(), days(0));
    assert!(matches!(clock.move_on(Move::By(Span(days(1)))), Err(NotMoved::NotKept(_))));
}

#[test]
fn a_folder_that_does_not_say_how_far_ahead_it_lives_is_not_used() {
    let too_far = (LONGEST_LEAD + days(1)).as_millis().to_string();
    for text in ["", "soon", "-5", "1.5", &too_far, "99999999999999999999999"] {
        let folder = Folder::new();
        fs::write(folder.0.join("clock"), text).unwrap();
        for refused in [Clock::virtual_of(&folder.0), Clock::machine_of(&folder.0)] {
            let refused = refused.unwrap_err().to_string();
            assert!(refused.contains("milliseconds"), "{text}: {refused}");
        }
    }
}
