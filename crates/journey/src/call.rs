//! Runs a technical profile that has no page: input transformations, inputs, the question to the
//! world, outputs, output transformations (technicalprofiles.md, "execution order").

use serde::{Deserialize, Serialize};
use zaguan_policy::{
    DataType, EffectivePolicy, Value,
    id::{ClaimTypeId, ExchangeId, ProfileId, TransformationId},
    model::{ClaimReference, EnabledForUserJourneys, ProtocolName, TechnicalProfile},
};

use crate::{
    bind::{Bound, Kind, Why, read_default},
    claims::Claims,
    journey::{Flow, Frame, Run, Signal},
    profiles::local_password,
    request::{AccountPrivacy, Start},
    turn::{Answer, Ask, Turn},
};

/// A technical profile under way.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) profile: ProfileId,
    /// Under a page, to validate what was entered.
    pub(crate) validates: bool,
    pub(crate) exchange: Option<ExchangeId>,
}

/// Why a technical profile did not succeed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Failure {
    /// `AADB2C…` number.
    pub(crate) code: u32,
    /// Key of the message for the person.
    pub(crate) key: String,
    /// For `{0}` in the message.
    pub(crate) arguments: Vec<String>,
    /// Who failed: its metadata may bring a text of its own.
    pub(crate) profile: ProfileId,
    /// The account that a session speaks of is not there any more.
    pub(crate) account_gone: bool,
}

impl Failure {
    pub(crate) fn new(code: u32, key: &str, profile: &TechnicalProfile) -> Self {
        let profile = profile.id.clone();
        Self { code, key: key.into(), arguments: vec![], profile, account_gone: false }
    }

    pub(crate) fn about(mut self, argument: &str) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub(crate) fn account_gone(mut self) -> Self {
        self.account_gone = true;
        self
    }
}

impl Run<'_, '_> {
    /// One push of a call: it starts, or the world answered.
    pub(crate) fn call(&mut self, call: Call, signal: Signal) -> Flow {
        let program = self.program;
        let Some((profile, bound)) = program.profile(&call.profile) else {
            return Flow::Go(Signal::Done);
        };
        let done = match signal {
            Signal::Start if !self.enabled(profile) => return Flow::Go(Signal::Done),
            Signal::Start => match self.begin(profile, bound) {
                Ok(Some(ask)) => {
                    self.journey.frames.push(Frame::Call(call));
                    return Flow::Stop(Turn::Ask(ask));
                }
                Ok(None) => self.end(profile, bound, &[], &call),
                Err(failure) => Err(failure),
            },
            Signal::Answer(answer) => match self.answered(profile, bound, answer) {
                Ok(attributes) => self.end(profile, bound, &attributes, &call),
                Err(failure) => Err(failure),
            },
            // Nothing else can reach a call: visits are parked at pages.
            _ => Ok(()),
        };
        Flow::Go(match done {
            Ok(()) => Signal::Done,
            Err(failure) => Signal::Failed(failure),
        })
    }

    /// `EnabledForUserJourneys`, with its claim and value in the metadata.
    pub(crate) fn enabled(&self, profile: &TechnicalProfile) -> bool {
        use EnabledForUserJourneys as E;
        let claim = profile.metadata.get("ClaimTypeOnWhichToEnable").map(ClaimTypeId::new);
        let wanted = profile.metadata.get("ClaimValueOnWhichToEnable").unwrap_or_default();
        let value = claim.as_ref().and_then(|claim| self.journey.state.claims.get(claim));
        // OPEN: the case of the value. Samples spell one issuer in two ways, so it does not count.
        let holds = match value {
            Some(Value::Texts(all)) => all.iter().any(|one| one.eq_ignore_ascii_case(wanted)),
            Some(other) => other.as_text().is_some_and(|text| text.eq_ignore_ascii_case(wanted)),
            None => false,
        };
        match profile.enabled {
            E::Always => true,
            E::Never => false,
            E::OnClaimsExistence | E::OnItemExistenceInStringCollectionClaim => holds,
            E::OnItemAbsenceInStringCollectionClaim => !holds,
        }
    }

