//! How a token can be written, and what its claims can say.

use super::{HostileToken, Workshop, row};
use serde_json::json;
use zaguan_protocol::{crypto::base64url, jose::JoseError};

const NO_OBJECT: JoseError = JoseError::Malformed("JSON object");
const NO_COMPACT_FORM: JoseError = JoseError::Malformed("compact form");

impl Workshop<'_> {
    /// Other spellings of the same bytes. Header and payload are signed as they are spelled.
    pub(super) fn spellings_of_base64(&self) -> Vec<HostileToken> {
        // Members that base64 writes with the two letters in which the alphabets differ, and a length that leaves bits over.
        let header = with_bits_left_over(&self.header_and(r#""x":"~~~???""#));
        let payload = with_bits_left_over(&self.payload.replacen('{', r#"{"x":"~~~???","#, 1));
        let (header, payload) = (base64url::encode(header), base64url::encode(payload));
        let honest = self.forger.signed_segments(&header, &payload);
        let signature = honest.rsplit('.').next().unwrap_or_default();
        let mut rows = Vec::new();
        for (how, spell) in SPELLINGS {
            let other = spell(&header);
            let token = self.forger.signed_segments(&other, &payload);
            rows.push(row(format!("header: {how}"), token, JoseError::Malformed("header")));
            let other = spell(&payload);
            let token = self.forger.signed_segments(&header, &other);
            rows.push(row(format!("payload: {how}"), token, JoseError::Malformed("payload")));
            let other = spell(signature);
            // Not every signature has such a letter.
            if other != signature {
                let token = format!("{header}.{payload}.{other}");
                rows.push(row(format!("signature: {how}"), token, JoseError::Malformed("signature")));
            }
        }
        rows
    }

    pub(super) fn shapes(&self) -> Vec<HostileToken> {
        let token = self.honest();
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else { return vec![] };
        let flattened = json!({"protected": header, "payload": payload, "signature": signature});
        let general = json!({"payload": payload, "signatures": [{"protected": header, "signature": signature}]});
        let mut rows = Vec::new();
        for (what, shape) in [
            ("nothing", String::new()),
            ("one dot", ".".into()),
            ("one segment", header.into()),
            ("two segments", format!("{header}.{payload}")),
            ("no payload between two segments", format!("{header}.{signature}")),
            ("four segments", format!("{token}.{signature}")),
            ("a fourth segment, empty", format!("{token}.")),
            ("a first segment, empty", format!(".{token}")),
            ("five segments", format!("{header}.{payload}.{payload}.{payload}.{signature}")),
            ("five segments, most of them empty", format!("{header}..{payload}..{signature}")),
            ("three dots", "...".into()),
            ("JSON, flattened", flattened.to_string()),
            ("JSON, general", general.to_string()),
            ("twice, with a comma", format!("{token},{token}")),
            ("dots escaped", token.replace('.', "%2E")),
            ("dots of another script", token.replace('.', "\u{ff0e}")),
        ] {
            rows.push(row(what, shape, NO_COMPACT_FORM));
        }
        for (what, shape, part) in [
            ("a byte order mark before it", format!("\u{feff}{token}"), "header"),
            ("a NUL before it", format!("\0{token}"), "header"),
            ("a blank before it", format!(" {token}"), "header"),
            ("a scheme before it", format!("Bearer {token}"), "header"),
            ("quotes around it", format!("\"{token}\""), "header"),
            ("a NUL after it", format!("{token}\0"), "signature"),
            ("a line feed after it", format!("{token}\n"), "signature"),
            ("something after a NUL", format!("{token}\0x"), "signature"),
            ("a NUL before the payload", format!("{header}.\0{payload}.{signature}"), "payload"),
        ] {
            // The signature of the last one does not fit any more, which is looked at before the payload is.
            let refusal = match part {
                "payload" => JoseError::WrongSignature,
                part => JoseError::Malformed(part),
            };
            rows.push(row(what, shape, refusal));
        }
        rows.push(row("two dots", "..", NO_OBJECT));
        rows.push(row("a header and no more", format!("{header}.."), JoseError::WrongSignature));
        rows.push(row("the payload of nobody", format!("{header}..{signature}"), JoseError::WrongSignature));
        rows.push(row("1 MB", format!("{header}.{}.{signature}", "A".repeat(1_000_000)), JoseError::TooLong));
        rows.push(row("1 MB of dots", ".".repeat(1_000_000), JoseError::TooLong));
        rows.push(row("1 MB, signed", self.claiming("x", &format!("\"{}\"", "x".repeat(750_000))), JoseError::TooLong));
        rows.push(row(
            "17 KiB, signed",
            self.claiming("x", &format!("\"{}\"", "x".repeat(13_000))),
            JoseError::TooLong,
        ));
        rows
    }

    /// Headers and payloads that are no JSON objects, or not for everybody the same.
    pub(super) fn objects(&self) -> Vec<HostileToken> {
        let (header, payload) = (self.forger.header(), &self.payload);
        let mut rows = Vec::new();
        for (what, change) in NO_OBJECTS {
            rows.push(row(format!("header: {what}"), self.forger.signed(change(&header), payload), NO_OBJECT));
            rows.push(row(format!("payload: {what}"), self.with_payload(change(payload)), NO_OBJECT));
        }
        let nested = self.header_and(r#""cty":"JWT""#);
        rows.push(row("a token in a token", self.forger.signed(nested, self.honest()), NO_OBJECT));
        for (name, text) in [
            ("iss", self.claims["iss"].to_string()),
            ("i\\u0073s", "\"https://evil.example/\"".into()),
            ("aud", "\"other\"".into()),
            ("\\u0061\\u0075\\u0064", self.claims["aud"].to_string()),
            ("exp", "9999999999".into()),
            ("\\u0065xp", "0".into()),
            ("nbf", "0".into()),
        ] {
            let rest = payload.strip_suffix('}').unwrap_or_default();
            let twice = format!("{rest},\"{name}\":{text}}}");
            rows.push(row(
                format!("a second {name} of {text:.40}"),
                self.with_payload(twice),
                JoseError::SameMemberTwice,
            ));
        }
        let inside = self.claiming("x", r#"[{"y":{"z":1,"\u007a":1}}]"#);
        rows.push(row("a member twice, deep inside", inside, JoseError::SameMemberTwice));
        for (what, name) in [("exp", "exp"), ("nbf", "nbf"), ("another claim", "x")] {
            for number in ["1e400", "-1e400", "NaN", "Infinity", "0x7fffffff", "1_000", "+1", "01", ".5", "1.", "1e"] {
                rows.push(row(format!("{what} {number}"), self.claiming(name, number), NO_OBJECT));
            }
        }
        for (what, deep) in [
            ("arrays", "[".repeat(5_000) + &"]".repeat(5_000)),
            ("arrays without an end", "[".repeat(10_000)),
            ("objects", "{\"a\":".repeat(1_500) + "1" + &"}".repeat(1_500)),
            ("a few too many arrays", "[".repeat(200) + &"]".repeat(200)),
        ] {
            rows.push(row(format!("depth of {what}"), self.claiming("x", &deep), NO_OBJECT));
            let header = self.header_and(&format!("\"x\":{deep}"));
            rows.push(row(format!("depth of {what} in the header"), self.with_header(&header), NO_OBJECT));
        }
        rows
    }

    pub(super) fn times(&self) -> Vec<HostileToken> {
        let missing = JoseError::MissingClaim("exp");
        let mut rows: Vec<HostileToken> = [
            ("null", missing),
            ("true", missing),
            ("\"9999999999\"", missing),
            ("\"\"", missing),
            ("\"2099-01-01T00:00:00Z\"", missing),
            ("[9999999999]", missing),
            ("{\"v\":9999999999}", missing),
            ("1e308", missing),
            ("1e19", missing),
            ("-1e300", missing),
            ("18446744073709551615", missing),
            ("9223372036854775808", missing),
            ("99999999999999999999999999", missing),
            ("0", JoseError::Expired),
            ("-0", JoseError::Expired),
            ("-0.0", JoseError::Expired),
            ("1.5", JoseError::Expired),
            ("1e3", JoseError::Expired),
            ("1e-400", JoseError::Expired),
            ("-1", JoseError::Expired),
            ("-9223372036854775808", JoseError::Expired),
        ]
        .into_iter()
        .map(|(exp, refusal)| row(format!("exp {exp}"), self.claiming("exp", exp), refusal))
        .collect();
        rows.push(row("no exp", self.with_payload(self.without("exp").to_string()), missing));
        for nbf in ["null", "false", "\"0\"", "\"\"", "[0]", "{}", "1e308", "18446744073709551615"] {
            rows.push(row(format!("nbf {nbf}"), self.claiming("nbf", nbf), JoseError::Malformed("claim `nbf`")));
        }
        for nbf in ["9223372036854775807", "99999999999", "99999999999.5", "8e15"] {
            rows.push(row(format!("nbf {nbf}"), self.claiming("nbf", nbf), JoseError::NotYetValid));
        }
        rows
    }

    /// Issuers and audiences that look like the right one.
    pub(super) fn names(&self) -> Vec<HostileToken> {
        let mut rows = Vec::new();
        for (name, wrong, missing) in [
            ("iss", JoseError::WrongIssuer, JoseError::MissingClaim("iss")),
            ("aud", JoseError::WrongAudience, JoseError::WrongAudience),
        ] {
            let right = self.claim(name);
            let texts = [
                String::new(),
                "*".into(),
                "null".into(),
                format!("{right} "),
                format!(" {right}"),
                format!("{right}\n"),
                format!("{right}\0"),
                format!("{right}\0x"),
                format!("{right}/"),
                format!("{right}?"),
                format!("{right}#"),
                format!("{right},{right}"),
                format!("{right}\u{200b}"),
                format!("\u{feff}{right}"),
                format!("https://evil.example/{right}"),
                format!("evil.example?{right}"),
                right.chars().skip(1).collect(),
                right.chars().rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect(),
                right.replacen(['0', 'o'], "\u{43e}", 1) + "\u{30}",
                right.replacen('-', "\u{2010}", 1) + "-",
            ];
            for text in texts {
                let json = json!(text).to_string();
                rows.push(row(format!("{name} {json:.60}"), self.claiming(name, &json), wrong));
            }
            let right = json!(right);
            for other in ["null", "7", "true", "[]", "{}", &format!("[[{right}]]"), &format!("{{\"0\":{right}}}")] {
                rows.push(row(format!("{name} {other:.60}"), self.claiming(name, other), missing));
            }
            rows.push(row(format!("no {name}"), self.with_payload(self.without(name).to_string()), missing));
            for homograph in HOMOGRAPHS.iter().filter(|homograph| homograph.0 == name) {
                let mut claims = self.without(name);
                claims[homograph.1] = right.clone();
                let what = format!("`{}` for {name}", homograph.1);
                rows.push(row(what, self.with_payload(claims.to_string()), missing));
            }
        }
        let several = json!([self.claims["iss"]]).to_string();
        rows.push(row("iss in an array", self.claiming("iss", &several), JoseError::MissingClaim("iss")));
        rows.push(row("aud of others", self.claiming("aud", r#"["other","another"]"#), JoseError::WrongAudience));
        rows
    }
}

/// Names of members that look like a claim's.
const HOMOGRAPHS: [(&str, &str); 14] = [
    ("iss", "\u{456}ss"),
    ("iss", "is\u{455}"),
    ("iss", "ISS"),
    ("iss", "Iss"),
    ("iss", "iss "),
    ("iss", "iss\0"),
    ("iss", "\u{ff49}ss"),
    ("iss", "i\u{200b}ss"),
    ("aud", "\u{430}ud"),
    ("aud", "AUD"),
    ("aud", "aud "),
    ("aud", "aud\0"),
    ("aud", "\u{ff41}ud"),
    ("aud", "au\u{200d}d"),
];

/// A text with blanks at its end, so that base64 has bits left over.
fn with_bits_left_over(text: &str) -> String {
    let blanks = (4 - text.len() % 3) % 3;
    format!("{text}{}", " ".repeat(blanks))
}

type Spelling = (&'static str, fn(&str) -> String);

/// Of a segment with four bits left over.
const SPELLINGS: [Spelling; 15] = [
    ("padding", |segment| format!("{segment}==")),
    ("half the padding", |segment| format!("{segment}=")),
    ("too much padding", |segment| format!("{segment}====")),
    ("escaped padding", |segment| format!("{segment}%3D%3D")),
    ("other bits left over", |segment| other_end(segment, 1)),
    ("all bits left over", |segment| other_end(segment, 15)),
    ("the standard alphabet", |segment| segment.replace('-', "+").replace('_', "/")),
    ("a blank at its end", |segment| format!("{segment} ")),
    ("a blank before it", |segment| format!(" {segment}")),
    ("a line feed at its end", |segment| format!("{segment}\n")),
    ("lines of 76", |segment| lines(segment, "\n")),
    ("lines of 76 as mail has them", |segment| lines(segment, "\r\n")),
    ("a tab within", |segment| lines(segment, "\t")),
    ("a NUL within", |segment| lines(segment, "\0")),
    ("one letter too many", |segment| format!("{segment}AAA")),
];

fn lines(segment: &str, between: &str) -> String {
    let (first, rest) = segment.split_at(segment.len().min(76));
    format!("{first}{between}{rest}")
}

/// The last letter carries two bits of the last byte and four that mean nothing.
fn other_end(segment: &str, bits: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = segment.split_at(segment.len() - 1);
    let at = LETTERS.iter().position(|letter| last.as_bytes() == [*letter]).unwrap_or_default();
    format!("{rest}{}", char::from(LETTERS[at + bits]))
}

type NoObject = (&'static str, fn(&str) -> Vec<u8>);

const NO_OBJECTS: [NoObject; 20] = [
    ("nothing", |_| vec![]),
    ("a blank", |_| vec![b' ']),
    ("null", |_| b"null".to_vec()),
    ("a number", |_| b"7".to_vec()),
    ("a text", |_| b"\"x\"".to_vec()),
    ("an array", |object| format!("[{object}]").into()),
    ("no end", |object| object[..object.len() - 1].into()),
    ("two objects", |object| format!("{object}{object}").into()),
    ("something behind it", |object| format!("{object} x").into()),
    ("a NUL behind it", |object| format!("{object}\0").into()),
    ("a byte order mark", |object| format!("\u{feff}{object}").into()),
    ("a comma at its end", |object| object.replacen('}', ",}", 1).into()),
    ("quotes of another kind", |object| object.replace('"', "'").into()),
    ("a comment", |object| object.replacen('{', "{/* */", 1).into()),
    ("a blank of another kind", |object| object.replacen('{', "{\u{a0}", 1).into()),
    ("a control character in a text", |object| object.replacen('"', "\"\u{1}", 1).into()),
    ("half a surrogate", |object| object.replacen('{', r#"{"x":"\ud800","#, 1).into()),
    ("bytes that are no UTF-8", |object| [b"{\"x\":\"\xff\",", &object.as_bytes()[1..]].concat()),
    ("an overlong letter", |object| [b"{\"x\":\"\xc1\xa1\",", &object.as_bytes()[1..]].concat()),
    ("UTF-16", |object| object.encode_utf16().flat_map(u16::to_le_bytes).collect()),
];
