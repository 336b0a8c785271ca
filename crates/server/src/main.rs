//! The zaguan command.
fn main() {}
