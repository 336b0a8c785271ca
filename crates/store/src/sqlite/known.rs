//! What was read lately, of the kinds of rows that every request reads and that hardly ever change: a person's account,
//! an app's secrets.
//!
//! Only this process writes to the database, and every write of such a row holds a [`Writing`] until it is known
//! whether it was committed. While there is one nothing is known, and what was read before or during it is not kept.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::TenantId;

/// Rows of one kind.
pub(super) struct Known<T>(Mutex<State<T>>);

struct State<T> {
    /// By the name that they have in their tenant.
    rows: HashMap<String, (TenantId, T)>,
    writes: usize,
    version: u64,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(Mutex::new(State { rows: HashMap::new(), writes: 0, version: 0 }))
    }
}

/// When a question was asked.
#[derive(Clone, Copy)]
pub(super) struct Asked(u64);

/// Rows are being written.
pub(super) struct Writing<T>(Arc<Known<T>>);

impl<T: Clone> Known<T> {
    /// So many are known at most: some hundred bytes each.
    const MOST: usize = 1000;

    /// The row, or what to give to [`Self::keep`] once it was read. The name is folded.
    pub(super) fn find(&self, tenant: &TenantId, name: &str) -> Result<T, Asked> {
        let state = self.state();
        match state.rows.get(name) {
            Some((of, row)) if of == tenant => Ok(row.clone()),
            _ => Err(Asked(state.version)),
        }
    }

    /// Keeps what the database answered, unless somebody wrote since it was asked.
    pub(super) fn keep(&self, asked: Asked, tenant: &TenantId, name: &str, row: &T) {
        let mut state = self.state();
        if state.writes == 0 && state.version == asked.0 {
            if state.rows.len() >= Self::MOST {
                state.rows.clear();
            }
            state.rows.insert(name.to_owned(), (tenant.clone(), row.clone()));
        }
    }

    /// From now on, until this is dropped, nothing is known.
    pub(super) fn writing(self: &Arc<Self>) -> Writing<T> {
        let mut state = self.state();
        state.writes += 1;
        state.forget();
        Writing(Arc::clone(self))
    }
}

impl<T> Known<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn forget(&mut self) {
        self.version += 1;
        self.rows.clear();
    }
}

impl<T> Drop for Writing<T> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.writes -= 1;
        state.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_before_or_during_a_write_is_not_kept() {
        let known = Arc::new(Known::default());
        let (tenant, other) = (TenantId::new("t"), TenantId::new("u"));
        let ask = || known.find(&tenant, "a").err();

        let before = ask().unwrap();
        let writing = known.writing();
        let during = ask().unwrap();
        known.keep(before, &tenant, "a", &1);
        known.keep(during, &tenant, "a", &1);
        assert!(ask().is_some());
        drop(writing);
        known.keep(during, &tenant, "a", &1);
        assert!(ask().is_some());

        known.keep(ask().unwrap(), &tenant, "a", &1);
        assert!(ask().is_none() && known.find(&other, "a").is_err());
        let _writing = known.writing();
        assert!(ask().is_some());
    }
}
