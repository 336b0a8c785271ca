//! What may come when, and what is done with it.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::Receiver,
};

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::{
    DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, InitializeParams,
    PublishDiagnosticsParams,
};
use serde_json::{Value, json};

use super::{
    Options,
    answer::{self, Refused},
    wire::{Incoming, Outgoing},
    workspace::{Told, Watching, Workspace},
};

/// Answers until the editor says `exit`.
///
/// # Errors
/// Where it ends otherwise, or without `shutdown` before it.
pub(super) fn run(options: Options, incoming: &Receiver<Incoming>, outgoing: &Outgoing) -> Result<(), String> {
    let mut session = Session { outgoing, queue: VecDeque::new(), state: State::New(options) };
    loop {
        // All that has come: the newest change counts, and what was taken back is not worked out.
        while let Ok(next) = incoming.try_recv() {
            session.take(next)?;
        }
        if let Some(message) = session.queue.pop_front() {
            if session.handle(message)? == Then::End {
                return Ok(());
            }
        } else if session.publish() {
            // One set at a time; somebody may be typing.
        } else if let Ok(next) = incoming.recv() {
            session.take(next)?;
        } else {
            return match session.state {
                State::ShutDown => Ok(()),
                _ => Err("the editor went away without `shutdown` and `exit`".to_owned()),
            };
        }
    }
}

struct Session<'a> {
    outgoing: &'a Outgoing,
    queue: VecDeque<Message>,
    state: State,
}

enum State {
    New(Options),
    Running(Box<Workspace>),
    ShutDown,
}

#[derive(PartialEq)]
enum Then {
    GoOn,
    End,
}

impl Session<'_> {
    fn take(&mut self, incoming: Incoming) -> Result<(), String> {
        match incoming {
            Incoming::Message(Message::Notification(cancel)) if cancel.method == "$/cancelRequest" => {
                self.cancel(&cancel.params["id"]);
            }
            Incoming::Message(message) => self.queue.push_back(message),
            Incoming::Nonsense(problem) => self.outgoing.refuse(&problem),
            Incoming::Broken(problem) => return Err(problem),
        }
        Ok(())
    }

    /// What has been answered cannot be taken back, and that is no mistake.
    fn cancel(&mut self, id: &Value) {
        let is_it = |message: &Message| matches!(message, Message::Request(it) if json!(it.id) == *id);
        let Some(at) = self.queue.iter().position(is_it) else { return };
        if let Some(Message::Request(request)) = self.queue.remove(at) {
            self.refuse(request.id, ErrorCode::RequestCanceled, "taken back".to_owned());
        }
    }

    fn handle(&mut self, message: Message) -> Result<Then, String> {
        match message {
            Message::Request(request) => self.request(request),
            Message::Notification(exit) if exit.method == "exit" => {
                return match self.state {
                    State::ShutDown => Ok(Then::End),
                    _ => Err("the editor said `exit` without `shutdown`".to_owned()),
                };
            }
            Message::Notification(notification) => self.notification(notification),
            // To the questions that we ask there is nothing to say.
            Message::Response(_) => {}
        }
        Ok(Then::GoOn)
    }

    fn request(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let fault = || Refused(ErrorCode::InternalError, format!("`{method}` failed: this is a mistake of zaguan's"));
        match (&mut self.state, method.as_str()) {
            (State::New(options), "initialize") => {
                let asked: Result<InitializeParams, _> = answer::read(params);
                match asked {
                    Ok(asked) => {
                        let mut workspace = Box::new(Workspace::new(options.clone(), &asked));
                        self.reply(id, Ok(answer::capabilities(&workspace)));
                        guarded(|| workspace.reload());
                        self.state = State::Running(workspace);
                        self.tell_problems();
                    }
                    Err(refused) => self.reply(id, Err(refused)),
                }
            }
            (State::New(_), _) => self.refuse(id, ErrorCode::ServerNotInitialized, "say `initialize` first".to_owned()),
            (State::ShutDown, _) => self.refuse(id, ErrorCode::InvalidRequest, "`shutdown` was said".to_owned()),
            (State::Running(_), "initialize") => {
                self.refuse(id, ErrorCode::InvalidRequest, "`initialize` was said before".to_owned());
            }
            (State::Running(_), "shutdown") => {
                self.state = State::ShutDown;
                self.reply(id, Ok(Value::Null));
            }
            (State::Running(workspace), _) => {
                let mut told = Vec::new();
                let answer = guarded(|| {
                    if method == "textDocument/codeAction"
                        && let Some(uri) = params["textDocument"]["uri"].as_str().and_then(|uri| uri.parse().ok())
                    {
                        // A fix is of the present text.
                        told = workspace.refresh(&uri);
                    }
                    answer::answer(workspace, &method, params)
                });
                self.tell(told);
                self.reply(id, answer.unwrap_or_else(|| Err(fault())));
            }
        }
    }

    fn notification(&mut self, notification: Notification) {
        let State::Running(workspace) = &mut self.state else { return };
        let Notification { method, params } = notification;
        if method == "initialized" {
            if workspace.abilities.watching == Watching::Asked {
                self.watch();
            }
            return;
        }
        let done = guarded(|| -> Result<(), Refused> {
            match method.as_str() {
                "textDocument/didOpen" => workspace.open(answer::read(params)?),
                "textDocument/didChange" => workspace.change(answer::read(params)?),
                "textDocument/didClose" => {
                    workspace.close(&answer::read::<DidCloseTextDocumentParams>(params)?.text_document.uri);
                }
                "workspace/didChangeWatchedFiles" => {
                    for change in answer::read::<DidChangeWatchedFilesParams>(params)?.changes {
                        workspace.changed_on_disk(&change.uri);
                    }
                }
                "workspace/didChangeWorkspaceFolders" => {
                    workspace.change_folders(answer::read::<DidChangeWorkspaceFoldersParams>(params)?.event);
                }
                // `didSave`, `setTrace` and whatever comes later.
                _ => {}
            }
            Ok(())
        });
        if let Some(Err(Refused(_, why))) = done {
            self.notify("window/logMessage", json!({ "type": 1, "message": format!("{method}: {why}") }));
        }
        self.tell_problems();
    }

    /// Asks to be told of files that change on disk.
    fn watch(&self) {
        let globs = ["**/*.xml", "**/tenant.toml", "**/appsettings.json"];
        let watchers: Vec<Value> = globs.iter().map(|glob| json!({ "globPattern": glob })).collect();
        let method = "workspace/didChangeWatchedFiles";
        let registration = json!({ "id": "files", "method": method, "registerOptions": { "watchers": watchers } });
        let request = Request {
            id: RequestId::from("watch".to_owned()),
            method: "client/registerCapability".to_owned(),
            params: json!({ "registrations": [registration] }),
        };
        self.outgoing.send(&Message::Request(request));
    }

    /// Tells what one set has come to; false where nothing was to be worked out.
    fn publish(&mut self) -> bool {
        let State::Running(workspace) = &mut self.state else { return false };
        if !workspace.is_stale() {
            return false;
        }
        let told = guarded(|| workspace.next()).unwrap_or_default();
        self.tell(told);
        true
    }

    fn tell(&self, told: Vec<Told>) {
        for Told { uri, version, diagnostics } in told {
            let params = PublishDiagnosticsParams { uri, diagnostics, version };
            self.notify("textDocument/publishDiagnostics", json!(params));
        }
    }

    fn tell_problems(&mut self) {
        let State::Running(workspace) = &mut self.state else { return };
        for problem in workspace.problems() {
            self.notify("window/showMessage", json!({ "type": 2, "message": problem }));
        }
    }

    fn notify(&self, method: &str, params: Value) {
        self.outgoing.send(&Message::Notification(Notification { method: method.to_owned(), params }));
    }

    fn refuse(&self, id: RequestId, code: ErrorCode, why: String) {
        self.reply(id, Err(Refused(code, why)));
    }

    fn reply(&self, id: RequestId, answer: Result<Value, Refused>) {
        let response = match answer {
            Ok(value) => Response::new_ok(id, value),
            Err(Refused(code, why)) => Response::new_err(id, code as i32, why),
        };
        self.outgoing.send(&Message::Response(response));
    }
}

