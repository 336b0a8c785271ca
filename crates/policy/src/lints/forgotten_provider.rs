//! Profiles of identity providers whose session provider is not made for them.

use super::{Subject, leads_to_provider};
use crate::{codes, diagnostic::Diagnostic, model::ProtocolName, said};

pub(super) fn look(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for profile in subject.exchanged().filter(|profile| leads_to_provider(profile)) {
        let given = subject.session_provider(profile);
        // B2C's page gives SAML providers both kinds in two places. [custom-policy-reference-sso]
        let fits = match given {
            // Who names the provider that keeps nothing means to ask anew each time: to link an account, say.
            Some("ExternalLoginSSOSessionProvider" | "NoopSSOSessionProvider") => true,
            Some("SamlSSOSessionProvider") => profile.protocol == ProtocolName::Saml2,
            _ => false,
        };
        if fits {
            continue;
        }
        let message = said!("no session keeps that identity provider `{}` was used", profile.id);
        let finding = codes::FORGOTTEN_PROVIDER.at(&profile.place, said!("declared here"), message);
        findings.push(finding.help(said!("name a session provider of the kind `ExternalLoginSSOSessionProvider` in `UseTechnicalProfileForSessionManagement`")));
    }
    findings
}
