//! Administration: what the commands do, whether a server holds the data folder (then through its
//! socket `admin.sock`) or not (then by themselves).

mod keys;
mod known;
mod people;
mod sessions;
mod socket;

pub use keys::{GivenMaterial, InWords, KeyGiven, KeyUnwanted, KeyWanted, LEAD, ListedKey, ListedState};
pub use known::KnownTenant;
pub(crate) use known::PolicyKeys;
pub use people::{AccountChanged, SessionsAfter};
pub use sessions::{
    Ended, ListedSession, MOST_AT_ONCE, NotTold, SessionList, SessionQuery, SessionState, Whose, WhyQuery,
};
pub use socket::{listen, order};

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};
use zaguan_policy::Timestamp;
use zaguan_session::ClientId;
use zaguan_store::{Store, StoredSecret};

use crate::{
    chance,
    keys::Keys,
    passwords::Passwords,
    server::Server,
    tenant::Tenant,
    why::{At, Why},
};

/// One thing to do.
#[derive(Debug, Serialize, Deserialize)]
pub enum Order {
    /// Creates an account with a password.
    AddUser {
        /// E-mail address, the sign-in name.
        email: String,
        /// `displayName`.
        name: String,
        /// `givenName`.
        given_name: Option<String>,
        /// `surname`.
        surname: Option<String>,
        /// The password.
        password: Password,
    },
    /// Revokes a person's sign-ins (`revokeSignInSessions`).
    RevokeUser {
        /// Sign-in name or object id.
        user: String,
    },
    /// Enables or disables an account.
    EnableUser {
        /// Sign-in name or object id.
        user: String,
        /// Whether people sign in with it from now on.
        enabled: bool,
    },
    /// Deletes an account.
    DeleteUser {
        /// Sign-in name or object id.
        user: String,
    },
    /// Sets an account's password.
    SetPassword {
        /// Sign-in name or object id.
        user: String,
        /// The new password.
        password: Password,
    },
    /// A page of sessions, the newest first.
    ListSessions {
        /// Which.
        query: SessionQuery,
        /// So many at the most, 1 to 500.
        limit: usize,
        /// The mark that the page before gave.
        after: Option<String>,
    },
    /// Ends one session.
    EndSession {
        /// Its id.
        session: String,
        /// What the administrator says of it; empty: nothing.
        note: String,
    },
    /// Ends up to [`MOST_AT_ONCE`] sessions, the newest first.
    EndSessions {
        /// Whose.
        of: Whose,
        /// What the administrator says of it; empty: nothing.
        note: String,
    },
    /// Why sessions ended: their timelines.
    Why(WhyQuery),
    /// Makes a secret for an app.
    AddSecret {
        /// The app.
        client_id: String,
    },
    /// Removes a secret of an app.
    RemoveSecret {
        /// The app.
        client_id: String,
        /// Which one.
        id: String,
    },
    /// Lists an app's secrets.
    ListSecrets {
        /// The app.
        client_id: String,
    },
    /// Lists the keys.
    ListKeys,
    /// Makes a new signing key under a policy key's name.
    AddKey(KeyWanted),
    /// Takes in a key that was made elsewhere.
    ImportKey(KeyGiven),
    /// Removes a key.
    RemoveKey(KeyUnwanted),
}

/// What was done.
#[derive(Debug, Serialize, Deserialize)]
pub enum Done {
    /// The account's object id.
    User {
        /// GUID.
        object_id: String,
    },
    /// What became of an account and its sessions.
    Account(AccountChanged),
    /// A page of sessions.
    Sessions(SessionList),
    /// The sessions that ended.
    Ended(Ended),
    /// Why sessions ended.
    Why(Why),
    /// The new secret, shown once.
    Secret {
        /// Names it in lists.
        id: String,
        /// The secret itself.
        secret: String,
    },
    /// Removed, or there was nothing to remove.
    Removed(bool),
    /// Ids and dates of secrets.
    Secrets(Vec<(String, String)>),
    /// The keys, by name.
    Keys(Vec<ListedKey>),
    /// The key that was added, or as it was when it was removed.
    Key(Box<ListedKey>),
}

/// A password, or another secret, on its way through the socket. No `Debug` text shows it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// What orders are carried out with.
pub struct Context<'a> {
    /// Where everything is kept.
    pub store: &'a dyn Store,
    /// The keys.
    pub keys: &'a Keys,
    /// The password hasher.
    pub passwords: &'a Passwords,
    /// The tenant that the order is about.
    pub tenant: &'a KnownTenant,
    /// For how long the server keeps what is left of ended sessions; absent where no server runs.
    pub keep_records: Option<Duration>,
    /// The time.
    pub now: Timestamp,
}

/// Does one thing.
///
/// # Errors
/// What stands against it, in words for the operator.
pub async fn carry_out(context: &Context<'_>, order: Order) -> anyhow::Result<Done> {
    let Context { store, tenant, now, .. } = *context;
    let tenant = &tenant.id;
    match order {
        Order::AddUser { email, name, given_name, surname, password } => {
            people::add(context, email, name, given_name, surname, password).await
        }
        Order::RevokeUser { user } => people::revoke(context, &user).await,
        Order::EnableUser { user, enabled } => people::enable(context, &user, enabled).await,
        Order::DeleteUser { user } => people::delete(context, &user).await,
        Order::SetPassword { user, password } => people::set_password(context, &user, password).await,
        Order::ListSessions { query, limit, after } => sessions::list(context, &query, limit, after.as_deref()).await,
        Order::EndSession { session, note } => sessions::end(context, &session, note).await,
        Order::EndSessions { of, note } => sessions::end_all(context, of, note).await,
        Order::Why(query) => sessions::why(context, query).await,
        Order::AddSecret { client_id } => {
            let (id, secret) = (chance::name(), chance::secret());
            let hash = zaguan_protocol::crypto::sha256(secret.as_bytes());
            let stored = StoredSecret { id: id.clone(), hash, created: now };
            store.add_client_secret(tenant, &ClientId::new(&client_id), &stored).await?;
            Ok(Done::Secret { id, secret })
        }
        Order::RemoveSecret { client_id, id } => {
            Ok(Done::Removed(store.remove_client_secret(tenant, &ClientId::new(&client_id), &id).await?))
        }
        Order::ListSecrets { client_id } => {
            let all = store.client_secrets(tenant, &ClientId::new(&client_id)).await?;
            Ok(Done::Secrets(all.into_iter().map(|one| (one.id, At(one.created).to_string())).collect()))
        }
        Order::ListKeys => keys::list(context).await,
        Order::AddKey(wanted) => keys::add(context, wanted).await,
        Order::ImportKey(given) => keys::import(context, given).await,
        Order::RemoveKey(unwanted) => keys::remove(context, unwanted).await,
    }
}

/// Does one thing at a running server.
///
/// # Errors
/// As [`carry_out`].
pub async fn carry_out_at(server: &Server, tenant: &Tenant, order: Order) -> anyhow::Result<Done> {
    let context = Context {
        store: server.store(),
        keys: server.keys(),
        passwords: server.passwords(),
        tenant: &KnownTenant::from(tenant),
        keep_records: Some(server.settings().record_lifetime),
        now: server.clock().now(),
    };
    carry_out(&context, order).await
}
