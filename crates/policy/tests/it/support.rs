//! Folders and small policies for the tests.

use std::{
    fs,
    path::{Path, PathBuf},
};

use zaguan_policy::SourceFile;

/// The folder of public policies; `None`, and a word about it, where it is absent.
pub(crate) fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("ZAGUAN_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: there is no corpus at {}", folder.display());
        return None;
    }
    Some(folder)
}

/// The policy files of a folder, by name.
pub(crate) fn folder(path: &Path) -> Vec<SourceFile> {
    let mut paths: Vec<PathBuf> = fs::read_dir(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            SourceFile::from_bytes(name, fs::read(path).unwrap()).unwrap()
        })
        .collect()
}
