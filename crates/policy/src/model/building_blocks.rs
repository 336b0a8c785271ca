//! Claim types, transformations, content definitions, localization, display controls.

use std::collections::BTreeMap;

use super::{Metadata, ProtocolName, ValidationProfile};
use crate::{
    dotnet::Regex,
    id::{
        ClaimTypeId, ContentDefinitionId, DisplayControlId, LocalizedResourcesId, PredicateId, PredicateValidationId,
        TransformationId,
    },
    value::DataType,
};

/// `ClaimType`: what a claim is called, what it may hold, how it is asked for.
#[derive(Clone, Debug)]
pub struct ClaimType {
    /// Its id, spelled as declared.
    pub id: ClaimTypeId,
    /// Label of its field.
    pub display_name: Option<String>,
    /// What it holds.
    pub data_type: DataType,
    /// `DefaultPartnerClaimTypes`: its name on the other side, by protocol.
    pub partner_names: Vec<(ProtocolName, String)>,
    /// `UserHelpText`: help beside its field.
    pub user_help_text: Option<String>,
    /// How a page asks for it; a claim without is never asked for.
    pub input: Option<UserInputType>,
    /// What a person may enter.
    pub restriction: Option<Restriction>,
    /// `Mask`: how a read-only value is shown.
    pub mask: Option<Mask>,
    /// `PredicateValidationReference`.
    pub predicate_validation: Option<PredicateValidationId>,
}

impl ClaimType {
    /// Its default name on the other side of the given protocol.
    pub fn partner_name(&self, protocol: ProtocolName) -> Option<&str> {
        self.partner_names.iter().find(|(name, _)| *name == protocol).map(|(_, partner)| partner.as_str())
    }
}

/// `UserInputType`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names are the language's own")]
pub enum UserInputType {
    TextBox,
    EmailBox,
    DateTimeDropdown,
    RadioSingleSelect,
    DropdownSingleSelect,
    CheckboxMultiSelect,
    Password,
    Readonly,
    Button,
    Paragraph,
}

/// `Restriction`: a closed list of values, or a pattern.
#[derive(Clone, Debug)]
pub enum Restriction {
    /// `Enumeration`s.
    Enumeration(Vec<EnumerationItem>),
    /// `Pattern`. Runs on the server; the page gets its text as a hint only.
    Pattern(Pattern),
}

/// `Enumeration`, and `Item` of a localized collection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnumerationItem {
    /// What is shown.
    pub text: String,
    /// What is kept.
    pub value: String,
    /// Chosen from the start.
    pub select_by_default: bool,
}

/// A regular expression in .NET's syntax with the text that is shown when it does not match.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Compiled once, at load.
    pub regex: Regex,
    /// Shown when a value does not match.
    pub help_text: Option<String>,
}

/// `Mask`.
#[derive(Clone, Debug)]
pub enum Mask {
    /// Laid over the leading characters.
    Simple(String),
    /// Every match is replaced by the text.
    Regex {
        /// What is looked for.
        regex: Regex,
        /// What takes its place.
        replacement: String,
    },
}

/// `Predicate`: one condition on a value.
#[derive(Clone, Debug)]
pub struct Predicate {
    /// Its id.
    pub id: PredicateId,
    /// The condition.
    pub method: PredicateMethod,
    /// Shown when the condition does not hold.
    pub help_text: Option<String>,
}

/// `Predicate/@Method` with its parameters.
#[derive(Clone, Debug)]
pub enum PredicateMethod {
    /// Length in UTF-16 units, both ends included.
    IsLengthRange {
        /// Least length.
        minimum: usize,
        /// Greatest length.
        maximum: usize,
    },
    /// The expression matches somewhere.
    MatchesRegex(Regex),
    /// At least one character of the set occurs.
    IncludesCharacters(Regex),
    /// `yyyy-MM-dd` within the range; the word `Today` stands for today, UTC.
    IsDateRange {
        /// First day.
        minimum: String,
        /// Last day.
        maximum: String,
    },
}

/// `PredicateValidation`: holds where every group does.
#[derive(Clone, Debug)]
pub struct PredicateValidation {
    /// Its id.
    pub id: PredicateValidationId,
    /// All must hold.
    pub groups: Vec<PredicateGroup>,
}

