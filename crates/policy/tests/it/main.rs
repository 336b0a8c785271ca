//! Policies, from text to effective policy.

mod corpus;
mod diagnostics;
mod inheritance;
mod robustness;
mod support;
