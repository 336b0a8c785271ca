//! `client_credentials` (RFC 6749 section 4.4, client-credentials-grant-flow): an app in its own name.

use zaguan_journey::{Outcome, Start};
use zaguan_protocol::{
    errors::{Code, OAuthError},
    scope::Resource,
};

use super::{
    Asked,
    answer::{with_access_token, written},
};
use crate::{
    endpoints::{
        Here,
        grants::Granted,
        refusal::{Refusal, not_signed, refused},
    },
    errors::{Fault, oauth_error},
};

impl Here {
    pub(super) async fn client_credentials(&self, asked: &Asked<'_>) -> Result<String, Refusal> {
        let Asked { call, program, client, request } = *asked;
        client.must_be_proven()?;
        let scopes = request.scope.as_ref().ok_or_else(|| OAuthError::new(Code::ScopeMissing, &[]))?;
        let by_name_or_id = |name: &str| {
            self.api(name).or_else(|| {
                self.tenant.application(name).map(AsRef::as_ref).filter(|app| app.is_enabled() && app.api().is_some())
            })
        };
        let resource = Resource::of_app(scopes, &client.app, &by_name_or_id)?;
        let issuer = program.issuer().ok_or_else(|| Fault::ours("the policy issues no token"))?;
        let issued_by = self.issuer(call, issuer, &program.policy.id);
        let claims = self.claims_of_app(asked).await?;
        let granted = Granted::of_app(client.id(), resource, claims, issued_by, call.now);
        let token =
            self.access_token(issuer, client.id(), &program.policy.id, &granted, call.now).await.map_err(not_signed)?;
        Ok(written(&with_access_token(issuer, &granted, token, call.now), issuer))
    }

    /// What the policy's journey for apps adds (`ClientCredentialsUserJourneyId`). Nothing where it has none.
    async fn claims_of_app(&self, asked: &Asked<'_>) -> Result<Vec<(String, serde_json::Value)>, Refusal> {
        let Asked { call, program, client, .. } = *asked;
        if program.issuer().is_none_or(|issuer| issuer.client_credentials_journey.is_none()) {
            return Ok(vec![]);
        }
        match self.run_unseen(call, program, client.id(), Start::ClientCredentials).await? {
            Some(Outcome::Claims(issued)) => Ok(issued.claims),
            Some(Outcome::Refused(refusal)) => Err(Refusal::App(oauth_error(refusal.code, refusal.message.as_deref()))),
            Some(Outcome::AccountGone) => Err(refused(Code::AccountGone, &[])),
            Some(Outcome::UserInfo(_) | Outcome::Forbidden(_)) | None => {
                Err(Fault::ours("the journey for client credentials ends in a page, or as one for UserInfo").into())
            }
        }
    }
}
