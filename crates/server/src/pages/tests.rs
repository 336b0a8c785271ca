//! Laws of every page, checked over all samples.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    asset,
    samples::{Sample, Writer, samples},
    text,
};

/// What a hostile author, app or person would write everywhere.
const HOSTILE: &str = "\"'><script>alert(1)</script>&{0}\u{2028}";

fn hostile() -> Vec<Sample> {
    ["en", "es", HOSTILE]
        .iter()
        .flat_map(|language| Writer { language, say: |text| format!("{text}{HOSTILE}") }.all())
        .collect()
}

/// Start tags of a document: name and attributes. Enough for documents whose values are escaped.
fn tags(html: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let mut found = vec![];
    let mut rest = without_scripts(html);
    while let Some(at) = rest.find('<') {
        rest = rest.split_off(at + 1);
        let end = rest.find('>').unwrap();
        let inside = rest[..end].to_owned();
        if inside.starts_with(|c: char| c.is_ascii_alphabetic()) {
            found.push(tag(&inside));
        }
    }
    found
}

fn tag(inside: &str) -> (String, BTreeMap<String, String>) {
    let (name, mut rest) = inside.split_once([' ', '\n']).unwrap_or((inside, ""));
    let mut attributes = BTreeMap::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() || rest == "/" {
            return (name.into(), attributes);
        }
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        match after.strip_prefix("=\"") {
            Some(value) => {
                let (value, tail) = value.split_once('"').unwrap();
                attributes.insert(key.to_owned(), value.to_owned());
                rest = tail;
            }
            None => {
                attributes.insert(key.to_owned(), String::new());
                rest = after;
            }
        }
    }
}

fn without_scripts(html: &str) -> String {
    let mut parts = html.split("<script ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once("</script>").unwrap().1)
}

#[test]
fn no_value_is_written_unescaped() {
    for sample in hostile() {
        let Sample { name, rendered } = sample;
        assert!(!rendered.html.contains("<script>"), "{name}");
        assert!(!rendered.html.contains("alert(1)</"), "{name}");
        assert!(!without_scripts(&rendered.html).contains("javascript:alert"), "{name}");
        assert!(!without_scripts(&rendered.html).contains("\"'"), "{name}");
        assert!(!rendered.content_security_policy.contains("alert"), "{name}");
        let scripts = rendered.html.matches("<script nonce=\"").count();
        assert_eq!(scripts, rendered.html.matches("</script").count(), "{name}");
    }
}

#[test]
fn every_placeholder_is_filled_and_no_text_is_missing() {
    for Sample { name, rendered } in samples() {
        let shown = without_scripts(&rendered.html);
        assert!(!shown.contains(['{', '}']), "{name}");
        for (tag, attributes) in tags(&rendered.html) {
            for key in ["aria-label", "title", "data-missing", "data-mismatch", "alt"] {
                assert!(attributes.get(key).is_none_or(|text| !text.is_empty()), "{name}: {tag} has an empty {key}");
            }
        }
    }
}

#[test]
fn every_template_text_is_built_in() {
    let templates = [
        (&["Unified", "Page"][..], include_str!("../../pages/unified.html")),
        (&["IdpSelections", "Page"], include_str!("../../pages/idp_selections.html")),
        (&["SelfAsserted", "Page"], include_str!("../../pages/self_asserted.html")),
        (&["SelfAsserted", "Page"], include_str!("../../pages/field.html")),
        (&["Page"], include_str!("../../pages/label.html")),
        (&["SelfAsserted"], include_str!("../../pages/verification.html")),
        (&["GlobalException"], include_str!("../../pages/error.html")),
        (&["SignedOut"], include_str!("../../pages/signed_out.html")),
        (&["FormPost"], include_str!("../../pages/form_post.html")),
        (&["Mailbox"], include_str!("../../pages/mailbox.html")),
        (&["DemoHome"], include_str!("../../pages/demo_home.html")),
        (&["MySessions"], include_str!("../../pages/my_sessions.html")),
    ];
    for (tables, source) in templates {
        let ids = source.split("t.get(\"").skip(1).chain(source.split("t.fill(\"").skip(1));
        for id in ids.map(|rest| rest.split_once('"').unwrap().0) {
            assert!(tables.iter().any(|table| text("en", &format!("{table}.{id}")).is_some()), "{tables:?} {id}");
        }
    }
}

#[test]
fn ids_are_unique_and_references_lead_somewhere() {
    for Sample { name, rendered } in samples() {
        let tags = tags(&rendered.html);
        let mut ids = BTreeSet::new();
        for (_, attributes) in &tags {
            if let Some(id) = attributes.get("id") {
                assert!(ids.insert(id.as_str()), "{name}: two elements are #{id}");
            }
        }
        for (tag, attributes) in &tags {
            for key in ["for", "form", "aria-describedby", "aria-labelledby", "aria-controls", "data-repeats"] {
                for id in attributes.get(key).into_iter().flat_map(|value| value.split(' ')) {
                    assert!(ids.contains(id), "{name}: {key} of {tag} leads to #{id}, which is not there");
                }
            }
        }
    }
}

#[test]
fn every_input_has_a_label() {
    for Sample { name, rendered } in samples() {
        let tags = tags(&rendered.html);
        let labelled: BTreeSet<&str> =
            tags.iter().filter_map(|(_, attributes)| attributes.get("for")).map(String::as_str).collect();
        for (tag, attributes) in &tags {
            let is_hidden = attributes.get("type").is_some_and(|kind| kind == "hidden");
            if matches!(tag.as_str(), "input" | "select" | "textarea") && !is_hidden {
                let by_for = attributes.get("id").is_some_and(|id| labelled.contains(id.as_str()));
                let by_aria = attributes.contains_key("aria-label") || attributes.contains_key("aria-labelledby");
                assert!(by_for || by_aria, "{name}: {attributes:?}");
            }
        }
    }
}

#[test]
fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    for Sample { name, rendered } in samples().into_iter().chain(hostile()) {
        for (tag, attributes) in tags(&rendered.html) {
            assert_ne!(tag, "style", "{name}");
            for (key, value) in &attributes {
                assert!(key != "style" && !key.starts_with("on"), "{name}: {tag} {key}");
                let loads = key == "src" || (tag == "link" && key == "href");
                assert!(!loads || tag == "iframe" || value.starts_with("/static/zaguan/"), "{name}: {tag} {value}");
            }
        }
        for at in rendered.html.split("/static/zaguan/").skip(1) {
            let file = at.split(['?', '"', '\\']).next().unwrap();
            assert!(file.is_empty() || asset(file).is_some(), "{name}: {file}");
        }
    }
}

