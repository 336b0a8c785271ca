//! Sign-out: the session ends once, the other apps are told, the browser goes on.

use std::sync::Arc;

use axum::body::Body;
use http::{Response, StatusCode};
use zaguan_journey::sign_out::{self, Leg, Skipped};
use zaguan_policy::id::KeyName;
use zaguan_protocol::{
    NumericDate,
    application::Application,
    crypto::base64url,
    id_token::{Expectation, VerifiedIdToken},
    jose::{Expected, ExpiredTokens},
    logout::{Hint, HintEnforcement, Outcome, RawSignOut, SignOutRequest, SignOutRules, Unhinted},
    return_address::{LogoutUrl, ReturnAddress},
    sign_out_notice::{self, EndedSession},
};
use zaguan_session::{Cause, ClientId, Ended, SessionId, quirks::Quirk, session_key};
use zaguan_store::NoticeOutcome;

use super::Here;
use crate::{
    built_in_app,
    call::{Call, empty, page, redirect},
    chance,
    errors::Fault,
    pages::{self, FrameView, SignedOutView},
};

impl Here {
    /// `…/oauth2/v2.0/logout`.
    pub(crate) async fn logout(&self, call: &Call) -> Result<Response<Body>, Fault> {
        let program = self.program()?;
        let behavior = &program.relying_party.behavior;
        let raw = RawSignOut::new(call.both.clone());
        let hint = self.hint(call, raw.id_token_hint()).await?;
        // A person who ends their own session on our page has no token, and nowhere to be sent: nothing is to be protected.
        let from_our_page = call.both.get("client_id").is_some_and(built_in_app::is)
            && call.both.get("post_logout_redirect_uri").is_none();
        let enforcement = match behavior.enforce_id_token_hint_on_logout {
            true if !from_our_page => HintEnforcement::On,
            true | false => HintEnforcement::Off,
        };
        let rules = SignOutRules {
            enforcement,
            unhinted: match self.tenant.quirks.has(Quirk::UncheckedLogoutRedirect) {
                true => Unhinted::Anywhere,
                false => Unhinted::Registered,
            },
            logout_url: match self.tenant.quirks.has(Quirk::LogoutUrlAsReturnAddress) {
                true => LogoutUrl::Counts,
                false => LogoutUrl::IsForNotices,
            },
        };
        let apps = self.tenant.applications.values().map(AsRef::as_ref);
        let request = SignOutRequest::accept(&raw, &hint, rules, apps);
        // Which app asks: by its hint, by its own word, or because the address is its alone.
        let asked_by = request
            .initiator
            .clone()
            .or_else(|| self.only_app_at(call.both.get("post_logout_redirect_uri")?))
            .map(|client| ClientId::new(&client));

        // S-087: with a session for each app, a request that names none ends none.
        let app = asked_by.clone().unwrap_or_else(|| match from_our_page {
            true => built_in_app::client_id(),
            false => ClientId::new(""),
        });
        let key = session_key(behavior.scope, &app, &program.policy.id);
        let mut ended: Option<Ended> = None;
        if let Some(key) = &key
            && let Some(session) = self.session(call, key).await?
        {
            let cause = match &asked_by {
                Some(app) => Cause::SignedOutByApp(app.clone()),
                None => Cause::SignedOutHere,
            };
            let store = self.server.store();
            ended = store.end_session(&self.tenant.id, session.id(), &cause, call.now).await?;
        }
        let frames = match &ended {
            Some(ended) => self.notify(call, ended, asked_by.as_ref()).await?,
            None => vec![],
        };
        let mut response = match (&request.outcome, request.location()) {
            // D14, D22: nobody is redirected; the session is over all the same, and the others are told.
            (Outcome::Error(error), _) if frames.is_empty() => Fault::of_app(error).into_call_response(call),
            (_, Some(to)) if frames.is_empty() => redirect(StatusCode::FOUND, &to),
            (_, to) => self.signed_out_page(call, &ended, frames, to),
        };
        if let Some(key) = &key {
            self.clear_session(call, &mut response, key);
        }
        Ok(response)
    }

    /// The hint, checked: one of this tenant's ID tokens for one of its apps. D6: an expired one is
    /// good for signing out.
    async fn hint(&self, call: &Call, given: Option<&str>) -> Result<Hint, Fault> {
        let Some(token) = given else { return Ok(Hint::Absent) };
        let (keys, store) = (self.server.keys(), self.server.store());
        // Any policy of the tenant may have issued it, for any of its apps.
        let issuers: Vec<_> = self.tenant.programs.values().filter_map(|p| Some((p.issuer()?, &p.policy.id))).collect();
        let names: Vec<String> = issuers.iter().map(|(settings, policy)| self.issuer(call, settings, policy)).collect();
        let mut signing_keys: Vec<&KeyName> = issuers.iter().map(|(settings, _)| &settings.signing_key).collect();
        signing_keys.sort();
        signing_keys.dedup();
        let mut outcome = Hint::Absent;
        for name in signing_keys {
            // An old token of a key that is not published any more is as good a hint.
            let known = keys.known(store, &self.tenant.id, name, call.now).await?;
            let expectation = Expectation {
                issuer: Expected::Known(&|issuer| names.iter().any(|known| known == issuer)),
                audience: Expected::Known(&|app| self.tenant.application(app).is_some()),
                nonce: None,
                now: NumericDate(call.now.as_seconds()),
                leeway: 300,
                expired: ExpiredTokens::Accepted,
            };
            outcome = VerifiedIdToken::verify(token, &known, &expectation).into();
            if let Hint::Valid(_) = outcome {
                break;
            }
        }
        Ok(outcome)
    }

