//! The town: policies that differ in whatever sessions depend on.

use std::{collections::BTreeMap, sync::Arc};

use zaguan_store::{AccountChange, AccountKey, AccountWrite, IfAbsent, IfPresent, SessionsThen, SignInName, Store};
use zaguan_testkit::{
    Town,
    town::{ADA, GRACE, SIGN_IN},
};

use crate::support::{cheap_hash, with_behavior};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    Hardened,
    B2c,
}

/// What a policy changes beside its settings.
#[derive(Clone, Copy)]
enum Changes {
    Nothing,
    /// Its sign-in page comes each time.
    Noop,
    /// Its sign-in page has a memory of its own.
    OwnMemory,
    /// Its sign-in page has no box.
    NoBox,
    /// It issues in the name of the policy.
    OwnIssuer,
    /// Its issuer makes no app a participant.
    NoParticipants,
}

type Row = (&'static str, &'static str, u32, &'static str, u32, Changes);

/// Name, scope, days, type, seconds.
const POLICIES: [Row; 15] = [
    ("B2C_1A_day", "Tenant", 0, "Rolling", 86_400, Changes::Nothing),
    ("B2C_1A_quarter", "Tenant", 0, "Rolling", 900, Changes::Nothing),
    ("B2C_1A_hour", "Tenant", 1, "Absolute", 3600, Changes::Nothing),
    ("B2C_1A_month", "Tenant", 30, "Rolling", 1800, Changes::Nothing),
    ("B2C_1A_framework", "TrustFramework", 2, "Absolute", 43_200, Changes::Nothing),
    ("B2C_1A_app_day", "Application", 0, "Absolute", 86_400, Changes::Nothing),
    ("B2C_1A_app_month", "Application", 30, "Rolling", 900, Changes::Nothing),
    ("B2C_1A_app_boxless", "Application", 2, "Absolute", 14_400, Changes::NoBox),
    ("B2C_1A_own_quarter", "Policy", 1, "Absolute", 900, Changes::Nothing),
    ("B2C_1A_own_days", "Policy", 2, "Rolling", 7200, Changes::NoParticipants),
    ("B2C_1A_suppressed", "Suppressed", 30, "Rolling", 86_400, Changes::Nothing),
    ("B2C_1A_noop", "Tenant", 2, "Rolling", 43_200, Changes::Noop),
    ("B2C_1A_own_noop", "Policy", 2, "Rolling", 43_200, Changes::Noop),
    ("B2C_1A_other", "Tenant", 1, "Rolling", 86_400, Changes::OwnMemory),
    ("B2C_1A_issuer", "Tenant", 30, "Absolute", 10_800, Changes::OwnIssuer),
];

/// The names of all policies that histories use.
pub(super) fn policies() -> impl Iterator<Item = &'static str> {
    POLICIES.iter().map(|row| row.0).chain([SIGN_IN])
}

pub(super) const APPS: [&str; 3] = ["shop", "blog", "cafe"];

/// A town with all of them.
pub(super) async fn town(mode: Mode, store: Arc<dyn Store>) -> Town {
    let builder = Town::builder().apps(&APPS).store(store);
    let builder = match mode {
        Mode::Hardened => builder,
        Mode::B2c => builder.like_b2c(),
    };
    let builder = POLICIES.iter().fold(builder, |builder, (name, scope, days, expiry, seconds, changes)| {
        let behavior = format!(
            "<SingleSignOn Scope=\"{scope}\" KeepAliveInDays=\"{days}\"/><SessionExpiryType>{expiry}</SessionExpiryType>\
             <SessionExpiryInSeconds>{seconds}</SessionExpiryInSeconds>"
        );
        builder.policy(name, |text| {
            let changed = with_behavior(text, &behavior);
            let profiles = profiles(*changes);
            let provider = format!(
                "<ClaimsProviders><ClaimsProvider><DisplayName>Changes</DisplayName><TechnicalProfiles>{profiles}\
                 </TechnicalProfiles></ClaimsProvider></ClaimsProviders><RelyingParty>"
            );
            if profiles.is_empty() { changed } else { changed.replacen("<RelyingParty>", &provider, 1) }
        })
    });
    builder.build().await
}

