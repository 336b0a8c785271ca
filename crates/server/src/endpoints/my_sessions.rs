//! A person's own sessions: seen, and ended.
//!
//! Whoever's session this browser opens under the policy's key is the person. Who is nobody yet signs in first, as the
//! [built-in app](crate::built_in_app): by the policy's own journey, so that the page knows no second way to sign in.
//! Only a post ends anything.

use std::{collections::BTreeSet, time::Duration};

use axum::body::Body;
use http::{Response, StatusCode};
use zaguan_journey::Program;
use zaguan_policy::{Timestamp, model::Expiry};
use zaguan_protocol::{
    application::Application,
    crypto::{base64url, constant_time_eq},
};
use zaguan_session::{
    Bound, Cause, ExpiredBy, Freshness, History, Session, SessionId, SessionKey, SessionToken, Terms, Verdict,
    session_key,
};
use zaguan_store::{End, PageMark, SessionFilter, SessionRecord, SessionState, SessionsOf};

use super::{Here, dev_clock};
use crate::{
    built_in_app,
    call::{Call, add_cookie, page, redirect},
    chance,
    errors::Fault,
    pages::{
        self, EndedSessionView, MySessionView, MySessionsNote, MySessionsNoteView, MySessionsView, SessionAppView,
    },
};

/// So many live sessions are on one page.
const MOST_LIVE: usize = 100;
/// So many that ended are told of.
const MOST_ENDED: usize = 10;
/// Among so many that ended those are found: the store lists them by their start.
const ENDED_LOOKED_AT: usize = 100;
/// An end longer ago is not told of.
const ENDED_WITHIN: Duration = Duration::from_secs(30 * 86_400);
/// So many end in one transaction.
const ENDED_AT_ONCE: usize = 500;

/// What is known of a session that has no end yet.
enum Life {
    /// Some policy accepts it until then.
    Until(Bound),
    /// No policy does any more; the sweep will write it down.
    Over(ExpiredBy),
    /// It ended while we looked.
    Gone,
}

impl Here {
    /// `GET …/sessions`. Changes nothing.
    pub(crate) async fn my_sessions(&self, call: &Call) -> Result<Response<Body>, Fault> {
        let program = self.program()?;
        let Some(key) = own_key(program) else { return Ok(self.note(call, program, MySessionsNote::NoneKept)) };
        let me = self.me(call, program, &key).await?;
        let (browser, cookie) = self.browser_or_new(call);
        let came_back = ["state", "code", "error"].iter().any(|name| call.query.get(name).is_some());
        let mut response = match (came_back, me) {
            // Whoever follows a link that somebody else made is told so, and nothing goes on from there.
            (true, _) if !self.began_here(call, program, &browser) => {
                self.note(call, program, MySessionsNote::NotBegunHere)
            }
            (true, Some(_)) => redirect(StatusCode::SEE_OTHER, &self.own_page(call, program)),
            // Cancelled, or a browser that keeps no cookie: asking again by itself might go on for ever.
            (true, None) => self.note(call, program, MySessionsNote::NotSignedIn),
            (false, Some(me)) => self.list(call, program, &me, &browser).await?,
            (false, None) => redirect(StatusCode::FOUND, &self.sign_in_address(call, program, &browser)),
        };
        if let Some(cookie) = cookie {
            add_cookie(&mut response, &cookie);
        }
        Ok(response)
    }

    /// `POST …/sessions`: ends one session of the person, or all others.
    // OPEN: B2C has no such page. Ending asks for no fresh password: whoever holds the browser can do no more with it
    // than sign the person out, and a person in a hurry to end a stranger's session is not kept waiting.
    pub(crate) async fn end_my_sessions(&self, call: &Call) -> Result<Response<Body>, Fault> {
        let program = self.program()?;
        if !dev_clock::is_welcome(&call.headers, &[&call.origin()]) {
            return Err(Fault::malformed("it comes from a page of another site"));
        }
        let Some(key) = own_key(program) else { return Ok(self.note(call, program, MySessionsNote::NoneKept)) };
        let own_page = self.own_page(call, program);
        let Some(me) = self.me(call, program, &key).await? else {
            return Ok(redirect(StatusCode::SEE_OTHER, &own_page));
        };
        let browser = self.browser(call).ok_or_else(Fault::stale_form)?;
        let given = call.form.get("csrf_token").ok_or_else(Fault::stale_form)?;
        if !constant_time_eq(given.as_bytes(), self.form_token(&browser, &me).as_bytes()) {
            return Err(Fault::stale_form());
        }
        let ended = match (call.form.get("session"), call.form.get("all_others")) {
            // Its apps can be told in frames, because it is this browser's: that is what the sign-out does.
            (Some(id), None) if id == me.id().as_str() => {
                let address = self.endpoint(call, program, "oauth2/v2.0/logout");
                let query = query(&[("client_id", built_in_app::CLIENT_ID)]);
                return Ok(redirect(StatusCode::SEE_OTHER, &format!("{address}?{query}")));
            }
            (Some(id), None) => self.end_one(call, &me, &SessionId::new(id)).await?,
            (None, Some("1")) => self.end_others(call, &me).await?,
            _ => return Err(Fault::malformed("either `session` or `all_others=1` is needed")),
        };
        let (said, proof) = (ended.to_string(), self.message_proof(&browser, &me, ended));
        let query = query(&[("ended", &said), ("proof", &proof)]);
        Ok(redirect(StatusCode::SEE_OTHER, &format!("{own_page}?{query}")))
    }

