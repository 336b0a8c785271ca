//! "Did you mean …?"

/// The candidate that is spelled most like `wanted`, if any is close enough to be a slip.
pub(crate) fn nearest<'a>(wanted: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = spelled(wanted);
    let enough = (wanted.len() / 3).min(4);
    if enough == 0 { None } else { within(enough, &wanted, candidates) }
}

fn within<'a>(enough: usize, wanted: &[char], candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Most are known by their length alone to be too far away.
    let alike =
        |candidate: &&str| !candidate.is_ascii() || candidate.len().min(LONGEST).abs_diff(wanted.len()) <= enough;
    let near = candidates
        .filter(alike)
        .filter_map(|candidate| Some((distance(wanted, &spelled(candidate), enough)?, candidate)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

fn spelled(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).take(LONGEST).collect()
}

/// The only word that begins as `wanted` does, or with which `wanted` begins: `bool`, `integer`.
pub(crate) fn shortened<'a>(wanted: &str, words: &[&'a str]) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    let begins = |one: &str, other: &str| other.len() >= 3 && one.starts_with(other);
    let mut alike = words.iter().copied().filter(|word| {
        let word = word.to_lowercase();
        begins(&word, &wanted) || begins(&wanted, &word)
    });
    alike.next().filter(|_| alike.next().is_none())
}

/// As [`nearest`], where `wanted` need not be any of the candidates: it must differ from one by a letter or two, and be
/// long enough that this is no chance.
pub(crate) fn slip<'a>(wanted: &str, candidates: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    if wanted.chars().count() < 8 || candidates.clone().any(|known| known.eq_ignore_ascii_case(wanted)) {
        return None;
    }
    within(2, &spelled(wanted), candidates)
}

/// Ids are short; a long text is no slip of one.
const LONGEST: usize = 80;

/// How many characters must be added, removed, replaced or exchanged with their neighbour; `None` where these are more than
/// `most`.
fn distance(a: &[char], b: &[char], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
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
        // An exchange looks two rows back.
        if row.iter().chain(&last).min() > Some(&most) {
            return None;
        }
        before_last = std::mem::replace(&mut last, row);
    }
    Some(last[b.len()]).filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completes_words() {
        let types = ["boolean", "int", "date", "dateTime"];
        for (wanted, expected) in [("bool", Some("boolean")), ("Integer", Some("int")), ("dat", None), ("in", None)] {
            assert_eq!(shortened(wanted, &types), expected, "{wanted}");
        }
    }

    #[test]
    fn a_slip_is_small_and_in_a_long_word() {
        let known = ["ServiceUrl", "client_id", "scope"];
        for (wanted, expected) in [
            ("ServiceURI", Some("ServiceUrl")),
            ("serviceurl", None),
            ("clientid", Some("client_id")),
            ("scop", None),
            ("SecretUrl", None),
        ] {
            assert_eq!(slip(wanted, known.into_iter()), expected, "{wanted}");
        }
    }

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
