//! Signatures, against a second implementation and against everything that must not pass.

use serde_json::{Value, json};
use std::sync::LazyLock;
use zaguan_protocol::NumericDate;
use zaguan_protocol::crypto::{base64url, hmac_sha256};
use zaguan_protocol::id_token::{self, VerifiedIdToken, half_hash};
use zaguan_protocol::jose::{
    Algorithm, Expectation, Expected, ExpiredTokens, JoseError, Jwks, KeyError, SigningKey, generate_p256,
    generate_rsa_2048,
};

const ISSUER: &str = "https://id.contoso.example/775527ff-9a37-4307-8b3d-cc311f58d925/v2.0/";
const APP: &str = "a1b2c3d4-0000-4000-8000-000000000001";
const NOW: i64 = 1_700_000_000;

struct Fixture {
    rsa: SigningKey,
    rsa_der: Vec<u8>,
    ec: SigningKey,
    ec_der: Vec<u8>,
    set: Jwks,
}

static KEYS: LazyLock<Fixture> = LazyLock::new(|| {
    let (rsa_der, ec_der) = (generate_rsa_2048().expose().clone(), generate_p256().expose().clone());
    let rsa = SigningKey::from_pkcs8(&rsa_der).unwrap();
    let ec = SigningKey::from_pkcs8(&ec_der).unwrap();
    let set = Jwks::new([rsa.jwk(), ec.jwk()]);
    Fixture { rsa, rsa_der, ec, ec_der, set }
});

fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "u-1", "aud": APP, "exp": NOW + 3600, "nbf": NOW, "iat": NOW,
        "nonce": "n-1", "sid": "s-1", "tfp": "B2C_1A_signin", "auth_time": NOW - 5,
    })
}

fn expectation() -> Expectation<'static> {
    Expectation {
        issuer: ISSUER.into(),
        audience: APP.into(),
        now: NumericDate(NOW),
        leeway: 0,
        expired: ExpiredTokens::Refused,
    }
}

