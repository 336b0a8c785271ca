//! What an open page shows: its fields, its words, its buttons.

use zaguan_policy::{
    id::ExchangeId,
    model::{ClaimType, Restriction, TechnicalProfile, UserInputType},
};

use super::{Form, OpenPage, PageOf};
use crate::{
    bind::Bound,
    journey::{Flow, Frame, Run},
    page::{Field, Message, Offers, Page, PageKind, ProviderButton, Verification},
    profiles::self_asserted::FormField,
    resolvers::resolve_within,
    texts::Words,
    turn::Turn,
};

impl<'a> Run<'a, '_> {
    pub(super) fn show(&mut self, page: OpenPage, form: &Form<'a>) -> Flow {
        let shown = self.render(&page, form);
        self.journey.frames.push(Frame::Page(Box::new(page)));
        Flow::Stop(Turn::Show(Box::new(shown)))
    }

    fn render(&self, page: &OpenPage, form: &Form<'a>) -> Page {
        let words = self.words(form.definition.as_ref());
        let profile = form.profile.map(|(profile, _, _)| profile);
        let encode = |text: &str| percent_encoded(text);
        Page {
            kind: form.kind,
            content_definition: form.definition.clone(),
            load_uri: words.load_uri().map(|uri| resolve_within(uri, &self.scene(), encode)),
            language: self.journey.language.clone(),
            number: page.number,
            texts: words.page_texts(profile),
            settings: form.profile.map(|(_, _, settings)| settings.settings.clone()).unwrap_or_default(),
            fields: match form.profile {
                Some((profile, bound, settings)) => {
                    let field = |field| self.field(page, profile, bound, &words, field);
                    settings.fields.iter().filter_map(field).collect()
                }
                None => vec![],
            },
            providers: self
                .choices(&page.of, form)
                .into_iter()
                .map(|(exchange, caption)| ProviderButton { exchange, caption })
                .collect(),
            offers: self.offers(form),
            message: page.refused.clone().map(|(key, text, arguments)| Message { key, text, arguments }),
            allows_scripts: self.program.relying_party.behavior.allows_scripts,
        }
    }

    fn field(
        &self,
        page: &OpenPage,
        profile: &TechnicalProfile,
        bound: &Bound,
        words: &Words<'_>,
        field: &FormField,
    ) -> Option<Field> {
        let declared = self.program.policy.claim_types.get(&field.claim)?;
        let claim = &declared.id;
        let pattern = match &declared.restriction {
            Some(Restriction::Pattern(pattern)) => Some(pattern),
            _ => None,
        };
        let own = |text: &str| Some(text.to_owned());
        let verifying = page.verifications.get(claim);
        let value = || {
            let input = profile.input_claims.iter().find(|input| input.claim == *claim)?;
            self.input(input, bound).as_ref().and_then(zaguan_policy::Value::as_text).filter(|text| !text.is_empty())
        };
        let input = declared.input?;
        Some(Field {
            claim: claim.clone(),
            label: self.label(words, declared),
            help: words
                .of_claim(claim, "UserHelpText")
                .and_then(own)
                .or_else(|| declared.user_help_text.clone())
                .filter(|text| !text.trim().is_empty()),
            input,
            required: field.required,
            pattern_help: words
                .of_claim(claim, "PatternHelpText")
                .and_then(own)
                .or_else(|| pattern.and_then(|pattern| pattern.help_text.clone()))
                .filter(|text| pattern.is_some() && !text.trim().is_empty()),
            pattern: pattern.map(|pattern| pattern.regex.source().to_owned()),
            options: words.choices(claim, declared.restriction.as_ref()),
            value: match (input, verifying) {
                (UserInputType::Password, _) => None,
                (_, Some(verifying)) => Some(verifying.address.clone()),
                (_, None) => page.entered.get(claim).cloned().or_else(value),
            },
            verification: field.verified.then(|| match verifying {
                Some(verifying) if verifying.done => Verification::Done { address: verifying.address.clone() },
                Some(verifying) => Verification::CodeSent { to: verifying.address.clone() },
                None => Verification::Needed,
            }),
        })
    }

    pub(super) fn label(&self, words: &Words<'_>, declared: &ClaimType) -> String {
        words
            .of_claim(&declared.id, "DisplayName")
            .map(str::to_owned)
            .or_else(|| declared.display_name.clone())
            .unwrap_or_else(|| declared.id.as_str().to_owned())
    }

    /// Provider buttons with their captions.
    pub(super) fn choices(&self, of: &PageOf, form: &Form<'a>) -> Vec<(ExchangeId, String)> {
        let (Some(selection), PageOf::Unified { place } | PageOf::IdpSelections { place }) = (form.selection, of)
        else {
            return vec![];
        };
        let words = self.words(form.definition.as_ref());
        self.offered(selection, &place.0, place.1)
            .into_iter()
            .map(|offered| {
                let localized = words.find("ClaimsProvider", None, offered.exchange.as_str()).map(str::to_owned);
                let own = || self.program.profile(&offered.profile)?.0.display_name.clone();
                let caption = localized.or_else(own).unwrap_or_else(|| offered.exchange.as_str().to_owned());
                (offered.exchange, caption)
            })
            .collect()
    }

    pub(super) fn offers(&self, form: &Form<'a>) -> Offers {
        let Some((_, _, settings)) = form.profile else {
            return Offers { cancel: form.kind == PageKind::IdpSelections, ..Offers::default() };
        };
        match form.kind {
            PageKind::Unified => Offers {
                sign_up: settings.shows_sign_up && settings.sign_up_target.is_some(),
                forgot_password: settings.shows_forgot_password,
                remember_me: self.program.offers_remember_me(form.definition.as_ref(), settings),
                cancel: false,
                proceed: true,
            },
            PageKind::SelfAsserted => {
                Offers { cancel: settings.shows_cancel, proceed: settings.shows_continue, ..Offers::default() }
            }
            PageKind::IdpSelections => Offers { cancel: true, ..Offers::default() },
        }
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
