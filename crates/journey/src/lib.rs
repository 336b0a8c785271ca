//! Runs a user journey, one turn at a time, and says whom a sign-out is told.
//!
//! A [`Journey`] is a plain value with one method, [`Journey::advance`]: an [`Input`] goes in, a
//! [`Turn`] comes out. It never waits and never asks the world itself, so it can be written down at
//! every page and go on tomorrow, on another machine, after a crash. One loop in the server drives
//! it.
//!
//! In reading order: [`turn`] is the one door; [`bind`] makes a [`Program`] of a policy, once, at
//! load; [`journey`](Journey) is the stack of what is under way; `steps` alone decides which step
//! comes next; `open_page` is a page that waits for a person; `call` runs a technical profile that
//! has no page; `authorization` lets a journey begin only for a token that the policy accepts;
//! `profiles` and `transformations` hold one file a kind. [`sign_out`] says who is told of the end of
//! a session, and `simulated` what simulations have to know of a program.
//!
//! **Invariants.** `advance` never blocks and never panics. A journey restored from its written form
//! behaves the same. An unexpected input shows the current page again and never skips a step. No
//! password outlives the validation of its page; a digest of the accepted form does, in the sealed visit. What a
//! session remembers of one person is never given to another.

#![forbid(unsafe_code)]

mod authorization;
pub mod bind;
mod call;
mod claims;
pub mod findings;
mod journey;
mod open_page;
pub mod page;
mod preconditions;
pub mod profiles;
mod request;
mod resolvers;
mod sign_on;
pub mod sign_out;
mod simulated;
mod steps;
mod texts;
mod token_claims;
mod transformations;
pub mod turn;

pub use bind::{Program, bind};
pub use claims::Claims;
pub use journey::Journey;
pub use request::{AccountPrivacy, Request, Start};
pub use sign_on::SignOn;
pub use simulated::SignInPage;
pub use turn::{Answer, Ask, Input, Issued, Moment, Outcome, PageReply, Refusal, RememberMe, Turn};
