//! The checks, in their order.

use super::{AuthorizeRequest, Context, Prompt, RawAuthorize, Rejected, ResponseType, UnverifiedToken, is_for};
use crate::Mode;
use crate::application::Application;
use crate::errors::{Code, OAuthError};
use crate::pkce::Challenge;
use crate::return_address::{RedirectKind, ResponseMode, ReturnAddress};
use crate::scope::{GrantedScopes, Scopes};
use std::borrow::Cow;

/// Checks a request of this app.
///
/// # Errors
/// The first check that failed, and who is told of it.
pub fn accept(raw: RawAuthorize, app: &Application, context: &Context<'_>) -> Result<AuthorizeRequest, Rejected> {
    let to = return_address(&raw, app).map_err(Rejected::OnOurPage)?;
    let (mode, answerable) = response_mode(&raw, &to);
    let state = raw.get("state").map(str::to_owned);
    match answerable.and_then(|response_type| check(&raw, app, context, &to, response_type)) {
        Ok(checked) => {
            let text = |name: &str| raw.get(name).map(str::to_owned);
            Ok(AuthorizeRequest {
                client_id: app.client_id().to_owned(),
                return_address: to,
                response_type: checked.response_type,
                response_mode: mode,
                scopes: checked.scopes,
                granted: checked.granted,
                state,
                nonce: text("nonce"),
                prompt: checked.prompt,
                max_age: checked.max_age,
                login_hint: text("login_hint"),
                domain_hint: text("domain_hint"),
                ui_locales: text("ui_locales"),
                acr_values: text("acr_values"),
                id_token_hint: raw.get("id_token_hint").map(UnverifiedToken::from),
                challenge: checked.challenge,
                client_info: raw.get("client_info") == Some("1"),
                params: raw.0,
            })
        }
        Err(error) => Err(Rejected::BackToApp { to, mode, state, error }),
    }
}

fn return_address(raw: &RawAuthorize, app: &Application) -> Result<ReturnAddress, OAuthError> {
    let client_id = raw.client_id()?;
    refuse_markup("client_id", client_id)?;
    if !is_for(raw, app) {
        return Err(OAuthError::new(Code::ClientUnknown, &[client_id]));
    }
    match raw.get("redirect_uri") {
        Some(requested) => ReturnAddress::registered(requested, app),
        None => ReturnAddress::only_one(app),
    }
}

/// How an answer travels, and what it may hold. There is always a way: a refusal needs one too.
fn response_mode(raw: &RawAuthorize, to: &ReturnAddress) -> (ResponseMode, Result<ResponseType, OAuthError>) {
    let response_type = match raw.get("response_type") {
        None => Err(OAuthError::new(Code::ParameterMissing, &["response_type"])),
        Some(text) => refuse_markup("response_type", text).and_then(|()| {
            ResponseType::parse(text).ok_or_else(|| OAuthError::new(Code::ResponseTypeUnsupported, &[text]))
        }),
    };
    let default = response_type.as_ref().map_or(ResponseMode::Query, |known| known.default_mode());
    let Some(requested) = raw.get("response_mode") else { return (default, response_type) };
    let has_tokens = response_type.as_ref().is_ok_and(|known| known.has_tokens());
    let mode = match requested {
        // Multiple Response Types §3.0: tokens never travel in a query, which servers log and browsers remember.
        "query" if !has_tokens => Some(ResponseMode::Query),
        "fragment" => Some(ResponseMode::Fragment),
        // A form can be posted to web servers only.
        "form_post" if to.origin().is_some() => Some(ResponseMode::FormPost),
        _ => None,
    };
    match mode {
        Some(mode) => (mode, response_type),
        None => (default, Err(OAuthError::new(Code::ResponseModeUnsupported, &[requested]))),
    }
}

struct Checked {
    response_type: ResponseType,
    scopes: Scopes,
    granted: GrantedScopes,
    prompt: Prompt,
    max_age: Option<u32>,
    challenge: Option<Challenge>,
}

