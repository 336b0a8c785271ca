//! "Did you mean …?"

/// The candidate that is spelled most like `wanted`, if any is close enough to be a slip.
pub(crate) fn nearest<'a>(wanted: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = wanted.to_lowercase().chars().take(LONGEST).collect();
    let enough = (wanted.len() / 3).min(4);
    candidates
        .filter_map(|candidate| {
            let spelled: Vec<char> = candidate.to_lowercase().chars().take(LONGEST).collect();
            let distance =
                if spelled.len().abs_diff(wanted.len()) > enough { usize::MAX } else { distance(&wanted, &spelled) };
            (distance <= enough && enough > 0).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Ids are short; a long text is no slip of one.
const LONGEST: usize = 80;

/// How many characters must be added, removed, replaced or exchanged with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_nothing_else() {
        let declared = ["SM-OAuth-issuer", "SM-AAD", "objectId", "email"];
        for (wanted, expected) in [
            ("SM-OAuth-isuer", Some("SM-OAuth-issuer")),
            ("sm-oatuh-ISSUER", Some("SM-OAuth-issuer")),
            ("SM-ADA", Some("SM-AAD")),
            ("emial", Some("email")),
            ("objectIds", Some("objectId")),
            ("telephone", None),
            ("ID", None),
            ("", None),
        ] {
            assert_eq!(nearest(wanted, declared.into_iter()), expected, "{wanted}");
        }
    }
}
