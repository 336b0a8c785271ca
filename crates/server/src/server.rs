//! The server as a value: what it keeps, and the one function that answers a request.
//!
//! It owns no socket: `serve` puts one in front of it, and tests call it in their own process.

use std::{net::IpAddr, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use axum::body::Body;
use http::{Method, Request, Response, StatusCode};
use zaguan_policy::Timestamp;
use zaguan_store::{DueSession, DueVerdict, Store, Stored, Then};

use crate::{
    call::{Call, Connection},
    clock::{Clock, Door},
    endpoints,
    errors::Fault,
    keys::Keys,
    one_at_a_time::OneAtATime,
    passwords::Passwords,
    route::{Endpoint, Route},
    tenant::Tenant,
    throttle::Throttle,
    world::mail::Outbox,
};

/// An identity server. Clones share everything.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    clock: Clock,
    keys: Keys,
    tenants: ArcSwap<Vec<Arc<Tenant>>>,
    passwords: Passwords,
    throttle: Throttle,
    outbox: Arc<dyn Outbox>,
    settings: Settings,
    visits: OneAtATime,
}

/// What an operator sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `Strict-Transport-Security`, but for localhost.
    pub strict_transport_security: bool,
    /// Addresses whose `X-Forwarded-…` headers are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// For how long a page may stay open.
    pub visit_lifetime: Duration,
    /// For how long what is left of ended sessions is kept.
    pub record_lifetime: Duration,
    /// For people who develop apps: `/dev/clock`, and who may use it. The clock then has to be one that moves.
    pub clock_door: Option<Door>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            strict_transport_security: false,
            trusted_proxies: vec![],
            visit_lifetime: Duration::from_secs(3600),
            record_lifetime: Duration::from_secs(30 * 86_400),
            clock_door: None,
        }
    }
}

/// What a server is made of.
pub struct Parts {
    /// Where it keeps things.
    pub store: Arc<dyn Store>,
    /// Where it takes the time from.
    pub clock: Clock,
    /// Its keys.
    pub keys: Keys,
    /// Where letters go.
    pub outbox: Arc<dyn Outbox>,
    /// What the operator set.
    pub settings: Settings,
}

