//! The simulator and the running server tell the same of random histories.
//!
//! `ZAGUAN_SEED=n ZAGUAN_HISTORIES=count cargo test --release -p zaguan-server --test it simulator_agrees -- --nocapture`
//! plays `count` histories from the n-th on, half in each mode and some more of them on SQLite, and prints what came up.
//! After every event both are asked: whether the person was asked, which session answered, how its cookie is kept, which
//! sessions ended and why, and everything that is told of those that live.

mod drawn;
mod real;
mod setting;

use std::{fmt::Write, sync::Arc};

use zaguan_policy::Language;
use zaguan_server::simulate::{self, words::Teller};
use zaguan_session::{
    CookieAge,
    simulate::{Event, World},
};
use zaguan_store::{Memory, Sqlite, Store};
use zaguan_testkit::{Town, days};

use self::{drawn::Coverage, real::Real};

/// So many histories share a town: its clock moves by a month with each.
const OF_ONE_TOWN: u64 = 1000;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("`{name}` is `{text}`")))
}

/// What one of the two tests plays: seeds from here on, so many.
fn share(part: u64, of: u64) -> (u64, u64) {
    let (seed, all) = (number("ZAGUAN_SEED", 1), number("ZAGUAN_HISTORIES", 300));
    (seed + part * (all / of), all / of)
}

#[tokio::test]
async fn on_random_histories_in_mode_hardened() {
    let (seed, count) = share(0, 2);
    agree(seed, count, setting::Mode::Hardened, || Arc::new(Memory::new())).await;
}

#[tokio::test]
async fn on_random_histories_in_mode_b2c() {
    let (seed, count) = share(1, 2);
    agree(seed, count, setting::Mode::B2c, || Arc::new(Memory::new())).await;
}

#[tokio::test]
async fn on_random_histories_with_sqlite() {
    let (seed, count) = share(0, 20);
    let folder = tempfile::tempdir().unwrap();
    let mut files = 0;
    agree(seed, count, setting::Mode::Hardened, || {
        files += 1;
        Arc::new(Sqlite::open(&folder.path().join(format!("{files}.db"))).unwrap())
    })
    .await;
}

/// What chance draws seldom: each has a reason.
#[tokio::test]
async fn on_histories_that_chance_seldom_draws() {
    let histories = [
        // A kept session that a policy without days made the browser's: it was to be looked at after its days.
        "open shop with B2C_1A_month, as ada, tick KMSI\nopen shop with B2C_1A_quarter, as ada\n+3d\nsweep\n\
         open shop with B2C_1A_day, leave\n+27d\nsweep",
        // A kept cookie that is over in a browser that stays open, under a laxer policy.
        "open shop with B2C_1A_other, as ada, tick KMSI\n+30d\nopen shop with B2C_1A_issuer, as ada, tick KMSI",
        // A kept session found by a browser that was closed, and taken over by somebody else there.
        "open shop with B2C_1A_month, as ada, tick KMSI\nopen blog with B2C_1A_month, as ada\nclose browser\n\
         open cafe with B2C_1A_month, as grace, prompt=login\nopen shop with B2C_1A_month, as ada, prompt=none",
        // A fresh sign-in of the same person inherits apps, and one that comes again is known by the new session.
        "open shop with B2C_1A_day, as ada\nopen blog with B2C_1A_day, as ada\nopen shop with B2C_1A_day, as ada, prompt=login\n\
         open blog with B2C_1A_day, as ada\nopen blog with B2C_1A_issuer, as ada",
        // The same second: used, over, and asked for.
        "open shop with B2C_1A_quarter, as ada\n+15m\nopen shop with B2C_1A_quarter, as ada, prompt=none\nsweep\n\
         open shop with B2C_1A_quarter, as ada, max_age=0",
    ];
    for mode in [setting::Mode::Hardened, setting::Mode::B2c] {
        let town = setting::town(mode, Arc::new(Memory::new())).await;
        let people = setting::people(&town).await;
        for text in histories {
            let history = simulate::read(text).unwrap().into_iter().flat_map(|line| line.events).collect::<Vec<_>>();
            let played = play(&town, &people, &history, None).await;
            played.unwrap_or_else(|difference| panic!("mode {mode:?}\n\n{difference}"));
        }
    }
}

