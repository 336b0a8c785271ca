//! Every finding that reading a policy can make: its number, its weight, its name.

use crate::{
    Language,
    diagnostic::{Code, Diagnostic, LabelledPlace, Message, Place, Severity, Template},
};

/// One kind of finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    /// What programs call it: `NO_PROFILE`.
    pub name: &'static str,
    /// Stable number.
    pub code: Code,
    /// Whether it refuses the set.
    pub severity: Severity,
    /// One line, in English.
    pub title: &'static str,
    template: Template,
}

impl Rule {
    /// What `rules!` makes; the catalogue has the title in the other languages.
    ///
    /// # Panics
    /// Where it has not. For constants, where that is an error of the compiler.
    #[doc(hidden)]
    pub const fn new(name: &'static str, number: u16, severity: Severity, title: &'static str) -> Self {
        Self { name, code: Code(number), severity, title, template: Template::find(title) }
    }

    /// Its title.
    pub const fn title_in(&self, language: Language) -> &'static str {
        self.template.in_language(language)
    }

    /// The finding at a place, which is labelled.
    pub fn at(&self, place: &Place, label: Message, message: Message) -> Diagnostic {
        let mut finding = self.nowhere(message);
        finding.places.push(LabelledPlace { place: place.clone(), label });
        finding
    }

    /// The finding, where no place can be named.
    pub fn nowhere(&self, message: Message) -> Diagnostic {
        Diagnostic { code: self.code, severity: self.severity, message, places: Vec::new(), help: None }
    }
}

/// A table of [`Rule`]s: a constant for each, and `ALL` of them, by number.
#[macro_export]
macro_rules! rules {
    ($($name:ident = $number:literal, $severity:ident, $title:literal;)*) => {
        $(
            pub(crate) const $name: $crate::codes::Rule = $crate::codes::Rule::new(
                stringify!($name),
                $number,
                $crate::diagnostic::Severity::$severity,
                $title,
            );
        )*

        /// All of them, by number.
        pub const ALL: &[$crate::codes::Rule] = &[$($name),*];
    };
}

