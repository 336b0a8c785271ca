//! Proof Key for Code Exchange (RFC 7636).

use crate::crypto::{base64url, constant_time_eq, sha256};
use crate::errors::{Code, OAuthError};
use crate::params::Params;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What whoever redeems the code must prove to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    method: ChallengeMethod,
    value: String,
}

/// How the challenge was made from the verifier (RFC 7636 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChallengeMethod {
    /// base64url of the SHA-256.
    S256,
    /// It is the verifier itself.
    #[serde(rename = "plain")]
    Plain,
}

impl Challenge {
    /// The challenge of a request; `None` when it has none. A challenge without a method is `plain`.
    ///
    /// # Errors
    /// An unknown method, a method without a challenge, or a challenge that no verifier can have.
    pub fn from_params(params: &Params) -> Result<Option<Self>, ChallengeError> {
        let method = match params.get("code_challenge_method") {
            None | Some("plain") => ChallengeMethod::Plain,
            Some("S256") => ChallengeMethod::S256,
            Some(other) => return Err(ChallengeError::UnsupportedMethod(other.to_owned())),
        };
        match (params.get("code_challenge"), params.get("code_challenge_method")) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(ChallengeError::Missing),
            (Some(value), _) => Self::new(method, value).map(Some),
        }
    }

    /// A challenge of this method.
    ///
    /// # Errors
    /// When no verifier can have it: for `S256`, not the base64url of 32 bytes; for `plain`, not a verifier.
    pub fn new(method: ChallengeMethod, value: &str) -> Result<Self, ChallengeError> {
        let possible = match method {
            ChallengeMethod::S256 => base64url::decode(value).is_some_and(|hash| hash.len() == 32),
            ChallengeMethod::Plain => is_verifier(value),
        };
        if possible { Ok(Self { method, value: value.to_owned() }) } else { Err(ChallengeError::Malformed) }
    }

    /// How it was made.
    pub fn method(&self) -> ChallengeMethod {
        self.method
    }

    /// Whether this verifier was meant.
    ///
    /// # Errors
    /// When it is malformed (RFC 7636 §4.1), or another one.
    pub fn verify(&self, verifier: &str) -> Result<(), PkceError> {
        if !is_verifier(verifier) {
            return Err(PkceError::Malformed);
        }
        let computed = match self.method {
            ChallengeMethod::S256 => s256(verifier),
            ChallengeMethod::Plain => verifier.to_owned(),
        };
        if constant_time_eq(computed.as_bytes(), self.value.as_bytes()) { Ok(()) } else { Err(PkceError::Mismatch) }
    }
}

/// The `S256` challenge of a verifier.
#[must_use]
pub fn s256(verifier: &str) -> String {
    base64url::encode(sha256(verifier.as_bytes()))
}

/// Why a request's challenge is not one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChallengeError {
    /// Neither `S256` nor `plain`.
    UnsupportedMethod(String),
    /// A method, and no challenge.
    Missing,
    /// No verifier can have this challenge.
    Malformed,
}

impl From<ChallengeError> for OAuthError {
    fn from(error: ChallengeError) -> Self {
        match error {
            ChallengeError::UnsupportedMethod(method) => Self::new(Code::ChallengeMethodUnsupported, &[&method]),
            ChallengeError::Missing => Self::new(Code::ParameterMissing, &["code_challenge"]),
            // OPEN: B2C's code for it is not known.
            ChallengeError::Malformed => Self::new(Code::RequestInvalid, &["`code_challenge` is malformed"]),
        }
    }
}

/// Why a verifier does not redeem a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PkceError {
    /// Not 43 to 128 unreserved characters.
    Malformed,
    /// Not the one the challenge was made from.
    Mismatch,
}

impl From<PkceError> for OAuthError {
    fn from(error: PkceError) -> Self {
        match error {
            PkceError::Malformed => Self::new(Code::VerifierMalformed, &[]),
            PkceError::Mismatch => Self::new(Code::VerifierMismatch, &[]),
        }
    }
}

