//! Registered apps: who may ask, where answers go, which scopes an API offers.

use crate::jose::{Algorithm, Jwk, Jwks};
use crate::return_address::{self, RedirectKind, ReturnAddress};
use serde::Deserialize;

/// An app as its administrator wrote it (`apps/*.toml`); not checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationDefinition {
    /// A GUID.
    pub client_id: String,
    /// What people see.
    pub name: String,
    /// Where answers may go.
    #[serde(default)]
    pub redirect_uris: RedirectUris,
    /// Where the browser may go after sign-out, besides the redirect addresses.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// What we call in a frame when the session ends elsewhere.
    #[serde(default)]
    pub logout_url: Option<String>,
    /// What may be issued without a code.
    #[serde(default)]
    pub implicit: Implicit,
    /// What the app offers to other apps.
    #[serde(default)]
    pub api: Option<Api>,
    /// Roles at APIs that the app has been given for itself, as `identifier_uri/role`; what `.default` grants.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Whether the app may send a person's password (ROPC).
    #[serde(default)]
    pub password_grant: bool,
    /// What tokens for this app are signed with.
    #[serde(default)]
    pub signing_algorithm: Algorithm,
    /// Public keys (JSON Web Keys) with which the app may prove itself (`private_key_jwt`).
    #[serde(default)]
    pub keys: Vec<serde_json::Value>,
    /// Where the app is served as the standards say, and not as B2C does.
    #[serde(default)]
    pub standards: AppStandards,
    /// `false`: the app is known, and nobody is served through it.
    #[serde(default = "yes")]
    pub enabled: bool,
}

impl ApplicationDefinition {
    /// An app of which nothing more is known: no address, no secret, no API.
    #[must_use]
    pub fn new(client_id: &str, name: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            name: name.to_owned(),
            redirect_uris: RedirectUris::default(),
            post_logout_redirect_uris: Vec::new(),
            logout_url: None,
            implicit: Implicit::default(),
            api: None,
            roles: Vec::new(),
            password_grant: false,
            signing_algorithm: Algorithm::default(),
            keys: Vec::new(),
            standards: AppStandards::default(),
            enabled: true,
        }
    }
}

const fn yes() -> bool {
    true
}

/// Where an app is served as the standards say, and not as B2C does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AppStandards {
    /// `openid` alone gives an access token too, for the app itself.
    pub access_token: bool,
}

/// Redirect addresses by what listens there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RedirectUris {
    /// A web server that keeps a secret.
    pub web: Vec<String>,
    /// Script in a browser; must use PKCE.
    pub spa: Vec<String>,
    /// A program on the person's device.
    pub public: Vec<String>,
}

impl RedirectUris {
    /// All addresses with their kinds.
    pub fn iter(&self) -> impl Iterator<Item = (RedirectKind, &str)> {
        let web = self.web.iter().map(|uri| (RedirectKind::Web, uri.as_str()));
        let spa = self.spa.iter().map(|uri| (RedirectKind::Spa, uri.as_str()));
        let public = self.public.iter().map(|uri| (RedirectKind::Public, uri.as_str()));
        web.chain(spa).chain(public)
    }
}

/// What may be issued at the authorization endpoint itself. Nothing, unless said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Implicit {
    /// `response_type` with `id_token`.
    pub id_token: bool,
    /// `response_type` with `token`.
    pub access_token: bool,
}

/// What an app offers to other apps.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// What its scopes begin with, without the slash between: `https://contoso.onmicrosoft.com/tasks`.
    pub identifier_uri: String,
    /// The names after the slash: `tasks.read`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What other apps may be allowed to do by themselves: `Tasks.Read.All`.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// An app whose definition was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    definition: ApplicationDefinition,
    keys: Jwks,
    confidential: bool,
}

/// The most addresses of one app, as in B2C (service limits).
pub const MOST_REDIRECT_URIS: usize = 100;
/// The most scopes of one app, as in B2C (service limits).
pub const MOST_SCOPES: usize = 1000;
/// The most public keys of one app.
pub const MOST_KEYS: usize = 100;

