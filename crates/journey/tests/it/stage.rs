//! A stage for one journey: the demo's policies, a directory in memory, a clock that stands still.
//! Every turn goes through the written form of the journey, as it would between two requests.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use zaguan_journey::{
    AccountPrivacy, Answer, Ask, Input, Issued, Journey, Moment, Outcome, PageReply, Program, Refusal, RememberMe,
    Request, Start, Turn, bind, page::Page, turn::Existence,
};
use zaguan_policy::{SourceFile, Timestamp, Value, model::Behavior};
use zaguan_session::{ClientId, NewSession, Origin, Session, SessionId, SessionKey, SessionUse, Terms};

/// What happens around a journey.
pub(crate) struct Stage {
    pub(crate) program: Program,
    pub(crate) journey: Journey,
    pub(crate) people: BTreeMap<String, Person>,
    /// Codes that were mailed, by address.
    pub(crate) mailbox: Vec<(String, String)>,
    pub(crate) now: Timestamp,
    chance: u8,
}

#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) object_id: String,
    pub(crate) password: String,
    pub(crate) attributes: Vec<(String, Value)>,
}

pub(crate) fn program(policy: &str) -> Program {
    edited_program(policy, |_, text| text)
}

/// The same, each file edited; it is told the file's name.
pub(crate) fn edited_program(policy: &str, edit: impl Fn(&str, String) -> String) -> Program {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../policies/demo");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "xml") {
            let name: Arc<str> = path.file_name().unwrap().to_string_lossy().into();
            let text = edit(&name, std::fs::read_to_string(&path).unwrap());
            files.push(SourceFile { name, text });
        }
    }
    let loaded = zaguan_policy::load(&files, &[]);
    let policy = loaded.set.get(&policy.into()).unwrap_or_else(|| panic!("{policy}: {:?}", loaded.diagnostics));
    bind(policy, &|_| false).0.unwrap()
}

pub(crate) fn request(start: Start) -> Request {
    Request {
        start,
        client_id: "app".into(),
        policy: "B2C_1A_P".into(),
        tenant: "contoso.onmicrosoft.com".into(),
        tenant_object_id: "f3b1c0de-0000-4000-8000-00000000c0de".into(),
        host: "id.contoso.example".into(),
        correlation_id: "c".into(),
        ip_address: "192.0.2.1".into(),
        languages: vec!["en".into()],
        built_in_languages: vec!["en".into(), "es".into()],
        parameters: BTreeMap::new(),
        account_privacy: AccountPrivacy::Told,
    }
}

impl Stage {
    pub(crate) fn new(policy: &str) -> Self {
        Self::with(policy, request(Start::Authorize), None)
    }

    pub(crate) fn with(policy: &str, request: Request, found: Option<Session>) -> Self {
        Self::of(program(policy), request, found)
    }

    pub(crate) fn of(program: Program, request: Request, found: Option<Session>) -> Self {
        let journey = Journey::start(&program, request, found);
        let ada = Person {
            object_id: "ada-id".into(),
            password: "Correct-horse1".into(),
            attributes: vec![
                ("signInNames.emailAddress".into(), Value::Text("ada@example.org".into())),
                ("displayName".into(), Value::Text("Ada".into())),
                ("givenName".into(), Value::Text("Ada".into())),
                ("accountEnabled".into(), Value::Boolean(true)),
            ],
        };
        Self {
            program,
            journey,
            people: BTreeMap::from([("ada@example.org".into(), ada)]),
            mailbox: vec![],
            now: Timestamp::from_seconds(1_800_000_000),
            chance: 0,
        }
    }

    /// One input, and the world's answers until the journey wants something else.
    pub(crate) fn turn(&mut self, input: Input) -> Turn {
        let mut input = input;
        loop {
            let written = serde_json::to_string(&self.journey).unwrap();
            self.journey = serde_json::from_str(&written).unwrap();
            let mut chance = self.chance;
            let mut random = |bytes: &mut [u8]| {
                for byte in bytes {
                    chance = chance.wrapping_mul(5).wrapping_add(7);
                    *byte = chance;
                }
            };
            let mut moment = Moment { now: self.now, random: &mut random };
            let turn = self.journey.advance(&self.program, input, &mut moment);
            self.chance = chance;
            match turn {
                Turn::Ask(ask) => input = Input::Answer(self.answer(ask)),
                other => return other,
            }
        }
    }

    pub(crate) fn begin(&mut self) -> Turn {
        self.turn(Input::Begin)
    }

    pub(crate) fn submit(&mut self, fields: &[(&str, &str)]) -> Turn {
        self.turn(Input::Submitted(fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()))
    }

    pub(crate) fn confirm(&mut self, remember_me: RememberMe) -> Turn {
        self.turn(Input::Confirmed { remember_me })
    }

