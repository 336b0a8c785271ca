//! Reads private keys in the forms in which people have them.

use std::{fmt, iter};

use p12_keystore::{CertificateBag, Pkcs12Archive, PrivateKeyBag, error::Error as Pkcs12Error};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};
use zaguan_policy::Timestamp;
use zaguan_protocol::{
    Secret,
    jose::{self, KeyError},
};

/// A private key out of a file, and for how long its certificate says that it is good.
#[derive(Debug)]
pub struct Imported {
    /// PKCS#8.
    pub pkcs8: Secret<Vec<u8>>,
    /// The certificate's `notBefore`.
    pub not_before: Option<Timestamp>,
    /// The certificate's `notAfter`.
    pub expires: Option<Timestamp>,
}

/// Why a file is no key that can sign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unreadable {
    /// PEM under a password.
    EncryptedPem,
    /// PEM without a private key.
    NoKeyInPem,
    /// Several private keys.
    SeveralKeys,
    /// PKCS#12, and no password was given.
    PasswordMissing,
    /// PKCS#12, and not this password.
    PasswordWrong,
    /// PKCS#12 without a private key.
    NoKeyInPkcs12,
    /// PKCS#12 of a kind that we do not read; in the words of its reader.
    Pkcs12(String),
    /// A private key that cannot sign tokens.
    Unusable(KeyError),
    /// Nothing that we know.
    Unknown,
}

/// Reads PEM (PKCS#8, PKCS#1, SEC 1), DER (the same) or PKCS#12.
///
/// # Errors
/// Why it is none of them, or holds no key of ours.
pub fn private_key(file: &[u8], password: Option<&Secret<String>>) -> Result<Imported, Unreadable> {
    let undated = |pkcs8| Imported { pkcs8, not_before: None, expires: None };
    if is_pem(file) {
        return from_pem(file).map(undated);
    }
    match jose::to_pkcs8(file) {
        Ok(pkcs8) => Ok(undated(pkcs8)),
        Err(size @ KeyError::Size { .. }) => Err(Unreadable::Unusable(size)),
        Err(KeyError::NotAKey) => from_pkcs12(file, password),
    }
}

/// True where a file holds a key, or something that is meant for one; else it is a text.
pub fn is_key(file: &[u8]) -> bool {
    is_pem(file) || std::str::from_utf8(file).is_err()
}

fn is_pem(file: &[u8]) -> bool {
    contains(file, "-----BEGIN ")
}

fn contains(file: &[u8], words: &str) -> bool {
    file.windows(words.len()).any(|window| window == words.as_bytes())
}

fn from_pem(file: &[u8]) -> Result<Secret<Vec<u8>>, Unreadable> {
    if contains(file, "BEGIN ENCRYPTED PRIVATE KEY") || contains(file, "Proc-Type: 4,ENCRYPTED") {
        return Err(Unreadable::EncryptedPem);
    }
    let mut keys = PrivateKeyDer::pem_slice_iter(file).filter_map(Result::ok);
    let key = keys.next().ok_or(Unreadable::NoKeyInPem)?;
    match keys.next() {
        Some(_) => Err(Unreadable::SeveralKeys),
        None => jose::to_pkcs8(key.secret_der()).map_err(Unreadable::Unusable),
    }
}

fn from_pkcs12(file: &[u8], password: Option<&Secret<String>>) -> Result<Imported, Unreadable> {
    // Some programs write files with an empty password.
    let given = password.map_or("", |password| password.expose());
    let Pkcs12Archive { keys, certs, .. } = Pkcs12Archive::from_pkcs12(file, given).map_err(|cause| match cause {
        Pkcs12Error::DerError(_) => Unreadable::Unknown,
        Pkcs12Error::MacError(_) | Pkcs12Error::UnpadError | Pkcs12Error::Pkcs5Error(_) => match password {
            Some(_) => Unreadable::PasswordWrong,
            None => Unreadable::PasswordMissing,
        },
        other => Unreadable::Pkcs12(other.to_string()),
    })?;
    let mut keys = keys.into_iter();
    let key = keys.next().ok_or(Unreadable::NoKeyInPkcs12)?;
    if keys.next().is_some() {
        return Err(Unreadable::SeveralKeys);
    }
    let (not_before, expires) = certificate_of(&key, &certs).and_then(validity).unzip();
    let pkcs8 = jose::to_pkcs8(key.key.as_der()).map_err(Unreadable::Unusable)?;
    Ok(Imported { pkcs8, not_before, expires })
}

/// The one that names the same key; where none does, the only one.
fn certificate_of<'a>(key: &PrivateKeyBag, all: &'a [CertificateBag]) -> Option<&'a CertificateBag> {
    let id = key.local_key_id.as_ref().map(|id| id.0.as_slice());
    let named = all.iter().find(|certificate| id.is_some() && certificate.local_key_id.as_deref() == id);
    named.or_else(|| iter::once(all.first()?).find(|_| all.len() == 1))
}

