//! A form as the templates want it: which element a field becomes, and what browsers and password managers are told of it.

use std::collections::BTreeSet;

use zaguan_journey::page::{Field, Page, PageKind, Verification};
use zaguan_policy::model::UserInputType;

use super::texts::Texts;

/// One field.
pub(super) struct FieldView<'a> {
    /// Name on the wire, and element id.
    pub(super) id: &'a str,
    /// B2C's word for its kind, a class of its list item.
    pub(super) kind: &'static str,
    pub(super) shape: Shape,
    pub(super) label: &'a str,
    /// What is written below the label: help, and what a value must look like.
    pub(super) hints: Vec<&'a str>,
    pub(super) required: bool,
    /// Said where it is required and empty.
    pub(super) missing: String,
    pub(super) value: &'a str,
    pub(super) locked: bool,
    pub(super) options: Vec<OptionView<'a>>,
    /// The field that must hold the same: B2C's `reenterPassword`.
    pub(super) repeats: Option<&'a str>,
    pub(super) verification: Option<VerificationView<'a>>,
}

/// Which element a field becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    Box { input: &'static str, mode: &'static str, autocomplete: &'static str },
    Password { autocomplete: &'static str },
    Date,
    Radio,
    Dropdown,
    Boxes,
    Paragraph,
}

/// A choice.
pub(super) struct OptionView<'a> {
    pub(super) text: &'a str,
    pub(super) value: &'a str,
    pub(super) chosen: bool,
}

/// How far the verification of a field is.
pub(super) struct VerificationView<'a> {
    /// `needed`, `sent` or `done`: `data-state`, by which the style sheet shows what belongs to it.
    pub(super) state: &'static str,
    /// Where the code went.
    pub(super) to: &'a str,
    /// True for the field whose codes the form sends without script: a form can speak of one field at a time.
    pub(super) speaks: bool,
}

impl FieldView<'_> {
    /// Ids of the elements that describe it.
    pub(super) fn described_by(&self) -> String {
        let hint = if self.hints.is_empty() { String::new() } else { format!("{}_hint ", self.id) };
        format!("{hint}{}_error", self.id)
    }

    /// True where a list has to offer "none of these yet".
    // OPEN: what B2C shows first where no item is marked is not documented.
    pub(super) fn nothing_chosen(&self) -> bool {
        !self.options.iter().any(|option| option.chosen)
    }

    /// True where its label says that it may be left empty.
    pub(super) fn is_optional(&self) -> bool {
        !self.required && !self.locked && self.shape != Shape::Paragraph
    }

    pub(super) fn is_password(&self) -> bool {
        matches!(self.shape, Shape::Password { .. })
    }
}

/// The fields of a page in order. `Button` renders nothing: only the schema knows it.
pub(super) fn views<'a>(page: &'a Page, texts: &Texts<'a>) -> Vec<FieldView<'a>> {
    let speaker = page
        .fields
        .iter()
        .find(|field| matches!(field.verification, Some(Verification::Needed | Verification::CodeSent { .. })));
    let shown = page.fields.iter().filter(|field| field.input != UserInputType::Button);
    shown
        .map(|field| {
            let id = field.claim.as_str();
            let verification = field.verification.as_ref().map(|verification| VerificationView {
                state: state(verification),
                to: address(verification),
                speaks: speaker.is_some_and(|speaker| speaker.claim == field.claim),
            });
            let value = field.value.as_deref().unwrap_or_else(|| verification.as_ref().map_or("", |v| v.to));
            let is_done = matches!(field.verification, Some(Verification::Done { .. }));
            FieldView {
                id,
                kind: kind(field.input),
                shape: shape(page, field),
                label: &field.label,
                hints: hints(field),
                required: field.required,
                missing: missing(page.kind, texts, &field.label),
                value,
                locked: is_done || field.input == UserInputType::Readonly,
                options: options(field),
                repeats: repeats(page, field),
                verification,
            }
        })
        .collect()
}

/// B2C's word for a kind of field.
pub(super) fn kind(input: UserInputType) -> &'static str {
    match input {
        UserInputType::TextBox => "TextBox",
        UserInputType::EmailBox => "EmailBox",
        UserInputType::DateTimeDropdown => "DateTimeDropdown",
        UserInputType::RadioSingleSelect => "RadioSingleSelect",
        UserInputType::DropdownSingleSelect => "DropdownSingleSelect",
        UserInputType::CheckboxMultiSelect => "CheckboxMultiSelect",
        UserInputType::Password => "Password",
        UserInputType::Readonly => "Readonly",
        UserInputType::Button => "Button",
        UserInputType::Paragraph => "Paragraph",
    }
}

