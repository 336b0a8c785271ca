//! What an app was granted: the body of a code and of a family of refresh tokens, and the form of
//! the tokens that stand for them.

use serde::{Deserialize, Serialize};
use zaguan_journey::{Claims, Issued, Program, bind::Issuer};
use zaguan_policy::{Timestamp, id::ProfileId};
use zaguan_protocol::{
    authorize::AuthorizeRequest,
    crypto::{base64url, constant_time_eq, sha256},
    pkce::Challenge,
    return_address::RedirectKind,
    scope::{GrantedScopes, Resource},
};
use zaguan_session::SessionId;
use zaguan_store::{CodeHash, FamilyId};

use crate::{chance, errors::Fault, keys::Keys};

/// Everything that tokens are made of later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Granted {
    /// The return address, which the app has to repeat.
    pub(crate) redirect_uri: String,
    /// Its kind: refresh tokens of a single-page app live 24 hours and no longer.
    pub(crate) redirect_kind: RedirectKind,
    /// For a grant that was sent to no address: whether the app had proved itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) proven: Option<bool>,
    /// The PKCE challenge.
    pub(crate) challenge: Option<Challenge>,
    /// `nonce`.
    pub(crate) nonce: Option<String>,
    /// What may be done.
    pub(crate) scopes: GrantedScopes,
    /// The token's claims.
    pub(crate) claims: Vec<(String, serde_json::Value)>,
    /// `sub`.
    pub(crate) subject: String,
    /// Object id, or whichever claim the issuer keeps.
    pub(crate) identity: Option<String>,
    /// Claims of the sign-in, for the refresh journey.
    pub(crate) bag: Claims,
    /// The issuer, where it is not the policy's first one. Its settings are read anew each time (D31).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) issued_with: Option<ProfileId>,
    /// When the person signed in.
    pub(crate) authenticated: Timestamp,
    /// `sid`.
    pub(crate) session: Option<SessionId>,
    /// `iss`.
    pub(crate) issued_by: String,
    /// The app wants `client_info`.
    pub(crate) client_info: bool,
    /// When it was granted: from here the sliding window counts.
    pub(crate) granted: Timestamp,
}

impl Granted {
    pub(crate) fn new(
        request: &AuthorizeRequest,
        issued: Issued,
        session: Option<SessionId>,
        issued_by: String,
        now: Timestamp,
    ) -> Self {
        Self {
            redirect_uri: request.return_address.as_str().to_owned(),
            redirect_kind: request.return_address.kind(),
            proven: None,
            challenge: request.challenge.clone(),
            nonce: request.nonce.clone(),
            scopes: request.granted.clone(),
            claims: issued.claims,
            subject: issued.subject,
            identity: issued.identity,
            bag: issued.bag,
            issued_with: issued.other_issuer,
            authenticated: issued.sign_on.authenticated,
            session,
            issued_by,
            client_info: request.client_info,
            granted: now,
        }
    }

    /// What an app was granted that brought a person's password.
    pub(crate) fn of_password(
        scopes: GrantedScopes,
        issued: Issued,
        issued_by: String,
        proven: bool,
        client_info: bool,
        now: Timestamp,
    ) -> Self {
        Self {
            redirect_uri: String::new(),
            redirect_kind: RedirectKind::Public,
            proven: Some(proven),
            challenge: None,
            nonce: None,
            scopes,
            claims: issued.claims,
            subject: issued.subject,
            identity: issued.identity,
            bag: issued.bag,
            issued_with: issued.other_issuer,
            authenticated: now,
            session: None,
            issued_by,
            client_info,
            granted: now,
        }
    }

    /// What an app was granted in its own name.
    // D30: B2C's `sub` is the object id of the app's service principal, which does not exist here.
    pub(crate) fn of_app(
        client_id: &str,
        resource: Resource,
        claims: Vec<(String, serde_json::Value)>,
        issued_by: String,
        now: Timestamp,
    ) -> Self {
        Self {
            redirect_uri: String::new(),
            redirect_kind: RedirectKind::Web,
            proven: Some(true),
            challenge: None,
            nonce: None,
            scopes: GrantedScopes { openid: false, offline_access: false, resource: Some(resource), echo: vec![] },
            claims,
            subject: client_id.to_owned(),
            identity: None,
            bag: Claims::default(),
            issued_with: None,
            authenticated: now,
            session: None,
            issued_by,
            client_info: false,
            granted: now,
        }
    }

