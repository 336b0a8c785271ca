//! FormatStringClaim: a claim set into a text.

use zaguan_policy::Value;

use super::{Transformation, composite_format};

pub(crate) const DEFINITION: Transformation = Transformation {
    method: "FormatStringClaim",
    run: |given| {
        let input = given.text("inputClaim").unwrap_or_default();
        let format = given.expanded("stringFormat").unwrap_or_default();
        let text = composite_format(&format, &[&input]).ok_or("UserMessageIfValidationError")?;
        Ok(vec![("outputClaim", Some(Value::Text(text)))])
    },
};
