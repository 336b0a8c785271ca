//! All that a check has to say, in one form: what programs are told.

use zaguan_policy::{Diagnostic, Language, Severity, codes::Rule, diagnostic::LabelledPlace};

use super::{
    Checked, Verdict,
    place::{Point, ends},
    rules,
    words::Words,
};

/// One thing to say.
pub(super) struct Entry {
    /// A finding's code, or a name that stands for itself.
    pub(super) code: String,
    /// What the source calls the rule: `NO_PROFILE`.
    pub(super) name: &'static str,
    pub(super) severity: Severity,
    pub(super) title: &'static str,
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// The first one is the cause.
    pub(super) places: Vec<Spot>,
}

/// A place in a file, or the file as a whole.
pub(super) struct Spot {
    pub(super) file: String,
    /// Where it begins and ends.
    pub(super) ends: Option<[Point; 2]>,
    pub(super) label: Option<String>,
}

impl Spot {
    pub(super) fn whole(file: &str) -> Self {
        Self { file: file.to_owned(), ends: None, label: None }
    }
}

/// What is wrong with definitions, with policies, and what is unsafe.
pub(super) fn entries(checked: &Checked, language: Language) -> Vec<Entry> {
    let words = Words::of(language);
    let mut all = Vec::new();
    if let Some((file, problem)) = &checked.problem {
        all.push(Entry {
            code: "tenant-definition".to_owned(),
            name: "TENANT_DEFINITION",
            severity: Severity::Error,
            title: words.definition,
            message: problem.trim_end().to_owned(),
            help: None,
            places: vec![Spot::whole(file)],
        });
    }
    all.extend(checked.findings.iter().map(|finding| of_finding(finding, checked, language)));
    if let Verdict::Tenant { quirks, file, .. } = &checked.verdict {
        all.extend(quirks.iter().map(|row| Entry {
            code: "unsafe-quirk".to_owned(),
            name: "UNSAFE_QUIRK",
            severity: Severity::Warning,
            title: words.quirk,
            message: words.unsafe_quirk(row),
            help: None,
            places: vec![Spot::whole(file)],
        }));
    }
    all
}

fn of_finding(finding: &Diagnostic, checked: &Checked, language: Language) -> Entry {
    let rule = rules().find(|rule| rule.code == finding.code);
    let spot = |labelled: &LabelledPlace| Spot {
        file: labelled.place.file.to_string(),
        ends: checked.file(&labelled.place.file).map(|file| ends(&labelled.place, file)),
        label: Some(labelled.label.in_language(language)),
    };
    Entry {
        code: finding.code.to_string(),
        name: rule.map_or("", |rule| rule.name),
        severity: finding.severity,
        title: rule.map_or("", |rule: &Rule| rule.title_in(language)),
        message: finding.message.in_language(language),
        help: finding.help.as_ref().map(|help| help.in_language(language)),
        places: finding.places.iter().map(spot).collect(),
    }
}
