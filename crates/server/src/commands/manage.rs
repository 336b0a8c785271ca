//! `zaguan app`: secrets, through the running server or by itself.

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
    // Ids are base64url, and may begin with a hyphen.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    remove: Option<String>,
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
