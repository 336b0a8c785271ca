//! The claims bag.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zaguan_policy::{Value, id::ClaimTypeId};

/// The claims of one journey, by claim type, without case.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Claims(BTreeMap<ClaimTypeId, Value>);

impl Claims {
    /// The claim's value, where it exists.
    pub fn get(&self, claim: &ClaimTypeId) -> Option<&Value> {
        self.0.get(claim)
    }

    /// The claim's text, as preconditions and transformations compare it.
    pub fn text(&self, claim: &ClaimTypeId) -> Option<String> {
        self.get(claim).and_then(Value::as_text)
    }

    /// True where the claim exists.
    pub fn has(&self, claim: &ClaimTypeId) -> bool {
        self.0.contains_key(claim)
    }

    /// Puts a claim in the bag, in the place of what was there.
    pub fn put(&mut self, claim: ClaimTypeId, value: Value) {
        self.0.insert(claim, value);
    }

    /// Takes a claim out of the bag.
    pub fn remove(&mut self, claim: &ClaimTypeId) {
        self.0.remove(claim);
    }

    /// Passwords live only as long as the validation of their page.
    pub fn forget_secrets(&mut self) {
        self.0.retain(|_, value| !matches!(value, Value::Secret(_)));
    }

    /// Every claim.
    pub fn iter(&self) -> impl Iterator<Item = (&ClaimTypeId, &Value)> {
        self.0.iter()
    }
}

impl FromIterator<(ClaimTypeId, Value)> for Claims {
    fn from_iter<I: IntoIterator<Item = (ClaimTypeId, Value)>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}
