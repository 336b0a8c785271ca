//! What a header can say: which algorithm, which key, what else.

use super::{
    HostileToken, Workshop,
    forger::{ed25519, hmac},
    row,
};
use jsonwebtoken::Algorithm;
use serde_json::Value;
use zaguan_protocol::{
    crypto::{base64_standard, base64url},
    jose::JoseError,
};

impl Workshop<'_> {
    pub(super) fn algorithms(&self) -> Vec<HostileToken> {
        let (forger, mut rows) = (&self.forger, Vec::new());
        for alg in ALGORITHMS {
            let header = format!(r#"{{"typ":"JWT","alg":{alg},"kid":"{}"}}"#, forger.key_id());
            let token = self.with_header(&header);
            let unsigned = token.rsplit_once('.').map_or(String::new(), |(input, _)| format!("{input}."));
            rows.push(row(format!("alg {alg}, signed"), token, JoseError::UnsupportedAlgorithm));
            rows.push(row(format!("alg {alg}, not signed"), unsigned, JoseError::UnsupportedAlgorithm));
        }
        let none = format!(r#"{{"kid":"{}"}}"#, forger.key_id());
        rows.push(row("no alg", self.with_header(&none), JoseError::UnsupportedAlgorithm));
        let fit = match forger.is_rsa() {
            true => &[Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512][..],
            false => &[],
        };
        for algorithm in fit {
            let header = format!(r#"{{"alg":"{algorithm:?}","kid":"{}"}}"#, forger.key_id());
            let input = self.input(&header);
            let token = format!("{input}.{}", forger.signature_by(*algorithm, &input));
            rows.push(row(format!("{algorithm:?} by our own key"), token, JoseError::UnsupportedAlgorithm));
        }
        for other in ["RS256", "ES256"].iter().filter(|other| **other != forger.algorithm()) {
            let header = format!(r#"{{"alg":"{other}","kid":"{}"}}"#, forger.key_id());
            let what = format!("{other} over a key for {}", forger.algorithm());
            rows.push(row(what, self.with_header(&header), JoseError::UnknownKey));
        }
        let header =
            self.header_and(r#""jwk":{"kty":"OKP","crv":"Ed25519","x":"AA"}"#).replace(forger.algorithm(), "EdDSA");
        let input = self.input(&header);
        rows.push(row("EdDSA", format!("{input}.{}", ed25519(&input)), JoseError::UnsupportedAlgorithm));
        rows
    }

    pub(super) fn public_keys_as_secrets(&self) -> Vec<HostileToken> {
        let mut rows = Vec::new();
        for (form, secret) in self.forger.public_forms() {
            for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
                for (alg, refusal) in [
                    (format!("{algorithm:?}"), JoseError::UnsupportedAlgorithm),
                    (self.forger.algorithm().to_owned(), JoseError::WrongSignature),
                ] {
                    let header = format!(r#"{{"alg":"{alg}","kid":"{}"}}"#, self.forger.key_id());
                    let input = self.input(&header);
                    let token = format!("{input}.{}", hmac(algorithm, &secret, &input));
                    rows.push(row(format!("{algorithm:?} keyed with {form}, as {alg}"), token, refusal));
                }
            }
        }
        rows
    }

    pub(super) fn keys_of_strangers(&self) -> Vec<HostileToken> {
        let stranger = &self.stranger;
        let (ours, theirs, alg) = (self.forger.key_id(), stranger.key_id(), stranger.algorithm());
        let certificate = base64_standard(&stranger.public_forms().pop().unwrap_or_default().1);
        let mut rows = Vec::new();
        for (name, member) in [
            ("jwk", format!(r#","jwk":{}"#, stranger.jwk())),
            ("jku", r#","jku":"https://evil.example/keys""#.to_owned()),
            ("x5u", r#","x5u":"https://evil.example/chain.pem""#.to_owned()),
            ("x5c", format!(r#","x5c":["{certificate}"]"#)),
            ("x5t", r#","x5t":"AAAAAAAAAAAAAAAAAAAAAAAAAAA""#.to_owned()),
            ("nothing", String::new()),
        ] {
            for (whose, kid, refusal) in [
                ("our", format!(r#","kid":"{ours}""#), JoseError::WrongSignature),
                ("its own", format!(r#","kid":"{theirs}""#), JoseError::UnknownKey),
                ("no", String::new(), JoseError::UnknownKey),
            ] {
                let header = format!(r#"{{"alg":"{alg}"{kid}{member}}}"#);
                let what = format!("a stranger's token with {whose} kid and {name}");
                rows.push(row(what, stranger.signed(header, &self.payload), refusal));
            }
        }
        rows
    }

    pub(super) fn key_ids(&self) -> Vec<HostileToken> {
        let id = self.forger.key_id();
        let texts = [
            "".to_owned(),
            "*".into(),
            "0".into(),
            "../../../../dev/null".into(),
            "/etc/passwd".into(),
            "file:///dev/null".into(),
            "https://evil.example/key".into(),
            "' OR '1'='1".into(),
            "x' UNION SELECT 'key".into(),
            "'; DROP TABLE keys; --".into(),
            "| cat /etc/passwd".into(),
            "${jndi:ldap://evil.example/a}".into(),
            self.stranger.key_id().to_owned(),
            id.to_lowercase() + "A",
            format!("{id} "),
            format!(" {id}"),
            format!("{id}\0"),
            format!("{id}\0{}", self.stranger.key_id()),
            format!("{id}\u{200b}"),
            format!("{id},{id}"),
            format!("./{id}"),
            id[1..].to_owned(),
            "k".repeat(8_000),
        ];
        let json = [
            "null".to_owned(),
            "7".into(),
            "-1e9".into(),
            "true".into(),
            "[]".into(),
            "{}".into(),
            format!("[{id:?}]"),
            format!("[[{id:?}]]"),
            format!("{{{id:?}:{id:?}}}"),
        ];
        let all = texts.iter().map(|text| Value::from(text.as_str()).to_string()).chain(json);
        let mut rows: Vec<HostileToken> = all
            .map(|kid| {
                let header = format!(r#"{{"alg":"{}","kid":{kid}}}"#, self.forger.algorithm());
                row(format!("kid {kid:.60}"), self.with_header(&header), JoseError::UnknownKey)
            })
            .collect();
        let bare = format!(r#"{{"alg":"{}"}}"#, self.forger.algorithm());
        rows.push(row("no kid", self.with_header(&bare), JoseError::UnknownKey));
        let long = format!(r#"{{"alg":"{}","kid":"{}"}}"#, self.forger.algorithm(), "k".repeat(100_000));
        rows.push(row("kid of 100 KB", self.with_header(&long), JoseError::TooLong));
        rows
    }

    pub(super) fn header_members(&self) -> Vec<HostileToken> {
        let (alg, id) = (self.forger.algorithm(), self.forger.key_id());
        let mut rows = Vec::new();
        for twice in [
            format!(r#""alg":"{alg}""#),
            r#""alg":"none""#.into(),
            r#""\u0061lg":"none""#.into(),
            r#""a\u006cg":"HS256""#.into(),
            format!(r#""kid":"{id}""#),
            r#""kid":"other""#.into(),
            r#""k\u0069d":"other""#.into(),
            r#""x":{"y":1,"y":2}"#.into(),
            r#""x":[{"y":1,"\u0079":1}]"#.into(),
        ] {
            rows.push(row(
                format!("twice: {twice}"),
                self.with_header(&self.header_and(&twice)),
                JoseError::SameMemberTwice,
            ));
        }
        rows.push(row(
            "alg none before alg",
            self.with_header(&format!(r#"{{"alg":"none","alg":"{alg}","kid":"{id}"}}"#)),
            JoseError::SameMemberTwice,
        ));
        for demand in [
            "[]",
            "[\"b64\"]",
            "[\"exp\"]",
            "[\"alg\"]",
            "[\"crit\"]",
            "[\"\"]",
            "[\"x\",\"x\"]",
            "[1]",
            "[null]",
            "[[]]",
            "\"b64\"",
            "\"\"",
            "null",
            "true",
            "false",
            "0",
            "{}",
            "{\"b64\":true}",
        ] {
            let header = self.header_and(&format!("\"crit\":{demand}"));
            rows.push(row(format!("crit {demand}"), self.with_header(&header), JoseError::CriticalHeader));
        }
        // RFC 7797 §6, RFC 7516 §9: members that say the payload is not what it looks like. Whoever reads them and whoever does
        // not would read two different tokens.
        for member in [
            r#""b64":false"#,
            r#""b64":true"#,
            r#""b64":"false""#,
            r#""b64":null"#,
            r#""b64":false,"crit":["b64"]"#,
            r#""zip":"DEF""#,
            r#""zip":null"#,
            r#""enc":"A128GCM""#,
        ] {
            rows.push(row(member, self.with_header(&self.header_and(member)), JoseError::CriticalHeader));
        }
        let raw = self.forger.signed_segments(&base64url::encode(self.header_and(r#""b64":false"#)), "{}");
        rows.push(row("b64 false, and the payload as it is", raw, JoseError::CriticalHeader));
        for member in ["\u{430}lg", "a1g", "ALG", "Alg", "alg ", "alg\\u0000", "alg\u{200b}", "\u{ff41}lg"] {
            let header = format!(r#"{{"{member}":"{alg}","kid":"{id}"}}"#);
            rows.push(row(format!("`{member}` for alg"), self.with_header(&header), JoseError::UnsupportedAlgorithm));
        }
        for member in ["k\u{456}d", "KID", "kid ", "k\u{131}d", "\u{212a}id"] {
            let header = format!(r#"{{"alg":"{alg}","{member}":"{id}"}}"#);
            rows.push(row(format!("`{member}` for kid"), self.with_header(&header), JoseError::UnknownKey));
        }
        rows
    }
}

/// What stands for `alg`, as JSON.
const ALGORITHMS: [&str; 45] = [
    r#""none""#,
    r#""None""#,
    r#""NONE""#,
    r#""nOnE""#,
    r#""NoNe""#,
    r#""nonE""#,
    r#""none ""#,
    r#"" none""#,
    r#""none\n""#,
    r#""none\u0000""#,
    r#""n\u006fne""#,
    "\"n\u{43e}ne\"",
    "\"\u{ff4e}\u{ff4f}\u{ff4e}\u{ff45}\"",
    "\"none\u{200b}\"",
    r#""""#,
    r#"" ""#,
    r#""null""#,
    r#""0""#,
    "null",
    "true",
    "false",
    "0",
    "256",
    "[]",
    "{}",
    r#"["none"]"#,
    r#"["RS256"]"#,
    r#"["ES256"]"#,
    r#"[["RS256"]]"#,
    r#"{"alg":"RS256"}"#,
    r#""rs256""#,
    r#""Rs256""#,
    r#""es256""#,
    r#""RS256 ""#,
    r#"" RS256""#,
    r#""RS256\u0000""#,
    r#""RS256,none""#,
    "\"RS25\u{ff16}\"",
    r#""RS""#,
    r#""RS1""#,
    r#""ES384""#,
    r#""ES256K""#,
    r#""dir""#,
    r#""RSA-OAEP""#,
    r#""RSA-SHA256""#,
];
