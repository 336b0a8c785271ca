//! `/dev/clock`: for people who develop apps, the door to the clock.
//!
//! There is one where [`Settings::clock_door`](crate::server::Settings) says so: in `zaguan demo --clock virtual`. Any web
//! site can make a browser post to this machine, so a post has to come from a program or from a page of ours.

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use zaguan_protocol::params::Params;

use crate::{
    call::{self, Call},
    clock::{Clock, Move, NotMoved, Span, instant},
    errors::Fault,
    route::Route,
    server::Server,
};

/// What moves a clock is short.
pub(crate) const LARGEST_WISH: usize = 4096;

const FORM: &str = "application/x-www-form-urlencoded";

/// What the door answers.
#[derive(serde::Serialize)]
struct Told {
    /// RFC 3339, UTC.
    now: String,
    ahead_seconds: u64,
}

/// Says what time it is, or moves the clock on.
pub(crate) async fn answer(server: &Server, call: &Call) -> Result<Response<Body>, Fault> {
    // Whoever got here by a name that is not ours may be a page whose name was made to lead here (DNS rebinding).
    if !server.tenants().iter().any(|tenant| tenant.hosts.contains(&call.host)) {
        return Err(Fault::nowhere());
    }
    let Some(door) = &server.settings().clock_door else {
        return Ok(text(
            StatusCode::NOT_FOUND,
            "this server has no door to its clock: only `zaguan demo --clock virtual` has one",
        ));
    };
    match call.method {
        Method::GET | Method::HEAD => Ok(told(server.clock())),
        Method::POST => {
            let own = call.origin();
            let allowed: Vec<&str> = door.origins.iter().map(String::as_str).chain([own.as_str()]).collect();
            if !is_welcome(&call.headers, &allowed) {
                return Ok(refused_origin(&allowed));
            }
            Ok(match move_clock(server.clock(), &call.form).await {
                Ok(()) => told(server.clock()),
                Err(refused) => refused,
            })
        }
        _ => Err(Fault::method_not_allowed()),
    }
}

/// Whether a request to move the clock comes from a program, which says nothing of where it comes from, or from a page of
/// these origins. Browsers say `Origin` with every post, and `Sec-Fetch-Site` since 2023 at the latest.
pub(crate) fn is_welcome(headers: &HeaderMap, origins: &[&str]) -> bool {
    let is_allowed = |origin: &HeaderValue| origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes());
    let from_a_page = headers.contains_key(header::ORIGIN);
    headers.get_all(header::ORIGIN).iter().all(is_allowed)
        && headers.get_all("sec-fetch-site").iter().all(|site| match site.as_bytes() {
            b"same-origin" | b"none" => true,
            // Ports of one host are one site: only the origin tells the demo's pages from somebody else's server.
            b"same-site" => from_a_page,
            _ => false,
        })
}

/// What a page is told that may not move the clock.
pub(crate) fn refused_origin(origins: &[&str]) -> Response<Body> {
    let origins = origins.join(" and ");
    text(
        StatusCode::FORBIDDEN,
        &format!(
            "a web page elsewhere made this request; the clock is moved by pages of {origins}, and by programs that send no `Origin`"
        ),
    )
}

/// Moves the clock as a form says, or says why not.
pub(crate) async fn move_clock(clock: &Clock, form: &Params) -> Result<(), Response<Body>> {
    let wanted = wanted(form).map_err(|problem| text(StatusCode::BAD_REQUEST, &problem))?;
    let moving = clock.clone();
    // It waits for the disk.
    let moved = tokio::task::spawn_blocking(move || moving.move_on(wanted)).await;
    let refused = match moved {
        Ok(Ok(())) => {
            tracing::info!(now = %clock.now(), ahead = %Span(clock.ahead()), "moved the clock");
            return Ok(());
        }
        Ok(Err(refused)) => refused,
        Err(cause) => NotMoved::NotKept(std::io::Error::other(cause)),
    };
    let status = match &refused {
        NotMoved::Machine => StatusCode::NOT_FOUND,
        NotMoved::Backward(_) | NotMoved::TooFar => StatusCode::BAD_REQUEST,
        NotMoved::NotKept(cause) => {
            tracing::error!(%cause, "could not keep how far ahead the clock is");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    Err(text(status, &refused.to_string()))
}

const ALLOWED: &str = "send `by`, days, hours, minutes and seconds in this order such as `90d`, `36h`, `1d12h` or `20s`, or `to`, an \
                       instant in UTC such as `2026-05-01T12:00:00Z`, as a form or as a JSON object of texts";

fn wanted(form: &Params) -> Result<Move, String> {
    let read =
        |given: &str, moved: Option<Move>| moved.ok_or_else(|| format!("`{given}` is not understood; {ALLOWED}"));
    let short = |given: &str| given.chars().take(100).collect::<String>();
    match (form.get("by"), form.get("to")) {
        (Some(by), None) => read(&short(by), Span::parse(by).map(Move::By)),
        (None, Some(to)) => read(&short(to), instant(to).map(Move::To)),
        (Some(_), Some(_)) => Err(format!("`by` and `to` are two wishes at once; {ALLOWED}")),
        (None, None) => Err(format!("it is not said where to move the clock; {ALLOWED}")),
    }
}

/// No other endpoint takes JSON: for this one, an object of texts becomes the form that it stands for. What is none stays
/// as it is, and is not understood later.
pub(crate) async fn json_as_form(request: Request<Body>) -> Request<Body> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if !is_json || Route::parse(request.uri().path(), None) != Some(Route::DevClock) {
        return request;
    }
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_WISH).await.unwrap_or_default();
    let Ok(fields) = serde_json::from_slice::<BTreeMap<String, String>>(&body) else {
        return Request::from_parts(parts, Body::empty());
    };
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(FORM));
    parts.headers.remove(header::CONTENT_LENGTH);
    Request::from_parts(parts, Body::from(form))
}

fn told(clock: &Clock) -> Response<Body> {
    let told = Told { now: clock.now().to_error_form().replace(' ', "T"), ahead_seconds: clock.ahead().as_secs() };
    call::json(StatusCode::OK, &told)
}

fn text(status: StatusCode, text: &str) -> Response<Body> {
    call::content(status, "text/plain; charset=utf-8", format!("{text}\n"))
}
