//! The crate from outside: what a token, a request or an answer may look like, and what is refused.

/// The same table that every place is tested with that takes tokens from outside. The test kit is built on this crate, so its
/// source is taken in here.
#[cfg(test)]
#[expect(unreachable_pub, reason = "the test kit shows it to other crates")]
#[path = "../../../testkit/src/hostile_tokens.rs"]
mod hostile_tokens;
#[cfg(test)]
mod jose;
#[cfg(test)]
mod jose_hostile;
