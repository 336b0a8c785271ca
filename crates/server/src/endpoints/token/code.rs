//! `authorization_code` (RFC 6749 section 4.1.3).

use zaguan_protocol::errors::Code;
use zaguan_store::{Grant, Taken};

use super::{Asked, past};
use crate::endpoints::{
    Here,
    grants::{Granted, code_hash, refresh_token},
    refusal::{Refusal, refused},
};

impl Here {
    pub(super) async fn redeem_code(
        &self,
        asked: &Asked<'_>,
        code: &str,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
    ) -> Result<String, Refusal> {
        let (store, tenant, now) = (self.server.store(), &self.tenant.id, asked.call.now);
        let hash = code_hash(code);
        let Some(grant) = store.code(tenant, &hash, now).await? else { return Err(not_known()) };
        let checked = self.check_code(asked, &grant, redirect_uri, verifier);
        // Whatever is wrong, the code is used up: a second attempt with it is somebody else's as likely as not.
        let refresh = match &checked {
            Ok(granted) if granted.scopes.offline_access => {
                Some(self.refresh_until(granted, asked.program, now)?).filter(|until| *until > now)
            }
            _ => None,
        };
        let family = match store.redeem_code(tenant, &hash, refresh, now).await? {
            Taken::Grant { family, .. } => family,
            // RFC 6749 section 4.1.2: a code shown twice ends what came of it, and the store has seen to that.
            Taken::Before(_) => return Err(past("the code was used before")),
            Taken::Unknown => return Err(not_known()),
        };
        let granted = checked?;
        let token = refresh.map(|until| (refresh_token(self.server.keys(), &family, 0), until));
        self.tokens(asked, &granted, token).await
    }

    /// Everything that must be right about a redemption.
    fn check_code(
        &self,
        asked: &Asked<'_>,
        grant: &Grant,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
    ) -> Result<Granted, Refusal> {
        self.must_be_theirs(asked, grant)?;
        let mut granted = Granted::of_body(&grant.body)?;
        granted.client_info |= asked.request.client_info;
        asked.client.suits(granted.redirect_kind, granted.challenge.is_some())?;
        if let Some(given) = redirect_uri.filter(|given| *given != granted.redirect_uri) {
            return Err(refused(Code::RedirectUriNotRegistered, &[given, asked.client.id()]));
        }
        match (&granted.challenge, verifier) {
            (Some(challenge), Some(verifier)) => {
                challenge.verify(verifier).map_err(|cause| Refusal::App(cause.into()))?;
            }
            (Some(_), None) => return Err(refused(Code::VerifierMalformed, &[])),
            // D25: a request that began without PKCE is not redeemed as if it had begun with it.
            (None, Some(_)) => return Err(refused(Code::VerifierMismatch, &[])),
            (None, None) => {}
        }
        Ok(granted)
    }
}

fn not_known() -> Refusal {
    past("the code is unknown, or was good until a while ago")
}