impl Application {
    /// Checks a definition. The client id is kept in lower case.
    ///
    /// # Errors
    /// All that is wrong, each for the administrator to read.
    pub fn from_definition(mut definition: ApplicationDefinition) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        if is_guid(&definition.client_id) {
            definition.client_id.make_ascii_lowercase();
        } else {
            wrong.push(format!("the client id `{}` is not a GUID", definition.client_id));
        }
        if definition.name.trim().is_empty() {
            wrong.push("the app has no name; people see it when they sign in".to_owned());
        }
        let addresses: Vec<_> = definition.redirect_uris.iter().collect();
        for (place, (kind, uri)) in addresses.iter().enumerate() {
            if let Err(reason) = return_address::check_registered(uri, *kind) {
                wrong.push(format!("the redirect address `{uri}` {reason}"));
            }
            if addresses[..place].iter().any(|(_, other)| other == uri) {
                wrong.push(format!("the redirect address `{uri}` is listed twice; keep one"));
            }
        }
        if addresses.len() > MOST_REDIRECT_URIS {
            wrong.push(format!("the app has more than {MOST_REDIRECT_URIS} redirect addresses"));
        }
        if definition.post_logout_redirect_uris.len() > MOST_REDIRECT_URIS {
            wrong.push(format!("the app has more than {MOST_REDIRECT_URIS} addresses to go to after sign-out"));
        }
        // 90067: after sign-out B2C goes to `https` addresses or nowhere, so nothing else is worth registering.
        let after = definition
            .post_logout_redirect_uris
            .iter()
            .map(|uri| (uri, RedirectKind::Public, "address after sign-out"));
        let notice = definition.logout_url.iter().map(|uri| (uri, RedirectKind::Web, "logout URL"));
        for (uri, kind, what) in after.chain(notice) {
            if let Err(reason) = return_address::check_registered(uri, kind) {
                wrong.push(format!("the {what} `{uri}` {reason}"));
            } else if ReturnAddress::unproven(uri).is_none() {
                wrong.push(format!("the {what} `{uri}` must begin with `https://`"));
            }
        }
        if let Some(api) = &definition.api {
            check_api(api, &mut wrong);
        }
        for role in &definition.roles {
            if role.rsplit_once('/').is_none_or(|(api, name)| api.is_empty() || !is_scope_name(name)) {
                wrong.push(format!("the role `{role}` must be the identifier URI of an API, a slash and a name"));
            }
        }
        let keys = read_keys(&definition.keys, &mut wrong);
        if wrong.is_empty() { Ok(Self { definition, keys, confidential: false }) } else { Err(wrong) }
    }

    /// The same app, known to have a secret to prove itself with. The hashes are kept elsewhere.
    #[must_use]
    pub fn with_secret(mut self) -> Self {
        self.confidential = true;
        self
    }

    /// Its client id, in lower case.
    pub fn client_id(&self) -> &str {
        &self.definition.client_id
    }

    /// Whether this is its client id; GUIDs compare without case.
    pub fn is(&self, client_id: &str) -> bool {
        self.client_id().eq_ignore_ascii_case(client_id)
    }

    /// What people see.
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// Where answers may go.
    pub fn redirect_uris(&self) -> &RedirectUris {
        &self.definition.redirect_uris
    }

    /// Where the browser may go after sign-out, besides the redirect addresses.
    pub fn post_logout_redirect_uris(&self) -> &[String] {
        &self.definition.post_logout_redirect_uris
    }

    /// What we call in a frame when the session ends elsewhere.
    pub fn logout_url(&self) -> Option<&str> {
        self.definition.logout_url.as_deref()
    }

    /// What may be issued without a code.
    pub fn implicit(&self) -> Implicit {
        self.definition.implicit
    }

    /// What it offers to other apps.
    pub fn api(&self) -> Option<&Api> {
        self.definition.api.as_ref()
    }

    /// Its roles at APIs, as `identifier_uri/role`.
    pub fn roles(&self) -> &[String] {
        &self.definition.roles
    }

    /// Whether it may send a person's password.
    pub fn may_send_passwords(&self) -> bool {
        self.definition.password_grant
    }

    /// What tokens for it are signed with.
    pub fn signing_algorithm(&self) -> Algorithm {
        self.definition.signing_algorithm
    }

    /// The public keys with which it may prove itself.
    pub fn keys(&self) -> &Jwks {
        &self.keys
    }

    /// Where it is served as the standards say.
    pub fn standards(&self) -> AppStandards {
        self.definition.standards
    }

    /// Whether anybody is served through it.
    pub fn is_enabled(&self) -> bool {
        self.definition.enabled
    }

    /// Whether it has a secret to prove itself with.
    pub fn is_confidential(&self) -> bool {
        self.confidential
    }
}

