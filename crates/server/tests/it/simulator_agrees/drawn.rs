//! Histories that are drawn from a seed, and what came up in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use zaguan_policy::id::PolicyId;
use zaguan_session::{
    Cause, ClientId, CookieAge, SessionId,
    simulate::{Answer, Began, Event, IfAsked, Keep, Lost, Open, Prompt, Told, Why, World},
};

use super::setting::{APPS, policies};
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
    let few = (0..1 + chance.below(3))
        .map(|_| all.swap_remove(usize::try_from(chance.below(all.len() as u64)).unwrap()))
        .collect::<Vec<_>>();
    let apps = 1 + chance.below(3);
    let browsers = 1 + chance.below(5) / 3;
    let people = 1 + chance.below(6) / 3;
    let events = 6 + chance.below(9);
    (0..events).map(|_| event(&mut chance, &few, (apps, browsers, people))).collect()
}

fn event(chance: &mut Chance, policies: &[&str], (apps, browsers, people): (u64, u64, u64)) -> Event {
    let mut of = |all: &[&str], count: u64| all[usize::try_from(chance.below(count)).unwrap()].to_owned();
    let browser = of(&["browser", "phone"], browsers);
    let policy = PolicyId::new(&of(policies, policies.len() as u64));
    let app = ClientId::new(&of(&APPS, apps));
    let person = of(&["ada", "ada", "ada", "grace", "edith"], 2 * people + 1);
    match weighed(chance, &[58, 7, 2, 16, 8, 2, 3, 4]) {
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
        // Half of the waits are shorter than most sessions.
        3 => {
            let among = [WAITS.len() / 2, WAITS.len()][usize::from(chance.below(2) == 0)];
            Event::Pass(Duration::from_secs(chance.pick(WAITS.into_iter().take(among)).unwrap()))
        }
        4 => Event::Close(browser),
        5 => Event::EndSessionsOf(person),
        6 => Event::ChangePasswordOf(person),
        _ => Event::Sweep,
    }
}

/// How often what came up.
#[derive(Default)]
pub(super) struct Coverage {
    counted: BTreeMap<String, u64>,
    /// For each browser, the sessions that were there when it was closed.
    closed: BTreeMap<String, BTreeSet<SessionId>>,
}

impl Coverage {
    /// An event of a history.
    pub(super) fn count(&mut self, event: &Event, told: &Told, world: &World) {
        self.add(match event {
            Event::Open(_) => "event: request to sign in",
            Event::SignOut { .. } => "event: sign-out",
            Event::Pass(_) => "event: time passes",
            Event::Close(_) => "event: browser closed",
            Event::EndSessionsOf(_) => "event: an administrator ends sessions",
            Event::ChangePasswordOf(_) => "event: an administrator changes a password",
            Event::Sweep => "event: sweep",
        });
        if let Event::Close(browser) = event {
            let live = world.live().map(|session| session.id().clone()).collect();
            self.closed.insert(browser.clone(), live);
        }
        if let (Event::Open(open), Some(answer)) = (event, &told.answer) {
            self.count_answer(open, answer);
        }
        if let (Event::SignOut { .. }, []) = (event, told.ended.as_slice()) {
            self.add("sign-out: ended nothing");
        }
        if world.live().any(|session| session.participants.len() > 1) {
            self.add("event: while a session has several participants");
        }
        for (_, cause) in &told.ended {
            let by = match cause {
                Cause::Expired(by) => format!(", {:?} {:?}", by.bound.expiry, by.bound.setting),
                _ => String::new(),
            };
            let found = match (cause, event) {
                (Cause::Expired(_), Event::Sweep) => ", found by the sweep",
                (Cause::Expired(_), _) => ", found by the next sign-in",
                _ => "",
            };
            self.add(&format!("ended: {}{by}{found}", cause.name()));
        }
    }

    fn count_answer(&mut self, open: &Open, answer: &Answer) {
        let why = format!("{:?}", answer.why);
        let why = why.split([' ', '{']).next().unwrap_or_default();
        self.add(&format!("request: {:?}, {why}", answer.asked));
        let restarted = |id: &SessionId| self.closed.get(&open.browser).is_some_and(|ids| ids.contains(id));
        match (&answer.why, &answer.holds) {
            (Why::Lives { session, .. }, _) if restarted(session) => {
                self.add("session: answered after a restart of its browser");
            }
            (Why::NotRemembered { .. } | Why::AskedEachTime { .. }, Some(holds)) if holds.began == Began::Before => {
                self.add("session: went on though the page was shown");
            }
            (Why::NoSession { lost: Some((_, lost)), .. }, _) => self.add(match lost {
                Lost::WithTheBrowser => "no session: its cookie went with the browser",
                Lost::AgeOver(_) => "no session: its kept cookie was over",
                Lost::Ended(_) => "no session: it had ended",
                Lost::Cleared => "no session: its cookie was cleared",
            }),
            _ => {}
        }
        if let Some(holds) = &answer.holds {
            self.add(match (holds.began, holds.cookie) {
                (Began::Now, CookieAge::Kept(_)) => "cookie: set, kept",
                (Began::Now, CookieAge::Browser) => "cookie: set, the browser's",
                (Began::Before, CookieAge::Kept(_)) => "cookie: renewed, kept",
                (Began::Before, CookieAge::Browser) => "cookie: renewed, the browser's",
            });
        }
    }

    /// What was left when a history was over.
    pub(super) fn count_left(&mut self, told: &Told) {
        told.ended.iter().for_each(|_| self.add("left at the end of a history, and expired"));
    }

    fn add(&mut self, what: &str) {
        *self.counted.entry(what.to_owned()).or_default() += 1;
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