/// `PredicateGroup`.
#[derive(Clone, Debug)]
pub struct PredicateGroup {
    /// Its id, by which its heading is localized.
    pub id: String,
    /// Heading above the texts of the predicates that failed.
    pub help_text: Option<String>,
    /// How many of the predicates must hold; all where absent.
    pub match_at_least: Option<usize>,
    /// The predicates.
    pub predicates: Vec<PredicateId>,
}

/// `ClaimsTransformation`.
#[derive(Clone, Debug)]
pub struct ClaimsTransformation {
    /// Its id.
    pub id: TransformationId,
    /// `TransformationMethod`, as spelled; compared without case.
    pub method: String,
    /// Claims that go in, each in its role.
    pub inputs: Vec<TransformationClaim>,
    /// Constants.
    pub parameters: Vec<TransformationParameter>,
    /// Claims that come out, each in its role.
    pub outputs: Vec<TransformationClaim>,
}

/// A claim in a role. Without `TransformationClaimType` the role is the claim's own id.
#[derive(Clone, Debug)]
pub struct TransformationClaim {
    /// Which claim.
    pub claim: ClaimTypeId,
    /// `TransformationClaimType`.
    pub role: String,
}

/// `InputParameter`.
#[derive(Clone, Debug)]
pub struct TransformationParameter {
    /// Its name; compared without case.
    pub id: String,
    /// Verbatim text.
    pub value: String,
}

/// `ContentDefinition`: which page, in which look and which texts.
#[derive(Clone, Debug)]
pub struct ContentDefinition {
    /// Its id.
    pub id: ContentDefinitionId,
    /// `LoadUri`: the template.
    pub load_uri: Option<String>,
    /// `DataUri`: the page's script and its version.
    pub data_uri: Option<DataUri>,
    /// `Metadata`.
    pub metadata: Metadata,
    /// `LocalizedResourcesReferences`, in order: language tag and where its texts are.
    pub localized: Vec<(String, LocalizedResourcesId)>,
}

/// `urn:com:microsoft:aad:b2c:elements:contract:unifiedssp:2.1.5`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataUri {
    /// `unifiedssp`, `selfasserted`, … in lower case.
    pub page: String,
    /// `[2, 1, 5]`.
    pub version: [u16; 3],
    /// True where the URN has the `contract` word, which scripts of one's own need.
    pub contract: bool,
}

/// `Localization`.
#[derive(Clone, Debug, Default)]
pub struct Localization {
    /// False only where the policy says so.
    pub disabled: bool,
    /// `SupportedLanguages/@DefaultLanguage`.
    pub default_language: Option<String>,
    /// Language tags, lower case, in order.
    pub supported: Vec<String>,
    /// `LocalizedResources` by id.
    pub resources: BTreeMap<LocalizedResourcesId, LocalizedResources>,
}

/// `LocalizedResources`: the texts of one page in one language.
#[derive(Clone, Debug, Default)]
pub struct LocalizedResources {
    /// `LocalizedString`s.
    pub strings: Vec<LocalizedString>,
    /// `LocalizedCollection`s: the claim and its items.
    pub collections: Vec<(ClaimTypeId, Vec<EnumerationItem>)>,
}

/// `LocalizedString`.
#[derive(Clone, Debug)]
pub struct LocalizedString {
    /// `UxElement`, `ClaimType`, `ErrorMessage`, …
    pub element_type: String,
    /// Which claim, control or predicate.
    pub element_id: Option<String>,
    /// Which of its texts.
    pub string_id: String,
    /// The text.
    pub text: String,
}

/// `DisplayControl`.
#[derive(Clone, Debug)]
pub struct DisplayControl {
    /// Its id.
    pub id: DisplayControlId,
    /// `UserInterfaceControlType`, as spelled.
    pub kind: String,
    /// Claims that fill it.
    pub inputs: Vec<super::ClaimReference>,
    /// Claims that it shows, with their `ControlClaimType`.
    pub displays: Vec<ControlClaim>,
    /// Claims that it gives back.
    pub outputs: Vec<super::ClaimReference>,
    /// `SendCode`, `VerifyCode`, … and what each runs.
    pub actions: Vec<(String, Vec<ValidationProfile>)>,
}

/// `DisplayControl/DisplayClaims/DisplayClaim`.
#[derive(Clone, Debug)]
pub struct ControlClaim {
    /// Which claim.
    pub claim: ClaimTypeId,
    /// `VerificationCode`, …
    pub control_claim_type: Option<String>,
    /// Must be filled.
    pub required: bool,
}
