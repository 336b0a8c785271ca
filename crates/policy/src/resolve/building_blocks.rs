//! Claim types, predicates, transformations, display controls.

use std::{collections::BTreeMap, sync::Arc};

use super::{Kind, Scope, by_id, text, text_in};
use crate::{
    codes,
    dotnet::Regex,
    element::Element,
    id::{ClaimTypeId, DisplayControlId, PredicateId, PredicateValidationId, TransformationId, same},
    model::{
        ClaimType, ClaimsTransformation, ControlClaim, DisplayControl, EnumerationItem, Mask, Pattern, Predicate,
        PredicateGroup, PredicateMethod, PredicateValidation, Restriction, TransformationClaim,
        TransformationParameter, UserInputType,
    },
    said,
    time::Timestamp,
    value::DataType,
};

pub(super) const DATA_TYPES: &[(&str, DataType)] = &[
    ("boolean", DataType::Boolean),
    ("date", DataType::Date),
    ("dateTime", DataType::DateTime),
    ("duration", DataType::Duration),
    ("int", DataType::Int),
    ("long", DataType::Long),
    ("string", DataType::String),
    ("stringCollection", DataType::StringCollection),
    ("alternativeSecurityIdCollection", DataType::AlternativeSecurityIdCollection),
    ("userIdentity", DataType::UserIdentity),
    ("userIdentityCollection", DataType::UserIdentityCollection),
    ("phoneNumber", DataType::PhoneNumber),
    ("objectIdentity", DataType::ObjectIdentity),
    ("objectIdentityCollection", DataType::ObjectIdentityCollection),
];

const INPUT_TYPES: &[(&str, UserInputType)] = &[
    ("TextBox", UserInputType::TextBox),
    ("EmailBox", UserInputType::EmailBox),
    ("DateTimeDropdown", UserInputType::DateTimeDropdown),
    ("RadioSingleSelect", UserInputType::RadioSingleSelect),
    ("DropdownSingleSelect", UserInputType::DropdownSingleSelect),
    ("CheckboxMultiSelect", UserInputType::CheckboxMultiSelect),
    ("Password", UserInputType::Password),
    ("Readonly", UserInputType::Readonly),
    ("Button", UserInputType::Button),
    ("Paragraph", UserInputType::Paragraph),
];

const CONTROLS: &[(&str, ())] = &[
    ("VerificationControl", ()),
    ("QrCodeControl", ()),
    ("AuthenticatorInfoControl", ()),
    ("AuthenticatorAppIconControl", ()),
    ("CaptchaControl", ()),
];

#[derive(Clone, Copy)]
enum Masking {
    Simple,
    Regex,
}

