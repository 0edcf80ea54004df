//! The service that cells are played on, and the vaults of one cell.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secretzero::clock::Clock;
use secretzero::emulator::StoredVersion;
use secretzero::emulator::identity::{Assigned, Identities, Imds};

use super::files::{count, secretfile};
use super::matrix::Operation;
use crate::harness::{Azure, Ran};

/// One service for many cells, each with vaults of its own.
pub struct World {
    azure: Azure,
    cells: AtomicUsize,
}

/// One cell's part of the world.
pub struct Stage<'a> {
    pub azure: &'a Azure,
    operation: &'a Operation,
    pub hosts: [String; 3],
    number: usize,
    runs: AtomicUsize,
}

/// What one vault holds under the name.
#[derive(Clone, PartialEq)]
pub struct Held {
    pub is_live: bool,
    /// Oldest first.
    pub versions: Vec<StoredVersion>,
}

impl World {
    pub fn start() -> Self {
        let azure = Azure::start();
        let system = Some(Assigned { client: "machine".to_owned(), ..Assigned::default() });
        let imds = Imds::new(Identities { system, assigned: Vec::new() });
        azure.control().serve_on_host(Some(Arc::new(imds)));
        Self { azure, cells: AtomicUsize::new(0) }
    }

    /// Fresh vaults, in the state that the operation begins with.
    pub fn stage<'a>(&'a self, operation: &'a Operation) -> Stage<'a> {
        let number = self.cells.fetch_add(1, Ordering::SeqCst);
        let hosts = ["a", "b", "c"].map(|vault| format!("f{number}-{vault}-kv.vault.azure.net"));
        let azure = &self.azure;
        let stage = Stage { azure, operation, hosts, number, runs: AtomicUsize::new(0) };
        stage.prepare();
        stage
    }
}

impl Stage<'_> {
    fn prepare(&self) {
        let control = self.azure.control();
        let own = self.operation.file.as_str();
        let sync = |file| drop(self.run(file, "sync", "first-given-value", None).expect(0));
        match self.operation.before.as_str() {
            "nothing" => {}
            "synced" => sync(own),
            "first only" => sync("one"),
            "unlabelled" => sync("three"),
            "by hand" => control.put(&self.hosts[0], "db", "made-by-hand", BTreeMap::new()),
            "deleted" => {
                sync(own);
                self.hosts[..count(own)].iter().for_each(|host| control.delete(host, "db"));
            }
            other => panic!("nothing is known to come before as `{other}`"),
        }
        self.azure.clock.wait(Duration::from_secs(60));
    }

    /// The operation, on a runner whose clock is that many seconds off.
    pub fn operate(&self, off: Option<i64>) -> Ran {
        self.run(&self.operation.file, &self.operation.run, GIVEN, off)
    }

    /// What brings the vaults to one state after the operation was disturbed.
    pub fn heal(&self, is_begun: bool) -> Ran {
        // A rotation that reached any vault is brought to its end by any `sync`.
        let is_rotated = is_begun && self.operation.run.starts_with("rotate");
        let command = if is_rotated { "sync" } else { self.operation.run.as_str() };
        self.run(&self.operation.file, command, GIVEN, None)
    }

    fn run(&self, file: &str, command: &str, given: &str, off: Option<i64>) -> Ran {
        let mut args: Vec<&str> = command.split(' ').collect();
        let run = self.runs.fetch_add(1, Ordering::SeqCst);
        let path = self.azure.folder().join(format!("value-{}-{run}", self.number));
        let export = format!("--export=db=file:{}", path.display());
        args.extend((command == "fetch").then_some(export.as_str()));
        let run = self.azure.in_process(&secretfile(file, &self.hosts)).args(&args);
        let machine = format!("http://{}", self.azure.address());
        let run = match file {
            "machine" => NO_SECRET
                .iter()
                .fold(run, |run, name| run.env(name, ""))
                .env("AZURE_POD_IDENTITY_AUTHORITY_HOST", &machine),
            "job" => JOB.iter().fold(run, |run, (name, text)| run.env(name, text)),
            _ => run,
        };
        let run = match off {
            Some(seconds) => {
                let now = self.azure.clock.now();
                run.at(Clock::simulated(now + jiff::SignedDuration::from_secs(seconds)))
            }
            None => run,
        };
        run.env("API_KEY", given).run()
    }

    /// The vaults of the operation's file.
    pub fn look(&self) -> Vec<Held> {
        let control = self.azure.control();
        let held = |host: &String| Held {
            is_live: control.is_live(host, "db"),
            versions: control.versions(host, "db"),
        };
        self.hosts[..count(&self.operation.file)].iter().map(held).collect()
    }
}

/// What the disturbed run and those behind it declare.
const GIVEN: &str = "second-given-value";

/// What must not be set where a machine signs in.
const NO_SECRET: [&str; 2] = ["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"];

/// What GitHub's runner sets for a job that may ask for an id token.
const JOB: [(&str, &str); 4] = [
    ("AZURE_CLIENT_SECRET", ""),
    ("GITHUB_ACTIONS", "true"),
    (
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "https://pipelines.actions.githubusercontent.com/idtoken?api-version=2.0",
    ),
    ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-token"),
];
