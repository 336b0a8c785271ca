//! The demo's front page and its mailbox.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use http::{Method, Request, Response, StatusCode, header};
use zaguan_protocol::params::Params;

use super::{APPS, PEOPLE};
use crate::{
    call, chance,
    clock::{Clock, Span},
    endpoints::dev_clock::{self, LARGEST_WISH},
    listen,
    pages::{self, DemoAppView, DemoClockView, DemoHomeView, DemoPersonView, MailView, MailboxView},
    server::Server,
    world::mail::Mailbox,
};

/// Where the forms that move the clock go.
const MOVE_CLOCK: &str = "/clock";

/// Answers requests to the demo's own port, the third after the server's.
pub(super) fn handler(port: u16, mailbox: Arc<Mailbox>, server: Server) -> listen::Handler {
    Arc::new(move |request, _| {
        let (mailbox, server) = (Arc::clone(&mailbox), server.clone());
        Box::pin(async move { answer(request, port, &mailbox, &server).await })
    })
}

/// The home page's origin.
pub(super) fn origin(port: u16) -> String {
    format!("https://localhost:{}", port + 3)
}

async fn answer(request: Request<Body>, port: u16, mailbox: &Mailbox, server: &Server) -> Response<Body> {
    let language = match request.headers().get("accept-language").and_then(|value| value.to_str().ok()) {
        Some(wanted) if wanted.trim_start().to_lowercase().starts_with("es") => "es",
        _ => "en",
    };
    let clock = server.settings().clock_door.as_ref().map(|_| server.clock());
    let path = request.uri().path();
    match (path, clock) {
        ("/", _) => call::page(StatusCode::OK, pages::demo_home(&home(port, language, clock), &chance::name())),
        (MOVE_CLOCK, Some(clock)) if request.method() == Method::POST => move_clock(request, port, clock).await,
        ("/mailbox", _) => {
            let refresh = request.uri().query().and_then(|query| query.strip_prefix("refresh=")?.parse().ok());
            call::page(StatusCode::OK, pages::mailbox(&mailbox_view(mailbox, language, refresh), &chance::name()))
        }
        ("/mailbox.json", _) => {
            let letters: Vec<_> = mailbox
                .letters()
                .into_iter()
                .map(|letter| {
                    serde_json::json!({
                        "to": letter.to, "subject": letter.subject, "text": letter.text, "code": letter.code,
                        "at": letter.at.to_round_trip(),
                    })
                })
                .collect();
            call::json(StatusCode::OK, &letters)
        }
        _ => match path.strip_prefix("/static/zaguan/").and_then(pages::asset) {
            Some((kind, bytes, _)) => call::content(StatusCode::OK, kind, bytes),
            None => call::content(StatusCode::NOT_FOUND, PLAIN, "There is nothing here.\n"),
        },
    }
}

const PLAIN: &str = "text/plain; charset=utf-8";

/// A button of the home page: moves the clock and shows the page again. Under the rules of `/dev/clock`.
async fn move_clock(request: Request<Body>, port: u16, clock: &Clock) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let own = origin(port);
    let host = match parts.uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => parts.headers.get(header::HOST).and_then(|value| value.to_str().ok()),
    };
    if host.is_none_or(|host| own != format!("https://{}", host.to_lowercase())) {
        return call::content(StatusCode::NOT_FOUND, PLAIN, format!("the clock is moved at {own}/\n"));
    }
    let origins = [own.as_str(), &format!("https://localhost:{port}")];
    if !dev_clock::is_welcome(&parts.headers, &origins) {
        return dev_clock::refused_origin(&origins);
    }
    let body = to_bytes(body, LARGEST_WISH).await.unwrap_or_default();
    let form = std::str::from_utf8(&body).ok().and_then(|form| Params::parse(form).ok());
    match dev_clock::move_clock(clock, &form.unwrap_or_default()).await {
        Ok(()) => call::redirect(StatusCode::SEE_OTHER, "/"),
        Err(refused) => refused,
    }
}

fn home(port: u16, language: &str, clock: Option<&Clock>) -> DemoHomeView {
    DemoHomeView {
        language: language.into(),
        apps: APPS
            .iter()
            .zip([port + 1, port + 2])
            .map(|((_, name), port)| DemoAppView {
                name: (*name).into(),
                url: format!("https://localhost:{port}/"),
                description: String::new(),
            })
            .collect(),
        mailbox_url: "/mailbox".into(),
        sessions_url: format!("https://localhost:{port}/contoso.onmicrosoft.com/B2C_1A_signup_signin/sessions"),
        people: PEOPLE
            .iter()
            .map(|person| DemoPersonView {
                name: person.name.into(),
                sign_in_name: person.email.into(),
                password: person.password.into(),
            })
            .collect(),
        clock: clock.map(|clock| DemoClockView {
            path: MOVE_CLOCK.into(),
            now: clock.now().to_error_form(),
            ahead: Span(clock.ahead()).to_string(),
        }),
    }
}

