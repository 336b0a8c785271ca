//! The cookies of this crate: one for the session, one for each sign-in under way.

use http::{HeaderMap, HeaderValue, header};
use zaguan_protocol::crypto::{base64url, sha256};

/// Names with a short hash of the client id, because cookies ignore ports: two apps on `localhost` must not meet.
#[derive(Clone, Debug)]
pub(crate) struct CookieNames {
    session: String,
    attempt_prefix: String,
}

impl CookieNames {
    pub(crate) fn of(client_id: &str) -> Self {
        let client = short_hash(client_id);
        Self { session: format!("__Host-{client}-session"), attempt_prefix: format!("__Host-rp-{client}-") }
    }

    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    /// The cookie of the sign-in with this state; several tabs have several.
    pub(crate) fn attempt(&self, state: &str) -> String {
        format!("{}{}", self.attempt_prefix, short_hash(state))
    }

    pub(crate) fn is_attempt(&self, name: &str) -> bool {
        name.starts_with(&self.attempt_prefix)
    }
}

fn short_hash(text: &str) -> String {
    base64url::encode(&sha256(text.as_bytes())[..6])
}

/// All cookies of a request.
pub(crate) fn all(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

/// The first cookie of this name.
pub(crate) fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    all(headers).find(|(other, _)| *other == name).map(|(_, value)| value)
}

/// How long a browser keeps a cookie.
#[derive(Clone, Copy)]
pub(crate) enum Keep {
    /// As long as it stays open.
    UntilClosed,
    Seconds(i64),
    /// Not at all.
    Remove,
}

/// Adds a `Set-Cookie` line. Name and value must be of the cookie alphabet, as all of ours are.
pub(crate) fn set(headers: &mut HeaderMap, name: &str, value: &str, keep: Keep) {
    let age = match keep {
        Keep::UntilClosed => String::new(),
        Keep::Seconds(seconds) => format!("; Max-Age={seconds}"),
        Keep::Remove => "; Max-Age=0".to_owned(),
    };
    let line = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{age}");
    match HeaderValue::from_str(&line) {
        Ok(line) => {
            headers.append(header::SET_COOKIE, line);
        }
        Err(_) => tracing::error!(cookie = name, "a cookie holds characters that no cookie can"),
    }
}

pub(crate) fn remove(headers: &mut HeaderMap, name: &str) {
    set(headers, name, "", Keep::Remove);
}

/// Whether the answer already says something about this cookie.
pub(crate) fn is_set(headers: &HeaderMap, name: &str) -> bool {
    let lines = headers.get_all(header::SET_COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines.filter_map(|line| line.split_once('=')).any(|(other, _)| other == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_browsers_send() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; b=x=y;c=3"));
        headers.append(header::COOKIE, HeaderValue::from_static("d; e="));
        assert_eq!(all(&headers).collect::<Vec<_>>(), [("a", "1"), ("b", "x=y"), ("c", "3"), ("e", "")]);
        assert_eq!((find(&headers, "b"), find(&headers, "d")), (Some("x=y"), None));
    }

    #[test]
    fn apps_on_one_host_do_not_meet() {
        let (one, other) = (CookieNames::of("one"), CookieNames::of("other"));
        assert_ne!(one.session(), other.session());
        assert!(one.is_attempt(&one.attempt("state")) && !other.is_attempt(&one.attempt("state")));
        assert!(!one.is_attempt(one.session()));
    }
}
