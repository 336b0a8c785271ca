//! Codes, refresh tokens, keys and notices.

use serde::{Deserialize, Serialize};
use zaguan_policy::{Timestamp, id::PolicyId};
use zaguan_session::{Cause, ClientId, Participant, SessionId};

/// SHA-256 of a code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CodeHash(pub [u8; 32]);

/// What an app was granted. The body is the server's; the rest is asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// To which app.
    pub app: ClientId,
    /// By which policy.
    pub policy: PolicyId,
    /// Whose.
    pub person: Option<String>,
    /// In which session.
    pub session: Option<SessionId>,
    /// JSON: scopes, claims, PKCE challenge, …
    pub body: String,
}

/// A code on its way to an app.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// Its hash.
    pub hash: CodeHash,
    /// What it stands for.
    pub grant: Grant,
    /// When it expires.
    pub until: Timestamp,
    /// The family that refresh tokens from it will belong to, so that a code shown twice can end it.
    pub family: FamilyId,
}

/// What came of taking a code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Taken {
    /// It is the caller's, and nobody else's.
    Grant {
        /// What it stands for.
        grant: Grant,
        /// The family of its refresh tokens.
        family: FamilyId,
    },
    /// Somebody took it before. The store has ended this family.
    Before(FamilyId),
    /// There is no such code, or it expired.
    Unknown,
}

/// Names a family of refresh tokens: all that descend from one code.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct FamilyId(pub String);

/// The first refresh token of a family.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FirstToken {
    /// When what it stands for was granted: a revocation after that is one of this token, too.
    pub issued: Timestamp,
    /// When it expires.
    pub until: Timestamp,
}

/// A family of refresh tokens. Exactly one generation is current.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefreshFamily {
    /// Its name.
    pub id: FamilyId,
    /// What was granted.
    pub grant: Grant,
    /// The newest token's number.
    pub generation: u32,
    /// When that one was issued.
    pub rotated: Timestamp,
    /// When it expires.
    pub until: Timestamp,
}

/// What came of a rotation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rotated {
    /// The successor has this generation. The same answer for a token that is used again within
    /// its grace.
    Successor(u32),
    /// An old token was shown: the family is over.
    Reused,
    /// No such family, or it is over, or its token expired.
    Gone,
}

/// A private key or a secret at rest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StoredKey {
    /// Its `kid`.
    pub id: String,
    /// What it is.
    pub kind: KeyKind,
    /// Sealed by the caller.
    pub sealed: Vec<u8>,
    /// When it came here.
    pub created: Timestamp,
    /// From when it is used.
    pub not_before: Timestamp,
    /// From when it is not used any more.
    pub expires: Option<Timestamp>,
}

/// What is kept under a policy key's name. One name may hold several kinds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum KeyKind {
    /// An RSA key pair, which signs.
    Rsa,
    /// A key pair on P-256, which signs.
    P256,
    /// A text that somebody else knows as well.
    Secret,
}

impl KeyKind {
    const ALL: [Self; 3] = [Self::Rsa, Self::P256, Self::Secret];

    /// As it is written down.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::P256 => "p256",
            Self::Secret => "secret",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// When a key is added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AddKey {
    /// In any case.
    Always,
    /// Only where the name has none of its kind.
    OnlyFirst,
}

/// A client secret at rest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StoredSecret {
    /// Names it in lists.
    pub id: String,
    /// SHA-256 of the secret, which has 256 random bits.
    pub hash: [u8; 32],
    /// When it was made.
    pub created: Timestamp,
}

/// A participant that has to be told of the end of a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// Who, and what it was given.
    pub participant: Participant,
    /// What became of it.
    pub outcome: NoticeOutcome,
    /// Since when it is so.
    pub at: Timestamp,
}

/// What is known of a notice. A frame can load or not; its status is nobody's to see.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum NoticeOutcome {
    /// Not tried yet.
    Pending,
    /// Its frame loaded.
    Loaded,
    /// Its frame did not load in time.
    TimedOut,
    /// Never tried: the app asked for the sign-out itself.
    AskedForIt,
    /// Never tried: the app has no address for it.
    NoAddress,
    /// Never tried: the session ended where no browser of its person showed a sign-out page.
    NoPage,
    /// Not needed: the same person's next session in that browser has the app now, and tells it at its own end.
    PassedOn,
}

impl NoticeOutcome {
    /// What is known when a session has just ended. `passed_on`: another session has its participants now.
    pub(crate) fn at_first(cause: &Cause, passed_on: bool) -> Self {
        match (passed_on, cause.has_a_page()) {
            (true, _) => Self::PassedOn,
            (false, true) => Self::Pending,
            (false, false) => Self::NoPage,
        }
    }
}

impl RefreshFamily {
    /// What a token of this generation gets. After [`Rotated::Successor`] the family is as it has to
    /// be kept; after [`Rotated::Reused`] it is over.
    pub(crate) fn rotate(&mut self, generation: u32, until: Timestamp, now: Timestamp, grace_millis: i64) -> Rotated {
        let since = now.as_millis().saturating_sub(self.rotated.as_millis());
        if self.until <= now || generation > self.generation {
            Rotated::Gone
        } else if generation == self.generation {
            self.generation += 1;
            self.rotated = now;
            self.until = until;
            Rotated::Successor(self.generation)
        } else if generation + 1 == self.generation && since < grace_millis {
            Rotated::Successor(self.generation)
        } else {
            Rotated::Reused
        }
    }
}
