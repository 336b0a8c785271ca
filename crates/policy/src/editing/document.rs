//! A text that may be broken, as tags that know where they stand.
//!
//! Nobody types well-formed XML: between two keystrokes a quotation mark, a `>` or an end tag is missing. Here nothing
//! is an error. A value without its end ends where ids end, a tag at the next `<`, and an element that is never closed
//! where the schema says that the next one cannot stand in it. What was typed before and behind the caret keeps its
//! meaning that way.

use std::{ops::Range, sync::Arc};

use super::scan::{self, Part};
use crate::{
    diagnostic::Place,
    element::{Attribute, Element},
    schema::shape_of,
    source::GREATEST_SIZE,
};

/// One file as it is being typed.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) name: Arc<str>,
    pub(crate) text: String,
    /// In the order of their start tags.
    pub(crate) nodes: Vec<Node>,
    /// Names in end tags, with the node that they end.
    ends: Vec<(Range<usize>, Option<usize>)>,
    /// Comments, declarations and such: nothing is to be done there.
    closed: Vec<Range<usize>>,
}

/// An element.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) parent: Option<usize>,
    /// In the start tag, without prefix; empty behind a lone `<`.
    pub(crate) name: Range<usize>,
    /// From `<` to behind `>`; without `>` to what follows.
    pub(crate) tag: Range<usize>,
    pub(crate) attributes: Vec<Written>,
    /// Between the tags; empty where the tag closes itself.
    pub(crate) content: Range<usize>,
    /// The name in the end tag.
    pub(crate) end: Option<Range<usize>>,
    /// Whether the tag has its `>`.
    pub(crate) is_whole: bool,
    closes_itself: bool,
    depth: usize,
}

/// An attribute.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) name: Range<usize>,
    /// Between the quotation marks; `None` where there is no `=` yet.
    pub(crate) value: Option<Range<usize>>,
    /// Whether the value has both its quotation marks.
    pub(crate) is_quoted: bool,
}

/// What a place of the text is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Spot {
    /// The name in a start tag.
    ElementName(usize),
    /// The name in an end tag, and the element that is open there.
    EndName(Range<usize>, Option<usize>),
    /// In a start tag, where an attribute's name is or may be.
    AttributeName(usize, Range<usize>),
    /// The value of one of a node's attributes.
    Value(usize, usize),
    /// Between tags, with the innermost element around it.
    Text(Option<usize>),
    /// A comment, a declaration, the sign between two things.
    Nothing,
}

/// Deeper elements are children of none; policies have a dozen levels.
const DEEPEST: usize = 90;
const MOST_ATTRIBUTES: usize = 256;

impl Document {
    /// Takes any text. One that is larger than policies may be has no elements.
    pub(crate) fn new(name: Arc<str>, text: String) -> Self {
        let mut document = Self { name, text, nodes: Vec::new(), ends: Vec::new(), closed: Vec::new() };
        if document.text.len() <= GREATEST_SIZE {
            let parts = scan::parts(&document.text);
            document.build(parts);
        }
        document
    }

    fn build(&mut self, parts: Vec<Part>) {
        let closed_by = self.matched(&parts);
        let mut open: Vec<usize> = Vec::new();
        for (part, matched) in parts.into_iter().zip(closed_by) {
            match part {
                Part::Closed(range) => self.closed.push(range),
                Part::End { name, tag } => {
                    if let Some(at) = matched.and_then(|node| open.iter().rposition(|other| *other == node)) {
                        for node in open.drain(at..) {
                            self.nodes[node].content.end = tag.start;
                        }
                        self.nodes[matched.unwrap_or(0)].end = Some(name.clone());
                    }
                    self.ends.push((name, matched.or_else(|| open.last().copied())));
                }
                Part::Start { name, tag, attributes, is_whole, closes_itself } => {
                    let is_closed = matched.is_some();
                    while let Some(top) = open.last().copied()
                        && self.nodes[top].end.is_none()
                        && !self.may_hold(top, &self.text[name.clone()], is_whole)
                    {
                        self.nodes[top].content.end = tag.start;
                        open.pop();
                    }
                    let parent = open.last().copied();
                    let depth = parent.map_or(0, |parent| self.nodes[parent].depth + 1);
                    let is_leaf = closes_itself || name.is_empty() || depth >= DEEPEST;
                    let content = if is_leaf { tag.end..tag.end } else { tag.end..self.text.len() };
                    let node = Node {
                        parent,
                        name,
                        content,
                        // Until its end tag comes, a mark that there is one.
                        end: is_closed.then_some(0..0),
                        tag,
                        attributes,
                        is_whole,
                        closes_itself,
                        depth,
                    };
                    self.nodes.push(node);
                    if !is_leaf {
                        open.push(self.nodes.len() - 1);
                    }
                }
            }
        }
        for node in &mut self.nodes {
            // Too deep to be looked at: its end was never met.
            node.end = node.end.take().filter(|name| !name.is_empty());
        }
    }

