//! `zaguan graph`: a journey as a drawing.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use clap::Args;
use zaguan_policy::{
    graph::Graph,
    id::{JourneyId, PolicyId},
};

use super::effective::{Which, write};

/// Draw a policy's journey
///
/// Its steps with their conditions, technical profiles, pages, sub-journeys and session providers, as an SVG picture or a
/// Mermaid flowchart. Exit code 0: drawn. 1: the policy has errors, which are on standard error. 2: no such policy or
/// journey.
#[derive(Args)]
#[command(after_help = "Examples:
  zaguan graph B2C_1A_signup_signin policies/demo -o sign-in.svg
  zaguan graph ./policies/ProfileEdit.xml --format mermaid
  zaguan graph B2C_1A_signup_signin policies/demo --journey RedeemRefreshToken -o refresh.svg")]
pub(super) struct Options {
    #[command(flatten)]
    which: Which,
    /// Another journey than the one that answers apps
    #[arg(long, value_name = "ID")]
    journey: Option<String>,
    /// The form of the drawing
    #[arg(long, value_enum, default_value = "svg")]
    format: Format,
    /// Write it to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// A picture for browsers and printers, without scripts
    Svg,
    /// Text for Markdown pages that draw Mermaid
    Mermaid,
}

pub(super) fn run(options: &Options) -> ExitCode {
    match draw(options) {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("error: {problem:#}");
            ExitCode::from(2)
        }
    }
}

fn draw(options: &Options) -> anyhow::Result<ExitCode> {
    let found = options.which.find()?;
    if !found.is_sound() {
        return Ok(ExitCode::FAILURE);
    }
    let policy = found.loaded.set.get(&found.id).context("the policy is not there")?;
    let named = |ids: Vec<&str>| ids.join(", ");
    let graph = match &options.journey {
        Some(id) => match Graph::of(policy, &JourneyId::new(id)) {
            Some(graph) => graph,
            None => bail!(
                "policy `{}` has no journey `{id}`; there are {}",
                found.id,
                named(policy.journeys.keys().map(JourneyId::as_str).collect())
            ),
        },
        None => match Graph::of_relying_party(policy) {
            Some(graph) => graph,
            None => bail!(
                "policy `{}` answers no apps: name a journey with --journey, or one of the policies {}",
                found.id,
                named(found.loaded.set.relying_parties().map(|it| &it.id).map(PolicyId::as_str).collect())
            ),
        },
    };
    let text = match options.format {
        Format::Svg => graph.to_svg(),
        Format::Mermaid => graph.to_mermaid(),
    };
    write(&text, options.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}