fn check_api(api: &Api, wrong: &mut Vec<String>) {
    let uri = &api.identifier_uri;
    let absolute = url::Url::parse(uri).is_ok() && !uri.ends_with('/') && !uri.contains(['#', '?']);
    if !absolute || !uri.bytes().all(is_scope_byte) {
        wrong.push(format!("the identifier URI `{uri}` must be absolute, with no slash at its end and no blanks"));
    }
    for (what, names) in [("scope", &api.scopes), ("role", &api.roles)] {
        for name in names.iter().filter(|name| !is_scope_name(name)) {
            wrong.push(format!("the {what} `{name}` must be a name without blanks, quotes and slashes"));
        }
        if names.len() > MOST_SCOPES {
            wrong.push(format!("the app has more than {MOST_SCOPES} {what}s"));
        }
    }
}

fn is_scope_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('/') && name.bytes().all(is_scope_byte)
}

/// The keys of a definition. Each has to be one that we can use: a key that is left out unsaid locks the app out.
fn read_keys(keys: &[serde_json::Value], wrong: &mut Vec<String>) -> Jwks {
    if keys.len() > MOST_KEYS {
        wrong.push(format!("the app has more than {MOST_KEYS} keys"));
    }
    let mut read: Vec<Jwk> = Vec::new();
    for (place, key) in keys.iter().enumerate() {
        let which = match key.get("kid").and_then(serde_json::Value::as_str) {
            Some(key_id) => format!("the key `{key_id}`"),
            None => format!("key {} of `keys`", place + 1),
        };
        if PRIVATE_MEMBERS.iter().any(|member| key.get(member).is_some()) {
            wrong.push(format!("{which} is private; the file is for public keys: keep the private one with the app"));
            continue;
        }
        let alone = Jwks::parse(&serde_json::json!({ "keys": [key] }).to_string()).unwrap_or_default();
        match alone.keys() {
            [usable] if read.iter().any(|other| other.key_id() == usable.key_id()) => {
                wrong.push(format!("{which} is listed twice; give each key a `kid` of its own"));
            }
            [usable] => read.push(usable.clone()),
            _ => wrong.push(format!(
                "{which} cannot be used; each needs `kid` and `kty`, and is RSA of at least 2048 bits or on P-256"
            )),
        }
    }
    Jwks::new(read)
}

/// Members that only private and symmetric keys have (RFC 7518 sections 6.2.2, 6.3.2, 6.4.1).
const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

/// RFC 6749 §3.3: what a scope may consist of.
pub(crate) fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

