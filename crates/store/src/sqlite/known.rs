//! Accounts that were read lately: every sign-on reads its person's account, and accounts hardly ever change.
//!
//! Only this process writes to the database, and every write of an account holds a [`Writing`] until it is known
//! whether it was committed. While there is one nothing is known, and what was read before or during it is not kept.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{Account, TenantId};

#[derive(Default)]
pub(super) struct KnownAccounts(Mutex<State>);

#[derive(Default)]
struct State {
    /// By object id.
    accounts: HashMap<String, (TenantId, Account)>,
    writes: usize,
    version: u64,
}

/// When a question was asked.
#[derive(Clone, Copy)]
pub(super) struct Asked(u64);

/// Accounts are being written.
pub(super) struct Writing(Arc<KnownAccounts>);

impl KnownAccounts {
    /// So many are known at most: some hundred bytes each.
    const MOST: usize = 1000;

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account, or what to give to [`Self::keep`] once it was read. The object id is folded.
    pub(super) fn find(&self, tenant: &TenantId, object_id: &str) -> Result<Account, Asked> {
        let state = self.state();
        match state.accounts.get(object_id) {
            Some((of, account)) if of == tenant => Ok(account.clone()),
            _ => Err(Asked(state.version)),
        }
    }

    /// Keeps what the database answered, unless somebody wrote since it was asked.
    pub(super) fn keep(&self, asked: Asked, tenant: &TenantId, account: &Account) {
        let mut state = self.state();
        if state.writes == 0 && state.version == asked.0 {
            if state.accounts.len() >= Self::MOST {
                state.accounts.clear();
            }
            state.accounts.insert(account.object_id.clone(), (tenant.clone(), account.clone()));
        }
    }

    /// From now on, until this is dropped, nothing is known.
    pub(super) fn writing(self: &Arc<Self>) -> Writing {
        let mut state = self.state();
        state.writes += 1;
        state.forget();
        Writing(Arc::clone(self))
    }
}

impl State {
    fn forget(&mut self) {
        self.version += 1;
        self.accounts.clear();
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.writes -= 1;
        state.forget();
    }
}

#[cfg(test)]
mod tests {
    use zaguan_policy::Timestamp;

    use super::*;

    #[test]
    fn what_was_asked_before_or_during_a_write_is_not_kept() {
        let known = Arc::new(KnownAccounts::default());
        let (tenant, other) = (TenantId::new("t"), TenantId::new("u"));
        let account = Account::new("a", Timestamp::from_seconds(0));
        let ask = || known.find(&tenant, "a").err();

        let before = ask().unwrap();
        let writing = known.writing();
        let during = ask().unwrap();
        known.keep(before, &tenant, &account);
        known.keep(during, &tenant, &account);
        assert!(ask().is_some());
        drop(writing);
        known.keep(during, &tenant, &account);
        assert!(ask().is_some());

        known.keep(ask().unwrap(), &tenant, &account);
        assert!(ask().is_none() && known.find(&other, "a").is_err());
        let _writing = known.writing();
        assert!(ask().is_some());
    }
}
