//! What Entra's refusals become, as data: `tests/cases/entra_errors.yml`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::entra::{ClientCredentials, Entra, Proof};
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::emulator::{Emulator, Fault, Options};
use crate::env::Env;
use crate::http::{Http, Limits, Network};
use crate::secret::SecretValue;

/// One refusal and what is expected of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    code: Option<u64>,
    error: Option<String>,
    says: Option<String>,
    body: Option<String>,
    status: u16,
    message: String,
    help: String,
    exit: u8,
    tries: usize,
}

impl Case {
    /// The answer, in the form that Entra has today unless the case has one of its own.
    fn answer(&self, assertion: &str) -> Fault {
        let body = self.body.clone().unwrap_or_else(|| {
            let (code, says) = (self.code.expect("a code"), self.says.as_deref().expect("a text"));
            let description = format!(
                "AADSTS{code}: {says}. Trace ID: {TRACE} Correlation ID: {CORRELATION} Timestamp: \
                 2027-01-15 08:00:00Z"
            );
            let body = json!({
                "error": self.error, "error_description": description, "error_codes": [code],
                "timestamp": "2027-01-15 08:00:00Z", "trace_id": TRACE,
                "correlation_id": CORRELATION,
                "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
            });
            body.to_string()
        });
        let body = body.replace("ASSERTION", assertion);
        Fault::Answer { status: self.status, headers: Vec::new(), body }
    }

    /// What is wrong with the message, if anything is.
    fn objection(&self, error: &crate::error::Error, tries: usize) -> Option<String> {
        let help = error.help.as_deref().unwrap_or_default();
        let ids = self.code.is_none_or(|code| {
            error.request_id.as_deref() == Some(CORRELATION)
                && help.contains(&format!("error?code={code}, trace id {TRACE}, at 2027-01-15"))
        });
        let is_right = error.what.contains(&self.message)
            && help.contains(&self.help)
            && error.kind.exit_code() == self.exit
            && tries == self.tries
            && ids
            && !error.what.contains("Trace ID")
            && !error.to_string().contains("::add-mask");
        (!is_right)
            .then(|| format!("{self:?}\n  {} after {tries} tries\n{error}", error.kind.name()))
    }
}

#[test]
fn each_refusal_says_what_happened_and_what_mends_it_and_only_what_passes_is_tried_again() {
    let text = include_str!("../../tests/cases/entra_errors.yml");
    let cases: Vec<Case> = serde_yaml::from_str(text).expect("cases");
    let world = World::start();
    let objections: Vec<String> = cases.iter().filter_map(|case| world.objection(case)).collect();
    assert!(objections.is_empty(), "{}", objections.join("\n\n"));
    assert!(cases.len() >= 45);
}

/// A client that presents an assertion, and the sign-in service.
struct World {
    emulator: Emulator,
    entra: Entra,
    assertion: SecretValue,
    next: Arc<Mutex<Option<Fault>>>,
}

impl World {
    fn start() -> Self {
        let clock = Clock::simulated(Timestamp::from_second(1_800_000_000).expect("in range"));
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data: None,
            clock: clock.clone(),
            allow_remote: false,
        };
        let emulator = Emulator::start(options).expect("the embedded server starts");
        let next: Arc<Mutex<Option<Fault>>> = Arc::default();
        let hook = next.clone();
        emulator.control().on_request(Arc::new(move |_| hook.lock().ok()?.clone()));
        let time = Duration::from_secs(1 << 20);
        let limits = Limits { connect: time, first_byte: time, call: time };
        let network =
            Network::Embedded { address: emulator.address(), ca: emulator.ca_der().to_vec() };
        let http = Http::new(&network, &Env::default(), limits, clock).expect("a client");
        let cloud = Cloud::built_in("public").expect("built in");
        let claims = json!({
            "iss": "https://token.actions.githubusercontent.com", "aud": "api://Mine",
            "sub": "repo:our/shop:ref:refs/heads/main", "exp": 1_799_999_400,
        });
        let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
        let assertion = SecretValue::new(format!("e30.{claims}.c2ln"));
        Self { emulator, entra: Entra::new(http, cloud), assertion, next }
    }

    fn objection(&self, case: &Case) -> Option<String> {
        let control = self.emulator.control();
        control.clear_requests();
        *self.next.lock().expect("no thread panicked") = Some(case.answer(self.assertion.expose()));
        let ask = ClientCredentials {
            tenant: "11111111-2222-3333-4444-555555555555",
            client: "99999999-8888-7777-6666-555555555555",
            proof: Proof::Assertion(&self.assertion),
            claims: None,
        };
        let error = self.entra.client_credentials(&ask).expect_err("refused");
        assert!(!error.to_string().contains(self.assertion.expose()), "{error}");
        case.objection(&error, control.requests().len())
    }
}

const TRACE: &str = "aaaaaaaa-0000-0000-0000-000000000001";
const CORRELATION: &str = "bbbbbbbb-0000-0000-0000-000000000001";
