//! The server as browsers and apps see it: black box, over HTTP, in one process and on one clock.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what the tests share fails as tests do")]

mod administration;
mod hostile;
mod hostile_hints;
mod local_accounts;
mod many_tabs;
mod my_sessions;
mod open_id_connect;
mod quirks;
mod s_001_lifetime;
mod s_015_scope;
mod s_033_keep_me_signed_in;
mod s_049_session_providers;
mod s_067_requests;
mod s_076_sign_out;
mod s_111_definitions;
mod s_113_refresh;
mod simulator_agrees;
mod starter_pack;
mod support;
mod token_crash;
mod virtual_clock;
mod why;
