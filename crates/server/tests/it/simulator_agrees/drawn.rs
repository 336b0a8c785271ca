//! Histories that are drawn from a seed, and what came up in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use zaguan_policy::id::PolicyId;
use zaguan_session::{
    ClientId, CookieAge, SessionId,
    simulate::{Began, Event, IfAsked, Keep, Open, Prompt, Told, Why, World},
};

use super::{
    Counted, kinds,
    setting::{APPS, policies},
};
use crate::support::Chance;

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
const DAY: u64 = 86_400;

/// Waits that end at, before and behind what policies say.
const WAITS: [u64; 28] = [
    1,
    MINUTE,
    10 * MINUTE,
    899,
    900,
    901,
    1799,
    1800,
    HOUR - 1,
    HOUR,
    2 * HOUR,
    2 * HOUR + 1,
    3 * HOUR - 1,
    3 * HOUR,
    4 * HOUR,
    12 * HOUR - 1,
    12 * HOUR,
    13 * HOUR,
    DAY - 1,
    DAY,
    DAY + 1,
    2 * DAY - 1,
    2 * DAY,
    2 * DAY + HOUR,
    7 * DAY,
    30 * DAY - 1,
    30 * DAY,
    30 * DAY + 1,
];

/// One of these numbers of parts out of all: where the draw falls.
fn weighed(chance: &mut Chance, weights: &[u64]) -> usize {
    let mut left = chance.below(weights.iter().sum());
    for (at, weight) in weights.iter().enumerate() {
        match left.checked_sub(*weight) {
            Some(rest) => left = rest,
            None => return at,
        }
    }
    weights.len() - 1
}

/// Six to fourteen events among a few policies, apps, browsers and people, so that they get in each other's way.
pub(super) fn history(seed: u64) -> Vec<Event> {
    let mut chance = Chance::new(seed);
    let mut all: Vec<&str> = policies().collect();
    let few = (0..2 + chance.below(3))
        .map(|_| all.swap_remove(usize::try_from(chance.below(all.len() as u64)).unwrap()))
        .collect::<Vec<_>>();
    let apps = 2 + chance.below(2);
    let browsers = 1 + chance.below(3);
    let people = 1 + chance.below(3);
    let events = 6 + chance.below(9);
    (0..events).map(|_| event(&mut chance, &few, (apps, browsers, people))).collect()
}

fn event(chance: &mut Chance, policies: &[&str], (apps, browsers, people): (u64, u64, u64)) -> Event {
    let mut of = |all: &[&str], count: u64| all[usize::try_from(chance.below(count)).unwrap()].to_owned();
    let browser = of(&["browser", "phone", "tablet"], browsers);
    let policy = PolicyId::new(&of(policies, policies.len() as u64));
    let app = ClientId::new(&of(&APPS, apps));
    let person = of(&["ada", "grace", "edith"], people);
    match weighed(chance, &[56, 9, 3, 16, 7, 2, 3, 4]) {
        0 => {
            let if_asked = match weighed(chance, &[1, 5, 6]) {
                0 => IfAsked::Leaves,
                1 => IfAsked::SignsIn { person, keep: Keep::Unticked },
                _ => IfAsked::SignsIn { person, keep: Keep::Ticked },
            };
            let prompt = [Prompt::Unsaid, Prompt::Login, Prompt::None][weighed(chance, &[15, 2, 3])];
            let max_age = [None, Some(0), Some(60), Some(900), Some(3600), Some(86_400)];
            let max_age = max_age[weighed(chance, &[20, 1, 1, 1, 1, 1])];
            Event::Open(Open { browser, app, policy, prompt, max_age, if_asked })
        }
        1 => Event::SignOut { browser, app: Some(app), policy },
        2 => Event::SignOut { browser, app: None, policy },
        3 => Event::Pass(Duration::from_secs(chance.pick(WAITS.into_iter()).unwrap())),
        4 => Event::Close(browser),
        5 => Event::EndSessionsOf(person),
        6 => Event::ChangePasswordOf(person),
        _ => Event::Sweep,
    }
}

/// How often what came up.
#[derive(Default)]
pub(super) struct Coverage {
    counted: Counted,
    /// For each browser, the sessions that were there when it was closed.
    closed: BTreeMap<String, BTreeSet<SessionId>>,
}

impl Coverage {
    pub(super) fn count(&mut self, event: &Event, told: &Told, world: &World) {
        let mut also = vec![];
        if let Event::Close(browser) = event {
            let live = world.live().map(|session| session.id().clone()).collect();
            self.closed.insert(browser.clone(), live);
        }
        if let (Event::Open(open), Some(answer)) = (event, &told.answer) {
            let restarted = |id: &SessionId| self.closed.get(&open.browser).is_some_and(|ids| ids.contains(id));
            match (&answer.why, &answer.holds) {
                (Why::Lives { session, .. }, _) if restarted(session) => {
                    also.push("session: answered after a restart of its browser");
                }
                (Why::NotRemembered { .. } | Why::AskedEachTime { .. }, Some(holds))
                    if holds.began == Began::Before =>
                {
                    also.push("session: went on though the page was shown");
                }
                _ => {}
            }
            if let Some(holds) = &answer.holds {
                also.push(match (holds.began, holds.cookie) {
                    (Began::Now, CookieAge::Kept(_)) => "cookie: set, kept",
                    (Began::Now, CookieAge::Browser) => "cookie: set, the browser's",
                    (Began::Before, CookieAge::Kept(_)) => "cookie: renewed, kept",
                    (Began::Before, CookieAge::Browser) => "cookie: renewed, the browser's",
                });
            }
        }
        if let (Event::SignOut { .. }, true) = (event, told.ended.is_empty()) {
            also.push("sign-out: ended nothing");
        }
        let apps = |session: &zaguan_session::Session| session.participants.len();
        if world.live().any(|session| apps(session) > 1) {
            also.push("event: while a session had several participants");
        }
        if let Event::Pass(_) | Event::Close(_) | Event::SignOut { .. } | Event::Open(_) = event {
            also.push(match event {
                Event::Pass(_) => "event: time passes",
                Event::Close(_) => "event: browser closed",
                Event::SignOut { .. } => "event: sign-out",
                _ => "event: request to sign in",
            });
        }
        for kind in kinds(told).into_iter().chain(also.into_iter().map(str::to_owned)) {
            *self.counted.entry(kind).or_default() += 1;
        }
    }

    /// The next history has browsers of its own.
    pub(super) fn next_history(&mut self) {
        self.closed.clear();
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.counted.iter().try_for_each(|(what, times)| writeln!(f, "{times:>9}  {what}"))
    }
}
