//! What stands in no file.

use crate::{expect_none, tree};

#[test]
fn no_file_points_outside_the_repository() {
    let words = [
        concat!("/wo", "rk/"),
        concat!(".lib", "rary"),
        concat!("shared/", "spec"),
        concat!("shared/", "design"),
        concat!("shared/", "seeds"),
    ];
    let mut findings = Vec::new();
    for file in tree::files("") {
        for (at, line) in file.text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                findings.push(file.at(at + 1, line));
            }
        }
    }
    expect_none(
        &findings,
        "Nothing here depends on a folder outside the repository. Say it in our own words in docs/, and point there.",
    );
}
