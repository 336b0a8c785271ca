//! `zaguan user`, `zaguan app`, `zaguan keys`: through the running server, or by themselves.

use std::io::{BufRead, IsTerminal};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use super::Where;
use crate::{
    admin::{Done, Order, order},
    clock::Clock,
};

/// Manage people
#[derive(Subcommand)]
pub(super) enum User {
    /// Create an account; its password is read from standard input
    #[command(after_help = "Example:
  printf '%s' \"$PASSWORD\" | zaguan user add --tenant contoso.onmicrosoft.com --email ada@example.org --name Ada")]
    Add(AddUser),
}

#[derive(Args)]
pub(super) struct AddUser {
    #[command(flatten)]
    at: Where,
    /// E-mail address: what the person signs in with
    #[arg(long)]
    email: String,
    /// The name that apps show
    #[arg(long)]
    name: String,
    /// Given name
    #[arg(long)]
    given_name: Option<String>,
    /// Surname
    #[arg(long)]
    surname: Option<String>,
}

/// Manage apps' secrets
#[derive(Subcommand)]
pub(super) enum App {
    /// Make, list or remove an app's secrets
    ///
    /// Without an option a new secret is made and printed, once: only its hash is kept. An app may have
    /// several, so that a new one can be rolled out before the old one is removed.
    #[command(after_help = "Examples:
  zaguan app secret --tenant contoso.onmicrosoft.com 9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000001
  zaguan app secret --tenant contoso.onmicrosoft.com 9a1c0e5e-… --list
  zaguan app secret --tenant contoso.onmicrosoft.com 9a1c0e5e-… --remove ID")]
    Secret(Secret),
}

#[derive(Args)]
pub(super) struct Secret {
    #[command(flatten)]
    at: Where,
    /// The app's client id
    client_id: String,
    /// List the secrets' ids and dates
    #[arg(long, conflicts_with = "remove")]
    list: bool,
    /// Remove the secret with this id
    #[arg(long, value_name = "ID")]
    remove: Option<String>,
}

/// Manage tenants' signing keys
#[derive(Subcommand)]
pub(super) enum Keys {
    /// List the keys: policy key, kid, when it was made. The last one of a policy key signs
    List(KeysList),
    /// Make a new signing key under a policy key; it signs from now on, and the ones before stay published
    #[command(after_help = "Example:
  zaguan keys add --tenant contoso.onmicrosoft.com B2C_1A_TokenSigningKeyContainer")]
    Add(KeysAdd),
}

#[derive(Args)]
pub(super) struct KeysList {
    #[command(flatten)]
    at: Where,
}

#[derive(Args)]
pub(super) struct KeysAdd {
    #[command(flatten)]
    at: Where,
    /// The policy key, as policies name it
    name: String,
}

pub(super) async fn user(command: User) -> anyhow::Result<()> {
    let User::Add(AddUser { at, email, name, given_name, surname }) = command;
    let password = read_password()?;
    match carry_out(&at, Order::AddUser { email, name, given_name, surname, password }).await? {
        Done::User { object_id } => println!("{object_id}"),
        other => bail!("the server answered something else: {other:?}"),
    }
    Ok(())
}

pub(super) async fn app(command: App) -> anyhow::Result<()> {
    let App::Secret(Secret { at, client_id, list, remove }) = command;
    let wanted = match (list, remove) {
        (true, _) => Order::ListSecrets { client_id },
        (false, Some(id)) => Order::RemoveSecret { client_id, id },
        (false, None) => Order::AddSecret { client_id },
    };
    match carry_out(&at, wanted).await? {
        Done::Secret { id, secret } => {
            eprintln!("secret {id}: it is shown this once");
            println!("{secret}");
        }
        Done::Secrets(all) => all.iter().for_each(|(id, created)| println!("{id}  {created}")),
        Done::Removed(true) => println!("removed"),
        Done::Removed(false) => bail!("the app has no such secret"),
        _ => bail!("the server answered something else"),
    }
    Ok(())
}

pub(super) async fn keys(command: Keys) -> anyhow::Result<()> {
    let done = match command {
        Keys::List(KeysList { at }) => carry_out(&at, Order::ListKeys).await?,
        Keys::Add(KeysAdd { at, name }) => carry_out(&at, Order::AddKey { name }).await?,
    };
    match done {
        Done::Keys(all) => all.iter().for_each(|(name, id, created)| println!("{name}  {id}  {created}")),
        Done::Key { id } => println!("{id}"),
        _ => bail!("the server answered something else"),
    }
    Ok(())
}

async fn carry_out(at: &Where, wanted: Order) -> anyhow::Result<Done> {
    order(&at.data, &at.tenant, wanted, Clock::System.now()).await
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