/// A town with so many policies that each have a session of their own.
pub(super) async fn town_of_many(policies: usize) -> Town {
    let builder = (0..policies).fold(Town::builder().apps(&APPS), |builder, at| {
        builder.policy(&one_of_many(at), |text| with_behavior(text, "<SingleSignOn Scope=\"Policy\"/>"))
    });
    builder.build().await
}

/// The name of one of them.
pub(super) fn one_of_many(at: usize) -> String {
    format!("B2C_1A_one_{at}")
}

fn profiles(changes: Changes) -> String {
    let page = |content: &str| {
        format!("<TechnicalProfile Id=\"SelfAsserted-LocalAccountSignin-Email\">{content}</TechnicalProfile>")
    };
    let managed = |by: &str| format!("<UseTechnicalProfileForSessionManagement ReferenceId=\"{by}\"/>");
    let issuer = |content: &str| format!("<TechnicalProfile Id=\"JwtIssuer\">{content}</TechnicalProfile>");
    match changes {
        Changes::Nothing => String::new(),
        Changes::Noop => page(&managed("SM-Noop")),
        Changes::OwnMemory => {
            let provider = "<TechnicalProfile Id=\"SM-Own\"><DisplayName>Own</DisplayName><Protocol Name=\"Proprietary\" \
                            Handler=\"Web.TPEngine.SSO.DefaultSSOSessionProvider\"/><PersistedClaims>\
                            <PersistedClaim ClaimTypeReferenceId=\"objectId\"/></PersistedClaims></TechnicalProfile>";
            format!("{provider}{}", page(&managed("SM-Own")))
        }
        Changes::NoBox => page("<Metadata><Item Key=\"setting.enableRememberMe\">False</Item></Metadata>"),
        Changes::OwnIssuer => issuer("<Metadata><Item Key=\"IssuanceClaimPattern\">AuthorityWithTfp</Item></Metadata>"),
        Changes::NoParticipants => issuer(&managed("SM-Noop")),
    }
}

/// Somebody who lives here.
pub(super) struct Person {
    pub(super) email: &'static str,
    pub(super) password: &'static str,
    pub(super) object_id: String,
}

pub(super) type People = BTreeMap<&'static str, Person>;

const EDITH: (&str, &str) = ("edith@example.org", "Engine-number-1");

/// Ada, Grace and Edith, with hashes that cost little.
pub(super) async fn people(town: &Town) -> People {
    let mut people = People::new();
    for (name, (email, password)) in [("ada", ADA), ("grace", GRACE), ("edith", EDITH)] {
        set_password(town, email, password, SessionsThen::Stay).await;
        let found = zaguan_server::world::find_by_sign_in_name(town.store(), &town.tenant().id, email).await;
        let object_id = found.unwrap().unwrap().object_id;
        people.insert(name, Person { email, password, object_id });
    }
    people
}

/// Gives a person this password, as an administrator would.
pub(super) async fn set_password(town: &Town, email: &str, password: &str, sessions: SessionsThen) {
    let names = vec![SignInName { kind: "emailAddress".into(), value: email.into() }];
    let write = AccountWrite {
        key: AccountKey::SignInName { kind: None, value: email.into() },
        if_absent: IfAbsent::Create { object_id: zaguan_server::chance::guid() },
        if_present: IfPresent::Update,
        changes: vec![AccountChange::SignInNames(names), AccountChange::PasswordHash(cheap_hash(password))],
        sessions,
        own: vec![],
    };
    town.store().write_account(&town.tenant().id, None, &write, town.now()).await.unwrap();
}
