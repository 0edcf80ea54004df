//! Each kind of host against its fake, over the wire.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::Sender;
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::azure::entra::AccessToken;
use crate::clock::Clock;
use crate::emulator::identity::{Assigned, HostEndpoint, Identities};
use crate::emulator::message::Request;
use crate::emulator::{Control, Emulator, Options};
use crate::env::Env;
use crate::error::Error;
use crate::http::{Limits, Network};

mod app_service;
mod arc;
mod imds;

/// A machine whose every address leads to the embedded server.
struct World {
    emulator: Emulator,
    clock: Clock,
    http: Arc<Http>,
    cloud: Arc<Cloud>,
}

impl World {
    fn new(endpoint: Arc<dyn HostEndpoint>) -> Self {
        let clock = Clock::simulated(Timestamp::from_second(1_800_000_000).expect("in range"));
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data: None,
            clock: clock.clone(),
            allow_remote: false,
        };
        let emulator = Emulator::start(options).expect("an emulator");
        emulator.control().serve_on_host(Some(endpoint));
        let http = client(&network(&emulator), &clock);
        Self { emulator, clock, http, cloud: Cloud::built_in("public").expect("built in") }
    }

    fn control(&self) -> Control {
        self.emulator.control()
    }

    /// Writes down a fault.
    fn fault(&self, rule: &str) {
        self.control().add_fault(rule.parse().expect(rule));
    }

    fn credential(&self, host: Host, identity: Identity) -> ManagedIdentity {
        ManagedIdentity::new(&self.http, &self.cloud, host, identity)
    }

    /// Lets a call take 50 ms, and answers none after the first `answered`.
    fn slow(&mut self, answered: usize) -> Sender<()> {
        let call = Duration::from_millis(50);
        self.http = within(call, &network(&self.emulator), &self.clock);
        let left = AtomicUsize::new(answered);
        let take = |left: usize| left.checked_sub(1);
        self.control().keep_waiting(move |_| left.fetch_update(SeqCst, SeqCst, take).is_err())
    }

    /// The seconds that were waited.
    fn waited(&self) -> f64 {
        self.clock.elapsed().as_secs_f64()
    }

    /// How many requests came.
    fn count(&self) -> usize {
        self.control().requests().len()
    }
}

fn network(emulator: &Emulator) -> Network {
    Network::Embedded { address: emulator.address(), ca: emulator.ca_der().to_vec() }
}

fn client(network: &Network, clock: &Clock) -> Arc<Http> {
    within(Duration::from_secs(60), network, clock)
}

/// A client whose calls take this long at most.
fn within(call: Duration, network: &Network, clock: &Clock) -> Arc<Http> {
    let second = Duration::from_secs;
    let limits = Limits { connect: second(10), first_byte: second(30), call };
    Http::new(network, &Env::default(), limits, clock.clone()).expect("a client")
}

fn signed_in(credential: &ManagedIdentity) -> AccessToken {
    credential.sign_in(Wish::default()).expect("a token")
}

/// Why the chain goes on.
fn unavailable(credential: &ManagedIdentity) -> Error {
    match credential.sign_in(Wish::default()) {
        Err(Refusal::Unavailable(error)) => error,
        other => panic!("not unavailable: {other:?}"),
    }
}

/// Why the chain stops.
fn refused(credential: &ManagedIdentity) -> Error {
    match credential.sign_in(Wish::default()) {
        Err(Refusal::Refused(error)) => error,
        other => panic!("not refused: {other:?}"),
    }
}

/// The application that a token was issued to.
fn holder(token: &AccessToken) -> String {
    use base64::Engine;
    let payload = token.text.expose().split('.').nth(1).expect("a JWT").to_owned();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).expect("base64");
    let claims: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    claims["appid"].as_str().expect("an application").to_owned()
}

fn identity(name: &str) -> Assigned {
    Assigned {
        client: format!("client-{name}"),
        object: format!("object-{name}"),
        resource: format!("/subscriptions/{name}"),
    }
}

/// A host with an identity of its own and two others.
fn identities() -> Identities {
    let assigned = vec![identity("a"), identity("b")];
    Identities { system: Some(identity("system")), assigned }
}

/// The second of them, by each of its ids.
fn ways_to_b() -> [Identity; 3] {
    [
        Identity::Client("client-b".to_owned()),
        Identity::Object("object-b".to_owned()),
        Identity::Resource("/subscriptions/b".to_owned()),
    ]
}

/// What a request says, but for its id and what every client sends.
fn told(request: &Request) -> String {
    let mut headers: Vec<String> = Vec::new();
    for (name, value) in &request.headers {
        let is_usual = ["host", "accept", "user-agent", "accept-encoding"].contains(&&**name);
        if !is_usual && name != "x-ms-client-request-id" {
            headers.push(format!("{name}={value}"));
        }
    }
    headers.sort();
    let Request { method, host, path, query, body, .. } = request;
    let body = String::from_utf8_lossy(body);
    format!("{method} {host}{path}?{query} {} [{body}]", headers.join(" "))
}
