//! Tokens that nobody may accept, as one table: what is wrong, the token, how our verifier refuses it.
//!
//! Every place that takes a token from outside is shown all of them. They are made of an honest key and honest claims, so each
//! would pass but for the one thing that its row names.

// By path, so that a crate below this one can take the file into its own tests.
#[path = "hostile_tokens/forger.rs"]
mod forger;
#[path = "hostile_tokens/headers.rs"]
mod headers;
#[path = "hostile_tokens/signatures.rs"]
mod signatures;
#[path = "hostile_tokens/texts.rs"]
mod texts;

pub use forger::Forger;
use serde_json::Value;
use std::fmt;
use zaguan_protocol::{crypto::base64url, jose::JoseError};

/// A token that nobody may accept.
pub struct HostileToken {
    /// What is wrong with it.
    pub what: String,
    /// The token.
    pub token: String,
    /// How it is refused. A place that takes expired tokens takes those that are refused as [`JoseError::Expired`] and no others.
    pub refusal: JoseError,
}

impl fmt::Debug for HostileToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.what, self.token.len())
    }
}

/// The token that all of them are made of. Where this one is refused, a refusal of the others shows nothing.
pub fn honest_token(pkcs8: &[u8], claims: &Value) -> String {
    let forger = Forger::new(pkcs8);
    forger.signed(forger.header(), claims.to_string())
}

/// All of them, for a place that takes tokens with such claims by this key (PKCS#8): `iss` and `aud` are texts, `exp` and `nbf`
/// numbers.
pub fn hostile_tokens(pkcs8: &[u8], claims: &Value) -> Vec<HostileToken> {
    let forger = Forger::new(pkcs8);
    let from = Workshop { stranger: forger.stranger(), forger, claims, payload: claims.to_string() };
    let chapters = [
        from.algorithms(),
        from.public_keys_as_secrets(),
        from.keys_of_strangers(),
        from.key_ids(),
        from.header_members(),
        from.signatures(),
        from.spellings_of_base64(),
        from.shapes(),
        from.objects(),
        from.times(),
        from.names(),
    ];
    chapters.into_iter().flatten().collect()
}

fn row(what: impl fmt::Display, token: impl Into<String>, refusal: JoseError) -> HostileToken {
    HostileToken { what: what.to_string(), token: token.into(), refusal }
}

struct Workshop<'a> {
    forger: Forger,
    stranger: Forger,
    claims: &'a Value,
    payload: String,
}

impl Workshop<'_> {
    /// Signed, with this header and the honest claims.
    fn with_header(&self, header: &str) -> String {
        self.forger.signed(header, &self.payload)
    }

    /// Signed, with the honest header and this payload.
    fn with_payload(&self, payload: impl AsRef<[u8]>) -> String {
        self.forger.signed(self.forger.header(), payload)
    }

    /// What is signed of a token with this header and the honest claims.
    fn input(&self, header: &str) -> String {
        format!("{}.{}", base64url::encode(header), base64url::encode(&self.payload))
    }

    fn honest(&self) -> String {
        self.with_payload(&self.payload)
    }

    /// The honest header with one more member.
    fn header_and(&self, member: &str) -> String {
        format!(r#"{{"alg":"{}","kid":"{}",{member}}}"#, self.forger.algorithm(), self.forger.key_id())
    }

    /// The honest claims, without this one.
    fn without(&self, name: &str) -> Value {
        let mut claims = self.claims.clone();
        if let Some(members) = claims.as_object_mut() {
            members.shift_remove(name);
        }
        claims
    }

    /// The honest claims, and this text in the place of one claim: JSON, or something that is none.
    fn claiming(&self, name: &str, text: &str) -> String {
        let rest = self.without(name).to_string();
        self.with_payload(format!("{},{name:?}:{text}}}", &rest[..rest.len() - 1]))
    }

    fn claim(&self, name: &str) -> &str {
        self.claims[name].as_str().unwrap_or_default()
    }
}
