//! Who an app is, and whether it proved it.

use std::sync::Arc;

use zaguan_protocol::{
    NumericDate,
    application::Application,
    client::{ClientAuthentication, Proof},
    crypto::{constant_time_eq, sha256},
    discovery::{EndpointBase, EndpointForm},
    errors::Code,
    return_address::RedirectKind,
};
use zaguan_session::ClientId;

use super::{
    Here,
    grants::Granted,
    refusal::{Refusal, refused},
};
use crate::{call::Call, errors::oauth_error, throttle::Attempt};

/// The app that asks. What it sent as a proof is good; whether it had to send one is the grant's to say.
pub(crate) struct Client<'a> {
    pub(crate) app: Arc<Application>,
    authentication: &'a ClientAuthentication,
    has_secrets: bool,
}

impl Client<'_> {
    pub(crate) fn id(&self) -> &str {
        self.app.client_id()
    }

    /// Whether it is the app for certain.
    pub(crate) fn is_proven(&self) -> bool {
        self.authentication.proof != Proof::None
    }

    /// Refuses an app that only says who it is.
    pub(crate) fn must_be_proven(&self) -> Result<(), Refusal> {
        if self.is_proven() { Ok(()) } else { Err(refused(Code::SecretMissing, &[])) }
    }

    /// Whether this grant needs a proof of the app, and got one.
    pub(crate) fn may_use(&self, granted: &Granted) -> Result<(), Refusal> {
        match granted.proven {
            // A grant that no address received: whoever proved itself then has to now.
            Some(true) => self.must_be_proven(),
            Some(false) => Ok(()),
            None => self.suits(granted.redirect_kind, granted.challenge.is_some()),
        }
    }

    fn suits(&self, kind: RedirectKind, pkce: bool) -> Result<(), Refusal> {
        // OPEN: a web app that has neither secret nor key yet is let in by PKCE alone, and by nothing less.
        let has_nothing = !self.has_secrets && self.app.keys().keys().is_empty();
        if kind == RedirectKind::Web && has_nothing && !self.is_proven() && pkce {
            return Ok(());
        }
        Ok(self.authentication.suits(&self.app, kind)?)
    }
}

impl Here {
    /// The app that a request of the token endpoint and its neighbours comes from. A wrong proof is refused here, before
    /// anything is used up.
    pub(crate) async fn client<'a>(
        &self,
        call: &Call,
        authentication: &'a ClientAuthentication,
    ) -> Result<Client<'a>, Refusal> {
        // An app that proves itself goes on, whatever others try from its address: a secret has 256 random bits, and is
        // not guessed. From whoever does not, nobody learns more than that it was too often.
        let allowed = self.server.throttle().allows(Attempt::Grant { from: &call.from }, call.now);
        let client = self.authenticated(call, authentication).await;
        match client {
            Ok(client) if allowed || client.is_proven() => Ok(client),
            Err(fault @ Refusal::Fault(_)) => Err(fault),
            Err(refusal) if allowed => Err(refusal),
            Ok(_) | Err(_) => Err(refused(Code::Throttled, &[])),
        }
    }

    async fn authenticated<'a>(
        &self,
        call: &Call,
        authentication: &'a ClientAuthentication,
    ) -> Result<Client<'a>, Refusal> {
        let client_id = &authentication.client_id;
        let app = self.tenant.application(client_id).ok_or_else(|| refused(Code::ClientUnknown, &[client_id]))?;
        if !app.is_enabled() {
            return Err(refused(Code::AppDisabled, &[client_id]));
        }
        let (store, client) = (self.server.store(), ClientId::new(app.client_id()));
        let secrets = store.client_secrets(&self.tenant.id, &client).await?;
        if let Some(secret) = authentication.secret() {
            let hash = sha256(secret.expose().as_bytes());
            // Every one is compared, so that the time says nothing about which was near.
            match secrets.iter().fold(false, |found, known| constant_time_eq(&known.hash, &hash) | found) {
                true => {}
                false if secrets.is_empty() => {
                    let told = format!(
                        "no secret of the app `{client_id}` is known here; make one with `zaguan app secret`, and give it to the app"
                    );
                    return Err(Refusal::App(oauth_error(90_084, Some(&told))));
                }
                false => return Err(refused(Code::SecretWrong, &[])),
            }
        }
        let now = NumericDate(call.now.as_seconds());
        let assertion = authentication.check_assertion(app, &|name| self.is_our_name(call, name), now)?;
        if let Some(used) = assertion {
            let id = sha256(&[client.as_str().as_bytes(), b"\0", used.id.as_bytes()].concat());
            let until = zaguan_policy::Timestamp::from_seconds(used.until.0);
            if !store.first_sight(&self.tenant.id, &id, until, call.now).await? {
                return Err(refused(Code::AssertionInvalid, &["its `jti` was used before; make a new one each time"]));
            }
        }
        Ok(Client { app: Arc::clone(app), authentication, has_secrets: !secrets.is_empty() })
    }

    /// What an app may call us in the `aud` of its assertion (RFC 7523 section 3): the issuer, the token endpoint in any
    /// of its spellings, the very address that it asked.
    fn is_our_name(&self, call: &Call, name: &str) -> bool {
        let origin = call.origin();
        if name.eq_ignore_ascii_case(&format!("{origin}{}", call.path)) {
            return true;
        }
        let Ok(program) = self.program() else { return false };
        let policy = &program.policy.id;
        let by_issuer = program.issuer().is_some_and(|settings| self.issuer(call, settings, policy) == name);
        let forms = [EndpointForm::Path, EndpointForm::Tfp, EndpointForm::Query];
        by_issuer
            || forms.iter().any(|form| {
                [self.tenant.domain.as_str(), self.tenant.id.as_str()].iter().any(|tenant| {
                    let endpoint = EndpointBase::new(*form, &origin, tenant, policy.as_str());
                    name.eq_ignore_ascii_case(&endpoint.endpoint("oauth2/v2.0/token"))
                })
            })
    }
}
