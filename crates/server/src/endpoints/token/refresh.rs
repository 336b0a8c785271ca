//! `refresh_token` (RFC 6749 section 6): rotation, and claims read again.

use zaguan_journey::{AccountPrivacy, Input, Journey, Outcome, Request, Start, Turn};
use zaguan_policy::Timestamp;
use zaguan_protocol::errors::Code;
use zaguan_store::{AccountKey, Rotated};

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
        // Before the grant is read: with its account, what it says of the person is gone.
        self.person_must_be_good(family.grant.person.as_deref(), family.rotated).await?;
        let mut granted = Granted::of_body(&family.grant.body)?;
        asked.client.suits(granted.redirect_kind, granted.challenge.is_some())?;
        if now >= family.until {
            return Err(past("the refresh token was good until a while ago"));
        }
        // RFC 6749 section 6: less than was granted, never more. Before anything is used up.
        let scopes = granted.scopes.narrowed(asked.request.scope.as_ref())?;
        self.read_again(asked, &mut granted, family.rotated).await?;
        let until = self.refresh_until(&granted, asked.program, now)?;
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

    /// Refuses a grant of an account that is gone, disabled, or revoked since the token was issued.
    async fn person_must_be_good(&self, person: Option<&str>, issued: Timestamp) -> Result<(), Refusal> {
        let Some(person) = person else { return Ok(()) };
        let key = AccountKey::ObjectId(person.to_owned());
        match self.server.store().account(&self.tenant.id, &key).await? {
            // S-115.
            None => Err(refused(Code::AccountGone, &[])),
            Some(account) if !account.enabled => Err(refused(Code::GrantRevoked, &[])),
            // S-113: exactly, whatever tolerance the journey has.
            Some(account) if issued < account.tokens_valid_from => Err(refused(Code::GrantRevoked, &[])),
            Some(_) => Ok(()),
        }
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
        let request = self.unseen(call, program, client.id(), Start::Refresh { claims: granted.bag.clone(), issued });
        let mut journey = Journey::start(program, request, None);
        match self.drive(call, program, &mut journey, Input::Begin, None).await?.0 {
            Turn::Finish(Outcome::Claims(issued)) => {
                granted.claims = issued.claims;
                granted.subject = issued.subject;
                Ok(())
            }
            Turn::Finish(Outcome::Refused(refusal)) => {
                // whatever the journey's reason, a grant that cannot be used is `invalid_grant`.
                let code = if [90_128, 90_129].contains(&refusal.code) { refusal.code } else { 90_129 };
                Err(Refusal::App(oauth_error(code, refusal.message.as_deref())))
            }
            Turn::Finish(Outcome::AccountGone) => Err(refused(Code::AccountGone, &[])),
            Turn::Show(_) | Turn::Reply(_) | Turn::Ask(_) => {
                Err(Refusal::Fault(Fault::ours("the refresh journey wants to show a page")))
            }
        }
    }

    /// The request of a journey that no person sees: an app asks for it from behind.
    pub(super) fn unseen(
        &self,
        call: &crate::call::Call,
        program: &zaguan_journey::Program,
        client_id: &str,
        start: Start,
    ) -> Request {
        Request {
            start,
            client_id: client_id.to_owned(),
            policy: program.policy.id.as_str().to_owned(),
            tenant: self.tenant.domain.clone(),
            tenant_object_id: self.tenant.id.as_str().to_owned(),
            host: call.host.clone(),
            correlation_id: call.correlation_id.clone(),
            ip_address: call.from.clone(),
            languages: vec![],
            built_in_languages: self.tenant.languages.clone(),
            parameters: std::collections::BTreeMap::new(),
            account_privacy: AccountPrivacy::Kept,
        }
    }
}
