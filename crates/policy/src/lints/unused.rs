//! What a relying party's own file declares and none of its journeys uses.
//!
//! Only there: a base policy is made for several, and a starter pack brings much that few of its users need.

use std::collections::BTreeSet;

use super::Subject;
use crate::{
    codes,
    diagnostic::{Diagnostic, Message},
    element::{Attribute, Element},
    id::key,
    model::StepKind,
    said,
};

pub(super) fn look(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let nothing = Element::empty("BuildingBlocks", &subject.tree.origin);
    let blocks = subject.tree.child("BuildingBlocks").map_or(&nothing, |blocks| &**blocks);
    let used = Used::by(subject);
    let mut findings = Vec::new();
    let mut report = |id: &Attribute, message: Message| {
        let finding = codes::UNUSED.at(&id.place, said!("declared here"), message);
        findings.push(finding.help(said!("take it out, or correct the id by which something should refer to it")));
    };
    for id in unused(subject, subject.tree, ["ClaimsProviders", "TechnicalProfile"], &used.profiles) {
        report(id, said!("no journey of this policy uses technical profile `{}`", id.trimmed()));
    }
    for id in unused(subject, blocks, ["ClaimsTransformations", "ClaimsTransformation"], &used.transformations) {
        report(id, said!("no journey of this policy uses claims transformation `{}`", id.trimmed()));
    }
    for id in unused(subject, subject.tree, ["UserJourneys", "UserJourney"], &used.journeys) {
        report(id, said!("nothing in this policy runs user journey `{}`", id.trimmed()));
    }
    for id in unused(subject, subject.tree, ["SubJourneys", "SubJourney"], &used.sub_journeys) {
        report(id, said!("no journey of this policy calls sub-journey `{}`", id.trimmed()));
    }
    findings
}

/// The ids that the policy's own file declares, and that are not among the used ones.
fn unused<'a>(
    subject: &Subject<'_>,
    parent: &'a Element,
    [list, item]: [&'a str; 2],
    used: &BTreeSet<String>,
) -> Vec<&'a Attribute> {
    let ids = parent.items(list, item).filter_map(|it| it.attribute("Id"));
    ids.filter(|id| id.place.file == subject.tree.origin.file && !used.contains(&key(&id.value))).collect()
}

/// Keys of ids.
#[derive(Default)]
struct Used {
    profiles: BTreeSet<String>,
    transformations: BTreeSet<String>,
    journeys: BTreeSet<String>,
    sub_journeys: BTreeSet<String>,
}

impl Used {
    fn by(subject: &Subject<'_>) -> Self {
        let mut used = Self::default();
        for run in &subject.runs {
            used.journeys.insert(key(run.journey.id.as_str()));
            used.sub_journeys.extend(subject.steps(run.journey).iter().filter_map(|step| match &step.kind {
                StepKind::InvokeSubJourney(id) => Some(key(id.as_str())),
                _ => None,
            }));
            used.profiles.extend(run.journey.default_issuer.iter().map(|id| key(id.as_str())));
        }
        for profile in subject.called() {
            let managing = profile.session_profile.as_ref().and_then(|id| subject.policy.profiles.get(id));
            for profile in managing.into_iter().chain([profile]) {
                used.profiles.insert(key(profile.id.as_str()));
                let transformations = profile.input_transformations.iter().chain(&profile.output_transformations);
                used.transformations.extend(transformations.map(|id| key(id.as_str())));
            }
        }
        used.included(subject.tree);
        used
    }

    /// What used profiles include is used as well.
    fn included(&mut self, tree: &Element) {
        let includes = |id: &str| {
            let all = tree.items("ClaimsProviders", "TechnicalProfile");
            let own = all.filter(|it| it.value("Id").is_some_and(|own| key(own) == id));
            let mut included = Vec::new();
            for profile in own {
                included
                    .extend(profile.child("IncludeTechnicalProfile").and_then(|it| it.value("ReferenceId")).map(key));
                included.extend(profile.text_of("IncludeClaimsFromTechnicalProfile").map(key));
            }
            included
        };
        let mut open: Vec<String> = self.profiles.iter().cloned().collect();
        while let Some(id) = open.pop() {
            open.extend(includes(&id).into_iter().filter(|included| self.profiles.insert(included.clone())));
        }
    }
}
