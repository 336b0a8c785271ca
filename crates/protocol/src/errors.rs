//! Every refusal that an app or a person may meet, in one table, and how it is written. A code of B2C's list that nothing here can
//! give is not in it: it comes with what gives it.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

macro_rules! codes {
    ($($number:literal $name:ident $error:literal $status:literal $text:literal;)+) => {
        /// An error of B2C's published list, by our name. The text is ours; clients look at the number only.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(into = "u32", try_from = "u32")]
        #[repr(u32)]
        pub enum Code {
            $(#[doc = concat!("AADB2C", $number, ": ", $text)] $name = $number,)+
        }

        impl Code {
            /// All of them, by number.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The OAuth error that goes with it (RFC 6749 §4.1.2.1, §5.2; OpenID Connect Core §3.1.2.6).
            #[must_use]
            pub const fn error(self) -> &'static str {
                match self { $(Self::$name => $error,)+ }
            }

            /// The HTTP status at the token endpoint.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

// Where B2C's `error` value was never seen, the category of RFC 6749 stands. // OPEN: every row but 90006, 90057, 90077,
// 90080, 90088, 90091, 90118 and 90225.
codes! {
    90006 RedirectUriNotRegistered "redirect_uri_mismatch" 400 "the redirect address `{}` is not registered for the app `{}`; register it, letter by letter, or send one that is";
    90007 NoRedirectUri "invalid_request" 400 "the app `{}` has no redirect address; register one";
    90008 ClientIdMissing "invalid_request" 400 "the request names no app; send `client_id`";
    90010 ScopeMissing "invalid_scope" 400 "the request asks for nothing; send `scope`";
    90013 ResponseTypeUnsupported "unsupported_response_type" 400 "the response type `{}` is not supported; use `code`, `id_token`, `token` or several of them";
    90014 ResponseModeUnsupported "invalid_request" 400 "the response mode `{}` is not supported for this response type and address";
    90016 AssertionTypeUnsupported "invalid_client" 400 "the client assertion type `{}` is not supported; use `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`";
    90017 AssertionInvalid "invalid_client" 400 "the client assertion is not valid: {}";
    90018 ClientUnknown "invalid_client" 400 "no app `{}` is registered here";
    90019 NoValidKey "server_error" 500 "the policy key `{}` holds no valid key: {}";
    90025 ProfileLacksKey "server_error" 500 "the technical profile `{}` lacks the key `{}`";
    90035 Unavailable "temporarily_unavailable" 503 "the service cannot answer now; try again later";
    90037 ProcessingFailed "server_error" 500 "the request could not be completed; tell the administrator of the app";
    90040 JourneyWithoutEnd "server_error" 500 "the user journey `{}` has no step that sends claims";
    90043 PromptUnsupported "invalid_request" 400 "the prompt `{}` is not supported; use `login`, `none`, `consent` or `select_account`";
    90046 StateLost "invalid_request" 400 "where you were could not be found; start again from the app";
    90053 CredentialUnknown "access_denied" 400 "no account has that credential";
    90054 PasswordWrong "access_denied" 400 "the user name or password is wrong";
    90055 ScopeWithoutResource "invalid_scope" 400 "the scope must name whom the token is for: {}, and this is `{}`";
    90057 ImplicitNotAllowed "unauthorized_client" 400 "the app may not receive `{}` directly; allow it in the app's `implicit` settings, or use `code`";
    90067 SignOutAddressMalformed "invalid_request" 400 "the address to go to after sign-out must begin with `https://` or be `urn:ietf:wg:oauth:2.0:oob`";
    90077 InteractionRequired "interaction_required" 400 "nobody is signed in, and the prompt `{}` allows no page";
    90079 SecretMissing "invalid_client" 400 "the app must prove itself; send its secret or a signed assertion";
    90080 GrantExpired "invalid_grant" 400 "the grant is past its time: now {}, issued {}, ends {}";
    90081 SecretWrong "invalid_client" 400 "the secret is not one of this app";
    90083 ParameterMissing "invalid_request" 400 "the parameter `{}` is missing";
    90084 SecretUnexpected "invalid_client" 400 "a public client must not send a secret";
    90086 GrantTypeUnsupported "unsupported_grant_type" 400 "the grant type `{}` is not supported{}";
    90088 GrantOfOtherPolicy "invalid_grant" 400 "the grant was issued by the policy `{}`, not by `{}`";
    90091 Cancelled "access_denied" 400 "the person cancelled";
    90092 AppDisabled "unauthorized_client" 400 "the app `{}` is disabled";
    90108 StepWithoutIssuer "server_error" 500 "the orchestration step {} names no token issuer";
    90110 OpenidMissing "invalid_scope" 400 "an ID token needs the scope `openid`";
    90111 AccountLocked "access_denied" 400 "the account is locked";
    90114 AccountLockedForNow "access_denied" 400 "the account is locked for a while; try again later";
    90115 CodeScopeMissing "invalid_scope" 400 "a code needs the scope `openid`, a scope of an API, or the client id";
    90117 ScopeUnknown "invalid_scope" 400 "the scope `{}` is not one that can be granted{}";
    90118 ForgotPassword "access_denied" 400 "the person forgot their password";
    90120 MaxAgeInvalid "invalid_request" 400 "`max_age` must be a whole number of seconds from {} to {}";
    90122 RequestInvalid "invalid_request" 400 "the request cannot be read: {}";
    90128 AccountGone "invalid_grant" 400 "the account of the grant does not exist any more";
    90129 GrantRevoked "invalid_grant" 400 "the grant was revoked";
    90146 SeveralResources "invalid_scope" 400 "the scope `{}` spans several resources; ask for one at a time";
    90157 FormRetriesSpent "access_denied" 400 "too many attempts";
    90182 VerifierMismatch "invalid_grant" 400 "`code_verifier` does not fit the challenge of the request";
    90183 VerifierMalformed "invalid_grant" 400 "`code_verifier` must be 43 to 128 letters, digits or `-._~`";
    90184 ChallengeMethodUnsupported "invalid_request" 400 "the challenge method `{}` is not supported; use `S256`";
    90205 ResourceNotPermitted "unauthorized_client" 400 "the app `{}` has no permission on the resource";
    90208 HintExpired "invalid_request" 400 "`id_token_hint` is expired";
    90209 HintAudience "invalid_request" 400 "`id_token_hint` is for somebody else";
    90210 HintInvalid "invalid_request" 400 "`id_token_hint` cannot be checked: {}";
    90224 PasswordGrantOff "unauthorized_client" 400 "the app may not use the password grant; set `password_grant = true` in its file";
    90225 PasswordGrantDenied "access_denied" 400 "the user name or password is wrong";
    90232 HintIssuer "invalid_request" 400 "`id_token_hint` was issued by somebody else";
    90233 HintSignature "invalid_request" 400 "the signature of `id_token_hint` does not fit";
    90235 TokenExpired "invalid_request" 400 "the token is expired";
    90237 TokenAudience "invalid_request" 400 "the token is for somebody else";
    90238 TokenIssuer "invalid_request" 400 "the token was issued by somebody else";
    90239 TokenSignature "invalid_request" 400 "the signature of the token does not fit";
    90240 TokenMalformed "invalid_request" 400 "the token cannot be read";
    90244 Throttled "temporarily_unavailable" 429 "too many requests; try again later";
    90272 HintMissing "invalid_request" 400 "this policy needs `id_token_hint`";
    90279 GrantOfOtherClient "invalid_grant" 400 "the grant was issued to another app than `{}`";
    90287 RedirectUriMalformed "invalid_request" 400 "the redirect address `{}` is not an absolute address without fragment";
    90288 RefreshJourneyUnknown "server_error" 500 "the policy has no user journey `{}` to refresh with";
    99002 AccountUnknown "access_denied" 400 "the account does not exist; sign up first";
    99005 ScopeCharacter "invalid_scope" 400 "the scope contains a character that scopes cannot have";
    99015 PasswordProfileLacksInputs "server_error" 500 "the technical profile `{}` does not take `username` and `password`";
    99059 ChallengeMissing "invalid_request" 400 "the app must send `code_challenge` (PKCE)";
}

impl Code {
    /// The number after `AADB2C`.
    #[must_use]
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The code of this number, when it is one of the table.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }

    /// The English text with these arguments in its places, in order. Missing ones stay empty, more are dropped; an
    /// argument longer than 200 characters is cut, and line ends in it become blanks, so that nobody writes lines
    /// into our answer.
    #[must_use]
    pub fn message(self, arguments: &[&str]) -> String {
        let mut arguments = arguments.iter();
        let mut pieces = self.text().split("{}");
        let mut message = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let argument = arguments.next().copied().unwrap_or_default();
            message.push_str(&one_line(argument, 200));
            message.push_str(piece);
        }
        message
    }

    /// How many arguments [`Code::message`] has places for.
    #[must_use]
    pub fn places(self) -> usize {
        self.text().matches("{}").count()
    }
}

impl From<Code> for u32 {
    fn from(code: Code) -> Self {
        code.number()
    }
}

impl TryFrom<u32> for Code {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        Self::from_number(number).ok_or("not a code of the table")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AADB2C{}", self.number())
    }
}

