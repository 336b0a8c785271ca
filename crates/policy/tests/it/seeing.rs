//! What is shown of a policy loads again and means the same.

use std::{path::Path, sync::OnceLock};

use zaguan_policy::{
    EffectivePolicy, Loaded, PolicySet, SourceFile,
    diagnostic::Place,
    load, load_with_settings,
    show::{Effective, Origins},
};

use crate::{
    corpus_sets::{self, CorpusSet, Rules},
    support::{corpus, folder, policy},
};

/// The demo, and the sets of the corpus where it is there: a name, what was loaded, and its files.
pub(crate) fn all_sets() -> &'static [(String, Loaded, Vec<SourceFile>)] {
    static SETS: OnceLock<Vec<(String, Loaded, Vec<SourceFile>)>> = OnceLock::new();
    SETS.get_or_init(|| {
        let demo = folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/demo"));
        let mut sets = vec![("demo".to_owned(), load(&demo, &[]), demo)];
        let corpus = corpus().map_or_else(Vec::new, |corpus| corpus_sets::sets(&corpus, &Rules::read()));
        sets.extend(corpus.into_iter().map(|CorpusSet { folder, files, base, settings, .. }| {
            let loaded = load_with_settings(&files, &base, &settings);
            (folder, loaded, [files, base].concat())
        }));
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
            // Those that others build on are shown in these.
            if policy.relying_party.is_none() && loaded.set.relying_parties().next().is_some() {
                continue;
            }
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
            if name == "demo" {
                let told = load(&[SourceFile::new("told.xml", effective.to_xml(files, Origins::Shown))], &[]);
                let told = said(only_one(&told.set).expect("it loads"));
                same(&told, &after, &format!("{name} {id}: with origins"));
            }
            seen += 1;
        }
    }
    assert!(seen >= 3, "only {seen} policies were shown");
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

