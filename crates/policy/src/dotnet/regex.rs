//! Regular expressions in .NET's syntax.
//!
//! Policies are written for .NET, whose syntax says other things than Rust's in places that real
//! policies use: `[` inside a class is a character, `$` also matches before a final newline. So an
//! expression is read in .NET's syntax and written anew. It runs on the linear engine where it can,
//! and on one that backtracks, with a limit, where it looks around or refers back.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use super::{
    groups::{GroupName, Groups},
    parse::parse,
    translate::{Translated, Writing, translate},
    units,
};
use crate::{diagnostic::Message, said};

/// A regular expression in .NET's syntax, compiled. Cheap to clone.
#[derive(Clone)]
pub struct Regex(Arc<Compiled>);

struct Compiled {
    source: Box<str>,
    engine: Engine,
    groups: Groups,
    /// For the few texts on which the engine above is not exact; compiled when one comes.
    exact: Option<Exact>,
}

impl Compiled {
    /// For a text that is too long for the exact engine, and on which `$` has two places: the text up to
    /// the first of them.
    fn up_to_newline<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.exact.as_ref().filter(|exact| exact.usual.final_end && text.len() > LONGEST_TEXT)?;
        text.strip_suffix('\n')
    }
}

struct Exact {
    usual: Translated,
    rust: Box<str>,
    engine: OnceLock<Option<Engine>>,
}

#[derive(Debug)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(fancy_regex::Regex),
}

/// Why an expression cannot be used, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegexError {
    pub(super) what: Message,
    /// UTF-16 unit, counted from 1.
    pub(super) at: usize,
}

impl RegexError {
    /// The finding about an expression, as it was written.
    pub(crate) fn about(&self, source: &str) -> Message {
        said!("the regular expression `{}` cannot be used (character {})", source, self.at).because(self.what.clone())
    }
}

impl fmt::Display for RegexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, at character {}", self.what, self.at)
    }
}

impl std::error::Error for RegexError {}

/// Steps that a backtracking expression may take on one text.
const MOST_STEPS: usize = 250_000;

/// Bytes of the longest text that a backtracking expression looks at: each step may read all of it.
const LONGEST_TEXT: usize = 16_384;

impl Regex {
    /// Reads an expression as .NET does.
    ///
    /// # Errors
    /// Where .NET refuses it, and for what is not supported: balancing groups, conditions that are
    /// no group, `\G`, lookbehind of variable length.
    pub fn compile(source: &str) -> Result<Self, RegexError> {
        let parsed = parse(source)?;
        let usual = translate(&parsed, Writing::Usual)?;
        let exact = translate(&parsed, Writing::Exact)?.rust;
        let (engine, exact) = match usual.backtracks {
            true => (Engine::backtracking(&exact)?, None),
            false => (Engine::linear(&usual.rust)?, Some((usual, exact))),
        };
        let exact = exact.filter(|(usual, _)| usual.final_end || usual.boundary);
        let exact = exact.map(|(usual, rust)| Exact { usual, rust: rust.into(), engine: OnceLock::new() });
        Ok(Self(Arc::new(Compiled { source: source.into(), engine, groups: parsed.groups, exact })))
    }

    /// The source of an expression that looks for one character of a set, as `IncludesCharacters`
    /// writes sets: the inside of a class, with ranges and escapes, in which brackets are characters.
    pub fn source_of_set(set: &str) -> String {
        let mut source = String::from("[");
        let mut characters = set.chars();
        while let Some(one) = characters.next() {
            match one {
                '\\' => {
                    source.push('\\');
                    source.push(characters.next().unwrap_or('\\'));
                }
                ']' | '[' | '^' => source.extend(['\\', one]),
                one => source.push(one),
            }
        }
        source.push(']');
        source
    }

    /// Whether it matches somewhere in the text. An expression that runs out of steps does not.
    pub fn is_match(&self, text: &str) -> bool {
        let text = units::apart(text);
        match self.engine(&text) {
            Engine::Linear(regex) => {
                regex.is_match(&text)
                    || self.0.up_to_newline(&text).is_some_and(|without_newline| regex.is_match(without_newline))
            }
            Engine::Backtracking(_) if text.len() > LONGEST_TEXT => false,
            Engine::Backtracking(regex) => regex.is_match(&text).unwrap_or(false),
        }
    }

