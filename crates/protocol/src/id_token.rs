//! ID tokens: what an app may believe about a person (OpenID Connect Core §2, §3.1.3.7).

use crate::crypto::{base64url, constant_time_eq, sha256};
use crate::errors::{Code, OAuthError};
use crate::jose::{self, Expected, ExpiredTokens, JoseError, Jwks, Verified};
use crate::time::NumericDate;
use serde_json::{Map, Value};

/// What an ID token must say.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// Who must have issued it.
    pub issuer: Expected<'a>,
    /// The client id of the app it must be for.
    pub audience: Expected<'a>,
    /// The nonce of the request. `None` when the request had none; a nonce in the token then means nothing.
    pub nonce: Option<&'a str>,
    /// The current instant.
    pub now: NumericDate,
    /// By how many seconds clocks may disagree.
    pub leeway: i64,
    /// What to do when the token is past its time.
    pub expired: ExpiredTokens,
}

/// An ID token that passed every check of [`Expectation`]; these very bytes were signed.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedIdToken {
    verified: Verified,
    issuer: String,
    subject: String,
    audience: String,
    expires: NumericDate,
    issued: NumericDate,
}

impl VerifiedIdToken {
    /// Checks signature, issuer, audience, authorized party, times and nonce.
    ///
    /// # Errors
    /// Says which check failed first, in that order.
    pub fn verify(token: &str, keys: &Jwks, expectation: &Expectation<'_>) -> Result<Self, JoseError> {
        let Expectation { issuer, audience, nonce, now, leeway, expired } = *expectation;
        let verified = keys.verify(token, &jose::Expectation { issuer, audience, now, leeway, expired })?;

        let audiences = verified.audiences();
        let authorized = verified.claims().get("azp");
        let audience = match (authorized, audiences.as_slice()) {
            // OpenID Connect Core §3.1.3.7, 3 to 5: with several audiences, `azp` says whose token it is.
            (None, [one]) => (*one).to_owned(),
            (Some(Value::String(party)), all) if all.contains(&party.as_str()) && audience.admits(party) => {
                party.clone()
            }
            _ => return Err(JoseError::WrongAudience),
        };
        if let Some(expected) = nonce {
            let given = verified.text("nonce").ok_or(JoseError::MissingClaim("nonce"))?;
            if !constant_time_eq(given.as_bytes(), expected.as_bytes()) {
                return Err(JoseError::WrongNonce);
            }
        }
        let text = |name| verified.text(name).map(str::to_owned).ok_or(JoseError::MissingClaim(name));
        let date = |name| verified.date(name).ok_or(JoseError::MissingClaim(name));
        Ok(Self {
            issuer: text("iss")?,
            subject: text("sub")?,
            audience,
            expires: date("exp")?,
            issued: date("iat")?,
            verified,
        })
    }

    /// Who issued it (`iss`).
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whom it is about (`sub`); unique at this issuer.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The client id of the app it is for (`aud`, or `azp` when there are several).
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// When it ends (`exp`).
    pub fn expires(&self) -> NumericDate {
        self.expires
    }

    /// When it was issued (`iat`).
    pub fn issued(&self) -> NumericDate {
        self.issued
    }

    /// When the person signed in (`auth_time`).
    pub fn authenticated(&self) -> Option<NumericDate> {
        self.verified.date("auth_time")
    }

    /// The nonce of the request it answers.
    pub fn nonce(&self) -> Option<&str> {
        self.text("nonce")
    }

    /// The session it was issued in (`sid`).
    pub fn session_id(&self) -> Option<&str> {
        self.text("sid")
    }

    /// The object id of the account (`oid`).
    pub fn object_id(&self) -> Option<&str> {
        self.text("oid")
    }

    /// The policy that issued it: `tfp`, or `acr` where the policy writes that (compare without case).
    pub fn policy(&self) -> Option<&str> {
        self.text("tfp").or_else(|| self.text("acr"))
    }

    /// Any claim, when it is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.verified.text(name)
    }

    /// All claims, in the order of the token.
    pub fn claims(&self) -> &Map<String, Value> {
        self.verified.claims()
    }

    /// Whether the token belongs to this authorization code (`c_hash`). A token that does not say belongs to none.
    pub fn belongs_to_code(&self, code: &str) -> bool {
        self.text("c_hash").is_some_and(|hash| hash == half_hash(code))
    }

    /// Whether the token belongs to this access token (`at_hash`). A token that does not say belongs to none.
    pub fn belongs_to_access_token(&self, access_token: &str) -> bool {
        self.text("at_hash").is_some_and(|hash| hash == half_hash(access_token))
    }
}

/// The value of `c_hash` for a code and of `at_hash` for an access token: the left half of the SHA-256, which is the
/// hash of RS256 and ES256 (OpenID Connect Core §3.1.3.6, §3.3.2.11).
#[must_use]
pub fn half_hash(value: &str) -> String {
    base64url::encode(&sha256(value.as_bytes())[..16])
}

/// The refusal for an `id_token_hint` that failed this check.
#[must_use]
pub fn hint_refused(error: JoseError) -> OAuthError {
    match error {
        JoseError::Expired => OAuthError::new(Code::HintExpired, &[]),
        JoseError::WrongAudience => OAuthError::new(Code::HintAudience, &[]),
        JoseError::WrongIssuer => OAuthError::new(Code::HintIssuer, &[]),
        JoseError::WrongSignature | JoseError::UnknownKey => OAuthError::new(Code::HintSignature, &[]),
        other => OAuthError::new(Code::HintInvalid, &[&other.to_string()]),
    }
}
