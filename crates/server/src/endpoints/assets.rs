//! Styles and scripts of our own pages.

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};

use crate::{
    call::{Call, content, empty},
    errors::Fault,
    pages,
};

/// One file, with its tag: pages name it by a tag that changes with it.
pub(crate) fn asset(name: &str, call: &Call) -> Result<Response<Body>, Fault> {
    let (kind, bytes, tag) = pages::asset(name).ok_or_else(Fault::nowhere)?;
    let mut response = match call.header("if-none-match") == Some(tag) {
        true => empty(StatusCode::NOT_MODIFIED),
        false => content(StatusCode::OK, kind, bytes),
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, HeaderValue::from_static(tag));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    Ok(response)
}
