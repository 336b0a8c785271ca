//! .NET's regular expression syntax, read into a tree.

use super::{
    regex::RegexError,
    translate::{BLOCKS, CATEGORIES, push_escaped},
};
use crate::{diagnostic::Message, said};

/// What an expression is made of. Inline options are applied where they reach.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Character {
        one: char,
        ignore_case: bool,
    },
    /// A class, already in Rust's syntax.
    Class {
        rust: String,
        ignore_case: bool,
    },
    Any {
        newline_too: bool,
    },
    /// `^`, `$`, `\b` and their like, already in Rust's syntax.
    Assertion(&'static str),
    /// `$` without `m`, and `\Z`: the end, or before a newline at the end.
    FinalEnd,
    Sequence(Vec<Node>),
    Alternatives(Vec<Node>),
    Group(Box<Node>),
    Capture(Box<Node>),
    /// Look-around and atomic groups: `?=`, `?!`, `?<=`, `?<!`, `?>`.
    Special(&'static str, Box<Node>),
    Repeat {
        what: Box<Node>,
        least: u32,
        most: Option<u32>,
        lazy: bool,
    },
    BackReference(GroupName),
    /// `\12`: a reference where there is such a group, an octal character otherwise.
    BackReferenceOrOctal(String),
    Conditional(GroupName, Box<Node>),
}

/// How a group is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum GroupName {
    Number(u32),
    Name(String),
}

/// An expression with its capturing groups in the order of their parentheses; `None` is unnamed.
pub(super) struct Parsed {
    pub(super) node: Node,
    pub(super) groups: Vec<Option<GroupName>>,
}

pub(super) fn parse(source: &str) -> Result<Parsed, RegexError> {
    let mut parser =
        Parser { text: source.chars().collect(), at: 0, options: Options::default(), groups: Vec::new(), depth: 0 };
    let node = parser.alternatives()?;
    if parser.at < parser.text.len() {
        return Err(parser.error(said!("there are too many closing parentheses")));
    }
    Ok(Parsed { node, groups: parser.groups })
}

#[derive(Clone, Copy, Default)]
struct Options {
    ignore_case: bool,
    multiline: bool,
    single_line: bool,
    explicit_capture: bool,
    ignore_white_space: bool,
}

struct Parser {
    text: Vec<char>,
    at: usize,
    options: Options,
    groups: Vec<Option<GroupName>>,
    depth: usize,
}

/// Groups and classes nest no deeper.
const DEEPEST: usize = 50;

impl Parser {
    fn error(&self, what: Message) -> RegexError {
        RegexError { what, at: self.at.min(self.text.len()) + 1 }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn peek_after(&self, more: usize) -> Option<char> {
        self.text.get(self.at + more).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let found = wanted.chars().zip(0..).all(|(one, more)| self.peek_after(more) == Some(one));
        if found {
            self.at += wanted.chars().count();
        }
        found
    }

    /// Reads up to the closing character, and it too.
    fn until(&mut self, end: char) -> Result<String, RegexError> {
        let rest = &self.text[self.at..];
        match rest.iter().position(|one| *one == end) {
            Some(length) => {
                let found = rest[..length].iter().collect();
                self.at += length + 1;
                Ok(found)
            }
            None => Err(self.error(said!("`{}` is missing", end))),
        }
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, RegexError>) -> Result<T, RegexError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error(said!("it is nested too deep")));
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn alternatives(&mut self) -> Result<Node, RegexError> {
        let options = self.options;
        let mut all = vec![self.sequence()?];
        while self.eat("|") {
            all.push(self.sequence()?);
        }
        self.options = options;
        Ok(if all.len() == 1 { all.swap_remove(0) } else { Node::Alternatives(all) })
    }

    fn sequence(&mut self) -> Result<Node, RegexError> {
        let mut all = Vec::new();
        loop {
            self.skip_ignored()?;
            match self.peek() {
                None | Some('|' | ')') => return Ok(Node::Sequence(all)),
                Some(_) => {
                    if let Some(atom) = self.atom()? {
                        all.push(self.repeated(atom)?);
                    }
                }
            }
        }
    }

    /// Comments, and white space where the option `x` says so.
    fn skip_ignored(&mut self) -> Result<(), RegexError> {
        loop {
            if self.eat("(?#") {
                self.until(')')?;
            } else if self.options.ignore_white_space && self.peek().is_some_and(char::is_whitespace) {
                self.at += 1;
            } else if self.options.ignore_white_space && self.peek() == Some('#') {
                while self.next().is_some_and(|one| one != '\n') {}
            } else {
                return Ok(());
            }
        }
    }

