//! Whoever makes tokens that a server would not: with any header, any text between the dots, any algorithm.

use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use zaguan_protocol::{
    crypto::{base64_standard, base64url},
    jose::{self, SigningKey},
};

/// Signs whatever it is given, with a key that a server trusts. So what is wrong with a token is never its signature, unless
/// that is the point.
pub struct Forger {
    pkcs8: Vec<u8>,
    key: SigningKey,
}

impl Forger {
    /// With this private key: RSA of 2048 bits or P-256, in PKCS#8 form.
    pub fn new(pkcs8: &[u8]) -> Self {
        Self { pkcs8: pkcs8.to_vec(), key: SigningKey::from_pkcs8(pkcs8).expect("a key to sign with") }
    }

    /// A stranger, whose key is of the same kind and is in nobody's set.
    pub fn stranger(&self) -> Self {
        let made = if self.is_rsa() { jose::generate_rsa_2048() } else { jose::generate_p256() };
        Self::new(made.expose())
    }

    /// The name of the key.
    pub fn key_id(&self) -> &str {
        self.key.key_id()
    }

    /// The name of its algorithm.
    pub fn algorithm(&self) -> &'static str {
        self.key.algorithm().name()
    }

    /// Whether the key is one of RSA.
    pub fn is_rsa(&self) -> bool {
        self.key.algorithm() == jose::Algorithm::Rs256
    }

    /// The public key as a member `jwk` would have it.
    pub fn jwk(&self) -> Value {
        serde_json::to_value(self.key.jwk()).expect("a public key has a JSON form")
    }

    /// The header of an honest token.
    pub fn header(&self) -> String {
        format!(r#"{{"typ":"JWT","alg":"{}","kid":"{}"}}"#, self.algorithm(), self.key_id())
    }

    /// A token with this header and payload, signed.
    pub fn signed(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        self.signed_segments(&base64url::encode(header), &base64url::encode(payload))
    }

    /// A token with these two segments, whatever they are, signed.
    pub fn signed_segments(&self, header: &str, payload: &str) -> String {
        let input = format!("{header}.{payload}");
        let own = if self.is_rsa() { Algorithm::RS256 } else { Algorithm::ES256 };
        let signature = self.signature_by(own, &input);
        format!("{input}.{signature}")
    }

    /// The signature of this text by any algorithm that the key is fit for.
    pub fn signature_by(&self, algorithm: Algorithm, input: &str) -> String {
        // The PKCS#1 key within a PKCS#8 one of RSA-2048: version, algorithm and two headers take 26 bytes.
        let key = match self.is_rsa() {
            true => EncodingKey::from_rsa_der(&self.pkcs8[26..]),
            false => EncodingKey::from_ec_der(&self.pkcs8),
        };
        jsonwebtoken::crypto::sign(input.as_bytes(), &key, algorithm).expect("the key is of this family")
    }

    /// The public key in every form in which a library might be handed it, by name: what a verifier that lets the token
    /// choose its algorithm would take for a shared secret.
    pub fn public_forms(&self) -> Vec<(&'static str, Vec<u8>)> {
        let jwk = self.jwk();
        let member = |name: &str| jwk[name].as_str().and_then(base64url::decode).unwrap_or_default();
        let mut forms = vec![
            ("its JWK", jwk.to_string().into_bytes()),
            ("a JWK set of it", json!({ "keys": [jwk] }).to_string().into_bytes()),
            ("its id", self.key_id().as_bytes().to_vec()),
            ("nothing", vec![]),
        ];
        let info = if self.is_rsa() {
            let (modulus, exponent) = (member("n"), member("e"));
            let pkcs1 = der(0x30, &[der_integer(&modulus), der_integer(&exponent)].concat());
            let rsa = [&RSA_ENCRYPTION[..], &der(3, &[&[0], &pkcs1[..]].concat())].concat();
            forms.push(("its modulus", modulus));
            forms.push(("its modulus in base64url", jwk["n"].as_str().unwrap_or_default().into()));
            forms.push(("PKCS#1 in PEM", pem("RSA PUBLIC KEY", &pkcs1)));
            forms.push(("PKCS#1", pkcs1));
            der(0x30, &rsa)
        } else {
            let point = [&[4], &member("x")[..], &member("y")].concat();
            let info = der(0x30, &[&P256[..], &der(3, &[&[0], &point[..]].concat())].concat());
            forms.push(("its point", point));
            info
        };
        let in_pem = pem("PUBLIC KEY", &info);
        forms.push(("SPKI in PEM without its last line feed", in_pem[..in_pem.len() - 1].to_vec()));
        forms.push(("SPKI in PEM", in_pem));
        forms.push(("SPKI", info));
        forms
    }
}

/// The signature of this text by HMAC (`HS256`, `HS384`, `HS512`).
pub(super) fn hmac(algorithm: Algorithm, secret: &[u8], input: &str) -> String {
    jsonwebtoken::crypto::sign(input.as_bytes(), &EncodingKey::from_secret(secret), algorithm)
        .expect("any secret will do")
}

/// The signature of this text by Ed25519, with a key of nobody.
pub(super) fn ed25519(input: &str) -> String {
    // RFC 8410 §7: everything before the 32 bytes of the seed.
    let pkcs8 = [&[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20][..], &[7; 32]].concat();
    jsonwebtoken::crypto::sign(input.as_bytes(), &EncodingKey::from_ed_der(&pkcs8), Algorithm::EdDSA)
        .expect("any 32 bytes are a seed")
}

/// `rsaEncryption` with its NULL (RFC 8017 A.1).
const RSA_ENCRYPTION: [u8; 15] = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
/// `id-ecPublicKey` on `prime256v1` (RFC 5480 §2.1.1).
const P256: [u8; 21] =
    [0x30, 19, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];

/// A DER value of less than 64 KiB.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let [high, low] = u16::try_from(length).expect("keys are short").to_be_bytes();
    let head = match length {
        0..=0x7f => vec![tag, low],
        0x80..=0xff => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head, content.to_vec()].concat()
}

fn der_integer(digits: &[u8]) -> Vec<u8> {
    let sign = if digits.first().is_some_and(|high| *high >= 0x80) { &[0][..] } else { &[] };
    der(2, &[sign, digits].concat())
}

fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    let mut text = format!("-----BEGIN {label}-----\n");
    let body = base64_standard(der);
    for line in body.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text.into_bytes()
}
