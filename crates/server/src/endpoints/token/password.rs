//! `password` (ROPC, add-ropc-policy): an app has the person's password. No page, no cookie, no session (S-110).

use zaguan_journey::{Outcome, Start};
use zaguan_protocol::{
    errors::{Code, OAuthError},
    scope::GrantedScopes,
    secret::Secret,
};
use zaguan_session::ClientId;
use zaguan_store::{FamilyId, Grant, RefreshFamily};

use super::Asked;
use crate::{
    chance,
    endpoints::{
        Here,
        grants::{Granted, refresh_token},
        refusal::{Refusal, refused},
    },
    errors::{Fault, oauth_error},
};

/// An unknown account and a wrong password.
const NOT_THEIRS: [u32; 2] = [90_053, 90_054];

impl Here {
    pub(super) async fn password_grant(
        &self,
        asked: &Asked<'_>,
        username: &str,
        password: &Secret<String>,
    ) -> Result<String, Refusal> {
        let Asked { call, program, client, request } = *asked;
        if !client.app.may_send_passwords() {
            return Err(refused(Code::PasswordGrantOff, &[]));
        }
        let scopes = request.scope.as_ref().ok_or_else(|| OAuthError::new(Code::ScopeMissing, &[]))?;
        let mut scopes = GrantedScopes::decide(scopes, &client.app, &|uri: &str| self.api(uri))?;
        if self.gives_access_token_always(&client.app, &program.policy.id) {
            scopes = scopes.with_access_token(&client.app);
        }
        if !scopes.openid && scopes.resource.is_none() {
            return Err(refused(Code::CodeScopeMissing, &[]));
        }
        let start = Start::Password { username: username.to_owned(), password: password.expose().clone().into() };
        let issued = match self.run_unseen(call, program, client.id(), start).await? {
            Some(Outcome::Claims(issued)) => *issued,
            Some(Outcome::Refused(refusal)) if NOT_THEIRS.contains(&refusal.code) => {
                return Err(refused(Code::PasswordGrantDenied, &[]));
            }
            Some(Outcome::Refused(refusal)) => {
                return Err(Refusal::App(oauth_error(refusal.code, refusal.message.as_deref())));
            }
            Some(Outcome::AccountGone) => return Err(refused(Code::AccountGone, &[])),
            // D32: a policy for browsers.
            None => {
                let why = format!(": the policy `{}` shows pages; use one that is made for it", program.policy.id);
                return Err(refused(Code::GrantTypeUnsupported, &["password", &why]));
            }
            Some(Outcome::UserInfo(_) | Outcome::Forbidden(_)) => {
                return Err(Fault::ours("the policy's journey ends as one for UserInfo").into());
            }
        };
        let issued_by = self.issuer(call, &issued.issuer, &program.policy.id);
        let person = issued.identity.clone();
        let granted =
            Granted::of_password(scopes, issued, issued_by, client.is_proven(), request.client_info, call.now);
        let until = self.refresh_until(&granted, program, call.now)?;
        let token = match granted.scopes.offline_access {
            true => {
                let grant = Grant {
                    app: ClientId::new(client.id()),
                    policy: program.policy.id.clone(),
                    person,
                    session: None,
                    body: granted.to_body()?,
                };
                let id = FamilyId(chance::name());
                let family = RefreshFamily { id, grant, generation: 0, rotated: call.now, until };
                self.server.store().begin_family(&self.tenant.id, &family).await?;
                Some((refresh_token(self.server.keys(), &family.id, 0), until))
            }
            false => None,
        };
        self.tokens(asked, &granted, token).await
    }
}
