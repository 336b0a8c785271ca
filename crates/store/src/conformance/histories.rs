//! Codes and families, asked by 64 at the same time in any order: every history is one that could have happened one after another.

use std::{
    fmt::Write,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering::SeqCst},
    },
};

use async_trait::async_trait;
use tokio::sync::Barrier;
use zaguan_policy::Timestamp;

use super::{
    Any, RACERS, code, ends, family_id, first_token, grant,
    linear::{Event, Model, is_linearizable},
    race, tenant,
};
use crate::{
    AccountChange, AccountKey, AccountWrite, IfAbsent, IfPresent, RefreshFamily, Rotated, SessionChange, SessionsThen,
    Taken,
};

/// The one thing that everybody asks: a code, its family, and whoever it was granted for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Granted {
    is_taken: bool,
    /// Generation, when it was made, until when it is good.
    family: Option<(u32, Timestamp, Timestamp)>,
    /// Since when tokens of the person are good; `None` for a person who is gone.
    valid_from: Option<Timestamp>,
}

#[derive(Clone, Debug)]
enum Operation {
    /// Shows the code; with `until` to begin a family.
    Redeem {
        until: Option<Timestamp>,
        now: Timestamp,
    },
    Rotate {
        generation: u32,
        until: Timestamp,
        now: Timestamp,
        grace: i64,
    },
    ReadFamily,
    EndFamily,
    Revoke {
        now: Timestamp,
    },
    ReadPerson,
    DeletePerson,
}

#[derive(PartialEq, Debug)]
enum Answer {
    /// True for whom it was taken.
    Taken(bool),
    Rotated(Rotated),
    Family(Option<(u32, Timestamp, Timestamp)>),
    Done,
    ValidFrom(Option<Timestamp>),
    Deleted(bool),
}

impl Model for Granted {
    type Operation = Operation;
    type Answer = Answer;

    fn perform(&mut self, operation: &Operation) -> Answer {
        match operation {
            Operation::Redeem { until, now } => {
                let is_first = !std::mem::replace(&mut self.is_taken, true);
                // Whoever comes second ends what the first began.
                self.family = until.filter(|_| is_first).map(|until| (0, *now, until));
                Answer::Taken(is_first)
            }
            Operation::Rotate { generation, until, now, grace } => {
                let Some((newest, rotated, end)) = self.family else { return Answer::Rotated(Rotated::Gone) };
                let (id, grant) = (family_id(1), grant());
                let mut family = RefreshFamily { id, grant, generation: newest, rotated, until: end };
                let answer = family.rotate(*generation, *until, *now, *grace);
                self.family = (answer != Rotated::Reused).then_some((family.generation, family.rotated, family.until));
                Answer::Rotated(answer)
            }
            Operation::ReadFamily => Answer::Family(self.family),
            Operation::EndFamily => {
                self.family = None;
                Answer::Done
            }
            Operation::Revoke { now } => {
                self.valid_from = self.valid_from.map(|_| *now);
                Answer::ValidFrom(self.valid_from)
            }
            Operation::ReadPerson => Answer::ValidFrom(self.valid_from),
            // The family stays, without what it knew of the person: whoever rotates asks for the person first.
            Operation::DeletePerson => Answer::Deleted(self.valid_from.take().is_some()),
        }
    }
}

impl Granted {
    /// As it is before anybody asks: the code is there, and nobody took it.
    fn at_first() -> Self {
        Self { is_taken: false, family: None, valid_from: Some(instant(0)) }
    }
}

/// Whoever is asked.
#[async_trait]
trait Asked: Send + Sync + 'static {
    async fn perform(&self, operation: &Operation) -> Answer;
}

