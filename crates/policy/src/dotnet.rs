//! .NET's ways, where policies depend on them.

mod parse;
mod regex;
mod translate;

pub use regex::{Regex, RegexError};
