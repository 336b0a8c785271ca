//! AssertStringClaimsAreEqual: an error where two texts differ.

use zaguan_policy::dotnet::Comparison;

use super::Transformation;

pub(crate) const DEFINITION: Transformation = Transformation {
    method: "AssertStringClaimsAreEqual",
    run: |given| {
        // OPEN: a comparison that B2C has not counts as `Ordinal`, the strictest.
        let comparison = given.parameter("stringComparison").and_then(Comparison::parse);
        let are_there = given.text("inputClaim1").is_some() && given.text("inputClaim2").is_some();
        let equal = are_there && given.same("inputClaim1", "inputClaim2", comparison.unwrap_or(Comparison::Ordinal));
        if equal { Ok(vec![]) } else { Err("UserMessageIfClaimsTransformationStringsAreNotEqual") }
    },
};
