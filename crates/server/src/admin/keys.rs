//! Keys of tenants: listed, made, imported, removed.

use std::{collections::BTreeSet, fmt, time::Duration};

use anyhow::{anyhow, bail};
use serde::{Deserialize, Serialize};
use zaguan_policy::{Timestamp, id::KeyName};
use zaguan_protocol::{
    Secret,
    crypto::base64url,
    jose::{Algorithm, RsaSize},
};
use zaguan_store::{AddKey, KeyKind, StoredKey};

use super::{Context, Done, Password};
use crate::{
    keys::{
        HeldKey, NewKey, NewPair, Source, Validity, generate, kind_of,
        life::{self, KeyState},
        lives,
    },
    why::At,
};

/// So long before it signs a new key is published: clients fetch the keys about once a day (tokens-overview).
pub const LEAD: Duration = Duration::from_secs(86_400);
/// The longest that a key may wait for its first signature.
const LONGEST_LEAD: Duration = Duration::from_secs(365 * 86_400);

/// A key that is to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyWanted {
    /// The policy key.
    pub name: String,
    /// What it signs by.
    #[serde(default)]
    pub algorithm: Algorithm,
    /// How large it is, where it is RSA.
    #[serde(default)]
    pub size: RsaSize,
    /// After so many seconds it signs, unless it is the first one: that signs at once.
    #[serde(default = "lead")]
    pub signs_in_seconds: u64,
}

/// A key that comes from elsewhere.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyGiven {
    /// The policy key.
    pub name: String,
    /// Itself.
    pub material: GivenMaterial,
    /// From when its certificate says that it is good.
    #[serde(default)]
    pub certificate_from: Option<At>,
    /// From when it is used, whatever else is said.
    #[serde(default)]
    pub not_before: Option<At>,
    /// Until when it is used.
    #[serde(default)]
    pub expires: Option<At>,
    /// As in [`KeyWanted`], where `not_before` is absent. A secret is used at once.
    #[serde(default = "lead")]
    pub signs_in_seconds: u64,
}

/// What comes from elsewhere. No `Debug` text shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum GivenMaterial {
    /// A private key: PKCS#8 in base64url.
    Pkcs8(Password),
    /// A text.
    Secret(Password),
}

/// A key that is to go.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyUnwanted {
    /// The policy key.
    pub name: String,
    /// Its `kid`.
    pub id: String,
    /// Even where nothing is left that signs.
    #[serde(default)]
    pub force: bool,
}

fn lead() -> u64 {
    LEAD.as_secs()
}

/// A key as it is listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ListedKey {
    /// The policy key.
    pub name: String,
    /// Its `kid`.
    pub kid: String,
    /// `RS256`, `ES256` or `secret`.
    pub algorithm: String,
    /// Its state.
    #[serde(flatten)]
    pub state: ListedState,
    /// Whether it is in the key set.
    pub published: bool,
    /// When it came here.
    pub created: At,
    /// From when it is used.
    pub not_before: At,
    /// Until when it is used.
    pub expires: Option<At>,
    /// `store`, or `tenant.toml`.
    pub source: String,
}

/// [`KeyState`], with stable names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum ListedState {
    /// It will sign.
    Next {
        /// From when.
        signs_from: At,
    },
    /// It signs.
    Signing {
        /// Since when.
        signs_since: At,
    },
    /// Another one signs, and tokens of this one may be alive.
    Retiring {
        /// Until when it is published.
        published_until: At,
    },
    /// Another one signs.
    Retired {
        /// Until when it was published.
        published_until: At,
    },
    /// It has expired.
    Expired {
        /// When.
        expired: At,
        /// Until when it is, or was, published.
        published_until: At,
    },
}

impl From<KeyState> for ListedState {
    fn from(state: KeyState) -> Self {
        match state {
            KeyState::Next { from } => Self::Next { signs_from: At(from) },
            KeyState::Signing { since } => Self::Signing { signs_since: At(since) },
            KeyState::Retiring { until } => Self::Retiring { published_until: At(until) },
            KeyState::Retired { since } => Self::Retired { published_until: At(since) },
            KeyState::Expired { at, until } => Self::Expired { expired: At(at), published_until: At(until) },
        }
    }
}

impl ListedKey {
    fn new(name: &str, key: &HeldKey, state: KeyState, now: Timestamp) -> Self {
        let is_pair = key.life.kind != KeyKind::Secret;
        Self {
            name: name.to_owned(),
            kid: key.id.clone(),
            algorithm: key.pair().map_or("secret", |pair| pair.algorithm().name()).to_owned(),
            state: state.into(),
            published: is_pair && state.is_published(now),
            created: At(key.life.created),
            not_before: At(key.life.not_before),
            expires: key.life.expires.map(At),
            source: match key.source {
                Source::Store => "store".into(),
                Source::Definition => "tenant.toml".into(),
            },
        }
    }

