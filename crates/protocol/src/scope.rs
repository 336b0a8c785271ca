//! Scopes: what an app asks for, and what of it is granted.

use crate::application::{Application, is_scope_byte};
use crate::errors::{Code, OAuthError};
use serde::{Deserialize, Serialize};

/// The scopes of a request, each once, in its order; at least one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Reads the value of `scope` (RFC 6749 §3.3).
    ///
    /// # Errors
    /// 99005 for a character that scopes cannot have, 90010 for nothing at all or more than [`MOST_SCOPES`].
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        if text.bytes().any(|byte| byte != b' ' && !is_scope_byte(byte)) {
            return Err(OAuthError::new(Code::ScopeCharacter, &[]));
        }
        let mut all: Vec<String> = Vec::new();
        for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
            if !all.iter().any(|other| other == scope) {
                all.push(scope.to_owned());
            }
        }
        match all.len() {
            1..=MOST_SCOPES => Ok(Self(all)),
            0 => Err(OAuthError::new(Code::ScopeMissing, &[])),
            _ => Err(OAuthError::new(Code::RequestInvalid, &["too many scopes"])),
        }
    }

    /// The scopes in the order of the request.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether this one is asked for.
    pub fn contains(&self, scope: &str) -> bool {
        self.iter().any(|other| other == scope)
    }
}

/// The most scopes of one request.
pub const MOST_SCOPES: usize = 100;

/// What was granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantedScopes {
    /// An ID token.
    pub openid: bool,
    /// A refresh token.
    pub offline_access: bool,
    /// An access token, and for whom.
    pub resource: Option<Resource>,
    /// What the answer lists, as requested and in that order.
    pub echo: Vec<String>,
}

/// For whom an access token is, and what it allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// The client id of the API (`aud`).
    pub audience: String,
    /// The names of the scopes (`scp`). None when the app asked for itself.
    pub names: Vec<String>,
    /// The scopes behind the names, as requested.
    pub as_requested: Vec<String>,
}

impl Resource {
    /// What `.default` gives an app in its own name: all roles that it has at that one API, and that the API offers.
    ///
    /// # Errors
    /// 90055 for a scope that does not end in `/.default`, 90117 for an API that does not exist, 90146 for more than one.
    pub fn of_app(requested: &Scopes, app: &Application, apis: &Apis<'_>) -> Result<Self, OAuthError> {
        let mut found: Option<&Application> = None;
        for scope in requested.iter() {
            let api = scope.strip_suffix("/.default");
            let api = api.ok_or_else(|| OAuthError::new(Code::ScopeWithoutResource, &[FOR_APPS, scope]))?;
            let api = apis(api).ok_or_else(|| OAuthError::new(Code::ScopeUnknown, &[scope]))?;
            if found.is_some_and(|other| other.client_id() != api.client_id()) {
                return Err(several(requested));
            }
            found = Some(api);
        }
        let offering = found.ok_or_else(|| OAuthError::new(Code::ScopeMissing, &[]))?;
        let has = |identifier: &str, role: &str| {
            app.roles().iter().any(|held| held.rsplit_once('/') == Some((identifier, role)))
        };
        let names = offering.api().map_or(Vec::new(), |api| {
            api.roles.iter().filter(|role| has(&api.identifier_uri, role)).cloned().collect()
        });
        let as_requested = requested.iter().map(str::to_owned).collect();
        Ok(Self { audience: offering.client_id().to_owned(), names, as_requested })
    }
}

/// What an app in its own name asks for.
const FOR_APPS: &str = "an app in its own name asks for `{identifier URI}/.default` of one API";

/// Finds the app of the tenant whose API has this identifier URI.
pub type Apis<'a> = dyn Fn(&str) -> Option<&'a Application> + 'a;

impl GrantedScopes {
    /// What of these scopes this app is granted.
    ///
    /// `profile` and `email` are accepted and mean nothing. Of an API's scopes those it has are granted, as long
    /// as there is one.
    ///
    /// # Errors
    /// 90117 for a scope that nobody has, 90146 for more than one resource.
    // OPEN: consent is not recorded per app; every app of the tenant may ask for every scope of every API.
    pub fn decide(requested: &Scopes, app: &Application, apis: &Apis<'_>) -> Result<Self, OAuthError> {
        let mut granted = Self { openid: false, offline_access: false, resource: None, echo: Vec::new() };
        let mut left_out: Option<(String, &str)> = None;
        for scope in requested.iter() {
            let found = match scope {
                "openid" => {
                    granted.openid = true;
                    Found::Plain
                }
                "offline_access" => {
                    granted.offline_access = true;
                    Found::Plain
                }
                "profile" | "email" => Found::Plain,
                itself if app.is(itself) => Found::Of { audience: app.client_id().to_owned(), name: None },
                other => find_in_api(other, apis)?,
            };
            match found {
                Found::Plain => granted.echo.push(scope.to_owned()),
                Found::Of { audience, name } => {
                    granted.add(audience, name, scope).map_err(|Another| several(requested))?;
                }
                Found::NotOffered { audience } => left_out = Some((audience, scope)),
            }
        }
        match (&granted.resource, left_out) {
            (Some(resource), Some((audience, _))) if resource.audience != audience => Err(several(requested)),
            (None, Some((_, scope))) => Err(unknown(scope)),
            _ => Ok(granted),
        }
    }

