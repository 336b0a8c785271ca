//! The same history, over HTTP.

use std::collections::BTreeMap;

use http::{HeaderMap, Request, header};
use url::Url;
use zaguan_server::simulate::SOMEBODY;
use zaguan_session::{
    Cause, ClientId, CookieAge, Ended, History, Participant, Session, SessionId, SessionKey,
    quirks::Quirk,
    simulate::{Asked, Began, Event, Holds, IfAsked, Keep, Open, Prompt, Told, World},
};
use zaguan_store::{SessionFilter, SessionState, SessionsOf, SessionsThen};
use zaguan_testkit::{
    Browser, Town,
    app::App,
    browser::text,
    cookies,
    page::Page,
    town::{SERVER, TENANT_ID},
};

use super::setting::{People, Person, set_password};
use crate::support::parameter;

/// The server's side of a history.
pub(super) struct Real<'t> {
    town: &'t Town,
    people: &'t People,
    browsers: BTreeMap<String, Browser<'t>>,
    /// What the server calls the simulator's sessions.
    names: BTreeMap<SessionId, SessionId>,
}

/// What a request to sign in came to.
struct Answered {
    asked: Asked,
    /// The session of the cookie that was set, and how that is kept.
    cookie: Option<(SessionId, CookieAge)>,
}

type Checked = Result<(), String>;

fn same<T: PartialEq + std::fmt::Debug>(what: &str, simulated: &T, real: &T) -> Checked {
    match simulated == real {
        true => Ok(()),
        false => Err(format!("{what}\n  simulated {simulated:?}\n  server    {real:?}")),
    }
}

impl<'t> Real<'t> {
    pub(super) fn new(town: &'t Town, people: &'t People) -> Self {
        Self { town, people, browsers: BTreeMap::new(), names: BTreeMap::new() }
    }

    /// Lets the event happen on the server; what it tells otherwise than the simulator.
    pub(super) async fn happen(&mut self, event: &Event, told: &Told, world: &World) -> Checked {
        match event {
            Event::Open(open) => {
                let answered = self.open(open).await;
                let simulated = told.answer.as_ref().ok_or("the simulator gave no answer")?;
                same("asked", &simulated.asked, &answered.asked)?;
                self.same_cookie(simulated.holds.as_ref(), answered.cookie)?;
            }
            Event::SignOut { browser, app, policy } => {
                let mut url = self.url(policy.as_str(), "oauth2/v2.0/logout");
                if let Some(app) = app {
                    url.query_pairs_mut().append_pair("client_id", &App::client_id_of(app.as_str()));
                }
                let response = self.get(browser, &url).await;
                same("the status of the sign-out", &200, &response.0)?;
            }
            Event::Pass(by) => self.town.wait(*by),
            Event::Close(browser) => self.browser(browser).close(),
            Event::EndSessionsOf(person) => {
                let of = SessionsOf::Person { object_id: self.person(person).object_id.clone(), except: None };
                let cause = Cause::Administrator { note: String::new() };
                let (store, tenant) = (self.town.store(), &self.town.tenant().id);
                store.end_sessions(tenant, &of, &cause, self.town.now(), 1000).await.unwrap();
            }
            Event::ChangePasswordOf(person) => {
                let then = match self.town.tenant().quirks.has(Quirk::PasswordChangeKeepsSessions) {
                    true => SessionsThen::Stay,
                    false => SessionsThen::End,
                };
                let Person { email, password, .. } = self.person(person);
                set_password(self.town, email, password, then).await;
            }
            Event::Sweep => self.town.server().sweep().await,
        }
        for (id, _) in &told.ended {
            self.ended_alike(world.ended(id).ok_or("the simulator forgot a session")?).await?;
        }
        for session in world.live() {
            self.lives_alike(session).await?;
        }
        Ok(())
    }

    /// At the end of a history both sides have no session left.
    pub(super) async fn nothing_is_left(&self, world: &World) -> Checked {
        let filter = SessionFilter { state: Some(SessionState::Live), ..SessionFilter::default() };
        let page = self.town.store().session_page(&self.town.tenant().id, &filter, None, 10).await.unwrap();
        same("sessions that live", &0, &page.sessions.len())?;
        same("sessions that live", &world.live().count(), &0)
    }

