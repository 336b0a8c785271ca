//! `zaguan sessions`.

use std::process::ExitCode;

use clap::Subcommand;

use super::simulate;

/// Look at sessions
#[derive(Subcommand)]
pub(super) enum Sessions {
    Simulate(simulate::Options),
}

pub(super) fn run(command: &Sessions) -> ExitCode {
    match command {
        Sessions::Simulate(options) => simulate::run(options),
    }
}
