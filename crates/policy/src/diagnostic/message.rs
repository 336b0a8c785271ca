//! What a finding says, in every language that there is.

use std::fmt;

use super::spanish;
use crate::Language;

/// A sentence with its holes filled, for which every language has words. Made by [`said!`](crate::said).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Message {
    template: &'static Template,
    arguments: Vec<String>,
    reason: Option<Box<Self>>,
}

impl Message {
    /// What `said!` makes; it has looked at the number of arguments.
    #[doc(hidden)]
    pub const fn new(template: &'static Template, arguments: Vec<String>) -> Self {
        Self { template, arguments, reason: None }
    }

    /// The same, with why it is so after a colon.
    #[must_use]
    pub fn because(mut self, reason: Self) -> Self {
        self.reason = Some(Box::new(reason));
        self
    }

    /// What fills its holes.
    pub(crate) fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// What fills the holes of this English sentence; `None` where it is another one.
    pub(crate) fn arguments_of(&self, english: &str) -> Option<&[String]> {
        (self.template.english == english).then_some(&*self.arguments)
    }

    /// The sentence. English is what `Display` writes.
    pub fn in_language(&self, language: Language) -> String {
        let mut text = fill(self.template.in_language(language), &self.arguments);
        if let Some(reason) = &self.reason {
            text.push_str(": ");
            text.push_str(&reason.in_language(language));
        }
        text
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_language(Language::English))
    }
}

/// One sentence of the catalogue, with `{}` for what is filled in. Other languages may fill in another order: `{1}`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Template {
    english: &'static str,
    spanish: &'static str,
}

impl Template {
    /// The English words and what the catalogue has for them.
    ///
    /// # Panics
    /// Where it has nothing. Called by `said!` in constants only, where that is an error of the compiler: no sentence
    /// without its translation gets into the program.
    #[doc(hidden)]
    #[expect(clippy::panic, reason = "runs while compiling")]
    pub const fn find(english: &'static str) -> Self {
        let mut table = 0;
        while table < spanish::TABLES.len() {
            let rows = spanish::TABLES[table];
            let mut at = 0;
            while at < rows.len() {
                if same(rows[at].0.as_bytes(), english.as_bytes()) {
                    return Self { english, spanish: rows[at].1 };
                }
                at += 1;
            }
            table += 1;
        }
        panic!("this sentence has no Spanish: add it to a table in crates/policy/src/diagnostic/spanish")
    }

    /// Its words, with the holes.
    pub(crate) const fn in_language(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::Spanish => self.spanish,
        }
    }

    /// How many holes the English words have.
    ///
    /// # Panics
    /// Where a brace is none of a hole. In constants only, as [`Template::find`].
    #[doc(hidden)]
    #[expect(clippy::panic, reason = "runs while compiling")]
    pub const fn holes(&self) -> usize {
        let text = self.english.as_bytes();
        let (mut at, mut holes) = (0, 0);
        while at < text.len() {
            match text[at] {
                b'{' if at + 1 < text.len() && text[at + 1] == b'}' => {
                    holes += 1;
                    at += 1;
                }
                b'{' | b'}' => panic!("a hole is an empty pair of braces: what fills it comes after the sentence"),
                _ => {}
            }
            at += 1;
        }
        holes
    }
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

fn fill(template: &str, arguments: &[String]) -> String {
    let mut text = String::new();
    let mut following = arguments.iter();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((hole, after)) = behind.split_once('}') else { break };
        text.push_str(before);
        let argument = match hole {
            "" => following.next(),
            number => number.parse().ok().and_then(|number: usize| arguments.get(number)),
        };
        // A test looks at every template: each hole has its argument.
        text.push_str(argument.map_or("", String::as_str));
        rest = after;
    }
    text + rest
}

/// A [`Message`](crate::diagnostic::Message): an English sentence with `{}` for each argument that follows.
///
/// What fills a hole is the author's words or a name of the language, never a phrase of ours: that would stay English.
/// A sentence that the Spanish catalogue lacks, and one with more or fewer holes than arguments, does not compile.
#[macro_export]
macro_rules! said {
    ($english:literal $(, $argument:expr)* $(,)?) => {{
        const TEMPLATE: &$crate::diagnostic::Template = &$crate::diagnostic::Template::find($english);
        const ARGUMENTS: &[&str] = &[$(stringify!($argument)),*];
        const { assert!(TEMPLATE.holes() == ARGUMENTS.len(), "a sentence has one hole for each argument") };
        $crate::diagnostic::Message::new(TEMPLATE, vec![$(::std::string::ToString::to_string(&$argument)),*])
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_in_order_or_by_number() {
        let arguments = ["a{}".to_owned(), "b".to_owned()];
        for (template, expected) in [
            ("", ""),
            ("no hole", "no hole"),
            ("`{}` and `{}`", "`a{}` and `b`"),
            ("{1}, {0}, {1}", "b, a{}, b"),
            ("a brace { alone", "a brace { alone"),
        ] {
            assert_eq!(fill(template, &arguments), expected, "{template}");
        }
    }

    #[test]
    fn a_reason_follows_in_the_same_language() {
        let message = said!("user journey `{}` does not exist", "J").because(said!("`{}` is missing", ")"));
        assert_eq!(message.to_string(), "user journey `J` does not exist: `)` is missing");
        assert_eq!(message.in_language(Language::Spanish), "el recorrido del usuario `J` no existe: falta `)`");
    }
}
