//! `authorization_code` (RFC 6749 section 4.1.3).

use zaguan_protocol::errors::Code;
use zaguan_store::{FirstToken, Grant, Taken};

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
        let checked = self.check_code(asked, &grant, redirect_uri, verifier).await;
        // Whatever is wrong, the code is used up: a second attempt with it is somebody else's as likely as not.
        let refresh = match &checked {
            Ok(granted) if granted.scopes.offline_access => {
                // From when the person was there: whatever is revoked from then on is revoked for this family.
                let (issued, until) = (granted.granted, self.refresh_until(granted, asked.program, now)?);
                (until > now).then_some(FirstToken { issued, until })
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
        let token = refresh.map(|first| (refresh_token(self.server.keys(), &family, 0), first.until));
        self.tokens(asked, &granted, token).await
    }

    /// Everything that must be right about a redemption.
    async fn check_code(
        &self,
        asked: &Asked<'_>,
        grant: &Grant,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
    ) -> Result<Granted, Refusal> {
        self.must_be_theirs(asked, grant)?;
        if grant.body.is_empty() {
            return Err(refused(Code::AccountGone, &[]));
        }
        let mut granted = Granted::of_body(&grant.body)?;
        granted.client_info |= asked.request.client_info;
        asked.client.may_use(&granted)?;
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
        // A code is no way around what happened to the account since it was issued.
        self.must_be_usable(asked.program, grant, granted.granted).await?;
        Ok(granted)
    }
}

fn not_known() -> Refusal {
    past("the code is unknown, or was good until a while ago")
}
