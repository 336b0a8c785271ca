//! Keys that a tenant's definition names: `[keys]` in `tenant.toml`, a variable or a file each. They are read when the
//! definition is applied and never written to the store.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;
use zaguan_policy::{Timestamp, id::KeyName};
use zaguan_protocol::{
    Secret,
    crypto::{self, base64url},
    jose::SigningKey,
};
use zaguan_store::KeyKind;

use crate::{
    clock,
    keys::{HeldKey, Material, Source, import, kind_of, life::Life},
};

/// Where a policy key comes from, as a definition says it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeySource {
    env: Option<String>,
    file: Option<PathBuf>,
    /// Names the variable with the password of a PKCS#12 file.
    password_env: Option<String>,
    /// From when it signs; otherwise its certificate says so.
    not_before: Option<String>,
    expires: Option<String>,
}

/// What was found where a definition pointed.
#[derive(Clone, Debug)]
pub struct Found {
    content: Secret<Vec<u8>>,
    password: Option<Secret<String>>,
    /// When it was written; 1970 where nothing says so.
    written: Timestamp,
}

/// A policy key that is configured.
#[derive(Clone, Debug)]
pub struct ConfiguredKey {
    /// The policy key.
    pub name: KeyName,
    /// What it is. Its `Debug` text shows no secret.
    pub key: Arc<HeldKey>,
}

/// What was found for each policy key, or why nothing was.
pub type FoundKeys = BTreeMap<String, Result<Found, String>>;

/// Variables of the process, by name.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Looks where the definition points. Relative files are in its folder.
pub(super) fn find(sources: &BTreeMap<String, KeySource>, folder: &Path, environment: Environment<'_>) -> FoundKeys {
    sources.iter().map(|(name, source)| (name.clone(), source.find(folder, environment))).collect()
}

/// A digest that changes with any of them.
pub(super) fn digest(found: &FoundKeys) -> String {
    let mut all = String::new();
    for (name, found) in found {
        let content = found.as_ref().map_or([0; 32], |found| crypto::sha256(found.content.expose()));
        all.push_str(&format!("{name} {}\n", base64url::encode(content)));
    }
    base64url::encode(crypto::sha256(all.as_bytes()))
}

impl KeySource {
    fn find(&self, folder: &Path, environment: Environment<'_>) -> Result<Found, String> {
        let variable = |name: &String| {
            let value = environment(name).filter(|value| !value.is_empty());
            value.ok_or_else(|| format!("the variable `{name}` is not set"))
        };
        let (content, written) = match (&self.env, &self.file) {
            (Some(name), None) => (variable(name)?.into_bytes(), Timestamp::from_seconds(0)),
            (None, Some(file)) => {
                let path = folder.join(file);
                let problem = |cause: std::io::Error| format!("cannot read `{}`: {cause}", path.display());
                let written = std::fs::metadata(&path).and_then(|about| about.modified()).map_err(problem)?;
                let since = written.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                (std::fs::read(&path).map_err(problem)?, Timestamp::from_seconds(0) + since)
            }
            (Some(_), Some(_)) => return Err("has both `env` and `file`; keep one".into()),
            (None, None) => return Err("needs either `env` or `file`".into()),
        };
        let password = self.password_env.as_ref().map(variable).transpose()?.map(Secret::new);
        Ok(Found { content: Secret::new(content), password, written })
    }

    /// The key in what was found.
    pub(super) fn read(&self, name: &str, found: &Found) -> Result<ConfiguredKey, String> {
        let instant = |field: &str, given: &Option<String>| {
            let parse = |text: &String| {
                clock::instant(text)
                    .ok_or_else(|| format!("`{field}` must be like `2026-05-01T12:00:00Z`, and is `{text}`"))
            };
            given.as_ref().map(parse).transpose()
        };
        let (mut not_before, mut expires) =
            (instant("not_before", &self.not_before)?, instant("expires", &self.expires)?);
        let content = found.content.expose();
        let (id, material, kind) = if import::is_key(content) {
            let read = import::private_key(content, found.password.as_ref()).map_err(|cause| match cause {
                import::Unreadable::PasswordMissing => {
                    format!("{cause}; name the variable that has it in `password_env`")
                }
                other => other.to_string(),
            })?;
            (not_before, expires) = (not_before.or(read.not_before), expires.or(read.expires));
            let pair = SigningKey::from_pkcs8(read.pkcs8.expose()).map_err(|cause| cause.to_string())?;
            let kind = kind_of(pair.algorithm());
            (pair.key_id().to_owned(), Material::Pair(Arc::new(pair)), kind)
        } else {
            let text = std::str::from_utf8(content).unwrap_or_default().trim_end_matches(['\r', '\n']);
            if text.is_empty() {
                return Err("is empty".into());
            }
            ("configured".to_owned(), Material::Secret(Arc::new(Secret::new(text.to_owned()))), KeyKind::Secret)
        };
        // When a file came is when it was written: it has signed nothing here before.
        let life = Life { kind, created: found.written, not_before: not_before.unwrap_or(found.written), expires };
        let key = Arc::new(HeldKey { id, material, life, source: Source::Definition });
        Ok(ConfiguredKey { name: KeyName::new(name), key })
    }
}

impl ConfiguredKey {
    /// True where it is a text and cannot sign.
    pub(super) fn is_text(&self) -> bool {
        self.key.life.kind == KeyKind::Secret
    }
}
