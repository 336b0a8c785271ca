//! Requests of one visit are answered one after the other.
//!
//! The store refuses a save over a version that moved; what a request asked of the directory before
//! that is done all the same. So two forms of one page, posted at once, wait for each other.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{Mutex as Turnstile, OwnedMutexGuard};

/// A turnstile for each name that somebody waits at.
#[derive(Default)]
pub(crate) struct OneAtATime(Mutex<HashMap<String, Weak<Turnstile<()>>>>);

impl OneAtATime {
    /// Waits for its turn; the next one's comes when the guard is dropped.
    pub(crate) async fn enter(&self, name: &str) -> OwnedMutexGuard<()> {
        let turnstile = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() > 1000 {
                all.retain(|_, turnstile| turnstile.strong_count() > 0);
            }
            match all.get(name).and_then(Weak::upgrade) {
                Some(turnstile) => turnstile,
                None => {
                    let turnstile = Arc::new(Turnstile::new(()));
                    all.insert(name.to_owned(), Arc::downgrade(&turnstile));
                    turnstile
                }
            }
        };
        turnstile.lock_owned().await
    }
}
