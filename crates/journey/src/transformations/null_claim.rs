//! NullClaim: takes a claim out of the bag.

use super::Transformation;

pub(crate) const DEFINITION: Transformation =
    Transformation { method: "NullClaim", run: |_| Ok(vec![("claim_to_null", None)]) };
