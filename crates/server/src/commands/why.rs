//! `zaguan why`: why somebody was signed out.

use anyhow::bail;
use clap::Args;
use zaguan_policy::Language;

use super::{Format, Where, language};
use crate::{
    admin::{Done, Order, SessionQuery, SessionState, WhyQuery},
    why::lines,
};

/// Say why somebody was signed out
///
/// For a session's id its whole timeline; for a person, or an app, those of the sessions that ended last, up to five.
/// The first line of each is the answer; what follows is what it rests on. Exit code 1: no such session is known.
#[derive(Args)]
#[command(after_help = "Examples:
  zaguan why --tenant contoso.onmicrosoft.com --user ada@example.org
  zaguan why --tenant contoso.onmicrosoft.com --session 4J0jYb6f… --language es")]
#[group(id = "about", required = true, multiple = true, args = ["session", "user", "app"])]
pub(super) struct Options {
    #[command(flatten)]
    at: Where,
    /// The session's id: `sid` in ID tokens
    #[arg(long, value_name = "ID", allow_hyphen_values = true, conflicts_with_all = ["user", "app", "policy", "address"])]
    session: Option<String>,
    /// The person: sign-in name or object id
    #[arg(long)]
    user: Option<String>,
    /// Only sessions that this app used: its client id. Without a person: sessions that ended
    #[arg(long, value_name = "CLIENT")]
    app: Option<String>,
    /// Only sessions that this policy used
    #[arg(long)]
    policy: Option<String>,
    /// Only sessions that began from this network address
    #[arg(long, value_name = "IP")]
    address: Option<String>,
    /// The language of the answer
    #[arg(long, value_parser = language(), default_value = "en")]
    language: Language,
    /// The form of the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    let Options { at, session, user, app, policy, address, language, format } = options;
    let query = match session {
        Some(session) => WhyQuery::Session(session),
        None => {
            let state = user.is_none().then_some(SessionState::Ended);
            WhyQuery::Sessions(SessionQuery { user, app, policy, address, state })
        }
    };
    tell(&at, query, language, format).await
}

pub(super) async fn tell(at: &Where, query: WhyQuery, language: Language, format: Format) -> anyhow::Result<()> {
    let session = match &query {
        WhyQuery::Session(id) => Some(id.clone()),
        WhyQuery::Sessions(_) => None,
    };
    let Done::Why(why) = at.carry_out(Order::Why(query)).await? else { bail!("the server answered something else") };
    match format {
        Format::Json => {
            let mut json = serde_json::to_value(&why)?;
            let told = json.get_mut("sessions").and_then(serde_json::Value::as_array_mut).into_iter().flatten();
            for (told, timeline) in told.zip(&why.sessions) {
                told["answer"] = lines::answer(timeline, language).into();
            }
            println!("{}", serde_json::to_string_pretty(&json)?);
        }
        Format::Text => {
            let all: Vec<String> = why.sessions.iter().map(|one| lines::timeline(one, language)).collect();
            print!("{}", all.join("\n"));
            if let Some(more) = lines::more(&why, language) {
                println!("\n{more}");
            }
        }
    }
    if why.sessions.is_empty() {
        bail!("{}", lines::nothing_known(&why, session.as_deref(), language));
    }
    Ok(())
}
