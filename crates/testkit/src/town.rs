//! A town: our server, some apps, one clock, a network that is a function call.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use axum::body::Body;
use http::{Request, Response};
use url::Url;
use zaguan_policy::{Language, SourceFile, Timestamp, Value};
use zaguan_protocol::Secret;
use zaguan_server::{
    Connection, Parts, Server, Settings,
    admin::{self, Done, Order},
    clock::Clock,
    keys::{Keys, NewKey, Validity},
    listen::Handler,
    report::{self, Style},
    tenant::{Tenant, TenantSources},
    world::mail::Mailbox,
};
use zaguan_store::{
    AccountChange, AccountKey, AccountWrite, AddKey, IfAbsent, IfPresent, Memory, SessionsThen, SignInName, Store,
};

use crate::{
    app::App,
    browser::{Browser, host},
};

/// Where the identity server is.
pub const SERVER: &str = "id.contoso.example";
/// The tenant's domain.
pub const TENANT: &str = "contoso.onmicrosoft.com";
/// The tenant's GUID.
pub const TENANT_ID: &str = "f3b1c0de-0000-4000-8000-00000000c0de";
/// The sign-in policy of the demo set.
pub const SIGN_IN: &str = "B2C_1A_signup_signin";
/// Who lives here from the start.
pub const ADA: (&str, &str) = ("ada@example.org", "Correct-horse-1");
/// And who else.
pub const GRACE: (&str, &str) = ("grace@example.org", "Battery-staple-1");

/// A whole town in one process.
pub struct Town {
    server: Server,
    store: Arc<dyn Store>,
    clock: Clock,
    mailbox: Arc<Mailbox>,
    tenant: Arc<Tenant>,
    apps: BTreeMap<String, App>,
}

/// What a town is built of.
pub struct TownBuilder {
    domain: &'static str,
    policies: Vec<SourceFile>,
    apps: Vec<&'static str>,
    mode: &'static str,
    hosts: Vec<&'static str>,
    tenant_lines: String,
    app_lines: BTreeMap<&'static str, String>,
    app_files: Vec<(String, String)>,
    without_key: bool,
    store: Option<Arc<dyn Store>>,
}

impl Town {
    /// A town with the demo's policies, one app called `shop` and one called `blog`, in mode `hardened`.
    pub async fn new() -> Self {
        Self::builder().build().await
    }

    /// A town of one's own.
    pub fn builder() -> TownBuilder {
        TownBuilder {
            domain: TENANT,
            policies: demo_policies(),
            apps: vec!["shop", "blog"],
            mode: "hardened",
            hosts: vec![SERVER],
            tenant_lines: String::new(),
            app_lines: BTreeMap::new(),
            app_files: vec![],
            without_key: false,
            store: None,
        }
    }

