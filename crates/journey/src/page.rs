//! A page as data: everything that a renderer needs, and nothing of how it looks.

use std::collections::BTreeMap;

use zaguan_policy::{
    id::{ClaimTypeId, ContentDefinitionId, ExchangeId},
    model::{EnumerationItem, UserInputType},
};

/// A page that waits for a person.
#[derive(Clone, PartialEq, Debug)]
pub struct Page {
    /// Which of B2C's pages it is.
    pub kind: PageKind,
    /// Which content definition describes it.
    pub content_definition: Option<ContentDefinitionId>,
    /// `LoadUri`, resolved: the template that the policy asks for.
    pub load_uri: Option<String>,
    /// Language tag of the texts, as the policy spells it.
    pub language: String,
    /// Counts the pages of a visit from 1. What a page sends back is bound to it.
    pub number: u32,
    /// Texts that the policy brings, by string id (`heading`, `button_continue`, …). What is missing
    /// here has a built-in text.
    pub texts: BTreeMap<String, String>,
    /// `setting.*` metadata without the prefix.
    pub settings: BTreeMap<String, String>,
    /// The form, in order; empty where there is no local form.
    pub fields: Vec<Field>,
    /// Buttons of identity providers, in order.
    pub providers: Vec<ProviderButton>,
    /// Links and boxes that the page offers.
    pub offers: Offers,
    /// What is to be said above the form: why it was refused.
    pub message: Option<Message>,
    /// True where the policy lets templates run scripts.
    pub allows_scripts: bool,
}

/// B2C's pages, by the `data-name` of their `#api` element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PageKind {
    /// `Unified`: sign in, or go to sign up; `SETTINGS.api` is `CombinedSigninAndSignup`.
    Unified,
    /// `SelfAsserted`: a form.
    SelfAsserted,
    /// `IdpSelections`: a list of providers; `SETTINGS.api` is `CombinedSigninAndSignup`.
    IdpSelections,
}

impl PageKind {
    /// `data-name` of `#api`.
    pub fn data_name(self) -> &'static str {
        match self {
            Self::Unified => "Unified",
            Self::SelfAsserted => "SelfAsserted",
            Self::IdpSelections => "IdpSelections",
        }
    }

    /// `SETTINGS.api`, and the word in `api/{page}/confirmed`.
    pub fn api(self) -> &'static str {
        match self {
            Self::Unified | Self::IdpSelections => "CombinedSigninAndSignup",
            Self::SelfAsserted => "SelfAsserted",
        }
    }
}

/// What a page offers beside its form.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Offers {
    /// `unified?local=signup`.
    pub sign_up: bool,
    /// `forgotPassword`.
    pub forgot_password: bool,
    /// The "keep me signed in" box.
    pub remember_me: bool,
    /// The cancel button.
    pub cancel: bool,
    /// The button that sends the form.
    pub proceed: bool,
}

/// One field of a form. Its name on the wire is its claim's id.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// Which claim it asks for.
    pub claim: ClaimTypeId,
    /// Label, in the page's language.
    pub label: String,
    /// Help text.
    pub help: Option<String>,
    /// How it is asked for.
    pub input: UserInputType,
    /// Must be filled.
    pub required: bool,
    /// The pattern's help text, where the value must match one. Patterns run on the server.
    pub pattern_help: Option<String>,
    /// The pattern in .NET's syntax, for `SA_FIELDS`.
    pub pattern: Option<String>,
    /// Choices of lists, radio groups and boxes.
    pub options: Vec<EnumerationItem>,
    /// What stands in it from the start. Never a password.
    pub value: Option<String>,
    /// How far the verification of an e-mail address is; `None` where none is asked for.
    pub verification: Option<Verification>,
}

/// How far the verification of an e-mail address is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verification {
    /// Not begun.
    Needed,
    /// A code is on its way.
    CodeSent {
        /// To this address.
        to: String,
    },
    /// Verified; the field is locked.
    Done {
        /// This address.
        address: String,
    },
}

/// A button that chooses an identity provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProviderButton {
    /// The exchange that it chooses: the button's element id.
    pub exchange: ExchangeId,
    /// Its caption.
    pub caption: String,
}

/// Something to tell the person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// B2C's key: `UserMessageIfInvalidPassword`. The built-in text is found by it.
    pub key: String,
    /// The policy's own text, which wins.
    pub text: Option<String>,
    /// For `{0}`, `{1}` in the text.
    pub arguments: Vec<String>,
}

impl Message {
    /// A message with its built-in text.
    pub fn built_in(key: &str) -> Self {
        Self { key: key.into(), text: None, arguments: vec![] }
    }
}