/// One file of a chain, and where each part of the leaf comes from.
fn chain() -> [SourceFile; 2] {
    let profiles = |content: &str| {
        format!(
            "<ClaimsProviders><ClaimsProvider><DisplayName>D</DisplayName><TechnicalProfiles>{content}</TechnicalProfiles></ClaimsProvider></ClaimsProviders>"
        )
    };
    let base = profiles(
        r#"
<TechnicalProfile Id="Common"><Protocol Name="None"/><Metadata>
<Item Key="a">1 &lt; 2</Item>
</Metadata></TechnicalProfile>
<TechnicalProfile Id="Own"><Metadata><Item Key="b">2</Item></Metadata><IncludeTechnicalProfile ReferenceId="Common"/></TechnicalProfile>"#,
    );
    let leaf = profiles(r#"<TechnicalProfile Id="own"><Metadata><Item Key="b">3</Item></Metadata></TechnicalProfile>"#);
    let mut base = policy("Base", None, &base);
    base.name = "folder/a--b.xml".into();
    [base, policy("Leaf", Some("Base"), &leaf)]
}

#[test]
fn a_part_is_shown_with_what_it_includes_and_where_it_is_from() {
    let files = chain();
    let loaded = load(&files, &[]);
    let merged = &loaded.merged[&"Leaf".into()];
    let shown = Effective::only(merged, &["OWN".to_owned()]).unwrap().to_xml(&files, Origins::Shown);
    let expected = r#"<?xml version="1.0" encoding="utf-8"?>
<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06" PolicySchemaVersion="0.3.0.0" TenantId="t.example" PolicyId="Leaf" PublicPolicyUri="http://t.example/Leaf"> <!-- Leaf.xml:1 -->
  <ClaimsProviders>
    <ClaimsProvider>
      <DisplayName>D</DisplayName>
      <TechnicalProfiles>
        <TechnicalProfile Id="own"> <!-- Leaf.xml:3 -->
          <Protocol Name="None" /> <!-- a- -b.xml:4 -->
          <Metadata>
            <Item Key="a">1 &lt; 2</Item> <!-- a- -b.xml:5 -->
            <Item Key="b">3</Item>
          </Metadata>
          <IncludeTechnicalProfile ReferenceId="Common" /> <!-- a- -b.xml:7 -->
        </TechnicalProfile>
      </TechnicalProfiles>
    </ClaimsProvider>
  </ClaimsProviders>
</TrustFrameworkPolicy>
"#;
    assert_eq!(shown, expected);
    let node = Effective::only(merged, &["own".to_owned()]).unwrap().to_node(&files);
    assert_eq!((node.origin.as_str(), node.children[0].name.as_str()), ("Leaf.xml:1", "ClaimsProviders"));
}

#[test]
fn an_id_that_is_not_there_is_told_with_what_may_be_meant() {
    let loaded = load(&chain(), &[]);
    let merged = &loaded.merged[&"Leaf".into()];
    for (id, expected) in
        [("Commom", "nothing is declared as `Commom`; did you mean `Common`?"), ("zzz", "nothing is declared as `zzz`")]
    {
        assert_eq!(Effective::only(merged, &[id.to_owned()]).unwrap_err().to_string(), expected);
    }
}

/// What could be merged is shown, whatever else is wrong.
#[test]
fn a_policy_with_mistakes_is_shown() {
    let content = r#"<UserJourneys><UserJourney Id="J"><OrchestrationSteps><OrchestrationStep Order="x" Type="Claims"/></OrchestrationSteps></UserJourney></UserJourneys>"#;
    let files = [policy("P", None, content)];
    let loaded = load(&files, &[]);
    assert!(loaded.set.get(&"P".into()).is_none());
    let shown = Effective::of(&loaded.merged[&"P".into()]).to_xml(&files, Origins::Hidden);
    assert!(shown.contains(r#"<OrchestrationStep Order="x" Type="Claims" />"#), "{shown}");
}

/// A validation profile that base and child name, values with signs of XML's own, a text of blanks, `--` in a value.
#[test]
fn what_a_file_can_hardly_say_is_shown_so_that_it_loads() {
    let profile = |content: &str| {
        format!(
            "<ClaimsProviders><ClaimsProvider><TechnicalProfiles>{content}</TechnicalProfiles></ClaimsProvider></ClaimsProviders>"
        )
    };
    let base = profile(
        r#"<TechnicalProfile Id="V"><Protocol Name="None"/></TechnicalProfile><TechnicalProfile Id="W"><Protocol Name="None"/></TechnicalProfile>
<TechnicalProfile Id="P"><Protocol Name="None"/><Metadata><Item Key="x&#9;&#10;&quot;'&lt;">&lt;!-- a -- b --&gt; &amp;amp;&#13; ]]&gt; {Settings:Odd}</Item><Item Key="blank"> &#10; </Item></Metadata>
<ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId="V"/><ValidationTechnicalProfile ReferenceId="W"/></ValidationTechnicalProfiles></TechnicalProfile>"#,
    );
    let leaf = profile(
        r#"<TechnicalProfile Id="P"><ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId="v"/></ValidationTechnicalProfiles></TechnicalProfile>"#,
    );
    let files = [policy("Base", None, &base), policy("Leaf", Some("Base"), &leaf)];
    let settings = [("Odd", "<b>&--")].into_iter().collect();
    let loaded = zaguan_policy::load_with_settings(&files, &[], &settings);
    let id = "Leaf".into();
    let before = said(loaded.set.get(&id).expect("it loads"));
    assert_eq!(before.matches("profile: `V`").count() + before.matches("profile: `v`").count(), 2, "{before}");
    for origins in [Origins::Shown, Origins::Hidden] {
        let shown = Effective::of(&loaded.merged[&id]).to_xml(&files, origins);
        let again = load(&[SourceFile::new("again.xml", shown.clone())], &[]);
        assert_eq!(again.errors().count(), 0, "{:?}\n{shown}", again.diagnostics);
        same(&before, &said(again.set.get(&id).expect("it loads")), &shown);
    }
}
