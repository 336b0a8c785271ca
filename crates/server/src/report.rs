//! Shows findings the way compilers do: the line, what is wrong in it, and what to do.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use zaguan_policy::{Diagnostic, Severity, SourceFile};

use crate::tenant::Refused;

/// How findings are drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// For a terminal.
    Colored,
    /// For files and pipes.
    Plain,
}

/// All findings, one after the other.
pub fn diagnostics(findings: &[Diagnostic], files: &[SourceFile], style: Style) -> String {
    let renderer = match style {
        Style::Colored => Renderer::styled(),
        Style::Plain => Renderer::plain(),
    };
    findings.iter().map(|one| format!("{}\n", diagnostic(one, files, &renderer))).collect()
}

fn diagnostic(one: &Diagnostic, files: &[SourceFile], renderer: &Renderer) -> String {
    let level = match one.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let code = one.code.to_string();
    let mut group = Group::with_title(level.primary_title(&one.message).id(&code));
    for (index, labelled) in one.places.iter().enumerate() {
        let Some(file) = files.iter().find(|file| file.name == labelled.place.file) else { continue };
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        // A place that a file no longer has must not bring the report down.
        let end = labelled.place.span.end.min(file.text.len());
        let span = labelled.place.span.start.min(end)..end;
        group = group
            .element(Snippet::source(&file.text).path(&*file.name).annotation(kind.span(span).label(&labelled.label)));
    }
    if let Some(help) = &one.help {
        group = group.element(Level::HELP.message(help));
    }
    renderer.render(&[group])
}

/// Why a tenant's definitions are refused, in full.
pub fn refusal(refused: &Refused, style: Style) -> String {
    match refused {
        Refused::Definition { file, problem } => format!("error: {file}: {problem}\n"),
        Refused::Policies { diagnostics: findings, files } => diagnostics(findings, files, style),
    }
}
