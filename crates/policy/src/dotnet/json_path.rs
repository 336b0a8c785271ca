//! Paths into JSON, in the dialect of Newtonsoft's `SelectToken`, and values as texts.
//!
//! B2C uses them in `PartnerClaimType` where `ResolveJsonPathsInJsonTokens` says so (pages "RESTful
//! technical profile", "OAuth2 technical profile"), in error handlers and for bodies of identity
//! providers. A path needs no `$`: `a.b[0].c`.

mod query;
mod read;
mod text;

use std::fmt;

use serde_json::Value;

pub use text::json_text;

use query::Query;

/// A path that has been read.
#[derive(Clone, Debug)]
pub struct JsonPath {
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    /// `a`, `['a']`, `['a','b']`.
    Fields(Vec<String>),
    /// `*`: all fields of an object.
    AllFields,
    /// `..a`: fields of that name at any depth.
    Scan(Vec<String>),
    /// `..*`: everything, the value itself first.
    ScanAll,
    /// `[0]`, `[0,2]`.
    Items(Vec<usize>),
    /// `[*]`.
    AllItems,
    /// `[1:3]`, `[::-1]`.
    Slice { start: Option<i64>, end: Option<i64>, step: i64 },
    /// `[?(@.a == 'b')]`.
    Where(Query),
    /// `..[?(@.a == 'b')]`.
    ScanWhere(Query),
}

/// Why a path cannot be used, or gives no one value.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum JsonPathError {
    /// It cannot be read.
    Syntax {
        /// Lower case, no full stop.
        what: String,
        /// Character, counted from 1.
        at: usize,
    },
    /// `SelectToken` throws where a path leads to more than one value.
    Several,
    /// More than [`JsonPath::MOST_VALUES`] values are on the way.
    TooMany,
}

impl fmt::Display for JsonPathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { what, at } => write!(f, "{what}, at character {at}"),
            Self::Several => f.write_str("the path leads to more than one value"),
            Self::TooMany => write!(f, "the path leads over more than {} values", JsonPath::MOST_VALUES),
        }
    }
}

impl std::error::Error for JsonPathError {}

impl JsonPath {
    /// How many values a step may give, queries within it included. Newtonsoft has no such limit.
    pub const MOST_VALUES: usize = 10_000;

    /// Reads a path.
    ///
    /// # Errors
    /// Where Newtonsoft would throw, for queries deeper than 8, and for paths longer than 4000 bytes.
    pub fn parse(path: &str) -> Result<Self, JsonPathError> {
        read::path(path)
    }

    /// All values that it leads to, in Newtonsoft's order (`SelectTokens`).
    ///
    /// # Errors
    /// [`JsonPathError::TooMany`].
    pub fn all<'v>(&self, root: &'v Value) -> Result<Vec<&'v Value>, JsonPathError> {
        let mut left = Self::MOST_VALUES;
        walk(&self.steps, root, root, &mut left)
    }

    /// The one value that it leads to (`SelectToken`); `None` where there is none.
    ///
    /// # Errors
    /// [`JsonPathError::Several`], [`JsonPathError::TooMany`].
    pub fn one<'v>(&self, root: &'v Value) -> Result<Option<&'v Value>, JsonPathError> {
        match *self.all(root)? {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(JsonPathError::Several),
        }
    }
}

/// `left` is how many more values may be looked at.
fn walk<'v>(
    steps: &[Step],
    root: &'v Value,
    from: &'v Value,
    left: &mut usize,
) -> Result<Vec<&'v Value>, JsonPathError> {
    let mut current = vec![from];
    for step in steps {
        let mut next = Vec::new();
        for value in current {
            step.go(root, value, &mut next, left)?;
        }
        current = next;
    }
    Ok(current)
}

impl Step {
    fn go<'v>(
        &self,
        root: &'v Value,
        value: &'v Value,
        found: &mut Vec<&'v Value>,
        left: &mut usize,
    ) -> Result<(), JsonPathError> {
        let before = found.len();
        match self {
            Self::Fields(names) => found.extend(names.iter().filter_map(|name| field(value, name))),
            Self::AllFields => found.extend(value.as_object().into_iter().flat_map(|all| all.values())),
            Self::Scan(names) => descend(value, left, |_, name, one| {
                if name.is_some_and(|name| names.iter().any(|wanted| wanted == name)) {
                    found.push(one);
                }
                Ok(())
            })?,
            Self::ScanAll => descend(value, left, |_, _, one| {
                found.push(one);
                Ok(())
            })?,
            Self::Items(indices) => {
                let items = value.as_array();
                found.extend(indices.iter().filter_map(|index| items?.get(*index)));
            }
            Self::AllItems => found.extend(value.as_array().into_iter().flatten()),
            Self::Slice { start, end, step } => {
                let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
                found.extend(slice(items.len(), *start, *end, *step).filter_map(|at| items.get(at)));
            }
            Self::Where(query) => {
                for one in children(value) {
                    if query.holds(root, one, left)? {
                        found.push(one);
                    }
                }
            }
            Self::ScanWhere(query) => descend(value, left, |left, _, parent| {
                for one in children(parent) {
                    if query.holds(root, one, left)? {
                        found.push(one);
                    }
                }
                Ok(())
            })?,
        }
        take(left, found.len() - before)
    }
}

fn take(left: &mut usize, count: usize) -> Result<(), JsonPathError> {
    *left = left.checked_sub(count).ok_or(JsonPathError::TooMany)?;
    Ok(())
}

/// A name of digits is an item of an array: Newtonsoft has no such thing, but B2C's page of the
/// RESTful technical profile has `data.0.to.0.email`.
fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Object(fields) => fields.get(name),
        Value::Array(items) if name.bytes().all(|one| one.is_ascii_digit()) => items.get(name.parse::<usize>().ok()?),
        _ => None,
    }
}

fn children(value: &Value) -> impl Iterator<Item = &Value> {
    let fields = value.as_object().into_iter().flat_map(|all| all.values());
    value.as_array().into_iter().flatten().chain(fields)
}

/// The value and all below it, each before its parts; with the name of what is a field.
fn descend<'v>(
    value: &'v Value,
    left: &mut usize,
    mut each: impl FnMut(&mut usize, Option<&str>, &'v Value) -> Result<(), JsonPathError>,
) -> Result<(), JsonPathError> {
    let mut open: Vec<(Option<&str>, &Value)> = vec![(None, value)];
    while let Some((name, one)) = open.pop() {
        take(left, 1)?;
        each(left, name, one)?;
        match one {
            Value::Array(items) => open.extend(items.iter().rev().map(|item| (None, item))),
            Value::Object(fields) => open.extend(fields.iter().rev().map(|(name, one)| (Some(name.as_str()), one))),
            _ => {}
        }
    }
    Ok(())
}

/// Negative places count from the end; `step` is not zero.
fn slice(length: usize, start: Option<i64>, end: Option<i64>, step: i64) -> impl Iterator<Item = usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let place = |at: i64| if at < 0 { at + length } else { at };
    let (first, last) = match step > 0 {
        true => (start.map_or(0, place).max(0), end.map_or(length, place).min(length)),
        false => (start.map_or(length - 1, place).min(length - 1), end.map_or(-1, place).max(-1)),
    };
    let inside = move |at: &i64| if step > 0 { *at < last } else { *at > last };
    std::iter::successors(Some(first), move |at| at.checked_add(step))
        .take_while(inside)
        .filter_map(|at| usize::try_from(at).ok())
}