impl Server {
    /// A server without a tenant.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            store: parts.store,
            clock: parts.clock,
            keys: parts.keys,
            tenants: ArcSwap::default(),
            passwords: Passwords::new(),
            throttle: Throttle::default(),
            outbox: parts.outbox,
            settings: parts.settings,
            visits: OneAtATime::default(),
        }))
    }

    /// Serves these tenants from now on, in the place of the ones before.
    pub fn apply(&self, tenants: Vec<Arc<Tenant>>) {
        let configured = |tenant: &Arc<Tenant>| {
            let id = tenant.id.clone();
            tenant.configured_keys.clone().into_iter().map(move |named| (id.clone(), named.name, named.key))
        };
        self.0.keys.configure(tenants.iter().flat_map(configured));
        self.0.tenants.store(Arc::new(tenants));
    }

    /// Finds out whether the master key is the store's, before anything is served.
    ///
    /// # Errors
    /// Where it is another one.
    pub async fn prove_master_key(&self) -> anyhow::Result<()> {
        self.keys().prove(self.store(), self.tenants().iter().map(|tenant| &tenant.id)).await
    }

    /// The tenants that are served.
    pub fn tenants(&self) -> Arc<Vec<Arc<Tenant>>> {
        self.0.tenants.load_full()
    }

    /// Where things are kept.
    pub fn store(&self) -> &dyn Store {
        &*self.0.store
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The keys.
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// What the operator set.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The password hasher.
    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub(crate) fn throttle(&self) -> &Throttle {
        &self.0.throttle
    }

    /// Requests of one visit wait here for each other.
    pub(crate) fn visits(&self) -> &OneAtATime {
        &self.0.visits
    }

    pub(crate) fn outbox(&self) -> &dyn Outbox {
        &*self.0.outbox
    }

    /// Ends the sessions that outlived every policy, and removes what expired.
    pub async fn sweep(&self) {
        let now = self.clock().now();
        match self.end_what_is_over(now).await {
            Ok(0) => {}
            Ok(ended) => tracing::debug!(ended, "sessions outlived every policy"),
            Err(cause) => tracing::error!(%cause, "could not end the sessions that are over"),
        }
        match self.store().sweep(now, self.settings().record_lifetime).await {
            Ok(0) => {}
            Ok(removed) => tracing::debug!(removed, "swept what had expired"),
            Err(cause) => tracing::error!(%cause, "could not sweep"),
        }
    }

    /// A session ends by its lifetime once no policy that may find it accepts it any more (D2). That is looked at when
    /// the policy that used it last gives it up, so that use itself writes no timer.
    async fn end_what_is_over(&self, now: Timestamp) -> Stored<u64> {
        const AT_ONCE: usize = 500;
        let mut ended = 0;
        loop {
            let due = self.store().due_sessions(now, AT_ONCE).await?;
            let tenants = self.tenants();
            let verdicts: Vec<DueVerdict> = due
                .iter()
                .filter_map(|DueSession { tenant, session }| {
                    let served = tenants.iter().find(|served| served.id == *tenant);
                    let last = match served {
                        Some(served) => session.last_bound(served.policies_of_session(&session.history.key)),
                        None => session.last_bound(std::iter::empty()),
                    }?;
                    let then = match last.bound.until > now {
                        true => Then::WaitsUntil(last.bound.until),
                        false => Then::Ends(last),
                    };
                    let (session, last_used) = (session.id().clone(), session.history.last_used);
                    Some(DueVerdict { tenant: tenant.clone(), session, last_used, then })
                })
                .collect();
            ended += self.store().settle_due(&verdicts, now).await?;
            if due.len() < AT_ONCE {
                return Ok(ended);
            }
        }
    }

    /// Answers one request.
    pub async fn handle(&self, request: Request<Body>, connection: Connection) -> Response<Body> {
        let request = endpoints::dev_clock::json_as_form(request).await;
        let call = match Call::read(self, request, connection).await {
            Ok(call) => call,
            Err(refused) => return refused.into_response(),
        };
        let span = tracing::info_span!("request", correlation_id = %call.correlation_id);
        let answer = tracing::Instrument::instrument(self.answer_call(&call), span.clone()).await;
        let response = match answer {
            Ok(response) => response,
            Err(fault) => span.in_scope(|| fault.into_call_response(&call)),
        };
        span.in_scope(|| {
            tracing::info!(
                method = %call.method,
                path = %call.path,
                status = response.status().as_u16(),
                "answered"
            );
        });
        call.with_common_headers(response)
    }

    async fn answer_call(&self, call: &Call) -> Result<Response<Body>, Fault> {
        let policy = call.query.get("p");
        let Some(route) = Route::parse(&call.path, policy) else { return Err(Fault::nowhere()) };
        let route = match route {
            Route::Live => return Ok(endpoints::health::live()),
            Route::Ready => return Ok(endpoints::health::ready(self).await),
            Route::Asset(name) => return endpoints::assets::asset(&name, call),
            Route::Home => return Ok(endpoints::health::home(self, call)),
            Route::DevClock => return endpoints::dev_clock::answer(self, call).await,
            Route::Tenant(route) => route,
        };
        let tenants = self.tenants();
        // A host that no tenant lists is nowhere (settled in the definitions); so is a tenant elsewhere.
        let tenant = tenants.iter().find(|tenant| tenant.is_named(&route.tenant) && tenant.hosts.contains(&call.host));
        let Some(tenant) = tenant.cloned() else { return Err(Fault::unknown_tenant(&route.tenant)) };
        let here = endpoints::Here { server: self.clone(), tenant, route };
        let get = call.method == Method::GET || call.method == Method::HEAD;
        let post = call.method == Method::POST;
        let options = call.method == Method::OPTIONS;
        match here.route.endpoint {
            Endpoint::Discovery if get || options => here.discovery(call).await,
            Endpoint::Keys if get || options => here.keys(call).await,
            Endpoint::Authorize if get || post => here.authorize(call).await,
            Endpoint::Token if post || options => here.token(call).await,
            Endpoint::Logout if get || post => here.logout(call).await,
            Endpoint::Revoke if post || options => here.revoke(call).await,
            Endpoint::Introspect if post => here.introspect(call).await,
            Endpoint::UserInfo if get || post || options => here.user_info(call).await,
            Endpoint::SelfAsserted if post => here.self_asserted(call).await,
            Endpoint::Confirmed if get => here.confirmed(call).await,
            Endpoint::Unified if get => here.unified(call).await,
            Endpoint::ForgotPassword if get => here.forgot_password(call).await,
            Endpoint::Cancel if get => here.cancel(call).await,
            Endpoint::PerformanceTrace if post => Ok(crate::call::empty(StatusCode::OK)),
            Endpoint::SignedOut if post => here.signed_out_report(call).await,
            Endpoint::MySessions if get => here.my_sessions(call).await,
            Endpoint::MySessions if post => here.end_my_sessions(call).await,
            _ => Err(Fault::method_not_allowed()),
        }
    }
}