#[test]
fn script_variables_are_strict_json() {
    let all: Vec<Sample> = samples().into_iter().chain(hostile()).collect();
    for Sample { name, rendered } in all.iter().filter(|sample| sample.rendered.html.contains("SETTINGS")) {
        let variable = |variable: &str| -> Value {
            let (_, rest) = rendered.html.split_once(&format!("var {variable} = ")).unwrap();
            serde_json::Deserializer::from_str(rest).into_iter().next().unwrap().unwrap()
        };
        let settings = variable("SETTINGS");
        assert_eq!(settings["transId"], "StateProperties=eyJUSUQiOiI2ZjJiMWMxZSJ9", "{name}");
        for member in ["csrf", "api", "pageViewId", "remoteResource"] {
            assert!(settings[member].as_str().is_some_and(|text| !text.is_empty()), "{name} {member}");
        }
        assert!(settings["config"].as_object().unwrap().values().all(Value::is_string), "{name}");
        assert!(
            settings["hosts"]["tenant"].as_str().unwrap().starts_with("/contoso.onmicrosoft.com/B2C_1A_"),
            "{name}"
        );
        assert!(variable("SA_FIELDS")["AttributeFields"].is_array(), "{name}");
        assert!(variable("CP")["list"].is_array(), "{name}");
        for (id, text) in variable("CONTENT").as_object().unwrap() {
            assert!(!text.as_str().unwrap().contains(['<', '>', '"']), "{name} {id}");
        }
    }
}

