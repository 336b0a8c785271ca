//! How an app proves who it is (RFC 6749 §2.3, RFC 7523): not at all, by a secret, or by a token it signed itself.

use crate::application::Application;
use crate::crypto::{base64url, decode_base64_standard};
use crate::errors::{Code, OAuthError};
use crate::jose::{self, Expected, ExpiredTokens, JoseError};
use crate::params::{Params, form_decode};
use crate::return_address::RedirectKind;
use crate::secret::Secret;
use crate::time::NumericDate;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAuthentication {
    /// The client id as sent; GUIDs compare without case.
    pub client_id: String,
    /// How they prove it.
    pub proof: Proof,
}

/// How an app proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Not at all.
    None,
    /// By HTTP Basic authentication; a refusal then has status 401.
    Basic(Secret<String>),
    /// By `client_secret` in the form.
    Post(Secret<String>),
    /// By `client_assertion` in the form: a token that the app signed with a key of its own (`private_key_jwt`).
    Assertion(Secret<String>),
}

/// A client assertion that was checked, for seeing to it that it is used once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedAssertion {
    /// Its id (`jti`), unique for the app.
    pub id: String,
    /// Until when it would be accepted.
    pub until: NumericDate,
}

/// The one kind of client assertion (RFC 7523 §2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// So many seconds a client assertion may live at the most: it has to be remembered for as long.
pub const LONGEST_ASSERTION: i64 = 3600;
/// By so many seconds the clock of an app may be wrong.
const LEEWAY: i64 = 60;
/// The longest `jti` that is remembered.
const LONGEST_ID: usize = 256;

impl ClientAuthentication {
    /// Reads the form of a request and its `Authorization` header. The form only: secrets in a query are not read.
    ///
    /// # Errors
    /// 90008 where nobody is named, 90016 for an assertion of another kind, 90122 for two proofs at once.
    pub fn parse(form: &Params, authorization: Option<&str>) -> Result<Self, OAuthError> {
        let invalid = |reason: &str| OAuthError::new(Code::RequestInvalid, &[reason]);
        let missing = || OAuthError::new(Code::ClientIdMissing, &[]);
        let in_form = form.get("client_id");
        // Another scheme than Basic proves nothing here; the request is as good as its form.
        let basic = authorization.and_then(basic_credentials).transpose();
        let basic = basic.map_err(|NotBasic| invalid("the `Authorization` header cannot be read"))?;
        let in_body = [form.get("client_secret"), form.get("client_assertion")].iter().flatten().count();
        if in_body + usize::from(basic.is_some()) > 1 {
            let reason =
                "it carries several proofs; use one of `Authorization`, `client_secret` and `client_assertion`";
            return Err(invalid(reason));
        }
        if let Some((client_id, secret)) = basic {
            if in_form.is_some_and(|other| !other.eq_ignore_ascii_case(&client_id)) {
                return Err(invalid("`Authorization` and `client_id` name different apps"));
            }
            if client_id.is_empty() {
                return Err(missing());
            }
            // RFC 6749 §2.3.1: an empty secret may be left out, so an empty one proves nothing.
            let proof = if secret.expose().is_empty() { Proof::None } else { Proof::Basic(secret) };
            return Ok(Self { client_id, proof });
        }
        match (form.get("client_assertion_type"), form.get("client_assertion")) {
            (None, None) => {
                let secret = form.get("client_secret").map(|text| Secret::new(text.to_owned()));
                let client_id = in_form.ok_or_else(missing)?.to_owned();
                Ok(Self { client_id, proof: secret.map_or(Proof::None, Proof::Post) })
            }
            (Some(ASSERTION_TYPE), Some(assertion)) => {
                // RFC 7521 §4.2: `client_id` may be absent, because the assertion says whose it is. Nothing is
                // believed by that: it is the name of whoever has to have signed.
                let claimed = || in_form.map(str::to_owned).or_else(|| subject_of(assertion));
                Ok(Self {
                    client_id: claimed().ok_or_else(missing)?,
                    proof: Proof::Assertion(Secret::new(assertion.to_owned())),
                })
            }
            (Some(ASSERTION_TYPE), None) => Err(OAuthError::new(Code::ParameterMissing, &["client_assertion"])),
            (None, Some(_)) => Err(OAuthError::new(Code::ParameterMissing, &["client_assertion_type"])),
            (Some(other), _) => Err(OAuthError::new(Code::AssertionTypeUnsupported, &[other])),
        }
    }

    /// The secret, however it came.
    pub fn secret(&self) -> Option<&Secret<String>> {
        match &self.proof {
            Proof::None | Proof::Assertion(_) => None,
            Proof::Basic(secret) | Proof::Post(secret) => Some(secret),
        }
    }

