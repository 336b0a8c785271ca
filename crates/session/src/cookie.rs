//! What the browser holds: `id.secret`.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// Names a session. Not a secret: apps get it as `sid`, and it opens nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(Box<str>);

impl SessionId {
    /// From 16 random bytes' text form, or from the store.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// As it stands in cookies, tokens and the store.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

/// The cookie's content. The store keeps the id and a hash of the secret.
pub struct SessionToken {
    /// Which session.
    pub id: SessionId,
    secret: Box<str>,
}

impl SessionToken {
    /// The longest value that is looked at.
    const LONGEST: usize = 200;

    /// A new cookie for a session. The secret has at least 128 random bits.
    pub fn new(id: SessionId, secret: &str) -> Self {
        Self { id, secret: secret.into() }
    }

    /// Reads a cookie. Anything that is not of our making is `None` (S-014).
    pub fn parse(cookie: &str) -> Option<Self> {
        let (id, secret) = cookie.split_once('.')?;
        let ours =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        (cookie.len() <= Self::LONGEST && ours(id) && ours(secret)).then(|| Self::new(SessionId::new(id), secret))
    }

    /// For hashing, and for nothing else.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The cookie's value.
    pub fn to_cookie(&self) -> String {
        format!("{}.{}", self.id, self.secret)
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.(secret)", self.id)
    }
}

/// How long the browser is told to keep the cookie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CookieAge {
    /// S-012: without `Expires` and `Max-Age`. The server knows the lifetime.
    Browser,
    /// S-034: kept when the browser closes, for this long.
    Kept(Duration),
}

impl CookieAge {
    /// A browser holds at most so many session cookies of ours for one host.
    pub const MOST_SESSIONS: usize = 20;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_014_only_our_own_form_is_read() {
        let token = SessionToken::parse("aB-_9.c2VjcmV0").unwrap();
        assert_eq!((token.id.as_str(), token.secret()), ("aB-_9", "c2VjcmV0"));
        assert_eq!(token.to_cookie(), "aB-_9.c2VjcmV0");
        for foreign in ["", ".", "a.", ".b", "a", "a.b.c", "a.b c", "\"a.b\"", "a.é", &format!("a.{}", "b".repeat(300))]
        {
            assert!(SessionToken::parse(foreign).is_none(), "{foreign}");
        }
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", SessionToken::new(SessionId::new("a"), "hush")), "a.(secret)");
    }
}