fn validity(certificate: &CertificateBag) -> Option<(Timestamp, Timestamp)> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate.cert.as_der()).ok()?;
    let validity = certificate.validity();
    let [from, until] = [validity.not_before, validity.not_after].map(|time| Timestamp::from_seconds(time.timestamp()));
    Some((from, until))
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EncryptedPem => f.write_str(
                "the key is under a password, which is read from PKCS#12 files only; take it off with \
                 `openssl pkcs8 -topk8 -nocrypt -in FILE -out key.pem`",
            ),
            Self::NoKeyInPem => f.write_str("there is no private key in it"),
            Self::SeveralKeys => f.write_str("there is more than one private key in it; give a file with one"),
            Self::PasswordMissing => f.write_str("the file is under a password, and none was given"),
            Self::PasswordWrong => f.write_str("the password is not the file's, or the file is damaged"),
            Self::NoKeyInPkcs12 => {
                f.write_str("there is no private key in it; export it together with its private key")
            }
            Self::Pkcs12(words) => write!(
                f,
                "a PKCS#12 file that cannot be read ({words}); take the key out with \
                 `openssl pkcs12 -in FILE -nocerts -noenc -out key.pem`"
            ),
            Self::Unusable(KeyError::NotAKey) => f.write_str(
                "a private key that cannot sign tokens: that takes RSA of 2048 to 4096 bits, or the curve P-256",
            ),
            Self::Unusable(size @ KeyError::Size { .. }) => size.fmt(f),
            Self::Unknown => f.write_str(
                "neither PEM nor DER nor PKCS#12; PEM with `BEGIN PRIVATE KEY` comes from \
                 `openssl pkcs8 -topk8 -nocrypt -in FILE -out key.pem`",
            ),
        }
    }
}

impl std::error::Error for Unreadable {}

#[cfg(test)]
mod tests {
    use zaguan_protocol::jose::{Algorithm, SigningKey};

    use super::*;

    macro_rules! file {
        ($name:literal) => {
            include_bytes!(concat!("../../tests/fixtures/keys/", $name)).as_slice()
        };
    }

    fn read(file: &[u8], password: Option<&str>) -> Result<Imported, Unreadable> {
        private_key(file, password.map(|password| Secret::new(password.to_owned())).as_ref())
    }

    #[test]
    fn one_key_in_all_its_forms() {
        let (rsa, p256) = (Algorithm::Rs256, Algorithm::Es256);
        let dates = Some((Timestamp::parse("2026-01-01").unwrap(), Timestamp::parse("2036-01-01").unwrap()));
        let pass = Some("sesame");
        let mut ids = std::collections::BTreeSet::new();
        for (what, file, password, algorithm, valid) in [
            ("PEM, PKCS#8", file!("rsa.pem"), None, rsa, None),
            ("DER, PKCS#8", file!("rsa.der"), None, rsa, None),
            ("PEM, PKCS#1", file!("rsa-pkcs1.pem"), None, rsa, None),
            ("PKCS#12", file!("rsa-modern.p12"), pass, rsa, dates),
            ("PKCS#12 of Windows", file!("rsa-legacy.p12"), pass, rsa, dates),
            ("PEM, PKCS#8, P-256", file!("p256.pem"), None, p256, None),
            ("PEM, SEC 1", file!("p256-sec1.pem"), None, p256, None),
            ("PKCS#12, P-256", file!("p256-modern.p12"), pass, p256, dates),
        ] {
            assert!(is_key(file), "{what}");
            let imported = read(file, password).unwrap_or_else(|cause| panic!("{what}: {cause}"));
            assert_eq!(imported.not_before.zip(imported.expires), valid, "{what}");
            let key = SigningKey::from_pkcs8(imported.pkcs8.expose()).unwrap();
            assert_eq!(key.algorithm(), algorithm, "{what}");
            ids.insert(key.key_id().to_owned());
            assert!(format!("{imported:?}").contains("(secret)"));
        }
        assert_eq!(ids.len(), 2);
    }

    #[test]
    fn what_is_refused_says_what_to_do() {
        let both = [file!("rsa.pem"), file!("p256.pem")].concat();
        let truncated = &file!("rsa-modern.p12")[..900];
        for (what, file, password, expected, says) in [
            ("under a password", file!("rsa-encrypted.pem"), None, Unreadable::EncryptedPem, "openssl pkcs8 -topk8"),
            ("no password", file!("rsa-modern.p12"), None, Unreadable::PasswordMissing, "none was given"),
            ("wrong password", file!("rsa-legacy.p12"), Some("open"), Unreadable::PasswordWrong, "not the file's"),
            ("too small", file!("rsa-1024.pem"), None, Unreadable::Unusable(KeyError::NotAKey), "2048 to 4096"),
            ("another curve", file!("p384.pem"), None, Unreadable::Unusable(KeyError::NotAKey), "the curve P-256"),
            ("two keys", &both, None, Unreadable::SeveralKeys, "more than one"),
            (
                "a public thing",
                b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
                None,
                Unreadable::NoKeyInPem,
                "no private key",
            ),
            ("half of one", truncated, Some("sesame"), Unreadable::Unknown, "neither PEM"),
            ("a text", b"hello", None, Unreadable::Unknown, "neither PEM"),
            ("nothing", b"", None, Unreadable::Unknown, "neither PEM"),
        ] {
            let refused = read(file, password).unwrap_err();
            assert_eq!(refused, expected, "{what}");
            assert!(refused.to_string().contains(says), "{what}: {refused}");
        }
        assert!(!is_key(b"a text") && !is_key(b""));
    }
}
