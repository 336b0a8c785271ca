//! REST services that anybody may call, in a policy that says that it is in production.

use super::{Subject, provider};
use crate::{codes, diagnostic::Diagnostic, model::DeploymentMode, said};

/// [restful-technical-profile, AllowInsecureAuthInProduction]
pub(super) fn look(subject: &Subject<'_>) -> Vec<Diagnostic> {
    if subject.policy.deployment_mode != DeploymentMode::Production {
        return Vec::new();
    }
    let services = subject.called().into_iter().filter(|profile| provider(profile) == "RestfulProvider");
    let open = services.filter(|profile| {
        profile.metadata.get("AuthenticationType").is_some_and(|given| given.eq_ignore_ascii_case("None"))
            && profile.metadata.flag("AllowInsecureAuthInProduction") != Some(true)
    });
    open.map(|profile| {
        let message = said!("technical profile `{}` calls its service without a key, in production", profile.id);
        let finding = codes::UNPROTECTED_SERVICE.at(&profile.place, said!("declared here"), message);
        finding.help(said!("set `AuthenticationType` to `Basic`, `Bearer` or `ClientCertificate`; `AllowInsecureAuthInProduction` lets it pass"))
    })
    .collect()
}
