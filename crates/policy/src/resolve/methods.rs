//! Transformation methods: what their claims and parameters are called.

use super::Scope;
use crate::{
    codes,
    diagnostic::Place,
    element::{Attribute, Element},
    id::same,
    nearest::{nearest, slip},
    value::Value,
};

/// A method with its input claims, parameters and output claims; `*`: authors choose them, or no page lists them all.
/// Input claims are needed but for `?`, parameters with `!`.
pub(crate) type Method = (&'static str, &'static str, &'static str, &'static str);

/// List, item, attribute that names the role, and what the item is called.
type Names = (&'static str, &'static str, &'static str, &'static str);

/// [the pages of claims transformations, by data type]
#[rustfmt::skip]
const METHODS: &[Method] = &[
    ("AddItemToAlternativeSecurityIdCollection", "item collection?", "", "collection"),
    ("AddItemToStringCollection", "item collection?", "", "collection"),
    ("AddItemToUserIdentityCollection", "item collection?", "", "collection"),
    ("AddParameterToStringCollection", "collection", "item", "collection"),
    ("AdjustNumber", "inputClaim", "Operator", "outputClaim"),
    ("AndClaims", "inputClaim1 inputClaim2", "", "outputClaim"),
    ("AssertBooleanClaimIsEqualToValue", "inputClaim", "valueToCompareTo!", ""),
    ("AssertDateTimeIsGreaterThan", "leftOperand rightOperand", "AssertIfEqualTo AssertIfRightOperandIsNotPresent TreatAsEqualIfWithinMillseconds", ""),
    ("AssertNumber", "inputClaim", "CompareToValue! Operator! throwError", "outputClaim"),
    ("AssertStringClaimsAreEqual", "inputClaim1 inputClaim2", "stringComparison!", ""),
    ("BuildUri", "*", "*", "*"),
    ("ChangeCase", "inputClaim1", "toCase!", "outputClaim"),
    ("CompareBooleanClaimToValue", "inputClaim", "valueToCompareTo!", "compareResult"),
    ("CompareClaims", "inputClaim1 inputClaim2", "operator! ignoreCase", "outputClaim"),
    ("CompareClaimToValue", "inputClaim1", "compareTo! operator! ignoreCase", "outputClaim"),
    ("ConvertDateTimeToDateClaim", "inputClaim", "", "outputClaim"),
    ("ConvertDateToDateTimeClaim", "inputClaim", "", "outputClaim"),
    ("ConvertNumberToStringClaim", "inputClaim", "", "outputClaim"),
    ("ConvertPhoneNumberClaimToString", "phoneNumber", "", "phoneNumberString"),
    ("ConvertStringToPhoneNumberClaim", "phoneNumberString? inputClaim? country?", "", "outputClaim"),
    ("CopyClaim", "inputClaim", "", "outputClaim"),
    ("CopyClaimIfPredicateMatch", "inputClaim", "", "outputClaim"),
    ("CreateAlternativeSecurityId", "key identityProvider", "", "alternativeSecurityId"),
    ("CreateJsonArray", "inputClaim", "", "outputClaim"),
    ("CreateOtpSecret", "", "", "outputClaim"),
    ("CreateRandomString", "", "randomGeneratorType! stringFormat base64 maximumNumber seed", "outputClaim"),
    ("CreateStringClaim", "", "value!", "createdClaim"),
    ("CreateUserIdentity", "issuerUserId issuer", "", "userIdentity"),
    ("DateTimeComparison", "firstDateTime secondDateTime", "timeSpanInSeconds! operator!", "result"),
    ("DoesClaimExist", "inputClaim", "", "outputClaim"),
    ("FormatLocalizedString", "*", "*", "*"),
    ("FormatStringClaim", "inputClaim", "stringFormat formatString", "outputClaim"),
    ("FormatStringMultipleClaims", "inputClaim1 inputClaim2", "stringFormat", "outputClaim"),
    ("GenerateJson", "*", "*", "outputClaim"),
    ("GetAgeGroupAndConsentProvided", "*", "*", "*"),
    ("GetAgeGroupConsentProvidedAndRequiresConsent", "*", "*", "*"),
    ("GetClaimFromJson", "inputJson", "claimToExtract!", "extractedClaim"),
    ("GetClaimsFromJsonArray", "*", "*", "*"),
    ("GetClaimsFromJsonArrayV2", "*", "*", "*"),
    ("GetCurrentDateTime", "", "", "currentDateTime"),
    ("GetIdentityProvidersFromAlternativeSecurityIdCollectionTransformation", "alternativeSecurityIdCollection", "", "identityProvidersCollection"),
    ("GetIssuersFromUserIdentityCollectionTransformation", "userIdentityCollection", "", "issuersCollection"),
    ("GetLocalizedStringsTransformation", "*", "*", "*"),
    ("GetMappedValueFromLocalizedCollection", "mapFromClaim", "", "restrictionValueClaim"),
    ("GetNationalNumberAndCountryCodeFromPhoneNumberString", "*", "*", "*"),
    ("GetNumericClaimFromJson", "inputJson", "claimToExtract!", "extractedClaim"),
    ("GetSingleItemFromJson", "inputJson", "", "key value"),
    ("GetSingleItemFromStringCollection", "collection", "", "extractedItem"),
    ("GetSingleValueFromJsonArray", "inputJsonClaim", "", "extractedClaim"),
    ("GuidAndRandomGenerator", "*", "*", "*"),
    ("Hash", "plaintext salt", "randomizerSecret!", "hash"),
    ("IsTermsOfUseConsentRequired", "termsOfUseConsentDateTime", "termsOfUseTextUpdateDateTime", "result"),
    ("LookupValue", "inputParameterId", "*", "outputClaim"),
    ("NotClaims", "inputClaim", "", "outputClaim"),
    ("NullClaim", "", "", "claim_to_null"),
    ("OrClaims", "inputClaim1 inputClaim2", "", "outputClaim"),
    ("ParseDomain", "emailAddress", "", "domain"),
    ("RemoveAlternativeSecurityIdByIdentityProvider", "identityProvider collection", "", "collection"),
    ("RemoveUserIdentityFromCollectionByIssuer", "issuer collection", "", "collection"),
    ("SetClaimIfBooleansMatch", "claimToMatch", "matchTo outputClaimIfMatched", "outputClaim"),
    ("SetClaimsIfRegexMatch", "*", "*", "*"),
    ("SetClaimsIfStringsAreEqual", "inputClaim", "matchTo stringComparison stringMatchMsg stringMatchMsgCode", "outputClaim1 outputClaim2 stringCompareResultClaim"),
    ("SetClaimsIfStringsMatch", "claimToMatch", "matchTo stringComparison outputClaimIfMatched", "outputClaim stringCompareResultClaim"),
    ("StringCollectionContains", "inputClaim", "item ignoreCase", "outputClaim"),
    ("StringCollectionContainsClaim", "collection item", "ignoreCase", "outputClaim"),
    ("StringContains", "inputClaim", "contains ignoreCase", "outputClaim"),
    ("StringJoin", "inputClaim", "delimiter!", "outputClaim"),
    ("StringReplace", "inputClaim", "oldValue! newValue!", "outputClaim"),
    ("StringSplit", "inputClaim", "delimiter!", "outputClaim"),
    ("StringSubstring", "inputClaim", "startIndex! length!", "outputClaim"),
    ("XmlStringToJsonString", "xml", "", "json"),
];

