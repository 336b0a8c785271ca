//! `zaguan check`: what is wrong with policies, without a server.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::Args;
use zaguan_policy::Language;

use super::{language, policies::Around};
use crate::{
    report::{Checked, Style, Verdict},
    tenant::{Refused, TenantSources},
};

/// Check a tenant folder, or a folder of policy files
///
/// Reads every policy, merges it with its bases, and says everything that is wrong: where, why, and
/// what to do. Exit code 0: sound, warnings or not. 1: refused. 2: nothing to check.
#[derive(Args)]
#[command(after_help = "Examples:
  zaguan check policies/demo
  zaguan check ./SocialAndLocalAccounts
  zaguan check ./my-changes --base ./SocialAndLocalAccounts
  zaguan check ./policies --set Tenant=contoso.onmicrosoft.com
  zaguan check ./policies --settings appsettings.json --environment Production
  zaguan check ./policies --format sarif > zaguan.sarif
  zaguan check ./policies --language es")]
pub(super) struct Options {
    /// A tenant folder (with tenant.toml), or a folder of XML files
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    #[command(flatten)]
    around: Around,
    /// The form of what is found; json and sarif print one document and nothing else
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The language of what is found
    #[arg(long, value_parser = language(), default_value = "en")]
    language: Language,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

pub(super) fn run(options: &Options) -> ExitCode {
    match check(&options.folder, &options.around).and_then(|checked| tell(&checked, options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("error: {problem:#}");
            ExitCode::from(2)
        }
    }
}

/// Prints what was found; true where it can be served.
fn tell(checked: &Checked, options: &Options) -> anyhow::Result<bool> {
    match options.format {
        Format::Json => print!("{}", checked.as_json(options.language)),
        Format::Sarif => {
            let here = std::env::current_dir().context("find out the folder in which this runs")?;
            print!("{}", checked.as_sarif(options.language, &here));
        }
        Format::Text => {
            let style = if std::io::stdout().is_terminal() { Style::Colored } else { Style::Plain };
            let text = checked.as_text(style, options.language);
            // Why a tenant is not served is an error of the command, and stands where the server puts it.
            match checked.verdict {
                Verdict::TenantRefused => eprint!("{text}"),
                _ => print!("{text}"),
            }
        }
    }
    Ok(checked.is_sound())
}

fn check(folder: &Path, around: &Around) -> anyhow::Result<Checked> {
    if folder.join("tenant.toml").is_file() {
        if around.is_given() {
            bail!("a tenant folder is served as it is: check its folder of policies where something is to be put in");
        }
        return Ok(check_tenant(folder));
    }
    let sources = around.read(folder)?;
    let loaded = sources.load();
    let mut findings = loaded.diagnostics;
    // A bare folder has no keys: naming them is the tenant's business, and not reported here as missing.
    for policy in loaded.set.relying_parties() {
        findings.extend(zaguan_journey::bind(policy, &|_| true).1);
    }
    findings.sort_by_cached_key(|one| (one.code, one.message.to_string()));
    findings.dedup();
    let verdict = match findings.iter().any(|one| one.is_error()) {
        true => Verdict::PoliciesRefused,
        false => Verdict::Policies(loaded.set),
    };
    Ok(Checked { findings, files: sources.all(), problem: None, checked: sources.files.len(), verdict })
}

fn check_tenant(folder: &Path) -> Checked {
    let refused = |refused| match refused {
        Refused::Definition { file, problem } => Checked {
            findings: Vec::new(),
            files: Vec::new(),
            problem: Some((inside(folder, file), problem)),
            checked: 0,
            verdict: Verdict::TenantRefused,
        },
        Refused::Policies { diagnostics: findings, files } => {
            Checked { findings, checked: files.len(), files, problem: None, verdict: Verdict::TenantRefused }
        }
    };
    let sources = match TenantSources::read(folder) {
        Ok(sources) => sources,
        Err(problem) => return refused(problem),
    };
    // Hosts are the operator's business at start; a check needs one only to go on.
    match sources.apply(Some("localhost")) {
        Err(problem) => refused(problem),
        Ok(tenant) => Checked {
            findings: tenant.notes,
            checked: sources.policies.len(),
            files: sources.policies,
            problem: None,
            verdict: Verdict::Tenant {
                policies: tenant
                    .programs
                    .iter()
                    .map(|(policy, program)| (policy.clone(), program.relying_party.default_journey.clone()))
                    .collect(),
                domain: tenant.domain,
                apps: tenant.applications.len(),
                quirks: tenant.quirks.unsafe_ones().collect(),
                file: inside(folder, "tenant.toml".to_owned()),
            },
        },
    }
}

/// Where a file of the folder is: some are told by their name inside it.
fn inside(folder: &Path, file: String) -> String {
    let path = folder.join(&file);
    if Path::new(&file).is_absolute() || !path.is_file() { file } else { path.display().to_string() }
}