    /// Ends a session of the very same person. The one place that decides whether it is: somebody else's is answered
    /// like one that never was.
    async fn end_one(&self, call: &Call, me: &Session, id: &SessionId) -> Result<u64, Fault> {
        let store = self.server.store();
        let is_mine = |found: &Session| found.history.person.is_some() && found.history.person == me.history.person;
        match store.session(&self.tenant.id, id).await?.filter(is_mine) {
            Some(found) => {
                let cause = Cause::SignedOutFromPage;
                let ended = store.end_session(&self.tenant.id, found.id(), &cause, call.now).await?;
                Ok(u64::from(ended.is_some()))
            }
            None => Ok(0),
        }
    }

    async fn end_others(&self, call: &Call, me: &Session) -> Result<u64, Fault> {
        let Some(person) = &me.history.person else { return Ok(0) };
        let of = SessionsOf::Person { object_id: person.clone(), except: Some(me.id().clone()) };
        let (store, cause) = (self.server.store(), Cause::SignedOutFromPage);
        let mut ended = 0;
        loop {
            let some = store.end_sessions(&self.tenant.id, &of, &cause, call.now, ENDED_AT_ONCE).await?.len();
            ended += some as u64;
            if some < ENDED_AT_ONCE {
                return Ok(ended);
            }
        }
    }

    /// The session that says who the person is.
    async fn me(&self, call: &Call, program: &Program, key: &SessionKey) -> Result<Option<Session>, Fault> {
        let (policy, terms) = (&program.policy.id, Terms::from(&program.relying_party.behavior));
        let found = self.session(call, key).await?;
        Ok(found.filter(|one| one.judge(policy, &terms, Freshness::Whenever, call.now) == Verdict::Answers))
    }

    async fn list(
        &self,
        call: &Call,
        program: &Program,
        me: &Session,
        browser: &[u8; 32],
    ) -> Result<Response<Body>, Fault> {
        let language = call.own_language();
        let after = call.query.get("after").and_then(read_mark);
        let (found, next) = match &me.history.person {
            Some(person) => {
                let filter = filter(person, SessionState::Live);
                let found =
                    self.server.store().session_page(&self.tenant.id, &filter, after.as_ref(), MOST_LIVE).await?;
                (found.sessions, found.next)
            }
            // Whom the policy does not know by an account has this session and no list.
            None => (vec![SessionRecord { history: me.history.clone(), end: None }], None),
        };
        let here = self.in_this_browser(call);
        let (mut sessions, mut over) = (Vec::new(), Vec::new());
        for SessionRecord { history, .. } in found {
            match self.life(&history, call.now).await? {
                Life::Until(bound) => sessions.push(MySessionView {
                    id: history.id.to_string(),
                    is_here: here.contains(&history.id),
                    browser: history.origin.browser.clone(),
                    address: history.origin.address.clone(),
                    started: history.started,
                    last_used: history.last_used,
                    until: bound.until,
                    use_prolongs: bound.expiry == Expiry::Rolling,
                    is_kept: history.kept,
                    apps: self.apps_of(&history, &language),
                }),
                Life::Over(by) => {
                    let end = Some(End { at: by.bound.until, cause: Cause::Expired(by) });
                    over.push(SessionRecord { history, end });
                }
                Life::Gone => {}
            }
        }
        let own_page = self.own_page(call, program);
        let ended = match (&me.history.person, &after) {
            (Some(person), None) => self.recently_ended(call, person, over, &language).await?,
            _ => vec![],
        };
        let view = MySessionsView {
            tenant_name: self.tenant.domain.clone(),
            csrf: self.form_token(browser, me),
            now: call.now,
            is_known: me.history.person.is_some(),
            just_ended: self.just_ended(call, browser, me),
            has_others: after.is_some() || next.is_some() || sessions.iter().any(|one| one.id != me.id().as_str()),
            next_url: next.map(|mark| format!("{own_page}?{}", query(&[("after", &write_mark(&mark))]))),
            first_url: after.is_some().then(|| own_page.clone()),
            path: own_page,
            sessions,
            ended,
            language,
        };
        Ok(page(StatusCode::OK, pages::my_sessions(&view, &chance::name())))
    }

