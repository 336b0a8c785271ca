//! `zaguan user`: people, through the running server or by itself.

use std::io::IsTerminal;

use anyhow::bail;
use clap::{Args, Subcommand};

use super::{Where, confirmed, read_password};
use crate::admin::{AccountChanged, Done, Order, SessionsAfter};

/// Manage people
#[derive(Subcommand)]
pub(super) enum User {
    /// Create an account; its password is read from standard input
    #[command(after_help = "Example:
  printf '%s' \"$PASSWORD\" | zaguan user add --tenant contoso.onmicrosoft.com --email ada@example.org --name Ada")]
    Add(AddUser),
    /// Revoke a person's sign-ins: refresh tokens, and sessions unless the quirk `revoke-keeps-sessions` is on
    Revoke(Named),
    /// Disable an account: nobody signs in with it, and its refresh tokens are refused; its sessions end
    /// unless the quirk `account-gone-keeps-sessions` is on
    Disable(Named),
    /// Enable an account again
    Enable(Named),
    /// Delete an account and its refresh tokens; its sessions end unless the quirk `account-gone-keeps-sessions` is on
    Delete(Delete),
    /// Set a new password, read from standard input; sessions end unless the quirk `password-change-keeps-sessions` is on
    #[command(after_help = "Example:
  printf '%s' \"$PASSWORD\" | zaguan user password --tenant contoso.onmicrosoft.com ada@example.org")]
    Password(Named),
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

#[derive(Args)]
pub(super) struct Named {
    #[command(flatten)]
    at: Where,
    /// The person: sign-in name or object id
    #[arg(value_name = "USER")]
    user: String,
}

#[derive(Args)]
pub(super) struct Delete {
    #[command(flatten)]
    named: Named,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) async fn user(command: User) -> anyhow::Result<()> {
    let (at, order, done) = match command {
        User::Add(AddUser { at, email, name, given_name, surname }) => {
            let password = read_password()?.into();
            match at.carry_out(Order::AddUser { email, name, given_name, surname, password }).await? {
                Done::User { object_id } => println!("{object_id}"),
                _ => bail!("the server answered something else"),
            }
            return Ok(());
        }
        User::Revoke(Named { at, user }) => (at, Order::RevokeUser { user }, "refresh tokens are void"),
        User::Disable(Named { at, user }) => {
            (at, Order::EnableUser { user, enabled: false }, "disabled; refresh tokens are refused")
        }
        User::Enable(Named { at, user }) => (at, Order::EnableUser { user, enabled: true }, "enabled"),
        User::Delete(Delete { named: Named { at, user }, yes }) => {
            if !yes {
                if !std::io::stdin().is_terminal() {
                    bail!("deleting asks first, and standard input is no terminal; say `--yes`");
                }
                if !confirmed(&format!("Delete the account of {user}?"))? {
                    bail!("nothing was deleted");
                }
            }
            (at, Order::DeleteUser { user }, "deleted, with its refresh tokens")
        }
        User::Password(Named { at, user }) => {
            let password = read_password()?.into();
            (at, Order::SetPassword { user, password }, "the password was set; refresh tokens are void")
        }
    };
    match at.carry_out(order).await? {
        Done::Account(AccountChanged { person, sessions }) => println!("{person}: {done}{}", in_words(&sessions)),
        _ => bail!("the server answered something else"),
    }
    Ok(())
}

fn in_words(sessions: &SessionsAfter) -> String {
    match sessions {
        SessionsAfter::Ended { count: None } => "; its sessions ended".into(),
        SessionsAfter::Ended { count: Some(1) } => "; 1 session ended".into(),
        SessionsAfter::Ended { count: Some(count) } => format!("; {count} sessions ended"),
        SessionsAfter::Kept { quirk } => format!("; sessions go on, because the tenant has the quirk `{quirk}`"),
        SessionsAfter::Untouched => String::new(),
    }
}
