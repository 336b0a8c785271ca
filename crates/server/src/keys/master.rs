//! The master key, from which every other key of the server is derived.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use zaguan_protocol::{
    Secret,
    crypto::{self, base64url},
};

use crate::chance;

/// What `master.key` can be replaced with.
pub const ENVIRONMENT: &str = "ZAGUAN_MASTER_KEY";
/// Its file in the data folder.
pub const FILE: &str = "master.key";

/// A key that never leaves its keeper: it gives keys for purposes, by HMAC-SHA-256. That is all that is asked of it, so a
/// token that can do no more than that can be one.
pub trait MasterKey: Send + Sync {
    /// The key for this purpose, the same at every call: HMAC-SHA-256 of the purpose's name under the master key.
    fn derive(&self, purpose: &str) -> [u8; 32];
}

/// A master key in this process's memory: from a file, or from the environment.
#[derive(Debug)]
pub struct InMemory(Secret<[u8; 32]>);

impl MasterKey for InMemory {
    fn derive(&self, purpose: &str) -> [u8; 32] {
        crypto::hmac_sha256(self.0.expose(), purpose.as_bytes())
    }
}

impl InMemory {
    /// These 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// From text: 32 bytes in base64url.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        match base64url::decode(text.trim()).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
            Some(bytes) => Ok(Self::from_bytes(bytes)),
            None => bail!("must be 32 bytes in base64url (43 characters)"),
        }
    }

    /// A folder's file. It is made where the folder is new.
    ///
    /// # Errors
    /// Where it cannot be read or made, or is missing from a folder that has been used.
    pub fn of_folder(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FILE);
        if !path.exists() {
            if folder.join("zaguan.db").exists() {
                return Err(anyhow!(
                    "the master key `{}` is missing, and what this folder keeps is sealed with it; restore the file from \
                     your backup, or give its content in `{ENVIRONMENT}`",
                    path.display()
                ));
            }
            let text = base64url::encode(chance::bytes::<32>());
            crate::files::write_private(&path, text.as_bytes())
                .with_context(|| format!("make the master key `{}`", path.display()))?;
        }
        let text = Secret::new(
            std::fs::read_to_string(&path).with_context(|| format!("read the master key `{}`", path.display()))?,
        );
        Self::parse(text.expose()).with_context(|| format!("the master key `{}`", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_key_is_made_once_and_shows_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let key = InMemory::of_folder(folder.path()).unwrap();
        assert_eq!(InMemory::of_folder(folder.path()).unwrap().derive("visits"), key.derive("visits"));
        assert_ne!(key.derive("visits"), key.derive("keys at rest"));
        assert_eq!(format!("{key:?}"), "InMemory((secret))");
        for wrong in ["", "short", "not base64url!"] {
            let refused = InMemory::parse(wrong).unwrap_err().to_string();
            assert_eq!(refused, "must be 32 bytes in base64url (43 characters)");
        }
    }

    #[test]
    fn a_used_folder_without_its_master_key_gets_no_new_one() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("zaguan.db"), "").unwrap();
        let refused = InMemory::of_folder(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("is missing") && refused.contains(ENVIRONMENT), "{refused}");
        assert!(!folder.path().join(FILE).exists());
    }
}
