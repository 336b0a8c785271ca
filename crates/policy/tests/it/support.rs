//! Folders and small policies for the tests.

use std::{
    fs,
    path::{Path, PathBuf},
};

use zaguan_policy::{Diagnostic, SourceFile, diagnostic::line_and_column, load};

/// The folder of public policies; `None`, and a word about it, where it is absent.
pub(crate) fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("ZAGUAN_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: there is no corpus at {}", folder.display());
        return None;
    }
    Some(folder)
}

/// The policy files of a folder, by name.
pub(crate) fn folder(path: &Path) -> Vec<SourceFile> {
    let mut paths: Vec<PathBuf> = fs::read_dir(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            SourceFile::from_bytes(name, fs::read(path).unwrap()).unwrap()
        })
        .collect()
}

/// A policy file: what stands inside its root, the base that it builds on first.
pub(crate) fn policy(id: &str, base: Option<&str>, content: &str) -> SourceFile {
    let base = base.map_or(String::new(), |base| {
        format!("<BasePolicy><TenantId>t.example</TenantId><PolicyId>{base}</PolicyId></BasePolicy>")
    });
    let text = format!(
        "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" \
         PolicySchemaVersion=\"0.3.0.0\" TenantId=\"t.example\" PolicyId=\"{id}\" \
         PublicPolicyUri=\"http://t.example/{id}\">\n{base}\n{content}\n</TrustFrameworkPolicy>"
    );
    SourceFile::new(format!("{id}.xml"), text)
}

/// Findings as an author sees them, without the drawing: code, message, the words underlined with
/// their label, help.
pub(crate) fn told(findings: &[Diagnostic], files: &[SourceFile]) -> String {
    let mut told = String::new();
    for finding in findings {
        told += &format!("{:?} {}: {}\n", finding.severity, finding.code, finding.message);
        for labelled in &finding.places {
            let file = files.iter().find(|file| file.name == labelled.place.file).unwrap();
            let (line, column) = line_and_column(&file.text, labelled.place.span.start);
            let underlined = &file.text[labelled.place.span.clone()];
            told += &format!("  {}:{line}:{column} {underlined:?} {}\n", labelled.place.file, labelled.label);
        }
        if let Some(help) = &finding.help {
            told += &format!("  help: {help}\n");
        }
    }
    told
}

/// Loads one policy and tells what was found.
pub(crate) fn check(content: &str) -> String {
    let files = [policy("P", None, content)];
    let loaded = load(&files, &[]);
    assert_eq!(loaded.set.ids().count() == 1, loaded.errors().next().is_none(), "a policy loads or has an error");
    told(&loaded.diagnostics, &files)
}
