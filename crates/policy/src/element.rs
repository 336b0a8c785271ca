//! A file as a tree that remembers where each node came from.

use std::{ops::Range, sync::Arc};

use crate::diagnostic::Place;

/// One element. Subtrees are shared between the policies that inherit them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Element {
    /// Without prefix.
    pub(crate) name: Box<str>,
    /// In document order; names are unique.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) children: Vec<Arc<Element>>,
    /// All text between the tags, without its children's; empty where it is white space around
    /// children.
    pub(crate) text: Box<str>,
    /// Where that text is.
    pub(crate) text_span: Range<usize>,
    /// The start tag.
    pub(crate) origin: Place,
}

/// One attribute, with where its value stands: a merged element has attributes of several files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Attribute {
    pub(crate) name: Box<str>,
    pub(crate) value: Box<str>,
    pub(crate) place: Place,
    /// Bytes from the name's start to the value's.
    pub(crate) name_before: usize,
}

impl Attribute {
    /// Where its name stands.
    pub(crate) fn name_place(&self) -> Place {
        let start = self.place.span.start.saturating_sub(self.name_before);
        Place { file: self.place.file.clone(), span: start..start + self.name.len() }
    }

    /// The value without surrounding white space.
    pub(crate) fn trimmed(&self) -> &str {
        self.value.trim()
    }
}

impl Element {
    /// An element that says nothing.
    pub(crate) fn empty(name: &str, origin: &Place) -> Self {
        Self {
            name: name.into(),
            attributes: Vec::new(),
            children: Vec::new(),
            text: "".into(),
            text_span: 0..0,
            origin: origin.clone(),
        }
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| &*attribute.name == name)
    }

    /// The attribute's trimmed value.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.attribute(name).map(Attribute::trimmed)
    }

    pub(crate) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Arc<Self>> + 'a {
        self.children.iter().filter(move |child| &*child.name == name)
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Arc<Self>> {
        self.children.iter().find(|child| &*child.name == name)
    }

    /// The items of a list: `profile.items("InputClaims", "InputClaim")`.
    pub(crate) fn items<'a>(&'a self, list: &'a str, item: &'a str) -> impl Iterator<Item = &'a Arc<Self>> + 'a {
        self.named(list).flat_map(move |list| list.named(item))
    }

    /// The trimmed text of a child; `None` where there is none or it is blank.
    pub(crate) fn text_of(&self, child: &str) -> Option<&str> {
        self.child(child).map(|child| child.text.trim()).filter(|text| !text.is_empty())
    }

    /// Where its text stands; the start tag where it has none.
    pub(crate) fn text_place(&self) -> Place {
        if self.text_span.is_empty() {
            self.origin.clone()
        } else {
            Place { file: self.origin.file.clone(), span: self.text_span.clone() }
        }
    }

    /// Everything that it says, without where it stands.
    pub(crate) fn saying(&self) -> String {
        let mut said = format!("<{}", self.name);
        for attribute in &self.attributes {
            said += &format!(" {}={:?}", attribute.name, attribute.trimmed());
        }
        said += ">";
        said += self.text.trim();
        for child in &self.children {
            said += &child.saying();
        }
        said
    }
}
