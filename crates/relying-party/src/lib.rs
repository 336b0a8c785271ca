//! Lets a Rust app sign people in and out, and forgets their tokens when they sign out anywhere.
//!
//! An app builds one [`RelyingParty`], merges its [`routes`](RelyingParty::routes), wraps itself in its
//! [`layer`](RelyingParty::layer), and asks for [`SignedIn`] and [`Tokens`] where it needs them:
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use axum::{Router, routing::get};
//! # use zaguan_relying_party::*;
//! # fn main() -> Result<(), BuildError> {
//! let party = RelyingParty::builder()
//!     .authority("https://id.contoso.example/contoso.onmicrosoft.com")?
//!     .client("2f5c0d1e-0000-4000-8000-000000000001", ClientAuth::None)
//!     .base_url("https://shop.contoso.example")?
//!     .sign_in("B2C_1A_signup_signin")
//!     .password_reset("B2C_1A_PasswordReset")
//!     .journey("profile", "B2C_1A_ProfileEdit")
//!     .scopes(["openid", "offline_access", "https://contoso.onmicrosoft.com/orders/read"])
//!     .store(Arc::new(MemoryStore::new()))
//!     .build()?;
//! let app: Router = Router::new().route("/orders", get(orders)).merge(party.routes()).layer(party.layer());
//!
//! async fn orders(who: SignedIn, tokens: Tokens) -> Result<String, Reply> {
//!     let token = tokens.access_token(&["https://contoso.onmicrosoft.com/orders/read"]).await?;
//!     Ok(format!("{} may call with {} characters", who.person().oid, token.len()))
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A *session* is one browser signed in to this app; *tokens* are what the provider gave in it, owned by the session;
//! an *ending* removes sessions and all their tokens in one step, for a [`Cause`].
//!
//! In reading order: [`store`] holds sessions and tokens; `builder` and `party` are the app's configuration; `provider`
//! and `token_endpoint` speak to the provider; `attempt`, `sign_in` and `callback` get a person in, `silent` keeps
//! tokens fresh, `sign_out` and `front_channel` get a person out; `layer` and `extract` are what handlers see.
//!
//! **Invariants.**
//! - No token is kept without its session: ending is one step of the store, and a refresh in flight stores nothing after it.
//! - A session that the provider ended before it was opened is not opened.
//! - Whoever reads the store reads no token and no claim.
//! - No session without state, nonce and PKCE verified against a sealed cookie of the same browser.
//! - Time comes from `clock`, chance from `chance`, and nothing else asks the system for either.

#![forbid(unsafe_code)]

mod attempt;
mod builder;
mod callback;
mod chance;
mod clock;
mod cookie;
mod extract;
mod front_channel;
mod hooks;
mod http;
mod layer;
mod pages;
mod party;
mod provider;
mod return_path;
mod sealed;
mod sign_in;
mod sign_out;
mod silent;
pub mod store;
mod token_endpoint;

pub use builder::{BuildError, Builder, ClientAuth};
pub use clock::Clock;
pub use extract::{Challenge, Reply, SignedIn, TokenError, Tokens};
pub use hooks::{Cause, Ended, Hooks};
pub use http::{Http, HttpError, http_client};
pub use layer::{SessionLayer, SessionService};
pub use party::RelyingParty;
pub use provider::ProviderError;
pub use store::{Ending, MemoryStore, Person, ProviderSession, Store, StoreError};
