//! GetCurrentDateTime: now, UTC.

use zaguan_policy::Value;

use super::Transformation;

pub(crate) const DEFINITION: Transformation = Transformation {
    method: "GetCurrentDateTime",
    run: |given| Ok(vec![("currentDateTime", Some(Value::DateTime(given.now())))]),
};
