//! Pages of our own: errors, sign-out, the automatic form, the mailbox and the front page of the demo.

use askama::Template;

use super::{
    Frame, Rendered,
    links::may_be_followed,
    policy::ContentSecurityPolicy,
    texts::{Table, Texts, direction, supported},
    write,
};

/// B2C's `GlobalException` page: what went wrong where no application can be told.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ErrorView {
    /// Language tag.
    pub language: String,
    /// Whose page it is; may be empty.
    pub tenant_name: String,
    /// `AADB2C90065`; empty where there is none.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// Finds the same event in the log.
    pub correlation_id: String,
    /// When, for people: `2026-05-01 10:00:00Z`.
    pub time: String,
    /// What the person can do; the built-in text says "go back and try again".
    pub what_to_do: Option<String>,
}

/// The page at the end of a sign-out (D19).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SignedOutView {
    /// Language tag.
    pub language: String,
    /// Whose page it is.
    pub tenant_name: String,
    /// Sign-out addresses of apps and providers, each loaded in a hidden frame.
    pub frames: Vec<FrameView>,
    /// Where to go once all are loaded, at most after 3 s.
    pub continue_to: Option<String>,
    /// Gets `loaded=0,2`: which frames loaded, by index.
    pub report_url: Option<String>,
}

/// One frame of a sign-out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrameView {
    /// Shown to the person.
    pub app_name: String,
    /// What the frame loads.
    pub url: String,
}

/// A form that sends itself: `response_mode=form_post`, SAML's POST binding.
#[derive(Clone, PartialEq, Eq)]
pub struct FormPostView {
    /// Language tag.
    pub language: String,
    /// Where it posts to.
    pub action: String,
    /// Names and values of its hidden inputs. Values may be codes and tokens.
    pub fields: Vec<(String, String)>,
}

/// The demo's mailbox.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MailboxView {
    /// Language tag.
    pub language: String,
    /// Path of the page itself: `/demo/mailbox`.
    pub path: String,
    /// Seconds between refreshes, where the reader asked for them (`?refresh=5`).
    pub refresh_seconds: Option<u32>,
    /// Newest first.
    pub mails: Vec<MailView>,
}

/// One message.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MailView {
    /// Address.
    pub to: String,
    /// Subject line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// When, for people.
    pub at: String,
    /// The code in it, shown large.
    pub code: Option<String>,
}

/// The demo's front page: what can be clicked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DemoHomeView {
    /// Language tag.
    pub language: String,
    /// Apps to open.
    pub apps: Vec<DemoAppView>,
    /// Where the mailbox is.
    pub mailbox_url: String,
    /// Where people see their own sessions.
    pub sessions_url: String,
    /// Who can sign in.
    pub people: Vec<DemoPersonView>,
    /// The time, where it can be moved.
    pub clock: Option<DemoClockView>,
}

/// An app of the demo.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DemoAppView {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// One line on what it shows.
    pub description: String,
}

/// A person of the demo, whose password everyone may know.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DemoPersonView {
    /// Display name.
    pub name: String,
    /// What to type first.
    pub sign_in_name: String,
    /// What to type then.
    pub password: String,
}

/// The clock of a demo that can be moved.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DemoClockView {
    /// Where its forms go.
    pub path: String,
    /// What time it is, for people.
    pub now: String,
    /// How far ahead of the machine's it is: `90d`.
    pub ahead: String,
}

/// Seconds between refreshes that the mailbox offers.
const REFRESH_SECONDS: &str = "5";

/// Renders the error page. It has no script.
pub fn error(view: &ErrorView, nonce: &str) -> Rendered {
    let (t, language) = texts(&view.language, Table::GlobalException);
    let frame = frame(language, t.get("title"), &view.tenant_name, nonce);
    Rendered {
        html: write(&ErrorPage { frame, t, view }),
        content_security_policy: ContentSecurityPolicy::quiet().to_string(),
    }
}

/// Renders the page that signs apps out and moves on, or says that it is done.
pub fn signed_out(view: &SignedOutView, nonce: &str) -> Rendered {
    let (t, language) = texts(&view.language, Table::SignedOut);
    let frame = frame(language, t.get("title"), &view.tenant_name, nonce);
    let continue_to = view.continue_to.as_deref().filter(|address| may_be_followed(address));
    let policy = ContentSecurityPolicy::frames(nonce, view.frames.iter().map(|frame| frame.url.as_str()));
    Rendered {
        html: write(&SignedOutPage { frame, t, view, continue_to }),
        content_security_policy: policy.to_string(),
    }
}

/// Renders a form that sends itself. An action that is no address to follow is left out, and the form goes nowhere.
pub fn form_post(view: &FormPostView, nonce: &str) -> Rendered {
    let (t, language) = texts(&view.language, Table::FormPost);
    let frame = frame(language, t.get("title"), "", nonce);
    let action = Some(view.action.as_str()).filter(|address| may_be_followed(address)).unwrap_or_default();
    Rendered {
        html: write(&FormPostPage { frame, t, view, action }),
        content_security_policy: ContentSecurityPolicy::form_post(nonce, action).to_string(),
    }
}

/// Renders the mailbox. It has no script.
pub fn mailbox(view: &MailboxView, nonce: &str) -> Rendered {
    let (t, language) = texts(&view.language, Table::Mailbox);
    let frame = frame(language, t.get("title"), "", nonce);
    Rendered {
        html: write(&MailboxPage { frame, t, view, offered: REFRESH_SECONDS }),
        content_security_policy: ContentSecurityPolicy::quiet().to_string(),
    }
}

/// Renders the front page of the demo. It has no script.
pub fn demo_home(view: &DemoHomeView, nonce: &str) -> Rendered {
    let (t, language) = texts(&view.language, Table::DemoHome);
    let frame = frame(language, t.get("title"), "", nonce);
    Rendered {
        html: write(&DemoHomePage { frame, t, view }),
        content_security_policy: match view.clock {
            Some(_) => ContentSecurityPolicy::with_forms().to_string(),
            None => ContentSecurityPolicy::quiet().to_string(),
        },
    }
}

/// All texts of these pages are ours, so the page is in a language that we have.
pub(super) fn texts(language: &str, table: Table) -> (Texts<'_>, &str) {
    let language = supported(language);
    (Texts::of_table(language, table), language)
}

pub(super) fn frame<'a>(language: &'a str, title: &'a str, owner: &'a str, nonce: &'a str) -> Frame<'a> {
    Frame { language, direction: direction(language), title, owner, nonce, correlation_id: "" }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Frame<'a>,
    t: Texts<'a>,
    view: &'a ErrorView,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage<'a> {
    frame: Frame<'a>,
    t: Texts<'a>,
    view: &'a SignedOutView,
    continue_to: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPostPage<'a> {
    frame: Frame<'a>,
    t: Texts<'a>,
    view: &'a FormPostView,
    action: &'a str,
}

#[derive(Template)]
#[template(path = "mailbox.html")]
struct MailboxPage<'a> {
    frame: Frame<'a>,
    t: Texts<'a>,
    view: &'a MailboxView,
    offered: &'a str,
}

#[derive(Template)]
#[template(path = "demo_home.html")]
struct DemoHomePage<'a> {
    frame: Frame<'a>,
    t: Texts<'a>,
    view: &'a DemoHomeView,
}
