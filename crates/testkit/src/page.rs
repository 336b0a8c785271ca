//! What a test reads off a page: its settings, its form, its frames, its messages.

use serde::Deserialize;
use url::Url;

/// A page that a browser shows.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its address.
    pub url: Url,
    /// Its HTTP status.
    pub status: u16,
    /// Its text.
    pub html: String,
    /// `Content-Security-Policy`.
    pub content_security_policy: String,
}

/// `SETTINGS`, as far as scripts of pages need it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageSettings {
    /// `CombinedSigninAndSignup`, `SelfAsserted`.
    pub api: String,
    /// The token that goes into header and query.
    pub csrf: String,
    /// `StateProperties=…`.
    pub trans_id: String,
    /// Where calls go.
    pub hosts: Hosts,
}

/// `SETTINGS.hosts`.
#[derive(Clone, Debug, Deserialize)]
pub struct Hosts {
    /// `/tenant/policy`.
    pub tenant: String,
    /// The policy.
    pub policy: String,
}

impl Page {
    /// `SETTINGS`, where the page has them.
    pub fn settings(&self) -> Option<PageSettings> {
        let (_, rest) = self.html.split_once("SETTINGS = ")?;
        serde_json::Deserializer::from_str(rest).into_iter().next()?.ok()
    }

    /// True where the page holds this text.
    pub fn says(&self, text: &str) -> bool {
        self.html.contains(text)
    }

    /// True where the page is B2C's page of that `data-name`.
    pub fn is(&self, data_name: &str) -> bool {
        self.says(&format!("data-name=\"{data_name}\""))
    }

    /// Addresses of its frames.
    pub fn frames(&self) -> Vec<String> {
        self.tags("iframe").filter_map(|tag| attribute(tag, "src")).collect()
    }

    /// Its first form: address and hidden fields.
    pub fn form(&self) -> Option<(Url, Vec<(String, String)>)> {
        let (_, rest) = self.html.split_once("<form")?;
        let (head, body) = rest.split_once('>')?;
        let action = self.url.join(&attribute(head, "action").unwrap_or_default()).ok()?;
        let body = body.split("</form>").next()?;
        let fields = tags(body, "input")
            .filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"))
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())))
            .collect();
        Some((action, fields))
    }

    /// Where the page goes on by itself: the data attribute that its script reads.
    pub fn goes_on_to(&self) -> Option<String> {
        ["data-continue-to", "data-continue"].iter().find_map(|name| {
            let (_, rest) = self.html.split_once(&format!("{name}=\""))?;
            Some(unescape(rest.split('"').next()?))
        })
    }

    /// The address of the first link whose id or text is this.
    pub fn link(&self, id: &str) -> Option<Url> {
        let tag = self.tags("a").find(|tag| {
            attribute(tag, "id").as_deref() == Some(id) || attribute(tag, "data-testid").as_deref() == Some(id)
        })?;
        self.url.join(&attribute(tag, "href")?).ok()
    }

    fn tags<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> + 'p {
        tags(&self.html, name)
    }
}

fn tags<'p>(html: &'p str, name: &'p str) -> impl Iterator<Item = &'p str> + 'p {
    html.split('<')
        .filter(move |tag| tag.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '\n', '>'])))
        .map(|tag| tag.split('>').next().unwrap_or_default())
}

/// The attribute of an opening tag.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    loop {
        let (before, after) = rest.split_once(&format!("{name}=\""))?;
        let value = after.split('"').next()?;
        if before.is_empty() || before.ends_with([' ', '\n', '\t']) {
            return Some(unescape(value));
        }
        rest = after;
    }
}

fn unescape(text: &str) -> String {
    [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("&gt;", ">"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
