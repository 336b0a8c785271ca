//! Reads policy files, merges each with its parents, checks them, and says precisely what is wrong.
//!
//! A set of files goes in, effective policies and diagnostics come out: [`load`]. Nothing here runs
//! a policy, and nothing here knows a file system.
//!
//! In reading order: [`source`](SourceFile) and `element` hold a file as a tree that remembers where
//! each node came from; `merge` lays a child over its parent by one table; `resolve` turns the merged
//! tree into the typed [`model`]; [`diagnostic`] is what all of them report.
//!
//! **Invariants.** An [`EffectivePolicy`] has no dangling reference and no setting out of range.
//! Identifiers compare without case ([`id`]). Reading never panics and never stops at the first
//! mistake.

#![forbid(unsafe_code)]

pub mod diagnostic;
pub mod dotnet;
pub mod id;
pub mod model;
pub mod time;
pub mod value;

pub use model::EffectivePolicy;
pub use time::Timestamp;
pub use value::{DataType, Value};