    // ---- Requests ----

    async fn open(&mut self, open: &Open) -> Answered {
        let mut url = Url::parse(&self.town.authorize(open.app.as_str(), open.policy.as_str())).unwrap();
        match open.prompt {
            Prompt::Unsaid => {}
            Prompt::Login => drop(url.query_pairs_mut().append_pair("prompt", "login")),
            Prompt::None => drop(url.query_pairs_mut().append_pair("prompt", "none")),
        }
        if let Some(seconds) = open.max_age {
            url.query_pairs_mut().append_pair("max_age", &seconds.to_string());
        }
        let (status, headers, html) = self.get(&open.browser, &url).await;
        if let Some(to) = location(&headers) {
            let asked = match (parameter(&to, "code"), parameter(&to, "error")) {
                (Some(_), None) => Asked::NotAsked,
                (None, Some(error)) if error == "interaction_required" => Asked::Refused,
                _ => panic!("{to}"),
            };
            return Answered { asked, cookie: session_cookie(&headers) };
        }
        assert_eq!(session_cookie(&headers), None, "a page set a session's cookie");
        let page = Page { url, status, html, content_security_policy: String::new() };
        assert!(page.is("Unified"), "{} ({status})\n{}", page.url, page.html);
        let IfAsked::SignsIn { person, keep } = &open.if_asked else {
            return Answered { asked: Asked::Left, cookie: None };
        };
        let Person { email, password, .. } = self.person(person);
        let fields = [("request_type", "RESPONSE"), ("signInName", *email), ("password", *password)];
        let reply = self.browser(&open.browser).call(&page, &fields).await;
        assert_eq!(reply["status"], "200", "{reply}");
        let settings = page.settings().unwrap();
        let path = format!(
            "{}/api/{}/confirmed?rememberMe={}&csrf_token={}&tx={}&p={}",
            settings.hosts.tenant,
            settings.api,
            *keep == Keep::Ticked,
            settings.csrf,
            settings.trans_id,
            settings.hosts.policy
        );
        let (status, headers, html) = self.get(&open.browser, &page.url.join(&path).unwrap()).await;
        let to = location(&headers).unwrap_or_else(|| panic!("{status}\n{html}"));
        assert!(parameter(&to, "code").is_some(), "{to}");
        Answered { asked: Asked::SignedIn, cookie: session_cookie(&headers) }
    }

    async fn get(&mut self, browser: &str, url: &Url) -> (u16, HeaderMap, String) {
        let request = Request::get(url.as_str()).header("sec-fetch-mode", "navigate");
        let response = self.browser(browser).send(request, url, None, cookies::Cause::SameSite).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        (status, headers, text(response).await)
    }

    fn url(&self, policy: &str, endpoint: &str) -> Url {
        Url::parse(&self.town.address(policy, endpoint)).unwrap()
    }

