//! The data folder: who holds it, and what is in it.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, bail};
use zaguan_store::{Sqlite, TenantId};

use crate::{keys::Keys, tenant::Tenant};

/// A data folder that this process holds alone.
pub struct DataFolder {
    path: PathBuf,
    // Held for as long as the process lives; the kernel lets it go even after `kill -9`.
    _lock: File,
}

impl DataFolder {
    /// Takes the folder, and makes it where there is none.
    ///
    /// # Errors
    /// Where it cannot be made, or another process holds it.
    pub fn take(path: &Path) -> anyhow::Result<Self> {
        crate::files::private_folder(path).with_context(|| format!("make the data folder `{}`", path.display()))?;
        let lock_path = path.join("lock");
        let lock = crate::files::lock_file(&lock_path).with_context(|| format!("open `{}`", lock_path.display()))?;
        if lock.try_lock().is_err() {
            bail!(
                "another process holds the data folder `{}`; stop it, or choose another folder with `--data`",
                path.display()
            );
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its store.
    ///
    /// # Errors
    /// The store's.
    pub fn store(&self) -> anyhow::Result<Arc<Sqlite>> {
        Ok(Arc::new(Sqlite::open(&self.path.join("zaguan.db"))?))
    }

    /// Its keys.
    ///
    /// # Errors
    /// Where the master key cannot be read or made.
    pub fn keys(&self) -> anyhow::Result<Keys> {
        Keys::open(&self.path)
    }

    /// Writes down which tenants were served, so that commands find them by their domain.
    ///
    /// # Errors
    /// The file system's.
    pub fn remember_tenants(&self, tenants: &[Arc<Tenant>]) -> anyhow::Result<()> {
        let names: BTreeMap<&str, &str> =
            tenants.iter().map(|tenant| (tenant.domain.as_str(), tenant.id.as_str())).collect();
        crate::files::write_private(&self.path.join("tenants.json"), serde_json::to_string(&names)?.as_bytes())?;
        Ok(())
    }

    /// The tenant of that domain or GUID, among those that were served before.
    ///
    /// # Errors
    /// Where there is none; says which there are.
    pub fn tenant(&self, name: &str) -> anyhow::Result<TenantId> {
        let text = fs::read_to_string(self.path.join("tenants.json"))
            .context("this data folder has not served any tenant yet; start the server on it once")?;
        let names: BTreeMap<String, String> = serde_json::from_str(&text)?;
        let found = names
            .iter()
            .find(|(domain, id)| zaguan_policy::id::same(domain, name) || zaguan_policy::id::same(id, name));
        match found {
            Some((_, id)) => Ok(TenantId::new(id)),
            None => bail!("no tenant `{name}`; there is {}", names.keys().cloned().collect::<Vec<_>>().join(", ")),
        }
    }
}
