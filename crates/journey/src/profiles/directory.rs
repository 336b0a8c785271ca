//! The directory: reads, writes and deletes accounts (active-directory-technical-profile).

use zaguan_policy::{Value, model::TechnicalProfile};

use crate::{
    call::Failure,
    findings::Finding,
    turn::{AccountKey, Answer, Ask, Existence},
};

/// Settings of a directory profile.
#[derive(Clone, Debug)]
pub struct Directory {
    /// `Operation`.
    pub operation: Operation,
    /// `RaiseErrorIfClaimsPrincipalDoesNotExist`.
    pub if_absent: Existence,
    /// `RaiseErrorIfClaimsPrincipalAlreadyExists`.
    pub if_present: Existence,
}

/// `Operation`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// Finds an account and gives its attributes.
    Read,
    /// Creates or changes one.
    Write,
    /// Empties attributes.
    DeleteClaims,
    /// Deletes one.
    DeleteClaimsPrincipal,
}

impl Directory {
    pub(crate) fn read(profile: &TechnicalProfile, findings: &mut Vec<Finding>) -> Option<Self> {
        const OPERATIONS: [(&str, Operation); 4] = [
            ("Read", Operation::Read),
            ("Write", Operation::Write),
            ("DeleteClaims", Operation::DeleteClaims),
            ("DeleteClaimsPrincipal", Operation::DeleteClaimsPrincipal),
        ];
        let given = profile.metadata.get("Operation");
        let found = OPERATIONS.iter().find(|(name, _)| given.is_some_and(|given| given.eq_ignore_ascii_case(name)));
        let Some((_, operation)) = found else {
            // `AAD-Common` has none: it is there to be included. Whoever calls it learns that.
            if let Some(given) = given {
                findings.push(Finding::unknown_operation(profile, given));
            }
            return None;
        };
        let raises = |key| match profile.metadata.flag(key) {
            Some(true) => Existence::Refused,
            _ => Existence::Fine,
        };
        Some(Self {
            operation: *operation,
            if_absent: raises("RaiseErrorIfClaimsPrincipalDoesNotExist"),
            if_present: raises("RaiseErrorIfClaimsPrincipalAlreadyExists"),
        })
    }

    /// What to ask. `inputs` and `persisted` are named as the directory knows them.
    pub(crate) fn ask(
        &self,
        profile: &TechnicalProfile,
        inputs: Vec<(String, Value)>,
        persisted: Vec<(String, Value)>,
        own: Vec<String>,
    ) -> Result<Ask, Failure> {
        let Some((attribute, value)) = inputs.into_iter().next().filter(|(_, value)| !value.is_empty()) else {
            return Err(Failure::new(90_037, "UserMessageIfClaimsPrincipalDoesNotExist", profile));
        };
        let key = AccountKey { attribute, value };
        let besides_key = |attributes: Vec<(String, Value)>| {
            // Repeating the object id among the persisted claims only names the account again.
            attributes.into_iter().filter(|(name, _)| !name.eq_ignore_ascii_case("objectId"))
        };
        Ok(match self.operation {
            Operation::Read => Ask::ReadAccount(key),
            Operation::Write => Ask::WriteAccount {
                key,
                attributes: besides_key(persisted).map(|(name, value)| (name, Some(value))).collect(),
                if_absent: self.if_absent,
                if_present: self.if_present,
                own,
            },
            Operation::DeleteClaims => {
                let key_attribute = key.attribute.clone();
                Ask::WriteAccount {
                    key,
                    attributes: besides_key(persisted)
                        .filter(|(name, _)| !name.eq_ignore_ascii_case(&key_attribute))
                        .map(|(name, _)| (name, None))
                        .collect(),
                    if_absent: Existence::Refused,
                    if_present: Existence::Fine,
                    own,
                }
            }
            Operation::DeleteClaimsPrincipal => Ask::DeleteAccount(key),
        })
    }

    /// What each answer means. `None`: go on, with whatever claims there are.
    pub(crate) fn failure(&self, answer: &Answer, profile: &TechnicalProfile) -> Option<Failure> {
        match answer {
            // Deleting what is not there, and reading it without the switch, are fine.
            Answer::NoAccount if self.if_absent == Existence::Fine && self.operation != Operation::Write => None,
            Answer::NoAccount => {
                Some(Failure::new(99_002, "UserMessageIfClaimsPrincipalDoesNotExist", profile).account_gone())
            }
            Answer::AccountExists => Some(Failure::new(90_037, "UserMessageIfClaimsPrincipalAlreadyExists", profile)),
            Answer::Rejected { attribute } => {
                Some(Failure::new(90_037, "UserMessageIfInvalidInput", profile).about(attribute))
            }
            _ => None,
        }
    }
}