    /// The newest ends, of those that were written down and those that will be.
    async fn recently_ended(
        &self,
        call: &Call,
        person: &str,
        over: Vec<SessionRecord>,
        language: &str,
    ) -> Result<Vec<EndedSessionView>, Fault> {
        let filter = filter(person, SessionState::Ended);
        let found = self.server.store().session_page(&self.tenant.id, &filter, None, ENDED_LOOKED_AT).await?;
        let mut ended: Vec<(History, End)> =
            over.into_iter().chain(found.sessions).filter_map(|record| Some((record.history, record.end?))).collect();
        ended.retain(|(_, end)| end.at + ENDED_WITHIN > call.now);
        ended.sort_by_key(|(_, end)| std::cmp::Reverse(end.at));
        ended.truncate(MOST_ENDED);
        let name = |app: &_| self.name_of(app, language);
        let view = |(history, end): (History, End)| EndedSessionView {
            browser: history.origin.browser,
            address: history.origin.address,
            at: end.at,
            why: pages::why_for_person(language, &end.cause, name),
        };
        Ok(ended.into_iter().map(view).collect())
    }

    /// Until when anybody accepts a session: mostly what its last use says, and where that is over, what the laxest
    /// policy says (D2).
    async fn life(&self, history: &History, now: Timestamp) -> Result<Life, Fault> {
        if let Some(bound) = history.last_use().map(|used| used.bound).filter(|bound| bound.until > now) {
            return Ok(Life::Until(bound));
        }
        let Some(session) = self.server.store().session(&self.tenant.id, &history.id).await? else {
            return Ok(Life::Gone);
        };
        Ok(match session.last_bound(self.tenant.policies_of_session(&history.key)) {
            Some(last) if last.bound.until > now => Life::Until(last.bound),
            Some(last) => Life::Over(last),
            None => Life::Gone,
        })
    }

    /// Sessions whose cookies this browser sent. It is a mark in a list and opens nothing: their secrets are not looked at.
    fn in_this_browser(&self, call: &Call) -> BTreeSet<SessionId> {
        call.cookies.sessions().filter_map(|(_, value)| Some(SessionToken::parse(value)?.id)).collect()
    }

    /// The apps in a session, by whatever policies they came; the one used last comes first.
    fn apps_of(&self, history: &History, language: &str) -> Vec<SessionAppView> {
        let mut apps: Vec<(&_, Timestamp, Timestamp)> = Vec::new();
        for used in &history.uses {
            match apps.iter_mut().find(|(app, ..)| **app == used.app) {
                Some((_, first, last)) => (*first, *last) = ((*first).min(used.first), (*last).max(used.last)),
                None => apps.push((&used.app, used.first, used.last)),
            }
        }
        apps.sort_by_key(|(_, _, last)| std::cmp::Reverse(*last));
        apps.into_iter()
            .map(|(app, first, last)| SessionAppView { name: self.name_of(app, language), first, last })
            .collect()
    }

    /// What the person knows the app by.
    fn name_of(&self, app: &zaguan_session::ClientId, language: &str) -> String {
        match self.tenant.application(app.as_str()) {
            Some(known) => known.name().to_owned(),
            None if built_in_app::is(app.as_str()) => built_in_app::name(language).to_owned(),
            None => pages::text(language, "MySessions.unknown_app").unwrap_or_default().to_owned(),
        }
    }

    /// The built-in app, whose one address is this policy's page on this host.
    pub(crate) fn built_in_app(&self, call: &Call, program: &Program) -> Result<Application, Fault> {
        built_in_app::application(&self.own_page(call, program))
            .map_err(|wrong| Fault::ours(format!("the page of sessions has no address: {}", wrong.join("; "))))
    }

    /// The address of the page in the one form that the built-in app has, however it was asked for.
    fn own_page(&self, call: &Call, program: &Program) -> String {
        self.endpoint(call, program, "sessions")
    }