    fn begin(&mut self, profile: &TechnicalProfile, bound: &Bound) -> Result<Option<Ask>, Failure> {
        self.transform(profile, &profile.input_transformations)?;
        let inputs = self.inputs(profile, bound, &profile.input_claims)?;
        match &bound.kind {
            Kind::Directory(directory) => {
                let persisted = self.inputs(profile, bound, &profile.persisted_claims)?;
                let own = self.journey.created_by_open_page();
                directory.ask(profile, inputs, persisted, own).map(Some)
            }
            Kind::LocalPassword => local_password::ask(profile, &inputs, &self.journey.request.start).map(Some),
            Kind::Marker => {
                self.hand_on(profile);
                Ok(None)
            }
            Kind::ClaimsTransformation => {
                // Inputs with a default become claims: that is what they are listed for.
                for input in &profile.input_claims {
                    self.apply_default(input, bound);
                }
                Ok(None)
            }
            Kind::TokenAuthorization(settings) => self.read_token(profile, settings).map(|()| None),
            Kind::Telemetry
            | Kind::SessionManagement
            | Kind::JwtIssuer(_)
            | Kind::JsonIssuer
            | Kind::SelfAsserted(_) => Ok(None),
            Kind::Unavailable(why) => Err(unavailable(why, profile)),
        }
    }

    /// Claims of the refresh token that a setup profile asks for by its output claims.
    fn hand_on(&mut self, profile: &TechnicalProfile) {
        let issued_on = ClaimTypeId::new("refreshTokenIssuedOnDateTime");
        for output in &profile.output_claims {
            let Start::Refresh { claims, issued } = &self.journey.request.start else { return };
            let value = match output.claim == issued_on {
                true => Some(Value::DateTime(*issued)),
                false => claims.get(&output.claim).cloned(),
            };
            if let Some(value) = value {
                self.put(&output.claim, value);
            }
        }
    }

    fn answered(
        &mut self,
        profile: &TechnicalProfile,
        bound: &Bound,
        answer: Answer,
    ) -> Result<Vec<(String, Value)>, Failure> {
        let private = self.journey.request.account_privacy == AccountPrivacy::Kept;
        let failure = match &bound.kind {
            Kind::Directory(directory) => directory.failure(&answer, profile),
            Kind::LocalPassword => local_password::failure(&answer, profile, private),
            _ => None,
        };
        if let Some(failure) = failure {
            return Err(failure);
        }
        let Answer::Account { mut attributes, created } = answer else { return Ok(vec![]) };
        if created {
            let object_id = attributes.iter().find(|(name, _)| name == "objectId").and_then(|(_, v)| v.as_text());
            self.journey.note_created(object_id);
        }
        attributes.push(("newClaimsPrincipalCreated".into(), Value::Boolean(created)));
        Ok(attributes)
    }

