//! .NET's ways, where policies depend on them. `docs/dotnet.md` says what is supported.

mod blocks;
mod class;
pub mod compare;
mod date;
pub mod format;
mod groups;
mod json_path;
mod number;
mod parse;
mod regex;
mod translate;
mod units;

pub use compare::Comparison;
pub use date::DateTime;
pub use format::{Argument, CompositeFormat, FormatError};
pub use json_path::{JsonPath, JsonPathError, json_text};
pub use regex::{Regex, RegexError};
