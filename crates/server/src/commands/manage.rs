//! `zaguan app`, `zaguan keys`: secrets and keys, through the running server or by themselves.

use anyhow::bail;
use clap::{Args, Subcommand};

use super::Where;
use crate::admin::{Done, Order};

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

pub(super) async fn app(command: App) -> anyhow::Result<()> {
    let App::Secret(Secret { at, client_id, list, remove }) = command;
    let wanted = match (list, remove) {
        (true, _) => Order::ListSecrets { client_id },
        (false, Some(id)) => Order::RemoveSecret { client_id, id },
        (false, None) => Order::AddSecret { client_id },
    };
    match at.carry_out(wanted).await? {
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
        Keys::List(KeysList { at }) => at.carry_out(Order::ListKeys).await?,
        Keys::Add(KeysAdd { at, name }) => at.carry_out(Order::AddKey { name }).await?,
    };
    match done {
        Done::Keys(all) => all.iter().for_each(|(name, id, created)| println!("{name}  {id}  {created}")),
        Done::Key { id } => println!("{id}"),
        _ => bail!("the server answered something else"),
    }
    Ok(())
}
