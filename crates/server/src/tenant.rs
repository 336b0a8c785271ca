//! A tenant's definitions, as a folder holds them, and the tenant that runs from them.

mod applications;
mod keys;
mod overlay;

pub use keys::{ConfiguredKey, Environment, Found, FoundKeys};

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;
use zaguan_journey::Program;
use zaguan_policy::{
    Diagnostic, Severity, SourceFile,
    id::{PolicyId, same},
};
use zaguan_protocol::{application::Application, jose::Algorithm};
use zaguan_session::{
    ClientId, SessionKey, Terms,
    quirks::{Mode, QUIRKS, Quirks},
};
use zaguan_store::TenantId;

use self::keys::KeySource;

/// `tenant.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TenantFile {
    domain: String,
    id: String,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    compatibility: Mode,
    #[serde(default)]
    quirks: BTreeMap<String, bool>,
    #[serde(default = "yes")]
    session_ids: bool,
    #[serde(default)]
    languages: Vec<String>,
    #[serde(default = "default_policies")]
    policies: PathBuf,
    #[serde(default)]
    keys: BTreeMap<String, KeySource>,
    #[serde(default)]
    standards: BTreeMap<String, Standards>,
}

/// Where a policy is served as the standards say, and not as B2C does. Strict libraries and certification suites need
/// these; the defaults are B2C's shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Standards {
    /// There is a UserInfo endpoint, whether the policy declares one or not.
    pub user_info: bool,
    /// `openid` alone gives an access token too, for the app itself.
    pub access_token: bool,
    /// `iss` is what the discovery document's address begins with: the form with `tfp`.
    pub issuer: bool,
}

fn yes() -> bool {
    true
}

fn default_policies() -> PathBuf {
    "policies".into()
}

/// A tenant that can serve: everything read, merged, checked and bound.
#[derive(Debug)]
pub struct Tenant {
    /// Its GUID.
    pub id: TenantId,
    /// Its domain.
    pub domain: String,
    /// Hosts that it answers to, lower case, with port where not 443; the first is the default.
    pub hosts: Vec<String>,
    /// What it does as B2C does, and a stricter server would not.
    pub quirks: Quirks,
    /// D7: whether ID tokens have `sid`, and front-channel notices `iss` and `sid`.
    pub session_ids: bool,
    /// Languages of its pages.
    pub languages: Vec<String>,
    /// Its policies that answer apps.
    pub programs: BTreeMap<PolicyId, Arc<Program>>,
    /// Its apps.
    pub applications: BTreeMap<ClientId, Arc<Application>>,
    /// Where its policies are served as the standards say, and not as B2C does.
    pub standards: BTreeMap<PolicyId, Standards>,
    /// Policy keys that are configured.
    pub configured_keys: Vec<ConfiguredKey>,
    /// What was read: a digest that changes with any file.
    pub version: String,
    /// What is worth knowing about the set, though it loaded.
    pub notes: Vec<Diagnostic>,
}

/// What a folder holds, as text. The only place that reads it.
#[derive(Clone, Debug, Default)]
pub struct TenantSources {
    /// For messages.
    pub name: String,
    /// `tenant.toml`.
    pub tenant: String,
    /// `apps/*.toml`, by file name.
    pub apps: BTreeMap<String, String>,
    /// `policies/*.xml`.
    pub policies: Vec<SourceFile>,
    /// What was found where `[keys]` points.
    pub keys: FoundKeys,
}

/// Why a tenant's definitions are refused. The old ones go on serving.
#[derive(Debug)]
pub enum Refused {
    /// A file could not be read or understood.
    Definition {
        /// Which file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The policies have mistakes.
    Policies {
        /// All of them.
        diagnostics: Vec<Diagnostic>,
        /// The files, for showing the lines.
        files: Vec<SourceFile>,
    },
}

impl TenantSources {
    /// Reads a tenant folder.
    ///
    /// # Errors
    /// The file that cannot be read, and why.
    pub fn read(folder: &Path) -> Result<Self, Refused> {
        Self::read_in(folder, &|name| std::env::var(name).ok())
    }

