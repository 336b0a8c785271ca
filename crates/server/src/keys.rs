//! The server's keys: what is derived from the master key, and the tenants' keys, made at first need, sealed at rest, and
//! used by the clock.

pub mod import;
pub mod life;
pub mod master;

use std::{
    collections::HashMap,
    fmt,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, bail};
use zaguan_policy::{Timestamp, id::KeyName};
use zaguan_protocol::{
    NumericDate, Secret,
    crypto::{self, SealingKey},
    jose::{self, Algorithm, Jwks, KeyError, SigningKey},
};
use zaguan_store::{AddKey, KeyKind, Store, StoreFault, Stored, StoredKey, TenantId};

use self::{
    life::{KeyState, Life},
    master::{InMemory, MasterKey},
};
use crate::chance;

/// No request takes longer, from its own instant to its signature.
const UNDER_WAY: std::time::Duration = std::time::Duration::from_secs(300);

/// Keys that everything else is sealed and bound with.
pub struct Keys {
    master: Box<dyn MasterKey>,
    visits: SealingKey,
    at_rest: SealingKey,
    opened: Mutex<Opened>,
}

/// What is in memory of the tenants' keys.
#[derive(Default)]
struct Opened {
    /// Raised whenever something else is to be found from now on, so that nothing is kept that was read before.
    edition: u64,
    configured: HashMap<(TenantId, KeyName), Vec<Arc<HeldKey>>>,
    sets: HashMap<(TenantId, KeyName), KeySet>,
}

/// Everything under one name, in the order in which it is used, each parsed once. Which of them signs is asked at each use, because time
/// passes without a write.
type KeySet = Arc<Vec<Arc<HeldKey>>>;

/// A key or secret of a tenant, opened.
#[derive(Debug)]
pub struct HeldKey {
    /// Its `kid`.
    pub id: String,
    /// Itself.
    pub material: Material,
    /// What decides its state.
    pub life: Life,
    /// Where it is kept.
    pub source: Source,
}

/// What a key is.
#[derive(Clone, Debug)]
pub enum Material {
    /// A key pair.
    Pair(Arc<SigningKey>),
    /// A text that somebody else knows as well.
    Secret(Arc<Secret<String>>),
}

/// Where a key is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// In the store, sealed.
    Store,
    /// Where `tenant.toml` says.
    Definition,
}

