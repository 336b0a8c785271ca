//! The server as browsers and apps see it: black box, over HTTP, in one process and on one clock.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what the tests share fails as tests do")]

mod administration;
mod app_grants;
mod check;
mod error_codes;
mod hostile;
mod hostile_tokens;
mod json_schema;
mod keys;
mod language_server;
mod local_accounts;
mod many_tabs;
mod my_sessions;
mod open_id_connect;
mod quirks;
mod revocation;
mod s_001_lifetime;
mod s_015_scope;
mod s_033_keep_me_signed_in;
mod s_049_session_providers;
mod s_067_requests;
mod s_076_sign_out;
mod s_110_password_grant;
mod s_111_definitions;
mod s_113_refresh;
mod s_116_token_lifetimes;
mod seeing;
mod simulator_agrees;
mod starter_pack;
mod support;
mod token_crash;
mod token_forms;
mod user_info;
mod virtual_clock;
mod why;
