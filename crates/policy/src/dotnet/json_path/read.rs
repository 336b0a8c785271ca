//! Reads a path.

use serde_json::Value;

use super::{
    JsonPath, JsonPathError, Step,
    query::{Operator, Query, Side},
};
use crate::dotnet::Regex;

/// Bytes of the longest path.
const LONGEST: usize = 4000;
/// Queries in queries.
const DEEPEST: usize = 8;

pub(super) fn path(path: &str) -> Result<JsonPath, JsonPathError> {
    let mut reader = Reader { text: path.trim_start().chars().collect(), at: 0, depth: 0 };
    if path.len() > LONGEST {
        return Err(reader.error("the path is longer than 4000 bytes"));
    }
    // Otherwise `$` is the first character of a name.
    if reader.text == ['$'] || reader.eat("$.") || reader.eat("$[") {
        reader.at = 1;
    }
    let steps = reader.steps(Place::Path)?;
    reader.skip_spaces();
    match reader.peek() {
        None => Ok(JsonPath { steps }),
        Some(one) => Err(reader.error(format!("`{one}` is not expected"))),
    }
}

struct Reader {
    text: Vec<char>,
    at: usize,
    depth: usize,
}

/// Where a path stands: in a query operators end it.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Path,
    Query,
}

impl Reader {
    fn steps(&mut self, place: Place) -> Result<Vec<Step>, JsonPathError> {
        let mut steps = Vec::new();
        let (mut scan, mut after_dot, mut after_indexer) = (false, false, false);
        loop {
            let name = self.name(place);
            if !name.is_empty() {
                if after_indexer {
                    return Err(self.error("a dot is missing before a name"));
                }
                steps.push(match (&*name, scan) {
                    ("*", true) => Step::ScanAll,
                    ("*", false) => Step::AllFields,
                    (_, true) => Step::Scan(vec![name]),
                    (_, false) => Step::Fields(vec![name]),
                });
                (scan, after_dot) = (false, false);
            }
            match self.peek() {
                Some('.') => {
                    self.at += 1;
                    scan = self.eat(".");
                    (after_dot, after_indexer) = (true, false);
                }
                Some(open @ ('[' | '(')) => {
                    self.at += 1;
                    steps.push(self.indexer(if open == '[' { ']' } else { ')' }, scan)?);
                    (scan, after_dot, after_indexer) = (false, false, true);
                }
                _ if after_dot => return Err(self.error("a name is missing behind the dot")),
                _ => return Ok(steps),
            }
        }
    }

    fn name(&mut self, place: Place) -> String {
        let rest = &self.text[self.at..];
        let ends = |one: &char| ".[]() ".contains(*one) || place == Place::Query && "=<>!|&".contains(*one);
        let name: String = rest.iter().take_while(|one| !ends(one)).collect();
        self.at += name.chars().count();
        name
    }

    /// After the opening bracket.
    fn indexer(&mut self, close: char, scan: bool) -> Result<Step, JsonPathError> {
        self.skip_spaces();
        let step = match self.peek() {
            Some('\'') => {
                let mut names = vec![self.quoted()?];
                self.skip_spaces();
                while self.eat(",") {
                    self.skip_spaces();
                    names.push(self.quoted()?);
                    self.skip_spaces();
                }
                if scan { Step::Scan(names) } else { Step::Fields(names) }
            }
            Some('?') => {
                self.at += 1;
                let query = self.query()?;
                if scan { Step::ScanWhere(query) } else { Step::Where(query) }
            }
            Some('*') => {
                self.at += 1;
                Step::AllItems
            }
            _ => self.items()?,
        };
        self.skip_spaces();
        match self.eat(&close.to_string()) {
            true => Ok(step),
            false => Err(self.error(format!("`{close}` is missing"))),
        }
    }

    fn items(&mut self) -> Result<Step, JsonPathError> {
        let first = self.integer()?;
        self.skip_spaces();
        if self.peek() == Some(':') {
            let mut bounds = [first, None, None];
            for bound in &mut bounds[1..] {
                self.skip_spaces();
                if self.eat(":") {
                    self.skip_spaces();
                    *bound = self.integer()?;
                }
            }
            return match bounds {
                [_, _, Some(0)] => Err(self.error("a step of zero leads nowhere")),
                [start, end, step] => Ok(Step::Slice { start, end, step: step.unwrap_or(1) }),
            };
        }
        let mut indices = vec![self.index(first)?];
        while self.eat(",") {
            self.skip_spaces();
            let next = self.integer()?;
            indices.push(self.index(next)?);
            self.skip_spaces();
        }
        Ok(Step::Items(indices))
    }

    fn index(&self, number: Option<i64>) -> Result<usize, JsonPathError> {
        let index = number.and_then(|number| usize::try_from(number).ok());
        index.ok_or_else(|| self.error("an index from zero on, a name in single quotes, `*` or `?(` is missing"))
    }

    fn integer(&mut self) -> Result<Option<i64>, JsonPathError> {
        let rest = &self.text[self.at..];
        let digits: String = rest.iter().take_while(|one| one.is_ascii_digit() || **one == '-').collect();
        if digits.is_empty() {
            return Ok(None);
        }
        let number: i32 = digits.parse().map_err(|_| self.error(format!("`{digits}` is no index")))?;
        self.at += digits.len();
        Ok(Some(number.into()))
    }

