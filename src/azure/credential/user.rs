//! A person's sign-in, kept for the run: nobody is asked twice while the service renews it.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{Refusal, Wish};
use crate::azure::entra::AccessToken;
use crate::azure::public_client::{Grant, PublicClient, Why};
use crate::secret::SecretValue;

/// A person, as far as they have signed in.
pub struct User {
    client: PublicClient,
    /// What the file or the environment says.
    tenant: Option<String>,
    /// Where they signed in when nothing was said.
    learned: OnceLock<String>,
    /// By tenant; in memory only.
    refresh: Mutex<BTreeMap<String, SecretValue>>,
}

impl User {
    /// Nobody has signed in yet.
    pub fn new(client: PublicClient, tenant: Option<String>) -> Self {
        Self { client, tenant, learned: OnceLock::new(), refresh: Mutex::default() }
    }

    /// The application that they sign in for.
    pub fn client(&self) -> &PublicClient {
        &self.client
    }

    /// Their tenant, as far as it is known.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref().or_else(|| self.learned.get().map(String::as_str))
    }

    /// Renews what there is; else lets `ask` ask the person, in this tenant.
    pub fn sign_in(
        &self,
        wish: Wish<'_>,
        ask: impl FnOnce(&str) -> Result<Grant, Refusal>,
    ) -> Result<AccessToken, Refusal> {
        let tenant = wish.tenant.or(self.tenant.as_deref()).unwrap_or(ANY_TENANT);
        let grant = match self.renew(tenant, wish.claims)? {
            Some(grant) => grant,
            None => ask(tenant)?,
        };
        if let Some(refresh) = grant.refresh {
            self.refresh().insert(tenant.to_owned(), refresh);
        }
        if let Some(tenant) = grant.tenant.filter(|_| wish.tenant.is_none()) {
            let _ = self.learned.set(tenant);
        }
        Ok(grant.token)
    }

    /// None where a person is needed.
    fn renew(&self, tenant: &str, claims: Option<&str>) -> Result<Option<Grant>, Refusal> {
        let Some(refresh) = self.refresh().get(tenant).map(SecretValue::duplicate) else {
            return Ok(None);
        };
        match self.client.by_refresh(tenant, &refresh, claims) {
            Ok(grant) => Ok(Some(grant)),
            Err(denied) if denied.why == Why::PersonNeeded => {
                self.refresh().remove(tenant);
                Ok(None)
            }
            Err(denied) => Err(denied.error.into()),
        }
    }

    fn refresh(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, SecretValue>> {
        self.refresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whichever work or school account the person picks.
const ANY_TENANT: &str = "organizations";

#[cfg(test)]
pub mod tests {
    use std::sync::{Arc, mpsc};
    use std::time::Duration;

    use super::*;
    use crate::azure::entra::Entra;
    use crate::clock::Clock;
    use crate::cloud::Cloud;
    use crate::emulator::message::{Reply, Request};
    use crate::emulator::{Control, Emulator, Options, fields};
    use crate::env::Env;
    use crate::http::{Http, Limits, Network};
    use crate::terminal::Terminal;

    /// The embedded sign-in service, and a terminal that is read by the test.
    pub struct World {
        emulator: Emulator,
        pub clock: Clock,
        /// How long an answer is waited for.
        patience: Duration,
        said: Arc<Mutex<String>>,
    }

    impl World {
        pub fn start() -> Self {
            let clock = Clock::simulated(jiff::Timestamp::UNIX_EPOCH);
            let listen = ([127, 0, 0, 1], 0).into();
            let options = Options { listen, data: None, clock: clock.clone(), allow_remote: false };
            let emulator = Emulator::start(options).expect("it starts");
            Self { emulator, clock, patience: Duration::from_secs(60), said: Arc::default() }
        }

        /// One that answers no request for paths that end so, to clients that wait for 50 ms.
        pub fn slow_at(path: &'static str) -> (Self, mpsc::Sender<()>) {
            let world = Self { patience: Duration::from_millis(50), ..Self::start() };
            let slow = world.control().keep_waiting(move |seen| seen.path.ends_with(path));
            (world, slow)
        }

        /// A client whose every address leads to it.
        pub fn http(&self) -> Arc<Http> {
            let ca = self.emulator.ca_der().to_vec();
            let network = Network::Embedded { address: self.emulator.address(), ca };
            let long = Duration::from_secs(60);
            let limits = Limits { connect: long, first_byte: self.patience, call: long };
            Http::new(&network, &Env::default(), limits, self.clock.clone()).expect("a client")
        }

        pub fn client(&self) -> PublicClient {
            let cloud = Cloud::built_in("public").expect("built in");
            PublicClient::new(Entra::new(self.http(), cloud), "the-client".to_owned())
        }

        pub fn terminal(&self) -> Terminal {
            let said = self.said.clone();
            Terminal::new(move |text| said.lock().expect("no panic").push_str(text))
        }

        pub fn said(&self) -> String {
            self.said.lock().expect("no panic").clone()
        }

        pub fn control(&self) -> Control {
            self.emulator.control()
        }

        /// What a browser gets that asks the service for a page.
        pub fn get(&self, url: &str) -> Reply {
            let rest = url.strip_prefix("https://").expect("https");
            let (host, target) = rest.split_once('/').expect("a path");
            let (path, query) = target.split_once('?').expect("a query");
            let request = Request {
                method: "GET".to_owned(),
                host: host.to_owned(),
                path: format!("/{path}"),
                query: query.to_owned(),
                headers: Vec::new(),
                body: Vec::new(),
                peer: [127, 0, 0, 1].into(),
            };
            self.control().ask(&request).expect("a reply")
        }

        /// Throttles requests to the service as `rule` says: its path, its count.
        pub fn throttle(&self, rule: &str) {
            let rule = format!("POST status=429 retry-after=10 {rule}");
            self.control().add_fault(rule.parse().expect("a rule"));
        }

        /// Every code, verifier and token that went to the service, and each access token it gave.
        pub fn secrets(&self) -> Vec<String> {
            let names = ["device_code", "refresh_token", "code", "code_verifier"];
            let sent = self.asked().into_iter().flat_map(|asked| asked.form);
            let sent = sent.filter(|(name, _)| names.contains(&name.as_str()));
            sent.map(|(_, value)| value).chain(self.control().tokens()).collect()
        }

        /// The requests so far, in full.
        pub fn asked(&self) -> Vec<Asked> {
            let requests = self.control().person(|person| person.asked());
            let asked = requests.into_iter().map(|request| Asked {
                what: format!("{} {}", request.method, request.path),
                query: fields(request.query.as_bytes()),
                form: fields(&request.body),
            });
            asked.collect()
        }
    }

    /// A request to the service.
    pub struct Asked {
        /// Its method and its path.
        pub what: String,
        /// The fields of its query.
        pub query: Vec<(String, String)>,
        /// The fields of its body.
        pub form: Vec<(String, String)>,
    }

    impl Asked {
        /// A field of its body.
        pub fn field(&self, name: &str) -> Option<&str> {
            self.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
        }
    }

    /// All that a sign-in's end can show.
    pub fn shown(ended: &Result<AccessToken, Refusal>) -> String {
        let text = match ended {
            Ok(_) => String::new(),
            Err(Refusal::Refused(error) | Refusal::Unavailable(error)) => error.to_string(),
        };
        format!("{ended:?} {text}")
    }

    /// None of the secrets is in this text, as it is or in base64.
    pub fn assert_silent(text: &str, secrets: &[String]) {
        use base64::Engine;
        use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
        for secret in secrets {
            assert!(!secret.is_empty() && !text.contains(secret), "{secret}: {text}");
            for base64 in [STANDARD_NO_PAD.encode(secret), URL_SAFE_NO_PAD.encode(secret)] {
                assert!(!text.contains(&base64), "{secret}: {text}");
            }
        }
    }

    /// What a form must hold, and nothing else.
    pub fn assert_form(asked: &Asked, fields: &[(&str, &str)]) {
        let mut form: Vec<(&str, &str)> =
            asked.form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut fields = fields.to_vec();
        form.sort_unstable();
        fields.sort_unstable();
        assert_eq!(form, fields, "{}", asked.what);
    }
}