/// A key that is to be kept.
#[derive(Clone, Copy, Debug)]
pub enum NewKey<'a> {
    /// A private key in PKCS#8 form.
    Pkcs8(&'a Secret<Vec<u8>>),
    /// A text.
    Secret(&'a Secret<String>),
}

/// When a key is used.
#[derive(Clone, Copy, Debug)]
pub struct Validity {
    /// From when.
    pub not_before: Timestamp,
    /// Until when, if that is known.
    pub expires: Option<Timestamp>,
}

/// Why nothing is signed.
#[derive(Debug)]
pub enum NotSigned {
    /// There are keys, and none of them is to sign now (AADB2C90019).
    NoValidKey {
        /// The policy key.
        name: KeyName,
        /// Why, in words.
        reason: String,
    },
    /// The store could not say.
    Store(StoreFault),
}

impl From<StoreFault> for NotSigned {
    fn from(fault: StoreFault) -> Self {
        Self::Store(fault)
    }
}

impl Keys {
    /// From the master key.
    pub fn new(master: Box<dyn MasterKey>) -> Self {
        let sealing = |purpose| SealingKey::from_bytes(master.derive(purpose));
        let (visits, at_rest) = (sealing("visits"), sealing("keys at rest"));
        Self { master, visits, at_rest, opened: Mutex::default() }
    }

    /// From a master key in memory.
    pub fn from_master(master: [u8; 32]) -> Self {
        Self::new(Box::new(InMemory::from_bytes(master)))
    }

    /// With the folder's master key (`master.key`, 0600, made at first start), or with `ZAGUAN_MASTER_KEY`.
    ///
    /// # Errors
    /// Where it cannot be read or made, or is not 32 bytes.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self::new(Box::new(match std::env::var(master::ENVIRONMENT) {
            Ok(text) => InMemory::parse(&text).context(master::ENVIRONMENT)?,
            Err(_) => InMemory::of_folder(folder)?,
        })))
    }

    /// Finds out whether this is the master key that the store's keys were sealed with, before anything is served.
    ///
    /// # Errors
    /// Where it is another one.
    pub async fn prove(&self, store: &dyn Store, tenants: impl IntoIterator<Item = &TenantId>) -> anyhow::Result<()> {
        // Stores of earlier versions have keys and no value yet: what is to become it has to open them.
        for tenant in tenants {
            for name in store.key_names(tenant).await? {
                for key in store.keys(tenant, &name).await? {
                    if self.unsealed(tenant, &name, &key).is_none() {
                        bail!("{ANOTHER_MASTER_KEY}");
                    }
                }
            }
        }
        let ours = self.digest("check value", &[]);
        if !crypto::constant_time_eq(&store.master_check(&ours).await?, &ours) {
            bail!("{ANOTHER_MASTER_KEY}");
        }
        Ok(())
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
        let framed: Vec<u8> =
            parts.iter().flat_map(|part| [&(part.len() as u64).to_be_bytes()[..], part].concat()).collect();
        crypto::hmac_sha256(&self.master.derive(purpose), &framed)
    }

    /// The key that signs for this policy key and this algorithm now. The first one is made at first need.
    ///
    /// # Errors
    /// Where there are keys and none is to sign now; the store's.
    pub async fn signer(
        &self,
        store: &dyn Store,
        tenant: &TenantId,
        name: &KeyName,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Result<Arc<SigningKey>, NotSigned> {
        let all = self.with_first_keys(store, tenant, name, &[algorithm], now).await?;
        let lives = lives(&all);
        let found = life::signing(&lives, kind_of(algorithm), now).and_then(|index| all[index].pair());
        found.cloned().ok_or_else(|| NotSigned::NoValidKey {
            name: name.clone(),
            reason: format!("for {}, {}", algorithm.name(), life::why_none(&lives, kind_of(algorithm), now)),
        })
    }

    /// The public keys under a policy key name, RSA first. The first key of each algorithm is made where there is none,
    /// so that it is known before it signs.
    ///
    /// # Errors
    /// The store's.
    pub async fn published(
        &self,
        store: &dyn Store,
        tenant: &TenantId,
        name: &KeyName,
        algorithms: &[Algorithm],
        now: Timestamp,
    ) -> Stored<Jwks> {
        let all = self.with_first_keys(store, tenant, name, algorithms, now).await?;
        Ok(key_set(&all, now, |state| state.is_published(now)))
    }

    /// The public keys that have signed, as far as they have not been removed: a token that comes back to us is
    /// verified with them however old it is.
    ///
    /// # Errors
    /// The store's.
    pub async fn known(&self, store: &dyn Store, tenant: &TenantId, name: &KeyName, now: Timestamp) -> Stored<Jwks> {
        let all = self.all(store, tenant, name).await?;
        Ok(key_set(&all, now, |state| !matches!(state, KeyState::Next { .. })))
    }

    /// The text that a policy key stands for now.
    ///
    /// # Errors
    /// The store's.
    pub async fn secret(
        &self,
        store: &dyn Store,
        tenant: &TenantId,
        name: &KeyName,
        now: Timestamp,
    ) -> Stored<Option<Arc<Secret<String>>>> {
        let all = self.all(store, tenant, name).await?;
        let found = life::signing(&lives(&all), KeyKind::Secret, now).map(|index| &all[index].material);
        Ok(match found {
            Some(Material::Secret(text)) => Some(Arc::clone(text)),
            Some(Material::Pair(_)) | None => None,
        })
    }

    /// Everything under a name, in the order in which it is used.
    ///
    /// # Errors
    /// The store's.
    pub async fn all(&self, store: &dyn Store, tenant: &TenantId, name: &KeyName) -> Stored<KeySet> {
        let slot = (tenant.clone(), name.clone());
        let edition = {
            let opened = self.opened();
            if let Some(set) = opened.sets.get(&slot) {
                return Ok(Arc::clone(set));
            }
            opened.edition
        };
        let stored = store.keys(tenant, name.as_str()).await?;
        let mut all = stored
            .iter()
            .map(|key| Ok(Arc::new(self.held(tenant, name, key)?)))
            .collect::<Stored<Vec<Arc<HeldKey>>>>()?;
        let mut opened = self.opened();
        for key in opened.configured.get(&slot).into_iter().flatten() {
            if all.iter().all(|known| known.id != key.id) {
                all.push(Arc::clone(key));
            }
        }
        let order = |key: &HeldKey| (key.life.begins(), key.life.created);
        all.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.id.cmp(&b.id)));
        let set = Arc::new(all);
        if opened.edition == edition {
            opened.sets.insert(slot, Arc::clone(&set));
        }
        Ok(set)
    }

    /// The names under which the tenant's definition has keys.
    pub fn configured_names(&self, tenant: &TenantId) -> Vec<KeyName> {
        self.opened().configured.keys().filter(|(of, _)| of == tenant).map(|(_, name)| name.clone()).collect()
    }

    /// Takes over what the definitions of tenants name, in the place of what others named before.
    pub fn configure(&self, keys: impl IntoIterator<Item = (TenantId, KeyName, Arc<HeldKey>)>) {
        let mut configured: HashMap<_, Vec<_>> = HashMap::new();
        for (tenant, name, key) in keys {
            configured.entry((tenant, name)).or_default().push(key);
        }
        let mut opened = self.opened();
        opened.configured = configured;
        opened.forget();
    }

    /// Forgets what is cached: keys were added or removed.
    pub fn forget_cached(&self) {
        self.opened().forget();
    }

    /// A key in the form that the store keeps.
    ///
    /// # Errors
    /// Where it is not a key that we can sign with.
    pub fn sealed_key(
        &self,
        tenant: &TenantId,
        name: &KeyName,
        new: NewKey<'_>,
        valid: Validity,
        now: Timestamp,
    ) -> Result<StoredKey, KeyError> {
        let (id, kind, plain) = match new {
            NewKey::Pkcs8(pkcs8) => {
                let key = SigningKey::from_pkcs8(pkcs8.expose())?;
                (key.key_id().to_owned(), kind_of(key.algorithm()), pkcs8.expose().as_slice())
            }
            NewKey::Secret(text) => (chance::name(), KeyKind::Secret, text.expose().as_bytes()),
        };
        let sealed = self.at_rest.seal(chance::bytes(), bound_to(tenant, name.as_str()).as_bytes(), plain);
        Ok(StoredKey { id, kind, sealed, created: now, not_before: valid.not_before, expires: valid.expires })
    }

    async fn with_first_keys(
        &self,
        store: &dyn Store,
        tenant: &TenantId,
        name: &KeyName,
        algorithms: &[Algorithm],
        now: Timestamp,
    ) -> Stored<KeySet> {
        let mut all = self.all(store, tenant, name).await?;
        for algorithm in algorithms {
            if all.iter().any(|key| key.life.kind == kind_of(*algorithm)) {
                continue;
            }
            let pkcs8 = generate(NewPair::of(*algorithm)).await?;
            // A little earlier than now: requests that were under way before it was made sign with it, too.
            let since = now - UNDER_WAY;
            let valid = Validity { not_before: since, expires: None };
            let new = self.sealed_key(tenant, name, NewKey::Pkcs8(&pkcs8), valid, since);
            let new = new.map_err(|cause| fault("make a signing key", &cause.to_string()))?;
            tracing::info!(tenant = %tenant, key = %name, algorithm = algorithm.name(), kid = %new.id, "made a signing key");
            store.add_key(tenant, name.as_str(), &new, AddKey::OnlyFirst).await?;
            self.forget_cached();
            all = self.all(store, tenant, name).await?;
        }
        Ok(all)
    }

    fn held(&self, tenant: &TenantId, name: &KeyName, key: &StoredKey) -> Stored<HeldKey> {
        let plain = self.unsealed(tenant, name.as_str(), key).ok_or_else(|| fault("open a key", ANOTHER_MASTER_KEY))?;
        let unreadable = || fault("read a key", "it is not what it was kept as");
        let material = match key.kind {
            KeyKind::Rsa | KeyKind::P256 => {
                Material::Pair(Arc::new(SigningKey::from_pkcs8(plain.expose()).map_err(|_| unreadable())?))
            }
            KeyKind::Secret => {
                let text = std::str::from_utf8(plain.expose()).map_err(|_| unreadable())?;
                Material::Secret(Arc::new(Secret::new(text.to_owned())))
            }
        };
        let StoredKey { kind, created, not_before, expires, .. } = *key;
        let life = Life { kind, created, not_before, expires };
        Ok(HeldKey { id: key.id.clone(), material, life, source: Source::Store })
    }

    fn unsealed(&self, tenant: &TenantId, name: &str, key: &StoredKey) -> Option<Secret<Vec<u8>>> {
        self.at_rest.open(bound_to(tenant, name).as_bytes(), &key.sealed).map(Secret::new)
    }

    fn opened(&self) -> MutexGuard<'_, Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(secret)")
    }
}