    /// Verifies an address of the open page with the code from the mailbox.
    pub(crate) fn verify(&mut self, address: &str) {
        let claim = "email".into();
        let sent = self.turn(Input::CodeWanted { claim, address: address.into() });
        assert_eq!(sent, Turn::Reply(PageReply::CodeSent));
        let code = self.mailbox.last().unwrap().1.clone();
        let entered = Input::CodeEntered { claim: "email".into(), address: address.into(), code };
        assert_eq!(self.turn(entered), Turn::Reply(PageReply::CodeAccepted));
    }

    fn answer(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::ReadAccount(key) => match self.find(&key.value) {
                Some(person) => account(person, false),
                None => Answer::NoAccount,
            },
            Ask::CheckPassword { sign_in_name, password } => match self.find(&Value::Text(sign_in_name)) {
                Some(person) if password == Value::Secret(person.password.clone()) => account(person, false),
                Some(_) => Answer::WrongPassword,
                None => Answer::NoAccount,
            },
            Ask::WriteAccount { key, attributes, if_absent, if_present, own } => {
                let existing = self.find(&key.value).cloned();
                let created = existing.as_ref().is_none_or(|person| own.contains(&person.object_id));
                let mut person = match existing {
                    Some(_) if if_present == Existence::Refused && !created => return Answer::AccountExists,
                    None if if_absent == Existence::Refused => return Answer::NoAccount,
                    Some(person) => person,
                    None => Person {
                        object_id: format!("id-{}", self.people.len()),
                        password: String::new(),
                        attributes: vec![("accountEnabled".into(), Value::Boolean(true))],
                    },
                };
                for (name, value) in attributes {
                    person.attributes.retain(|(known, _)| *known != name);
                    match value {
                        Some(Value::Secret(password)) => person.password = password,
                        Some(value) => person.attributes.push((name, value)),
                        None => {}
                    }
                }
                let answer = account(&person, created);
                let address = person.text("signInNames.emailAddress").unwrap();
                self.people.insert(address, person);
                answer
            }
            Ask::DeleteAccount(_) => Answer::AccountDeleted,
            Ask::SendCode { address, code, .. } => {
                self.mailbox.push((address, code));
                Answer::CodeSent
            }
        }
    }

    fn find(&self, key: &Value) -> Option<&Person> {
        let key = key.as_text()?;
        self.people
            .values()
            .find(|person| person.object_id == key || person.text("signInNames.emailAddress") == Some(key.clone()))
    }
}

impl Person {
    fn text(&self, name: &str) -> Option<String> {
        self.attributes.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.as_text())
    }
}

fn account(person: &Person, created: bool) -> Answer {
    let mut attributes = person.attributes.clone();
    attributes.push(("objectId".into(), Value::Text(person.object_id.clone())));
    Answer::Account { attributes, created }
}

pub(crate) fn page(turn: Turn) -> Page {
    match turn {
        Turn::Show(page) => *page,
        other => panic!("expected a page, got {other:?}"),
    }
}

pub(crate) fn issued(turn: Turn) -> Issued {
    match turn {
        Turn::Finish(Outcome::Claims(issued)) => *issued,
        other => panic!("expected claims, got {other:?}"),
    }
}

pub(crate) fn refusal(turn: Turn) -> Refusal {
    match turn {
        Turn::Finish(Outcome::Refused(refusal)) => refusal,
        other => panic!("expected an error for the app, got {other:?}"),
    }
}

/// The key of the message with which a form was refused.
pub(crate) fn refused(turn: Turn) -> String {
    match turn {
        Turn::Reply(PageReply::Refused { message, .. }) | Turn::Reply(PageReply::CodeRefused(message)) => message.key,
        other => panic!("expected a refused form, got {other:?}"),
    }
}

/// The session that a sign-on leaves.
pub(crate) fn session_after(issued: &Issued) -> Session {
    let new = NewSession {
        id: SessionId::new("s"),
        secret_hash: [0; 32],
        browser: [0; 32],
        key: SessionKey::Tenant,
        person: issued.sign_on.person.clone(),
        origin: Origin::default(),
    };
    let first = SessionUse {
        session: SessionId::new("s"),
        at: issued.sign_on.authenticated,
        app: ClientId::new("app"),
        policy: "B2C_1A_P".into(),
        terms: Terms::from(&Behavior::default()),
        browser: [0; 32],
        keep: issued.sign_on.keep,
        participant: None,
        memories: issued.sign_on.memories.clone(),
    };
    Session::begin(new, first)
}

/// A claim of the token.
pub(crate) fn claim<'a>(issued: &'a Issued, name: &str) -> Option<&'a serde_json::Value> {
    issued.claims.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}
