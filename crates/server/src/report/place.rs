//! Where something stands, for programs: lines and columns, and addresses of files.

use std::{
    ops::Range,
    path::{Component, Path, PathBuf},
};

use zaguan_policy::{
    SourceFile,
    diagnostic::{Place, line_and_column},
};

/// The bytes of a place. A place that a file no longer has must not bring the report down.
pub(super) fn within(place: &Place, file: &SourceFile) -> Range<usize> {
    let end = place.span.end.min(file.text.len());
    place.span.start.min(end)..end
}

/// A point of a file, counted from 1 as [`line_and_column`] does, and in bytes from 0.
pub(super) struct Point {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) offset: usize,
}

/// Where a place begins and where it ends: behind its last character.
pub(super) fn ends(place: &Place, file: &SourceFile) -> [Point; 2] {
    let span = within(place, file);
    [span.start, span.end].map(|offset| {
        let (line, column) = line_and_column(&file.text, offset);
        Point { line, column, offset }
    })
}

/// The address of a file in a document about a whole repository.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Address {
    /// Relative to the root, with slashes.
    Inside(String),
    /// A `file` URI.
    Outside(String),
}

/// `root`: an absolute folder, in which relative paths begin. Nothing is looked up.
pub(super) fn address(path: &str, root: &Path) -> Address {
    let path = plain(&root.join(path));
    match path.strip_prefix(plain(root)) {
        Ok(inside) => {
            let parts = inside.components().map(|part| encoded(&part.as_os_str().to_string_lossy()));
            Address::Inside(parts.collect::<Vec<_>>().join("/"))
        }
        Err(_) => Address::Outside(url::Url::from_file_path(&path).map_or_else(|()| String::new(), Into::into)),
    }
}

/// Without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = plain.pop(),
            part => plain.push(part),
        }
    }
    plain
}

/// RFC 3986, section 2.3: everything but what is unreserved.
fn encoded(part: &str) -> String {
    let mut encoded = String::new();
    for byte in part.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_addressed_from_the_root() {
        let inside = |text: &str| Address::Inside(text.to_owned());
        for (path, expected) in [
            ("a.xml", inside("a.xml")),
            ("./policies/../more/a b#ñ.xml", inside("more/a%20b%23%C3%B1.xml")),
            ("/home/ada/repository/policies/a.xml", inside("policies/a.xml")),
            ("../other/a.xml", Address::Outside("file:///home/ada/other/a.xml".to_owned())),
            ("/etc/a b.xml", Address::Outside("file:///etc/a%20b.xml".to_owned())),
        ] {
            assert_eq!(address(path, Path::new("/home/ada/repository")), expected, "{path}");
        }
    }

    #[test]
    fn a_place_beyond_the_end_is_the_end() {
        let file = SourceFile::new("f.xml", "<a>\n <é/>\n");
        let place = |span: Range<usize>| Place { file: file.name.clone(), span };
        for (span, expected) in [(5..10, [(2, 2, 5), (2, 6, 10)]), (90..99, [(3, 1, 11), (3, 1, 11)])] {
            let found = ends(&place(span), &file).map(|point| (point.line, point.column, point.offset));
            assert_eq!(found, expected);
        }
    }
}
