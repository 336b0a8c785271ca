//! CopyClaim: the value of one claim in another.

use super::Transformation;

pub(crate) const DEFINITION: Transformation = Transformation {
    method: "CopyClaim",
    run: |given| match given.claim("inputClaim") {
        Some(value) => Ok(vec![("outputClaim", Some(value.clone()))]),
        None => Ok(vec![]),
    },
};
