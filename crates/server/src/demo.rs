//! `zaguan demo`: the whole story on one machine: a tenant with policies and people, two apps, a
//! mailbox, one certificate authority.

mod app;
mod home;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, bail};
use clap::Args;
use tokio::net::TcpListener;
use zaguan_policy::{Language, SourceFile};
use zaguan_protocol::secret::Secret;
use zaguan_store::{AccountKey, StoredSecret};

use crate::{
    admin::{self, Done, Order},
    chance,
    clock::{Clock, Door, Span},
    commands::{self, Logging, Records},
    data::DataFolder,
    listen,
    report::{self, Style},
    server::{Parts, Server, Settings},
    tenant::{Tenant, TenantSources},
    tls,
    world::mail::Mailbox,
};

/// Start everything on this machine: a tenant, two apps, a mailbox
///
/// The identity server is on the port, the apps Contoso Groceries and Contoso Pharmacy on the two ports
/// after it, and a page that says where to click, with the mailbox, on the third. Everything is kept in
/// the data folder; a second start finds it again. For trying things out, not for the internet.
///
/// With `--clock virtual` its time can be moved forward, on the page that says where to click or at /dev/clock of the
/// identity server, and ninety days of "keep me signed in" pass at once. The data folder remembers how far ahead it is.
/// This moves the identity server, the two apps and the mailbox, and nothing else: browsers keep kept cookies by their own
/// time (the server refuses those that are too old), and the libraries of other apps may refuse tokens from the future.
#[derive(Args)]
#[command(after_help = "Examples:
  zaguan demo
  zaguan demo --port 9443 --data ./another-demo
  zaguan demo --overlay ./my-app            # my-app/apps/shop.toml: one more app
  zaguan demo --clock virtual --data ./demo-of-the-future
  curl --cacert ./demo-of-the-future/ca.pem -d by=90d https://localhost:8443/dev/clock")]
pub struct Options {
    /// The data folder; made at first start
    #[arg(long, value_name = "DIR", default_value = "zaguan-demo")]
    data: PathBuf,
    /// The identity server's port; the next three are used as well
    #[arg(long, value_name = "N", default_value_t = 8443, value_parser = clap::value_parser!(u16).range(1..=65532))]
    port: u16,
    /// A folder laid over the demo's tenant: apps/*.toml and *.xml, beside them or in `policies`, stand in the place of the
    /// demo's files of the same name, and the others are added. A `tenant.toml` there replaces the demo's whole one
    #[arg(long, value_name = "DIR")]
    overlay: Option<PathBuf>,
    /// Which time it goes by
    #[arg(long, value_enum, value_name = "CLOCK", default_value = "system")]
    clock: Time,
    #[command(flatten)]
    records: Records,
    #[command(flatten)]
    logging: Logging,
}

/// Which time the demo goes by.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Time {
    /// The machine's
    System,
    /// One that runs as the machine's does, and can be moved forward
    Virtual,
}

/// A person of the demo.
pub(crate) struct Person {
    pub(crate) name: &'static str,
    given_name: &'static str,
    surname: &'static str,
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
}

/// Their passwords are printed: this is a demo, and nothing else knows them.
pub(crate) const PEOPLE: [Person; 2] = [
    Person {
        name: "Ada Lovelace",
        given_name: "Ada",
        surname: "Lovelace",
        email: "ada@contoso.example",
        password: "Lovelace-1843",
    },
    Person {
        name: "Grace Hopper",
        given_name: "Grace",
        surname: "Hopper",
        email: "grace@contoso.example",
        password: "Hopper-1952",
    },
];

/// The demo's apps, in the order of their ports.
pub(crate) const APPS: [(&str, &str); 2] = [
    ("9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000001", "Contoso Groceries"),
    ("9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000002", "Contoso Pharmacy"),
];

macro_rules! demo_file {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../policies/demo/", $name)))
    };
}

