//! Cryptographic keys without which a provider cannot work. B2C answers AADB2C90025 when such a profile runs.

use super::{Subject, asks_for_password, provider};
use crate::{
    codes,
    diagnostic::Diagnostic,
    model::{ProtocolName, TechnicalProfile, TokenFormat},
    said,
};

pub(super) fn look(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for profile in subject.called() {
        let is_issuer = subject.issuers().any(|issuer| issuer.id == profile.id);
        for key in needed(profile, is_issuer) {
            if profile.keys.iter().any(|(id, _)| id.eq_ignore_ascii_case(key)) {
                continue;
            }
            let message = said!("technical profile `{}` has no cryptographic key `{}`", profile.id, key);
            let finding = codes::NO_KEY.at(&profile.place, said!("declared here"), message);
            findings.push(
                finding.help(said!("add `<Key Id=\"{}\" StorageReferenceId=\"…\" />` to its `CryptographicKeys`", key)),
            );
        }
    }
    findings
}

/// The table: which keys a profile needs. [its page, Cryptographic keys]
fn needed(profile: &TechnicalProfile, is_issuer: bool) -> &'static [&'static str] {
    let says =
        |key: &str, value: &str| profile.metadata.get(key).is_some_and(|given| given.eq_ignore_ascii_case(value));
    let response = profile.metadata.get("response_types").unwrap_or_default();
    match (profile.protocol, provider(profile)) {
        _ if is_issuer && profile.output_token_format == Some(TokenFormat::Jwt) => &["issuer_secret"],
        _ if is_issuer => &[],
        (ProtocolName::OAuth1 | ProtocolName::OAuth2, _) => &["client_secret"],
        (ProtocolName::Saml2, _) if !says("WantsSignedRequests", "false") => &["SamlMessageSigning"],
        (ProtocolName::OpenIdConnect, _) if asks_for_password(profile) => &[],
        (ProtocolName::OpenIdConnect, _) if response.split_whitespace().any(|one| one == "code") => {
            if says("token_endpoint_auth_method", "private_key_jwt") {
                &["assertion_signing_key"]
            } else {
                &["client_secret"]
            }
        }
        (ProtocolName::Proprietary, "RestfulProvider") => {
            if says("AuthenticationType", "Basic") {
                &["BasicAuthenticationUsername", "BasicAuthenticationPassword"]
            } else if says("AuthenticationType", "ClientCertificate") {
                &["ClientCertificate"]
            } else if says("AuthenticationType", "Bearer") && profile.metadata.get("UseClaimAsBearerToken").is_none() {
                &["BearerAuthenticationToken"]
            } else {
                &[]
            }
        }
        _ => &[],
    }
}