    /// Replaces every match. The replacement is in .NET's syntax: `$1`, `${name}`, `$$`, `$&`. A text
    /// on which the expression runs out of steps stays as it is.
    pub fn replace_all(&self, text: &str, replacement: &str) -> String {
        match units::has_pairs(text) {
            true => units::together(&self.replace_apart(&units::apart(text), &units::apart(replacement))),
            false => self.replace_apart(text, replacement),
        }
    }

    fn replace_apart(&self, text: &str, replacement: &str) -> String {
        let engine = self.engine(text);
        let mut replaced = String::with_capacity(text.len());
        let (mut copied, mut from) = (0, 0);
        while from <= text.len() {
            let groups = match engine.groups(text, from) {
                Ok(Some(groups)) => groups,
                Ok(None) => break,
                Err(OutOfSteps) => return text.to_owned(),
            };
            let Some(Some((start, end))) = groups.first().copied() else { break };
            replaced.push_str(&text[copied..start]);
            self.expand(text, &groups, replacement, &mut replaced);
            copied = end;
            // .NET finds an empty match right behind another one, which Rust's iterators skip.
            from = match end == start {
                true => end + text[end..].chars().next().map_or(1, char::len_utf8),
                false => end,
            };
        }
        replaced.push_str(&text[copied..]);
        replaced
    }

    /// Its text, as the author wrote it.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    fn engine(&self, text: &str) -> &Engine {
        let compiled = &*self.0;
        match &compiled.exact {
            Some(Exact { usual, rust, engine }) if text.len() <= LONGEST_TEXT && !usual.is_usual(text) => {
                engine.get_or_init(|| Engine::backtracking(rust).ok()).as_ref().unwrap_or(&compiled.engine)
            }
            _ => &compiled.engine,
        }
    }

    fn expand(&self, text: &str, groups: &[Option<(usize, usize)>], replacement: &str, into: &mut String) {
        let whole = groups.first().copied().flatten().unwrap_or_default();
        let mut rest = replacement;
        while let Some(at) = rest.find('$') {
            into.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let sign = rest.chars().next();
            match sign {
                Some('$') => into.push('$'),
                Some('&') => into.push_str(&text[whole.0..whole.1]),
                Some('`') => into.push_str(&text[..whole.0]),
                Some('\'') => into.push_str(&text[whole.1..]),
                Some('_') => into.push_str(text),
                Some('+') => into.push_str(one_of(text, groups, self.0.groups.last())),
                _ => {
                    match self.named(rest) {
                        Some((indices, after)) => {
                            into.push_str(one_of(text, groups, indices));
                            rest = after;
                        }
                        None => into.push('$'),
                    }
                    continue;
                }
            }
            rest = &rest[1..];
        }
        into.push_str(rest);
    }

    /// The groups that stand after a `$`, and what follows; `None` where there is no such group, and
    /// the text means itself.
    fn named<'t>(&self, rest: &'t str) -> Option<(&[usize], &'t str)> {
        if let Some((name, after)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            return self.indices(name).map(|found| (found, after));
        }
        // All digits are the number: `$10` is not group 1 and a zero.
        let (name, after) = rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count());
        self.indices(name).map(|found| (found, after))
    }

    fn indices(&self, name: &str) -> Option<&[usize]> {
        let name = name.parse().map_or_else(|_| GroupName::Name(name.to_owned()), GroupName::Number);
        if name == GroupName::Number(0) {
            return Some(&[0]);
        }
        Some(self.0.groups.find(&name)).filter(|found| !found.is_empty())
    }
}

/// What the last of several groups that took part has matched.
fn one_of<'t>(text: &'t str, groups: &[Option<(usize, usize)>], indices: &[usize]) -> &'t str {
    let group = indices.iter().rev().find_map(|index| *groups.get(*index)?);
    group.map_or("", |(start, end)| &text[start..end])
}

struct OutOfSteps;

/// Where each group matched, the whole first.
type Found = Vec<Option<(usize, usize)>>;

