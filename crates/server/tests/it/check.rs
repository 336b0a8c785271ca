//! `zaguan check`: what it prints, in each form and in each language.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::json_schema::violations;

/// A policy whose relying party names a journey that is spelled otherwise.
const MISTAKEN: &str = r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06" PolicySchemaVersion="0.3.0.0"
    TenantId="t.example" PolicyId="B2C_1A_P" PublicPolicyUri="http://t.example/P">
<UserJourneys>
  <UserJourney Id="SignIn"><OrchestrationSteps>
    <OrchestrationStep Order="1" Type="Noop" />
  </OrchestrationSteps></UserJourney>
</UserJourneys>
<RelyingParty>
  <DefaultUserJourney ReferenceId="Signin2" />
  <TechnicalProfile Id="PolicyProfile"><Protocol Name="OpenIdConnect" /></TechnicalProfile>
</RelyingParty>
</TrustFrameworkPolicy>
"#;

struct Told {
    out: String,
    err: String,
    code: i32,
}

/// Runs the command in a folder with these files.
fn run(files: &[(&str, &str)], arguments: &[&str]) -> Told {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    run_in(folder.path(), arguments)
}

fn run_in(folder: &Path, arguments: &[&str]) -> Told {
    let done =
        Command::new(env!("CARGO_BIN_EXE_zaguan")).current_dir(folder).arg("check").args(arguments).output().unwrap();
    let [out, err] = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    Told { out, err, code: done.status.code().unwrap() }
}

/// The policy, and what is said of it.
fn of_the_mistake(arguments: &[&str]) -> String {
    let told = run(&[("policies/P.xml", MISTAKEN)], &[&["policies"], arguments].concat());
    assert_eq!((told.err.as_str(), told.code), ("", 1));
    format!("{MISTAKEN}\n{}", told.out)
}

