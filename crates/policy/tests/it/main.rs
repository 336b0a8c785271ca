//! Policies, from text to effective policy.

mod corpus;
mod support;