/// A refusal in the words of the protocol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OAuthError {
    /// The value of `error`.
    pub error: Cow<'static, str>,
    /// Which refusal.
    pub code: Code,
    /// One line for the developer of the app.
    pub message: String,
}

impl OAuthError {
    /// The refusal of this code, with these arguments in its text.
    #[must_use]
    pub fn new(code: Code, arguments: &[&str]) -> Self {
        Self { error: Cow::Borrowed(code.error()), code, message: code.message(arguments) }
    }

    /// The refusal of this code in better words than its own: one line of 500 characters at the most.
    #[must_use]
    pub fn saying(code: Code, words: &str) -> Self {
        Self { error: Cow::Borrowed(code.error()), code, message: one_line(words, 500) }
    }

    /// The value of `error_description`: see [`describe`].
    #[must_use]
    pub fn description(&self, correlation_id: &str, at: &str) -> String {
        describe(self.code, &self.message, correlation_id, at)
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for OAuthError {}

fn one_line(text: &str, most: usize) -> String {
    text.chars().take(most).map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Three lines, each ended by CR LF, the code first: clients look for `AADB2C90118` and the like in this text.
/// `at` is `yyyy-MM-dd HH:mm:ssZ`.
#[must_use]
pub fn describe(code: Code, message: &str, correlation_id: &str, at: &str) -> String {
    format!("{code}: {message}\r\nCorrelation ID: {correlation_id}\r\nTimestamp: {at}\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_ascend() {
        assert!(Code::ALL.windows(2).all(|pair| pair[0].number() < pair[1].number()));
        assert!(Code::ALL.iter().all(|code| Code::from_number(code.number()) == Some(*code)));
        assert_eq!(Code::from_number(90001), None);
    }

    #[test]
    fn errors_belong_to_a_published_set() {
        const PUBLISHED: [&str; 13] = [
            "invalid_request",
            "unauthorized_client",
            "access_denied",
            "unsupported_response_type",
            "invalid_scope",
            "server_error",
            "temporarily_unavailable",
            "invalid_client",
            "invalid_grant",
            "unsupported_grant_type",
            "interaction_required",
            "redirect_uri_mismatch",
            "login_required",
        ];
        for code in Code::ALL {
            assert!(PUBLISHED.contains(&code.error()), "{code}");
            let expected = match code.error() {
                "server_error" => 500,
                "temporarily_unavailable" if *code == Code::Throttled => 429,
                "temporarily_unavailable" => 503,
                _ => 400,
            };
            assert_eq!(code.status(), expected, "{code}");
            assert!(!code.message(&[]).ends_with('.'), "{code}");
        }
    }

    #[test]
    fn values_that_clients_act_on() {
        for (number, error) in [
            (90006, "redirect_uri_mismatch"),
            (90057, "unauthorized_client"),
            (90077, "interaction_required"),
            (90080, "invalid_grant"),
            (90088, "invalid_grant"),
            (90091, "access_denied"),
            (90118, "access_denied"),
            (90128, "invalid_grant"),
            (90129, "invalid_grant"),
            (90225, "access_denied"),
        ] {
            assert_eq!(Code::from_number(number).map(Code::error), Some(error), "{number}");
        }
    }

    #[test]
    fn three_lines_with_the_code_first() {
        let error = OAuthError::new(Code::GrantOfOtherPolicy, &["B2C_1A_a", "B2C_1A_b"]);
        assert_eq!(
            error.description("7a3c", "2026-01-02 03:04:05Z"),
            "AADB2C90088: the grant was issued by the policy `B2C_1A_a`, not by `B2C_1A_b`\r\n\
             Correlation ID: 7a3c\r\nTimestamp: 2026-01-02 03:04:05Z\r\n"
        );
        assert_eq!(error.to_string(), "the grant was issued by the policy `B2C_1A_a`, not by `B2C_1A_b` (AADB2C90088)");
    }

    #[test]
    fn arguments_cannot_write_lines() {
        let message = Code::PromptUnsupported.message(&["a\r\nTimestamp: never"]);
        assert!(message.contains("`a  Timestamp: never`"));
        assert_eq!(Code::PromptUnsupported.message(&["{}"]).matches("{}").count(), 1);
        assert!(Code::PromptUnsupported.message(&["x".repeat(9999).as_str()]).len() < 400);
        assert_eq!((Code::PromptUnsupported.places(), Code::Cancelled.places()), (1, 0));
    }
}
