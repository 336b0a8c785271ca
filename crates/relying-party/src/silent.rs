//! Access tokens without asking the person.

use crate::callback::{Untrusted, person, verify};
use crate::extract::first_line;
use crate::party::{Current, Inner, RelyingParty};
use crate::provider::Provider;
use crate::sealed::{AccessToken, Place, TokenSet};
use crate::store::{Save, SessionHash, StoreError, TokenKey, Version, Versioned};
use crate::token_endpoint::{Failed, Grant, Granted};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, Weak};
use tokio::sync::Mutex;
use zaguan_protocol::NumericDate;

/// Refreshes under way, by the owner of the refresh token: rotation changes one for all scopes.
#[derive(Default)]
pub(crate) struct Flights(std::sync::Mutex<HashMap<TokenKey, Weak<Flight>>>);

/// Whoever holds the lock flies. Those who waited find the outcome in the store, or here if it was none.
type Flight = Mutex<Option<Grounded>>;

#[derive(Clone)]
struct Grounded {
    seen: Version,
    why: Unavailable,
}

/// Why there is no access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unavailable {
    PersonNeeded,
    SignedOut,
    TryLater { after: i64 },
    Refused { code: String, description: String },
}

impl From<StoreError> for Unavailable {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "cannot read or keep tokens");
        Self::TryLater { after: SOON }
    }
}

/// What a caller wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// An access token that is good for a call.
    AccessToken,
    /// To know from the provider that its session goes on: a refresh in any case.
    Renewal,
}

impl Flights {
    fn join(&self, key: &TokenKey) -> Arc<Flight> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, flight| flight.strong_count() > 0);
        if let Some(flight) = all.get(key).and_then(Weak::upgrade) {
            return flight;
        }
        let flight = Arc::new(Mutex::new(None));
        all.insert(key.clone(), Arc::downgrade(&flight));
        flight
    }
}

/// The access token of this policy for these scopes, in this session. Goes on to its end when the caller goes away, so
/// that a refresh token that was traded is never lost with the request that traded it.
pub(crate) async fn access_token(
    party: &RelyingParty,
    current: &Arc<Current>,
    policy: &str,
    scopes: Vec<String>,
    want: Want,
) -> Result<Option<String>, Unavailable> {
    let key = TokenKey { session: current.hash.clone(), policy: policy.to_owned() };
    if want == Want::AccessToken {
        let row = read(&party.0, &key).await?;
        if let Some(fresh) = fresh(row.as_ref().map(|row| &row.value), &scopes, party.0.now()) {
            return Ok(Some(fresh));
        }
    }
    let (party, current) = (party.clone(), current.clone());
    let flying = tokio::spawn(async move {
        let flight = party.0.flights.join(&key);
        let mut grounded = flight.lock().await;
        fly(&party.0, &current, &key, &scopes, want, &mut grounded).await
    });
    flying.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a refresh broke off");
        Err(Unavailable::TryLater { after: SOON })
    })
}

async fn fly(
    inner: &Inner,
    current: &Current,
    key: &TokenKey,
    scopes: &[String],
    want: Want,
    grounded: &mut Option<Grounded>,
) -> Result<Option<String>, Unavailable> {
    let provider = inner.provider(&key.policy).ok_or(Unavailable::PersonNeeded)?;
    // Every turn after the first means that somebody else wrote. In one process that is a callback; it cannot go on forever.
    for _ in 0..TURNS {
        let now = inner.now();
        let Some(row) = read(inner, key).await? else {
            let session = inner.store.session(&key.session).await?;
            return Err(if session.is_some() { Unavailable::PersonNeeded } else { Unavailable::SignedOut });
        };
        if let Some(fresh) = fresh(Some(&row.value), scopes, now) {
            let renewed = match want {
                Want::AccessToken => true,
                // Somebody else renewed while we waited.
                Want::Renewal => is_alive(inner, &key.session, now).await?,
            };
            if renewed {
                return Ok(Some(fresh));
            }
        }
        let old = row.value.covering(scopes).filter(|token| token.is_alive(now));
        let old = old.filter(|_| want == Want::AccessToken).map(|token| token.token.clone());
        let Some(refresh) = row.value.refresh.clone() else {
            return old.map(Some).ok_or(Unavailable::PersonNeeded);
        };
        if let Some(Grounded { why, .. }) = grounded.as_ref().filter(|grounded| grounded.seen == row.version) {
            return old.map(Some).ok_or_else(|| why.clone());
        }

        match renew(inner, current, provider, &refresh, scopes).await {
            Ok(renewed) => {
                let token = renewed.access.clone();
                if token.is_none() && want == Want::AccessToken {
                    keep(inner, key, row, renewed).await?;
                    let description = "the provider gave no access token for these scopes".into();
                    return Err(Unavailable::Refused { code: "no_access_token".into(), description });
                }
                let enough = token.as_ref().is_none_or(|token| token.covers(scopes)) || want == Want::Renewal;
                match keep(inner, key, row, renewed).await? {
                    Save::Saved if enough => return Ok(token.map(|token| token.token)),
                    Save::Saved => {
                        // Asking again would give the same answer.
                        let description = "the provider granted fewer scopes than were asked for".into();
                        return Err(Unavailable::Refused { code: "insufficient_scope".into(), description });
                    }
                    Save::Moved => {}
                    Save::SessionEnded => return Err(Unavailable::SignedOut),
                }
            }
            Err(NotRenewed::Dead) => match inner.store.forget_tokens(key, row.version).await? {
                Save::Saved => return Err(Unavailable::PersonNeeded),
                Save::Moved => {}
                Save::SessionEnded => return Err(Unavailable::SignedOut),
            },
            Err(NotRenewed::Because(why)) => {
                *grounded = Some(Grounded { seen: row.version, why: why.clone() });
                return match why {
                    Unavailable::TryLater { .. } => old.map(Some).ok_or(why),
                    other => Err(other),
                };
            }
        }
    }
    Err(Unavailable::TryLater { after: SOON })
}

