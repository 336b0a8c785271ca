//! What a check came to, and how it is told.

use std::path::Path;

use zaguan_policy::{
    Diagnostic, EffectivePolicy, Language, PolicySet, Severity, SourceFile,
    id::{JourneyId, PolicyId},
};
use zaguan_session::quirks::Row;

use super::{
    Style, diagnostics,
    entry::{Entry, entries},
    json, sarif,
    words::{Words, counted},
};

/// What was found about a folder.
#[derive(Clone)]
pub struct Checked {
    /// Of the policies.
    pub findings: Vec<Diagnostic>,
    /// Every file that findings may name.
    pub files: Vec<SourceFile>,
    /// What refuses the definitions of a tenant besides: its file, and what is wrong.
    pub problem: Option<(String, String)>,
    /// How many policy files were checked.
    pub checked: usize,
    /// What came of it.
    pub verdict: Verdict,
}

/// Whether it can be served.
#[derive(Clone)]
pub enum Verdict {
    /// Policies without a tenant.
    Policies(PolicySet),
    /// Policies that are refused.
    PoliciesRefused,
    /// A tenant.
    Tenant {
        /// Its name in addresses.
        domain: String,
        /// Its policies that answer apps, each with its journey.
        policies: Vec<(PolicyId, JourneyId)>,
        /// How many apps it has.
        apps: usize,
        /// Its unsafe quirks that are on.
        quirks: Vec<&'static Row>,
        /// The file that says so.
        file: String,
    },
    /// A tenant that is refused.
    TenantRefused,
}

impl Checked {
    /// As compilers tell it, with a line at the end that sums it up.
    pub fn as_text(&self, style: Style, language: Language) -> String {
        let words = Words::of(language);
        let mut text = diagnostics(&self.findings, &self.files, style, language);
        if let Some(gravest) = self.gravest() {
            text += &format!("{}: zaguan explain {}\n", words.more, gravest.code);
        }
        if let Some((file, problem)) = &self.problem {
            text += &format!("{}: {file}: {problem}\n", words.severity(Severity::Error));
        }
        for row in self.unsafe_quirks() {
            text += &format!("{}: {}\n", words.severity(Severity::Warning), words.unsafe_quirk(row));
        }
        let found = || {
            let [errors, warnings] = [Severity::Error, Severity::Warning].map(|severity| self.count(severity));
            format!("{}, {}", counted(errors, words.errors), counted(warnings, words.warnings))
        };
        match &self.verdict {
            Verdict::Tenant { domain, policies, apps, .. } => {
                let policies = counted(policies.len(), words.policies_that_answer);
                let apps = counted(*apps, words.apps);
                text + &format!("{} {domain}: {}; {policies}, {apps}\n", words.tenant, words.sound)
            }
            Verdict::Policies(_) => {
                text += &format!("{}: {}, {}\n", words.sound, counted(self.checked, words.files_read), found());
                for (policy, journey) in self.policies() {
                    text += &format!("  {policy} {} {journey}\n", words.answers_by_journey);
                }
                text
            }
            Verdict::TenantRefused => text,
            Verdict::PoliciesRefused => {
                let files = counted(self.checked, words.files);
                text + &format!("{}: {} {} {files}\n", words.refused, found(), words.within)
            }
        }
    }

    /// The first of those that weigh most.
    fn gravest(&self) -> Option<&Diagnostic> {
        self.findings.iter().rev().max_by_key(|finding| finding.severity)
    }

    /// One JSON object; its form is in docs/policies.md.
    pub fn as_json(&self, language: Language) -> String {
        pretty(&json::document(self, &self.entries(language)))
    }

    /// A SARIF 2.1.0 log. `root`: the absolute folder from which files are named, usually the one where one works.
    pub fn as_sarif(&self, language: Language, root: &Path) -> String {
        let first_file = self.files.first().map_or(".", |file| &*file.name);
        pretty(&sarif::document(&self.entries(language), first_file, language, root))
    }

    /// True where it can be served.
    pub fn is_sound(&self) -> bool {
        matches!(self.verdict, Verdict::Policies(_) | Verdict::Tenant { .. })
    }

    pub(super) fn unsafe_quirks(&self) -> &[&'static Row] {
        match &self.verdict {
            Verdict::Tenant { quirks, .. } => quirks,
            _ => &[],
        }
    }

    /// The policies that answer apps, each with its journey.
    pub(super) fn policies(&self) -> Vec<(PolicyId, JourneyId)> {
        let answers = |policy: &EffectivePolicy| {
            Some((policy.id.clone(), policy.relying_party.as_ref()?.default_journey.clone()))
        };
        match &self.verdict {
            Verdict::Policies(set) => set.relying_parties().filter_map(|policy| answers(policy)).collect(),
            Verdict::Tenant { policies, .. } => policies.clone(),
            Verdict::PoliciesRefused | Verdict::TenantRefused => Vec::new(),
        }
    }

    fn entries(&self, language: Language) -> Vec<Entry> {
        entries(self, language)
    }

    pub(super) fn file(&self, name: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| &*file.name == name)
    }

    /// How many findings weigh so much.
    pub(super) fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|one| one.severity == severity).count()
    }
}

fn pretty(document: &serde_json::Value) -> String {
    format!("{document:#}\n")
}

#[cfg(test)]
mod tests {
    use zaguan_policy::diagnostic::Code;

    use super::*;

    #[test]
    fn the_gravest_finding_is_the_one_to_read_about() {
        let findings = super::super::rules().filter(|rule| [101, 108, 302, 510].contains(&rule.code.0));
        let findings: Vec<Diagnostic> = findings.map(|rule| rule.nowhere(zaguan_policy::said!("here"))).collect();
        let checked = |findings| Checked {
            findings,
            files: Vec::new(),
            problem: None,
            checked: 0,
            verdict: Verdict::PoliciesRefused,
        };
        assert!(checked(Vec::new()).gravest().is_none());
        let last = findings.iter().rev().cloned().collect();
        assert_eq!(checked(findings).gravest().map(|one| one.code), Some(Code(101)));
        assert_eq!(checked(last).gravest().map(|one| one.code), Some(Code(108)));
    }
}
