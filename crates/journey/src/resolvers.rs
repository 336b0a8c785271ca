//! Claim resolvers: `{OIDC:LoginHint}` and its kin.

use zaguan_policy::Timestamp;

use crate::{
    claims::Claims,
    request::{Request, Start},
};

/// What resolvers look at.
pub(crate) struct Scene<'a> {
    pub(crate) request: &'a Request,
    pub(crate) claims: &'a Claims,
    pub(crate) language: &'a str,
    pub(crate) keeps_signed_in: bool,
    pub(crate) now: Timestamp,
}

/// The text with its resolver in it answered. A text that is no resolver is itself; a resolver that
/// has no answer is the empty text.
pub(crate) fn resolve(text: &str, scene: &Scene<'_>) -> String {
    match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) if !name.contains(['{', '}']) => answer(name, scene),
        _ => text.to_owned(),
    }
}

/// The text with every resolver in it answered, for addresses.
pub(crate) fn resolve_within(text: &str, scene: &Scene<'_>, encode: impl Fn(&str) -> String) -> String {
    let mut resolved = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else { break };
        resolved.push_str(before);
        resolved.push_str(&encode(&answer(name, scene)));
        rest = behind;
    }
    resolved + rest
}

/// The table. Names compare without case: published policies spell them in many ways.
fn answer(name: &str, scene: &Scene<'_>) -> String {
    let request = scene.request;
    let parameter = |name: &str| request.parameters.get(name).cloned().unwrap_or_default();
    let (family, member) = name.split_once(':').unwrap_or(("", name));
    let region = || scene.language.split_once('-').map(|(_, region)| region.to_uppercase()).unwrap_or_default();
    match (family.to_ascii_lowercase().as_str(), member.to_ascii_lowercase().as_str()) {
        ("culture", "languagename") => scene.language.split('-').next().unwrap_or_default().to_owned(),
        ("culture", "regionname") => region(),
        ("culture", "rfc5646") => scene.language.to_owned(),
        ("culture", "lcid") => windows_locale(scene.language).to_string(),
        ("policy", "policyid") | ("", "policy") => request.policy.clone(),
        ("policy", "relyingpartytenantid" | "trustframeworktenantid") | ("", "tenant") => request.tenant.clone(),
        ("policy", "tenantobjectid") => request.tenant_object_id.clone(),
        ("context", "buildnumber") => env!("CARGO_PKG_VERSION").to_owned(),
        ("context", "correlationid") => request.correlation_id.clone(),
        ("context", "datetimeinutc") => us_date_time(scene.now),
        ("context", "deploymentmode") => "Production".to_owned(),
        ("context", "hostname") => request.host.clone(),
        ("context", "ipaddress") => request.ip_address.clone(),
        ("context", "kmsi") => scene.keeps_signed_in.to_string(),
        ("claim", _) => scene.claims.text(&member.into()).unwrap_or_default(),
        ("oidc", "authenticationcontextreferences") => parameter("acr_values"),
        ("oidc", "clientid") => request.client_id.clone(),
        ("oidc", "domainhint") => parameter("domain_hint"),
        ("oidc", "loginhint") => parameter("login_hint"),
        ("oidc", "maxage") => parameter("max_age"),
        ("oidc", "nonce") => parameter("nonce"),
        ("oidc", "password") => match &request.start {
            Start::Password { password, .. } => password.0.clone(),
            _ => String::new(),
        },
        ("oidc", "username") => match &request.start {
            Start::Password { username, .. } => username.clone(),
            _ => String::new(),
        },
        ("oidc", "prompt") => parameter("prompt"),
        ("oidc", "redirecturi") => parameter("redirect_uri"),
        ("oidc", "resource") => parameter("resource"),
        ("oidc", "scope") => parameter("scope"),
        // Parameters keep their case: they are the app's.
        ("oauth-kv", _) => parameter(member),
        // OPEN: an unknown resolver. The documented rule for a missing parameter is the empty text.
        _ => String::new(),
    }
}

/// `MM/dd/yyyy hh:mm:ss tt`, as the documentation's example.
fn us_date_time(now: Timestamp) -> String {
    let text = now.to_error_form();
    let (date, clock) = text.split_at_checked(10).unwrap_or((&text, ""));
    let mut date = date.split('-');
    let (year, month, day) =
        (date.next().unwrap_or_default(), date.next().unwrap_or_default(), date.next().unwrap_or_default());
    let clock = clock.trim_matches([' ', 'Z']);
    let hour: u32 = clock.get(..2).and_then(|hour| hour.parse().ok()).unwrap_or_default();
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = if hour.is_multiple_of(12) { 12 } else { hour % 12 };
    format!("{month}/{day}/{year} {hour:02}{} {half}", clock.get(2..).unwrap_or_default())
}

/// Windows locale ids of the languages that pages come in most.
fn windows_locale(language: &str) -> u32 {
    const TABLE: [(&str, u32); 12] = [
        ("en", 1033),
        ("es", 3082),
        ("de", 1031),
        ("fr", 1036),
        ("it", 1040),
        ("ja", 1041),
        ("ko", 1042),
        ("nl", 1043),
        ("pl", 1045),
        ("pt", 1046),
        ("ru", 1049),
        ("sv", 1053),
    ];
    let primary = language.split('-').next().unwrap_or_default();
    TABLE.iter().find(|(tag, _)| primary.eq_ignore_ascii_case(tag)).map_or(127, |(_, id)| *id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use zaguan_policy::Value;

    use super::*;
    use crate::request::AccountPrivacy;

    #[test]
    fn the_table_answers_in_any_case() {
        let request = Request {
            start: Start::Authorize,
            client_id: "app".into(),
            policy: "B2C_1A_P".into(),
            tenant: "contoso.onmicrosoft.com".into(),
            tenant_object_id: "guid".into(),
            host: "id.contoso.example".into(),
            correlation_id: "c".into(),
            ip_address: "192.0.2.1".into(),
            languages: vec![],
            built_in_languages: vec![],
            parameters: BTreeMap::from([("login_hint".into(), "ada".into()), ("campaignId".into(), "Hawaii".into())]),
            account_privacy: AccountPrivacy::Told,
        };
        let claims = [("email".into(), Value::Text("a@b".into()))].into_iter().collect();
        let scene = Scene {
            request: &request,
            claims: &claims,
            language: "en-US",
            keeps_signed_in: true,
            now: Timestamp::from_seconds(1_633_867_205),
        };
        for (text, expected) in [
            ("{OIDC:LoginHint}", "ada"),
            ("{oidc:loginhint}", "ada"),
            ("{OAUTH-KV:campaignId}", "Hawaii"),
            ("{OAUTH-KV:none}", ""),
            ("{Policy:TenantObjectId}", "guid"),
            ("{policy}", "B2C_1A_P"),
            ("{CONTEXT:KMSI}", "true"),
            ("{Context:DateTimeInUtc}", "10/10/2021 12:00:05 PM"),
            ("{claim:Email}", "a@b"),
            ("{Culture:LanguageName}", "en"),
            ("{Culture:RegionName}", "US"),
            ("{Culture:LCID}", "1033"),
            ("{Nobody:Knows}", ""),
            ("plain", "plain"),
            ("a {OIDC:LoginHint}", "a {OIDC:LoginHint}"),
        ] {
            assert_eq!(resolve(text, &scene), expected, "{text}");
        }
        let within =
            resolve_within("https://h/{Culture:LanguageName}/x?c={OAUTH-KV:campaignId}", &scene, str::to_owned);
        assert_eq!(within, "https://h/en/x?c=Hawaii");
    }
}
