//! Why a file is not well-formed, as its parsers tell it, in words of ours: theirs are English only.

use quick_xml::errors::{Error as Reading, IllFormedError, SyntaxError};
use roxmltree::Error as Tree;

use crate::{diagnostic::Message, said};

/// What the look at the tokens stopped at.
pub(crate) fn of_tokens(error: &Reading) -> Message {
    match error {
        Reading::Syntax(error) => match error {
            SyntaxError::InvalidBangMarkup => said!("`{}` begins nothing that XML knows", "<!"),
            SyntaxError::UnclosedPI => said!("a processing instruction is not closed: `{}` is missing", "?>"),
            SyntaxError::UnclosedXmlDecl => said!("the XML declaration is not closed: `{}` is missing", "?>"),
            SyntaxError::UnclosedComment => said!("a comment is not closed: `{}` is missing", "-->"),
            SyntaxError::UnclosedDoctype => said!("the document type is not closed: `{}` is missing", ">"),
            SyntaxError::UnclosedCData => said!("a CDATA section is not closed: `{}` is missing", "]]>"),
            SyntaxError::UnclosedTag => said!("a tag is not closed: `{}` is missing", ">"),
            SyntaxError::UnclosedSingleQuotedAttributeValue => {
                said!("the value of an attribute is not closed: `{}` is missing", "'")
            }
            SyntaxError::UnclosedDoubleQuotedAttributeValue => {
                said!("the value of an attribute is not closed: `{}` is missing", "\"")
            }
        },
        Reading::IllFormed(error) => match error {
            IllFormedError::MissingDeclVersion(_) => said!("the XML declaration does not begin with `version`"),
            IllFormedError::MissingDoctypeName => said!("the document type has no name"),
            IllFormedError::MissingEndTag(name) => said!("`{}` is never closed", name),
            IllFormedError::UnmatchedEndTag(name) => said!("`</{}>` closes nothing", name),
            IllFormedError::MismatchedEndTag { expected, found } => {
                said!("expected `</{}>`, but `</{}>` was found", expected, found)
            }
            IllFormedError::DoubleHyphenInComment => said!("a comment holds `--`"),
            IllFormedError::UnclosedReference => said!("`&` begins a reference that no `;` ends"),
        },
        other => said!("the parser says `{}`", other),
    }
}

/// True where the sign `&` was meant as itself.
pub(crate) fn is_reference(error: &Reading) -> bool {
    matches!(error, Reading::IllFormed(IllFormedError::UnclosedReference) | Reading::Escape(_))
}

/// Why no tree was made.
pub(crate) fn of_tree(error: &Tree) -> Message {
    let sign = |byte: u8| char::from(byte);
    match error {
        Tree::InvalidXmlPrefixUri(_)
        | Tree::UnexpectedXmlUri(_)
        | Tree::UnexpectedXmlnsUri(_)
        | Tree::InvalidElementNamePrefix(_) => said!("`xml` and `xmlns` are used otherwise than XML allows"),
        Tree::DuplicatedNamespace(prefix, _) => said!("the prefix `{}` is declared twice in one element", prefix),
        Tree::UnknownNamespace(prefix, _) => said!("the prefix `{}` is not declared", prefix),
        Tree::UnexpectedCloseTag(expected, found, _) => {
            said!("expected `</{}>`, but `</{}>` was found", expected, found)
        }
        Tree::MalformedEntityReference(_) => said!("`&` begins a reference that no `;` ends"),
        Tree::InvalidAttributeValue(_) => said!("`<` stands in the value of an attribute"),
        Tree::InvalidName(_) => said!("a name is none that XML allows"),
        Tree::NonXmlChar(sign, _) => {
            said!("the character U+{} is none that XML allows", format!("{:04X}", u32::from(*sign)))
        }
        Tree::InvalidChar(expected, found, _) => {
            said!("expected `{}`, but `{}` was found", sign(*expected), sign(*found))
        }
        Tree::InvalidChar2(_, found, _) => said!("`{}` stands where it may not", sign(*found)),
        Tree::InvalidString(expected, _) => said!("expected `{}`", expected),
        Tree::InvalidComment(_) => said!("a comment holds `--`"),
        Tree::InvalidCharacterData(_) => said!("`{}` stands where it may not", "]]>"),
        Tree::UnknownToken(_) => said!("`{}` begins nothing that XML knows", "<"),
        Tree::UnexpectedEndOfStream => said!("the file ends too early"),
        other => said!("the parser says `{}`", other),
    }
}
