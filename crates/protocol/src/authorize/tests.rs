use super::*;
use crate::errors::Code;
use crate::return_address::RedirectKind;
use serde_json::json;

const SHOP: &str = "a1b2c3d4-0000-4000-8000-000000000001";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn app(change: impl FnOnce(&mut serde_json::Value)) -> Application {
    let mut definition = json!({
        "client_id": SHOP,
        "name": "Contoso Groceries",
        "redirect_uris": {
            "web": ["https://shop.example/cb"],
            "spa": ["https://spa.example/"],
            "public": ["http://localhost", "com.contoso.app:/cb"],
        },
        "implicit": {"id_token": true, "access_token": true},
        "api": {"identifier_uri": "https://t.example/tasks", "scopes": ["read"]},
    });
    change(&mut definition);
    Application::from_definition(serde_json::from_value(definition).unwrap()).unwrap().with_secret()
}

/// A request with these parameters changed (an empty value takes one away), to this app.
fn ask_of(app: &Application, mode: Mode, changes: &[(&str, &str)]) -> Result<AuthorizeRequest, Rejected> {
    let mut all: Vec<(String, String)> = [
        ("client_id", SHOP),
        ("redirect_uri", "https://shop.example/cb"),
        ("response_type", "code"),
        ("scope", "openid profile offline_access"),
        ("state", "s <&> 1"),
        ("nonce", "n<1>"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (name, value) in changes {
        all.retain(|(other, _)| other != name);
        all.push(((*name).to_owned(), (*value).to_owned()));
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
    let apis = |identifier: &str| (identifier == "https://t.example/tasks").then_some(app);
    accept(
        RawAuthorize::new(Params::parse(&query).unwrap()),
        app,
        &Context { mode, apis: &apis, access_token_always: false },
    )
}

fn ask(changes: &[(&str, &str)]) -> Result<AuthorizeRequest, Rejected> {
    ask_of(&app(|_| ()), Mode::Hardened, changes)
}

#[test]
fn a_whole_request() {
    let request = ask(&[
        ("client_id", "A1B2C3D4-0000-4000-8000-000000000001"),
        ("prompt", "login"),
        ("max_age", "60"),
        ("login_hint", "ada@example.com"),
        ("domain_hint", "facebook.com"),
        ("ui_locales", "es en"),
        ("acr_values", "x"),
        ("id_token_hint", "a.b.c"),
        ("code_challenge", VERIFIER),
        ("client_info", "1"),
        ("campaign", "spring"),
    ])
    .unwrap();
    assert_eq!(request.client_id, SHOP);
    assert_eq!((request.state.as_deref(), request.nonce.as_deref()), (Some("s <&> 1"), Some("n<1>")));
    assert_eq!((request.prompt, request.max_age, request.client_info), (Prompt::Login, Some(60), true));
    assert_eq!(request.login_hint.as_deref(), Some("ada@example.com"));
    assert_eq!(request.params.get("campaign"), Some("spring"));
    assert_eq!(request.response_mode, ResponseMode::Query);
    assert!(request.granted.openid && request.granted.offline_access && request.granted.resource.is_none());
    assert!(request.challenge.as_ref().unwrap().verify(VERIFIER).is_ok());
    assert!(!format!("{request:?}").contains("a.b.c"));

    let parked = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<AuthorizeRequest>(&parked).unwrap(), request);
}

#[test]
fn before_the_address_is_proven_nobody_is_redirected() {
    for (changes, expected) in [
        (&[("client_id", "")][..], 90008),
        (&[("client_id", "other")], 90018),
        (&[("client_id", "<b>")], 90122),
        (&[("redirect_uri", "https://evil.example/cb")], 90006),
        (&[("redirect_uri", "cb")], 90287),
        (&[("redirect_uri", "")], 90083),
        (&[("redirect_uri", "https://evil.example/cb"), ("response_type", "x"), ("prompt", "x")], 90006),
    ] {
        match ask(changes).unwrap_err() {
            Rejected::OnOurPage(error) => assert_eq!(error.code.number(), expected, "{changes:?}"),
            rejected => panic!("{changes:?}: {rejected:?}"),
        }
    }
    let lost = RawAuthorize::new(Params::default());
    assert_eq!(lost.client_id().unwrap_err().code, Code::ClientIdMissing);
}

#[test]
fn from_then_on_the_app_is_told() {
    use ResponseMode::{FormPost, Fragment, Query};
    for (changes, mode, number, error) in [
        (&[("response_type", "")][..], Query, 90083, "invalid_request"),
        (&[("response_type", "code code")], Query, 90013, "unsupported_response_type"),
        (&[("response_type", "none")], Query, 90013, "unsupported_response_type"),
        (&[("response_type", "Code")], Query, 90013, "unsupported_response_type"),
        (&[("response_type", "x"), ("response_mode", "form_post")], FormPost, 90013, "unsupported_response_type"),
        (&[("response_type", "<x>")], Query, 90122, "invalid_request"),
        (&[("response_mode", "web_message")], Query, 90014, "invalid_request"),
        (&[("response_type", "id_token"), ("response_mode", "query")], Fragment, 90014, "invalid_request"),
        (&[("response_type", "code token"), ("response_mode", "query")], Fragment, 90014, "invalid_request"),
        (&[("request", "a.b.c")], Query, 90122, "request_not_supported"),
        (&[("request_uri", "https://x.example")], Query, 90122, "request_uri_not_supported"),
        (&[("scope", "")], Query, 90010, "invalid_scope"),
        (&[("scope", "a\"b")], Query, 99005, "invalid_scope"),
        (&[("scope", "openid what")], Query, 90117, "invalid_scope"),
        (&[("scope", "profile")], Query, 90115, "invalid_scope"),
        (&[("scope", "offline_access")], Query, 90115, "invalid_scope"),
        (&[("response_type", "id_token"), ("scope", SHOP)], Fragment, 90110, "invalid_scope"),
        (&[("response_type", "token")], Fragment, 90055, "invalid_scope"),
        (&[("response_type", "id_token"), ("nonce", "")], Fragment, 90083, "invalid_request"),
        (&[("prompt", "create")], Query, 90043, "invalid_request"),
        (&[("prompt", "LOGIN")], Query, 90043, "invalid_request"),
        (&[("prompt", "none login")], Query, 90043, "invalid_request"),
        (&[("prompt", " ")], Query, 90043, "invalid_request"),
        (&[("prompt", "<login>")], Query, 90122, "invalid_request"),
        (&[("max_age", "-1")], Query, 90120, "invalid_request"),
        (&[("max_age", "+1")], Query, 90120, "invalid_request"),
        (&[("max_age", "1.5")], Query, 90120, "invalid_request"),
        (&[("max_age", "4294967296")], Query, 90120, "invalid_request"),
        (&[("max_age", "2147483648")], Query, 90120, "invalid_request"),
        (&[("code_challenge_method", "S256")], Query, 90083, "invalid_request"),
        (&[("code_challenge", VERIFIER), ("code_challenge_method", "x")], Query, 90184, "invalid_request"),
    ] {
        match ask(changes).unwrap_err() {
            Rejected::BackToApp { to, mode: found, state, error: refused } => {
                assert_eq!(to.as_str(), "https://shop.example/cb");
                assert_eq!(state.as_deref(), Some("s <&> 1"));
                assert_eq!((refused.code.number(), &*refused.error, found), (number, error, mode), "{changes:?}");
            }
            rejected => panic!("{changes:?}: {rejected:?}"),
        }
    }
}

#[test]
fn how_the_answer_travels() {
    use ResponseMode::{FormPost, Fragment, Query};
    for (response_type, response_mode, expected) in [
        ("code", "", Query),
        ("code", "fragment", Fragment),
        ("code", "form_post", FormPost),
        ("id_token", "", Fragment),
        ("id_token token", "", Fragment),
        ("token id_token", "form_post", FormPost),
        ("code id_token", "", Fragment),
        ("code id_token token", "fragment", Fragment),
    ] {
        let changes = [
            ("response_type", response_type),
            ("response_mode", response_mode),
            ("scope", "openid https://t.example/tasks/read"),
        ];
        let request = ask(&changes).unwrap();
        assert_eq!(request.response_mode, expected, "{response_type} {response_mode}");
    }
    let own_scheme =
        [("redirect_uri", "com.contoso.app:/cb"), ("response_mode", "form_post"), ("code_challenge", VERIFIER)];
    assert_eq!(ask(&own_scheme).unwrap_err().error().code, Code::ResponseModeUnsupported);
}

#[test]
fn tokens_at_once_must_be_allowed() {
    for (id_token, access_token, response_type, expected) in [
        (false, false, "code", Ok(())),
        (false, false, "id_token", Err(90057)),
        (false, false, "code id_token", Err(90057)),
        (true, false, "code id_token", Ok(())),
        (true, false, "id_token token", Err(90057)),
        (false, true, "token", Ok(())),
    ] {
        let app =
            app(|definition| definition["implicit"] = json!({"id_token": id_token, "access_token": access_token}));
        let changes = [("response_type", response_type), ("scope", "openid https://t.example/tasks/read")];
        let found = ask_of(&app, Mode::B2c, &changes).map(|_| ()).map_err(|rejected| rejected.error().code.number());
        assert_eq!(found, expected, "{response_type}");
    }
}

#[test]
fn who_must_use_pkce() {
    let secretive = app(|_| ());
    let open = Application::from_definition(
        serde_json::from_value(json!({
            "client_id": SHOP, "name": "x", "implicit": {"id_token": true},
            "redirect_uris": {
                "web": ["https://shop.example/cb"], "spa": ["https://spa.example/"], "public": ["http://localhost"],
            },
        }))
        .unwrap(),
    )
    .unwrap();
    for (app, address, kind, in_b2c, hardened) in [
        (&secretive, "https://shop.example/cb", RedirectKind::Web, true, true),
        (&secretive, "https://spa.example/", RedirectKind::Spa, false, false),
        (&secretive, "http://localhost:4711", RedirectKind::Public, true, false),
        (&open, "https://shop.example/cb", RedirectKind::Web, true, false),
        (&open, "https://spa.example/", RedirectKind::Spa, false, false),
        (&open, "http://localhost:4711", RedirectKind::Public, true, false),
    ] {
        for (mode, passes) in [(Mode::B2c, in_b2c), (Mode::Hardened, hardened)] {
            let found = ask_of(app, mode, &[("redirect_uri", address)]);
            assert_eq!(
                found.as_ref().map_err(|rejected| rejected.error().code).err(),
                (!passes).then_some(Code::ChallengeMissing),
                "{mode:?} {address}"
            );
            let with = ask_of(app, mode, &[("redirect_uri", address), ("code_challenge", VERIFIER)]).unwrap();
            assert_eq!(with.return_address.kind(), kind);
            let no_code = ask_of(app, mode, &[("redirect_uri", address), ("response_type", "id_token")]);
            assert!(no_code.is_ok());
        }
    }
}

#[test]
fn prompts() {
    for (text, expected) in [
        ("", Prompt::Default),
        ("none", Prompt::None),
        ("login", Prompt::Login),
        ("select_account", Prompt::SelectAccount),
        ("consent", Prompt::Consent),
        ("consent login", Prompt::Login),
        ("select_account consent", Prompt::SelectAccount),
    ] {
        assert_eq!(ask(&[("prompt", text)]).unwrap().prompt, expected, "{text}");
    }
}

#[test]
fn what_clients_send_besides_is_no_error() {
    // R-24 to R-29.
    let state = "s".repeat(9000);
    let nonce = "n".repeat(512);
    let request = ask(&[
        ("state", &state),
        ("nonce", &nonce),
        ("claims", r#"{"id_token":{"signin_state":{"essential":false}}}"#),
        ("sid", "s-1"),
        ("X-AnchorMailbox", "Oid:u@t"),
        ("x-client-SKU", "msal.js.node"),
        ("clidata", "1"),
        ("instance_aware", "true"),
        ("resource", "x"),
    ])
    .unwrap();
    assert_eq!((request.state, request.nonce), (Some(state), Some(nonce)));
}

#[test]
fn response_types_are_written_in_one_order() {
    for (given, expected) in [
        ("code", Some("code")),
        ("token id_token code", Some("code id_token token")),
        (" id_token  token ", Some("id_token token")),
        ("", None),
        ("code,token", None),
        ("id_token id_token", None),
    ] {
        assert_eq!(ResponseType::parse(given).map(|found| found.to_string()).as_deref(), expected, "{given}");
    }
}

const ISSUER: &str = "https://id.example/g/v2.0/";

#[test]
fn answers() {
    let secret = |text: &str| Some(text.to_owned().into());
    let code = Issued { code: secret("c+1"), client_info: Some("ci".to_owned()), ..Issued::default() };
    let query = ask(&[("state", "s"), ("client_info", "1")]).unwrap();
    let expected =
        "https://shop.example/cb?state=s&code=c%2B1&client_info=ci&iss=https%3A%2F%2Fid.example%2Fg%2Fv2.0%2F";
    assert_eq!(query.answer(&code, ISSUER), Delivery::Redirect(expected.to_owned()));

    let scope = "openid https://t.example/tasks/read";
    let tokens = Issued {
        id_token: secret("it"),
        access_token: Some(IssuedInFront { token: "at".to_owned().into(), expires_in: 3600, scope: scope.to_owned() }),
        ..Issued::default()
    };
    let fragment = ask(&[("state", ""), ("response_type", "id_token token"), ("scope", scope)]).unwrap();
    let expected = "https://shop.example/cb#id_token=it&access_token=at&token_type=Bearer&expires_in=3600\
                    &scope=openid%20https%3A%2F%2Ft.example%2Ftasks%2Fread&iss=https%3A%2F%2Fid.example%2Fg%2Fv2.0%2F";
    assert_eq!(fragment.answer(&tokens, ISSUER), Delivery::Redirect(expected.to_owned()));

    let form = ask(&[("state", "<s>"), ("response_mode", "form_post")]).unwrap();
    let fields = vec![
        ("state", "<s>".to_owned()),
        ("code", "c+1".to_owned()),
        ("client_info", "ci".to_owned()),
        ("iss", ISSUER.to_owned()),
    ];
    assert_eq!(form.answer(&code, ISSUER), Delivery::Form { action: "https://shop.example/cb".to_owned(), fields });
    assert!(!format!("{:?} {:?}", form.answer(&code, ISSUER), query.answer(&code, ISSUER)).contains("c+1"));
}

#[test]
fn refusals_carry_the_code_and_the_state() {
    let cancelled = OAuthError::new(Code::Cancelled, &[]);
    let request = ask(&[("state", "s")]).unwrap();
    let Delivery::Redirect(address) = request.refuse(&cancelled, ISSUER, "7a3c", "2026-01-02 03:04:05Z") else {
        panic!("a code goes back in the query")
    };
    let read: Vec<_> = url::Url::parse(&address).unwrap().query_pairs().into_owned().collect();
    let text = |text: &str| text.to_owned();
    let description =
        text("AADB2C90091: the person cancelled\r\nCorrelation ID: 7a3c\r\nTimestamp: 2026-01-02 03:04:05Z\r\n");
    assert_eq!(
        read,
        [
            (text("error"), text("access_denied")),
            (text("error_description"), description),
            (text("state"), text("s")),
            (text("iss"), text(ISSUER))
        ]
    );
}
