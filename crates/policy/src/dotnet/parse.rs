//! .NET's regular expression syntax, read into a tree.

use std::sync::OnceLock;

use super::{
    class::other_cases,
    groups::{GroupName, Groups},
    regex::RegexError,
    translate::push_escaped,
    units,
};
use crate::{diagnostic::Message, said};

/// What an expression is made of. Inline options are applied where they reach.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Character(char),
    /// A class, already in Rust's syntax.
    Class(String),
    Any {
        newline_too: bool,
    },
    /// `^`, `\A`, `\z` and their like, already in Rust's syntax.
    Assertion(&'static str),
    /// `\b`, or `\B`.
    Boundary {
        negated: bool,
    },
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
    BackReference {
        name: GroupName,
        ignore_case: bool,
    },
    Conditional(GroupName, Box<Node>),
}

/// An expression with its groups.
pub(super) struct Parsed {
    pub(super) node: Node,
    pub(super) groups: Groups,
}

pub(super) fn parse(source: &str) -> Result<Parsed, RegexError> {
    let text: Vec<char> = units::of(source).collect();
    let mut parser = Parser::new(&text, None);
    let node = parser.all()?;
    let groups = Groups::new(&parser.groups);
    if !parser.is_ambiguous {
        return Ok(Parsed { node, groups });
    }
    // `\12` is a group or a character: now it is known which groups there are.
    let node = Parser::new(&text, Some(&groups)).all()?;
    Ok(Parsed { node, groups })
}

#[derive(Clone, Copy, Default)]
pub(super) struct Options {
    pub(super) ignore_case: bool,
    multiline: bool,
    single_line: bool,
    explicit_capture: bool,
    ignore_white_space: bool,
}

pub(super) struct Parser<'a> {
    text: &'a [char],
    pub(super) at: usize,
    pub(super) options: Options,
    /// In the order of their parentheses; `None` is unnamed.
    groups: Vec<Option<GroupName>>,
    depth: usize,
    /// Once they are known.
    known: Option<&'a Groups>,
    is_ambiguous: bool,
}

/// Groups and classes nest no deeper.
const DEEPEST: usize = 50;

impl<'a> Parser<'a> {
    fn new(text: &'a [char], known: Option<&'a Groups>) -> Self {
        Self { text, at: 0, options: Options::default(), groups: Vec::new(), depth: 0, known, is_ambiguous: false }
    }

    fn all(&mut self) -> Result<Node, RegexError> {
        let node = self.alternatives()?;
        match self.at < self.text.len() {
            true => Err(self.error(said!("there are too many closing parentheses"))),
            false => Ok(node),
        }
    }

