//! Values of claims.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The data types that a claim type may declare.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the language's own")]
pub enum DataType {
    Boolean,
    Date,
    DateTime,
    Duration,
    Int,
    Long,
    String,
    StringCollection,
    AlternativeSecurityIdCollection,
    UserIdentity,
    UserIdentityCollection,
    PhoneNumber,
    ObjectIdentity,
    ObjectIdentityCollection,
}

/// What a claim holds. Nothing empties a claim by holding "null": an absent claim is not in the bag.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Text, and every type whose runtime form is text (`date`, `phoneNumber`, …).
    Text(String),
    /// `boolean`.
    Boolean(bool),
    /// `int` and `long`.
    Integer(i64),
    /// `dateTime`.
    DateTime(Timestamp),
    /// `stringCollection`.
    Texts(Vec<String>),
    /// A password or a code. Lives only as long as the page that asked for it.
    Secret(String),
}

impl Value {
    /// Reads a text as the declared type, as a default value or a posted field gives it.
    /// `None` where the text is no value of that type.
    pub fn read(text: &str, of: DataType) -> Option<Self> {
        Some(match of {
            DataType::Boolean => Self::Boolean(parse_boolean(text)?),
            DataType::Int => Self::Integer(text.trim().parse::<i32>().ok()?.into()),
            DataType::Long => Self::Integer(text.trim().parse().ok()?),
            DataType::DateTime => Self::DateTime(Timestamp::parse(text)?),
            DataType::StringCollection => Self::Texts(vec![text.to_owned()]),
            _ => Self::Text(text.to_owned()),
        })
    }

    /// The text that preconditions and text transformations compare: booleans as `True` and
    /// `False`, numbers as digits. `None` for collections and secrets.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Boolean(true) => Some("True".into()),
            Self::Boolean(false) => Some("False".into()),
            Self::Integer(number) => Some(number.to_string()),
            Self::DateTime(at) => Some(at.to_round_trip()),
            Self::Texts(_) | Self::Secret(_) => None,
        }
    }

    /// True for the empty text and the empty collection, which never enter a token.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) | Self::Secret(text) => text.is_empty(),
            Self::Texts(all) => all.is_empty(),
            Self::Boolean(_) | Self::Integer(_) | Self::DateTime(_) => false,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Boolean(yes) => write!(f, "{yes}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::DateTime(at) => write!(f, "{at:?}"),
            Self::Texts(all) => write!(f, "{all:?}"),
            Self::Secret(_) => f.write_str("(secret)"),
        }
    }
}

/// Reads `true`, `True`, `1` and their opposites, as policies spell them.
pub fn parse_boolean(text: &str) -> Option<bool> {
    match text.trim() {
        t if t.eq_ignore_ascii_case("true") || t == "1" => Some(true),
        t if t.eq_ignore_ascii_case("false") || t == "0" => Some(false),
        _ => None,
    }
}
