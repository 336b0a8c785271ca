//! `zaguan serve`: a real server.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use tokio::net::TcpListener;
use url::Url;
use zaguan_policy::Language;

use super::{Logging, Records};
use crate::{
    admin,
    clock::Clock,
    data::DataFolder,
    listen,
    report::{self, Style},
    server::{Parts, Server, Settings},
    tls,
    watch::Folders,
    world::mail,
};

/// Serve tenants
///
/// Everything that the server keeps is in the data folder: accounts, sessions, keys. What a tenant is
/// stands in its tenant folder (tenant.toml, apps/*.toml, policies/*.xml), which holds no secret and
/// belongs under version control.
#[derive(Args)]
#[command(after_help = "Examples:
  zaguan serve --data /var/lib/zaguan --tenant ./contoso --listen 0.0.0.0:443 \\
      --url https://id.contoso.example --tls-certificate cert.pem --tls-key key.pem
  zaguan serve --data ./data --tenant ./contoso --listen 127.0.0.1:8080 \\
      --url https://id.contoso.example --behind-proxy
  zaguan serve --tenant ./contoso --url https://localhost:8443 --watch")]
pub(super) struct Options {
    /// The data folder; made at first start
    #[arg(long, value_name = "DIR", env = "ZAGUAN_DATA", default_value = "zaguan-data")]
    data: PathBuf,
    /// A tenant folder; may be given several times
    #[arg(long, value_name = "FOLDER", required = true, num_args = 1..)]
    tenant: Vec<PathBuf>,
    /// Where to listen
    #[arg(long, value_name = "ADDR", env = "ZAGUAN_LISTEN", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// How browsers reach the server; stands in the place of the hosts that tenant folders name
    #[arg(long, value_name = "https://HOST[:PORT]", env = "ZAGUAN_URL")]
    url: Option<Url>,
    /// Certificate chain (PEM); without it the data folder's own authority issues one
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// Private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Speak plain HTTP: a proxy in front speaks TLS with browsers
    #[arg(long, conflicts_with_all = ["tls_certificate", "tls_key"])]
    behind_proxy: bool,
    /// A proxy whose X-Forwarded-Host and X-Forwarded-For are believed; may be given several times
    #[arg(long, value_name = "IP", default_values = ["127.0.0.1", "::1"])]
    trusted_proxy: Vec<IpAddr>,
    /// Apply tenant folders again on every save; what has a mistake is refused whole and the old goes on
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    records: Records,
    #[command(flatten)]
    logging: Logging,
}

pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    options.logging.start();
    let host = options.url.as_ref().map(host_of).transpose()?;
    let data = Arc::new(DataFolder::take(&options.data)?);
    let settings = Settings {
        strict_transport_security: true,
        record_lifetime: options.records.lifetime(),
        trusted_proxies: if options.behind_proxy { options.trusted_proxy.clone() } else { vec![] },
        ..Settings::default()
    };
    let outbox = options.data.join("outbox");
    tracing::warn!(folder = %outbox.display(), "letters are written to this folder as .eml files; have them delivered from there");
    let (keys, store) = (data.keys()?, data.store()?);
    let server = Server::new(Parts {
        store,
        clock: Clock::machine_of(data.path())?,
        keys,
        outbox: Arc::new(mail::Folder::new(outbox)),
        settings,
    });
    let folders = Folders { folders: options.tenant.clone(), host };
    if let Err(refused) = folders.apply(&server, &data) {
        eprint!("{}", report::refusal(&refused, Style::Plain, Language::English));
        bail!("the definitions have a mistake; nothing is served");
    }
    server.prove_master_key().await?;
    let tls = match (&options.tls_certificate, &options.tls_key) {
        _ if options.behind_proxy => None,
        (Some(certificate), Some(key)) => Some(tls::from_files(certificate, key)?),
        _ => Some(tls::from_local_authority(data.path(), &certificate_hosts(&server))?),
    };
    let listener = TcpListener::bind(options.listen).await.with_context(|| format!("listen on {}", options.listen))?;
    let stop = listen::stop_signal();
    admin::listen(data.path(), server.clone(), stop.clone())?;
    if options.watch {
        tokio::spawn(folders.watch(server.clone(), Arc::clone(&data), stop.clone()));
    }
    tokio::spawn(sweep(server.clone()));
    tracing::info!(address = %options.listen, "ready");
    listen::serve(listener, tls, handler(server), stop).await;
    tracing::info!("stopped");
    Ok(())
}

/// The server as what a socket hands its requests to.
pub(crate) fn handler(server: Server) -> listen::Handler {
    Arc::new(move |request, connection| {
        let server = server.clone();
        Box::pin(async move { server.handle(request, connection).await })
    })
}

/// Removes what expired, every few minutes.
pub(crate) async fn sweep(server: Server) {
    loop {
        tokio::time::sleep(Duration::from_secs(300)).await;
        server.sweep().await;
    }
}

fn host_of(url: &Url) -> anyhow::Result<String> {
    if url.scheme() != "https" {
        bail!("`--url` must begin with https://: browsers and every client library insist on TLS");
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() {
        bail!("`--url` names a host, and no path: clients expect the tenant at the root");
    }
    let host = url.host_str().ok_or_else(|| anyhow!("`--url` has no host"))?;
    Ok(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// Host names without ports, and what a person on this machine may type.
fn certificate_hosts(server: &Server) -> Vec<String> {
    let mut hosts: Vec<String> = vec!["localhost".into(), "127.0.0.1".into(), "::1".into()];
    for tenant in server.tenants().iter() {
        for host in &tenant.hosts {
            let name =
                host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host.as_str(), |(n, _)| n);
            if !hosts.iter().any(|known| known == name) {
                hosts.push(name.to_owned());
            }
        }
    }
    hosts
}
