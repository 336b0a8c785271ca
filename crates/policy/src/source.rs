//! A file's text becomes a tree, unless it is dangerous or no policy.

use std::{ops::Range, sync::Arc};

use quick_xml::{Reader, events::Event};

use crate::{
    codes::{self, Rule},
    diagnostic::{Diagnostic, Message, Place},
    element::{Attribute, Element},
    ill_formed, said,
};

/// A policy file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFile {
    /// As diagnostics name it: usually its path.
    pub name: Arc<str>,
    /// Its text; a byte order mark is welcome.
    pub text: String,
}

impl SourceFile {
    /// Takes a text that was read as one.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// Takes a file's bytes.
    ///
    /// # Errors
    /// Z0004 where they are not UTF-8.
    pub fn from_bytes(name: impl Into<Arc<str>>, bytes: Vec<u8>) -> Result<Self, Diagnostic> {
        let name = name.into();
        String::from_utf8(bytes).map(|text| Self { name: name.clone(), text }).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            codes::NOT_UTF_8
                .at(&Place { file: name, span: at..at }, said!("here"), said!("the file is not encoded in UTF-8"))
                .help(said!("save it as UTF-8"))
        })
    }
}

/// `xmlns` of every policy.
pub(crate) const NAMESPACE: &str = "http://schemas.microsoft.com/online/cpim/schemas/2013/06";

/// Greatest size of a file, in bytes. [service limits: 1024 KB]
pub const GREATEST_SIZE: usize = 1024 * 1024;
const DEEPEST: usize = 100;
const MOST_ATTRIBUTES: usize = 256;

/// Reads one file. What is wrong with its content is another matter; this is about its form.
pub(crate) fn read(file: &SourceFile) -> Result<Arc<Element>, Diagnostic> {
    refuse_dangerous(file)?;
    let document = roxmltree::Document::parse(&file.text).map_err(|error| not_parsed(file, &error))?;
    let root = document.root_element();
    let name = root.tag_name();
    if name.name() != "TrustFrameworkPolicy" || name.namespace() != Some(NAMESPACE) {
        let message = match name.name() {
            "TrustFrameworkPolicy" => said!("the root element is not in the namespace of policies"),
            other => said!("the root element is `{}`, not a `TrustFrameworkPolicy`", other),
        };
        return Err(at(file, codes::NOT_A_POLICY, start_tag(root), message)
            .help(said!("the root must be `TrustFrameworkPolicy` with xmlns=\"{}\"", NAMESPACE)));
    }
    Ok(element(root, &file.name))
}

