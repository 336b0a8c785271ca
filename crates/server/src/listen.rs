//! The accept loop: sockets, TLS handshakes, graceful shutdown.

use std::{convert::Infallible, future::Future, pin::Pin, sync::Arc, time::Duration};

use axum::body::Body;
use http::{Request, Response};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::{Semaphore, watch},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use crate::call::Connection;

/// Answers requests.
pub type Handler =
    Arc<dyn Fn(Request<Body>, Connection) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> + Send + Sync>;

/// Connections at once; more wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 10_000;
/// A handshake, and the head of a request, take no longer.
const PATIENCE: Duration = Duration::from_secs(15);
/// Answers under way get so long to end.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// Serves until `stop` says so, then lets the answers under way end.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    handler: Handler,
    mut stop: watch::Receiver<bool>,
) {
    let acceptor = tls.map(TlsAcceptor::from);
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(cause) => {
                // Out of file handles, most likely: others have to end first.
                tracing::warn!(%cause, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { break };
        let _ = stream.set_nodelay(true);
        let connection = Connection { peer: peer.ip() };
        let (handler, watcher, acceptor) = (Arc::clone(&handler), graceful.watcher(), acceptor.clone());
        tokio::spawn(async move {
            match acceptor {
                Some(acceptor) => match timeout(PATIENCE, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => answer(stream, connection, handler, watcher).await,
                    Ok(Err(cause)) => tracing::debug!(%cause, "a TLS handshake failed"),
                    Err(_) => tracing::debug!("a TLS handshake took too long"),
                },
                None => answer(stream, connection, handler, watcher).await,
            }
            drop(slot);
        });
    }
    drop(listener);
    if timeout(LAST_ANSWERS, graceful.shutdown()).await.is_err() {
        tracing::warn!("some answers did not end in time");
    }
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    connection: Connection,
    handler: Handler,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let handler = Arc::clone(&handler);
        async move { Ok::<_, Infallible>(handler(request.map(Body::new), connection).await) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(128 * 1024);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(100).max_header_list_size(128 * 1024);
    let served = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    if let Err(cause) = watcher.watch(served).await {
        tracing::debug!(%cause, "a connection ended early");
    }
}

/// Becomes true when the process is asked to stop.
pub fn stop_signal() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        let terminated = async {
            match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminated => {}
        }
        tracing::info!("stopping");
        let _ = sender.send(true);
    });
    receiver
}
