//! Visits: one stay of a browser with us.

use std::fmt;

use serde::{Deserialize, Serialize};
use zaguan_policy::Timestamp;

/// Names a visit: a GUID in lower case. Not a secret.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VisitId(pub String);

impl fmt::Display for VisitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A parked visit. What is inside is the server's alone, and sealed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Visit {
    /// Its name.
    pub id: VisitId,
    /// Rises with every save.
    pub version: u64,
    /// Sealed.
    pub sealed: Vec<u8>,
    /// When it expires.
    pub until: Timestamp,
}
