//! Tokens of ours that come back: whether a policy issued this one, and whether its person still may use it.

use serde_json::{Map, Value as Json};
use zaguan_journey::Program;
use zaguan_policy::{Timestamp, id::PolicyId};
use zaguan_protocol::{
    NumericDate,
    bearer::{invalid_token, token_refused},
    errors::Code,
    jose::{Expectation, Expected, ExpiredTokens, JoseError, Jwks, Verified},
};
use zaguan_store::{Account, AccountKey, Grant};

use super::{
    Here,
    refusal::{Refusal, refused},
};
use crate::{call::Call, errors::Fault};

/// A token that this policy issued, for a person who may still use it, or to an app in its own name.
#[derive(Debug)]
pub(crate) struct Returned(Verified);

impl Returned {
    /// Its claims.
    pub(crate) fn claims(&self) -> &Map<String, Json> {
        self.0.claims()
    }

    /// A claim, when it is a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.text(name)
    }

    /// For whom it is.
    pub(crate) fn audiences(&self) -> Vec<&str> {
        self.0.audiences()
    }

    /// The app that it was issued to: `azp` of an access token, `aud` of an ID token.
    pub(crate) fn app(&self) -> &str {
        self.0.text("azp").or_else(|| self.0.audiences().first().copied()).unwrap_or_default()
    }

    /// Access tokens say to whom they were issued besides for whom they are; ID tokens do not.
    pub(crate) fn is_access_token(&self) -> bool {
        self.0.text("azp").is_some()
    }

    /// Whether an app got it in its own name: then it is about nobody.
    pub(crate) fn is_an_apps_own(&self) -> bool {
        is_an_apps_own(&self.0)
    }
}

fn is_an_apps_own(token: &Verified) -> bool {
    // D30.
    token.text("azp").is_some_and(|app| token.text("sub") == Some(app))
}

impl Here {
    /// Checks a token with the keys of the policy's issuer: who issued it, for which of the tenant's apps, when, and what
    /// became of the account since. What is wrong with it is `invalid_token`.
    pub(crate) async fn returned(&self, call: &Call, program: &Program, token: &str) -> Result<Returned, Refusal> {
        let policy = &program.policy.id;
        let Some(settings) = program.issuer() else {
            return Err(Fault::ours(format!("policy `{policy}` issues no token")).into());
        };
        let (keys, store) = (self.server.keys(), self.server.store());
        let algorithms = self.tenant.signing_algorithms();
        let published = keys.published(store, &self.tenant.id, &settings.signing_key, algorithms, call.now).await?;
        let issuers = self.issuers(call, policy);
        let verified = self.verified(call, &published, &issuers, token).map_err(token_refused)?;
        // OPEN: as far as its tokens say. `iss` is the same for all policies, unless it has the form with `tfp`; a policy
        // that sends neither `acr` nor `tfp` cannot tell its tokens from those of another that does not.
        let named = ["acr", "tfp"].map(|name| verified.text(name));
        let by_another = named
            .into_iter()
            .flatten()
            .map(PolicyId::new)
            .any(|named| named != *policy && self.tenant.program(&named).is_some());
        if by_another || settings.sends_acr && named[0].is_none_or(|named| !named.eq_ignore_ascii_case(policy.as_str()))
        {
            return Err(invalid_token(Code::TokenIssuer, "the token is not accepted: another policy issued it").into());
        }
        // The app that it was issued to; for whom it is was looked at with the claims.
        if !verified.text("azp").is_none_or(|app| self.tenant.application(app).is_some_and(|app| app.is_enabled())) {
            return Err(invalid_token(Code::TokenAudience, "the app of the token is switched off").into());
        }
        if !is_an_apps_own(&verified) {
            self.check_person(program, &verified).await?;
        }
        Ok(Returned(verified))
    }

    fn verified(&self, call: &Call, keys: &Jwks, issuers: &[String], token: &str) -> Result<Verified, JoseError> {
        // A person who signed in at one of the tenant's hosts has tokens that name that one.
        let below = issuers.iter().map(|issuer| issuer.strip_prefix(&call.origin()).unwrap_or(issuer));
        let is_ours = |given: &str| {
            self.tenant.hosts.iter().any(|host| {
                let rest = given.strip_prefix("https://").and_then(|rest| rest.strip_prefix(host.as_str()));
                rest.is_some_and(|rest| below.clone().any(|below| rest == below))
            })
        };
        keys.verify(
            token,
            &Expectation {
                issuer: Expected::Known(&is_ours),
                audience: Expected::Known(&|named| {
                    // To the letter: our own tokens have it as we write it.
                    let app = self.tenant.application(named);
                    app.is_some_and(|app| app.is_enabled() && app.client_id() == named)
                }),
                now: NumericDate(call.now.as_seconds()),
                // Our own tokens by our own clock: there is nothing to make up for.
                leeway: 0,
                expired: ExpiredTokens::Refused,
            },
        )
    }

    /// Ours: B2C's tokens are good until they expire, whatever happens to the account.
    async fn check_person(&self, program: &Program, token: &Verified) -> Result<(), Refusal> {
        let Some(object_id) = program.account_claim().and_then(|name| token.text(&name)) else { return Ok(()) };
        let key = AccountKey::ObjectId(object_id.to_owned());
        let account = self.server.store().account(&self.tenant.id, &key).await?;
        // Tokens tell the time by the second.
        let issued = token.date("iat").unwrap_or(NumericDate(i64::MIN));
        let revoked = |account: &Account| issued.0 < account.tokens_valid_from.as_seconds();
        match unusable(account.as_ref(), revoked) {
            Some((code, reason)) => Err(invalid_token(code, reason).into()),
            None => Ok(()),
        }
    }
}

impl Here {
    /// Refuses a grant of an account that is gone, disabled, or revoked since it was issued (S-113: to the millisecond,
    /// whatever tolerance a journey has; S-115).
    pub(crate) async fn must_be_usable(
        &self,
        program: &Program,
        grant: &Grant,
        issued: Timestamp,
    ) -> Result<(), Refusal> {
        match self.why_unusable(program, grant, issued).await? {
            Some((code, _)) => Err(refused(code, &[])),
            None => Ok(()),
        }
    }

    /// Why a grant is not to be used any more.
    pub(crate) async fn why_unusable(
        &self,
        program: &Program,
        grant: &Grant,
        issued: Timestamp,
    ) -> Result<Option<(Code, &'static str)>, Fault> {
        // With its account, what it says of the person is gone.
        if grant.body.is_empty() {
            return Ok(unusable(None, |_| false));
        }
        let names_account =
            program.issuer().is_none_or(|issuer| issuer.identity_claim.eq_ignore_ascii_case("objectId"));
        let Some(person) = grant.person.as_ref().filter(|_| names_account) else { return Ok(None) };
        let key = AccountKey::ObjectId(person.clone());
        let account = self.server.store().account(&self.tenant.id, &key).await?;
        Ok(unusable(account.as_ref(), |account| issued < account.tokens_valid_from))
    }
}

/// Why nobody may use what was issued for this account. `revoked` compares the time of issue.
pub(crate) fn unusable(
    account: Option<&Account>,
    revoked: impl FnOnce(&Account) -> bool,
) -> Option<(Code, &'static str)> {
    match account {
        None => Some((Code::AccountGone, "the account of the token does not exist any more")),
        Some(account) if !account.enabled => Some((Code::GrantRevoked, "the account of the token is disabled")),
        Some(account) if revoked(account) => {
            Some((Code::GrantRevoked, "what was issued for the account so far was revoked after the token was issued"))
        }
        Some(_) => None,
    }
}
