//! Where an answer may go.
//!
//! A [`ReturnAddress`] is proof: it was found in the list of an app. The one exception is marked in its value
//! ([`Proof::Unproven`]) and exists for sign-out alone.

#[cfg(test)]
mod tests;

use crate::application::Application;
use crate::errors::{Code, OAuthError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use url::Url;

/// An address to send a browser to with an answer. Reading one back from a parked visit is trusted: visits are ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnAddress {
    url: String,
    kind: RedirectKind,
    proof: Proof,
}

/// What listens at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedirectKind {
    /// A web server that keeps a secret.
    Web,
    /// Script in a browser.
    Spa,
    /// A program on the person's device.
    Public,
}

/// Why we believe that the address belongs to an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// It is one of the app's list.
    Registered,
    /// We do not: anybody may have written it into the request. Only after sign-out, only where B2C follows any
    /// address (D5, quirk `unchecked-logout-redirect`), never with anything secret in it.
    Unproven,
}

/// How an answer travels (OAuth 2.0 Multiple Response Type Encoding Practices; Form Post Response Mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// After the `?`.
    Query,
    /// After the `#`.
    Fragment,
    /// In a form that the browser posts.
    FormPost,
}

impl ReturnAddress {
    /// The address, when it is one of the app's redirect addresses, letter by letter. The port of a loopback address
    /// under `public` may be any, because a program takes the one it gets (RFC 8252 §7.3).
    ///
    /// # Errors
    /// 90287 for what is no address, 90007 for an app without any, 90006 for an address of somebody else.
    pub fn registered(requested: &str, app: &Application) -> Result<Self, OAuthError> {
        // What is in the list is an address.
        let listed = || app.redirect_uris().iter().any(|(_, uri)| uri == requested);
        if requested.len() > LONGEST || requested.contains('#') || !(listed() || Url::parse(requested).is_ok()) {
            return Err(OAuthError::new(Code::RedirectUriMalformed, &[requested]));
        }
        let mut all = app.redirect_uris().iter().peekable();
        if all.peek().is_none() {
            return Err(OAuthError::new(Code::NoRedirectUri, &[app.client_id()]));
        }
        all.find(|(kind, uri)| *uri == requested || (*kind == RedirectKind::Public && same_but_port(uri, requested)))
            .map(|(kind, _)| Self { url: requested.to_owned(), kind, proof: Proof::Registered })
            .ok_or_else(|| OAuthError::new(Code::RedirectUriNotRegistered, &[requested, app.client_id()]))
    }

    /// The address of an app whose request names none.
    ///
    /// # Errors
    /// 90007 when the app has none, 90083 when it has several.
    // OPEN: B2C's default is not documented; only an app with one address has one here.
    pub fn only_one(app: &Application) -> Result<Self, OAuthError> {
        let mut all = app.redirect_uris().iter();
        match (all.next(), all.next()) {
            (None, _) => Err(OAuthError::new(Code::NoRedirectUri, &[app.client_id()])),
            (Some((kind, uri)), None) => Ok(Self { url: uri.to_owned(), kind, proof: Proof::Registered }),
            (Some(_), Some(_)) => Err(OAuthError::new(Code::ParameterMissing, &["redirect_uri"])),
        }
    }

    /// Where the app may be returned to after sign-out: its redirect addresses and its addresses for this purpose
    /// (D20). Its logout URL counts where the mode says so.
    pub fn after_sign_out(requested: &str, app: &Application, logout_url: LogoutUrl) -> Option<Self> {
        if let Ok(found) = Self::registered(requested, app) {
            return Some(found);
        }
        let listed = app.post_logout_redirect_uris().iter().any(|uri| uri == requested)
            || (logout_url == LogoutUrl::Counts && app.logout_url() == Some(requested));
        listed.then(|| Self { url: requested.to_owned(), kind: RedirectKind::Web, proof: Proof::Registered })
    }

    /// An address that nobody registered: `https`, or the name for "stay here" of native programs. For a sign-out
    /// that needs no hint, where B2C goes anywhere. The address is written as browsers read it.
    pub fn unproven(url: &str) -> Option<Self> {
        let url = if url == OUT_OF_BAND { url.to_owned() } else { plain_https(url)? };
        Some(Self { url, kind: RedirectKind::Web, proof: Proof::Unproven })
    }

    /// The address without an answer.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// What listens there.
    pub fn kind(&self) -> RedirectKind {
        self.kind
    }

    /// Why it is believed.
    pub fn proof(&self) -> Proof {
        self.proof
    }

    /// `https://host:port`, for cross-origin answers and policies; `None` for what has no origin.
    pub fn origin(&self) -> Option<String> {
        let origin = Url::parse(&self.url).ok()?.origin();
        origin.is_tuple().then(|| origin.ascii_serialization()).filter(|text| text.starts_with("http"))
    }

