//! Parked visits: what is in them, how they are sealed, and what a page has to show to reach one.
//!
//! A visit is bound, by what is sealed into it and checked here, to its tenant, the version of the
//! tenant's policies, its policy, its browser; a form is bound to the one page that is open. State of
//! one step can therefore not be used in another.

use serde::{Deserialize, Serialize};
use zaguan_journey::Journey;
use zaguan_policy::id::PolicyId;
use zaguan_protocol::{authorize::AuthorizeRequest, crypto::base64url};
use zaguan_session::{ExpiredBy, SessionId};
use zaguan_store::{TenantId, Visit, VisitId};

use crate::{call::Call, chance, cookies, endpoints::Here, errors::Fault, keys::Keys};

/// What a parked visit holds.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Parked {
    /// Of which tenant.
    pub(crate) tenant: TenantId,
    /// The version of the tenant's definitions that it began with.
    pub(crate) version: String,
    /// By which policy.
    pub(crate) policy: PolicyId,
    /// SHA-256 of the browser's secret.
    pub(crate) browser: [u8; 32],
    /// On which host.
    pub(crate) host: String,
    /// What the app asked for.
    pub(crate) request: AuthorizeRequest,
    /// The session whose place a sign-on takes, and by which it was over already, if it was.
    pub(crate) instead_of: Option<(SessionId, Option<ExpiredBy>)>,
    /// Sessions that this very journey ended, by changing the person's password.
    pub(crate) ended: Vec<SessionId>,
    /// The journey.
    pub(crate) journey: Journey,
}

/// A visit that a request reached. Others of the same visit wait until it is dropped.
pub(crate) struct Open {
    pub(crate) row: Visit,
    pub(crate) parked: Parked,
    _turn: tokio::sync::OwnedMutexGuard<()>,
}

/// Which form a request comes from.
pub(crate) enum FormState {
    /// The page that is open.
    Current,
    /// A page of this visit that is not open any more: the back button, a second posting.
    Stale,
}

/// `StateProperties=` and base64url of `{"TID":"…"}`, as B2C writes it.
pub(crate) fn tx(visit: &VisitId) -> String {
    let json = serde_json::json!({ "TID": visit.0 });
    format!("StateProperties={}", base64url::encode(json.to_string().as_bytes()))
}

fn parse_tx(tx: &str) -> Option<VisitId> {
    let encoded = tx.strip_prefix("StateProperties=")?;
    let json: serde_json::Value = serde_json::from_slice(&base64url::decode(encoded)?).ok()?;
    Some(VisitId(json.get("TID")?.as_str()?.to_owned()))
}

/// The token that a page's forms and links carry: the page's number, and a digest that only we can make.
pub(crate) fn csrf(keys: &Keys, visit: &VisitId, browser: &[u8; 32], page: u32) -> String {
    let digest = keys.digest("csrf", &[visit.0.as_bytes(), browser, &page.to_be_bytes()]);
    format!("{page}.{}", base64url::encode(digest))
}

impl Here {
    /// The visit that the request names, if it is this browser's, this policy's and still possible.
    pub(crate) async fn open_visit(&self, call: &Call) -> Result<Open, Fault> {
        let tx = call.query.get("tx").or_else(|| call.form.get("tx")).ok_or_else(Fault::start_again)?;
        let id = parse_tx(tx).ok_or_else(Fault::start_again)?;
        let turn = self.server.visits().enter(&id.0).await;
        let row = self.server.store().visit(&id, call.now).await?.ok_or_else(Fault::start_again)?;
        let plain = self.server.keys().open_visit(&id.0, &row.sealed).ok_or_else(Fault::start_again)?;
        // What does not read was written by another version of this program.
        let parked: Parked = serde_json::from_slice(&plain).map_err(|_| Fault::start_again())?;
        let same_place = parked.tenant == self.tenant.id
            && Some(&parked.policy) == self.route.policy.as_ref()
            && parked.version == self.tenant.version
            && parked.host == call.host;
        let same_browser = self
            .browser(call)
            .is_some_and(|browser| zaguan_protocol::crypto::constant_time_eq(&browser, &parked.browser));
        if !same_place || !same_browser {
            return Err(Fault::start_again());
        }
        Ok(Open { row, parked, _turn: turn })
    }

    /// Which form the request comes from. A token that we did not make is refused.
    pub(crate) fn form_state(&self, call: &Call, open: &Open) -> Result<FormState, Fault> {
        let given = call
            .header("x-csrf-token")
            .or_else(|| call.form.get("csrf_token"))
            .or_else(|| call.query.get("csrf_token"))
            .ok_or_else(Fault::stale_form)?;
        let page: u32 = given.split('.').next().and_then(|page| page.parse().ok()).ok_or_else(Fault::stale_form)?;
        let expected = csrf(self.server.keys(), &open.row.id, &open.parked.browser, page);
        if !zaguan_protocol::crypto::constant_time_eq(given.as_bytes(), expected.as_bytes()) {
            return Err(Fault::stale_form());
        }
        Ok(match open.parked.journey.open_page() == Some(page) {
            true => FormState::Current,
            false => FormState::Stale,
        })
    }

    /// SHA-256 of the browser's secret, where it has one.
    pub(crate) fn browser(&self, call: &Call) -> Option<[u8; 32]> {
        let name = cookies::browser_name(self.tenant.id.as_str(), &call.host);
        let secret = call.cookies.get(&name).filter(|secret| (20..=100).contains(&secret.len()))?;
        Some(zaguan_protocol::crypto::sha256(secret.as_bytes()))
    }

    /// The browser's secret, hashed; a new one with its cookie where it has none.
    pub(crate) fn browser_or_new(&self, call: &Call) -> ([u8; 32], Option<String>) {
        if let Some(browser) = self.browser(call) {
            return (browser, None);
        }
        let secret = chance::secret();
        let name = cookies::browser_name(self.tenant.id.as_str(), &call.host);
        let cookie = cookies::set(&name, &secret, zaguan_session::CookieAge::Browser);
        (zaguan_protocol::crypto::sha256(secret.as_bytes()), Some(cookie))
    }

    /// Parks a visit for the first time.
    pub(crate) async fn park_new(&self, call: &Call, parked: &Parked) -> Result<VisitId, Fault> {
        let id = VisitId(chance::guid());
        let until = call.now + self.server.settings().visit_lifetime;
        let visit = Visit { id: id.clone(), version: 0, sealed: self.sealed(&id, parked)?, until };
        self.server.store().begin_visit(&visit).await?;
        Ok(id)
    }

    /// Parks a visit again. False where another request was faster.
    pub(crate) async fn park(&self, call: &Call, open: &Open) -> Result<bool, Fault> {
        let until = call.now + self.server.settings().visit_lifetime;
        let sealed = self.sealed(&open.row.id, &open.parked)?;
        Ok(self.server.store().save_visit(&open.row, sealed, until).await?)
    }

    fn sealed(&self, id: &VisitId, parked: &Parked) -> Result<Vec<u8>, Fault> {
        let plain =
            serde_json::to_vec(parked).map_err(|cause| Fault::ours(format!("could not write a visit: {cause}")))?;
        Ok(self.server.keys().seal_visit(&id.0, &plain))
    }
}
