use super::*;
use crate::application::ApplicationDefinition;
use crate::jose::{SigningKey, generate_p256};
use base64::Engine as _;
use serde_json::{Value, json};

const APP: &str = "a1b2c3d4-0000-4000-8000-000000000001";
const ENDPOINT: &str = "https://id.example/t/p/oauth2/v2.0/token";
const NOW: NumericDate = NumericDate(1_000_000);

fn basic(text: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
}

fn parse(form: &str, authorization: Option<&str>) -> Result<ClientAuthentication, u32> {
    ClientAuthentication::parse(&Params::parse(form).unwrap(), authorization).map_err(|error| error.code.number())
}

#[test]
fn what_cannot_be_read() {
    let jwt = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    for (form, authorization, number) in [
        ("", None, 90008),
        ("client_id=a&client_secret=s", Some(basic("a:s")), 90122),
        ("client_id=a&client_secret=s&client_assertion=x", None, 90122),
        ("client_assertion=x", Some(basic("a:s")), 90122),
        ("client_id=b", Some(basic("a:s")), 90122),
        ("", Some(basic("as")), 90122),
        ("", Some(basic("a:%zz")), 90122),
        ("", Some(basic(":s")), 90008),
        ("", Some("Basic !".to_owned()), 90122),
        ("client_id=a&client_assertion=x", None, 90083),
        ("client_id=a&client_assertion_type=saml&client_assertion=x", None, 90016),
        (&format!("client_id=a&{jwt}"), None, 90083),
        (&format!("{jwt}&client_assertion=x"), None, 90008),
        (&format!("{jwt}&client_assertion=a.b.c"), None, 90008),
    ] {
        assert_eq!(parse(form, authorization.as_deref()).unwrap_err(), number, "{form} {authorization:?}");
    }
}

#[test]
fn basic_is_form_encoded_inside() {
    for (header, client_id, secret) in [
        (basic("a:s"), "a", Some("s")),
        (basic("a:s").replace("Basic", "bAsIc"), "a", Some("s")),
        (basic("a%2Db:p%3Aq+r%25"), "a-b", Some("p:q r%")),
        (basic("a:p:q"), "a", Some("p:q")),
        (basic("a:"), "a", None),
    ] {
        let client = parse("x=y", Some(&header)).unwrap();
        assert_eq!((client.client_id.as_str(), client.secret().map(|s| s.expose().as_str())), (client_id, secret));
    }
    let client = parse("client_id=A", Some("Bearer x")).unwrap();
    assert_eq!((client.client_id.as_str(), client.proof), ("A", Proof::None));
    assert!(parse("client_id=A", Some(&basic("a:s"))).is_ok());
}

fn app(keys: &[Value]) -> Application {
    Application::from_definition(ApplicationDefinition {
        keys: keys.to_vec(),
        ..ApplicationDefinition::new(APP, "Contoso Nightly")
    })
    .unwrap()
}

#[test]
fn who_needs_which_proof() {
    use RedirectKind::{Public, Spa, Web};
    let open = app(&[]);
    let confidential = open.clone().with_secret();
    let secret = || Secret::new("s".to_owned());
    let proofs = [Proof::None, Proof::Post(secret()), Proof::Basic(secret()), Proof::Assertion(secret())];
    for (app, kind, expected) in [
        (&confidential, Web, [Err(90079), Ok(()), Ok(()), Ok(())]),
        (&confidential, Spa, [Ok(()), Err(90084), Err(90084), Ok(())]),
        (&confidential, Public, [Ok(()), Err(90084), Err(90084), Ok(())]),
        (&open, Web, [Ok(()), Err(90084), Err(90084), Ok(())]),
        (&open, Spa, [Ok(()), Err(90084), Err(90084), Ok(())]),
    ] {
        for (proof, expected) in proofs.iter().zip(expected) {
            let client = ClientAuthentication { client_id: APP.to_owned(), proof: proof.clone() };
            let found = client.suits(app, kind).map_err(|error| error.code.number());
            assert_eq!(found, expected, "{kind:?} {proof:?}");
        }
    }
}

fn sound() -> Value {
    json!({"iss": APP, "sub": APP, "aud": ENDPOINT, "exp": NOW.0 + 300, "iat": NOW.0, "jti": "1"})
}

fn check(app: &Application, assertion: &str) -> Result<UsedAssertion, String> {
    let form = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)].map(|(name, value)| {
        let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        format!("{name}={value}")
    });
    let client = ClientAuthentication::parse(&Params::parse(&form.join("&")).unwrap(), None).map_err(|e| e.message)?;
    let used = client.check_assertion(app, &|name| name == ENDPOINT, NOW).map_err(|error| {
        assert_eq!((error.code.number(), &*error.error), (90017, "invalid_client"));
        error.message
    });
    used.map(Option::unwrap)
}

#[test]
fn an_assertion_proves_its_signer_once_for_a_while() {
    let key = SigningKey::from_pkcs8(generate_p256().expose()).unwrap();
    let other = SigningKey::from_pkcs8(generate_p256().expose()).unwrap();
    let registered = app(&[serde_json::to_value(key.jwk()).unwrap()]);
    let used = check(&registered, &key.sign(&sound())).unwrap();
    assert_eq!(used, UsedAssertion { id: "1".to_owned(), until: NOW.plus(360) });

    for (change, reason) in [
        (json!({"iss": "a1b2c3d4-0000-4000-8000-000000000002"}), "issued by somebody else"),
        (json!({"sub": "a1b2c3d4-0000-4000-8000-000000000002"}), "`sub` must be"),
        (json!({"aud": "https://other.example/token"}), "`aud` must be"),
        (json!({"aud": ["https://other.example/token"]}), "`aud` must be"),
        (json!({"aud": null}), "`aud` must be"),
        (json!({"exp": null}), "`exp` is missing"),
        (json!({"exp": NOW.0 - 61}), "`exp` has passed; make a new one"),
        (json!({"exp": NOW.0 + 3661}), "3600 seconds"),
        (json!({"nbf": NOW.0 + 61}), "not valid yet"),
        (json!({"jti": null}), "`jti` must be"),
        (json!({"jti": ""}), "`jti` must be"),
        (json!({"jti": "x".repeat(257)}), "`jti` must be"),
        (json!({"jti": 1}), "`jti` must be"),
    ] {
        let mut claims = sound();
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let found = check(&registered, &key.sign(&claims)).unwrap_err();
        assert!(found.contains(reason), "{change}: {found}");
    }
    let with_header = |header: Value| {
        let signed = key.sign(&sound());
        let (_, rest) = signed.split_once('.').unwrap();
        format!("{}.{rest}", base64url::encode(header.to_string()))
    };
    let kid = key.key_id();
    for (assertion, reason) in [
        (other.sign(&sound()), "no key of the app has the `kid`"),
        (with_header(json!({"alg": "ES256"})), "its header names no `kid`; send that of the key"),
        (with_header(json!({"alg": "ES256", "kid": 1})), "its header names no `kid`; send that of the key"),
        (with_header(json!({"alg": "RS256", "kid": kid})), "`alg` in its header"),
        (with_header(json!({"alg": "PS256", "kid": kid})), "other than RS256 and ES256"),
        (key.sign(&sound()) + "A", "the signature"),
        ("a.b.c".to_owned(), "names no app"),
    ] {
        let found = check(&registered, &assertion).unwrap_err();
        assert!(found.contains(reason), "{found}");
    }
    assert!(check(&app(&[]), &key.sign(&sound())).unwrap_err().contains("no public key"));
}
