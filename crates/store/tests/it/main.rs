//! The engines, measured against one suite, against each other, and against being killed.

#![expect(clippy::unwrap_used, reason = "these are tests, their helping functions included")]

mod crash;
mod equal;
mod sqlite;

use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use zaguan_store::{Memory, Sqlite, conformance};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_conforms() {
    conformance::run(|| Arc::new(Memory::new())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_conforms() {
    let folders: Mutex<Vec<TempDir>> = Mutex::default();
    conformance::run(|| {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("zaguan.db")).unwrap();
        folders.lock().unwrap().push(folder);
        Arc::new(store)
    })
    .await;
}