    /// The app to which alone the address belongs.
    fn only_app_at(&self, address: &str) -> Option<String> {
        let leads_to =
            |app: &&Arc<Application>| ReturnAddress::after_sign_out(address, app, LogoutUrl::IsForNotices).is_some();
        let mut owners = self.tenant.applications.values().filter(leads_to);
        let only = owners.next()?;
        owners.next().is_none().then(|| only.client_id().to_owned())
    }

    /// Writes down who is not told, and gives the frames for those who are.
    async fn notify(
        &self,
        call: &Call,
        ended: &Ended,
        asked_by: Option<&ClientId>,
    ) -> Result<Vec<(ClientId, FrameView)>, Fault> {
        let address_of = |app: &ClientId| self.tenant.application(app.as_str())?.logout_url().map(str::to_owned);
        let mut frames = Vec::new();
        for leg in sign_out::legs(ended, asked_by, address_of) {
            match leg {
                Leg::Frame { participant, address } => {
                    let app = self.tenant.application(participant.app.as_str());
                    let frame = FrameView {
                        app_name: app.map_or_else(|| participant.app.to_string(), |app| app.name().to_owned()),
                        url: sign_out_notice::front_channel(
                            &address,
                            // D7: both or neither, as in the ID token.
                            self.tenant.session_ids.then(|| EndedSession {
                                issuer: &participant.issuer,
                                session_id: participant.sid.as_str(),
                            }),
                        ),
                    };
                    frames.push((participant.app, frame));
                }
                Leg::Skipped { participant, reason } => {
                    let outcome = match reason {
                        Skipped::AskedForIt => NoticeOutcome::AskedForIt,
                        Skipped::NoAddress => NoticeOutcome::NoAddress,
                    };
                    self.settle(call, ended.session(), &participant.app, outcome).await?;
                }
            }
        }
        Ok(frames)
    }

    async fn settle(
        &self,
        call: &Call,
        session: &SessionId,
        app: &ClientId,
        outcome: NoticeOutcome,
    ) -> Result<(), Fault> {
        Ok(self.server.store().settle_notice(&self.tenant.id, session, app, outcome, call.now).await?)
    }

    fn signed_out_page(
        &self,
        call: &Call,
        ended: &Option<Ended>,
        frames: Vec<(ClientId, FrameView)>,
        continue_to: Option<String>,
    ) -> Response<Body> {
        let report_url = ended.as_ref().filter(|_| !frames.is_empty()).map(|ended| {
            let apps: Vec<&str> = frames.iter().map(|(app, _)| app.as_str()).collect();
            let apps = apps.join(",");
            let proof = self.report_proof(ended.session(), &apps);
            let path = format!("/{}/{}/client/signedout", self.route.tenant, self.policy_name());
            format!("{path}?sid={}&apps={apps}&proof={proof}", ended.session())
        });
        let view = SignedOutView {
            language: call.own_language(),
            tenant_name: self.tenant.domain.clone(),
            frames: frames.into_iter().map(|(_, frame)| frame).collect(),
            continue_to,
            report_url,
        };
        page(StatusCode::OK, pages::signed_out(&view, &chance::name()))
    }

    fn policy_name(&self) -> &str {
        self.route.policy.as_ref().map_or("", zaguan_policy::id::PolicyId::as_str)
    }

    /// Only the page that we made can report on its frames.
    fn report_proof(&self, session: &SessionId, apps: &str) -> String {
        let digest = self.server.keys().digest("signed-out report", &[session.as_str().as_bytes(), apps.as_bytes()]);
        base64url::encode(digest)
    }

    /// `POST …/client/signedout`: which frames of the page loaded. What a frame's answer was is nobody's
    /// to see.
    pub(crate) async fn signed_out_report(&self, call: &Call) -> Result<Response<Body>, Fault> {
        let field =
            |name: &str| call.query.get(name).ok_or_else(|| Fault::malformed("a part of the report is missing"));
        let (session, apps, proof) = (SessionId::new(field("sid")?), field("apps")?, field("proof")?);
        let expected = self.report_proof(&session, apps);
        if !zaguan_protocol::crypto::constant_time_eq(proof.as_bytes(), expected.as_bytes()) {
            return Err(Fault::malformed("the report is not of a page of ours"));
        }
        let loaded: Vec<usize> =
            call.form.get("loaded").unwrap_or_default().split(',').filter_map(|index| index.parse().ok()).collect();
        for (index, app) in apps.split(',').enumerate() {
            let outcome = if loaded.contains(&index) { NoticeOutcome::Loaded } else { NoticeOutcome::TimedOut };
            self.settle(call, &session, &ClientId::new(app), outcome).await?;
        }
        Ok(empty(StatusCode::NO_CONTENT))
    }
}
