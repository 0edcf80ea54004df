//! A client of the embedded Key Vault that knows nothing of this program.

#![allow(clippy::expect_used, clippy::panic, reason = "a test's helpers fail like tests")]

use secretzero::clock::Clock;
use secretzero::emulator::{Emulator, Options};
use serde_json::Value;
use ureq::Agent;
use ureq::http::{Request, Response};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// A vault's URL.
pub const VAULT: &str = "https://shop-a-kv.vault.azure.net";
/// Its host.
pub const HOST: &str = "shop-a-kv.vault.azure.net";
/// The tenant that signs in.
pub const TENANT: &str = "11111111-2222-3333-4444-555555555555";
/// The application.
pub const CLIENT: &str = "99999999-8888-7777-6666-555555555555";
/// What every vault's URL ends with.
pub const VERSION: &str = "api-version=7.6";

/// A running emulator and a client that uses it as its proxy.
pub struct Service {
    pub emulator: Emulator,
    pub clock: Clock,
    pub agent: Agent,
}

/// Status, headers, body.
pub struct Answer {
    pub status: u16,
    response: Response<()>,
    pub text: String,
}

impl Service {
    pub fn start() -> Self {
        let clock = Clock::simulated(jiff::Timestamp::now());
        let emulator = Emulator::start(options(clock.clone())).expect("it starts");
        let agent = agent(&emulator, true);
        Self { emulator, clock, agent }
    }

    /// An access token for a resource.
    pub fn token(&self, tenant: &str, resource: &str) -> String {
        let url = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token");
        let answer = sign_in(&self.agent, &url, resource).expect("an answer");
        answer.json()["access_token"].as_str().expect("a token").to_owned()
    }

    pub fn vault_token(&self) -> String {
        self.token(TENANT, "https://vault.azure.net")
    }

    pub fn send(&self, method: &str, path: &str, token: &str, body: &str) -> Option<Answer> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{VAULT}{path}?{VERSION}"))
            .header("Authorization", format!("Bearer {token}"))
            .header("Content-Type", "application/json")
            .header("x-ms-client-request-id", "my-own-id");
        answer(&self.agent, request.body(body.to_owned()).expect("a request"))
    }

    pub fn get(&self, path: &str, token: &str) -> Answer {
        self.send("GET", path, token, "").expect("an answer")
    }

    pub fn put(&self, name: &str, token: &str) -> Option<Answer> {
        self.send("PUT", &format!("/secrets/{name}"), token, r#"{"value":"v"}"#)
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        let value = self.response.headers().get(name).unwrap_or_else(|| panic!("no {name}"));
        value.to_str().expect("text")
    }

    pub fn has(&self, name: &str) -> bool {
        self.response.headers().contains_key(name)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("JSON")
    }

    pub fn message(&self) -> String {
        self.json()["error"]["message"].as_str().expect("a message").to_owned()
    }
}

pub fn options(clock: Clock) -> Options {
    Options { listen: ([127, 0, 0, 1], 0).into(), data: None, clock, allow_remote: false }
}

pub fn agent(emulator: &Emulator, through_proxy: bool) -> Agent {
    let ca = Certificate::from_der(emulator.ca_der()).to_owned();
    let tls = TlsConfig::builder().root_certs(RootCerts::from(vec![ca])).build();
    let proxy = format!("http://{}", emulator.address());
    let proxy = through_proxy.then(|| ureq::Proxy::new(&proxy).expect("an address"));
    let config = Agent::config_builder().tls_config(tls).proxy(proxy).max_redirects(0);
    config.http_status_as_error(false).build().into()
}

/// None where the connection ended without an answer.
pub fn answer(agent: &Agent, request: Request<String>) -> Option<Answer> {
    let (parts, mut body) = agent.run(request).ok()?.into_parts();
    let text = body.read_to_string().ok()?;
    Some(Answer { status: parts.status.as_u16(), response: Response::from_parts(parts, ()), text })
}

pub fn sign_in(agent: &Agent, url: &str, resource: &str) -> Option<Answer> {
    let form = format!(
        "grant_type=client_credentials&client_id={CLIENT}&client_secret=any&scope={resource}/.default"
    );
    let request = Request::post(url).header("Content-Type", "application/x-www-form-urlencoded");
    answer(agent, request.body(form).expect("a request"))
}
