//! Which files a workspace has, and what is put in for their placeholders.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::super::policies;

/// Folders within folders that are looked through.
const DEEPEST: usize = 8;
const GREATEST: u64 = 4 * 1024 * 1024;

/// The folders within some that have policies: each is a set.
pub(super) fn folders(roots: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut open: Vec<(PathBuf, usize)> = roots.iter().map(|root| (root.clone(), 0)).collect();
    while let Some((folder, depth)) = open.pop() {
        if !policies_in(&folder).is_empty() {
            found.insert(folder.clone());
        }
        if let Some(elsewhere) = of_tenant(&folder).filter(|it| !policies_in(it).is_empty()) {
            found.insert(elsewhere);
        }
        if depth < DEEPEST {
            open.extend(folders_in(&folder).into_iter().map(|folder| (folder, depth + 1)));
        }
    }
    found
}

/// Where a tenant's folder has its policies.
fn of_tenant(folder: &Path) -> Option<PathBuf> {
    let tenant = fs::read_to_string(folder.join("tenant.toml")).ok()?;
    let policies = folder.join(policies::policies_of(&tenant).ok()?);
    // One name for one folder, `.` or not.
    Some(policies.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect())
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    const LEFT: [&str; 2] = ["node_modules", "target"];
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let named = folders.map(|entry| entry.path());
    named
        .filter(|path| {
            let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            !name.starts_with('.') && !LEFT.contains(&name.as_str())
        })
        .collect()
}

/// The policy files of a folder with their texts, by name. What cannot be read is left out: the editor tells of it.
pub(super) fn policies_in(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path()).filter(|path| is_xml(path));
    paths.filter_map(|path| Some((path.display().to_string(), policy(&path)?))).collect()
}

pub(super) fn is_xml(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("xml"))
}

/// A file's text, if it looks like a policy.
pub(super) fn policy(path: &Path) -> Option<String> {
    let is_small = fs::metadata(path).is_ok_and(|it| it.is_file() && it.len() <= GREATEST);
    let text = if is_small { fs::read(path).ok()? } else { return None };
    // A sign that is not UTF-8 is shown as one that is not there; the form of the file is told by `zaguan check`.
    Some(String::from_utf8_lossy(&text).into_owned()).filter(|text| is_policy(text))
}

/// True for what is a policy, or is about to become one.
pub(super) fn is_policy(text: &str) -> bool {
    text.contains("TrustFrameworkPolicy")
}

/// Values of placeholders: those of the `appsettings.json` in the folder, or in the nearest one around it that is in a root.
///
/// # Errors
/// What is wrong with that file, for the author.
pub(super) fn placeholders(
    folder: &Path,
    roots: &[PathBuf],
    file: Option<&Path>,
    environment: Option<&str>,
) -> Result<Vec<(String, String)>, String> {
    let around = folder.ancestors().take_while(|it| *it == folder || roots.iter().any(|root| it.starts_with(root)));
    let beside = || around.map(|it| it.join("appsettings.json")).find(|path| path.is_file());
    let Some(path) = file.map(Path::to_owned).or_else(beside) else { return Ok(Vec::new()) };
    let read = fs::read_to_string(&path).map_err(anyhow::Error::from);
    let values = read.and_then(|text| policies::environment(&text, environment));
    values.map_err(|cause| format!("{}: {cause:#}", path.display()))
}
