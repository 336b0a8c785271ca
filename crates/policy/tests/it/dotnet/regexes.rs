//! `regexes.json`: expressions with texts, and what each text becomes when the matches are in
//! brackets. Node wrote that, but in the rows with a reason (`why`): there .NET's documentation
//! decides, and Node's answer stands behind it.

use std::{collections::BTreeSet, fmt::Write as _, fs};

use serde_json::{Value, json};
use zaguan_policy::dotnet::Regex;

use super::{ask_node, file};
use crate::support::corpus;

pub(super) struct Row {
    pub(super) pattern: String,
    /// How Node writes it, and its flags.
    node: (String, String),
    pub(super) why: Option<String>,
    pub(super) texts: Vec<Text>,
}

pub(super) struct Text {
    pub(super) text: String,
    pub(super) expected: Option<String>,
    /// Where it is not what is expected.
    pub(super) node_says: Option<String>,
}

pub(super) fn rows() -> Vec<Row> {
    let all: Vec<Value> = serde_json::from_str(&fs::read_to_string(file("regexes.json")).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    all.iter()
        .map(|row| {
            let pattern = text(&row["pattern"]).unwrap();
            let node = text(&row["node"]).unwrap_or_else(|| pattern.clone());
            let texts = row["texts"].as_array().unwrap().iter().map(|it| Text {
                text: text(&it[0]).unwrap(),
                expected: text(&it[1]),
                node_says: text(&it[2]),
            });
            Row {
                node: (node, text(&row["flags"]).unwrap_or_default()),
                why: text(&row["why"]),
                texts: texts.collect(),
                pattern,
            }
        })
        .collect()
}

/// What Node makes of each (expression, flags, text).
fn bracketed_by_node(asked: &[(&str, &str, &str)]) -> Option<Vec<Option<String>>> {
    ask_node("regexes.mjs", asked)
}

/// Compiles each expression once: rows of one come behind each other.
#[derive(Default)]
struct Ours(Option<Regex>);

impl Ours {
    fn bracketed(&mut self, pattern: &str, text: &str) -> String {
        let regex = match self.0.take().filter(|last| last.source() == pattern) {
            Some(last) => last,
            None => Regex::compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}")),
        };
        let bracketed = regex.replace_all(text, "[$&]");
        assert_eq!(regex.is_match(text), bracketed != text, "`{pattern}` {text:?}: both ways find the same");
        self.0 = Some(regex);
        bracketed
    }
}

