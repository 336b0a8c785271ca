//! Files as editors address them.

use std::{path::Path, str::FromStr};

use lsp_types::Uri;
use serde_json::Value;

/// The name that a file has here: its path, or what stands for one that is not saved.
pub(super) fn name_of(uri: &Uri) -> String {
    let path =
        url::Url::parse(uri.as_str()).ok().filter(|url| url.scheme() == "file").and_then(|url| url.to_file_path().ok());
    path.map_or_else(|| uri.as_str().to_owned(), |path| path.display().to_string())
}

/// How a file is addressed; `None` where it is no file and no address.
pub(super) fn uri_of(name: &str) -> Option<Uri> {
    match url::Url::from_file_path(Path::new(name)) {
        Ok(url) => Uri::from_str(&tidied(url.as_str())).ok(),
        Err(()) => Uri::from_str(name).ok(),
    }
}

/// Some editors leave blanks and other letters in addresses as they are, which the types refuse. [RFC 3986, 2]
pub(super) fn tidy(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(address) if matches!(name.as_str(), "uri" | "rootUri" | "scopeUri") => {
                        *address = tidied(address);
                    }
                    _ => tidy(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn tidied(address: &str) -> String {
    let mut tidy = String::with_capacity(address.len());
    for byte in address.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => tidy.push(char::from(byte)),
            _ if b"-._~:/?#@!$&'()*+,;=%".contains(&byte) => tidy.push(char::from(byte)),
            _ => tidy += &format!("%{byte:02X}"),
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn names_and_addresses_belong_together() {
        for (name, address) in [
            ("/a/b.xml", "file:///a/b.xml"),
            ("/my policies/Señal é.xml", "file:///my%20policies/Se%C3%B1al%20%C3%A9.xml"),
            ("/a[1]|{2}^#?%.xml", "file:///a%5B1%5D%7C%7B2%7D%5E%23%3F%25.xml"),
        ] {
            let uri = uri_of(name).unwrap();
            assert_eq!(uri.as_str(), address);
            assert_eq!(name_of(&uri), name);
        }
        assert_eq!(name_of(&Uri::from_str("untitled:Untitled-1").unwrap()), "untitled:Untitled-1");
        assert_eq!(uri_of("untitled:Untitled-1").unwrap().as_str(), "untitled:Untitled-1");
        // As VS Code writes a colon.
        assert_eq!(name_of(&Uri::from_str("file:///a%3Ab.xml").unwrap()), "/a:b.xml");
    }

    #[test]
    fn addresses_that_are_none_become_ones() {
        let mut value = serde_json::json!({ "a": [{ "uri": "file:///my é.xml", "text": "a b" }], "rootUri": null });
        tidy(&mut value);
        assert_eq!(value.to_string(), r#"{"a":[{"uri":"file:///my%20%C3%A9.xml","text":"a b"}],"rootUri":null}"#);
    }
}
