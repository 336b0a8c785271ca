//! The pages that people see: what the journey says as data becomes HTML with its content security policy.
//!
//! [`page`] renders a page of a journey in the DOM that B2C's pages have (`#api[data-name]`, element ids and classes, the
//! globals `SETTINGS`, `SA_FIELDS`, `CONTENT`, `CP`). The other functions render pages of our own. Every page works
//! without script; `page.js` then adds what a form cannot do: messages beside their fields, codes without a reload.
//!
//! Modules in reading order: `texts` (built-in texts and their precedence), `fields` (a form as the templates want it), `links`
//! (addresses that a page calls), `globals` (script variables), `policy` (content security policy), `views` (our own pages), `my_sessions` (a person's sessions), `assets`
//! (style sheet and scripts), `samples` (data to look at).
//!
//! **Invariants**
//! - Every value is escaped where it is written: by the template in markup, by `globals` in script.
//! - No page needs anything from another origin, an inline style or an inline handler.
//! - Every page is complete without script.

mod assets;
mod fields;
mod globals;
mod links;
mod my_sessions;
mod policy;
mod samples;
#[cfg(test)]
mod tests;
mod texts;
mod views;

use askama::Template;
use zaguan_journey::page::{Page, PageKind};

pub use self::{
    assets::asset,
    my_sessions::{
        EndedSessionView, MySessionView, MySessionsNote, MySessionsNoteView, MySessionsView, SessionAppView,
        my_sessions, my_sessions_note, why_for_person,
    },
    samples::{Sample, samples},
    texts::{LANGUAGES, message, text},
    views::{
        DemoAppView, DemoClockView, DemoHomeView, DemoPersonView, ErrorView, FormPostView, FrameView, MailView,
        MailboxView, SignedOutView, demo_home, error, form_post, mailbox, signed_out,
    },
};
use self::{
    fields::{FieldView, Shape},
    links::Links,
    policy::ContentSecurityPolicy,
    texts::Texts,
};

/// What a page of a journey needs beside the page itself.
#[derive(Clone, Copy, Debug)]
pub struct PageContext<'a> {
    /// Path prefix of every call that the page makes: `/contoso.onmicrosoft.com/B2C_1A_signup_signin`.
    pub base_path: &'a str,
    /// The policy, as the request spelled it: the query parameter `p`.
    pub policy: &'a str,
    /// Which visit it is: `StateProperties=eyJ…`, the query parameter `tx`.
    pub tx: &'a str,
    /// What must come back in `X-CSRF-TOKEN` or `csrf_token`.
    pub csrf: &'a str,
    /// Shown where something goes wrong.
    pub correlation_id: &'a str,
    /// `SETTINGS.pageViewId`.
    pub page_view_id: &'a str,
    /// Shown at the top of the page.
    pub tenant_name: &'a str,
    /// Where redirects after a post may end: Chromium applies `form-action` to them too.
    pub form_action_origins: &'a [String],
}

/// A page, ready to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rendered {
    /// The document.
    pub html: String,
    /// Value of the `Content-Security-Policy` header.
    pub content_security_policy: String,
}

/// Renders a page of a journey. `nonce` is random, of one answer, in the alphabet of base64.
pub fn page(page: &Page, context: &PageContext, nonce: &str) -> Rendered {
    let texts = Texts::of_page(page);
    let fields: Vec<FieldView> = fields::views(page, &texts);
    let frame = Frame {
        language: &page.language,
        direction: texts::direction(&page.language),
        title: texts.get("heading"),
        owner: context.tenant_name,
        nonce,
        correlation_id: context.correlation_id,
    };
    let message = page.message.as_ref().map(|said| message(&page.language, said));
    let html = write(&JourneyPage {
        links: Links::new(page.kind, context),
        csrf: context.csrf,
        globals: globals::script(page, context, &texts),
        message: message.filter(|text| !text.is_empty()),
        fields,
        page,
        frame,
        t: texts,
    });
    Rendered {
        html,
        content_security_policy: ContentSecurityPolicy::journey(nonce, context.form_action_origins).to_string(),
    }
}

/// What the frame of every page shows.
struct Frame<'a> {
    language: &'a str,
    direction: &'static str,
    title: &'a str,
    /// Whose page it is; empty on pages of nobody.
    owner: &'a str,
    nonce: &'a str,
    /// Empty where the page shows it elsewhere, or has none.
    correlation_id: &'a str,
}

