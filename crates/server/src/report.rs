//! Shows findings: to people the way compilers do, to programs as JSON and SARIF.

mod checked;
mod entry;
mod json;
mod place;
mod sarif;
mod words;

pub use checked::{Checked, Verdict};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use zaguan_policy::{Diagnostic, Language, Severity, SourceFile, codes::Rule};

use self::words::Words;
use crate::tenant::Refused;

/// How findings are drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// For a terminal.
    Colored,
    /// For files and pipes.
    Plain,
}

/// Everything that can be found about policies, by number.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    zaguan_policy::codes::ALL.iter().chain(zaguan_journey::findings::ALL)
}

/// All findings, one after the other.
pub fn diagnostics(findings: &[Diagnostic], files: &[SourceFile], style: Style, language: Language) -> String {
    let renderer = match style {
        Style::Colored => Renderer::styled(),
        Style::Plain => Renderer::plain(),
    };
    findings.iter().map(|one| format!("{}\n", diagnostic(one, files, &renderer, language))).collect()
}

fn diagnostic(one: &Diagnostic, files: &[SourceFile], renderer: &Renderer, language: Language) -> String {
    let words = Words::of(language);
    let level = match one.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let level = level.with_name(words.severity(one.severity));
    let code = one.code.to_string();
    let mut group = Group::with_title(level.primary_title(one.message.in_language(language)).id(&code));
    for (index, labelled) in one.places.iter().enumerate() {
        let Some(file) = files.iter().find(|file| file.name == labelled.place.file) else { continue };
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(place::within(&labelled.place, file)).label(labelled.label.in_language(language));
        group = group.element(Snippet::source(&file.text).path(&*file.name).annotation(annotation));
    }
    if let Some(help) = &one.help {
        group = group.element(Level::HELP.with_name(words.help).message(help.in_language(language)));
    }
    renderer.render(&[group])
}

/// Why a tenant's definitions are refused, in full. What is wrong with `tenant.toml` and the files of apps is told in
/// English: most of it are the words of who reads TOML.
pub fn refusal(refused: &Refused, style: Style, language: Language) -> String {
    match refused {
        Refused::Definition { file, problem } => {
            format!("{}: {file}: {problem}\n", Words::of(language).severity(Severity::Error))
        }
        Refused::Policies { diagnostics: findings, files } => diagnostics(findings, files, style, language),
    }
}
