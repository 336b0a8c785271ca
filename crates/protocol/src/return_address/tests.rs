use super::*;
use proptest::prelude::*;
use serde_json::json;

fn app() -> Application {
    let definition = json!({
        "client_id": "a1b2c3d4-0000-4000-8000-000000000001",
        "name": "x",
        "redirect_uris": {
            "web": ["https://shop.example/cb", "https://shop.example/cb?tenant=1"],
            "spa": ["https://spa.example/", "http://localhost:3000/"],
            "public": ["http://localhost", "http://127.0.0.1/cb", OUT_OF_BAND, "com.contoso.app:/cb"],
        },
        "post_logout_redirect_uris": ["https://shop.example/bye"],
        "logout_url": "https://shop.example/notice",
    });
    Application::from_definition(serde_json::from_value(definition).unwrap()).unwrap()
}

fn code(found: Result<ReturnAddress, OAuthError>) -> Result<RedirectKind, u32> {
    found.map(|address| address.kind()).map_err(|error| error.code.number())
}

#[test]
fn letter_by_letter() {
    for (requested, expected) in [
        ("https://shop.example/cb", Ok(RedirectKind::Web)),
        ("https://shop.example/cb?tenant=1", Ok(RedirectKind::Web)),
        ("https://spa.example/", Ok(RedirectKind::Spa)),
        ("http://localhost:3000/", Ok(RedirectKind::Spa)),
        (OUT_OF_BAND, Ok(RedirectKind::Public)),
        ("com.contoso.app:/cb", Ok(RedirectKind::Public)),
        ("http://localhost", Ok(RedirectKind::Public)),
        ("http://localhost:51234", Ok(RedirectKind::Public)),
        ("http://127.0.0.1:1/cb", Ok(RedirectKind::Public)),
        ("http://127.0.0.1:99999/cb", Err(90287)),
        ("http://127.0.0.1:1/cb/", Err(90006)),
        ("http://127.0.0.1:/cb", Err(90006)),
        ("http://[::1]:1/cb", Err(90006)),
        ("http://localhost:3001/", Err(90006)),
        ("http://localhost.evil.example", Err(90006)),
        ("http://localhost@evil.example", Err(90006)),
        ("http://localhost:80@evil.example", Err(90006)),
        ("https://shop.example/cb/", Err(90006)),
        ("https://shop.example/CB", Err(90006)),
        ("https://SHOP.example/cb", Err(90006)),
        ("https://shop.example:443/cb", Err(90006)),
        ("https://shop.example/./cb", Err(90006)),
        ("https://shop.example/cb?tenant=2", Err(90006)),
        ("https://shop.example/cb#x", Err(90287)),
        ("https://spa.example", Err(90006)),
        ("https://shop.example/bye", Err(90006)),
        ("/cb", Err(90287)),
        ("", Err(90287)),
    ] {
        assert_eq!(code(ReturnAddress::registered(requested, &app())), expected, "{requested}");
    }
}

#[test]
fn a_request_without_address() {
    let with = |uris: serde_json::Value| {
        let definition =
            json!({"client_id": "a1b2c3d4-0000-4000-8000-000000000001", "name": "x", "redirect_uris": uris});
        Application::from_definition(serde_json::from_value(definition).unwrap()).unwrap()
    };
    assert_eq!(code(ReturnAddress::only_one(&with(json!({})))), Err(90007));
    assert_eq!(code(ReturnAddress::only_one(&with(json!({"spa": ["https://a.example"]})))), Ok(RedirectKind::Spa));
    assert_eq!(code(ReturnAddress::only_one(&app())), Err(90083));
    assert_eq!(code(ReturnAddress::registered("https://a.example", &with(json!({})))), Err(90007));
}

#[test]
fn after_sign_out_more_counts() {
    for (requested, in_b2c, hardened) in [
        ("https://shop.example/cb", true, true),
        ("https://shop.example/bye", true, true),
        ("https://shop.example/notice", true, false),
        ("https://shop.example/bye/", false, false),
        ("https://evil.example/", false, false),
    ] {
        for (logout_url, expected) in [(LogoutUrl::Counts, in_b2c), (LogoutUrl::IsForNotices, hardened)] {
            let found = ReturnAddress::after_sign_out(requested, &app(), logout_url);
            assert_eq!(found.is_some(), expected, "{requested}");
            assert!(found.is_none_or(|address| address.proof() == Proof::Registered));
        }
    }
}

