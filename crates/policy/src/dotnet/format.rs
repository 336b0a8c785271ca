//! Composite formats: `{0}`, `{1,-10}`, `{0:D4}`, as `String.Format` reads them without a culture.
//!
//! Rules: pages "Composite formatting", "Standard numeric format strings" and "Custom numeric format
//! strings" of .NET's documentation.

use std::fmt;

use super::{date::DateTime, number};

/// What is put into a format.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Argument<'a> {
    /// A text: nothing is done to it but padding.
    Text(&'a str),
    /// `int` or `long`.
    Integer(i64),
    /// `dateTime`, in UTC.
    DateTime(DateTime),
    /// `boolean`: `True` or `False`.
    Boolean(bool),
}

/// A format that has been read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompositeFormat {
    pieces: Vec<Piece>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Verbatim(String),
    Item { index: usize, align: Align, width: usize, specifier: String },
}

/// On which side the padding of an item is not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Align {
    Left,
    Right,
}

/// Why .NET throws a `FormatException`.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FormatError {
    /// A brace is alone: it has to be written twice, or it begins an item that is not complete.
    Brace {
        /// UTF-16 unit, counted from 1.
        at: usize,
    },
    /// An item asks for an argument that is not there.
    Index {
        /// Counted from 0.
        index: usize,
        /// How many there are.
        given: usize,
    },
    /// What stands after the colon means nothing for a value of that type.
    Specifier {
        /// The specifier.
        specifier: String,
    },
    /// The text would be longer than [`CompositeFormat::GREATEST_LENGTH`].
    TooLong,
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Brace { at } => {
                write!(f, "the brace at character {at} belongs to no `{{0}}`: write it twice to mean itself")
            }
            Self::Index { index, given } => {
                write!(f, "`{{{index}}}` asks for argument {}, and there are {given}", index + 1)
            }
            Self::Specifier { specifier } => write!(f, "`{specifier}` formats no value of this type"),
            Self::TooLong => write!(f, "the text is longer than {} characters", CompositeFormat::GREATEST_LENGTH),
        }
    }
}

impl std::error::Error for FormatError {}

impl CompositeFormat {
    /// UTF-16 units of the longest text that is made. .NET has no such limit, but a width of up to a million.
    pub const GREATEST_LENGTH: usize = 1_000_000;

    /// Reads a format.
    ///
    /// # Errors
    /// Where `String.Format` would throw, whatever the arguments are.
    pub fn parse(format: &str) -> Result<Self, FormatError> {
        Reader { text: format.chars().collect(), at: 0 }.all()
    }

    /// How many arguments it needs: one more than its greatest index.
    pub fn arguments(&self) -> usize {
        let indices = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Verbatim(_) => None,
            Piece::Item { index, .. } => Some(index + 1),
        });
        indices.max().unwrap_or(0)
    }

    /// Puts the arguments in.
    ///
    /// # Errors
    /// An argument that is missing, a specifier that does not fit one, a text that is too long.
    pub fn fill(&self, arguments: &[Argument<'_>]) -> Result<String, FormatError> {
        let (mut filled, mut length) = (String::new(), 0);
        for piece in &self.pieces {
            match piece {
                Piece::Verbatim(text) => {
                    length += text.len();
                    filled.push_str(text);
                }
                Piece::Item { index, align, width, specifier } => {
                    let given = arguments.len();
                    let argument = arguments.get(*index).ok_or(FormatError::Index { index: *index, given })?;
                    let text = argument.text(specifier)?;
                    let padding = width.saturating_sub(text.encode_utf16().count());
                    length += padding + text.len();
                    if length > Self::GREATEST_LENGTH {
                        return Err(FormatError::TooLong);
                    }
                    let padding = std::iter::repeat_n(' ', padding);
                    if *align == Align::Left {
                        filled.push_str(&text);
                    }
                    filled.extend(padding);
                    if *align == Align::Right {
                        filled.push_str(&text);
                    }
                }
            }
        }
        Ok(filled)
    }
}

/// `String.Format`: reads a format and puts the arguments in.
///
/// # Errors
/// Where `String.Format` throws a `FormatException`.
pub fn format(format: &str, arguments: &[Argument<'_>]) -> Result<String, FormatError> {
    CompositeFormat::parse(format)?.fill(arguments)
}

impl Argument<'_> {
    /// `ToString` with a specifier, which may be empty.
    ///
    /// # Errors
    /// A specifier that formats no value of this type.
    pub fn text(&self, specifier: &str) -> Result<String, FormatError> {
        Ok(match self {
            Self::Text(text) => (*text).to_owned(),
            Self::Boolean(true) => "True".to_owned(),
            Self::Boolean(false) => "False".to_owned(),
            Self::Integer(number) => number::format(*number, specifier)?,
            Self::DateTime(at) => at.format(specifier)?,
        })
    }
}

/// Indices and widths are less than this.
const LIMIT: usize = 1_000_000;

struct Reader {
    text: Vec<char>,
    at: usize,
}

impl Reader {
    fn all(mut self) -> Result<CompositeFormat, FormatError> {
        let (mut pieces, mut verbatim) = (Vec::new(), String::new());
        while let Some(one) = self.next() {
            match one {
                '{' | '}' if self.peek() == Some(one) => {
                    self.at += 1;
                    verbatim.push(one);
                }
                '{' => {
                    if !verbatim.is_empty() {
                        pieces.push(Piece::Verbatim(std::mem::take(&mut verbatim)));
                    }
                    pieces.push(self.item()?);
                }
                '}' => return Err(self.wrong(self.at - 1)),
                one => verbatim.push(one),
            }
        }
        if !verbatim.is_empty() {
            pieces.push(Piece::Verbatim(verbatim));
        }
        Ok(CompositeFormat { pieces })
    }

