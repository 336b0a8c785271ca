//! The pages of what binding finds: their examples are true.

use std::collections::BTreeSet;

use zaguan_journey::bind;

use crate::page::{Page, pages};

/// The one policy key of the examples that no tenant has configured.
const NOT_CONFIGURED: &str = "B2C_1A_FacebookSecret";

/// The codes of what binding says about the example's own lines, for each example of the page.
fn codes_of(page: &Page, mark: &str) -> Vec<BTreeSet<String>> {
    let examples = page.examples(mark).into_iter().map(|example| {
        let loaded = example.load();
        assert_eq!(loaded.errors().count(), 0, "{}: {:?}", page.code, loaded.diagnostics);
        let bound = loaded.set.relying_parties().map(|policy| bind(policy, &|key| key.as_str() != NOT_CONFIGURED));
        let told = bound.flat_map(|(_, findings)| findings).filter(|finding| example.is_about(finding));
        told.map(|finding| finding.code.to_string()).collect()
    });
    examples.collect()
}

#[test]
fn wrong_examples_are_wrong_for_that_reason_and_right_ones_are_not() {
    let pages = pages();
    let of_binding: Vec<_> = pages.values().filter(|page| page.code.starts_with("Z06")).collect();
    assert_eq!(of_binding.len(), 7);
    for page in of_binding {
        let (wrong, right) = (codes_of(page, "wrong"), codes_of(page, "right"));
        assert!(!wrong.is_empty() && !right.is_empty(), "{}: it has no examples", page.code);
        for codes in wrong {
            assert_eq!(codes, BTreeSet::from([page.code.clone()]), "{}: the wrong example", page.code);
        }
        for codes in right {
            assert!(!codes.contains(&page.code), "{}: the right example gives {codes:?}", page.code);
        }
    }
}
