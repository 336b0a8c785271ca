//! Reads policy files, merges each with its parents, checks them, and says precisely what is wrong.
//!
//! A set of files goes in, effective policies and diagnostics come out: [`load`]. Nothing here runs
//! a policy, and nothing here knows a file system.
//!
//! In reading order: [`source`](SourceFile) and `element` hold a file as a tree that remembers where
//! each node came from; `settings` fills its placeholders; `schema` and `shape` are what the schema says of one file;
//! `merge` lays a child over its parent by one table, and `include` a technical profile over another; `resolve` turns the
//! merged tree into the typed [`model`]; `lints` say what of it is hardly meant; `set` does all that for a folder. [`diagnostic`] is what all of them report,
//! with [`said!`] in every [`Language`]; [`codes`] is the list of what there is to report. [`show`], [`diff`] and
//! [`graph`] are for looking at policies; [`editing`] answers editors about files that are being typed.
//!
//! **Invariants.** An [`EffectivePolicy`] has no setting out of range, and every id in it leads
//! somewhere, except a precondition's claim, which may be one that nobody declares and so is never
//! there. Identifiers compare without case ([`id`]). Reading never panics and never stops at the
//! first mistake.

#![forbid(unsafe_code)]

mod by_path;
pub mod codes;
pub mod diagnostic;
pub mod diff;
pub mod dotnet;
pub mod editing;
mod element;
pub mod graph;
pub mod id;
mod ill_formed;
mod include;
mod language;
mod lints;
mod merge;
pub mod model;
mod nearest;
mod resolve;
mod schema;
mod set;
mod settings;
mod shape;
pub mod show;
mod source;
pub mod time;
pub mod value;

pub use diagnostic::{Diagnostic, Severity};
pub use language::Language;
pub use model::EffectivePolicy;
pub use set::{Loaded, Merged, PolicySet, load, load_with_settings};
pub use settings::Settings;
pub use source::{GREATEST_SIZE, SourceFile};
pub use time::Timestamp;
pub use value::{DataType, Value};
