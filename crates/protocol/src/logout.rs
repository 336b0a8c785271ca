//! The sign-out request: whose it is, and where the browser goes afterwards (OpenID Connect RP-Initiated Logout;
//! B2C: "Secure your logout redirect").
//!
//! Whatever comes out, the session is ended (D14): a bad request keeps nobody signed in. What is decided here is only
//! where the browser goes.

#[cfg(test)]
mod tests;

use crate::application::Application;
use crate::errors::{Code, OAuthError};
use crate::id_token::{VerifiedIdToken, hint_refused};
use crate::jose::JoseError;
use crate::params::Params;
use crate::return_address::{LogoutUrl, ResponseMode, ReturnAddress};
use serde::{Deserialize, Serialize};

/// A request as it came. Unknown parameters are ignored.
#[derive(Clone, Debug)]
pub struct RawSignOut(Params);

impl RawSignOut {
    /// Takes the parameters; nothing is checked yet.
    #[must_use]
    pub fn new(params: Params) -> Self {
        Self(params)
    }

    /// The token that says who signs out from where. To be verified with expired tokens accepted (D6).
    pub fn id_token_hint(&self) -> Option<&str> {
        self.0.get("id_token_hint")
    }
}

/// What became of the hint.
#[derive(Clone, Debug, PartialEq)]
pub enum Hint {
    /// There was none.
    Absent,
    /// It is ours.
    Valid(Box<VerifiedIdToken>),
    /// It failed this check.
    Invalid(JoseError),
}

impl From<Result<VerifiedIdToken, JoseError>> for Hint {
    fn from(verified: Result<VerifiedIdToken, JoseError>) -> Self {
        verified.map_or_else(Self::Invalid, |token| Self::Valid(Box::new(token)))
    }
}

/// Whether the policy demands a hint (`EnforceIdTokenHintOnLogout`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HintEnforcement {
    /// Sign-out works without.
    Off,
    /// Without a valid one nobody is redirected.
    On,
}

/// Where a sign-out may lead that no demanded hint binds to its app (D5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unhinted {
    /// To any `https` address, as B2C does.
    Anywhere,
    /// To addresses that some app of the tenant registered.
    Registered,
}

/// What decides where a sign-out may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignOutRules {
    /// The policy's.
    pub enforcement: HintEnforcement,
    /// The tenant's.
    pub unhinted: Unhinted,
    /// D20: the tenant's.
    pub logout_url: LogoutUrl,
}

/// A sign-out whose end is decided. There is none that keeps the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOutRequest {
    /// The client id of the app that the person signs out from, when the request says so: it is not told again, and it
    /// names the session where every app has its own.
    pub initiator: Option<String>,
    /// What the browser shows afterwards.
    pub outcome: Outcome,
    /// Returned unchanged.
    pub state: Option<String>,
}

/// What the browser shows after sign-out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is sent to this address: see [`SignOutRequest::location`].
    Redirect(ReturnAddress),
    /// That the person is signed out.
    SignedOutPage,
    /// That the person is signed out, and why they are not sent on.
    Error(OAuthError),
}

impl SignOutRequest {
    /// Decides where a sign-out ends. `apps` are the apps of the tenant.
    pub fn accept<'a>(
        raw: &RawSignOut,
        hint: &Hint,
        rules: SignOutRules,
        apps: impl Iterator<Item = &'a Application> + Clone,
    ) -> Self {
        let find = |client_id: &str| apps.clone().find(|app| app.is(client_id));
        let by_hint = match hint {
            Hint::Valid(token) => Some(find(token.audience())),
            Hint::Absent | Hint::Invalid(_) => None,
        };
        let named = raw.0.get("client_id").and_then(find);
        let initiator = by_hint.unwrap_or(named).map(|app| app.client_id().to_owned());
        let logout_url = rules.logout_url;
        let outcome = match (rules.enforcement, rules.unhinted) {
            (HintEnforcement::On, _) => enforced(raw, hint, by_hint.flatten(), logout_url),
            (HintEnforcement::Off, Unhinted::Registered) => registered(raw, by_hint, apps, logout_url),
            (HintEnforcement::Off, Unhinted::Anywhere) => anywhere(raw, by_hint.flatten().or(named), logout_url),
        };
        let outcome = outcome.unwrap_or_else(Outcome::Error);
        Self { initiator, outcome, state: raw.0.get("state").map(str::to_owned) }
    }

    /// Where to go, with the `state` of the request behind the query that the address has.
    pub fn location(&self) -> Option<String> {
        let Outcome::Redirect(to) = &self.outcome else { return None };
        let state = self.state.as_deref().map(|state| ("state", state));
        Some(to.with_parameters(ResponseMode::Query, state.as_slice()))
    }
}