#[test]
fn a_mistake_in_english() {
    insta::assert_snapshot!(of_the_mistake(&[]), @r##"
    <TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06" PolicySchemaVersion="0.3.0.0"
        TenantId="t.example" PolicyId="B2C_1A_P" PublicPolicyUri="http://t.example/P">
    <UserJourneys>
      <UserJourney Id="SignIn"><OrchestrationSteps>
        <OrchestrationStep Order="1" Type="Noop" />
      </OrchestrationSteps></UserJourney>
    </UserJourneys>
    <RelyingParty>
      <DefaultUserJourney ReferenceId="Signin2" />
      <TechnicalProfile Id="PolicyProfile"><Protocol Name="OpenIdConnect" /></TechnicalProfile>
    </RelyingParty>
    </TrustFrameworkPolicy>

    error[Z0108]: user journey `Signin2` does not exist
     --> policies/P.xml:9:36
      |
    9 |   <DefaultUserJourney ReferenceId="Signin2" />
      |                                    ^^^^^^^ referenced here
      |
     ::: policies/P.xml:4:20
      |
    4 |   <UserJourney Id="SignIn"><OrchestrationSteps>
      |                    ------ `SignIn` is declared here
      |
      = help: did you mean `SignIn`?
    for more about a finding: zaguan explain Z0108
    refused: 1 error, 0 warnings in 1 file
    "##);
}

#[test]
fn a_mistake_in_spanish() {
    insta::assert_snapshot!(of_the_mistake(&["--language", "es"]), @r##"
    <TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06" PolicySchemaVersion="0.3.0.0"
        TenantId="t.example" PolicyId="B2C_1A_P" PublicPolicyUri="http://t.example/P">
    <UserJourneys>
      <UserJourney Id="SignIn"><OrchestrationSteps>
        <OrchestrationStep Order="1" Type="Noop" />
      </OrchestrationSteps></UserJourney>
    </UserJourneys>
    <RelyingParty>
      <DefaultUserJourney ReferenceId="Signin2" />
      <TechnicalProfile Id="PolicyProfile"><Protocol Name="OpenIdConnect" /></TechnicalProfile>
    </RelyingParty>
    </TrustFrameworkPolicy>

    error[Z0108]: el recorrido del usuario `Signin2` no existe
     --> policies/P.xml:9:36
      |
    9 |   <DefaultUserJourney ReferenceId="Signin2" />
      |                                    ^^^^^^^ se hace referencia aquí
      |
     ::: policies/P.xml:4:20
      |
    4 |   <UserJourney Id="SignIn"><OrchestrationSteps>
      |                    ------ `SignIn` se declara aquí
      |
      = ayuda: ¿quiso decir `SignIn`?
    para saber más de un hallazgo: zaguan explain Z0108
    rechazado: 1 error, 0 advertencias en 1 archivo
    "##);
}

#[test]
fn a_mistake_as_json() {
    insta::assert_snapshot!(of_the_mistake(&["--format", "json"]), @r##"
    <TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06" PolicySchemaVersion="0.3.0.0"
        TenantId="t.example" PolicyId="B2C_1A_P" PublicPolicyUri="http://t.example/P">
    <UserJourneys>
      <UserJourney Id="SignIn"><OrchestrationSteps>
        <OrchestrationStep Order="1" Type="Noop" />
      </OrchestrationSteps></UserJourney>
    </UserJourneys>
    <RelyingParty>
      <DefaultUserJourney ReferenceId="Signin2" />
      <TechnicalProfile Id="PolicyProfile"><Protocol Name="OpenIdConnect" /></TechnicalProfile>
    </RelyingParty>
    </TrustFrameworkPolicy>

    {
      "version": 1,
      "zaguan": "0.1.0",
      "summary": {
        "sound": false,
        "errors": 1,
        "warnings": 0,
        "notes": 0,
        "files": 1,
        "policies": []
      },
      "findings": [
        {
          "code": "Z0108",
          "severity": "error",
          "title": "a user journey does not exist",
          "message": "user journey `Signin2` does not exist",
          "help": "did you mean `SignIn`?",
          "places": [
            {
              "file": "policies/P.xml",
              "start": {
                "line": 9,
                "column": 36,
                "offset": 415
              },
              "end": {
                "line": 9,
                "column": 43,
                "offset": 422
              },
              "label": "referenced here"
            },
            {
              "file": "policies/P.xml",
              "start": {
                "line": 4,
                "column": 20,
                "offset": 234
              },
              "end": {
                "line": 4,
                "column": 26,
                "offset": 240
              },
              "label": "`SignIn` is declared here"
            }
          ]
        }
      ]
    }
    "##);
}

#[test]
fn a_mistake_as_sarif() {
    insta::assert_snapshot!(of_the_mistake(&["--format", "sarif", "--language", "es"]), @r##"
    <TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06" PolicySchemaVersion="0.3.0.0"
        TenantId="t.example" PolicyId="B2C_1A_P" PublicPolicyUri="http://t.example/P">
    <UserJourneys>
      <UserJourney Id="SignIn"><OrchestrationSteps>
        <OrchestrationStep Order="1" Type="Noop" />
      </OrchestrationSteps></UserJourney>
    </UserJourneys>
    <RelyingParty>
      <DefaultUserJourney ReferenceId="Signin2" />
      <TechnicalProfile Id="PolicyProfile"><Protocol Name="OpenIdConnect" /></TechnicalProfile>
    </RelyingParty>
    </TrustFrameworkPolicy>

    {
      "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        {
          "tool": {
            "driver": {
              "name": "Zaguan",
              "semanticVersion": "0.1.0",
              "language": "es",
              "rules": [
                {
                  "id": "Z0108",
                  "name": "NoJourney",
                  "shortDescription": {
                    "text": "un recorrido del usuario no existe"
                  },
                  "helpUri": "https://learn.microsoft.com/azure/active-directory-b2c/userjourneys",
                  "defaultConfiguration": {
                    "level": "error"
                  }
                }
              ]
            }
          },
          "language": "es",
          "columnKind": "unicodeCodePoints",
          "results": [
            {
              "ruleId": "Z0108",
              "ruleIndex": 0,
              "level": "error",
              "message": {
                "text": "el recorrido del usuario `Signin2` no existe (¿quiso decir `SignIn`?)"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "policies/P.xml",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "startLine": 9,
                      "startColumn": 36,
                      "endLine": 9,
                      "endColumn": 43
                    }
                  },
                  "message": {
                    "text": "se hace referencia aquí"
                  }
                }
              ],
              "relatedLocations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "policies/P.xml",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "startLine": 4,
                      "startColumn": 20,
                      "endLine": 4,
                      "endColumn": 26
                    }
                  },
                  "message": {
                    "text": "`SignIn` se declara aquí"
                  },
                  "id": 1
                }
              ]
            }
          ]
        }
      ]
    }
    "##);
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn json(told: &Told) -> Value {
    assert_eq!(told.err, "", "everything is in the document");
    serde_json::from_str(&told.out).unwrap()
}

