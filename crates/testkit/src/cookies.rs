//! A cookie jar by the rules (RFC 6265bis): host-only cookies, paths, `Secure`, `SameSite`, ages on the
//! shared clock.

use std::time::Duration;

use zaguan_policy::Timestamp;

/// One cookie of one host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cookie {
    /// Host without port: cookies ignore ports.
    pub host: String,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// When it goes; `None`: with the browser.
    pub expires: Option<Timestamp>,
    /// Sent along with requests that other sites cause.
    pub cross_site: CrossSite,
}

/// `SameSite`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CrossSite {
    /// `None`: always.
    Always,
    /// `Lax`: with top-level navigations only.
    TopLevel,
    /// `Strict`: never.
    Never,
}

/// How a request came about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The person typed the address, or the page is of the same site.
    SameSite,
    /// A link or a redirect from another site, in the address bar.
    TopLevel,
    /// A form of another site that posts.
    CrossSitePost,
    /// A frame in a page of another site.
    Frame,
}

/// The cookies of a browser.
#[derive(Clone, Default, Debug)]
pub struct CookieJar(Vec<Cookie>);

impl CookieJar {
    /// Keeps what a response to `host` sets, if a browser would.
    pub fn set(&mut self, host: &str, header: &str, now: Timestamp) {
        let mut parts = header.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let mut cookie = Cookie {
            host: bare(host),
            name: name.to_owned(),
            value: value.to_owned(),
            expires: None,
            cross_site: CrossSite::TopLevel,
        };
        let (mut secure, mut path, mut domain) = (false, None, false);
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            match key.to_ascii_lowercase().as_str() {
                "max-age" => {
                    let seconds: u64 = value.parse().unwrap_or(0);
                    cookie.expires = Some(now + Duration::from_secs(seconds));
                }
                "samesite" => {
                    cookie.cross_site = match value.to_ascii_lowercase().as_str() {
                        "none" => CrossSite::Always,
                        "strict" => CrossSite::Never,
                        _ => CrossSite::TopLevel,
                    }
                }
                "secure" => secure = true,
                "path" => path = Some(value),
                "domain" => domain = true,
                _ => {}
            }
        }
        // A browser drops a `__Host-` cookie that is not the host's alone, and `SameSite=None` without TLS.
        let host_only = secure && path == Some("/") && !domain;
        if (name.starts_with("__Host-") && !host_only) || (cookie.cross_site == CrossSite::Always && !secure) {
            return;
        }
        self.0.retain(|known| !(known.host == cookie.host && known.name == cookie.name));
        if cookie.expires.is_none_or(|at| at > now) {
            self.0.push(cookie);
        }
    }

    /// The `Cookie` header for a request.
    pub fn header(&self, host: &str, cause: Cause, now: Timestamp) -> Option<String> {
        let sent = |cookie: &&Cookie| {
            let allowed = match (cookie.cross_site, cause) {
                (_, Cause::SameSite) | (CrossSite::Always, _) | (CrossSite::TopLevel, Cause::TopLevel) => true,
                (CrossSite::TopLevel | CrossSite::Never, _) => false,
            };
            cookie.host == bare(host) && cookie.expires.is_none_or(|at| at > now) && allowed
        };
        let pairs: Vec<String> =
            self.0.iter().filter(sent).map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Closes the browser: what was not to be kept is gone.
    pub fn close(&mut self) {
        self.0.retain(|cookie| cookie.expires.is_some());
    }

    /// All cookies.
    pub fn all(&self) -> &[Cookie] {
        &self.0
    }

    /// Changes the value of every cookie whose name begins so.
    pub fn tamper(&mut self, prefix: &str, change: impl Fn(&str) -> String) {
        for cookie in self.0.iter_mut().filter(|cookie| cookie.name.starts_with(prefix)) {
            cookie.value = change(&cookie.value);
        }
    }

    /// Removes every cookie whose name does not begin so.
    pub fn keep_only(&mut self, prefix: &str) {
        self.0.retain(|cookie| cookie.name.starts_with(prefix));
    }
}

fn bare(host: &str) -> String {
    host.rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(h, _)| h)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules() {
        let now = Timestamp::from_seconds(0);
        let mut jar = CookieJar::default();
        jar.set("h:1", "__Host-a=1; Path=/; Secure; SameSite=None", now);
        jar.set("h:1", "__Host-b=1; Path=/x; Secure", now);
        jar.set("h:1", "c=1; Max-Age=60; SameSite=Lax", now);
        jar.set("h:1", "d=1; SameSite=None", now);
        assert_eq!(jar.header("h:2", Cause::SameSite, now).as_deref(), Some("__Host-a=1; c=1"));
        assert_eq!(jar.header("h:2", Cause::Frame, now).as_deref(), Some("__Host-a=1"));
        assert_eq!(jar.header("h:2", Cause::TopLevel, now).as_deref(), Some("__Host-a=1; c=1"));
        assert_eq!(jar.header("other", Cause::SameSite, now), None);
        assert_eq!(jar.header("h", Cause::SameSite, Timestamp::from_seconds(60)).as_deref(), Some("__Host-a=1"));
        jar.close();
        assert_eq!(jar.header("h", Cause::SameSite, now).as_deref(), Some("c=1"));
        jar.set("h", "c=; Max-Age=0", now);
        assert_eq!(jar.all(), []);
    }
}
