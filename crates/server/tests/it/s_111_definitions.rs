//! S-111, S-112: session settings that no tenant is served with.

use zaguan_server::report::{self, Style};
use zaguan_testkit::Town;

use crate::support::with_behavior;

/// What an operator reads who wants to serve the demo's policies with these settings.
fn refusal(behavior: &str) -> String {
    let sources = Town::builder()
        .edit(|name, text| match name.contains("SignUpOrSignin") {
            true => with_behavior(text, behavior),
            false => text.to_owned(),
        })
        .sources();
    sources
        .apply(None)
        .err()
        .map(|refused| report::refusal(&refused, Style::Plain, zaguan_policy::Language::English))
        .unwrap_or_default()
}

#[test]
fn s_111_settings_out_of_order_are_refused_at_their_line() {
    let told = refusal("<SessionExpiryType>Rolling</SessionExpiryType><SingleSignOn Scope=\"Tenant\"/>");
    assert!(told.contains("Z0301") && told.contains("SignUpOrSignin.xml:"), "{told}");
    assert!(told.contains("SingleSignOn"), "{told}");
    assert_eq!(refusal("<SingleSignOn Scope=\"Tenant\"/><SessionExpiryType>Rolling</SessionExpiryType>"), "");
}

#[test]
fn s_112_single_sign_on_without_a_scope_is_refused() {
    let told = refusal("<SingleSignOn KeepAliveInDays=\"1\"/>");
    assert!(told.contains("Z0303") && told.contains("Scope"), "{told}");
}
