//! FormatStringClaim: a claim set into a text.

use zaguan_policy::{Value, dotnet::Argument};

use super::Transformation;

pub(crate) const DEFINITION: Transformation = Transformation {
    method: "FormatStringClaim",
    run: |given| {
        // OPEN: an absent claim is the empty text.
        let input = given.text("inputClaim").unwrap_or_default();
        let text = given.formatted("stringFormat", &[Argument::Text(&input)])?.unwrap_or_default();
        Ok(vec![("outputClaim", Some(Value::Text(text)))])
    },
};
