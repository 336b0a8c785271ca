//! Decides whether a session is alive, for whom, for how long, who took part, and what ending it
//! entails.
//!
//! A session is what we remember of a browser after a journey. In reading order: [`cookie`] is what
//! the browser holds; [`scope`] says which session a request may find; [`session`](Session) is the
//! thing itself with its one rule of life, its one way of being used and its one way of ending; [`history`] is what is
//! told of it, also after its end;
//! [`provider`] is what B2C's session providers make of it; [`cause`] lists why sessions end;
//! [`quirks`] names what B2C does that a stricter server would not; [`simulate`] tells what would happen to sessions, out of
//! all of these.
//!
//! Nothing here knows HTTP, XML or a database, and time is always an argument. Numbers such as S-004
//! and D2 are the rules in `docs/sessions.md` and `docs/decisions.md`.
//!
//! **Invariants.** Whoever knows a session's id alone cannot use it. Only [`Session::judge`]
//! decides about expiry, only [`Session::apply`] changes a session, only [`Session::end`] ends one,
//! and an [`Ended`] exists only where a session was ended.

#![forbid(unsafe_code)]

pub mod cause;
pub mod cookie;
pub mod history;
pub mod provider;
pub mod quirks;
pub mod scope;
mod session;
pub mod simulate;

pub use cause::{Bound, Cause, ExpiredBy, ExpirySetting};
pub use cookie::{CookieAge, SessionId, SessionToken};
pub use history::{History, Origin, Use};
pub use provider::{Memory, Provider, Recalled, SessionRule};
pub use scope::{ClientId, SessionKey, session_key};
pub use session::{Ended, Freshness, NewSession, Participant, Session, SessionUse, Terms, Verdict};
