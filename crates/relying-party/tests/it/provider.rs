//! A provider with three policies, in memory.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use url::{Url, form_urlencoded};
use zaguan_protocol::crypto::{base64url, sha256};
use zaguan_protocol::jose::{Jwks, SigningKey, generate_p256};
use zaguan_relying_party::{Http, HttpError};

pub(crate) const ISSUER: &str = "https://id.example/tenant/v2.0/";
pub(crate) const CLIENT: &str = "the-client";
pub(crate) const SECRET: &str = "the-secret";
pub(crate) const API: &str = "https://tenant/api/read";

pub(crate) struct Provider {
    pub(crate) seconds: Arc<AtomicI64>,
    state: Mutex<State>,
    /// A request has reached the token endpoint and waits, while `held`.
    pub(crate) arrived: Notify,
    pub(crate) go_on: Notify,
}

struct State {
    key: SigningKey,
    published: Vec<SigningKey>,
    forged: bool,
    codes: HashMap<String, Grant>,
    refresh: HashMap<String, Grant>,
    count: u64,
    log: Vec<String>,
    mood: Mood,
    person: String,
    sid: Option<String>,
    /// Replaces claims of the next ID tokens.
    lies: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Willing,
    /// Holds each token request until told to go on.
    Slow,
    /// This status, and `Retry-After`.
    Broken(u16, &'static str),
    /// This error at the token endpoint.
    Refusing(&'static str),
    /// Grants the scopes of OpenID Connect only.
    Stingy,
    /// Does not answer at all.
    Silent,
}

#[derive(Clone)]
struct Grant {
    policy: String,
    nonce: Option<String>,
    challenge: String,
    redirect_uri: String,
    person: String,
    sid: Option<String>,
}

fn new_key() -> SigningKey {
    SigningKey::from_pkcs8(generate_p256().expose()).unwrap()
}

impl Provider {
    pub(crate) fn new() -> Arc<Self> {
        let key = new_key();
        Arc::new(Self {
            seconds: Arc::new(AtomicI64::new(1_800_000_000)),
            state: Mutex::new(State {
                key,
                published: Vec::new(),
                forged: false,
                codes: HashMap::new(),
                refresh: HashMap::new(),
                count: 0,
                log: Vec::new(),
                mood: Mood::Willing,
                person: "ada".into(),
                sid: Some("sid-1".into()),
                lies: json!({}),
            }),
            arrived: Notify::new(),
            go_on: Notify::new(),
        })
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    fn now(&self) -> i64 {
        self.seconds.load(Ordering::SeqCst)
    }

    pub(crate) fn mood(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    pub(crate) fn person(&self, person: &str) {
        self.state.lock().unwrap().person = person.into();
    }

    pub(crate) fn sid(&self, sid: Option<&str>) {
        self.state.lock().unwrap().sid = sid.map(str::to_owned);
    }

    pub(crate) fn lies(&self, lies: Value) {
        self.state.lock().unwrap().lies = lies;
    }

    /// Signs with a new key from now on; published, the old one too.
    pub(crate) fn rotate(&self) {
        let mut state = self.state.lock().unwrap();
        let old = std::mem::replace(&mut state.key, new_key());
        state.published.push(old);
    }

    /// Signs with a key that is in no set.
    pub(crate) fn forge(&self) {
        let mut state = self.state.lock().unwrap();
        state.key = new_key();
        state.forged = true;
    }

    /// Requests so far whose line contains this.
    pub(crate) fn count(&self, part: &str) -> usize {
        self.state.lock().unwrap().log.iter().filter(|line| line.contains(part)).count()
    }

    pub(crate) fn last(&self, part: &str) -> String {
        let state = self.state.lock().unwrap();
        state.log.iter().rfind(|line| line.contains(part)).cloned().unwrap_or_default()
    }

    /// The person goes through the policy's pages; the address the browser is sent to afterwards.
    pub(crate) fn authorize(&self, address: &str) -> String {
        let asked = query(address);
        let policy = Url::parse(address).unwrap().path_segments().unwrap().nth(1).unwrap().to_owned();
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["client_id"], CLIENT);
        assert_eq!(asked["code_challenge_method"], "S256");
        let mut state = self.state.lock().unwrap();
        state.count += 1;
        let code = format!("code-{}", state.count);
        let grant = Grant {
            policy,
            nonce: Some(asked["nonce"].clone()),
            challenge: asked["code_challenge"].clone(),
            redirect_uri: asked["redirect_uri"].clone(),
            person: state.person.clone(),
            sid: state.sid.clone(),
        };
        state.codes.insert(code.clone(), grant);
        self.back(address, &[("code", &code), ("iss", ISSUER)])
    }

    /// The address the browser is sent to with these parameters and the state.
    pub(crate) fn back(&self, address: &str, parameters: &[(&str, &str)]) -> String {
        let asked = query(address);
        let mut url = Url::parse(&asked["redirect_uri"]).unwrap();
        url.query_pairs_mut().extend_pairs(parameters).append_pair("state", &asked["state"]);
        url.into()
    }

    fn answer(&self, request: &Request<Bytes>) -> (u16, Value) {
        let mut state = self.state.lock().unwrap();
        let url = Url::parse(&request.uri().to_string()).unwrap();
        let segments: Vec<_> = url.path_segments().unwrap().collect();
        match segments.as_slice() {
            ["tenant", policy, "v2.0", ".well-known", "openid-configuration"] => {
                let at = |path: &str| format!("https://id.example/tenant/{policy}/{path}");
                (
                    200,
                    json!({
                        "issuer": ISSUER,
                        "authorization_endpoint": at("oauth2/v2.0/authorize"),
                        "token_endpoint": at("oauth2/v2.0/token"),
                        "end_session_endpoint": at("oauth2/v2.0/logout"),
                        "revocation_endpoint": at("oauth2/v2.0/revoke"),
                        "jwks_uri": at("discovery/v2.0/keys"),
                        "authorization_response_iss_parameter_supported": true,
                        "frontchannel_logout_session_supported": true,
                    }),
                )
            }
            ["tenant", _, "discovery", "v2.0", "keys"] => {
                let keys = state.published.iter().map(SigningKey::jwk);
                let own = (!state.forged).then(|| state.key.jwk());
                let keys = own.into_iter().chain(keys);
                (200, serde_json::to_value(Jwks::new(keys)).unwrap())
            }
            ["tenant", _, "oauth2", "v2.0", "revoke"] => {
                let form: HashMap<_, _> = form_urlencoded::parse(request.body()).into_owned().collect();
                state.refresh.remove(&form["token"]);
                (200, json!({}))
            }
            ["tenant", policy, "oauth2", "v2.0", "token"] => {
                let form: HashMap<_, _> = form_urlencoded::parse(request.body()).into_owned().collect();
                assert_eq!(form["client_secret"], SECRET);
                self.tokens(&mut state, policy, &form)
            }
            _ => (404, json!({})),
        }
    }

    fn tokens(&self, state: &mut State, policy: &str, form: &HashMap<String, String>) -> (u16, Value) {
        let refuse = |code: &str| (400, json!({"error": code, "error_description": "AADB2C90080: no\r\nmore"}));
        if let Mood::Refusing(code) = state.mood {
            return refuse(code);
        }
        let grant = match form["grant_type"].as_str() {
            "authorization_code" => {
                let Some(grant) = state.codes.remove(&form["code"]) else { return refuse("invalid_grant") };
                assert_eq!(base64url::encode(sha256(form["code_verifier"].as_bytes())), grant.challenge);
                assert_eq!(form["redirect_uri"], grant.redirect_uri);
                grant
            }
            // One-time refresh tokens: whoever loses the new one is out.
            _ => match state.refresh.remove(&form["refresh_token"]) {
                Some(grant) => grant,
                None => return refuse("invalid_grant"),
            },
        };
        assert_eq!(grant.policy, policy);
        let (now, scope) = (self.now(), form["scope"].clone());
        let mut claims = json!({
            "iss": ISSUER, "aud": CLIENT, "exp": now + 3600, "iat": now, "nbf": now,
            "sub": grant.person, "oid": grant.person, "name": format!("{} of {policy}", grant.person), "tfp": policy,
        });
        if let Some(sid) = &grant.sid {
            claims["sid"] = json!(sid);
        }
        if let Some(nonce) = &grant.nonce {
            claims["nonce"] = json!(nonce);
        }
        for (name, value) in state.lies.as_object().unwrap() {
            claims[name] = value.clone();
        }
        state.count += 1;
        let number = state.count;
        let refresh = format!("refresh-{number}");
        state.refresh.insert(refresh.clone(), Grant { nonce: None, ..grant });
        let granted = if state.mood == Mood::Stingy { "openid".to_owned() } else { scope };
        let answer = json!({
            "id_token": state.key.sign(&claims), "access_token": format!("access-{number}"), "token_type": "Bearer",
            "expires_in": 3600, "refresh_token": refresh, "scope": granted,
        });
        (200, answer)
    }
}

#[async_trait]
impl Http for Provider {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let is_token = request.uri().path().ends_with("/token");
        let mood = {
            let mut state = self.state.lock().unwrap();
            let body = String::from_utf8_lossy(request.body()).into_owned();
            state.log.push(format!("{} {} {body}", request.method(), request.uri().path()));
            state.mood.clone()
        };
        if mood == Mood::Silent {
            return Err(HttpError::new("no route"));
        }
        if let (Mood::Broken(status, after), true) = (&mood, is_token) {
            let answer = Response::builder().status(*status).header("retry-after", *after);
            return Ok(answer.body(Bytes::new()).unwrap());
        }
        // The provider decides when the request arrives; the answer may be long on its way.
        let (status, body) = self.answer(&request);
        if mood == Mood::Slow && is_token {
            self.arrived.notify_one();
            self.go_on.notified().await;
        }
        Ok(Response::builder().status(status).body(Bytes::from(body.to_string())).unwrap())
    }
}

pub(crate) fn query(address: &str) -> HashMap<String, String> {
    Url::parse(address).unwrap().query_pairs().into_owned().collect()
}
