//! Tokens and key sets of somebody who means harm, and of nobody in particular.

use crate::hostile_tokens::{Forger, honest_token, hostile_tokens};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use zaguan_protocol::NumericDate;
use zaguan_protocol::crypto::base64url;
use zaguan_protocol::id_token::{self, VerifiedIdToken};
use zaguan_protocol::jose::{
    Expectation, ExpiredTokens, JoseError, Jwks, SigningKey, generate_p256, generate_rsa_2048,
};

const ISSUER: &str = "https://id.contoso.example/775527ff-9a37-4307-8b3d-cc311f58d925/v2.0/";
const APP: &str = "a1b2c3d4-0000-4000-8000-000000000001";
const NOW: i64 = 1_700_000_000;

/// A key of each kind, in PKCS#8 form, and the set of both.
struct Keys {
    rsa: Vec<u8>,
    ec: Vec<u8>,
    set: Jwks,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let (rsa, ec) = (generate_rsa_2048().expose().clone(), generate_p256().expose().clone());
    let set = Jwks::new([&rsa, &ec].map(|key| SigningKey::from_pkcs8(key).unwrap().jwk()));
    Keys { rsa, ec, set }
});

fn claims() -> Value {
    json!({"iss": ISSUER, "sub": "u-1", "aud": APP, "exp": NOW + 3600, "nbf": NOW, "iat": NOW, "sid": "s-1"})
}

fn expectation() -> Expectation<'static> {
    Expectation {
        issuer: ISSUER.into(),
        audience: APP.into(),
        now: NumericDate(NOW),
        leeway: 300,
        expired: ExpiredTokens::Refused,
    }
}

#[test]
fn none_of_the_hostile_tokens_is_accepted() {
    let Expectation { issuer, audience, now, leeway, expired } = expectation();
    let as_id_token = id_token::Expectation { issuer, audience, nonce: None, now, leeway, expired };
    let (mut all, mut accepted, mut findings) = (BTreeMap::<String, u32>::new(), 0, Vec::new());
    for key in [&KEYS.rsa, &KEYS.ec] {
        KEYS.set.verify(&honest_token(key, &claims()), &expectation()).unwrap();
        for hostile in hostile_tokens(key, &claims()) {
            let found = KEYS.set.verify(&hostile.token, &expectation()).map(|_| ());
            let found_as_id_token = VerifiedIdToken::verify(&hostile.token, &KEYS.set, &as_id_token).map(|_| ());
            accepted += u32::from(found.is_ok() || found_as_id_token.is_ok());
            if found != Err(hostile.refusal) || found_as_id_token != found {
                findings.push(format!("{hostile:?}: {found:?}, {found_as_id_token:?} and not {:?}", hostile.refusal));
            }
            *all.entry(format!("{:?}", hostile.refusal)).or_default() += 1;
        }
    }
    println!("{} hostile tokens: {accepted} accepted; refused as {all:?}", all.values().sum::<u32>());
    assert!(findings.is_empty(), "\n{}", findings.join("\n"));
}

/// Those that are refused for their time alone, and no others, are taken where the time does not count (D6).
#[test]
fn of_the_hostile_tokens_only_expired_ones_are_good_for_signing_out() {
    let expectation = Expectation { expired: ExpiredTokens::Accepted, ..expectation() };
    for hostile in hostile_tokens(&KEYS.rsa, &claims()) {
        let found = KEYS.set.verify(&hostile.token, &expectation);
        assert_eq!(found.is_ok(), hostile.refusal == JoseError::Expired, "{hostile:?}");
    }
}

/// RFC 7518 §3.4 asks for no particular one of the two values of `s` that fit a signature. So a token of ours has a second
/// spelling, with the same claims: nobody may take a token's text for its name.
#[test]
fn the_other_s_is_another_spelling_of_the_same_token() {
    const ORDER: &str = "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE";
    let token = honest_token(&KEYS.ec, &claims());
    let (input, signature) = token.rsplit_once('.').unwrap();
    let (r, s) =
        (base64url::decode(signature).unwrap()[..32].to_vec(), base64url::decode(signature).unwrap()[32..].to_vec());
    let (mut other, mut borrow) = (base64url::decode(ORDER).unwrap(), 0);
    for (digit, less) in other.iter_mut().zip(&s).rev() {
        let difference = i16::from(*digit) - i16::from(*less) - borrow;
        borrow = i16::from(difference < 0);
        *digit = difference.rem_euclid(256).to_le_bytes()[0];
    }
    let again = format!("{input}.{}", base64url::encode([r, other].concat()));
    assert_ne!(again, token);
    assert_eq!(KEYS.set.verify(&again, &expectation()).unwrap(), KEYS.set.verify(&token, &expectation()).unwrap());
}

