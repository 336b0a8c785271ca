//! Lets a Rust app sign people in and out, and forgets their tokens when they sign out anywhere.
