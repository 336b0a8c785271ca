//! An editor, as far as the protocol goes: starts the binary and speaks to it.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    time::Duration,
};

use serde_json::{Value, json};

/// For how long an answer is waited for before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Editor {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// What came while something else was waited for.
    kept: Vec<Value>,
    last_id: i32,
}

impl Editor {
    /// Starts the server and says nothing.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_zaguan"))
            .arg("lsp")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, messages) = mpsc::channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let input = child.stdin.take();
        Self { child, input, messages, kept: Vec::new(), last_id: 0 }
    }

    /// Starts it in a folder, and shakes hands.
    pub(crate) fn open(folder: &Path, options: Value) -> Self {
        let mut editor = Self::start(&[]);
        let answer = editor.initialize(folder, options, json!({}));
        assert_eq!(answer["capabilities"]["positionEncoding"], "utf-16");
        editor
    }

    /// As [`open`](Self::open), for somebody whose editor speaks that language.
    pub(crate) fn open_in(locale: &str, folder: &Path) -> Self {
        let mut editor = Self::start(&[]);
        editor.hello(folder, json!({}), json!({}), Some(locale));
        editor
    }

    pub(crate) fn initialize(&mut self, folder: &Path, options: Value, capabilities: Value) -> Value {
        self.hello(folder, options, capabilities, None)
    }

    fn hello(&mut self, folder: &Path, options: Value, mut capabilities: Value, locale: Option<&str>) -> Value {
        capabilities["textDocument"] = json!({ "completion": { "completionItem": { "snippetSupport": true } } });
        let params = json!({
            "processId": null, "rootUri": null, "capabilities": capabilities, "initializationOptions": options, "locale": locale,
            "workspaceFolders": [{ "uri": uri(folder), "name": "policies" }],
        });
        let answer = self.ask("initialize", params);
        self.tell("initialized", json!({}));
        answer
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        // One that has ended reads nothing any more.
        input.write_all(bytes).and_then(|()| input.flush()).ok();
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.write(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    pub(crate) fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Asks, and does not wait.
    pub(crate) fn begin(&mut self, method: &str, params: Value) -> i32 {
        self.last_id += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params }));
        self.last_id
    }

    /// The first message, of those that came and those that come, that is as wanted.
    pub(crate) fn wait(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.kept.iter().position(&is_it) {
            return self.kept.remove(at);
        }
        loop {
            let Ok(message) = self.messages.recv_timeout(PATIENCE) else {
                panic!("{what} did not come; what came: {:#?}", self.kept);
            };
            if is_it(&message) {
                return message;
            }
            self.kept.push(message);
        }
    }

    pub(crate) fn answer(&mut self, id: i32) -> Value {
        self.wait("the answer", |it| it["id"] == id && it["method"].is_null())
    }

    /// Asks, and gives the result.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params);
        let mut answer = self.answer(id);
        assert!(answer["error"].is_null(), "{method}: {answer:#}");
        answer["result"].take()
    }

    /// Asks, and gives the error: its code, and what it says.
    pub(crate) fn refused(&mut self, method: &str, params: Value) -> (i64, String) {
        let id = self.begin(method, params);
        let answer = self.answer(id);
        let error = &answer["error"];
        (error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_owned())
    }

    /// The next findings about a file.
    pub(crate) fn findings(&mut self, uri: &str) -> Vec<Value> {
        let mut message =
            self.wait("findings", |it| it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"] == uri);
        serde_json::from_value(message["params"]["diagnostics"].take()).unwrap()
    }

    pub(crate) fn did_open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "xml", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    pub(crate) fn did_change(&mut self, uri: &str, version: i32, changes: Value) {
        let document = json!({ "uri": uri, "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// No more input. The exit code.
    pub(crate) fn hang_up(mut self) -> Option<i32> {
        self.input = None;
        self.child.wait().unwrap().code()
    }

    /// As editors end it. The exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        self.hang_up()
    }
}

// A test that fails leaves no process behind.
impl Drop for Editor {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut content = vec![0; length];
    output.read_exact(&mut content).ok()?;
    serde_json::from_slice(&content).ok()
}

pub(crate) fn uri(path: &Path) -> String {
    url::Url::from_file_path(path).unwrap().to_string()
}

/// The place of the first occurrence, in units of UTF-16, some letters behind its beginning.
pub(crate) fn position(text: &str, needle: &str, letters: usize) -> Value {
    let at = text.find(needle).unwrap_or_else(|| panic!("no `{needle}`")) + letters;
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    json!({ "line": text[..at].matches('\n').count(), "character": text[start..at].encode_utf16().count() })
}