#[async_trait]
impl Asked for Any {
    async fn perform(&self, operation: &Operation) -> Answer {
        let (tenant, family, person) = (tenant(), family_id(1), AccountKey::ObjectId(PERSON.into()));
        match operation {
            Operation::Redeem { until, now } => {
                let first = until.and_then(|until| first_token(until, *now));
                let taken = self.redeem_code(&tenant, &code(1).hash, first, *now).await.unwrap();
                Answer::Taken(matches!(taken, Taken::Grant { .. }))
            }
            Operation::Rotate { generation, until, now, grace } => {
                Answer::Rotated(self.rotate(&tenant, &family, *generation, *until, *now, *grace).await.unwrap())
            }
            Operation::ReadFamily => {
                let found = self.family(&tenant, &family).await.unwrap();
                Answer::Family(found.map(|family| (family.generation, family.rotated, family.until)))
            }
            Operation::EndFamily => {
                self.end_family(&tenant, &family).await.unwrap();
                Answer::Done
            }
            Operation::Revoke { now } => {
                let write = person_write(IfAbsent::Refuse, IfPresent::Update, vec![AccountChange::Revoke]);
                let answer = self.write_account(&tenant, None, &write, *now).await.unwrap();
                Answer::ValidFrom(match answer {
                    crate::WriteAnswer::Done { account, .. } => Some(account.tokens_valid_from),
                    _ => None,
                })
            }
            Operation::ReadPerson => {
                let found = self.account(&tenant, &person).await.unwrap();
                Answer::ValidFrom(found.map(|account| account.tokens_valid_from))
            }
            Operation::DeletePerson => {
                Answer::Deleted(self.delete_account(&tenant, PERSON, SessionsThen::Stay, instant(0)).await.unwrap())
            }
        }
    }
}

/// Looks, and then does as it saw: what a store must not be. All who ask in step look before anybody writes.
struct LooksFirst {
    store: Any,
    taken: AtomicU32,
    looked: Barrier,
}

#[async_trait]
impl Asked for LooksFirst {
    async fn perform(&self, operation: &Operation) -> Answer {
        match operation {
            Operation::Redeem { .. } => {
                let is_first = self.taken.load(SeqCst) == 0;
                self.looked.wait().await;
                self.taken.fetch_add(1, SeqCst);
                self.store.perform(operation).await;
                Answer::Taken(is_first)
            }
            Operation::Rotate { generation, until, now, grace } => {
                let seen = self.store.family(&tenant(), &family_id(1)).await.unwrap();
                self.looked.wait().await;
                self.store.perform(operation).await;
                Answer::Rotated(
                    seen.map_or(Rotated::Gone, |mut family| family.rotate(*generation, *until, *now, *grace)),
                )
            }
            other => {
                self.looked.wait().await;
                self.store.perform(other).await
            }
        }
    }
}

/// What all clients do, mostly.
#[derive(Clone, Copy, Debug)]
enum Story {
    /// Everybody takes the code.
    Takers,
    /// Everybody refreshes what they got, with grace for crossing requests.
    Rotations,
    /// The same without grace: whoever comes second ends the family.
    WithoutGrace,
    /// Everybody refreshes with a little grace, and some show old tokens.
    StaleTokens,
    /// Everybody refreshes, and somebody ends the family, or shows the code again.
    EndInTheMiddle,
    /// Everybody refreshes, and the person's tokens are revoked, and the person deleted.
    PersonChanges,
}

const STORIES: [Story; 6] = [
    Story::Takers,
    Story::Rotations,
    Story::WithoutGrace,
    Story::StaleTokens,
    Story::EndInTheMiddle,
    Story::PersonChanges,
];
/// When clients ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Pace {
    /// Everybody has asked before anybody is answered, and is answered before anybody asks again.
    InStep,
    AsTheyCome,
}

/// So many histories of each story.
const SEEDS: u64 = 4;
/// So many operations of each client.
const STEPS: u64 = 5;
const PERSON: &str = "ada";

pub(super) async fn what_many_do_at_once_could_have_happened_in_turn(new: &impl Fn() -> Any) {
    let mut operations = 0;
    for story in STORIES {
        for seed in 0..SEEDS {
            let store = new();
            begin(&store, story).await;
            let pace = if seed % 2 == 0 { Pace::InStep } else { Pace::AsTheyCome };
            let (start, history) = record(Arc::new(store), story, seed, pace).await;
            operations += history.len();
            assert!(is_linearizable(&start, &history), "{story:?}, seed {seed}:\n{}", told(&history));
        }
    }
    println!(
        "{} histories of {RACERS} clients, {operations} operations: all linearizable",
        SEEDS * STORIES.len() as u64
    );
}

pub(super) async fn a_store_that_looks_before_it_writes_is_found_out(new: &impl Fn() -> Any) {
    for story in [Story::Takers, Story::WithoutGrace] {
        let store = new();
        begin(&store, story).await;
        let asked = LooksFirst { store, taken: AtomicU32::new(0), looked: Barrier::new(RACERS as usize) };
        let (start, history) = record(Arc::new(asked), story, 0, Pace::InStep).await;
        assert!(!is_linearizable(&start, &history), "{story:?} is not found out:\n{}", told(&history));
    }
}

