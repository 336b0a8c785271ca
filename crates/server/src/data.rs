//! The data folder: who holds it, and what is in it.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use zaguan_store::Sqlite;

use crate::{
    admin::{KnownTenant, PolicyKeys},
    keys::Keys,
    tenant::Tenant,
};

/// What `tenants.json` says of a tenant.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Remembered {
    /// What versions before this one wrote: its GUID.
    Id(String),
    /// Its GUID, its quirks by name, on or off, and the policy keys that its policies name.
    Tenant {
        id: String,
        quirks: BTreeMap<String, bool>,
        #[serde(default)]
        policy_keys: PolicyKeys,
    },
}

impl Remembered {
    fn id(&self) -> &str {
        match self {
            Self::Id(id) | Self::Tenant { id, .. } => id,
        }
    }
}

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

    /// Its keys. Opened before the store is made: a folder with a store gets no new master key.
    ///
    /// # Errors
    /// Where the master key cannot be read or made.
    pub fn keys(&self) -> anyhow::Result<Keys> {
        Keys::open(&self.path)
    }

    /// Writes down which tenants were served, which quirks they have and which policy keys they name, so that commands find
    /// them by their domain and know what they do without a server.
    ///
    /// # Errors
    /// The file system's.
    pub fn remember_tenants(&self, tenants: &[Arc<Tenant>]) -> anyhow::Result<()> {
        let remembered = |tenant: &Arc<Tenant>| {
            let KnownTenant { id, quirks, policy_keys, .. } = KnownTenant::from(&**tenant);
            (tenant.domain.clone(), Remembered::Tenant { id: id.as_str().to_owned(), quirks, policy_keys })
        };
        let names: BTreeMap<String, Remembered> = tenants.iter().map(remembered).collect();
        crate::files::write_private(&self.path.join("tenants.json"), serde_json::to_string(&names)?.as_bytes())?;
        Ok(())
    }

    /// The tenant of that domain or GUID, among those that were served before.
    ///
    /// # Errors
    /// Where there is none; says which there are.
    pub fn tenant(&self, name: &str) -> anyhow::Result<KnownTenant> {
        let text = fs::read_to_string(self.path.join("tenants.json"))
            .context("this data folder has not served any tenant yet; start the server on it once")?;
        let names: BTreeMap<String, Remembered> = serde_json::from_str(&text)?;
        let found = names
            .iter()
            .find(|(domain, known)| zaguan_policy::id::same(domain, name) || zaguan_policy::id::same(known.id(), name));
        match found {
            Some((_, Remembered::Tenant { id, quirks, policy_keys })) => {
                Ok(KnownTenant::remembered(id, quirks.clone(), policy_keys.clone()))
            }
            Some((_, Remembered::Id(id))) => Ok(KnownTenant::remembered(id, BTreeMap::new(), PolicyKeys::default())),
            None => bail!("no tenant `{name}`; there is {}", names.keys().cloned().collect::<Vec<_>>().join(", ")),
        }
    }
}
