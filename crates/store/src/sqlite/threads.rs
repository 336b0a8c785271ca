//! Who talks to SQLite: whoever asks, on its own thread, wherever that is a matter of microseconds.
//!
//! Writes wait in one queue and are committed in groups. Each request of a group runs in a savepoint of one
//! transaction; there is one commit, and only then are they answered. Whoever writes first lets everybody else who is
//! ready come before, and so shares the commit with them. What waits for the disk goes to a thread of its own, so that a
//! slow disk makes groups larger, not queues longer. What waits for the operating system alone is committed by the first
//! of those who wait, without a word between threads.
//!
//! Folding the log into the database ([`super::checkpoint`]) is in nobody's way.

use std::{
    collections::VecDeque,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
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

/// Everything that is written passes here. Dropping this finishes its queue first.
pub(super) struct Writer {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

/// Where requests wait, and the one connection that writes.
struct Desk {
    conn: Mutex<Connection>,
    /// What its commits wait for, as it was told last.
    level: Mutex<Option<Lasts>>,
    queue: Mutex<Queue>,
    bell: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Request>,
    /// The thread is wanted.
    rung: bool,
    closed: bool,
    /// A panic stopped a commit: what state the connection is in, nobody knows.
    over: bool,
}

impl Writer {
    /// So many requests share a commit at most.
    const LARGEST_GROUP: usize = 512;
    /// So many are committed by one of them; where more wait, the thread helps.
    const LARGEST_OWN_GROUP: usize = 64;

    pub(super) fn start(conn: Connection) -> Result<Self, Trouble> {
        let desk = Arc::new(Desk {
            conn: Mutex::new(conn),
            level: Mutex::default(),
            queue: Mutex::default(),
            bell: Condvar::new(),
        });
        let serving = Arc::clone(&desk);
        let thread = spawn("store-writer", move || serving.serve())?;
        Ok(Self { desk, thread: Some(thread) })
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
        let stopped = || StoreFault { doing, cause: "its writer has stopped; restart the server".into() };
        self.desk.add(Request { lasts, run }).ok_or_else(stopped)?;
        // Rings in any case, also where whoever asked goes away at once.
        let bell = RingsWhenDropped(&self.desk);
        // Everybody else who is ready comes before, and shares the commit.
        tokio::task::yield_now().await;
        if lasts == Lasts::Kept {
            self.desk.commit_here();
        }
        drop(bell);
        // A writer that stops lets go of all requests, so that nobody waits for it.
        receiver.await.map_err(|_| stopped())?.map_err(|trouble| trouble.while_doing(doing))
    }

    /// The connection, where nobody writes at this moment and nothing is half written.
    pub(super) fn idle(&self) -> Option<MutexGuard<'_, Connection>> {
        self.desk.conn.try_lock().ok().filter(|conn| conn.is_autocommit())
    }

    /// Runs this on the writer's connection. Nobody writes meanwhile.
    pub(super) fn between_commits<T>(&self, work: impl FnOnce(&Connection) -> T) -> T {
        work(&self.desk.conn())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.desk.queue().closed = true;
        self.desk.bell.notify_one();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("a thread of the store ended in a panic");
        }
    }
}

/// Calls the thread to those who still wait.
struct RingsWhenDropped<'a>(&'a Desk);

impl Drop for RingsWhenDropped<'_> {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        if !queue.waiting.is_empty() && !queue.rung {
            queue.rung = true;
            self.0.bell.notify_one();
        }
    }
}

impl Desk {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing can fail between two states of a queue.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn conn(&self) -> MutexGuard<'_, Connection> {
        // After a panic the queue is over, and nothing is asked of it any more.
        self.conn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a request at the end of the queue. `None` where nobody serves it any more.
    fn add(&self, request: Request) -> Option<()> {
        let mut queue = self.queue();
        (!queue.over).then(|| queue.waiting.push_back(request))
    }

