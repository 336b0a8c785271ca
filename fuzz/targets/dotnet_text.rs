//! Formats, dates and JSON paths of .NET's: the first byte says which, and where what it is tried on begins.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zaguan_policy::dotnet::{
    DateTime, JsonPath,
    format::{Argument, format},
};

fuzz_target!(|input: (u8, &str, &str)| {
    let (kind, pattern, text) = input;
    match kind % 3 {
        0 => {
            let number = text.parse().unwrap_or(i64::MIN);
            let _ = format(pattern, &[Argument::Text(text), Argument::Integer(number), Argument::Boolean(true)]);
        }
        1 => {
            for read in [DateTime::parse(text), DateTime::parse_exact(text, pattern)].into_iter().flatten() {
                assert!(read >= DateTime::MIN && read <= DateTime::MAX);
                let _ = read.format(pattern);
            }
        }
        _ => {
            let (Ok(path), Ok(value)) = (JsonPath::parse(pattern), serde_json::from_str(text)) else { return };
            if let Ok(found) = path.all(&value) {
                assert!(found.len() <= JsonPath::MOST_VALUES);
            }
        }
    }
});
