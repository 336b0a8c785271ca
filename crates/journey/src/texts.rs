//! Which language a journey speaks, and which words the policy brings.

use std::collections::BTreeMap;

use zaguan_policy::{
    id::{ClaimTypeId, ContentDefinitionId},
    model::{ContentDefinition, EnumerationItem, Localization, LocalizedResources, Restriction, TechnicalProfile},
};

use crate::{call::Failure, journey::Run, page::Message, request::Request};

/// The first language wanted that is to be had: `ui_locales` and `Accept-Language` in one list, then
/// the default. A wish for `es-MX` is content with `es`, and one for `es` with `es-ES`.
pub(crate) fn language(localization: &Localization, request: &Request) -> String {
    let localized = !localization.disabled && !localization.supported.is_empty();
    let to_be_had = if localized { &localization.supported } else { &request.built_in_languages };
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let wanted = request.languages.iter().find_map(|wish| {
        let exact = to_be_had.iter().find(|tag| tag.eq_ignore_ascii_case(wish));
        exact.or_else(|| to_be_had.iter().find(|tag| primary(tag) == primary(wish)))
    });
    wanted
        .or(localization.default_language.as_ref().filter(|_| localized))
        .or_else(|| to_be_had.first())
        .cloned()
        .unwrap_or_else(|| "en".to_owned())
}

/// The words of one page in the journey's language.
pub(crate) struct Words<'a> {
    definition: Option<&'a ContentDefinition>,
    resources: Option<&'a LocalizedResources>,
}

impl<'a> Run<'a, '_> {
    pub(crate) fn words(&self, definition: Option<&ContentDefinitionId>) -> Words<'a> {
        let policy = &self.program.policy;
        let definition = definition.and_then(|id| policy.content_definitions.get(id));
        let language = &self.journey.language;
        let references = || definition.into_iter().flat_map(|definition| &definition.localized);
        let resources = references()
            .find(|(tag, _)| tag.eq_ignore_ascii_case(language))
            .filter(|_| !policy.localization.disabled)
            .and_then(|(_, id)| policy.localization.resources.get(id));
        Words { definition, resources }
    }

    /// What to tell the person about a failure. The page's localized text wins over the metadata of
    /// its profile, and that over the metadata of the profile that failed.
    pub(crate) fn message(&self, failure: &Failure, page: Option<(&Words<'_>, &TechnicalProfile)>) -> Message {
        let localized = page.and_then(|(words, _)| words.find("ErrorMessage", None, &failure.key));
        let on_page = || page.and_then(|(_, profile)| profile.metadata.get(&failure.key));
        let on_profile = || self.program.policy.profiles.get(&failure.profile)?.metadata.get(&failure.key);
        Message {
            key: failure.key.clone(),
            text: localized.or_else(on_page).or_else(on_profile).map(str::to_owned),
            arguments: failure.arguments.clone(),
        }
    }
}

impl<'a> Words<'a> {
    /// The localized string, by the type of what it belongs to.
    pub(crate) fn find(&self, element_type: &str, element_id: Option<&str>, string_id: &str) -> Option<&'a str> {
        let matches = |given: Option<&str>| match (given, element_id) {
            (Some(given), Some(wanted)) => given.eq_ignore_ascii_case(wanted),
            (_, None) => true,
            (None, Some(_)) => false,
        };
        self.resources?
            .strings
            .iter()
            .find(|string| {
                string.element_type.eq_ignore_ascii_case(element_type)
                    && string.string_id.eq_ignore_ascii_case(string_id)
                    && matches(string.element_id.as_deref())
            })
            .map(|string| string.text.as_str())
    }

    /// A text of a claim, in the page's language.
    pub(crate) fn of_claim(&self, claim: &ClaimTypeId, string_id: &str) -> Option<&'a str> {
        self.find("ClaimType", Some(claim.as_str()), string_id)
    }

    /// The choices of a claim: the language's own, else the claim type's.
    pub(crate) fn choices(&self, claim: &ClaimTypeId, restriction: Option<&Restriction>) -> Vec<EnumerationItem> {
        let localized = self.resources.and_then(|resources| resources.collections.iter().find(|(of, _)| of == claim));
        match (localized, restriction) {
            (Some((_, items)), _) => items.clone(),
            (None, Some(Restriction::Enumeration(items))) => items.clone(),
            _ => vec![],
        }
    }

    /// Page texts by string id. OPEN: a localized string wins over `language.…` metadata, because it
    /// is the language's own.
    pub(crate) fn page_texts(&self, profile: Option<&TechnicalProfile>) -> BTreeMap<String, String> {
        let metadata = self
            .definition
            .map(|definition| &definition.metadata)
            .into_iter()
            .chain(profile.map(|profile| &profile.metadata))
            .flat_map(|metadata| &metadata.0)
            .filter_map(|(key, text)| Some((key.as_str().strip_prefix("language.")?.to_owned(), text.clone())));
        let localized = self.resources.into_iter().flat_map(|resources| &resources.strings).filter_map(|string| {
            let on_the_page = ["UxElement", "ErrorMessage"].iter().any(|t| string.element_type.eq_ignore_ascii_case(t));
            on_the_page.then(|| (string.string_id.clone(), string.text.clone()))
        });
        metadata.chain(localized).collect()
    }

    /// `LoadUri`.
    pub(crate) fn load_uri(&self) -> Option<&'a str> {
        self.definition?.load_uri.as_deref()
    }
}