    /// Reads a tenant folder, with these variables.
    ///
    /// # Errors
    /// The file that cannot be read, and why.
    pub fn read_in(folder: &Path, environment: Environment<'_>) -> Result<Self, Refused> {
        let text = |path: &Path| {
            std::fs::read_to_string(path)
                .map_err(|cause| Refused::Definition { file: path.display().to_string(), problem: cause.to_string() })
        };
        let tenant = text(&folder.join("tenant.toml"))?;
        let file: TenantFile = toml::from_str(&tenant).map_err(|cause| Refused::Definition {
            file: folder.join("tenant.toml").display().to_string(),
            problem: cause.to_string(),
        })?;
        let policies = folder.join(&file.policies);
        let keys = keys::find(&file.keys, folder, environment);
        let mut apps = BTreeMap::new();
        for path in files(&folder.join("apps"), "toml")? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            apps.insert(name, text(&path)?);
        }
        let sources = files(&policies, "xml")?
            .into_iter()
            .map(|path| Ok(SourceFile { name: path.display().to_string().into(), text: text(&path)? }))
            .collect::<Result<_, Refused>>()?;
        Ok(Self { name: folder.display().to_string(), tenant, apps, policies: sources, keys })
    }

    /// A digest that changes with any file and with any key that the files point to.
    pub fn version_with_keys(&self) -> String {
        format!("{} {}", self.version(), keys::digest(&self.keys))
    }

    /// A digest that changes with any file. Keys are left out: a new one is no reason to begin a journey anew.
    pub fn version(&self) -> String {
        let mut all = vec![self.tenant.as_str()];
        all.extend(self.apps.iter().flat_map(|(name, text)| [name.as_str(), text]));
        all.extend(self.policies.iter().flat_map(|file| [&*file.name, &*file.text]));
        let framed: Vec<u8> =
            all.iter().flat_map(|text| [&(text.len() as u64).to_be_bytes(), text.as_bytes()].concat()).collect();
        zaguan_protocol::crypto::base64url::encode(zaguan_protocol::crypto::sha256(&framed))
    }

    /// Reads, merges, checks and binds everything. `default_host` stands in where the folder names no
    /// host; where `host_override` is given it stands in the place of all.
    ///
    /// # Errors
    /// Everything that is wrong, not the first thing only.
    pub fn apply(&self, host_override: Option<&str>) -> Result<Tenant, Refused> {
        let problem = |file: &str, problem: String| Refused::Definition { file: file.to_owned(), problem };
        let file: TenantFile = toml::from_str(&self.tenant).map_err(|e| problem("tenant.toml", e.to_string()))?;
        if !is_guid(&file.id) {
            return Err(problem("tenant.toml", format!("`id` must be a GUID, and is `{}`", file.id)));
        }
        if file.domain.is_empty() || file.domain.contains(['/', ' ', ':']) {
            return Err(problem("tenant.toml", format!("`domain` must be a domain name, and is `{}`", file.domain)));
        }
        let hosts: Vec<String> = match host_override {
            Some(host) => vec![host.to_lowercase()],
            None => file.hosts.iter().map(|host| host.to_lowercase()).collect(),
        };
        if hosts.is_empty() {
            return Err(problem("tenant.toml", "name at least one host in `hosts`, or start with `--url`".into()));
        }
        let mut quirks = Quirks::of(file.compatibility);
        for (name, on) in &file.quirks {
            quirks = quirks.switched(name, *on).ok_or_else(|| {
                let known: Vec<&str> = QUIRKS.iter().map(|row| row.name).collect();
                problem("tenant.toml", format!("there is no quirk `{name}`; there are {}", known.join(", ")))
            })?;
        }
        let applications = applications::read(&self.apps)?;
        let configured_keys = file
            .keys
            .iter()
            .map(|(name, source)| {
                let found = self.keys.get(name).cloned().unwrap_or_else(|| Err("was not looked for".into()));
                found.and_then(|found| source.read(name, &found)).map_err(|why| format!("key `{name}`: {why}"))
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|why| problem("tenant.toml", why))?;

        let loaded = zaguan_policy::load(&self.policies, &[]);
        let mut diagnostics = loaded.diagnostics;
        let refused = |diagnostics: Vec<Diagnostic>| Refused::Policies { diagnostics, files: self.policies.clone() };
        if diagnostics.iter().any(|one| one.severity == Severity::Error) {
            return Err(refused(diagnostics));
        }
        if let Some(other) = loaded.set.tenant().filter(|other| !same(other, &file.domain)) {
            let message = format!("`domain` is `{}`, and the policies say `TenantId=\"{other}\"`", file.domain);
            return Err(problem("tenant.toml", message));
        }
        let mut programs = BTreeMap::new();
        for policy in loaded.set.relying_parties() {
            if let Some(other) = policy.tenant_object_id.as_ref().filter(|other| !same(other, &file.id)) {
                let message = format!("`id` is `{}`, and `{}` says `TenantObjectId=\"{other}\"`", file.id, policy.id);
                return Err(problem("tenant.toml", message));
            }
            let (program, findings) =
                zaguan_journey::bind(policy, &|name| configured_keys.iter().any(|key| key.name == *name));
            diagnostics.extend(findings);
            if let Some(program) = program {
                programs.insert(policy.id.clone(), Arc::new(program));
            }
        }
        for issuer in programs.values().filter_map(|program| program.issuer()) {
            if let Some(text) = configured_keys.iter().find(|key| key.name == issuer.signing_key && key.is_text()) {
                let reason = "is a text, and policies sign with it; give a private key in PEM or PKCS#12";
                return Err(problem("tenant.toml", format!("key `{}` {reason}", text.name)));
            }
        }
        let standards = standards_of(&file.standards, &programs).map_err(|why| problem("tenant.toml", why))?;
        // Policies of one set share most of what there is to say about them.
        diagnostics.sort_by_cached_key(|one| (one.code, one.message.to_string()));
        diagnostics.dedup();
        Ok(Tenant {
            id: TenantId::new(&file.id),
            domain: file.domain.to_lowercase(),
            hosts,
            quirks,
            session_ids: file.session_ids,
            languages: match file.languages.is_empty() {
                true => crate::pages::LANGUAGES.iter().map(|tag| (*tag).to_owned()).collect(),
                false => file.languages,
            },
            programs,
            applications,
            standards,
            configured_keys,
            version: self.version(),
            notes: diagnostics,
        })
    }
}

/// Where policies are served as the standards say, as a definition says it.
fn standards_of(
    given: &BTreeMap<String, Standards>,
    programs: &BTreeMap<PolicyId, Arc<Program>>,
) -> Result<BTreeMap<PolicyId, Standards>, String> {
    let mut all = BTreeMap::new();
    for (name, standards) in given {
        let policy = PolicyId::new(name);
        if !programs.contains_key(&policy) {
            let there = listed(programs.keys());
            return Err(format!("`[standards.{name}]` names no policy that answers apps; there are {there}"));
        }
        if all.insert(policy, *standards).is_some() {
            return Err(format!(
                "`[standards.{name}]` is there twice: names of policies compare without case; keep one"
            ));
        }
    }
    Ok(all)
}

/// Each in backticks.
fn listed<T: std::fmt::Display>(all: impl IntoIterator<Item = T>) -> String {
    all.into_iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ")
}

impl Tenant {
    /// True where a path names this tenant: by its domain or by its GUID, in any case.
    pub fn is_named(&self, segment: &str) -> bool {
        same(segment, &self.domain) || same(segment, self.id.as_str())
    }

