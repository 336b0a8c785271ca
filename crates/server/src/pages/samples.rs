//! Data to look at: every page, in every state that looks different, in every language.

use std::{collections::BTreeMap, time::Duration};

use zaguan_journey::page::{Field, Message, Offers, Page, PageKind, ProviderButton, Verification};
use zaguan_policy::{
    Timestamp,
    id::{ClaimTypeId, ContentDefinitionId, ExchangeId},
    model::{EnumerationItem, UserInputType},
};
use zaguan_session::{Cause, ClientId};

use super::{
    DemoAppView, DemoClockView, DemoHomeView, DemoPersonView, EndedSessionView, ErrorView, FormPostView, FrameView,
    LANGUAGES, MailView, MailboxView, MySessionView, MySessionsNote, MySessionsNoteView, MySessionsView, PageContext,
    Rendered, SessionAppView, SignedOutView, demo_home, error, form_post, mailbox, my_sessions, my_sessions_note, page,
    signed_out, why_for_person,
};

/// A page with sample data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sample {
    /// `sign-in.en`.
    pub name: String,
    /// The page.
    pub rendered: Rendered,
}

/// Every page in every language.
pub fn samples() -> Vec<Sample> {
    LANGUAGES.iter().flat_map(|language| Writer { language, say: str::to_owned }.all()).collect()
}

/// Writes samples in which every text went through `say`.
pub(super) struct Writer<'a> {
    pub(super) language: &'a str,
    pub(super) say: fn(&str) -> String,
}

/// A nonce that is none: samples are looked at, not served.
const NONCE: &str = "c2FtcGxlLW5vbmNl";

