//! What a timeline is called in English and in Spanish. Texts in braces are filled in by [`super::lines`].

use zaguan_policy::Language;

/// The first line of an answer: what a help desk says. `{Person}` begins a sentence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "each is said by its sentence")]
pub enum Answer {
    SignedOutHere,
    SignedOutByApp,
    SignedOutFromPage,
    SignedOutByProvider,
    Administrator,
    AdministratorNoted,
    Revoked,
    ExpiredUnused,
    ExpiredAfterSignIn,
    KeptUnused,
    KeptAfterSignIn,
    ReplacedByFreshSignIn,
    ReplacedByForceAuthn,
    ReplacedByAnotherPerson,
    EndedByPolicy,
    Evicted,
    PasswordChanged,
    AccountDisabled,
    AccountDeleted,
    Live,
    LiveUnbounded,
    Lapsed,
}

impl Answer {
    /// All of them, those for causes first and in the order of [`zaguan_session::Cause::NAMES`].
    pub const ALL: [Self; 22] = [
        Self::SignedOutHere,
        Self::SignedOutByApp,
        Self::SignedOutFromPage,
        Self::SignedOutByProvider,
        Self::Administrator,
        Self::AdministratorNoted,
        Self::Revoked,
        Self::ExpiredUnused,
        Self::ExpiredAfterSignIn,
        Self::KeptUnused,
        Self::KeptAfterSignIn,
        Self::ReplacedByFreshSignIn,
        Self::ReplacedByForceAuthn,
        Self::ReplacedByAnotherPerson,
        Self::EndedByPolicy,
        Self::Evicted,
        Self::PasswordChanged,
        Self::AccountDisabled,
        Self::AccountDeleted,
        Self::Live,
        Self::LiveUnbounded,
        Self::Lapsed,
    ];

