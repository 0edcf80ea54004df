//! Sign-in by federated tokens against the embedded sign-in service and id-token endpoints.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use crate::azure::credential::{Refusal, Wish, choice};
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::emulator::message::Request;
use crate::emulator::{Emulator, Fault, FederatedCredential, Options, Seen};
use crate::env::Env;
use crate::http::{Http, Limits, Network};
use crate::secretfile::{Auth, AuthKind};

mod github;
mod jobs;
mod pipelines;
mod slow;

const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const CLIENT: &str = "99999999-8888-7777-6666-555555555555";
const CONNECTION: &str = "cccccccc-0000-0000-0000-000000000001";
const GITHUB: &str = "pipelines.actions.githubusercontent.com";

/// Azure and the CI systems, and a job with its own clock and environment.
struct World {
    emulator: Emulator,
    http: Arc<Http>,
    cloud: Arc<Cloud>,
    clock: Clock,
    variables: Vec<(String, String)>,
}

impl World {
    fn start(variables: &[(&str, &str)]) -> Self {
        let clock = Clock::simulated(Timestamp::from_second(1_800_000_000).expect("in range"));
        let emulator = Emulator::start(Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data: None,
            clock: Clock::simulated(clock.now()),
            allow_remote: false,
        });
        let emulator = emulator.expect("the embedded server starts");
        let http = client(&emulator, &clock, Duration::from_secs(3_600));
        let cloud = Cloud::built_in("public").expect("built in");
        let variables = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Self { emulator, http, cloud, clock, variables }
    }

    /// A GitHub job with `id-token: write`.
    fn github() -> Self {
        let url = format!("https://{GITHUB}/idtoken?api-version=2.0");
        Self::start(&[
            ("GITHUB_ACTIONS", "true"),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", &url),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-token"),
            ("AZURE_TENANT_ID", TENANT),
            ("AZURE_CLIENT_ID", CLIENT),
        ])
    }

    /// A job of Azure Pipelines inside a task of a service connection.
    fn pipelines() -> Self {
        Self::start(&[
            ("TF_BUILD", "True"),
            ("SYSTEM_OIDCREQUESTURI", "https://dev.azure.com/our/_apis/oidctoken/"),
            ("SYSTEM_ACCESSTOKEN", "system-access-token"),
            ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", CONNECTION),
            ("AZURESUBSCRIPTION_TENANT_ID", TENANT),
            ("AZURESUBSCRIPTION_CLIENT_ID", CLIENT),
        ])
    }

    fn set(&mut self, name: &str, text: &str) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), text.to_owned()));
    }

    fn trust(&self, issuer: &str, subject: &str) {
        let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
        let audience = self.cloud.federated_audience.clone();
        let credential = FederatedCredential { issuer, subject, audience };
        self.emulator.control().entra(|entra| entra.trust(CLIENT, credential));
    }

    /// Answers the first `times` requests to `host` with `fault`.
    fn fault(&self, host: &'static str, times: usize, fault: Fault) {
        let count = AtomicUsize::new(0);
        let hook = move |seen: &Seen| {
            let is_ours = seen.host == host && count.fetch_add(1, Ordering::SeqCst) < times;
            is_ours.then(|| fault.clone())
        };
        self.emulator.control().on_request(Arc::new(hook));
    }

    fn sign_in(&self, auth: &Auth) -> Result<String, (bool, crate::error::Error)> {
        let env = Env::new(self.variables.iter().cloned());
        let credential = choice::choose(&self.http, &self.cloud, auth, &env, None);
        let credential = credential.map_err(|error| (true, error))?;
        match credential.sign_in(Wish::default()) {
            Ok(token) => Ok(token.text.expose().to_owned()),
            Err(Refusal::Refused(error)) => Err((true, error)),
            Err(Refusal::Unavailable(error)) => Err((false, error)),
        }
    }

    fn refusal(&self, kind: AuthKind) -> String {
        let (stops, error) = self.sign_in(&of(kind)).expect_err("refused");
        assert!(stops, "{error}");
        error.to_string()
    }

    fn requests(&self, host: &str) -> usize {
        self.emulator.control().requests().iter().filter(|seen| seen.host == host).count()
    }

    fn asked_of_github(&self) -> Vec<Request> {
        self.emulator.control().jobs(|jobs| jobs.github.asked.all())
    }
}

/// A client that waits this long for an answer.
fn client(emulator: &Emulator, clock: &Clock, patience: Duration) -> Arc<Http> {
    let time = Duration::from_secs(3_600);
    let limits = Limits { connect: time, first_byte: patience, call: time };
    let network = Network::Embedded { address: emulator.address(), ca: emulator.ca_der().to_vec() };
    Http::new(&network, &Env::default(), limits, clock.clone()).expect("a client")
}

fn of(kind: AuthKind) -> Auth {
    Auth { kind, ..Auth::default() }
}

fn answer(status: u16, body: &str) -> Fault {
    Fault::Answer { status, headers: Vec::new(), body: body.to_owned() }
}

fn entra() -> &'static str {
    "login.microsoftonline.com"
}

/// A token that says this.
fn token(claims: &str) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
}