/// The code and the person are there; and where it is not about the code, it is taken.
async fn begin(store: &Any, story: Story) {
    let create = IfAbsent::Create { object_id: PERSON.into() };
    let write = person_write(create, IfPresent::Refuse, vec![]);
    store.write_account(&tenant(), None, &write, instant(0)).await.unwrap();
    store.finish(&tenant(), &ends(SessionChange::None, Some(code(1))), instant(0)).await.unwrap();
    if !matches!(story, Story::Takers) {
        store.perform(&redeem(0)).await;
    }
}

fn person_write(if_absent: IfAbsent, if_present: IfPresent, changes: Vec<AccountChange>) -> AccountWrite {
    let key = AccountKey::ObjectId(PERSON.into());
    AccountWrite { key, if_absent, if_present, changes, sessions: SessionsThen::Stay, own: vec![] }
}

fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn redeem(now: i64) -> Operation {
    Operation::Redeem { until: Some(instant(now + 500_000)), now: instant(now) }
}

/// Everybody at once; what each asked, was told, and when.
async fn record(asked: Arc<impl Asked>, story: Story, seed: u64, pace: Pace) -> (Granted, Vec<Event<Granted>>) {
    let mut start = Granted::at_first();
    if !matches!(story, Story::Takers) {
        start.perform(&redeem(0));
    }
    // What comes first: one counter for everybody. And the time that clients tell, which goes on with every question.
    let (counter, clock) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicI64::new(1)));
    let step_of_all = Arc::new(Barrier::new(RACERS as usize));
    let events = race(&asked, RACERS, move |asked, client| {
        let (counter, clock, step_of_all) = (counter.clone(), clock.clone(), step_of_all.clone());
        async move {
            let (mut events, mut newest) = (Vec::new(), 0);
            for step in 0..STEPS {
                let now = clock.fetch_add(1, SeqCst);
                let operation = next(story, mixed(seed, client, step), newest, now);
                let begun = counter.fetch_add(1, SeqCst);
                if pace == Pace::InStep {
                    step_of_all.wait().await;
                }
                let answer = asked.perform(&operation).await;
                let answered = counter.fetch_add(1, SeqCst);
                if pace == Pace::InStep {
                    step_of_all.wait().await;
                }
                if let Answer::Rotated(Rotated::Successor(generation)) = answer {
                    newest = generation;
                }
                events.push(Event { client, asked: begun, answered, operation, answer });
                tokio::task::yield_now().await;
            }
            events
        }
    })
    .await;
    let mut history: Vec<_> = events.into_iter().flatten().collect();
    history.sort_by_key(|event| event.asked);
    (start, history)
}

/// What a client does next, who knows this generation as the newest.
fn next(story: Story, chance: u64, newest: u32, now: i64) -> Operation {
    let rotate = |generation, grace| {
        let (until, now) = (instant(now + 500_000), instant(now));
        Operation::Rotate { generation, until, now, grace }
    };
    // Beyond any time that passes here, and well within it.
    let (long, short) = (1_000_000, 60);
    match (story, chance % 100) {
        (Story::Takers, 0..50) => Operation::Redeem { until: None, now: instant(now) },
        (Story::Takers, 50..90) => redeem(now),
        (_, 90..95) => Operation::ReadFamily,
        (_, 95..) => Operation::ReadPerson,
        (Story::WithoutGrace, _) => rotate(newest, 0),
        (Story::StaleTokens, 0..3) => rotate(newest.saturating_sub(2), short),
        (Story::StaleTokens, 3..20) => rotate(newest.saturating_sub(1), short),
        (Story::StaleTokens, 20..22) => rotate(newest + 1, short),
        (Story::EndInTheMiddle, 0) => Operation::EndFamily,
        (Story::EndInTheMiddle, 1) => redeem(now),
        (Story::PersonChanges, 0..8) => Operation::Revoke { now: instant(now) },
        (Story::PersonChanges, 8) => Operation::DeletePerson,
        (Story::PersonChanges, 9..40) => Operation::ReadPerson,
        _ => rotate(newest, long),
    }
}

/// A number that follows from these alone (SplitMix64).
fn mixed(seed: u64, client: u32, step: u64) -> u64 {
    let mut mixed = (seed << 40 | u64::from(client) << 20 | step).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn told(history: &[Event<Granted>]) -> String {
    let mut text = String::new();
    for Event { client, asked, answered, operation, answer } in history {
        let _ = writeln!(text, "{asked:>5} to {answered:>5}, client {client:>2}: {operation:?} gives {answer:?}");
    }
    text
}
