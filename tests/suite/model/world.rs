//! The embedded vault, the program in this process, and the vaults of one tale.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secretzero::emulator::{Control, Fault, VaultOptions};

use super::look::{State, is_ours};
use super::secretfile::{name, secretfile, variable};
use super::tale::{Deed, Edit, Entry, Held, How, Kind, Start, Tags, Tale, Trouble};
use crate::harness::{Azure, Program};

/// One server for many tales, each with vaults of its own.
pub struct World {
    azure: Azure,
    tales: AtomicUsize,
}

/// One tale's part of the world.
pub struct Stage<'a> {
    pub tale: &'a Tale,
    azure: &'a Azure,
    pub hosts: Vec<String>,
    /// When the tale began, unix seconds.
    opened: i64,
}

/// What a run said.
pub struct Said {
    pub report: serde_json::Value,
}

impl World {
    pub fn start() -> Self {
        Self { azure: Azure::start(), tales: AtomicUsize::new(0) }
    }

    /// Fresh vaults, filled as the tale says.
    pub fn stage<'a>(&'a self, tale: &'a Tale) -> Stage<'a> {
        let number = self.tales.fetch_add(1, Ordering::Relaxed);
        let hosts = (0..3).map(|vault| format!("t{number}-{vault}-kv.vault.azure.net")).collect();
        let opened = self.azure.clock.now().as_second();
        let stage = Stage { tale, azure: &self.azure, hosts, opened };
        self.azure.control().clear_requests();
        stage.fill();
        stage
    }
}

impl Stage<'_> {
    pub fn control(&self) -> Control {
        self.azure.control()
    }

    /// The time, unix seconds.
    pub fn now(&self) -> i64 {
        self.azure.clock.now().as_second()
    }

    pub fn wait(&self, seconds: u64) {
        self.azure.clock.wait(Duration::from_secs(seconds));
    }

    pub fn wait_days(&self, days: u32) {
        self.wait(600 + u64::from(days) * 86_400);
    }

    /// `sync`, with the given values of this number.
    pub fn sync(&self, declared: u32, trouble: Option<Trouble>) -> Said {
        self.disturb(trouble);
        let said = self.run_sync(declared);
        self.disturb(None);
        said
    }

    /// The same, with whatever befalls the service.
    pub fn run_sync(&self, declared: u32) -> Said {
        let text = secretfile(self.tale, &self.hosts);
        let parallel = self.tale.parallel.to_string();
        self.azure.inside(&text, &["sync", "--parallel", &parallel], self.given(declared))
    }

    /// The same in a process of its own, which can be killed.
    pub fn program(&self, declared: u32) -> Program {
        let program = self.azure.program(&secretfile(self.tale, &self.hosts)).args(&["sync"]);
        let given = self.given(declared);
        given.iter().fold(program, |program, (name, value)| program.env(name, value))
    }

    /// What the environment supplies.
    fn given(&self, declared: u32) -> Vec<(String, String)> {
        let given = self.tale.secrets.iter().enumerate().filter(|(_, e)| e.kind.is_supplied());
        given.map(|(index, _)| (variable(index), declared_value(declared))).collect()
    }

    /// The same vaults in a tale that went on.
    pub fn with<'a>(&'a self, tale: &'a Tale) -> Stage<'a> {
        Stage { tale, azure: self.azure, hosts: self.hosts.clone(), opened: self.opened }
    }

    fn disturb(&self, trouble: Option<Trouble>) {
        let count = AtomicUsize::new(0);
        self.control().on_request(Arc::new(move |_| {
            let trouble = trouble?;
            let now = count.fetch_add(1, Ordering::SeqCst);
            match now.checked_sub(trouble.at)? {
                past if past < trouble.times => Some(fault(trouble.how)),
                _ if trouble.then_dies => Some(fault(How::Status(403))),
                _ => None,
            }
        }));
    }

    /// The vaults before anything.
    fn fill(&self) {
        for host in &self.hosts {
            let delay = Duration::from_secs(self.tale.delay);
            let options = VaultOptions {
                recover_delay: delay,
                purge_delay: delay,
                ..VaultOptions::default()
            };
            self.control().set_options(host, options);
            self.control().put(host, "stranger", "strange", tags(&[("team", "b")]));
        }
        for (index, entry) in self.tale.secrets.iter().enumerate() {
            for (seat, host) in entry.targets.iter().zip(&self.hosts) {
                self.seat(index, entry, seat.is_field, seat.start, host);
            }
        }
        self.wait(600);
        for (index, entry) in self.tale.secrets.iter().enumerate() {
            for (seat, host) in entry.targets.iter().zip(&self.hosts) {
                if let Some(delay) = seat.deleted {
                    let delay = Duration::from_secs(delay);
                    self.control().delete_slowly(host, &name(index), delay);
                }
            }
        }
    }

    fn seat(&self, index: usize, entry: &Entry, is_field: bool, start: Start, host: &str) {
        let (control, name) = (self.control(), name(index));
        let ours = |number| {
            control.put(
                host,
                &name,
                &generation(entry.kind, is_field, number),
                self.tags(index, entry, number),
            );
        };
        let value = |held| value(entry.kind, is_field, held);
        match start {
            Start::Missing => {}
            Start::Ours(number) => ours(number),
            Start::Existing(held) => control.put(host, &name, &value(held), tags(&[("team", "a")])),
            Start::Overwritten { ours: number, by, with, in_the_same_second } => {
                ours(number);
                // Tags that are cloned within five minutes pass for our own, as designed.
                let is_cloned = matches!(with, Tags::Cloned);
                self.wait(if in_the_same_second && !is_cloned { 0 } else { 600 });
                self.write(host, &name, &value(by), with);
            }
            Start::Stripped(number) => {
                ours(number);
                control.patch(host, &name, true, tags(&[("team", "a")]));
            }
            Start::Disabled(number) => {
                ours(number);
                control.patch(host, &name, false, self.tags(index, entry, number));
            }
            Start::DisabledOfOthers(held) => {
                control.put(host, &name, &value(held), tags(&[]));
                control.patch(host, &name, false, tags(&[]));
            }
            Start::Managed => control.put_managed(host, &name, "a key and its certificate"),
            Start::OfTerraform(held) => {
                control.put(host, &name, &value(held), tags(&[("ManagedBy", "terraform")]));
            }
            Start::OfAnotherScope(held) => {
                control.put(host, &name, &value(held), tags(&[("secretzero", "other/s0")]));
            }
        }
    }

    fn write(&self, host: &str, name: &str, value: &str, with: Tags) {
        let newest_of_ours = self.control().versions(host, name).into_iter().rfind(is_ours);
        let tags = match (with, newest_of_ours) {
            (Tags::Cloned, Some(version)) => version.tags,
            (Tags::Own, _) => tags(&[("team", "b")]),
            _ => tags(&[]),
        };
        self.control().put(host, name, value, tags);
    }

    /// What somebody else does, to what is there and nobody else's.
    pub fn edit(&self, edit: Edit) {
        let secret = edit.secret % self.tale.secrets.len();
        let entry = &self.tale.secrets[secret];
        let target = edit.target % entry.targets.len();
        let (host, name, control) = (&self.hosts[target], name(secret), self.control());
        let Some(current) = control.versions(host, &name).pop() else { return };
        let seat = &entry.targets[target];
        if !control.is_live(host, &name) || matches!(seat.start, Start::Managed) {
            return;
        }
        let of_ours = |key: &str| key.starts_with("secretzero") || key == "ManagedBy";
        let mut left = current.tags.clone();
        match edit.deed {
            Deed::Writes(held, with) => {
                self.write(host, &name, &value(entry.kind, seat.is_field, held), with);
            }
            Deed::StripsTags => {
                left.retain(|key, _| !of_ours(key));
                control.patch(host, &name, current.enabled, left);
            }
            Deed::AddsATag => {
                left.insert("added".to_owned(), "by others".to_owned());
                control.patch(host, &name, current.enabled, left);
            }
            Deed::Disables => control.patch(host, &name, false, left),
            Deed::Deletes(delay) => {
                control.delete_slowly(host, &name, Duration::from_secs(delay));
            }
        }
    }

    /// The tags of generation `number`, which was made `age` days ago.
    fn tags(&self, index: usize, entry: &Entry, number: u32) -> BTreeMap<String, String> {
        let second = |at: i64| jiff::Timestamp::from_second(at).expect("in range");
        let made = second(self.opened - 86_400 * i64::from(entry.age) + i64::from(number));
        let now = second(self.azure.clock.now().as_second());
        let state =
            State { generation: format!("{made}.0000000{number}"), rotated: made, born: now };
        tags(&[
            ("ManagedBy", "secretzero"),
            ("secretzero", &name(index)),
            ("secretzero-state", &state.to_string()),
        ])
    }
}

