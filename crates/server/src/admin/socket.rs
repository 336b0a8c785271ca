//! How an order gets to whoever carries it out: the server that holds the data folder, or the command itself.

use std::{os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use anyhow::{Context as _, bail};
use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::{
    net::{UnixListener, UnixStream},
    sync::watch,
};
use zaguan_policy::Timestamp;

use super::{Context, Done, GivenMaterial, KeyGiven, KeyWanted, Order, carry_out, carry_out_at};
use crate::{data::DataFolder, passwords::Passwords, server::Server};

#[derive(Serialize, Deserialize)]
struct Envelope {
    tenant: String,
    order: Order,
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
        Order::AddKey(KeyWanted { name, .. })
        | Order::ImportKey(KeyGiven { name, material: GivenMaterial::Pkcs8(_), .. })
            if !tenant.signing_keys().iter().any(|known| zaguan_policy::id::same(known, name)) =>
        {
            let known: Vec<&str> = tenant.signing_keys().into_iter().collect();
            return Err(refused(format!("no policy signs with `{name}`; they sign with {}", known.join(", "))));
        }
        _ => {}
    }
    carry_out_at(&server, tenant, envelope.order).await.map(Json).map_err(|cause| refused(format!("{cause:#}")))
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
    let (tenant, keys, store) = (data.tenant(tenant)?, data.keys()?, data.store()?);
    keys.prove(&*store, [&tenant.id]).await?;
    let context =
        Context { store: &*store, keys: &keys, passwords: &Passwords::new(), tenant: &tenant, keep_records: None, now };
    carry_out(&context, order).await
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
