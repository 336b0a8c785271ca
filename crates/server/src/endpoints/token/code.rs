//! `authorization_code` (RFC 6749 section 4.1.3).

use zaguan_protocol::errors::Code;
use zaguan_store::{RefreshFamily, Taken};

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
        let (store, now) = (self.server.store(), asked.call.now);
        let (grant, family) = match store.take_code(&self.tenant.id, &code_hash(code), now).await? {
            Taken::Grant { grant, family } => (grant, family),
            // RFC 6749 section 4.1.2: a code shown twice ends what came of it.
            Taken::Before(family) => {
                store.end_family(&self.tenant.id, &family).await?;
                return Err(past("the code was used before"));
            }
            Taken::Unknown => return Err(past("the code is unknown, or was good until a while ago")),
        };
        self.must_be_theirs(asked, &grant)?;
        let mut granted = Granted::of_body(&grant.body)?;
        granted.client_info |= asked.request.client_info;
        asked.client.suits(granted.redirect_kind, granted.challenge.is_some())?;
        if let Some(given) = redirect_uri.filter(|given| *given != granted.redirect_uri) {
            return Err(refused(Code::RedirectUriNotRegistered, &[given, asked.client.id()]));
        }
        match (&granted.challenge, verifier) {
            (Some(challenge), Some(verifier)) => {
                challenge.verify(verifier).map_err(|cause| Refusal::App(cause.into()))?
            }
            (Some(_), None) => return Err(refused(Code::VerifierMalformed, &[])),
            // D25: a request that began without PKCE is not redeemed as if it had begun with it.
            (None, Some(_)) => return Err(refused(Code::VerifierMismatch, &[])),
            (None, None) => {}
        }
        let until = self.refresh_until(&granted, asked.program, now)?;
        let token = match granted.scopes.offline_access && until > now {
            true => {
                let family = RefreshFamily { id: family, grant, generation: 0, rotated: now, until };
                store.begin_family(&self.tenant.id, &family).await?;
                Some((refresh_token(self.server.keys(), &family.id, 0), until))
            }
            false => None,
        };
        self.tokens(asked, &granted, token).await
    }
}
