//! Content definitions and localization.

use std::collections::BTreeMap;

use super::{Kind, Scope, by_id, text_in};
use crate::{
    codes,
    element::Element,
    id::{ClaimTypeId, ContentDefinitionId, LocalizedResourcesId},
    model::{ContentDefinition, DataUri, Localization, LocalizedResources, LocalizedString},
    said,
};

impl Scope<'_> {
    pub(super) fn content_definitions(&mut self, blocks: &Element) -> BTreeMap<ContentDefinitionId, ContentDefinition> {
        let supported: Vec<String> = blocks
            .child("Localization")
            .into_iter()
            .flat_map(|it| it.items("SupportedLanguages", "SupportedLanguage"))
            .map(|it| it.text.trim().to_lowercase())
            .collect();
        by_id(
            blocks,
            "ContentDefinitions",
            "ContentDefinition",
            |it: &ContentDefinition| it.id.clone(),
            |element| {
                let localized = element
                    .items("LocalizedResourcesReferences", "LocalizedResourcesReference")
                    .filter_map(|it| {
                        self.language(it, &supported);
                        let resources = self.refer(Kind::LocalizedResources, it, "LocalizedResourcesReferenceId")?;
                        Some((it.value("Language")?.to_lowercase(), resources))
                    })
                    .collect();
                Some(ContentDefinition {
                    id: ContentDefinitionId::new(element.value("Id")?),
                    load_uri: text_in(element, "LoadUri"),
                    data_uri: self.data_uri(element),
                    metadata: self.metadata(element),
                    localized,
                })
            },
        )
    }

    /// A text of nothing is never shown.
    fn owner(&mut self, text: &Element) {
        let kind = text.attribute("ElementType").and_then(|kind| self.word(kind, OWNERS)).flatten();
        let Some((kind, id)) = kind.zip(text.attribute("ElementId").filter(|id| !id.trimmed().is_empty())) else {
            return;
        };
        // Authors keep texts of what other policies declare, so only a slip is told.
        if !self.knows(kind, &id.value)
            && let Some(meant) = self.like(kind, id.trimmed())
        {
            let message = said!("the localized text of `{}` belongs to nothing that is declared", id.trimmed());
            let finding = codes::TEXT_ON_NOTHING.at(&id.place, said!("never shown"), message);
            self.report(finding.help(said!("did you mean `{}`?", meant)));
        }
    }

    /// A page in a language that the policy does not support is never shown in it.
    fn language(&mut self, reference: &Element, supported: &[String]) {
        let Some(language) = reference.attribute("Language") else { return };
        if supported.is_empty() || supported.contains(&language.trimmed().to_lowercase()) {
            return;
        }
        let message = said!("`{}` is none of the policy's `SupportedLanguages`", language.trimmed());
        let finding = codes::UNKNOWN_LANGUAGE.at(&language.place, said!("never used"), message);
        self.report(finding.help(said!("add it there, or use one of {}", supported.join(", "))));
    }

    fn data_uri(&mut self, element: &Element) -> Option<DataUri> {
        let text = element.text_of("DataUri")?;
        let read = read_data_uri(text);
        if read.is_none() {
            let place = element.child("DataUri")?.text_place();
            self.report(
                codes::BAD_DATA_URI
                    .at(&place, said!("ignored"), said!("`{}` names no page contract", text))
                    .help(said!("it looks like `urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.7`")),
            );
        }
        read
    }

    pub(super) fn localization(&mut self, blocks: &Element) -> Localization {
        let Some(element) = blocks.child("Localization") else { return Localization::default() };
        let languages = element.child("SupportedLanguages");
        Localization {
            disabled: !self.flag(element, "Enabled", true),
            default_language: languages.and_then(|it| it.value("DefaultLanguage")).map(str::to_lowercase),
            supported: element
                .items("SupportedLanguages", "SupportedLanguage")
                .map(|it| it.text.trim().to_lowercase())
                .filter(|language| !language.is_empty())
                .collect(),
            resources: element
                .named("LocalizedResources")
                // Those without an id can be referred to by nobody.
                .filter_map(|it| Some((LocalizedResourcesId::new(it.value("Id")?), self.localized_resources(it))))
                .collect(),
        }
    }

    fn localized_resources(&mut self, element: &Element) -> LocalizedResources {
        for text in element.items("LocalizedStrings", "LocalizedString") {
            self.owner(text);
        }
        let strings = element
            .items("LocalizedStrings", "LocalizedString")
            .filter_map(|it| {
                Some(LocalizedString {
                    element_type: it.value("ElementType")?.to_owned(),
                    element_id: it.value("ElementId").filter(|id| !id.is_empty()).map(str::to_owned),
                    string_id: it.value("StringId")?.to_owned(),
                    text: it.text.to_string(),
                })
            })
            .collect();
        let collections = element
            .items("LocalizedCollections", "LocalizedCollection")
            .filter_map(|it| {
                let claim = it.attribute("ElementId")?;
                if !self.knows(Kind::ClaimType, &claim.value) {
                    let message = said!("the localized collection of `{}` belongs to no claim type", claim.trimmed());
                    self.missing(codes::COLLECTION_ON_NOTHING, Kind::ClaimType, claim.trimmed(), &claim.place, message);
                    return None;
                }
                let items = it.named("Item").filter_map(|item| self.enumeration_item(item)).collect();
                Some((ClaimTypeId::new(&claim.value), items))
            })
            .collect();
        LocalizedResources { strings, collections }
    }
}

/// What the texts of an element type belong to. [localization, LocalizedString]
const OWNERS: &[(&str, Option<Kind>)] = &[
    ("UxElement", None),
    ("ErrorMessage", None),
    ("ClaimsProvider", None),
    ("GetLocalizedStringsTransformationClaimType", None),
    ("FormatLocalizedStringTransformationClaimType", None),
    ("ClaimType", Some(Kind::ClaimType)),
    ("DisplayControl", Some(Kind::DisplayControl)),
    ("Predicate", Some(Kind::Predicate)),
    ("PredicateValidation", Some(Kind::PredicateValidation)),
    ("InputValidation", Some(Kind::PredicateValidation)),
];

/// `urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.7`, with or without `contract`.
fn read_data_uri(text: &str) -> Option<DataUri> {
    let text = text.to_lowercase();
    let rest = text.strip_prefix("urn:com:microsoft:aad:b2c:elements:")?;
    let (contract, rest) = rest.strip_prefix("contract:").map_or((false, rest), |rest| (true, rest));
    let (page, version) = rest.split_once(':')?;
    let mut numbers = version.split('.').map(str::parse::<u16>);
    let version = [numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?];
    (!page.is_empty() && numbers.next().is_none()).then(|| DataUri { page: page.to_owned(), version, contract })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_page_contracts() {
        let read = |text| read_data_uri(text).map(|it| (it.page, it.version, it.contract));
        for (text, expected) in [
            ("urn:com:microsoft:aad:b2c:elements:contract:unifiedssp:2.1.5", Some(("unifiedssp", [2, 1, 5], true))),
            ("urn:com:microsoft:aad:b2c:elements:selfasserted:1.1.0", Some(("selfasserted", [1, 1, 0], false))),
            ("urn:com:microsoft:aad:b2c:elements:contract:unifiedssp:2.1", None),
            ("urn:com:microsoft:aad:b2c:elements:contract:unifiedssp:2.1.5.1", None),
            ("~/elements/unified.xml", None),
        ] {
            assert_eq!(
                read(text),
                expected.map(|(page, version, contract)| (page.to_owned(), version, contract)),
                "{text}"
            );
        }
    }
}
