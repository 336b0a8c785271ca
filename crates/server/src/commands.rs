//! What a person types.

mod check;
mod diff;
mod effective;
mod explain;
mod graph;
mod keys;
mod lsp;
mod manage;
mod people;
mod policies;
mod serve;
mod sessions;
mod simulate;
mod why;

pub(crate) use serve::{handler, sweep};

use std::{
    io::{BufRead, IsTerminal},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, bail};
use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use tracing_subscriber::{EnvFilter, Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};
use zaguan_policy::Language;

use crate::{
    admin::{self, Done, Order},
    clock::Clock,
    commands::sessions::Sessions,
    demo,
};

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
    Effective(effective::Options),
    Diff(diff::Options),
    Graph(graph::Options),
    Lsp(lsp::Options),
    Explain(explain::Options),
    /// Manage people
    #[command(subcommand)]
    User(people::User),
    /// List, look at, end and simulate sessions
    #[command(subcommand)]
    Sessions(Sessions),
    Why(why::Options),
    /// Manage apps' secrets
    #[command(subcommand)]
    App(manage::App),
    #[command(subcommand)]
    Keys(keys::Keys),
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

impl Where {
    async fn carry_out(&self, order: Order) -> anyhow::Result<Done> {
        // Without a server: at the time of the folder, whose clock may have been moved.
        let now = Clock::virtual_of(&self.data)?.now();
        admin::order(&self.data, &self.tenant, order, now).await
    }
}

/// The form of an answer.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Reads the tag of a language.
fn language() -> impl TypedValueParser<Value = Language> {
    let named = |language: Language| match language {
        Language::English => PossibleValue::new(language.tag()).help("English"),
        Language::Spanish => PossibleValue::new(language.tag()).help("Spanish"),
    };
    PossibleValuesParser::new(Language::ALL.map(named))
        .try_map(|tag| Language::of_tag(&tag).ok_or_else(|| format!("there is no language `{tag}`")))
}

/// Asks the person at the terminal, on standard error. What is no yes is a no.
fn confirmed(question: &str) -> anyhow::Result<bool> {
    eprint!("{question} [y/N] ");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("read the answer from standard input")?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// A password as an argument would stand in every process list.
fn read_password() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        eprint!("password (it will be visible as you type): ");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("read the password from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        bail!("no password came on standard input");
    }
    Ok(password)
}

/// For how long ended sessions leave something behind.
#[derive(Args)]
pub struct Records {
    /// For how many days records of ended sessions are kept, for `zaguan why` and lists: 1 to 365
    #[arg(long, value_name = "DAYS", env = "ZAGUAN_KEEP_RECORDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=365))]
    keep_records: u16,
}

impl Records {
    pub(crate) fn lifetime(&self) -> Duration {
        Duration::from_secs(u64::from(self.keep_records) * 86_400)
    }
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
    EnvFilter::try_new(text).map(|_| text.to_owned())
}

impl Logging {
    pub(crate) fn start(&self) {
        let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
        let lines = match self.log_format {
            LogFormat::Text => lines.with_target(false).boxed(),
            LogFormat::Json => lines.json().boxed(),
        };
        // Levels by target cost next to nothing; the fuller language, with spans and fields, looks at every span.
        let by_target = if self.log.contains(['[', '{']) { None } else { self.log.parse::<Targets>().ok() };
        match by_target {
            Some(filter) => tracing_subscriber::registry().with(lines).with(filter).init(),
            None => {
                let filter = EnvFilter::try_new(&self.log).unwrap_or_else(|_| "info".into());
                tracing_subscriber::registry().with(lines).with(filter).init();
            }
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
        Command::Effective(options) => return effective::run(&options),
        Command::Diff(options) => return diff::run(&options),
        Command::Graph(options) => return graph::run(&options),
        Command::Lsp(options) => return lsp::run(options),
        Command::Explain(options) => return explain::run(&options),
        Command::User(command) => with_runtime(people::user(command)),
        Command::Sessions(Sessions::Kept(command)) => with_runtime(sessions::kept(command)),
        Command::Sessions(Sessions::Simulate(options)) => return simulate::run(&options),
        Command::Why(options) => with_runtime(why::run(options)),
        Command::App(command) => with_runtime(manage::app(command)),
        Command::Keys(command) => with_runtime(keys::keys(command)),
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