fn mailbox_view(mailbox: &Mailbox, language: &str, refresh_seconds: Option<u32>) -> MailboxView {
    MailboxView {
        language: language.into(),
        path: "/mailbox".into(),
        refresh_seconds,
        mails: mailbox
            .letters()
            .into_iter()
            .map(|letter| MailView {
                to: letter.to,
                subject: letter.subject,
                text: letter.text,
                at: letter.at.to_error_form(),
                code: letter.code,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use zaguan_policy::Timestamp;
    use zaguan_store::Memory;

    use super::*;
    use crate::{
        Connection, Parts, Settings,
        clock::{Door, Move},
        keys::Keys,
    };

    const HOME: &str = "localhost:8446";

    fn home_of(clock: Clock, clock_door: Option<Door>) -> listen::Handler {
        let mailbox = Arc::new(Mailbox::default());
        let server = Server::new(Parts {
            store: Arc::new(Memory::new()),
            clock,
            keys: Keys::from_master([7; 32]),
            outbox: Arc::clone(&mailbox) as Arc<dyn crate::world::mail::Outbox>,
            settings: Settings { clock_door, ..Settings::default() },
        });
        handler(8443, mailbox, server)
    }

    fn movable() -> (Clock, listen::Handler) {
        let clock = Clock::standing_at(Timestamp::from_seconds(1_800_000_000));
        (clock.clone(), home_of(clock, Some(Door::default())))
    }

    async fn ask(home: &listen::Handler, request: http::request::Builder, body: &str) -> (Response<()>, String) {
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let (head, body) = home(request, Connection::default()).await.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (Response::from_parts(head, ()), String::from_utf8(body.to_vec()).unwrap())
    }

    fn get(path: &str) -> http::request::Builder {
        Request::get(path).header("host", HOME)
    }

    fn post() -> http::request::Builder {
        Request::post("/clock").header("host", HOME)
    }

    #[tokio::test]
    async fn each_button_moves_the_clock_as_far_as_it_says() {
        let (clock, home) = movable();
        let (response, page) = ask(&home, get("/"), "").await;
        assert!(page.contains("2027-01-15 08:00:00Z"), "{page}");
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("form-action 'self';") && !policy.contains("script-src"), "{policy}");
        let buttons: Vec<&str> =
            page.split("name=\"by\" value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(buttons, ["15m", "1h", "1d", "30d", "90d"]);
        for by in buttons {
            let before = clock.ahead();
            let request = post().header("origin", "https://localhost:8446").header("sec-fetch-site", "same-origin");
            let (response, _) = ask(&home, request, &format!("by={by}")).await;
            assert_eq!(
                (response.status(), &response.headers()["location"]),
                (StatusCode::SEE_OTHER, &"/".parse().unwrap())
            );
            assert_eq!(Some(Span(clock.ahead() - before)), Span::parse(by));
        }
        assert!(ask(&home, get("/"), "").await.1.contains("121d1h15m ahead of this computer"));
        assert!(ask(&home, get("/").header("accept-language", "es-ES"), "").await.1.contains("121d1h15m por delante"));
    }

    #[tokio::test]
    async fn no_web_site_presses_a_button() {
        let (clock, home) = movable();
        type Headers = &'static [(&'static str, &'static str)];
        let rows: [(&str, Headers, u16); 9] = [
            (HOME, &[("origin", "https://evil.example")], 403),
            (HOME, &[("origin", "null")], 403),
            (HOME, &[("origin", "https://localhost:8444"), ("sec-fetch-site", "same-site")], 403),
            (HOME, &[("origin", "https://localhost:8446"), ("sec-fetch-site", "cross-site")], 403),
            (HOME, &[("sec-fetch-site", "cross-site")], 403),
            (HOME, &[("sec-fetch-site", "same-site")], 403),
            ("evil.example:8446", &[], 404),
            ("evil.example:8446", &[("origin", "https://evil.example:8446"), ("sec-fetch-site", "same-origin")], 404),
            ("localhost:8443", &[], 404),
        ];
        for (host, headers, expected) in rows {
            let request = Request::post("/clock").header("host", host);
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            let (response, text) = ask(&home, request, "by=1d").await;
            assert_eq!(response.status().as_u16(), expected, "{host} {headers:?}: {text}");
            assert!(!response.headers().contains_key("access-control-allow-origin"));
        }
        assert_eq!(ask(&home, Request::post("/clock"), "by=1d").await.0.status(), StatusCode::NOT_FOUND);
        assert_eq!(ask(&home, get("/clock"), "").await.0.status(), StatusCode::NOT_FOUND);
        assert_eq!(ask(&home, post(), "by=soon").await.0.status(), StatusCode::BAD_REQUEST);
        assert_eq!(clock.ahead(), Duration::ZERO);
    }

    #[tokio::test]
    async fn where_the_clock_is_the_machines_there_is_no_button() {
        let home = home_of(Clock::System, None);
        let (response, page) = ask(&home, get("/"), "").await;
        assert!(page.contains("zaguan demo --clock virtual") && !page.contains("<form"), "{page}");
        assert!(response.headers()["content-security-policy"].to_str().unwrap().contains("form-action 'none'"));
        assert_eq!(ask(&home, post(), "by=1d").await.0.status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn the_page_goes_by_the_clock_that_it_moves() {
        let (clock, home) = movable();
        clock.move_on(Move::By(Span(Duration::from_secs(86_400)))).unwrap();
        assert!(ask(&home, get("/"), "").await.1.contains("2027-01-16 08:00:00Z"));
    }
}
