//! Accounts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zaguan_policy::{Timestamp, Value};
use zaguan_session::{Cause, SessionId};

use crate::VisitId;

/// A person's account.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Account {
    /// GUID, lower case.
    pub object_id: String,
    /// What the person signs in with.
    pub sign_in_names: Vec<SignInName>,
    /// Identities at other providers.
    pub identities: Vec<Identity>,
    /// Everything else, by attribute name in lower case.
    pub attributes: BTreeMap<String, Value>,
    /// False: nobody signs in with it.
    pub enabled: bool,
    /// When it was created.
    pub created: Timestamp,
    /// `refreshTokensValidFromDateTime`: refresh tokens issued earlier are void. Moves with the password.
    pub tokens_valid_from: Timestamp,
}

/// A sign-in name. Compared by its text in lower case, over all kinds: no two accounts of a tenant
/// share one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SignInName {
    /// `emailAddress`, `userName`, `phoneNumber` or another word.
    pub kind: String,
    /// As the person wrote it.
    pub value: String,
}

/// An identity at another provider.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Identity {
    /// The provider. Compared in lower case.
    pub issuer: String,
    /// Who the person is there.
    pub issuer_user_id: String,
}

/// What an account is found by.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum AccountKey {
    /// Its object id.
    ObjectId(String),
    /// A sign-in name; `kind` absent: of any kind.
    SignInName {
        /// Which kind only.
        kind: Option<String>,
        /// The name.
        value: String,
    },
    /// An identity at another provider.
    Identity(Identity),
    /// `userPrincipalName`: an attribute that is unique.
    UserPrincipalName(String),
}

/// What a directory write does.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AccountWrite {
    /// Which account.
    pub key: AccountKey,
    /// What to do where the key finds none.
    pub if_absent: IfAbsent,
    /// What to do where it finds one.
    pub if_present: IfPresent,
    /// What is set or emptied.
    pub changes: Vec<AccountChange>,
    /// What becomes of the person's sessions where a change is of a kind that may end them.
    pub sessions: SessionsThen,
    /// Accounts that this very page of this visit created: for these `if_present` is an update, and
    /// the answer says that they are new.
    pub own: Vec<String>,
}

/// What becomes of a person's sessions when the password changes, or when the account is disabled, revoked or
/// deleted (D15, D17).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum SessionsThen {
    /// They go on.
    Stay,
    /// They end, in the same transaction.
    End,
}

/// What a write does where there is no such account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum IfAbsent {
    /// Creates it under this object id.
    Create {
        /// GUID, lower case.
        object_id: String,
    },
    /// Answers [`WriteAnswer::Absent`].
    Refuse,
}

/// What a write does where the account exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum IfPresent {
    /// Changes it.
    Update,
    /// Answers [`WriteAnswer::Exists`].
    Refuse,
}

/// One change of an account.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum AccountChange {
    /// Replaces all sign-in names.
    SignInNames(Vec<SignInName>),
    /// Replaces all identities.
    Identities(Vec<Identity>),
    /// Sets an attribute (name in lower case), or empties it.
    Attribute(String, Option<Value>),
    /// Sets the password's hash (PHC string) and makes earlier refresh tokens void.
    PasswordHash(String),
    /// Enables or disables.
    Enabled(bool),
    /// Makes earlier refresh tokens void (`revokeSignInSessions`).
    Revoke,
}

impl AccountChange {
    /// Why sessions end with this change, where they do.
    pub(crate) fn ends_sessions(&self) -> Option<Cause> {
        match self {
            Self::PasswordHash(_) => Some(Cause::PasswordChanged),
            Self::Enabled(false) => Some(Cause::AccountDisabled),
            Self::Revoke => Some(Cause::Revoked),
            _ => None,
        }
    }
}

