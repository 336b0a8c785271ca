use super::*;
use crate::Mode;
use crate::id_token::Expectation;
use crate::jose::{Expected, ExpiredTokens, Jwks, SigningKey, generate_p256};
use crate::return_address::Proof;
use crate::time::NumericDate;
use serde_json::json;

const SHOP: &str = "a1b2c3d4-0000-4000-8000-000000000001";
const BLOG: &str = "a1b2c3d4-0000-4000-8000-000000000002";
const GONE: &str = "a1b2c3d4-0000-4000-8000-000000000009";

fn apps() -> [Application; 2] {
    [(SHOP, "shop"), (BLOG, "blog")].map(|(client_id, name)| {
        let definition = json!({
            "client_id": client_id, "name": name,
            "redirect_uris": {"web": [format!("https://{name}.example/cb"), "http://localhost:1/cb"]},
            "post_logout_redirect_uris": [format!("https://{name}.example/bye?a=b")],
            "logout_url": format!("https://{name}.example/notice"),
        });
        Application::from_definition(serde_json::from_value(definition).unwrap()).unwrap()
    })
}

/// A hint of this app that was verified.
fn hint_of(client_id: &str) -> Hint {
    let key = SigningKey::from_pkcs8(generate_p256().expose()).unwrap();
    let token = key.sign(&json!({"iss": "i", "sub": "u", "aud": client_id, "exp": 10, "iat": 1, "sid": "s"}));
    let any = |_: &str| true;
    let expectation = Expectation {
        issuer: Expected::Is("i"),
        audience: Expected::Known(&any),
        nonce: None,
        now: NumericDate(1_000_000),
        leeway: 0,
        expired: ExpiredTokens::Accepted,
    };
    let verified = VerifiedIdToken::verify(&token, &Jwks::new([key.jwk()]), &expectation);
    assert!(verified.is_ok(), "D6: an expired hint is accepted");
    verified.into()
}

fn sign_out(query: &str, hint: &Hint, enforcement: HintEnforcement, mode: Mode) -> SignOutRequest {
    let (unhinted, logout_url) = match mode {
        Mode::B2c => (Unhinted::Anywhere, LogoutUrl::Counts),
        Mode::Hardened => (Unhinted::Registered, LogoutUrl::IsForNotices),
    };
    let rules = SignOutRules { enforcement, unhinted, logout_url };
    let apps = apps();
    SignOutRequest::accept(&RawSignOut::new(Params::parse(query).unwrap()), hint, rules, apps.iter())
}

/// `> address`, `page`, or the number of the error.
fn shown(request: &SignOutRequest) -> String {
    match &request.outcome {
        Outcome::Redirect(_) => format!("> {}", request.location().unwrap()),
        Outcome::SignedOutPage => "page".to_owned(),
        Outcome::Error(error) => error.code.number().to_string(),
    }
}

#[test]
fn where_a_sign_out_ends() {
    use HintEnforcement::{Off, On};
    let (shop, gone) = (hint_of(SHOP), hint_of(GONE));
    let (none, bad) = (Hint::Absent, Hint::Invalid(JoseError::WrongSignature));
    let to = |address: &str| format!("post_logout_redirect_uri={address}");
    let cb = to("https://shop.example/cb");
    let bye = to("https://shop.example/bye?a=b");
    let notice = to("https://shop.example/notice");
    let other = to("https://blog.example/cb");
    let evil = to("https://evil.example/");
    let script = to("javascript:alert(1)");
    let http = to("http://localhost:1/cb");
    let oob = to("urn:ietf:wg:oauth:2.0:oob");
    let nothing = String::new();

    // Query, hint, enforcement, what is shown in mode `b2c`, and in mode `hardened`.
    for (query, hint, enforcement, in_b2c, in_hardened) in [
        (&nothing, &none, Off, "page", "page"),
        (&nothing, &shop, Off, "page", "page"),
        (&nothing, &bad, Off, "page", "page"),
        (&cb, &none, Off, "> https://shop.example/cb", "> https://shop.example/cb"),
        (&bye, &none, Off, "> https://shop.example/bye?a=b", "> https://shop.example/bye?a=b"),
        (&evil, &none, Off, "> https://evil.example/", "page"),
        (&evil, &bad, Off, "> https://evil.example/", "page"),
        (&evil, &shop, Off, "> https://evil.example/", "90006"),
        (&other, &shop, Off, "> https://blog.example/cb", "90006"),
        (&cb, &bad, Off, "> https://shop.example/cb", "> https://shop.example/cb"),
        (&cb, &gone, Off, "> https://shop.example/cb", "90209"),
        (&notice, &shop, Off, "> https://shop.example/notice", "90006"),
        (&oob, &none, Off, "> urn:ietf:wg:oauth:2.0:oob", "page"),
        (&script, &none, Off, "90067", "90067"),
        (&script, &shop, Off, "90067", "90067"),
        (&http, &none, Off, "90067", "90067"),
        (&http, &shop, On, "90067", "90067"),
        (&nothing, &none, On, "90272", "90272"),
        (&cb, &none, On, "90272", "90272"),
        (&cb, &bad, On, "90233", "90233"),
        (&cb, &gone, On, "90209", "90209"),
        (&nothing, &shop, On, "page", "page"),
        (&cb, &shop, On, "> https://shop.example/cb", "> https://shop.example/cb"),
        (&bye, &shop, On, "> https://shop.example/bye?a=b", "> https://shop.example/bye?a=b"),
        (&notice, &shop, On, "> https://shop.example/notice", "90006"),
        (&other, &shop, On, "90006", "90006"),
        (&evil, &shop, On, "90006", "90006"),
    ] {
        for (mode, expected) in [(Mode::B2c, in_b2c), (Mode::Hardened, in_hardened)] {
            let request = sign_out(query, hint, enforcement, mode);
            assert_eq!(shown(&request), expected, "{query} {enforcement:?} {mode:?}");
        }
    }
}

