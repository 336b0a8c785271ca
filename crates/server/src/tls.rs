//! TLS: the operator's own files, or a local certificate authority that needs no other tool.

use std::{fs, net::IpAddr, path::Path, sync::Arc};

use anyhow::{Context, anyhow};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::{ServerConfig, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

/// The authority's files in the data folder.
pub const AUTHORITY: &str = "ca.pem";
const AUTHORITY_KEY: &str = "ca.key";

/// TLS with the operator's files.
///
/// # Errors
/// Where a file cannot be read, or the two do not belong together.
pub fn from_files(certificate: &Path, key: &Path) -> anyhow::Result<Arc<ServerConfig>> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("read the certificate `{}`", certificate.display()))?;
    let key = PrivateKeyDer::from_pem_file(key).with_context(|| format!("read the key `{}`", key.display()))?;
    config(chain, key)
}

/// TLS for these hosts by the folder's own authority, which is made at first start.
///
/// # Errors
/// Where the folder cannot be read or written.
pub fn from_local_authority(folder: &Path, hosts: &[String]) -> anyhow::Result<Arc<ServerConfig>> {
    let key_path = folder.join(AUTHORITY_KEY);
    if !key_path.exists() || !folder.join(AUTHORITY).exists() {
        make_authority(folder)?;
    }
    let key_text = fs::read_to_string(&key_path).with_context(|| format!("read `{}`", key_path.display()))?;
    let authority = Issuer::new(authority_parameters()?, KeyPair::from_pem(&key_text)?);

    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = name("Zaguán");
    parameters.subject_alt_names = hosts.iter().map(|host| alternative_name(host)).collect::<Result<_, _>>()?;
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.use_authority_key_identifier_extension = true;
    let leaf_key = KeyPair::generate()?;
    let leaf = parameters.signed_by(&leaf_key, &authority)?;
    let key = PrivateKeyDer::try_from(leaf_key.serialize_der()).map_err(|cause| anyhow!("{cause}"))?;
    config(vec![leaf.der().clone()], key)
}

fn make_authority(folder: &Path) -> anyhow::Result<()> {
    let key = KeyPair::generate()?;
    let certificate = authority_parameters()?.self_signed(&key)?;
    crate::files::write_private(&folder.join(AUTHORITY_KEY), key.serialize_pem().as_bytes())?;
    fs::write(folder.join(AUTHORITY), certificate.pem())?;
    Ok(())
}

/// The same parameters at every start: the leaf names its issuer by them.
fn authority_parameters() -> anyhow::Result<CertificateParams> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = name("Zaguán local certificate authority");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(parameters)
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

fn alternative_name(host: &str) -> anyhow::Result<SanType> {
    Ok(match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(host.try_into().with_context(|| format!("`{host}` is no host name"))?),
    })
}

fn config(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> anyhow::Result<Arc<ServerConfig>> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("the certificate and the key do not belong together")?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
