//! Files that nobody else may read.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

/// Writes a file that only its owner reads, whole or not at all, and only where there is none yet or
/// it may be replaced.
///
/// # Errors
/// The file system's.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let _ = fs::remove_file(&unfinished);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}

/// Opens the file that a process locks while it holds a folder. Nobody else may open it: they could lock it too.
///
/// # Errors
/// The file system's.
pub fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Makes a folder that only its owner enters.
///
/// # Errors
/// The file system's.
pub fn private_folder(path: &Path) -> io::Result<()> {
    match path.is_dir() {
        true => Ok(()),
        false => fs::DirBuilder::new().recursive(true).mode(0o700).create(path),
    }
}
