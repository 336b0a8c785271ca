//! Whether what many did at the same time can be told as if they had done it one after another (Herlihy and Wing; the search is
//! that of Wing and Gong, with the states that were seen remembered).

use std::{collections::HashSet, fmt::Debug, hash::Hash};

/// What a thing does when one asks after the other.
///
/// States do not come back: an operation that leaves a state as it is, with some answer, never has that answer and a change
/// later. (So a register takes each value once.)
pub(super) trait Model: Clone + Eq + Hash + Debug {
    type Operation: Debug;
    type Answer: PartialEq + Debug;

    fn perform(&mut self, operation: &Self::Operation) -> Self::Answer;
}

/// One operation of a history: somewhere between the two instants it happened. Instants are numbers of one counter.
#[derive(Debug)]
pub(super) struct Event<M: Model> {
    pub(super) client: u32,
    pub(super) asked: u64,
    pub(super) answered: u64,
    pub(super) operation: M::Operation,
    pub(super) answer: M::Answer,
}

/// True where some order of the operations explains all answers, and no operation comes before one that was answered before it
/// was asked.
pub(super) fn is_linearizable<M: Model>(start: &M, history: &[Event<M>]) -> bool {
    let mut search = Search { history, seen: HashSet::new() };
    search.goes_on(start.clone(), vec![false; history.len()])
}

struct Search<'h, M: Model> {
    history: &'h [Event<M>],
    /// From here nothing was found.
    seen: HashSet<(Vec<bool>, M)>,
}

impl<M: Model> Search<'_, M> {
    fn goes_on(&mut self, mut state: M, mut done: Vec<bool>) -> bool {
        let changes = loop {
            let (mut changes, mut moved) = (Vec::new(), false);
            for next in self.could_be_next(&done) {
                let event = &self.history[next];
                let mut after = state.clone();
                if after.perform(&event.operation) != event.answer {
                    continue;
                }
                if after == state {
                    // It changes nothing now and would change nothing later: wherever it may come, it may come here.
                    done[next] = true;
                    moved = true;
                } else {
                    changes.push((next, after));
                }
            }
            if done.iter().all(|done| *done) {
                return true;
            }
            if !moved {
                break changes;
            }
        };
        if !self.seen.insert((done.clone(), state.clone())) {
            return false;
        }
        changes.into_iter().any(|(next, after)| {
            state = after;
            let mut done = done.clone();
            done[next] = true;
            self.goes_on(state.clone(), done)
        })
    }

    /// What was asked before anything else that is left was answered.
    fn could_be_next(&self, done: &[bool]) -> Vec<usize> {
        let left = || self.history.iter().enumerate().filter(|(at, _)| !done[*at]);
        let first = left().map(|(_, event)| event.answered).min().unwrap_or(u64::MAX);
        left().filter(|(_, event)| event.asked < first).map(|(at, _)| at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A register.
    #[derive(Clone, PartialEq, Eq, Hash, Debug)]
    struct Register(u32);

    #[derive(Debug)]
    enum Do {
        Write(u32),
        Read,
    }

    impl Model for Register {
        type Operation = Do;
        type Answer = u32;

        fn perform(&mut self, operation: &Do) -> u32 {
            if let Do::Write(value) = operation {
                self.0 = *value;
            }
            self.0
        }
    }

    /// Asked, answered, operation, answer.
    fn holds(history: Vec<(u64, u64, Do, u32)>) -> bool {
        let event = |(asked, answered, operation, answer)| Event { client: 0, asked, answered, operation, answer };
        is_linearizable(&Register(0), &history.into_iter().map(event).collect::<Vec<_>>())
    }

    #[test]
    fn one_after_another() {
        use Do::{Read, Write};
        assert!(holds(vec![]));
        assert!(holds(vec![(1, 2, Read, 0), (3, 4, Write(1), 1), (5, 6, Read, 1)]));
        assert!(!holds(vec![(1, 2, Read, 1)]), "nobody wrote it");
        assert!(!holds(vec![(1, 2, Write(1), 1), (3, 4, Read, 0)]), "an old value");
        assert!(!holds(vec![(1, 2, Read, 1), (3, 4, Write(1), 1)]), "a value of the future");
    }

    #[test]
    fn at_the_same_time() {
        use Do::{Read, Write};
        for seen in [0, 1] {
            assert!(holds(vec![(1, 4, Write(1), 1), (2, 3, Read, seen)]));
        }
        // Two writers: a reader may see either, but two readers not first the one, then the other, then the one again.
        let writers = || vec![(1, 20, Write(1), 1), (2, 21, Write(2), 2)];
        let reads = |seen: &[u32]| {
            let mut history = writers();
            history.extend((2_u64..).zip(seen).map(|(at, seen)| (at * 2, at * 2 + 1, Read, *seen)));
            holds(history)
        };
        for fine in [&[0, 0][..], &[0, 1, 2], &[0, 2, 1], &[1, 2, 2], &[2]] {
            assert!(reads(fine), "{fine:?}");
        }
        for wrong in [&[1, 0][..], &[1, 2, 1], &[2, 1, 2], &[0, 2, 0]] {
            assert!(!reads(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn many_at_the_same_time() {
        use Do::{Read, Write};
        let all = |last: u32| {
            let writes = (1..=12).map(|value| (u64::from(value), 100 + u64::from(value), Write(value), value));
            let reads = (1..=12).map(|value| (20 + u64::from(value), 200, Read, value));
            let after = [(300, 301, Read, last), (302, 303, Read, last), (304, 305, Read, 12)];
            holds(writes.chain(reads).chain(after).collect())
        };
        assert!(all(12));
        assert!(!all(11), "11 and then 12, long after everybody wrote");
    }
}
