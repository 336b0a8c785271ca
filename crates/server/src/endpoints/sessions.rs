//! The browser's session under a request's key: found, set, cleared.

use axum::body::Body;
use http::Response;
use zaguan_policy::model::Behavior;
use zaguan_protocol::crypto::sha256;
use zaguan_session::{Cause, Session, SessionKey, SessionToken, Terms, cause::Limit};

use super::Here;
use crate::{
    call::{Call, add_cookie},
    cookies,
    errors::Fault,
};

impl Here {
    /// The session that the browser's cookie opens, whether or not it is still alive for a policy.
    pub(crate) async fn session(&self, call: &Call, key: &SessionKey) -> Result<Option<Session>, Fault> {
        let name = cookies::session_name(self.tenant.id.as_str(), &call.host, key);
        // S-014: what is not of our making is as good as none.
        let Some(token) = call.cookies.get(&name).and_then(SessionToken::parse) else { return Ok(None) };
        let found = self.server.store().session(&self.tenant.id, &token.id).await?;
        let hash = sha256(token.secret().as_bytes());
        Ok(found.filter(|session| session.history.key == *key && session.is_opened_by(&hash)))
    }

    /// Sets the cookie of a session that began.
    pub(crate) async fn set_session(
        &self,
        call: &Call,
        response: &mut Response<Body>,
        session: &Session,
        secret: &str,
        behavior: &Behavior,
    ) -> Result<(), Fault> {
        let name = cookies::session_name(self.tenant.id.as_str(), &call.host, &session.history.key);
        let token = SessionToken::new(session.id().clone(), secret);
        add_cookie(
            response,
            &cookies::set(&name, &token.to_cookie(), session.cookie_age(&Terms::from(behavior), call.now)),
        );
        self.evict(call, response, &name).await
    }

    /// Sets the cookie of a session that was used again: its age follows the requesting policy.
    pub(crate) fn renew_session(
        &self,
        call: &Call,
        response: &mut Response<Body>,
        session: &Session,
        behavior: &Behavior,
    ) {
        let name = cookies::session_name(self.tenant.id.as_str(), &call.host, &session.history.key);
        if let Some(value) = call.cookies.get(&name) {
            add_cookie(response, &cookies::set(&name, value, session.cookie_age(&Terms::from(behavior), call.now)));
        }
    }

    /// Clears the cookie of a session that ended.
    pub(crate) fn clear_session(&self, call: &Call, response: &mut Response<Body>, key: &SessionKey) {
        let name = cookies::session_name(self.tenant.id.as_str(), &call.host, key);
        add_cookie(response, &cookies::clear(&name));
    }

    /// A browser holds so many sessions of a host and no more; the one that was unused longest goes.
    async fn evict(&self, call: &Call, response: &mut Response<Body>, newest: &str) -> Result<(), Fault> {
        let others: Vec<_> = call.cookies.sessions().filter(|(name, _)| *name != newest).collect();
        if others.len() < cookies::MOST_SESSIONS {
            return Ok(());
        }
        let mut oldest: Option<(&str, Option<Session>)> = None;
        for (name, value) in others {
            let session = match SessionToken::parse(value) {
                Some(token) => {
                    let found = self.server.store().session(&self.tenant.id, &token.id).await?;
                    let hash = sha256(token.secret().as_bytes());
                    found.filter(|session| session.is_opened_by(&hash))
                }
                None => None,
            };
            let used = |session: &Option<Session>| session.as_ref().map(|session| session.history.last_used);
            if oldest.as_ref().is_none_or(|(_, known)| used(&session) < used(known)) {
                oldest = Some((name, session));
            }
        }
        let Some((name, session)) = oldest else { return Ok(()) };
        if let Some(session) = session {
            let cause = Cause::Evicted(Limit::CookiesInBrowser);
            self.server.store().end_session(&self.tenant.id, session.id(), &cause, call.now).await?;
        }
        add_cookie(response, &cookies::clear(name));
        Ok(())
    }
}