    /// For each end tag the start tag that it closes, and for each start tag itself if it is closed: nodes by number.
    fn matched(&self, parts: &[Part]) -> Vec<Option<usize>> {
        let mut matched = vec![None; parts.len()];
        let mut open: Vec<(usize, usize, &str)> = Vec::new();
        let mut nodes = 0;
        for (at, part) in parts.iter().enumerate() {
            match part {
                Part::Start { name, closes_itself, .. } => {
                    if !closes_itself && !name.is_empty() {
                        open.push((at, nodes, &self.text[name.clone()]));
                    }
                    nodes += 1;
                }
                Part::End { name, .. } => {
                    let name = &self.text[name.clone()];
                    // Who looks for something that is far up looks for what is not there.
                    let found = open.iter().rev().take(DEEPEST).position(|(.., open)| *open == name);
                    if let Some(from_top) = found {
                        let index = open.len() - 1 - from_top;
                        let (start, node, _) = open[index];
                        (matched[start], matched[at]) = (Some(node), Some(node));
                        open.truncate(index);
                    }
                }
                Part::Closed(_) => {}
            }
        }
        matched
    }

    /// Whether an element that nobody closes can hold one of that name.
    fn may_hold(&self, node: usize, child: &str, is_whole: bool) -> bool {
        let parent = self.nodes[node].parent.map_or("", |parent| self.name_of(parent));
        let Some(shape) = shape_of(parent, self.name_of(node)) else { return false };
        // A name may be half typed.
        shape.children().iter().any(|(name, _)| *name == child || (!is_whole && name.starts_with(child)))
    }