    /// Its state in words, with its times.
    pub fn in_words(&self) -> InWords<'_> {
        InWords(self)
    }
}

/// The state of a key in words.
#[derive(Clone, Copy, Debug)]
pub struct InWords<'a>(&'a ListedKey);

impl fmt::Display for InWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(key) = self;
        let used = if key.algorithm == "secret" { "in use" } else { "signs" };
        match key.state {
            ListedState::Next { signs_from } => write!(f, "{used} from {signs_from}"),
            ListedState::Signing { signs_since } => write!(f, "{used} since {signs_since}"),
            ListedState::Retiring { .. } | ListedState::Retired { .. } if key.algorithm == "secret" => {
                f.write_str("replaced")
            }
            ListedState::Retiring { published_until } => write!(f, "published until {published_until}"),
            ListedState::Retired { published_until } => write!(f, "retired, published until {published_until}"),
            ListedState::Expired { expired, published_until } if key.published => {
                write!(f, "expired {expired}, published until {published_until}")
            }
            ListedState::Expired { expired, .. } => write!(f, "expired {expired}"),
        }?;
        match (key.state, key.expires) {
            (ListedState::Next { .. } | ListedState::Signing { .. }, Some(expires)) => write!(f, ", expires {expires}"),
            _ => Ok(()),
        }
    }
}

/// Every key of the tenant, by name, in the order in which they are used.
pub(super) async fn list(context: &Context<'_>) -> anyhow::Result<Done> {
    let configured = context.keys.configured_names(&context.tenant.id);
    // The store has them in lower case.
    let stored = context.store.key_names(&context.tenant.id).await?;
    let names = configured.into_iter().chain(stored.iter().map(|name| KeyName::new(name)));
    let names: BTreeSet<KeyName> = names.map(|name| context.tenant.policy_keys.spelled(name)).collect();
    let mut all = Vec::new();
    for name in names {
        all.extend(listed(context, &name).await?);
    }
    Ok(Done::Keys(all))
}

async fn listed(context: &Context<'_>, name: &KeyName) -> anyhow::Result<Vec<ListedKey>> {
    let held = context.keys.all(context.store, &context.tenant.id, name).await?;
    let states = life::states(&lives(&held), context.now);
    Ok(held.iter().zip(states).map(|(key, state)| ListedKey::new(name.as_str(), key, state, context.now)).collect())
}

async fn signs(context: &Context<'_>, name: &KeyName, kind: KeyKind) -> anyhow::Result<bool> {
    let held = context.keys.all(context.store, &context.tenant.id, name).await?;
    Ok(life::signing(&lives(&held), kind, context.now).is_some())
}

pub(super) async fn add(context: &Context<'_>, wanted: KeyWanted) -> anyhow::Result<Done> {
    let KeyWanted { name, algorithm, size, signs_in_seconds } = wanted;
    let (name, pair) = (policy_key(context, &name)?, NewPair::sized(algorithm, size));
    let not_before = from(context, &name, kind_of(algorithm), signs_in_seconds).await?;
    let pkcs8 = generate(pair).await?;
    let valid = Validity { not_before, expires: None };
    let key = context.keys.sealed_key(&context.tenant.id, &name, NewKey::Pkcs8(&pkcs8), valid, context.now)?;
    keep(context, &name, key).await
}

pub(super) async fn import(context: &Context<'_>, given: KeyGiven) -> anyhow::Result<Done> {
    let KeyGiven { name, material, certificate_from, not_before, expires, signs_in_seconds } = given;
    let (name, now, expires) = (policy_key(context, &name)?, context.now, expires.map(|At(at)| at));
    let seal = |new: NewKey<'_>, not_before| {
        context.keys.sealed_key(&context.tenant.id, &name, new, Validity { not_before, expires }, now)
    };
    let key = match &material {
        GivenMaterial::Secret(Password(text)) => {
            if text.is_empty() {
                bail!("the secret is empty");
            }
            if context.tenant.policy_keys.sign(&name) {
                bail!("policies sign with `{name}`; give a private key, or another name");
            }
            seal(NewKey::Secret(&Secret::new(text.clone())), not_before.map_or(now, |At(at)| at))?
        }
        GivenMaterial::Pkcs8(Password(text)) => {
            let pkcs8 =
                base64url::decode(text).ok_or_else(|| anyhow!("the private key must be PKCS#8 in base64url"))?;
            let (pkcs8, certificate_from) = (Secret::new(pkcs8), certificate_from.map(|At(at)| at));
            // Its kind is known once it was read.
            let kind = seal(NewKey::Pkcs8(&pkcs8), now)?.kind;
            let not_before = match not_before {
                Some(At(at)) => at,
                None => match from(context, &name, kind, signs_in_seconds).await? {
                    // The certificate's own date, unless clients have to hear of the key first.
                    at_once if at_once == now => certificate_from.unwrap_or(now),
                    later => certificate_from.map_or(later, |certificate| certificate.max(later)),
                },
            };
            seal(NewKey::Pkcs8(&pkcs8), not_before)?
        }
    };
    if let Some(expires) = key.expires {
        if expires <= now {
            bail!("the key expired at {}; give one that is valid", At(expires));
        }
        if expires <= key.not_before {
            bail!(
                "the key would be used from {}, and expires at {} already; give `--not-before` or `--signs-in`",
                At(key.not_before),
                At(expires)
            );
        }
    }
    keep(context, &name, key).await
}

