//! Between the directory as policies know it and the store's accounts. The only place that knows that
//! `signInNames.emailAddress` is a sign-in name and `alternativeSecurityId` an identity
//! (active-directory-technical-profile, user-profile-attributes).

use zaguan_journey::turn::{AccountKey as AskedKey, Existence};
use zaguan_policy::Value;
use zaguan_protocol::secret::Secret;
use zaguan_session::quirks::{Quirk, Quirks};
use zaguan_store::{Account, AccountChange, AccountKey, AccountWrite, Identity, IfAbsent, IfPresent, SignInName};

/// What an account is found by. `None` where the attribute is no key, or its value none.
pub(super) fn key(asked: &AskedKey) -> Option<AccountKey> {
    let text = asked.value.as_text().filter(|text| !text.trim().is_empty())?;
    let attribute = asked.attribute.to_ascii_lowercase();
    Some(match attribute.as_str() {
        "objectid" => AccountKey::ObjectId(text.to_lowercase()),
        "userprincipalname" => AccountKey::UserPrincipalName(text),
        "alternativesecurityid" => AccountKey::Identity(identity(&text)?),
        "signinnames" => AccountKey::SignInName { kind: None, value: text },
        _ => AccountKey::SignInName { kind: Some(sign_in_kind(&asked.attribute)?), value: text },
    })
}

/// `signInNames.emailAddress` → `emailAddress`.
fn sign_in_kind(attribute: &str) -> Option<String> {
    let (family, kind) = attribute.split_once('.')?;
    family.eq_ignore_ascii_case("signInNames").then(|| kind.to_owned())
}

/// `{"identityProvider": …, "key": …}`, and the form of the collections with `issuer` and
/// `issuerUserId`.
fn identity(text: &str) -> Option<Identity> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let member = |names: [&str; 2]| names.iter().find_map(|name| json.get(name)?.as_str().map(str::to_owned));
    Some(Identity { issuer: member(["identityProvider", "issuer"])?, issuer_user_id: member(["key", "issuerUserId"])? })
}

/// A write, and the password that has to be hashed first.
pub(super) struct Write {
    pub(super) account: AccountWrite,
    pub(super) password: Option<Secret<String>>,
}

/// What is written. `Err` names an attribute that cannot be kept as it is.
pub(super) fn write(
    asked: &AskedKey,
    attributes: Vec<(String, Option<Value>)>,
    if_absent: Existence,
    if_present: Existence,
    own: Vec<String>,
    quirks: &Quirks,
) -> Result<Write, String> {
    let key = key(asked).ok_or_else(|| asked.attribute.clone())?;
    let mut changes = Vec::new();
    let mut password = None;
    let mut sign_in_names = Vec::new();
    for (name, value) in attributes {
        let rejected = || name.clone();
        let lower = name.to_ascii_lowercase();
        let text = || value.as_ref().and_then(Value::as_text);
        match lower.as_str() {
            "password" => match &value {
                Some(Value::Secret(given)) => password = Some(Secret::new(given.clone())),
                Some(Value::Text(given)) => password = Some(Secret::new(given.clone())),
                _ => return Err(rejected()),
            },
            // Read-only, and not an error to repeat.
            "objectid" | "newclaimsprincipalcreated" => {}
            "accountenabled" => match value {
                Some(Value::Boolean(enabled)) => changes.push(AccountChange::Enabled(enabled)),
                _ => return Err(rejected()),
            },
            "alternativesecurityid" => {
                let identities = match text() {
                    Some(text) => vec![identity(&text).ok_or_else(rejected)?],
                    None => vec![],
                };
                changes.push(AccountChange::Identities(identities));
            }
            _ => match sign_in_kind(&name) {
                // Persisting only one of the sign-in names removes the others.
                Some(kind) => match text().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) {
                    Some(value) => sign_in_names.push(SignInName { kind, value }),
                    None => sign_in_names.retain(|known: &SignInName| known.kind != kind),
                },
                None => {
                    if !fits(&lower, value.as_ref()) {
                        return Err(rejected());
                    }
                    changes.push(AccountChange::Attribute(lower, value));
                }
            },
        }
    }
    if !sign_in_names.is_empty() {
        changes.push(AccountChange::SignInNames(sign_in_names));
    }
    // A page that changes the password and disables the account at once is nobody's.
    let keeps = match changes.iter().any(|change| matches!(change, AccountChange::Enabled(false))) {
        true => Quirk::AccountGoneKeepsSessions,
        false => Quirk::PasswordChangeKeepsSessions,
    };
    let account = AccountWrite {
        sessions: super::sessions_then(quirks, keeps),
        key,
        if_absent: match if_absent {
            Existence::Fine => IfAbsent::Create { object_id: super::new_object_id() },
            Existence::Refused => IfAbsent::Refuse,
        },
        if_present: match if_present {
            Existence::Fine => IfPresent::Update,
            Existence::Refused => IfPresent::Refuse,
        },
        changes,
        own,
    };
    Ok(Write { account, password })
}

/// Documented lengths; anything else is bounded by what one attribute may hold at the most.
const LENGTHS: [(&str, usize); 14] = [
    ("displayname", 256),
    ("givenname", 64),
    ("surname", 64),
    ("city", 128),
    ("country", 128),
    ("state", 128),
    ("streetaddress", 1024),
    ("postalcode", 40),
    ("physicaldeliveryofficename", 128),
    ("department", 64),
    ("jobtitle", 128),
    ("mobile", 64),
    ("mailnickname", 64),
    ("userprincipalname", 256),
];

fn fits(attribute: &str, value: Option<&Value>) -> bool {
    let most = LENGTHS.iter().find(|(name, _)| *name == attribute).map_or(2048, |(_, most)| *most);
    match value {
        Some(Value::Text(text)) => {
            let angle_brackets = attribute == "displayname" && text.contains(['<', '>']);
            text.chars().count() <= most && !angle_brackets
        }
        Some(Value::Texts(all)) => all.len() <= 100 && all.iter().all(|text| text.chars().count() <= most),
        Some(Value::Secret(_)) => false,
        _ => true,
    }
}

/// The account's attributes under the names that policies know.
pub(super) fn attributes(account: &Account) -> Vec<(String, Value)> {
    let mut all: Vec<(String, Value)> = account.attributes.iter().map(|(n, v)| (n.clone(), v.clone())).collect();
    all.push(("objectId".into(), Value::Text(account.object_id.clone())));
    all.push(("accountEnabled".into(), Value::Boolean(account.enabled)));
    all.push(("createdDateTime".into(), Value::DateTime(account.created)));
    all.push(("refreshTokensValidFromDateTime".into(), Value::DateTime(account.tokens_valid_from)));
    for name in &account.sign_in_names {
        all.push((format!("signInNames.{}", name.kind), Value::Text(name.value.clone())));
    }
    if let Some(identity) = account.identities.first() {
        let json = serde_json::json!({
            "type": 6, "identityProvider": identity.issuer, "key": identity.issuer_user_id,
        });
        all.push(("alternativeSecurityId".into(), Value::Text(json.to_string())));
    }
    all
}
