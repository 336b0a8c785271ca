//! Where a browser goes back to: a page of this app and of nobody else.

use serde::{Deserialize, Serialize};
use url::Url;

/// A path of this app, with its query. The only constructor refuses everything that a browser could read as another host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReturnPath(String);

impl ReturnPath {
    /// The path as a browser at `base` would understand it, if it stays there.
    pub(crate) fn parse(text: &str, base: &Url) -> Option<Self> {
        // Browsers drop tabs and line ends and read `\` as `/`; so does this parser, and only its reading is kept.
        let url = base.join(text).ok()?;
        let stays = text.starts_with('/') && url.origin() == base.origin() && url.username().is_empty();
        let path = &url[url::Position::BeforePath..];
        (stays && !path.starts_with("//") && path.len() <= LONGEST).then(|| Self(path.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Longer ones would not fit into the cookie that carries them.
const LONGEST: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_at_home() {
        let base = Url::parse("https://shop.example:8444").unwrap();
        for (given, expected) in [
            ("/", Some("/")),
            ("/orders?id=1&x=%2F#top", Some("/orders?id=1&x=%2F#top")),
            ("/a/../b", Some("/b")),
            ("//evil.example/", None),
            ("/\\evil.example/", None),
            ("/\t/evil.example/", None),
            ("/..//evil.example", None),
            ("/.//evil.example", None),
            ("https://evil.example/", None),
            ("https://shop.example:8444/x", None),
            ("javascript:alert(1)", None),
            ("orders", None),
            ("", None),
            ("/\r\nSet-Cookie: a=b", Some("/Set-Cookie:%20a=b")),
        ] {
            let parsed = ReturnPath::parse(given, &base);
            assert_eq!(parsed.as_ref().map(ReturnPath::as_str), expected, "{given:?}");
        }
        assert_eq!(ReturnPath::parse(&format!("/{}", "a".repeat(2000)), &base), None);
    }
}