/// A mistake of ours costs one answer, not the unsaved work's whole company. What it leaves half done is put right by the
/// next change, which replaces a file as a whole.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    type Answers = Vec<(Value, Option<i64>)>;

    /// What is answered where all of this has come before anything is done: numbers, and errors' codes.
    fn answers(messages: &[Value]) -> (Result<(), String>, Answers) {
        let (to_session, incoming) = mpsc::channel();
        for message in messages {
            to_session.send(Incoming::Message(serde_json::from_value(message.clone()).unwrap())).unwrap();
        }
        drop(to_session);
        let (sender, sent) = mpsc::channel();
        let end = run(Options::default(), &incoming, &Outgoing::to(sender));
        let answers = sent.iter().filter(|it: &Value| it["method"].is_null());
        (end, answers.map(|it| (it["id"].clone(), it["error"]["code"].as_i64())).collect())
    }

    fn request(id: Value, method: &str) -> Value {
        json!({ "id": id, "method": method, "params": { "capabilities": {} } })
    }

    #[test]
    fn a_question_that_is_taken_back_is_not_worked_out() {
        let cancel = |id: Value| json!({ "method": "$/cancelRequest", "params": { "id": id } });
        let (end, answers) = answers(&[
            request(json!(1), "initialize"),
            request(json!(2), "textDocument/hover"),
            request(json!("3"), "textDocument/hover"),
            request(json!(4), "no/such"),
            cancel(json!(2)),
            cancel(json!("3")),
            // Another number, and one that nobody asked.
            cancel(json!("4")),
            cancel(json!(99)),
            request(json!(5), "shutdown"),
            json!({ "method": "exit" }),
        ]);
        assert_eq!(end, Ok(()));
        let expected = [
            (json!(2), Some(-32800)),
            (json!("3"), Some(-32800)),
            (json!(1), None),
            (json!(4), Some(-32601)),
            (json!(5), None),
        ];
        assert_eq!(answers, expected);
    }

    #[test]
    fn an_editor_that_goes_away_is_told_from_one_that_ends() {
        let shutdown = [request(json!(1), "initialize"), request(json!(2), "shutdown")];
        assert_eq!(answers(&shutdown).0, Ok(()));
        assert!(answers(&shutdown[..1]).0.is_err());
        assert!(answers(&[shutdown[0].clone(), json!({ "method": "exit" })]).0.is_err());
    }
}
