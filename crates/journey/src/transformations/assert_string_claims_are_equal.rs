//! AssertStringClaimsAreEqual: an error where two texts differ.

use super::Transformation;

pub(crate) const DEFINITION: Transformation = Transformation {
    method: "AssertStringClaimsAreEqual",
    run: |given| {
        let ignores_case =
            given.parameter("stringComparison").is_some_and(|how| how.eq_ignore_ascii_case("ordinalIgnoreCase"));
        let equal = match (given.text("inputClaim1"), given.text("inputClaim2")) {
            (Some(one), Some(other)) if ignores_case => zaguan_policy::id::same(&one, &other),
            (Some(one), Some(other)) => one == other,
            _ => false,
        };
        if equal { Ok(vec![]) } else { Err("UserMessageIfClaimsTransformationStringsAreNotEqual") }
    },
};
