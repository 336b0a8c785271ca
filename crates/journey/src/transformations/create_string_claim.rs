//! CreateStringClaim: a constant.

use zaguan_policy::Value;

use super::Transformation;

pub(crate) const DEFINITION: Transformation = Transformation {
    method: "CreateStringClaim",
    run: |given| Ok(vec![("createdClaim", given.expanded("value").map(Value::Text))]),
};
