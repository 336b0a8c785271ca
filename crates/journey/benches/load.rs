//! Reading, merging, checking and binding policies: all public ones, and the demo's.
//!
//! `cargo bench -p zaguan-journey --bench load`. Without the corpus (`ZAGUAN_CORPUS`) only the demo's.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot start has nothing to measure")]

#[path = "../../policy/tests/it/corpus_sets.rs"]
mod corpus_sets;

use std::{hint::black_box, path::PathBuf};

use corpus_sets::{CorpusSet, Rules, sets};
use criterion::{Criterion, criterion_group, criterion_main};
use zaguan_policy::{Settings, SourceFile, load_with_settings};

/// Gives the number of programs, so that nothing is left out.
fn load(set: &CorpusSet) -> usize {
    let loaded = load_with_settings(&set.files, &set.base, &set.settings);
    let programs = loaded.set.relying_parties().filter_map(|policy| zaguan_journey::bind(policy, &|_| true).0);
    black_box(programs.collect::<Vec<_>>()).len()
}

fn demo() -> CorpusSet {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/demo");
    let files = [
        "TrustFrameworkBase",
        "TrustFrameworkLocalization",
        "TrustFrameworkExtensions",
        "SignUpOrSignin",
        "ProfileEdit",
        "PasswordReset",
    ];
    let read = |name: &str| SourceFile::new(name, std::fs::read_to_string(format!("{folder}/{name}.xml")).unwrap());
    CorpusSet {
        folder: "demo".to_owned(),
        files: files.map(read).to_vec(),
        base: vec![],
        settings: Settings::default(),
        unreadable: vec![],
    }
}

fn load_all(criterion: &mut Criterion) {
    let set = demo();
    criterion.bench_function("load the demo's policies", |bench| bench.iter(|| assert_eq!(load(&set), 3)));
    let corpus = std::env::var_os("ZAGUAN_CORPUS").map(PathBuf::from).filter(|corpus| corpus.is_dir());
    let Some(corpus) = corpus else {
        println!("no corpus: set ZAGUAN_CORPUS to the folder of public policies to load them");
        return;
    };
    let all = sets(&corpus, &Rules::read());
    let (files, bytes) = all
        .iter()
        .flat_map(|set| set.files.iter().chain(&set.base))
        .fold((0, 0), |sum, file| (sum.0 + 1, sum.1 + file.text.len()));
    let unreadable: usize = all.iter().map(|set| set.unreadable.len()).sum();
    let folders: std::collections::BTreeSet<_> = all.iter().map(|set| &set.folder).collect();
    println!(
        "{} folders, {} sets, {files} files, {bytes} bytes, bases of each set counted with it; {unreadable} cannot be read",
        folders.len(),
        all.len()
    );
    let mut group = criterion.benchmark_group("corpus");
    group.sample_size(10);
    group.bench_function("load all public policies", |bench| bench.iter(|| all.iter().map(load).sum::<usize>()));
    group.finish();
    println!("peak memory: {} MB", peak_memory().unwrap_or_default() / 1024);
}

/// Of this process, in kilobytes.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

criterion_group!(benches, load_all);
criterion_main!(benches);