    fn end(
        &mut self,
        profile: &TechnicalProfile,
        bound: &Bound,
        attributes: &[(String, Value)],
        call: &Call,
    ) -> Result<(), Failure> {
        for output in &profile.output_claims {
            let partner = partner_name(output, profile, &self.program.policy);
            let wanted = match bound.kind {
                Kind::LocalPassword => local_password::attribute(partner),
                _ => partner,
            };
            if let Some((_, value)) = attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)) {
                self.put(&output.claim, value.clone());
            }
            self.apply_default(output, bound);
        }
        self.transform(profile, &profile.output_transformations)?;
        self.remember(profile, bound, call.exchange.as_ref(), call.validates);
        Ok(())
    }

    /// Writes into the new memories what the profile's session provider keeps.
    pub(crate) fn remember(
        &mut self,
        profile: &TechnicalProfile,
        bound: &Bound,
        exchange: Option<&ExchangeId>,
        validates: bool,
    ) {
        // OPEN: a validation profile without a session provider of its own leaves the session alone;
        // the page that called it speaks for both.
        if validates && profile.session_profile.is_none() {
            return;
        }
        let outputs = |claim: &ClaimTypeId| profile.output_claims.iter().any(|output| output.claim == *claim);
        let state = &mut self.journey.state;
        if let Some(memory) = bound.session.remember(outputs, |claim| state.claims.get(claim), exchange) {
            state.memories.entry(bound.session.key.clone()).or_default().add(memory);
        }
    }

    /// Claims for the other side, under the names that it knows.
    pub(crate) fn inputs(
        &mut self,
        profile: &TechnicalProfile,
        bound: &Bound,
        claims: &[ClaimReference],
    ) -> Result<Vec<(String, Value)>, Failure> {
        let mut all = Vec::new();
        for input in claims {
            match self.input(input, bound) {
                Some(value) => all.push((partner_name(input, profile, &self.program.policy).to_owned(), value)),
                None if input.required => {
                    return Err(Failure::new(90_037, "UserMessageIfMissingRequiredElement", profile)
                        .about(input.claim.as_str()));
                }
                None => {}
            }
        }
        Ok(all)
    }

    /// The value that an input claim stands for: the bag's, or its default.
    pub(crate) fn input(&self, input: &ClaimReference, bound: &Bound) -> Option<Value> {
        let existing = self.journey.state.claims.get(&input.claim).filter(|_| !input.always_use_default);
        existing.cloned().or_else(|| {
            let text = self.default_text(input, bound)?;
            read_default(&text, &input.claim, &self.program.policy)
        })
    }

    /// An output claim's default goes into the bag where the claim was never set, or always.
    pub(crate) fn apply_default(&mut self, output: &ClaimReference, bound: &Bound) {
        if self.journey.state.claims.has(&output.claim) && !output.always_use_default {
            return;
        }
        if let Some(text) = self.default_text(output, bound)
            && let Some(value) = read_default(&text, &output.claim, &self.program.policy)
        {
            self.journey.state.claims.put(output.claim.clone(), value);
        }
    }

    /// Resolvers work where the profile's metadata and the claim both ask for it.
    fn default_text(&self, claim: &ClaimReference, bound: &Bound) -> Option<String> {
        let text = claim.default_value.as_deref()?;
        // The password grant's profile asks for `{OIDC:Username}` without saying that it resolves anything (add-ropc-policy).
        match bound.resolves && claim.always_use_default || matches!(bound.kind, Kind::LocalPassword) {
            true => Some(crate::resolvers::resolve(text, &self.scene())),
            false => Some(text.to_owned()),
        }
    }

    /// Puts a value in the bag as the claim's declared type.
    pub(crate) fn put(&mut self, claim: &ClaimTypeId, value: Value) {
        let declared = self.program.policy.claim_types.get(claim);
        let value = match declared {
            Some(declared) => conform(value, declared.data_type),
            None => value,
        };
        self.journey.state.claims.put(claim.clone(), value);
    }

    /// Runs claims transformations in order; each sees what the one before made.
    pub(crate) fn transform(
        &mut self,
        profile: &TechnicalProfile,
        transformations: &[TransformationId],
    ) -> Result<(), Failure> {
        for id in transformations {
            let code = self.assertion_code();
            let failed = |key: &str| Failure::new(code, key, profile);
            let Some(declared) = self.program.policy.transformations.get(id) else { continue };
            let Some(method) = self.program.transformation(id) else {
                return Err(failed("UserMessageIfValidationError").about(id.as_str()));
            };
            match crate::transformations::run(method, declared, self) {
                Ok(outputs) => {
                    for (claim, value) in outputs {
                        match value {
                            Some(value) => self.put(&claim, value),
                            None => self.journey.state.claims.remove(&claim),
                        }
                    }
                }
                Err(key) => return Err(failed(key)),
            }
        }
        Ok(())
    }

    /// What a failed assertion means to an app: for a refresh, that the grant is revoked.
    fn assertion_code(&self) -> u32 {
        match self.journey.request.start {
            Start::Authorize | Start::ClientCredentials | Start::Password { .. } => 90_037,
            Start::Refresh { .. } | Start::UserInfo { .. } => 90_129,
        }
    }
}

/// The message for a profile that is named but not to be had.
pub(crate) fn unavailable(why: &Why, profile: &TechnicalProfile) -> Failure {
    match why {
        Why::KeyMissing(key) => Failure::new(90_025, "UserMessageIfValidationError", profile).about(key.as_str()),
        Why::NotBuilt(what) => Failure::new(90_037, "UserMessageIfValidationError", profile).about(what),
    }
}

/// The claim's name on the other side.
fn partner_name<'p>(claim: &'p ClaimReference, profile: &TechnicalProfile, policy: &'p EffectivePolicy) -> &'p str {
    let protocol = if profile.protocol == ProtocolName::None { ProtocolName::Proprietary } else { profile.protocol };
    claim
        .partner
        .as_deref()
        .or_else(|| policy.claim_types.get(&claim.claim)?.partner_name(protocol))
        .unwrap_or_else(|| claim.claim.as_str())
}

/// A value in the form that the claim's type has at run time.
fn conform(value: Value, data_type: DataType) -> Value {
    match (value, data_type) {
        (Value::Text(text), DataType::String) => Value::Text(text),
        (Value::Text(text), other) => Value::read(&text, other).unwrap_or(Value::Text(text)),
        (value @ (Value::DateTime(_) | Value::Integer(_) | Value::Boolean(_)), DataType::String) => {
            Value::Text(value.as_text().unwrap_or_default())
        }
        (value, _) => value,
    }
}

/// Where transformations read from.
impl Run<'_, '_> {
    pub(crate) fn claims(&self) -> &Claims {
        &self.journey.state.claims
    }
}
