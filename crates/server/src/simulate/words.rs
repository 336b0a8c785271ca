//! What came of an event, in words.

use zaguan_policy::{Language, Timestamp, id::PolicyId, model::Expiry};
use zaguan_session::{
    Bound, Cause, CookieAge, ExpiredBy, ExpirySetting, SessionKey,
    simulate::{Answer, Asked, Began, Holds, Lost, Told, Why},
};

use crate::clock::Span;

/// Tells of events, with times counted from the beginning of the history.
#[derive(Clone, Copy, Debug)]
pub struct Teller {
    /// In this language.
    pub language: Language,
    /// The beginning.
    pub start: Timestamp,
}

impl Teller {
    /// What came of an event: one line for the answer, one for the session behind it, one for each that ended.
    pub fn tell(&self, told: &Told, policy: Option<&PolicyId>) -> Vec<String> {
        let answer = told.answer.iter().flat_map(|answer| {
            let told = format!("{}: {}", self.asked(answer.asked), self.why(answer, policy));
            [Some(told), answer.holds.as_ref().map(|holds| self.holds(holds))]
        });
        let ended = told.ended.iter().map(|(session, cause)| {
            let ends = self.say("ends", "termina");
            format!("{session} {ends}: {}", self.cause(cause))
        });
        answer.flatten().chain(ended).collect()
    }

    /// An instant: `+1d12h`.
    pub fn at(&self, instant: Timestamp) -> String {
        format!("+{}", Span(instant.since(self.start)))
    }

    fn say<'a>(&self, english: &'a str, spanish: &'a str) -> &'a str {
        match self.language {
            Language::English => english,
            Language::Spanish => spanish,
        }
    }