    pub(super) fn error(&self, what: Message) -> RegexError {
        RegexError { what, at: self.at.min(self.text.len()) + 1 }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    pub(super) fn peek_after(&self, more: usize) -> Option<char> {
        self.text.get(self.at + more).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    pub(super) fn eat(&mut self, wanted: &str) -> bool {
        let found = wanted.chars().zip(0..).all(|(one, more)| self.peek_after(more) == Some(one));
        if found {
            self.at += wanted.chars().count();
        }
        found
    }

    /// Reads up to the closing character, and it too.
    pub(super) fn until(&mut self, end: char) -> Result<String, RegexError> {
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

    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, RegexError>) -> Result<T, RegexError> {
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
            } else if self.options.ignore_white_space && matches!(self.peek(), Some('\t' | '\n' | '\u{c}' | '\r' | ' '))
            {
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
        self.skip_ignored()?;
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
        let end = rest.iter().position(|one| !one.is_ascii_digit() && *one != ',').unwrap_or(rest.len());
        if rest.get(end) != Some(&'}') {
            return Ok(None);
        }
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
                Node::Class(rust)
            }
            Some('(') => return self.nested(Self::group),
            Some('\\') => self.escape()?,
            Some(one) => self.character(one),
            None => return Ok(None),
        }))
    }

    fn character(&self, one: char) -> Node {
        if !self.options.ignore_case {
            return Node::Character(one);
        }
        let mut class = String::from("[");
        push_escaped(&mut class, one);
        other_cases(one, one).for_each(|other| push_escaped(&mut class, other));
        class.push(']');
        Node::Class(class)
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

    /// A name begins with no digit, or has only digits and is not zero.
    fn group_name(&self, spelled: &str) -> Result<GroupName, RegexError> {
        let wrong = || self.error(said!("`{}` is no name for a group", spelled));
        match spelled.starts_with(|one: char| one.is_ascii_digit()) {
            true => spelled.parse().ok().filter(|number| *number > 0).map(GroupName::Number).ok_or_else(wrong),
            false if !spelled.is_empty() && spelled.chars().all(is_word) => Ok(GroupName::Name(spelled.to_owned())),
            false => Err(wrong()),
        }
    }

    fn conditional(&mut self) -> Result<Node, RegexError> {
        let spelled = self.until(')')?;
        let name = self
            .group_name(&spelled)
            .map_err(|_| self.error(said!("a condition that is no group is not supported")))?;
        let node = self.inside()?;
        if matches!(&node, Node::Alternatives(all) if all.len() > 2) {
            return Err(self.error(said!("a condition has more than two alternatives")));
        }
        Ok(Node::Conditional(name, Box::new(node)))
    }

    /// `(?i)` reaches to the end of the group it stands in, `(?i:…)` as far as itself.
    fn options_group(&mut self) -> Result<Option<Node>, RegexError> {
        let before = self.options;
        let mut on = true;
        loop {
            // The letters may be capitals.
            let option = match self.next().map(|one| one.to_ascii_lowercase()) {
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
            Some(sign @ ('b' | 'B')) => {
                self.at += 1;
                Node::Boundary { negated: sign == 'B' }
            }
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
                self.reference(self.group_name(&spelled)?)
            }
            // An older way to write `\k`.
            Some('<') if self.is_name_before('>') => self.angled('>')?,
            Some('\'') if self.is_name_before('\'') => self.angled('\'')?,
            Some('1'..='9') => self.numbered()?,
            _ => self.plain_escape()?,
        })
    }

    fn plain_escape(&mut self) -> Result<Node, RegexError> {
        Ok(match self.character_escape()? {
            Escaped::One(one) => self.character(one),
            Escaped::Class(rust) => Node::Class(format!("[{rust}]")),
        })
    }

    fn reference(&self, name: GroupName) -> Node {
        Node::BackReference { name, ignore_case: self.options.ignore_case }
    }

    /// Whether word characters and this end follow the sign that comes next.
    fn is_name_before(&self, end: char) -> bool {
        let rest = &self.text[self.at + 1..];
        let length = rest.iter().position(|one| !is_word(*one)).unwrap_or(rest.len());
        length > 0 && rest.get(length) == Some(&end)
    }

    fn angled(&mut self, end: char) -> Result<Node, RegexError> {
        self.at += 1;
        let spelled = self.until(end)?;
        Ok(self.reference(self.group_name(&spelled)?))
    }

    /// `\12`: a reference where there is such a group or the number has one digit, an octal character otherwise.
    fn numbered(&mut self) -> Result<Node, RegexError> {
        let rest = &self.text[self.at..];
        let length = rest.iter().position(|one| !one.is_ascii_digit()).unwrap_or(rest.len());
        let digits: String = rest[..length].iter().collect();
        let number = digits.parse().map(GroupName::Number).ok();
        let is_octal = match (self.known, &number) {
            _ if length == 1 => false,
            (Some(known), Some(number)) => known.find(number).is_empty(),
            _ => {
                self.is_ambiguous = true;
                self.known.is_some()
            }
        };
        match number {
            Some(number) if !is_octal => {
                self.at += length;
                Ok(self.reference(number))
            }
            // Which of the two it is does not matter before the groups are known.
            None if !is_octal => {
                self.at += length;
                Ok(self.reference(GroupName::Number(u32::MAX)))
            }
            _ => self.plain_escape(),
        }
    }

    fn assertion(&mut self, rust: &'static str) -> Node {
        self.at += 1;
        Node::Assertion(rust)
    }

    /// After the backslash: what means the same inside and outside of a class.
    pub(super) fn character_escape(&mut self) -> Result<Escaped, RegexError> {
        let Some(sign) = self.next() else { return Err(self.error(said!("a backslash ends it"))) };
        Ok(Escaped::One(match sign {
            'd' => return Ok(Escaped::Class(r"\d".into())),
            'D' => return Ok(Escaped::Class(r"\D".into())),
            's' => return Ok(Escaped::Class(r"\s".into())),
            'S' => return Ok(Escaped::Class(r"\S".into())),
            // .NET's word characters are fewer than Rust's.
            'w' => return Ok(Escaped::Class(WORD.into())),
            'W' => return Ok(Escaped::Class(format!("[^{WORD}]"))),
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
                // The high bits of what is greater than `\377` are dropped.
                let all = u32::from(self.code(length, 8)?);
                char::from(all as u8)
            }
            one if is_word(one) => {
                self.at -= 1;
                return Err(self.error(said!("`\\{}` means nothing", one)));
            }
            one => one,
        }))
    }

    fn code(&mut self, length: usize, radix: u32) -> Result<char, RegexError> {
        let digits: Option<String> = (0..length).map(|more| self.peek_after(more)).collect();
        let code = digits.filter(|digits| digits.chars().all(|one| one.is_digit(radix)));
        let code = code.and_then(|digits| u16::from_str_radix(&digits, radix).ok()).map(units::character);
        match code {
            Some(one) => {
                self.at += length;
                Ok(one)
            }
            None => Err(self.error(said!("a character's code is not complete"))),
        }
    }
}

pub(super) enum Escaped {
    One(char),
    /// The inside of a Rust class.
    Class(String),
}

/// The inside of a Rust class: .NET's word characters, which are fewer than Rust's.
pub(super) const WORD: &str = r"\p{L}\p{Mn}\p{Nd}\p{Pc}";

fn is_word(one: char) -> bool {
    static ONE: OnceLock<Option<regex::Regex>> = OnceLock::new();
    match one.is_ascii() {
        true => one.is_ascii_alphanumeric() || one == '_',
        false => ONE
            .get_or_init(|| regex::Regex::new(&format!("[{WORD}]")).ok())
            .as_ref()
            .is_some_and(|word| word.is_match(one.encode_utf8(&mut [0; 4]))),
    }
}