#[test]
fn every_row_of_the_table_holds() {
    let (mut wrong, mut ours) = (String::new(), Ours::default());
    let mut number = 0;
    for row in rows() {
        for text in &row.texts {
            number += 1;
            let is = ours.bracketed(&row.pattern, &text.text);
            let expected = text.expected.as_deref().expect("ZAGUAN_UPDATE_DOCS=1 fills the row");
            if is != expected {
                writeln!(wrong, "`{}` {:?}: {is:?} instead of {expected:?}", row.pattern, text.text).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(number >= 300, "{number} rows");
}

/// `ZAGUAN_UPDATE_DOCS=1` writes the rows without a reason anew.
#[test]
fn the_table_is_what_node_says() {
    let mut rows = rows();
    let asked: Vec<(&str, &str, &str)> =
        rows.iter().flat_map(|row| row.texts.iter().map(|text| (&*row.node.0, &*row.node.1, &*text.text))).collect();
    let Some(answers) = bracketed_by_node(&asked) else { return };
    let mut answers = answers.into_iter();
    let mut wrong = String::new();
    for row in &mut rows {
        for text in &mut row.texts {
            let said = answers.next().unwrap().unwrap_or_else(|| panic!("node refuses `{}`", row.node.0));
            let recorded = text.node_says.as_ref().or(text.expected.as_ref());
            if recorded != Some(&said) {
                writeln!(wrong, "`{}` {:?}: Node says {said:?}", row.pattern, text.text).unwrap();
            }
            match &text.expected {
                Some(expected) if row.why.is_some() && *expected != said => text.node_says = Some(said),
                _ => (text.expected, text.node_says) = (Some(said), None),
            }
        }
    }
    if std::env::var_os("ZAGUAN_UPDATE_DOCS").is_some() {
        fs::write(file("regexes.json"), written(&rows)).unwrap();
        return;
    }
    assert!(wrong.is_empty(), "{wrong}");
    for row in &rows {
        let differs = row.texts.iter().any(|text| text.node_says.is_some());
        assert_eq!(row.why.is_some(), differs, "`{}` has a reason if it differs", row.pattern);
    }
}

fn written(rows: &[Row]) -> String {
    let lines = rows.iter().map(|row| {
        let mut line = json!({ "pattern": row.pattern });
        if row.node.0 != row.pattern {
            line["node"] = json!(row.node.0);
        }
        if !row.node.1.is_empty() {
            line["flags"] = json!(row.node.1);
        }
        if let Some(why) = &row.why {
            line["why"] = json!(why);
        }
        let texts = row.texts.iter().map(|it| match &it.node_says {
            Some(said) => json!([it.text, it.expected, said]),
            None => json!([it.text, it.expected]),
        });
        line["texts"] = texts.collect();
        let line = line.to_string();
        // What cannot be seen stands as an escape.
        line.chars().fold(String::from("  "), |mut line, one| {
            match one {
                ' '..='~' => line.push(one),
                one if one.is_alphabetic() => line.push(one),
                one => {
                    for unit in one.encode_utf16(&mut [0; 2]) {
                        write!(line, "\\u{unit:04x}").unwrap();
                    }
                }
            }
            line
        })
    });
    format!("[\n{}\n]\n", lines.collect::<Vec<_>>().join(",\n"))
}

/// Every expression of the public policies: predicates, restrictions, masks, transformations.
fn patterns_of_the_corpus() -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut open = vec![corpus()?];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let Ok(document) = roxmltree::Document::parse(text.trim_start_matches('\u{feff}')) else { continue };
            for element in document.descendants().filter(roxmltree::Node::is_element) {
                let id = element.attribute("Id").unwrap_or_default();
                found.extend(match element.tag_name().name() {
                    "Pattern" => element.attribute("RegularExpression").map(str::to_owned),
                    "Mask" => element.attribute("Regex").map(str::to_owned),
                    "Parameter" if id == "RegularExpression" => element.text().map(|text| text.trim().to_owned()),
                    "Parameter" if id == "CharacterSet" => element.text().map(|text| Regex::source_of_set(text.trim())),
                    "InputParameter" if id.eq_ignore_ascii_case("matchTo") => {
                        element.attribute("Value").map(str::to_owned)
                    }
                    _ => None,
                });
            }
        }
    }
    Some(found)
}

/// Texts on which the dialects agree: ASCII, and no newline at the end.
const TYPICAL: &[&str] = &[
    "",
    "a",
    "A",
    "0",
    "-",
    " ",
    "ab",
    "abc12",
    "ABCdef1!",
    "Passw0rd!",
    "password",
    "aaaaaaaa",
    "12345678",
    "ada@contoso.com",
    "Ada.Lovelace+x@mail.contoso.co.uk",
    "@",
    "a@b",
    "+14255550100",
    "(425) 555-0100",
    "0123",
    "5164db16-3eee-4629-bfda-dcc3326790e9",
    "2022-01-14",
    "01/14/2022",
    "https://contoso.com/a?b=c",
    "true",
    "1.5",
    "[x]",
    "a b c",
    " a",
    "a ",
    "{x}",
    "\\",
    "/",
    "#$%^&*",
    "x\ny",
    "1234 5678",
    "en-US",
    "O'Neil",
];

/// The expression, pieces of it, and what its letters spell: some of them match, and some nearly do.
fn texts_for(pattern: &str) -> Vec<String> {
    let mut texts: Vec<String> = TYPICAL.iter().map(|&text| text.to_owned()).collect();
    if pattern.is_ascii() {
        texts.push(pattern.to_owned());
        let pieces: Vec<&str> = pattern.split(|one: char| "()[]{}|?*+^$".contains(one)).collect();
        texts.extend(pieces.iter().map(|&piece| piece.to_owned()));
        texts.push(pieces.concat());
        texts.push(pattern.chars().filter(char::is_ascii_alphanumeric).collect());
        texts.extend(pattern.split('|').map(|one| one.replace('\\', "")));
    }
    texts.retain(|text| !text.ends_with('\n'));
    texts
}

