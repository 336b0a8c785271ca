//! Built-in texts, and the precedence of texts: the policy's, ours in the page's language, ours in English.

use std::{collections::BTreeMap, sync::LazyLock};

use zaguan_journey::page::{Message, Page, PageKind};

/// Languages with built-in texts, by primary subtag.
pub const LANGUAGES: &[&str] = &["en", "es"];

type TextsById = BTreeMap<String, String>;

/// By language, in the order of [`LANGUAGES`]; a text's key is `Table.id`.
static BUILT_IN: LazyLock<Vec<TextsById>> =
    LazyLock::new(|| [include_str!("../../strings/en.toml"), include_str!("../../strings/es.toml")].map(read).into());

fn read(source: &str) -> TextsById {
    let tables: BTreeMap<String, BTreeMap<String, String>> =
        toml::from_str(source).expect("the built-in texts are tables of texts, which a test reads");
    let flat = |(table, texts): (String, BTreeMap<String, String>)| {
        texts.into_iter().map(move |(id, text)| (format!("{table}.{id}"), text))
    };
    tables.into_iter().flat_map(flat).collect()
}

/// Tables of the built-in texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Table {
    Unified,
    IdpSelections,
    SelfAsserted,
    GlobalException,
    SignedOut,
    FormPost,
    Mailbox,
    DemoHome,
    MySessions,
}

impl Table {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unified => "Unified",
            Self::IdpSelections => "IdpSelections",
            Self::SelfAsserted => "SelfAsserted",
            Self::GlobalException => "GlobalException",
            Self::SignedOut => "SignedOut",
            Self::FormPost => "FormPost",
            Self::Mailbox => "Mailbox",
            Self::DemoHome => "DemoHome",
            Self::MySessions => "MySessions",
        }
    }
}

/// The built-in text of that id, in that language or else in English.
///
/// `id` names its table (`SelfAsserted.cancel_message`), or is one of B2C's (`ver_fail_retry`, `UserMessageIfInvalidPassword`): then
/// error messages, forms, sign-in and provider lists are looked through in this order.
pub fn text(language: &str, id: &str) -> Option<&'static str> {
    let in_language = |texts: &'static TextsById| {
        let tables = ["ErrorMessage", "SelfAsserted", "Unified", "IdpSelections"];
        let found = texts.get(id).or_else(|| tables.iter().find_map(|table| texts.get(&format!("{table}.{id}"))));
        found.map(String::as_str)
    };
    in_language(built_in(language)).or_else(|| in_language(built_in("en")))
}

/// What a message says in that language: the policy's text, or the built-in one of its key, with its arguments filled in.
pub fn message(language: &str, message: &Message) -> String {
    let fallback = || text(language, "SelfAsserted.unknown_error").unwrap_or_default();
    let text = message.text.as_deref().unwrap_or_else(|| text(language, &message.key).unwrap_or_else(fallback));
    fill(text, &message.arguments)
}

/// The built-in language that serves a language tag: the tag itself where its primary subtag is one of [`LANGUAGES`], else `en`.
pub(super) fn supported(language: &str) -> &str {
    if LANGUAGES.contains(&primary(language).as_str()) { language } else { "en" }
}

/// `rtl` for the scripts that run so, else `ltr`.
pub(super) fn direction(language: &str) -> &'static str {
    if matches!(primary(language).as_str(), "ar" | "fa" | "he" | "ur" | "yi") { "rtl" } else { "ltr" }
}

/// The language itself, without region or script: `es` of `es-MX`.
pub(super) fn primary(language: &str) -> String {
    language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

/// Puts arguments in the place of `{0}`, `{1}`, …; one that is missing leaves nothing behind. What is put in is not read again.
pub(super) fn fill<T: AsRef<str>>(text: &str, arguments: &[T]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}').and_then(|(inside, tail)| Some((inside.parse::<usize>().ok()?, tail))) {
            Some((number, tail)) => {
                out.push_str(arguments.get(number).map_or("", AsRef::as_ref));
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn built_in(language: &str) -> &'static TextsById {
    let primary = primary(language);
    let index = LANGUAGES.iter().position(|known| *known == primary).unwrap_or(0);
    &BUILT_IN[index]
}

/// The texts of one page.
pub(super) struct Texts<'a> {
    language: &'a str,
    table: Table,
    policy: Option<&'a BTreeMap<String, String>>,
}

