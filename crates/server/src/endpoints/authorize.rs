//! The authorization endpoint: what the app asked for, which session there is, and the first turn.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::{Response, StatusCode};
use zaguan_journey::{AccountPrivacy, Input, Journey, Program, Request, Start, Turn};
use zaguan_policy::id::PolicyId;
use zaguan_protocol::{
    application::Application,
    authorize::{self, AuthorizeRequest, Context, Delivery, Prompt, RawAuthorize, Rejected},
    errors::{Code, OAuthError},
};
use zaguan_session::{ClientId, ExpiredBy, Freshness, SessionId, Terms, Verdict, quirks::Quirk, session_key};

use super::Here;
use crate::{
    built_in_app,
    call::{Call, add_cookie},
    errors::Fault,
    visits::Parked,
};

impl Here {
    /// `GET` and `POST …/oauth2/v2.0/authorize`.
    pub(crate) async fn authorize(&self, call: &Call) -> Result<Response<Body>, Fault> {
        let program = self.program()?;
        // by post, with some of the parameters possibly left in the query.
        let raw = RawAuthorize::new(call.both.clone());
        let client_id = raw.client_id().map_err(|error| Fault::of_app(&error))?;
        let built_in;
        let app: &Application = match self.tenant.application(client_id) {
            Some(app) if !app.is_enabled() => {
                return Err(Fault::of_app(&OAuthError::new(Code::AppDisabled, &[client_id])));
            }
            Some(app) => app,
            None if built_in_app::is(client_id) => {
                built_in = self.built_in_app(call, program)?;
                &built_in
            }
            None => return Err(Fault::of_app(&OAuthError::new(Code::ClientUnknown, &[client_id]))),
        };
        let mode = match self.tenant.quirks.has(Quirk::PublicClientWithoutPkce) {
            true => zaguan_protocol::Mode::B2c,
            false => zaguan_protocol::Mode::Hardened,
        };
        let apis = |uri: &str| self.api(uri);
        let access_token_always = self.gives_access_token_always(app, &program.policy.id);
        let request = match authorize::accept(raw, app, &Context { mode, apis: &apis, access_token_always }) {
            Ok(request) => request,
            Err(Rejected::OnOurPage(error)) => return Err(Fault::of_app(&error)),
            Err(Rejected::BackToApp { to, mode, state, error }) => {
                tracing::info!(code = error.code.number(), error = %error.error, "an error for the app");
                let at = call.now.to_error_form();
                let (issuer, id) = (self.issuer_of_errors(call, program), &call.correlation_id);
                let delivery = authorize::refuse(&to, mode, state.as_deref(), &error, issuer.as_deref(), id, &at);
                return Ok(self.deliver(call, delivery));
            }
        };
        self.begin(call, program, request).await
    }

    /// The app whose API has this identifier URI. One that is switched off has none.
    pub(crate) fn api(&self, identifier_uri: &str) -> Option<&Application> {
        let has = |app: &&Arc<Application>| {
            app.is_enabled() && app.api().is_some_and(|api| api.identifier_uri == identifier_uri)
        };
        self.tenant.applications.values().find(has).map(AsRef::as_ref)
    }

    /// whether `openid` alone gives an access token, as the standards would have it.
    pub(crate) fn gives_access_token_always(&self, app: &Application, policy: &PolicyId) -> bool {
        app.standards().access_token || self.tenant.standards(policy).access_token
    }

    async fn begin(&self, call: &Call, program: &Program, request: AuthorizeRequest) -> Result<Response<Body>, Fault> {
        let behavior = &program.relying_party.behavior;
        let app = ClientId::new(&request.client_id);
        let key = session_key(behavior.scope, &app, &program.policy.id);
        let existing = match &key {
            Some(key) => self.session(call, key).await?,
            None => None,
        };
        let freshness = match (&request.prompt, request.max_age) {
            (Prompt::Login, _) => Freshness::Now,
            (_, Some(seconds)) => Freshness::Within(Duration::from_secs(seconds.into())),
            (_, None) => Freshness::Whenever,
        };
        // Which session answers, and which one a sign-on would take the place of.
        let (found, instead_of): (_, Option<(SessionId, Option<ExpiredBy>)>) = match existing {
            None => (None, None),
            Some(session) => {
                let id = session.id().clone();
                match session.judge(&program.policy.id, &Terms::from(behavior), freshness, call.now) {
                    Verdict::Answers => (Some(session), Some((id, None))),
                    Verdict::Expired(by) => (None, Some((id, Some(by)))),
                    Verdict::NotFresh => (None, Some((id, None))),
                }
            }
        };
        let journey_request = Request {
            start: Start::Authorize,
            client_id: request.client_id.clone(),
            policy: program.policy.id.as_str().to_owned(),
            tenant: self.tenant.domain.clone(),
            tenant_object_id: self.tenant.id.as_str().to_owned(),
            host: call.host.clone(),
            correlation_id: call.correlation_id.clone(),
            ip_address: call.from.clone(),
            languages: call.languages(request.ui_locales.as_deref()),
            built_in_languages: self.tenant.languages.clone(),
            parameters: request.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            account_privacy: match self.tenant.quirks.has(Quirk::SignInTellsWhichPartIsWrong) {
                true => AccountPrivacy::Told,
                false => AccountPrivacy::Kept,
            },
        };
        let (browser, cookie) = self.browser_or_new(call);
        let mut parked = Parked {
            tenant: self.tenant.id.clone(),
            version: self.tenant.version.clone(),
            policy: program.policy.id.clone(),
            browser,
            host: call.host.clone(),
            request,
            instead_of,
            ended: vec![],
            journey: Journey::start(program, journey_request, found),
        };
        let turn = self.advance(call, program, &mut parked, Input::Begin, None).await?;
        let mut response = match turn {
            // S-069.
            Turn::Show(_) if parked.request.prompt == Prompt::None => {
                return Ok(self.refuse(
                    call,
                    program,
                    &parked.request,
                    &OAuthError::new(Code::InteractionRequired, &["none"]),
                ));
            }
            Turn::Show(page) => {
                let id = self.park_new(call, &parked).await?;
                self.show(call, &id, &parked, &page)
            }
            Turn::Finish(outcome) => self.finish(call, program, parked, None, outcome).await?,
            Turn::Reply(_) | Turn::Ask(_) => return Err(Fault::ours("a journey began with a reply")),
        };
        if let Some(cookie) = cookie {
            add_cookie(&mut response, &cookie);
        }
        Ok(response)
    }

    /// An error for the app, in the way it asked to be answered.
    pub(crate) fn refuse(
        &self,
        call: &Call,
        program: &Program,
        request: &AuthorizeRequest,
        error: &OAuthError,
    ) -> Response<Body> {
        tracing::info!(code = error.code.number(), error = %error.error, "an error for the app");
        self.deliver(
            call,
            request.refuse(
                error,
                self.issuer_of_errors(call, program).as_deref(),
                &call.correlation_id,
                &call.now.to_error_form(),
            ),
        )
    }

    /// The answer to the app: by a redirect, or by a form that posts itself.
    pub(crate) fn deliver(&self, call: &Call, delivery: Delivery) -> Response<Body> {
        match delivery {
            Delivery::Redirect(to) => crate::call::redirect(StatusCode::FOUND, &to),
            Delivery::Form { action, fields } => {
                let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                let view = crate::pages::FormPostView { language: call.own_language(), action, fields };
                crate::call::page(StatusCode::OK, crate::pages::form_post(&view, &crate::chance::name()))
            }
        }
    }
}
