//! The page protocol of B2C: what an open page posts, and where its links lead.

use axum::body::Body;
use http::{Response, StatusCode};
use zaguan_journey::{
    Input, PageReply, RememberMe, Turn,
    page::{Page, PageKind},
};
use zaguan_policy::id::{ClaimTypeId, ExchangeId};
use zaguan_store::VisitId;

use super::Here;
use crate::{
    call::{Call, json, page, redirect},
    chance,
    errors::Fault,
    pages::{self, PageContext},
    visits::{self, FormState, Open, Parked},
};

/// How often a request starts over because another one moved its visit on.
const TRIES: u32 = 4;

impl Here {
    /// `POST …/SelfAsserted`.
    pub(crate) async fn self_asserted(&self, call: &Call) -> Result<Response<Body>, Fault> {
        let field = |name: &str| call.form.get(name);
        let claim = || field("claim_id").map(ClaimTypeId::new);
        // Without script the address is the field itself.
        let address = || field("claim_value").or_else(|| field(field("claim_id")?)).map(str::to_owned);
        let input = match field("request_type").unwrap_or("RESPONSE") {
            "RESPONSE" => Input::Submitted(self.fields(call)),
            "VERIFICATION_REQUEST" => match (claim(), address()) {
                (Some(claim), Some(address)) => Input::CodeWanted { claim, address },
                _ => return Err(Fault::malformed("`claim_id` and `claim_value` are needed")),
            },
            "VALIDATION_REQUEST" => match (claim(), address(), field("user_input")) {
                (Some(claim), Some(address), Some(code)) => {
                    Input::CodeEntered { claim, address, code: code.to_owned() }
                }
                _ => return Err(Fault::malformed("`claim_id`, `claim_value` and `user_input` are needed")),
            },
            _ => return Err(Fault::malformed("`request_type` is not one that pages send")),
        };
        let (open, reply) = self.reply_of(call, input).await?;
        let language = open.parked.journey.language();
        if call.is_by_script() {
            let body = match &reply {
                Some(PageReply::Accepted | PageReply::CodeSent | PageReply::CodeAccepted) => {
                    serde_json::json!({ "status": "200" })
                }
                Some(PageReply::Refused { code, message }) => serde_json::json!({
                    "status": "400",
                    "errorCode": format!("AADB2C{code}"),
                    "message": pages::message(language, message),
                }),
                Some(PageReply::CodeRefused(message)) => serde_json::json!({
                    "status": "400",
                    "errorCode": "AADB2C90159",
                    "message": pages::message(language, message),
                }),
                None => return Err(Fault::stale_form()),
            };
            return Ok(json(StatusCode::OK, &body));
        }
        // Without script: on to where an accepted form leads, which shows a refused one again.
        let remember = field("rememberMe").is_some_and(|ticked| ticked == "true" || ticked == "on");
        Ok(redirect(StatusCode::SEE_OTHER, &self.confirmed_address(&open, remember)))
    }

    /// The fields of the form; not the ones that carry the protocol.
    fn fields(&self, call: &Call) -> Vec<(String, String)> {
        const PROTOCOL: [&str; 6] = ["request_type", "csrf_token", "tx", "p", "rememberMe", "claim_id"];
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in call.form.iter().filter(|(name, _)| !PROTOCOL.contains(name)) {
            match fields.iter_mut().find(|(known, _)| known == name) {
                // Boxes of one group, posted by a page without script.
                Some((_, all)) => all.extend([",", value]),
                None => fields.push((name.to_owned(), value.to_owned())),
            }
        }
        fields
    }

    fn confirmed_address(&self, open: &Open, remember: bool) -> String {
        let csrf = open
            .parked
            .journey
            .open_page()
            .map(|page| visits::csrf(self.server.keys(), &open.row.id, &open.parked.browser, page));
        format!(
            "{}/api/{}/confirmed?rememberMe={remember}&csrf_token={}&tx={}&p={}",
            self.base_path(&open.parked),
            open.parked.journey.open_page_kind().unwrap_or(PageKind::SelfAsserted).api(),
            csrf.unwrap_or_default(),
            visits::tx(&open.row.id),
            open.parked.policy,
        )
    }

    /// A posting of the open page, and what the journey says to it. A form of an earlier page changes
    /// nothing; its reply is `None`.
    async fn reply_of(&self, call: &Call, input: Input) -> Result<(Open, Option<PageReply>), Fault> {
        for _ in 0..TRIES {
            let mut open = self.open_visit(call).await?;
            if let FormState::Stale = self.form_state(call, &open)? {
                return Ok((open, None));
            }
            if self.has_lost_its_session(&open).await? {
                return Err(Fault::signed_out_meanwhile());
            }
            let turn = self.go_on(call, &mut open, input.clone()).await?;
            if !self.park(call, &open).await? {
                continue;
            }
            return match turn {
                Turn::Reply(reply) => Ok((open, Some(reply))),
                // A page that has no form, or that is over: whoever follows will see.
                Turn::Show(_) | Turn::Finish(_) => Ok((open, None)),
                Turn::Ask(_) => Err(Fault::ours("an ask reached a page")),
            };
        }
        Err(Fault::stale_form())
    }