/// Every method with its input claims, parameters and output claims, as [`Method`] has them.
pub(crate) fn method_roles() -> impl Iterator<Item = Method> {
    METHODS.iter().copied()
}

impl Scope<'_> {
    /// What the names in a transformation mean to its method.
    pub(super) fn check_method(&mut self, element: &Element) {
        for parameter in element.items("InputParameters", "InputParameter") {
            self.check_parameter(parameter);
        }
        let Some(method) = element.attribute("TransformationMethod") else { return };
        let Some((name, inputs, parameters, outputs)) = METHODS.iter().find(|it| same(it.0, method.trimmed())) else {
            if let Some(meant) = slip(method.trimmed(), METHODS.iter().map(|it| it.0)) {
                let message = format!("there is no transformation method `{}`", method.trimmed());
                let finding = codes::UNKNOWN_METHOD.at(&method.place, "here", message);
                self.report(finding.help(format!("did you mean `{meant}`?")));
            }
            return;
        };
        let lists: [(_, _, _, _, &str); 3] = [
            ("InputClaims", "InputClaim", "TransformationClaimType", "input claim", inputs),
            ("InputParameters", "InputParameter", "Id", "parameter", parameters),
            ("OutputClaims", "OutputClaim", "TransformationClaimType", "output claim", outputs),
        ];
        for (list, item, attribute, noun, known) in lists {
            let given: Vec<&Attribute> = element.items(list, item).filter_map(|it| it.attribute(attribute)).collect();
            for role in given {
                self.check_role(role, name, noun, known);
            }
            if known != "*" {
                self.check_needed(element, (list, item, attribute, noun), known);
            }
        }
    }

    fn check_needed(&mut self, element: &Element, (list, item, attribute, noun): Names, known: &str) {
        let needed = known.split_whitespace().filter_map(|name| match list {
            "InputClaims" => (!name.ends_with('?')).then_some(name),
            _ => name.strip_suffix('!'),
        });
        for name in needed {
            // A claim without a role has its own name for one.
            let mut roles =
                element.items(list, item).filter_map(|it| it.value(attribute).or(it.value("ClaimTypeReferenceId")));
            if !roles.any(|role| same(role, name)) {
                let id = element.value("Id").unwrap_or("");
                let message = format!("claims transformation `{id}` has no {noun} `{name}`");
                let finding = codes::NO_ROLE.at(&element.origin, "declared here", message);
                self.report(finding.help(format!("add an `{item}` with `{attribute}=\"{name}\"`")));
            }
        }
    }

    fn check_role(&mut self, role: &Attribute, method: &str, noun: &str, known: &str) {
        let names: Vec<&str> = known.split_whitespace().map(|name| name.trim_end_matches(['?', '!'])).collect();
        if known == "*" || names.iter().any(|name| same(name, role.trimmed())) {
            return;
        }
        let message = format!("`{method}` has no {noun} `{}`", role.trimmed());
        let finding = codes::UNKNOWN_ROLE.at(&role.place, "here", message);
        self.report(match (nearest(role.trimmed(), names.iter().copied()), names.is_empty()) {
            (Some(meant), _) => finding.help(format!("did you mean `{meant}`?")),
            (None, true) => finding.help(format!("it has no {noun}s: delete this one")),
            (None, false) => finding.help(format!("what it has is {}", names.join(", "))),
        });
    }

    fn check_parameter(&mut self, parameter: &Element) {
        let (Some(id), Some(of), Some(value)) =
            (parameter.value("Id"), parameter.attribute("DataType"), parameter.attribute("Value"))
        else {
            return;
        };
        let Some(data_type) = self.word(of, super::building_blocks::DATA_TYPES) else { return };
        self.check_value(id, &value.value, data_type, &value.place);
    }

    /// A constant that is to become a claim or a parameter; a resolver is only known when it runs.
    pub(super) fn check_value(&mut self, what: &str, text: &str, of: crate::DataType, place: &Place) {
        if text.trim().is_empty() || text.contains('{') || Value::read(text, of).is_some() {
            return;
        }
        let named = super::building_blocks::DATA_TYPES.iter().find(|(_, known)| *known == of).map_or("", |it| it.0);
        let message = format!("`{}` is no value of `{what}`, which is of type `{named}`", text.trim());
        let finding = codes::BAD_DEFAULT.at(place, "here", message);
        self.report(match of {
            crate::DataType::Boolean => finding.help("write `true` or `false`"),
            crate::DataType::DateTime => finding.help("write it as `2024-12-31T23:59:59Z`"),
            _ => finding.help("write a whole number, in digits"),
        });
    }
}