    /// The word of the cause that it is about; `None`: the session has not ended.
    pub fn cause(self) -> Option<&'static str> {
        Some(match self {
            Self::SignedOutHere => "signed-out-here",
            Self::SignedOutByApp => "signed-out-by-app",
            Self::SignedOutFromPage => "signed-out-from-page",
            Self::SignedOutByProvider => "signed-out-by-provider",
            Self::Administrator | Self::AdministratorNoted => "administrator",
            Self::Revoked => "revoked",
            Self::ExpiredUnused | Self::ExpiredAfterSignIn | Self::KeptUnused | Self::KeptAfterSignIn => "expired",
            Self::ReplacedByFreshSignIn => "replaced-by-fresh-sign-in",
            Self::ReplacedByForceAuthn => "replaced-by-force-authn",
            Self::ReplacedByAnotherPerson => "replaced-by-another-person",
            Self::EndedByPolicy => "ended-by-policy",
            Self::Evicted => "evicted",
            Self::PasswordChanged => "password-changed",
            Self::AccountDisabled => "account-disabled",
            Self::AccountDeleted => "account-deleted",
            Self::Live | Self::LiveUnbounded | Self::Lapsed => return None,
        })
    }

    /// Its sentence.
    #[rustfmt::skip]
    pub fn sentence(self, language: Language) -> &'static str {
        let (english, spanish) = match self {
            Self::SignedOutHere => (
                "{Person} was signed out because the sign-out address was opened in their browser; no app is known to have asked for it.",
                "La sesión de {person} terminó porque en su navegador se abrió la dirección de cierre de sesión; no consta qué aplicación lo pidió.",
            ),
            Self::SignedOutByApp => (
                "{Person} was signed out because a sign-out from the app {app} was asked for in their browser.",
                "La sesión de {person} terminó porque en su navegador se pidió cerrar la sesión desde la aplicación {app}.",
            ),
            Self::SignedOutFromPage => (
                "{Person} was signed out because they ended this session themselves, on their page of sessions in another browser.",
                "La sesión de {person} terminó porque esa misma persona la cerró en su página de sesiones, desde otro navegador.",
            ),
            Self::SignedOutByProvider => (
                "{Person} was signed out because the identity provider {provider} reported a sign-out.",
                "La sesión de {person} terminó porque el proveedor de identidad {provider} comunicó un cierre de sesión.",
            ),
            Self::Administrator => (
                "{Person} was signed out because an administrator ended the session, without a note.",
                "La sesión de {person} terminó porque la cerró un administrador, sin dejar ninguna nota.",
            ),
            Self::AdministratorNoted => (
                "{Person} was signed out because an administrator ended the session and noted: “{note}”.",
                "La sesión de {person} terminó porque la cerró un administrador, que dejó esta nota: «{note}».",
            ),
            Self::Revoked => (
                "{Person} was signed out because their sign-ins were revoked: sessions and refresh tokens, everywhere.",
                "La sesión de {person} terminó porque se revocaron sus inicios de sesión: las sesiones y los tokens de actualización, en todas partes.",
            ),
            Self::ExpiredUnused => (
                "{Person} was signed out because the session went unused for longer than SessionExpiryInSeconds of policy {policy} allows; its time was over at {until}.",
                "La sesión de {person} terminó porque pasó sin usarse más tiempo del que permite SessionExpiryInSeconds de la directiva {policy}; el plazo venció el {until}.",
            ),
            Self::ExpiredAfterSignIn => (
                "{Person} was signed out because the sign-in was longer ago than SessionExpiryInSeconds of policy {policy} allows, however often the session was used; its time was over at {until}.",
                "La sesión de {person} terminó porque desde el inicio de sesión pasó más tiempo del que permite SessionExpiryInSeconds de la directiva {policy}, por mucho que se usara; el plazo venció el {until}.",
            ),
            Self::KeptUnused => (
                "{Person} was signed out because the session, which was to be kept (“keep me signed in”), went unused for longer than KeepAliveInDays of policy {policy} allows; its days were over at {until}.",
                "La sesión de {person} terminó porque, aunque se había marcado «Mantener la sesión iniciada», pasó sin usarse más días de los que permite KeepAliveInDays de la directiva {policy}; el plazo venció el {until}.",
            ),
            Self::KeptAfterSignIn => (
                "{Person} was signed out because the sign-in, which was to be kept (“keep me signed in”), was longer ago than KeepAliveInDays of policy {policy} allows, however often the session was used; its days were over at {until}.",
                "La sesión de {person} terminó porque, aunque se había marcado «Mantener la sesión iniciada», desde el inicio de sesión pasaron más días de los que permite KeepAliveInDays de la directiva {policy}, por mucho que se usara; el plazo venció el {until}.",
            ),
            Self::ReplacedByFreshSignIn => (
                "{Person} signed in anew in the same browser, because an app demanded it or in another tab: the new session took the place of this one.",
                "La sesión de {person} terminó porque la misma persona volvió a iniciar sesión en el mismo navegador, por exigencia de una aplicación o en otra pestaña: la sesión nueva ocupó el lugar de esta.",
            ),
            Self::ReplacedByForceAuthn => (
                "{Person} was asked to sign in anew because a SAML app demanded it (ForceAuthn): this session ended with that.",
                "La sesión de {person} terminó porque una aplicación SAML exigió un nuevo inicio de sesión (ForceAuthn).",
            ),
            Self::ReplacedByAnotherPerson => (
                "{Person} was signed out because somebody else signed in in the same browser.",
                "La sesión de {person} terminó porque otra persona inició sesión en el mismo navegador.",
            ),
            Self::EndedByPolicy => (
                "{Person} was signed out because policy {policy} answered the app with an error that ends the session (OAuth2Error).",
                "La sesión de {person} terminó porque la directiva {policy} respondió a la aplicación con un error que cierra la sesión (OAuth2Error).",
            ),
            Self::Evicted => (
                "{Person} was signed out because their browser held the {limit} sessions that it may hold on one host; one more began, and this one had gone unused longest.",
                "La sesión de {person} terminó porque su navegador ya tenía las {limit} sesiones que puede tener en un mismo servidor; empezó otra, y esta era la que llevaba más tiempo sin usarse.",
            ),
            Self::PasswordChanged => (
                "{Person} was signed out because the password of the account was changed.",
                "La sesión de {person} terminó porque se cambió la contraseña de la cuenta.",
            ),
            Self::AccountDisabled => (
                "{Person} was signed out because the account was disabled.",
                "La sesión de {person} terminó porque se deshabilitó la cuenta.",
            ),
            Self::AccountDeleted => (
                "{Person} was signed out because the account was deleted.",
                "La sesión de {person} terminó porque se eliminó la cuenta.",
            ),
            Self::Live => (
                "{Person} was not signed out of this session: by the terms of policy {policy}, which used it last, it lives until {until}.",
                "La sesión de {person} no ha terminado: según la directiva {policy}, la última que la usó, dura hasta el {until}.",
            ),
            Self::LiveUnbounded => (
                "{Person} was not signed out of this session: it has not ended.",
                "La sesión de {person} no ha terminado.",
            ),
            Self::Lapsed => (
                "{Person} was not signed out, but policy {policy}, which used this session last, has not accepted it since {until}; another policy may accept it still.",
                "La sesión de {person} no se ha cerrado, pero la directiva {policy}, la última que la usó, ya no la acepta desde el {until}; otra directiva podría aceptarla todavía.",
            ),
        };
        match language {
            Language::English => english,
            Language::Spanish => spanish,
        }
    }
}