#[test]
fn pages_have_the_elements_that_clients_look_for() {
    let rows: [(&str, &[&str]); 7] = [
        (
            "sign-in.en",
            &[
                "localAccountForm",
                "signInName",
                "password",
                "forgotPassword",
                "rememberMe",
                "next",
                "createAccount",
                "FacebookExchange",
            ],
        ),
        ("sign-in-refused.en", &["pageMessage"]),
        ("providers.en", &["FacebookExchange", "ContosoExchange", "cancel"]),
        (
            "sign-up.en",
            &[
                "attributeVerification",
                "attributeList",
                "email",
                "email_ver_but_send",
                "email_ver_input",
                "passwordEntryMismatch",
                "continue",
                "cancel",
            ],
        ),
        ("sign-up-code-sent.en", &["email_ver_but_verify", "email_ver_but_resend", "email_info"]),
        ("sign-up-verified.en", &["email_success", "email_ver_but_edit"]),
        (
            "every-field.en",
            &[
                "dateOfBirth_day",
                "dateOfBirth_month",
                "dateOfBirth_year",
                "city",
                "office_mad",
                "extension_news_lis",
                "notice",
                "oldPassword",
            ],
        ),
    ];
    let all = samples();
    for (name, ids) in rows {
        let html = &all.iter().find(|sample| sample.name == name).unwrap().rendered.html;
        let tags = tags(html);
        for id in ids {
            assert!(
                tags.iter().any(|(_, attributes)| attributes.get("id").is_some_and(|own| own == id)),
                "{name} #{id}"
            );
        }
        assert_eq!(
            tags.iter()
                .filter(|(_, attributes)| attributes.contains_key("data-name") && attributes["id"] == "api")
                .count(),
            1
        );
    }
}

#[test]
fn links_carry_the_visit_literally() {
    let sign_in = samples().into_iter().find(|sample| sample.name == "sign-in.en").unwrap();
    let tags = tags(&sign_in.rendered.html);
    let address = |id: &str, key: &str| {
        tags.iter().find(|(_, attributes)| attributes.get("id").is_some_and(|own| own == id)).unwrap().1[key]
            .replace("&#38;", "&")
    };
    let base = "/contoso.onmicrosoft.com/B2C_1A_signup_signin";
    let visit = "tx=StateProperties=eyJUSUQiOiI2ZjJiMWMxZSJ9&p=B2C_1A_signup_signin";
    let api = format!("{base}/api/CombinedSigninAndSignup");
    assert_eq!(address("localAccountForm", "action"), format!("{base}/SelfAsserted?{visit}"));
    assert_eq!(address("createAccount", "href"), format!("{api}/unified?local=signup&csrf_token=c2VjcmV0%3B1&{visit}"));
    assert_eq!(address("forgotPassword", "href"), format!("{api}/forgotPassword?csrf_token=c2VjcmV0%3B1&{visit}"));
    assert_eq!(
        address("FacebookExchange", "href"),
        format!("{api}/unified?claimsexchange=FacebookExchange&csrf_token=c2VjcmV0%3B1&{visit}")
    );
}

#[test]
fn without_script_a_form_speaks_of_one_address_at_a_time() {
    let all = samples();
    let named = |name: &str, wire: &str| {
        let html = &all.iter().find(|sample| sample.name == name).unwrap().rendered.html;
        tags(html)
            .into_iter()
            .filter(|(_, attributes)| attributes.get("name").is_some_and(|own| own == wire))
            .collect::<Vec<_>>()
    };
    assert_eq!(named("sign-up.en", "claim_id").len(), 1);
    assert_eq!(named("sign-up.en", "user_input").len(), 1);
    let asks: Vec<String> = named("sign-up.en", "request_type")
        .into_iter()
        .map(|(tag, attributes)| format!("{tag} {}", attributes["value"]))
        .collect();
    assert_eq!(
        asks,
        ["button VERIFICATION_REQUEST", "button VALIDATION_REQUEST", "button VERIFICATION_REQUEST", "button RESPONSE"]
    );
    assert_eq!(named("sign-in.en", "request_type").len(), 1);
    assert_eq!(named("sign-up-verified.en", "claim_id").len(), 0);
}

#[test]
fn texts_of_the_policy_win_and_ours_fit_the_page() {
    let rows = [
        ("every-field.en", "<h1 role=\"heading\">Your profile</h1>"),
        ("every-field.en", ">Continue</button>"),
        ("every-field.es", ">Continuar</button>"),
        ("every-field.en", "Loyalty: 42"),
        ("sign-up.en", ">Create</button>"),
        ("sign-in.en", "Sign in with your Email address"),
        ("sign-in-refused.es", "La contraseña no es correcta."),
    ];
    let all = samples();
    for (name, expected) in rows {
        let html = &all.iter().find(|sample| sample.name == name).unwrap().rendered.html;
        assert!(html.contains(expected), "{name}: {expected}");
    }
}
