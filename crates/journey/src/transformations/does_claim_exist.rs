//! DoesClaimExist: whether a claim is in the bag.

use zaguan_policy::Value;

use super::Transformation;

pub(crate) const DEFINITION: Transformation = Transformation {
    method: "DoesClaimExist",
    run: |given| Ok(vec![("outputClaim", Some(Value::Boolean(given.claim("inputClaim").is_some())))]),
};
