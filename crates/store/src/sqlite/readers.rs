//! Reading: what takes microseconds is read by whoever asks, on its own thread.
//!
//! A question that finds its rows by a key costs less than the two changes of thread that it would take to ask
//! somebody else. What goes over whole tables has a thread of its own.

use std::{
    sync::{
        Mutex, PoisonError, TryLockError,
        mpsc::{self, Sender},
    },
    thread::JoinHandle,
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::threads::{Trouble, spawn, step, unless_it_panics};
use crate::{StoreFault, Stored};

/// The connections that read, each in a snapshot of its own.
pub(super) struct Readers {
    conns: Vec<Mutex<Connection>>,
    queue: Option<Sender<Question>>,
    thread: Option<JoinHandle<()>>,
}

/// A question for the thread; it answers by itself.
type Question = Box<dyn FnOnce(&Connection) + Send>;

impl Readers {
    /// One connection is for long questions, the others are for short ones.
    pub(super) fn start(for_long: Connection, for_short: Vec<Connection>) -> Result<Self, Trouble> {
        let (queue, questions) = mpsc::channel::<Question>();
        let serve = move || questions.iter().for_each(|question| question(&for_long));
        let thread = Some(spawn("store-reader", serve)?);
        Ok(Self { conns: for_short.into_iter().map(Mutex::new).collect(), queue: Some(queue), thread })
    }

    /// Runs this here and now over one state of the store. For rows that a key finds.
    pub(super) fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Stored<T> {
        let free = self.conns.iter().find_map(|conn| match conn.try_lock() {
            Ok(conn) => Some(conn),
            // Panics are caught below, and what is left is a transaction that is over.
            Err(TryLockError::Poisoned(conn)) => Some(conn.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        });
        // As many others read at this moment as there are connections: one of them is done at once.
        let conn = match (free, self.conns.first()) {
            (Some(conn), _) => conn,
            (None, Some(first)) => first.lock().unwrap_or_else(PoisonError::into_inner),
            (None, None) => return Err(StoreFault { doing, cause: "it has no connection".into() }),
        };
        in_snapshot(&conn, work).map_err(|trouble| trouble.while_doing(doing))
    }

    /// Runs this over one state of the store, on the thread for what takes long.
    pub(super) async fn read_long<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Stored<T> {
        let stopped = || StoreFault { doing, cause: "its thread has stopped; restart the server".into() };
        let (sender, receiver) = oneshot::channel();
        let question: Question = Box::new(move |conn| {
            let _ = sender.send(in_snapshot(conn, work));
        });
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(question).map_err(|_| stopped())?;
        receiver.await.map_err(|_| stopped())?.map_err(|trouble| trouble.while_doing(doing))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("a thread of the store ended in a panic");
        }
    }
}

pub(super) fn in_snapshot<T>(
    conn: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    step(conn, "BEGIN")?;
    let result = unless_it_panics(|| work(conn));
    step(conn, "COMMIT").and(result)
}