/// The demo's tenant with one text of one file replaced.
fn tenant_with(file: &str, before: &str, after: &str, arguments: &[&str]) -> Told {
    let demo = repository().join("policies/demo");
    let text = fs::read_to_string(demo.join(file)).unwrap();
    assert!(text.contains(before), "{file} has no {before}");
    let mut files = vec![(format!("demo/{file}"), text.replacen(before, after, 1))];
    for folder in ["", "apps"] {
        for entry in fs::read_dir(demo.join(folder)).unwrap().map(|entry| entry.unwrap().path()) {
            let name = Path::new(folder).join(entry.file_name().unwrap()).display().to_string();
            if entry.is_file() && name != file {
                files.push((format!("demo/{name}"), fs::read_to_string(entry).unwrap()));
            }
        }
    }
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    run(&files, &[&["demo"], arguments].concat())
}

#[test]
fn a_tenant_that_is_sound() {
    let told = run_in(&repository(), &["policies/demo", "--format", "json"]);
    assert_eq!(told.code, 0);
    insta::assert_snapshot!(told.out, @r##"
    {
      "version": 1,
      "zaguan": "0.1.0",
      "summary": {
        "sound": true,
        "errors": 0,
        "warnings": 0,
        "notes": 0,
        "files": 6,
        "policies": [
          {
            "id": "B2C_1A_PasswordReset",
            "journey": "PasswordReset"
          },
          {
            "id": "B2C_1A_ProfileEdit",
            "journey": "ProfileEdit"
          },
          {
            "id": "B2C_1A_signup_signin",
            "journey": "SignUpOrSignIn"
          }
        ],
        "tenant": {
          "domain": "contoso.onmicrosoft.com",
          "apps": 5
        }
      },
      "findings": []
    }
    "##);
    let told = run_in(&repository(), &["policies/demo", "--language", "es"]);
    insta::assert_snapshot!(told.out, @"inquilino contoso.onmicrosoft.com: correcto; 3 directivas que responden a aplicaciones, 5 aplicaciones");
}

/// What is wrong outside of policies stands in the same document.
#[test]
fn a_tenant_whose_definition_is_refused() {
    let told = tenant_with("tenant.toml", "domain =", "domin =", &["--format", "json"]);
    assert_eq!(told.code, 1);
    let document = json(&told);
    assert_eq!(document["summary"]["sound"], false);
    let finding = &document["findings"][0];
    assert_eq!((&finding["code"], &finding["severity"]), (&"tenant-definition".into(), &"error".into()));
    assert!(finding["message"].as_str().unwrap().contains("unknown field `domin`"));
    assert_eq!(finding["places"][0]["file"], "demo/tenant.toml");
    let text = tenant_with("tenant.toml", "domain =", "domin =", &[]);
    assert!(text.err.starts_with("error: demo/tenant.toml: ") && text.out.is_empty(), "{}", text.err);
}

#[test]
fn a_tenant_with_unsafe_quirks() {
    let b2c =
        |arguments: &[&str]| tenant_with("tenant.toml", "policies =", "compatibility = \"b2c\"\npolicies =", arguments);
    let document = json(&b2c(&["--format", "json", "--language", "es"]));
    let quirks: Vec<_> =
        document["findings"].as_array().unwrap().iter().filter(|one| one["code"] == "unsafe-quirk").collect();
    assert_eq!(quirks.len(), 6);
    assert_eq!(document["summary"]["warnings"], 6);
    let message = quirks[0]["message"].as_str().unwrap();
    assert!(message.starts_with("la peculiaridad no segura `unchecked-logout-redirect` está activada: "), "{message}");
    assert!(b2c(&[]).out.starts_with("warning: unsafe quirk `unchecked-logout-redirect` is on: a sign-out"));
}

#[test]
fn nothing_to_check_is_no_document() {
    for format in ["text", "json", "sarif"] {
        let told = run(&[("read.me", "")], &[".", "--format", format]);
        assert_eq!((told.out.as_str(), told.code), ("", 2));
        assert!(told.err.contains("there is no policy file"), "{}", told.err);
    }
}

/// What GitHub's code scanning wants beyond the schema: a place in a file of the repository and a line for each result,
/// and for each its rule, with a title.
fn is_taken_by_code_scanning(document: &Value) -> usize {
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        for needed in ["id", "name", "helpUri"] {
            assert!(rule[needed].as_str().is_some_and(|text| !text.is_empty()), "{needed} of {rule}");
        }
        assert!(!rule["shortDescription"]["text"].as_str().unwrap().is_empty(), "{rule}");
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let related = result["relatedLocations"].as_array().into_iter().flatten();
        for location in result["locations"].as_array().unwrap().iter().chain(related) {
            let place = &location["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            assert!(!uri.is_empty() && !uri.starts_with(['/', '.']) && !uri.contains([':', '\\']), "{uri}");
            assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
            let region = |name: &str| place["region"][name].as_u64();
            assert!(region("startLine").unwrap() >= 1, "{place}");
            let [start, end] = [["startLine", "startColumn"], ["endLine", "endColumn"]].map(|point| point.map(region));
            assert!(end[0].is_none() || end >= start, "{place}");
        }
        assert_eq!(result["locations"].as_array().unwrap().len(), 1);
    }
    results.len()
}

#[test]
fn sarif_is_as_its_schema_says_and_as_code_scanning_wants_it() {
    let schema: Value = serde_json::from_str(include_str!("../fixtures/sarif/schema-2.1.0.json")).unwrap();
    let sarif = ["--format", "sarif"];
    let documents = [
        (run(&[("a b/P ñ.xml", MISTAKEN)], &[&["a b"], &sarif[..]].concat()), 1),
        (tenant_with("tenant.toml", "domain =", "domin =", &sarif), 1),
        (tenant_with("tenant.toml", "policies =", "compatibility = \"b2c\"\npolicies =", &sarif), 6),
        (
            tenant_with(
                "TrustFrameworkBase.xml",
                "<UserJourney Id=\"SignUpOrSignIn\">",
                "<UserJourney Id=\"Sign\">",
                &sarif,
            ),
            1,
        ),
        (run_in(&repository(), &[&["policies/demo"], &sarif[..]].concat()), 0),
    ];
    for (told, expected) in documents {
        let document = json(&told);
        assert_eq!(violations(&document, &schema), Vec::<String>::new());
        assert_eq!(is_taken_by_code_scanning(&document), expected, "{document:#}");
    }
}

#[test]
fn the_schema_is_one_that_refuses() {
    let schema: Value = serde_json::from_str(include_str!("../fixtures/sarif/schema-2.1.0.json")).unwrap();
    let sound = json(&run(&[("P.xml", MISTAKEN)], &[".", "--format", "sarif"]));
    for (pointer, wrong) in [
        ("/version", "2.0.0".into()),
        ("/runs/0/columnKind", "bytes".into()),
        ("/runs/0/results/0/level", "fatal".into()),
        ("/runs/0/results/0/ruleIndex", (-2).into()),
        ("/runs/0/results/0/message", Value::Null),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", 0.into()),
        ("/runs/0/tool/driver/rules/0/helpUri", "no address".into()),
    ] {
        let mut document = sound.clone();
        *document.pointer_mut(pointer).unwrap() = wrong;
        assert_ne!(violations(&document, &schema), Vec::<String>::new(), "{pointer}");
    }
}