    /// Checks the assertion, where there is one. `audience` knows the names that this server answers to: the issuer and
    /// the address of the endpoint (RFC 7523 §3).
    ///
    /// # Errors
    /// 90017 for whatever is wrong with it.
    pub fn check_assertion(
        &self,
        app: &Application,
        audience: &dyn Fn(&str) -> bool,
        now: NumericDate,
    ) -> Result<Option<UsedAssertion>, OAuthError> {
        let Proof::Assertion(assertion) = &self.proof else { return Ok(None) };
        let invalid = |reason: &str| OAuthError::new(Code::AssertionInvalid, &[reason]);
        let is_the_app = |name: &str| app.is(name);
        let expectation = jose::Expectation {
            issuer: Expected::Known(&is_the_app),
            audience: Expected::Known(audience),
            now,
            leeway: LEEWAY,
            expired: ExpiredTokens::Refused,
        };
        let verified = app.keys().verify(assertion.expose(), &expectation).map_err(|cause| match cause {
            JoseError::UnknownKey => invalid(why_no_key(app, assertion.expose())),
            JoseError::Expired => invalid("`exp` has passed; make a new one for each request"),
            JoseError::WrongAudience => {
                invalid("`aud` must be the issuer or the address of the token endpoint, as discovery gives them")
            }
            other => invalid(&other.to_string()),
        })?;
        if !verified.text("sub").is_some_and(|subject| app.is(subject)) {
            return Err(invalid("`sub` must be the app's client id, as `iss`"));
        }
        let until = verified.date("exp").ok_or_else(|| invalid("`exp` is missing"))?;
        if until > now.plus(LONGEST_ASSERTION + LEEWAY) {
            return Err(invalid(&format!("`exp` may be {LONGEST_ASSERTION} seconds away at the most")));
        }
        // RFC 7523 §3 leaves `jti` to the server; without it an assertion could be used again until it expires.
        let id = verified.text("jti").filter(|id| (1..=LONGEST_ID).contains(&id.len()));
        let id = id.ok_or_else(|| invalid("`jti` must be a text of up to 256 bytes, another for each request"))?;
        Ok(Some(UsedAssertion { id: id.to_owned(), until: until.plus(LEEWAY) }))
    }

    /// Whether a grant that was sent to an address of this kind is now claimed with the proof that it needs. A secret's
    /// value and an assertion are checked when they come.
    ///
    /// # Errors
    /// 90079 when a proof is needed and missing, 90084 when a secret is sent where there can be none.
    pub fn suits(&self, app: &Application, kind: RedirectKind) -> Result<(), OAuthError> {
        match (kind, app.is_confidential(), &self.proof) {
            (RedirectKind::Web, true, Proof::None) => Err(OAuthError::new(Code::SecretMissing, &[])),
            (RedirectKind::Web, true, _) | (_, _, Proof::None | Proof::Assertion(_)) => Ok(()),
            (_, _, Proof::Basic(_) | Proof::Post(_)) => Err(OAuthError::new(Code::SecretUnexpected, &[])),
        }
    }
}

/// Why none of the app's keys is the assertion's.
fn why_no_key(app: &Application, assertion: &str) -> &'static str {
    match said(assertion, 0, "kid") {
        _ if app.keys().keys().is_empty() => {
            "no public key of the app is registered; put it under `keys` in the app's file"
        }
        None => "its header names no `kid`; send that of the key in the app's file",
        Some(named) if app.keys().has(&named) => "`alg` in its header is not that of the app's key",
        Some(_) => "no key of the app has the `kid` in its header",
    }
}

/// The `sub` of a token of which nothing is known yet.
fn subject_of(assertion: &str) -> Option<String> {
    said(assertion, 1, "sub").filter(|subject| subject.len() <= LONGEST_ID)
}

/// A text in the header (0) or the payload (1) of a token that nobody has checked.
fn said(assertion: &str, segment: usize, member: &str) -> Option<String> {
    let bytes = base64url::decode(assertion.split('.').nth(segment)?)?;
    let members: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    members.get(member)?.as_str().map(str::to_owned)
}

struct NotBasic;

/// Client id and secret of a Basic header, both form-encoded inside (RFC 6749 §2.3.1). `None` for another scheme.
fn basic_credentials(header: &str) -> Option<Result<(String, Secret<String>), NotBasic>> {
    let (scheme, value) = header.trim_start().split_once(' ')?;
    scheme.eq_ignore_ascii_case("basic").then(|| {
        let decoded = decode_base64_standard(value.trim()).map(Secret::new).ok_or(NotBasic)?;
        let text = std::str::from_utf8(decoded.expose()).map_err(|_| NotBasic)?;
        let (client_id, secret) = text.split_once(':').ok_or(NotBasic)?;
        let decode = |part: &str| form_decode(part).map_err(|_| NotBasic);
        Ok((decode(client_id)?, Secret::new(decode(secret)?)))
    })
}

#[cfg(test)]
mod tests;
