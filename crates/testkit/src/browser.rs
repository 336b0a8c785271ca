//! A virtual browser: cookies by the rules, redirects, forms, frames, the scripts of our pages.

use axum::body::Body;
use http::{Method, Request, Response, header};
use http_body_util::BodyExt;
use url::Url;

use crate::{
    cookies::{Cause, CookieJar},
    page::Page,
    town::Town,
};

/// A person's browser.
pub struct Browser<'t> {
    town: &'t Town,
    /// Its cookies.
    pub jar: CookieJar,
    /// `Accept-Language`.
    pub language: String,
    /// The person's network address is the last part of 192.0.2.0/24.
    pub address: u8,
}

/// Where a walk ended.
#[derive(Clone, Debug)]
pub enum Arrived {
    /// At a page.
    At(Page),
    /// On the way to an address outside the town: a redirect that a test reads.
    Outside(Url),
}

impl Arrived {
    /// The page.
    pub fn page(self) -> Page {
        match self {
            Self::At(page) => page,
            Self::Outside(url) => panic!("expected a page, and was sent to {url}"),
        }
    }

    /// The address outside.
    pub fn outside(self) -> Url {
        match self {
            Self::Outside(url) => url,
            Self::At(page) => {
                panic!("expected to be sent away, and is at {} ({}):\n{}", page.url, page.status, page.html)
            }
        }
    }
}

/// More redirects than this are a circle.
const MOST_HOPS: usize = 20;

impl<'t> Browser<'t> {
    pub(crate) fn new(town: &'t Town) -> Self {
        Self { town, jar: CookieJar::default(), language: "en".into(), address: 1 }
    }

    /// Opens an address that the person typed.
    pub async fn open(&mut self, url: &str) -> Arrived {
        let url = Url::parse(url).unwrap_or_else(|cause| panic!("{url}: {cause}"));
        self.walk(Method::GET, url, None, Cause::SameSite).await
    }

    /// Follows a link of a page.
    pub async fn follow(&mut self, page: &Page, to: &str) -> Arrived {
        let url = page.url.join(to).unwrap_or_else(|cause| panic!("{to}: {cause}"));
        let cause = cause_between(&page.url, &url, Cause::TopLevel);
        self.walk(Method::GET, url, None, cause).await
    }

    /// Posts a form of a page.
    pub async fn post(&mut self, page: &Page, to: &str, fields: &[(&str, &str)]) -> Arrived {
        let url = page.url.join(to).unwrap_or_else(|cause| panic!("{to}: {cause}"));
        let cause = cause_between(&page.url, &url, Cause::CrossSitePost);
        self.walk(Method::POST, url, Some(encode(fields)), cause).await
    }

    /// What the script of our pages does with a filled form: posts it, and moves on where it is accepted.
    pub async fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> Submitted {
        self.submit_with(page, fields, "false").await
    }

    /// The same, with the "keep me signed in" box ticked.
    pub async fn submit_and_keep(&mut self, page: &Page, fields: &[(&str, &str)]) -> Submitted {
        self.submit_with(page, fields, "true").await
    }

    async fn submit_with(&mut self, page: &Page, fields: &[(&str, &str)], remember_me: &str) -> Submitted {
        let mut all = vec![("request_type", "RESPONSE")];
        all.extend(fields);
        let reply = self.call(page, &all).await;
        if reply["status"] != "200" {
            return Submitted::Refused(reply["message"].as_str().unwrap_or_default().to_owned());
        }
        Submitted::Accepted(self.confirm(page, remember_me).await)
    }

    /// A call of the page's script; its JSON answer.
    pub async fn call(&mut self, page: &Page, fields: &[(&str, &str)]) -> serde_json::Value {
        let settings = page.settings().unwrap_or_else(|| panic!("no SETTINGS at {}:\n{}", page.url, page.html));
        let path =
            format!("{}/SelfAsserted?tx={}&p={}", settings.hosts.tenant, settings.trans_id, settings.hosts.policy);
        let url = page.url.join(&path).unwrap_or_else(|cause| panic!("{path}: {cause}"));
        let request = Request::post(url.as_str())
            .header("x-csrf-token", settings.csrf)
            .header("x-requested-with", "XMLHttpRequest");
        let response = self.send(request, &url, Some(encode(fields)), Cause::SameSite).await;
        let body = text(response).await;
        serde_json::from_str(&body).unwrap_or_else(|cause| panic!("{cause}: {body}"))
    }

    /// Leaves a page whose form was accepted.
    pub async fn confirm(&mut self, page: &Page, remember_me: &str) -> Arrived {
        self.navigate(page, "confirmed", &format!("rememberMe={remember_me}")).await
    }

    /// A link of one of our pages: `unified`, `forgotPassword`, `error`.
    pub async fn navigate(&mut self, page: &Page, verb: &str, query: &str) -> Arrived {
        let settings = page.settings().unwrap_or_else(|| panic!("no SETTINGS at {}:\n{}", page.url, page.html));
        let path = format!(
            "{}/api/{}/{verb}?{query}&csrf_token={}&tx={}&p={}",
            settings.hosts.tenant, settings.api, settings.csrf, settings.trans_id, settings.hosts.policy
        );
        self.follow(page, &path).await
    }

