//! Every rule that the code names stands in the documents: S- in docs/sessions.md, D in docs/decisions.md, R- in
//! docs/clients.md.

use std::collections::BTreeSet;

use crate::{crates, file, none_or};

/// One family of numbers.
struct Family {
    letter: char,
    /// `S-004` and `R-09`, but `D4`.
    hyphen: bool,
    /// With how many digits: at least, at most.
    digits: (usize, usize),
    document: &'static str,
}

const SESSIONS: Family = Family { letter: 'S', hyphen: true, digits: (3, 3), document: "docs/sessions.md" };
const DECISIONS: Family = Family { letter: 'D', hyphen: false, digits: (1, 2), document: "docs/decisions.md" };
const CLIENTS: Family = Family { letter: 'R', hyphen: true, digits: (2, 2), document: "docs/clients.md" };

impl Family {
    /// The numbers in a line: `S-015 to S-023` means all of them.
    fn named(&self, line: &str) -> Vec<u32> {
        let mut found: Vec<(usize, usize, u32)> = Vec::new();
        for (at, _) in line.match_indices(self.letter) {
            let before = line[..at].chars().next_back();
            if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-') {
                continue;
            }
            let rest = &line[at + 1..];
            let Some(rest) = (if self.hyphen { rest.strip_prefix('-') } else { Some(rest) }) else { continue };
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            let after = rest[digits.len()..].chars().next();
            if !(self.digits.0..=self.digits.1).contains(&digits.len())
                || after.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
            {
                continue;
            }
            let end = line.len() - rest.len() + digits.len();
            found.extend(digits.parse().ok().map(|number| (at, end, number)));
        }
        with_ranges(line, &found)
    }

    /// The numbers in the name of a test: `s_050_s_051_…`, `s_001_to_s_006_…`.
    fn in_test_name(&self, line: &str) -> Vec<u32> {
        let Some(name) = line.trim_start().trim_start_matches("async ").strip_prefix("fn ") else { return vec![] };
        let name = name.split('(').next().unwrap_or_default();
        let letter = self.letter.to_ascii_lowercase().to_string();
        let words: Vec<&str> = name.split('_').collect();
        // As the comments would write it.
        let mut spelled = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let digits = |word: Option<&&str>| {
                word.is_some_and(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()))
            };
            if self.hyphen && words[at] == letter && digits(words.get(at + 1)) {
                spelled.push(format!("{}-{}", self.letter, words[at + 1]));
                at += 2;
            } else if !self.hyphen && words[at].starts_with(&letter) && digits(Some(&&words[at][1..])) {
                spelled.push(words[at].to_uppercase());
                at += 1;
            } else {
                spelled.push(words[at].to_owned());
                at += 1;
            }
        }
        self.named(&spelled.join(" "))
    }

    /// The numbers that have a row: a line of a table that starts with them.
    fn rows(&self) -> Vec<u32> {
        let document = file(self.document);
        let first_cell =
            |line: &str| line.strip_prefix("| ").map(|line| line.split(" |").next().unwrap_or_default().to_owned());
        document.text.lines().filter_map(first_cell).flat_map(|cell| self.named(&cell)).collect()
    }

    fn spelled(&self, number: u32) -> String {
        let hyphen = if self.hyphen { "-" } else { "" };
        let width = if self.hyphen { self.digits.1 } else { 1 };
        format!("{}{hyphen}{number:0width$}", self.letter)
    }

    fn check(&self) {
        let rows: BTreeSet<u32> = self.rows().into_iter().collect();
        let mut findings = Vec::new();
        for file in crates() {
            for (at, line) in file.text.lines().enumerate() {
                let all = self.named(line).into_iter().chain(self.in_test_name(line));
                let unknown: BTreeSet<u32> = all.filter(|number| !rows.contains(number)).collect();
                findings.extend(
                    unknown.into_iter().map(|number| format!("{}: {}", self.spelled(number), file.at(at + 1, line))),
                );
            }
        }
        let document = self.document;
        none_or(
            &findings,
            &format!(
                "Write a row `| {} | …` into {document}, in our own words, or correct the number.",
                self.spelled(99)
            ),
        );
    }

    fn check_rows(&self) {
        let rows = self.rows();
        let mut seen = BTreeSet::new();
        let twice: Vec<String> =
            rows.iter().filter(|number| !seen.insert(**number)).map(|number| self.spelled(*number)).collect();
        none_or(&twice, &format!("A number has one row in {}. Join the two.", self.document));
    }
}

