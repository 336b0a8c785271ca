//! One file a kind of technical profile: how it reads its metadata, and what it makes of an answer.

pub mod directory;
pub mod json_issuer;
pub mod jwt_issuer;
pub mod local_password;
pub mod self_asserted;
pub mod token_authorization;