const POLICIES: [(&str, &str); 6] = [
    demo_file!("TrustFrameworkBase.xml"),
    demo_file!("TrustFrameworkLocalization.xml"),
    demo_file!("TrustFrameworkExtensions.xml"),
    demo_file!("SignUpOrSignin.xml"),
    demo_file!("ProfileEdit.xml"),
    demo_file!("PasswordReset.xml"),
];

const APP_FILES: [(&str, &str); 5] = [
    demo_file!("apps/groceries.toml"),
    demo_file!("apps/pharmacy.toml"),
    demo_file!("apps/native.toml"),
    demo_file!("apps/test.toml"),
    demo_file!("apps/tasks.toml"),
];

/// The demo's tenant, with its apps on the two ports after the given one, and what is laid over it.
pub fn tenant(port: u16, overlay: Option<&Path>) -> Result<Tenant, crate::tenant::Refused> {
    let moved = |text: &str| {
        text.replace("localhost:8444", &format!("localhost:{}", port + 1))
            .replace("localhost:8445", &format!("localhost:{}", port + 2))
    };
    let mut sources = TenantSources {
        name: "demo".into(),
        tenant: include_str!("../../../policies/demo/tenant.toml").into(),
        apps: APP_FILES.iter().map(|(name, text)| (name.trim_start_matches("apps/").to_owned(), moved(text))).collect(),
        policies: POLICIES
            .iter()
            .map(|(name, text)| SourceFile { name: (*name).into(), text: (*text).to_owned() })
            .collect(),
        ..TenantSources::default()
    };
    if let Some(folder) = overlay {
        sources.lay_over(folder)?;
    }
    sources.apply(Some(&format!("localhost:{port}")))
}

/// Runs the demo until it is stopped.
///
/// # Errors
/// What keeps it from starting, in words for the person at the terminal.
pub async fn run(options: Options) -> anyhow::Result<()> {
    options.logging.start();
    let port = options.port;
    let tenant = match tenant(port, options.overlay.as_deref()) {
        Ok(tenant) => Arc::new(tenant),
        Err(refused) => {
            eprint!("{}", report::refusal(&refused, Style::Plain, Language::English));
            bail!("the definitions have a mistake; nothing is served");
        }
    };
    let listeners = [bind(port).await?, bind(port + 1).await?, bind(port + 2).await?, bind(port + 3).await?];
    let data = DataFolder::take(&options.data)?;
    let (clock, clock_door) = match options.clock {
        Time::System => (Clock::machine_of(data.path())?, None),
        Time::Virtual => (Clock::virtual_of(data.path())?, Some(Door { origins: vec![home::origin(port)] })),
    };
    let mailbox = Arc::new(Mailbox::default());
    let (keys, store) = (data.keys()?, data.store()?);
    let server = Server::new(Parts {
        store,
        clock,
        keys,
        outbox: Arc::clone(&mailbox) as Arc<dyn crate::world::mail::Outbox>,
        settings: Settings { clock_door, record_lifetime: options.records.lifetime(), ..Settings::default() },
    });
    server.apply(vec![Arc::clone(&tenant)]);
    server.prove_master_key().await?;
    data.remember_tenants(std::slice::from_ref(&tenant))?;
    seed(&server, &tenant).await?;

    let hosts = ["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let tls = tls::from_local_authority(data.path(), &hosts)?;
    let authority = std::fs::read(data.path().join(tls::AUTHORITY)).context("read the certificate authority")?;
    let stop = listen::stop_signal();
    admin::listen(data.path(), server.clone(), stop.clone())?;
    tokio::spawn(commands::sweep(server.clone()));

    let groceries = app::handler(&server, &tenant, app::GROCERIES, port, &authority).await?;
    let pharmacy = app::handler(&server, &tenant, app::PHARMACY, port, &authority).await?;
    let words = welcome(port, data.path(), server.clock());
    let home = home::handler(port, mailbox, server.clone());
    let handlers = [commands::handler(server), groceries, pharmacy, home];
    let serving: Vec<_> = listeners
        .into_iter()
        .zip(handlers)
        .map(|(listener, handler)| tokio::spawn(listen::serve(listener, Some(Arc::clone(&tls)), handler, stop.clone())))
        .collect();
    println!("{words}");
    for one in serving {
        one.await?;
    }
    Ok(())
}

async fn bind(port: u16) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    TcpListener::bind(address).await.with_context(|| format!("port {port} is taken; choose another four with `--port`"))
}

