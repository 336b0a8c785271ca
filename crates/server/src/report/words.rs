//! What stands around findings, in English and in Spanish.

use zaguan_policy::{Language, Severity};
use zaguan_session::quirks::{Quirk, Row};

/// The words of one language.
pub(super) struct Words {
    error: &'static str,
    warning: &'static str,
    note: &'static str,
    pub(super) help: &'static str,
    pub(super) more: &'static str,
    /// One, and any other number.
    pub(super) errors: [&'static str; 2],
    pub(super) warnings: [&'static str; 2],
    pub(super) files: [&'static str; 2],
    pub(super) files_read: [&'static str; 2],
    pub(super) policies_that_answer: [&'static str; 2],
    pub(super) apps: [&'static str; 2],
    pub(super) refused: &'static str,
    pub(super) within: &'static str,
    pub(super) sound: &'static str,
    pub(super) tenant: &'static str,
    pub(super) answers_by_journey: &'static str,
    unsafe_quirk: [&'static str; 2],
    see: &'static str,
    pub(super) definition: &'static str,
    pub(super) quirk: &'static str,
    of_quirk: fn(&'static Row) -> &'static str,
}

const ENGLISH: Words = Words {
    error: "error",
    warning: "warning",
    note: "note",
    help: "help",
    more: "for more about a finding",
    errors: ["error", "errors"],
    warnings: ["warning", "warnings"],
    files: ["file", "files"],
    files_read: ["file read", "files read"],
    policies_that_answer: ["policy that answers apps", "policies that answer apps"],
    apps: ["app", "apps"],
    refused: "refused",
    within: "in",
    sound: "sound",
    tenant: "tenant",
    answers_by_journey: "answers apps by journey",
    unsafe_quirk: ["unsafe quirk", "is on"],
    see: "see",
    definition: "a definition of the tenant cannot be used",
    quirk: "an unsafe quirk is on",
    of_quirk: |row| row.says,
};

const SPANISH: Words = Words {
    error: "error",
    warning: "advertencia",
    note: "nota",
    help: "ayuda",
    more: "para saber más de un hallazgo",
    errors: ["error", "errores"],
    warnings: ["advertencia", "advertencias"],
    files: ["archivo", "archivos"],
    files_read: ["archivo leído", "archivos leídos"],
    policies_that_answer: ["directiva que responde a aplicaciones", "directivas que responden a aplicaciones"],
    apps: ["aplicación", "aplicaciones"],
    refused: "rechazado",
    within: "en",
    sound: "correcto",
    tenant: "inquilino",
    answers_by_journey: "responde a las aplicaciones con el recorrido",
    unsafe_quirk: ["la peculiaridad no segura", "está activada"],
    see: "véase",
    definition: "una definición del inquilino no se puede usar",
    quirk: "una peculiaridad no segura está activada",
    of_quirk: |row| match row.quirk {
        Quirk::UncheckedLogoutRedirect => {
            "un cierre de sesión sin sugerencia exigida redirige a cualquier dirección https"
        }
        Quirk::LogoutUrlAsReturnAddress => {
            "el logout_url de una aplicación cuenta como dirección de retorno de sus cierres de sesión"
        }
        Quirk::PublicClientWithoutPkce => "los clientes públicos pueden prescindir de PKCE",
        Quirk::RevokeKeepsSessions => {
            "revocar los inicios de sesión de una persona termina los tokens de actualización y deja las sesiones"
        }
        Quirk::PasswordChangeKeepsSessions => {
            "un cambio de contraseña termina los tokens de actualización y deja las sesiones"
        }
        Quirk::AccountGoneKeepsSessions => {
            "deshabilitar o eliminar una cuenta termina los tokens de actualización y deja las sesiones"
        }
        Quirk::SignInTellsWhichPartIsWrong => "un inicio de sesión fallido dice si existe esa cuenta",
    },
};

impl Words {
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::Spanish => &SPANISH,
        }
    }

    pub(super) const fn severity(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Note => self.note,
            Severity::Warning => self.warning,
            Severity::Error => self.error,
        }
    }

    /// That an unsafe quirk is on, what it does, and where to read on.
    pub(super) fn unsafe_quirk(&self, row: &'static Row) -> String {
        let [begin, end] = self.unsafe_quirk;
        format!("{begin} `{}` {end}: {} ({} {})", row.name, (self.of_quirk)(row), self.see, row.thread)
    }
}

/// A number of things.
pub(super) fn counted(count: usize, [one, many]: [&str; 2]) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
