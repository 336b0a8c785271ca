//! A tenant's apps: each file by itself, and all of them together.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use zaguan_protocol::application::{Application, ApplicationDefinition};
use zaguan_session::ClientId;

use super::{Refused, listed};
use crate::built_in_app;

/// The apps of these files, by file name.
pub(super) fn read(files: &BTreeMap<String, String>) -> Result<BTreeMap<ClientId, Arc<Application>>, Refused> {
    let problem = |file: &str, problem: String| Refused::Definition { file: format!("apps/{file}"), problem };
    let mut all: Vec<(&str, Arc<Application>)> = Vec::new();
    for (file, text) in files {
        let definition: ApplicationDefinition = toml::from_str(text).map_err(|e| problem(file, e.to_string()))?;
        let application = Application::from_definition(definition).map_err(|all| problem(file, all.join("; ")))?;
        // Secrets are the store's. A `web` address is a confidential client's in any case: what was sent there
        // is redeemed with a secret, or where the app has none yet with PKCE.
        let application = application.with_secret();
        let client = application.client_id();
        if built_in_app::is(client) {
            let reason = "is that of the page on which people see their sessions; choose another GUID";
            return Err(problem(file, format!("`client_id` `{client}` {reason}")));
        }
        let uri = application.api().map(|api| &api.identifier_uri);
        for (at, other) in &all {
            let also = |what: &str, value: &str| {
                problem(file, format!("`{what}` `{value}` is also that of `{}` in apps/{at}", other.name()))
            };
            if other.is(client) {
                return Err(also("client_id", client));
            }
            // Scopes begin with it: of two such APIs only one would ever be found.
            if let Some(uri) = uri.filter(|uri| other.api().is_some_and(|api| api.identifier_uri == **uri)) {
                return Err(also("identifier_uri", uri));
            }
        }
        all.push((file, Arc::new(application)));
    }
    let offered: BTreeSet<String> = all
        .iter()
        .filter_map(|(_, app)| app.api())
        .flat_map(|api| api.roles.iter().map(|role| format!("{}/{role}", api.identifier_uri)))
        .collect();
    for (file, app) in &all {
        if let Some(unknown) = app.roles().iter().find(|role| !offered.contains(*role)) {
            let there = match offered.is_empty() {
                true => "none offers any".to_owned(),
                false => format!("there are {}", listed(&offered)),
            };
            return Err(problem(file, format!("the role `{unknown}` is offered by no API of the tenant; {there}")));
        }
    }
    Ok(all.into_iter().map(|(_, app)| (ClientId::new(app.client_id()), app)).collect())
}