impl Opened {
    fn forget(&mut self) {
        self.edition += 1;
        self.sets.clear();
    }
}

impl HeldKey {
    /// The key pair.
    pub fn pair(&self) -> Option<&Arc<SigningKey>> {
        match &self.material {
            Material::Pair(pair) => Some(pair),
            Material::Secret(_) => None,
        }
    }
}

/// What a new key pair is to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NewPair {
    /// RSA of this size.
    Rsa(jose::RsaSize),
    /// On the curve P-256.
    P256,
}

impl NewPair {
    /// The usual one for an algorithm.
    pub fn of(algorithm: Algorithm) -> Self {
        Self::sized(algorithm, jose::RsaSize::default())
    }

    /// One for an algorithm, of this size where it is RSA.
    pub fn sized(algorithm: Algorithm, size: jose::RsaSize) -> Self {
        match algorithm {
            Algorithm::Rs256 => Self::Rsa(size),
            Algorithm::Es256 => Self::P256,
        }
    }
}

/// A new private key, as PKCS#8. It is made on a thread of its own, because large ones take seconds.
///
/// # Errors
/// Where the generator failed.
pub async fn generate(pair: NewPair) -> Stored<Secret<Vec<u8>>> {
    let make = move || match pair {
        NewPair::Rsa(size) => jose::generate_rsa(size),
        NewPair::P256 => jose::generate_p256(),
    };
    tokio::task::spawn_blocking(make).await.map_err(|_| fault("make a signing key", "the generator failed"))
}

