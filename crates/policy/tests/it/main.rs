//! Policies, from text to effective policy.

mod corpus;
mod demo;
mod support;
