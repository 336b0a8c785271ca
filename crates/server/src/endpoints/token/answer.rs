//! The answer: tokens of what was granted.

use std::time::Duration;

use zaguan_journey::{bind::Issuer, profiles::jwt_issuer::NumberForm};
use zaguan_policy::Timestamp;
use zaguan_protocol::{
    NumericDate,
    secret::Secret,
    token::{self, IssuedAccessToken, IssuedToken, TokenResponse},
};

use super::Asked;
use crate::endpoints::{Here, grants::Granted, issue::Companions, refusal::Refusal};

impl Here {
    /// Access token, ID token and refresh token, as far as they were granted. `refresh` is the refresh token and when it
    /// ends.
    pub(super) async fn tokens(
        &self,
        asked: &Asked<'_>,
        granted: &Granted,
        refresh: Option<(String, Timestamp)>,
    ) -> Result<String, Refusal> {
        let Asked { call, program, client, .. } = *asked;
        let (policy, issuer) = (&program.policy.id, granted.issuer(program)?);
        let access_token = self.access_token(issuer, client.id(), policy, granted, call.now).await?;
        let id_token = match granted.scopes.openid {
            true => {
                let with = Companions { code: None, access_token: access_token.as_deref() };
                Some(self.id_token(issuer, &client.app, policy, granted, with, call.now).await?)
            }
            false => None,
        };
        let who = granted.identity.as_deref().unwrap_or(&granted.subject);
        let text =
            |name: &str| granted.claims.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.as_str());
        let response = TokenResponse {
            id_token: id_token.map(|token| IssuedToken {
                token: Secret::new(token),
                expires_in: whole_seconds(issuer.id_token_lifetime),
            }),
            profile_info: (!granted.client_info)
                .then(|| token::profile_info(self.tenant.id.as_str(), text("name"), text("idp"))),
            client_info: match granted.client_info {
                true => token::client_info(who, policy.as_str(), self.tenant.id.as_str()),
                false => None,
            },
            scope: Some(granted.scopes.to_response_string()),
            refresh_token: refresh.map(|(token, until)| IssuedToken {
                token: Secret::new(token),
                expires_in: whole_seconds(until.since(call.now)),
            }),
            ..with_access_token(issuer, granted, access_token, call.now)
        };
        Ok(written(&response, issuer))
    }
}

/// The part of the answer that is about the access token; nothing else is in the answer to an app in its own name.
pub(super) fn with_access_token(
    issuer: &Issuer,
    granted: &Granted,
    access_token: Option<String>,
    now: Timestamp,
) -> TokenResponse {
    let (now, lifetime) = (now.as_seconds(), whole_seconds(issuer.access_token_lifetime));
    TokenResponse {
        not_before: NumericDate(now),
        access_token: access_token.zip(granted.scopes.resource.as_ref()).map(|(token, resource)| IssuedAccessToken {
            token: Secret::new(token),
            expires_in: lifetime,
            expires_on: NumericDate(now + i64::from(lifetime)),
            resource: resource.audience.clone(),
        }),
        id_token: None,
        profile_info: None,
        client_info: None,
        scope: None,
        refresh_token: None,
    }
}

/// The body, with numbers in the form that the policy wants.
pub(super) fn written(response: &TokenResponse, issuer: &Issuer) -> String {
    response.to_json(match issuer.numbers {
        NumberForm::Number => token::NumberForm::Number,
        NumberForm::Text => token::NumberForm::Text,
    })
}

fn whole_seconds(lifetime: Duration) -> u32 {
    u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX)
}