    /// A new person's browser, without any cookie.
    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// One of the apps.
    pub fn app(&self, name: &str) -> &App {
        self.apps.get(name).unwrap_or_else(|| panic!("there is no app `{name}` in this town"))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Time passes, for everybody.
    pub fn wait(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// The server itself, for what no browser can see.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// What the server keeps, for what no browser can see.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The tenant that is served.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The address of a policy's endpoint.
    pub fn address(&self, policy: &str, endpoint: &str) -> String {
        format!("https://{SERVER}/{}/{policy}/{endpoint}", self.tenant.domain)
    }

    /// An authorize request of an app.
    pub fn authorize(&self, app: &str, policy: &str) -> String {
        self.app(app).authorize(&self.address(policy, "oauth2/v2.0/authorize"))
    }

    /// The code of the newest letter to an address.
    pub fn newest_code(&self, to: &str) -> String {
        let letter = self.mailbox.letters().into_iter().find(|letter| letter.to == to);
        letter.and_then(|letter| letter.code).unwrap_or_else(|| panic!("no letter with a code came to {to}"))
    }

    /// How many letters came to an address.
    pub fn letters_to(&self, to: &str) -> usize {
        self.mailbox.letters().iter().filter(|letter| letter.to == to).count()
    }

    /// Adds a person; gives the object id.
    pub async fn add_person(&self, email: &str, password: &str, name: &str) -> String {
        let order = Order::AddUser {
            email: email.into(),
            name: name.into(),
            given_name: Some(name.into()),
            surname: None,
            password: password.into(),
        };
        match self.order(order).await {
            Done::User { object_id } => object_id,
            other => panic!("adding a person gave {other:?}"),
        }
    }

    /// As `add_person`, with a hash that every town of this process shares: hashing is slow on purpose.
    async fn move_in(&self, (email, password): (&str, &str), name: &str) {
        static HASHES: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
        let known = HASHES.lock().unwrap_or_else(PoisonError::into_inner).get(password).cloned();
        let hash = match known {
            Some(hash) => hash,
            None => {
                let made = self.server.passwords().hash(&Secret::new(password.to_owned())).await;
                let hash = made.unwrap_or_else(|_| panic!("nobody else is hashing"));
                HASHES.lock().unwrap_or_else(PoisonError::into_inner).insert(password.to_owned(), hash.clone());
                hash
            }
        };
        let write = AccountWrite {
            key: AccountKey::SignInName { kind: None, value: email.into() },
            if_absent: IfAbsent::Create { object_id: zaguan_server::chance::guid() },
            if_present: IfPresent::Refuse,
            changes: vec![
                AccountChange::SignInNames(vec![SignInName { kind: "emailAddress".into(), value: email.into() }]),
                AccountChange::Attribute("displayname".into(), Some(Value::Text(name.into()))),
                AccountChange::Attribute("givenname".into(), Some(Value::Text(name.into()))),
                AccountChange::PasswordHash(hash),
            ],
            sessions: SessionsThen::Stay,
            own: vec![],
        };
        let written = self.store.write_account(&self.tenant.id, None, &write, self.now()).await;
        written.unwrap_or_else(|cause| panic!("{cause}"));
    }

    /// The key that the town's tenant signs with (PKCS#8), for tokens that a server would not make.
    pub fn signing_key(&self) -> &'static [u8] {
        shared_key().expose()
    }

    /// Where the definition names a key, that one signs.
    async fn hang_up_the_key(&self) {
        let key = shared_key();
        let valid = Validity { not_before: self.now(), expires: None };
        for program in self.tenant.programs.values() {
            let Some(issuer) = program.issuer() else { continue };
            let name = &issuer.signing_key;
            if self.tenant.configured_keys.iter().any(|configured| configured.name == *name) {
                continue;
            }
            let sealed = self.server.keys().sealed_key(&self.tenant.id, name, NewKey::Pkcs8(key), valid, self.now());
            let sealed = sealed.unwrap_or_else(|cause| panic!("{cause}"));
            let added = self.store.add_key(&self.tenant.id, name.as_str(), &sealed, AddKey::OnlyFirst).await;
            added.unwrap_or_else(|cause| panic!("{cause}"));
        }
    }

    /// An administrator's order.
    pub async fn order(&self, order: Order) -> Done {
        self.try_order(order).await.unwrap_or_else(|cause| panic!("{cause}"))
    }

    /// An administrator's order that may be refused.
    ///
    /// # Errors
    /// What the administrator reads then.
    pub async fn try_order(&self, order: Order) -> Result<Done, String> {
        admin::carry_out_at(&self.server, &self.tenant, order).await.map_err(|cause| format!("{cause:#}"))
    }

    /// A person's attribute, as the directory holds it.
    pub async fn attribute(&self, email: &str, attribute: &str) -> Option<Value> {
        let account = zaguan_server::world::find_by_sign_in_name(&*self.store, &self.tenant.id, email).await;
        account.unwrap_or_else(|cause| panic!("{cause}"))?.attributes.get(attribute).cloned()
    }

    /// True where the address is in this town: the server's or an app's.
    pub fn has(&self, url: &Url) -> bool {
        let host = host(url);
        self.tenant.hosts.contains(&host) || self.apps.values().any(|app| app.host() == host)
    }

    /// One request, to whomever it is addressed.
    pub async fn send(&self, url: &Url, request: Request<Body>, from: u8) -> Response<Body> {
        let host = host(url);
        let connection = Connection { peer: Ipv4Addr::new(192, 0, 2, from).into() };
        match self.apps.values().find(|app| app.host() == host) {
            Some(app) => app.answer(request).await,
            None => self.server.handle(request, connection).await,
        }
    }

    /// A request to the token endpoint; status and JSON.
    pub async fn token(&self, policy: &str, fields: &[(&str, &str)]) -> (u16, serde_json::Value) {
        self.post(&self.address(policy, "oauth2/v2.0/token"), fields).await
    }

    /// A form that an app posts from behind; status and JSON, or the text of what is none.
    pub async fn post(&self, address: &str, fields: &[(&str, &str)]) -> (u16, serde_json::Value) {
        self.post_from(1, address, fields).await
    }

    /// The same, from another network address.
    pub async fn post_from(&self, from: u8, address: &str, fields: &[(&str, &str)]) -> (u16, serde_json::Value) {
        let url = Url::parse(address).unwrap_or_else(|cause| panic!("{cause}"));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(url.as_str())
            .header("host", SERVER)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap_or_else(|cause| panic!("{cause}"));
        let response = self.send(&url, request, from).await;
        let status = response.status().as_u16();
        let text = crate::browser::text(response).await;
        (status, serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text)))
    }
}

