//! What the real service was seen to do, as promises of the embedded one.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::emulator::message::{Reply, Request};
use crate::emulator::vaults::{AccessModel, Action, Caller, Rights, VaultOptions, Vaults};

mod deleted;
mod lists;
mod reads;
mod requests;
mod rights;
mod writes;

/// The vault that tests ask.
const HOST: &str = "shop-kv.vault.azure.net";

/// When tests start, unix seconds.
const START: i64 = 1_800_000_000;

/// Vaults in memory, a clock that stands still, and a caller.
struct Service {
    vaults: Vaults,
    clock: Clock,
    caller: Caller,
}

impl Service {
    fn start() -> Self {
        let clock = Clock::simulated(Timestamp::from_second(START).unwrap());
        let vaults = Vaults::in_memory(clock.clone());
        Self { vaults, clock, caller: caller(Rights::all()) }
    }

    /// With a vault that behaves differently.
    fn with(change: impl FnOnce(&mut VaultOptions)) -> Self {
        let service = Self::start();
        let mut options = VaultOptions::default();
        change(&mut options);
        service.vaults.set_options(HOST, options);
        service
    }

    /// With a caller of these rights alone.
    fn allowing(self, model: AccessModel, actions: &[Action]) -> Self {
        Self { caller: caller(Rights::only(model, actions)), ..self }
    }

    fn wait(&self, seconds: u64) {
        self.clock.wait(Duration::from_secs(seconds));
    }

    fn send(&self, request: &Request) -> Told {
        Told(self.vaults.answer(request, &self.caller))
    }

    fn get(&self, path: &str) -> Told {
        self.send(&request("GET", path, None))
    }

    fn put(&self, path: &str, body: Value) -> Told {
        self.send(&request("PUT", path, Some(body)))
    }

    fn patch(&self, path: &str, body: Value) -> Told {
        self.send(&request("PATCH", path, Some(body)))
    }

    fn delete(&self, path: &str) -> Told {
        self.send(&request("DELETE", path, None))
    }

    fn post(&self, path: &str) -> Told {
        self.send(&request("POST", path, None))
    }

    /// Puts a value and returns its version's id.
    #[track_caller]
    fn given(&self, name: &str, value: &str) -> String {
        let told = self.put(&format!("/secrets/{name}"), json!({ "value": value }));
        told.expect(200)["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
    }

    /// Follows a list to its end; the items of each page.
    #[track_caller]
    fn pages(&self, path: &str) -> Vec<Vec<Value>> {
        let mut pages = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let page = self.get(&path).expect(200);
            pages.push(page["value"].as_array().unwrap().clone());
            next = page["nextLink"]
                .as_str()
                .map(|link| link.strip_prefix(&format!("https://{HOST}:443")).unwrap().to_owned());
        }
        pages
    }
}

/// What the service said.
struct Told(Reply);

impl Told {
    /// The body, after this status.
    #[track_caller]
    fn expect(self, status: u16) -> Value {
        assert_eq!(self.0.status, status, "{}", self.text());
        serde_json::from_slice(&self.0.body).unwrap_or(Value::Null)
    }

    /// An error with this status, code, inner code and text.
    #[track_caller]
    fn refused(self, status: u16, code: &str, inner: Option<&str>, text: &str) {
        let mut error = json!({ "code": code, "message": text });
        if let Some(inner) = inner {
            error["innererror"] = json!({ "code": inner });
        }
        assert_eq!(self.text(), json!({ "error": error }).to_string());
        assert_eq!(self.0.status, status);
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.body.clone()).unwrap()
    }
}

/// A request in 7.4, unless the path says another version.
fn request(method: &str, path: &str, body: Option<Value>) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let version = if query.contains("api-version") { "" } else { "api-version=7.4&" };
    let mut headers = Vec::new();
    if body.is_some() {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    Request {
        method: method.to_owned(),
        host: HOST.to_owned(),
        path: path.to_owned(),
        query: format!("{version}{query}"),
        headers,
        body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        peer: [127, 0, 0, 1].into(),
    }
}

fn caller(rights: Rights) -> Caller {
    Caller { app_id: "app".into(), object_id: "object".into(), tenant: "tenant".into(), rights }
}

/// The text for a living secret that is not there.
fn not_found(name: &str) -> String {
    format!(
        "A secret with (name/id) {name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"
    )
}

/// The names that items are of.
fn names(items: &[Value]) -> Vec<String> {
    let ids = items.iter().map(|item| item["id"].as_str().unwrap());
    ids.map(|id| id.rsplit('/').next().unwrap().to_owned()).collect()
}
