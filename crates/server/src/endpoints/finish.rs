//! The end of a journey: what becomes of the session, and what the app gets.

use axum::body::Body;
use http::{Response, StatusCode};
use zaguan_journey::{Issued, Outcome, Program};
use zaguan_protocol::{
    Secret,
    authorize::{self, AuthorizeRequest},
    crypto::sha256,
    token,
};
use zaguan_session::{
    Cause, ClientId, NewSession, Origin, Participant, Session, SessionId, SessionUse, Terms, quirks::Quirk, session_key,
};
use zaguan_store::{FamilyId, Finish, Finished, Grant, NewCode, SessionChange, VisitId};

use super::{
    Here,
    grants::{Granted, code_hash, new_code},
    issue::Companions,
};
use crate::{
    built_in_app,
    call::{Call, redirect},
    chance,
    errors::{Fault, oauth_error},
    user_agent,
    visits::Parked,
};

/// A code lives ten minutes and cannot be made to live longer (configure-tokens).
const CODE_LIFETIME: std::time::Duration = std::time::Duration::from_secs(600);

/// The session part of a finish, and what the cookie needs.
struct SignedOn {
    change: SessionChange,
    sid: Option<SessionId>,
    /// The new cookie's secret, where a session begins.
    secret: Option<String>,
}

impl Here {
    pub(crate) async fn finish(
        &self,
        call: &Call,
        program: &Program,
        parked: Parked,
        visit: Option<(VisitId, u64)>,
        outcome: Outcome,
    ) -> Result<Response<Body>, Fault> {
        match outcome {
            Outcome::Claims(issued) => self.succeed(call, program, parked, visit, *issued).await,
            Outcome::Refused(refusal) => {
                self.end_visit(call, visit).await?;
                let error = oauth_error(refusal.code, refusal.message.as_deref());
                Ok(self.refuse(call, program, &parked.request, &error))
            }
            Outcome::AccountGone => {
                self.end_visit(call, visit).await?;
                // D17: in `b2c` an account that is gone ends refresh tokens only.
                if self.tenant.quirks.has(Quirk::AccountGoneKeepsSessions) {
                    return Ok(self.refuse(call, program, &parked.request, &oauth_error(99_002, None)));
                }
                if let Some((session, _)) = &parked.instead_of {
                    let store = self.server.store();
                    store.end_session(&self.tenant.id, session, &Cause::AccountDeleted, call.now).await?;
                }
                Ok(self.start_over(call, &parked))
            }
        }
    }

    async fn end_visit(&self, call: &Call, visit: Option<(VisitId, u64)>) -> Result<(), Fault> {
        if visit.is_some() {
            let finish = Finish { visit, session: SessionChange::None, code: None };
            self.server.store().finish(&self.tenant.id, &finish, call.now).await?;
        }
        Ok(())
    }

