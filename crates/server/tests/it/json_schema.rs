//! As much of JSON Schema (draft 7) as the schema of SARIF uses. A keyword that is not known here fails the test.

use serde_json::Value;
use zaguan_policy::dotnet::Regex;

/// Everything in which a document is not as its schema says.
pub(crate) fn violations(document: &Value, schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Validator { root: schema }.check("", document, schema, &mut found);
    found
}

struct Validator<'a> {
    root: &'a Value,
}

impl Validator<'_> {
    fn check(&self, at: &str, value: &Value, schema: &Value, found: &mut Vec<String>) {
        for (keyword, wanted) in schema.as_object().unwrap() {
            let holds = match keyword.as_str() {
                "$schema" | "$id" | "title" | "definitions" => true,
                "$ref" => {
                    let target = self.root.pointer(wanted.as_str().unwrap().trim_start_matches('#')).unwrap();
                    self.check(at, value, target, found);
                    true
                }
                "type" => is_of(value, wanted.as_str().unwrap()),
                "enum" => wanted.as_array().unwrap().contains(value),
                "format" => is_form(value, wanted.as_str().unwrap()),
                "pattern" => {
                    value.as_str().is_none_or(|text| Regex::compile(wanted.as_str().unwrap()).unwrap().is_match(text))
                }
                "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap()),
                "minItems" => value.as_array().is_none_or(|all| all.len() as u64 >= wanted.as_u64().unwrap()),
                "uniqueItems" => {
                    let repeats = |all: &Vec<Value>| (1..all.len()).any(|at| all[..at].contains(&all[at]));
                    !wanted.as_bool().unwrap() || !value.as_array().is_some_and(repeats)
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(&format!("{at}/{index}"), item, wanted, found);
                    }
                    true
                }
                "required" => {
                    let names = wanted.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
                    value.as_object().is_none_or(|members| names.into_iter().all(|name| members.contains_key(name)))
                }
                "properties" => {
                    for (name, member) in value.as_object().into_iter().flatten() {
                        if let Some(schema) = wanted.get(name) {
                            self.check(&format!("{at}/{name}"), member, schema, found);
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    let known = |name: &str| schema.get("properties").is_some_and(|all| all.get(name).is_some());
                    let others = value.as_object().into_iter().flatten().filter(|(name, _)| !known(name));
                    for (name, member) in others {
                        match wanted {
                            Value::Bool(true) => {}
                            Value::Bool(false) => found.push(format!("{at}/{name} is not known")),
                            schema => self.check(&format!("{at}/{name}"), member, schema, found),
                        }
                    }
                    true
                }
                "anyOf" => self.fitting(value, wanted) >= 1,
                "oneOf" => self.fitting(value, wanted) == 1,
                other => panic!("`{other}` is not known"),
            };
            if !holds {
                found.push(format!("{at}: `{keyword}` {wanted} does not hold"));
            }
        }
    }

    fn fitting(&self, value: &Value, schemas: &Value) -> usize {
        let fits = |schema: &&Value| {
            let mut found = Vec::new();
            self.check("", value, schema, &mut found);
            found.is_empty()
        };
        schemas.as_array().unwrap().iter().filter(fits).count()
    }
}

fn is_of(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("the type `{other}` is not known"),
    }
}

fn is_form(value: &Value, name: &str) -> bool {
    let Some(text) = value.as_str() else { return true };
    match name {
        "uri" => url::Url::parse(text).is_ok(),
        "uri-reference" => url::Url::parse("file:///").unwrap().join(text).is_ok() && !text.contains([' ', '\\']),
        "date-time" => zaguan_policy::Timestamp::parse(text).is_some(),
        other => panic!("the format `{other}` is not known"),
    }
}
