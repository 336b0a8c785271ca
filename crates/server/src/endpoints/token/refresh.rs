//! `refresh_token` (RFC 6749 section 6): rotation, and claims read again.

use zaguan_journey::{Outcome, Start};
use zaguan_policy::Timestamp;
use zaguan_protocol::errors::Code;
use zaguan_store::Rotated;

use super::{Asked, past};
use crate::{
    endpoints::{
        Here,
        grants::{Granted, parse_refresh_token, refresh_token},
        refusal::{Refusal, refused},
    },
    errors::{Fault, oauth_error},
};

/// For so long a refresh token may be used again and gives the same successor: the answer was lost, or two requests of
/// one app crossed.
const ROTATION_GRACE_MILLIS: i64 = 60_000;

impl Here {
    pub(super) async fn redeem_refresh_token(&self, asked: &Asked<'_>, given: &str) -> Result<String, Refusal> {
        let (store, keys, now) = (self.server.store(), self.server.keys(), asked.call.now);
        let (id, generation) =
            parse_refresh_token(keys, given).ok_or_else(|| past("this is no refresh token of this server"))?;
        let family = store.family(&self.tenant.id, &id).await?.ok_or_else(|| refused(Code::GrantRevoked, &[]))?;
        self.must_be_theirs(asked, &family.grant)?;
        self.must_be_usable(asked.program, &family.grant, family.rotated).await?;
        let mut granted = Granted::of_body(&family.grant.body)?;
        asked.client.may_use(&granted)?;
        if now >= family.until {
            return Err(past("the refresh token was good until a while ago"));
        }
        // Before anything is used up.
        let apis = |uri: &str| self.api(uri);
        let scopes = granted.scopes.refreshed(asked.request.scope.as_ref(), &asked.client.app, &apis)?;
        let api = scopes.resource.as_ref().map(|resource| resource.audience.as_str());
        if let Some(off) = api.filter(|api| self.tenant.application(api).is_none_or(|app| !app.is_enabled())) {
            return Err(refused(Code::ScopeUnknown, &[off]));
        }
        self.read_again(asked, &mut granted, family.rotated).await?;
        let until = self.refresh_until(&granted, asked.program, now)?;
        if until <= now {
            return Err(past("the policy does not let a sign-in last that long any more"));
        }
        let rotated = store.rotate(&self.tenant.id, &id, generation, until, now, ROTATION_GRACE_MILLIS).await?;
        let successor = match rotated {
            Rotated::Successor(successor) => successor,
            Rotated::Reused => {
                let app = asked.client.id();
                tracing::warn!(family = %id.0, %app, "an old refresh token was shown; its family is over");
                let told = "a refresh token was used again long after its successor was issued, as a stolen one would \
                            be; all tokens of that sign-in are over: send the person to sign in again";
                return Err(Refusal::App(oauth_error(90_129, Some(told))));
            }
            Rotated::Gone => return Err(refused(Code::GrantRevoked, &[])),
        };
        // a refreshed ID token carries no nonce of a request that is over.
        granted.nonce = None;
        granted.client_info |= asked.request.client_info;
        granted.scopes = scopes;
        self.tokens(asked, &granted, Some((refresh_token(keys, &id, successor), until))).await
    }

    /// The claims of refreshed tokens: those of the refresh journey, or copies of the first ones.
    async fn read_again(&self, asked: &Asked<'_>, granted: &mut Granted, issued: Timestamp) -> Result<(), Refusal> {
        let Asked { call, program, client, .. } = *asked;
        match program.refresh_journey() {
            None => return Ok(()),
            Some(journey) if !program.has_journey(journey) => {
                return Err(refused(Code::RefreshJourneyUnknown, &[journey.as_str()]));
            }
            Some(_) => {}
        }
        let start = Start::Refresh { claims: granted.bag.clone(), issued };
        match self.run_unseen(call, program, client.id(), start).await? {
            Some(Outcome::Claims(issued)) => {
                granted.claims = issued.claims;
                granted.subject = issued.subject;
                Ok(())
            }
            Some(Outcome::Refused(refusal)) => {
                // whatever the journey's reason, a grant that cannot be used is `invalid_grant`.
                let code = if [90_128, 90_129].contains(&refusal.code) { refusal.code } else { 90_129 };
                Err(Refusal::App(oauth_error(code, refusal.message.as_deref())))
            }
            Some(Outcome::AccountGone) => Err(refused(Code::AccountGone, &[])),
            Some(Outcome::UserInfo(_) | Outcome::Forbidden(_)) | None => {
                Err(Fault::ours("the refresh journey ends in a page, or as one for UserInfo").into())
            }
        }
    }
}