/// Adds what lies between two numbers that `to` joins.
fn with_ranges(line: &str, found: &[(usize, usize, u32)]) -> Vec<u32> {
    let mut all: Vec<u32> = found.iter().map(|(_, _, number)| *number).collect();
    for pair in found.windows(2) {
        let [(_, end, first), (start, _, last)] = pair else { continue };
        if line[*end..*start].trim() == "to" && first < last {
            all.extend(first + 1..*last);
        }
    }
    all
}

/// A rule of the sessions' page: its number, and the rest of its row.
fn session_rules(text: &str) -> Vec<(u32, &str)> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    rows.flat_map(|(number, row)| SESSIONS.named(number).into_iter().map(move |number| (number, row))).collect()
}

/// The list, the page and the tests say the same: a rule that holds is shown by a test through HTTP that has its number,
/// in a file that its row names; a rule that waits has none, and says what it waits for.
#[test]
fn every_session_rule_is_shown_by_a_test_or_waits() {
    let document = file(SESSIONS.document);
    let (holding, waiting) = document.text.split_once("\n### Rows that wait\n").unwrap_or((&document.text, ""));
    let tests: Vec<(String, Vec<u32>)> = crates()
        .iter()
        .filter(|file| file.path.starts_with("crates/server/tests/it/"))
        .map(|file| {
            let name = file.path.rsplit('/').next().unwrap_or_default().to_owned();
            (name, file.text.lines().flat_map(|line| SESSIONS.in_test_name(line)).collect())
        })
        .collect();
    let files_of = |rule: u32| tests.iter().filter(move |(_, rules)| rules.contains(&rule)).map(|(name, _)| name);
    let mut findings = Vec::new();
    for (rule, row) in session_rules(holding) {
        let spelled = SESSIONS.spelled(rule);
        if files_of(rule).next().is_none() {
            findings.push(format!("{spelled}: no test in crates/server/tests/it has its number"));
        }
        for unnamed in files_of(rule).filter(|name| !row.contains(&format!("{name}`"))) {
            findings.push(format!("{spelled}: its row does not name `{unnamed}`, which has a test of it"));
        }
    }
    for (rule, _) in session_rules(waiting) {
        findings.extend(
            files_of(rule)
                .map(|name| format!("{}: it is said to wait, and `{name}` has a test of it", SESSIONS.spelled(rule))),
        );
    }
    let all: BTreeSet<u32> = session_rules(&document.text).into_iter().map(|(rule, _)| rule).collect();
    findings.extend(
        (1..=118).filter(|rule| !all.contains(rule)).map(|rule| format!("{}: it has no row", SESSIONS.spelled(rule))),
    );
    none_or(&findings, "Bring docs/sessions.md and the tests into step.");
}

/// A quirk is a promise in two positions.
#[test]
fn every_quirk_is_tested() {
    let quirks = file("crates/session/src/quirks.rs");
    let names = quirks.text.lines().filter_map(|line| line.trim().strip_prefix("name: \"")?.split('"').next());
    let tests: String = crates()
        .into_iter()
        .filter(|file| file.path.starts_with("crates/server/tests/it/"))
        .map(|file| file.text)
        .collect();
    let untested: Vec<String> = names
        .filter(|name| !tests.contains(&format!("fn quirk_{}()", name.replace('-', "_"))))
        .map(|name| format!("{name}: there is no test `quirk_{}`", name.replace('-', "_")))
        .collect();
    none_or(&untested, "Test it on and off, in crates/server/tests/it/.");
}

#[test]
fn every_session_rule_in_the_code_has_its_row() {
    SESSIONS.check();
}

#[test]
fn every_decision_in_the_code_has_its_row() {
    DECISIONS.check();
}

#[test]
fn every_client_requirement_in_the_code_has_its_row() {
    CLIENTS.check();
}

#[test]
fn every_number_has_one_row() {
    [SESSIONS, DECISIONS, CLIENTS].iter().for_each(Family::check_rows);
}

#[test]
fn numbers_are_found_wherever_they_stand() {
    assert_eq!(SESSIONS.named("// S-004: and (S-036, S-038); not X-S-001, AS-002, S-12, S-1234"), [4, 36, 38]);
    assert_eq!(SESSIONS.named("S-015 to S-018"), [15, 18, 16, 17]);
    assert_eq!(SESSIONS.in_test_name("    async fn s_050_s_051_a_page() {"), [50, 51]);
    assert_eq!(SESSIONS.in_test_name("fn s_001_to_s_003_expiry()"), [1, 3, 2]);
    assert_eq!(DECISIONS.named("D5, D15. D2: not a.b.c.D1x, AD7"), [5, 15, 2]);
    assert_eq!(DECISIONS.in_test_name("fn d11_settings_out_of_range() {"), [11]);
    assert_eq!(CLIENTS.in_test_name("async fn r_06_to_r_10_every_form() {"), [6, 10, 7, 8, 9]);
}
