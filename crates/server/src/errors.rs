//! What goes wrong, for whom, in which words. The one place where causes become pages and responses.

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use zaguan_protocol::errors::{Code, OAuthError};
use zaguan_store::StoreFault;

use crate::{
    call::{self, Call},
    chance,
    keys::NotSigned,
    pages::{self, ErrorView},
    world::NoAnswer,
};

/// Why a request is answered with a page of ours that says so.
#[derive(Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    code: Option<u32>,
    /// Id of the text for the person.
    text: &'static str,
    /// For `{0}` in the text.
    argument: String,
    /// For the operator.
    log: Option<String>,
    retry_after: Option<u32>,
}

impl Fault {
    fn new(status: StatusCode, text: &'static str) -> Self {
        Self { status, code: None, text, argument: String::new(), log: None, retry_after: None }
    }

    fn with_code(mut self, code: u32) -> Self {
        self.code = Some(code);
        self
    }

    fn about(mut self, argument: &str) -> Self {
        self.argument = argument.chars().take(200).collect();
        self
    }

    /// No such path.
    pub(crate) fn nowhere() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Error.nowhere")
    }

    /// No such tenant on this host.
    pub(crate) fn unknown_tenant(name: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Error.unknown_tenant").about(name)
    }

    /// No such policy in the tenant.
    pub(crate) fn unknown_policy(name: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Error.unknown_policy").about(name)
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Error.method")
    }

    pub(crate) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Error.too_large")
    }

    pub(crate) fn malformed(why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Error.malformed").with_code(90_122).about(why)
    }

    /// The visit is over, expired, somebody else's, or of policies that changed meanwhile.
    pub(crate) fn start_again() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Error.start_again").with_code(90_046)
    }

    /// A form that is not from the page that is open.
    pub(crate) fn stale_form() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Error.stale_form").with_code(90_046)
    }

    /// A form of a page that was open while its person signed out elsewhere.
    pub(crate) fn signed_out_meanwhile() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Error.signed_out_meanwhile").with_code(90_046)
    }

    /// What an app did wrong, before its return address is known to be its own.
    pub(crate) fn of_app(error: &OAuthError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Error.of_app").with_code(error.code.number()).about(&error.message)
    }

    /// We cannot do it.
    pub(crate) fn ours(log: impl Into<String>) -> Self {
        let mut fault = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Error.ours").with_code(90_037);
        fault.log = Some(log.into());
        fault
    }

    fn busy() -> Self {
        let mut fault = Self::new(StatusCode::SERVICE_UNAVAILABLE, "Error.busy").with_code(90_035);
        fault.retry_after = Some(5);
        fault
    }

    /// Before anything of the request is known.
    pub(crate) fn into_response(self) -> Response<Body> {
        self.page("en", &chance::guid(), "")
    }

    /// The page for the person, and the line for the operator.
    pub(crate) fn into_call_response(self, call: &Call) -> Response<Body> {
        if let Some(log) = &self.log {
            tracing::error!(correlation_id = %call.correlation_id, "{log}");
        }
        if call.is_by_script() {
            let message = self.message(&call.own_language());
            let code = format!("AADB2C{}", self.code.unwrap_or(90_037));
            let body = serde_json::json!({ "status": "400", "errorCode": code, "message": message });
            let mut response = call::json(StatusCode::OK, &body);
            self.add_retry_after(&mut response);
            return response;
        }
        let time = call.now.to_error_form();
        self.page(&call.own_language(), &call.correlation_id, &time)
    }

    fn message(&self, language: &str) -> String {
        pages::text(language, self.text).unwrap_or(self.text).replace("{0}", &self.argument)
    }

    fn page(&self, language: &str, id: &str, time: &str) -> Response<Body> {
        let view = ErrorView {
            language: language.to_owned(),
            tenant_name: String::new(),
            code: self.code.map(|code| format!("AADB2C{code}")).unwrap_or_default(),
            message: self.message(language),
            correlation_id: id.to_owned(),
            time: time.to_owned(),
            what_to_do: None,
        };
        let mut response = call::page(self.status, pages::error(&view, &chance::name()));
        self.add_retry_after(&mut response);
        response
    }

    fn add_retry_after(&self, response: &mut Response<Body>) {
        // never on a user's error, because clients stop asking.
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

impl From<StoreFault> for Fault {
    fn from(cause: StoreFault) -> Self {
        Self::ours(cause.to_string())
    }
}

impl NotSigned {
    /// To whom it is told: an app that asked by itself reads AADB2C90019, everything else is ours.
    pub(crate) fn told<T>(self, app: impl FnOnce(OAuthError) -> T, fault: impl FnOnce(Fault) -> T) -> T {
        match self {
            Self::NoValidKey { name, reason } => app(OAuthError::new(Code::NoValidKey, &[name.as_str(), &reason])),
            Self::Store(cause) => fault(cause.into()),
        }
    }
}

impl From<NotSigned> for Fault {
    fn from(cause: NotSigned) -> Self {
        let told = |error: OAuthError| {
            Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Error.ours").with_code(error.code.number())
        };
        cause.told(told, |fault| fault)
    }
}

impl From<NoAnswer> for Fault {
    fn from(cause: NoAnswer) -> Self {
        match cause {
            NoAnswer::Store(fault) => fault.into(),
            NoAnswer::Busy => Self::busy(),
        }
    }
}

/// An error by its code, with the code's own words unless there are better ones.
pub(crate) fn oauth_error(code: u32, message: Option<&str>) -> OAuthError {
    let code = Code::from_number(code).unwrap_or(Code::ProcessingFailed);
    message.map_or_else(|| OAuthError::new(code, &[]), |message| OAuthError::saying(code, message))
}
