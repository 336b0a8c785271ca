//! `zaguan diff`: what two sets of policies do differently.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;
use zaguan_policy::{
    Language, Loaded, SourceFile,
    diagnostic::{Place, line_and_column},
    diff::{self, Difference},
    id::PolicyId,
};

use super::{
    Format,
    effective::{by_id, print, style},
    policies::Around,
};
use crate::report;

/// Compare two sets of policies by what they mean
///
/// Compares what the policies say after inheritance, not their files: where something stands, order that does not matter,
/// white space and the case of ids make no difference. What matters for security comes first, and each line is followed by
/// both places. Exit code 0: the same. 1: they differ. 2: not understood.
#[derive(Args)]
#[command(after_help = "Examples:
  zaguan diff ./before ./after
  zaguan diff ./before ./after --policy B2C_1A_signup_signin --format json
  zaguan diff ./before/SignUpOrSignin.xml ./after/SignUpOrSignin.xml
  zaguan diff ./SocialAndLocalAccounts ./my-changes --base-b ./SocialAndLocalAccounts")]
pub(super) struct Options {
    /// A folder of policy files or of a tenant, or the file of one policy
    #[arg(value_name = "A")]
    before: PathBuf,
    /// What to compare it with
    #[arg(value_name = "B")]
    after: PathBuf,
    #[command(flatten)]
    around: Around,
    /// A folder with policies that A builds on, beside those of --base
    #[arg(long, value_name = "FOLDER")]
    base_a: Vec<PathBuf>,
    /// A folder with policies that B builds on, beside those of --base
    #[arg(long, value_name = "FOLDER")]
    base_b: Vec<PathBuf>,
    /// Only this policy, by its id with or without B2C_1A_
    #[arg(long, value_name = "ID")]
    policy: Option<String>,
    /// The form of the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(options: &Options) -> ExitCode {
    match compare(options) {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("error: {problem:#}");
            ExitCode::from(2)
        }
    }
}

/// One of the two.
struct Side {
    loaded: Loaded,
    files: Vec<SourceFile>,
    /// Where one policy is compared.
    policy: Option<PolicyId>,
}

impl Side {
    fn read(path: &Path, bases: &[PathBuf], options: &Options) -> anyhow::Result<Self> {
        let own = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = if path.is_file() { own } else { path };
        let sources = options.around.read_over(folder, bases)?;
        let loaded = sources.load();
        let files = sources.all();
        if loaded.merged.is_empty() {
            eprint!("{}", report::diagnostics(&loaded.diagnostics, &files, style(), Language::English));
            bail!("no policy of {} can be merged", folder.display());
        }
        let unread = sources.files.len().saturating_sub(loaded.merged.len());
        if unread > 0 && options.policy.is_none() && !path.is_file() {
            // They would look as if they were gone.
            bail!(
                "{unread} of the files of {} cannot be merged; `zaguan check` says why, --policy chooses another one",
                folder.display()
            );
        }
        let found = match (&options.policy, path.file_name().filter(|_| path.is_file())) {
            (Some(id), _) => Some(
                by_id(&loaded, id).with_context(|| format!("there is no policy `{id}` in {}", folder.display()))?.0,
            ),
            (None, Some(name)) => {
                let declares = |file: &str| Path::new(file).file_name() == Some(name);
                let found = loaded.merged.iter().find(|(_, merged)| declares(merged.file()));
                Some(found.with_context(|| format!("{} has no policy that can be merged", path.display()))?.0)
            }
            (None, None) => None,
        };
        Ok(Self { policy: found.cloned(), loaded, files })
    }

    /// A policy that has errors is compared as far as it could be merged, and whoever reads must know.
    fn warn(&self, path: &Path) {
        let errors = self.loaded.errors().count();
        if errors > 0 {
            eprintln!("warning: {} has errors ({errors}); `zaguan check` tells them", path.display());
        }
    }

    fn told(&self, place: &Place) -> String {
        let text = self.files.iter().find(|file| file.name == place.file).map_or("", |file| &file.text);
        format!("{}:{}", place.file, line_and_column(text, place.span.start).0)
    }
}

fn compare(options: &Options) -> anyhow::Result<ExitCode> {
    if options.before.is_file() != options.after.is_file() {
        bail!("name two folders, or two files");
    }
    let before = Side::read(&options.before, &options.base_a, options)?;
    let after = Side::read(&options.after, &options.base_b, options)?;
    before.warn(&options.before);
    after.warn(&options.after);
    let differences = match (&before.policy, &after.policy) {
        (Some(one), Some(other)) => diff::policies((&before.loaded, one), (&after.loaded, other)),
        _ => diff::sets(&before.loaded, &after.loaded),
    };
    let text = match options.format {
        Format::Text => diff::text(&differences, &before.files, &after.files),
        Format::Json => as_json(&differences, &before, &after)?,
    };
    print(&text)?;
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn as_json(differences: &[Difference], before: &Side, after: &Side) -> anyhow::Result<String> {
    let all: Vec<_> = differences
        .iter()
        .map(|one| {
            json!({
                "level": one.level.name(),
                "says": one.says,
                "before": one.before.as_ref().map(|it| before.told(it)),
                "after": one.after.as_ref().map(|it| after.told(it)),
                "policies": one.policies.iter().map(PolicyId::as_str).collect::<Vec<_>>(),
            })
        })
        .collect();
    Ok(serde_json::to_string_pretty(&json!({ "differences": all }))? + "\n")
}
