//! What somebody else does to a secret while we work on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use secretzero::emulator::Fault;

use crate::harness::{A, Azure, B, MINTED};

/// A refusal with this inner code.
fn refusal(status: u16, inner: &str) -> Fault {
    let innererror = format!(r#"{{"code":"{inner}"}}"#);
    let body = format!(r#"{{"error":{{"code":"X","message":"no","innererror":{innererror}}}}}"#);
    Fault::Answer { status, headers: Vec::new(), body }
}

#[test]
fn what_was_not_reached_is_not_reported_as_done() {
    let azure = Azure::start();
    azure.control().on_request(Arc::new(|request| {
        let is_first = request.method == "PUT" && request.host == A;
        is_first.then(|| refusal(409, "ObjectIsDeletedButRecoverable"))
    }));
    let ran = azure.program(MINTED).args(&["sync", "--format", "json"]).run();
    assert!(azure.versions(B, "db").is_empty());
    assert_eq!(ran.expect(8).actions(), ["failed", "held"]);
}

#[test]
fn a_rotation_that_is_surprised_after_the_first_vault_goes_on_and_mints_no_second_value() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.clock.wait(Duration::from_secs(60));
    let puts = AtomicUsize::new(0);
    azure.control().on_request(Arc::new(move |request| {
        let is_second = request.method == "PUT" && request.host == B;
        let is_first_try = is_second && puts.fetch_add(1, Ordering::SeqCst) == 0;
        is_first_try.then(|| refusal(409, "ObjectIsDeletedButRecoverable"))
    }));
    azure.program(MINTED).args(&["rotate", "db"]).run().expect(0);
    assert_eq!(azure.generations(&[A, B], "db").len(), 2);
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
}

#[test]
fn a_value_that_somebody_puts_in_while_we_settle_stays() {
    let azure = Azure::start();
    let (control, clock) = (azure.control(), azure.clock.clone());
    azure.control().on_request(Arc::new(move |request| {
        if request.method == "PUT" && request.host == B {
            clock.wait(Duration::from_secs(1));
            control.put(A, "db", "by hand", BTreeMap::new());
        }
        None
    }));
    let ran = azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(9);
    assert_eq!(ran.actions(), ["failed", "created"]);
    assert_eq!(azure.value(A, "db"), "by hand");
}

#[test]
fn a_tag_waits_until_a_recovery_is_done() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.control().delete(A, "db");
    let patches = AtomicUsize::new(0);
    azure.control().on_request(Arc::new(move |request| {
        let is_patch = request.method == "PATCH" && request.host == A;
        let is_first = is_patch && patches.fetch_add(1, Ordering::SeqCst) == 0;
        is_first.then(|| refusal(409, "ObjectIsBeingRecovered"))
    }));
    let labelled = format!("{MINTED}metadata: {{owner: team-a}}\n");
    azure.program(&labelled).args(&["sync"]).run().expect(0);
    assert_eq!(azure.versions(A, "db")[0].tags["Owner"], "team-a");
}

#[test]
fn a_first_look_that_took_long_is_made_again_before_a_value_is_minted() {
    let azure = Azure::start();
    let (control, clock) = (azure.control(), azure.clock.clone());
    let lists = AtomicUsize::new(0);
    azure.control().on_request(Arc::new(move |request| {
        let is_list = request.host == B && request.path == "/secrets";
        if is_list && lists.fetch_add(1, Ordering::SeqCst) == 0 {
            // The other vault was looked at before.
            clock.wait(Duration::from_secs(6));
            control.put(A, "db", "by hand", BTreeMap::new());
        }
        None
    }));
    let args = ["sync", "--format", "json", "--parallel", "1"];
    let ran = azure.run_on_its_clock(MINTED, &args).expect(0);
    assert_eq!(ran.actions(), ["adopted", "copied"]);
    assert_eq!(azure.value(B, "db"), "by hand");
}

#[test]
fn a_template_is_made_only_on_the_value_that_was_seen() {
    let azure = Azure::start();
    let file = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets: [{name: db, kind: templates.db}]
templates:
  db:
    fields:
      host: {generator: {kind: static, config: {default: '${HOST}'}}}
      password: {generator: {kind: random_password}}
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
";
    azure.program(file).env("HOST", "one").args(&["sync"]).run().expect(0);
    azure.clock.wait(Duration::from_secs(60));
    let (control, clock) = (azure.control(), azure.clock.clone());
    let gets = AtomicUsize::new(0);
    azure.control().on_request(Arc::new(move |request| {
        // The first GET compares, the second takes over what is kept.
        if request.path == "/secrets/db" && gets.fetch_add(1, Ordering::SeqCst) == 1 {
            clock.wait(Duration::from_secs(60));
            control.put(A, "db", r#"{"host":"x","password":"by hand"}"#, BTreeMap::new());
        }
        None
    }));
    let program = azure.program(file).env("HOST", "two").args(&["sync", "--format", "json"]);
    assert_eq!(program.run().expect(8).actions(), ["failed"]);
    assert_eq!(azure.value(A, "db"), r#"{"host":"x","password":"by hand"}"#);
}

#[test]
fn the_targets_of_a_secret_are_looked_at_again_at_once() {
    let azure = Azure::start();
    let clock = azure.clock.clone();
    let (lists, meeting) = (AtomicUsize::new(0), Arc::new(Meeting::default()));
    let attended = meeting.clone();
    azure.control().on_request(Arc::new(move |request| {
        if request.path == "/secrets" && lists.fetch_add(1, Ordering::SeqCst) == 0 {
            // The first look becomes too old.
            clock.wait(Duration::from_secs(6));
        }
        if request.path == "/secrets/db/versions" {
            attended.attend(&request.host);
        }
        None
    }));
    azure.run_on_its_clock(MINTED, &["sync"]).expect(0);
    assert_eq!(meeting.hosts().len(), 2, "both were looked at again");
    assert!(
        !meeting.was_missed.load(Ordering::SeqCst),
        "one was answered before the other was asked"
    );
}

/// Holds the first request to each of two hosts until the other's is there.
#[derive(Default)]
struct Meeting {
    hosts: Mutex<BTreeSet<String>>,
    has_come: Condvar,
    was_missed: AtomicBool,
}

impl Meeting {
    fn hosts(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.hosts.lock().expect("no holder panicked")
    }

    fn attend(&self, host: &str) {
        let mut hosts = self.hosts();
        if hosts.insert(host.to_owned()) {
            self.has_come.notify_all();
            let waited = self.has_come.wait_timeout_while(hosts, PATIENCE, |hosts| hosts.len() < 2);
            let is_over = waited.expect("no holder panicked").1.timed_out();
            self.was_missed.fetch_or(is_over, Ordering::SeqCst);
        }
    }
}

/// How long a request is held that nobody joins; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(10);
