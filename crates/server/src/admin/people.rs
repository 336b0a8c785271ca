//! People: created, revoked, disabled, deleted, given a password.

use anyhow::{anyhow, bail};
use serde::{Deserialize, Serialize};
use zaguan_policy::Value;
use zaguan_protocol::secret::Secret;
use zaguan_session::quirks::Quirk;
use zaguan_store::{
    Account, AccountChange, AccountKey, AccountWrite, IfAbsent, IfPresent, SessionsThen, SignInName, WriteAnswer,
};

use super::{Context, Done, Password, known::name_of};
use crate::{chance, tenant::is_guid, why::Person};

/// What became of an account and its sessions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccountChanged {
    /// Whose it is, or was.
    #[serde(flatten)]
    pub person: Person,
    /// And its sessions.
    pub sessions: SessionsAfter,
}

/// What became of a person's sessions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionsAfter {
    /// They ended, in the transaction of the change.
    Ended {
        /// So many; absent where nobody counted.
        count: Option<usize>,
    },
    /// They go on.
    Kept {
        /// The quirk that keeps them.
        quirk: String,
    },
    /// The change is none that concerns them.
    Untouched,
}

/// The shortest password that a command sets, in characters.
const SHORTEST_PASSWORD: usize = 8;

/// The account with this object id or sign-in name.
pub(super) async fn find(context: &Context<'_>, user: &str) -> anyhow::Result<Option<Account>> {
    let Context { store, tenant, .. } = context;
    let by_id = store.account(&tenant.id, &AccountKey::ObjectId(user.to_lowercase())).await?;
    Ok(match by_id {
        Some(account) => Some(account),
        None => store.account(&tenant.id, &AccountKey::SignInName { kind: None, value: user.to_owned() }).await?,
    })
}

async fn required(context: &Context<'_>, user: &str) -> anyhow::Result<Account> {
    find(context, user).await?.ok_or_else(|| anyhow!("no account has the sign-in name or the object id `{user}`"))
}

/// The object id of a person who has an account, or had one: then only the object id itself will do.
pub(super) async fn object_id(context: &Context<'_>, user: &str) -> anyhow::Result<String> {
    match find(context, user).await? {
        Some(account) => Ok(account.object_id),
        None if is_guid(user) => Ok(user.to_lowercase()),
        None => bail!(
            "no account has the sign-in name `{user}`; sessions of an account that is gone are found by its object id"
        ),
    }
}

/// Whose account it is, in words.
pub(super) fn person(account: &Account) -> Person {
    Person {
        object_id: account.object_id.clone(),
        sign_in_name: account.sign_in_names.first().map(|name| name.value.clone()),
    }
}

/// The name by which a person is known whose account may be gone.
pub(super) async fn person_of(context: &Context<'_>, object_id: &str) -> anyhow::Result<Person> {
    let key = AccountKey::ObjectId(object_id.to_owned());
    let account = context.store.account(&context.tenant.id, &key).await?;
    let nobody = || Person { object_id: object_id.to_owned(), sign_in_name: None };
    Ok(account.as_ref().map_or_else(nobody, person))
}

async fn hashed(context: &Context<'_>, password: Password) -> anyhow::Result<AccountChange> {
    if password.0.chars().count() < SHORTEST_PASSWORD {
        bail!("the password needs at least {SHORTEST_PASSWORD} characters");
    }
    let hash = context.passwords.hash(&Secret::new(password.0)).await.map_err(|_| anyhow!("too busy; try again"))?;
    Ok(AccountChange::PasswordHash(hash))
}

