//! Applies tenant folders: at start, and with `--watch` on every save.

use std::{path::PathBuf, sync::Arc, time::Duration};

use zaguan_policy::{Language, Severity};

use crate::{
    data::DataFolder,
    report::{self, Style},
    server::Server,
    tenant::{Refused, Tenant, TenantSources},
};

/// How often folders are looked at. A save is a person's doing; a second is soon.
const EVERY: Duration = Duration::from_secs(1);

/// The folders, and which host stands in the place of the ones that they name.
pub struct Folders {
    /// Tenant folders.
    pub folders: Vec<PathBuf>,
    /// `--url`'s host.
    pub host: Option<String>,
}

impl Folders {
    /// Reads and applies all of them.
    ///
    /// # Errors
    /// The first folder that is refused, with everything that is wrong in it.
    pub fn apply(&self, server: &Server, data: &DataFolder) -> Result<(), Refused> {
        let mut tenants: Vec<Arc<Tenant>> = Vec::new();
        for folder in &self.folders {
            let tenant = TenantSources::read(folder)?.apply(self.host.as_deref())?;
            if let Some(twin) = tenants.iter().find(|other| other.id == tenant.id || other.domain == tenant.domain) {
                let problem = format!("tenant `{}` is also that of another folder", twin.domain);
                return Err(Refused::Definition { file: folder.display().to_string(), problem });
            }
            announce(&tenant);
            tenants.push(Arc::new(tenant));
        }
        if let Err(cause) = data.remember_tenants(&tenants) {
            tracing::warn!(%cause, "could not write down the tenants' names");
        }
        server.apply(tenants);
        Ok(())
    }

    /// Applies them again whenever a file changes. What is refused is printed; the old definitions go on
    /// serving.
    pub async fn watch(self, server: Server, data: Arc<DataFolder>, mut stop: tokio::sync::watch::Receiver<bool>) {
        let mut seen = self.versions();
        loop {
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            let now = self.versions();
            if now == seen {
                continue;
            }
            seen = now;
            match self.apply(&server, &data) {
                Ok(()) => tracing::info!("applied the tenant folders"),
                Err(refused) => {
                    eprint!("{}", report::refusal(&refused, Style::Plain, Language::English));
                    tracing::error!("the tenant folders have a mistake; the definitions before it go on serving");
                }
            }
        }
    }

    fn versions(&self) -> Vec<Option<String>> {
        self.folders
            .iter()
            .map(|folder| TenantSources::read(folder).ok().map(|sources| sources.version_with_keys()))
            .collect()
    }
}

/// What an operator should know of a tenant at start.
fn announce(tenant: &Tenant) {
    tracing::info!(
        tenant = %tenant.domain,
        policies = tenant.programs.len(),
        apps = tenant.applications.len(),
        "serving a tenant"
    );
    for quirk in tenant.quirks.unsafe_ones() {
        tracing::warn!(tenant = %tenant.domain, quirk = quirk.name, see = quirk.thread, "an unsafe quirk is on");
    }
    for note in tenant.notes.iter().filter(|note| note.severity >= Severity::Warning) {
        tracing::warn!(tenant = %tenant.domain, code = %note.code, "{}", note.message);
    }
}
