//! .NET's ways, where policies depend on them.

mod blocks;
mod class;
pub mod compare;
mod groups;
mod parse;
mod regex;
mod translate;
mod units;

pub use regex::{Regex, RegexError};