impl Engine {
    /// The first match from a place on.
    fn groups(&self, text: &str, from: usize) -> Result<Option<Found>, OutOfSteps> {
        Ok(match self {
            Self::Linear(regex) => regex
                .captures_at(text, from)
                .map(|found| found.iter().map(|group| group.map(|it| (it.start(), it.end()))).collect()),
            Self::Backtracking(_) if text.len() > LONGEST_TEXT => return Err(OutOfSteps),
            Self::Backtracking(regex) => regex
                .captures_from_pos(text, from)
                .map_err(|_| OutOfSteps)?
                .map(|found| found.iter().map(|group| group.map(|it| (it.start(), it.end()))).collect()),
        })
    }

    fn linear(rust: &str) -> Result<Self, RegexError> {
        regex::Regex::new(rust).map(Self::Linear).map_err(|error| refused(&error))
    }

    fn backtracking(rust: &str) -> Result<Self, RegexError> {
        fancy_regex::RegexBuilder::new(rust).backtrack_limit(MOST_STEPS).build().map(Self::Backtracking).map_err(
            |error| match error {
                fancy_regex::Error::CompileError(fancy_regex::CompileError::LookBehindNotConst) => {
                    RegexError { what: said!("a lookbehind of variable length is not supported"), at: 1 }
                }
                error => refused(&error),
            },
        )
    }
}

/// The engines speak of the translated text, over several lines: the last says what is wrong.
fn refused(error: &dyn fmt::Display) -> RegexError {
    let said = error.to_string();
    if ["exceeds size limit", "building NFA"].iter().any(|sign| said.contains(sign)) {
        return RegexError { what: said!("it is too large when compiled: repeat less"), at: 1 };
    }
    let last = said.lines().last().unwrap_or("").trim();
    RegexError { what: said!("the engine says `{}`", last.trim_start_matches("error: ").trim_end_matches('.')), at: 1 }
}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.source)
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.0.source == other.0.source
    }
}

