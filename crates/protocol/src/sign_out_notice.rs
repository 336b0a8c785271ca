//! Telling an app, through the browser, that its session ended (OpenID Connect Front-Channel Logout §3).

use crate::return_address::{append_query, encode};

/// Which session ended, in the words that the app was given at sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedSession<'a> {
    /// The `iss` of the app's ID token, letter by letter.
    pub issuer: &'a str,
    /// The `sid` of the app's ID token.
    pub session_id: &'a str,
}

/// The address that a frame of the sign-out page loads: the app's logout URL, its own query kept, with `iss` and `sid`
/// when they are sent (D7: both or neither).
#[must_use]
pub fn front_channel(logout_url: &str, ended: Option<EndedSession<'_>>) -> String {
    match ended {
        None => logout_url.to_owned(),
        Some(EndedSession { issuer, session_id }) => {
            append_query(logout_url, &encode(&[("iss", issuer), ("sid", session_id)]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_or_neither() {
        let ended = EndedSession { issuer: "https://id.example/G/v2.0/", session_id: "s 1" };
        let sent = "iss=https%3A%2F%2Fid.example%2FG%2Fv2.0%2F&sid=s%201";
        for (logout_url, separator) in [
            ("https://shop.example/out", "?"),
            ("https://shop.example/out?a=b", "&"),
            ("https://shop.example/out?", ""),
            ("https://shop.example/out?a=b&", ""),
        ] {
            assert_eq!(front_channel(logout_url, Some(ended)), format!("{logout_url}{separator}{sent}"));
            assert_eq!(front_channel(logout_url, None), logout_url);
        }
    }
}