    /// Verifies an address of a page with the code from the mailbox.
    pub async fn verify(&mut self, page: &Page, claim: &str, address: &str) {
        let wanted = [("request_type", "VERIFICATION_REQUEST"), ("claim_id", claim), ("claim_value", address)];
        let sent = self.call(page, &wanted).await;
        assert_eq!(sent["status"], "200", "{sent}");
        let code = self.town.newest_code(address);
        let entered = [
            ("request_type", "VALIDATION_REQUEST"),
            ("claim_id", claim),
            ("claim_value", address),
            ("user_input", &code),
        ];
        let verified = self.call(page, &entered).await;
        assert_eq!(verified["status"], "200", "{verified}");
    }

    /// Closes the browser: session cookies are gone, kept ones stay.
    pub fn close(&mut self) {
        self.jar.close();
    }

    async fn walk(&mut self, method: Method, url: Url, body: Option<String>, cause: Cause) -> Arrived {
        let (mut method, mut url, mut body, mut cause) = (method, url, body, cause);
        for _ in 0..MOST_HOPS {
            if !self.town.has(&url) {
                return Arrived::Outside(url);
            }
            let request =
                Request::builder().method(method.clone()).uri(url.as_str()).header("sec-fetch-mode", "navigate");
            let response = self.send(request, &url, body.take(), cause).await;
            let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            if let Some(next) = location.and_then(|location| url.join(location).ok()) {
                // 303 after a post, and the habit of browsers for 302.
                method = Method::GET;
                cause = cause_between(&url, &next, Cause::TopLevel);
                url = next;
                continue;
            }
            let page = read(url.clone(), response).await;
            // A form that posts itself, as the script of its page would.
            if page.says("id=\"auto\"") {
                let Some((action, fields)) = page.form() else { return Arrived::At(page) };
                let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                if !self.town.has(&action) {
                    let mut outside = action;
                    outside.query_pairs_mut().extend_pairs(fields);
                    return Arrived::Outside(outside);
                }
                (method, body) = (Method::POST, Some(encode(&fields)));
                cause = cause_between(&url, &action, Cause::CrossSitePost);
                url = action;
                continue;
            }
            // A sign-out page: its frames load, then it goes on.
            let frames = page.frames();
            for frame in &frames {
                if let Ok(frame) = Url::parse(frame) {
                    self.load_frame(&page.url, &frame).await;
                }
            }
            if let Some(next) = page.goes_on_to().and_then(|next| url.join(&next).ok()) {
                method = Method::GET;
                cause = cause_between(&url, &next, Cause::TopLevel);
                url = next;
                continue;
            }
            return Arrived::At(page);
        }
        panic!("the browser was sent in circles, last to {url}");
    }

    async fn load_frame(&mut self, page: &Url, frame: &Url) {
        if self.town.has(frame) {
            let request = Request::get(frame.as_str()).header("sec-fetch-mode", "navigate");
            let cause = cause_between(page, frame, Cause::Frame);
            self.send(request, frame, None, cause).await;
        }
    }

    /// One request with the cookies that a browser would send; keeps the ones that come back.
    pub async fn send(
        &mut self,
        request: http::request::Builder,
        url: &Url,
        body: Option<String>,
        cause: Cause,
    ) -> Response<Body> {
        let host = host(url);
        let now = self.town.now();
        let mut request = request.header("host", &host).header("accept-language", &self.language);
        if let Some(cookies) = self.jar.header(&host, cause, now) {
            request = request.header("cookie", cookies);
        }
        if body.is_some() {
            request = request.header("content-type", "application/x-www-form-urlencoded; charset=UTF-8");
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap_or_else(|e| panic!("{url}: {e}"));
        let response = self.town.send(url, request, self.address).await;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            if let Ok(cookie) = cookie.to_str() {
                self.jar.set(&host, cookie, now);
            }
        }
        response
    }
}

/// What became of a form.
#[derive(Clone, Debug)]
pub enum Submitted {
    /// Accepted; and where that led.
    Accepted(Arrived),
    /// Refused, with this message.
    Refused(String),
}

impl Submitted {
    /// Where an accepted form led.
    pub fn accepted(self) -> Arrived {
        match self {
            Self::Accepted(arrived) => arrived,
            Self::Refused(message) => panic!("the form was refused: {message}"),
        }
    }

    /// The message of a refused form.
    pub fn refused(self) -> String {
        match self {
            Self::Refused(message) => message,
            Self::Accepted(_) => panic!("the form was accepted"),
        }
    }
}

/// Host with port.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Ports do not make a site: hosts of the same registrable domain are one.
fn cause_between(from: &Url, to: &Url, across: Cause) -> Cause {
    let site = |url: &Url| {
        let labels: Vec<String> =
            url.host_str().unwrap_or_default().split('.').rev().take(2).map(str::to_owned).collect();
        labels
    };
    if site(from) == site(to) { Cause::SameSite } else { across }
}

fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

async fn read(url: Url, response: Response<Body>) -> Page {
    let status = response.status().as_u16();
    let header = |name| response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let content_security_policy = header("content-security-policy");
    Page { url, status, html: text(response).await, content_security_policy }
}

/// The body as text.
pub async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