#[test]
fn unproven_addresses() {
    for (given, expected) in [
        ("https://any.example/bye?a=b#c", Some("https://any.example/bye?a=b#c")),
        ("https:any.example", Some("https://any.example/")),
        ("HTTPS://Any.Example", Some("https://any.example/")),
        (OUT_OF_BAND, Some(OUT_OF_BAND)),
        ("http://any.example/", None),
        ("javascript:alert(1)", None),
        ("//any.example/", None),
        ("https://user@any.example/", None),
        ("https://any.example/\r\nSet-Cookie: a=b", None),
        ("https://any.example/a b", None),
        (" https://any.example/", None),
        ("", None),
    ] {
        let found = ReturnAddress::unproven(given);
        assert_eq!(found.as_ref().map(ReturnAddress::as_str), expected, "{given}");
        assert!(found.is_none_or(|address| address.proof() == Proof::Unproven));
    }
}

#[test]
fn answers_keep_the_query_of_the_address() {
    let answer = [("code", "a+b/c"), ("state", "x &=#é")];
    for (address, mode, expected) in [
        (
            "https://shop.example/cb",
            ResponseMode::Query,
            "https://shop.example/cb?code=a%2Bb%2Fc&state=x%20%26%3D%23%C3%A9",
        ),
        (
            "https://shop.example/cb",
            ResponseMode::Fragment,
            "https://shop.example/cb#code=a%2Bb%2Fc&state=x%20%26%3D%23%C3%A9",
        ),
        ("https://shop.example/cb", ResponseMode::FormPost, "https://shop.example/cb"),
        (
            "https://shop.example/cb?tenant=1",
            ResponseMode::Query,
            "https://shop.example/cb?tenant=1&code=a%2Bb%2Fc&state=x%20%26%3D%23%C3%A9",
        ),
        ("com.contoso.app:/cb", ResponseMode::Fragment, "com.contoso.app:/cb#code=a%2Bb%2Fc&state=x%20%26%3D%23%C3%A9"),
    ] {
        let address = ReturnAddress::registered(address, &app()).unwrap();
        assert_eq!(address.with_parameters(mode, &answer), expected);
        assert_eq!(address.with_parameters(mode, &[]), address.as_str());
    }
    let unproven = ReturnAddress::unproven("https://any.example/bye?#c").unwrap();
    assert_eq!(unproven.with_parameters(ResponseMode::Query, &[("state", "s")]), "https://any.example/bye?state=s#c");
}

#[test]
fn origins() {
    let origin = |address: &str| ReturnAddress::registered(address, &app()).unwrap().origin();
    assert_eq!(origin("https://spa.example/").as_deref(), Some("https://spa.example"));
    assert_eq!(origin("http://localhost:3000/").as_deref(), Some("http://localhost:3000"));
    assert_eq!(origin("com.contoso.app:/cb"), None);
    assert_eq!(origin(OUT_OF_BAND), None);
}

proptest! {
    #[test]
    fn nothing_unregistered_is_accepted(
        base in prop::sample::select(vec!["https://shop.example/cb", "http://localhost", "http://127.0.0.1/cb", "com.contoso.app:/cb"]),
        place: prop::sample::Index,
        inserted in "\\PC{1,4}|[:/@.#?0-9]{1,4}",
    ) {
        let place = place.index(base.len() + 1);
        let requested = format!("{}{inserted}{}", &base[..place], &base[place..]);
        if let Ok(found) = ReturnAddress::registered(&requested, &app()) {
            // Either another one of the list, or a loopback address with a port put in.
            let listed = app().redirect_uris().iter().any(|(_, uri)| uri == requested);
            let url = Url::parse(found.as_str()).unwrap();
            let here = url.scheme() == "http" && matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
            prop_assert!(listed || (here && found.kind() == RedirectKind::Public), "{requested}");
            prop_assert_eq!(found.as_str(), requested);
        }
    }

    #[test]
    fn an_answer_is_read_back(value in "\\PC{1,40}") {
        let address = ReturnAddress::registered("https://shop.example/cb", &app()).unwrap();
        let whole = address.with_parameters(ResponseMode::Query, &[("state", &value)]);
        let read: Vec<_> = Url::parse(&whole).unwrap().query_pairs().into_owned().collect();
        prop_assert_eq!(read, [("state".to_owned(), value)]);
    }
}
