//! What several tables have in common: numbers, instants, grants, participants.

use rusqlite::Row;
use zaguan_policy::{Timestamp, id::PolicyId};
use zaguan_session::{ClientId, Participant, SessionId};

use crate::Grant;

/// As SQLite counts. A number that it has no room for stands for none that is there.
pub(super) fn whole(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

pub(super) fn instant(row: &Row<'_>, at: usize) -> rusqlite::Result<Timestamp> {
    row.get(at).map(Timestamp::from_millis)
}

/// From the columns `app, policy, person, session, body`, of which the first is at `at`.
pub(super) fn grant(row: &Row<'_>, at: usize) -> rusqlite::Result<Grant> {
    Ok(Grant {
        app: ClientId::new(row.get_ref(at)?.as_str()?),
        policy: PolicyId::new(row.get_ref(at + 1)?.as_str()?),
        person: row.get(at + 2)?,
        session: row.get_ref(at + 3)?.as_str_or_null()?.map(SessionId::new),
        body: row.get(at + 4)?,
    })
}

/// From the columns `app, issuer, sid, policy, since`, which are the first.
pub(super) fn participant(row: &Row<'_>) -> rusqlite::Result<Participant> {
    Ok(Participant {
        app: ClientId::new(row.get_ref(0)?.as_str()?),
        issuer: row.get(1)?,
        sid: SessionId::new(row.get_ref(2)?.as_str()?),
        policy: PolicyId::new(row.get_ref(3)?.as_str()?),
        since: instant(row, 4)?,
    })
}
