//! JSON for signed things: an object whose members are all different.

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Why bytes are not such an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    NotAnObject,
    /// Two readers could disagree about which of the two counts.
    SameMemberTwice,
}

/// The object in these bytes. A member that occurs twice, at any depth, makes all of it unreadable
/// (RFC 7515 §4 and RFC 7519 §4 leave the choice; refusing is the only one that two readers share).
pub(super) fn object(bytes: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    match serde_json::from_slice::<Strict>(bytes) {
        Ok(Strict(Value::Object(members))) => Ok(members),
        Ok(_) => Err(Unreadable::NotAnObject),
        Err(error) if error.to_string().starts_with(TWICE) => Err(Unreadable::SameMemberTwice),
        Err(_) => Err(Unreadable::NotAnObject),
    }
}

const TWICE: &str = "the same member twice";

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(Strict)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if all.contains_key(&name) {
                return Err(A::Error::custom(TWICE));
            }
            let Strict(value) = members.next_value()?;
            all.insert(name, value);
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_once() {
        let read = object(br#"{"b":[1,-2,3.5,"x",true,null,{"c":1}],"a":{"c":2}}"#).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), r#"{"b":[1,-2,3.5,"x",true,null,{"c":1}],"a":{"c":2}}"#);

        for twice in [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":2}"#, r#"{"x":[{"a":{"b":1,"b":2}}]}"#] {
            assert_eq!(object(twice.as_bytes()), Err(Unreadable::SameMemberTwice), "{twice}");
        }
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        for other in ["", "[]", "null", r#"{"a":1"#, r#"{"a":1} x"#, r#"{"a":1,}"#, "{\"a\":\"\u{1}\"}", &deep] {
            assert_eq!(object(other.as_bytes()), Err(Unreadable::NotAnObject), "{other:.20}");
        }
        assert_eq!(object(b"{\"a\":\"\xff\"}"), Err(Unreadable::NotAnObject));
    }
}
