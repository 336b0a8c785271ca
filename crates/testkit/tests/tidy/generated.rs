//! Tables in documents that are made from the code.

use crate::{file, root};

/// Compares what stands in the document between the marks of that name with what the code says; writes it where
/// `ZAGUAN_UPDATE_DOCS` is set.
#[track_caller]
pub(crate) fn is_current(document: &str, name: &str, table: &str) {
    let begin =
        format!("<!-- {name}: begin (made by `ZAGUAN_UPDATE_DOCS=1 cargo test -p zaguan-testkit --test tidy`) -->");
    let end = format!("<!-- {name}: end -->");
    let text = file(document).text;
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{document} has lost the line\n{begin}"));
    let (there, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{document} has lost the line\n{end}"));
    let wanted = format!("\n\n{table}\n");
    if there == wanted {
        return;
    }
    if std::env::var_os("ZAGUAN_UPDATE_DOCS").is_some() {
        let written = std::fs::write(root().join(document), format!("{before}{begin}{wanted}{end}{after}"));
        assert!(written.is_ok(), "{written:?}");
        return;
    }
    let new: Vec<&str> = wanted.lines().filter(|line| !there.contains(line)).collect();
    let old: Vec<&str> = there.lines().filter(|line| !wanted.contains(line)).collect();
    panic!(
        "the table in {document} is not the one of the code\n  missing {new:#?}\n  too much {old:#?}\n\n\
         Run `ZAGUAN_UPDATE_DOCS=1 cargo test -p zaguan-testkit --test tidy` and commit what it writes."
    );
}
