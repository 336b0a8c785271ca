//! Guessing at speed is slowed down, per account and per address, without locking the owner out.
//!
//! Only failures count. An account's budget is kept per network address that failed, so a guesser is
//! stopped and the owner, whose address has not failed, signs in all the while; a second budget per
//! network address stops whoever tries one password on many accounts.
//!
//! In this process only: a restart forgets, and after it every guess is as hard as before.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use zaguan_policy::Timestamp;

/// What is being tried.
#[derive(Clone, Copy, Debug)]
pub enum Attempt<'a> {
    /// A password for an account, from a network address.
    Password {
        /// Sign-in name.
        account: &'a str,
        /// Network address.
        from: &'a str,
    },
    /// A verification code to be mailed.
    Code {
        /// E-mail address.
        to: &'a str,
        /// Network address.
        from: &'a str,
    },
    /// A client secret, a code or a refresh token at the token endpoint.
    Grant {
        /// Network address.
        from: &'a str,
    },
}

/// So many at once, and then one more each time the interval has passed.
struct Budget {
    name: &'static str,
    at_once: u32,
    every: Duration,
}

const ACCOUNT_FROM_ADDRESS: Budget = Budget { name: "password", at_once: 10, every: Duration::from_secs(60) };
const PASSWORDS_FROM_ADDRESS: Budget = Budget { name: "passwords", at_once: 100, every: Duration::from_secs(6) };
const CODES_TO_ADDRESS: Budget = Budget { name: "code", at_once: 5, every: Duration::from_secs(300) };
const CODES_FROM_ADDRESS: Budget = Budget { name: "codes", at_once: 50, every: Duration::from_secs(30) };
const GRANTS_FROM_ADDRESS: Budget = Budget { name: "grants", at_once: 300, every: Duration::from_secs(1) };

impl Attempt<'_> {
    fn budgets(&self) -> Vec<(&'static Budget, String)> {
        let key = |budget: &'static Budget, of: String| (budget, format!("{} {}", budget.name, of.to_lowercase()));
        match self {
            Self::Password { account, from } => vec![
                key(&ACCOUNT_FROM_ADDRESS, format!("{from} {account}")),
                key(&PASSWORDS_FROM_ADDRESS, (*from).to_owned()),
            ],
            Self::Code { to, from } => {
                vec![key(&CODES_TO_ADDRESS, (*to).to_owned()), key(&CODES_FROM_ADDRESS, (*from).to_owned())]
            }
            Self::Grant { from } => vec![key(&GRANTS_FROM_ADDRESS, (*from).to_owned())],
        }
    }
}

/// The budgets in use: until when each is in debt (the generic cell rate algorithm's one number).
#[derive(Default)]
pub struct Throttle {
    debts: Mutex<HashMap<String, Timestamp>>,
}

impl Throttle {
    /// More entries than this and the paid ones are forgotten.
    const MANY: usize = 100_000;

    /// False where a budget is used up.
    pub fn allows(&self, attempt: Attempt<'_>, now: Timestamp) -> bool {
        let debts = self.debts.lock().unwrap_or_else(PoisonError::into_inner);
        attempt.budgets().iter().all(|(budget, key)| {
            let debt = debts.get(key).copied().unwrap_or(now).max(now);
            debt + budget.every <= now + budget.every * budget.at_once
        })
    }

    /// Counts a failure; for codes, a letter that was sent. A password is counted before it is checked, so that many at
    /// once are as many as one after the other, and [taken back](Self::take_back) where it was right.
    pub fn count(&self, attempt: Attempt<'_>, now: Timestamp) {
        let mut debts = self.debts.lock().unwrap_or_else(PoisonError::into_inner);
        if debts.len() > Self::MANY {
            debts.retain(|_, debt| *debt > now);
        }
        for (budget, key) in attempt.budgets() {
            let debt = debts.entry(key).or_insert(now);
            *debt = (*debt).max(now) + budget.every;
        }
    }

    /// What was counted is none after all.
    pub fn take_back(&self, attempt: Attempt<'_>) {
        let mut debts = self.debts.lock().unwrap_or_else(PoisonError::into_inner);
        for (budget, key) in attempt.budgets() {
            if let Some(debt) = debts.get_mut(&key) {
                *debt = *debt - budget.every;
            }
        }
    }

    /// The owner proved to be the owner: what failed from this address before is forgiven.
    pub fn forgive(&self, account: &str, from: &str) {
        let attempt = Attempt::Password { account, from };
        let mut debts = self.debts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, key)) = attempt.budgets().first() {
            debts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guesser_is_stopped_and_the_owner_is_not() {
        let throttle = Throttle::default();
        let now = Timestamp::from_seconds(0);
        let guess = Attempt::Password { account: "ada@example.org", from: "192.0.2.66" };
        for _ in 0..10 {
            assert!(throttle.allows(guess, now));
            throttle.count(guess, now);
        }
        assert!(!throttle.allows(guess, now));
        assert!(!throttle.allows(Attempt::Password { account: "Ada@Example.org", from: "192.0.2.66" }, now));
        assert!(throttle.allows(Attempt::Password { account: "ada@example.org", from: "192.0.2.1" }, now));
        assert!(throttle.allows(guess, now + Duration::from_secs(60)));
        throttle.count(guess, now + Duration::from_secs(60));
        assert!(!throttle.allows(guess, now + Duration::from_secs(60)));
        throttle.forgive("ada@example.org", "192.0.2.66");
        assert!(throttle.allows(guess, now + Duration::from_secs(60)));
    }

    #[test]
    fn what_is_taken_back_leaves_nothing() {
        let throttle = Throttle::default();
        let now = Timestamp::from_seconds(0);
        for number in 0..1000 {
            let account = format!("person{number}@example.org");
            let right = Attempt::Password { account: &account, from: "192.0.2.1" };
            assert!(throttle.allows(right, now), "{number}");
            throttle.count(right, now);
            throttle.take_back(right);
        }
    }

    #[test]
    fn one_password_on_many_accounts_is_stopped_as_well() {
        let throttle = Throttle::default();
        let now = Timestamp::from_seconds(0);
        let tried = (0..200)
            .take_while(|n| {
                let account = format!("person{n}@example.org");
                let guess = Attempt::Password { account: &account, from: "192.0.2.66" };
                let allowed = throttle.allows(guess, now);
                throttle.count(guess, now);
                allowed
            })
            .count();
        assert_eq!(tried, 100);
    }
}