/// Everything else.
pub(super) struct Words {
    pub(super) the_person: &'static str,
    /// At the beginning of a sentence.
    pub(super) the_person_first: &'static str,
    pub(super) labels: Labels,
    pub(super) session_of: &'static str,
    pub(super) session_of_unnamed: &'static str,
    pub(super) began: &'static str,
    pub(super) began_unknown: &'static str,
    pub(super) from: &'static str,
    pub(super) from_browser: &'static str,
    pub(super) of_tenant: &'static str,
    pub(super) of_app: &'static str,
    pub(super) of_policy: &'static str,
    pub(super) kept: &'static str,
    pub(super) not_kept: &'static str,
    pub(super) used_once: &'static str,
    pub(super) used: &'static str,
    pub(super) rule: &'static str,
    pub(super) rolling: &'static str,
    pub(super) absolute: &'static str,
    pub(super) would_end: &'static str,
    pub(super) ended: &'static str,
    pub(super) told: &'static str,
    pub(super) nobody_told: &'static str,
    pub(super) pending: &'static str,
    pub(super) loaded: &'static str,
    pub(super) timed_out: &'static str,
    pub(super) asked_for_it: &'static str,
    pub(super) no_address: &'static str,
    pub(super) no_page: &'static str,
    pub(super) passed_on: &'static str,
    pub(super) unknown_session: &'static str,
    pub(super) no_sessions: &'static str,
    pub(super) records_kept: &'static str,
    pub(super) records_kept_unknown: &'static str,
    pub(super) one_more: &'static str,
    pub(super) more: &'static str,
    pub(super) at_least_more: &'static str,
}

/// What stands before each line.
pub(super) struct Labels {
    pub(super) session: &'static str,
    pub(super) began: &'static str,
    pub(super) scope: &'static str,
    pub(super) kept: &'static str,
    pub(super) used: &'static str,
    pub(super) bound: &'static str,
    pub(super) ended: &'static str,
    pub(super) told: &'static str,
}

impl Words {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::Spanish => &SPANISH,
        }
    }
}

const ENGLISH: Words = Words {
    the_person: "the person",
    the_person_first: "The person",
    labels: Labels {
        session: "Session",
        began: "Began",
        scope: "Scope",
        kept: "Kept",
        used: "Used",
        bound: "Bound",
        ended: "Ended",
        told: "Told",
    },
    session_of: "{session}, of {person} (object id {object})",
    session_of_unnamed: "{session}; the policy knows nobody by name",
    began: "{at}, by the app {app} with policy {policy}",
    began_unknown: "{at}",
    from: ", from {address}",
    from_browser: ", from {address} ({browser})",
    of_tenant: "the tenant's: every policy whose scope is the tenant finds it, for every app",
    of_app: "this app's: {app}",
    of_policy: "this policy's: {policy}",
    kept: "yes (“keep me signed in”): it survives closing the browser",
    not_kept: "no: it goes when the browser is closed",
    used_once: "{first}, once, by the app {app} with policy {policy}; then to live until {until} ({rule})",
    used: "{first} to {last}, {times} times, by the app {app} with policy {policy}; then to live until {until} ({rule})",
    rule: "{counts}, {setting} of policy {policy}",
    rolling: "rolling",
    absolute: "absolute",
    would_end: "by its last use it was to live until {until} ({rule})",
    ended: "{at} ({cause})",
    told: "{app}: {outcome} ({at})",
    nobody_told: "nobody: no app that is told of sign-outs took part",
    pending: "was to be told by a frame of the sign-out page; whether it loaded is not known",
    loaded: "its frame loaded; what the app did then is not known",
    timed_out: "its frame did not load in time",
    asked_for_it: "not told: it asked for the sign-out itself",
    no_address: "not told: it has no address for that (logout_url)",
    no_page: "not told: no browser of the person showed a sign-out page",
    passed_on: "not told: it passed on to the person's next session in that browser",
    unknown_session: "no session `{id}` is known: there never was one, or its record is gone.",
    no_sessions: "no such session is known: there was none, or its record is gone.",
    records_kept: "Records of ended sessions are kept for {days} days",
    records_kept_unknown: "Records of ended sessions are kept for 30 days unless the server was started with another number",
    one_more: "1 more session matches; ask for it by its id, or narrow the question",
    more: "{count} more sessions match; ask for one by its id, or narrow the question",
    at_least_more: "at least {count} more sessions match; ask for one by its id, or narrow the question",
};