impl Eq for Regex {}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = r#"^((?=.*[a-z])(?=.*[A-Z])(?=.*\d)|(?=.*[a-z])(?=.*[A-Z])(?=.*[^A-Za-z0-9])|(?=.*[a-z])(?=.*\d)(?=.*[^A-Za-z0-9])|(?=.*[A-Z])(?=.*\d)(?=.*[^A-Za-z0-9]))([A-Za-z\d@#$%^&*\-_+=[\]{}|\\:',?/`~"();!]|\.(?!@)){8,16}$"#;
    const EMAIL: &str = r"^[a-zA-Z0-9!#$%&'+^_`{}~-]+(?:\.[a-zA-Z0-9!#$%&'+^_`{}~-]+)*@(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$";

    #[test]
    fn matches_as_dotnet_does() {
        #[rustfmt::skip]
        let table: &[(&str, &[&str], &[&str])] = &[
            // The starter pack.
            (PASSWORD,
                &["Passw0rd", "P@ssword", "abc[def]1", "ABC123!?", "a.b.c.D1", "Abcdefgh12345678", "Passw0rd\n"],
                &["password", "PASSWORD1", "Pass0", "Abcdefgh123456789", "Pass w0rd", "Passw0r.@", "Pässw0rd!"]),
            (EMAIL,
                &["ada@contoso.com", "a.b+c@x-y.co.uk", "ada@contoso.com\n"],
                &["ada", "ada@contoso", "ada@@contoso.com", ".ada@contoso.com", "ada@-contoso.com", "ada@contoso.com\n\n"]),
            // Classes.
            (r"^[[]$", &["["], &["]"]),
            (r"^[]a]+$", &["]a"], &["b"]),
            (r"^[^]a]$", &["b"], &["]", "a"]),
            (r"^[a-z-[aeiou]]+$", &["xyz"], &["xaz", "-", "["]),
            (r"^[^a-z-[A]]$", &["B", "1"], &["A", "b"]),
            (r"^[\w-.]+$", &["a-b.c", "ü_1"], &["a b", "a+b"]),
            (r"^[a-zA-Z0-9-.]+$", &["a-b.c"], &["a_b"]),
            (r"^[a&&b]$", &["a", "b", "&"], &["c"]),
            (r"^[+--b]$", &["b", "-", "+", ","], &["c", "."]),
            (r"^[a~~b]$", &["~", "a"], &["c"]),
            (r"^[\b]$", &["\u{8}"], &["b"]),
            (r"^[a-]$", &["a", "-"], &["b"]),
            (r"^[-a]$", &["a", "-"], &["b"]),
            (r"^[\]\\]$", &["]", "\\"], &["["]),
            // Word, digit and space characters are Unicode's, .NET's way.
            (r"^\d$", &["7", "٣"], &["a", "Ⅷ"]),
            (r"^\w$", &["é", "_", "‿", "\u{300}"], &["-", "Ⓐ", "Ⅷ"]),
            (r"^\W$", &["-", "Ⓐ"], &["é"]),
            (r"^\s$", &[" ", "\u{a0}", "\u{85}"], &["x"]),
            (r"^\p{Lu}\P{Lu}$", &["Éa"], &["éa"]),
            (r"^\p{IsGreek}$", &["λ", "ϣ"], &["a", "ἀ"]),
            (r"^[\P{IsBasicLatin}]$", &["λ"], &["a"]),
            // Ends.
            (r"^a$", &["a", "a\n"], &["a\n\n", "a\nb", "ba"]),
            (r"^a\z", &["a"], &["a\n"]),
            (r"\Aa\Z", &["a", "a\n"], &["a\n\n"]),
            (r"(?m)^a$", &["b\na\nc"], &["ba"]),
            (r"^(a|b$)", &["a", "b\n"], &["bc"]),
            // Quantifiers.
            (r"^x{,3}$", &["x{,3}"], &["xx"]),
            (r"^x{2}$", &["xx"], &["x", "xxx"]),
            (r"^x{2,}$", &["xx", "xxxx"], &["x"]),
            (r"^{a}$", &["{a}"], &["a"]),
            (r"^a{b$", &["a{b"], &["ab"]),
            (r"^a+?b$", &["aab"], &["b"]),
            // Groups and references.
            (r"^(?<q>['\x22]).*\k<q>$", &["'a'", "\"a\""], &["'a\""]),
            (r"^(?'q'a)(b)\1\2$", &["abba"], &["abab"]),
            (r"^(a)\1$", &["aa"], &["ab"]),
            (r"^(?n)(a)(?<x>b)\1$", &["abb"], &["aba"]),
            (r"^(?<n>a)|(?<n>b)$", &["a", "b"], &["c"]),
            (r"^(a)?(?(1)b|c)$", &["ab", "c"], &["ac", "b"]),
            (r"^(?>a*)b$", &["aab"], &["aa"]),
            (r"^(?<!a)b", &["b"], &["ab"]),
            (r"(?<=€)\d+", &["€5"], &["$5"]),
            // Options.
            (r"^(?i)ab|C$", &["AB", "c"], &["d"]),
            (r"^(?i:a)b$", &["Ab"], &["AB"]),
            (r"^a(?i-s)b(?-i)c$", &["aBc"], &["aBC"]),
            (r"^a.b$", &["axb"], &["a\nb"]),
            (r"^(?s)a.b$", &["a\nb"], &["ab"]),
            ("(?x) ^ a \\  b # the end\n $", &["a b"], &["ab"]),
            (r"^a(?#comment)b$", &["ab"], &["acb"]),
            // Escapes.
            (r"^\cA\0\07\x41\u00e9\e\a\t$", &["\u{1}\0\u{7}Aé\u{1b}\u{7}\t"], &["A"]),
            (r"^(a)\12$", &["a\n"], &["aa2"]),
            // A reference finds only what has as many bytes: not the Kelvin sign, which .NET finds.
            (r"^(?i)(k)\1$", &["kK"], &["k\u{212a}", "ka"]),
            (r"^(?i)(é)\1$", &["éÉ"], &["ée"]),
            (r"^\<\>\@\-\ \#$", &["<>@- #"], &["a"]),
            (r"\bword\b", &["a word."], &["swords"]),
            ("", &["", "a"], &[]),
            // The characters that a directory allows.
            (r"(^\S.*\S$)|(^\S+$)|(^$)", &["a b", "a", ""], &[" a", "a "]),
        ];
        for (source, matching, other) in table {
            let regex = Regex::compile(source).unwrap_or_else(|error| panic!("{source}: {error}"));
            assert_eq!(regex.source(), *source);
            for text in *matching {
                assert!(regex.is_match(text), "{source} matches {text:?}");
            }
            for text in *other {
                assert!(!regex.is_match(text), "{source} does not match {text:?}");
            }
        }
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        for (source, said) in [
            ("a(b", "`)` is missing, at character 4"),
            ("a)b", "there are too many closing parentheses, at character 2"),
            ("[a", "`]` is missing, at character 3"),
            ("*a", "there is nothing to repeat, at character 2"),
            ("a**", "a quantifier follows a quantifier, at character 4"),
            ("a{2,1}", "a repetition's greatest number is less than its least, at character 2"),
            ("a{99999999999}", "a repetition is too large, at character 2"),
            (r"\y", r"`\y` means nothing, at character 2"),
            (r"\p{IsKlingon}", "`IsKlingon` is no category and no block of .NET, at character 14"),
            ("[z-a]", "a range's end is before its start, at character 5"),
            (r"[a-\d]", "a range ends in a class, at character 6"),
            ("[a-[b]c]", "a subtraction must be the last thing in its class, at character 7"),
            (r"(a)\2", "there is no group `2`, at character 1"),
            ("(?<a-b>c)", "balancing groups are not supported, at character 8"),
            ("(?<=a+)b", "a lookbehind of variable length is not supported, at character 1"),
            ("(?y)", "`(?` begins no group that is known, at character 4"),
            ("a\\", "a backslash ends it, at character 3"),
            ("a{1000}{1000}", "a quantifier follows a quantifier, at character 14"),
            ("a{2147483648000}", "a repetition is too large, at character 2"),
            ("(?<1a>x)", "`1a` is no name for a group, at character 7"),
            ("(?<0>x)", "`0` is no name for a group, at character 6"),
            ("(?<a b>x)", "`a b` is no name for a group, at character 8"),
            (r"\<x>", "there is no group `x`, at character 1"),
            (r"\80", r"`\8` means nothing, at character 2"),
            ("(a)?(?(1)b|c|d)", "a condition has more than two alternatives, at character 16"),
            ("(?((a)b)c|d)", "a condition that is no group is not supported, at character 7"),
            ("[[:alpha:]]", r"`[:` and `:]` name no class: use `\p` and a name in braces, at character 3"),
            ("(?<x>a)(?<x>b)\\k<x>", "a reference to one of several groups `x` is not supported, at character 1"),
            (r"(?<1>x)(a)\1", "a reference to one of several groups `1` is not supported, at character 1"),
            (r"\pL", r"`\p` needs a name in braces, at character 3"),
            (r"\p{l}", "`l` is no category and no block of .NET, at character 6"),
            (r"\Ga", r"`\G` is not supported, at character 2"),
            ("(?i", "`(?` begins no group that is known, at character 4"),
            ("(?i)*", "there is nothing to repeat, at character 6"),
            ("(?x)( ?:a)", "there is nothing to repeat, at character 8"),
            (r"\c1", r"`\c` needs a letter, at character 4"),
            (r"\u12", "a character's code is not complete, at character 3"),
        ] {
            let refused = Regex::compile(source).err().map(|error| error.to_string());
            assert_eq!(refused.as_deref(), Some(said), "{source}");
        }
        assert!(Regex::compile(&"(".repeat(100_000)).is_err());
        for source in ["(?:a{1000}){1000}", "(?=b)(?:a{1000}){1000}"] {
            let said = "it is too large when compiled: repeat less, at character 1";
            assert_eq!(Regex::compile(source).unwrap_err().to_string(), said, "{source}");
        }
    }

    #[test]
    fn replaces_as_dotnet_does() {
        for (source, text, replacement, expected) in [
            (r"(?<=.).(?=.*@)", "ada@contoso.com", "*", "a**@contoso.com"),
            (r"(?<=.{2}).(?=.*@)", "ada.l@contoso.com", "*", "ad***@contoso.com"),
            (r"(\w+) (\w+)", "Ada Lovelace", "$2, $1", "Lovelace, Ada"),
            (r"(?<first>\w+) (\w+)", "Ada Lovelace", "$1, ${first}", "Lovelace, Ada"),
            ("a", "banana", "$$", "b$n$n$"),
            ("a", "banana", "<$&>$0", "b<a>an<a>an<a>a"),
            ("a(x)?", "a", "[$1]$9${no}", "[]$9${no}"),
            ("(a)", "a", "$10", "$10"),
            ("", "ab", "-", "-a-b-"),
            ("b*", "abbé", "<$&>", "<>a<bb><>é<>"),
            ("x", "ab", "-", "ab"),
            ("$", "a\n", "!", "a!\n!"),
        ] {
            assert_eq!(Regex::compile(source).unwrap().replace_all(text, replacement), expected, "{source}");
        }
    }

    #[test]
    fn gives_up_on_what_takes_too_long() {
        let regex = Regex::compile(r"^(?=(a+)+$)(a|aa)+\1$").unwrap();
        assert!(!regex.is_match(&"a".repeat(60)));
        assert_eq!(regex.replace_all(&"a".repeat(60), "b"), "a".repeat(60));
    }

    #[test]
    fn catastrophic_expressions_stop() {
        // The linear engine answers; the other one runs out of steps, and finds nothing.
        for (source, text, matches) in [
            ("^(a+)+$", "a".repeat(10_000) + "b", false),
            ("^(a+)+$", "a".repeat(10_000), true),
            ("^(a|a)*$", "a".repeat(10_000) + "b", false),
            ("^(a+)+$", "a".repeat(5_000) + "b\n", false),
            (r"^(?=a)(a+)+\1$", "a".repeat(5_000) + "b", false),
            (r"(.*)*\1x", "a".repeat(5_000), false),
            (r"(?:.*(?=b)){20}c", "b".repeat(LONGEST_TEXT), false),
            // Longer than it looks at.
            ("(?=a)a", "a".repeat(LONGEST_TEXT + 1), false),
            ("(?=a)a", "a".repeat(LONGEST_TEXT), true),
            ("^a+$", "a".repeat(LONGEST_TEXT) + "\n", true),
            ("^a+$", "a".repeat(LONGEST_TEXT) + "\n\n", false),
            ("^a+$", "a".repeat(LONGEST_TEXT) + "b\n", false),
        ] {
            assert_eq!(Regex::compile(source).unwrap().is_match(&text), matches, "{source}");
        }
    }

    #[test]
    fn long_expressions_are_read_in_one_go() {
        for (source, compiles) in [
            ("a".repeat(100_000), true),
            ("{".repeat(100_000), true),
            ("{1".repeat(50_000), true),
            ("[a]".repeat(33_000), true),
            ("(?<n>a)".repeat(14_000), true),
            ("(?:a|b)".repeat(14_000), true),
            ("\\1".repeat(50_000), false),
            ("[".repeat(100_000), false),
            ("(?#".repeat(33_000), false),
            ("(?<n".repeat(25_000), false),
            ("a|".repeat(50_000), true),
            (r"\p{L}{100}".repeat(1_000), false),
        ] {
            let compiled = Regex::compile(&source);
            assert_eq!(compiled.is_ok(), compiles, "{}… {:?}", &source[..8], compiled.err());
        }
    }

    #[test]
    fn pairs_stay_together_in_what_is_replaced() {
        for (source, text, replacement, expected) in [
            ("a", "😀a😀", "🙂", "😀🙂😀"),
            ("[😀]", "😀", "x", "xx"),
            ("(.)(.)", "😀", "$1$2", "😀"),
            ("(.)(.)", "😀", "$1", "\u{fffd}"),
            ("(a)(?<n>b)?", "a😀ab", "<$+>", "<>😀<b>"),
        ] {
            assert_eq!(Regex::compile(source).unwrap().replace_all(text, replacement), expected, "{source}");
        }
    }

    #[test]
    fn reads_sets_of_characters() {
        for (set, matching, other) in
            [("a-z", "1b", "1B"), (r"@#$%^&*\-_+=[]{}|\\:',?/`~();!", "]", "a"), ("^", "^", "a"), (r"\-", "-", "a")]
        {
            let regex = Regex::compile(&Regex::source_of_set(set)).unwrap();
            assert!(regex.is_match(matching) && !regex.is_match(other), "{set}");
        }
    }
}