pub(super) async fn add(
    context: &Context<'_>,
    email: String,
    name: String,
    given_name: Option<String>,
    surname: Option<String>,
    password: Password,
) -> anyhow::Result<Done> {
    if !email.contains('@') || email.contains(char::is_whitespace) {
        bail!("`{email}` is no e-mail address");
    }
    let mut changes = vec![
        AccountChange::SignInNames(vec![SignInName { kind: "emailAddress".into(), value: email.clone() }]),
        AccountChange::Attribute("displayname".into(), Some(Value::Text(name))),
        hashed(context, password).await?,
    ];
    for (attribute, value) in [("givenname", given_name), ("surname", surname)] {
        if let Some(value) = value {
            changes.push(AccountChange::Attribute(attribute.into(), Some(Value::Text(value))));
        }
    }
    let write = AccountWrite {
        key: AccountKey::SignInName { kind: Some("emailAddress".into()), value: email.clone() },
        if_absent: IfAbsent::Create { object_id: chance::guid() },
        if_present: IfPresent::Refuse,
        changes,
        sessions: SessionsThen::Stay,
        own: vec![],
    };
    match context.store.write_account(&context.tenant.id, None, &write, context.now).await? {
        WriteAnswer::Done { account, .. } => Ok(Done::User { object_id: account.object_id }),
        _ => bail!("there already is an account with `{email}`"),
    }
}

/// D15: what Graph calls `revokeSignInSessions`.
pub(super) async fn revoke(context: &Context<'_>, user: &str) -> anyhow::Result<Done> {
    change(context, user, AccountChange::Revoke, Some(Quirk::RevokeKeepsSessions)).await
}

pub(super) async fn enable(context: &Context<'_>, user: &str, enabled: bool) -> anyhow::Result<Done> {
    let keeps = (!enabled).then_some(Quirk::AccountGoneKeepsSessions);
    change(context, user, AccountChange::Enabled(enabled), keeps).await
}

pub(super) async fn set_password(context: &Context<'_>, user: &str, password: Password) -> anyhow::Result<Done> {
    // Hashing is slow: first see that there is somebody.
    required(context, user).await?;
    let hash = hashed(context, password).await?;
    change(context, user, hash, Some(Quirk::PasswordChangeKeepsSessions)).await
}

pub(super) async fn delete(context: &Context<'_>, user: &str) -> anyhow::Result<Done> {
    let account = required(context, user).await?;
    let quirk = Quirk::AccountGoneKeepsSessions;
    let then = context.tenant.sessions_then(quirk)?;
    if !context.store.delete_account(&context.tenant.id, &account.object_id, then, context.now).await? {
        bail!("the account of `{user}` has just been deleted by somebody else");
    }
    let sessions = after(Some((quirk, then)), None);
    Ok(Done::Account(AccountChanged { person: person(&account), sessions }))
}

/// One change of an account that is there. `keeps`: the quirk on which it depends whether sessions end.
async fn change(
    context: &Context<'_>,
    user: &str,
    change: AccountChange,
    keeps: Option<Quirk>,
) -> anyhow::Result<Done> {
    let account = required(context, user).await?;
    let depends = match keeps {
        Some(quirk) => Some((quirk, context.tenant.sessions_then(quirk)?)),
        None => None,
    };
    let write = AccountWrite {
        key: AccountKey::ObjectId(account.object_id),
        if_absent: IfAbsent::Refuse,
        if_present: IfPresent::Update,
        changes: vec![change],
        sessions: depends.map_or(SessionsThen::Stay, |(_, then)| then),
        own: vec![],
    };
    match context.store.write_account(&context.tenant.id, None, &write, context.now).await? {
        WriteAnswer::Done { account, ended, .. } => {
            let sessions = after(depends, Some(ended.len()));
            Ok(Done::Account(AccountChanged { person: person(&account), sessions }))
        }
        _ => bail!("the account of `{user}` has just been deleted by somebody else"),
    }
}

fn after(depends: Option<(Quirk, SessionsThen)>, count: Option<usize>) -> SessionsAfter {
    match depends {
        None => SessionsAfter::Untouched,
        Some((_, SessionsThen::End)) => SessionsAfter::Ended { count },
        Some((quirk, SessionsThen::Stay)) => SessionsAfter::Kept { quirk: name_of(quirk).to_owned() },
    }
}