    /// The policies that may find a session under this key, with their terms.
    pub fn policies_of_session(&self, key: &SessionKey) -> impl Iterator<Item = (&PolicyId, Terms)> {
        self.programs.values().filter_map(move |program| {
            let (policy, behavior) = (&program.policy.id, &program.relying_party.behavior);
            key.is_found_by(behavior.scope, policy).then(|| (policy, Terms::from(behavior)))
        })
    }

    /// Where the policy is served as the standards say.
    pub fn standards(&self, policy: &PolicyId) -> Standards {
        self.standards.get(policy).copied().unwrap_or_default()
    }

    /// The policy keys that its policies sign tokens with.
    pub fn signing_keys(&self) -> BTreeSet<&str> {
        self.programs.values().filter_map(|program| Some(program.issuer()?.signing_key.as_str())).collect()
    }

    /// What its tokens are signed with: RS256, and ES256 where an app wants it.
    pub fn signing_algorithms(&self) -> &'static [Algorithm] {
        let wants = |app: &Arc<Application>| app.is_enabled() && app.signing_algorithm() == Algorithm::Es256;
        match self.applications.values().any(wants) {
            true => &[Algorithm::Rs256, Algorithm::Es256],
            false => &[Algorithm::Rs256],
        }
    }

    /// What tokens for this app are signed with.
    pub fn signing_algorithm(&self, client_id: &str) -> Algorithm {
        self.application(client_id).map_or(Algorithm::default(), |app| app.signing_algorithm())
    }

    /// The app with that `client_id`.
    pub fn application(&self, client_id: &str) -> Option<&Arc<Application>> {
        self.applications.get(&ClientId::new(client_id))
    }

    /// The policy.
    pub fn program(&self, policy: &PolicyId) -> Option<&Arc<Program>> {
        self.programs.get(policy)
    }
}

fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, Refused> {
    let problem =
        |cause: std::io::Error| Refused::Definition { file: folder.display().to_string(), problem: cause.to_string() };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        // A tenant without apps is possible; one without policies is refused where they are looked for.
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound && extension == "toml" => return Ok(vec![]),
        Err(cause) => return Err(problem(cause)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(problem)?.path();
        if path.extension().is_some_and(|given| given.eq_ignore_ascii_case(extension)) && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
