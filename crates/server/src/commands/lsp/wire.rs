//! Messages, in frames on standard input and output. [LSP 3.17, Base Protocol]

use std::{
    io::{self, BufRead, Read, Write},
    sync::mpsc::{self, Receiver, Sender},
    thread::JoinHandle,
};

use lsp_server::Message;
use serde_json::{Value, json};

use super::address;

/// Something that came.
#[derive(Debug)]
pub(super) enum Incoming {
    Message(Message),
    /// A frame whose content is no message.
    Nonsense(String),
    /// No frame: nothing that follows can be understood.
    Broken(String),
}

/// Greatest frame. A policy has at most 1 MB.
const GREATEST: usize = 64 * 1024 * 1024;

/// Where answers go.
pub(super) struct Outgoing {
    sender: Sender<Value>,
    writer: JoinHandle<()>,
}

impl Outgoing {
    pub(super) fn send(&self, message: &Message) {
        if let Ok(mut value) = serde_json::to_value(message) {
            value["jsonrpc"] = json!("2.0");
            self.send_value(value);
        }
    }

    /// An answer to what had no number that could be read.
    pub(super) fn refuse(&self, problem: &str) {
        let error = json!({ "code": lsp_server::ErrorCode::ParseError as i32, "message": problem });
        self.send_value(json!({ "jsonrpc": "2.0", "id": null, "error": error }));
    }

    // An editor that no longer listens is about to end this process.
    fn send_value(&self, value: Value) {
        self.sender.send(value).ok();
    }

    /// One that writes nothing.
    #[cfg(test)]
    pub(super) fn to(sender: Sender<Value>) -> Self {
        Self { sender, writer: std::thread::spawn(|| ()) }
    }

    /// Waits until everything is written.
    pub(super) fn finish(self) {
        drop(self.sender);
        self.writer.join().ok();
    }
}

/// Begins to read and write.
pub(super) fn start() -> (Receiver<Incoming>, Outgoing) {
    let (to_session, incoming) = mpsc::channel();
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        while let Some(next) = read(&mut input).transpose() {
            let next = next.unwrap_or_else(|cause| Incoming::Broken(cause.to_string()));
            let is_last = matches!(next, Incoming::Broken(_));
            if to_session.send(next).is_err() || is_last {
                return;
            }
        }
    });
    let (sender, messages) = mpsc::channel::<Value>();
    let writer = std::thread::spawn(move || {
        let mut output = io::stdout().lock();
        for message in messages {
            let text = message.to_string();
            let written = write!(output, "Content-Length: {}\r\n\r\n{text}", text.len()).and_then(|()| output.flush());
            if written.is_err() {
                return;
            }
        }
    });
    (incoming, Outgoing { sender, writer })
}

/// The next message; `None` at the end of the input.
fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let Some(length) = header(input)? else { return Ok(None) };
    let mut content = vec![0; length];
    input.read_exact(&mut content)?;
    Ok(Some(match serde_json::from_slice::<Value>(&content) {
        Ok(mut value) => {
            address::tidy(&mut value);
            match serde_json::from_value(value) {
                Ok(message) => Incoming::Message(message),
                Err(_) => Incoming::Nonsense("this is JSON, but no message".to_owned()),
            }
        }
        Err(cause) => Incoming::Nonsense(format!("this is no JSON: {cause}")),
    }))
}

/// The length of the content that follows.
fn header(input: &mut impl BufRead) -> io::Result<Option<usize>> {
    const LONGEST: u64 = 1024;
    let bad = |problem: String| io::Error::new(io::ErrorKind::InvalidData, problem);
    let mut length = None;
    for line_number in 0.. {
        let mut line = Vec::new();
        let read = input.take(LONGEST).read_until(b'\n', &mut line)?;
        if read == 0 && line_number == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        let Some(line) = line.strip_suffix('\n') else {
            return Err(bad(format!("`{}` is no header of a message", line.escape_debug())));
        };
        let line = line.trim_end_matches('\r');
        if line.is_empty() {
            break;
        }
        let (name, value) =
            line.split_once(':').ok_or_else(|| bad(format!("`{}` is no header of a message", line.escape_debug())))?;
        if name.trim().eq_ignore_ascii_case("Content-Length") {
            let given = value.trim().parse().ok().filter(|length| *length <= GREATEST);
            length = Some(given.ok_or_else(|| bad(format!("`{}` is no length of a message", value.trim())))?);
        }
    }
    length.map(Some).ok_or_else(|| bad("a message does not say how long it is".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &str) -> Vec<String> {
        let mut input = input.as_bytes();
        let mut told = Vec::new();
        loop {
            match read(&mut input) {
                Ok(None) => return told,
                Ok(Some(Incoming::Message(message))) => told.push(match message {
                    Message::Request(request) => format!("request {}", request.method),
                    Message::Notification(notification) => format!("notification {}", notification.method),
                    Message::Response(response) => format!("response {}", response.id),
                }),
                Ok(Some(Incoming::Nonsense(problem) | Incoming::Broken(problem))) => told.push(problem),
                Err(cause) => {
                    told.push(format!("end: {cause}"));
                    return told;
                }
            }
        }
    }

    #[test]
    fn frames_are_read_one_by_one() {
        let request = r#"{"jsonrpc":"2.0","id":1,"method":"shutdown"}"#;
        let frame = |content: &str| format!("Content-Length: {}\r\n\r\n{content}", content.len());
        for (input, expected) in [
            (String::new(), vec![]),
            (frame(request).repeat(2), vec!["request shutdown"; 2]),
            (format!("content-type: x\ncontent-length:{}\n\n{request}", request.len()), vec!["request shutdown"]),
            (frame("{\"é\":1}") + &frame(request), vec!["this is JSON, but no message", "request shutdown"]),
            (
                frame("{]") + &frame(request),
                vec!["this is no JSON: key must be a string at line 1 column 2", "request shutdown"],
            ),
            ("nonsense\r\n\r\n".to_owned(), vec!["end: `nonsense` is no header of a message"]),
            ("no end".to_owned(), vec!["end: `no end` is no header of a message"]),
            ("Other: 1\r\n\r\n{}".to_owned(), vec!["end: a message does not say how long it is"]),
            ("Content-Length: 99999999999\r\n\r\n".to_owned(), vec!["end: `99999999999` is no length of a message"]),
            ("Content-Length: 5\r\n\r\n{}".to_owned(), vec!["end: failed to fill whole buffer"]),
        ] {
            assert_eq!(all(&input), expected, "{input:?}");
        }
    }
}