impl Scope<'_> {
    pub(super) fn claim_types(&mut self, blocks: &Element) -> BTreeMap<ClaimTypeId, ClaimType> {
        by_id(blocks, "ClaimsSchema", "ClaimType", |claim: &ClaimType| claim.id.clone(), |it| self.claim_type(it))
    }

    fn claim_type(&mut self, element: &Arc<Element>) -> Option<ClaimType> {
        let id = element.attribute("Id")?;
        if element.text_of("DataType").is_none() {
            // OPEN: what the type is where no file of the chain gives one.
            self.report(
                codes::NO_ELEMENT
                    .at(&id.place, said!("declared here"), said!("claim type `{}` has no `DataType`", id.trimmed()))
                    .help(said!("say what it holds, or check the spelling of its id if a base policy declares it")),
            );
        }
        let data_type = self.word_in(element, "DataType", DATA_TYPES);
        let input = self.word_in(element, "UserInputType", INPUT_TYPES);
        let restriction = element.child("Restriction").and_then(|it| self.restriction(it));
        let mask = element.child("Mask").and_then(|it| self.mask(it));
        let predicate_validation = element
            .child("PredicateValidationReference")
            .and_then(|it| self.refer(Kind::PredicateValidation, it, "Id"));
        let partner_names = element
            .items("DefaultPartnerClaimTypes", "Protocol")
            .filter_map(|it| Some((self.protocol_name(it)?, it.value("PartnerClaimType")?.to_owned())))
            .collect();
        Some(ClaimType {
            id: ClaimTypeId::new(&id.value),
            display_name: text_in(element, "DisplayName"),
            data_type: data_type?,
            partner_names,
            user_help_text: text_in(element, "UserHelpText"),
            input,
            restriction,
            mask,
            predicate_validation,
        })
    }

    fn restriction(&mut self, element: &Element) -> Option<Restriction> {
        if let Some(pattern) = element.child("Pattern") {
            let source = pattern.attribute("RegularExpression")?;
            let regex = self.regex(&source.value, &source.place)?;
            return Some(Restriction::Pattern(Pattern { regex, help_text: text(pattern, "HelpText") }));
        }
        let items: Vec<_> = element.named("Enumeration").filter_map(|it| self.enumeration_item(it)).collect();
        (!items.is_empty()).then_some(Restriction::Enumeration(items))
    }

    /// `Enumeration`, and `Item` of a localized collection.
    pub(super) fn enumeration_item(&mut self, element: &Element) -> Option<EnumerationItem> {
        Some(EnumerationItem {
            text: text(element, "Text")?,
            value: text(element, "Value")?,
            select_by_default: self.flag(element, "SelectByDefault", false),
        })
    }

    fn mask(&mut self, element: &Element) -> Option<Mask> {
        let kind = element.attribute("Type")?;
        let replacement = element.text.trim().to_owned();
        match self.word(kind, &[("Simple", Masking::Simple), ("Regex", Masking::Regex)])? {
            Masking::Simple => Some(Mask::Simple(replacement)),
            Masking::Regex => {
                let Some(source) = element.attribute("Regex") else {
                    self.report(codes::NO_ATTRIBUTE.at(
                        &element.origin,
                        said!("here"),
                        said!("a `Mask` of type `Regex` has no `Regex`"),
                    ));
                    return None;
                };
                Some(Mask::Regex { regex: self.regex(&source.value, &source.place)?, replacement })
            }
        }
    }

    pub(super) fn predicates(&mut self, blocks: &Element) -> BTreeMap<PredicateId, Predicate> {
        by_id(blocks, "Predicates", "Predicate", |it: &Predicate| it.id.clone(), |it| self.predicate(it))
    }

    fn predicate(&mut self, element: &Arc<Element>) -> Option<Predicate> {
        Some(Predicate {
            id: PredicateId::new(element.value("Id")?),
            method: self.predicate_method(element)?,
            // OPEN: two sources call each of the two obsolete; the attribute wins.
            help_text: text(element, "HelpText").or_else(|| text_in(element, "UserHelpText")),
        })
    }

    fn predicate_method(&mut self, element: &Element) -> Option<PredicateMethod> {
        let method = element.attribute("Method")?;
        let known = [("IsLengthRange", 0), ("MatchesRegex", 1), ("IncludesCharacters", 2), ("IsDateRange", 3)];
        Some(match self.word(method, &known)? {
            0 => {
                let (minimum, maximum) = (self.length(element, "Minimum")?, self.length(element, "Maximum")?);
                if minimum > maximum {
                    let (_, place) = self.parameter(element, "Maximum")?;
                    self.report(
                        codes::BAD_PARAMETERS
                            .at(
                                &place,
                                said!("here"),
                                said!("`Maximum` {} is less than `Minimum` {}", maximum, minimum),
                            )
                            .help(said!("exchange them; as it is, no text passes")),
                    );
                }
                PredicateMethod::IsLengthRange { minimum, maximum }
            }
            1 => {
                let (source, place) = self.parameter(element, "RegularExpression")?;
                PredicateMethod::MatchesRegex(self.regex(&source, &place)?)
            }
            2 => {
                let (set, place) = self.parameter(element, "CharacterSet")?;
                PredicateMethod::IncludesCharacters(self.regex(&Regex::source_of_set(&set), &place)?)
            }
            _ => PredicateMethod::IsDateRange {
                minimum: self.day(element, "Minimum")?,
                maximum: self.day(element, "Maximum")?,
            },
        })
    }

    fn parameter(&mut self, predicate: &Element, id: &str) -> Option<(String, crate::diagnostic::Place)> {
        let found = predicate
            .items("Parameters", "Parameter")
            .find(|parameter| parameter.value("Id").is_some_and(|own| same(own, id)));
        if let Some(parameter) = found {
            return Some((parameter.text.to_string(), parameter.text_place()));
        }
        let own = predicate.value("Id").unwrap_or("");
        self.report(codes::BAD_PARAMETERS.at(
            &predicate.origin,
            said!("here"),
            said!("predicate `{}` has no parameter `{}`", own, id),
        ));
        None
    }

    fn length(&mut self, predicate: &Element, id: &str) -> Option<usize> {
        let (text, place) = self.parameter(predicate, id)?;
        let number = self.number(id, &text, &place)?;
        usize::try_from(number.max(0)).ok()
    }

    fn day(&mut self, predicate: &Element, id: &str) -> Option<String> {
        let (text, place) = self.parameter(predicate, id)?;
        let text = text.trim();
        if text.eq_ignore_ascii_case("Today") || (text.len() == 10 && Timestamp::parse(text).is_some()) {
            return Some(text.to_owned());
        }
        self.report(
            codes::BAD_PARAMETERS
                .at(&place, said!("here"), said!("`{}` is no day", text))
                .help(said!("write it as `2024-12-31`, or write `Today`")),
        );
        None
    }

    pub(super) fn predicate_validations(
        &mut self,
        blocks: &Element,
    ) -> BTreeMap<PredicateValidationId, PredicateValidation> {
        by_id(
            blocks,
            "PredicateValidations",
            "PredicateValidation",
            |it: &PredicateValidation| it.id.clone(),
            |element| {
                let groups =
                    element.items("PredicateGroups", "PredicateGroup").map(|it| self.predicate_group(it)).collect();
                Some(PredicateValidation { id: PredicateValidationId::new(element.value("Id")?), groups })
            },
        )
    }

    fn predicate_group(&mut self, element: &Arc<Element>) -> PredicateGroup {
        let match_at_least = element
            .child("PredicateReferences")
            .and_then(|references| references.attribute("MatchAtLeast"))
            .and_then(|least| self.number("MatchAtLeast", &least.value, &least.place))
            .and_then(|least| usize::try_from(least).ok());
        let references: Vec<_> = element.items("PredicateReferences", "PredicateReference").collect();
        let there = references.len();
        if let Some(wanted) = match_at_least.filter(|wanted| *wanted > there)
            && let Some(least) = element.child("PredicateReferences").and_then(|it| it.attribute("MatchAtLeast"))
        {
            let message = said!("`MatchAtLeast` is {}, but the group has only {}", wanted, there);
            let finding = codes::BAD_PARAMETERS.at(&least.place, said!("here"), message);
            self.report(finding.help(said!("write at most {}; as it is, no text passes", there)));
        }
        PredicateGroup {
            id: element.value("Id").unwrap_or("").to_owned(),
            help_text: text_in(element, "UserHelpText"),
            match_at_least,
            predicates: references.into_iter().filter_map(|it| self.refer(Kind::Predicate, it, "Id")).collect(),
        }
    }

    pub(super) fn transformations(&mut self, blocks: &Element) -> BTreeMap<TransformationId, ClaimsTransformation> {
        by_id(
            blocks,
            "ClaimsTransformations",
            "ClaimsTransformation",
            |it: &ClaimsTransformation| it.id.clone(),
            |it| self.transformation(it),
        )
    }

    fn transformation(&mut self, element: &Arc<Element>) -> Option<ClaimsTransformation> {
        self.check_method(element);
        let parameters = element
            .items("InputParameters", "InputParameter")
            .filter_map(|it| {
                Some(TransformationParameter { id: it.value("Id")?.to_owned(), value: text(it, "Value")? })
            })
            .collect();
        Some(ClaimsTransformation {
            id: TransformationId::new(element.value("Id")?),
            method: element.value("TransformationMethod")?.to_owned(),
            inputs: self.transformation_claims(element, "InputClaims", "InputClaim"),
            parameters,
            outputs: self.transformation_claims(element, "OutputClaims", "OutputClaim"),
        })
    }

    fn transformation_claims(&mut self, element: &Element, list: &str, item: &str) -> Vec<TransformationClaim> {
        element
            .items(list, item)
            .filter_map(|it| {
                let claim: ClaimTypeId = self.refer(Kind::ClaimType, it, "ClaimTypeReferenceId")?;
                let role = it.value("TransformationClaimType").unwrap_or(claim.as_str()).to_owned();
                Some(TransformationClaim { claim, role })
            })
            .collect()
    }

    pub(super) fn display_controls(&mut self, blocks: &Element) -> BTreeMap<DisplayControlId, DisplayControl> {
        by_id(
            blocks,
            "DisplayControls",
            "DisplayControl",
            |it: &DisplayControl| it.id.clone(),
            |it| self.display_control(it),
        )
    }

    fn display_control(&mut self, element: &Arc<Element>) -> Option<DisplayControl> {
        let displays = element
            .items("DisplayClaims", "DisplayClaim")
            .filter_map(|it| {
                Some(ControlClaim {
                    claim: self.refer(Kind::ClaimType, it, "ClaimTypeReferenceId")?,
                    control_claim_type: it.value("ControlClaimType").map(str::to_owned),
                    required: self.flag(it, "Required", false),
                })
            })
            .collect();
        let actions = element
            .items("Actions", "Action")
            .filter_map(|action| {
                let runs = action
                    .items("ValidationClaimsExchange", "ValidationClaimsExchangeTechnicalProfile")
                    .filter_map(|it| self.validation_profile(it, "TechnicalProfileReferenceId"))
                    .collect();
                Some((action.value("Id")?.to_owned(), runs))
            })
            .collect();
        if let Some(kind) = element.attribute("UserInterfaceControlType") {
            self.word(kind, CONTROLS);
        }
        Some(DisplayControl {
            id: DisplayControlId::new(element.value("Id")?),
            kind: element.value("UserInterfaceControlType")?.to_owned(),
            inputs: self.claim_references(element, "InputClaims", "InputClaim"),
            displays,
            outputs: self.claim_references(element, "OutputClaims", "OutputClaim"),
            actions,
        })
    }
}