    /// A text in single quotes, with JSON's escapes and `\'`.
    fn quoted(&mut self) -> Result<String, JsonPathError> {
        if !self.eat("'") {
            return Err(self.error("a name in single quotes is missing"));
        }
        let mut text = String::new();
        while let Some(one) = self.next() {
            text.push(match one {
                '\'' => return Ok(text),
                '\\' => match self.next() {
                    Some('b') => '\u{8}',
                    Some('f') => '\u{c}',
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('t') => '\t',
                    Some(same @ ('\\' | '\'' | '"' | '/')) => same,
                    _ => return Err(self.error("a backslash means nothing here")),
                },
                one => one,
            });
        }
        Err(self.error("a single quote is missing"))
    }

    /// After `?`. Without parentheses of their own, what stands behind the first `&&` or `||` belongs together.
    fn query(&mut self) -> Result<Query, JsonPathError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error("the queries are nested too deep"));
        }
        if !self.eat("(") {
            return Err(self.error("`(` is missing behind `?`"));
        }
        let mut all = vec![(self.condition()?, false)];
        loop {
            self.skip_spaces();
            let and = self.eat("&&");
            if !and && !self.eat("||") {
                break;
            }
            if let Some(last) = all.last_mut() {
                last.1 = and;
            }
            all.push((self.condition()?, false));
        }
        if !self.eat(")") {
            return Err(self.error("`)` is missing"));
        }
        self.depth -= 1;
        let joined = all.into_iter().rev().reduce(|(rest, _), (one, and)| match and {
            true => (Query::And(Box::new(one), Box::new(rest)), false),
            false => (Query::Or(Box::new(one), Box::new(rest)), false),
        });
        joined.map(|(query, _)| query).ok_or_else(|| self.error("a query is empty"))
    }

    fn condition(&mut self) -> Result<Query, JsonPathError> {
        const OPERATORS: [(&str, Operator); 9] = [
            ("===", Operator::StrictEqual),
            ("==", Operator::Equal),
            ("!==", Operator::StrictNotEqual),
            ("!=", Operator::NotEqual),
            ("<>", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            ("<", Operator::Less),
            (">=", Operator::GreaterOrEqual),
            (">", Operator::Greater),
        ];
        let left = self.side()?;
        self.skip_spaces();
        if matches!(self.peek(), Some(')' | '&' | '|')) {
            return Ok(Query::Exists(left));
        }
        if self.eat("=~") {
            return Ok(Query::Matches(left, Box::new(self.expression()?)));
        }
        let Some((_, operator)) = OPERATORS.iter().find(|(sign, _)| self.eat(sign)) else {
            return Err(self.error("an operator is missing"));
        };
        Ok(Query::Compare(left, *operator, self.side()?))
    }

    fn side(&mut self) -> Result<Side, JsonPathError> {
        self.skip_spaces();
        if self.eat("@") {
            return self.steps(Place::Query).map(Side::Here);
        }
        if self.eat("$") {
            return self.steps(Place::Query).map(Side::Root);
        }
        if self.peek() == Some('\'') {
            return self.quoted().map(|text| Side::Constant(Value::String(text)));
        }
        let rest = &self.text[self.at..];
        let word: String = rest.iter().take_while(|one| !" )]=<>!&|".contains(**one)).collect();
        // `True` is not JSON, and neither for Newtonsoft.
        match serde_json::from_str(&word) {
            Ok(constant @ (Value::Null | Value::Bool(_) | Value::Number(_))) => {
                self.at += word.chars().count();
                Ok(Side::Constant(constant))
            }
            _ => Err(self.error("a path, a number, a text in single quotes, `true`, `false` or `null` is missing")),
        }
    }

    /// `/…/i`
    fn expression(&mut self) -> Result<Regex, JsonPathError> {
        self.skip_spaces();
        if !self.eat("/") {
            return Err(self.error("an expression between slashes is missing"));
        }
        let mut source = String::new();
        loop {
            match self.next() {
                None => return Err(self.error("the slash that ends an expression is missing")),
                Some('/') => break,
                Some('\\') if self.peek() == Some('/') => {
                    self.at += 1;
                    source.push('/');
                }
                Some('\\') => source.extend(['\\'].into_iter().chain(self.next())),
                Some(one) => source.push(one),
            }
        }
        let options: String = self.text[self.at..].iter().take_while(|one| "imsx".contains(**one)).collect();
        self.at += options.len();
        let inline = if options.is_empty() { source } else { format!("(?{options}){source}") };
        Regex::compile(&inline).map_err(|error| self.error(format!("in the expression `{inline}`: {error}")))
    }

    fn skip_spaces(&mut self) {
        while self.eat(" ") {}
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let found = wanted.chars().zip(self.at..).all(|(one, at)| self.text.get(at) == Some(&one));
        if found {
            self.at += wanted.chars().count();
        }
        found
    }

    fn error(&self, what: impl Into<String>) -> JsonPathError {
        JsonPathError::Syntax { what: what.into(), at: self.at + 1 }
    }
}
