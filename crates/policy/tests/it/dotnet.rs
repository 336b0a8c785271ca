//! .NET's ways, against what others say: Node's engine, and the documentation's examples.

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

mod dates;
mod json_paths;
mod page;
mod regexes;
mod values;

/// A file beside these tests.
fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/dotnet").join(name)
}

/// What a script makes of the list; `None`, and a word about it, where there is no Node.
fn ask_node<Q: serde::Serialize, A: serde::de::DeserializeOwned>(script: &str, asked: &[Q]) -> Option<A> {
    let node = Command::new("node").arg(file(script)).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut node) = node else {
        println!("skipped: there is no `node`");
        return None;
    };
    let mut input = node.stdin.take().unwrap();
    input.write_all(serde_json::to_string(asked).unwrap().as_bytes()).unwrap();
    drop(input);
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "node fails");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}