/// What a refresh brought.
struct Renewed {
    refresh: Option<String>,
    access: Option<AccessToken>,
    /// Until when the provider vouches for the session.
    until: NumericDate,
}

enum NotRenewed {
    /// The refresh token will never work again.
    Dead,
    Because(Unavailable),
}

async fn renew(
    inner: &Inner,
    current: &Current,
    provider: &Provider,
    refresh: &str,
    scopes: &[String],
) -> Result<Renewed, NotRenewed> {
    let later = |after: Option<i64>| NotRenewed::Because(Unavailable::TryLater { after: after.unwrap_or(SOON) });
    let metadata = provider.metadata(&*inner.http, inner.now()).await.map_err(|error| {
        tracing::warn!(%error, "cannot refresh");
        later(None)
    })?;
    // The scopes of OpenID Connect keep the ID token and the refresh token coming.
    let mut asked: Vec<String> = inner.scopes.iter().filter(|scope| is_of_openid(scope)).cloned().collect();
    asked.extend(scopes.iter().filter(|scope| !is_of_openid(scope)).cloned());

    let answer = inner.client.redeem(&*inner.http, &metadata, &Grant::Refresh { token: refresh }, &asked).await;
    let granted: Granted = match answer {
        Ok(granted) => granted,
        Err(Failed::Unreachable { after }) => return Err(later(after)),
        // whatever the reason, this refresh token is dead.
        Err(Failed::Refused { code, .. }) if code == "invalid_grant" => return Err(NotRenewed::Dead),
        Err(Failed::Refused { code, description }) => {
            tracing::warn!(%code, %description, "the provider refused a refresh");
            let description = first_line(&description).to_owned();
            return Err(NotRenewed::Because(Unavailable::Refused { code, description }));
        }
    };
    let now = inner.now();
    let mut until = now.plus(granted.expires_in);
    if let Some(token) = &granted.id_token {
        // OpenID Connect Core §12.2: the same issuer, audience and subject; a nonce is not needed.
        let verified = match verify(inner, provider, &metadata, token, None).await {
            Ok(verified) => verified,
            Err(Untrusted::NoKeys(_)) => return Err(later(None)),
            Err(Untrusted::Token(error)) => {
                tracing::error!(%error, "a refresh brought an ID token that is not believed");
                return Err(NotRenewed::Dead);
            }
        };
        if person(inner, &verified).as_ref() != Some(&current.secrets.person) {
            tracing::error!("a refresh brought the tokens of another person");
            return Err(NotRenewed::Dead);
        }
        until = verified.expires();
    }
    let access = AccessToken::from_answer(&granted, now);
    Ok(Renewed { refresh: granted.refresh_token, access, until })
}

/// Writes what a refresh brought over the row it was made from.
async fn keep(inner: &Inner, key: &TokenKey, row: Versioned<TokenSet>, renewed: Renewed) -> Result<Save, StoreError> {
    let mut tokens = row.value;
    if let Some(access) = renewed.access {
        tokens.add(access);
    }
    // RFC 6749 §6: without a new refresh token the old one stays.
    tokens.refresh = renewed.refresh.or(tokens.refresh);
    let saved = inner.store.save_tokens(key, row.version, inner.sealer.seal(&Place::Tokens(key), &tokens)).await?;
    match saved {
        Save::Saved => {
            inner.store.touch(&key.session, renewed.until).await?;
        }
        Save::SessionEnded => {
            // E-1: nobody owns what came.
            if let Some(refresh) = &tokens.refresh {
                inner.revoke(&key.policy, refresh).await;
            }
        }
        Save::Moved => {}
    }
    Ok(saved)
}

async fn read(inner: &Inner, key: &TokenKey) -> Result<Option<Versioned<TokenSet>>, StoreError> {
    let Some(row) = inner.store.tokens(key).await? else { return Ok(None) };
    // ST-4: what does not open was not written for this session; the version still lets it be replaced.
    let value = inner.sealer.open(&Place::Tokens(key), &row.value);
    let value = value.unwrap_or(TokenSet { refresh: None, access: Vec::new() });
    Ok(Some(Versioned { version: row.version, value }))
}

fn fresh(tokens: Option<&TokenSet>, scopes: &[String], now: NumericDate) -> Option<String> {
    tokens?.covering(scopes).filter(|token| token.is_fresh(now)).map(|token| token.token.clone())
}

async fn is_alive(inner: &Inner, session: &SessionHash, now: NumericDate) -> Result<bool, StoreError> {
    Ok(inner.store.session(session).await?.is_some_and(|row| now < row.until))
}

/// Scopes that ask for something else than access to an API.
pub(crate) fn is_of_openid(scope: &str) -> bool {
    ["openid", "profile", "email", "offline_access"].contains(&scope)
}

/// Seconds to wait when the provider names none.
const SOON: i64 = 5;
const TURNS: usize = 4;
