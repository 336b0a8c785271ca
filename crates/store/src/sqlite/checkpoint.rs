//! Folding the log into the database, on a thread of its own.
//!
//! Left to itself, SQLite does it in the commit that fills the log, and whoever waits for that commit waits for the
//! disk. Here the greater part is done while others write, and only the rest of it, a few pages, between two commits.
//! Then the next commit begins the log anew. A log of a few thousand pages also saves work: a page that many commits
//! wrote is copied once.

use std::{
    sync::{
        Arc,
        mpsc::{self, Receiver, SyncSender},
    },
    thread::JoinHandle,
};

use rusqlite::Connection;

use super::threads::{Trouble, Writer, spawn};

/// Pages in the log, of 4 KiB each, from which on it is folded; and how many more have to come until it is tried again
/// where somebody still reads what stands in it.
const FULL: i32 = 4000;

/// What the thread is told.
enum Wanted {
    Fold,
    End,
}

/// Hears of every commit how long the log is.
pub(super) struct Gauge {
    wanted: SyncSender<Wanted>,
    heard: Receiver<Wanted>,
}

/// The thread that folds. Dropping this waits for what it is at.
pub(super) struct Checkpoints {
    wanted: SyncSender<Wanted>,
    thread: Option<JoinHandle<()>>,
}

impl Gauge {
    /// From now on this connection, which is to be the writer's, does not fold by itself.
    pub(super) fn attach(conn: &mut Connection) -> Result<Self, Trouble> {
        let (wanted, heard) = mpsc::sync_channel(1);
        let (sender, mut due) = (wanted.clone(), FULL);
        conn.wal_hook(Some(move |_: &mut _, pages| {
            if pages < FULL {
                due = FULL;
            } else if pages >= due {
                due = pages + FULL;
                // Where it was told already, that is enough.
                let _ = sender.try_send(Wanted::Fold);
            }
            Ok(())
        }))?;
        Ok(Self { wanted, heard })
    }
}

impl Checkpoints {
    /// `conn` must be allowed to write.
    pub(super) fn start(gauge: Gauge, conn: Connection, writer: &Arc<Writer>) -> Result<Self, Trouble> {
        let Gauge { wanted, heard } = gauge;
        let writer = Arc::clone(writer);
        let serve = move || {
            while let Ok(Wanted::Fold) = heard.recv() {
                let passes = fold(&conn).and_then(|()| writer.between_commits(fold));
                passes.unwrap_or_else(|trouble| tracing::error!(cause = %trouble, "the store could not fold its log"));
            }
        };
        Ok(Self { wanted, thread: Some(spawn("store-checkpoint", serve)?) })
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        let _ = self.wanted.send(Wanted::End);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("a thread of the store ended in a panic");
        }
    }
}

/// `PASSIVE` waits for nobody: what a reader still looks at is left for the next time.
fn fold(conn: &Connection) -> Result<(), Trouble> {
    Ok(conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?)
}
