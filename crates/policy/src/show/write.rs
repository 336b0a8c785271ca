//! The tree as XML, with the origins as comments.

use super::{Lines, Origins};
use crate::{
    diagnostic::Place,
    element::{Attribute, Element},
    source::NAMESPACE,
};

pub(super) fn xml(root: &Element, lines: &Lines<'_>, origins: Origins) -> String {
    let mut writer = Writer { text: String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"), lines, origins };
    writer.element(root, 0, None);
    writer.text
}

struct Writer<'a> {
    text: String,
    lines: &'a Lines<'a>,
    origins: Origins,
}

/// What has a line of its own in the head of whoever reads a policy: its origin is always told.
const LANDMARKS: &[&str] = &[
    "TechnicalProfile",
    "UserJourney",
    "SubJourney",
    "OrchestrationStep",
    "ClaimType",
    "Predicate",
    "PredicateValidation",
    "ClaimsTransformation",
    "ContentDefinition",
    "LocalizedResources",
    "DisplayControl",
    "RelyingParty",
];

impl Writer<'_> {
    /// `around` is the file that the comment nearest above names.
    fn element(&mut self, element: &Element, depth: usize, around: Option<&str>) {
        self.indent(depth);
        self.start(element, depth);
        let origin = self.origin(element, around);
        let here = Some(&*element.origin.file);
        if element.children.is_empty() && element.text.is_empty() {
            self.text.push_str(" />");
            self.text.push_str(&origin);
        } else if element.children.is_empty() || !element.text.is_empty() {
            // Text is the author's to the letter: nothing may be put beside it.
            self.text.push('>');
            self.inside(element);
            self.text.push_str(&origin);
        } else {
            self.text.push('>');
            self.text.push_str(&origin);
            self.text.push('\n');
            for child in &element.children {
                self.element(child, depth + 1, here);
            }
            self.indent(depth);
            self.text.push_str(&format!("</{}>", element.name));
        }
        self.text.push('\n');
    }

    fn start(&mut self, element: &Element, depth: usize) {
        self.text.push('<');
        self.text.push_str(&element.name);
        if depth == 0 {
            self.text.push_str(&format!(" xmlns=\"{NAMESPACE}\""));
        }
        for Attribute { name, value, .. } in &element.attributes {
            self.text.push_str(&format!(" {name}=\"{}\"", escaped(value)));
        }
    }

    /// Text, then what stands in it, and the end tag; without a line break of ours.
    fn inside(&mut self, element: &Element) {
        self.text.push_str(&escaped_text(&element.text));
        for child in &element.children {
            self.start(child, 1);
            self.text.push('>');
            self.inside(child);
        }
        self.text.push_str(&format!("</{}>", element.name));
    }

    fn indent(&mut self, depth: usize) {
        self.text.extend(std::iter::repeat_n("  ", depth));
    }

    fn origin(&self, element: &Element, around: Option<&str>) -> String {
        if self.origins == Origins::Hidden {
            return String::new();
        }
        let mut told = Vec::new();
        if around != Some(&*element.origin.file) || LANDMARKS.contains(&&*element.name) {
            told.push(self.lines.told(&element.origin));
        }
        let mut elsewhere: Vec<(&Place, Vec<&str>)> = Vec::new();
        // Attributes of other files; those of one line together.
        for attribute in element.attributes.iter().filter(|it| it.place.file != element.origin.file) {
            let line = |place: &Place| self.lines.line(place);
            let same = |place: &Place| place.file == attribute.place.file && line(place) == line(&attribute.place);
            match elsewhere.iter_mut().find(|(place, _)| same(place)) {
                Some((_, names)) => names.push(&attribute.name),
                None => elsewhere.push((&attribute.place, vec![&attribute.name])),
            }
        }
        told.extend(elsewhere.iter().map(|(place, names)| format!("{}: {}", names.join(", "), self.lines.told(place))));
        if told.is_empty() { String::new() } else { format!(" <!-- {} -->", harmless(&told.join("; "))) }
    }
}

/// A comment ends at its first `--`, which the name of a file may have.
fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '-' && safe.ends_with('-') {
            safe.push(' ');
        }
        safe.push(if is_allowed(c) && c != '\n' && c != '\r' { c } else { '\u{fffd}' });
    }
    safe
}

/// An attribute's value. A reader makes spaces of line ends and tabs that are not escaped.
fn escaped(text: &str) -> String {
    escaped_text(text).replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;")
}

/// A reader makes a line's end of a carriage return that is not escaped.
pub(crate) fn escaped_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\r' => escaped.push_str("&#13;"),
            c if is_allowed(c) => escaped.push(c),
            // Only the value of a placeholder can hold what XML cannot.
            _ => escaped.push('\u{fffd}'),
        }
    }
    escaped
}

/// [XML 1.0, Char]
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_cannot_be_ended_by_a_name() {
        for (name, expected) in
            [("a--b.xml", "a- -b.xml"), ("-->", "- ->"), ("---", "- - -"), ("a\nb\u{1}", "a\u{fffd}b\u{fffd}")]
        {
            assert_eq!(harmless(name), expected);
        }
    }

    #[test]
    fn values_are_escaped() {
        assert_eq!(escaped("a<b>&\"\n\t\r'\u{0}"), "a&lt;b&gt;&amp;&quot;&#10;&#9;&#13;'\u{fffd}");
        assert_eq!(escaped_text("a<b>&\"\n\t\r'"), "a&lt;b&gt;&amp;\"\n\t&#13;'");
    }
}
