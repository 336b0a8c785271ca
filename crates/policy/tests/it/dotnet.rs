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

/// The oldest Node whose texts are always well-formed.
const OLDEST_NODE: u32 = 20;

/// One of Node's versions; `None`, and a word about it, where there is no Node that is new enough.
fn node_version(of: &str) -> Option<String> {
    let Ok(output) = Command::new("node").args(["-p", "JSON.stringify(process.versions)"]).output() else {
        println!("skipped: there is no `node`");
        return None;
    };
    let versions: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let version = |of: &str| versions[of].as_str().unwrap_or_default().to_owned();
    let major = version("node").split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST_NODE) {
        println!("skipped: Node is {}, and {OLDEST_NODE} is needed", version("node"));
        return None;
    }
    Some(version(of))
}

/// What a script makes of the list; `None` as [`node_version`].
fn ask_node<Q: serde::Serialize, A: serde::de::DeserializeOwned>(script: &str, asked: &[Q]) -> Option<A> {
    node_version("node")?;
    let mut node = Command::new("node").arg(file(script)).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = node.stdin.take().unwrap();
    input.write_all(serde_json::to_string(asked).unwrap().as_bytes()).unwrap();
    drop(input);
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "node fails");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}
