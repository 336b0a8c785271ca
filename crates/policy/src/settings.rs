//! `{Settings:Name}` placeholders, which authors' tools replace before B2C sees a file.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use crate::element::Element;

/// Values of `{Settings:Name}` placeholders by name, whose case does not matter.
#[derive(Clone, Default)]
pub struct Settings(BTreeMap<String, String>);

// A value may be a secret: names only.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Settings {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(values: I) -> Self {
        Self(values.into_iter().map(|(name, value)| (name.as_ref().to_lowercase(), value.into())).collect())
    }
}

impl Settings {
    /// The tree with every placeholder replaced that has a value. A value is text, never markup, and is
    /// not looked at for further placeholders.
    pub(crate) fn fill(&self, element: &Arc<Element>) -> Arc<Element> {
        if self.0.is_empty() {
            return element.clone();
        }
        let mut filled = (**element).clone();
        for attribute in &mut filled.attributes {
            attribute.value = self.filled(&attribute.value);
        }
        filled.text = self.filled(&filled.text);
        filled.children = filled.children.iter().map(|child| self.fill(child)).collect();
        Arc::new(filled)
    }

    fn filled(&self, text: &str) -> Box<str> {
        let mut filled = String::new();
        let mut done = 0;
        for placeholder in placeholders(text) {
            filled.push_str(&text[done..placeholder.start]);
            done = placeholder.end;
            let written = &text[placeholder];
            let name = written[OPENING.len()..].strip_suffix('}').map(str::to_lowercase);
            filled.push_str(name.and_then(|name| self.0.get(&name)).map_or(written, String::as_str));
        }
        filled.push_str(&text[done..]);
        filled.into()
    }
}

const OPENING: &str = "{settings:";

/// Where a text has placeholders, from brace to brace; the last one may lack its end.
pub(crate) fn placeholders(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = &text.as_bytes()[from..];
        let at = rest.windows(OPENING.len()).position(|window| window.eq_ignore_ascii_case(OPENING.as_bytes()))?;
        let start = from + at;
        from = text[start..].find('}').map_or(text.len(), |end| start + end + 1);
        Some(start..from)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_what_has_a_value() {
        let settings =
            Settings::from_iter([("Tenant", "t.example"), ("Nested:Name", "{Settings:Tenant}"), ("Empty", "")]);
        for (text, expected) in [
            ("", ""),
            ("none { Settings:Tenant }", "none { Settings:Tenant }"),
            ("https://{Settings:Tenant}/é{settings:TENANT}", "https://t.example/ét.example"),
            ("{Settings:Nested:Name}", "{Settings:Tenant}"),
            ("a{Settings:Empty}b{Settings:Unknown}c", "ab{Settings:Unknown}c"),
            ("{Settings:Tenant", "{Settings:Tenant"),
        ] {
            assert_eq!(&*settings.filled(text), expected, "{text}");
        }
    }
}
