//! `zaguan lsp`: policies in an editor, over the Language Server Protocol.
//!
//! [`wire`] reads and writes messages, [`session`] says what may come when, [`workspace`] knows which files there are and
//! what they say, [`answer`] turns questions into ours and answers into the editor's. The questions themselves are answered in
//! `zaguan_policy::editing`.

mod address;
mod answer;
mod convert;
mod session;
mod sources;
mod wire;
mod workspace;

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

/// Speak the Language Server Protocol on standard input and output, for editors
///
/// Finds what is wrong while policies are typed, completes, explains, jumps and renames. Exit code 0: the editor ended it.
/// 1: it broke off.
#[derive(Args, Clone, Default)]
#[command(after_help = "How editors start it: docs/editors.md")]
pub(super) struct Options {
    /// A folder with policies that others build on; may be given several times
    #[arg(long, value_name = "FOLDER")]
    base: Vec<PathBuf>,
    /// The value of a placeholder `{Settings:NAME}`; may be given several times
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = super::policies::assignment)]
    set: Vec<(String, String)>,
    /// Values of placeholders, instead of the appsettings.json beside the policies
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Which environment of that file; needed where it has several
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Where the pages about findings are; `Z0107.md` is put behind it
    #[arg(long, value_name = "URL")]
    documentation: Option<String>,
    /// Standard input and output are used in any case; some editors say so
    #[arg(long, hide = true)]
    stdio: bool,
}

pub(super) fn run(options: Options) -> ExitCode {
    let (incoming, outgoing) = wire::start();
    let end = session::run(options, &incoming, &outgoing);
    // The last answers leave before the process does.
    outgoing.finish();
    match end {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("error: {cause}");
            ExitCode::FAILURE
        }
    }
}
