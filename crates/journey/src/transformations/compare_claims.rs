//! CompareClaims: whether two texts are, or are not, equal.

use zaguan_policy::Value;

use super::Transformation;

pub(crate) const DEFINITION: Transformation = Transformation {
    method: "CompareClaims",
    run: |given| {
        let ignores_case = given.flag("ignoreCase") == Some(true);
        let equal = match (given.text("inputClaim1"), given.text("inputClaim2")) {
            (Some(one), Some(other)) if ignores_case => zaguan_policy::id::same(&one, &other),
            (one, other) => one == other,
        };
        let negated = given.parameter("operator").is_some_and(|how| how.trim().eq_ignore_ascii_case("not equal"));
        Ok(vec![("outputClaim", Some(Value::Boolean(equal != negated)))])
    },
};
