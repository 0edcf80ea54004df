//! Azure, as far as it is served here: which service a request is for, what goes wrong on purpose,
//! who may ask, and how often.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use super::bearer::Demand;
use super::entra::{self, Directory, Mint};
use super::fault::{Fault, Hook};
use super::identity::{HostEndpoint, Issuer, JobEndpoints, Person};
use super::limiter::{Bucket, Limiter, Limits};
use super::lock::lock;
use super::message::{Reply, Request};
use super::record::{Record, Seen};
use super::rule::Rule;
use super::shape::Shape;
use super::tenants::Tenants;
use super::vaults::{Caller, Vaults};
use super::{headers, hosts};
use crate::clock::Clock;
use crate::error::Result;

/// All of it, shared by the connections and the control. A thread holds one lock at a time, and none
/// while it waits or calls the hook.
pub struct Azure {
    /// The services' time.
    pub clock: Clock,
    /// None once the emulator has stopped, so that its folder is free then.
    vaults: RwLock<Option<Vaults>>,
    /// What the sign-in service knows.
    pub directory: Mutex<Directory>,
    /// Who signs in where an application asks for a person.
    pub person: Mutex<Person>,
    /// The CI systems' id-token endpoints.
    pub jobs: Mutex<JobEndpoints>,
    /// The vaults' tenants.
    pub tenants: Mutex<Tenants>,
    /// What was asked and issued.
    pub record: Mutex<Record>,
    /// A test's own choice of faults.
    pub hook: Mutex<Option<Hook>>,
    /// Faults that were written down; the first that fits counts.
    pub rules: Mutex<Vec<Rule>>,
    /// How long every request waits before it is looked at.
    pub delay: Mutex<Duration>,
    /// How many requests each vault takes.
    pub limiter: Mutex<VaultLimits>,
    /// The identity endpoint of the client's own machine, if it has one.
    pub host: Mutex<Option<Arc<dyn HostEndpoint>>>,
    /// Issues the access tokens.
    mint: Mint,
}

/// The limits of all vaults, none by default, and the count of each.
#[derive(Default)]
pub struct VaultLimits {
    /// None lets everything pass.
    limits: Option<Limits>,
    /// By host.
    vaults: BTreeMap<String, Limiter>,
}

impl VaultLimits {
    /// Nothing has counted yet.
    pub fn new(limits: Option<Limits>) -> Self {
        Self { limits, vaults: BTreeMap::new() }
    }
}

/// How a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// Over TLS, to a service.
    Safely,
    /// Over plain http, to the client's own machine.
    Plainly,
}

/// How a request ends.
pub enum Outcome {
    /// With a reply.
    Reply(Reply),
    /// With the first half of one.
    Half(Reply),
    /// With one that stops halfway for this time.
    Paused(Reply, Duration),
    /// With one that is sent in this shape.
    Shaped(Reply, Shape),
    /// With the connection.
    Nothing,
}

impl Azure {
    /// Nothing is asked yet.
    pub fn new(vaults: Vaults, clock: Clock) -> Result<Self> {
        Ok(Self {
            clock,
            vaults: RwLock::new(Some(vaults)),
            directory: Mutex::default(),
            person: Mutex::default(),
            jobs: Mutex::default(),
            tenants: Mutex::default(),
            record: Mutex::default(),
            hook: Mutex::default(),
            rules: Mutex::default(),
            delay: Mutex::default(),
            limiter: Mutex::default(),
            host: Mutex::default(),
            mint: Mint::new()?,
        })
    }

    /// One request from its arrival to its end.
    pub fn exchange(&self, request: &Request, came: Came) -> Outcome {
        let outcome = self.outcome(request, came);
        if let Outcome::Reply(reply) = &outcome {
            lock(&self.record).status(reply.status);
        }
        outcome
    }

    /// The plain answer, or what a fault makes of it.
    fn outcome(&self, request: &Request, came: Came) -> Outcome {
        let seen = Seen::of(request);
        lock(&self.record).request(seen.clone());
        let delay = *lock(&self.delay);
        if !delay.is_zero() {
            self.clock.wait(delay);
        }
        match self.fault(&seen) {
            None => Outcome::Reply(self.carry_out(request, came)),
            Some(Fault::Answer { status, headers, body }) => {
                let reply =
                    Reply { status, headers: typed(headers, &body), body: body.into_bytes() };
                Outcome::Reply(self.dress(reply, request, came))
            }
            Some(Fault::ResetBefore | Fault::ResetDuring) => Outcome::Nothing,
            Some(Fault::ResetAfter) => {
                self.carry_out(request, came);
                Outcome::Nothing
            }
            Some(Fault::Delay(time)) => {
                self.clock.stall(time);
                Outcome::Reply(self.carry_out(request, came))
            }
            Some(Fault::Pause(time)) => Outcome::Paused(self.carry_out(request, came), time),
            Some(Fault::Truncate) => Outcome::Half(self.carry_out(request, came)),
            Some(Fault::Shape(shape)) => {
                Outcome::Shaped(shape.of(self.carry_out(request, came), request), shape)
            }
        }
    }

    /// The vaults, until the emulator has stopped.
    pub fn vaults<R>(&self, use_them: impl FnOnce(&Vaults) -> R) -> Option<R> {
        let vaults = self.vaults.read().unwrap_or_else(PoisonError::into_inner);
        vaults.as_ref().map(use_them)
    }

