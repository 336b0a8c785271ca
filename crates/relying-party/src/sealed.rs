//! What the store and the browser carry for us without being able to read it.

use crate::chance;
use crate::store::{Person, Sealed, SessionHash, TokenKey};
use crate::token_endpoint::Granted;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zaguan_protocol::NumericDate;
use zaguan_protocol::crypto::SealingKey;

/// The newest key seals, all open.
#[derive(Debug)]
pub(crate) struct Sealer(Vec<SealingKey>);

impl Sealer {
    /// With these keys, the newest first; without any, with one that nobody else ever knows.
    pub(crate) fn new(keys: Vec<[u8; 32]>) -> Self {
        let keys = if keys.is_empty() { vec![chance::bytes()] } else { keys };
        Self(keys.into_iter().map(SealingKey::from_bytes).collect())
    }

    /// Seals a value and binds it to its place, so that it opens nowhere else.
    pub(crate) fn seal(&self, place: &Place<'_>, value: &impl Serialize) -> Sealed {
        let plain = serde_json::to_vec(value).expect("our own types have a JSON form");
        let newest = self.0.first().expect("there is always a key");
        Sealed(newest.seal(chance::bytes(), &place.bytes(), &plain))
    }

    /// The value, if it was sealed for this place with one of our keys.
    pub(crate) fn open<T: DeserializeOwned>(&self, place: &Place<'_>, sealed: &Sealed) -> Option<T> {
        let place = place.bytes();
        let plain = self.0.iter().find_map(|key| key.open(&place, &sealed.0))?;
        serde_json::from_slice(&plain).ok()
    }
}

/// What a sealed value is and where it belongs (ST-4).
pub(crate) enum Place<'a> {
    /// The sealed half of a session's row.
    Session(&'a SessionHash),
    /// A row of tokens.
    Tokens(&'a TokenKey),
    /// The cookie of this name.
    Cookie(&'a str),
}

impl Place<'_> {
    /// Different places give different bytes: the session's hash is of fixed length and the first word differs.
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Session(session) => format!("session {}", session.as_str()),
            Self::Tokens(key) => format!("tokens {} {}", key.session.as_str(), key.policy),
            Self::Cookie(name) => format!("cookie {name}"),
        }
        .into_bytes()
    }
}

/// The sealed half of a session's row.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SessionSecrets {
    pub(crate) person: Person,
    pub(crate) claims: Map<String, Value>,
    /// Sent as a hint when the person signs out.
    pub(crate) id_token: String,
}

/// What one policy gave in one session. The provider's rotation replaces the refresh token for all access tokens at
/// once, so they are one row.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct TokenSet {
    pub(crate) refresh: Option<String>,
    pub(crate) access: Vec<AccessToken>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AccessToken {
    pub(crate) token: String,
    /// What it was granted for.
    pub(crate) scopes: Vec<String>,
    pub(crate) obtained: NumericDate,
    pub(crate) expires: NumericDate,
}

impl AccessToken {
    /// The access token of an answer, if it has one: B2C gives none for the scopes of OpenID Connect alone.
    pub(crate) fn from_answer(granted: &Granted, now: NumericDate) -> Option<Self> {
        let token = granted.access_token.clone()?;
        Some(Self { token, scopes: granted.scopes.clone(), obtained: now, expires: now.plus(granted.expires_in) })
    }

    pub(crate) fn covers(&self, scopes: &[String]) -> bool {
        scopes.iter().all(|scope| self.scopes.contains(scope))
    }

    /// Whether it is good for a call that starts now: E-16, five minutes, or a tenth of its life if that is shorter.
    pub(crate) fn is_fresh(&self, now: NumericDate) -> bool {
        let skew = (self.expires.since(self.obtained) / 10).clamp(0, 300);
        now.plus(skew) < self.expires
    }

    pub(crate) fn is_alive(&self, now: NumericDate) -> bool {
        now < self.expires
    }
}

impl TokenSet {
    /// The token for these scopes that lives longest.
    pub(crate) fn covering(&self, scopes: &[String]) -> Option<&AccessToken> {
        self.access.iter().filter(|token| token.covers(scopes)).max_by_key(|token| token.expires)
    }

    /// Takes a new token in, in place of the dead and of those for the same scopes.
    pub(crate) fn add(&mut self, new: AccessToken) {
        self.access.retain(|old| old.is_alive(new.obtained) && !new.covers(&old.scopes));
        self.access.push(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(session: &str, policy: &str) -> TokenKey {
        TokenKey { session: SessionHash::from_stored(session), policy: policy.to_owned() }
    }

    #[test]
    fn st_4_opens_only_where_it_was_sealed() {
        let sealer = Sealer::new(vec![[1; 32]]);
        let here = key("a", "signin");
        let sealed = sealer.seal(&Place::Tokens(&here), &"token");
        assert_eq!(sealer.open(&Place::Tokens(&here), &sealed), Some("token".to_owned()));
        for elsewhere in [key("b", "signin"), key("a", "profile")] {
            assert_eq!(sealer.open::<String>(&Place::Tokens(&elsewhere), &sealed), None, "{elsewhere:?}");
        }
        assert_eq!(sealer.open::<String>(&Place::Session(&here.session), &sealed), None);
        assert_eq!(sealer.open::<String>(&Place::Cookie("a signin"), &sealed), None);
        assert!(!format!("{sealed:?} {sealer:?}").contains("token"));
    }

    #[test]
    fn the_newest_key_seals_and_all_open() {
        let place = Place::Cookie("a");
        let before = Sealer::new(vec![[1; 32]]).seal(&place, &1);
        let both = Sealer::new(vec![[2; 32], [1; 32]]);
        assert_eq!(both.open(&place, &before), Some(1));
        assert_eq!(Sealer::new(vec![[2; 32]]).open(&place, &both.seal(&place, &2)), Some(2));
        assert_eq!(Sealer::new(vec![[2; 32]]).open::<i32>(&place, &before), None);
        assert_eq!(Sealer::new(Vec::new()).open::<i32>(&place, &Sealer::new(Vec::new()).seal(&place, &3)), None);
    }

    #[test]
    fn fresh_until_five_minutes_or_a_tenth_before_the_end() {
        for (life, at, expected) in [
            (3600, 3299, true),
            (3600, 3300, false),
            (600, 539, true),
            (600, 540, false),
            (0, 0, false),
            (-5, 0, false),
        ] {
            let token = AccessToken {
                token: "t".into(),
                scopes: Vec::new(),
                obtained: NumericDate(0),
                expires: NumericDate(life),
            };
            assert_eq!(token.is_fresh(NumericDate(at)), expected, "{life} {at}");
        }
    }
}
