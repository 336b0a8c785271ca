//! The outside world, as journeys ask for it: the directory, passwords, mail.

mod directory;
pub mod mail;

use zaguan_journey::{Answer, Ask};
use zaguan_policy::{Timestamp, Value};
use zaguan_protocol::secret::Secret;
use zaguan_session::{
    SessionId,
    quirks::{Quirk, Quirks},
};
use zaguan_store::{AccountKey, AskId, SessionsThen, Stored, WriteAnswer};

use crate::{chance, server::Server, tenant::Tenant, throttle::Attempt, world::mail::Letter};

/// Who asks, for the answers that depend on it.
pub(crate) struct Asking<'a> {
    pub(crate) tenant: &'a Tenant,
    /// Network address of the person.
    pub(crate) from: &'a str,
    pub(crate) now: Timestamp,
    /// Names the ask for writes; absent where no visit is parked.
    pub(crate) ask: Option<AskId>,
    /// Takes the sessions that end with a write.
    pub(crate) ended: &'a mut Vec<SessionId>,
}

/// Why the world did not answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// The store's.
    Store(zaguan_store::StoreFault),
    /// Too many passwords are waiting.
    Busy,
}

impl From<zaguan_store::StoreFault> for NoAnswer {
    fn from(fault: zaguan_store::StoreFault) -> Self {
        Self::Store(fault)
    }
}

impl From<crate::passwords::Busy> for NoAnswer {
    fn from(_: crate::passwords::Busy) -> Self {
        Self::Busy
    }
}

impl Server {
    /// Answers one ask.
    pub(crate) async fn answer(&self, ask: Ask, asking: &mut Asking<'_>) -> Result<Answer, NoAnswer> {
        let (store, tenant) = (self.store(), &asking.tenant.id);
        match ask {
            Ask::ReadAccount(key) => {
                let Some(key) = directory::key(&key) else { return Ok(Answer::NoAccount) };
                Ok(match store.account(tenant, &key).await? {
                    Some(account) => Answer::Account { attributes: directory::attributes(&account), created: false },
                    None => Answer::NoAccount,
                })
            }
            Ask::WriteAccount { key, attributes, if_absent, if_present, own } => {
                let mut write =
                    match directory::write(&key, attributes, if_absent, if_present, own, &asking.tenant.quirks) {
                        Ok(write) => write,
                        Err(attribute) => return Ok(Answer::Rejected { attribute }),
                    };
                if let Some(password) = write.password.take() {
                    let hash = self.passwords().hash(&password).await?;
                    write.account.changes.push(zaguan_store::AccountChange::PasswordHash(hash));
                }
                let answer = store.write_account(tenant, asking.ask.as_ref(), &write.account, asking.now).await?;
                Ok(match answer {
                    WriteAnswer::Done { account, created, ended } => {
                        asking.ended.extend(ended);
                        Answer::Account { attributes: directory::attributes(&account), created }
                    }
                    WriteAnswer::Exists | WriteAnswer::Taken => Answer::AccountExists,
                    WriteAnswer::Absent => Answer::NoAccount,
                })
            }
            Ask::DeleteAccount(key) => {
                let Some(key) = directory::key(&key) else { return Ok(Answer::NoAccount) };
                match store.account(tenant, &key).await? {
                    Some(account) => {
                        let sessions = sessions_then(&asking.tenant.quirks, Quirk::AccountGoneKeepsSessions);
                        store.delete_account(tenant, &account.object_id, sessions, asking.now).await?;
                        Ok(Answer::AccountDeleted)
                    }
                    None => Ok(Answer::NoAccount),
                }
            }
            Ask::CheckPassword { sign_in_name, password } => self.check_password(sign_in_name, password, asking).await,
            Ask::SendCode { address, code, language } => Ok(self.send_code(address, code, &language, asking).await),
        }
    }

    async fn check_password(
        &self,
        sign_in_name: String,
        password: Value,
        asking: &Asking<'_>,
    ) -> Result<Answer, NoAnswer> {
        let Value::Secret(password) = password else { return Ok(Answer::WrongPassword) };
        let attempt = Attempt::Password { account: &sign_in_name, from: asking.from };
        if !self.throttle().allows(attempt, asking.now) {
            return Ok(Answer::Throttled);
        }
        // Before it is checked: who sends a hundred at once has sent a hundred.
        self.throttle().count(attempt, asking.now);
        let (store, tenant) = (self.store(), &asking.tenant.id);
        let key = AccountKey::SignInName { kind: None, value: sign_in_name.clone() };
        let account = store.account(tenant, &key).await?;
        let hash: Option<String> = match &account {
            Some(account) => store.password_hash(tenant, &account.object_id).await?,
            None => None,
        };
        // An unknown account takes as long as a wrong password.
        let matches = self.passwords().check(&Secret::new(password), hash.as_deref()).await;
        let matches = matches.inspect_err(|_| self.throttle().take_back(attempt))?;
        Ok(match account {
            Some(account) if matches => {
                self.throttle().take_back(attempt);
                self.throttle().forgive(&sign_in_name, asking.from);
                match account.enabled {
                    true => Answer::Account { attributes: directory::attributes(&account), created: false },
                    false => Answer::AccountDisabled,
                }
            }
            Some(_) => Answer::WrongPassword,
            None => Answer::NoAccount,
        })
    }

    async fn send_code(&self, address: String, code: String, language: &str, asking: &Asking<'_>) -> Answer {
        let attempt = Attempt::Code { to: &address, from: asking.from };
        if !self.throttle().allows(attempt, asking.now) {
            return Answer::Throttled;
        }
        self.throttle().count(attempt, asking.now);
        let letter = Letter::code(&address, &code, language, &asking.tenant.domain, asking.now);
        match self.outbox().send(letter).await {
            Ok(()) => Answer::CodeSent,
            Err(cause) => {
                tracing::error!(tenant = %asking.tenant.id, %cause, "could not send a verification code");
                Answer::Rejected { attribute: "email".into() }
            }
        }
    }
}

/// D15, D17: whether the person's sessions end, or a quirk keeps them.
pub(crate) fn sessions_then(quirks: &Quirks, keeps: Quirk) -> SessionsThen {
    if quirks.has(keeps) { SessionsThen::Stay } else { SessionsThen::End }
}

/// A fresh object id.
pub(crate) fn new_object_id() -> String {
    chance::guid()
}

/// The account with this sign-in name, for commands.
///
/// # Errors
/// The store's.
pub async fn find_by_sign_in_name(
    store: &dyn zaguan_store::Store,
    tenant: &zaguan_store::TenantId,
    name: &str,
) -> Stored<Option<zaguan_store::Account>> {
    store.account(tenant, &AccountKey::SignInName { kind: None, value: name.to_owned() }).await
}
