//! .NET's ways, where policies depend on them.
mod regex;
pub use regex::Regex;