/// A set, and tokens by a key of it under the name that the set has for the key: none of these names a key to verify with.
#[test]
fn a_key_for_another_purpose_verifies_nothing() {
    let whole = serde_json::to_value(&KEYS.set).unwrap();
    let (rsa, ec) = (&whole["keys"][0], &whole["keys"][1]);
    let with = |key: &Value, changes: Value| {
        let mut key = key.clone();
        for (name, value) in changes.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    };
    let without = |key: &Value, name: &str| {
        let mut key = key.clone();
        key.as_object_mut().unwrap().shift_remove(name);
        key
    };
    for (signs, key) in [
        (&KEYS.rsa, with(rsa, json!({"use": "enc"}))),
        (&KEYS.rsa, with(rsa, json!({"use": "SIG"}))),
        (&KEYS.rsa, with(rsa, json!({"use": ["sig"]}))),
        (&KEYS.rsa, with(rsa, json!({"use": null}))),
        (&KEYS.rsa, with(rsa, json!({"alg": "RSA-OAEP"}))),
        (&KEYS.rsa, with(rsa, json!({"alg": "PS256"}))),
        (&KEYS.rsa, with(rsa, json!({"alg": "RS384"}))),
        (&KEYS.rsa, with(rsa, json!({"alg": "HS256"}))),
        (&KEYS.rsa, with(rsa, json!({"alg": "none"}))),
        (&KEYS.rsa, with(rsa, json!({"alg": null}))),
        (&KEYS.rsa, with(rsa, json!({"key_ops": ["encrypt", "wrapKey"]}))),
        (&KEYS.rsa, with(rsa, json!({"key_ops": []}))),
        (&KEYS.rsa, with(rsa, json!({"key_ops": "verify"}))),
        (&KEYS.rsa, with(rsa, json!({"kty": "oct", "k": rsa["n"]}))),
        (&KEYS.rsa, with(rsa, json!({"kty": "rsa"}))),
        (&KEYS.rsa, with(rsa, json!({"kty": "EC", "crv": "P-256"}))),
        (&KEYS.rsa, with(rsa, json!({"kid": null}))),
        (&KEYS.rsa, with(rsa, json!({"kid": [rsa["kid"]]}))),
        (&KEYS.rsa, without(rsa, "kid")),
        (&KEYS.rsa, without(rsa, "e")),
        (&KEYS.rsa, without(rsa, "n")),
        (&KEYS.rsa, with(rsa, json!({"e": "AQ"}))),
        (&KEYS.rsa, with(rsa, json!({"e": "AA"}))),
        (&KEYS.rsa, with(rsa, json!({"e": ""}))),
        (&KEYS.rsa, with(rsa, json!({"e": "AQAB="}))),
        (&KEYS.rsa, with(rsa, json!({"e": 65537}))),
        (&KEYS.ec, with(ec, json!({"use": "enc"}))),
        (&KEYS.ec, with(ec, json!({"alg": "ECDH-ES"}))),
        (&KEYS.ec, with(ec, json!({"alg": "ES384"}))),
        (&KEYS.ec, with(ec, json!({"crv": "P-384"}))),
        (&KEYS.ec, with(ec, json!({"crv": "secp256k1"}))),
        (&KEYS.ec, with(ec, json!({"key_ops": ["deriveKey"]}))),
        (&KEYS.ec, with(ec, json!({"x": ec["y"], "y": ec["x"]}))),
        (&KEYS.ec, with(ec, json!({"x": base64url::encode([0; 32]), "y": base64url::encode([0; 32])}))),
        (&KEYS.ec, with(ec, json!({"x": base64url::encode([0xff; 32])}))),
        (&KEYS.ec, with(ec, json!({"y": ""}))),
        (&KEYS.ec, with(ec, json!({"kty": "OKP"}))),
        (&KEYS.ec, without(ec, "crv")),
    ] {
        let set = Jwks::parse(&json!({ "keys": [key] }).to_string()).unwrap();
        let found = set.verify(&honest_token(signs, &claims()), &expectation()).map(|_| ());
        // A point that is not on the curve is a key of which the library finds out when it verifies.
        assert!(matches!(found, Err(JoseError::UnknownKey | JoseError::WrongSignature)), "{key}: {found:?}");
    }
    for (signs, key) in [
        (&KEYS.rsa, with(rsa, json!({"key_ops": ["verify"], "alg": "RS256", "x5c": ["AA=="], "ext": true}))),
        (&KEYS.ec, without(&with(ec, json!({"key_ops": ["sign", "verify"]})), "use")),
    ] {
        let set = Jwks::parse(&json!({ "keys": [key] }).to_string()).unwrap();
        assert!(set.verify(&honest_token(signs, &claims()), &expectation()).is_ok(), "{key}");
    }
}