    fn repeated(&mut self, atom: Node) -> Result<Node, RegexError> {
        self.skip_ignored()?;
        let Some((least, most)) = self.quantifier()? else { return Ok(atom) };
        let lazy = self.eat("?");
        self.skip_ignored()?;
        if self.quantifier()?.is_some() {
            return Err(self.error(said!("a quantifier follows a quantifier")));
        }
        Ok(Node::Repeat { what: Box::new(atom), least, most, lazy })
    }

    /// `{` that begins no quantifier is a character: so is the whole of `{,3}`.
    fn quantifier(&mut self) -> Result<Option<(u32, Option<u32>)>, RegexError> {
        let simple = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.counted(),
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(simple))
    }

    fn counted(&mut self) -> Result<Option<(u32, Option<u32>)>, RegexError> {
        let rest = &self.text[self.at + 1..];
        let Some(end) = rest.iter().position(|one| *one == '}') else { return Ok(None) };
        let inside: String = rest[..end].iter().collect();
        let (least, most) = inside.split_once(',').map_or((&*inside, None), |(least, most)| (least, Some(most)));
        let digits = |text: &str| text.chars().all(|one| one.is_ascii_digit());
        if least.is_empty() || !digits(least) || !most.is_none_or(digits) {
            return Ok(None);
        }
        let number = |text: &str| text.parse::<u32>().map_err(|_| self.error(said!("a repetition is too large")));
        let least = number(least)?;
        let most = match most {
            None => Some(least),
            Some("") => None,
            Some(most) => Some(number(most)?),
        };
        if most.is_some_and(|most| most < least) {
            return Err(self.error(said!("a repetition's greatest number is less than its least")));
        }
        self.at += end + 2;
        Ok(Some((least, most)))
    }

    /// `None` for what matches nothing by itself: inline options.
    fn atom(&mut self) -> Result<Option<Node>, RegexError> {
        if self.quantifier()?.is_some() {
            return Err(self.error(said!("there is nothing to repeat")));
        }
        Ok(Some(match self.next() {
            Some('.') => Node::Any { newline_too: self.options.single_line },
            Some('^') if self.options.multiline => Node::Assertion("(?m:^)"),
            Some('^') => Node::Assertion(r"\A"),
            Some('$') if self.options.multiline => Node::Assertion("(?m:$)"),
            Some('$') => Node::FinalEnd,
            Some('[') => {
                let rust = self.nested(Self::class)?;
                Node::Class { rust, ignore_case: self.options.ignore_case }
            }
            Some('(') => return self.nested(Self::group),
            Some('\\') => self.escape()?,
            Some(one) => self.character(one),
            None => return Ok(None),
        }))
    }

    fn character(&self, one: char) -> Node {
        Node::Character { one, ignore_case: self.options.ignore_case }
    }

    /// After the opening parenthesis.
    fn group(&mut self) -> Result<Option<Node>, RegexError> {
        const SPECIAL: [(&str, &str); 5] = [("?=", "?="), ("?!", "?!"), ("?<=", "?<="), ("?<!", "?<!"), ("?>", "?>")];
        if let Some((_, rust)) = SPECIAL.iter().find(|(sign, _)| self.eat(sign)) {
            return self.inside().map(|node| Some(Node::Special(rust, Box::new(node))));
        }
        if self.eat("?:") {
            return self.inside().map(|node| Some(Node::Group(Box::new(node))));
        }
        if self.eat("?<") {
            return self.named_group('>').map(Some);
        }
        if self.eat("?'") {
            return self.named_group('\'').map(Some);
        }
        if self.eat("?(") {
            return self.conditional().map(Some);
        }
        if self.eat("?") {
            return self.options_group();
        }
        if self.options.explicit_capture {
            return self.inside().map(|node| Some(Node::Group(Box::new(node))));
        }
        self.groups.push(None);
        self.inside().map(|node| Some(Node::Capture(Box::new(node))))
    }

    fn inside(&mut self) -> Result<Node, RegexError> {
        let node = self.alternatives()?;
        if self.eat(")") { Ok(node) } else { Err(self.error(said!("`{}` is missing", ")"))) }
    }

    fn named_group(&mut self, end: char) -> Result<Node, RegexError> {
        let spelled = self.until(end)?;
        if spelled.contains('-') {
            return Err(self.error(said!("balancing groups are not supported")));
        }
        let name = self.group_name(&spelled)?;
        self.groups.push(Some(name));
        self.inside().map(|node| Node::Capture(Box::new(node)))
    }

    fn group_name(&self, spelled: &str) -> Result<GroupName, RegexError> {
        if spelled.is_empty() || !spelled.chars().all(|one| one.is_alphanumeric() || one == '_') {
            return Err(self.error(said!("`{}` is no name for a group", spelled)));
        }
        Ok(spelled.parse().map_or_else(|_| GroupName::Name(spelled.to_owned()), GroupName::Number))
    }

    fn conditional(&mut self) -> Result<Node, RegexError> {
        let spelled = self.until(')')?;
        let name = self
            .group_name(&spelled)
            .map_err(|_| self.error(said!("a condition that is no group is not supported")))?;
        self.inside().map(|node| Node::Conditional(name, Box::new(node)))
    }

    /// `(?i)` reaches to the end of the group it stands in, `(?i:…)` as far as itself.
    fn options_group(&mut self) -> Result<Option<Node>, RegexError> {
        let before = self.options;
        let mut on = true;
        loop {
            let option = match self.next() {
                Some('-') => {
                    on = false;
                    continue;
                }
                Some('+') => {
                    on = true;
                    continue;
                }
                Some(')') => return Ok(None),
                Some(':') => {
                    let node = self.inside()?;
                    self.options = before;
                    return Ok(Some(Node::Group(Box::new(node))));
                }
                Some('i') => &mut self.options.ignore_case,
                Some('m') => &mut self.options.multiline,
                Some('s') => &mut self.options.single_line,
                Some('n') => &mut self.options.explicit_capture,
                Some('x') => &mut self.options.ignore_white_space,
                _ => return Err(self.error(said!("`(?` begins no group that is known"))),
            };
            *option = on;
        }
    }

    /// After the backslash, outside of a class.
    fn escape(&mut self) -> Result<Node, RegexError> {
        Ok(match self.peek() {
            Some('b') => self.assertion(r"\b"),
            Some('B') => self.assertion(r"\B"),
            Some('A') => self.assertion(r"\A"),
            Some('z') => self.assertion(r"\z"),
            Some('Z') => {
                self.at += 1;
                Node::FinalEnd
            }
            Some('G') => return Err(self.error(said!("`\\G` is not supported"))),
            Some('k') => {
                self.at += 1;
                let end = match self.next() {
                    Some('<') => '>',
                    Some('\'') => '\'',
                    _ => return Err(self.error(said!("`\\k` needs a name"))),
                };
                let spelled = self.until(end)?;
                Node::BackReference(self.group_name(&spelled)?)
            }
            Some('1'..='9') => {
                let mut digits = String::new();
                while let Some(digit) = self.peek().filter(char::is_ascii_digit) {
                    digits.push(digit);
                    self.at += 1;
                }
                match digits.parse() {
                    Ok(number) if digits.len() == 1 => Node::BackReference(GroupName::Number(number)),
                    _ => Node::BackReferenceOrOctal(digits),
                }
            }
            _ => match self.character_escape()? {
                Escaped::One(one) => self.character(one),
                Escaped::Class(rust) => {
                    Node::Class { rust: format!("[{rust}]"), ignore_case: self.options.ignore_case }
                }
            },
        })
    }

    fn assertion(&mut self, rust: &'static str) -> Node {
        self.at += 1;
        Node::Assertion(rust)
    }

    /// After the backslash: what means the same inside and outside of a class.
    fn character_escape(&mut self) -> Result<Escaped, RegexError> {
        let Some(sign) = self.next() else { return Err(self.error(said!("a backslash ends it"))) };
        Ok(Escaped::One(match sign {
            'd' => return Ok(Escaped::Class(r"\d".into())),
            'D' => return Ok(Escaped::Class(r"\D".into())),
            's' => return Ok(Escaped::Class(r"\s".into())),
            'S' => return Ok(Escaped::Class(r"\S".into())),
            // .NET's word characters are fewer than Rust's.
            'w' => return Ok(Escaped::Class(r"\p{L}\p{Mn}\p{Nd}\p{Pc}".into())),
            'W' => return Ok(Escaped::Class(r"[^\p{L}\p{Mn}\p{Nd}\p{Pc}]".into())),
            'p' | 'P' => return self.property(sign == 'P').map(Escaped::Class),
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\u{c}',
            'v' => '\u{b}',
            'a' => '\u{7}',
            'e' => '\u{1b}',
            'x' => self.code(2, 16)?,
            'u' => self.code(4, 16)?,
            'c' => match self.next() {
                Some(control) if control.is_ascii_alphabetic() || "@[\\]^_".contains(control) => {
                    char::from(control.to_ascii_uppercase() as u8 & 0x1f)
                }
                _ => return Err(self.error(said!("`\\c` needs a letter"))),
            },
            '0'..='7' => {
                self.at -= 1;
                let length = (0..3).take_while(|more| matches!(self.peek_after(*more), Some('0'..='7'))).count();
                self.code(length, 8)?
            }
            one if one.is_alphanumeric() || one == '_' => {
                self.at -= 1;
                return Err(self.error(said!("`\\{}` means nothing", one)));
            }
            one => one,
        }))
    }

    fn code(&mut self, length: usize, radix: u32) -> Result<char, RegexError> {
        let digits: Option<String> = (0..length).map(|more| self.peek_after(more)).collect();
        let code = digits.filter(|digits| digits.chars().all(|one| one.is_digit(radix)));
        let code = code.and_then(|digits| u32::from_str_radix(&digits, radix).ok()).and_then(char::from_u32);
        match code {
            Some(one) => {
                self.at += length;
                Ok(one)
            }
            None => Err(self.error(said!("a character's code is not complete"))),
        }
    }

    fn property(&mut self, negated: bool) -> Result<String, RegexError> {
        if !self.eat("{") {
            return Err(self.error(said!("`\\p` needs a name in braces")));
        }
        let name = self.until('}')?;
        if let Some((_, first, last)) = BLOCKS.iter().find(|(block, ..)| *block == name) {
            return Ok(format!("[{}\\x{{{first:x}}}-\\x{{{last:x}}}]", if negated { "^" } else { "" }));
        }
        if !CATEGORIES.contains(&&*name) {
            return Err(self.error(said!("`{}` is no category and no block that is supported", name)));
        }
        Ok(format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' }))
    }

    /// After the opening bracket. `[`, `&&`, `--` and `~~` are characters in .NET.
    fn class(&mut self) -> Result<String, RegexError> {
        let mut rust = String::from(if self.eat("^") { "[^" } else { "[" });
        let mut first = true;
        loop {
            match self.next() {
                None => return Err(self.error(said!("`{}` is missing", "]"))),
                Some(']') if !first => break,
                Some('-') if !first && self.eat("[") => {
                    let taken_away = self.nested(Self::class)?;
                    if !self.eat("]") {
                        return Err(self.error(said!("a subtraction must be the last thing in its class")));
                    }
                    return Ok(format!("[{rust}]--{taken_away}]"));
                }
                Some(one) => self.class_item(one, &mut rust)?,
            }
            first = false;
        }
        rust.push(']');
        Ok(rust)
    }

    fn class_item(&mut self, one: char, rust: &mut String) -> Result<(), RegexError> {
        let low = match self.class_character(one)? {
            Escaped::One(low) => low,
            Escaped::Class(class) => {
                rust.push_str(&class);
                return Ok(());
            }
        };
        push_escaped(rust, low);
        // `-` before the end or before a subtraction is not a range.
        if self.peek() == Some('-') && self.peek_after(1).is_some_and(|after| after != ']' && after != '[') {
            self.at += 1;
            let Some(one) = self.next() else { return Err(self.error(said!("`{}` is missing", "]"))) };
            let Escaped::One(high) = self.class_character(one)? else {
                return Err(self.error(said!("a range ends in a class")));
            };
            if high < low {
                return Err(self.error(said!("a range's end is before its start")));
            }
            rust.push('-');
            push_escaped(rust, high);
        }
        Ok(())
    }

    fn class_character(&mut self, one: char) -> Result<Escaped, RegexError> {
        match one {
            '\\' if self.eat("b") => Ok(Escaped::One('\u{8}')),
            '\\' => self.character_escape(),
            one => Ok(Escaped::One(one)),
        }
    }
}

enum Escaped {
    One(char),
    /// The inside of a Rust class.
    Class(String),
}