fn header_of(token: &str) -> String {
    String::from_utf8(base64url::decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

/// A token with this header and payload, properly signed by our RSA key, whatever the header says.
fn signed_as_is(header: &str, payload: &str) -> String {
    let input = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
    let key = jsonwebtoken::EncodingKey::from_rsa_der(&pkcs1(&KEYS.rsa_der));
    let signature = jsonwebtoken::crypto::sign(input.as_bytes(), &key, jsonwebtoken::Algorithm::RS256).unwrap();
    format!("{input}.{signature}")
}

/// The PKCS#1 key inside a PKCS#8 one of RSA-2048: version, algorithm and two headers take 26 bytes.
fn pkcs1(pkcs8: &[u8]) -> Vec<u8> {
    pkcs8[26..].to_vec()
}

#[test]
fn header_is_type_algorithm_key_in_this_order() {
    let token = KEYS.rsa.sign(&claims());
    assert_eq!(header_of(&token), format!(r#"{{"typ":"JWT","alg":"RS256","kid":"{}"}}"#, KEYS.rsa.key_id()));
    assert_eq!(KEYS.rsa.key_id().len(), 43);
    assert_eq!((KEYS.rsa.algorithm(), KEYS.ec.algorithm()), (Algorithm::Rs256, Algorithm::Es256));
}

#[test]
fn another_implementation_accepts_our_tokens() {
    let set = serde_json::to_value(&KEYS.set).unwrap();
    for (key, jwk, algorithm) in [
        (&KEYS.rsa, &set["keys"][0], jsonwebtoken::Algorithm::RS256),
        (&KEYS.ec, &set["keys"][1], jsonwebtoken::Algorithm::ES256),
    ] {
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(jwk.clone()).unwrap();
        let mut validation = jsonwebtoken::Validation::new(algorithm);
        validation.set_audience(&[APP]);
        validation.set_issuer(&[ISSUER]);
        validation.validate_exp = false;
        let read = jsonwebtoken::decode::<Value>(
            &key.sign(&claims()),
            &jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap(),
            &validation,
        )
        .unwrap();
        assert_eq!(read.claims, claims());
    }
}

#[test]
fn we_accept_tokens_of_another_implementation() {
    for (key, name, algorithm) in [
        (
            jsonwebtoken::EncodingKey::from_rsa_der(&pkcs1(&KEYS.rsa_der)),
            KEYS.rsa.key_id(),
            jsonwebtoken::Algorithm::RS256,
        ),
        (jsonwebtoken::EncodingKey::from_ec_der(&KEYS.ec_der), KEYS.ec.key_id(), jsonwebtoken::Algorithm::ES256),
    ] {
        let mut header = jsonwebtoken::Header::new(algorithm);
        header.kid = Some(name.to_owned());
        let token = jsonwebtoken::encode(&header, &claims(), &key).unwrap();
        let verified = KEYS.set.verify(&token, &expectation()).unwrap();
        assert_eq!((Value::Object(verified.claims().clone()), verified.key_id()), (claims(), name));
    }
}

#[test]
fn what_is_not_a_signing_key() {
    assert_eq!(SigningKey::from_pkcs8(b"").unwrap_err(), KeyError::NotAKey);
    assert_eq!(SigningKey::from_pkcs8(&KEYS.rsa_der[..600]).unwrap_err(), KeyError::NotAKey);
    assert_eq!(format!("{:?}", KEYS.rsa), format!("SigningKey {{ key_id: {:?}, .. }}", KEYS.rsa.key_id()));
}

#[test]
fn headers_that_do_not_pass() {
    let payload = claims().to_string();
    let kid = KEYS.rsa.key_id();
    for (header, expected) in [
        (format!(r#"{{"alg":"none","kid":"{kid}"}}"#), JoseError::UnsupportedAlgorithm),
        (format!(r#"{{"alg":"None","kid":"{kid}"}}"#), JoseError::UnsupportedAlgorithm),
        (format!(r#"{{"alg":"","kid":"{kid}"}}"#), JoseError::UnsupportedAlgorithm),
        (format!(r#"{{"alg":null,"kid":"{kid}"}}"#), JoseError::UnsupportedAlgorithm),
        (format!(r#"{{"alg":["RS256"],"kid":"{kid}"}}"#), JoseError::UnsupportedAlgorithm),
        (format!(r#"{{"alg":"rs256","kid":"{kid}"}}"#), JoseError::UnsupportedAlgorithm),
        (format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#), JoseError::UnsupportedAlgorithm),
        (format!(r#"{{"alg":"RS512","kid":"{kid}"}}"#), JoseError::UnsupportedAlgorithm),
        (format!(r#"{{"kid":"{kid}"}}"#), JoseError::UnsupportedAlgorithm),
        (format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#), JoseError::UnknownKey),
        (r#"{"alg":"RS256"}"#.to_owned(), JoseError::UnknownKey),
        (r#"{"alg":"RS256","kid":"other"}"#.to_owned(), JoseError::UnknownKey),
        (format!(r#"{{"alg":"RS256","kid":["{kid}"]}}"#), JoseError::UnknownKey),
        (format!(r#"{{"alg":"RS256","kid":"{}"}}"#, KEYS.ec.key_id()), JoseError::UnknownKey),
        (format!(r#"{{"alg":"RS256","kid":"{kid}","crit":["b64"],"b64":false}}"#), JoseError::CriticalHeader),
        (format!(r#"{{"alg":"RS256","kid":"{kid}","crit":[]}}"#), JoseError::CriticalHeader),
        (format!(r#"{{"alg":"RS256","kid":"{kid}","alg":"none"}}"#), JoseError::SameMemberTwice),
        (format!(r#"["RS256","{kid}"]"#), JoseError::Malformed("JSON object")),
        (String::new(), JoseError::Malformed("JSON object")),
    ] {
        let token = signed_as_is(&header, &payload);
        assert_eq!(KEYS.set.verify(&token, &expectation()).unwrap_err(), expected, "{header}");
    }
}

#[test]
fn a_key_inside_the_token_is_not_used() {
    let attacker = SigningKey::from_pkcs8(generate_rsa_2048().expose()).unwrap();
    let jwk = serde_json::to_string(&attacker.jwk()).unwrap();
    let own_name = attacker.sign(&claims());
    let body = own_name.split('.').nth(1).unwrap();
    for kid in [attacker.key_id(), KEYS.rsa.key_id()] {
        let header = format!(r#"{{"alg":"RS256","kid":"{kid}","jwk":{jwk},"jku":"https://evil.example/keys"}}"#);
        let input = format!("{}.{body}", base64url::encode(header));
        // The attacker's signature over these bytes would not fit either: the key comes from the set alone.
        let signature = own_name.rsplit('.').next().unwrap();
        let refused = KEYS.set.verify(&format!("{input}.{signature}"), &expectation()).unwrap_err();
        assert!(matches!(refused, JoseError::UnknownKey | JoseError::WrongSignature), "{refused}");
    }
    assert_eq!(KEYS.set.verify(&own_name, &expectation()).unwrap_err(), JoseError::UnknownKey);
    // An honest token may carry such members; they are ignored.
    let header = format!(r#"{{"alg":"RS256","kid":"{}","x5u":"https://evil.example","jwk":{jwk}}}"#, KEYS.rsa.key_id());
    assert!(KEYS.set.verify(&signed_as_is(&header, &claims().to_string()), &expectation()).is_ok());
}

#[test]
fn the_public_key_is_no_shared_secret() {
    let modulus = serde_json::to_value(KEYS.rsa.jwk()).unwrap()["n"].as_str().unwrap().to_owned();
    let input = format!(
        "{}.{}",
        base64url::encode(format!(r#"{{"alg":"HS256","kid":"{}"}}"#, KEYS.rsa.key_id())),
        base64url::encode(claims().to_string())
    );
    let token = format!("{input}.{}", base64url::encode(hmac_sha256(modulus.as_bytes(), input.as_bytes())));
    assert_eq!(KEYS.set.verify(&token, &expectation()).unwrap_err(), JoseError::UnsupportedAlgorithm);
}

#[test]
fn shapes_that_do_not_pass() {
    let token = KEYS.rsa.sign(&claims());
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    for (shape, expected) in [
        (String::new(), JoseError::Malformed("compact form")),
        (header.to_owned(), JoseError::Malformed("compact form")),
        (format!("{header}.{payload}"), JoseError::Malformed("compact form")),
        (format!("{token}.x.y"), JoseError::Malformed("compact form")),
        (format!("{header}..{payload}.{signature}"), JoseError::Malformed("compact form")),
        (format!("{header}.{payload}."), JoseError::WrongSignature),
        (format!("{header}.{payload}.{signature}="), JoseError::Malformed("signature")),
        (format!(" {token}"), JoseError::Malformed("header")),
        (format!("{header}=.{payload}.{signature}"), JoseError::Malformed("header")),
        (format!("{header}.{payload}A.{signature}"), JoseError::WrongSignature),
        (format!("{header}.{}.{signature}", base64url::encode("{}")), JoseError::WrongSignature),
        ("a".repeat(16 * 1024 + 1), JoseError::TooLong),
    ] {
        assert_eq!(KEYS.set.verify(&shape, &expectation()).unwrap_err(), expected, "{shape:.40}");
    }
    for (payload, expected) in [
        (r#"{"iss":"a","iss":"b"}"#, JoseError::SameMemberTwice),
        ("[]", JoseError::Malformed("JSON object")),
        ("not json", JoseError::Malformed("JSON object")),
    ] {
        let header = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, KEYS.rsa.key_id());
        assert_eq!(KEYS.set.verify_signature(&signed_as_is(&header, payload)).unwrap_err(), expected);
    }
}

#[test]
fn every_touched_byte_is_noticed() {
    let token = KEYS.ec.sign(&claims());
    for place in 0..token.len() {
        let mut touched = token.clone().into_bytes();
        touched[place] = if touched[place] == b'A' { b'B' } else { b'A' };
        let touched = String::from_utf8(touched).unwrap();
        assert!(KEYS.set.verify(&touched, &expectation()).is_err(), "byte {place}");
    }
}

#[test]
fn claims_that_do_not_pass() {
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        claims
    };
    let without = |name: &str| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().shift_remove(name);
        claims
    };
    for (claims, expected) in [
        (with("iss", json!("https://id.contoso.example")), Err(JoseError::WrongIssuer)),
        (with("iss", json!(7)), Err(JoseError::MissingClaim("iss"))),
        (without("iss"), Err(JoseError::MissingClaim("iss"))),
        (with("aud", json!("other")), Err(JoseError::WrongAudience)),
        (with("aud", json!(["other"])), Err(JoseError::WrongAudience)),
        (with("aud", json!(["other", APP])), Ok(())),
        (without("aud"), Err(JoseError::WrongAudience)),
        (with("exp", json!(NOW)), Err(JoseError::Expired)),
        (with("exp", json!(NOW + 1)), Ok(())),
        (with("exp", json!(0)), Err(JoseError::Expired)),
        (with("exp", json!("later")), Err(JoseError::MissingClaim("exp"))),
        (without("exp"), Err(JoseError::MissingClaim("exp"))),
        (with("nbf", json!(NOW + 1)), Err(JoseError::NotYetValid)),
        (with("nbf", json!("now")), Err(JoseError::Malformed("claim `nbf`"))),
        (without("nbf"), Ok(())),
    ] {
        let found = KEYS.set.verify(&KEYS.ec.sign(&claims), &expectation()).map(|_| ());
        assert_eq!(found, expected, "{claims}");
    }
}

#[test]
fn leeway_and_expired_hints() {
    let token = KEYS.ec.sign(&claims());
    let at = |now: i64, leeway: i64, expired: ExpiredTokens| {
        let expectation = Expectation { now: NumericDate(now), leeway, expired, ..expectation() };
        KEYS.set.verify(&token, &expectation).map(|_| ())
    };
    let end = NOW + 3600;
    assert_eq!(at(end + 299, 300, ExpiredTokens::Refused), Ok(()));
    assert_eq!(at(end + 300, 300, ExpiredTokens::Refused), Err(JoseError::Expired));
    assert_eq!(at(NOW - 300, 300, ExpiredTokens::Refused), Ok(()));
    assert_eq!(at(NOW - 301, 300, ExpiredTokens::Refused), Err(JoseError::NotYetValid));
    // D6: a hint at sign-out may be years old, but never from the future.
    assert_eq!(at(end + 100_000_000, 0, ExpiredTokens::Accepted), Ok(()));
    assert_eq!(at(NOW - 1, 0, ExpiredTokens::Accepted), Err(JoseError::NotYetValid));
}

fn id_token_expectation() -> id_token::Expectation<'static> {
    let Expectation { issuer, audience, now, leeway, expired } = expectation();
    id_token::Expectation { issuer, audience, nonce: Some("n-1"), now, leeway, expired }
}

#[test]
fn an_id_token_tells_who_and_when() {
    let mut claims = claims();
    claims["c_hash"] = json!(half_hash("code-1"));
    let token = VerifiedIdToken::verify(&KEYS.rsa.sign(&claims), &KEYS.set, &id_token_expectation()).unwrap();
    assert_eq!((token.issuer(), token.subject(), token.audience()), (ISSUER, "u-1", APP));
    assert_eq!((token.issued(), token.expires()), (NumericDate(NOW), NumericDate(NOW + 3600)));
    assert_eq!((token.nonce(), token.session_id(), token.object_id()), (Some("n-1"), Some("s-1"), None));
    assert_eq!((token.policy(), token.authenticated()), (Some("B2C_1A_signin"), Some(NumericDate(NOW - 5))));
    assert!(token.belongs_to_code("code-1"));
    assert!(!token.belongs_to_code("code-2"));
    assert!(!token.belongs_to_access_token("code-1"));
}

#[test]
fn half_hash_of_the_standard() {
    // OpenID Connect Core A.4.
    assert_eq!(half_hash("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"), "LDktKdoQak3Pk0cnXxCltA");
}

#[test]
fn id_tokens_that_do_not_pass() {
    let verify = |change: &dyn Fn(&mut Value)| {
        let mut claims = claims();
        change(&mut claims);
        let expectation = id_token_expectation();
        VerifiedIdToken::verify(&KEYS.ec.sign(&claims), &KEYS.set, &expectation)
            .map(|token| token.audience().to_owned())
    };
    let app = || Ok(APP.to_owned());
    assert_eq!(verify(&|_| ()), app());
    assert_eq!(verify(&|claims| claims["nonce"] = json!("n-2")), Err(JoseError::WrongNonce));
    assert_eq!(verify(&|claims| claims["nonce"] = Value::Null), Err(JoseError::MissingClaim("nonce")));
    assert_eq!(verify(&|claims| claims["sub"] = Value::Null), Err(JoseError::MissingClaim("sub")));
    assert_eq!(verify(&|claims| claims["iat"] = Value::Null), Err(JoseError::MissingClaim("iat")));
    assert_eq!(verify(&|claims| claims["aud"] = json!([APP, "api"])), Err(JoseError::WrongAudience));
    assert_eq!(verify(&|claims| claims["azp"] = json!("api")), Err(JoseError::WrongAudience));
    assert_eq!(verify(&|claims| claims["azp"] = json!(7)), Err(JoseError::WrongAudience));
    let both = |claims: &mut Value| {
        claims["aud"] = json!(["api", APP]);
        claims["azp"] = json!(APP);
    };
    assert_eq!(verify(&both), app());
}

#[test]
fn a_hint_may_be_for_any_registered_app() {
    let registered = |name: &str| name == APP || name == "other";
    let mine = |name: &str| name.starts_with("https://id.contoso.example/");
    let expectation = id_token::Expectation {
        issuer: Expected::Known(&mine),
        audience: Expected::Known(&registered),
        nonce: None,
        ..id_token_expectation()
    };
    let hint = VerifiedIdToken::verify(&KEYS.rsa.sign(&claims()), &KEYS.set, &expectation).unwrap();
    assert_eq!(hint.audience(), APP);
    let mut stranger = claims();
    stranger["aud"] = json!("stranger");
    let refused = VerifiedIdToken::verify(&KEYS.rsa.sign(&stranger), &KEYS.set, &expectation);
    assert_eq!(refused.unwrap_err(), JoseError::WrongAudience);
}
