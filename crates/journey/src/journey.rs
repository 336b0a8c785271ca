//! The journey: a stack of what is under way, and the loop that moves it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zaguan_policy::{
    Value,
    id::{ClaimTypeId, ExchangeId, ProfileId},
};
use zaguan_session::{Memory, Session};

use crate::{
    bind::Program,
    call::{Call, Failure},
    claims::Claims,
    open_page::OpenPage,
    page::PageKind,
    request::{Request, Start},
    resolvers::Scene,
    sign_on::SignOn,
    steps::Steps,
    texts,
    turn::{Answer, Input, Moment, Outcome, Refusal, Turn},
};

/// A user journey being run for one request. Only [`Journey::advance`] changes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Journey {
    pub(crate) request: Request,
    /// The session that the request found, as it was then.
    pub(crate) found: Option<Session>,
    pub(crate) language: String,
    pub(crate) state: State,
    pub(crate) frames: Vec<Frame>,
    /// How many pages were opened so far.
    pub(crate) pages: u32,
    /// "Keep me signed in" was ticked on a page that offers it.
    pub(crate) keep: bool,
    /// The session answered for at least one technical profile.
    pub(crate) recalled: bool,
}

/// What a refused form takes back.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) claims: Claims,
    pub(crate) memories: BTreeMap<ProfileId, Memory>,
    /// The claims exchange that the person, a hint or the session chose.
    pub(crate) chosen: Option<ExchangeId>,
}

/// What is under way, the innermost last.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) enum Frame {
    Steps(Steps),
    Page(Box<OpenPage>),
    Call(Call),
}

/// What a frame is told by the world or by the frame above it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Signal {
    Start,
    Input(Input),
    Answer(Answer),
    Done,
    Failed(Failure),
}

/// What a frame says.
pub(crate) enum Flow {
    /// Go on with the frame that is now on top.
    Go(Signal),
    /// Hand this out.
    Stop(Turn),
}

/// One `advance`: the journey, what it runs, and the moment.
pub(crate) struct Run<'a, 'm> {
    pub(crate) journey: &'a mut Journey,
    pub(crate) program: &'a Program,
    pub(crate) moment: &'a mut Moment<'m>,
}

impl Journey {
    /// A journey for a request. `found` is the session under the request's key: opened by its cookie,
    /// alive, and not to be ignored.
    pub fn start(program: &Program, request: Request, found: Option<Session>) -> Self {
        let journey = match &request.start {
            Start::Authorize | Start::Password { .. } => Some(&program.relying_party.default_journey),
            Start::Refresh { .. } => program.refresh_journey(),
            Start::ClientCredentials => program.client_credentials_journey(),
        };
        let frames = journey.map(|id| Frame::Steps(Steps::of_journey(id.clone()))).into_iter().collect();
        let language = texts::language(&program.policy.localization, &request);
        Self { request, found, language, state: State::default(), frames, pages: 0, keep: false, recalled: false }
    }

    /// One turn. The same journey, input and moment always give the same turn.
    pub fn advance(&mut self, program: &Program, input: Input, moment: &mut Moment<'_>) -> Turn {
        let mut signal = match input {
            Input::Begin => Signal::Start,
            Input::Answer(answer) => Signal::Answer(answer),
            other => Signal::Input(other),
        };
        let mut run = Run { journey: self, program, moment };
        loop {
            let flow = match run.journey.frames.pop() {
                Some(Frame::Steps(steps)) => run.steps(steps, signal),
                Some(Frame::Page(page)) => run.page(*page, signal),
                Some(Frame::Call(call)) => run.call(call, signal),
                // OPEN: a transfer whose only `SendClaims` was skipped ends here as well.
                None => return refused(90_040, None),
            };
            match flow {
                Flow::Go(next) => signal = next,
                Flow::Stop(turn) => return turn,
            }
        }
    }

    /// The number of the page that is open: what a page sends back must name it.
    pub fn open_page(&self) -> Option<u32> {
        self.frames.iter().rev().find_map(|frame| match frame {
            Frame::Page(page) => Some(page.number),
            _ => None,
        })
    }

    /// Which of B2C's pages is open.
    pub fn open_page_kind(&self) -> Option<PageKind> {
        self.frames.iter().rev().find_map(|frame| match frame {
            Frame::Page(page) => Some(page.kind()),
            _ => None,
        })
    }

    /// The language that its pages speak.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The session that it took claims from: once that is over, what it knows of the person is worth nothing.
    pub fn rests_on(&self) -> Option<&zaguan_session::SessionId> {
        self.found.as_ref().filter(|_| self.recalled).map(Session::id)
    }

    /// The request that this journey answers.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Object ids of accounts that the open page created and that nobody was told of.
    pub(crate) fn created_by_open_page(&self) -> Vec<String> {
        self.frames
            .iter()
            .rev()
            .find_map(|frame| match frame {
                Frame::Page(page) => Some(page.created.clone()),
                _ => None,
            })
            .unwrap_or_default()
    }

    pub(crate) fn note_created(&mut self, object_id: Option<String>) {
        let open = self.frames.iter_mut().rev().find_map(|frame| match frame {
            Frame::Page(page) => Some(page),
            _ => None,
        });
        if let (Some(page), Some(object_id)) = (open, object_id)
            && !page.created.contains(&object_id)
        {
            page.created.push(object_id);
        }
    }

    /// The person that the journey is about, by the claim that the issuer keeps as identity.
    pub(crate) fn person(&self, identity: &str) -> Option<String> {
        self.state.claims.get(&ClaimTypeId::new(identity)).and_then(Value::as_text)
    }

    /// The session, unless the journey turned out to be about somebody else.
    pub(crate) fn session_of(&self, identity: &str) -> Option<&Session> {
        self.found.as_ref().filter(|session| match (&session.history.person, self.person(identity)) {
            (Some(theirs), Some(ours)) => *theirs == ours,
            _ => true,
        })
    }
}

impl Run<'_, '_> {
    pub(crate) fn scene(&self) -> Scene<'_> {
        Scene {
            request: &self.journey.request,
            claims: &self.journey.state.claims,
            language: &self.journey.language,
            keeps_signed_in: self.journey.keep,
            now: self.moment.now,
        }
    }

    pub(crate) fn identity_claim(&self) -> String {
        self.program.issuer().map_or_else(|| "objectId".into(), |issuer| issuer.identity_claim.clone())
    }

    /// What happened about the session, once the claims are known.
    pub(crate) fn sign_on(&self, identity: &str, registers_app: bool) -> SignOn {
        let journey = &*self.journey;
        let continues = journey.session_of(identity);
        SignOn {
            continues: continues.map(|session| session.id().clone()),
            authenticated: continues.map_or(self.moment.now, |session| session.history.started),
            memories: journey.state.memories.clone(),
            registers_app,
            keep: journey.keep,
            person: journey.person(identity),
        }
    }
}

/// An error for the app.
pub(crate) fn refused(code: u32, message: Option<String>) -> Turn {
    Turn::Finish(Outcome::Refused(Refusal { code, message }))
}