/// 8-4-4-4-12 hexadecimal digits.
fn is_guid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn definition(change: impl FnOnce(&mut Value)) -> ApplicationDefinition {
        let mut whole = json!({
            "client_id": "A1B2C3D4-0000-4000-8000-000000000001",
            "name": "Contoso Groceries",
            "redirect_uris": {"web": ["https://localhost:8444/signin"], "spa": [], "public": ["http://localhost"]},
            "post_logout_redirect_uris": ["https://localhost:8444/bye"],
            "logout_url": "https://localhost:8444/signed-out-elsewhere",
            "implicit": {"id_token": true},
            "api": {"identifier_uri": "https://contoso.onmicrosoft.com/tasks", "scopes": ["tasks.read"]},
        });
        change(&mut whole);
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn a_whole_definition() {
        let app = Application::from_definition(definition(|_| ())).unwrap();
        assert_eq!(app.client_id(), "a1b2c3d4-0000-4000-8000-000000000001");
        assert!(app.is("A1b2c3d4-0000-4000-8000-000000000001") && !app.is_confidential());
        assert_eq!(app.implicit(), Implicit { id_token: true, access_token: false });
        assert!(app.with_secret().is_confidential());
    }

    #[test]
    fn little_is_needed() {
        let least = json!({"client_id": "a1b2c3d4-0000-4000-8000-000000000001", "name": "x"});
        assert!(Application::from_definition(serde_json::from_value(least).unwrap()).is_ok());
        let misspelt = json!({"client_id": "a", "name": "x", "redirect_uri": []});
        assert!(serde_json::from_value::<ApplicationDefinition>(misspelt).is_err());
    }

    #[test]
    fn every_mistake_is_named() {
        let all = Application::from_definition(definition(|whole| {
            whole["client_id"] = json!("groceries");
            whole["name"] = json!(" ");
            whole["redirect_uris"]["spa"] = json!(["https://localhost:8444/signin"]);
            whole["logout_url"] = json!("http://shop.example/out");
            whole["api"]["scopes"] = json!(["a b", "a/b", ""]);
        }));
        let all = all.unwrap_err();
        assert_eq!(all.len(), 7, "{all:#?}");
        assert!(
            all.contains(&"the redirect address `https://localhost:8444/signin` is listed twice; keep one".to_owned())
        );
    }

    #[test]
    fn a_key_that_is_refused_is_named() {
        use crate::jose::{SigningKey, generate_p256};
        let public = |key_id: &str| {
            let key = SigningKey::from_pkcs8(generate_p256().expose()).unwrap();
            let mut jwk = serde_json::to_value(key.jwk()).unwrap();
            jwk["kid"] = json!(key_id);
            jwk
        };
        let with = |name: &str, value: Value| {
            let mut key = public("b");
            key[name] = value;
            key
        };
        let mut nameless = public("b");
        nameless.as_object_mut().unwrap().remove("kid");
        for (second, reason) in [
            (public("b"), None),
            (public("a"), Some("the key `a` is listed twice")),
            (with("d", json!("AA")), Some("the key `b` is private")),
            (with("crv", json!("P-521")), Some("the key `b` cannot be used")),
            (with("kid", json!(7)), Some("key 2 of `keys` cannot be used")),
            (nameless, Some("key 2 of `keys` cannot be used")),
            (json!("a key"), Some("key 2 of `keys` cannot be used")),
        ] {
            let found = Application::from_definition(definition(|whole| whole["keys"] = json!([public("a"), second])));
            match (found, reason) {
                (Ok(app), None) => assert_eq!(app.keys().keys().len(), 2),
                (Err(wrong), Some(reason)) => assert!(wrong.len() == 1 && wrong[0].starts_with(reason), "{wrong:?}"),
                (found, reason) => panic!("{found:?}, and not {reason:?}"),
            }
        }
        let many: Vec<Value> = (0..=MOST_KEYS).map(|place| with("kid", json!(place.to_string()))).collect();
        let wrong = Application::from_definition(definition(|whole| whole["keys"] = json!(many))).unwrap_err();
        assert_eq!(wrong, ["the app has more than 100 keys"]);
    }

    #[test]
    fn addresses_by_kind() {
        let cases = [
            ("https://shop.example/cb", true, true),
            ("https://shop.example", true, true),
            ("https://shop.example/cb?a=b", true, true),
            ("http://localhost:3000/cb", true, true),
            ("http://127.0.0.1/cb", true, true),
            ("http://[::1]:80/cb", true, true),
            ("http://shop.example/cb", false, false),
            ("http://localhost.evil.example/cb", false, false),
            ("https://shop.example/cb#x", false, false),
            ("https://shop.example/cb#", false, false),
            ("https://user@shop.example/cb", false, false),
            ("https://shop.example/a b", false, false),
            ("https://shop.example\\evil", false, false),
            ("https://münchen.example/cb", false, false),
            ("https:///cb", false, false),
            ("/cb", false, false),
            ("", false, false),
            ("javascript:alert(1)", false, false),
            ("data:text/html,x", false, false),
            ("vbscript:x", false, false),
            ("file:///etc/passwd", false, false),
            ("urn:ietf:wg:oauth:2.0:oob", false, true),
            ("urn:other", false, false),
            ("msala1b2://auth", false, true),
            ("com.contoso.app:/cb", false, true),
        ];
        for (uri, web, public) in cases {
            for (kind, expected) in [("web", web), ("spa", web), ("public", public)] {
                let found = Application::from_definition(definition(|whole| {
                    whole["redirect_uris"] = json!({ kind: [uri] });
                }));
                assert_eq!(found.is_ok(), expected, "{kind} {uri} {found:?}");
            }
        }
    }

    #[test]
    fn sign_out_needs_https() {
        for (uri, after, notice) in [
            ("https://localhost:8444/bye", true, true),
            ("urn:ietf:wg:oauth:2.0:oob", true, false),
            ("http://localhost/bye", false, false),
            ("com.contoso.app:/bye", false, false),
            ("https://shop.example/#bye", false, false),
        ] {
            let found = definition(|whole| whole["post_logout_redirect_uris"] = json!([uri]));
            assert_eq!(Application::from_definition(found).is_ok(), after, "{uri}");
            let found = definition(|whole| whole["logout_url"] = json!(uri));
            assert_eq!(Application::from_definition(found).is_ok(), notice, "{uri}");
        }
    }

    #[test]
    fn limits() {
        let many = |count: usize| (0..count).map(|n| format!("https://shop.example/{n}")).collect::<Vec<_>>();
        for (count, expected) in [(100, true), (101, false)] {
            let found = definition(|whole| whole["redirect_uris"] = json!({"web": many(count)}));
            assert_eq!(Application::from_definition(found).is_ok(), expected);
            let found = definition(|whole| whole["post_logout_redirect_uris"] = json!(many(count)));
            assert_eq!(Application::from_definition(found).is_ok(), expected);
        }
    }
}
