//! When a step or a validation technical profile is skipped.

use zaguan_policy::model::{Precondition, PreconditionTest};

use crate::claims::Claims;

/// True where any of the preconditions triggers: they are a row of reasons to skip, tried in order.
pub(crate) fn skip(preconditions: &[Precondition], claims: &Claims) -> bool {
    preconditions.iter().any(|one| triggers(one, claims))
}

fn triggers(precondition: &Precondition, claims: &Claims) -> bool {
    match &precondition.test {
        PreconditionTest::ClaimsExist(claim) => claims.has(claim) == precondition.execute_actions_if,
        // A comparison with an absent claim is ignored, whatever `ExecuteActionsIf` says
        // (userjourneys.md).
        PreconditionTest::ClaimEquals(claim, literal) => claims.text(claim).is_some_and(|text| {
            // OPEN: booleans are compared as `True` and `False`; six public policies write them in
            // lower case and mean the same.
            let boolean = matches!(claims.get(claim), Some(zaguan_policy::Value::Boolean(_)));
            let equal = if boolean { text.eq_ignore_ascii_case(literal) } else { text == *literal };
            equal == precondition.execute_actions_if
        }),
    }
}

#[cfg(test)]
mod tests {
    use zaguan_policy::Value;

    use super::*;

    #[test]
    fn the_table_of_the_documentation() {
        let claims: Claims = [
            ("objectId".into(), Value::Text("1".into())),
            ("source".into(), Value::Text("local".into())),
            ("isNew".into(), Value::Boolean(true)),
            ("count".into(), Value::Integer(0)),
        ]
        .into_iter()
        .collect();
        let exist = |claim: &str| PreconditionTest::ClaimsExist(claim.into());
        let equals = |claim: &str, literal: &str| PreconditionTest::ClaimEquals(claim.into(), literal.into());
        for (test, execute_actions_if, expected) in [
            (exist("objectId"), true, true),
            (exist("OBJECTID"), true, true),
            (exist("objectId"), false, false),
            (exist("absent"), true, false),
            (exist("absent"), false, true),
            (equals("source", "local"), true, true),
            (equals("source", "Local"), true, false),
            (equals("source", "social"), false, true),
            (equals("absent", "local"), true, false),
            (equals("absent", "local"), false, false),
            (equals("isNew", "True"), true, true),
            (equals("isNew", "true"), true, true),
            (equals("count", "0"), true, true),
        ] {
            let one = Precondition { test, execute_actions_if };
            assert_eq!(skip(std::slice::from_ref(&one), &claims), expected, "{one:?}");
        }
        assert!(!skip(&[], &claims));
    }
}
