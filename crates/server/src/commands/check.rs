//! `zaguan check`: what is wrong with policies, without a server.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use zaguan_policy::{Diagnostic, PolicySet, Severity};

use super::{explain, policies::Around};
use crate::{
    report::{self, Style},
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
  zaguan check ./policies --settings appsettings.json --environment Production")]
pub(super) struct Options {
    /// A tenant folder (with tenant.toml), or a folder of XML files
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    #[command(flatten)]
    around: Around,
}

pub(super) fn run(options: &Options) -> ExitCode {
    let style = if std::io::stdout().is_terminal() { Style::Colored } else { Style::Plain };
    if options.folder.join("tenant.toml").is_file() {
        if options.around.is_given() {
            eprintln!(
                "error: a tenant folder is served as it is: check its folder of policies where something is to be put in"
            );
            return ExitCode::from(2);
        }
        return check_tenant(&options.folder, style);
    }
    let sources = match options.around.read(&options.folder) {
        Ok(sources) => sources,
        Err(problem) => {
            eprintln!("error: {problem:#}");
            return ExitCode::from(2);
        }
    };
    let loaded = sources.load();
    let mut findings = loaded.diagnostics;
    // A bare folder has no keys: naming them is the tenant's business, and not reported here as missing.
    for policy in loaded.set.relying_parties() {
        findings.extend(zaguan_journey::bind(policy, &|_| true).1);
    }
    findings.sort_by(|a, b| (a.code, &a.message).cmp(&(b.code, &b.message)));
    findings.dedup();
    print!("{}{}", report::diagnostics(&findings, &sources.all(), style), explain::hint(&findings));
    summary(&loaded.set, &findings, sources.files.len())
}

fn check_tenant(folder: &Path, style: Style) -> ExitCode {
    // Hosts are the operator's business at start; a check needs one only to go on.
    match TenantSources::read(folder).and_then(|sources| Ok((sources.apply(Some("localhost"))?, sources))) {
        Ok((tenant, sources)) => {
            print!("{}{}", report::diagnostics(&tenant.notes, &sources.policies, style), explain::hint(&tenant.notes));
            for quirk in tenant.quirks.unsafe_ones() {
                println!("warning: unsafe quirk `{}` is on: {} (see {})", quirk.name, quirk.says, quirk.thread);
            }
            println!(
                "tenant {}: sound; {} that answer apps, {}",
                tenant.domain,
                counted(tenant.programs.len(), "policy", "policies"),
                counted(tenant.applications.len(), "app", "apps")
            );
            ExitCode::SUCCESS
        }
        Err(refused) => {
            eprint!("{}", report::refusal(&refused, style));
            if let Refused::Policies { diagnostics, .. } = &refused {
                eprint!("{}", explain::hint(diagnostics));
            }
            ExitCode::FAILURE
        }
    }
}

fn summary(set: &PolicySet, findings: &[Diagnostic], files: usize) -> ExitCode {
    let count = |severity| findings.iter().filter(|one| one.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let found = format!("{}, {}", counted(errors, "error", "errors"), counted(warnings, "warning", "warnings"));
    if errors > 0 {
        println!("refused: {found} in {}", counted(files, "file", "files"));
        return ExitCode::FAILURE;
    }
    println!("sound: {} read, {found}", counted(files, "file", "files"));
    for policy in set.relying_parties() {
        let journey = policy.relying_party.as_ref().map(|party| party.default_journey.to_string()).unwrap_or_default();
        println!("  {} answers apps by journey {journey}", policy.id);
    }
    ExitCode::SUCCESS
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