    fn asked(&self, asked: Asked) -> &'static str {
        match asked {
            Asked::SignedIn => self.say("asked, and signs in", "se pregunta, e inicia sesión"),
            Asked::Left => self.say("asked, and leaves", "se pregunta, y se va"),
            Asked::NotAsked => self.say("not asked", "no se pregunta"),
            Asked::Refused => self.say("refused (interaction_required)", "se rechaza (interaction_required)"),
        }
    }

    fn why(&self, answer: &Answer, policy: Option<&PolicyId>) -> String {
        let policy = policy.map_or("", PolicyId::as_str);
        match &answer.why {
            Why::Suppressed => self
                .say(
                    "the policy's scope is Suppressed: it has no sessions",
                    "el ámbito de la directiva es Suppressed: no tiene sesiones",
                )
                .to_owned(),
            Why::NoSession { key, lost } => {
                let none = match self.language {
                    Language::English => format!("the browser holds no session of {}", self.key(key)),
                    Language::Spanish => format!("el navegador no tiene ninguna sesión {}", self.key(key)),
                };
                match lost {
                    Some((session, how)) => format!("{none}; {session} {}", self.lost(how)),
                    None => none,
                }
            }
            Why::Expired { session, key, by } => match self.language {
                Language::English => format!("session {session} of {} expired at {}", self.key(key), self.expired(by)),
                Language::Spanish => format!("la sesión {session} {} venció en {}", self.key(key), self.expired(by)),
            },
            Why::PromptLogin { session } => match self.language {
                Language::English => format!("prompt=login wants a fresh sign-in, whatever {session} says"),
                Language::Spanish => format!("prompt=login pide un inicio de sesión nuevo, diga lo que diga {session}"),
            },
            Why::MaxAge { session, signed_in } => match self.language {
                Language::English => {
                    format!("{session} began at {}, longer ago than max_age allows", self.at(*signed_in))
                }
                Language::Spanish => {
                    format!("{session} empezó en {}, hace más de lo que permite max_age", self.at(*signed_in))
                }
            },
            Why::AskedEachTime { session } => match self.language {
                Language::English => format!("there is {session}, but the sign-in page of {policy} comes each time"),
                Language::Spanish => format!("existe {session}, pero la página de {policy} sale siempre"),
            },
            Why::NotRemembered { session, by } => match self.language {
                Language::English => format!("there is {session}, but it remembers nothing of pages that {by} manages"),
                Language::Spanish => {
                    format!("existe {session}, pero no recuerda nada de las páginas que gestiona {by}")
                }
            },
            Why::Lives { session, key, bound } => match self.language {
                Language::English => {
                    format!("session {session} of {} lives {} of {policy}", self.key(key), self.until(bound))
                }
                Language::Spanish => {
                    format!("la sesión {session} {} vive {} de {policy}", self.key(key), self.until(bound))
                }
            },
        }
    }

    fn holds(&self, holds: &Holds) -> String {
        let session = &holds.session;
        let began = match holds.began {
            Began::Now => self.say("begins", "empieza"),
            Began::Before => self.say("goes on", "sigue"),
        };
        let lives = self.say("lives", "vive");
        let cookie = match holds.cookie {
            CookieAge::Browser => self
                .say("its cookie goes when the browser is closed", "su cookie se pierde al cerrar el navegador")
                .to_owned(),
            CookieAge::Kept(so_long) => match self.language {
                Language::English => format!("its cookie is kept for {}", Span(so_long)),
                Language::Spanish => format!("su cookie se guarda {}", Span(so_long)),
            },
        };
        format!("{session} {began}; {lives} {}; {cookie}", self.until(&holds.bound))
    }

    fn until(&self, bound: &Bound) -> String {
        match self.language {
            Language::English => format!("until {} by {}", self.at(bound.until), self.setting(bound)),
            Language::Spanish => format!("hasta {} por {}", self.at(bound.until), self.setting(bound)),
        }
    }

    fn expired(&self, by: &ExpiredBy) -> String {
        let (at, setting, policy) = (self.at(by.bound.until), self.setting(&by.bound), &by.policy);
        match self.language {
            Language::English => format!("{at} by {setting} of {policy}"),
            Language::Spanish => format!("{at} por {setting} de {policy}"),
        }
    }

    fn setting(&self, bound: &Bound) -> String {
        let setting = match bound.setting {
            ExpirySetting::SessionExpiry => "SessionExpiryInSeconds",
            ExpirySetting::KeepAlive => "KeepAliveInDays",
        };
        let from = match bound.expiry {
            Expiry::Rolling => self.say("from the last use", "desde el último uso"),
            Expiry::Absolute => self.say("from the sign-in", "desde el inicio"),
        };
        format!("{setting} ({from})")
    }

    fn key(&self, key: &SessionKey) -> String {
        match (key, self.language) {
            (SessionKey::Tenant, Language::English) => "the tenant".into(),
            (SessionKey::Tenant, Language::Spanish) => "del inquilino".into(),
            (SessionKey::Application(app), Language::English) => format!("app {app}"),
            (SessionKey::Application(app), Language::Spanish) => format!("de la aplicación {app}"),
            (SessionKey::Policy(policy), Language::English) => format!("policy {policy}"),
            (SessionKey::Policy(policy), Language::Spanish) => format!("de la directiva {policy}"),
        }
    }

    fn lost(&self, how: &Lost) -> String {
        match how {
            Lost::WithTheBrowser => {
                self.say("went when the browser was closed", "se perdió al cerrar el navegador").to_owned()
            }
            Lost::AgeOver(at) => match self.language {
                Language::English => format!("had a cookie that was kept until {}", self.at(*at)),
                Language::Spanish => format!("tenía una cookie que se guardó hasta {}", self.at(*at)),
            },
            Lost::Cleared => self.say("lost its cookie", "perdió su cookie").to_owned(),
            Lost::Ended(cause) => match self.language {
                Language::English => format!("has ended: {}", self.cause(cause)),
                Language::Spanish => format!("ha terminado: {}", self.cause(cause)),
            },
        }
    }

    fn cause(&self, cause: &Cause) -> String {
        match cause {
            Cause::SignedOutHere => self.say("signed out", "se cerró la sesión").to_owned(),
            Cause::SignedOutByApp(app) => match self.language {
                Language::English => format!("signed out of {app}"),
                Language::Spanish => format!("se cerró la sesión en {app}"),
            },
            Cause::Administrator { .. } => {
                self.say("an administrator ended it", "la terminó un administrador").to_owned()
            }
            Cause::Expired(by) => match self.language {
                Language::English => format!("expired at {}", self.expired(by)),
                Language::Spanish => format!("venció en {}", self.expired(by)),
            },
            Cause::ReplacedByFreshSignIn => {
                self.say("replaced by a fresh sign-in", "la reemplaza un inicio de sesión nuevo").to_owned()
            }
            Cause::ReplacedByAnotherPerson => {
                self.say("somebody else signed in", "inició sesión otra persona").to_owned()
            }
            Cause::Evicted(_) => {
                self.say("the browser holds too many sessions", "el navegador tiene demasiadas sesiones").to_owned()
            }
            Cause::PasswordChanged => self.say("the password was changed", "se cambió la contraseña").to_owned(),
            // No simulation comes to these.
            other => other.name().to_owned(),
        }
    }
}