/// Trees are built in memory, and attributes compared with each other: first a look that costs
/// nothing.
fn refuse_dangerous(file: &SourceFile) -> Result<(), Diagnostic> {
    let beyond = |span: Range<usize>, message: Message| Err(at(file, codes::BEYOND_LIMITS, span, message));
    if file.text.len() > GREATEST_SIZE {
        return beyond(0..0, said!("the file has {} bytes; a policy has at most {}", file.text.len(), GREATEST_SIZE));
    }
    // The reader skips a second byte order mark as well, and does not count it; the tree refuses that one.
    let text = file.text.trim_start_matches('\u{feff}');
    let skipped = file.text.len() - text.len();
    let place = |at: u64| skipped + usize::try_from(at).unwrap_or(text.len()).min(text.len());
    let mut reader = Reader::from_str(text);
    let reading = reader.config_mut();
    // `Open` compares names, and knows better which of the two tags is wrong.
    (reading.check_end_names, reading.allow_unmatched_ends, reading.check_comments) = (false, true, true);
    let mut open = Open::default();
    loop {
        let from = place(reader.buffer_position());
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let here = place(reader.error_position());
                let message = not_well_formed(ill_formed::of_tokens(&error));
                let finding = at(file, codes::NOT_WELL_FORMED, here..here, message);
                return Err(match ill_formed::is_reference(&error) {
                    true => finding.help(said!("write `&amp;` for the sign `&`")),
                    false => finding,
                });
            }
        };
        let span = from..place(reader.buffer_position());
        match event {
            Event::Decl(declaration) => {
                if let Some(Ok(encoding)) = declaration.encoding()
                    && !encoding.eq_ignore_ascii_case(b"utf-8")
                    && !encoding.eq_ignore_ascii_case(b"us-ascii")
                {
                    let encoding = String::from_utf8_lossy(&encoding).into_owned();
                    return Err(at(
                        file,
                        codes::NOT_UTF_8,
                        span,
                        said!("the file says that it is encoded in `{}`", encoding),
                    )
                    .help(said!("save it as UTF-8")));
                }
            }
            Event::DocType(_) => return beyond(span, said!("the file declares a document type")),
            Event::GeneralRef(entity) if entity.resolve_char_ref().is_err() || !is_predefined(&entity) => {
                return beyond(span, not_xmls_own(&String::from_utf8_lossy(&entity)));
            }
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                if tag.attributes().with_checks(false).take(MOST_ATTRIBUTES + 1).count() > MOST_ATTRIBUTES {
                    return beyond(span, said!("an element has more than {} attributes", MOST_ATTRIBUTES));
                }
                let name = String::from_utf8_lossy(tag.name().as_ref()).into_owned();
                if tag.contains(&b'<') {
                    let line = text[span.start - skipped..].lines().next().map_or(0, |line| line.trim_end().len());
                    let message = not_well_formed(said!("`<` stands inside the tag `{}`", name));
                    return Err(at(file, codes::NOT_WELL_FORMED, span.start..span.start + line, message)
                        .help(said!("a `>` or a quotation mark is missing before it; in a value, write `&lt;`")));
                }
                if matches!(event, Event::Start(_)) {
                    open.0.push((name, span.clone()));
                }
                if open.0.len() > DEEPEST {
                    return beyond(span, said!("elements are nested more than {} deep", DEEPEST));
                }
            }
            Event::End(tag) => open.close(file, &String::from_utf8_lossy(tag.name().as_ref()), span)?,
            Event::Eof => return open.end(file),
            _ => {}
        }
    }
}

/// The elements that are open, outermost first, with their start tags.
#[derive(Default)]
struct Open(Vec<(String, Range<usize>)>);

impl Open {
    /// Where the names differ, one of two tags is wrong: the end tag where nothing of its name is open, else the start
    /// tag, whose end is missing.
    fn close(&mut self, file: &SourceFile, name: &str, span: Range<usize>) -> Result<(), Diagnostic> {
        let Some((opened, start)) = self.0.pop() else {
            let message = not_well_formed(said!("`</{}>` closes nothing", name));
            return Err(at(file, codes::NOT_WELL_FORMED, span, message));
        };
        if opened == name {
            return Ok(());
        }
        let is_root = self.0.is_empty() && name == "TrustFrameworkPolicy";
        if is_root || self.0.iter().any(|(outer, _)| outer == name) {
            let message = not_well_formed(said!("`{}` is never closed", opened));
            let end = Place { file: file.name.clone(), span };
            return Err(at(file, codes::NOT_WELL_FORMED, start, message)
                .and(&end, said!("`</{}>` is missing before this", opened))
                .help(said!("add `</{}>`, or end its tag with `/>`", opened)));
        }
        let message = not_well_formed(said!("expected `</{}>`, but `</{}>` was found", opened, name));
        let start = Place { file: file.name.clone(), span: start };
        Err(at(file, codes::NOT_WELL_FORMED, span, message).and(&start, said!("`{}` begins here", opened)))
    }

    /// At the end of the file, nothing is open.
    fn end(&self, file: &SourceFile) -> Result<(), Diagnostic> {
        let Some((name, start)) = self.0.last() else { return Ok(()) };
        let message = match self.0.len() {
            1 => said!("the root element `{}` is never closed", name),
            _ => said!("the file ends before `{}` is closed", name),
        };
        Err(at(file, codes::NOT_WELL_FORMED, start.clone(), message)
            .help(said!("is the file whole? Its last line closes the root element")))
    }
}

