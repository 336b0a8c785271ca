//! Lines and columns as editors count them.

use std::ops::Range;

/// What a column counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Columns {
    /// Bytes.
    Utf8,
    /// Units of UTF-16, of which some characters have two.
    Utf16,
}

/// A place in a text, both from 0. [LSP 3.17, Position]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    /// Counted from 0; `\n`, `\r\n` and `\r` end one.
    pub line: u32,
    /// Counted from 0.
    pub column: u32,
}

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines(Vec<usize>);

impl Lines {
    /// Looks through a text once.
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let behind = bytes.iter().enumerate().filter_map(|(at, byte)| match byte {
            b'\n' => Some(at + 1),
            b'\r' if bytes.get(at + 1) != Some(&b'\n') => Some(at + 1),
            _ => None,
        });
        Self(std::iter::once(0).chain(behind).collect())
    }

    /// Of a byte offset into the text that these are the lines of. One past its end is the end.
    pub fn position(&self, text: &str, offset: usize, columns: Columns) -> Position {
        let offset = text.floor_char_boundary(offset);
        let line = self.0.partition_point(|start| *start <= offset).saturating_sub(1);
        let before = text.get(self.0[line]..offset).unwrap_or("");
        let column = match columns {
            Columns::Utf8 => before.len(),
            Columns::Utf16 => before.chars().map(char::len_utf16).sum(),
        };
        Position { line: number(line), column: number(column) }
    }

    /// The byte offset of a position; one behind the end of its line is that end.
    pub fn offset(&self, text: &str, position: Position, columns: Columns) -> usize {
        let line = position.line as usize;
        let Some(start) = self.0.get(line).copied() else { return text.len() };
        let end = self.0.get(line + 1).copied().unwrap_or(text.len());
        let written = text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r']);
        let wanted = position.column as usize;
        if columns == Columns::Utf8 {
            return start + written.floor_char_boundary(wanted);
        }
        let mut units = 0;
        for (at, char) in written.char_indices() {
            if units >= wanted {
                return start + at;
            }
            units += char.len_utf16();
        }
        start + written.len()
    }

    /// Both ends of a stretch of bytes.
    pub fn range(&self, text: &str, range: &Range<usize>, columns: Columns) -> (Position, Position) {
        (self.position(text, range.start, columns), self.position(text, range.end.max(range.start), columns))
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns_are_those_of_the_editor() {
        let text = "<a>\r\n  é𝄞x\n\r€";
        let lines = Lines::of(text);
        for (offset, utf16, utf8) in [
            (0, (0, 0), (0, 0)),
            (3, (0, 3), (0, 3)),
            (5, (1, 0), (1, 0)),
            (9, (1, 3), (1, 4)),
            (13, (1, 5), (1, 8)),
            (10, (1, 3), (1, 4)),
            (15, (2, 0), (2, 0)),
            (16, (3, 0), (3, 0)),
            (19, (3, 1), (3, 3)),
            (999, (3, 1), (3, 3)),
        ] {
            for (columns, (line, column)) in [(Columns::Utf16, utf16), (Columns::Utf8, utf8)] {
                assert_eq!(lines.position(text, offset, columns), Position { line, column }, "{offset} {columns:?}");
            }
        }
        // Behind the end of a line is its end, before the signs that end it.
        assert_eq!(lines.offset(text, Position { line: 0, column: 99 }, Columns::Utf16), 3);
        assert_eq!(lines.offset(text, Position { line: 99, column: 0 }, Columns::Utf16), text.len());
        // Between the halves of a character is behind it.
        assert_eq!(lines.offset(text, Position { line: 1, column: 4 }, Columns::Utf16), 13);
    }

    proptest! {
        #[test]
        fn there_and_back(text in "[a\u{e9}\u{1d11e}\r\n]{0,40}", at in 0..200_usize) {
            let lines = Lines::of(&text);
            for columns in [Columns::Utf8, Columns::Utf16] {
                let at = text.floor_char_boundary(at);
                let position = lines.position(&text, at, columns);
                let back = lines.offset(&text, position, columns);
                // Between `\r` and `\n` is the end of the line, which is before both.
                let ends_line = text[..at].ends_with('\r') && text[at..].starts_with('\n');
                prop_assert_eq!(back, if ends_line { at - 1 } else { at });
            }
        }
    }
}
