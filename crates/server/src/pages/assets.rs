//! Style sheet, scripts and pictures, served under `/static/zaguan/`. Their addresses carry a version, so they may be kept for a year.

use std::sync::LazyLock;

/// Folder of all files.
const FOLDER: &str = "/static/zaguan/";

struct Asset {
    name: &'static str,
    content_type: &'static str,
    body: &'static [u8],
    etag: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let table: [(&str, &str, &[u8]); 4] = [
        ("zaguan.css", "text/css; charset=utf-8", include_bytes!("../../pages/zaguan.css")),
        ("page.js", "text/javascript; charset=utf-8", include_bytes!("../../pages/page.js")),
        ("signed-out.js", "text/javascript; charset=utf-8", include_bytes!("../../pages/signed-out.js")),
        ("icon.svg", "image/svg+xml", include_bytes!("../../pages/icon.svg")),
    ];
    table
        .into_iter()
        .map(|(name, content_type, body)| Asset {
            name,
            content_type,
            body,
            etag: format!("\"{:016x}\"", version(body)),
        })
        .collect()
});

/// The file of that name: its content type, its bytes and its `ETag` (with quotes).
pub fn asset(name: &str) -> Option<(&'static str, &'static [u8], &'static str)> {
    find(name).map(|asset| (asset.content_type, asset.body, asset.etag.as_str()))
}

/// Where a page finds the file: `/static/zaguan/page.js?v=…`.
pub(super) fn address(name: &str) -> String {
    match find(name) {
        Some(asset) => format!("{FOLDER}{name}?v={}", asset.etag.trim_matches('"')),
        None => format!("{FOLDER}{name}"),
    }
}

fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// FNV-1a over the bytes: tells versions apart, protects nothing.
fn version(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_name_only() {
        let (content_type, body, etag) = asset("zaguan.css").unwrap();
        assert_eq!(content_type, "text/css; charset=utf-8");
        assert!(body.len() > 1000);
        assert_eq!(etag.len(), 18);
        assert!(address("zaguan.css").starts_with("/static/zaguan/zaguan.css?v="));
        assert!(asset("../Cargo.toml").is_none());
    }
}
