//! The examples in `docs/reading-policies.md` are what the demo gives.

use std::{fs, path::Path};

use zaguan_policy::{
    SourceFile, diff,
    graph::Graph,
    id::PolicyId,
    load,
    show::{Effective, Origins},
};

use crate::support::folder;

const GUIDE: &str = "../../docs/reading-policies.md";
const SIGN_IN: &str = "B2C_1A_signup_signin";

fn demo() -> Vec<SourceFile> {
    folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/demo"))
}

/// What somebody changed.
const CHANGES: &[(&str, &str, &str)] = &[
    ("SignUpOrSignin.xml", r#"KeepAliveInDays="30""#, r#"KeepAliveInDays="90""#),
    (
        "TrustFrameworkBase.xml",
        r#"<OrchestrationStep Order="3" Type="ClaimsExchange">
          <ClaimsExchanges>
            <ClaimsExchange Id="AADUserReadWithObjectId" TechnicalProfileReferenceId="AAD-UserReadUsingObjectId" />"#,
        r#"<OrchestrationStep Order="3" Type="ClaimsExchange">
          <Preconditions>
            <Precondition Type="ClaimsExist" ExecuteActionsIf="true">
              <Value>displayName</Value>
              <Action>SkipThisOrchestrationStep</Action>
            </Precondition>
          </Preconditions>
          <ClaimsExchanges>
            <ClaimsExchange Id="AADUserReadWithObjectId" TechnicalProfileReferenceId="AAD-UserReadUsingObjectId" />"#,
    ),
    ("SignUpOrSignin.xml", "<DisplayName>Sign up or sign in</DisplayName>", "<DisplayName>Sign in or up</DisplayName>"),
];

fn example(name: &str) -> String {
    let files = demo();
    let loaded = load(&files, &[]);
    let id = PolicyId::new(SIGN_IN);
    match name {
        "effective" => {
            let only = Effective::only(&loaded.merged[&id], &["login-NonInteractive".to_owned()]).unwrap();
            let text = only.to_xml(&files, Origins::Shown);
            format!("```console\n$ zaguan effective signup_signin policies/demo --only login-NonInteractive\n{text}```")
        }
        "diff" => {
            let named = |mut file: SourceFile, folder: &str| {
                file.name = format!("{folder}/{}", file.name).into();
                file
            };
            let before: Vec<_> = files.iter().cloned().map(|file| named(file, "before")).collect();
            let mut after: Vec<_> = files.iter().cloned().map(|file| named(file, "after")).collect();
            for (name, from, to) in CHANGES {
                let file = after.iter_mut().find(|file| file.name.ends_with(name)).unwrap();
                assert!(file.text.contains(from), "{name} has {from}");
                file.text = file.text.replacen(from, to, 1);
            }
            let differences = diff::sets(&load(&before, &[]), &load(&after, &[]));
            let text = diff::text(&differences, &before, &after);
            format!("```console\n$ zaguan diff before after\n{text}```")
        }
        "graph" => {
            let policy = loaded.set.get(&id).unwrap();
            format!("```mermaid\n{}```", Graph::of_relying_party(policy).unwrap().to_mermaid())
        }
        _ => panic!("there is no example {name}"),
    }
}

#[test]
fn the_examples_of_the_guide_are_what_the_demo_gives() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(GUIDE);
    let there = fs::read_to_string(&path).unwrap();
    let mut wanted = there.clone();
    for name in ["effective", "diff", "graph"] {
        let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
        let (before, rest) = wanted.split_once(&begin).unwrap_or_else(|| panic!("{GUIDE} has lost {begin}"));
        let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{GUIDE} has lost {end}"));
        wanted = format!("{before}{begin}{}\n{end}{after}", example(name));
    }
    if std::env::var_os("ZAGUAN_UPDATE_DOCS").is_some() {
        fs::write(&path, &wanted).unwrap();
        return;
    }
    assert_eq!(there, wanted, "run `ZAGUAN_UPDATE_DOCS=1 cargo test -p zaguan-policy --test it guide`");
}
