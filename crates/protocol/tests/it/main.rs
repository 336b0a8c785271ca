//! The crate from outside: what a token, a request or an answer may look like, and what is refused.

#[cfg(test)]
mod jose;
