//! Identifiers of the policy language.
//!
//! Real policies refer to `surname` as `surName` and to `alternativeSecurityId` as
//! `AlternativeSecurityId`, so every identifier compares without case and keeps its author's
//! spelling for display. That rule lives here and nowhere else.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Folds one identifier the way .NET's ordinal comparison without case does: character by
/// character, to upper case, without a locale.
fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_uppercase)
}

/// True where two texts differ in nothing but case.
pub fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && folded(a).eq(folded(b)))
}

/// The order of two texts in which case does not count. Ids are ASCII but for rare ones, and maps of them are asked
/// hundreds of times in one journey: the first letter that differs decides, if only ASCII stands before it.
fn compare(a: &str, b: &str) -> Ordering {
    for (one, other) in a.bytes().zip(b.bytes()) {
        if !(one.is_ascii() && other.is_ascii()) {
            return folded(a).cmp(folded(b));
        }
        match one.to_ascii_uppercase().cmp(&other.to_ascii_uppercase()) {
            Ordering::Equal => {}
            decided => return decided,
        }
    }
    // One begins as the other; what follows there is longer, whatever it is.
    a.len().cmp(&b.len())
}

/// What two texts that differ in nothing but case have in common: a key for maps.
pub(crate) fn key(text: &str) -> String {
    let text = text.trim();
    if text.is_ascii() { text.to_ascii_uppercase() } else { folded(text).collect() }
}

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        ///
        /// Compares without case; displays as its author wrote it.
        #[derive(Clone)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as its author wrote it, without surrounding white space.
            pub fn new(text: &str) -> Self {
                Self(text.trim().into())
            }

            /// The author's spelling.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The spelling that goes into URLs, keys and cache names.
            pub fn to_lowercase(&self) -> String {
                self.0.to_lowercase()
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                same(&self.0, &other.0)
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                folded(&self.0).for_each(|c| c.hash(state));
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                compare(&self.0, &other.0)
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "`{}`", self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from).map(|text| Self::new(&text))
            }
        }
    )*};
}

identifiers! {
    /// Names a policy: `B2C_1A_signup_signin`.
    PolicyId
    /// Names a claim type of the `ClaimsSchema`.
    ClaimTypeId
    /// Names a technical profile, across all claims providers.
    ProfileId
    /// Names a user journey.
    JourneyId
    /// Names a sub-journey.
    SubJourneyId
    /// Names a claims exchange within its journey.
    ExchangeId
    /// Names a claims transformation.
    TransformationId
    /// Names a content definition.
    ContentDefinitionId
    /// Names a display control.
    DisplayControlId
    /// Names a predicate.
    PredicateId
    /// Names a predicate validation.
    PredicateValidationId
    /// Names a set of localized resources.
    LocalizedResourcesId
    /// Names a policy key: `B2C_1A_TokenSigningKeyContainer`.
    KeyName
    /// A key of a metadata list.
    MetadataKey
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_folded_texts() {
        let texts = [
            "", "a", "A", "ab", "aB", "b", "_", "a_", "aé", "aÉ", "É", "é", "ß", "SS", "ss", "sse", "ßE", "ﬀ", "ff",
            "z",
        ];
        for (a, b) in texts.iter().flat_map(|a| texts.iter().map(move |b| (a, b))) {
            assert_eq!(compare(a, b), folded(a).cmp(folded(b)), "{a} {b}");
            assert_eq!(compare(a, b) == Ordering::Equal, same(a, b), "{a} {b}");
        }
    }
}
