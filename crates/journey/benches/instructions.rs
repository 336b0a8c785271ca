//! How many instructions loading takes: the same number on every run, so that a change of code shows and a busy machine does
//! not. Fails where it takes a tenth more than written here.
//!
//! Wants valgrind and `cargo install gungraun-runner --version 0.20.0`; then
//! `cargo bench -p zaguan-journey --bench instructions`.

#![expect(clippy::unwrap_used, missing_docs, reason = "a bench that cannot start has nothing to measure")]

use std::hint::black_box;

use gungraun::{
    Callgrind, CallgrindMetrics, EventKind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};
use zaguan_policy::{SourceFile, load};

const DEMO: [(&str, &str); 6] = [
    ("Base", include_str!("../../../policies/demo/TrustFrameworkBase.xml")),
    ("Localization", include_str!("../../../policies/demo/TrustFrameworkLocalization.xml")),
    ("Extensions", include_str!("../../../policies/demo/TrustFrameworkExtensions.xml")),
    ("SignUpOrSignin", include_str!("../../../policies/demo/SignUpOrSignin.xml")),
    ("ProfileEdit", include_str!("../../../policies/demo/ProfileEdit.xml")),
    ("PasswordReset", include_str!("../../../policies/demo/PasswordReset.xml")),
];

fn demo() -> Vec<SourceFile> {
    DEMO.map(|(name, text)| SourceFile::new(name, text)).to_vec()
}

fn at_most(instructions: u64) -> LibraryBenchmarkConfig {
    let mut callgrind = Callgrind::with_args(["--cache-sim=no"]);
    callgrind.format([CallgrindMetrics::SingleEvent(EventKind::Ir)]).hard_limits([(EventKind::Ir, instructions)]);
    LibraryBenchmarkConfig::default().tool(callgrind).clone()
}

// Reading, merging, checking, resolving the demo's six files: 47.0 million.
#[library_benchmark(config = at_most(51_700_000))]
#[bench::demo(demo())]
fn load_policies(files: Vec<SourceFile>) -> usize {
    black_box(load(black_box(&files), &[])).set.ids().count()
}

// As that, and every relying party's program: 47.6 million.
#[library_benchmark(config = at_most(52_400_000))]
#[bench::demo(demo())]
fn load_and_bind_policies(files: Vec<SourceFile>) -> usize {
    let loaded = load(black_box(&files), &[]);
    let bind = |policy| zaguan_journey::bind(policy, &|_| true).0.unwrap();
    black_box(loaded.set.relying_parties().map(bind).collect::<Vec<_>>()).len()
}

library_benchmark_group!(name = policies; benchmarks = load_policies, load_and_bind_policies);
main!(library_benchmark_groups = policies);
