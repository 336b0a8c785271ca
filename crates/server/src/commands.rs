//! What a person types.

mod check;
mod manage;
mod serve;
mod sessions;
mod simulate;

pub(crate) use serve::{handler, sweep};

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::demo;

/// An identity server that runs Azure AD B2C policies unmodified, on your own machines.
#[derive(Parser)]
#[command(name = "zaguan", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "First time here? `zaguan demo` starts everything on this machine and says where to click.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Options),
    Serve(serve::Options),
    Check(check::Options),
    /// Manage people
    #[command(subcommand)]
    User(manage::User),
    /// Manage apps' secrets
    #[command(subcommand)]
    App(manage::App),
    /// Manage tenants' signing keys
    #[command(subcommand)]
    Keys(manage::Keys),
    /// Look at sessions
    #[command(subcommand)]
    Sessions(sessions::Sessions),
}

/// Which data folder and which tenant a command is about.
#[derive(Args)]
struct Where {
    /// The server's data folder
    #[arg(long, value_name = "DIR", env = "ZAGUAN_DATA", default_value = "zaguan-data")]
    data: PathBuf,
    /// The tenant, by its domain or its GUID
    #[arg(long, value_name = "TENANT", env = "ZAGUAN_TENANT")]
    tenant: String,
}

/// How much is logged, and in which form.
#[derive(Args)]
pub struct Logging {
    /// What is logged: error, warn, info, debug, or a filter such as `zaguan_server=debug`
    #[arg(long, value_name = "FILTER", env = "ZAGUAN_LOG", default_value = "info", value_parser = log_filter)]
    log: String,
    /// The form of the log
    #[arg(long, value_enum, env = "ZAGUAN_LOG_FORMAT", default_value = "text")]
    log_format: LogFormat,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// clap says what is wrong with it, before anything starts.
fn log_filter(text: &str) -> Result<String, tracing_subscriber::filter::ParseError> {
    tracing_subscriber::EnvFilter::try_new(text).map(|_| text.to_owned())
}

impl Logging {
    pub(crate) fn start(&self) {
        let filter = tracing_subscriber::EnvFilter::try_new(&self.log).unwrap_or_else(|_| "info".into());
        let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
        match self.log_format {
            LogFormat::Text => builder.with_target(false).init(),
            LogFormat::Json => builder.json().init(),
        }
    }
}

/// Runs what the arguments say; gives the exit code: 0 done, 1 not done, 2 not understood.
pub fn run() -> std::process::ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Demo(options) => with_runtime(demo::run(options)),
        Command::Serve(options) => with_runtime(serve::run(options)),
        Command::Check(options) => return check::run(&options),
        Command::User(command) => with_runtime(manage::user(command)),
        Command::App(command) => with_runtime(manage::app(command)),
        Command::Keys(command) => with_runtime(manage::keys(command)),
        Command::Sessions(command) => return sessions::run(&command),
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("error: {cause:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn with_runtime(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