#[test]
fn the_expressions_of_the_corpus_mean_what_node_says() {
    let Some(patterns) = patterns_of_the_corpus() else { return };
    let compiled: Vec<&String> = patterns.iter().filter(|pattern| Regex::compile(pattern).is_ok()).collect();
    let rows: Vec<(&str, String)> = compiled
        .iter()
        .flat_map(|pattern| texts_for(pattern).into_iter().map(move |text| (pattern.as_str(), text)))
        .collect();
    let asked: Vec<(&str, &str, &str)> = rows.iter().map(|(pattern, text)| (*pattern, "", text.as_str())).collect();
    let Some(answers) = bracketed_by_node(&asked) else { return };
    let (mut wrong, mut ours) = (String::new(), Ours::default());
    let mut refused = BTreeSet::new();
    for ((pattern, _, text), said) in asked.iter().zip(answers) {
        match said {
            Some(said) => {
                let is = ours.bracketed(pattern, text);
                if is != said {
                    writeln!(wrong, "`{pattern}` {text:?}: {is:?}, Node says {said:?}").unwrap();
                }
            }
            None => {
                refused.insert(*pattern);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    println!("{} expressions, {} texts; Node refuses {refused:?}", patterns.len(), rows.len());
    assert!(compiled.len() >= 15 && patterns.len() == compiled.len(), "{} of {patterns:?}", compiled.len());
    assert!(refused.is_empty(), "{refused:?}");
}

/// Expressions in the syntax that both share, drawn from a sequence of numbers.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn one_of<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }

    /// The expression, and whether it matches nothing too: then it is not repeated, because the two differ there.
    fn expression(&mut self, depth: u32) -> (String, bool) {
        let (mut all, mut all_empty) = (String::new(), false);
        for at in 0..=self.below(2) {
            if at > 0 {
                all.push('|');
            }
            let mut empty = true;
            for _ in 0..=self.below(3) {
                let (atom, atom_empty) = self.atom(depth);
                all.push_str(&atom);
                empty &= atom_empty;
            }
            all_empty |= empty;
        }
        (all, all_empty)
    }

    fn atom(&mut self, depth: u32) -> (String, bool) {
        const SIGNS: &[&str] =
            &["a", "b", "B", "1", "_", "-", ".", "[ab]", "[^a]", "[a-c1]", "\\w", "\\d", "\\s", "\\W", "\\D"];
        let (atom, empty) = match self.below(if depth == 0 { 8 } else { 14 }) {
            0 => return (self.one_of(&["^", "$", "\\b", "\\B"]).to_owned(), true),
            1..8 => (self.one_of(SIGNS).to_owned(), false),
            8 | 9 => {
                let (inside, empty) = self.expression(depth - 1);
                (format!("({inside})"), empty)
            }
            10 | 11 => {
                let (inside, empty) = self.expression(depth - 1);
                (format!("(?:{inside})"), empty)
            }
            12 => return (format!("({}{})", self.one_of(&["?=", "?!"]), self.expression(depth - 1).0), true),
            _ => return (format!("({}{})", self.one_of(&["?<=", "?<!"]), self.one_of(SIGNS)), true),
        };
        if empty {
            return (atom, true);
        }
        let quantifier = self.one_of(&["", "", "", "*", "+", "?", "{2}", "{1,2}", "{2,}", "*?", "+?", "??"]);
        (format!("{atom}{quantifier}"), quantifier.starts_with(['*', '?']))
    }
}

#[test]
fn drawn_expressions_mean_what_node_says() {
    let mut drawn = Drawn(6);
    let mut rows = Vec::new();
    for _ in 0..500 {
        let (pattern, _) = drawn.expression(3);
        for _ in 0..4 {
            let text: String =
                (0..drawn.below(9)).map(|_| drawn.one_of(&["a", "b", "B", "c", "1", "_", "-", " ", "😀"])).collect();
            rows.push((pattern.clone(), text));
        }
    }
    let asked: Vec<(&str, &str, &str)> =
        rows.iter().map(|(pattern, text)| (pattern.as_str(), "", text.as_str())).collect();
    let Some(answers) = bracketed_by_node(&asked) else { return };
    let (mut wrong, mut ours) = (String::new(), Ours::default());
    for ((pattern, _, text), said) in asked.iter().zip(answers) {
        let said = said.unwrap_or_else(|| panic!("node refuses `{pattern}`"));
        let is = ours.bracketed(pattern, text);
        if is != said {
            writeln!(wrong, "`{pattern}` {text:?}: {is:?}, Node says {said:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