    pub(crate) fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or("")
    }

    pub(crate) fn name_of(&self, node: usize) -> &str {
        self.slice(&self.nodes[node].name)
    }

    /// The name of the element around a node; empty at the root.
    pub(crate) fn outer(&self, node: usize) -> &str {
        self.nodes[node].parent.map_or("", |parent| self.name_of(parent))
    }

    /// An attribute by its name.
    pub(crate) fn attribute(&self, node: usize, name: &str) -> Option<&Written> {
        self.nodes[node].attributes.iter().find(|attribute| self.slice(&attribute.name) == name)
    }

    /// The trimmed value of an attribute, as it is written.
    pub(crate) fn value(&self, node: usize, name: &str) -> Option<&str> {
        Some(self.slice(self.attribute(node, name)?.value.as_ref()?).trim())
    }

    /// The node and all around it, innermost first.
    pub(crate) fn ancestors(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(node), |node| self.nodes[*node].parent)
    }

    /// The innermost element of that name, the node itself included.
    pub(crate) fn within(&self, node: usize, name: &str) -> Option<usize> {
        self.ancestors(node).find(|outer| self.name_of(*outer) == name)
    }

    pub(crate) fn children(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        (node + 1..self.nodes.len())
            .take_while(move |other| self.nodes[*other].tag.start < self.nodes[node].content.end)
            .filter(move |other| self.nodes[*other].parent == Some(node))
    }

    /// Where the trimmed text of an element without children is; `None` where it has children or nothing is written.
    pub(crate) fn text_of(&self, node: usize) -> Option<Range<usize>> {
        let content = self.nodes[node].content.clone();
        if self.nodes.get(node + 1).is_some_and(|next| next.tag.start < content.end) {
            return None;
        }
        let mut range = trimmed(&self.text, content);
        // What a comment says is not the element's.
        if let Some(comment) = self.closed.iter().find(|it| it.start < range.end && it.end > range.start) {
            range = trimmed(&self.text, range.start..comment.start.max(range.start));
        }
        (!range.is_empty()).then_some(range)
    }

    /// From `<` of the start tag to behind the end tag.
    pub(crate) fn whole(&self, node: usize) -> Range<usize> {
        let it = &self.nodes[node];
        match &it.end {
            Some(name) => {
                let behind = self.text[name.end..].find('>').map_or(name.end, |at| name.end + at + 1);
                it.tag.start..behind
            }
            None if it.closes_itself => it.tag.clone(),
            None => it.tag.start..it.content.end.max(it.tag.end),
        }
    }

    /// What a place of the text is for.
    pub(crate) fn spot(&self, offset: usize) -> Spot {
        let offset = offset.min(self.text.len());
        if self.closed.iter().any(|it| it.start < offset && offset < it.end) {
            return Spot::Nothing;
        }
        if let Some((name, node)) = self.ends.iter().find(|(name, _)| name.start <= offset && offset <= name.end) {
            return Spot::EndName(name.clone(), *node);
        }
        let Some(last) = self.nodes.partition_point(|node| node.tag.start < offset).checked_sub(1) else {
            return Spot::Text(None);
        };
        let node = &self.nodes[last];
        if offset < node.tag.end || (!node.is_whole && offset == node.tag.end) {
            return self.spot_in_tag(last, offset);
        }
        Spot::Text(
            self.ancestors(last)
                .find(|outer| self.nodes[*outer].content.start <= offset && offset <= self.nodes[*outer].content.end)
                .filter(|outer| !self.nodes[*outer].closes_itself),
        )
    }

    fn spot_in_tag(&self, node: usize, offset: usize) -> Spot {
        let it = &self.nodes[node];
        if offset <= it.name.end {
            return Spot::ElementName(node);
        }
        for (at, attribute) in it.attributes.iter().enumerate() {
            let name = &attribute.name;
            if name.start <= offset && offset <= name.end {
                return Spot::AttributeName(node, name.clone());
            }
            if attribute.value.as_ref().is_some_and(|value| value.start <= offset && offset <= value.end) {
                return Spot::Value(node, at);
            }
        }
        match self.text[..offset].chars().next_back() {
            Some(before) if before.is_whitespace() => Spot::AttributeName(node, offset..offset),
            _ => Spot::Nothing,
        }
    }

    /// The tree, as reading a sound file gives it; `None` where there is no root.
    pub(crate) fn element(&self) -> Option<Arc<Element>> {
        let root = (0..self.nodes.len()).find(|node| self.nodes[*node].parent.is_none())?;
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate().filter(|(_, node)| !node.name.is_empty()) {
            if let Some(parent) = node.parent {
                children[parent].push(at);
            }
        }
        Some(self.element_of(root, &children))
    }

    // Recursion ends: nothing is deeper than `DEEPEST`.
    fn element_of(&self, node: usize, children: &[Vec<usize>]) -> Arc<Element> {
        let it = &self.nodes[node];
        let place = |span: Range<usize>| Place { file: self.name.clone(), span };
        let mut attributes: Vec<Attribute> = Vec::new();
        for written in it.attributes.iter().take(MOST_ATTRIBUTES) {
            let (name, Some(value)) = (self.slice(&written.name), written.value.clone()) else { continue };
            if name.contains(':') || name == "xmlns" || attributes.iter().any(|other| &*other.name == name) {
                continue;
            }
            attributes.push(Attribute {
                name: name.into(),
                value: scan::unescaped(self.slice(&value)).into(),
                name_before: value.start - written.name.start,
                place: place(value),
            });
        }
        let text_span = self.text_of(node).unwrap_or(0..0);
        Arc::new(Element {
            name: self.name_of(node).into(),
            attributes,
            children: children[node].iter().map(|child| self.element_of(*child, children)).collect(),
            text: scan::unescaped(self.slice(&text_span)).into(),
            text_span,
            origin: place(it.tag.clone()),
        })
    }
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let written = text.get(range.clone()).unwrap_or("");
    let start = range.start + written.len() - written.trim_start().len();
    start..start + written.trim().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editing::effective::xml;

    #[test]
    fn a_broken_file_keeps_its_shape() {
        for (text, expected) in [
            // A list without its end holds no other list.
            (
                "<TechnicalProfile><InputClaims><InputClaim A=\"1\"><OutputClaims></OutputClaims></TechnicalProfile>",
                "<TechnicalProfile><InputClaims><InputClaim A=\"1\" /></InputClaims><OutputClaims /></TechnicalProfile>",
            ),
            (
                "<TechnicalProfiles><TechnicalProfile Id=\"a\"><DisplayName>x<TechnicalProfile Id=\"b\"></TechnicalProfiles>",
                "<TechnicalProfiles><TechnicalProfile Id=\"a\"><DisplayName>x</DisplayName></TechnicalProfile>\
                 <TechnicalProfile Id=\"b\" /></TechnicalProfiles>",
            ),
            // A tag without its end ends before the next.
            (
                "<InputClaims><InputClaim A=\"1\n<InputClaim A='2'/></InputClaims>",
                "<InputClaims><InputClaim A=\"1\" /><InputClaim A=\"2\" /></InputClaims>",
            ),
            // The sign behind `B=` opens; it does not close what `A=` began.
            ("<InputClaims A=\"1 B=\"2\" />", "<InputClaims A=\"1\" B=\"2\" />"),
            (
                "<InputClaims></Nonsense><!-- <A> --><InputClaim/></InputClaims>",
                "<InputClaims><InputClaim /></InputClaims>",
            ),
        ] {
            let document = Document::new("a.xml".into(), text.to_owned());
            let shape = xml(&document.element().unwrap()).replace('\n', "").replace("  ", "");
            assert_eq!(shape, expected, "{text}");
        }
    }
}
