//! Token issuers that do not keep which apps got a token: nobody tells those of a sign-out.

use super::Subject;
use crate::{codes, diagnostic::Diagnostic, model::TokenFormat, said};

pub(super) fn look(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for issuer in subject.issuers() {
        // [session-behavior, Single sign-out; custom-policy-reference-sso]
        let wanted = match issuer.output_token_format {
            Some(TokenFormat::Jwt) => "OAuthSSOSessionProvider",
            Some(TokenFormat::Saml2 | TokenFormat::Saml11) => "SamlSSOSessionProvider",
            _ => continue,
        };
        if subject.session_provider(issuer).is_some_and(|given| given == wanted) {
            continue;
        }
        let message = said!("token issuer `{}` does not keep which apps are signed in", issuer.id);
        let finding = codes::FORGOTTEN_APPS.at(&issuer.place, said!("declared here"), message);
        findings.push(finding.help(said!("name a session provider of the kind `{}` in `UseTechnicalProfileForSessionManagement`; until then no app hears of a sign-out", wanted)));
    }
    findings
}
