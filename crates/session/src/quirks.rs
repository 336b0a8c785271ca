//! What B2C does that a stricter server would not, each by name (D5, D15, D17, D25).

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
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
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
    /// A disabled or deleted account ends refresh tokens only (D17).
    AccountGoneKeepsSessions,
    /// A failed sign-in says whether the account or the password is wrong.
    SignInTellsWhichPartIsWrong,
}

/// A row of the table of quirks.
pub struct Row {
    /// Which.
    pub quirk: Quirk,
    /// Its name in definitions and reports.
    pub name: &'static str,
    /// What it does, for whoever reads a warning.
    pub says: &'static str,
    /// Where the behaviour is described in public.
    pub thread: &'static str,
    /// The modes in which it is on unless the definition says otherwise.
    pub on_in: &'static [Mode],
    /// Whether start-up and `check` warn of it while it is on.
    pub unsafe_when_on: bool,
}

/// Every quirk.
pub const QUIRKS: [Row; 7] = [
    Row {
        quirk: Quirk::UncheckedLogoutRedirect,
        name: "unchecked-logout-redirect",
        says: "a sign-out without an enforced hint redirects to any https address",
        on_in: &[Mode::B2c],
        thread: "MicrosoftDocs/azure-docs#53654",
        unsafe_when_on: true,
    },
    Row {
        quirk: Quirk::LogoutUrlAsReturnAddress,
        name: "logout-url-as-return-address",
        says: "an app's logout_url counts as a return address of its sign-outs",
        on_in: &[Mode::B2c],
        thread: "MicrosoftDocs/azure-docs: openid-connect, session-behavior",
        unsafe_when_on: false,
    },
    Row {
        quirk: Quirk::PublicClientWithoutPkce,
        name: "public-client-without-pkce",
        says: "public clients may leave out PKCE",
        on_in: &[Mode::B2c],
        thread: "MicrosoftDocs/azure-docs: authorization-code-flow",
        unsafe_when_on: true,
    },
    Row {
        quirk: Quirk::RevokeKeepsSessions,
        name: "revoke-keeps-sessions",
        says: "revoking a person's sign-ins ends refresh tokens and leaves sessions",
        on_in: &[Mode::B2c],
        thread: "azure-ad-b2c/samples#632",
        unsafe_when_on: true,
    },
    Row {
        quirk: Quirk::PasswordChangeKeepsSessions,
        name: "password-change-keeps-sessions",
        says: "a changed password ends refresh tokens and leaves sessions",
        on_in: &[Mode::B2c],
        thread: "azure-ad-b2c/samples: revoke-sso-sessions",
        unsafe_when_on: true,
    },
    Row {
        quirk: Quirk::AccountGoneKeepsSessions,
        name: "account-gone-keeps-sessions",
        says: "disabling or deleting an account ends refresh tokens and leaves sessions",
        on_in: &[Mode::B2c],
        thread: "azure-ad-b2c/samples: revoke-sso-sessions",
        unsafe_when_on: true,
    },
    Row {
        quirk: Quirk::SignInTellsWhichPartIsWrong,
        name: "sign-in-tells-which-part-is-wrong",
        says: "a failed sign-in says whether there is such an account",
        on_in: &[Mode::B2c],
        thread: "MicrosoftDocs/azure-docs: localization-string-ids",
        unsafe_when_on: true,
    },
];

/// The quirks that are on for a tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quirks(Vec<Quirk>);

impl Quirks {
    /// What a mode has on.
    pub fn of(mode: Mode) -> Self {
        Self(QUIRKS.iter().filter(|row| row.on_in.contains(&mode)).map(|row| row.quirk).collect())
    }

    /// Switches one by its name. `None`: there is none of that name.
    #[must_use]
    pub fn switched(mut self, name: &str, on: bool) -> Option<Self> {
        let row = QUIRKS.iter().find(|row| row.name == name)?;
        self.0.retain(|known| *known != row.quirk);
        if on {
            self.0.push(row.quirk);
        }
        Some(self)
    }

    /// Whether the quirk is on.
    pub fn has(&self, quirk: Quirk) -> bool {
        self.0.contains(&quirk)
    }

    /// The unsafe ones that are on.
    pub fn unsafe_ones(&self) -> impl Iterator<Item = &'static Row> {
        QUIRKS.iter().filter(|row| row.unsafe_when_on && self.has(row.quirk))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d5_d27_a_quirk_follows_its_mode_unless_it_is_switched() {
        for row in &QUIRKS {
            for mode in [Mode::B2c, Mode::Hardened] {
                assert_eq!(Quirks::of(mode).has(row.quirk), row.on_in.contains(&mode), "{}", row.name);
                for on in [true, false] {
                    let switched = Quirks::of(mode).switched(row.name, on).unwrap();
                    assert_eq!(switched.has(row.quirk), on);
                    let others = QUIRKS.iter().filter(|other| other.quirk != row.quirk);
                    for other in others {
                        assert_eq!(switched.has(other.quirk), Quirks::of(mode).has(other.quirk));
                    }
                }
            }
        }
        assert_eq!(Quirks::of(Mode::B2c).switched("no-such-quirk", true), None);
        assert_eq!(Quirks::of(Mode::Hardened).unsafe_ones().count(), 0);
    }
}
