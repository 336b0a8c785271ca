//! Any text while somebody types it over a sound base, and every question of an editor at one place in it.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use zaguan_fuzz::SOUND;
use zaguan_policy::{
    Settings,
    editing::{Declarations, Files, Origin},
};

fuzz_target!(|input: (u16, &str)| {
    let (at, text) = input;
    let (typed, sound) = (Arc::from("typed.xml"), Arc::from("sound.xml"));
    let mut files = Files::new(Settings::default());
    files.put(&sound, SOUND, Origin::Base);
    files.put(&typed, text, Origin::Set);
    let offset = usize::from(at);
    for place in files.definition(&typed, offset).into_iter().chain(files.references(&typed, offset, Declarations::Included)) {
        let file = files.text(&place.file);
        assert!(file.is_some_and(|file| file.get(place.span.clone()).is_some()), "{place:?}");
    }
    files.hover(&typed, offset);
    for proposal in files.proposals(&typed, offset) {
        assert!(text.get(proposal.replaces.clone()).is_some(), "{proposal:?}");
    }
    files.outline(&typed);
    if files.prepare_rename(&typed, offset).is_ok() {
        let _ = files.rename(&typed, offset, "renamed");
    }
    // What is merged with a base and checked is the other targets' business; here all of it goes together at times.
    if at % 8 == 0 {
        for finding in files.findings(|_| Vec::new()) {
            files.fix(&finding);
        }
    }
});
