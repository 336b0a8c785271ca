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
    parse::{GroupName, parse},
    translate::{End, Groups, translate},
};
use crate::{diagnostic::Message, said};

/// A regular expression in .NET's syntax, compiled. Cheap to clone.
#[derive(Clone)]
pub struct Regex(Arc<Compiled>);

struct Compiled {
    source: Box<str>,
    engine: Engine,
    groups: Groups,
    /// For texts that end in a newline, where `$` has two places; compiled when one comes.
    before_newline: Option<(Box<str>, OnceLock<Option<Engine>>)>,
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
    /// Character, counted from 1.
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

impl Regex {
    /// Reads an expression as .NET does.
    ///
    /// # Errors
    /// Where .NET refuses it, and for what is not supported: balancing groups, conditions that are
    /// no group, `\G`, lookbehind of variable length.
    pub fn compile(source: &str) -> Result<Self, RegexError> {
        let parsed = parse(source)?;
        let groups = Groups::new(&parsed.groups);
        let strict = translate(&parsed, &groups, End::Strict)?;
        if !strict.backtracks {
            let engine = Engine::linear(&strict.rust)?;
            let before_newline = match strict.final_end {
                true => Some((translate(&parsed, &groups, End::BeforeNewline)?.rust.into(), OnceLock::new())),
                false => None,
            };
            return Ok(Self(Arc::new(Compiled { source: source.into(), engine, groups, before_newline })));
        }
        let engine = Engine::backtracking(&translate(&parsed, &groups, End::BeforeNewline)?.rust)?;
        Ok(Self(Arc::new(Compiled { source: source.into(), engine, groups, before_newline: None })))
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
        match self.engine(text) {
            Engine::Linear(regex) => regex.is_match(text),
            Engine::Backtracking(regex) => regex.is_match(text).unwrap_or(false),
        }
    }

    /// Replaces every match. The replacement is in .NET's syntax: `$1`, `${name}`, `$$`, `$&`. A text
    /// on which the expression runs out of steps stays as it is.
    pub fn replace_all(&self, text: &str, replacement: &str) -> String {
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
        match &compiled.before_newline {
            Some((rust, engine)) if text.ends_with('\n') => {
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
                _ => {
                    match self.named(rest) {
                        // The last of several groups of one name that took part.
                        Some((indices, after)) => {
                            let group = indices.iter().rev().find_map(|index| *groups.get(*index)?);
                            into.push_str(group.map_or("", |(start, end)| &text[start..end]));
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
    fn named<'t>(&self, rest: &'t str) -> Option<(Vec<usize>, &'t str)> {
        if let Some((name, after)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            return self.indices(name).map(|found| (found, after));
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        (1..=digits).rev().find_map(|length| Some((self.indices(&rest[..length])?, &rest[length..])))
    }

    fn indices(&self, name: &str) -> Option<Vec<usize>> {
        let name = name.parse().map_or_else(|_| GroupName::Name(name.to_owned()), GroupName::Number);
        if name == GroupName::Number(0) {
            return Some(vec![0]);
        }
        let found: Vec<usize> = self.0.groups.find(&name).collect();
        (!found.is_empty()).then_some(found)
    }
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
            (r"\p{IsKlingon}", "`IsKlingon` is no category and no block that is supported, at character 14"),
            ("[z-a]", "a range's end is before its start, at character 5"),
            (r"[a-\d]", "a range ends in a class, at character 6"),
            ("[a-[b]c]", "a subtraction must be the last thing in its class, at character 7"),
            (r"(a)\2", "there is no group `2`, at character 1"),
            ("(?<a-b>c)", "balancing groups are not supported, at character 8"),
            ("(?<=a+)b", "a lookbehind of variable length is not supported, at character 1"),
            ("(?y)", "`(?` begins no group that is known, at character 4"),
            ("a\\", "a backslash ends it, at character 3"),
        ] {
            assert_eq!(Regex::compile(source).unwrap_err().to_string(), said, "{source}");
        }
        assert!(Regex::compile(&"(".repeat(100_000)).is_err());
        assert!(Regex::compile("(?:a{1000}){1000}").is_err());
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
            ("(a)", "a", "$10", "a0"),
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
    fn reads_sets_of_characters() {
        for (set, matching, other) in
            [("a-z", "1b", "1B"), (r"@#$%^&*\-_+=[]{}|\\:',?/`~();!", "]", "a"), ("^", "^", "a"), (r"\-", "-", "a")]
        {
            let regex = Regex::compile(&Regex::source_of_set(set)).unwrap();
            assert!(regex.is_match(matching) && !regex.is_match(other), "{set}");
        }
    }
}