fn is_predefined(entity: &[u8]) -> bool {
    entity.starts_with(b"#") || [b"amp".as_slice(), b"lt", b"gt", b"quot", b"apos"].contains(&entity)
}

fn not_parsed(file: &SourceFile, error: &roxmltree::Error) -> Diagnostic {
    use roxmltree::Error;
    let here = offset(&file.text, error.pos());
    let (rule, message) = match error {
        Error::UnexpectedDeclaration(_) => {
            let message = said!("the XML declaration is not the first thing in the file");
            return at(file, codes::NOT_WELL_FORMED, here..here, message).help(said!("remove what stands before it"));
        }
        Error::UnknownEntityReference(name, _) => (codes::BEYOND_LIMITS, not_xmls_own(name)),
        Error::DuplicatedAttribute(name, _) => (codes::NOT_WELL_FORMED, said!("attribute `{}` is given twice", name)),
        Error::NoRootNode => (codes::NOT_WELL_FORMED, said!("the file has no root element")),
        Error::UnclosedRootNode => (codes::NOT_WELL_FORMED, said!("the root element is never closed")),
        _ => (codes::NOT_WELL_FORMED, not_well_formed(ill_formed::of_tree(error))),
    };
    at(file, rule, here..here, message)
}

fn not_well_formed(why: Message) -> Message {
    said!("the file is not well-formed").because(why)
}

fn not_xmls_own(entity: &str) -> Message {
    said!("the entity `&{};` is not one of XML's own", entity)
}

fn offset(text: &str, position: roxmltree::TextPos) -> usize {
    let line = position.row.saturating_sub(1) as usize;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let column = position.col.saturating_sub(1) as usize;
    let rest = text.get(start..).unwrap_or("");
    start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
}

fn at(file: &SourceFile, rule: Rule, span: Range<usize>, message: Message) -> Diagnostic {
    // The reader of tokens may stop within a character.
    let span = file.text.floor_char_boundary(span.start)..file.text.floor_char_boundary(span.end);
    rule.at(&Place { file: file.name.clone(), span }, said!("here"), message)
}

fn start_tag(node: roxmltree::Node<'_, '_>) -> Range<usize> {
    let range = node.range();
    range.start..node.first_child().map_or(range.end, |child| child.range().start)
}

fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let written = text.get(span.clone()).unwrap_or("");
    let start = span.start + written.len() - written.trim_start().len();
    start..start + written.trim().len()
}

// Recursion ends: `refuse_dangerous` counted the depth.
fn element(node: roxmltree::Node<'_, '_>, file: &Arc<str>) -> Arc<Element> {
    let mut text = String::new();
    let mut text_span = 0..0;
    let mut children = Vec::new();
    let holds_elements = node.children().any(|child| child.is_element());
    for child in node.children() {
        if child.is_element() {
            children.push(element(child, file));
        } else if child.is_text() {
            text.push_str(child.text().unwrap_or(""));
            // Between elements, what stands there is told, not the white space around it.
            let here =
                if holds_elements { trimmed(node.document().input_text(), child.range()) } else { child.range() };
            if !here.is_empty() {
                text_span = if text_span.is_empty() { here } else { text_span.start..here.end };
            }
        }
    }
    if text.trim().is_empty() && !children.is_empty() {
        text.clear();
        text_span = 0..0;
    }
    let attributes = node
        .attributes()
        .filter(|attribute| attribute.namespace().is_none())
        .map(|attribute| Attribute {
            name: attribute.name().into(),
            value: attribute.value().into(),
            place: Place { file: file.clone(), span: attribute.range_value() },
            name_before: attribute.range_value().start - attribute.range_qname().start,
        })
        .collect();
    Arc::new(Element {
        name: node.tag_name().name().into(),
        attributes,
        children,
        text: text.into(),
        text_span,
        origin: Place { file: file.clone(), span: start_tag(node) },
    })
}
