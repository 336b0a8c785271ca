//! JSON values as the texts that claims hold.

use serde_json::{Number, Value};

/// The text of a value, as `JToken.ToString` gives it: a text as it is (dates are left alone), a
/// number, `True` or `False`, an object or an array as JSON without white space. `None` for `null`.
pub fn json_text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number_text(number),
        Value::Array(_) | Value::Object(_) => {
            let mut json = String::new();
            write(value, &mut json);
            json
        }
    })
}

fn write(value: &Value, json: &mut String) {
    match value {
        Value::Null => json.push_str("null"),
        Value::Bool(yes) => json.push_str(if *yes { "true" } else { "false" }),
        Value::Number(number) => {
            let text = number_text(number);
            let is_plain = number.is_f64() && !text.contains(['.', 'E']);
            json.push_str(&text);
            if is_plain {
                json.push_str(".0");
            }
        }
        Value::String(text) => write_text(text, json),
        Value::Array(items) => write_all(['[', ']'], items.iter(), json, write),
        Value::Object(fields) => write_all(['{', '}'], fields.iter(), json, |(name, value), json| {
            write_text(name, json);
            json.push(':');
            write(value, json);
        }),
    }
}

fn write_all<T>(
    [open, close]: [char; 2],
    all: impl Iterator<Item = T>,
    json: &mut String,
    each: impl Fn(T, &mut String),
) {
    json.push(open);
    for (one, at) in all.zip(0..) {
        if at > 0 {
            json.push(',');
        }
        each(one, json);
    }
    json.push(close);
}

/// Newtonsoft escapes what JSON demands, and three line ends of Unicode.
fn write_text(text: &str, json: &mut String) {
    let quoted = Value::from(text).to_string();
    for one in quoted.chars() {
        match one {
            '\u{85}' | '\u{2028}' | '\u{2029}' => json.push_str(&format!("\\u{:04x}", u32::from(one))),
            one => json.push(one),
        }
    }
}

/// Integers as digits, others as .NET's `double`: `1.5`, `1E+21`, `1E-05`.
fn number_text(number: &Number) -> String {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else { return number.to_string() };
    let scientific = format!("{float:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(-4..15) => format!("{float}"),
        Ok(exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}E{sign}{:02}", exponent.unsigned_abs())
        }
        Err(_) => scientific,
    }
}
