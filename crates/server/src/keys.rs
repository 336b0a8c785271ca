//! The server's keys: the master key, what is derived from it, and the tenants' signing keys, made at
//! first need and sealed at rest.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, bail};
use zaguan_policy::{Timestamp, id::KeyName};
use zaguan_protocol::{
    crypto::{self, SealingKey, base64url},
    jose::{self, Jwks, SigningKey},
};
use zaguan_store::{AddKey, Store, StoreFault, Stored, StoredKey, TenantId};

use crate::chance;

/// Keys that everything else is sealed and bound with.
pub struct Keys {
    master: [u8; 32],
    visits: SealingKey,
    at_rest: SealingKey,
    signing: Mutex<HashMap<(TenantId, KeyName), Arc<Vec<Arc<SigningKey>>>>>,
}

impl Keys {
    /// From the master key.
    pub fn from_master(master: [u8; 32]) -> Self {
        let derive = |purpose: &str| SealingKey::from_bytes(crypto::hmac_sha256(&master, purpose.as_bytes()));
        Self { master, visits: derive("visits"), at_rest: derive("keys at rest"), signing: Mutex::default() }
    }

    /// The folder's master key (`master.key`, 0600, made at first start), or `ZAGUAN_MASTER_KEY`.
    ///
    /// # Errors
    /// Where it cannot be read or made, or is not 32 bytes.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        if let Ok(text) = std::env::var("ZAGUAN_MASTER_KEY") {
            return Ok(Self::from_master(parse(&text).context("ZAGUAN_MASTER_KEY")?));
        }
        let path = folder.join("master.key");
        if !path.exists() {
            let text = base64url::encode(chance::bytes::<32>());
            crate::files::write_private(&path, text.as_bytes())
                .with_context(|| format!("make the master key `{}`", path.display()))?;
        }
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("read the master key `{}`", path.display()))?;
        Ok(Self::from_master(parse(&text).with_context(|| format!("the master key `{}`", path.display()))?))
    }

    /// Seals a parked visit, bound to its name.
    pub fn seal_visit(&self, visit: &str, plain: &[u8]) -> Vec<u8> {
        self.visits.seal(chance::bytes(), visit.as_bytes(), plain)
    }

    /// Opens a parked visit. `None` where it was sealed for another name, or tampered with.
    pub fn open_visit(&self, visit: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        self.visits.open(visit.as_bytes(), sealed)
    }

    /// A keyed digest, for one purpose.
    pub fn digest(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let key = crypto::hmac_sha256(&self.master, purpose.as_bytes());
        let framed: Vec<u8> =
            parts.iter().flat_map(|part| [&(part.len() as u64).to_be_bytes()[..], part].concat()).collect();
        crypto::hmac_sha256(&key, &framed)
    }

    /// The key that signs for this policy key name, made at first need.
    ///
    /// # Errors
    /// The store's.
    pub async fn signer(
        &self,
        store: &dyn Store,
        tenant: &TenantId,
        name: &KeyName,
        now: Timestamp,
    ) -> Stored<Arc<SigningKey>> {
        let all = self.signing_keys(store, tenant, name, now).await?;
        all.last().cloned().ok_or_else(|| fault("sign", "there is no key"))
    }

    /// The public keys under a policy key name.
    ///
    /// # Errors
    /// The store's.
    pub async fn published(
        &self,
        store: &dyn Store,
        tenant: &TenantId,
        name: &KeyName,
        now: Timestamp,
    ) -> Stored<Jwks> {
        let all = self.signing_keys(store, tenant, name, now).await?;
        Ok(Jwks::new(all.iter().map(|key| key.jwk())))
    }

    async fn signing_keys(
        &self,
        store: &dyn Store,
        tenant: &TenantId,
        name: &KeyName,
        now: Timestamp,
    ) -> Stored<Arc<Vec<Arc<SigningKey>>>> {
        let slot = (tenant.clone(), name.clone());
        let cached = |keys: &Self| keys.signing.lock().unwrap_or_else(PoisonError::into_inner).get(&slot).cloned();
        if let Some(keys) = cached(self) {
            return Ok(keys);
        }
        let mut stored = store.keys(tenant, name.as_str()).await?;
        if stored.is_empty() {
            let made = tokio::task::spawn_blocking(jose::generate_rsa_2048).await;
            let pkcs8 = made.map_err(|_| fault("make a signing key", "the generator failed"))?;
            let new = self.sealed_key(tenant, name, pkcs8.expose(), now)?;
            tracing::info!(tenant = %tenant, key = %name, kid = %new.id, "made a signing key");
            stored = store.add_key(tenant, name.as_str(), &new, AddKey::OnlyFirst).await?;
        }
        let opened = stored.iter().map(|key| self.opened_key(tenant, name, key)).collect::<Stored<Vec<_>>>()?;
        let opened = Arc::new(opened);
        self.signing.lock().unwrap_or_else(PoisonError::into_inner).insert(slot, Arc::clone(&opened));
        Ok(opened)
    }

    /// A private key in the form that the store keeps.
    ///
    /// # Errors
    /// Where it is not an RSA key that we can sign with.
    pub fn sealed_key(&self, tenant: &TenantId, name: &KeyName, pkcs8: &[u8], now: Timestamp) -> Stored<StoredKey> {
        let key = SigningKey::from_pkcs8(pkcs8).map_err(|_| fault("read a signing key", "it is no RSA key"))?;
        let bound_to = format!("{tenant} {}", name.to_lowercase());
        let sealed = self.at_rest.seal(chance::bytes(), bound_to.as_bytes(), pkcs8);
        Ok(StoredKey { id: key.key_id().to_owned(), sealed, created: now })
    }

    fn opened_key(&self, tenant: &TenantId, name: &KeyName, key: &StoredKey) -> Stored<Arc<SigningKey>> {
        let bound_to = format!("{tenant} {}", name.to_lowercase());
        let pkcs8 = self
            .at_rest
            .open(bound_to.as_bytes(), &key.sealed)
            .ok_or_else(|| fault("open a signing key", "it was sealed under another master key"))?;
        SigningKey::from_pkcs8(&pkcs8).map(Arc::new).map_err(|_| fault("read a signing key", "it is no RSA key"))
    }

    /// Forgets what is cached: another process may have added a key.
    pub fn forget_cached(&self) {
        self.signing.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn parse(text: &str) -> anyhow::Result<[u8; 32]> {
    match base64url::decode(text.trim()).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
        Some(key) => Ok(key),
        None => bail!("must be 32 bytes in base64url (43 characters)"),
    }
}

fn fault(doing: &'static str, cause: &str) -> StoreFault {
    StoreFault { doing, cause: cause.to_owned() }
}