/// What became of a write.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum WriteAnswer {
    /// Written.
    Done {
        /// The account as it is now.
        account: Box<Account>,
        /// `newClaimsPrincipalCreated`.
        created: bool,
        /// The sessions that ended with it.
        #[serde(default)]
        ended: Vec<SessionId>,
    },
    /// There is one already.
    Exists,
    /// There is none.
    Absent,
    /// A sign-in name, an identity or the principal name belongs to another account.
    Taken,
}

/// Names one ask of one journey, so that a request repeated after a crash gets the same answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskId {
    /// The visit.
    pub visit: VisitId,
    /// The version of the visit that was read for this request.
    pub version: u64,
    /// Which ask of the request.
    pub number: u32,
    /// SHA-256 (keyed by the caller) of what is asked, passwords included.
    pub digest: [u8; 32],
}

/// Folds what compares without case: object ids, sign-in names, issuers, principal names.
pub(crate) fn fold(text: &str) -> String {
    text.to_lowercase()
}

impl SignInName {
    /// What it is compared by.
    pub(crate) fn folded(&self) -> String {
        fold(&self.value)
    }
}

impl Identity {
    /// What it is compared by. Who somebody is at a provider is the provider's text, case and all.
    pub(crate) fn folded(&self) -> (String, String) {
        (fold(&self.issuer), self.issuer_user_id.clone())
    }
}

impl AccountKey {
    /// True where this account is the one that is meant.
    pub(crate) fn names(&self, account: &Account) -> bool {
        match self {
            Self::ObjectId(id) => account.object_id == fold(id),
            Self::SignInName { kind, value } => account.sign_in_names.iter().any(|name| {
                name.folded() == fold(value) && kind.as_ref().is_none_or(|kind| fold(kind) == fold(&name.kind))
            }),
            Self::Identity(sought) => account.identities.iter().any(|known| known.folded() == sought.folded()),
            Self::UserPrincipalName(sought) => account.principal_name().is_some_and(|known| known == fold(sought)),
        }
    }
}

impl Account {
    /// The attribute that is unique.
    const PRINCIPAL_NAME: &str = "userprincipalname";

    /// An account that nothing is known of yet.
    pub(crate) fn new(object_id: &str, now: Timestamp) -> Self {
        Self {
            object_id: fold(object_id),
            sign_in_names: Vec::new(),
            identities: Vec::new(),
            attributes: BTreeMap::new(),
            enabled: true,
            created: now,
            tokens_valid_from: now,
        }
    }

    /// Makes the changes in their order. Gives back the password's new hash, where there is one.
    pub(crate) fn apply(&mut self, changes: &[AccountChange], now: Timestamp) -> Option<String> {
        let mut password = None;
        for change in changes {
            match change {
                AccountChange::SignInNames(names) => self.sign_in_names.clone_from(names),
                AccountChange::Identities(identities) => self.identities.clone_from(identities),
                AccountChange::Attribute(name, Some(value)) => {
                    self.attributes.insert(fold(name), value.clone());
                }
                AccountChange::Attribute(name, None) => {
                    self.attributes.remove(&fold(name));
                }
                AccountChange::PasswordHash(hash) => {
                    password = Some(hash.clone());
                    self.tokens_valid_from = now;
                }
                AccountChange::Enabled(enabled) => self.enabled = *enabled,
                AccountChange::Revoke => self.tokens_valid_from = now,
            }
        }
        password
    }

    /// `userPrincipalName`, folded.
    pub(crate) fn principal_name(&self) -> Option<String> {
        self.attributes.get(Self::PRINCIPAL_NAME).and_then(Value::as_text).map(|name| fold(&name))
    }
}

impl AccountWrite {
    /// Why the person's sessions end with it, where they do.
    pub(crate) fn ends_sessions(&self) -> Option<Cause> {
        match self.sessions {
            SessionsThen::Stay => None,
            SessionsThen::End => self.changes.iter().find_map(AccountChange::ends_sessions),
        }
    }

    /// True where the account counts as created by this very page.
    pub(crate) fn owns(&self, account: &Account) -> bool {
        self.own.iter().any(|id| fold(id) == account.object_id)
    }
}