fn check(
    raw: &RawAuthorize,
    app: &Application,
    context: &Context<'_>,
    to: &ReturnAddress,
    response_type: ResponseType,
) -> Result<Checked, OAuthError> {
    refuse_request_objects(raw)?;
    for name in RENDERED {
        raw.get(name).map_or(Ok(()), |value| refuse_markup(name, value))?;
    }
    let implicit = app.implicit();
    // OPEN: B2C does not say whether `code id_token` needs the setting too; the service it is built on asks for it.
    for (wanted, allowed, what) in [
        (response_type.id_token(), implicit.id_token, "id_token"),
        (response_type.token(), implicit.access_token, "token"),
    ] {
        if wanted && !allowed {
            return Err(OAuthError::new(Code::ImplicitNotAllowed, &[what]));
        }
    }
    let scope = raw.get("scope").ok_or_else(|| OAuthError::new(Code::ScopeMissing, &[]))?;
    let scopes = Scopes::parse(scope)?;
    let mut granted = GrantedScopes::decide(&scopes, app, context.apis)?;
    if context.access_token_always {
        granted = granted.with_access_token(app);
    }
    if response_type.id_token() && !granted.openid {
        return Err(OAuthError::new(Code::OpenidMissing, &[]));
    }
    if response_type.token() && granted.resource.is_none() {
        let needed = "an access token needs a scope of an API, or the client id";
        return Err(OAuthError::new(Code::ScopeWithoutResource, &[needed, scope]));
    }
    if response_type.code() && !granted.openid && granted.resource.is_none() {
        return Err(OAuthError::new(Code::CodeScopeMissing, &[]));
    }
    // OPEN: B2C calls the nonce required and does not say how it refuses (OpenID Connect Core §3.2.2.1).
    if response_type.id_token() && raw.get("nonce").is_none() {
        return Err(OAuthError::new(Code::ParameterMissing, &["nonce"]));
    }
    Ok(Checked {
        response_type,
        scopes,
        granted,
        prompt: prompt(raw)?,
        max_age: max_age(raw)?,
        challenge: challenge(raw, app, context.mode, to, response_type)?,
    })
}

/// OpenID Connect Core §6: a server that does not read request objects must say so.
fn refuse_request_objects(raw: &RawAuthorize) -> Result<(), OAuthError> {
    for (name, error) in [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")] {
        if raw.get(name).is_some() {
            let refused = format!("`{name}` is not supported; send the parameters themselves");
            let refused = OAuthError::new(Code::RequestInvalid, &[&refused]);
            return Err(OAuthError { error: Cow::Borrowed(error), ..refused });
        }
    }
    Ok(())
}

/// 90122, for parameters that we write into pages or addresses of ours or decide by. Not for those that are returned
/// or handed on unread (`state`, `nonce`, `login_hint`, …): an encrypted state may hold anything.
fn refuse_markup(name: &str, value: &str) -> Result<(), OAuthError> {
    if value.chars().any(|letter| letter.is_control() || matches!(letter, '<' | '>' | '&')) {
        let reason = format!("`{name}` contains a character that it cannot have");
        return Err(OAuthError::new(Code::RequestInvalid, &[&reason]));
    }
    Ok(())
}

/// Besides `client_id` and `response_type`.
const RENDERED: [&str; 4] = ["domain_hint", "max_age", "prompt", "ui_locales"];

fn prompt(raw: &RawAuthorize) -> Result<Prompt, OAuthError> {
    let Some(text) = raw.get("prompt") else { return Ok(Prompt::Default) };
    let unsupported = || OAuthError::new(Code::PromptUnsupported, &[text]);
    let mut all = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        all.push(match word {
            "none" => Prompt::None,
            "login" => Prompt::Login,
            "select_account" => Prompt::SelectAccount,
            "consent" => Prompt::Consent,
            _ => return Err(unsupported()),
        });
    }
    // OpenID Connect Core §3.1.2.1: several may be asked for, `none` only alone. `login` is the one with an effect.
    match all.as_slice() {
        [] => Err(unsupported()),
        [one] => Ok(*one),
        several if several.contains(&Prompt::None) => Err(unsupported()),
        several if several.contains(&Prompt::Login) => Ok(Prompt::Login),
        [first, ..] => Ok(*first),
    }
}

fn max_age(raw: &RawAuthorize) -> Result<Option<u32>, OAuthError> {
    let Some(text) = raw.get("max_age") else { return Ok(None) };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u32>() {
        Ok(seconds) if digits && seconds <= LONGEST_AGE => Ok(Some(seconds)),
        _ => Err(OAuthError::new(Code::MaxAgeInvalid, &["0", &LONGEST_AGE.to_string()])),
    }
}

// OPEN: B2C's bounds are not published; this is what fits a signed 32-bit number.
const LONGEST_AGE: u32 = i32::MAX as u32;

/// D25: scripts in browsers must use PKCE; other apps that can keep no secret must in `hardened`.
fn challenge(
    raw: &RawAuthorize,
    app: &Application,
    mode: Mode,
    to: &ReturnAddress,
    response_type: ResponseType,
) -> Result<Option<Challenge>, OAuthError> {
    let challenge = Challenge::from_params(&raw.0)?;
    let required = match (to.kind(), mode) {
        (RedirectKind::Spa, _) => true,
        (RedirectKind::Public, Mode::Hardened) => true,
        (RedirectKind::Web, Mode::Hardened) => !app.is_confidential(),
        (RedirectKind::Public | RedirectKind::Web, Mode::B2c) => false,
    };
    if response_type.code() && required && challenge.is_none() {
        return Err(OAuthError::new(Code::ChallengeMissing, &[]));
    }
    Ok(challenge)
}
