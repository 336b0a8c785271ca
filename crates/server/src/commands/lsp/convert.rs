//! Our places and findings as the protocol has them.

use std::path::Path;

use lsp_types::{
    CodeDescription, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Position, Range,
};
use zaguan_policy::{
    Diagnostic, Severity,
    diagnostic::Place,
    editing::{
        Files,
        position::{self, Columns, Lines},
    },
};

use super::workspace::Workspace;

pub(super) fn ours(position: Position) -> position::Position {
    position::Position { line: position.line, column: position.character }
}

fn theirs(position: position::Position) -> Position {
    Position { line: position.line, character: position.column }
}

/// A text with its lines, for many conversions.
pub(super) struct Measured<'a> {
    text: &'a str,
    lines: Lines,
    columns: Columns,
}

impl<'a> Measured<'a> {
    pub(super) fn of(files: &'a Files, name: &str, columns: Columns) -> Option<Self> {
        let text = files.text(name)?;
        Some(Self { text, lines: Lines::of(text), columns })
    }

    pub(super) fn range(&self, span: &std::ops::Range<usize>) -> Range {
        let (start, end) = self.lines.range(self.text, span, self.columns);
        Range { start: theirs(start), end: theirs(end) }
    }

    pub(super) fn offset(&self, position: Position) -> usize {
        self.lines.offset(self.text, ours(position), self.columns)
    }
}

/// Places with addresses; those in one file stand together, so each file is measured once.
pub(super) fn locations(workspace: &Workspace, files: &Files, places: &[Place]) -> Vec<Location> {
    let mut found = Vec::with_capacity(places.len());
    for group in places.chunk_by(|one, other| one.file == other.file) {
        let name = &group[0].file;
        let Some(measured) = Measured::of(files, name, workspace.abilities.columns) else { continue };
        let Some(uri) = workspace.uri(name) else { continue };
        found.extend(
            group.iter().map(|place| Location { uri: uri.clone(), range: measured.range(&shown(&measured, place)) }),
        );
    }
    found
}

/// A finding about a whole element underlines its start tag's first line.
fn shown(measured: &Measured<'_>, place: &Place) -> std::ops::Range<usize> {
    let span = place.span.clone();
    let written = measured.text.get(span.clone()).unwrap_or("");
    let line = written.lines().next().unwrap_or("");
    if written.starts_with('<') { span.start..span.start + line.len() } else { span }
}

pub(super) fn diagnostic(workspace: &Workspace, folder: &Path, finding: &Diagnostic) -> Option<lsp_types::Diagnostic> {
    let language = workspace.abilities.language;
    let files = &workspace.set(folder)?.files;
    let places: Vec<Place> = finding.places.iter().map(|labelled| labelled.place.clone()).collect();
    let first = locations(workspace, files, &places[..1]).into_iter().next()?;
    let related: Vec<DiagnosticRelatedInformation> = finding.places[1..]
        .iter()
        .flat_map(|labelled| {
            let found = locations(workspace, files, std::slice::from_ref(&labelled.place));
            let about =
                |location| DiagnosticRelatedInformation { location, message: labelled.label.in_language(language) };
            found.into_iter().map(about)
        })
        .collect();
    let code = finding.code.to_string();
    Some(lsp_types::Diagnostic {
        range: first.range,
        severity: Some(match finding.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Note => DiagnosticSeverity::INFORMATION,
        }),
        code_description: workspace.page(&code).map(|href| CodeDescription { href }),
        code: Some(NumberOrString::String(code)),
        source: Some("zaguan".to_owned()),
        message: match &finding.help {
            Some(help) => format!("{}\n{}", finding.message.in_language(language), help.in_language(language)),
            None => finding.message.in_language(language),
        },
        related_information: (!related.is_empty()).then_some(related),
        tags: None,
        data: None,
    })
}