impl<'a> Texts<'a> {
    /// Of a page of a journey, whose policy may bring texts.
    pub(super) fn of_page(page: &'a Page) -> Self {
        let table = match page.kind {
            PageKind::Unified => Table::Unified,
            PageKind::SelfAsserted => Table::SelfAsserted,
            PageKind::IdpSelections => Table::IdpSelections,
        };
        Self { language: &page.language, table, policy: Some(&page.texts) }
    }

    /// Of a page of ours.
    pub(super) fn of_table(language: &'a str, table: Table) -> Self {
        Self { language, table, policy: None }
    }

    /// The text of that id. An id that nobody knows shows itself.
    pub(super) fn get(&self, id: &'a str) -> &'a str {
        self.of_policy(id).or_else(|| self.built_in(id)).unwrap_or(id)
    }

    /// The text of that id with its placeholders filled.
    pub(super) fn fill(&self, id: &'a str, argument: &str) -> String {
        fill(self.get(id), &[argument])
    }

    /// The policy's own text, if it brings one.
    pub(super) fn of_policy(&self, id: &str) -> Option<&'a str> {
        self.policy?.get(id).map(String::as_str)
    }

    /// The first of these that the policy brings, else the built-in text of the last.
    pub(super) fn first(&self, ids: &[&'a str]) -> &'a str {
        let own = ids.iter().find_map(|id| self.of_policy(id));
        own.or_else(|| ids.last().map(|id| self.get(id))).unwrap_or_default()
    }

    /// Every text of the page by its id: `CONTENT`.
    pub(super) fn all(&self) -> BTreeMap<&'a str, &'a str> {
        let prefix = format!("{}.", self.table.name());
        let ours = [built_in("en"), built_in(self.language)]
            .into_iter()
            .flatten()
            .filter_map(|(key, text)| Some((key.strip_prefix(prefix.as_str())?, text.as_str())));
        let policy = self.policy.into_iter().flatten().map(|(id, text)| (id.as_str(), text.as_str()));
        ours.chain(policy).collect()
    }

    fn built_in(&self, id: &str) -> Option<&'static str> {
        [self.table.name(), "Page"].iter().find_map(|table| {
            let key = format!("{table}.{id}");
            built_in(self.language).get(&key).or_else(|| built_in("en").get(&key)).map(String::as_str)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_once() {
        let rows: [(&str, &[&str], &str); 6] = [
            ("{0} is required", &["Name"], "Name is required"),
            ("{0} or {1}", &["{1}", "b"], "{1} or b"),
            ("missing: {0}", &[], "missing: "),
            ("a { b } {x} {", &["y"], "a { b } {x} {"),
            ("{{0}", &["y"], "{y"),
            ("plain", &["y"], "plain"),
        ];
        for (text, arguments, expected) in rows {
            assert_eq!(fill(text, arguments), expected);
        }
    }

    #[test]
    fn messages_fall_back_from_the_policy_to_our_language_to_english() {
        let own = Message { key: "X".into(), text: Some("Own {0}".into()), arguments: vec!["a".into()] };
        let known = Message::built_in("UserMessageIfInvalidPassword");
        let unknown = Message::built_in("NobodyKnowsThis");
        let rows = [
            ("es", &own, "Own a"),
            ("es-MX", &known, "La contraseña no es correcta."),
            ("fr", &known, "Your password is incorrect."),
            ("es", &Message::built_in("ver_fail_retry"), "El código no es correcto. Inténtelo de nuevo."),
            ("en", &unknown, "Something did not work on our side. Please try again later."),
        ];
        for (language, given, expected) in rows {
            assert_eq!(message(language, given), expected);
        }
    }

    #[test]
    fn every_language_has_the_same_texts_with_the_same_placeholders() {
        let placeholders = |text: &str| (0..4).filter(|n| text.contains(&format!("{{{n}}}"))).collect::<Vec<_>>();
        assert_eq!(BUILT_IN.len(), LANGUAGES.len());
        let english = &BUILT_IN[0];
        for (language, texts) in LANGUAGES.iter().zip(BUILT_IN.iter()) {
            let keys = |of: &TextsById| of.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(english), keys(texts), "{language}");
            for (key, text) in texts {
                assert_eq!(placeholders(&english[key]), placeholders(text), "{language} {key}");
            }
        }
        assert!(english.len() > 150);
    }
}