    fn endpoint(&self, call: &Call, program: &Program, path: &str) -> String {
        format!("{}/{}/{}/{path}", call.origin(), self.tenant.domain, program.policy.id)
    }

    fn sign_in_address(&self, call: &Call, program: &Program, browser: &[u8; 32]) -> String {
        let (address, page) = (self.endpoint(call, program, "oauth2/v2.0/authorize"), self.own_page(call, program));
        let nonce = chance::name();
        let state = format!("{nonce}.{}", self.state_proof(program, browser, &nonce));
        // The hash of something that nobody knows: there is no code, and it could not be redeemed.
        let challenge = base64url::encode(chance::bytes::<32>());
        let query = query(&[
            ("client_id", built_in_app::CLIENT_ID),
            ("redirect_uri", &page),
            ("response_type", "code"),
            ("scope", "openid"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("nonce", &chance::name()),
            ("state", &state),
        ]);
        format!("{address}?{query}")
    }

    /// Whether the sign-in that the request comes back from was begun by this page in this very browser.
    fn began_here(&self, call: &Call, program: &Program, browser: &[u8; 32]) -> bool {
        let Some((nonce, proof)) = call.query.get("state").and_then(|state| state.split_once('.')) else {
            return false;
        };
        constant_time_eq(proof.as_bytes(), self.state_proof(program, browser, nonce).as_bytes())
    }

    fn state_proof(&self, program: &Program, browser: &[u8; 32], nonce: &str) -> String {
        let policy = program.policy.id.as_str();
        self.proof("sessions page sign-in", &[policy.as_bytes(), browser, nonce.as_bytes()])
    }

    /// What the forms of the page carry: good for this browser and this person.
    fn form_token(&self, browser: &[u8; 32], me: &Session) -> String {
        let [kind, name] = whose(me);
        self.proof("sessions page form", &[browser, kind, name])
    }

    fn message_proof(&self, browser: &[u8; 32], me: &Session, ended: u64) -> String {
        let [kind, name] = whose(me);
        self.proof("sessions page message", &[browser, kind, name, &ended.to_be_bytes()])
    }

    fn proof(&self, purpose: &str, parts: &[&[u8]]) -> String {
        let tenant: &[u8] = self.tenant.id.as_str().as_bytes();
        base64url::encode(self.server.keys().digest(purpose, &[&[tenant], parts].concat()))
    }

    /// How many sessions the post before ended. Only our own word is repeated, not that of whoever made a link.
    fn just_ended(&self, call: &Call, browser: &[u8; 32], me: &Session) -> Option<u64> {
        let ended: u64 = call.query.get("ended")?.parse().ok()?;
        let proof = call.query.get("proof")?;
        constant_time_eq(proof.as_bytes(), self.message_proof(browser, me, ended).as_bytes()).then_some(ended)
    }

    fn note(&self, call: &Call, program: &Program, note: MySessionsNote) -> Response<Body> {
        let view = MySessionsNoteView {
            language: call.own_language(),
            tenant_name: self.tenant.domain.clone(),
            note,
            page_url: self.own_page(call, program),
        };
        let status = match note {
            MySessionsNote::NotBegunHere => StatusCode::BAD_REQUEST,
            MySessionsNote::NoneKept | MySessionsNote::NotSignedIn => StatusCode::OK,
        };
        page(status, pages::my_sessions_note(&view, &chance::name()))
    }
}

/// Under which key the person's session is found. With scope Application no app asks, so the built-in one does.
fn own_key(program: &Program) -> Option<SessionKey> {
    session_key(program.relying_party.behavior.scope, &built_in_app::client_id(), &program.policy.id)
}

/// The person; where the policy knows none, their session stands for them.
fn whose(me: &Session) -> [&[u8]; 2] {
    match &me.history.person {
        Some(person) => [b"person", person.as_bytes()],
        None => [b"session", me.id().as_str().as_bytes()],
    }
}

fn filter(person: &str, state: SessionState) -> SessionFilter {
    SessionFilter { person: Some(person.to_owned()), state: Some(state), ..SessionFilter::default() }
}

fn write_mark(mark: &PageMark) -> String {
    format!("{}.{}", mark.started.as_millis(), mark.session)
}

fn read_mark(text: &str) -> Option<PageMark> {
    let (started, session) = text.split_once('.')?;
    Some(PageMark { started: Timestamp::from_millis(started.parse().ok()?), session: SessionId::new(session) })
}

fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
