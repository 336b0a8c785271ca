//! The local password check: an OpenID Connect profile that sends a password to the tenant's own
//! directory (`login-NonInteractive`). We are that directory.

use zaguan_policy::{
    Value,
    model::{ProtocolName, TechnicalProfile},
};

use crate::{
    call::Failure,
    request::Start,
    turn::{Answer, Ask},
};

/// True for the shape of `login-NonInteractive`: `grant_type=password` towards the local authority.
pub(crate) fn is_local(profile: &TechnicalProfile) -> bool {
    let sends_password = profile.input_claims.iter().any(|input| {
        let name = input.partner.as_deref().unwrap_or(input.claim.as_str());
        name.eq_ignore_ascii_case("grant_type") && input.default_value.as_deref() == Some("password")
    }) || profile.metadata.get("grant_type") == Some("password");
    let local = ["METADATA", "authorization_endpoint"].iter().any(|key| {
        profile.metadata.get(key).is_some_and(|url| {
            ["https://login.microsoftonline.com/", "https://login.windows.net/", "https://sts.windows.net/"]
                .iter()
                .any(|host| url.starts_with(host))
        })
    });
    profile.protocol == ProtocolName::OpenIdConnect && sends_password && local
}

/// Asks for the check.
pub(crate) fn ask(profile: &TechnicalProfile, inputs: &[(String, Value)], start: &Start) -> Result<Ask, Failure> {
    let input = |name: &str| inputs.iter().find(|(partner, _)| partner.eq_ignore_ascii_case(name)).map(|(_, v)| v);
    match (input("username").and_then(Value::as_text), input("password")) {
        (Some(sign_in_name), Some(password)) if !sign_in_name.is_empty() => {
            // What a resolver answered is a text like any other until here.
            let password = match password {
                Value::Text(text) => Value::Secret(text.clone()),
                other => other.clone(),
            };
            Ok(Ask::CheckPassword { sign_in_name, password })
        }
        // The policy does not hand on what the app brought.
        _ if matches!(start, Start::Password { .. }) => {
            Err(Failure::new(99_015, "UserMessageIfValidationError", profile).about(profile.id.as_str()))
        }
        _ => Err(Failure::new(90_054, "DefaultMessage", profile)),
    }
}

/// The directory's attributes under the names that its tokens carry.
const TOKEN_NAMES: [(&str, &str); 7] = [
    ("oid", "objectId"),
    ("sub", "objectId"),
    ("given_name", "givenName"),
    ("family_name", "surname"),
    ("name", "displayName"),
    ("upn", "userPrincipalName"),
    ("email", "signInNames.emailAddress"),
];

/// The attribute that stands behind a claim of the directory's token.
pub(crate) fn attribute(partner: &str) -> &str {
    TOKEN_NAMES.iter().find(|(name, _)| partner.eq_ignore_ascii_case(name)).map_or(partner, |(_, attribute)| attribute)
}

/// What each answer means, and which message it gives.
pub(crate) fn failure(answer: &Answer, profile: &TechnicalProfile, kept_private: bool) -> Option<Failure> {
    let (code, key) = match answer {
        // A private directory does not say whether there is such an account.
        Answer::NoAccount | Answer::WrongPassword if kept_private => (90_054, "DefaultMessage"),
        Answer::NoAccount => (90_053, "UserMessageIfClaimsPrincipalDoesNotExist"),
        Answer::WrongPassword => (90_054, "UserMessageIfInvalidPassword"),
        Answer::AccountDisabled => (90_111, "UserMessageIfUserAccountDisabled"),
        Answer::Throttled => (90_114, "UserMessageIfUserAccountLocked"),
        _ => return None,
    };
    Some(Failure::new(code, key, profile))
}