const SPANISH: Words = Words {
    the_person: "esta persona",
    the_person_first: "Esta persona",
    labels: Labels {
        session: "Sesión",
        began: "Inicio",
        scope: "Ámbito",
        kept: "Guardada",
        used: "Uso",
        bound: "Límite",
        ended: "Final",
        told: "Avisos",
    },
    session_of: "{session}, de {person} (id. de objeto {object})",
    session_of_unnamed: "{session}; la directiva no conoce a nadie por su nombre",
    began: "{at}, por la aplicación {app} con la directiva {policy}",
    began_unknown: "{at}",
    from: ", desde {address}",
    from_browser: ", desde {address} ({browser})",
    of_tenant: "del inquilino: la encuentran todas las directivas cuyo ámbito es el inquilino, para cualquier aplicación",
    of_app: "de esta aplicación: {app}",
    of_policy: "de esta directiva: {policy}",
    kept: "sí («Mantener la sesión iniciada»): sobrevive al cierre del navegador",
    not_kept: "no: se pierde al cerrar el navegador",
    used_once: "{first}, una vez, por la aplicación {app} con la directiva {policy}; desde entonces, válida hasta el {until} ({rule})",
    used: "del {first} al {last}, {times} veces, por la aplicación {app} con la directiva {policy}; desde entonces, válida hasta el {until} ({rule})",
    rule: "{counts}, {setting} de la directiva {policy}",
    rolling: "desde el último uso",
    absolute: "desde el inicio de sesión",
    would_end: "según su último uso, debía durar hasta el {until} ({rule})",
    ended: "{at} ({cause})",
    told: "{app}: {outcome} ({at})",
    nobody_told: "ninguno: no participó ninguna aplicación a la que se avise de los cierres de sesión",
    pending: "se la iba a avisar con un marco de la página de cierre de sesión; no se sabe si se cargó",
    loaded: "su marco se cargó; no se sabe qué hizo después la aplicación",
    timed_out: "su marco no se cargó a tiempo",
    asked_for_it: "sin aviso: fue ella quien pidió el cierre de sesión",
    no_address: "sin aviso: no tiene dirección para recibirlo (logout_url)",
    no_page: "sin aviso: ningún navegador de la persona mostró una página de cierre de sesión",
    passed_on: "sin aviso: pasó a la siguiente sesión de la persona en ese navegador",
    unknown_session: "no se conoce ninguna sesión `{id}`: nunca existió o su registro ya se ha borrado.",
    no_sessions: "no se conoce ninguna sesión así: no la hubo o su registro ya se ha borrado.",
    records_kept: "Los registros de las sesiones terminadas se guardan {days} días",
    records_kept_unknown: "Los registros de las sesiones terminadas se guardan 30 días, salvo que el servidor se haya iniciado con otro número",
    one_more: "Hay 1 sesión más que coincide; pregunte por ella con su identificador o acote la pregunta",
    more: "Hay {count} sesiones más que coinciden; pregunte por una con su identificador o acote la pregunta",
    at_least_more: "Hay al menos {count} sesiones más que coinciden; pregunte por una con su identificador o acote la pregunta",
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use zaguan_session::Cause;

    use super::*;

    #[test]
    fn d17_every_cause_has_words_and_no_two_share_them() {
        let mut told: Vec<&str> = Answer::ALL.iter().filter_map(|answer| answer.cause()).collect();
        told.dedup();
        assert_eq!(told, Cause::NAMES, "in the order of the list, each once");
        let sentences: BTreeSet<&str> =
            Answer::ALL.iter().flat_map(|answer| Language::ALL.map(|language| answer.sentence(language))).collect();
        assert_eq!(sentences.len(), 2 * Answer::ALL.len());
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let named = |sentence: &str| -> BTreeSet<String> {
            let pieces = sentence.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
            pieces.map(|(name, _)| name.to_lowercase()).collect()
        };
        for answer in Answer::ALL {
            let [english, spanish] = Language::ALL.map(|language| answer.sentence(language));
            assert_eq!(named(english), named(spanish), "{answer:?}");
            for sentence in [english, spanish] {
                assert!(sentence.ends_with('.') && sentence.contains("erson}"), "{sentence}");
            }
        }
    }
}
