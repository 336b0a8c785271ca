//! The browser's cookies: what they are called, how they are read and set.
//!
//! Cookies ignore ports, and two servers may run side by side on `localhost`; so every name carries a
//! short hash of what it belongs to.

use std::collections::BTreeMap;

use zaguan_protocol::crypto::{base64url, sha256};
use zaguan_session::{CookieAge, SessionKey};

/// The cookies of a request, by name. The first of two equal names counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cookies(BTreeMap<String, String>);

/// What a browser holds for one host at the most (sessions of ours).
pub(crate) const MOST_SESSIONS: usize = CookieAge::MOST_SESSIONS;

const SESSION_PREFIX: &str = "__Host-zg-s-";

impl Cookies {
    /// Reads `Cookie` headers.
    pub(crate) fn parse<'a>(headers: impl Iterator<Item = &'a str>) -> Self {
        let mut all = BTreeMap::new();
        for (name, value) in headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.split_once('=')) {
            all.entry(name.trim().to_owned()).or_insert_with(|| value.trim().to_owned());
        }
        Self(all)
    }

    /// The cookie's value.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Names and values of session cookies, whichever key and tenant they belong to.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter(|(name, _)| name.starts_with(SESSION_PREFIX)).map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

/// The cookie of the session under this key.
pub(crate) fn session_name(tenant: &str, host: &str, key: &SessionKey) -> String {
    format!("{SESSION_PREFIX}{}", short_hash(&[tenant, host, &key.to_string()]))
}

/// The cookie that binds visits to their browser.
pub(crate) fn browser_name(tenant: &str, host: &str) -> String {
    format!("__Host-zg-b-{}", short_hash(&[tenant, host]))
}

fn short_hash(parts: &[&str]) -> String {
    let digest = base64url::encode(sha256(parts.join("\0").as_bytes()));
    digest.chars().filter(char::is_ascii_alphanumeric).take(10).collect()
}

/// `Set-Cookie`. B-5: `SameSite=None`, because silent frames and posts from providers need it.
pub(crate) fn set(name: &str, value: &str, age: CookieAge) -> String {
    let kept = match age {
        CookieAge::Browser => String::new(),
        CookieAge::Kept(for_so_long) => format!("; Max-Age={}", for_so_long.as_secs()),
    };
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=None{kept}")
}

/// `Set-Cookie` that takes a cookie away.
pub(crate) fn clear(name: &str) -> String {
    format!("{name}=; Path=/; Secure; HttpOnly; SameSite=None; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_by_tenant_host_and_key() {
        let names = [
            session_name("t", "localhost:8443", &SessionKey::Tenant),
            session_name("t", "localhost:9443", &SessionKey::Tenant),
            session_name("u", "localhost:8443", &SessionKey::Tenant),
            session_name("t", "localhost:8443", &SessionKey::Policy("p".into())),
            session_name("t", "localhost:8443", &SessionKey::Policy("q".into())),
        ];
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
        assert_eq!(
            session_name("t", "h", &SessionKey::Policy("P".into())),
            session_name("t", "h", &SessionKey::Policy("p".into()))
        );
    }

    #[test]
    fn headers_are_read_as_browsers_write_them() {
        let cookies = Cookies::parse(["a=1; b=2", "c=x=y;a=3"].into_iter());
        assert_eq!((cookies.get("a"), cookies.get("b"), cookies.get("c")), (Some("1"), Some("2"), Some("x=y")));
    }
}
