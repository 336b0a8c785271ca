//! The relying party and the settings of its sessions.

use std::collections::BTreeMap;

use super::{Kind, Scope};
use crate::{
    codes,
    diagnostic::Place,
    element::Element,
    id::{ClaimTypeId, JourneyId, ProfileId, SubJourneyId, same},
    model::{
        Behavior, ClaimReference, ClaimType, Expiry, KeepAlive, ProtocolName, RelyingParty, RelyingPartyProfile,
        Scope as SessionScope, SessionLifetime, StepKind, SubJourney, TechnicalProfile, UserJourney,
    },
    said,
};

const SCOPES: &[(&str, SessionScope)] = &[
    ("Suppressed", SessionScope::Suppressed),
    ("TrustFramework", SessionScope::TrustFramework),
    ("Tenant", SessionScope::Tenant),
    ("Application", SessionScope::Application),
    ("Policy", SessionScope::Policy),
];

const EXPIRIES: &[(&str, Expiry)] = &[("Rolling", Expiry::Rolling), ("Absolute", Expiry::Absolute)];

impl Scope<'_> {
    pub(super) fn relying_party(
        &mut self,
        tree: &Element,
        claims: &BTreeMap<ClaimTypeId, ClaimType>,
        profiles: &BTreeMap<ProfileId, TechnicalProfile>,
        journeys: &BTreeMap<JourneyId, UserJourney>,
        sub_journeys: &BTreeMap<SubJourneyId, SubJourney>,
    ) -> Option<RelyingParty> {
        let element = tree.child("RelyingParty")?;
        let default_journey = match element.child("DefaultUserJourney") {
            Some(it) => {
                if let Some(reference) = it.attribute("ReferenceId") {
                    self.sends_claims(tree, reference);
                }
                self.refer(Kind::Journey, it, "ReferenceId")
            }
            None => self.without(element, "DefaultUserJourney"),
        };
        let mut endpoints = BTreeMap::new();
        for it in element.items("Endpoints", "Endpoint") {
            let Some(id) = it.attribute("Id") else { continue };
            let journey: Option<JourneyId> = self.refer(Kind::Journey, it, "UserJourneyReferenceId");
            match ["Token", "UserInfo"].into_iter().find(|name| same(name, id.trimmed())) {
                Some(name) => endpoints.extend(journey.map(|journey| (name, journey))),
                None => self.report(
                    codes::UNKNOWN_ENDPOINT
                        .at(&id.place, said!("ignored"), said!("there is no endpoint `{}`", id.trimmed()))
                        .help(said!("it is `Token` or `UserInfo`")),
                ),
            }
        }
        let behavior = match element.child("UserJourneyBehaviors") {
            Some(it) => self.behavior(it),
            // D10: Tenant, rolling, a day, nothing kept, no hint enforced.
            None => Behavior::default(),
        };
        let profile = match element.child("TechnicalProfile") {
            Some(it) => self.relying_party_profile(it, claims),
            None => self.without(element, "TechnicalProfile"),
        };
        if let (None, Some(journey)) = (behavior.keep_alive, default_journey.as_ref().and_then(|id| journeys.get(id))) {
            self.checkbox_without_days(journey, profiles, sub_journeys, &element.origin);
        }
        Some(RelyingParty {
            default_journey: default_journey?,
            token_journey: endpoints.remove("Token"),
            user_info_journey: endpoints.remove("UserInfo"),
            behavior,
            profile: profile?,
        })
    }

    fn without<T>(&mut self, element: &Element, missing: &str) -> Option<T> {
        self.report(codes::NO_ELEMENT.at(
            &element.origin,
            said!("here"),
            said!("`{}` has no `{}`", element.name, missing),
        ));
        None
    }

    fn relying_party_profile(
        &mut self,
        element: &Element,
        claims: &BTreeMap<ClaimTypeId, ClaimType>,
    ) -> Option<RelyingPartyProfile> {
        let protocol = match element.child("Protocol") {
            Some(it) => self.protocol_name(it),
            None => self.without(element, "Protocol"),
        };
        let metadata = self.metadata(element);
        let input_claims = self.claim_references(element, "InputClaims", "InputClaim");
        let output_claims = self.claim_references(element, "OutputClaims", "OutputClaim");
        let protocol = protocol?;
        let subject = element.child("SubjectNamingInfo").and_then(|it| it.attribute("ClaimType"));
        if let Some(subject) = subject
            && !output_claims.iter().any(|it| same(&name_in_token(it, protocol, claims), subject.trimmed()))
        {
            self.report(
                codes::SUBJECT_ON_NOTHING
                    .at(
                        &subject.place,
                        said!("here"),
                        said!("none of the token's claims is called `{}`", subject.trimmed()),
                    )
                    .help(said!("give one of the output claims PartnerClaimType=\"{}\"", subject.trimmed())),
            );
        }
        let subject = subject.map(|subject| subject.trimmed().to_owned());
        Some(RelyingPartyProfile { protocol, metadata, input_claims, output_claims, subject })
    }

    fn behavior(&mut self, element: &Element) -> Behavior {
        let sign_on = element.child("SingleSignOn");
        let framing = element.child("JourneyFraming");
        let framed = framing.is_some_and(|it| self.flag(it, "Enabled", false));
        Behavior {
            scope: sign_on
                .and_then(|it| it.attribute("Scope"))
                .and_then(|scope| self.word(scope, SCOPES))
                .unwrap_or_default(),
            expiry: self.word_in(element, "SessionExpiryType", EXPIRIES).unwrap_or_default(),
            lifetime: element
                .child("SessionExpiryInSeconds")
                .and_then(|it| self.lifetime(&it.text, &it.text_place()))
                .unwrap_or_default(),
            keep_alive: sign_on
                .and_then(|it| it.attribute("KeepAliveInDays"))
                .and_then(|days| self.keep_alive(&days.value, &days.place)),
            enforce_id_token_hint_on_logout: sign_on
                .is_some_and(|it| self.flag(it, "EnforceIdTokenHintOnLogout", false)),
            content_definition_parameters: element
                .named("ContentDefinitionParameters")
                .flat_map(|it| it.children.iter())
                // The page's table calls them `ContentDefinitionParameter`, the schema `Parameter`.
                .filter(|it| matches!(&*it.name, "Parameter" | "ContentDefinitionParameter"))
                .filter_map(|it| Some((it.value("Name")?.to_owned(), it.text.trim().to_owned())))
                .collect(),
            framing_sources: framing
                .filter(|_| framed)
                .and_then(|it| it.value("Sources"))
                .map(|sources| sources.split_whitespace().map(str::to_owned).collect())
                .unwrap_or_default(),
            allows_scripts: self
                .word_in(element, "ScriptExecution", &[("Allow", true), ("Disallow", false)])
                .unwrap_or(false),
            displays_errors: element
                .child("OnError")
                .and_then(|it| it.attribute("Mode"))
                .and_then(|mode| self.word(mode, &[("DisplayInService", true), ("ReturnToRequestor", false)]))
                .unwrap_or(false),
        }
    }

    // D11: out of range, the nearest allowed value is used, and the finding names it.
    fn lifetime(&mut self, text: &str, place: &Place) -> Option<SessionLifetime> {
        let given = self.number("SessionExpiryInSeconds", text, place)?;
        let used = SessionLifetime::nearest(given);
        let seconds = used.duration().as_secs();
        if u64::try_from(given) != Ok(seconds) {
            let allowed = SessionLifetime::ALLOWED;
            self.report(
                codes::OUT_OF_RANGE
                    .at(place, said!("here"), said!("a session cannot last {} seconds; {} is used", given, seconds))
                    .help(said!("`SessionExpiryInSeconds` is {} to {}", allowed.start(), allowed.end())),
            );
        }
        Some(used)
    }

    fn keep_alive(&mut self, text: &str, place: &Place) -> Option<KeepAlive> {
        let given = self.number("KeepAliveInDays", text, place)?;
        let used = (given > 0).then(|| KeepAlive::nearest(given));
        let days = used.map_or(0, KeepAlive::days);
        if i64::from(days) != given {
            let most = KeepAlive::ALLOWED.end();
            self.report(
                codes::OUT_OF_RANGE
                    .at(
                        place,
                        said!("here"),
                        said!("nobody can be kept signed in for {} days; {} is used", given, days),
                    )
                    .help(said!("`KeepAliveInDays` is 0 (off) to {}", most)),
            );
        }
        used
    }

    /// D13: the checkbox is hidden then, which its author should know.
    fn checkbox_without_days(
        &mut self,
        journey: &UserJourney,
        profiles: &BTreeMap<ProfileId, TechnicalProfile>,
        sub_journeys: &BTreeMap<SubJourneyId, SubJourney>,
        origin: &Place,
    ) {
        let called = journey.steps.iter().filter_map(|step| match &step.kind {
            StepKind::InvokeSubJourney(id) => sub_journeys.get(id),
            _ => None,
        });
        let offering = journey
            .steps
            .iter()
            .chain(called.flat_map(|called| &called.steps))
            .flat_map(|step| match &step.kind {
                StepKind::CombinedSignInAndSignUp(selection) | StepKind::ClaimsProviderSelection(selection) => {
                    selection.exchanges.as_slice()
                }
                StepKind::ClaimsExchange(exchanges) => exchanges,
                _ => &[],
            })
            .filter_map(|exchange| profiles.get(&exchange.profile))
            .find(|profile| profile.metadata.flag("setting.enableRememberMe") == Some(true));
        if let Some(profile) = offering {
            self.report(
                codes::CHECKBOX_WITHOUT_DAYS
                    .at(
                        origin,
                        said!("this relying party"),
                        said!("`{}` offers to keep the person signed in, but no `KeepAliveInDays` is set", profile.id),
                    )
                    .and(&profile.place, said!("offered here"))
                    .help(said!("set `KeepAliveInDays` of `SingleSignOn`; until then the checkbox is hidden")),
            );
        }
    }
}

fn name_in_token(claim: &ClaimReference, protocol: ProtocolName, claims: &BTreeMap<ClaimTypeId, ClaimType>) -> String {
    let declared = || claims.get(&claim.claim).and_then(|it| it.partner_name(protocol));
    claim.partner.as_deref().or_else(declared).unwrap_or(claim.claim.as_str()).to_owned()
}
