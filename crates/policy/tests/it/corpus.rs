//! The starter packs load unmodified, and mean what they say.

use zaguan_policy::{
    id::PolicyId,
    load,
    model::{EffectivePolicy, StepKind},
};

use crate::support::{corpus, folder};

const STARTER_PACKS: [&str; 4] =
    ["LocalAccounts", "SocialAccounts", "SocialAndLocalAccounts", "SocialAndLocalAccountsWithMfa"];

#[test]
fn every_starter_pack_loads_without_an_error() {
    let Some(corpus) = corpus() else { return };
    for outer in ["starter-pack", "starter-pack/Display Controls Starterpack"] {
        for pack in STARTER_PACKS {
            let files = folder(&corpus.join(outer).join(pack));
            let loaded = load(&files, &[]);
            for finding in &loaded.diagnostics {
                println!("{outer}/{pack}: {finding:?}");
            }
            assert_eq!(loaded.errors().count(), 0, "{outer}/{pack}");
            assert_eq!(loaded.set.ids().count(), files.len(), "{outer}/{pack}");
            assert_eq!(loaded.set.tenant(), Some("yourtenant.onmicrosoft.com"));
        }
    }
}
