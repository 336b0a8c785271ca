//! What people do all the time.

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use zaguan_store::{AccountChange, AccountKey, AccountWrite, IfAbsent, IfPresent, SessionsThen, SignInName, TenantId};
use zaguan_testkit::{
    Arrived, Browser, Town,
    page::Page,
    town::{ADA, GRACE, SIGN_IN},
};

/// Signs Ada in at an app of the town.
pub(crate) async fn sign_in(browser: &mut Browser<'_>, town: &Town, app: &str) -> Page {
    let asked = browser.open(&town.app(app).url("/sign-in")).await.page();
    assert!(asked.is("Unified"), "{} asks with:\n{}", asked.url, asked.html);
    let arrived = browser.submit(&asked, &ada()).await.accepted().page();
    assert!(arrived.says(ADA.0), "{}\n{}", arrived.url, arrived.html);
    arrived
}

/// Opens an app's sign-in; whether the person was asked.
pub(crate) async fn is_asked(browser: &mut Browser<'_>, town: &Town, app: &str) -> bool {
    let page = browser.open(&town.app(app).url("/sign-in")).await.page();
    match page.is("Unified") {
        true => true,
        false => {
            assert!(page.says("signed in as"), "{}\n{}", page.url, page.html);
            false
        }
    }
}

/// Ada's sign-in form.
pub(crate) fn ada() -> [(&'static str, &'static str); 2] {
    [("signInName", ADA.0), ("password", ADA.1)]
}

/// An authorize request on the wire: whether single sign-on answered it with a code.
pub(crate) async fn is_answered(browser: &mut Browser<'_>, url: &str) -> bool {
    match browser.open(url).await {
        Arrived::At(page) => {
            assert!(page.settings().is_some(), "{} ({})\n{}", page.url, page.status, page.html);
            false
        }
        Arrived::Outside(url) => {
            assert!(parameter(&url, "code").is_some(), "{url}");
            true
        }
    }
}

/// Signs Ada in by an authorize request on the wire; gives the address that the app would get.
pub(crate) async fn sign_in_at(browser: &mut Browser<'_>, url: &str) -> url::Url {
    let page = browser.open(url).await.page();
    browser.submit(&page, &ada()).await.accepted().outside()
}

/// A parameter of a query or a fragment.
pub(crate) fn parameter(url: &url::Url, name: &str) -> Option<String> {
    let fragment = url.fragment().unwrap_or_default().to_owned();
    let pairs = url.query_pairs().into_owned().chain(url::form_urlencoded::parse(fragment.as_bytes()).into_owned());
    let found: Vec<String> = pairs.filter(|(known, _)| known == name).map(|(_, value)| value).collect();
    found.into_iter().next()
}

/// Redeems the code at the app's address; status and JSON.
pub(crate) async fn redeem(town: &Town, app: &str, policy: &str, answered: &url::Url) -> (u16, serde_json::Value) {
    let code = parameter(answered, "code").unwrap_or_default();
    redeem_code(town, app, policy, &code).await
}

/// Redeems a code.
pub(crate) async fn redeem_code(town: &Town, app: &str, policy: &str, code: &str) -> (u16, serde_json::Value) {
    let app_name = app;
    let app = town.app(app);
    let redirect_uri = zaguan_testkit::app::App::outside_redirect_uri_of(app_name);
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", &app.client_id()),
        ("client_secret", app.secret()),
        ("redirect_uri", &redirect_uri),
        ("code", code),
    ];
    town.token(policy, &fields).await
}

/// Redeems a refresh token.
pub(crate) async fn refresh(town: &Town, app: &str, policy: &str, token: &str) -> (u16, serde_json::Value) {
    let app = town.app(app);
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", &app.client_id()),
        ("client_secret", app.secret()),
        ("refresh_token", token),
    ];
    town.token(policy, &fields).await
}

/// The claims of a token, unverified: the libraries verify, here they are read.
pub(crate) fn claims(token: &serde_json::Value) -> serde_json::Value {
    let payload = token.as_str().and_then(|token| token.split('.').nth(1)).unwrap_or_default();
    let bytes = zaguan_protocol::crypto::base64url::decode(payload).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// The sign-in policy with other session settings.
pub(crate) fn with_behavior(text: &str, behavior: &str) -> String {
    let (before, rest) = text.split_once("<UserJourneyBehaviors>").unwrap();
    let (_, after) = rest.split_once("</UserJourneyBehaviors>").unwrap();
    match behavior {
        "" => format!("{before}{after}"),
        _ => format!("{before}<UserJourneyBehaviors>{behavior}</UserJourneyBehaviors>{after}"),
    }
}

/// A town whose sign-in policy has these session settings.
pub(crate) async fn town_with(behavior: &str) -> Town {
    Town::builder()
        .edit(|name, text| match name.contains("SignUpOrSignin") {
            true => with_behavior(text, behavior),
            false => text.to_owned(),
        })
        .build()
        .await
}

/// The authorize address of the shop at the sign-in policy.
pub(crate) fn shop(town: &Town) -> String {
    town.authorize("shop", SIGN_IN)
}

/// Numbers that follow from a seed alone, the same on every machine (SplitMix64).
pub(crate) struct Chance(u64);

impl Chance {
    /// The numbers of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// One of these.
    pub(crate) fn pick<T>(&mut self, among: impl Iterator<Item = T>) -> Option<T> {
        let mut all: Vec<T> = among.collect();
        match all.len() {
            0 => None,
            count => Some(all.swap_remove(usize::try_from(self.below(count as u64)).unwrap())),
        }
    }
}

/// Argon2id with the least that it allows: 8 KiB, once.
pub(crate) fn cheap_hash(password: &str) -> String {
    let params = Params::new(8, 1, 1, Some(32)).unwrap();
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    hasher.hash_password_with_salt(password.as_bytes(), b"of no use elsewhere").unwrap().to_string()
}

/// Gives Ada and Grace hashes of their passwords as they might have come from elsewhere: of the least cost, so that a
/// test may sign in thousands of times.
pub(crate) async fn cheap_passwords(town: &Town) {
    cheap_passwords_of(town, &town.tenant().id).await;
}

/// The same in any tenant; who is not there yet moves in.
pub(crate) async fn cheap_passwords_of(town: &Town, tenant: &TenantId) {
    for (email, password) in [ADA, GRACE] {
        let write = AccountWrite {
            key: AccountKey::SignInName { kind: None, value: email.into() },
            if_absent: IfAbsent::Create { object_id: zaguan_server::chance::guid() },
            if_present: IfPresent::Update,
            changes: vec![
                AccountChange::SignInNames(vec![SignInName { kind: "emailAddress".into(), value: email.into() }]),
                AccountChange::PasswordHash(cheap_hash(password)),
            ],
            sessions: SessionsThen::Stay,
            own: vec![],
        };
        town.store().write_account(tenant, None, &write, town.now()).await.unwrap();
    }
}
