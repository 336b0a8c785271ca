//! The threads that talk to SQLite: one writes, a few read.
//!
//! The writer takes everything that waits, runs each request in a savepoint of one transaction,
//! commits once, and only then answers. So a slow disk makes groups larger, not queues longer.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, JoinHandle},
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::{StoreFault, Stored};

/// Why SQLite, or a row that it gave, could not be used. Carries no values.
#[derive(Clone, Debug)]
pub(super) struct Trouble(Arc<str>);

impl Trouble {
    pub(super) fn new(cause: impl fmt::Display) -> Self {
        Self(cause.to_string().into())
    }

    pub(super) fn while_doing(&self, doing: &'static str) -> StoreFault {
        StoreFault { doing, cause: self.0.as_ref().into() }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(error)
    }
}

impl From<serde_json::Error> for Trouble {
    /// Only what kind of error it is: its text may quote the row.
    fn from(error: serde_json::Error) -> Self {
        Self::new(format_args!("a JSON column is not as it should be ({:?} error)", error.classify()))
    }
}

/// What the answer to a write waits for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Lasts {
    /// The operating system: it survives the end of the process.
    Kept,
    /// The disk: it survives the loss of power.
    Durable,
}

impl Lasts {
    /// In WAL mode `NORMAL` writes the log without waiting for the disk, `FULL` waits at each commit.
    fn pragma(self) -> &'static str {
        match self {
            Self::Kept => "PRAGMA synchronous = NORMAL",
            Self::Durable => "PRAGMA synchronous = FULL",
        }
    }
}

/// Tells whoever asked, once it is known whether the group was committed.
type Answer = Box<dyn FnOnce(Result<(), Trouble>) + Send>;

/// Does the work, where there is a transaction to do it in.
type Work = Box<dyn FnOnce(Result<&Connection, Trouble>) -> Answer + Send>;

struct Request {
    lasts: Lasts,
    run: Work,
}

/// The thread that writes. Dropping this finishes its queue first.
pub(super) struct Writer(Thread<Request>);

impl Writer {
    /// So many requests share a commit at most.
    const LARGEST_GROUP: usize = 512;

    pub(super) fn start(conn: Connection) -> Result<Self, Trouble> {
        let (queue, requests) = mpsc::channel();
        let thread = spawn("store-writer", move || Self::serve(&conn, &requests))?;
        Ok(Self(Thread { queue: Some(queue), threads: vec![thread] }))
    }

    /// Runs this in a transaction, and answers when it is committed. A fault undoes this and nothing else.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        lasts: Lasts,
        work: impl FnOnce(&Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Stored<T> {
        let (sender, receiver) = oneshot::channel();
        let run = Box::new(move |conn: Result<&Connection, Trouble>| -> Answer {
            let result = conn.and_then(|conn| in_savepoint(conn, work));
            Box::new(move |committed| {
                // Whoever asked may be gone; the write stands all the same.
                let _ = sender.send(result.and_then(|value| committed.map(|()| value)));
            })
        });
        self.0.ask(doing, Request { lasts, run }, receiver).await
    }

    fn serve(conn: &Connection, requests: &Receiver<Request>) {
        while let Ok(first) = requests.recv() {
            let mut group = vec![first];
            group.extend(requests.try_iter().take(Self::LARGEST_GROUP - 1));
            let lasts = group.iter().map(|request| request.lasts).max().unwrap_or(Lasts::Durable);
            let mut waiting = group.into_iter();
            while waiting.len() > 0 {
                Self::commit(conn, lasts, &mut waiting);
            }
        }
    }

    /// Commits those who wait, then answers them. Leaves some for another transaction where SQLite gave
    /// this one up.
    fn commit(conn: &Connection, lasts: Lasts, waiting: &mut impl Iterator<Item = Request>) {
        let begun = conn.execute_batch(lasts.pragma()).map_err(Trouble::from);
        if let Err(trouble) = begun.and_then(|()| step(conn, "BEGIN IMMEDIATE")) {
            waiting.for_each(|request| (request.run)(Err(trouble.clone()))(Ok(())));
            return;
        }
        let mut answers = Vec::new();
        for request in waiting {
            answers.push((request.run)(Ok(conn)));
            // A full disk, for one, rolls everything back, whatever savepoints there are.
            if conn.is_autocommit() {
                break;
            }
        }
        let committed = match conn.is_autocommit() {
            true => Err(Trouble::new("the transaction that it was part of was given up")),
            false => step(conn, "COMMIT"),
        };
        if let Err(trouble) = &committed {
            tracing::error!(cause = %trouble, requests = answers.len(), "the store could not commit");
            if !conn.is_autocommit() {
                step(conn, "ROLLBACK").unwrap_or_else(|trouble| tracing::error!(cause = %trouble, "nor roll back"));
            }
        }
        answers.into_iter().for_each(|answer| answer(committed.clone()));
    }
}

/// Runs one request of a group so that its fault, or its panic, undoes it alone.
fn in_savepoint<T>(conn: &Connection, work: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, Trouble> {
    step(conn, "SAVEPOINT request")?;
    let result = unless_it_panics(|| work(conn));
    if result.is_err() {
        step(conn, "ROLLBACK TO request")?;
    }
    step(conn, "RELEASE request")?;
    result
}

/// A question to a reader; it answers by itself.
type Question = Box<dyn FnOnce(&Connection) + Send>;

/// The threads that read, each in a snapshot of its own.
pub(super) struct Readers(Thread<Question>);

impl Readers {
    pub(super) fn start(conns: Vec<Connection>) -> Result<Self, Trouble> {
        let (queue, questions) = mpsc::channel::<Question>();
        let questions = Arc::new(Mutex::new(questions));
        let mut started = Thread { queue: Some(queue), threads: Vec::new() };
        for conn in conns {
            let questions = questions.clone();
            let next = move || questions.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let serve = move || {
                while let Ok(question) = next() {
                    question(&conn);
                }
            };
            started.threads.push(spawn("store-reader", serve)?);
        }
        Ok(Self(started))
    }

    /// Runs this over one state of the store.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Stored<T> {
        let (sender, receiver) = oneshot::channel();
        let question = Box::new(move |conn: &Connection| {
            let result = step(conn, "BEGIN").and_then(|()| {
                let result = unless_it_panics(|| work(conn));
                step(conn, "COMMIT").and(result)
            });
            let _ = sender.send(result);
        });
        self.0.ask(doing, question, receiver).await
    }
}

/// Threads with one queue. Dropping this lets them finish it, and waits for that.
struct Thread<T> {
    queue: Option<Sender<T>>,
    threads: Vec<JoinHandle<()>>,
}

impl<T> Thread<T> {
    async fn ask<A>(&self, doing: &'static str, what: T, answer: oneshot::Receiver<Result<A, Trouble>>) -> Stored<A> {
        let stopped = || StoreFault { doing, cause: "its thread has stopped; restart the server".into() };
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(what).map_err(|_| stopped())?;
        // A thread that dies lets go of its questions, so that nobody waits for it.
        answer.await.map_err(|_| stopped())?.map_err(|trouble| trouble.while_doing(doing))
    }
}

impl<T> Drop for Thread<T> {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the store ended in a panic");
            }
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Trouble> {
    thread::Builder::new().name(name.into()).spawn(run).map_err(Trouble::new)
}

/// Nothing is used after a panic but the connection, whose transaction is then rolled back.
fn unless_it_panics<T>(work: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Trouble::new("a defect in the store stopped it")))
}

fn step(conn: &Connection, sql: &str) -> Result<(), Trouble> {
    conn.prepare_cached(sql)?.execute([])?;
    Ok(())
}