    fn browser(&mut self, name: &str) -> &mut Browser<'t> {
        let town = self.town;
        self.browsers.entry(name.to_owned()).or_insert_with(|| town.browser())
    }

    fn person(&self, name: &str) -> &'t Person {
        assert_ne!(name, SOMEBODY);
        self.people.get(name).unwrap()
    }

    // ---- Comparing ----

    fn same_cookie(&mut self, simulated: Option<&Holds>, real: Option<(SessionId, CookieAge)>) -> Checked {
        let (holds, (id, age)) = match (simulated, real) {
            (None, None) => return Ok(()),
            (Some(holds), Some(real)) => (holds, real),
            (simulated, real) => {
                return Err(format!("a session\n  simulated {simulated:?}\n  server    {real:?}"));
            }
        };
        same("how the cookie is kept", &holds.cookie, &age)?;
        match (holds.began, self.names.get(&holds.session)) {
            (Began::Now, None) if self.names.values().all(|known| *known != id) => {
                self.names.insert(holds.session.clone(), id);
                Ok(())
            }
            (Began::Before, Some(known)) if *known == id => Ok(()),
            (_, known) => {
                Err(format!("which session\n  simulated {holds:?}, on the server {known:?}\n  server    {id:?}"))
            }
        }
    }

    async fn ended_alike(&self, ended: &Ended) -> Checked {
        let record = self.record(ended.session()).await?;
        let Some(end) = record.1 else { return Err(format!("{} lives on the server", ended.session())) };
        same("the cause", &self.cause(ended.cause()), &end.cause)?;
        same("the end", &ended.at(), &end.at)?;
        same("what is told of a session that ended", &self.history(ended.history(), &record.0), &record.0)
    }

    async fn lives_alike(&self, session: &Session) -> Checked {
        let (history, end) = self.record(session.id()).await?;
        if let Some(end) = end {
            return Err(format!("{} has ended on the server: {end:?}", session.id()));
        }
        same("what is told of a session that lives", &self.history(&session.history, &history), &history)?;
        let (store, tenant) = (self.town.store(), &self.town.tenant().id);
        let real = store.session(tenant, &history.id).await.unwrap().ok_or("the session is not there")?;
        let participants: Vec<_> = session.participants.iter().map(|one| self.participant(one)).collect();
        same("participants", &participants, &real.participants)
    }

    async fn record(&self, session: &SessionId) -> Result<(History, Option<zaguan_store::End>), String> {
        let name = self.names.get(session).ok_or_else(|| format!("{session} has no name on the server"))?;
        let record = self.town.store().session_record(&self.town.tenant().id, name).await.unwrap();
        let record = record.ok_or_else(|| format!("the server knows nothing of {session}"))?;
        Ok((record.history, record.end))
    }

    /// The simulator's history in the names of the server. From where a session came is nothing that it simulates.
    fn history(&self, simulated: &History, real: &History) -> History {
        let mut named = simulated.clone();
        named.id = self.name(&simulated.id);
        named.key = match &simulated.key {
            SessionKey::Application(app) => SessionKey::Application(client(app)),
            other => other.clone(),
        };
        named.person = simulated.person.as_ref().map(|person| self.person(person).object_id.clone());
        named.origin = real.origin.clone();
        for one in &mut named.uses {
            one.app = client(&one.app);
        }
        named
    }

    fn participant(&self, simulated: &Participant) -> Participant {
        let issuer = match simulated.issuer.strip_prefix("policy ") {
            Some(policy) => format!("https://{SERVER}/tfp/{TENANT_ID}/{policy}/v2.0/"),
            None => format!("https://{SERVER}/{TENANT_ID}/v2.0/"),
        };
        Participant { app: client(&simulated.app), issuer, sid: self.name(&simulated.sid), ..simulated.clone() }
    }

    fn cause(&self, simulated: &Cause) -> Cause {
        match simulated {
            Cause::SignedOutByApp(app) => Cause::SignedOutByApp(client(app)),
            other => other.clone(),
        }
    }

    fn name(&self, simulated: &SessionId) -> SessionId {
        self.names.get(simulated).unwrap_or(simulated).clone()
    }
}

fn client(app: &ClientId) -> ClientId {
    ClientId::new(&App::client_id_of(app.as_str()))
}

fn location(headers: &HeaderMap) -> Option<Url> {
    Url::parse(headers.get(header::LOCATION)?.to_str().ok()?).ok()
}

/// The session of the one session cookie that was set, and its `Max-Age`.
fn session_cookie(headers: &HeaderMap) -> Option<(SessionId, CookieAge)> {
    let all = headers.get_all(header::SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let mut set = all.filter_map(|cookie| {
        let (name, rest) = cookie.split_once('=')?;
        let (id, _) = rest.split(';').next()?.split_once('.')?;
        let seconds = rest.split("Max-Age=").nth(1).map(|seconds| seconds.parse().unwrap());
        let age = seconds.map_or(CookieAge::Browser, |seconds| CookieAge::Kept(zaguan_testkit::seconds(seconds)));
        name.starts_with("__Host-zg-s-").then(|| (SessionId::new(id), age))
    });
    let first = set.next();
    assert_eq!(set.next(), None, "two session cookies at once");
    first
}
