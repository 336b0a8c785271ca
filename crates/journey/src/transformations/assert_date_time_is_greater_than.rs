//! AssertDateTimeIsGreaterThan: an error where the right instant is later than the left one.

use super::Transformation;

pub(crate) const DEFINITION: Transformation = Transformation {
    method: "AssertDateTimeIsGreaterThan",
    run: |given| {
        const FAILED: &str = "DateTimeGreaterThan";
        let Some(left) = given.date_time("leftOperand") else { return Err(FAILED) };
        let Some(right) = given.date_time("rightOperand") else {
            return match given.flag("AssertIfRightOperandIsNotPresent") {
                Some(true) => Ok(vec![]),
                _ => Err(FAILED),
            };
        };
        // The parameter's spelling is the language's. It is in milliseconds.
        let tolerance: i64 =
            given.parameter("TreatAsEqualIfWithinMillseconds").and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        let ahead = left.as_millis() - right.as_millis();
        let holds = match ahead.abs() <= tolerance {
            true => given.flag("AssertIfEqualTo") == Some(false),
            false => ahead > 0,
        };
        if holds { Ok(vec![]) } else { Err(FAILED) }
    },
};