#[test]
fn a_client_id_must_mean_the_app_of_the_hint() {
    use HintEnforcement::{Off, On};
    let cb = "post_logout_redirect_uri=https://shop.example/cb";
    let (none, shop) = (Hint::Absent, hint_of(SHOP));
    for (client_id, hint, enforcement, in_b2c, in_hardened) in [
        (SHOP, &none, Off, "> https://shop.example/cb", "> https://shop.example/cb"),
        (BLOG, &none, Off, "> https://shop.example/cb", "page"),
        (GONE, &none, Off, "> https://shop.example/cb", "page"),
        (BLOG, &shop, Off, "> https://shop.example/cb", "90209"),
        (SHOP, &shop, On, "> https://shop.example/cb", "> https://shop.example/cb"),
        (BLOG, &shop, On, "90209", "90209"),
    ] {
        for (mode, expected) in [(Mode::B2c, in_b2c), (Mode::Hardened, in_hardened)] {
            let request = sign_out(&format!("{cb}&client_id={client_id}"), hint, enforcement, mode);
            assert_eq!(shown(&request), expected, "{client_id} {enforcement:?} {mode:?}");
        }
    }
}

#[test]
fn who_signs_out() {
    let initiator = |query: &str, hint: &Hint| sign_out(query, hint, HintEnforcement::Off, Mode::B2c).initiator;
    let upper = SHOP.to_ascii_uppercase();
    assert_eq!(initiator("", &Hint::Absent), None);
    assert_eq!(initiator(&format!("client_id={upper}"), &Hint::Absent).as_deref(), Some(SHOP));
    assert_eq!(initiator(&format!("client_id={GONE}"), &Hint::Absent), None);
    assert_eq!(initiator("", &hint_of(SHOP)).as_deref(), Some(SHOP));
    assert_eq!(initiator(&format!("client_id={BLOG}"), &hint_of(SHOP)).as_deref(), Some(SHOP));
    assert_eq!(initiator(&format!("client_id={BLOG}"), &hint_of(GONE)), None);
    let refused = Hint::Invalid(JoseError::Expired);
    assert_eq!(initiator(&format!("client_id={BLOG}"), &refused).as_deref(), Some(BLOG));
}

#[test]
fn the_state_comes_back() {
    for (query, expected) in [
        ("post_logout_redirect_uri=https://shop.example/cb&state=foo", "https://shop.example/cb?state=foo"),
        (
            "post_logout_redirect_uri=https%3A%2F%2Fshop.example%2Fbye%3Fa%3Db&state=x%26y",
            "https://shop.example/bye?a=b&state=x%26y",
        ),
        ("post_logout_redirect_uri=https://any.example&state=foo", "https://any.example/?state=foo"),
    ] {
        let request = sign_out(query, &Hint::Absent, HintEnforcement::Off, Mode::B2c);
        assert_eq!(request.location().as_deref(), Some(expected));
        let kept = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<SignOutRequest>(&kept).unwrap(), request);
    }
    let refused = sign_out("state=foo", &Hint::Absent, HintEnforcement::On, Mode::B2c);
    assert_eq!(refused.location(), None);
    let kept = serde_json::to_string(&refused).unwrap();
    assert_eq!(serde_json::from_str::<SignOutRequest>(&kept).unwrap(), refused);
}

#[test]
fn only_what_is_registered_is_marked_so() {
    let proof = |query: &str, hint: &Hint| match sign_out(query, hint, HintEnforcement::Off, Mode::B2c).outcome {
        Outcome::Redirect(to) => to.proof(),
        other => panic!("{other:?}"),
    };
    let cb = "post_logout_redirect_uri=https://shop.example/cb";
    assert_eq!(proof(cb, &hint_of(SHOP)), Proof::Registered);
    assert_eq!(proof(&format!("{cb}&client_id={SHOP}"), &Hint::Absent), Proof::Registered);
    assert_eq!(proof(cb, &hint_of(BLOG)), Proof::Unproven);
    assert_eq!(proof(cb, &Hint::Absent), Proof::Unproven);
}