/// What of these keys decides their states.
pub fn lives(keys: &[Arc<HeldKey>]) -> Vec<Life> {
    keys.iter().map(|key| key.life).collect()
}

/// The kind of key that signs by an algorithm.
pub fn kind_of(algorithm: Algorithm) -> KeyKind {
    match algorithm {
        Algorithm::Rs256 => KeyKind::Rsa,
        Algorithm::Es256 => KeyKind::P256,
    }
}

fn key_set(keys: &[Arc<HeldKey>], now: Timestamp, which: impl Fn(KeyState) -> bool) -> Jwks {
    let states = life::states(&lives(keys), now);
    let mut chosen: Vec<&HeldKey> =
        keys.iter().zip(states).filter(|(_, state)| which(*state)).map(|(key, _)| &**key).collect();
    // Libraries that know nothing but RSA find it first.
    chosen.sort_by_key(|key| key.life.kind);
    let jwk = |key: &HeldKey| Some(key.pair()?.jwk().valid_from(NumericDate(key.life.not_before.as_seconds())));
    Jwks::new(chosen.into_iter().filter_map(jwk))
}

/// Names what a sealed key belongs to, so that it opens nowhere else.
fn bound_to(tenant: &TenantId, name: &str) -> String {
    format!("{tenant} {}", name.to_lowercase())
}

fn fault(doing: &'static str, cause: &str) -> StoreFault {
    StoreFault { doing, cause: cause.to_owned() }
}

const ANOTHER_MASTER_KEY: &str = "the master key is not the one with which this store's keys were sealed; restore \
                                  `master.key`, or give the right one in `ZAGUAN_MASTER_KEY`";

#[cfg(test)]
mod tests;