/// Texts that look like a token or a key set at first sight, so that what reads them gets past its first lines.
fn almost_json() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["alg", "kid", "crit", "keys", "kty", "n", "e", "crv", "x", "y", "iss", "exp"]);
    let text = prop_oneof![
        Just("RS256".to_owned()),
        Just("P-256".into()),
        Just("AQAB".into()),
        "[A-Za-z0-9_-]{0,12}",
        any::<String>(),
    ];
    let leaf = prop_oneof![
        text.prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    let value = leaf.prop_recursive(4, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    });
    (value, any::<prop::sample::Index>(), any::<Option<char>>()).prop_map(|(value, place, letter)| {
        let text = value.to_string();
        // Now and then not quite JSON.
        let at = place.get(&text.char_indices().map(|(at, _)| at).collect::<Vec<_>>()).to_owned();
        match letter {
            Some(letter) => format!("{}{letter}{}", &text[..at], &text[at..]),
            None => text,
        }
    })
}

fn any_token() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        almost_json().prop_map(base64url::encode),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(base64url::encode),
        any::<String>(),
    ];
    prop_oneof![any::<String>(), prop::collection::vec(segment, 0..6).prop_map(|segments| segments.join("."))]
}

/// What happens to an honest token on its way.
#[derive(Clone, Debug)]
enum Harm {
    Letter(prop::sample::Index, char),
    Without(prop::sample::Index),
    Twice(prop::sample::Index),
    Cut(prop::sample::Index),
    Bit(prop::sample::Index, u8),
    Segment(prop::sample::Index, String),
    Header(String),
    Payload(String),
}

fn harm() -> impl Strategy<Value = Harm> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        (place(), any::<char>()).prop_map(|(at, letter)| Harm::Letter(at, letter)),
        (place(), prop::char::range('A', 'z')).prop_map(|(at, letter)| Harm::Letter(at, letter)),
        place().prop_map(Harm::Without),
        place().prop_map(Harm::Twice),
        place().prop_map(Harm::Cut),
        (place(), 0_u8..8).prop_map(|(at, bit)| Harm::Bit(at, bit)),
        (place(), "[A-Za-z0-9_-]{0,40}").prop_map(|(at, other)| Harm::Segment(at, other)),
        almost_json().prop_map(Harm::Header),
        almost_json().prop_map(Harm::Payload),
    ]
}

impl Harm {
    fn done_to(&self, token: &str) -> String {
        let mut letters: Vec<char> = token.chars().collect();
        let mut segments: Vec<String> = token.split('.').map(str::to_owned).collect();
        match self {
            Self::Letter(at, letter) => letters[at.index(token.len())] = *letter,
            Self::Without(at) => drop(letters.remove(at.index(token.len()))),
            Self::Twice(at) => letters.insert(at.index(token.len()), letters[at.index(token.len())]),
            Self::Cut(at) => letters.truncate(at.index(token.len())),
            Self::Bit(at, bit) => {
                let at = at.index(token.len());
                letters[at] = char::from(token.as_bytes()[at] ^ (1 << bit));
            }
            Self::Segment(at, other) => {
                segments[at.index(3)] = other.clone();
                return segments.join(".");
            }
            Self::Header(header) => {
                segments[0] = base64url::encode(header);
                return segments.join(".");
            }
            Self::Payload(payload) => {
                segments[1] = base64url::encode(payload);
                return segments.join(".");
            }
        }
        letters.into_iter().collect()
    }
}

static HONEST: LazyLock<[String; 2]> = LazyLock::new(|| [&KEYS.rsa, &KEYS.ec].map(|key| honest_token(key, &claims())));

static FORGERS: LazyLock<[Forger; 2]> = LazyLock::new(|| [&KEYS.rsa, &KEYS.ec].map(|key| Forger::new(key)));

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_a_key_set_panic(text in prop_oneof![any::<String>(), almost_json()]) {
        if let Ok(set) = Jwks::parse(&text) {
            // Whatever was read can be written, and is the same when it is read again.
            prop_assert_eq!(Jwks::parse(&serde_json::to_string(&set).unwrap()), Ok(set.clone()));
            for token in &*HONEST {
                prop_assert!(set.verify_signature(token).is_err());
            }
        }
    }

    #[test]
    fn no_text_that_nobody_signed_is_accepted(token in any_token()) {
        prop_assert!(KEYS.set.verify_signature(&token).is_err());
    }

    #[test]
    fn no_harm_to_a_signed_token_goes_unseen(harm in harm(), which in 0_usize..2) {
        let honest = &HONEST[which];
        let harmed = harm.done_to(honest);
        prop_assert_eq!(KEYS.set.verify_signature(&harmed).is_ok(), harmed == *honest, "{:?}", harm);
    }

    #[test]
    fn what_a_header_says_changes_nothing_but_yes_to_no(header in almost_json(), payload in almost_json(), sign in 0_usize..2) {
        let forger = &FORGERS[sign];
        let token = forger.signed(&header, &payload);
        // Signed it is. Accepted it may be only if the header says what an honest one says.
        if KEYS.set.verify_signature(&token).is_ok() {
            let header: Value = serde_json::from_str(&header).unwrap();
            prop_assert_eq!((header["alg"].as_str(), header["kid"].as_str()), (Some(forger.algorithm()), Some(forger.key_id())));
        }
        let _ = KEYS.set.verify(&token, &expectation());
    }
}
