//! Speaks HTTP: routes, cookies, pages, the driver, the outside world, configuration, the command
//! line.
//!
//! [`Server`] is the whole identity server as a value with one function, [`Server::handle`]; it knows
//! no socket, so tests call it in their own process. Around it: [`listen`] and [`tls`] put a socket in
//! front, [`tenant`] reads what a tenant is, [`data`] holds the folder with the store and the keys,
//! [`admin`] changes a running server, [`why`] says why a session ended, [`demo`] is a whole town on one machine, `commands` is what a
//! person types.
//! [`admin`] changes a running server, [`demo`] is a whole town on one machine, [`simulate`] tells what would happen
//! to sessions, `commands` is what a person types.
//!
//! In reading order of a request: `call` (the request, bounded), [`route`] (what it asks for),
//! `endpoints` (one file each), `driver` (the loop that drives a journey), `world` (what journeys ask
//! of it), `visits` (what is parked between two requests), `errors` (causes become answers).
//!
//! **Invariants.** What is in front of a return address that was not matched stays on our page. A
//! parked visit opens only for its tenant, policy, version and browser. No endpoint decides what a
//! session is: it asks `zaguan-session`. Secrets reach no log.

#![forbid(unsafe_code)]

pub mod admin;
mod built_in_app;
mod call;
pub mod chance;
pub mod clock;
pub mod commands;
mod cookies;
pub mod data;
pub mod demo;
mod driver;
mod endpoints;
mod errors;
pub mod files;
pub mod keys;
pub mod listen;
mod one_at_a_time;
pub mod pages;
pub mod passwords;
pub mod report;
pub mod route;
mod server;
pub mod simulate;
pub mod tenant;
pub mod throttle;
pub mod tls;
mod user_agent;
mod visits;
pub mod watch;
pub mod why;
pub mod world;

pub use call::Connection;
pub use server::{Parts, Server, Settings};