impl Frame<'_> {
    /// Where a page finds a file of ours, with its version in the address so that it can be kept for long.
    fn asset(&self, name: &str) -> String {
        assets::address(name)
    }
}

/// The three kinds of page of a journey.
#[derive(Template)]
#[template(path = "page.html")]
struct JourneyPage<'a> {
    frame: Frame<'a>,
    t: Texts<'a>,
    page: &'a Page,
    fields: Vec<FieldView<'a>>,
    links: Links<'a>,
    csrf: &'a str,
    /// Why the form was refused.
    message: Option<String>,
    globals: String,
}

impl JourneyPage<'_> {
    /// `setting.forgotPasswordLinkLocation`, where the link is offered.
    fn forgot_password_after(&self) -> Option<ForgotPasswordAfter> {
        let location = setting(self.page, "forgotPasswordLinkLocation").map(str::to_ascii_lowercase);
        match location.as_deref() {
            _ if !self.page.offers.forgot_password => None,
            Some("none") => None,
            Some("afterinput") => Some(ForgotPasswordAfter::Input),
            Some("afterbuttons") => Some(ForgotPasswordAfter::Buttons),
            _ => Some(ForgotPasswordAfter::Label),
        }
    }

    /// The sentence above the sign-in form: the policy's, by whichever id its layout version knew, or ours.
    fn local_intro(&self) -> String {
        let is_username = setting(self.page, "operatingMode").is_some_and(|mode| mode.eq_ignore_ascii_case("Username"));
        let old = if is_username { "local_intro_username" } else { "local_intro_email" };
        let own = self.t.of_policy("local_intro_generic").or_else(|| self.t.of_policy(old));
        let label = self.fields.first().map_or("", |field| field.label);
        texts::fill(own.unwrap_or(self.t.get("local_intro_generic")), &[label])
    }

    /// "Create" where an account is made, "Continue" elsewhere.
    // OPEN: the documentation has one default for all forms, and every published policy replaces it outside of sign-up.
    fn continue_caption(&self) -> &str {
        let makes_account = self.page.content_definition.as_ref().is_none_or(|id| id.to_lowercase().contains("signup"));
        match self.t.of_policy("button_continue") {
            Some(own) => own,
            None if makes_account => self.t.get("button_continue"),
            None => self.t.get("button_continue_elsewhere"),
        }
    }

    /// The sentence above a form; `intro` is its older id.
    fn form_intro(&self) -> &str {
        self.t.first(&["initial_intro", "intro", "initial_intro"])
    }

    /// Newer layouts have an id for one link, two and three; we show one.
    fn sign_up_caption(&self) -> &str {
        self.t.first(&["createaccount_one_link", "createaccount_link"])
    }

    /// What may be said when a code is not sent or not right: end of the element's id, and text.
    fn verification_errors(&self) -> [(&'static str, &str); 6] {
        [
            ("fail_retry", "ver_fail_retry"),
            ("fail_no_retry", "ver_fail_no_retry"),
            ("fail_code_expired", "ver_fail_code_expired"),
            ("fail_throttled", "ver_fail_throttled"),
            ("fail_server", "ver_fail_server"),
            ("incorrect_format", "ver_incorrect_format"),
        ]
        .map(|(element, id)| (element, self.t.get(id)))
    }

    /// True where buttons of the form say what it asks for, because it sends codes too.
    fn sends_codes(&self) -> bool {
        self.fields.iter().any(|field| field.verification.as_ref().is_some_and(|verification| verification.speaks))
    }

    /// Links below a form that the policy asks for: caption and address.
    fn disclaimers(&self) -> Vec<(&str, &str)> {
        [("disclaimer_link_1_text", "disclaimer_link_1_url"), ("disclaimer_link_2_text", "disclaimer_link_2_url")]
            .into_iter()
            .map(|(caption, address)| (self.t.get(caption), self.t.get(address)))
            .filter(|(caption, address)| !caption.is_empty() && links::may_be_followed(address))
            .collect()
    }
}

/// What the link for a forgotten password stands after.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ForgotPasswordAfter {
    Label,
    Input,
    Buttons,
}

/// A setting of the policy. Published policies have white space around names.
fn setting<'a>(page: &'a Page, name: &str) -> Option<&'a str> {
    page.settings.iter().find(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// Writes a template. Ours cannot fail: they write into a `String` and call nothing that does.
fn write(template: &impl Template) -> String {
    template.render().expect("templates that write into a `String` do not fail")
}