    /// The same, with an access token for the app itself where `openid` was granted and no resource: what standard
    /// libraries expect of every token answer (RFC 6749 §5.1).
    #[must_use]
    pub fn with_access_token(mut self, app: &Application) -> Self {
        if self.openid && self.resource.is_none() {
            let audience = app.client_id().to_owned();
            // Behind `openid`, so that a token request that wants `openid` gets it and no other does.
            self.resource = Some(Resource { audience, names: Vec::new(), as_requested: vec!["openid".to_owned()] });
        }
        self
    }

    fn add(&mut self, audience: String, name: Option<String>, scope: &str) -> Result<(), Another> {
        let resource = self.resource.get_or_insert_with(|| Resource {
            audience: audience.clone(),
            names: Vec::new(),
            as_requested: Vec::new(),
        });
        if resource.audience != audience {
            return Err(Another);
        }
        if let Some(name) = name
            && !resource.names.contains(&name)
        {
            resource.names.push(name);
        }
        resource.as_requested.push(scope.to_owned());
        self.echo.push(scope.to_owned());
        Ok(())
    }

    /// What a refresh request gets of this grant: everything when it does not say. A scope of an API is granted as at the
    /// authorization endpoint, whichever was granted first: libraries ask for one API after the other by one refresh token
    /// (D34). Of everything else what is in both requests (RFC 6749 §6).
    ///
    /// # Errors
    /// As [`Self::decide`]; 90117 when nothing is left.
    pub fn refreshed(&self, wanted: Option<&Scopes>, app: &Application, apis: &Apis<'_>) -> Result<Self, OAuthError> {
        let Some(wanted) = wanted else { return Ok(self.clone()) };
        let asked = Self::decide(wanted, app, apis)?;
        let granted = |scope: &str| self.echo.iter().any(|other| other == scope);
        match asked.resource {
            Some(resource) => Ok(Self {
                openid: self.openid && asked.openid,
                offline_access: self.offline_access && asked.offline_access,
                echo: asked.echo.into_iter().filter(|s| granted(s) || resource.as_requested.contains(s)).collect(),
                resource: Some(resource),
            }),
            None => self.narrowed(Some(wanted)),
        }
    }

    /// What is in both: this grant and a later request.
    fn narrowed(&self, wanted: Option<&Scopes>) -> Result<Self, OAuthError> {
        let Some(wanted) = wanted else { return Ok(self.clone()) };
        let same = |scope: &str| wanted.iter().any(|other| other.eq_ignore_ascii_case(scope));
        let resource = self.resource.as_ref().and_then(|resource| {
            let (mut names, mut as_requested) = (Vec::new(), Vec::new());
            for scope in resource.as_requested.iter().filter(|scope| same(scope)) {
                as_requested.push(scope.clone());
                let name = resource.names.iter().find(|name| scope.rsplit('/').next() == Some(name));
                names.extend(name.cloned());
            }
            let audience = resource.audience.clone();
            (!as_requested.is_empty()).then_some(Resource { audience, names, as_requested })
        });
        let narrowed = Self {
            openid: self.openid && wanted.contains("openid"),
            offline_access: self.offline_access && wanted.contains("offline_access"),
            resource,
            echo: self.echo.iter().filter(|scope| same(scope)).cloned().collect(),
        };
        if narrowed.openid || narrowed.resource.is_some() {
            Ok(narrowed)
        } else {
            let unknown = wanted.iter().find(|scope| !self.echo.iter().any(|other| other == scope));
            Err(OAuthError::new(Code::ScopeUnknown, &[unknown.unwrap_or("offline_access")]))
        }
    }

    /// The value of `scope` in an answer: what was granted, as requested, because clients look their tokens up by
    /// these very texts.
    #[must_use]
    pub fn to_response_string(&self) -> String {
        self.echo.join(" ")
    }

