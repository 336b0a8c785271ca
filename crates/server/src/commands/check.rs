//! `zaguan check`: what is wrong with policies, without a server.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use zaguan_policy::{Diagnostic, PolicySet, Severity, SourceFile};

use crate::{
    report::{self, Style},
    tenant::TenantSources,
};

/// Check a tenant folder, or a folder of policy files
///
/// Reads every policy, merges it with its bases, and says everything that is wrong: where, why, and
/// what to do. Exit code 0: sound, warnings or not. 1: refused. 2: nothing to check.
#[derive(Args)]
#[command(after_help = "Examples:
  zaguan check policies/demo
  zaguan check ./SocialAndLocalAccounts
  zaguan check ./my-changes --base ./SocialAndLocalAccounts")]
pub(super) struct Options {
    /// A tenant folder (with tenant.toml), or a folder of XML files
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// A folder with policies that these build on; may be given several times
    #[arg(long, value_name = "FOLDER")]
    base: Vec<PathBuf>,
}

pub(super) fn run(options: &Options) -> ExitCode {
    let style = if std::io::stdout().is_terminal() { Style::Colored } else { Style::Plain };
    if options.folder.join("tenant.toml").is_file() {
        return check_tenant(&options.folder, style);
    }
    let (files, base) = match bare(&options.folder, &options.base) {
        Ok(read) => read,
        Err(problem) => {
            eprintln!("error: {problem}");
            return ExitCode::from(2);
        }
    };
    let loaded = zaguan_policy::load(&files, &base);
    let mut findings = loaded.diagnostics;
    // A bare folder has no keys: naming them is the tenant's business, and not reported here as missing.
    for policy in loaded.set.relying_parties() {
        findings.extend(zaguan_journey::bind(policy, &|_| true).1);
    }
    findings.sort_by(|a, b| (a.code, &a.message).cmp(&(b.code, &b.message)));
    findings.dedup();
    print!("{}", report::diagnostics(&findings, &[files.clone(), base].concat(), style));
    summary(&loaded.set, &findings, files.len())
}

/// The policy files of a bare folder, and those that they build on; or what is wrong with the folder.
pub(super) fn bare(folder: &Path, base: &[PathBuf]) -> Result<(Vec<SourceFile>, Vec<SourceFile>), String> {
    let read = |folder: &Path| -> anyhow::Result<Vec<SourceFile>> {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("xml")));
        paths.sort();
        paths
            .into_iter()
            .map(|path| {
                Ok(SourceFile { name: path.display().to_string().into(), text: std::fs::read_to_string(&path)? })
            })
            .collect()
    };
    let problem = |folder: &Path, cause: &dyn std::fmt::Display| format!("{}: {cause}", folder.display());
    let files = read(folder).map_err(|cause| problem(folder, &cause))?;
    if files.is_empty() {
        return Err(problem(folder, &"there is no policy file (*.xml) in this folder"));
    }
    let base: Result<Vec<_>, String> =
        base.iter().map(|folder| read(folder).map_err(|cause| problem(folder, &cause))).collect();
    Ok((files, base?.concat()))
}

fn check_tenant(folder: &Path, style: Style) -> ExitCode {
    // Hosts are the operator's business at start; a check needs one only to go on.
    match TenantSources::read(folder).and_then(|sources| Ok((sources.apply(Some("localhost"))?, sources))) {
        Ok((tenant, sources)) => {
            print!("{}", report::diagnostics(&tenant.notes, &sources.policies, style));
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
