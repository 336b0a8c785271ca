//! CreateRandomString: a GUID or a number, formatted.

use zaguan_policy::{Value, dotnet::Argument};

use super::Transformation;

pub(crate) const DEFINITION: Transformation = Transformation {
    method: "CreateRandomString",
    run: |given| {
        let wants_number =
            given.parameter("randomGeneratorType").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("integer"));
        let formatted = match wants_number {
            true => {
                // OPEN: up to and without the maximum. A seed would make it guessable and is not read.
                let bound = given.parameter("maximumNumber").and_then(|text| text.trim().parse().ok());
                let bound: u64 =
                    bound.filter(|bound| *bound > 0 && i64::try_from(*bound).is_ok()).unwrap_or(2_147_483_647);
                let drawn = i64::try_from(u64::from_be_bytes(given.random()) % bound).unwrap_or_default();
                // OPEN: it is formatted as a number, so that `{0:D6}` fills with zeros.
                given.formatted("stringFormat", &[Argument::Integer(drawn)])?.unwrap_or_else(|| drawn.to_string())
            }
            false => {
                let drawn = guid(given.random());
                given.formatted("stringFormat", &[Argument::Text(&drawn)])?.unwrap_or(drawn)
            }
        };
        let text = match given.flag("base64") {
            Some(true) => zaguan_protocol::crypto::base64_standard(formatted.as_bytes()),
            _ => formatted,
        };
        Ok(vec![("outputClaim", Some(Value::Text(text)))])
    },
};

/// Version 4, RFC 9562 section 5.4.
fn guid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