/// The people of the demo, where they are not there yet.
async fn seed(server: &Server, tenant: &Tenant) -> anyhow::Result<()> {
    for person in &PEOPLE {
        let key = AccountKey::SignInName { kind: None, value: person.email.into() };
        if server.store().account(&tenant.id, &key).await?.is_some() {
            continue;
        }
        let order = Order::AddUser {
            email: person.email.into(),
            name: person.name.into(),
            given_name: Some(person.given_name.into()),
            surname: Some(person.surname.into()),
            password: person.password.into(),
        };
        match admin::carry_out_at(server, tenant, order).await? {
            Done::User { .. } => {}
            other => bail!("adding a person gave {other:?}"),
        }
    }
    Ok(())
}

/// A secret for one of the demo's apps, in the place of the ones that earlier starts made.
async fn app_secret(server: &Server, tenant: &Tenant, client_id: &str) -> anyhow::Result<Secret<String>> {
    let (store, client) = (server.store(), zaguan_session::ClientId::new(client_id));
    for old in store.client_secrets(&tenant.id, &client).await? {
        store.remove_client_secret(&tenant.id, &client, &old.id).await?;
    }
    let secret = chance::secret();
    let hash = zaguan_protocol::crypto::sha256(secret.as_bytes());
    let stored = StoredSecret { id: chance::name(), hash, created: server.clock().now() };
    store.add_client_secret(&tenant.id, &client, &stored).await?;
    Ok(Secret::new(secret))
}

/// Where to click, and how each stack trusts the certificate authority.
fn welcome(port: u16, folder: &std::path::Path, clock: &Clock) -> String {
    let authority = folder.join(tls::AUTHORITY);
    let authority = authority.canonicalize().unwrap_or(authority);
    let (authority, groceries, pharmacy, home) = (authority.display(), port + 1, port + 2, port + 3);
    let people: String =
        PEOPLE.iter().map(|person| format!("    {:<24} {}\n", person.email, person.password)).collect();
    let time = match clock {
        Clock::System => String::new(),
        Clock::Virtual(_) | Clock::Standing(..) => format!(
            "
  The clock is virtual: it is {}, {} ahead of this machine. To move it forward, never back:
    curl --cacert {authority} -d by=90d https://localhost:{port}/dev/clock
    It moves the identity server, the two apps and the mailbox. Browsers keep kept cookies by their own time (the
    server refuses those that are too old); libraries of other apps may refuse tokens from the future.
",
            clock.now(),
            Span(clock.ahead())
        ),
    };
    format!(
        "
Zaguán demo is ready. Start here:  https://localhost:{home}

  Contoso Groceries     https://localhost:{groceries}
  Contoso Pharmacy      https://localhost:{pharmacy}
  Mailbox               https://localhost:{home}/mailbox
  Identity server       https://localhost:{port}/contoso.onmicrosoft.com/B2C_1A_signup_signin

  People and their passwords
{people}
  Your own app: authority https://localhost:{port}/contoso.onmicrosoft.com/B2C_1A_signup_signin
                knownAuthorities [\"localhost:{port}\"]

  The certificates are by an authority of this demo: {authority}
    Browsers   accept the warning once for each address, or import the file as an authority
    Node       export NODE_EXTRA_CA_CERTS={authority}
    Python     export REQUESTS_CA_BUNDLE={authority}
    Java       keytool -importcert -noprompt -alias zaguan-demo -file {authority} -keystore demo.jks -storepass changeit
               and run with -Djavax.net.ssl.trustStore=demo.jks
    Go, curl   export SSL_CERT_FILE={authority}
    Debian     sudo cp {authority} /usr/local/share/ca-certificates/zaguan-demo.crt && sudo update-ca-certificates
{time}
  Stop with Ctrl-C. The next start finds the same accounts, sessions and keys.
"
    )
}
