//! How this crate reaches the provider.

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Sends one request and returns the answer, whatever its status. Follows no redirects: the provider's endpoints have
/// one address each, and a token request must not travel on.
#[async_trait]
pub trait Http: Send + Sync + 'static {
    /// # Errors
    /// When no complete answer came back.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError>;
}

/// Why no answer came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpError(String);

impl HttpError {
    /// The reason, in words for the operator. Must not quote the request.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HttpError {}

/// A transport over the network: TLS only, answers of at most 1 MiB within 10 seconds.
///
/// Trusts the authorities in `roots_pem` and no others; without it, those of the system
/// (`/etc/ssl/certs/ca-certificates.crt`).
///
/// # Errors
/// When the certificates cannot be read.
pub fn http_client(roots_pem: Option<&[u8]>) -> Result<Arc<dyn Http>, HttpError> {
    let system;
    let pem = match roots_pem {
        Some(pem) => pem,
        None => {
            system = std::fs::read(SYSTEM_ROOTS)
                .map_err(|error| HttpError::new(format!("cannot read `{SYSTEM_ROOTS}`: {error}")))?;
            &system
        }
    };
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| HttpError::new(format!("cannot read a certificate: {error}")))?;
        // The system's list may hold one that this library does not accept; the others are still good.
        let added = roots.add(certificate);
        if let (Err(error), Some(_)) = (added, roots_pem) {
            return Err(HttpError::new(format!("not the certificate of an authority: {error}")));
        }
    }
    if roots.is_empty() {
        return Err(HttpError::new("there is no certificate to trust; give the PEM file of the authority"));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::new(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIMEOUT)
        .build()
        .map_err(|error| HttpError::new(reason(&error)))?;
    Ok(Arc::new(Network(client)))
}

struct Network(reqwest::Client);

#[async_trait]
impl Http for Network {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let failed = |error: reqwest::Error| HttpError::new(reason(&error.without_url()));
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        let mut answer = self.0.execute(request).await.map_err(failed)?;
        let mut body = BytesMut::new();
        while let Some(part) = answer.chunk().await.map_err(failed)? {
            if body.len() + part.len() > MOST_BYTES {
                return Err(HttpError::new("the answer is longer than 1 MiB"));
            }
            body.extend_from_slice(&part);
        }
        let mut response = Response::new(body.freeze());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

/// The error and what caused it: the outermost says only that sending failed.
fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";
const MOST_BYTES: usize = 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn trusts_only_what_it_is_given_and_speaks_only_tls() {
        for nothing in [&b""[..], b"no certificate here"] {
            assert!(http_client(Some(nothing)).is_err());
        }
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(http_client(Some(broken)).is_err());

        let client = http_client(None).unwrap();
        let plain = Request::get("http://localhost:1/").body(Bytes::new()).unwrap();
        assert!(client.send(plain).await.is_err());
    }
}
