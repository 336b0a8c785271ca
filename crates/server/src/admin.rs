//! Administration: what the commands do, whether a server holds the data folder (then through its
//! socket `admin.sock`) or not (then by themselves).

use std::{os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use anyhow::{Context, bail};
use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::{
    net::{UnixListener, UnixStream},
    sync::watch,
};
use zaguan_policy::{Timestamp, Value, id::KeyName};
use zaguan_protocol::{jose, secret::Secret};
use zaguan_session::ClientId;
use zaguan_store::{
    AccountChange, AccountKey, AccountWrite, AddKey, IfAbsent, IfPresent, SessionsThen, SignInName, Store,
    StoredSecret, TenantId, WriteAnswer,
};

use crate::{chance, data::DataFolder, keys::Keys, passwords::Passwords, server::Server};

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
        password: String,
    },
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
    /// Lists signing keys.
    ListKeys,
    /// Makes a new signing key under a policy key's name; it signs from now on.
    AddKey {
        /// The policy key.
        name: String,
    },
}

/// What was done.
#[derive(Debug, Serialize, Deserialize)]
pub enum Done {
    /// The account's object id.
    User {
        /// GUID.
        object_id: String,
    },
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
    /// Policy key, `kid`, date.
    Keys(Vec<(String, String, String)>),
    /// The new key's `kid`.
    Key {
        /// `kid`.
        id: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    tenant: String,
    order: Order,
}

/// Does one thing.
///
/// # Errors
/// What stands against it, in words for the operator.
pub async fn carry_out(
    store: &dyn Store,
    keys: &Keys,
    passwords: &Passwords,
    tenant: &TenantId,
    order: Order,
    now: Timestamp,
) -> anyhow::Result<Done> {
    match order {
        Order::AddUser { email, name, given_name, surname, password } => {
            if !email.contains('@') || email.contains(char::is_whitespace) {
                bail!("`{email}` is no e-mail address");
            }
            if password.chars().count() < 8 {
                bail!("the password needs at least 8 characters");
            }
            let hash =
                passwords.hash(&Secret::new(password)).await.map_err(|_| anyhow::anyhow!("too busy; try again"))?;
            let mut changes = vec![
                AccountChange::SignInNames(vec![SignInName { kind: "emailAddress".into(), value: email.clone() }]),
                AccountChange::Attribute("displayname".into(), Some(Value::Text(name))),
                AccountChange::PasswordHash(hash),
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
            match store.write_account(tenant, None, &write, now).await? {
                WriteAnswer::Done { account, .. } => Ok(Done::User { object_id: account.object_id }),
                _ => bail!("there already is an account with `{email}`"),
            }
        }
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
            Ok(Done::Secrets(all.into_iter().map(|one| (one.id, one.created.to_string())).collect()))
        }
        Order::ListKeys => {
            let mut all = Vec::new();
            for name in store.key_names(tenant).await? {
                for key in store.keys(tenant, &name).await? {
                    all.push((name.clone(), key.id, key.created.to_string()));
                }
            }
            Ok(Done::Keys(all))
        }
        Order::AddKey { name } => {
            let made = tokio::task::spawn_blocking(jose::generate_rsa_2048).await?;
            let key = keys.sealed_key(tenant, &KeyName::new(&name), made.expose(), now)?;
            store.add_key(tenant, &name, &key, AddKey::Always).await?;
            keys.forget_cached();
            Ok(Done::Key { id: key.id })
        }
    }
}

/// Serves `admin.sock` for a running server. Whoever may open the file may administer.
///
/// # Errors
/// Where the socket cannot be made.
pub fn listen(folder: &Path, server: Server, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let path = folder.join("admin.sock");
    // The folder is ours alone: what is there was left by a process that is gone.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).with_context(|| format!("make the socket `{}`", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    let router = Router::new().route("/", post(answer)).with_state(Arc::new(server));
    tokio::spawn(async move {
        let stopped = async move {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        if let Err(cause) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
            tracing::error!(%cause, "the administration socket failed");
        }
        let _ = std::fs::remove_file(path);
    });
    Ok(())
}

async fn answer(
    State(server): State<Arc<Server>>,
    Json(envelope): Json<Envelope>,
) -> Result<Json<Done>, (StatusCode, String)> {
    let tenants = server.tenants();
    let refused = |problem: String| (StatusCode::BAD_REQUEST, problem);
    let tenant = tenants.iter().find(|tenant| tenant.is_named(&envelope.tenant)).ok_or_else(|| {
        let names: Vec<&str> = tenants.iter().map(|tenant| tenant.domain.as_str()).collect();
        refused(format!("no tenant `{}`; this server has {}", envelope.tenant, names.join(", ")))
    })?;
    match &envelope.order {
        Order::AddSecret { client_id } if tenant.application(client_id).is_none() => {
            return Err(refused(format!("tenant `{}` has no app with the client id `{client_id}`", tenant.domain)));
        }
        Order::AddKey { name } if !tenant.signing_keys().contains(name.as_str()) => {
            let known: Vec<&str> = tenant.signing_keys().into_iter().collect();
            return Err(refused(format!("no policy signs with `{name}`; they sign with {}", known.join(", "))));
        }
        _ => {}
    }
    let (store, keys, passwords) = (server.store(), server.keys(), server.passwords());
    carry_out(store, keys, passwords, &tenant.id, envelope.order, server.clock().now())
        .await
        .map(Json)
        .map_err(|cause| refused(format!("{cause:#}")))
}

/// Has it done: by the server that holds the folder, or here where none does.
///
/// # Errors
/// What stands against it, in words for the operator.
pub async fn order(folder: &Path, tenant: &str, order: Order, now: Timestamp) -> anyhow::Result<Done> {
    if let Ok(stream) = UnixStream::connect(folder.join("admin.sock")).await {
        return by_socket(stream, Envelope { tenant: tenant.to_owned(), order }).await;
    }
    if !folder.is_dir() {
        bail!("there is no data folder `{}`; name the server's with `--data`", folder.display());
    }
    let data = DataFolder::take(folder)?;
    let tenant = data.tenant(tenant)?;
    carry_out(&*data.store()?, &data.keys()?, &Passwords::new(), &tenant, order, now).await
}

async fn by_socket(stream: UnixStream, envelope: Envelope) -> anyhow::Result<Done> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = http::Request::post("/")
        .header("host", "admin")
        .header("content-type", "application/json")
        .body(Full::new(bytes::Bytes::from(serde_json::to_vec(&envelope)?)))?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    match status.is_success() {
        true => Ok(serde_json::from_slice(&body)?),
        false => bail!("{}", String::from_utf8_lossy(&body)),
    }
}
