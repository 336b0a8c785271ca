//! Transformation methods: what their claims and parameters are called.

use super::Scope;
use crate::{
    codes,
    diagnostic::{Message, Place},
    element::{Attribute, Element},
    id::same,
    nearest::{nearest, slip},
    said,
    value::Value,
};

/// A method with its input claims, parameters and output claims; `*`: authors choose them, or no page lists them all.
/// Input claims are needed but for `?`, parameters with `!`.
pub(crate) type Method = (&'static str, &'static str, &'static str, &'static str);

/// A list of a transformation, and what is said about what stands in it.
struct List {
    name: &'static str,
    item: &'static str,
    /// The attribute that names the role.
    role: &'static str,
    /// The transformation of this id lacks this role.
    lacking: fn(&str, &str) -> Message,
    /// The method of this name knows no such role.
    unknown: fn(&str, &str) -> Message,
    /// Its method knows none at all.
    none: fn() -> Message,
}

const INPUT_CLAIMS: List = List {
    name: "InputClaims",
    item: "InputClaim",
    role: "TransformationClaimType",
    lacking: |id, role| said!("claims transformation `{}` has no input claim `{}`", id, role),
    unknown: |method, role| said!("`{}` has no input claim `{}`", method, role),
    none: || said!("it has no input claims: delete this one"),
};

const PARAMETERS: List = List {
    name: "InputParameters",
    item: "InputParameter",
    role: "Id",
    lacking: |id, role| said!("claims transformation `{}` has no parameter `{}`", id, role),
    unknown: |method, role| said!("`{}` has no parameter `{}`", method, role),
    none: || said!("it has no parameters: delete this one"),
};

const OUTPUT_CLAIMS: List = List {
    name: "OutputClaims",
    item: "OutputClaim",
    role: "TransformationClaimType",
    lacking: |id, role| said!("claims transformation `{}` has no output claim `{}`", id, role),
    unknown: |method, role| said!("`{}` has no output claim `{}`", method, role),
    none: || said!("it has no output claims: delete this one"),
};

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
                let message = said!("there is no transformation method `{}`", method.trimmed());
                let finding = codes::UNKNOWN_METHOD.at(&method.place, said!("here"), message);
                self.report(finding.help(said!("did you mean `{}`?", meant)));
            }
            return;
        };
        for (list, known) in [(INPUT_CLAIMS, inputs), (PARAMETERS, parameters), (OUTPUT_CLAIMS, outputs)] {
            for role in element.items(list.name, list.item).filter_map(|it| it.attribute(list.role)) {
                self.check_role(role, name, &list, known);
            }
            if *known != "*" {
                self.check_needed(element, &list, known);
            }
        }
    }

    fn check_needed(&mut self, element: &Element, list: &List, known: &str) {
        let needed = known.split_whitespace().filter_map(|name| match list.name {
            "InputClaims" => (!name.ends_with('?')).then_some(name),
            _ => name.strip_suffix('!'),
        });
        for name in needed {
            // A claim without a role has its own name for one.
            let mut roles = element
                .items(list.name, list.item)
                .filter_map(|it| it.value(list.role).or(it.value("ClaimTypeReferenceId")));
            if !roles.any(|role| same(role, name)) {
                let id = element.value("Id").unwrap_or("");
                let finding = codes::NO_ROLE.at(&element.origin, said!("declared here"), (list.lacking)(id, name));
                self.report(finding.help(said!("add an `{}` with `{}=\"{}\"`", list.item, list.role, name)));
            }
        }
    }

    fn check_role(&mut self, role: &Attribute, method: &str, list: &List, known: &str) {
        let names: Vec<&str> = known.split_whitespace().map(|name| name.trim_end_matches(['?', '!'])).collect();
        if known == "*" || names.iter().any(|name| same(name, role.trimmed())) {
            return;
        }
        let message = (list.unknown)(method, role.trimmed());
        let finding = codes::UNKNOWN_ROLE.at(&role.place, said!("here"), message);
        self.report(match (nearest(role.trimmed(), names.iter().copied()), names.is_empty()) {
            (Some(meant), _) => finding.help(said!("did you mean `{}`?", meant)),
            (None, true) => finding.help((list.none)()),
            (None, false) => finding.help(said!("what it has is {}", names.join(", "))),
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
        let message = said!("`{}` is no value of `{}`, which is of type `{}`", text.trim(), what, named);
        let finding = codes::BAD_DEFAULT.at(place, said!("here"), message);
        self.report(match of {
            crate::DataType::Boolean => finding.help(said!("write `true` or `false`")),
            crate::DataType::DateTime => finding.help(said!("write it as `2024-12-31T23:59:59Z`")),
            _ => finding.help(said!("write a whole number, in digits")),
        });
    }
}
