//! Letters that the server sends.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use zaguan_policy::Timestamp;

/// One letter.
#[derive(Clone, Debug)]
pub struct Letter {
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// The code that it carries, for pages of the demo.
    pub code: Option<String>,
    /// When it was written.
    pub at: Timestamp,
}

impl Letter {
    /// A verification code.
    pub fn code(to: &str, code: &str, language: &str, tenant: &str, at: Timestamp) -> Self {
        let text = |id: &str| crate::pages::text(language, id).unwrap_or_default();
        let fill = |id: &str| text(id).replace("{0}", code).replace("{1}", tenant);
        Self {
            to: to.to_owned(),
            subject: fill("Mail.code_subject"),
            text: fill("Mail.code_text"),
            code: Some(code.to_owned()),
            at,
        }
    }
}

/// Takes letters on their way.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Sends one.
    async fn send(&self, letter: Letter) -> Result<(), String>;
}

/// Keeps the newest letters in memory, for the demo's mailbox page and for tests.
#[derive(Default)]
pub struct Mailbox(Mutex<VecDeque<Letter>>);

impl Mailbox {
    const MOST: usize = 200;

    /// The letters, newest first.
    pub fn letters(&self) -> Vec<Letter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
    }
}

#[async_trait]
impl Outbox for Mailbox {
    async fn send(&self, letter: Letter) -> Result<(), String> {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        letters.push_back(letter);
        while letters.len() > Self::MOST {
            letters.pop_front();
        }
        Ok(())
    }
}

/// Writes each letter to a file (`.eml`), for whatever delivers mail on this machine.
pub struct Folder {
    folder: PathBuf,
}

impl Folder {
    /// Letters go to this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }
}

#[async_trait]
impl Outbox for Folder {
    async fn send(&self, letter: Letter) -> Result<(), String> {
        // The address was checked against the policy's pattern; a header takes one line all the same.
        let one_line = |text: &str| text.replace(['\r', '\n'], " ");
        let name = format!("{}-{}.eml", letter.at.as_millis(), crate::chance::name());
        // RFC 5322 section 3.6: `From` and `Date` are added by whatever delivers it.
        let content = format!(
            "To: {}\r\nSubject: =?utf-8?B?{}?=\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: 8bit\r\n\r\n{}\r\n",
            one_line(&letter.to),
            zaguan_protocol::crypto::base64_standard(letter.subject.as_bytes()),
            letter.text.replace("\r\n", "\n").replace('\n', "\r\n")
        );
        let (folder, path) = (self.folder.clone(), self.folder.join(name));
        let written = tokio::task::spawn_blocking(move || {
            crate::files::private_folder(&folder)?;
            crate::files::write_private(&path, content.as_bytes())
        });
        written.await.map_err(|cause| cause.to_string())?.map_err(|cause| cause.to_string())
    }
}