    /// The value of `scp` in an access token: the names alone. `None` when there is none.
    #[must_use]
    pub fn names(&self) -> Option<String> {
        self.resource.as_ref().map(|resource| resource.names.join(" ")).filter(|names| !names.is_empty())
    }
}

enum Found {
    Plain,
    Of { audience: String, name: Option<String> },
    NotOffered { audience: String },
}

struct Another;

fn several(requested: &Scopes) -> OAuthError {
    OAuthError::new(Code::SeveralResources, &[&requested.0.join(" ")])
}

/// 90117, for what a person's app asks for.
fn unknown(scope: &str) -> OAuthError {
    let why = if scope.ends_with("/.default") { "; `.default` is for apps in their own name" } else { "" };
    OAuthError::new(Code::ScopeUnknown, &[scope, why])
}

fn find_in_api(scope: &str, apis: &Apis<'_>) -> Result<Found, OAuthError> {
    let unknown = || unknown(scope);
    let (identifier, name) = scope.rsplit_once('/').ok_or_else(unknown)?;
    let app = apis(identifier).ok_or_else(unknown)?;
    let api = app.api().ok_or_else(unknown)?;
    let audience = app.client_id().to_owned();
    Ok(match api.scopes.iter().find(|offered| offered.eq_ignore_ascii_case(name)) {
        Some(offered) => Found::Of { audience, name: Some(offered.clone()) },
        None => Found::NotOffered { audience },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SHOP: &str = "a1b2c3d4-0000-4000-8000-000000000001";
    const TASKS: &str = "a1b2c3d4-0000-4000-8000-000000000002";
    const MAIL: &str = "a1b2c3d4-0000-4000-8000-000000000003";

    fn app(client_id: &str, api: serde_json::Value) -> Application {
        let definition = json!({"client_id": client_id, "name": "x", "api": api});
        Application::from_definition(serde_json::from_value(definition).unwrap()).unwrap()
    }

    fn decide(text: &str) -> Result<GrantedScopes, u32> {
        let shop = app(SHOP, json!(null));
        let tasks = app(TASKS, json!({"identifier_uri": "https://t.example/tasks", "scopes": ["read", "write"]}));
        let mail = app(MAIL, json!({"identifier_uri": "api://mail", "scopes": ["send"]}));
        let all = [&tasks, &mail];
        let apis = |identifier: &str| {
            all.into_iter().find(|app| app.api().is_some_and(|api| api.identifier_uri == identifier))
        };
        let requested = Scopes::parse(text).map_err(|error| error.code.number())?;
        GrantedScopes::decide(&requested, &shop, &apis).map_err(|error| error.code.number())
    }

    #[test]
    fn what_is_granted() {
        for (requested, audience, names, echo) in [
            ("openid", None, None, "openid"),
            ("openid profile email offline_access", None, None, "openid profile email offline_access"),
            (SHOP, Some(SHOP), None, SHOP),
            ("https://t.example/tasks/read", Some(TASKS), Some("read"), "https://t.example/tasks/read"),
            (
                "https://t.example/tasks/write openid https://t.example/tasks/read",
                Some(TASKS),
                Some("write read"),
                "https://t.example/tasks/write openid https://t.example/tasks/read",
            ),
            (
                "https://t.example/tasks/read https://t.example/tasks/erase",
                Some(TASKS),
                Some("read"),
                "https://t.example/tasks/read",
            ),
            ("api://mail/send", Some(MAIL), Some("send"), "api://mail/send"),
            ("  openid   openid ", None, None, "openid"),
        ] {
            let granted = decide(requested).unwrap();
            assert_eq!(granted.resource.as_ref().map(|resource| resource.audience.as_str()), audience, "{requested}");
            assert_eq!(granted.names().as_deref(), names, "{requested}");
            assert_eq!(granted.to_response_string(), echo, "{requested}");
            assert_eq!(granted.openid, requested.contains("openid"));
            assert_eq!(granted.offline_access, requested.contains("offline_access"));
        }
    }

    #[test]
    fn what_is_refused() {
        for (requested, expected) in [
            ("", 90010),
            ("   ", 90010),
            ("a\"b", 99005),
            ("a\\b", 99005),
            ("openid\topenid", 99005),
            ("é", 99005),
            ("phone", 90117),
            (TASKS, 90117),
            ("https://t.example/other/read", 90117),
            ("https://t.example/tasks/erase", 90117),
            ("openid https://t.example/tasks/erase", 90117),
            ("https://t.example/tasks/.default", 90117),
            ("https://t.example/tasks/", 90117),
            ("https://t.example/tasks", 90117),
            ("https://t.example/tasks/read api://mail/send", 90146),
            ("https://t.example/tasks/erase api://mail/send", 90146),
            ("https://t.example/tasks/read a1b2c3d4-0000-4000-8000-000000000001", 90146),
        ] {
            assert_eq!(decide(requested), Err(expected), "{requested}");
        }
        let many = (0..=MOST_SCOPES).map(|n| format!("s{n}")).collect::<Vec<_>>().join(" ");
        assert_eq!(decide(&many), Err(90122));
    }

    #[test]
    fn whoever_asks_in_the_wrong_name_is_told_how_to_ask() {
        let tasks = app(TASKS, json!({"identifier_uri": "https://t.example/tasks", "roles": ["Tasks.Read.All"]}));
        let apis = |identifier: &str| (identifier == "https://t.example/tasks").then_some(&tasks);
        let in_own_name = "an app in its own name asks for `{identifier URI}/.default` of one API, and this is ";
        for (requested, of_person, of_app) in [
            ("https://t.example/tasks/.default", "; `.default` is for apps in their own name", ""),
            ("https://t.example/other/.default", "; `.default` is for apps in their own name", "can be granted"),
            ("https://t.example/tasks/Tasks.Read.All", "`https://t.example/tasks/Tasks.Read.All`", in_own_name),
            ("openid", "", in_own_name),
        ] {
            let scopes = Scopes::parse(requested).unwrap();
            let message = |refused: Option<OAuthError>| refused.map_or(String::new(), |refused| refused.message);
            for (found, words) in [
                (message(GrantedScopes::decide(&scopes, &tasks, &apis).err()), of_person),
                (message(Resource::of_app(&scopes, &tasks, &apis).err()), of_app),
            ] {
                assert!(found.contains(words) && found.is_empty() == words.is_empty(), "{requested}: {found}");
            }
        }
    }

    #[test]
    fn a_refresh_may_want_another_api_and_never_what_only_the_person_gives() {
        let shop = app(SHOP, json!(null));
        let tasks = app(TASKS, json!({"identifier_uri": "https://t.example/tasks", "scopes": ["read", "write"]}));
        let mail = app(MAIL, json!({"identifier_uri": "api://mail", "scopes": ["send"]}));
        let all = [&tasks, &mail];
        let apis = |identifier: &str| {
            all.into_iter().find(|app| app.api().is_some_and(|api| api.identifier_uri == identifier))
        };
        for (granted, wanted, echo) in [
            ("openid offline_access", "", Ok("openid offline_access")),
            ("openid offline_access https://t.example/tasks/read", "api://mail/send", Ok("api://mail/send")),
            ("openid offline_access", "openid https://t.example/tasks/read", Ok("openid https://t.example/tasks/read")),
            (
                "offline_access https://t.example/tasks/read",
                "openid https://t.example/tasks/write",
                Ok("https://t.example/tasks/write"),
            ),
            (SHOP, "offline_access api://mail/send profile", Ok("api://mail/send")),
            ("openid", "api://mail/send https://t.example/tasks/read", Err(90146)),
            ("openid", "api://nobody/x", Err(90117)),
            ("https://t.example/tasks/read", "openid", Err(90117)),
        ] {
            let granted = GrantedScopes::decide(&Scopes::parse(granted).unwrap(), &shop, &apis).unwrap();
            let wanted = (!wanted.is_empty()).then(|| Scopes::parse(wanted).unwrap());
            let found = granted.refreshed(wanted.as_ref(), &shop, &apis);
            let found = found.map(|found| {
                assert_eq!((found.openid, found.offline_access), {
                    let has = |scope: &str| found.echo.iter().any(|other| other == scope);
                    (has("openid"), has("offline_access"))
                });
                found.to_response_string()
            });
            assert_eq!(found.map_err(|error| error.code.number()), echo.map(str::to_owned), "{wanted:?}");
        }
    }

    #[test]
    fn a_token_request_may_want_less() {
        let whole = decide("openid offline_access https://t.example/tasks/read https://t.example/tasks/write").unwrap();
        let narrowed =
            |text: &str| whole.narrowed(Some(&Scopes::parse(text).unwrap())).map_err(|error| error.code.number());
        assert_eq!(whole.narrowed(None), Ok(whole.clone()));
        let less = narrowed("https://t.example/tasks/write profile").unwrap();
        assert_eq!((less.openid, less.offline_access, less.names().as_deref()), (false, false, Some("write")));
        assert_eq!(less.to_response_string(), "https://t.example/tasks/write");
        let identity = narrowed("openid https://t.example/tasks/erase").unwrap();
        assert_eq!((identity.openid, identity.resource.is_none()), (true, true));
        assert_eq!(narrowed("api://mail/send"), Err(90117));
        assert_eq!(narrowed("offline_access"), Err(90117));
    }
}
