//! What B2C does that a stricter server would not, each by name (D5, D15, D25).

use serde::{Deserialize, Serialize};

/// A tenant's compatibility mode.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// As documented and observed at B2C.
    B2c,
    /// D27: what a tenant gets that says nothing.
    #[default]
    Hardened,
}

/// One named difference between the modes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quirk {
    /// A sign-out without an enforced hint redirects to any address.
    UncheckedLogoutRedirect,
    /// The app's `logoutUrl` counts as a return address of its sign-outs (D20).
    LogoutUrlAsReturnAddress,
    /// A public client may leave out PKCE (D25).
    PublicClientWithoutPkce,
    /// Revoking a person's sessions ends refresh tokens only (D15).
    RevokeKeepsSessions,
    /// A changed password ends refresh tokens only (D17).
    PasswordChangeKeepsSessions,
    /// A failed sign-in says whether the account or the password is wrong.
    SignInTellsWhichPartIsWrong,
}

/// A row of the table of quirks.
pub struct Row {
    /// Which.
    pub quirk: Quirk,
    /// Its name in reports.
    pub name: &'static str,
    /// Where the behaviour is described in public.
    pub thread: &'static str,
    /// Whether start-up and `check` warn of it while it is on.
    pub unsafe_when_on: bool,
}

/// Every quirk. All are on in mode `b2c` and off in mode `hardened`.
pub const QUIRKS: [Row; 6] = [
    Row {
        quirk: Quirk::UncheckedLogoutRedirect,
        name: "unchecked-logout-redirect",
        thread: "MicrosoftDocs/azure-docs#53654",
        unsafe_when_on: true,
    },
    Row {
        quirk: Quirk::LogoutUrlAsReturnAddress,
        name: "logout-url-as-return-address",
        thread: "MicrosoftDocs/azure-docs: openid-connect, session-behavior",
        unsafe_when_on: false,
    },
    Row {
        quirk: Quirk::PublicClientWithoutPkce,
        name: "public-client-without-pkce",
        thread: "MicrosoftDocs/azure-docs: authorization-code-flow",
        unsafe_when_on: true,
    },
    Row {
        quirk: Quirk::RevokeKeepsSessions,
        name: "revoke-keeps-sessions",
        thread: "azure-ad-b2c/samples#632",
        unsafe_when_on: true,
    },
    Row {
        quirk: Quirk::PasswordChangeKeepsSessions,
        name: "password-change-keeps-sessions",
        thread: "azure-ad-b2c/samples: revoke-sso-sessions",
        unsafe_when_on: true,
    },
    Row {
        quirk: Quirk::SignInTellsWhichPartIsWrong,
        name: "sign-in-tells-which-part-is-wrong",
        thread: "MicrosoftDocs/azure-docs: localization-string-ids",
        unsafe_when_on: true,
    },
];

impl Mode {
    /// Whether the quirk is on.
    pub fn has(self, _quirk: Quirk) -> bool {
        self == Self::B2c
    }

    /// The unsafe quirks that are on, by name.
    pub fn unsafe_quirks(self) -> impl Iterator<Item = &'static Row> {
        QUIRKS.iter().filter(move |row| row.unsafe_when_on && self.has(row.quirk))
    }
}