/// One more session than a browser holds: the one that was unused longest makes room.
#[tokio::test]
async fn on_more_sessions_than_a_browser_holds() {
    let town = setting::town_of_many(CookieAge::MOST_SESSIONS + 2).await;
    let people = setting::people(&town).await;
    let mut history = String::new();
    for at in 0..CookieAge::MOST_SESSIONS + 2 {
        writeln!(history, "open shop with {}, as ada\n+1s", setting::one_of_many(at)).unwrap();
        // The first one is used again: it is not the one to go.
        if at == 10 {
            writeln!(history, "open shop with {}, as ada", setting::one_of_many(0)).unwrap();
        }
    }
    let history: Vec<_> = simulate::read(&history).unwrap().into_iter().flat_map(|line| line.events).collect();
    let played = play(&town, &people, &history, None).await;
    played.unwrap_or_else(|difference| panic!("{difference}"));
}

async fn agree(seed: u64, count: u64, mode: setting::Mode, mut store: impl FnMut() -> Arc<dyn Store>) {
    let mut coverage = Coverage::default();
    let mut at = 0;
    while at < count {
        let town = setting::town(mode, store()).await;
        let people = setting::people(&town).await;
        let until = (at + OF_ONE_TOWN).min(count);
        for seed in seed + at..seed + until {
            let history = drawn::history(seed);
            coverage.next_history();
            if let Err(difference) = play(&town, &people, &history, Some(&mut coverage)).await {
                let (history, difference) = shrunk(&town, &people, history, difference).await;
                let lines: Vec<String> = history.iter().map(simulate::write).collect();
                panic!("seed {seed}, mode {mode:?}\n\n{}\n\n{difference}", lines.join("\n"));
            }
        }
        at = until;
    }
    println!("{count} histories from seed {seed}, mode {mode:?}\n{coverage}");
}

/// Plays a history on both sides; what they tell differently.
async fn play(
    town: &Town,
    people: &setting::People,
    history: &[Event],
    mut coverage: Option<&mut Coverage>,
) -> Result<(), String> {
    let quirks = town.tenant().quirks.clone();
    let policies = town.tenant().programs.values().filter_map(|program| program.simulated());
    let mut world = World::new(policies, quirks, town.now());
    let teller = Teller { language: Language::English, start: town.now() };
    let mut real = Real::new(town, people);
    let mut story = String::new();
    // At the end all that is left expires, on both sides.
    let end = [Event::Pass(days(31)), Event::Sweep];
    for (at, event) in history.iter().chain(&end).enumerate() {
        let told = world.happen(event).unwrap_or_else(|unknown| panic!("{unknown:?}"));
        let policy = match event {
            Event::Open(open) => Some(&open.policy),
            _ => None,
        };
        writeln!(story, "{:<8} {}", teller.at(world.now()), simulate::write(event)).unwrap();
        teller.tell(&told, policy).iter().for_each(|line| writeln!(story, "{:<8}   {line}", "").unwrap());
        if let Err(difference) = real.happen(event, &told, &world).await {
            return Err(format!("{story}\nthe server tells otherwise: {difference}"));
        }
        match coverage.as_deref_mut() {
            Some(coverage) if at < history.len() => coverage.count(event, &told, &world),
            Some(coverage) => coverage.count_left(&told),
            None => {}
        }
    }
    real.nothing_is_left(&world).await.map_err(|difference| format!("{story}\nat the end: {difference}"))
}

/// The history without what does not matter to the difference.
async fn shrunk(
    town: &Town,
    people: &setting::People,
    mut history: Vec<Event>,
    mut difference: String,
) -> (Vec<Event>, String) {
    // What the difference left in the town is not to trouble the next try.
    let fresh = || async {
        town.wait(days(31));
        town.server().sweep().await;
    };
    let mut at = 0;
    while at < history.len() {
        let mut fewer = history.clone();
        fewer.remove(at);
        fresh().await;
        match play(town, people, &fewer, None).await {
            Ok(()) => at += 1,
            Err(same) => (history, difference) = (fewer, same),
        }
    }
    (history, difference)
}
