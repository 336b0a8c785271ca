//! The parameters of a request, from a query or a form.

use crate::errors::{Code, OAuthError};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The decoded parameters of one request, in order. Those without a value are as if they were never sent
/// (RFC 6749 §3.1), and none of the protocol's own is there twice.
///
/// `Debug` shows the names only: values may be codes, tokens and passwords.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Params(Vec<(String, String)>);

/// The longest query or form that is read, in bytes.
pub const MOST_BYTES: usize = 64 * 1024;
/// The most parameters of one request.
pub const MOST_PARAMETERS: usize = 200;

impl Params {
    /// Reads `application/x-www-form-urlencoded` text: a query without its `?`, or a form.
    ///
    /// # Errors
    /// Too long, too many, not UTF-8, `%` without two hexadecimal digits, or a parameter of the protocol twice.
    pub fn parse(encoded: &str) -> Result<Self, ParamsError> {
        Self::parse_all(&[encoded])
    }

    /// Reads a query and a form as one: some clients leave parameters in the query of a post (R-14).
    ///
    /// # Errors
    /// As [`Params::parse`], the limits and the rule about repeats being for both together.
    pub fn parse_query_and_form(query: &str, form: &str) -> Result<Self, ParamsError> {
        Self::parse_all(&[query, form])
    }

    fn parse_all(parts: &[&str]) -> Result<Self, ParamsError> {
        if parts.iter().map(|part| part.len()).sum::<usize>() > MOST_BYTES {
            return Err(ParamsError::TooLong);
        }
        let pairs = || parts.iter().flat_map(|part| part.split('&')).filter(|pair| !pair.is_empty());
        if pairs().count() > MOST_PARAMETERS {
            return Err(ParamsError::TooMany);
        }
        let mut all: Vec<(String, String)> = Vec::new();
        for pair in pairs() {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (form_decode(name)?, form_decode(value)?);
            if value.is_empty() {
                continue;
            }
            if let Some(known) = ONCE.iter().find(|known| **known == name)
                && all.iter().any(|(other, _)| *other == name)
            {
                return Err(ParamsError::Repeated(known));
            }
            all.push((name, value));
        }
        Ok(Self(all))
    }

    /// The value of this parameter; the first, where it is none of the protocol's and was sent several times.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// All parameters in the order of the request, for `{OAUTH-KV:…}`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

/// Why parameters cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamsError {
    /// More than [`MOST_BYTES`].
    TooLong,
    /// More than [`MOST_PARAMETERS`].
    TooMany,
    /// A `%` that two hexadecimal digits do not follow, or bytes that are not UTF-8.
    Encoding,
    /// This parameter occurs twice (RFC 6749 §3.1).
    Repeated(&'static str),
}

impl fmt::Display for ParamsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "it is longer than {MOST_BYTES} bytes"),
            Self::TooMany => write!(f, "it has more than {MOST_PARAMETERS} parameters"),
            Self::Encoding => f.write_str("it is not percent-encoded UTF-8"),
            Self::Repeated(name) => write!(f, "the parameter `{name}` occurs twice"),
        }
    }
}

impl std::error::Error for ParamsError {}

impl From<ParamsError> for OAuthError {
    fn from(error: ParamsError) -> Self {
        Self::new(Code::RequestInvalid, &[&error.to_string()])
    }
}

/// The text behind `application/x-www-form-urlencoded`.
pub(crate) fn form_decode(text: &str) -> Result<String, ParamsError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (digits, after) = rest.split_first_chunk::<2>().ok_or(ParamsError::Encoding)?;
                rest = after;
                hexadecimal(digits[0])? << 4 | hexadecimal(digits[1])?
            }
            other => *other,
        });
    }
    String::from_utf8(bytes).map_err(|_| ParamsError::Encoding)
}

fn hexadecimal(digit: u8) -> Result<u8, ParamsError> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).ok_or(ParamsError::Encoding)
}

/// What the protocol gives a meaning to, so that two readers of a repeat could differ.
const ONCE: &[&str] = &[
    "acr_values",
    "claims",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_info",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "domain_hint",
    "grant_type",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "p",
    "password",
    "post_logout_redirect_uri",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
    "username",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decodes_strictly() {
        let read = Params::parse("a=1+2%2b3&&b=%C3%A9&c&d=&e=x=y&a=again&%66=%26").unwrap();
        let pairs: Vec<_> = read.iter().collect();
        assert_eq!(pairs, [("a", "1 2+3"), ("b", "é"), ("e", "x=y"), ("a", "again"), ("f", "&")]);
        assert_eq!((read.get("a"), read.get("c"), read.get("d")), (Some("1 2+3"), None, None));
        for wrong in ["a=%", "a=%2", "a=%zz", "a=%+1", "a=%C3", "%ff=1", "a=%C0%80"] {
            assert_eq!(Params::parse(wrong), Err(ParamsError::Encoding), "{wrong}");
        }
    }

    #[test]
    fn repeats_of_the_protocol_are_refused() {
        for name in ONCE {
            assert_eq!(Params::parse(&format!("{name}=1&x=2&{name}=1")), Err(ParamsError::Repeated(name)));
            assert!(Params::parse(&format!("{name}=&{name}=1")).is_ok(), "an empty one was never sent");
        }
        assert_eq!(Params::parse("client_id=1&client%5Fid=2"), Err(ParamsError::Repeated("client_id")));
        assert_eq!(Params::parse_query_and_form("state=1", "state=2"), Err(ParamsError::Repeated("state")));
        let both = Params::parse_query_and_form("p=1", "state=2").unwrap();
        assert_eq!((both.get("p"), both.get("state")), (Some("1"), Some("2")));
    }

    #[test]
    fn limits() {
        // R-26: a state of 8 KB and more passes.
        let state = "s".repeat(9000);
        assert_eq!(Params::parse(&format!("state={state}")).unwrap().get("state"), Some(state.as_str()));
        assert!(Params::parse(&format!("a={}", "x".repeat(MOST_BYTES - 2))).is_ok());
        assert_eq!(Params::parse(&format!("a={}", "x".repeat(MOST_BYTES - 1))), Err(ParamsError::TooLong));
        assert!(Params::parse(&vec!["a=1"; 200].join("&")).is_ok());
        assert_eq!(Params::parse(&vec!["a=1"; 201].join("&")), Err(ParamsError::TooMany));
    }

    #[test]
    fn shows_names_only() {
        let shown = format!("{:?}", Params::parse("password=hunter2&code=abc").unwrap());
        assert_eq!(shown, r#"["password", "code"]"#);
    }

    proptest! {
        #[test]
        fn reads_what_a_browser_writes(
            pairs in proptest::collection::vec(("[a-z]{1,8}x", "\\PC{1,30}"), 0..20),
        ) {
            let written = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            let read = Params::parse(&written).unwrap();
            prop_assert_eq!(read.0, pairs);
        }

        #[test]
        fn never_panics(text in "\\PC{0,60}|[%a-f0-9=&+]{0,40}") {
            let _ = Params::parse(&text);
        }
    }
}
