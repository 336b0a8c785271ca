//! Which policy files a command reads, and what is put in for their placeholders.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde::Deserialize;
use zaguan_policy::{Loaded, Settings, SourceFile};

/// What a folder of policies needs from outside.
#[derive(Args, Default)]
pub(super) struct Around {
    /// A folder with policies that these build on; may be given several times
    #[arg(long, value_name = "FOLDER")]
    base: Vec<PathBuf>,
    /// The value of a placeholder `{Settings:NAME}`; may be given several times
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Values of placeholders: an appsettings.json as the VS Code extension for B2C keeps it
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Which environment of that file; needed where it has several
    #[arg(long, value_name = "NAME", requires = "settings")]
    environment: Option<String>,
}

/// Files that were read, with the values of their placeholders.
pub(super) struct Sources {
    pub(super) files: Vec<SourceFile>,
    /// What they build on.
    pub(super) base: Vec<SourceFile>,
    pub(super) settings: Settings,
}

impl Sources {
    pub(super) fn load(&self) -> Loaded {
        zaguan_policy::load_with_settings(&self.files, &self.base, &self.settings)
    }

    /// All files, for showing their lines.
    pub(super) fn all(&self) -> Vec<SourceFile> {
        [&self.files[..], &self.base[..]].concat()
    }
}

impl Around {
    /// The policy files of a folder, or of the tenant whose folder it is.
    ///
    /// # Errors
    /// A folder that cannot be read or has no policy, settings that are not understood: for whoever typed it.
    pub(super) fn read(&self, folder: &Path) -> anyhow::Result<Sources> {
        self.read_over(folder, &[])
    }

    /// As [`read`](Self::read), over more bases than were given for all.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(super) fn read_over(&self, folder: &Path, more: &[PathBuf]) -> anyhow::Result<Sources> {
        let policies = match std::fs::read_to_string(folder.join("tenant.toml")) {
            Ok(tenant) => folder.join(policies_of(&tenant).with_context(|| format!("{}", folder.display()))?),
            Err(_) => folder.to_owned(),
        };
        let files = xml_files(&policies)?;
        if files.is_empty() {
            bail!("{}: there is no policy file (*.xml) in this folder", policies.display());
        }
        let base: Result<Vec<_>, _> = more.iter().chain(&self.base).map(|folder| xml_files(folder)).collect();
        Ok(Sources { files, base: base?.concat(), settings: self.settings()? })
    }

    /// True where something is given: a tenant folder that is served has nothing around it.
    pub(super) fn is_given(&self) -> bool {
        !self.base.is_empty() || !self.set.is_empty() || self.settings.is_some()
    }

    fn settings(&self) -> anyhow::Result<Settings> {
        let mut values = match &self.settings {
            Some(path) => {
                let context = || format!("{}", path.display());
                let text = std::fs::read_to_string(path).with_context(context)?;
                environment(&text, self.environment.as_deref()).with_context(context)?
            }
            None => Vec::new(),
        };
        // What is typed counts: the last of a name wins.
        values.extend(self.set.iter().cloned());
        Ok(values.into_iter().collect())
    }
}

pub(super) fn policies_of(tenant: &str) -> Result<PathBuf, toml::de::Error> {
    #[derive(Deserialize)]
    struct Tenant {
        policies: Option<PathBuf>,
    }
    Ok(toml::from_str::<Tenant>(tenant)?.policies.unwrap_or_else(|| "policies".into()))
}

/// The policy files of a folder, by name.
pub(super) fn xml_files(folder: &Path) -> anyhow::Result<Vec<SourceFile>> {
    let context = || format!("{}", folder.display());
    let entries = std::fs::read_dir(folder).with_context(context)?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("xml")));
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(&path).with_context(|| name.clone())?;
            Ok(SourceFile::new(name, text))
        })
        .collect()
}

pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

/// `appsettings.json`, as much of it as matters here. [VS Code extension, Settings]
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AppSettings {
    environments: Vec<Environment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Environment {
    name: String,
    tenant: Option<String>,
    #[serde(default)]
    policy_settings: serde_json::Map<String, serde_json::Value>,
}

pub(super) fn environment(text: &str, name: Option<&str>) -> anyhow::Result<Vec<(String, String)>> {
    let AppSettings { environments } = serde_json::from_str(text.trim_start_matches('\u{feff}'))?;
    let names = || environments.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ");
    let found = match (name, &environments[..]) {
        (Some(name), all) => all
            .iter()
            .find(|it| it.name.eq_ignore_ascii_case(name))
            .with_context(|| format!("there is no environment `{name}`; there are {}", names()))?,
        (None, [only]) => only,
        (None, []) => bail!("there is no environment in it"),
        (None, _) => bail!("it has several environments: choose one with --environment ({})", names()),
    };
    let mut values = vec![("Environment".to_owned(), found.name.clone())];
    values.extend(found.tenant.clone().map(|tenant| ("Tenant".to_owned(), tenant)));
    for (name, value) in &found.policy_settings {
        let value = match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Number(_) | serde_json::Value::Bool(_) => value.to_string(),
            _ => bail!("the setting `{name}` is neither a text nor a number nor a boolean"),
        };
        values.push((name.clone(), value));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"{ "Environments": [
        { "Name": "Development", "Production": false, "Tenant": "dev.example", "PolicySettings": { "App": "1", "Days": 7, "On": true } },
        { "Name": "Production", "Tenant": "prod.example", "PolicySettings": { "App": "2", "Nested": {} } } ] }"#;

    #[test]
    fn appsettings_as_the_extension_keeps_it() {
        let values = environment(TWO, Some("development")).unwrap();
        let expected =
            [("Environment", "Development"), ("Tenant", "dev.example"), ("App", "1"), ("Days", "7"), ("On", "true")];
        assert_eq!(values, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn appsettings_that_do_not_say_enough() {
        for (text, name, expected) in [
            (TWO, None, "it has several environments: choose one with --environment (Development, Production)"),
            (TWO, Some("test"), "there is no environment `test`; there are Development, Production"),
            (TWO, Some("production"), "the setting `Nested` is neither a text nor a number nor a boolean"),
            (r#"{ "Environments": [] }"#, None, "there is no environment in it"),
            ("{}", None, "missing field `Environments` at line 1 column 2"),
        ] {
            assert_eq!(environment(text, name).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn assignments() {
        assert_eq!(assignment("A=b=c"), Ok(("A".to_owned(), "b=c".to_owned())));
        assert!(assignment("A").is_err() && assignment("=b").is_err());
    }
}