impl fmt::Display for PkceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&OAuthError::from(*self).message)
    }
}

impl std::error::Error for PkceError {}

/// RFC 7636 §4.1: 43 to 128 characters of the unreserved set.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_standard() {
        // RFC 7636 appendix B.
        assert_eq!(s256(VERIFIER), CHALLENGE);
        let challenge = Challenge::new(ChallengeMethod::S256, CHALLENGE).unwrap();
        assert_eq!(challenge.verify(VERIFIER), Ok(()));
        assert_eq!(challenge.verify(CHALLENGE), Err(PkceError::Mismatch));
        assert_eq!(challenge.verify(&VERIFIER[1..]), Err(PkceError::Malformed));
        assert_eq!(challenge.verify(""), Err(PkceError::Malformed));
    }

    #[test]
    fn what_a_request_may_say() {
        let plain = |value: &str| Ok(Some(Challenge { method: ChallengeMethod::Plain, value: value.to_owned() }));
        let hashed = Challenge { method: ChallengeMethod::S256, value: CHALLENGE.to_owned() };
        let unsupported = |name: &str| Err(ChallengeError::UnsupportedMethod(name.to_owned()));
        for (query, expected) in [
            (String::new(), Ok(None)),
            (format!("code_challenge={CHALLENGE}&code_challenge_method=S256"), Ok(Some(hashed))),
            (format!("code_challenge={VERIFIER}"), plain(VERIFIER)),
            (format!("code_challenge={VERIFIER}&code_challenge_method=plain"), plain(VERIFIER)),
            (format!("code_challenge={VERIFIER}&code_challenge_method=s256"), unsupported("s256")),
            (format!("code_challenge={VERIFIER}&code_challenge_method=S512"), unsupported("S512")),
            ("code_challenge_method=S512".to_owned(), unsupported("S512")),
            ("code_challenge_method=S256".to_owned(), Err(ChallengeError::Missing)),
            ("code_challenge_method=plain".to_owned(), Err(ChallengeError::Missing)),
            (format!("code_challenge={CHALLENGE}a&code_challenge_method=S256"), Err(ChallengeError::Malformed)),
            (format!("code_challenge={CHALLENGE}%3D&code_challenge_method=S256"), Err(ChallengeError::Malformed)),
            ("code_challenge=short".to_owned(), Err(ChallengeError::Malformed)),
        ] {
            assert_eq!(Challenge::from_params(&Params::parse(&query).unwrap()), expected, "{query}");
        }
    }

    #[test]
    fn codes() {
        let code = |error: OAuthError| (error.code.number(), error.error.into_owned());
        assert_eq!(code(PkceError::Mismatch.into()), (90182, "invalid_grant".to_owned()));
        assert_eq!(code(PkceError::Malformed.into()), (90183, "invalid_grant".to_owned()));
        let method = ChallengeError::UnsupportedMethod("x".to_owned());
        assert_eq!(code(method.into()), (90184, "invalid_request".to_owned()));
    }

    proptest! {
        #[test]
        fn only_the_verifier_itself_fits(verifier in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}") {
            for challenge in [
                Challenge::new(ChallengeMethod::S256, &s256(&verifier)).unwrap(),
                Challenge::new(ChallengeMethod::Plain, &verifier).unwrap(),
            ] {
                prop_assert_eq!(challenge.verify(&verifier), Ok(()));
                prop_assert_eq!(challenge.verify(&other).is_ok(), other == verifier);
            }
        }

        #[test]
        fn nothing_malformed_is_a_verifier(text in "\\PC{0,140}") {
            let well_formed = (43..=128).contains(&text.len())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c));
            let challenge = Challenge::new(ChallengeMethod::S256, &s256(&text)).unwrap();
            prop_assert_eq!(challenge.verify(&text).is_ok(), well_formed);
        }
    }
}
