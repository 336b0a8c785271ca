//! What a check came to as a SARIF 2.1.0 log, as code scanning takes it. Sections are those of OASIS's standard.

use std::path::Path;

use serde_json::{Value, json};
use zaguan_policy::Language;

use super::{
    entry::{Entry, Spot},
    json::severity,
    place::{Address, address},
};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// `first_file` stands where a finding names no place: code scanning takes no result without one.
pub(super) fn document(entries: &[Entry], first_file: &str, language: Language, root: &Path) -> Value {
    // Those that were met, each once, in the order of their numbers.
    let mut met: Vec<&Entry> = entries.iter().collect();
    met.sort_by(|one, other| one.code.cmp(&other.code));
    met.dedup_by(|one, other| one.code == other.code);
    let results: Vec<Value> = entries
        .iter()
        .map(|entry| result(entry, met.partition_point(|rule| rule.code < entry.code), first_file, root))
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Zaguan",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "language": language.tag(),
                "rules": met.iter().map(|entry| rule(entry)).collect::<Vec<_>>(),
            } },
            "language": language.tag(),
            // 3.14.17: columns count characters.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// 3.49
fn rule(entry: &Entry) -> Value {
    json!({
        "id": entry.code,
        "name": pascal_case(entry.name),
        "shortDescription": { "text": entry.title },
        "helpUri": format!("https://learn.microsoft.com/azure/active-directory-b2c/{}", page(&entry.code)),
        "defaultConfiguration": { "level": severity(entry.severity) },
    })
}

/// 3.49.7: `NO_PROFILE` is `NoProfile`.
fn pascal_case(name: &str) -> String {
    let mut cased = String::new();
    let mut begins = true;
    for letter in name.chars() {
        if letter != '_' {
            cased.push(if begins { letter } else { letter.to_ascii_lowercase() });
        }
        begins = letter == '_';
    }
    cased
}

/// B2C's page about what a rule is about: the last row whose code is not behind it. The names of what is no finding have
/// rows of their own.
const PAGES: &[(&str, &str)] = &[
    ("Z0000", "trustframeworkpolicy"),
    ("Z0101", "claimsschema"),
    ("Z0102", "claimstransformations"),
    ("Z0103", "predicates"),
    ("Z0105", "contentdefinitions"),
    ("Z0106", "localization"),
    ("Z0107", "technicalprofiles"),
    ("Z0108", "userjourneys"),
    ("Z0109", "subjourneys"),
    ("Z0110", "userjourneys"),
    ("Z0111", "display-controls"),
    ("Z0112", "userjourneys"),
    ("Z0113", "relyingparty"),
    ("Z0114", "localization"),
    ("Z0115", "relyingparty"),
    ("Z0116", "userjourneys"),
    ("Z0117", "localization"),
    ("Z0118", "technicalprofiles"),
    ("Z0119", "userjourneys"),
    ("Z0121", "technicalprofiles"),
    ("Z0123", "localization"),
    ("Z0124", "technicalprofiles"),
    ("Z0200", "trustframeworkpolicy"),
    ("Z0203", "relyingparty"),
    ("Z0204", "trustframeworkpolicy"),
    ("Z0205", "claimsschema"),
    ("Z0206", "contentdefinitions"),
    ("Z0207", "technicalprofiles"),
    ("Z0208", "predicates"),
    ("Z0209", "claimsschema"),
    ("Z0210", "technicalprofiles"),
    ("Z0211", "claimstransformations"),
    ("Z0213", "technicalprofiles"),
    ("Z0214", "trustframeworkpolicy"),
    ("Z0215", "claimstransformations"),
    ("Z0300", "trustframeworkpolicy"),
    ("Z0305", "technicalprofiles"),
    ("Z0306", "trustframeworkpolicy"),
    ("Z0307", "userjourneys"),
    ("Z0311", "trustframeworkpolicy"),
    ("Z0400", "trustframeworkpolicy"),
    ("Z0405", "technicalprofiles"),
    ("Z0406", "subjourneys"),
    ("Z0407", "trustframeworkpolicy"),
    ("Z0408", "technicalprofiles"),
    ("Z0500", "custom-policy-overview"),
    ("Z0501", "session-behavior"),
    ("Z0502", "custom-policy-overview"),
    ("Z0600", "technicalprofiles"),
    ("Z0601", "policy-keys-overview"),
    ("Z0602", "technicalprofiles"),
    ("Z0603", "display-controls"),
    ("Z0604", "active-directory-technical-profile"),
    ("Z0605", "configure-tokens"),
    ("Z0606", "claimstransformations"),
    ("Z0607", "jwt-issuer-technical-profile"),
    ("Z0608", "custom-policy-overview"),
    ("tenant-definition", "custom-policy-overview"),
    ("unsafe-quirk", "session-behavior"),
];

fn page(code: &str) -> &'static str {
    row(code).map_or("custom-policy-overview", |(_, page)| *page)
}

fn row(code: &str) -> Option<&'static (&'static str, &'static str)> {
    PAGES.get(PAGES.partition_point(|(first, _)| *first <= code).checked_sub(1)?)
}

/// 3.27
fn result(entry: &Entry, index: usize, first_file: &str, root: &Path) -> Value {
    let text = match &entry.help {
        Some(help) => format!("{} ({help})", entry.message),
        None => entry.message.clone(),
    };
    let mut places = entry.places.iter().map(|spot| location(spot, root));
    let cause = places.next().unwrap_or_else(|| location(&Spot::whole(first_file), root));
    let related: Vec<Value> = places
        .zip(1..)
        .map(|(mut location, id)| {
            location["id"] = json!(id);
            location
        })
        .collect();
    let mut result = json!({
        "ruleId": entry.code,
        "ruleIndex": index,
        "level": severity(entry.severity),
        "message": { "text": text },
        "locations": [cause],
    });
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    result
}

/// 3.28
fn location(spot: &Spot, root: &Path) -> Value {
    let artifact = match address(&spot.file, root) {
        Address::Inside(uri) => json!({ "uri": uri, "uriBaseId": "%SRCROOT%" }),
        Address::Outside(uri) => json!({ "uri": uri }),
    };
    let region = match &spot.ends {
        Some([start, end]) => json!({
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            // 3.30.8: the column behind the last character.
            "endColumn": end.column,
        }),
        // Code scanning shows nothing without a line.
        None => json!({ "startLine": 1 }),
    };
    let mut location = json!({ "physicalLocation": { "artifactLocation": artifact, "region": region } });
    if let Some(label) = &spot.label {
        location["message"] = json!({ "text": label });
    }
    location
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::rules;

    #[test]
    fn every_rule_has_its_page() {
        assert!(PAGES.windows(2).all(|pair| pair[0].0 < pair[1].0), "in order");
        for (code, expected) in [
            ("Z0001", "trustframeworkpolicy"),
            ("Z0104", "predicates"),
            ("Z0107", "technicalprofiles"),
            ("Z0501", "session-behavior"),
            ("Z0599", "custom-policy-overview"),
            ("unsafe-quirk", "session-behavior"),
        ] {
            assert_eq!(page(code), expected, "{code}");
        }
        for code in rules().map(|rule| rule.code.to_string()) {
            let (first, _) = row(&code).unwrap();
            assert_eq!(first[..3], code[..3], "the family of {code} has no row");
        }
    }
}
