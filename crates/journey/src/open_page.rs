//! A page that waits for a person: what it shows, what may come back, and what that does.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use zaguan_policy::{
    Timestamp,
    id::{ClaimTypeId, ContentDefinitionId, ExchangeId, ProfileId},
    model::{ClaimType, Selection, StepKind, TechnicalProfile, UserInputType},
};
use zaguan_protocol::crypto;

use crate::{
    bind::{Bound, Kind},
    call::{Call, Failure},
    journey::{Flow, Frame, Run, Signal, State, refused},
    page::{Message, PageKind},
    preconditions,
    profiles::self_asserted::{FormField, NotAllowed, SelfAsserted, enter},
    steps::{StepsOf, local_profile},
    turn::{Answer, Ask, Input, PageReply, RememberMe, Turn},
};

mod show;

/// A code is good for 20 minutes. OPEN: B2C documents no number for the built-in verification.
const CODE_LIFETIME: Duration = Duration::from_secs(20 * 60);
/// Wrong codes before a new one is needed.
const CODE_TRIES: u32 = 5;

/// An open page.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct OpenPage {
    of: PageOf,
    /// Counts the pages of the visit.
    pub(crate) number: u32,
    phase: Phase,
    /// The bag as it was when the page opened: every posting starts from here.
    before: Option<Box<State>>,
    verifications: BTreeMap<ClaimTypeId, Verifying>,
    /// Accounts that a posting of this page created.
    pub(crate) created: Vec<String>,
    tries: u32,
    /// Why the last posting was refused, for whoever sees the page again.
    refused: Option<(String, Option<String>, Vec<String>)>,
    /// What was entered, passwords left out.
    entered: BTreeMap<ClaimTypeId, String>,
}

/// Whose page.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) enum PageOf {
    /// A self-asserted profile's, called by a claims exchange.
    SelfAsserted { profile: ProfileId, exchange: ExchangeId },
    /// A sign-in step's.
    Unified { place: (StepsOf, usize) },
    /// A provider selection's.
    IdpSelections { place: (StepsOf, usize) },
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
enum Phase {
    /// Waits for the person.
    Open,
    /// Runs its validation profiles; the next has this index.
    Validating { next: usize, digest: [u8; 32] },
    /// Waits for the mail to be sent.
    Sending { claim: ClaimTypeId, code: String, address: String },
    /// The form is accepted: `confirmed` moves on.
    Accepted { digest: [u8; 32] },
    /// Too many refusals.
    Exhausted,
}

/// The verification of one address.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Verifying {
    address: String,
    code: String,
    sent: Timestamp,
    tries: u32,
    done: bool,
}

impl OpenPage {
    pub(crate) fn new(of: PageOf, number: u32) -> Self {
        Self {
            of,
            number,
            phase: Phase::Open,
            before: None,
            verifications: BTreeMap::new(),
            created: vec![],
            tries: 0,
            refused: None,
            entered: BTreeMap::new(),
        }
    }

    pub(crate) fn kind(&self) -> PageKind {
        match self.of {
            PageOf::SelfAsserted { .. } => PageKind::SelfAsserted,
            PageOf::Unified { .. } => PageKind::Unified,
            PageOf::IdpSelections { .. } => PageKind::IdpSelections,
        }
    }
}

/// What the program says about an open page.
struct Form<'a> {
    kind: PageKind,
    selection: Option<&'a Selection>,
    profile: Option<(&'a TechnicalProfile, &'a Bound, &'a SelfAsserted)>,
    exchange: Option<ExchangeId>,
    definition: Option<ContentDefinitionId>,
}

