//! From a token of unknown origin to claims that somebody signed.

use super::{Algorithm, Jwks, json};
use crate::crypto::base64url;
use crate::time::NumericDate;
use serde_json::{Map, Value};
use std::fmt;

/// Members of a header that no token of ours has, and that two readers could take for two different tokens. We understand no
/// extension, so every critical one makes a token invalid (RFC 7515 §4.1.11). A payload that is not written in base64url says so
/// in `b64` (RFC 7797 §3), and should in `crit` as well; one that is compressed or encrypted says so in `zip` and `enc` (RFC 7516
/// §4.1.2, §4.1.3, §9).
const CHANGES_THE_READING: [&str; 4] = ["crit", "b64", "zip", "enc"];

/// The longest token that is read at all.
const MOST_BYTES: usize = 16 * 1024;

/// What a token's claims must say, besides being signed.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// Who must have issued it (`iss`).
    pub issuer: Expected<'a>,
    /// For whom it must be (`aud`, one of them when it names several).
    pub audience: Expected<'a>,
    /// The current instant.
    pub now: NumericDate,
    /// By how many seconds clocks may disagree, for `exp` and `nbf`.
    pub leeway: i64,
    /// What to do when the token is past its time.
    pub expired: ExpiredTokens,
}

/// A name that must be found.
#[derive(Clone, Copy)]
pub enum Expected<'a> {
    /// Exactly this one, byte for byte.
    Is(&'a str),
    /// Any for which the function answers yes: one of several issuers, some registered app.
    Known(&'a dyn Fn(&str) -> bool),
}

impl Expected<'_> {
    pub(crate) fn admits(self, name: &str) -> bool {
        match self {
            Self::Is(expected) => expected == name,
            Self::Known(known) => known(name),
        }
    }
}

impl<'a> From<&'a str> for Expected<'a> {
    fn from(name: &'a str) -> Self {
        Self::Is(name)
    }
}

impl fmt::Debug for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(expected) => write!(f, "Is({expected:?})"),
            Self::Known(_) => f.write_str("Known(..)"),
        }
    }
}

/// What to do with a token that is past its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiredTokens {
    /// Refuse it.
    Refused,
    /// Take it all the same. For hints at sign-out (D6), where the token only says who is meant.
    Accepted,
}

/// Claims whose signature was checked: these very bytes were signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    key_id: String,
    claims: Map<String, Value>,
}

impl Verified {
    /// The name of the key that signed.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// All claims, in the order of the token.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The claims, without the proof.
    pub fn into_claims(self) -> Map<String, Value> {
        self.claims
    }

    /// The claim of this name, when it is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// The claim of this name, when it is an instant.
    pub fn date(&self, name: &str) -> Option<NumericDate> {
        self.claims.get(name).and_then(NumericDate::from_json)
    }

    /// For whom the token is: one text or several (RFC 7519 §4.1.3). Empty when it does not say.
    pub fn audiences(&self) -> Vec<&str> {
        match self.claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    fn meets(&self, expectation: &Expectation<'_>) -> Result<(), JoseError> {
        let issuer = self.text("iss").ok_or(JoseError::MissingClaim("iss"))?;
        if !expectation.issuer.admits(issuer) {
            return Err(JoseError::WrongIssuer);
        }
        if !self.audiences().into_iter().any(|audience| expectation.audience.admits(audience)) {
            return Err(JoseError::WrongAudience);
        }
        let expires = self.date("exp").ok_or(JoseError::MissingClaim("exp"))?;
        // RFC 7519 §4.1.4: on or after this instant it is too late.
        let late = expectation.now >= expires.plus(expectation.leeway);
        if late && expectation.expired == ExpiredTokens::Refused {
            return Err(JoseError::Expired);
        }
        match (self.claims.get("nbf"), self.date("nbf")) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(JoseError::Malformed("claim `nbf`")),
            (Some(_), Some(start)) if expectation.now.plus(expectation.leeway) < start => Err(JoseError::NotYetValid),
            (Some(_), Some(_)) => Ok(()),
        }
    }
}

impl Jwks {
    /// Checks the signature, then issuer, audience and times.
    ///
    /// # Errors
    /// Says which check failed; the first one, in the order above.
    pub fn verify(&self, token: &str, expectation: &Expectation<'_>) -> Result<Verified, JoseError> {
        let verified = self.verify_signature(token)?;
        verified.meets(expectation)?;
        Ok(verified)
    }

