//! `zaguan keys`: keys of a tenant, through the running server or by itself.

use std::{io::Read, path::PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand, ValueEnum};
use zaguan_policy::Timestamp;
use zaguan_protocol::{
    Secret,
    crypto::base64url,
    jose::{Algorithm, RsaSize},
};

use super::{Format, Where, read_password};
use crate::{
    admin::{Done, GivenMaterial, KeyGiven, KeyUnwanted, KeyWanted, ListedKey, ListedState, Order},
    clock::{Span, instant},
    keys::import,
    why::At,
};

/// Manage tenants' keys
///
/// A policy key is a name in policies, such as B2C_1A_TokenSigningKeyContainer, under which there may be several keys. Of
/// those for one algorithm the one signs whose time began last. A new key is published at once and signs a day later,
/// because apps fetch the published keys about once a day; the one before stays published until no token of it can be
/// alive any more.
#[derive(Subcommand)]
#[command(after_help = "A rollover, without an outage:
  zaguan keys add B2C_1A_TokenSigningKeyContainer              published now, signs in 24 hours
  zaguan keys list                                             two days later, the old is retired
  zaguan keys remove B2C_1A_TokenSigningKeyContainer OLD-KID   whenever you like

Each takes --data and --tenant, or ZAGUAN_DATA and ZAGUAN_TENANT.")]
pub(super) enum Keys {
    /// List the keys: policy key, kid, algorithm, and whether it signs, will sign, or is published only
    #[command(after_help = "States:
  signs since …         tokens are signed with it
  in use since …        a secret; it is never published
  signs from …          published, so that apps know it before the first token
  published until …     another one signs; tokens of this one may still be alive
  retired               not published any more: remove it when you like
  expired               its time is over

`(tenant.toml)` behind a state: the key is from `[keys]` there, and not in the store.")]
    List(List),
    /// Make a new signing key; it is published at once and signs after a day
    ///
    /// The first key of an algorithm under a name signs at once. If the old key is in wrong hands, do not wait: add one
    /// with `--signs-in 0s` and remove the old one. Its tokens are refused then.
    #[command(after_help = "Examples:
  export ZAGUAN_TENANT=contoso.onmicrosoft.com
  zaguan keys add B2C_1A_TokenSigningKeyContainer
  zaguan keys add B2C_1A_TokenSigningKeyContainer --algorithm ES256
  zaguan keys add B2C_1A_TokenSigningKeyContainer --bits 3072 --signs-in 2d")]
    Add(Add),
    /// Import a private key or a secret that was made elsewhere
    ///
    /// A private key: RSA of 2048 to 4096 bits, or on the curve P-256; PEM or DER (PKCS#8, PKCS#1, SEC 1), or PKCS#12
    /// (.pfx, .p12), whose certificate says for how long it is good. With --secret: any text.
    #[command(after_help = "Examples:
  export ZAGUAN_TENANT=contoso.onmicrosoft.com
  zaguan keys import B2C_1A_TokenSigningKeyContainer signing.pem
  printf '%s' \"$PASSWORD\" |
    zaguan keys import B2C_1A_TokenSigningKeyContainer signing.pfx --password-stdin
  printf '%s' \"$SECRET\" | zaguan keys import B2C_1A_FacebookSecret - --secret")]
    Import(Import),
    /// Remove a key: tokens that it signed are refused from then on
    #[command(after_help = "Example:
  zaguan keys remove --tenant contoso.onmicrosoft.com B2C_1A_TokenSigningKeyContainer KID")]
    Remove(Remove),
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    at: Where,
    /// The form of the list
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Args)]
pub(super) struct Add {
    #[command(flatten)]
    at: Where,
    /// The policy key, as policies name it
    name: String,
    /// What it signs by
    #[arg(long, value_enum, ignore_case = true, default_value = "RS256")]
    algorithm: SignsBy,
    /// The size of an RSA key; 2048 without it
    #[arg(long, value_enum)]
    bits: Option<Bits>,
    /// After how long it signs, such as 24h or 2d: 365 days at most; 0s: at once
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = span)]
    signs_in: Span,
}

#[derive(Args)]
pub(super) struct Import {
    #[command(flatten)]
    at: Where,
    /// The policy key, as policies name it
    name: String,
    /// The file; `-` is standard input
    file: PathBuf,
    /// Read the password of a PKCS#12 file from standard input
    #[arg(long, conflicts_with = "secret")]
    password_stdin: bool,
    /// The file is a text: a secret that somebody else knows as well
    #[arg(long)]
    secret: bool,
    /// From when it is used, such as 2026-05-01T12:00:00Z
    #[arg(long, value_name = "INSTANT", value_parser = point, conflicts_with = "signs_in")]
    not_before: Option<Timestamp>,
    /// Until when it is used; without it as long as its certificate says, or without end
    #[arg(long, value_name = "INSTANT", value_parser = point)]
    expires: Option<Timestamp>,
    /// After how long it signs where another one signs now: 365 days at most; 0s: at once
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = span)]
    signs_in: Span,
}