rules! {
    NOT_WELL_FORMED = 1, Error, "the file is not well-formed XML";
    BEYOND_LIMITS = 2, Error, "the file declares a document type, uses an entity of its own, or is larger than policies may be";
    NOT_A_POLICY = 3, Error, "the root is no `TrustFrameworkPolicy`";
    NOT_UTF_8 = 4, Error, "the file is not encoded in UTF-8";

    NO_CLAIM_TYPE = 101, Error, "a claim type does not exist";
    NO_TRANSFORMATION = 102, Error, "a claims transformation does not exist";
    NO_PREDICATE = 103, Error, "a predicate does not exist";
    NO_PREDICATE_VALIDATION = 104, Error, "a predicate validation does not exist";
    NO_CONTENT_DEFINITION = 105, Warning, "a content definition does not exist";
    NO_LOCALIZED_RESOURCES = 106, Warning, "a set of localized resources does not exist";
    NO_PROFILE = 107, Error, "a technical profile does not exist";
    NO_JOURNEY = 108, Error, "a user journey does not exist";
    NO_SUB_JOURNEY = 109, Error, "a sub-journey does not exist";
    NO_EXCHANGE = 110, Error, "a claims exchange does not exist where it is looked for";
    NO_DISPLAY_CONTROL = 111, Error, "a display control does not exist";
    PRECONDITION_ON_NOTHING = 112, Warning, "a precondition looks at a claim that is not declared";
    SUBJECT_ON_NOTHING = 113, Warning, "the token's subject is none of its claims";
    COLLECTION_ON_NOTHING = 114, Warning, "a localized collection belongs to a claim that is not declared";

    UNKNOWN_ENDPOINT = 115, Warning, "an endpoint is none that exists";
    NO_ISSUER = 116, Warning, "a step sends claims without naming who issues the token";
    TEXT_ON_NOTHING = 117, Warning, "a localized text belongs to nearly the id of something that is declared";
    UNKNOWN_KEY = 118, Warning, "a policy key has nearly the id of one that profiles use";
    NO_PAGE = 119, Warning, "a step that shows a page names no content definition";
    NO_TOKEN = 120, Warning, "a relying party's journey never sends claims";
    NO_METADATA = 121, Warning, "a technical profile lacks a metadata item that its provider needs";
    UNKNOWN_METADATA = 122, Warning, "a metadata item has nearly the key of one that its provider reads";
    UNKNOWN_LANGUAGE = 123, Warning, "a page has texts in a language that the policy does not support";
    LINK_TO_NOTHING = 124, Warning, "a sign-up link leads to a claims exchange that does not exist";
    WRONG_KIND = 125, Warning, "a technical profile is referred to for what it does not do";
    UNKNOWN_PARTNER = 126, Warning, "a partner claim has nearly the name of one that the provider knows";
    NO_KEY = 127, Warning, "a technical profile lacks a cryptographic key that its provider needs";
    EMPTY_CLAIM = 128, Warning, "a claim of the token is filled by no step of the journey";
    UNREAD_METADATA = 129, Note, "a metadata item has a key that its provider does not read";

    NOT_ALLOWED = 201, Error, "a value is none of those that the language knows";
    NOT_READABLE = 202, Error, "a value is no boolean or no number";
    OUT_OF_RANGE = 203, Warning, "a session setting is out of its range; the nearest allowed value is used";
    PLACEHOLDER = 204, Error, "a `{Settings:…}` placeholder was not replaced";
    BAD_REGEX = 205, Error, "a regular expression cannot be used";
    BAD_DATA_URI = 206, Warning, "a `DataUri` names no page contract";
    BLANK_IN_KEY = 207, Warning, "a metadata key has white space around it";
    BAD_PARAMETERS = 208, Error, "a predicate's parameters do not fit its method";
    BAD_DEFAULT = 209, Warning, "a value is none of its data type";
    UNKNOWN_HANDLER = 210, Warning, "a handler has nearly the name of one that exists";
    UNKNOWN_METHOD = 211, Warning, "a transformation method has nearly the name of one that exists";
    UNKNOWN_ROLE = 212, Warning, "a claim or parameter of a transformation is none that its method has";
    BAD_METADATA = 213, Warning, "a metadata item has a value that its provider does not know";
    NO_GUID = 214, Warning, "an object id is no GUID";
    NO_ROLE = 215, Warning, "a transformation lacks a claim or parameter that its method needs";

    OUT_OF_ORDER = 301, Error, "an element stands where the schema does not allow it";
    UNKNOWN_ELEMENT = 302, Warning, "an element that the schema does not know is ignored";
    NO_ATTRIBUTE = 303, Error, "a required attribute is missing";
    DECLARED_TWICE = 304, Error, "one file declares the same thing twice";
    KEY_TWICE = 305, Warning, "a metadata key is given twice; the last one counts";
    NO_ELEMENT = 306, Error, "a required element is missing";
    BAD_SELECTION = 307, Error, "a claims provider selection must name exactly one exchange";
    BAD_PRECONDITION = 308, Error, "a precondition has the wrong number of values";
    DOES_NOTHING = 309, Warning, "a step does nothing";
    STEP_MISSING = 310, Warning, "the numbers of a journey's steps have a gap";
    UNKNOWN_ATTRIBUTE = 311, Warning, "an attribute that the schema does not know is ignored";
    STRAY_TEXT = 312, Warning, "text stands where only elements do, and is ignored";
    ELEMENT_TWICE = 313, Error, "an element stands twice where the schema allows one";
    GIVEN_TWICE = 314, Warning, "a choice or a language is given twice in one list";
    NOTHING_CHOSEN = 315, Error, "a step has several claims exchanges, and nothing before it chooses one";

    NO_BASE = 401, Error, "a base policy is missing";
    BASE_CYCLE = 402, Error, "a policy builds on itself";
    BASE_TOO_DEEP = 403, Error, "a policy has more than ten levels";
    POLICY_TWICE = 404, Error, "two files declare the same policy";
    INCLUDE_CYCLE = 405, Error, "a technical profile includes itself";
    SUB_JOURNEY_CYCLE = 406, Error, "a sub-journey calls itself";
    TENANTS_DIFFER = 407, Warning, "the files of a set name different tenants";
    INCLUDES_TOO_DEEP = 408, Error, "technical profiles include each other more than a hundred deep";
    VALIDATES_ITSELF = 409, Error, "a technical profile validates itself";

    CHECKBOX_WITHOUT_DAYS = 501, Warning, "a page offers to keep the person signed in, but the relying party does not say how long";
    DAYS_WITHOUT_CHECKBOX = 502, Warning, "a relying party says how long people are kept signed in, but no page offers it";
    FORGOTTEN_APPS = 503, Warning, "a token issuer does not keep which apps are signed in, so none is told of a sign-out";
    FORGOTTEN_PROVIDER = 504, Warning, "an identity provider's profile has no session provider that is made for it";
    PAGE_FOR_NOBODY = 505, Warning, "a journey that an app runs by itself shows a page";
    NEVER_RUNS = 506, Warning, "a step can never run";
    NEVER_CHOSEN = 507, Warning, "a claims exchange is never chosen";
    NO_SESSION = 508, Warning, "a session setting says nothing, as no session is kept";
    UNPROTECTED_SERVICE = 509, Warning, "a policy in production calls a service without a key";
    UNUSED = 510, Note, "a relying party's file declares what none of its journeys uses";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise() {
        assert!(ALL.windows(2).all(|pair| pair[0].code < pair[1].code));
    }
}
