//! What is shown of a policy loads again and means the same.

use std::{path::Path, sync::OnceLock};

use zaguan_policy::{
    EffectivePolicy, Loaded, PolicySet, SourceFile,
    diagnostic::Place,
    load,
    show::{Effective, Origins},
};

use crate::{
    corpus_table,
    support::{folder, policy},
};

/// The demo, and the sets of the corpus where it is there: a name, what was loaded, and its files.
pub(crate) fn all_sets() -> &'static [(String, Loaded, Vec<SourceFile>)] {
    static SETS: OnceLock<Vec<(String, Loaded, Vec<SourceFile>)>> = OnceLock::new();
    SETS.get_or_init(|| {
        let demo = folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/demo"));
        let mut sets = vec![("demo".to_owned(), load(&demo, &[]), demo)];
        sets.extend(corpus_table::sets());
        sets
    })
}

/// What a policy says, without where.
fn said(policy: &EffectivePolicy) -> String {
    let nowhere = Place { file: "".into(), span: 0..0 };
    let mut policy = policy.clone();
    policy.profiles.values_mut().for_each(|profile| profile.place = nowhere.clone());
    let journeys = policy.journeys.values_mut().flat_map(|it| it.steps.iter_mut());
    let sub_journeys = policy.sub_journeys.values_mut().flat_map(|it| it.steps.iter_mut());
    journeys.chain(sub_journeys).for_each(|step| step.place = nowhere.clone());
    format!("{policy:#?}")
}

fn only_one(set: &PolicySet) -> Option<&EffectivePolicy> {
    set.get(set.ids().next()?).map(|policy| &**policy)
}

/// Texts of thousands of lines: where they begin to differ.
#[track_caller]
fn same(one: &str, other: &str, what: &str) {
    let differing = one.lines().zip(other.lines()).find(|(one, other)| one != other);
    assert_eq!(differing, None, "{what}");
    assert_eq!(one.len(), other.len(), "{what}");
}

#[test]
fn what_is_shown_loads_again_and_says_the_same() {
    let mut seen = 0;
    for (name, loaded, files) in all_sets() {
        for (id, merged) in &loaded.merged {
            let Some(policy) = loaded.set.get(id) else { continue };
            let effective = Effective::of(merged);
            let plain = effective.to_xml(files, Origins::Hidden);
            let again_files = [SourceFile::new("again.xml", plain.clone())];
            let again = load(&again_files, &[]);
            let errors: Vec<_> = again.errors().collect();
            assert!(errors.is_empty(), "{name} {id}: {errors:#?}");
            let one = only_one(&again.set).expect("it loads");
            let (before, after) = (said(policy), said(one));
            same(&before, &after, &format!("{name} {id}: loaded again"));
            let shown_again = Effective::of(&again.merged[id]).to_xml(&again_files, Origins::Hidden);
            same(&plain, &shown_again, &format!("{name} {id}: shown twice"));
            let told = effective.to_xml(files, Origins::Shown);
            let told = load(&[SourceFile::new("told.xml", told)], &[]);
            same(&said(only_one(&told.set).expect("it loads")), &after, &format!("{name} {id}: with origins"));
            seen += 1;
        }
    }
    assert!(seen >= 5, "only {seen} policies were shown");
}

/// Lists of one file that the schema lets it split are put together; groups of predicates are no such list.
#[test]
fn groups_of_predicates_stay_apart() {
    let content = r#"<BuildingBlocks><Predicates>
        <Predicate Id="long" Method="IsLengthRange"><Parameters><Parameter Id="Minimum">8</Parameter><Parameter Id="Maximum">64</Parameter></Parameters></Predicate>
        <Predicate Id="lower" Method="IncludesCharacters"><Parameters><Parameter Id="CharacterSet">a-z</Parameter></Parameters></Predicate>
        </Predicates><PredicateValidations><PredicateValidation Id="strong"><PredicateGroups>
        <PredicateGroup Id="length"><PredicateReferences MatchAtLeast="1"><PredicateReference Id="long"/></PredicateReferences></PredicateGroup>
        <PredicateGroup Id="characters"><PredicateReferences><PredicateReference Id="lower"/></PredicateReferences></PredicateGroup>
        </PredicateGroups></PredicateValidation></PredicateValidations></BuildingBlocks>"#;
    let loaded = load(&[policy("P", None, content)], &[]);
    let groups = &loaded.set.get(&"P".into()).expect("it loads").predicate_validations[&"strong".into()].groups;
    let told: Vec<_> = groups.iter().map(|it| (it.id.as_str(), it.match_at_least, it.predicates.len())).collect();
    assert_eq!(told, [("length", Some(1), 1), ("characters", None, 1)]);
}
