//! A virtual browser, apps and one clock around a server in one process.
//!
//! A [`Town`] is our server, some apps, and one clock that all of them share. A [`Browser`] walks
//! through it as a person's would: it follows redirects, keeps cookies by the rules, fills forms,
//! loads frames. Nothing here opens a socket, and nothing sleeps: ninety days pass in a call.
//!
//! In reading order: [`town`], [`app`], [`browser`], [`cookies`], [`page`]. What no browser would
//! send: [`hostile_tokens`]. A process that ends in the middle: [`ending_store`].
//!
//! **Invariants.** A test speaks HTTP and nothing else to what it tests. Time moves only by
//! [`Town::wait`].

#![forbid(unsafe_code)]
#![expect(clippy::panic, reason = "a town fails as tests do: at once, saying where it was")]

pub mod app;
pub mod browser;
pub mod cookies;
pub mod ending_store;
pub mod hostile_tokens;
pub mod page;
pub mod town;

pub use browser::{Arrived, Browser};
pub use town::{Town, TownBuilder, days, hours, minutes, seconds};