impl TownBuilder {
    /// Other policies: a change to every file of the demo set.
    #[must_use]
    pub fn edit(mut self, edit: impl Fn(&str, &str) -> String) -> Self {
        for file in &mut self.policies {
            file.text = edit(&file.name, &file.text);
        }
        self
    }

    /// Somebody else's policies, as they are, for the tenant that they name.
    #[must_use]
    pub fn policies(mut self, domain: &'static str, policies: Vec<SourceFile>) -> Self {
        (self.domain, self.policies) = (domain, policies);
        self
    }

    /// One more policy: a copy of the sign-in policy under another name, edited.
    #[must_use]
    pub fn policy(mut self, name: &str, edit: impl Fn(&str) -> String) -> Self {
        let model = self.policies.iter().find(|file| file.name.contains("SignUpOrSignin"));
        let text = model.map(|file| file.text.replace(SIGN_IN, name)).unwrap_or_default();
        self.policies.push(SourceFile { name: format!("{name}.xml").into(), text: edit(&text) });
        self
    }

    /// These apps, each a web app with a secret, a session of its own and an address for notices.
    #[must_use]
    pub fn apps(mut self, apps: &[&'static str]) -> Self {
        self.apps = apps.to_vec();
        self
    }

    /// Mode `b2c`.
    #[must_use]
    pub fn like_b2c(mut self) -> Self {
        self.mode = "b2c";
        self
    }

    /// One more host that the tenant answers to.
    #[must_use]
    pub fn host(mut self, host: &'static str) -> Self {
        self.hosts.push(host);
        self
    }

    /// More lines at the end of its `tenant.toml`.
    #[must_use]
    pub fn tenant_lines(mut self, lines: &str) -> Self {
        self.tenant_lines.push_str(lines);
        self
    }

    /// More lines at the end of an app's definition.
    #[must_use]
    pub fn app_lines(mut self, app: &'static str, lines: &str) -> Self {
        self.app_lines.entry(app).or_default().push_str(lines);
        self
    }

    /// One more app, of which the town knows only its definition: an API, a program that runs at night.
    #[must_use]
    pub fn app_file(mut self, name: &str, definition: &str) -> Self {
        self.app_files.push((format!("{name}.toml"), definition.to_owned()));
        self
    }

    /// No signing key yet: the first one is made when it is needed.
    #[must_use]
    pub fn without_key(mut self) -> Self {
        self.without_key = true;
        self
    }

    /// Another engine than memory.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    fn definition(&self, app: &str) -> String {
        let lines = self.app_lines.get(app).map(String::as_str).unwrap_or_default();
        format!("{}{lines}", App::definition(app))
    }