impl Azure {
    /// What a run in this process reports.
    pub fn inside(&self, secretfile: &str, args: &[&str], env: Vec<(String, String)>) -> Said {
        let program = self.in_process(secretfile).args(args).args(&["--format", "json", "-q"]);
        let program = env.iter().fold(program, |program, (name, value)| program.env(name, value));
        Said { report: program.run().json() }
    }
}

/// The value that a tale declares.
pub fn declared_value(number: u32) -> String {
    format!("declared-{number}")
}

/// What generation `number` holds.
fn generation(kind: Kind, is_field: bool, number: u32) -> String {
    let password = format!("generation-{number}");
    if kind.is_template() && !is_field { object(&declared_value(0), &password) } else { password }
}

/// What somebody else wrote.
fn value(kind: Kind, is_field: bool, held: Held) -> String {
    if !kind.is_template() || is_field {
        return match held {
            Held::Declared => declared_value(0),
            Held::First => "generation-1".to_owned(),
            Held::B => "b".to_owned(),
            _ => "a".to_owned(),
        };
    }
    match held {
        Held::Declared => object(&declared_value(1), "a"),
        Held::First => object(&declared_value(0), "generation-1"),
        Held::A => object(&declared_value(0), "a"),
        Held::B => object(&declared_value(0), "b"),
        Held::Lacking => serde_json::json!({"host": declared_value(0)}).to_string(),
        Held::Extra => {
            serde_json::json!({"host": declared_value(0), "password": "a", "note": 1}).to_string()
        }
        Held::Text => "no object".to_owned(),
    }
}

fn object(host: &str, password: &str) -> String {
    serde_json::json!({"host": host, "password": password}).to_string()
}

fn tags(all: &[(&str, &str)]) -> BTreeMap<String, String> {
    all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn fault(how: How) -> Fault {
    match how {
        How::ResetBefore => Fault::ResetBefore,
        How::ResetAfter => Fault::ResetAfter,
        How::Truncated => Fault::Truncate,
        How::Status(status) => {
            let inner = if status == 403 { "ForbiddenByFirewall" } else { "Injected" };
            let error = serde_json::json!({"code": "Injected", "message": "by the tale", "innererror": {"code": inner}});
            let body = serde_json::json!({ "error": error }).to_string();
            Fault::Answer { status, headers: Vec::new(), body }
        }
    }
}
