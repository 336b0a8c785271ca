//! The demo's front page and its mailbox.

use std::sync::Arc;

use axum::body::Body;
use http::{Request, Response, StatusCode};

use super::{APPS, PEOPLE};
use crate::{
    call, chance, listen,
    pages::{self, DemoAppView, DemoHomeView, DemoPersonView, MailView, MailboxView},
    world::mail::Mailbox,
};

/// Answers requests to the demo's own port.
pub(super) fn handler(port: u16, mailbox: Arc<Mailbox>) -> listen::Handler {
    Arc::new(move |request, _| {
        let mailbox = Arc::clone(&mailbox);
        Box::pin(async move { answer(&request, port, &mailbox) })
    })
}

fn answer(request: &Request<Body>, port: u16, mailbox: &Mailbox) -> Response<Body> {
    let language = match request.headers().get("accept-language").and_then(|value| value.to_str().ok()) {
        Some(wanted) if wanted.trim_start().to_lowercase().starts_with("es") => "es",
        _ => "en",
    };
    let path = request.uri().path();
    match path {
        "/" => call::page(StatusCode::OK, pages::demo_home(&home(port, language), &chance::name())),
        "/mailbox" => {
            let refresh = request.uri().query().and_then(|query| query.strip_prefix("refresh=")?.parse().ok());
            call::page(StatusCode::OK, pages::mailbox(&mailbox_view(mailbox, language, refresh), &chance::name()))
        }
        "/mailbox.json" => {
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
            None => call::content(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "There is nothing here.\n"),
        },
    }
}

fn home(port: u16, language: &str) -> DemoHomeView {
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
        people: PEOPLE
            .iter()
            .map(|person| DemoPersonView {
                name: person.name.into(),
                sign_in_name: person.email.into(),
                password: person.password.into(),
            })
            .collect(),
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
