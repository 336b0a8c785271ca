//! Claims transformations: one file each, one line here.

mod add_item_to_string_collection;
mod assert_boolean_claim_is_equal_to_value;
mod assert_date_time_is_greater_than;
mod assert_string_claims_are_equal;
mod compare_claims;
mod copy_claim;
mod create_alternative_security_id;
mod create_random_string;
mod create_string_claim;
mod does_claim_exist;
mod format_string_claim;
mod get_current_date_time;
mod null_claim;

use zaguan_policy::{
    Timestamp, Value,
    dotnet::{Argument, Comparison, DateTime, format},
    id::ClaimTypeId,
    model::{ClaimsTransformation, TransformationClaim},
    value::parse_boolean,
};

use crate::journey::Run;

/// Every method that runs, by its documented name.
const ALL: [&Transformation; 13] = [
    &add_item_to_string_collection::DEFINITION,
    &assert_boolean_claim_is_equal_to_value::DEFINITION,
    &assert_date_time_is_greater_than::DEFINITION,
    &assert_string_claims_are_equal::DEFINITION,
    &compare_claims::DEFINITION,
    &copy_claim::DEFINITION,
    &create_alternative_security_id::DEFINITION,
    &create_random_string::DEFINITION,
    &create_string_claim::DEFINITION,
    &does_claim_exist::DEFINITION,
    &format_string_claim::DEFINITION,
    &get_current_date_time::DEFINITION,
    &null_claim::DEFINITION,
];

/// A method: its name, and what it does.
pub(crate) struct Transformation {
    /// `TransformationMethod`; compares without case.
    pub(crate) method: &'static str,
    /// What it does.
    pub(crate) run: fn(&mut Given<'_, '_, '_>) -> Outputs,
}

/// Roles of what comes out, each with its value (`None` empties it); or the key of the message that a
/// failed assertion gives.
pub(crate) type Outputs = Result<Vec<(&'static str, Option<Value>)>, &'static str>;

/// The method of that name.
pub(crate) fn find(method: &str) -> Option<&'static Transformation> {
    ALL.into_iter().find(|one| one.method.eq_ignore_ascii_case(method))
}

/// What a method is given.
pub(crate) struct Given<'g, 'a, 'm> {
    declared: &'g ClaimsTransformation,
    run: &'g mut Run<'a, 'm>,
}

impl Given<'_, '_, '_> {
    /// The claim in this role.
    pub(crate) fn claim(&self, role: &str) -> Option<&Value> {
        let input = in_role(&self.declared.inputs, role)?;
        self.run.claims().get(&input.claim)
    }

    /// The text of the claim in this role.
    pub(crate) fn text(&self, role: &str) -> Option<String> {
        self.claim(role).and_then(Value::as_text)
    }

    /// The instant in this role.
    pub(crate) fn date_time(&self, role: &str) -> Option<Timestamp> {
        match self.claim(role)? {
            Value::DateTime(at) => Some(*at),
            other => DateTime::parse(&other.as_text()?).map(DateTime::to_timestamp),
        }
    }

    /// The boolean in this role.
    pub(crate) fn boolean(&self, role: &str) -> Option<bool> {
        match self.claim(role)? {
            Value::Boolean(yes) => Some(*yes),
            other => parse_boolean(&other.as_text()?),
        }
    }

    /// A constant, verbatim.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.declared.parameters.iter().find(|parameter| parameter.id.eq_ignore_ascii_case(name))?;
        Some(&found.value)
    }

    /// A constant, true or false.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.parameter(name).and_then(parse_boolean)
    }

    /// A constant with the expressions that parameters may hold: `{RelyingPartyTenantId}` and kin.
    pub(crate) fn expanded(&self, name: &str) -> Option<String> {
        let tenant = &self.run.scene().request.tenant;
        let text = self.parameter(name)?;
        let text = text.replace("{RelyingPartyTenantId}", tenant).replace("{TrustFrameworkTenantId}", tenant);
        Some(text.replace("{AuthenticatorIssuer}", tenant))
    }

    /// The format in this constant, with the arguments put in; `None` where there is no such constant.
    /// What `String.Format` throws at is the key of a message: `{RelyingPartyTenantId}` and kin have to
    /// be expanded before.
    pub(crate) fn formatted(&self, name: &str, arguments: &[Argument<'_>]) -> Result<Option<String>, &'static str> {
        let Some(given) = self.expanded(name) else { return Ok(None) };
        format::format(&given, arguments).map(Some).map_err(|_| "UserMessageIfValidationError")
    }

    /// Whether the texts in both roles are the same; two that are absent are.
    pub(crate) fn same(&self, one: &str, other: &str, comparison: Comparison) -> bool {
        match (self.text(one), self.text(other)) {
            (Some(one), Some(other)) => comparison.equal(&one, &other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.run.moment.now
    }

    /// Chance.
    pub(crate) fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.run.moment.random)(&mut bytes);
        bytes
    }
}

/// Runs a method; gives the claims that come out. `None` takes a claim out of the bag.
pub(crate) fn run(
    method: &Transformation,
    declared: &ClaimsTransformation,
    run: &mut Run<'_, '_>,
) -> Result<Vec<(ClaimTypeId, Option<Value>)>, &'static str> {
    let outputs = (method.run)(&mut Given { declared, run })?;
    Ok(outputs
        .into_iter()
        .filter_map(|(role, value)| Some((in_role(&declared.outputs, role)?.claim.clone(), value)))
        .collect())
}

fn in_role<'c>(claims: &'c [TransformationClaim], role: &str) -> Option<&'c TransformationClaim> {
    claims.iter().find(|claim| claim.role.eq_ignore_ascii_case(role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_found_without_case_and_once() {
        for one in ALL {
            assert_eq!(find(&one.method.to_uppercase()).unwrap().method, one.method);
        }
    }
}