    /// Checks the signature only. What the claims say is for the caller to judge: anything this signer ever signed
    /// passes, for whomever and whenever.
    ///
    /// # Errors
    /// When the token is too long or malformed, names an algorithm or key that is not ours to use, or was not signed
    /// by that key.
    pub fn verify_signature(&self, token: &str) -> Result<Verified, JoseError> {
        if token.len() > MOST_BYTES {
            return Err(JoseError::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JoseError::Malformed("compact form"))?;
        let (header, payload) = signed.split_once('.').ok_or(JoseError::Malformed("compact form"))?;
        if payload.contains('.') {
            return Err(JoseError::Malformed("compact form"));
        }
        let header = json::object(&base64url::decode(header).ok_or(JoseError::Malformed("header"))?)?;
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        let algorithm = text("alg").and_then(Algorithm::named).ok_or(JoseError::UnsupportedAlgorithm)?;
        if CHANGES_THE_READING.iter().any(|name| header.contains_key(*name)) {
            return Err(JoseError::CriticalHeader);
        }
        let key_id = text("kid").ok_or(JoseError::UnknownKey)?;

        let signature = base64url::decode(signature).ok_or(JoseError::Malformed("signature"))?;
        let mut candidates = self.named(key_id, algorithm).peekable();
        if candidates.peek().is_none() {
            // A key of this name for the other algorithm is another key.
            return Err(JoseError::UnknownKey);
        }
        if !candidates.any(|key| key.verifies(signed.as_bytes(), &signature)) {
            return Err(JoseError::WrongSignature);
        }
        let claims = json::object(&base64url::decode(payload).ok_or(JoseError::Malformed("payload"))?)?;
        Ok(Verified { key_id: key_id.to_owned(), claims })
    }
}

/// Which check a token or key set did not pass. Never quotes the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoseError {
    /// Longer than 16 KiB (a key set: 256 KiB).
    TooLong,
    /// This part is not what it should be.
    Malformed(&'static str),
    /// A JSON member occurs twice.
    SameMemberTwice,
    /// Neither RS256 nor ES256.
    UnsupportedAlgorithm,
    /// The header has `crit`, or says that the payload is something else than it looks like: `b64`, `zip`, `enc`.
    CriticalHeader,
    /// The header names no key, or none of the set for its algorithm. The set may have changed since it was fetched.
    UnknownKey,
    /// Not signed by the key it names.
    WrongSignature,
    /// A claim is missing, or is of another type.
    MissingClaim(&'static str),
    /// Issued by somebody else.
    WrongIssuer,
    /// For somebody else.
    WrongAudience,
    /// Past its time.
    Expired,
    /// Before its time.
    NotYetValid,
    /// Answers another request.
    WrongNonce,
}

impl From<json::Unreadable> for JoseError {
    fn from(unreadable: json::Unreadable) -> Self {
        match unreadable {
            json::Unreadable::NotAnObject => Self::Malformed("JSON object"),
            json::Unreadable::SameMemberTwice => Self::SameMemberTwice,
        }
    }
}

impl fmt::Display for JoseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("longer than we read"),
            Self::Malformed(part) => write!(f, "malformed {part}"),
            Self::SameMemberTwice => f.write_str("a JSON member occurs twice"),
            Self::UnsupportedAlgorithm => f.write_str("signed with an algorithm other than RS256 and ES256"),
            Self::CriticalHeader => {
                f.write_str("the header demands an extension (`crit`, `b64`, `zip`, `enc`) that we do not know")
            }
            Self::UnknownKey => f.write_str("the key that the header names is not in the issuer's key set"),
            Self::WrongSignature => f.write_str("the signature does not fit"),
            Self::MissingClaim(name) => write!(f, "the claim `{name}` is missing or of the wrong type"),
            Self::WrongIssuer => f.write_str("issued by somebody else"),
            Self::WrongAudience => f.write_str("issued for somebody else"),
            Self::Expired => f.write_str("expired"),
            Self::NotYetValid => f.write_str("not valid yet"),
            Self::WrongNonce => f.write_str("the nonce is not the one of the request"),
        }
    }
}

impl std::error::Error for JoseError {}
