//! Puts right what a finding suggests.

use super::{Edit, Files};
use crate::{Diagnostic, diagnostic::Place};

/// Something that would end a finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does: ``change to `email` ``.
    pub title: String,
    /// All in the file of the finding.
    pub edits: Vec<Edit>,
}

impl Files {
    /// What to do about a finding of [`findings`](Self::findings) that says what was meant.
    pub fn fix(&self, finding: &Diagnostic) -> Option<Fix> {
        let [meant] = finding.help.as_ref()?.arguments_of("did you mean `{}`?")? else { return None };
        let place = &finding.places.first()?.place;
        let document = &self.file(&place.file)?.document;
        let written = document.text.get(place.span.clone())?;
        // The message names what is wrong before anything else that stands there.
        let wrong = finding.message.arguments().iter().find(|it| !it.is_empty() && written.contains(&***it))?.as_str();
        let edit = |start: usize| Edit {
            place: Place { file: place.file.clone(), span: start..start + wrong.len() },
            text: meant.to_owned(),
        };
        let element = document.nodes.iter().find(|it| it.tag.start == place.span.start && written.starts_with('<'));
        let edits = match element {
            Some(node) if document.slice(&node.name) == wrong => {
                let end = node.end.iter().map(|name| edit(name.start));
                std::iter::once(edit(node.name.start)).chain(end).collect()
            }
            Some(_) => vec![edit(place.span.start + written.find(&format!("\"{wrong}\""))? + 1)],
            None => vec![edit(place.span.start + written.find(wrong)?)],
        };
        Some(Fix { title: format!("change to `{meant}`"), edits })
    }
}