    /// The definitions that the town's tenant is made of.
    pub fn sources(&self) -> TenantSources {
        let hosts: Vec<String> = self.hosts.iter().map(|host| format!("{host:?}")).collect();
        TenantSources {
            name: "town".into(),
            tenant: format!(
                "domain = \"{}\"\nid = \"{TENANT_ID}\"\ncompatibility = \"{}\"\nhosts = [{}]\n{}\n",
                self.domain,
                self.mode,
                hosts.join(", "),
                self.tenant_lines
            ),
            apps: self
                .apps
                .iter()
                .map(|name| (format!("{name}.toml"), self.definition(name)))
                .chain(self.app_files.iter().cloned())
                .collect(),
            policies: self.policies.clone(),
            ..TenantSources::default()
        }
    }

    /// Builds the town: policies are loaded, people move in.
    pub async fn build(self) -> Town {
        let clock = Clock::standing_at(Timestamp::from_seconds(1_800_000_000));
        let sources = self.sources();
        let store = self.store.unwrap_or_else(|| Arc::new(Memory::new()));
        let mailbox = Arc::new(Mailbox::default());
        let tenant = match sources.apply(None) {
            Ok(tenant) => Arc::new(tenant),
            Err(refused) => {
                panic!("{}", report::refusal(&refused, Style::Plain, Language::English))
            }
        };
        let server = Server::new(Parts {
            store: Arc::clone(&store),
            clock: clock.clone(),
            keys: Keys::from_master([7; 32]),
            outbox: Arc::clone(&mailbox) as Arc<dyn zaguan_server::world::mail::Outbox>,
            settings: Settings::default(),
        });
        server.apply(vec![Arc::clone(&tenant)]);
        let mut town =
            Town { server: server.clone(), store, clock: clock.clone(), mailbox, tenant, apps: BTreeMap::new() };
        for name in self.apps {
            let order = Order::AddSecret { client_id: App::client_id_of(name) };
            let Done::Secret { secret, .. } = town.order(order).await else { panic!("no secret was made") };
            town.apps.insert(name.to_owned(), App::new(name, self.domain, &secret, server.clone(), clock.clone()));
        }
        town.move_in(ADA, "Ada").await;
        town.move_in(GRACE, "Grace").await;
        if !self.without_key {
            town.hang_up_the_key().await;
        }
        town
    }
}

/// One signing key for every town of this process: making one takes a while.
fn shared_key() -> &'static Secret<Vec<u8>> {
    static KEY: OnceLock<Secret<Vec<u8>>> = OnceLock::new();
    KEY.get_or_init(zaguan_protocol::jose::generate_rsa_2048)
}

/// The project's own policies.
fn demo_policies() -> Vec<SourceFile> {
    macro_rules! file {
        ($name:literal) => {
            SourceFile { name: $name.into(), text: include_str!(concat!("../../../policies/demo/", $name)).into() }
        };
    }
    vec![
        file!("TrustFrameworkBase.xml"),
        file!("TrustFrameworkLocalization.xml"),
        file!("TrustFrameworkExtensions.xml"),
        file!("SignUpOrSignin.xml"),
        file!("ProfileEdit.xml"),
        file!("PasswordReset.xml"),
    ]
}

/// The server as apps reach it from behind.
pub(crate) fn handler(server: Server) -> Handler {
    Arc::new(move |request, connection| {
        let server = server.clone();
        Box::pin(async move { server.handle(request, connection).await })
    })
}

/// So many seconds.
pub const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// So many minutes.
pub const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// So many hours.
pub const fn hours(count: u64) -> Duration {
    Duration::from_secs(count * 3600)
}

/// So many days.
pub const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 86_400)
}
