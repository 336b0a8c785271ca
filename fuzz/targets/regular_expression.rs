//! Any expression in .NET's syntax, on any text: the first byte says where the one ends and the other begins.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zaguan_policy::dotnet::Regex;

fuzz_target!(|bytes: &[u8]| {
    let Some((length, rest)) = bytes.split_first() else { return };
    let (source, text) = rest.split_at(usize::from(*length).min(rest.len()));
    let (Ok(source), Ok(text)) = (str::from_utf8(source), str::from_utf8(text)) else { return };
    if let Ok(regex) = Regex::compile(source) {
        regex.is_match(text);
        regex.replace_all(text, "$1${n}$$$&");
    }
});
