//! One request as endpoints see it, and the small change of responses.

use std::net::{IpAddr, Ipv4Addr};

use axum::body::{Body, to_bytes};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use zaguan_policy::Timestamp;
use zaguan_protocol::params::Params;

use crate::{chance, cookies::Cookies, errors::Fault, server::Server};

/// What the socket knows of a request.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// Who is at the other end.
    pub peer: IpAddr,
}

impl Default for Connection {
    fn default() -> Self {
        Self { peer: IpAddr::V4(Ipv4Addr::LOCALHOST) }
    }
}

/// A request, read and bounded.
pub(crate) struct Call {
    /// Its method.
    pub method: Method,
    /// Its path, percent-decoded nowhere.
    pub path: String,
    /// Its query.
    pub query: Params,
    /// Its form; empty for anything that is not one.
    pub form: Params,
    /// Both, for endpoints that take either.
    pub both: Params,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its cookies.
    pub cookies: Cookies,
    /// Host with port where not 443, lower case, as the browser knows it.
    pub host: String,
    /// The person's network address.
    pub from: String,
    /// When it came.
    pub now: Timestamp,
    /// In every log line and every error.
    pub correlation_id: String,
    strict_transport_security: bool,
}

/// The most that a request may send. R-26: a `state` of 8 KB is well within.
const LARGEST_BODY: usize = 256 * 1024;
const LONGEST_TARGET: usize = 64 * 1024;

impl Call {
    pub(crate) async fn read(server: &Server, request: Request<Body>, connection: Connection) -> Result<Self, Fault> {
        let (parts, body) = request.into_parts();
        if parts.uri.path_and_query().is_some_and(|target| target.as_str().len() > LONGEST_TARGET) {
            return Err(Fault::too_large());
        }
        let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let trusted = server.settings().trusted_proxies.contains(&connection.peer);
        let forwarded = |name: &'static str| {
            let value = parts.headers.get(name).filter(|_| trusted)?.to_str().ok()?;
            Some(value.split(',').next()?.trim().to_owned())
        };
        let host = forwarded("x-forwarded-host")
            .or_else(|| parts.uri.authority().map(|authority| authority.as_str().to_owned()))
            .or_else(|| text(header::HOST).map(str::to_owned))
            .unwrap_or_default()
            .to_lowercase();
        let chain = parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let from = client(connection.peer, chain, &server.settings().trusted_proxies).to_string();
        let form_encoded = text(header::CONTENT_TYPE).is_some_and(|kind| {
            kind.split(';')
                .next()
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
        });
        let body = to_bytes(body, LARGEST_BODY).await.map_err(|_| Fault::too_large())?;
        let form = match form_encoded {
            true => std::str::from_utf8(&body).map_err(|_| Fault::malformed("the form is not UTF-8"))?,
            false => "",
        };
        let query = parts.uri.query().unwrap_or_default();
        let read = |params: Result<Params, _>| {
            params.map_err(|cause: zaguan_protocol::params::ParamsError| Fault::malformed(&cause.to_string()))
        };
        let both = read(Params::parse_query_and_form(query, form))?;
        let (query, form) = match form.is_empty() {
            true => (both.clone(), Params::default()),
            false => (read(Params::parse(query))?, read(Params::parse(form))?),
        };
        let cookies =
            Cookies::parse(parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()));
        Ok(Self {
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query,
            form,
            both,
            cookies,
            host: host.strip_suffix(":443").unwrap_or(&host).to_owned(),
            from,
            now: server.clock().now(),
            correlation_id: chance::guid(),
            strict_transport_security: server.settings().strict_transport_security,
            headers: parts.headers,
        })
    }

    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// True for posts by a page's script, which want JSON and not a page.
    pub(crate) fn is_by_script(&self) -> bool {
        self.header("x-requested-with").is_some_and(|by| by.eq_ignore_ascii_case("XMLHttpRequest"))
    }

    /// `https://` and the host. Apps and browsers reach us by TLS, whoever ends it.
    pub(crate) fn origin(&self) -> String {
        format!("https://{}", self.host)
    }

    /// Language tags of `ui_locales` and `Accept-Language`, the most wanted first.
    pub(crate) fn languages(&self, ui_locales: Option<&str>) -> Vec<String> {
        let mut wanted: Vec<String> = ui_locales.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        let mut accepted: Vec<(u16, &str)> = self
            .header("accept-language")
            .unwrap_or_default()
            .split(',')
            .take(20)
            .filter_map(|one| {
                let (tag, parameters) = one.split_once(';').unwrap_or((one, ""));
                let weight = match parameters.trim().strip_prefix("q=") {
                    Some(weight) => weight.parse::<f32>().ok().filter(|q| (0.0..=1.0).contains(q))?,
                    None => 1.0,
                };
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
                let weight = (weight * 1000.0) as u16;
                Some((weight, tag.trim())).filter(|(weight, tag)| *weight > 0 && !tag.is_empty() && *tag != "*")
            })
            .collect();
        accepted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        wanted.extend(accepted.into_iter().map(|(_, tag)| tag.to_owned()));
        wanted
    }

    /// The language of our own pages for this request.
    pub(crate) fn own_language(&self) -> String {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
        let known = |tag: &String| crate::pages::LANGUAGES.contains(&primary(tag).as_str());
        self.languages(self.query.get("ui_locales"))
            .iter()
            .find(|tag| known(tag))
            .map_or("en".into(), |tag| primary(tag))
    }

    /// Headers that every answer carries.
    pub(crate) fn with_common_headers(&self, mut response: Response<Body>) -> Response<Body> {
        let headers = response.headers_mut();
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        // Not `no-referrer`: Chromium would post forms with `Origin: null`.
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        if self.strict_transport_security && !is_local(&self.host) {
            let value = HeaderValue::from_static("max-age=31536000; includeSubDomains");
            headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
        }
        if !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        //
        let wanted = self.header("return-client-request-id").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if let Some(id) = self.headers.get("client-request-id").filter(|_| wanted) {
            headers.insert("client-request-id", id.clone());
        }
        if let Ok(id) = HeaderValue::from_str(&self.correlation_id) {
            headers.insert("x-ms-request-id", id);
        }
        response
    }
}