    /// After the opening brace. Spaces may stand behind the numbers and before the width, and nowhere else.
    fn item(&mut self) -> Result<Piece, FormatError> {
        let start = self.at - 1;
        let wrong = self.wrong(start);
        let index = self.number().ok_or(wrong.clone())?;
        self.skip_spaces();
        let (mut align, mut width) = (Align::Right, 0);
        if self.eat(',') {
            self.skip_spaces();
            if self.eat('-') {
                align = Align::Left;
            }
            width = self.number().ok_or(wrong.clone())?;
            self.skip_spaces();
        }
        let mut specifier = String::new();
        if self.eat(':') {
            while let Some(one) = self.peek().filter(|one| *one != '}') {
                if one == '{' {
                    return Err(wrong);
                }
                specifier.push(one);
                self.at += 1;
            }
        }
        match self.eat('}') {
            true => Ok(Piece::Item { index, align, width, specifier }),
            false => Err(wrong),
        }
    }

    fn number(&mut self) -> Option<usize> {
        let digits: String = self.text[self.at..].iter().take_while(|one| one.is_ascii_digit()).collect();
        self.at += digits.len();
        digits.parse().ok().filter(|number| *number < LIMIT)
    }

    fn skip_spaces(&mut self) {
        while self.eat(' ') {}
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn wrong(&self, at: usize) -> FormatError {
        FormatError::Brace { at: self.text[..at].iter().map(|one| one.len_utf16()).sum::<usize>() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_as_dotnet_does() {
        let at = DateTime::parse("2022-01-14T11:40:35.1234567Z").unwrap();
        let arguments = [
            Argument::Text("Ada"),
            Argument::Text("x😀"),
            Argument::Integer(-42),
            Argument::DateTime(at),
            Argument::Boolean(true),
        ];
        for (format, expected) in [
            ("", ""),
            ("constant", "constant"),
            ("{0}", "Ada"),
            ("cpim_{0}@contoso", "cpim_Ada@contoso"),
            ("{0}{0} {1}", "AdaAda x😀"),
            ("{{{0}}}", "{Ada}"),
            ("}}{{", "}{"),
            ("[{0,5}][{0,-5}][{0,2}]", "[  Ada][Ada  ][Ada]"),
            ("[{1,4}]", "[ x😀]"),
            ("[{0 }][{0 ,5 }][{0 , -5 :x}]", "[Ada][  Ada][Ada  ]"),
            ("{0:anything at all}", "Ada"),
            ("{00}", "Ada"),
            ("{2}", "-42"),
            ("{2:D4}|{2:X}|{2,6:N1}", "-0042|FFFFFFFFFFFFFFD6| -42.0"),
            ("{2:0000;(00)}", "(42)"),
            ("{3:yyyy-MM-dd}", "2022-01-14"),
            ("{3}", "01/14/2022 11:40:35"),
            ("{4,-6}|", "True  |"),
        ] {
            assert_eq!(super::format(format, &arguments).as_deref(), Ok(expected), "{format}");
        }
    }

    #[test]
    fn says_where_dotnet_throws() {
        for (format, said) in [
            ("{", "the brace at character 1 belongs to no `{0}`: write it twice to mean itself"),
            ("a}", "the brace at character 2 belongs to no `{0}`: write it twice to mean itself"),
            ("😀{0", "the brace at character 3 belongs to no `{0}`: write it twice to mean itself"),
            ("{}", "the brace at character 1 belongs to no `{0}`: write it twice to mean itself"),
            ("{ 0}", "the brace at character 1 belongs to no `{0}`: write it twice to mean itself"),
            ("{-1}", "the brace at character 1 belongs to no `{0}`: write it twice to mean itself"),
            ("{0,}", "the brace at character 1 belongs to no `{0}`: write it twice to mean itself"),
            ("{0,a}", "the brace at character 1 belongs to no `{0}`: write it twice to mean itself"),
            ("{0:{}}", "the brace at character 1 belongs to no `{0}`: write it twice to mean itself"),
            ("{RelyingPartyTenantId}", "the brace at character 1 belongs to no `{0}`: write it twice to mean itself"),
            ("{1000000}", "the brace at character 1 belongs to no `{0}`: write it twice to mean itself"),
            ("{0}}", "the brace at character 4 belongs to no `{0}`: write it twice to mean itself"),
            ("{2}", "`{2}` asks for argument 3, and there are 2"),
            ("{1:Q}", "`Q` formats no value of this type"),
            ("{0,999999}{0,999999}", "the text is longer than 1000000 characters"),
        ] {
            let given = [Argument::Text("a"), Argument::Integer(1)];
            assert_eq!(super::format(format, &given).unwrap_err().to_string(), said, "{format}");
        }
    }

    #[test]
    fn counts_what_it_needs() {
        for (format, needed) in [("a", 0), ("{0}", 1), ("{3} {1}", 4)] {
            assert_eq!(CompositeFormat::parse(format).unwrap().arguments(), needed, "{format}");
        }
    }
}
