//! What the vaults hold, and the changes that made it so.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::secret::{Life, Phase, Secret, Version};

/// The secrets of every vault.
#[derive(Default)]
pub(in crate::emulator) struct Ledger {
    /// By host, then by upper-case name, which is the order of lists.
    vaults: BTreeMap<String, BTreeMap<String, Secret>>,
}

/// One change of one secret.
#[derive(Serialize, Deserialize)]
pub(in crate::emulator) struct Record {
    /// The vault.
    pub host: String,
    /// The name, in any case.
    pub name: String,
    /// What happened to it.
    pub change: Change,
}

/// What happened to a secret.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::emulator) enum Change {
    /// It is this now, whatever it was.
    Whole(Secret),
    /// It got this version, or this one replaces the one of the same id.
    Version(Version),
    /// It moved on in its life.
    Life(Life),
}

impl Ledger {
    /// Carries a change out; false if there is no such secret to change.
    pub fn apply(&mut self, record: Record) -> bool {
        let vault = self.vaults.entry(record.host).or_default();
        let key = key(&record.name);
        match (record.change, vault.get_mut(&key)) {
            (Change::Whole(secret), _) => {
                vault.insert(key, secret);
            }
            (Change::Version(version), Some(secret)) => secret.put(version),
            (Change::Life(life), Some(secret)) => secret.life = life,
            (Change::Version(_) | Change::Life(_), None) => return false,
        }
        true
    }

    /// A name that is not free, and what a caller meets there.
    pub fn find(&self, host: &str, name: &str, now: Timestamp) -> Option<(&Secret, Phase)> {
        let secret = self.vaults.get(host)?.get(&key(name))?;
        seen(secret, now)
    }

    /// The names that are not free, from this one on, in the order of lists.
    pub fn from<'a>(
        &'a self,
        host: &str,
        name: &str,
        now: Timestamp,
    ) -> impl Iterator<Item = (&'a Secret, Phase)> + 'a {
        let start = key(name);
        let vault = self.vaults.get(host);
        let names = vault.map(|vault| vault.range((Bound::Included(start), Bound::Unbounded)));
        names.into_iter().flatten().filter_map(move |(_, secret)| seen(secret, now))
    }

    /// Every secret of the vaults whose hosts are wanted, unless its name is free.
    pub fn of(
        &self,
        is_wanted: impl Fn(&str) -> bool,
        now: Timestamp,
    ) -> impl Iterator<Item = &Secret> {
        let vaults = self.vaults.iter().filter(move |(host, _)| is_wanted(host));
        let secrets = vaults.flat_map(|(_, vault)| vault.values());
        secrets.filter_map(move |secret| seen(secret, now)).map(|(secret, _)| secret)
    }

    /// The fewest changes that make the same state.
    pub fn records(&self, now: Timestamp) -> impl Iterator<Item = Record> + '_ {
        self.vaults.iter().flat_map(move |(host, vault)| {
            let secrets = vault.values().filter_map(move |secret| seen(secret, now));
            secrets.map(move |(secret, _)| Record {
                host: host.clone(),
                name: secret.name.clone(),
                change: Change::Whole(secret.clone()),
            })
        })
    }
}

/// Nothing, once its name is free again.
fn seen(secret: &Secret, now: Timestamp) -> Option<(&Secret, Phase)> {
    match secret.life.phase(now) {
        Phase::Gone => None,
        phase => Some((secret, phase)),
    }
}

/// Names are equal without regard to case, and ordered in upper case.
fn key(name: &str) -> String {
    name.to_ascii_uppercase()
}
