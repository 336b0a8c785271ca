//! What is told of an event.

use zaguan_policy::{Timestamp, id::ProfileId};

use crate::{
    cause::{Bound, Cause, ExpiredBy},
    cookie::{CookieAge, SessionId},
    scope::SessionKey,
};

/// What came of an event.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Told {
    /// The answer to a request to sign in.
    pub answer: Option<Answer>,
    /// The sessions that ended with it.
    pub ended: Vec<(SessionId, Cause)>,
}

/// The answer to a request to sign in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Whether the sign-in page came.
    pub asked: Asked,
    /// Why, or why not.
    pub why: Why,
    /// The session that the browser has afterwards, where the app was answered and it has one.
    pub holds: Option<Holds>,
}

/// Whether the sign-in page came, and what came of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// It came, and the person signed in.
    SignedIn,
    /// It came, and the person left it.
    Left,
    /// It did not come: the app was answered at once.
    NotAsked,
    /// It would have come, and the app wanted none: `interaction_required` (S-069).
    Refused,
}

/// The session behind an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holds {
    /// Which.
    pub session: SessionId,
    /// Since when there is one.
    pub began: Began,
    /// Up to when it lives by the policy of the request.
    pub bound: Bound,
    /// How the browser keeps its cookie.
    pub cookie: CookieAge,
}

/// Since when there is a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Began {
    /// Since this request.
    Now,
    /// It was there, and goes on.
    Before,
}

/// Why the sign-in page came, or did not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// The policy has no sessions (S-023).
    Suppressed,
    /// The browser holds none under the key.
    NoSession {
        /// Which key.
        key: SessionKey,
        /// The last one that it held there, and what became of it.
        lost: Option<(SessionId, Lost)>,
    },
    /// There is one, and by the policy of the request it is over (D2).
    Expired {
        /// Which.
        session: SessionId,
        /// Under which key it was found.
        key: SessionKey,
        /// By which setting, and since when.
        by: ExpiredBy,
    },
    /// The app asked for a fresh sign-in (S-067).
    PromptLogin {
        /// The session that would have answered.
        session: SessionId,
    },
    /// The sign-in is longer ago than the app allows (S-073).
    MaxAge {
        /// The session that would have answered.
        session: SessionId,
        /// Since when it is there.
        signed_in: Timestamp,
    },
    /// There is one, and the policy's sign-in page comes each time (S-049).
    AskedEachTime {
        /// Which session.
        session: SessionId,
    },
    /// There is one, and it remembers nothing of this policy's sign-in page: it began with a page that another profile
    /// manages (S-059).
    NotRemembered {
        /// Which session.
        session: SessionId,
        /// The session-management profile of this policy's page.
        by: ProfileId,
    },
    /// There is one, and it answers.
    Lives {
        /// Which.
        session: SessionId,
        /// Under which key it was found.
        key: SessionKey,
        /// Up to when it would have lived by the policy of the request, before that request prolonged it.
        bound: Bound,
    },
}

/// What became of a cookie.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lost {
    /// The browser was closed (S-013).
    WithTheBrowser,
    /// Its `Max-Age` was over at this instant.
    AgeOver(Timestamp),
    /// The server took it away.
    Cleared,
    /// Its session ended.
    Ended(Cause),
}
