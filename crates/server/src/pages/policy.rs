//! The content security policy of a page: what it needs, and nothing else.

use std::{collections::BTreeSet, fmt};

use url::Url;

/// Directives of one page. `base-uri` and `frame-ancestors` are `'none'` everywhere.
pub(super) struct ContentSecurityPolicy {
    script: Option<String>,
    connect: bool,
    form_action: Vec<String>,
    frame: Vec<String>,
}

impl ContentSecurityPolicy {
    /// A page without script and form.
    pub(super) fn quiet() -> Self {
        Self { script: None, connect: false, form_action: vec![], frame: vec![] }
    }

    /// A page without script whose forms stay where they are.
    pub(super) fn with_forms() -> Self {
        Self { form_action: vec!["'self'".into()], ..Self::quiet() }
    }

    /// A page of a journey.
    pub(super) fn journey(nonce: &str, form_action_origins: &[String]) -> Self {
        let origins = form_action_origins.iter().filter(|origin| is_source(origin)).cloned();
        Self {
            script: Some(nonce.into()),
            connect: true,
            form_action: std::iter::once("'self'".into()).chain(origins).collect(),
            frame: vec![],
        }
    }

    /// A page that posts once, to `action`.
    pub(super) fn form_post(nonce: &str, action: &str) -> Self {
        Self { script: Some(nonce.into()), form_action: source(action).into_iter().collect(), ..Self::quiet() }
    }

    /// A page that loads frames.
    pub(super) fn frames<'a>(nonce: &str, addresses: impl Iterator<Item = &'a str>) -> Self {
        let origins: BTreeSet<String> = addresses.filter_map(source).collect();
        Self { script: Some(nonce.into()), connect: true, frame: origins.into_iter().collect(), ..Self::quiet() }
    }
}

impl fmt::Display for ContentSecurityPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("default-src 'none'")?;
        if let Some(nonce) = &self.script {
            write!(f, "; script-src 'nonce-{nonce}'")?;
        }
        f.write_str("; style-src 'self'; img-src 'self' data:")?;
        if self.connect {
            f.write_str("; connect-src 'self'")?;
        }
        if !self.frame.is_empty() {
            write!(f, "; frame-src {}", self.frame.join(" "))?;
        }
        if self.form_action.is_empty() {
            f.write_str("; form-action 'none'")?;
        } else {
            write!(f, "; form-action {}", self.form_action.join(" "))?;
        }
        f.write_str("; base-uri 'none'; frame-ancestors 'none'")
    }
}

/// The source that an address belongs to: its origin, or its scheme where it has none (`msal0000:`).
fn source(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let origin = url.origin();
    let text = if origin.is_tuple() { origin.ascii_serialization() } else { format!("{}:", url.scheme()) };
    is_source(&text).then_some(text)
}

/// True where the text cannot end a directive or begin another.
fn is_source(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, ';' | ',' | '\'' | '"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_allows_what_it_needs() {
        let origins = vec!["https://app.example".to_owned(), "https://x.example; script-src *".to_owned()];
        let rows = [
            (
                ContentSecurityPolicy::journey("bm9uY2U", &origins),
                "default-src 'none'; script-src 'nonce-bm9uY2U'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                 form-action 'self' https://app.example; base-uri 'none'; frame-ancestors 'none'",
            ),
            (
                ContentSecurityPolicy::frames(
                    "n",
                    ["https://b.example/x?y", "https://a.example:8444/", "https://b.example/z", "nowhere"].into_iter(),
                ),
                "default-src 'none'; script-src 'nonce-n'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                 frame-src https://a.example:8444 https://b.example; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
            ),
            (
                ContentSecurityPolicy::form_post("n", "https://app.example/signin-oidc"),
                "default-src 'none'; script-src 'nonce-n'; style-src 'self'; img-src 'self' data:; form-action https://app.example; \
                 base-uri 'none'; frame-ancestors 'none'",
            ),
            (
                ContentSecurityPolicy::quiet(),
                "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
            ),
        ];
        for (given, expected) in rows {
            assert_eq!(given.to_string(), expected);
        }
    }
}