pub(super) async fn remove(context: &Context<'_>, unwanted: KeyUnwanted) -> anyhow::Result<Done> {
    let KeyUnwanted { name, id, force } = unwanted;
    let name = policy_key(context, &name)?;
    let held = context.keys.all(context.store, &context.tenant.id, &name).await?;
    let Some(index) = held.iter().position(|key| key.id == id) else {
        bail!("there is no key `{id}` under `{name}`; `zaguan keys list` shows which there are");
    };
    let key = &held[index];
    if key.source == Source::Definition {
        bail!("the key `{id}` is not in the store: `tenant.toml` names it under `[keys]`; take it out there");
    }
    let lives = lives(&held);
    let states = life::states(&lives, context.now);
    let signs_alone = matches!(states[index], KeyState::Signing { .. })
        && !(0..lives.len())
            .any(|other| lives[other].kind == key.life.kind && matches!(states[other], KeyState::Retiring { .. }));
    if signs_alone && !force {
        let instead = match key.pair() {
            Some(pair) => format!("`zaguan keys add {name} --algorithm {}`", pair.algorithm().name()),
            None => format!("`zaguan keys import {name} FILE --secret`"),
        };
        bail!(
            "the key `{id}` is the only one of its kind in use under `{name}`; add another first, with {instead}, or insist with `--force`"
        );
    }
    // Even who insists does not leave everybody without a token for a day: where none is left, the next sign-in makes one.
    let others: Vec<_> = (0..lives.len()).filter(|other| *other != index).map(|other| lives[other]).collect();
    let of_kind = others.iter().any(|life| life.kind == key.life.kind);
    if signs_alone && of_kind && life::signing(&others, key.life.kind, context.now).is_none() {
        bail!(
            "without the key `{id}` nothing would sign under `{name}` until another one's time comes; add one that signs at once, with \
             `zaguan keys add {name} --signs-in 0s`"
        );
    }
    let gone = ListedKey::new(name.as_str(), key, states[index], context.now);
    if !context.store.remove_key(&context.tenant.id, name.as_str(), &id).await? {
        bail!("the key `{id}` was removed by somebody else");
    }
    context.keys.forget_cached();
    tracing::info!(tenant = %context.tenant.id, key = %name, kid = %id, "removed a key");
    Ok(Done::Key(Box::new(gone)))
}

/// When a new key signs: at once where none does, because nobody can be waiting for another one's tokens to die.
async fn from(context: &Context<'_>, name: &KeyName, kind: KeyKind, lead_seconds: u64) -> anyhow::Result<Timestamp> {
    let lead = Duration::from_secs(lead_seconds);
    if lead > LONGEST_LEAD {
        bail!("a key signs after 365 days at the latest");
    }
    Ok(if signs(context, name, kind).await? { context.now + lead } else { context.now })
}

async fn keep(context: &Context<'_>, name: &KeyName, key: StoredKey) -> anyhow::Result<Done> {
    if listed(context, name).await?.iter().any(|known| known.kid == key.id) {
        bail!("the key `{}` is under `{name}` already", key.id);
    }
    context.store.add_key(&context.tenant.id, name.as_str(), &key, AddKey::Always).await?;
    context.keys.forget_cached();
    tracing::info!(tenant = %context.tenant.id, key = %name, kid = %key.id, "added a key");
    let found = listed(context, name).await?.into_iter().find(|known| known.kid == key.id);
    let found = found.ok_or_else(|| anyhow!("the key `{}` was removed by somebody else", key.id))?;
    Ok(Done::Key(Box::new(found)))
}

fn policy_key(context: &Context<'_>, name: &str) -> anyhow::Result<KeyName> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    match !name.is_empty() && name.len() <= 200 && name.chars().all(fits) {
        true => Ok(context.tenant.policy_keys.spelled(KeyName::new(name))),
        false => bail!("`{name}` is no name of a policy key; it looks like `B2C_1A_TokenSigningKeyContainer`"),
    }
}
