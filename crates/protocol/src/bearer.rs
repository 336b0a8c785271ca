//! Bearer tokens that come back: how they are presented, and how they are refused (RFC 6750).

use crate::errors::{Code, OAuthError};
use crate::jose::JoseError;
use std::borrow::Cow;

/// The token of a request, by its `Authorization` headers and its form's `access_token`. A query is never looked at:
/// addresses are written down in too many places (RFC 6750 §2.3). `None`: the request shows no token at all.
///
/// # Errors
/// `invalid_request` for a token that is shown twice, or that cannot be one by its letters.
pub fn presented<'a>(
    authorization: impl IntoIterator<Item = &'a str>,
    in_form: Option<&'a str>,
) -> Result<Option<&'a str>, OAuthError> {
    let mut headers = authorization.into_iter();
    let (first, another) = (headers.next(), headers.next());
    if another.is_some() {
        return Err(invalid_request("there are two `Authorization` headers"));
    }
    let (scheme, rest) = first.map_or(("", ""), |header| header.split_once(' ').unwrap_or((header, "")));
    // Another scheme than Bearer shows no token.
    let in_header = scheme.eq_ignore_ascii_case("Bearer").then_some(rest.trim());
    let token = match (in_header, in_form) {
        (Some(_), Some(_)) => return Err(invalid_request("the token is in the header and in the form; send it once")),
        (None, None) => return Ok(None),
        (Some(token), None) | (None, Some(token)) => token,
    };
    match is_token(token) {
        true => Ok(Some(token)),
        false => Err(invalid_request("send the access token as `Authorization: Bearer` and the token, nothing else")),
    }
}

/// `b64token` of RFC 6750 §2.1: letters, digits and `-._~+/`, then any number of `=`.
fn is_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

fn invalid_request(reason: &str) -> OAuthError {
    OAuthError::new(Code::RequestInvalid, &[reason])
}

/// The refusal of a token, as `invalid_token`: expired, revoked, or none of ours.
#[must_use]
pub fn invalid_token(code: Code, reason: &str) -> OAuthError {
    OAuthError { error: Cow::Borrowed("invalid_token"), ..OAuthError::saying(code, reason) }
}

/// The refusal of a good token that does not open this door, as `insufficient_scope`.
#[must_use]
pub fn insufficient_scope(code: Code, reason: &str) -> OAuthError {
    OAuthError { error: Cow::Borrowed("insufficient_scope"), ..OAuthError::saying(code, reason) }
}

/// The refusal of a token that failed this check.
#[must_use]
pub fn token_refused(error: JoseError) -> OAuthError {
    let code = match error {
        JoseError::Expired => Code::TokenExpired,
        JoseError::WrongAudience => Code::TokenAudience,
        JoseError::WrongIssuer => Code::TokenIssuer,
        JoseError::WrongSignature | JoseError::UnknownKey => Code::TokenSignature,
        _ => Code::TokenMalformed,
    };
    invalid_token(code, &format!("the token is not accepted: {error}"))
}

/// The HTTP status of a refusal at a protected endpoint (RFC 6750 §3.1).
#[must_use]
pub fn status(error: &OAuthError) -> u16 {
    match &*error.error {
        "invalid_token" => 401,
        "insufficient_scope" => 403,
        _ => error.code.status(),
    }
}

/// The value of `WWW-Authenticate`. Without an error for a request that shows no token: it learns how, and nothing else.
#[must_use]
pub fn challenge(realm: &str, error: Option<&OAuthError>) -> String {
    let realm = quotable(realm);
    match error {
        None => format!(r#"Bearer realm="{realm}""#),
        Some(error) => format!(
            r#"Bearer realm="{realm}", error="{}", error_description="{}""#,
            quotable(&error.error),
            quotable(&format!("{}: {}", error.code, error.message))
        ),
    }
}

/// What may stand between the quotes: printable ASCII without `"` and `\` (RFC 6750 §3).
fn quotable(text: &str) -> String {
    text.chars()
        .take(500)
        .map(|letter| match letter {
            '"' | '\\' => '\'',
            ' '..='~' => letter,
            _ => '?',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_token_is_shown_once_in_the_header_or_in_the_form() {
        for (headers, form, expected) in [
            (&[][..], None, Ok(None)),
            (&["Bearer a.b.c"], None, Ok(Some("a.b.c"))),
            (&["bearer a"], None, Ok(Some("a"))),
            (&["BEARER   a-._~+/=="], None, Ok(Some("a-._~+/=="))),
            (&[], Some("a"), Ok(Some("a"))),
            (&["Basic YTpi"], None, Ok(None)),
            (&["Basic YTpi"], Some("a"), Ok(Some("a"))),
            (&["Bearera"], None, Ok(None)),
            (&[""], None, Ok(None)),
            (&["Bearer"], None, Err(())),
            (&["Bearer "], None, Err(())),
            (&["Bearer a b"], None, Err(())),
            (&["Bearer a,b"], None, Err(())),
            (&["Bearer \"a\""], None, Err(())),
            (&["Bearer ="], None, Err(())),
            (&["Bearer a=b"], None, Err(())),
            (&["Bearer a"], Some("a"), Err(())),
            (&["Bearer a", "Bearer a"], None, Err(())),
            (&["Bearer a", "Basic b"], None, Err(())),
            (&[], Some("a b"), Err(())),
        ] {
            let found = presented(headers.iter().copied(), form);
            assert_eq!(found.clone().map_err(|_| ()), expected, "{headers:?} {form:?}");
            if let Err(error) = found {
                assert_eq!((&*error.error, status(&error)), ("invalid_request", 400));
            }
        }
    }

    #[test]
    fn refusals_say_which_status_and_why() {
        assert_eq!(challenge("t.example", None), r#"Bearer realm="t.example""#);
        for (error, expected) in [
            (JoseError::Expired, (401, Code::TokenExpired)),
            (JoseError::WrongIssuer, (401, Code::TokenIssuer)),
            (JoseError::WrongAudience, (401, Code::TokenAudience)),
            (JoseError::UnknownKey, (401, Code::TokenSignature)),
            (JoseError::TooLong, (401, Code::TokenMalformed)),
        ] {
            let refused = token_refused(error);
            assert_eq!((status(&refused), refused.code), expected);
        }
        let forbidden = insufficient_scope(Code::TokenAudience, "no");
        assert_eq!(status(&forbidden), 403);
        assert_eq!(
            challenge("t", Some(&forbidden)),
            r#"Bearer realm="t", error="insufficient_scope", error_description="AADB2C90237: no""#
        );
    }

    proptest! {
        #[test]
        fn whatever_is_said_stays_between_its_quotes(realm in ".*", reason in ".*") {
            let text = challenge(&realm, Some(&invalid_token(Code::TokenMalformed, &reason)));
            prop_assert_eq!(text.matches('"').count(), 6);
            prop_assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'\\'));
        }

        #[test]
        fn what_is_read_is_what_was_sent(header in "\\PC{0,60}", form in proptest::option::of("\\PC{0,20}")) {
            if let Ok(Some(token)) = presented([header.as_str()], form.as_deref()) {
                prop_assert!(header.ends_with(token) || header.trim_end().ends_with(token) || form.as_deref() == Some(token));
                prop_assert!(token.bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