    /// The same request again, with whatever session there is now.
    pub(crate) fn start_over(&self, call: &Call, parked: &Parked) -> Response<Body> {
        let address = self.route.base(&call.origin()).endpoint("oauth2/v2.0/authorize");
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parked.request.params.iter()).finish();
        let separator = if address.contains('?') { '&' } else { '?' };
        redirect(StatusCode::SEE_OTHER, &format!("{address}{separator}{query}"))
    }

    async fn succeed(
        &self,
        call: &Call,
        program: &Program,
        parked: Parked,
        visit: Option<(VisitId, u64)>,
        mut issued: Issued,
    ) -> Result<Response<Body>, Fault> {
        let request = &parked.request;
        // Who changed the password in this very journey goes on, in a new session: the old one ended with all others.
        if issued.sign_on.continues.as_ref().is_some_and(|id| parked.ended.contains(id)) {
            (issued.sign_on.continues, issued.sign_on.authenticated) = (None, call.now);
        }
        let policy = &program.policy.id;
        let issued_by = self.issuer(call, &issued.issuer, policy);
        let app = ClientId::new(&request.client_id);
        let behavior = &program.relying_party.behavior;
        let signed_on = self.sign_on(call, program, &parked, &issued, &issued_by);
        let person = issued.sign_on.person.clone();
        let granted = Granted::new(request, issued, signed_on.sid.clone(), issued_by, call.now);

        // The page of sessions wants the session and nothing else: it gets no code that might be stolen.
        let wants_code = request.response_type.code() && !built_in_app::is(&request.client_id);
        let code = wants_code.then(|| new_code(call.now));
        let new_code = match &code {
            Some(code) => Some(NewCode {
                hash: code_hash(code),
                grant: Grant {
                    app: app.clone(),
                    policy: policy.clone(),
                    person,
                    session: signed_on.sid.clone(),
                    body: granted.to_body()?,
                },
                until: call.now + CODE_LIFETIME,
                family: FamilyId(chance::name()),
            }),
            None => None,
        };
        let finish = Finish { visit, session: signed_on.change, code: new_code };
        let session = match self.server.store().finish(&self.tenant.id, &finish, call.now).await? {
            Finished::Done { session, .. } => session,
            // Somebody signed out while the journey ran: what it rested on is gone.
            Finished::SessionEnded => return Ok(self.start_over(call, &parked)),
            Finished::VisitMoved => return Err(Fault::start_again()),
        };
        let answer = self.answer(call, program, request, &granted, code).await?;
        let mut response = self.deliver(call, request.answer(&answer, &granted.issued_by));
        match (session, signed_on.secret) {
            (Some(session), Some(secret)) => {
                self.set_session(call, &mut response, &session, &secret, behavior).await?;
            }
            (Some(session), None) => self.renew_session(call, &mut response, &session, behavior),
            (None, _) => {}
        }
        Ok(response)
    }

    /// Whether a session begins, goes on, or is none of this request's business.
    fn sign_on(&self, call: &Call, program: &Program, parked: &Parked, issued: &Issued, issued_by: &str) -> SignedOn {
        let behavior = &program.relying_party.behavior;
        let app = ClientId::new(&parked.request.client_id);
        let policy = program.policy.id.clone();
        let sign_on = &issued.sign_on;
        let participant = |sid: &SessionId| {
            // The page of sessions is this server's own: there is nothing that it would have to be told.
            let is_told = sign_on.registers_app && !built_in_app::is(app.as_str());
            is_told.then(|| Participant {
                app: app.clone(),
                issuer: issued_by.to_owned(),
                sid: sid.clone(),
                policy: policy.clone(),
                since: call.now,
            })
        };
        // S-025: a suppressed policy leaves nothing behind.
        let Some(key) = session_key(behavior.scope, &app, &policy) else {
            return SignedOn { change: SessionChange::None, sid: None, secret: None };
        };
        let used = |id: &SessionId| SessionUse {
            session: id.clone(),
            at: call.now,
            app: app.clone(),
            policy: policy.clone(),
            terms: Terms::from(behavior),
            browser: parked.browser,
            keep: sign_on.keep,
            participant: participant(id),
            memories: sign_on.memories.clone(),
        };
        if let Some(id) = &sign_on.continues {
            return SignedOn { change: SessionChange::Use(used(id)), sid: Some(id.clone()), secret: None };
        }
        let (id, secret) = (SessionId::new(&chance::name()), chance::secret());
        let new = NewSession {
            id: id.clone(),
            secret_hash: sha256(secret.as_bytes()),
            browser: parked.browser,
            key,
            person: sign_on.person.clone(),
            origin: Origin {
                address: call.from.clone(),
                browser: user_agent::in_words(call.header("user-agent").unwrap_or_default()),
            },
        };
        let session = Box::new(Session::begin(new, used(&id)));
        let change = SessionChange::Start { session, instead_of: parked.instead_of.clone() };
        SignedOn { change, sid: Some(id), secret: Some(secret) }
    }

    /// What the app is answered.
    async fn answer(
        &self,
        call: &Call,
        program: &Program,
        request: &AuthorizeRequest,
        granted: &Granted,
        code: Option<String>,
    ) -> Result<authorize::Issued, Fault> {
        let policy = &program.policy.id;
        let who = granted.identity.as_deref().unwrap_or(&granted.subject);
        let mut answer = authorize::Issued {
            //
            client_info: match request.client_info {
                true => token::client_info(who, policy.as_str(), self.tenant.id.as_str()),
                false => None,
            },
            ..authorize::Issued::default()
        };
        if request.response_type.has_tokens() {
            let issuer = granted.issuer(program)?;
            let access_token = match request.response_type.token() {
                true => self.access_token(issuer, &request.client_id, policy, granted, call.now).await?,
                false => None,
            };
            if request.response_type.id_token() {
                let with = Companions { code: code.as_deref(), access_token: access_token.as_deref() };
                let app = self.tenant.application(&request.client_id);
                let app = app.ok_or_else(|| Fault::ours("the app is not registered any more"))?;
                let id_token = self.id_token(issuer, app, policy, granted, with, call.now).await?;
                answer.id_token = Some(Secret::new(id_token));
            }
            answer.access_token = access_token.map(|token| authorize::IssuedInFront {
                token: Secret::new(token),
                expires_in: u32::try_from(issuer.access_token_lifetime.as_secs()).unwrap_or(u32::MAX),
                scope: granted.scopes.to_response_string(),
            });
        }
        answer.code = code.map(Secret::new);
        Ok(answer)
    }
}
