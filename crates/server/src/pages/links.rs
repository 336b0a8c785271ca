//! The addresses that a page of a journey calls (B2C's page protocol), for those who have no script.

use zaguan_journey::page::{PageKind, ProviderButton};

use super::PageContext;

/// Addresses of one page.
pub(super) struct Links<'a> {
    kind: PageKind,
    context: PageContext<'a>,
}

impl<'a> Links<'a> {
    pub(super) fn new(kind: PageKind, context: &PageContext<'a>) -> Self {
        Self { kind, context: *context }
    }

    /// Where the form goes.
    pub(super) fn submit(&self) -> String {
        format!("{}/SelfAsserted?{}", self.context.base_path, self.visit())
    }

    /// To the sign-up.
    pub(super) fn sign_up(&self) -> String {
        self.get("CombinedSigninAndSignup/unified", "local=signup&")
    }

    /// To the reset of a forgotten password.
    pub(super) fn forgot_password(&self) -> String {
        self.get("CombinedSigninAndSignup/forgotPassword", "")
    }

    /// To an identity provider.
    pub(super) fn provider(&self, button: &ProviderButton) -> String {
        let choice = format!("claimsexchange={}&", query_value(button.exchange.as_str()));
        self.get("CombinedSigninAndSignup/unified", &choice)
    }

    /// Back to the application, without an account.
    // OPEN: how B2C's cancel button calls home is not documented; AADB2C90091 is what the application gets.
    pub(super) fn cancel(&self) -> String {
        self.get(&format!("{}/error", self.kind.api()), "code=AADB2C90091&")
    }

    fn get(&self, call: &str, first: &str) -> String {
        let csrf = query_value(self.context.csrf);
        format!("{}/api/{call}?{first}csrf_token={csrf}&{}", self.context.base_path, self.visit())
    }

    fn visit(&self) -> String {
        format!("tx={}&p={}", query_value(self.context.tx), query_value(self.context.policy))
    }
}

/// Escapes a value of a query, and leaves `=` as it is: clients look for the literal `tx=StateProperties=`.
fn query_value(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'=' => out.push(char::from(byte)),
            other => {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

/// True where an address may be followed from a page of ours: anything but a scheme that runs or shows its own text.
pub(super) fn may_be_followed(address: &str) -> bool {
    url::Url::parse(address)
        .is_ok_and(|url| !matches!(url.scheme(), "javascript" | "data" | "vbscript" | "blob" | "file" | "about"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_visit_is_written_literally() {
        assert_eq!(query_value("StateProperties=eyJUSUQiOiIxIn0"), "StateProperties=eyJUSUQiOiIxIn0");
        assert_eq!(query_value("a&b c+ñ"), "a%26b%20c%2B%C3%B1");
    }

    #[test]
    fn addresses_that_run_are_not_followed() {
        for bad in [
            "javascript:alert(1)",
            " JavaScript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "/relative",
            "",
        ] {
            assert!(!may_be_followed(bad), "{bad}");
        }
        for good in ["https://app.example/signed-out", "http://localhost:3000/", "msal0000://auth"] {
            assert!(may_be_followed(good), "{good}");
        }
    }
}