    /// The settings of the issuer, as the policy has them now.
    pub(crate) fn issuer<'a>(&self, program: &'a Program) -> Result<&'a Issuer, Fault> {
        let issuer = match &self.issued_with {
            Some(profile) => program.issuer_of(profile),
            None => program.issuer(),
        };
        issuer.ok_or_else(|| Fault::ours(format!("policy `{}` does not issue this token any more", program.policy.id)))
    }

    /// Out of the form that the store keeps.
    pub(crate) fn of_body(body: &str) -> Result<Self, Fault> {
        serde_json::from_str(body).map_err(|cause| Fault::ours(format!("could not read a grant: {cause}")))
    }

    /// As the store keeps it.
    pub(crate) fn to_body(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(|cause| Fault::ours(format!("could not write a grant: {cause}")))
    }
}

/// So many bytes of a code say when it was issued, in milliseconds.
const ISSUED: usize = 6;

/// A code: when it was issued, and 256 random bits.
pub(crate) fn new_code(now: Timestamp) -> String {
    let millis = now.as_millis().to_be_bytes();
    let issued = millis.iter().skip(millis.len() - ISSUED);
    base64url::encode(issued.copied().chain(chance::bytes::<32>()).collect::<Vec<u8>>())
}

/// What the store finds a code by. It begins with the time of issue, so that new codes stand side by side and the store
/// writes at one end of its index: by digest alone each would dirty a page of its own, the more the longer the server
/// runs. What is left of the digest is 208 bits.
pub(crate) fn code_hash(code: &str) -> CodeHash {
    let mut hash = sha256(code.as_bytes());
    let issued = base64url::decode(code).unwrap_or_default();
    hash.iter_mut().zip(issued.iter().take(ISSUED)).for_each(|(byte, issued)| *byte = *issued);
    CodeHash(hash)
}

/// A refresh token: the family, the generation, and a digest that only we can make. Any token can be
/// told from a forgery without asking the store, and the successor of a token is always the same one.
pub(crate) fn refresh_token(keys: &Keys, family: &FamilyId, generation: u32) -> String {
    let digest = keys.digest("refresh token", &[family.0.as_bytes(), &generation.to_be_bytes()]);
    format!("{}.{generation}.{}", family.0, base64url::encode(digest))
}

/// Reads a refresh token of ours.
pub(crate) fn parse_refresh_token(keys: &Keys, token: &str) -> Option<(FamilyId, u32)> {
    let mut parts = token.splitn(3, '.');
    let (family, generation) = (parts.next()?, parts.next()?.parse().ok()?);
    let family = FamilyId(family.to_owned());
    let expected = refresh_token(keys, &family, generation);
    constant_time_eq(token.as_bytes(), expected.as_bytes()).then_some((family, generation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_in_the_order_in_which_they_were_issued() {
        let hash = |millis| code_hash(&new_code(Timestamp::from_millis(millis)));
        assert!(hash(1) < hash(2) && hash(255) < hash(256) && hash(1_800_000_000_000) < hash(1_800_000_000_001));
        assert_ne!(hash(1), hash(1), "and no two are the same");
        let code = new_code(Timestamp::from_seconds(1));
        assert_eq!(code_hash(&code), code_hash(&code));
        for foreign in ["", "a", "not base64url!", &format!("{code}A"), &code[1..]] {
            assert_ne!(code_hash(foreign), code_hash(&code), "{foreign}");
        }
    }

    #[test]
    fn only_our_own_refresh_tokens_are_read() {
        let keys = Keys::from_master([1; 32]);
        let family = FamilyId("f".into());
        let token = refresh_token(&keys, &family, 7);
        assert_eq!(parse_refresh_token(&keys, &token), Some((family.clone(), 7)));
        assert_eq!(parse_refresh_token(&Keys::from_master([2; 32]), &token), None);
        assert_eq!(parse_refresh_token(&keys, &token.replace(".7.", ".8.")), None);
        assert_eq!(parse_refresh_token(&keys, "f.7"), None);
        assert_eq!(parse_refresh_token(&keys, ""), None);
    }
}
