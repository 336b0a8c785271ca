//! The script variables of a page, as B2C's pages have them: `SETTINGS`, `SA_FIELDS`, `CONTENT`, `CP`. Each is strict JSON.

use serde_json::{Map, Value, json};
use zaguan_journey::page::{Field, Page};
use zaguan_policy::model::UserInputType;

use super::{
    PageContext,
    fields::kind,
    setting,
    texts::{Texts, primary},
};

/// The statements of the inline script.
pub(super) fn script(page: &Page, context: &PageContext, texts: &Texts) -> String {
    let fields: Vec<Value> = page.fields.iter().map(attribute_field).collect();
    let providers: Vec<Value> = page
        .providers
        .iter()
        .map(|button| json!({ "id": button.exchange.as_str(), "description": button.caption }))
        .collect();
    // Custom scripts write these into markup as they are, so B2C escapes them, and so do we.
    let content: Map<String, Value> =
        texts.all().into_iter().map(|(id, text)| (id.to_owned(), Value::String(escaped_for_markup(text)))).collect();
    [
        ("SETTINGS", settings(page, context)),
        ("SA_FIELDS", json!({ "AttributeFields": fields })),
        ("CONTENT", Value::Object(content)),
        ("CP", json!({ "list": providers })),
    ]
    .map(|(name, value)| format!("var {name} = {};\n", escaped_for_script(&value.to_string())))
    .concat()
}

fn settings(page: &Page, context: &PageContext) -> Value {
    let is_on = |name: &str| setting(page, name).is_none_or(|value| value.eq_ignore_ascii_case("true"));
    let retry_limit = setting(page, "retryLimit").and_then(|limit| limit.parse::<u32>().ok()).unwrap_or(3);
    json!({
        "remoteResource": page.load_uri.as_deref().unwrap_or_default(),
        "retryLimit": retry_limit,
        "trimSpacesInPassword": is_on("trimSpacesInPassword"),
        "api": page.kind.api(),
        "csrf": context.csrf,
        "transId": context.tx,
        "pageViewId": context.page_view_id,
        "suppressElementCss": false,
        "isPageViewIdSentWithHeader": false,
        "allowAutoFocusOnPasswordField": is_on("allowAutoFocusOnPasswordField"),
        "pageMode": 0,
        "config": config(page),
        "hosts": { "tenant": context.base_path, "policy": context.policy, "static": "/static/zaguan/" },
        "locale": { "lang": primary(&page.language), "country": region(&page.language) },
        // Our script does not repeat a post by itself.
        "xhrSettings": {
            "retryEnabled": false, "retryMaxAttempts": 3, "retryDelay": 200, "retryExponent": 2, "retryOn": ["error", "timeout"]
        },
    })
}

/// The policy's settings as texts, and those that every page states.
fn config(page: &Page) -> Map<String, Value> {
    let spelled = |is: bool| if is { "True" } else { "False" };
    let stated = [
        ("showSignupLink", spelled(page.offers.sign_up)),
        ("enableRememberMe", spelled(page.offers.remember_me)),
        ("showCancelButton", spelled(page.offers.cancel)),
        ("showContinueButton", spelled(page.offers.proceed)),
    ];
    let defaults = [("operatingMode", "Email"), ("forgotPasswordLinkLocation", "AfterLabel")];
    let mut config: Map<String, Value> =
        page.settings.iter().map(|(name, value)| (name.trim().to_owned(), Value::from(value.trim()))).collect();
    for (name, value) in stated {
        config.retain(|key, _| !key.eq_ignore_ascii_case(name));
        config.insert(name.into(), value.into());
    }
    for (name, value) in defaults {
        if !config.keys().any(|key| key.eq_ignore_ascii_case(name)) {
            config.insert(name.into(), value.into());
        }
    }
    config
}

/// One entry of `SA_FIELDS`, with the flags of B2C's page contract.
fn attribute_field(field: &Field) -> Value {
    let input = field.input;
    let value = field.value.as_deref().unwrap_or_default();
    let date: Vec<u32> = if input == UserInputType::DateTimeDropdown {
        value.get(..10).unwrap_or_default().split('-').filter_map(|part| part.parse().ok()).collect()
    } else {
        vec![]
    };
    let part = |index: usize| date.get(index).copied().unwrap_or(0).to_string();
    let options: Vec<Value> = field
        .options
        .iter()
        .map(|item| json!({ "DN": item.text, "ID": item.value, "SELECTED": item.select_by_default }))
        .collect();
    json!({
        "UX_INPUT_TYPE": kind(input),
        "USER_INPUT_TYPE": kind(input),
        "IS_TEXT": matches!(input, UserInputType::TextBox | UserInputType::Readonly),
        "IS_EMAIL": input == UserInputType::EmailBox || field.verification.is_some(),
        "IS_PASSWORD": input == UserInputType::Password,
        "IS_DATE": input == UserInputType::DateTimeDropdown,
        "IS_RADIO": input == UserInputType::RadioSingleSelect,
        "IS_DROP": input == UserInputType::DropdownSingleSelect,
        "IS_TEXT_IN_PARAGRAPH": input == UserInputType::Paragraph,
        "IS_CHECK_MULTI": input == UserInputType::CheckboxMultiSelect,
        "IS_LINK": false,
        "IS_REQ": field.required,
        "IS_RDO": input == UserInputType::Readonly,
        "VERIFY": field.verification.is_some(),
        "DN": field.label,
        "ID": field.claim.as_str(),
        "U_HELP": field.help.as_deref().unwrap_or_default(),
        "PAT": field.pattern.as_deref().unwrap_or_default(),
        "PAT_DESC": field.pattern_help.as_deref().unwrap_or_default(),
        "OPTIONS": options,
        "PRE": value,
        "DAY_PRE": part(2),
        "MONTH_PRE": part(1),
        "YEAR_PRE": part(0),
    })
}

/// `MX` of `es-MX`.
fn region(language: &str) -> String {
    language.split(['-', '_']).skip(1).find(|tag| tag.len() == 2).unwrap_or_default().to_ascii_uppercase()
}

/// JSON that cannot end its script element, nor its line: still JSON, and still the same value.
pub(super) fn escaped_for_script(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
    out
}

fn escaped_for_markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_script_keeps_its_value_and_cannot_leave() {
        let hostile = json!({ "</script><!--": "\u{2028}\u{2029}&'\"\\" });
        let written = escaped_for_script(&hostile.to_string());
        assert!(!written.contains(['<', '>', '&', '\u{2028}', '\u{2029}']));
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), hostile);
    }
}