#[derive(Args)]
pub(super) struct Remove {
    #[command(flatten)]
    at: Where,
    /// The policy key, as policies name it
    name: String,
    /// The key's id, as `zaguan keys list` shows it
    // Ids are base64url, and may begin with a hyphen.
    #[arg(allow_hyphen_values = true)]
    kid: String,
    /// Even where no other key signs. One that signed before it signs again, if it is still there; where none is left, a new one is
    /// made for the next token
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SignsBy {
    /// RSA with SHA-256, what B2C uses
    #[value(name = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256
    #[value(name = "ES256")]
    Es256,
}

#[derive(Clone, Copy, ValueEnum)]
enum Bits {
    #[value(name = "2048")]
    Small,
    #[value(name = "3072")]
    Middle,
    #[value(name = "4096")]
    Large,
}

pub(super) async fn keys(command: Keys) -> anyhow::Result<()> {
    match command {
        Keys::List(List { at, format }) => {
            let Done::Keys(all) = at.carry_out(Order::ListKeys).await? else { return Err(something_else()) };
            match format {
                Format::Json => println!("{}", serde_json::to_string_pretty(&all)?),
                Format::Text if all.is_empty() => eprintln!("no keys: the first one is made when it is needed"),
                Format::Text => print!("{}", table(&all)),
            }
            Ok(())
        }
        Keys::Add(Add { at, name, algorithm, bits, signs_in }) => {
            if algorithm == SignsBy::Es256 && bits.is_some() {
                bail!("`--bits` is the size of an RSA key; a key for ES256 has one size");
            }
            let algorithm = match algorithm {
                SignsBy::Rs256 => Algorithm::Rs256,
                SignsBy::Es256 => Algorithm::Es256,
            };
            let size = match bits {
                None | Some(Bits::Small) => RsaSize::Bits2048,
                Some(Bits::Middle) => RsaSize::Bits3072,
                Some(Bits::Large) => RsaSize::Bits4096,
            };
            let wanted = KeyWanted { name, algorithm, size, signs_in_seconds: signs_in.0.as_secs() };
            added(&at, Order::AddKey(wanted)).await
        }
        Keys::Import(given) => import(given).await,
        Keys::Remove(Remove { at, name, kid, force }) => {
            let order = Order::RemoveKey(KeyUnwanted { name, id: kid, force });
            let Done::Key(gone) = at.carry_out(order).await? else { return Err(something_else()) };
            println!("removed");
            if matches!(gone.state, ListedState::Signing { .. } | ListedState::Retiring { .. }) && gone.published {
                eprintln!("tokens that it signed are refused as soon as apps fetch the keys anew");
            }
            Ok(())
        }
    }
}

async fn import(given: Import) -> anyhow::Result<()> {
    let Import { at, name, file, password_stdin, secret, not_before, expires, signs_in } = given;
    let from_input = file.as_os_str() == "-";
    if from_input && password_stdin {
        bail!("standard input cannot be both the file and its password; give the file by its name");
    }
    let content = if from_input {
        let mut content = Vec::new();
        std::io::stdin().read_to_end(&mut content).context("read standard input")?;
        content
    } else {
        std::fs::read(&file).with_context(|| format!("read `{}`", file.display()))?
    };
    let content = Secret::new(content);
    let (material, certificate_from, certificate_until) = if secret {
        let text = std::str::from_utf8(content.expose()).map_err(|_| anyhow!("the secret is no text in UTF-8"))?;
        (GivenMaterial::Secret(text.trim_end_matches(['\r', '\n']).into()), None, None)
    } else {
        let password = match password_stdin {
            true => Some(Secret::new(read_password()?)),
            false => None,
        };
        let read = import::private_key(content.expose(), password.as_ref()).map_err(|cause| match cause {
            import::Unreadable::PasswordMissing => anyhow!("`{}`: {cause}; give `--password-stdin`", file.display()),
            import::Unreadable::Unknown => anyhow!("`{}`: {cause}; a text needs `--secret`", file.display()),
            other => anyhow!("`{}`: {other}", file.display()),
        })?;
        (GivenMaterial::Pkcs8(base64url::encode(read.pkcs8.expose()).into()), read.not_before, read.expires)
    };
    let given = KeyGiven {
        name,
        material,
        certificate_from: certificate_from.map(At),
        not_before: not_before.map(At),
        expires: expires.or(certificate_until).map(At),
        signs_in_seconds: signs_in.0.as_secs(),
    };
    added(&at, Order::ImportKey(given)).await
}

/// Prints the new key's id for programs, and what it does for people.
async fn added(at: &Where, order: Order) -> anyhow::Result<()> {
    let Done::Key(key) = at.carry_out(order).await? else { return Err(something_else()) };
    println!("{}", key.kid);
    eprintln!("{} ({}): {}", key.name, key.algorithm, key.in_words());
    Ok(())
}

fn table(all: &[ListedKey]) -> String {
    let header = ["POLICY KEY", "KID", "ALGORITHM", "STATE"].map(str::to_owned);
    let row = |key: &ListedKey| {
        let at_home = if key.source == "store" { String::new() } else { format!(" ({})", key.source) };
        [key.name.clone(), key.kid.clone(), key.algorithm.clone(), format!("{}{at_home}", key.in_words())]
    };
    let rows: Vec<[String; 4]> = std::iter::once(header).chain(all.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths = [width(0), width(1), width(2), 0];
    let line = |row: &[String; 4]| {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("{}\n", cells.join("  "))
    };
    rows.iter().map(line).collect()
}

fn something_else() -> anyhow::Error {
    anyhow!("the server answered something else")
}

fn span(text: &str) -> Result<Span, String> {
    Span::parse(text).ok_or_else(|| "write days, hours, minutes and seconds, such as 24h, 2d or 0s".into())
}

fn point(text: &str) -> Result<Timestamp, String> {
    instant(text).ok_or_else(|| "write an instant in UTC, such as 2026-05-01T12:00:00Z".into())
}
