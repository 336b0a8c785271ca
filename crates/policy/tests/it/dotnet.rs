//! .NET's ways, against what others say: Node's engine, and the documentation's examples.

mod dates;
mod json_paths;
mod page;
mod regexes;
