//! What orders need to know of a tenant's definitions, whether it is served at the moment or was served before.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use serde::{Deserialize, Serialize};
use zaguan_policy::id::KeyName;
use zaguan_session::{
    ClientId,
    quirks::{QUIRKS, Quirk},
};
use zaguan_store::{SessionsThen, TenantId};

use crate::{built_in_app, tenant::Tenant, why::AppName};

/// A tenant, as far as orders ask.
#[derive(Clone, Debug)]
pub struct KnownTenant {
    /// Its GUID.
    pub id: TenantId,
    /// Its quirks by name, on or off. A quirk that is not there is not known.
    pub(crate) quirks: BTreeMap<String, bool>,
    /// The policy keys that its policies name.
    pub(crate) policy_keys: PolicyKeys,
    /// Its apps' names; empty where it is not served at the moment.
    apps: BTreeMap<ClientId, String>,
}

/// Policy keys, as policies spell them. Empty where nobody wrote them down.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct PolicyKeys {
    /// Those that tokens are signed with.
    signing: BTreeSet<KeyName>,
    /// The others.
    other: BTreeSet<KeyName>,
}

impl PolicyKeys {
    fn of(tenant: &Tenant) -> Self {
        let signing: BTreeSet<KeyName> = tenant.signing_keys().into_iter().map(KeyName::new).collect();
        let profiles = tenant.programs.values().flat_map(|program| program.policy.profiles.values());
        let other = profiles.flat_map(|profile| &profile.keys).map(|(_, name)| name);
        let other = other.filter(|name| !signing.contains(name)).cloned().collect();
        Self { signing, other }
    }

    /// Whether policies sign tokens with it.
    pub(super) fn sign(&self, name: &KeyName) -> bool {
        self.signing.contains(name)
    }

    /// The name as policies spell it; as it comes where none does.
    pub(super) fn spelled(&self, name: KeyName) -> KeyName {
        self.signing.get(&name).or_else(|| self.other.get(&name)).cloned().unwrap_or(name)
    }
}

impl From<&Tenant> for KnownTenant {
    fn from(tenant: &Tenant) -> Self {
        Self {
            id: tenant.id.clone(),
            quirks: QUIRKS.iter().map(|row| (row.name.to_owned(), tenant.quirks.has(row.quirk))).collect(),
            policy_keys: PolicyKeys::of(tenant),
            apps: tenant.applications.iter().map(|(client, app)| (client.clone(), app.name().to_owned())).collect(),
        }
    }
}

impl KnownTenant {
    /// A tenant that was served before.
    pub(crate) fn remembered(id: &str, quirks: BTreeMap<String, bool>, policy_keys: PolicyKeys) -> Self {
        Self { id: TenantId::new(id), quirks, policy_keys, apps: BTreeMap::new() }
    }

    /// What the app is called.
    pub(crate) fn named(&self, app: &ClientId) -> AppName {
        let registered = || self.apps.get(app).cloned();
        let name = built_in_app::is(app.as_str()).then(|| built_in_app::name("en").to_owned()).or_else(registered);
        AppName { client_id: app.as_str().to_owned(), name }
    }

    /// D15, D17: whether the person's sessions end, or a quirk keeps them.
    ///
    /// # Errors
    /// Where nobody wrote down whether the tenant has the quirk: it is never guessed.
    pub(crate) fn sessions_then(&self, keeps: Quirk) -> anyhow::Result<SessionsThen> {
        let name = name_of(keeps);
        match self.quirks.get(name) {
            Some(true) => Ok(SessionsThen::Stay),
            Some(false) => Ok(SessionsThen::End),
            None => bail!(
                "whether sessions end depends on the tenant's quirk `{name}`, which this data folder does not say; \
                 start the server on it once, or give the order while it runs"
            ),
        }
    }
}

/// The quirk's name in definitions.
pub(super) fn name_of(quirk: Quirk) -> &'static str {
    QUIRKS.iter().find(|row| row.quirk == quirk).map_or("", |row| row.name)
}
