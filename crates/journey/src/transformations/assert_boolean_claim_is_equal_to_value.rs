//! AssertBooleanClaimIsEqualToValue: an error where the claim is not the given value.

use super::Transformation;

pub(crate) const DEFINITION: Transformation = Transformation {
    method: "AssertBooleanClaimIsEqualToValue",
    // OPEN: an absent claim is an error as well.
    run: |given| match given.boolean("inputClaim") {
        Some(value) if Some(value) == given.flag("valueToCompareTo") => Ok(vec![]),
        _ => Err("UserMessageIfClaimsTransformationBooleanValueIsNotEqual"),
    },
};
