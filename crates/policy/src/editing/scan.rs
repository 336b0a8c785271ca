//! The tags of a text, whole or not.

use std::ops::Range;

use super::document::Written;

/// A piece of a file that is no text.
#[derive(Debug)]
pub(super) enum Part {
    Start {
        name: Range<usize>,
        tag: Range<usize>,
        attributes: Vec<Written>,
        is_whole: bool,
        closes_itself: bool,
    },
    End {
        name: Range<usize>,
        tag: Range<usize>,
    },
    /// A comment, a declaration, a section of characters.
    Closed(Range<usize>),
}

/// What opens and closes a piece in which nothing else counts. Without its end it ends with its line.
const CLOSED: &[(&str, &str)] = &[("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")];

pub(super) fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find('<').map(|at| from + at) {
        let rest = &text[start..];
        let part = if let Some((opening, closing)) = CLOSED.iter().find(|(opening, _)| rest.starts_with(opening)) {
            let inside = start + opening.len();
            let end = text[inside..].find(closing).map(|at| inside + at + closing.len());
            let line_end = || text[inside..].find('\n').map_or(text.len(), |at| inside + at);
            Part::Closed(start..end.unwrap_or_else(line_end))
        } else if rest.starts_with("</") {
            end_tag(text, start)
        } else {
            start_tag(text, start)
        };
        from = match &part {
            Part::Start { tag, .. } | Part::End { tag, .. } => tag.end,
            Part::Closed(range) => range.end,
        };
        parts.push(part);
    }
    parts
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':') || byte >= 0x80
}

/// The name that begins there, without its prefix.
fn name_at(text: &str, start: usize) -> Range<usize> {
    let length = text.as_bytes()[start..].iter().take_while(|byte| is_name(**byte)).count();
    let written = &text[start..start + length];
    let prefix = written.find(':').map_or(0, |at| at + 1);
    start + prefix..start + length
}

fn end_tag(text: &str, start: usize) -> Part {
    let name = name_at(text, start + 2);
    let rest = &text[name.end..];
    let end = match rest.find(['>', '<', '\n']) {
        Some(at) if rest[at..].starts_with('>') => name.end + at + 1,
        Some(at) => name.end + at,
        None => text.len(),
    };
    Part::End { name, tag: start..end }
}

fn start_tag(text: &str, start: usize) -> Part {
    let bytes = text.as_bytes();
    let name = name_at(text, start + 1);
    let mut attributes = Vec::new();
    let mut at = name.end;
    if name.is_empty() {
        return Part::Start { name, tag: start..at, attributes, is_whole: false, closes_itself: true };
    }
    loop {
        match bytes.get(at) {
            None | Some(b'<') => {
                return Part::Start { name, tag: start..at, attributes, is_whole: false, closes_itself: false };
            }
            Some(b'>') => {
                return Part::Start { name, tag: start..at + 1, attributes, is_whole: true, closes_itself: false };
            }
            Some(b'/') if bytes.get(at + 1) == Some(&b'>') => {
                return Part::Start { name, tag: start..at + 2, attributes, is_whole: true, closes_itself: true };
            }
            Some(byte) if is_name(*byte) => {
                let attribute = attribute(text, at);
                at = attribute.value.as_ref().map_or(attribute.name.end, |value| value.end);
                // Behind the closing sign.
                at += usize::from(attribute.is_quoted);
                attributes.push(attribute);
            }
            Some(_) => at += 1,
        }
    }
}

fn attribute(text: &str, start: usize) -> Written {
    let bytes = text.as_bytes();
    let length = bytes[start..].iter().take_while(|byte| is_name(**byte)).count();
    let name = start..start + length;
    let skip_blanks = |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let equals = skip_blanks(name.end);
    if bytes.get(equals) != Some(&b'=') {
        return Written { name, value: None, is_quoted: false };
    }
    let opening = skip_blanks(equals + 1);
    match bytes.get(opening) {
        Some(quote @ (b'"' | b'\'')) => {
            let inside = opening + 1;
            match quoted(bytes, inside, *quote) {
                Some(end) => Written { name, value: Some(inside..end), is_quoted: true },
                None => Written { name, value: Some(inside..word_end(bytes, inside)), is_quoted: false },
            }
        }
        // `Id=` at the end of a line says nothing about the next one.
        _ if opening > equals + 1 => Written { name, value: Some(equals + 1..equals + 1), is_quoted: false },
        _ => Written { name, value: Some(opening..word_end(bytes, opening)), is_quoted: false },
    }
}

/// Where the closing sign is, unless the next one belongs to another attribute or element.
fn quoted(bytes: &[u8], inside: usize, quote: u8) -> Option<usize> {
    let length = bytes[inside..].iter().position(|byte| *byte == quote || *byte == b'<')?;
    let end = inside + length;
    let behind = bytes.get(end + 1);
    let closes = bytes[end] == quote
        && behind.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'?' | b'<'));
    // `Id="a Other="b"`: the sign behind `Other=` opens.
    (closes && !(bytes[inside..end].ends_with(b"=") && bytes[inside..end].contains(&b' '))).then_some(end)
}

/// Ids have no blanks in them.
fn word_end(bytes: &[u8], from: usize) -> usize {
    let ends = |(at, byte): (usize, &u8)| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'<' | b'>' | b'"' | b'\'')
            || (*byte == b'/' && bytes.get(from + at + 1) == Some(&b'>'))
    };
    bytes[from..].iter().enumerate().position(ends).map_or(bytes.len(), |at| from + at)
}

/// With XML's own entities and numbered signs replaced, sections of characters opened.
pub(super) fn unescaped(text: &str) -> String {
    let text = text.strip_prefix("<![CDATA[").and_then(|it| it.strip_suffix("]]>")).unwrap_or(text);
    quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), |text| text.into_owned())
}