    /// The address with these parameters, a query of its own being kept. With [`ResponseMode::FormPost`] it is the
    /// address alone: the parameters are fields of the form.
    pub fn with_parameters(&self, mode: ResponseMode, parameters: &[(&str, &str)]) -> String {
        let (before, fragment) = match self.url.split_once('#') {
            Some((before, fragment)) => (before, Some(fragment)),
            None => (self.url.as_str(), None),
        };
        let encoded = encode(parameters);
        match (mode, encoded.is_empty()) {
            (ResponseMode::FormPost, _) | (_, true) => self.url.clone(),
            (ResponseMode::Fragment, false) => format!("{before}#{encoded}"),
            (ResponseMode::Query, false) => {
                let mut whole = append_query(before, &encoded);
                if let Some(fragment) = fragment {
                    whole.push('#');
                    whole.push_str(fragment);
                }
                whole
            }
        }
    }
}

/// Whether an app's logout URL counts as an address to go to after sign-out (D20).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutUrl {
    /// As in B2C, whose portal has one box for both.
    Counts,
    /// It is for notices only.
    IsForNotices,
}

/// `name=value&…`, blanks as `%20`: some scripts read fragments without knowing `+`.
pub(crate) fn encode(parameters: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| {
        format!("{}={}", utf8_percent_encode(name, ESCAPED), utf8_percent_encode(value, ESCAPED))
    };
    parameters.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// The address with an encoded query behind the one it has.
pub(crate) fn append_query(address: &str, encoded: &str) -> String {
    let separator = match address.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{address}{separator}{encoded}")
}

/// Whether an address may be registered as one of this kind; otherwise what is wrong, to be read after "the address".
pub(crate) fn check_registered(uri: &str, kind: RedirectKind) -> Result<(), &'static str> {
    if uri.len() > LONGEST {
        return Err("is too long");
    }
    if !uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&byte)) {
        return Err("contains a character that addresses cannot have; write it percent-encoded");
    }
    if uri == OUT_OF_BAND {
        return match kind {
            RedirectKind::Public => Ok(()),
            RedirectKind::Web | RedirectKind::Spa => Err("is for `public` addresses only"),
        };
    }
    let url = Url::parse(uri).map_err(|_| "is not an absolute address")?;
    if uri.contains('#') {
        return Err("must not have a fragment");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not carry a user name");
    }
    match url.scheme() {
        "https" if uri[5..].starts_with("://") && !uri[8..].starts_with('/') => Ok(()),
        "http" if Loopback::parse(uri).is_some() => Ok(()),
        "http" => Err("must begin with `https://`; `http://` is for `localhost`, `127.0.0.1` and `[::1]`"),
        "https" => Err("is not an absolute address"),
        scheme if NEVER.contains(&scheme) => Err("has a scheme that no app can have"),
        // RFC 8252 §7.1: a scheme of the program's own.
        _ if kind == RedirectKind::Public => Ok(()),
        _ => Err("must begin with `https://`; a scheme of your own is for `public` addresses"),
    }
}

/// An `http` address of the device itself, cut at its port.
#[derive(PartialEq, Eq)]
struct Loopback<'a> {
    host: &'a str,
    after: &'a str,
}

impl<'a> Loopback<'a> {
    fn parse(uri: &'a str) -> Option<Self> {
        let rest = uri.strip_prefix("http://")?;
        let host = ["localhost", "127.0.0.1", "[::1]"].into_iter().find(|host| rest.starts_with(host))?;
        let rest = &rest[host.len()..];
        let after = match rest.strip_prefix(':') {
            None => rest,
            Some(port) => {
                let digits = port.bytes().take_while(u8::is_ascii_digit).count();
                port[..digits].parse::<u16>().ok()?;
                &port[digits..]
            }
        };
        (after.is_empty() || after.starts_with(['/', '?'])).then_some(Self { host, after })
    }
}

// OPEN: B2C documents no rule for loopback ports; this is RFC 8252 §7.3, for `localhost` too, as MSAL uses it.
fn same_but_port(registered: &str, requested: &str) -> bool {
    Loopback::parse(registered).is_some_and(|loopback| Loopback::parse(requested) == Some(loopback))
}

/// The address in the form that browsers give it, when it is `https` with a host and no user name.
fn plain_https(text: &str) -> Option<String> {
    let clean = text.len() <= LONGEST && !text.chars().any(|letter| letter.is_control() || letter.is_whitespace());
    let url = Url::parse(text).ok().filter(|_| clean)?;
    let plain = url.scheme() == "https" && url.has_host() && url.username().is_empty() && url.password().is_none();
    plain.then(|| url.into())
}

/// What native programs without an address of their own use (RFC 8252 appendix, 90067).
pub const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";
/// No browser takes longer addresses everywhere.
const LONGEST: usize = 2048;
const NEVER: [&str; 13] = [
    "about",
    "blob",
    "chrome",
    "data",
    "file",
    "filesystem",
    "ftp",
    "javascript",
    "urn",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