    /// The thread: waits for the bell, then commits until nobody waits.
    fn serve(&self) {
        loop {
            let mut queue = self.queue();
            while !queue.rung && !queue.closed {
                queue = self.bell.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            queue.rung = false;
            let closed = queue.closed;
            drop(queue);
            let conn = self.conn();
            while self.commit_some(&conn, Writer::LARGEST_GROUP) {}
            drop(conn);
            if closed {
                return;
            }
        }
    }

    /// Commits those who wait, unless one of them has to wait for the disk or somebody else is at it.
    fn commit_here(&self) {
        let all_kept = |queue: &Queue| queue.waiting.iter().all(|request| request.lasts == Lasts::Kept);
        if let Ok(conn) = self.conn.try_lock()
            && all_kept(&self.queue())
        {
            self.commit_some(&conn, Writer::LARGEST_OWN_GROUP);
        }
    }

    /// One group. False where nobody waited.
    fn commit_some(&self, conn: &Connection, most: usize) -> bool {
        let group: Vec<Request> = {
            let mut queue = self.queue();
            let many = queue.waiting.len().min(most);
            queue.waiting.drain(..many).collect()
        };
        let Some(lasts) = group.iter().map(|request| request.lasts).max() else { return false };
        let mut waiting = group.into_iter();
        let all = AssertUnwindSafe(|| {
            while waiting.len() > 0 {
                self.commit(conn, lasts, &mut waiting);
            }
        });
        if catch_unwind(all).is_err() {
            tracing::error!("a defect stopped the writer of the store");
            let mut queue = self.queue();
            queue.over = true;
            queue.waiting.clear();
        }
        true
    }

    /// Commits those who wait, then answers them. Leaves some for another transaction where SQLite gave
    /// this one up.
    fn commit(&self, conn: &Connection, lasts: Lasts, waiting: &mut impl Iterator<Item = Request>) {
        if let Err(trouble) = self.set_level(conn, lasts).and_then(|()| step(conn, "BEGIN IMMEDIATE")) {
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

    /// Tells SQLite what the next commit waits for, where that is not what the last one did.
    fn set_level(&self, conn: &Connection, lasts: Lasts) -> Result<(), Trouble> {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        if *level != Some(lasts) {
            *level = None;
            conn.execute_batch(lasts.pragma())?;
            *level = Some(lasts);
        }
        Ok(())
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

pub(super) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Trouble> {
    thread::Builder::new().name(name.into()).spawn(run).map_err(Trouble::new)
}

/// Nothing is used after a panic but the connection, whose transaction is then rolled back.
pub(super) fn unless_it_panics<T>(work: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Trouble::new("a defect in the store stopped it")))
}

pub(super) fn step(conn: &Connection, sql: &str) -> Result<(), Trouble> {
    conn.prepare_cached(sql)?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, pin::pin, sync::mpsc, task::Poll};

    use super::{super::readers::Readers, *};

    type Job = Box<dyn FnOnce(&Connection) -> Result<i64, Trouble> + Send>;

    /// A writer over a table of numbers and one of debts to them, and a reader of the same file.
    struct Bench {
        writer: Writer,
        readers: Readers,
        _folder: tempfile::TempDir,
    }

    impl Bench {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let open = || Connection::open(folder.path().join("bench.db")).unwrap();
            let conn = open();
            conn.execute_batch(
                "PRAGMA journal_mode = WAL;
                 PRAGMA foreign_keys = ON;
                 CREATE TABLE n (n INTEGER PRIMARY KEY) STRICT;
                 CREATE TABLE debts (n INTEGER REFERENCES n (n) DEFERRABLE INITIALLY DEFERRED) STRICT",
            )
            .unwrap();
            let readers = Readers::start(open(), vec![open()]).unwrap();
            Self { writer: Writer::start(conn).unwrap(), readers, _folder: folder }
        }

        fn numbers(&self) -> Vec<i64> {
            let work = |conn: &Connection| {
                let mut select = conn.prepare("SELECT n FROM n ORDER BY n")?;
                Ok(select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
            };
            self.readers.read("read", work).unwrap()
        }

        /// Does all of these in one group: they queue up while the writer waits.
        async fn together(&self, all: impl IntoIterator<Item = (Lasts, Job)>) -> Vec<Stored<i64>> {
            let (go, wait) = mpsc::channel::<()>();
            let (waits, waiting) = mpsc::channel::<()>();
            let mut held = pin!(self.writer.write("wait", Lasts::Durable, move |_| {
                drop(waits);
                let _ = wait.recv();
                Ok(())
            }));
            let mut writes: Vec<_> =
                all.into_iter().map(|(lasts, job)| Box::pin(self.writer.write("write", lasts, job))).collect();
            poll_fn(|context| {
                // The first time it lets others come before.
                assert!(held.as_mut().poll(context).is_pending());
                assert!(held.as_mut().poll(context).is_pending());
                // The writer is there, and waits.
                waiting.recv().unwrap_err();
                assert!(writes.iter_mut().all(|write| write.as_mut().poll(context).is_pending()));
                Poll::Ready(())
            })
            .await;
            drop(go);
            held.await.unwrap();
            let mut answers = Vec::new();
            for write in writes {
                answers.push(write.await);
            }
            answers
        }
    }

    /// Adds the number, and gives SQLite's level of `synchronous`: 1 is `NORMAL`, 2 is `FULL`.
    fn add(number: i64) -> Job {
        Box::new(move |conn| {
            conn.prepare_cached("INSERT INTO n VALUES (?1)")?.execute([number])?;
            Ok(conn.query_row("PRAGMA synchronous", [], |row| row.get(0))?)
        })
    }

    #[tokio::test]
    async fn one_durable_write_makes_its_group_durable() {
        let bench = Bench::new();
        for (first, lasts, level) in [
            (0, [Lasts::Kept, Lasts::Kept], 1),
            (10, [Lasts::Kept, Lasts::Durable], 2),
            (20, [Lasts::Durable, Lasts::Kept], 2),
            (30, [Lasts::Kept, Lasts::Kept], 1),
        ] {
            let jobs = lasts.into_iter().zip((first..).map(add));
            let levels: Vec<i64> = bench.together(jobs).await.into_iter().map(Result::unwrap).collect();
            assert_eq!(levels, [level, level], "{lasts:?}");
        }
    }

    #[tokio::test]
    async fn a_fault_or_a_panic_undoes_its_own_request_alone() {
        let bench = Bench::new();
        let faults: Job = Box::new(|conn| add(100)(conn).and(add(1)(conn)));
        let panics: Job = Box::new(|conn| {
            add(101)(conn)?;
            unreachable!("a defect")
        });
        let answers = bench.together([add(1), faults, add(2), panics, add(3)].map(|job| (Lasts::Kept, job))).await;
        let shown: Vec<_> = answers.into_iter().map(|answer| answer.map_err(|fault| fault.cause)).collect();
        assert_eq!(shown[1], Err("UNIQUE constraint failed: n.n".into()));
        assert_eq!(shown[3], Err("a defect in the store stopped it".into()));
        assert!([0, 2, 4].iter().all(|fine| shown[*fine].is_ok()));
        assert_eq!(bench.numbers(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn when_sqlite_gives_a_transaction_up_nobody_is_told_that_it_is_committed() {
        let bench = Bench::new();
        // What SQLite does by itself where the disk is full.
        let gives_up: Job = Box::new(|conn| {
            conn.execute_batch("ROLLBACK")?;
            Err(Trouble::new("the disk is full"))
        });
        let answers = bench.together([add(1), gives_up, add(2)].map(|job| (Lasts::Durable, job))).await;
        assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!(bench.numbers(), [2]);
    }

    #[tokio::test]
    async fn a_commit_that_fails_is_a_fault_for_the_whole_group() {
        let bench = Bench::new();
        let owes: Job = Box::new(|conn| Ok(i64::try_from(conn.execute("INSERT INTO debts VALUES (7)", [])?).unwrap()));
        let answers = bench.together([add(1), owes].map(|job| (Lasts::Durable, job))).await;
        for answer in answers {
            assert_eq!(answer.unwrap_err().cause, "FOREIGN KEY constraint failed");
        }
        assert_eq!(bench.together([(Lasts::Durable, add(2))]).await.len(), 1);
        assert_eq!(bench.numbers(), [2]);
    }

    #[tokio::test]
    async fn a_reader_survives_a_panic() {
        let bench = Bench::new();
        let defect = |_: &Connection| -> Result<(), Trouble> { unreachable!("a defect") };
        let fault = bench.readers.read("read", defect).unwrap_err();
        assert_eq!(fault.to_string(), "the store could not read: a defect in the store stopped it");
        assert_eq!(bench.numbers(), [0_i64; 0]);
    }

    #[tokio::test]
    async fn nobody_waits_for_a_writer_that_stopped() {
        let bench = Bench::new();
        let dies = Request { lasts: Lasts::Kept, run: Box::new(|_| unreachable!("a defect of the writer itself")) };
        bench.writer.desk.add(dies).unwrap();
        for lasts in [Lasts::Kept, Lasts::Kept, Lasts::Durable] {
            let fault = bench.writer.write("write", lasts, add(1)).await.unwrap_err();
            assert_eq!(fault.to_string(), "the store could not write: its writer has stopped; restart the server");
        }
    }
}
