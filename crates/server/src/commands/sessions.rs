//! `zaguan sessions`: listed, looked at, ended.

use std::{collections::BTreeMap, io::IsTerminal};

use anyhow::bail;
use clap::{Args, Subcommand};
use zaguan_policy::Language;

use super::{Format, Where, confirmed, language, simulate, why};
use crate::{
    admin::{Done, Ended, ListedSession, Order, SessionList, SessionQuery, SessionState, Whose, WhyQuery},
    why::{AppName, State},
};

/// List, look at, end and simulate sessions
#[derive(Subcommand)]
pub(super) enum Sessions {
    #[command(flatten)]
    Kept(Kept),
    Simulate(simulate::Options),
}

/// What is done with the sessions that a server keeps.
#[derive(Subcommand)]
pub(super) enum Kept {
    /// List sessions, the newest first
    ///
    /// What is under way is listed as `live`, what ended as `ended` with its cause for as long as its record is kept, and
    /// what nothing ended but the policy that used it last does not accept any more as `lapsed`.
    #[command(after_help = "Examples:
  zaguan sessions list --tenant contoso.onmicrosoft.com --user ada@example.org
  zaguan sessions list --tenant contoso.onmicrosoft.com --state ended --address 192.0.2.7 --format json")]
    List(List),
    /// Tell all that is known of a session, and why it ended: the same as `zaguan why --session`
    Show(Show),
    /// End a session, or all of a person or of an app
    #[command(after_help = "Examples:
  zaguan sessions end --tenant contoso.onmicrosoft.com 4J0jYb6f… --note 'lost laptop, ticket 512'
  zaguan sessions end --tenant contoso.onmicrosoft.com --user ada@example.org")]
    End(End),
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    at: Where,
    /// Of this person: sign-in name or object id
    #[arg(long)]
    user: Option<String>,
    /// That this app used: its client id
    #[arg(long, value_name = "CLIENT")]
    app: Option<String>,
    /// That this policy used
    #[arg(long)]
    policy: Option<String>,
    /// Begun from this network address
    #[arg(long, value_name = "IP")]
    address: Option<String>,
    /// Only those that live, or those that ended
    #[arg(long, value_enum)]
    state: Option<SessionState>,
    /// So many at the most: 1 to 500
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// The next page: what the page before ended with
    #[arg(long, value_name = "MARK")]
    after: Option<String>,
    /// The form of the list
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Args)]
pub(super) struct Show {
    #[command(flatten)]
    at: Where,
    /// The session's id: `sid` in ID tokens
    // Ids are base64url, and may begin with a hyphen.
    #[arg(value_name = "ID", allow_hyphen_values = true)]
    session: String,
    /// The language of the answer
    #[arg(long, value_parser = language(), default_value = "en")]
    language: Language,
    /// The form of the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Args)]
#[group(id = "whose", required = true, multiple = false, args = ["session", "user", "app"])]
pub(super) struct End {
    #[command(flatten)]
    at: Where,
    /// The session's id: `sid` in ID tokens
    // Ids are base64url, and may begin with a hyphen.
    #[arg(value_name = "ID", allow_hyphen_values = true)]
    session: Option<String>,
    /// All of this person: sign-in name or object id
    #[arg(long)]
    user: Option<String>,
    /// All that this app used: its client id
    #[arg(long, value_name = "CLIENT")]
    app: Option<String>,
    /// Why, for whoever asks later: at most 200 characters
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) async fn kept(command: Kept) -> anyhow::Result<()> {
    match command {
        Kept::List(list) => self::list(list).await,
        Kept::Show(Show { at, session, language, format }) => {
            why::tell(&at, WhyQuery::Session(session), language, format).await
        }
        Kept::End(end) => self::end(end).await,
    }
}

async fn list(List { at, user, app, policy, address, state, limit, after, format }: List) -> anyhow::Result<()> {
    let query = SessionQuery { user, app, policy, address, state };
    let Done::Sessions(list) = at.carry_out(Order::ListSessions { query, limit, after }).await? else {
        bail!("the server answered something else")
    };
    match format {
        Format::Json => println!("{}", serde_json::to_string_pretty(&list)?),
        Format::Text => {
            print!("{}", table(&list));
            match &list.next {
                Some(next) => eprintln!("there are more: give the same command with `--after {next}`"),
                None if list.sessions.is_empty() => eprintln!("no sessions"),
                None => {}
            }
        }
    }
    Ok(())
}

fn table(list: &SessionList) -> String {
    const HEAD: [&str; 8] = ["SESSION", "PERSON", "STATE", "STARTED", "LAST USED", "ADDRESS", "BROWSER", "APPS"];
    if list.sessions.is_empty() {
        return String::new();
    }
    let rows: Vec<[String; 8]> =
        std::iter::once(HEAD.map(str::to_owned)).chain(list.sessions.iter().map(row)).collect();
    let widths: Vec<usize> = (0..HEAD.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default())
        .collect();
    let line = |row: &[String; 8]| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

fn row(session: &ListedSession) -> [String; 8] {
    let apps: Vec<String> = session.apps.iter().map(ToString::to_string).collect();
    [
        session.id.clone(),
        session.person.as_ref().map_or_else(|| "-".into(), ToString::to_string),
        match session.state {
            State::Live => "live".into(),
            State::Lapsed => "lapsed".into(),
            State::Ended => format!("ended: {}", session.cause.as_deref().unwrap_or_default()),
        },
        session.started.to_string(),
        session.last_used.to_string(),
        session.address.clone(),
        if session.browser.is_empty() { "-".into() } else { session.browser.clone() },
        apps.join(", "),
    ]
}

async fn end(End { at, session, user, app, note, yes }: End) -> anyhow::Result<()> {
    let (whose, of) = match (session, user, app) {
        (Some(session), _, _) => {
            match at.carry_out(Order::EndSession { session, note }).await? {
                Done::Ended(ended) => println!("{}", summary(ended.count, &not_told(&[ended]))),
                _ => bail!("the server answered something else"),
            }
            return Ok(());
        }
        (None, Some(user), _) => (user.clone(), Whose::User(user)),
        (None, None, app) => {
            let app = app.unwrap_or_default();
            (format!("the app {app}"), Whose::App(app))
        }
    };
    if !yes && std::io::stdin().is_terminal() && !confirmed(&format!("End all sessions of {whose}?"))? {
        bail!("nothing was ended");
    }
    let (mut count, mut batches) = (0, Vec::new());
    loop {
        let order = Order::EndSessions { of: of.clone(), note: note.clone() };
        let Done::Ended(ended) = at.carry_out(order).await? else { bail!("the server answered something else") };
        let more = ended.more;
        count += ended.count;
        batches.push(ended);
        if !more {
            break;
        }
        eprintln!("{count} ended so far");
    }
    println!("{}", summary(count, &not_told(&batches)));
    Ok(())
}

fn not_told(batches: &[Ended]) -> BTreeMap<&AppName, usize> {
    let mut all = BTreeMap::new();
    for one in batches.iter().flat_map(|ended| &ended.not_told) {
        *all.entry(&one.app).or_default() += one.sessions;
    }
    all
}

fn summary(count: usize, not_told: &BTreeMap<&AppName, usize>) -> String {
    let counted = |count: usize| format!("{count} session{}", if count == 1 { "" } else { "s" });
    let mut text = format!("{} ended", counted(count));
    if !not_told.is_empty() {
        let apps: Vec<String> = not_told.iter().map(|(app, of)| format!("{app} ({})", counted(*of))).collect();
        text.push_str(&format!(
            "\nnot told: {}: a notice is loaded by the person's browser on a sign-out page, and there is none here",
            apps.join(", ")
        ));
    }
    text
}
