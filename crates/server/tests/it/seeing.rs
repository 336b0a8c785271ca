//! `zaguan effective`, `diff` and `graph` at the command line: what they read, and how they end.

use std::{path::Path, process::Command};

fn zaguan(arguments: &[&str]) -> (Option<i32>, String, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let done = Command::new(env!("CARGO_BIN_EXE_zaguan")).args(arguments).current_dir(root).output().unwrap();
    (done.status.code(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
}

/// A copy of the demo with one thing changed in the policy of the sign-in.
fn changed(from: &str, to: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/demo");
    for entry in std::fs::read_dir(demo).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "xml") {
            let (name, mut text) = (path.file_name().unwrap(), std::fs::read_to_string(&path).unwrap());
            if name == "SignUpOrSignin.xml" {
                assert!(text.contains(from), "{from} is there");
                text = text.replace(from, to);
            }
            std::fs::write(folder.path().join(name), text).unwrap();
        }
    }
    folder
}

#[test]
fn commands_end_as_they_say() {
    let longer = changed(r#"KeepAliveInDays="30""#, r#"KeepAliveInDays="31""#);
    let broken = changed(r#"ReferenceId="SignUpOrSignIn""#, r#"ReferenceId="Nowhere""#);
    let (longer, broken) = (longer.path().to_str().unwrap(), broken.path().to_str().unwrap());
    let file = format!("{longer}/SignUpOrSignin.xml");
    let demo = "policies/demo";
    for (arguments, code, out, error) in [
        (&["effective", "signup_signin", demo][..], 0, "<!-- TrustFrameworkBase.xml:", ""),
        (
            &["effective", "B2C_1A_signup_signin", demo, "--no-origins", "--only", "JwtIssuer"],
            0,
            "Id=\"JwtIssuer\">\n",
            "",
        ),
        (&["effective", &file, "--format", "json"], 0, "\"origin\": \"SignUpOrSignin.xml:", ""),
        (&["effective", "signup_signin", broken], 1, "ReferenceId=\"Nowhere\"", "Z0108"),
        (
            &["effective", "nobody", demo],
            2,
            "",
            "there is no policy `nobody` in policies/demo; there are B2C_1A_PasswordReset,",
        ),
        (&["effective", "signup_signin", demo, "--only", "JwtIsuer"], 2, "", "did you mean `JwtIssuer`?"),
        (&["diff", demo, demo], 0, "", ""),
        (&["diff", demo, longer], 1, "people are kept signed in for longer: `KeepAliveInDays`: `30` → `31`", ""),
        (&["diff", demo, longer, "--policy", "PasswordReset"], 0, "", ""),
        (&["diff", "policies/demo/SignUpOrSignin.xml", &file, "--format", "json"], 1, "\"level\": \"security\"", ""),
        (&["diff", demo, &file], 2, "", "name two folders, or two files"),
        (&["diff", demo, "policies/nowhere"], 2, "", "error: policies/nowhere"),
        (&["graph", "signup_signin", demo], 0, "<svg xmlns=", ""),
        (
            &["graph", "signup_signin", demo, "--format", "mermaid", "--journey", "passwordreset"],
            0,
            "flowchart TD\n",
            "",
        ),
        (&["graph", "signup_signin", demo, "--journey", "Nowhere"], 2, "", "there are PasswordReset,"),
        (&["graph", "TrustFrameworkBase", demo], 2, "", "answers no apps"),
        (&["graph", "signup_signin", broken], 1, "", "Z0108"),
    ] {
        let (ended, said, told) = zaguan(arguments);
        assert_eq!(ended, Some(code), "{arguments:?}: {told}");
        assert!(said.contains(out) && (!out.is_empty() || said.is_empty()), "{arguments:?}: {said}");
        assert!(told.contains(error) && (!error.is_empty() || told.is_empty()), "{arguments:?}: {told}");
    }
}
