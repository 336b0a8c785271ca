//! CompareClaims: whether two texts are, or are not, equal.

use zaguan_policy::{Value, dotnet::Comparison};

use super::Transformation;

pub(crate) const DEFINITION: Transformation = Transformation {
    method: "CompareClaims",
    run: |given| {
        // OPEN: without `ignoreCase`, case counts.
        let comparison = Comparison::ignoring_case(given.flag("ignoreCase"));
        let equal = given.same("inputClaim1", "inputClaim2", comparison);
        let negated = given.parameter("operator").is_some_and(|how| how.trim().eq_ignore_ascii_case("not equal"));
        Ok(vec![("outputClaim", Some(Value::Boolean(equal != negated)))])
    },
};
