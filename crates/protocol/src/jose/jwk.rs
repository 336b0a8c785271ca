//! Public keys and sets of them.

use super::{Algorithm, JoseError, json};
use crate::crypto::signature::PublicKey;
use crate::crypto::{base64url, sha256};
use crate::time::NumericDate;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// One public key that verifies signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    key_id: String,
    not_before: Option<NumericDate>,
    public: PublicKey,
}

impl Jwk {
    /// The key under its own thumbprint.
    pub(super) fn of(public: PublicKey) -> Self {
        Self { key_id: thumbprint(&public), not_before: None, public }
    }

    /// The same key, published with the instant from which it signs (`nbf`, as B2C writes it).
    #[must_use]
    pub fn valid_from(mut self, not_before: NumericDate) -> Self {
        self.not_before = Some(not_before);
        self
    }

    /// Its name in the set (`kid`).
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The one algorithm that it verifies.
    pub fn algorithm(&self) -> Algorithm {
        match self.public {
            PublicKey::Rsa { .. } => Algorithm::Rs256,
            PublicKey::P256 { .. } => Algorithm::Es256,
        }
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verifies(message, signature)
    }

    /// The key that this JSON object describes; `None` when it is for another purpose or of another kind.
    fn from_json(members: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let bytes = |name: &str| text(name).and_then(base64url::decode);
        let public = match text("kty")? {
            "RSA" => PublicKey::rsa(&bytes("n")?, &bytes("e")?)?,
            "EC" if text("crv")? == "P-256" => {
                PublicKey::P256 { x: bytes("x")?.try_into().ok()?, y: bytes("y")?.try_into().ok()? }
            }
            _ => return None,
        };
        let key_id = text("kid")?.to_owned();
        let key = Self { key_id, not_before: members.get("nbf").and_then(NumericDate::from_json), public };
        let for_signatures = members.get("use").is_none_or(|purpose| purpose == "sig");
        let for_this = members.get("alg").is_none_or(|algorithm| algorithm == key.algorithm().name());
        // RFC 7517 §4.3: where the operations are listed, verifying has to be among them.
        let may_verify = members.get("key_ops").is_none_or(|listed| {
            listed.as_array().is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
        });
        (for_signatures && for_this && may_verify).then_some(key)
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kid", &self.key_id)?;
        map.serialize_entry("use", "sig")?;
        match &self.public {
            PublicKey::Rsa { modulus, exponent } => {
                map.serialize_entry("kty", "RSA")?;
                map.serialize_entry("e", &base64url::encode(exponent))?;
                map.serialize_entry("n", &base64url::encode(modulus))?;
            }
            PublicKey::P256 { x, y } => {
                map.serialize_entry("kty", "EC")?;
                map.serialize_entry("crv", "P-256")?;
                map.serialize_entry("x", &base64url::encode(x))?;
                map.serialize_entry("y", &base64url::encode(y))?;
            }
        }
        if let Some(not_before) = self.not_before {
            map.serialize_entry("nbf", &not_before)?;
        }
        map.end()
    }
}

/// A set of public keys, ours or someone else's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Jwks {
    keys: Vec<Jwk>,
}

impl Jwks {
    /// The set of these keys, in this order.
    pub fn new(keys: impl IntoIterator<Item = Jwk>) -> Self {
        Self { keys: keys.into_iter().collect() }
    }

    /// Reads a key set (RFC 7517 §5). Keys that we cannot use are left out: of another kind or for another purpose,
    /// without an id, too weak, malformed; and those beyond the hundredth.
    ///
    /// # Errors
    /// When the text is longer than 256 KiB or no JSON object with an array `keys`.
    pub fn parse(text: &str) -> Result<Self, JoseError> {
        if text.len() > MOST_BYTES {
            return Err(JoseError::TooLong);
        }
        let set = json::object(text.as_bytes())?;
        let Some(Value::Array(keys)) = set.get("keys") else { return Err(JoseError::Malformed("key set")) };
        Ok(Self { keys: keys.iter().filter_map(Value::as_object).filter_map(Jwk::from_json).take(MOST_KEYS).collect() })
    }

