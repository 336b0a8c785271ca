//! The one clock of this crate.

use std::fmt;
use std::sync::Arc;
use zaguan_protocol::NumericDate;

/// Where the current instant comes from.
#[derive(Clone, Default)]
pub enum Clock {
    /// The system's clock.
    #[default]
    System,
    /// Seconds since 1970, as the function says; for tests and demonstrations that move time.
    Shared(Arc<dyn Fn() -> i64 + Send + Sync>),
}

impl Clock {
    pub(crate) fn now(&self) -> NumericDate {
        match self {
            Self::System => NumericDate(system_seconds()),
            Self::Shared(seconds) => NumericDate(seconds()),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Shared(_) => "Shared(..)",
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one clock of the crate")]
fn system_seconds() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