    /// D29: true where the person signed out in another window while this page was open: nothing more is done in their name.
    async fn has_lost_its_session(&self, open: &Open) -> Result<bool, Fault> {
        let Some(session) = open.parked.journey.rests_on() else { return Ok(false) };
        // What this very journey ended, by changing the password, it may go on without.
        let is_live = self.server.store().session(&self.tenant.id, session).await?.is_some();
        Ok(!is_live && !open.parked.ended.contains(session))
    }

    async fn go_on(&self, call: &Call, open: &mut Open, input: Input) -> Result<Turn, Fault> {
        let program = self.program()?;
        let (id, version) = (open.row.id.clone(), open.row.version);
        self.advance(call, program, &mut open.parked, input, Some((&id, version))).await
    }

    /// `GET …/api/{page}/confirmed`.
    pub(crate) async fn confirmed(&self, call: &Call) -> Result<Response<Body>, Fault> {
        let ticked = call.query.get("rememberMe").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let remember_me = if ticked { RememberMe::Ticked } else { RememberMe::Unticked };
        self.navigate(call, Input::Confirmed { remember_me }).await
    }

    /// `GET …/unified`: the sign-up link, and the buttons of providers.
    pub(crate) async fn unified(&self, call: &Call) -> Result<Response<Body>, Fault> {
        let input = match (call.query.get("claimsexchange"), call.query.get("local")) {
            (Some(exchange), _) => Input::Chosen(ExchangeId::new(exchange)),
            (None, Some(local)) if local.eq_ignore_ascii_case("signup") => Input::SignUp,
            _ => Input::ShowAgain,
        };
        self.navigate(call, input).await
    }

    /// `GET …/forgotPassword`.
    pub(crate) async fn forgot_password(&self, call: &Call) -> Result<Response<Body>, Fault> {
        self.navigate(call, Input::ForgotPassword).await
    }

    /// `GET …/error`: the cancel button.
    pub(crate) async fn cancel(&self, call: &Call) -> Result<Response<Body>, Fault> {
        self.navigate(call, Input::Cancelled).await
    }

    /// A navigation of the open page. One of an earlier page shows the page that is open.
    async fn navigate(&self, call: &Call, input: Input) -> Result<Response<Body>, Fault> {
        for _ in 0..TRIES {
            let mut open = self.open_visit(call).await?;
            if self.has_lost_its_session(&open).await? {
                return Ok(self.start_over(call, &open.parked));
            }
            let input = match self.form_state(call, &open)? {
                FormState::Current => input.clone(),
                FormState::Stale => Input::ShowAgain,
            };
            match self.go_on(call, &mut open, input).await? {
                Turn::Show(shown) => {
                    if self.park(call, &open).await? {
                        return Ok(self.show(call, &open.row.id, &open.parked, &shown));
                    }
                }
                Turn::Finish(outcome) => {
                    let program = self.program()?.clone();
                    let visit = (open.row.id, open.row.version);
                    return self.finish(call, &program, open.parked, Some(visit), outcome).await;
                }
                Turn::Reply(_) | Turn::Ask(_) => return Err(Fault::ours("a navigation was answered with a reply")),
            }
        }
        Err(Fault::stale_form())
    }

    /// The page, for a visit that is parked.
    pub(crate) fn show(&self, call: &Call, id: &VisitId, parked: &Parked, shown: &Page) -> Response<Body> {
        let csrf = visits::csrf(self.server.keys(), id, &parked.browser, shown.number);
        let base_path = self.base_path(parked);
        // A chain of posts may end at the app: Chromium applies `form-action` to redirects as well.
        let app: Vec<String> = parked.request.return_address.origin().into_iter().collect();
        let context = PageContext {
            base_path: &base_path,
            policy: parked.policy.as_str(),
            tx: &visits::tx(id),
            csrf: &csrf,
            correlation_id: &call.correlation_id,
            page_view_id: &chance::guid(),
            tenant_name: &self.tenant.domain,
            form_action_origins: &app,
        };
        page(StatusCode::OK, pages::page(shown, &context, &chance::name()))
    }

    /// `/tenant/policy`, where every call of a page goes: in the form in which the visit came.
    fn base_path(&self, parked: &Parked) -> String {
        format!("/{}/{}", self.route.tenant, parked.policy)
    }
}