impl<'a> Run<'a, '_> {
    fn form(&self, page: &OpenPage) -> Form<'a> {
        let settings = |id: &ProfileId| match self.program.profile(id) {
            Some((profile, bound)) => match &bound.kind {
                Kind::SelfAsserted(settings) => Some((profile, bound, &**settings)),
                _ => None,
            },
            None => None,
        };
        let selection = |place: &(StepsOf, usize)| match self.step_list(&place.0).get(place.1).map(|step| &step.kind) {
            Some(StepKind::CombinedSignInAndSignUp(selection) | StepKind::ClaimsProviderSelection(selection)) => {
                Some(selection)
            }
            _ => None,
        };
        match &page.of {
            PageOf::SelfAsserted { profile, exchange } => {
                let profile = settings(profile);
                Form {
                    kind: PageKind::SelfAsserted,
                    selection: None,
                    profile,
                    exchange: Some(exchange.clone()),
                    definition: profile.and_then(|(_, _, settings)| settings.content_definition.clone()),
                }
            }
            PageOf::Unified { place } | PageOf::IdpSelections { place } => {
                let selection = selection(place);
                let profile = selection.and_then(local_profile).and_then(settings);
                Form {
                    kind: page.kind(),
                    selection,
                    profile,
                    exchange: None,
                    definition: selection
                        .and_then(|selection| selection.content_definition.clone())
                        .or_else(|| profile.and_then(|(_, _, settings)| settings.content_definition.clone())),
                }
            }
        }
    }

    /// One signal to an open page.
    pub(crate) fn page(&mut self, mut page: OpenPage, signal: Signal) -> Flow {
        let form = self.form(&page);
        match (signal, page.phase.clone()) {
            (Signal::Start, _) => self.first_show(page, &form),
            (Signal::Done, Phase::Validating { next, digest }) => {
                let stop = self.validation(&form, next.wrapping_sub(1)).is_some_and(|one| !one.continue_on_success);
                self.validate(page, &form, if stop { usize::MAX } else { next }, digest)
            }
            (Signal::Failed(failure), Phase::Validating { next, digest }) => {
                match self.validation(&form, next.wrapping_sub(1)) {
                    Some(one) if one.continue_on_error => {
                        // The failed profile's defaults apply all the same.
                        if let Some((failed, bound)) = self.program.profile(&one.profile) {
                            failed.output_claims.iter().for_each(|output| self.apply_default(output, bound));
                        }
                        self.validate(page, &form, next, digest)
                    }
                    _ => self.refuse(page, &form, &failure),
                }
            }
            (Signal::Answer(answer), Phase::Sending { claim, code, address }) => {
                page.phase = Phase::Open;
                let reply = match answer {
                    Answer::CodeSent => {
                        let sent = self.moment.now;
                        page.verifications.insert(claim, Verifying { address, code, sent, tries: 0, done: false });
                        PageReply::CodeSent
                    }
                    Answer::Throttled => PageReply::CodeRefused(self.ux(&form, "ver_fail_throttled")),
                    _ => PageReply::CodeRefused(self.ux(&form, "ver_fail_server")),
                };
                self.reply(page, reply)
            }
            (Signal::Input(input), _) => self.input_to_page(page, &form, input),
            _ => self.show(page, &form),
        }
    }

    fn input_to_page(&mut self, page: OpenPage, form: &Form<'a>, input: Input) -> Flow {
        let offers = self.offers(form);
        match (input, &page.phase) {
            (_, Phase::Exhausted) => Flow::Stop(refused(90_157, None)),
            (Input::Submitted(fields), _) => self.submitted(page, form, &fields),
            (Input::Confirmed { remember_me }, Phase::Accepted { .. }) => {
                // S-045: a box that was not offered was not ticked.
                if form.kind == PageKind::Unified {
                    self.journey.keep = offers.remember_me && remember_me == RememberMe::Ticked;
                }
                Flow::Go(Signal::Done)
            }
            (Input::CodeWanted { claim, address }, _) => self.code_wanted(page, form, claim, address),
            (Input::CodeEntered { claim, address, code }, _) => self.code_entered(page, form, &claim, &address, &code),
            (Input::Chosen(exchange), _) if self.choices(&page.of, form).iter().any(|(id, _)| *id == exchange) => {
                self.leave_by(page, exchange)
            }
            (Input::SignUp, _) if offers.sign_up => {
                match form.profile.and_then(|(_, _, settings)| settings.sign_up_target.clone()) {
                    Some(exchange) => self.leave_by(page, exchange),
                    None => self.show(page, form),
                }
            }
            (Input::ForgotPassword, _) if offers.forgot_password => {
                match form.profile.and_then(|(_, _, settings)| settings.forgot_password_exchange.clone()) {
                    Some(exchange) => self.leave_by(page, exchange),
                    None => Flow::Stop(refused(90_118, None)),
                }
            }
            (Input::Cancelled, _) if offers.cancel => Flow::Stop(refused(90_091, None)),
            // Out of order, twice, or by the back button: the page as it is.
            _ => self.show(page, form),
        }
    }

    /// A page without a field is not shown, and its validation profiles do not run.
    fn first_show(&mut self, page: OpenPage, form: &Form<'a>) -> Flow {
        match form.profile {
            Some((profile, bound, settings)) if form.kind == PageKind::SelfAsserted => {
                if let Err(failure) = self.transform(profile, &profile.input_transformations) {
                    return Flow::Go(Signal::Failed(failure));
                }
                if settings.fields.is_empty() {
                    return match self.outputs(profile, bound, form.exchange.as_ref()) {
                        Ok(()) => Flow::Go(Signal::Done),
                        Err(failure) => Flow::Go(Signal::Failed(failure)),
                    };
                }
                self.show(page, form)
            }
            _ => self.show(page, form),
        }
    }

    fn leave_by(&mut self, page: OpenPage, exchange: ExchangeId) -> Flow {
        if let Some(before) = page.before {
            self.journey.state = *before;
        }
        self.journey.state.chosen = Some(exchange);
        Flow::Go(Signal::Done)
    }

    // ---- Submitting ----

    fn submitted(&mut self, mut page: OpenPage, form: &Form<'a>, fields: &[(String, String)]) -> Flow {
        let Some((profile, _, settings)) = form.profile else { return self.show(page, form) };
        let digest = digest(fields);
        // The same form again: its answer was lost on the way, or the button was pressed twice.
        if page.phase == (Phase::Accepted { digest }) {
            return self.reply(page, PageReply::Accepted);
        }
        match &page.before {
            Some(before) => self.journey.state = (**before).clone(),
            None => page.before = Some(Box::new(self.journey.state.clone())),
        }
        page.entered.clear();
        if let Err(failure) = self.enter_fields(&mut page, profile, settings, fields) {
            return self.refuse(page, form, &failure);
        }
        self.validate(page, form, 0, digest)
    }

    /// Reads the fields that the page shows, and only those. `Readonly` ones are not read back.
    fn enter_fields(
        &mut self,
        page: &mut OpenPage,
        profile: &TechnicalProfile,
        settings: &SelfAsserted,
        fields: &[(String, String)],
    ) -> Result<(), Failure> {
        let policy = &self.program.policy;
        let today = self.moment.now.to_error_form();
        let today = today.get(..10).unwrap_or_default();
        for field in &settings.fields {
            let Some(declared) = policy.claim_types.get(&field.claim) else { continue };
            if matches!(declared.input, Some(UserInputType::Readonly | UserInputType::Paragraph)) {
                continue;
            }
            let label = self.label(&self.words(settings.content_definition.as_ref()), declared);
            let failed = |key: &str| Failure::new(90_278, key, profile).about(&label);
            let posted = fields.iter().find(|(name, _)| field.claim == ClaimTypeId::new(name)).map(|(_, text)| text);
            let text = match posted {
                Some(text) if declared.input == Some(UserInputType::Password) => text.clone(),
                Some(text) => text.trim().to_owned(),
                None => String::new(),
            };
            if declared.input != Some(UserInputType::Password) {
                page.entered.insert(field.claim.clone(), text.clone());
            }
            if text.is_empty() {
                match (field.required, settings.keeps_empty) {
                    (true, _) => return Err(failed("UserMessageIfMissingRequiredElement")),
                    (false, true) => self.put(&field.claim, zaguan_policy::Value::Text(text)),
                    // A cleared field keeps the value that it was filled with.
                    (false, false) => {}
                }
                continue;
            }
            let value = enter(&text, declared, policy, today).map_err(|why| match why {
                NotAllowed::Pattern(Some(help)) if !help.trim().is_empty() => {
                    let mut failure = failed("UserMessageIfIncorrectPattern");
                    failure.arguments.push(help);
                    failure
                }
                NotAllowed::Pattern(_) => failed("UserMessageIfIncorrectPattern"),
                NotAllowed::Value => failed("UserMessageIfInvalidInput"),
            })?;
            if field.verified {
                let verified = page.verifications.get(&field.claim);
                if !verified.is_some_and(|verifying| verifying.done && verifying.address == text) {
                    return Err(failed("UserMessageIfClaimNotVerified"));
                }
            }
            self.put(&field.claim, value);
        }
        // The pages give two ids special treatment (claimsschema).
        let claims = &self.journey.state.claims;
        match (claims.get(&"newPassword".into()), claims.get(&"reenterPassword".into())) {
            (Some(one), Some(other)) if one != other => {
                Err(Failure::new(90_278, "error_passwordEntryMismatch", profile))
            }
            _ => Ok(()),
        }
    }

    fn validation(&self, form: &Form<'a>, index: usize) -> Option<&'a zaguan_policy::model::ValidationProfile> {
        form.profile.and_then(|(profile, _, _)| profile.validation_profiles.get(index))
    }

    /// Pushes the next validation profile, or accepts the form.
    fn validate(&mut self, mut page: OpenPage, form: &Form<'a>, from: usize, digest: [u8; 32]) -> Flow {
        let mut next = from;
        while let Some(one) = self.validation(form, next) {
            next = next.saturating_add(1);
            if preconditions::skip(&one.preconditions, &self.journey.state.claims) {
                continue;
            }
            page.phase = Phase::Validating { next, digest };
            self.journey.frames.push(Frame::Page(Box::new(page)));
            self.journey.frames.push(Frame::Call(Call {
                profile: one.profile.clone(),
                validates: true,
                exchange: None,
            }));
            return Flow::Go(Signal::Start);
        }
        let Some((profile, bound, _)) = form.profile else { return self.show(page, form) };
        match self.outputs(profile, bound, form.exchange.as_ref()) {
            Ok(()) => {
                page.phase = Phase::Accepted { digest };
                self.reply(page, PageReply::Accepted)
            }
            Err(failure) => self.refuse(page, form, &failure),
        }
    }

    /// What a self-asserted profile does once its form is good.
    fn outputs(
        &mut self,
        profile: &TechnicalProfile,
        bound: &Bound,
        exchange: Option<&ExchangeId>,
    ) -> Result<(), Failure> {
        profile.output_claims.iter().for_each(|output| self.apply_default(output, bound));
        self.transform(profile, &profile.output_transformations)?;
        self.remember(profile, bound, exchange, false);
        self.journey.state.claims.forget_secrets();
        Ok(())
    }

    fn refuse(&mut self, mut page: OpenPage, form: &Form<'a>, failure: &Failure) -> Flow {
        if let Some(before) = &page.before {
            self.journey.state = (**before).clone();
        }
        page.tries += 1;
        page.phase = Phase::Open;
        let words = self.words(form.definition.as_ref());
        let mut message = self.message(failure, form.profile.map(|(profile, _, _)| (&words, profile)));
        // A pattern's own help text says more than its key.
        if failure.key == "UserMessageIfIncorrectPattern" && message.text.is_none() {
            message.text = failure.arguments.get(1).cloned();
        }
        let limit = form.profile.and_then(|(_, _, settings)| settings.retry_limit);
        let mut code = failure.code;
        if limit.is_some_and(|limit| page.tries >= limit) {
            page.phase = Phase::Exhausted;
            code = 90_157;
        }
        self.reply(page, PageReply::Refused { code, message })
    }

    fn reply(&mut self, mut page: OpenPage, reply: PageReply) -> Flow {
        // For whoever sees the page again without having read the reply.
        page.refused = match &reply {
            PageReply::Refused { message, .. } | PageReply::CodeRefused(message) => {
                Some((message.key.clone(), message.text.clone(), message.arguments.clone()))
            }
            _ => None,
        };
        self.journey.frames.push(Frame::Page(Box::new(page)));
        Flow::Stop(Turn::Reply(reply))
    }

    // ---- Verifying an address ----

    fn verified_field(&self, form: &Form<'a>, claim: &ClaimTypeId) -> Option<(&'a FormField, &'a ClaimType)> {
        let (_, _, settings) = form.profile?;
        let field = settings.fields.iter().find(|field| field.verified && field.claim == *claim)?;
        Some((field, self.program.policy.claim_types.get(&field.claim)?))
    }

    fn code_wanted(&mut self, mut page: OpenPage, form: &Form<'a>, claim: ClaimTypeId, address: String) -> Flow {
        let address = address.trim().to_owned();
        let well_formed = |declared: &ClaimType| {
            let allowed = enter(&address, declared, &self.program.policy, "").is_ok();
            allowed && address.len() <= 254 && address.contains('@') && !address.contains(char::is_control)
        };
        match self.verified_field(form, &claim) {
            Some((_, declared)) if well_formed(declared) => {}
            _ => {
                let message = self.ux(form, "ver_incorrect_format");
                return self.reply(page, PageReply::CodeRefused(message));
            }
        }
        let code = six_digits(self.moment.random);
        let language = self.journey.language.clone();
        page.phase = Phase::Sending { claim, code: code.clone(), address: address.clone() };
        self.journey.frames.push(Frame::Page(Box::new(page)));
        Flow::Stop(Turn::Ask(Ask::SendCode { address, code, language }))
    }

    fn code_entered(
        &mut self,
        mut page: OpenPage,
        form: &Form<'a>,
        claim: &ClaimTypeId,
        address: &str,
        code: &str,
    ) -> Flow {
        let now = self.moment.now;
        let refusal = match page.verifications.get_mut(claim) {
            Some(verifying) if verifying.address != address.trim() => Some("ver_fail_server"),
            Some(verifying) if verifying.done => None,
            Some(verifying) if verifying.tries >= CODE_TRIES => Some("ver_fail_no_retry"),
            Some(verifying) if now >= verifying.sent + CODE_LIFETIME => Some("ver_fail_code_expired"),
            Some(verifying) => {
                verifying.tries += 1;
                verifying.done = crypto::constant_time_eq(verifying.code.as_bytes(), code.trim().as_bytes());
                match (verifying.done, verifying.tries) {
                    (true, _) => None,
                    (false, CODE_TRIES) => Some("ver_fail_no_retry"),
                    (false, _) => Some("ver_fail_retry"),
                }
            }
            None => Some("ver_fail_server"),
        };
        let reply = match refusal {
            Some(key) => PageReply::CodeRefused(self.ux(form, key)),
            None => PageReply::CodeAccepted,
        };
        self.reply(page, reply)
    }

    /// A page text as a message.
    fn ux(&self, form: &Form<'a>, key: &str) -> Message {
        let text = self.words(form.definition.as_ref()).find("UxElement", None, key).map(str::to_owned);
        Message { key: key.into(), text, arguments: vec![] }
    }
}

/// Tells one posting from another. Field names and values are length-framed, so that no two lists of fields share a
/// digest. Passwords count too: the same form with another password is another form. The digest never leaves the
/// sealed visit and ends with it.
fn digest(fields: &[(String, String)]) -> [u8; 32] {
    let mut framed = Vec::new();
    for text in fields.iter().flat_map(|(name, value)| [name, value]) {
        framed.extend_from_slice(&(text.len() as u64).to_be_bytes());
        framed.extend_from_slice(text.as_bytes());
    }
    crypto::sha256(&framed)
}

/// Six digits, each as likely as the others.
fn six_digits(random: &mut dyn FnMut(&mut [u8])) -> String {
    loop {
        let mut bytes = [0; 4];
        random(&mut bytes);
        let number = u32::from_be_bytes(bytes);
        // The last, incomplete million would make small numbers likelier.
        if number < u32::MAX - u32::MAX % 1_000_000 {
            return format!("{:06}", number % 1_000_000);
        }
    }
}
