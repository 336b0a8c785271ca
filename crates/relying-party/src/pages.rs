//! The few pages of our own. No script, no style, nothing from elsewhere.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// Text as HTML shows it.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A page that says what happened, and offers one link.
pub(crate) fn notice(status: StatusCode, title: &str, text: &str, link: (&str, &str)) -> Response {
    let (address, label) = link;
    let body = format!("<p>{}</p><p><a href=\"{}\">{}</a></p>", escape(text), escape(address), escape(label));
    page(status, title, &body)
}

/// A page around a body that is HTML already.
pub(crate) fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let title = escape(title);
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    );
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // No `form-action`: browsers apply it to redirects after a post too, and sign-out ends at the provider.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    );
    private(headers);
    response
}

/// 303: whatever the method was, the browser gets the address.
pub(crate) fn see_other(address: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(address) else {
        tracing::error!("an address for a redirect holds characters that no header can");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    private(response.headers_mut());
    response
}

/// Not for caches, and its address (which may hold a code) not for the next site.
pub(crate) fn private(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}