/// Under enforcement, in every mode: without a valid hint of ours, or to an address of somebody else, nobody is redirected
/// (S-080 to S-084, D22).
fn enforced(
    raw: &RawSignOut,
    hint: &Hint,
    app: Option<&Application>,
    logout_url: LogoutUrl,
) -> Result<Outcome, OAuthError> {
    match hint {
        Hint::Absent => Err(OAuthError::new(Code::HintMissing, &[])),
        Hint::Invalid(reason) => Err(hint_refused(*reason)),
        Hint::Valid(_) => {
            let app = app.ok_or_else(|| OAuthError::new(Code::HintAudience, &[]))?;
            same_app(raw, app)?;
            let Some(requested) = requested(raw)? else { return Ok(Outcome::SignedOutPage) };
            registered_for(app, requested, logout_url)
        }
    }
}

/// Without enforcement, and without the quirk: a hint that names an app binds the address to that app (S-085); otherwise only addresses
/// that some app registered are followed (S-077). A hint that failed a check counts as none: keys are replaced, and who
/// signs out after years still should be sent home.
fn registered<'a>(
    raw: &RawSignOut,
    by_hint: Option<Option<&'a Application>>,
    apps: impl Iterator<Item = &'a Application> + Clone,
    logout_url: LogoutUrl,
) -> Result<Outcome, OAuthError> {
    let requested = requested(raw)?;
    if let Some(app) = by_hint {
        let app = app.ok_or_else(|| OAuthError::new(Code::HintAudience, &[]))?;
        same_app(raw, app)?;
        return match requested {
            Some(requested) => registered_for(app, requested, logout_url),
            None => Ok(Outcome::SignedOutPage),
        };
    }
    let Some(requested) = requested else { return Ok(Outcome::SignedOutPage) };
    // OPEN: a `client_id` without a hint proves nothing, but an honest one narrows the choice.
    let mut candidates = apps.filter(|app| raw.0.get("client_id").is_none_or(|client_id| app.is(client_id)));
    let found = candidates.find_map(|app| ReturnAddress::after_sign_out(requested, app, logout_url));
    Ok(found.map_or(Outcome::SignedOutPage, Outcome::Redirect))
}

/// Without enforcement, as B2C: to any `https` address (D5, quirk `unchecked-logout-redirect`). One that the app registered
/// is marked as proven all the same.
fn anywhere(raw: &RawSignOut, app: Option<&Application>, logout_url: LogoutUrl) -> Result<Outcome, OAuthError> {
    let Some(requested) = requested(raw)? else { return Ok(Outcome::SignedOutPage) };
    let proven = app.and_then(|app| ReturnAddress::after_sign_out(requested, app, logout_url));
    let to = proven.or_else(|| ReturnAddress::unproven(requested)).ok_or_else(malformed)?;
    Ok(Outcome::Redirect(to))
}

/// The address to go to, when there is one: `https` or the name for "stay here" (S-079), whoever registered what.
fn requested(raw: &RawSignOut) -> Result<Option<&str>, OAuthError> {
    match raw.0.get("post_logout_redirect_uri") {
        Some(requested) if ReturnAddress::unproven(requested).is_none() => Err(malformed()),
        requested => Ok(requested),
    }
}

fn malformed() -> OAuthError {
    OAuthError::new(Code::SignOutAddressMalformed, &[])
}

/// RP-Initiated Logout §2: `client_id` and hint must mean the same app.
fn same_app(raw: &RawSignOut, app: &Application) -> Result<(), OAuthError> {
    match raw.0.get("client_id") {
        Some(client_id) if !app.is(client_id) => Err(OAuthError::new(Code::HintAudience, &[])),
        _ => Ok(()),
    }
}

fn registered_for(app: &Application, requested: &str, logout_url: LogoutUrl) -> Result<Outcome, OAuthError> {
    ReturnAddress::after_sign_out(requested, app, logout_url)
        .map(Outcome::Redirect)
        .ok_or_else(|| OAuthError::new(Code::RedirectUriNotRegistered, &[requested, app.client_id()]))
}