    /// Ends the vaults, and waits for the requests that they are answering.
    pub fn stop(&self) {
        let vaults = self.vaults.write().unwrap_or_else(PoisonError::into_inner).take();
        drop(vaults);
    }

    /// The hook's choice, then the rules', then what the sign-in service was told to do next.
    fn fault(&self, seen: &Seen) -> Option<Fault> {
        let hook = lock(&self.hook).clone();
        hook.and_then(|hook| hook(seen)).or_else(|| self.rule(seen, false)).or_else(|| {
            let is_entra = is_entra(&seen.host, &seen.path);
            is_entra.then(|| lock(&self.directory).take_next()).flatten()
        })
    }

    /// What goes wrong in a step of a connection, or before a request is whole.
    pub fn early_fault(&self, seen: &Seen) -> Option<Fault> {
        self.rule(seen, true)
    }

    /// What was written down for a request, or for what comes before it is whole.
    fn rule(&self, seen: &Seen, is_early: bool) -> Option<Fault> {
        let mut rules = lock(&self.rules);
        let mut rules = rules.iter_mut().filter(|rule| rule.is_early() == is_early);
        rules.find_map(|rule| rule.apply(seen))
    }

    /// What the service does where nothing goes wrong.
    fn carry_out(&self, request: &Request, came: Came) -> Reply {
        let reply = if came == Came::Plainly {
            self.ask_host(request)
        } else if let Some(reply) = self.ask_job(request) {
            reply
        } else if is_entra(&request.host, &request.path) {
            self.sign_in(request)
        } else {
            self.ask_vault(request).unwrap_or_else(|refusal| refusal)
        };
        self.dress(reply, request, came)
    }

    /// Answers for the client's own machine.
    fn ask_host(&self, request: &Request) -> Reply {
        let host = lock(&self.host).clone();
        let tenant = lock(&self.tenants).usual().to_owned();
        let issuer = Issuer {
            mint: &self.mint,
            record: &self.record,
            tenant: &tenant,
            now: self.clock.now(),
        };
        host.map_or_else(|| Reply::empty(404), |host| host.answer(request, &issuer))
    }

    /// Whether the client's own machine answers.
    pub fn has_host(&self) -> bool {
        lock(&self.host).is_some()
    }

    /// Answers for a CI system, if it is asked.
    fn ask_job(&self, request: &Request) -> Option<Reply> {
        lock(&self.jobs).answer(request, self.clock.now())
    }

    /// Answers for the sign-in service, and keeps the token for tests.
    fn sign_in(&self, request: &Request) -> Reply {
        let now = self.clock.now();
        let for_person = lock(&self.person).answer(request, &self.mint, now);
        let answer = for_person
            .unwrap_or_else(|| entra::answer(request, &lock(&self.directory), &self.mint, now));
        if let Some(token) = answer.token {
            lock(&self.record).token(token);
        }
        answer.reply
    }

    /// The token is looked at before anything else, as the service does.
    fn ask_vault(&self, request: &Request) -> std::result::Result<Reply, Reply> {
        let caller = self.caller(request)?;
        self.limit(request)?;
        Ok(self
            .vaults(|vaults| vaults.answer(request, &caller))
            .unwrap_or_else(|| Reply::empty(503)))
    }

    /// Who asks, or the challenge.
    fn caller(&self, request: &Request) -> std::result::Result<Caller, Reply> {
        let tenants = lock(&self.tenants).clone();
        let demand = Demand {
            host: &request.host,
            tenant: tenants.of(&request.host),
            usual_tenant: tenants.usual(),
            now: self.clock.now().as_second(),
        };
        let claims = demand.check(request, &self.mint)?;
        let rights = lock(&self.directory).rights(&claims.appid);
        Ok(Caller { app_id: claims.appid, object_id: claims.oid, tenant: claims.tid, rights })
    }

    /// Counts the request, or refuses it.
    fn limit(&self, request: &Request) -> std::result::Result<(), Reply> {
        let mut limiter = lock(&self.limiter);
        let VaultLimits { limits: Some(limits), vaults } = &mut *limiter else { return Ok(()) };
        let vault = vaults.entry(request.host.clone()).or_default();
        let bucket = Bucket::of(&request.method, &request.path);
        vault.admit(limits, bucket, self.clock.elapsed()).map_err(|wait| {
            let mut reply = Reply::error(429, "Throttled", THROTTLED, None);
            if limits.retry_after {
                let seconds = wait.as_millis().div_ceil(1000).max(1);
                reply.headers.push(("Retry-After".to_owned(), seconds.to_string()));
            }
            reply
        })
    }

    /// Adds what every reply of the service carries.
    fn dress(&self, reply: Reply, request: &Request, came: Came) -> Reply {
        let now = self.clock.now();
        match came == Came::Plainly || is_entra(&request.host, &request.path) {
            true => headers::of_entra(reply, request, now),
            false => headers::of_vault(reply, request, now),
        }
    }
}

/// A host that is no built-in vault may be a client's authority and its vault at once.
fn is_entra(host: &str, path: &str) -> bool {
    hosts::is_authority(host) || !hosts::may_connect(host) && entra::serves(path)
}

/// JSON says so, as the services do, unless the fault's headers say otherwise.
fn typed(mut headers: Vec<(String, String)>, body: &str) -> Vec<(String, String)> {
    let has_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if !has_type && body.starts_with('{') {
        headers.push(("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned()));
    }
    headers
}

/// The service's own words, to the byte.
const THROTTLED: &str = "Request was not processed because too many requests were received. \
                         Reason: VaultRequestTypeLimitReached";