    /// The keys, in the order of the set.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// The keys of this name for this algorithm. One, in any sensible set.
    pub(super) fn named(&self, key_id: &str, algorithm: Algorithm) -> impl Iterator<Item = &Jwk> {
        self.keys.iter().filter(move |key| key.key_id == key_id && key.algorithm() == algorithm)
    }

    /// Whether a key of this name is in the set, so that fetching the set again would not help.
    pub fn has(&self, key_id: &str) -> bool {
        self.keys.iter().any(|key| key.key_id == key_id)
    }
}

/// RFC 7638: SHA-256 over the required members in the order of their names, without blanks.
fn thumbprint(public: &PublicKey) -> String {
    let canonical = match public {
        PublicKey::Rsa { modulus, exponent } => {
            format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, base64url::encode(exponent), base64url::encode(modulus))
        }
        PublicKey::P256 { x, y } => {
            format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, base64url::encode(x), base64url::encode(y))
        }
    };
    base64url::encode(sha256(canonical.as_bytes()))
}

const MOST_BYTES: usize = 256 * 1024;
const MOST_KEYS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The modulus of RFC 7638 §3.1.
    const MODULUS: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

    #[test]
    fn thumbprint_of_the_standard() {
        let Some(public) = PublicKey::rsa(&base64url::decode(MODULUS).unwrap(), &base64url::decode("AQAB").unwrap())
        else {
            panic!("the key of RFC 7638 is a key")
        };
        assert_eq!(thumbprint(&public), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn writes_the_members_of_b2c_in_their_order() {
        let text = format!(r#"{{"keys":[{{"kty":"RSA","n":"{MODULUS}","e":"AQAB","kid":"k","x5t":"z","nbf":5}}]}}"#);
        let set = Jwks::parse(&text).unwrap();
        assert_eq!(
            serde_json::to_string(&set).unwrap(),
            format!(r#"{{"keys":[{{"kid":"k","use":"sig","kty":"RSA","e":"AQAB","n":"{MODULUS}","nbf":5}}]}}"#)
        );
        assert_eq!(Jwks::parse(&serde_json::to_string(&set).unwrap()), Ok(set));
    }

    #[test]
    fn leaves_out_what_it_cannot_use() {
        let good = json!({"kty": "RSA", "kid": "good", "n": MODULUS, "e": "AQAB"});
        let with = |name: &str, value: Value| {
            let mut key = good.clone();
            key["kid"] = json!(format!("with-{name}"));
            key[name] = value;
            key
        };
        let mut without_id = good.clone();
        without_id.as_object_mut().unwrap().remove("kid");
        let set = json!({"keys": [
            with("use", json!("enc")), with("alg", json!("RS512")), with("kty", json!("oct")), with("n", json!("AQAB")),
            with("n", json!("not base64!")), with("e", json!("AQ")), with("kid", json!(5)), without_id, 7, null, "x",
            {"kty": "EC", "crv": "P-521", "kid": "x", "x": "AA", "y": "AA"},
            {"kty": "EC", "crv": "P-256", "kid": "x", "x": "AA", "y": "AA"},
            with("alg", json!("RS256")), good,
        ]});
        let read = Jwks::parse(&set.to_string()).unwrap();
        assert_eq!(read.keys().iter().map(Jwk::key_id).collect::<Vec<_>>(), ["with-alg", "good"]);
        assert!(read.has("good") && !read.has("with-use"));

        let many = json!({ "keys": vec![good.clone(); 150] });
        assert_eq!(Jwks::parse(&many.to_string()).unwrap().keys().len(), MOST_KEYS);
    }

    #[test]
    fn refuses_what_is_no_set() {
        for (text, expected) in [
            ("[]", JoseError::Malformed("JSON object")),
            ("{}", JoseError::Malformed("key set")),
            (r#"{"keys":{}}"#, JoseError::Malformed("key set")),
            (r#"{"keys":[],"keys":[]}"#, JoseError::SameMemberTwice),
        ] {
            assert_eq!(Jwks::parse(text), Err(expected), "{text}");
        }
        assert_eq!(Jwks::parse(&" ".repeat(MOST_BYTES + 1)), Err(JoseError::TooLong));
    }
}
