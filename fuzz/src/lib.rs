//! What targets share: a sound policy, and what holds of every text that is loaded beside it.

use zaguan_policy::{SourceFile, load};

/// A policy with one of most things.
pub const SOUND: &str = include_str!("../seeds/policy_file/sound.xml");

/// [`SOUND`] as a file.
pub fn sound() -> SourceFile {
    SourceFile::new("sound.xml", SOUND)
}

/// Loads and binds. True where every file could be read.
///
/// # Panics
/// Where a finding points outside its file, or a set without errors lacks one of its policies.
pub fn load_and_look(files: &[SourceFile]) -> bool {
    let loaded = load(files, &[]);
    for place in loaded.diagnostics.iter().flat_map(|finding| &finding.places) {
        let file = files.iter().find(|file| file.name == place.place.file);
        let shown = file.and_then(|file| file.text.get(place.place.span.clone()));
        assert!(shown.is_some(), "{place:?}");
    }
    if loaded.errors().next().is_none() {
        assert_eq!(loaded.set.ids().count(), files.len());
    }
    for policy in loaded.set.relying_parties() {
        let (program, _) = zaguan_journey::bind(policy, &|_| true);
        assert!(program.is_some());
    }
    // Z00xx: what is wrong with the file itself.
    !loaded.errors().any(|error| error.code.0 < 100)
}
