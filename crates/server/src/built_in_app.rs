//! The app that nobody registers: as this one people sign in to see their own sessions.
//!
//! Every tenant has it, at one address for each policy and host. It is not among a tenant's apps, so it can redeem
//! nothing, has no secret, is told of no sign-out and receives nobody after one.

use zaguan_protocol::application::{Application, ApplicationDefinition, RedirectUris};
use zaguan_session::ClientId;

/// Its client id, in every tenant. An app file with it is refused.
pub(crate) const CLIENT_ID: &str = "7a6b1e55-0000-4000-8000-5e5510a50000";

/// Its client id.
pub(crate) fn client_id() -> ClientId {
    ClientId::new(CLIENT_ID)
}

/// Whether it is this app; GUIDs compare without case.
pub(crate) fn is(client_id: &str) -> bool {
    ClientId::new(client_id).as_str() == CLIENT_ID
}

/// What people see.
pub(crate) fn name(language: &str) -> &'static str {
    crate::pages::text(language, "MySessions.title").unwrap_or("Your sessions")
}

/// The app whose only address is that of the page.
///
/// # Errors
/// What no address of an app can be.
pub(crate) fn application(page: &str) -> Result<Application, Vec<String>> {
    Application::from_definition(ApplicationDefinition {
        // `web`, because of all kinds it is compared to the letter: the port of a `public` one may be any.
        redirect_uris: RedirectUris { web: vec![page.to_owned()], ..RedirectUris::default() },
        ..ApplicationDefinition::new(CLIENT_ID, name("en"))
    })
}