/// A response without a body.
pub(crate) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A response with a body.
pub(crate) fn content(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A JSON document.
pub(crate) fn json(status: StatusCode, body: &impl serde::Serialize) -> Response<Body> {
    let text = serde_json::to_string(body).unwrap_or_default();
    content(status, "application/json; charset=utf-8", text)
}

/// A page of ours, which nobody may frame.
pub(crate) fn page(status: StatusCode, rendered: crate::pages::Rendered) -> Response<Body> {
    let mut response = content(status, "text/html; charset=utf-8", rendered.html);
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&rendered.content_security_policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// Sends the browser on. R-47: without framing headers, so that hidden frames can follow.
pub(crate) fn redirect(status: StatusCode, to: &str) -> Response<Body> {
    let mut response = empty(status);
    // What is not a header value is not an address that we made.
    if let Ok(location) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// Adds a `Set-Cookie`.
pub(crate) fn add_cookie(response: &mut Response<Body>, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Whom a request came from. Every proxy adds whom it saw at the end of `X-Forwarded-For`: only what a trusted one
/// wrote is worth anything, and whoever stands before the first untrusted address was written by that one.
fn client<'h>(peer: IpAddr, chain: impl Iterator<Item = &'h str>, trusted: &[IpAddr]) -> IpAddr {
    let chain: Vec<Option<IpAddr>> =
        chain.flat_map(|value| value.split(',')).map(|text| text.trim().parse().ok()).collect();
    let mut from = peer;
    for seen in chain.into_iter().rev() {
        match seen {
            Some(seen) if trusted.contains(&from) => from = seen,
            _ => break,
        }
    }
    from
}

/// Whether a browser reaches this host on its own machine. A promise of TLS for it would bind every other program there.
fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    match address.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_a_trusted_proxys_word_counts() {
        let (proxy, inner, outside): (std::net::IpAddr, _, _) =
            ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap(), "203.0.113.9".parse().unwrap());
        let client = |peer, chain: &[&str]| super::client(peer, chain.iter().copied(), &[proxy, inner]);
        assert_eq!(client(outside, &["198.51.100.1"]), outside);
        assert_eq!(client(proxy, &[]), proxy);
        assert_eq!(client(proxy, &["203.0.113.9"]), outside);
        // What the client itself wrote stands before what the proxy added.
        assert_eq!(client(proxy, &["198.51.100.1, 203.0.113.9"]), outside);
        assert_eq!(client(proxy, &["198.51.100.1", "203.0.113.9, 10.0.0.2"]), outside);
        assert_eq!(client(proxy, &["nonsense"]), proxy);
    }

    #[test]
    fn hosts_of_this_machine() {
        for host in ["localhost", "localhost:8443", "app.localhost", "127.0.0.1:1", "[::1]:8443"] {
            assert!(super::is_local(host), "{host}");
        }
        for host in ["localhost.example", "id.contoso.example:8443", "127.0.0.1.example"] {
            assert!(!super::is_local(host), "{host}");
        }
    }
}
