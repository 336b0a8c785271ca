//! `[?(…)]`: which values a query keeps.

use std::cmp::Ordering;

use serde_json::Value;

use super::{JsonPathError, Step, walk};
use crate::dotnet::{Comparison, Regex};

/// A condition on a value.
#[derive(Clone, Debug)]
pub(super) enum Query {
    /// The path leads somewhere.
    Exists(Side),
    Compare(Side, Operator, Side),
    /// `=~`: a text in which the expression matches.
    Matches(Side, Box<Regex>),
    And(Box<Query>, Box<Query>),
    Or(Box<Query>, Box<Query>),
}

/// What is compared.
#[derive(Clone, Debug)]
pub(super) enum Side {
    /// `@…`: from the value in question.
    Here(Vec<Step>),
    /// `$…`: from the root.
    Root(Vec<Step>),
    Constant(Value),
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    StrictEqual,
    StrictNotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Query {
    pub(super) fn holds(&self, root: &Value, here: &Value, left: &mut usize) -> Result<bool, JsonPathError> {
        Ok(match self {
            Self::Exists(side) => !side.values(root, here, left)?.is_empty(),
            Self::Compare(one, operator, other) => {
                let others = other.values(root, here, left)?;
                one.values(root, here, left)?.iter().any(|one| others.iter().any(|other| operator.holds(one, other)))
            }
            Self::Matches(side, regex) => {
                side.values(root, here, left)?.iter().any(|one| one.as_str().is_some_and(|text| regex.is_match(text)))
            }
            Self::And(one, other) => one.holds(root, here, left)? && other.holds(root, here, left)?,
            Self::Or(one, other) => one.holds(root, here, left)? || other.holds(root, here, left)?,
        })
    }
}

impl Side {
    fn values<'v>(
        &'v self,
        root: &'v Value,
        here: &'v Value,
        left: &mut usize,
    ) -> Result<Vec<&'v Value>, JsonPathError> {
        match self {
            Self::Here(steps) => walk(steps, root, here, left),
            Self::Root(steps) => walk(steps, root, root, left),
            Self::Constant(value) => Ok(vec![value]),
        }
    }
}

impl Operator {
    fn holds(self, one: &Value, other: &Value) -> bool {
        let is_whole = |value: &Value| value.is_array() || value.is_object();
        if is_whole(one) || is_whole(other) {
            return matches!(self, Self::NotEqual);
        }
        let order = order(one, other);
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::NotEqual => order != Some(Ordering::Equal),
            Self::StrictEqual => order == Some(Ordering::Equal) && same_kind(one, other),
            Self::StrictNotEqual => !(order == Some(Ordering::Equal) && same_kind(one, other)),
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => order.is_some_and(Ordering::is_le),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        }
    }
}

/// `===` tells integers from other numbers.
fn same_kind(one: &Value, other: &Value) -> bool {
    one.is_f64() == other.is_f64()
}

/// `None` for values of different types. (Newtonsoft converts some of them to be ordered, or throws.)
fn order(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::String(one), Value::String(other)) => Some(Comparison::Ordinal.order(one, other)),
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Number(one), Value::Number(other)) => match (one.as_i128(), other.as_i128()) {
            (Some(one), Some(other)) => Some(one.cmp(&other)),
            _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
        },
        _ => None,
    }
}
