//! What nothing that is measured beside it can be faster than, in the same run.

use std::{fs::File, hint::black_box, os::unix::fs::FileExt as _};

use criterion::{BenchmarkGroup, measurement::WallTime};
use zaguan_protocol::{Secret, jose::SigningKey};

/// A signature with a new key.
pub(crate) fn signature(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, pkcs8: &Secret<Vec<u8>>) {
    let key = SigningKey::from_pkcs8(pkcs8.expose()).unwrap();
    let claims = serde_json::json!({ "sub": "somebody" });
    group.bench_function(name, |bencher| bencher.iter(|| black_box(key.sign(&claims))));
}

/// A page that is safe on the disk.
pub(crate) fn wait_for_the_disk(group: &mut BenchmarkGroup<'_, WallTime>) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = File::create(folder.path().join("page")).unwrap();
    let page = [0_u8; 4096];
    group.bench_function("fdatasync of 4 KiB", |bencher| {
        bencher.iter(|| file.write_all_at(black_box(&page), 0).and_then(|()| file.sync_data()).unwrap());
    });
}