fn shape(page: &Page, field: &Field) -> Shape {
    match field.input {
        UserInputType::Password => Shape::Password { autocomplete: password_autocomplete(page, field) },
        UserInputType::DateTimeDropdown => Shape::Date,
        UserInputType::RadioSingleSelect => Shape::Radio,
        UserInputType::DropdownSingleSelect => Shape::Dropdown,
        UserInputType::CheckboxMultiSelect => Shape::Boxes,
        UserInputType::Paragraph => Shape::Paragraph,
        UserInputType::TextBox | UserInputType::EmailBox | UserInputType::Readonly | UserInputType::Button => {
            let name = field.claim.to_lowercase();
            let of_person = name.strip_prefix("extension_").unwrap_or(&name);
            let (_, autocomplete, mode) =
                *MEANINGS.iter().find(|row| row.0 == of_person).unwrap_or(&("", "off", "text"));
            let is_email = field.input == UserInputType::EmailBox || field.verification.is_some();
            match (page.kind, is_email) {
                // Sign-in names may be e-mail addresses or not; the server decides.
                (PageKind::Unified, _) => Shape::Box { input: "text", mode: "email", autocomplete: "username" },
                (_, true) => Shape::Box { input: "email", mode: "email", autocomplete: "email" },
                (_, false) => Shape::Box { input: "text", mode, autocomplete },
            }
        }
    }
}

/// Claims that browsers can fill: name, `autocomplete`, `inputmode`.
const MEANINGS: [(&str, &str, &str); 20] = [
    ("signinname", "username", "email"),
    ("signinnames.username", "username", "text"),
    ("signinnames.emailaddress", "username", "email"),
    ("username", "username", "text"),
    ("email", "email", "email"),
    ("givenname", "given-name", "text"),
    ("surname", "family-name", "text"),
    ("displayname", "name", "text"),
    ("name", "name", "text"),
    ("streetaddress", "street-address", "text"),
    ("city", "address-level2", "text"),
    ("state", "address-level1", "text"),
    ("postalcode", "postal-code", "text"),
    ("country", "country-name", "text"),
    ("companyname", "organization", "text"),
    ("jobtitle", "organization-title", "text"),
    ("mobile", "tel", "tel"),
    ("telephonenumber", "tel", "tel"),
    ("strongauthenticationphonenumber", "tel", "tel"),
    ("otpcode", "one-time-code", "numeric"),
];

/// A password on a sign-in page exists; on a form it is new, unless the form asks for a new one beside it.
fn password_autocomplete(page: &Page, field: &Field) -> &'static str {
    let name = field.claim.to_lowercase();
    let has_new = page
        .fields
        .iter()
        .any(|other| matches!(other.claim.to_lowercase().as_str(), "newpassword" | "reenterpassword"));
    match page.kind {
        PageKind::Unified | PageKind::IdpSelections => "current-password",
        PageKind::SelfAsserted if has_new && !name.starts_with("old") && !name.starts_with("current") => "new-password",
        PageKind::SelfAsserted => "current-password",
    }
}

/// `reenterPassword` repeats `newPassword`, or `password` where that is not asked for.
fn repeats<'a>(page: &'a Page, field: &Field) -> Option<&'a str> {
    if field.claim.to_lowercase() != "reenterpassword" {
        return None;
    }
    let claims = || page.fields.iter().map(|other| other.claim.as_str());
    ["newpassword", "password"].iter().find_map(|name| claims().find(|claim| claim.eq_ignore_ascii_case(name)))
}

fn hints(field: &Field) -> Vec<&str> {
    let help = field.help.as_deref().filter(|help| !help.is_empty() && *help != field.label);
    let pattern = field.pattern_help.as_deref().filter(|text| !text.is_empty() && Some(*text) != help);
    help.into_iter().chain(pattern).collect()
}

fn missing(kind: PageKind, texts: &Texts, label: &str) -> String {
    match kind {
        PageKind::SelfAsserted => texts.get("required_field").into(),
        PageKind::Unified | PageKind::IdpSelections => texts.fill("requiredField_generic", label),
    }
}

/// What stands in the field wins over what is chosen from the start.
fn options(field: &Field) -> Vec<OptionView<'_>> {
    let standing: Option<BTreeSet<&str>> = field.value.as_deref().map(|value| match field.input {
        UserInputType::CheckboxMultiSelect => value.split(',').map(str::trim).collect(),
        _ => BTreeSet::from([value]),
    });
    let chosen = |value: &str, from_start: bool| standing.as_ref().map_or(from_start, |all| all.contains(value));
    field
        .options
        .iter()
        .map(|item| OptionView {
            text: &item.text,
            value: &item.value,
            chosen: chosen(&item.value, item.select_by_default),
        })
        .collect()
}

fn state(verification: &Verification) -> &'static str {
    match verification {
        Verification::Needed => "needed",
        Verification::CodeSent { .. } => "sent",
        Verification::Done { .. } => "done",
    }
}

fn address(verification: &Verification) -> &str {
    match verification {
        Verification::Needed => "",
        Verification::CodeSent { to } => to,
        Verification::Done { address } => address,
    }
}
