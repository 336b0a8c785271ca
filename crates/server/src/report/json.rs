//! What a check came to as JSON. docs/policies.md has its form.

use serde_json::{Value, json};
use zaguan_policy::Severity;

use super::{
    Checked, Verdict,
    entry::{Entry, Spot},
    place::Point,
};

/// Raised when something is taken out or means something else; what is added raises nothing.
const VERSION: u32 = 1;

pub(super) fn document(checked: &Checked, entries: &[Entry]) -> Value {
    json!({
        "version": VERSION,
        "zaguan": env!("CARGO_PKG_VERSION"),
        "summary": summary(checked, entries),
        "findings": entries.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn summary(checked: &Checked, entries: &[Entry]) -> Value {
    let count = |severity| entries.iter().filter(|entry| entry.severity == severity).count();
    let policies: Vec<Value> = checked
        .policies()
        .iter()
        .map(|(policy, journey)| json!({ "id": policy.to_string(), "journey": journey.to_string() }))
        .collect();
    let mut summary = json!({
        "sound": checked.is_sound(),
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "notes": count(Severity::Note),
        "files": checked.checked,
        "policies": policies,
    });
    if let Verdict::Tenant { domain, apps, .. } = &checked.verdict {
        summary["tenant"] = json!({ "domain": domain, "apps": apps });
    }
    summary
}

fn finding(entry: &Entry) -> Value {
    json!({
        "code": entry.code,
        "severity": severity(entry.severity),
        "title": entry.title,
        "message": entry.message,
        "help": entry.help,
        "places": entry.places.iter().map(place).collect::<Vec<_>>(),
    })
}

/// Both formats have the same words for it, in every language.
pub(super) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn place(spot: &Spot) -> Value {
    let point = |point: &Point| json!({ "line": point.line, "column": point.column, "offset": point.offset });
    let [start, end] = spot.ends.as_ref().map_or([Value::Null, Value::Null], |ends| ends.each_ref().map(point));
    json!({ "file": spot.file, "start": start, "end": end, "label": spot.label })
}