impl Writer<'_> {
    pub(super) fn all(&self) -> Vec<Sample> {
        let refused = Message::built_in("UserMessageIfInvalidPassword");
        let address = "alba@example.com";
        let of_journey = [
            ("sign-in", self.sign_in(None)),
            ("sign-in-refused", self.sign_in(Some(refused))),
            ("providers", self.providers()),
            ("sign-up", self.sign_up(Verification::Needed)),
            ("sign-up-code-sent", self.sign_up(Verification::CodeSent { to: self.say(address) })),
            ("sign-up-verified", self.sign_up(Verification::Done { address: self.say(address) })),
            ("every-field", self.every_field()),
        ];
        let journey = of_journey.map(|(name, given)| (name, self.journey(&given)));
        let ours = [
            ("error", self.error()),
            ("signing-out", self.signing_out(Some(self.address("https://groceries.example/bye")))),
            ("signing-out-here", self.signing_out(None)),
            (
                "signed-out",
                signed_out(&SignedOutView { language: self.language.into(), ..SignedOutView::default() }, NONCE),
            ),
            ("form-post", self.form_post()),
            ("mailbox", self.mailbox()),
            (
                "mailbox-empty",
                mailbox(&MailboxView { language: self.language.into(), ..MailboxView::default() }, NONCE),
            ),
            ("my-sessions", self.my_sessions(None)),
            ("my-sessions-ended", self.my_sessions(Some(2))),
            ("my-sessions-none-kept", self.my_sessions_note(MySessionsNote::NoneKept)),
            ("my-sessions-not-signed-in", self.my_sessions_note(MySessionsNote::NotSignedIn)),
            ("my-sessions-not-begun-here", self.my_sessions_note(MySessionsNote::NotBegunHere)),
            ("demo", self.demo(None)),
            ("demo-clock", self.demo(Some(("2026-05-01 10:02:11Z", "90d")))),
        ];
        let name = |name: &str| format!("{name}.{}", self.language);
        journey.into_iter().chain(ours).map(|(id, rendered)| Sample { name: name(id), rendered }).collect()
    }

    fn say(&self, text: &str) -> String {
        (self.say)(text)
    }

    /// In that language: pages of journeys carry the policy's texts.
    fn tell(&self, english: &str, spanish: &str) -> String {
        self.say(if self.language.starts_with("es") { spanish } else { english })
    }

    fn address(&self, address: &str) -> String {
        format!("{address}?state={}", self.say("1"))
    }

    fn journey(&self, given: &Page) -> Rendered {
        let [base_path, policy, csrf, tenant_name, correlation_id] = [
            self.say("/contoso.onmicrosoft.com/B2C_1A_signup_signin"),
            self.say("B2C_1A_signup_signin"),
            self.say("c2VjcmV0;1"),
            self.say("Contoso"),
            self.say("6f2b1c1e-0000-4000-8000-000000000001"),
        ];
        let context = PageContext {
            base_path: &base_path,
            policy: &policy,
            tx: "StateProperties=eyJUSUQiOiI2ZjJiMWMxZSJ9",
            csrf: &csrf,
            correlation_id: &correlation_id,
            page_view_id: "6f2b1c1e-0000-4000-8000-000000000002",
            tenant_name: &tenant_name,
            form_action_origins: &["https://groceries.example".to_owned()],
        };
        page(given, &context, NONCE)
    }

    fn page(&self, kind: PageKind, content_definition: &str, fields: Vec<Field>) -> Page {
        Page {
            kind,
            content_definition: Some(ContentDefinitionId::new(content_definition)),
            load_uri: Some(self.say("~/tenant/templates/AzureBlue/unified.cshtml")),
            language: self.language.into(),
            number: 1,
            texts: BTreeMap::new(),
            settings: BTreeMap::from([("operatingMode".into(), self.say("Email"))]),
            fields,
            providers: vec![],
            offers: Offers { proceed: true, ..Offers::default() },
            message: None,
            allows_scripts: false,
        }
    }

    fn sign_in(&self, message: Option<Message>) -> Page {
        let fields = vec![
            self.field("signInName", UserInputType::TextBox, "Email address", "Correo electrónico"),
            self.field("password", UserInputType::Password, "Password", "Contraseña"),
        ];
        Page {
            providers: self.provider_buttons(),
            offers: Offers { sign_up: true, forgot_password: true, remember_me: true, cancel: false, proceed: true },
            message,
            ..self.page(PageKind::Unified, "api.signuporsignin", fields)
        }
    }

    fn providers(&self) -> Page {
        Page {
            providers: self.provider_buttons(),
            offers: Offers { cancel: true, ..Offers::default() },
            ..self.page(PageKind::IdpSelections, "api.idpselections", vec![])
        }
    }

    fn sign_up(&self, verification: Verification) -> Page {
        let email = Field {
            help: Some(self.tell("We send a code to this address.", "Enviaremos un código a esta dirección.")),
            verification: Some(verification),
            ..self.field("email", UserInputType::EmailBox, "Email address", "Correo electrónico")
        };
        let new_password = Field {
            pattern_help: Some(self.tell(
                "8 to 16 characters, with three of: lower case, upper case, digits, symbols.",
                "De 8 a 16 caracteres, con tres de: minúsculas, mayúsculas, cifras, símbolos.",
            )),
            ..self.field("newPassword", UserInputType::Password, "New password", "Contraseña nueva")
        };
        let fields = vec![
            email,
            new_password,
            self.field(
                "reenterPassword",
                UserInputType::Password,
                "Confirm new password",
                "Confirme la contraseña nueva",
            ),
            self.field("displayName", UserInputType::TextBox, "Display name", "Nombre para mostrar"),
            self.field("givenName", UserInputType::TextBox, "Given name", "Nombre"),
            self.field("surname", UserInputType::TextBox, "Surname", "Apellidos"),
        ];
        let mut given = self.page(PageKind::SelfAsserted, "api.localaccountsignup", fields);
        given.offers.cancel = true;
        given
    }

    fn every_field(&self) -> Page {
        let options = vec![
            self.option("Madrid", "mad", false),
            self.option("Lisboa", "lis", true),
            self.option("Roma", "rom", false),
        ];
        let list = |claim, input, english, spanish| Field {
            options: options.clone(),
            ..self.field(claim, input, english, spanish)
        };
        let fields = vec![
            Field {
                value: Some(self.say("alba@example.com")),
                ..self.field("signInName", UserInputType::Readonly, "Signed in as", "Sesión de")
            },
            Field {
                value: Some("1990-02-03".into()),
                ..self.field("dateOfBirth", UserInputType::DateTimeDropdown, "Date of birth", "Fecha de nacimiento")
            },
            list("city", UserInputType::DropdownSingleSelect, "City", "Ciudad"),
            list("office", UserInputType::RadioSingleSelect, "Office", "Oficina"),
            list("extension_news", UserInputType::CheckboxMultiSelect, "News from", "Noticias de"),
            Field {
                value: Some(self.tell("Your answers are kept for a year.", "Guardamos sus respuestas durante un año.")),
                required: false,
                ..self.field("notice", UserInputType::Paragraph, "Notice", "Aviso")
            },
            self.field("nothing", UserInputType::Button, "Not shown", "No se muestra"),
            Field {
                required: false,
                ..self.field("oldPassword", UserInputType::Password, "Old password", "Contraseña anterior")
            },
        ];
        let message =
            Message { key: "REST".into(), text: Some(self.say("{0}: 42")), arguments: vec![self.say("Loyalty")] };
        let texts = [
            ("heading", self.tell("Your profile", "Su perfil")),
            ("disclaimer_msg_intro", self.tell("By going on you accept our", "Al continuar acepta nuestras")),
            ("disclaimer_link_1_text", self.tell("terms of use", "condiciones de uso")),
            ("disclaimer_link_1_url", self.address("https://contoso.example/terms")),
            ("disclaimer_link_2_text", self.say("trap")),
            ("disclaimer_link_2_url", "javascript:alert(1)".into()),
        ];
        let mut given = self.page(PageKind::SelfAsserted, "api.selfasserted.profileupdate", fields);
        given.texts = texts.into_iter().map(|(id, text)| (id.to_owned(), text)).collect();
        given.offers.cancel = true;
        given.message = Some(message);
        given
    }

    fn field(&self, claim: &str, input: UserInputType, english: &str, spanish: &str) -> Field {
        Field {
            claim: ClaimTypeId::new(claim),
            label: self.tell(english, spanish),
            help: None,
            input,
            required: true,
            pattern_help: None,
            pattern: Some(self.say(r"^[a-z<>&]+$")),
            options: vec![],
            value: None,
            verification: None,
        }
    }

    fn option(&self, text: &str, value: &str, select_by_default: bool) -> EnumerationItem {
        EnumerationItem { text: self.say(text), value: self.say(value), select_by_default }
    }

    fn provider_buttons(&self) -> Vec<ProviderButton> {
        [("FacebookExchange", "Facebook"), ("ContosoExchange", "Contoso")]
            .map(|(exchange, caption)| ProviderButton {
                exchange: ExchangeId::new(exchange),
                caption: self.say(caption),
            })
            .into()
    }

    fn error(&self) -> Rendered {
        let view = ErrorView {
            language: self.language.into(),
            tenant_name: self.say("Contoso"),
            code: self.say("AADB2C90006"),
            message: self.say("The redirect URI 'https://elsewhere.example/' provided in the request is not registered for the client id."),
            correlation_id: self.say("6f2b1c1e-0000-4000-8000-000000000001"),
            time: self.say("2026-05-01 10:00:00Z"),
            what_to_do: None,
        };
        error(&view, NONCE)
    }

    fn signing_out(&self, continue_to: Option<String>) -> Rendered {
        let frame = |name: &str, address: &str| FrameView { app_name: self.say(name), url: self.address(address) };
        let view = SignedOutView {
            language: self.language.into(),
            tenant_name: self.say("Contoso"),
            frames: vec![
                frame("Contoso Groceries", "https://groceries.example/out"),
                frame("Contoso Travel", "https://travel.example/out"),
            ],
            continue_to,
            report_url: Some(self.say("/contoso.onmicrosoft.com/signed-out/1")),
        };
        signed_out(&view, NONCE)
    }

    fn form_post(&self) -> Rendered {
        let fields = [("code", "eyJraWQ"), ("state", "x y"), ("id_token", "eyJ0eXAi")];
        let view = FormPostView {
            language: self.language.into(),
            action: self.address("https://groceries.example/signin-oidc"),
            fields: fields.map(|(name, value)| (self.say(name), self.say(value))).into(),
        };
        form_post(&view, NONCE)
    }

    fn mailbox(&self) -> Rendered {
        let mail = |at: &str, code: Option<&str>| MailView {
            to: self.say("alba@example.com"),
            subject: self.tell("Your Contoso verification code", "Su código de verificación de Contoso"),
            text: self.tell(
                "Someone asked for this code.\nIf it was not you, do nothing.",
                "Alguien ha pedido este código.\nSi no ha sido usted, no haga nada.",
            ),
            at: self.say(at),
            code: code.map(|code| self.say(code)),
        };
        let view = MailboxView {
            language: self.language.into(),
            path: self.say("/demo/mailbox"),
            refresh_seconds: Some(5),
            mails: vec![mail("10:02:11", Some("482915")), mail("09:58:40", None)],
        };
        mailbox(&view, NONCE)
    }

    /// With what the post before ended.
    fn my_sessions(&self, just_ended: Option<u64>) -> Rendered {
        let now = Timestamp::from_seconds(1_800_000_000);
        let ago = |minutes: u64| now - Duration::from_secs(minutes * 60);
        let app = |name: &str, first: u64, last: u64| SessionAppView {
            name: self.say(name),
            first: ago(first),
            last: ago(last),
        };
        let session = |id: &str, browser: &str, address: &str, used: u64, apps| MySessionView {
            id: self.say(id),
            is_here: used == 0,
            browser: self.say(browser),
            address: self.say(address),
            started: ago(used + 90),
            last_used: ago(used),
            until: now + Duration::from_secs(86_400 * (used + 1)),
            use_prolongs: used > 0,
            is_kept: used > 0,
            apps,
        };
        let ended = |browser: &str, minutes: u64, cause: Cause| EndedSessionView {
            browser: self.say(browser),
            address: self.say("192.0.2.80"),
            at: ago(minutes),
            why: why_for_person(self.language, &cause, |_| self.say("Contoso Groceries")),
        };
        let view = MySessionsView {
            language: self.language.into(),
            tenant_name: self.say("contoso.onmicrosoft.com"),
            path: self.say("/contoso.onmicrosoft.com/B2C_1A_signup_signin/sessions"),
            csrf: self.say("c2VjcmV0"),
            now,
            is_known: true,
            just_ended,
            has_others: true,
            sessions: vec![
                session(
                    "1",
                    "Firefox, Linux",
                    "192.0.2.17",
                    0,
                    vec![app("Contoso Groceries", 90, 3), app("Contoso Pharmacy", 40, 40)],
                ),
                session("2", "Safari, iOS", "2001:db8:85a3::8a2e:370:7334", 3, vec![app("Contoso Groceries", 93, 3)]),
                session("3", "", "198.51.100.23", 20, vec![]),
            ],
            next_url: Some(self.address("https://id.contoso.example/more")),
            first_url: Some(self.address("https://id.contoso.example/first")),
            ended: vec![
                ended("Chrome, Windows", 60, Cause::SignedOutByApp(ClientId::new("a"))),
                ended("", 3000, Cause::SignedOutByProvider(self.say("Fabrikam"))),
            ],
        };
        my_sessions(&view, NONCE)
    }

    fn my_sessions_note(&self, note: MySessionsNote) -> Rendered {
        let view = MySessionsNoteView {
            language: self.language.into(),
            tenant_name: self.say("Contoso"),
            note,
            page_url: self.address("https://id.contoso.example/sessions"),
        };
        my_sessions_note(&view, NONCE)
    }

    /// With the clock's time and lead where it can be moved.
    fn demo(&self, clock: Option<(&str, &str)>) -> Rendered {
        let app = |name: &str, port: &str, description: String| DemoAppView {
            name: self.say(name),
            url: self.address(&format!("https://localhost:{port}/")),
            description,
        };
        let person = |name: &str, sign_in_name: &str| DemoPersonView {
            name: self.say(name),
            sign_in_name: self.say(sign_in_name),
            password: self.say("Zaguan-2026"),
        };
        let view = DemoHomeView {
            language: self.language.into(),
            apps: vec![
                app("Contoso Groceries", "8444", self.tell("A shop with a server.", "Una tienda con servidor.")),
                app(
                    "Contoso Travel",
                    "8445",
                    self.tell("Signed in as soon as the shop is.", "Con sesión en cuanto la tiene la tienda."),
                ),
            ],
            mailbox_url: self.say("/demo/mailbox"),
            sessions_url: self.address("https://localhost:8443/contoso.onmicrosoft.com/B2C_1A_signup_signin/sessions"),
            people: vec![person("Alba Ruiz", "alba@example.com"), person("Bruno Díaz", "bruno@example.com")],
            clock: clock.map(|(now, ahead)| DemoClockView {
                path: self.say("/clock"),
                now: self.say(now),
                ahead: self.say(ahead),
            }),
        };
        demo_home(&view, NONCE)
    }
}
