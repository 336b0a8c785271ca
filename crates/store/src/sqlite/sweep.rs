//! What has expired: looked for by a reader, removed by the writer a few rows at a time, so that
//! nobody waits for a sweep.

use std::time::Duration;

use rusqlite::{Connection, params, types::Value};
use zaguan_policy::Timestamp;

use super::threads::Trouble;
use crate::WITHOUT_VISIT;

/// One kind of row that expires.
pub(super) struct Swept {
    /// Tenant and name of the rows that are due at `?1`.
    find: &'static str,
    /// Removes the row of tenant `?1` and name `?2` if it is still due at `?3`.
    remove: &'static str,
    /// What else goes with such a row; absent where foreign keys see to it.
    and: Option<&'static str>,
    /// How long a row stays after the instant in it.
    stays: Stays,
}

enum Stays {
    Not,
    AsLongAsRecords,
}

/// Every kind. A visit has no tenant.
pub(super) const SWEPT: &[Swept] = &[
    Swept {
        find: "SELECT '', id FROM visits WHERE until <= ?1",
        remove: "DELETE FROM visits WHERE ?1 = '' AND id = ?2 AND until <= ?3",
        and: None,
        stays: Stays::Not,
    },
    Swept {
        find: "SELECT tenant, hash FROM codes WHERE until <= ?1",
        remove: "DELETE FROM codes WHERE tenant = ?1 AND hash = ?2 AND until <= ?3",
        and: None,
        stays: Stays::Not,
    },
    Swept {
        find: "SELECT tenant, id FROM families WHERE until <= ?1",
        remove: "DELETE FROM families WHERE tenant = ?1 AND id = ?2 AND until <= ?3",
        and: None,
        stays: Stays::Not,
    },
    Swept {
        find: "SELECT tenant, id FROM sights WHERE until <= ?1",
        remove: "DELETE FROM sights WHERE tenant = ?1 AND id = ?2 AND until <= ?3",
        and: None,
        stays: Stays::Not,
    },
    Swept {
        find: "SELECT tenant, id FROM ended_sessions WHERE ended <= ?1",
        remove: "DELETE FROM ended_sessions WHERE tenant = ?1 AND id = ?2 AND ended <= ?3",
        and: Some("DELETE FROM session_facets WHERE tenant = ?1 AND session = ?2"),
        stays: Stays::AsLongAsRecords,
    },
];

/// So many rows are removed in one transaction.
pub(super) const ROWS_AT_ONCE: usize = 500;

/// Tenant and name of a row.
pub(super) type Due = (Value, Value);

impl Swept {
    /// Rows whose instant is not after this one are due.
    pub(super) fn due(&self, now: Timestamp, keep_records: Duration) -> Timestamp {
        match self.stays {
            Stays::Not => now,
            Stays::AsLongAsRecords => now - keep_records,
        }
    }

    pub(super) fn find(&self, conn: &Connection, due: Timestamp) -> Result<Vec<Due>, Trouble> {
        let mut find = conn.prepare_cached(self.find)?;
        Ok(find.query_map([due.as_millis()], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
    }

    pub(super) fn remove(&self, conn: &Connection, rows: &[Due], due: Timestamp) -> Result<u64, Trouble> {
        let mut remove = conn.prepare_cached(self.remove)?;
        let mut removed = 0;
        for (tenant, name) in rows {
            let gone = remove.execute(params![tenant, name, due.as_millis()])?;
            if let Some(and) = self.and.filter(|_| gone > 0) {
                conn.prepare_cached(and)?.execute(params![tenant, name])?;
            }
            removed += gone as u64;
        }
        Ok(removed)
    }
}

/// Forgets the answers to asks of expired visits, and of visits that never were. Comes before the
/// visits themselves.
pub(super) fn asks(conn: &Connection, now: Timestamp) -> Result<(), Trouble> {
    conn.prepare_cached(
        "DELETE FROM asks
         WHERE EXISTS (SELECT 1 FROM visits WHERE visits.id = asks.visit AND until <= ?1)
            OR (asked <= ?2 AND NOT EXISTS (SELECT 1 FROM visits WHERE visits.id = asks.visit))",
    )?
    .execute([now.as_millis(), (now - WITHOUT_VISIT).as_millis()])?;
    Ok(())
}
