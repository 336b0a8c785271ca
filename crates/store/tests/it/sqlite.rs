//! What only an engine with a file has to do.

use std::path::Path;

use rusqlite::Connection;
use zaguan_policy::Timestamp;
use zaguan_store::{Sqlite, Visit, VisitId, Visits};

fn visit(id: String) -> Visit {
    Visit { id: VisitId(id), version: 0, sealed: vec![1], until: Timestamp::from_seconds(100) }
}

async fn is_there(store: &Sqlite, id: String) -> bool {
    store.visit(&VisitId(id), Timestamp::from_seconds(0)).await.unwrap().is_some()
}

fn set_version(path: &Path, version: u32) {
    Connection::open(path).unwrap().pragma_update(None, "user_version", version).unwrap();
}

#[tokio::test]
async fn a_store_that_is_opened_again_has_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zaguan.db");
    for round in 0..3 {
        let store = Sqlite::open(&path).unwrap();
        store.begin_visit(&visit(round.to_string())).await.unwrap();
        for earlier in 0..=round {
            assert!(is_there(&store, earlier.to_string()).await);
        }
    }
}

#[tokio::test]
async fn dropping_the_store_finishes_what_waits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zaguan.db");
    let store = Sqlite::open(&path).unwrap();
    let visits: Vec<Visit> = (0..200).map(|number| visit(number.to_string())).collect();
    for visit in &visits {
        let mut write = Box::pin(store.begin_visit(visit));
        // Asked for once, and then whoever asked goes away.
        let _ = std::future::poll_fn(|context| std::task::Poll::Ready(write.as_mut().poll(context))).await;
    }
    drop(store);
    let log = folder.path().join("zaguan.db-wal");
    assert!(!log.exists(), "the log is folded into the database");
    let store = Sqlite::open(&path).unwrap();
    for visit in visits {
        assert!(is_there(&store, visit.id.0).await);
    }
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zaguan.db");
    drop(Sqlite::open(&path).unwrap());
    set_version(&path, 4711);
    let fault = Sqlite::open(&path).err().unwrap();
    assert_eq!(
        fault.to_string(),
        "the store could not open the database: its tables are of version 4711, and this program knows them up to 3; \
         start the newer program, or restore a backup"
    );
    set_version(&path, 3);
    assert!(Sqlite::open(&path).is_ok(), "nothing was changed");
}

#[test]
fn what_cannot_be_opened_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    std::fs::write(&text, "this is no database, and long enough for everybody to see that it is none").unwrap();
    for path in [folder.path().to_owned(), folder.path().join("no/such/folder"), text] {
        let fault = Sqlite::open(&path).err().unwrap();
        assert_eq!(fault.doing, "open the database");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("zaguan.db")).unwrap();
    store.begin_visit(&visit("v".into())).await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.file_name());
    }
}
