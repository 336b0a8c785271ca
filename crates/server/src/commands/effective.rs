//! `zaguan effective`: a policy with everything that it inherits, and where each part comes from.

use std::{
    ffi::OsStr,
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::Args;
use zaguan_policy::{
    Language, Loaded, Merged, SourceFile,
    id::PolicyId,
    show::{Effective, Origins},
};

use super::policies::Around;
use crate::report::{self, Style};

/// Print a policy as it is after inheritance
///
/// The policy with everything that it inherits, as XML in the schema's order. A comment names the file and line that an
/// element is from, where that is not the file of the element around it. Exit code 0: sound. 1: it has errors, which are
/// on standard error; what could be merged is printed. 2: no such policy.
#[derive(Args)]
#[command(after_help = "Examples:
  zaguan effective B2C_1A_signup_signin policies/demo
  zaguan effective ./policies/SignUpOrSignin.xml --only SelfAsserted-LocalAccountSignin-Email
  zaguan effective signup_signin ./my-changes --base ./SocialAndLocalAccounts --no-origins")]
pub(super) struct Options {
    #[command(flatten)]
    which: Which,
    /// Only what is declared under this id; a technical profile with what it includes. May be given several times
    #[arg(long, value_name = "ID", num_args = 1..)]
    only: Vec<String>,
    /// Without the comments that say where each part comes from
    #[arg(long)]
    no_origins: bool,
    /// The form of the answer
    #[arg(long, value_enum, default_value = "xml")]
    format: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// A policy file
    Xml,
    /// For programs: elements with name, attributes, text, children, each with its origin
    Json,
}

/// A policy, and where it is.
#[derive(Args)]
pub(super) struct Which {
    /// The policy's id, with or without B2C_1A_; or the path of its file
    #[arg(value_name = "POLICY")]
    policy: PathBuf,
    /// The folder of its policy files, or of the tenant; a file's folder where a file is named
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
    #[command(flatten)]
    around: Around,
}

/// A policy that was found.
pub(super) struct Found {
    pub(super) files: Vec<SourceFile>,
    pub(super) loaded: Loaded,
    pub(super) id: PolicyId,
    pub(super) merged: Merged,
}

impl Which {
    /// Reads the folder and finds the policy in it.
    ///
    /// # Errors
    /// A folder that cannot be read, a policy that is not in it or whose file cannot be merged.
    pub(super) fn find(&self) -> anyhow::Result<Found> {
        let is_file = self.policy.is_file();
        let own = self.policy.parent().filter(|folder| is_file && !folder.as_os_str().is_empty());
        let folder = self.folder.as_deref().or(own).unwrap_or(Path::new("."));
        let sources = self.around.read(folder)?;
        let loaded = sources.load();
        let wanted = self.policy.to_string_lossy();
        let found = match self.policy.file_name().filter(|_| is_file) {
            Some(name) => loaded.merged.iter().find(|(_, it)| Path::new(it.file()).file_name() == Some(name)),
            None => by_id(&loaded, &wanted),
        };
        let Some((id, merged)) = found else {
            eprint!("{}", report::diagnostics(&loaded.diagnostics, &sources.all(), style(), Language::English));
            let ids: Vec<_> = loaded.merged.keys().map(PolicyId::as_str).collect();
            match ids.is_empty() {
                true => bail!("no policy of {} can be merged", folder.display()),
                false => bail!("there is no policy `{wanted}` in {}; there are {}", folder.display(), ids.join(", ")),
            }
        };
        Ok(Found { files: sources.all(), id: id.clone(), merged: merged.clone(), loaded })
    }
}

/// The portal puts `B2C_1A_` before an id that lacks it, so people name policies either way.
pub(super) fn by_id<'a>(loaded: &'a Loaded, wanted: &str) -> Option<(&'a PolicyId, &'a Merged)> {
    let bare = |id: &str| id.to_lowercase().trim_start_matches("b2c_1a_").to_owned();
    let exact = loaded.merged.get_key_value(&PolicyId::new(wanted));
    exact.or_else(|| loaded.merged.iter().find(|(id, _)| bare(id.as_str()) == bare(wanted)))
}

impl Found {
    /// Tells the findings that refuse the policy, on standard error; true where there are none.
    pub(super) fn is_sound(&self) -> bool {
        if self.loaded.set.get(&self.id).is_some() {
            return true;
        }
        let errors: Vec<_> = self.loaded.errors().cloned().collect();
        eprint!("{}", report::diagnostics(&errors, &self.files, style(), Language::English));
        false
    }
}

/// For what goes to standard error.
pub(super) fn style() -> Style {
    if std::io::stderr().is_terminal() { Style::Colored } else { Style::Plain }
}

pub(super) fn run(options: &Options) -> ExitCode {
    match show(options) {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("error: {problem:#}");
            ExitCode::from(2)
        }
    }
}

fn show(options: &Options) -> anyhow::Result<ExitCode> {
    let found = options.which.find()?;
    let effective = if options.only.is_empty() {
        Effective::of(&found.merged)
    } else {
        Effective::only(&found.merged, &options.only).with_context(|| format!("policy `{}`", found.id))?
    };
    let origins = if options.no_origins { Origins::Hidden } else { Origins::Shown };
    let text = match options.format {
        Format::Xml => effective.to_xml(&found.files, origins),
        Format::Json => serde_json::to_string_pretty(&effective.to_node(&found.files))? + "\n",
    };
    print(&text)?;
    Ok(if found.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A reader that has seen enough (`| head`) is no mistake.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    match std::io::Write::write_all(&mut std::io::stdout().lock(), text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}

/// Writes a text to a file, or to standard output.
pub(super) fn write(text: &str, to: Option<&Path>) -> anyhow::Result<()> {
    match to.filter(|path| path.as_os_str() != OsStr::new("-")) {
        Some(path) => std::fs::write(path, text).with_context(|| format!("{}", path.display())),
        None => print(text),
    }
}
