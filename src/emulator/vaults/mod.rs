//! Every vault of the embedded server, free of sockets and of tokens.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::folder::Folder;
use self::ledger::{Change, Record};
use self::log::Log;
use self::secret::{Life, Phase, Secret, Version};
use self::store::Store;
use super::message::{Reply, Request};
use super::rest::{self, NewVersion};
use crate::clock::Clock;
use crate::error::Result;

pub(in crate::emulator) mod backup;
mod folder;
pub(in crate::emulator) mod ledger;
mod log;
mod options;
mod rights;
pub(in crate::emulator) mod secret;
pub(in crate::emulator) mod store;
mod stored;
#[cfg(test)]
mod tests;

pub use self::options::{NetworkRules, VaultOptions};
pub use self::rights::{AccessModel, Action, Caller, Rights};
pub use self::stored::StoredVersion;

/// The vaults, one for each host that is asked; threads share them.
pub struct Vaults {
    /// The time of every date and delay.
    clock: Clock,
    /// Everything else, by one request at a time.
    store: Mutex<Store>,
}

impl Vaults {
    /// Vaults that are gone with the process.
    pub fn in_memory(clock: Clock) -> Self {
        Self { clock, store: Mutex::default() }
    }

    /// Vaults that are kept in a folder, which is made if it is missing.
    ///
    /// # Errors
    ///
    /// The folder is in use, damaged, or holds other things.
    pub fn open(folder: &Path, clock: Clock) -> Result<Self> {
        let (log, ledger) = Log::open(Folder::open(folder)?, clock.now())?;
        let store = Store { ledger, log: Some(log), ..Store::default() };
        Ok(Self { clock, store: Mutex::new(store) })
    }

    /// Answers one request to the vault `request.host`, from a caller whose token was checked. The
    /// change is durable before this returns.
    pub fn answer(&self, request: &Request, caller: &Caller) -> Reply {
        rest::answer(&mut self.store(), request, caller, self.clock.now())
    }

    /// How one vault behaves, whatever the defaults are.
    pub fn set_options(&self, host: &str, options: VaultOptions) {
        self.store().options.insert(host.to_ascii_lowercase(), options);
    }

    /// How every vault behaves that was not set by itself.
    pub fn set_default_options(&self, options: VaultOptions) {
        self.store().defaults = options;
    }

    /// How a vault behaves.
    pub fn options(&self, host: &str) -> VaultOptions {
        self.store().options(&host.to_ascii_lowercase()).clone()
    }

    /// Puts a new version as somebody else would, except that a name which is not free becomes so.
    pub fn put(&self, host: &str, name: &str, value: &str, tags: BTreeMap<String, String>) {
        // No tags are not the same as an empty map: whoever sets none gets none back.
        let tags = (!tags.is_empty()).then_some(tags);
        self.put_version(host, name, NewVersion::of(value, None, tags), false);
    }

    /// Puts the secret of a certificate, which nobody may write.
    pub fn put_managed(&self, host: &str, name: &str, value: &str) {
        let kind = Some("application/x-pkcs12".to_owned());
        self.put_version(host, name, NewVersion::of(value, kind, Some(BTreeMap::new())), true);
    }

    /// Deletes a secret, which takes that long, whatever delay its vault has.
    pub fn delete(&self, host: &str, name: &str, delete_delay: Duration) {
        let mut store = self.store();
        let host = host.to_ascii_lowercase();
        let now = self.clock.now();
        if let Some((_, Phase::Live)) = store.ledger.find(&host, name, now) {
            let options = VaultOptions { delete_delay, ..store.options(&host).clone() };
            let change = Change::Life(Life::deleted(now, &options));
            commit(&mut store, Record { host, name: name.to_owned(), change });
        }
    }

    /// Changes properties of a living secret's current version, as somebody else's PATCH would.
    pub fn patch(&self, host: &str, name: &str, enabled: bool, tags: BTreeMap<String, String>) {
        let mut store = self.store();
        let host = host.to_ascii_lowercase();
        let now = self.clock.now();
        if let Some((secret, Phase::Live)) = store.ledger.find(&host, name, now) {
            let (updated, tags) = (now.as_second(), Some(tags));
            let version = Version { enabled, updated, tags, ..secret.current.clone() };
            let change = Change::Version(version);
            commit(&mut store, Record { host, name: name.to_owned(), change });
        }
    }

    /// Starts to recover a secret, with the delay of its vault.
    pub fn recover(&self, host: &str, name: &str) {
        let mut store = self.store();
        let host = host.to_ascii_lowercase();
        let now = self.clock.now();
        if let Some((_, Phase::Deleted(_))) = store.ledger.find(&host, name, now) {
            let change = Change::Life(Life::recovered(now, store.options(&host)));
            commit(&mut store, Record { host, name: name.to_owned(), change });
        }
    }

    /// Whether a secret is neither deleted nor on its way there or back.
    pub fn is_live(&self, host: &str, name: &str) -> bool {
        let found = self.store();
        let found = found.ledger.find(&host.to_ascii_lowercase(), name, self.clock.now());
        matches!(found, Some((_, Phase::Live)))
    }

    /// A name's versions, oldest first, also of a deleted name as long as it can come back.
    pub fn versions(&self, host: &str, name: &str) -> Vec<StoredVersion> {
        let store = self.store();
        let found = store.ledger.find(&host.to_ascii_lowercase(), name, self.clock.now());
        found.map_or_else(Vec::new, |(secret, _)| {
            secret.versions().map(StoredVersion::from).collect()
        })
    }

    /// Every value that these vaults hold.
    pub fn values(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let store = self.store();
        let secrets = store.ledger.of(is_wanted, self.clock.now());
        secrets.flat_map(Secret::versions).map(|version| version.value.clone()).collect()
    }

    /// The names that are not free, in the order of lists.
    pub fn names(&self, host: &str) -> Vec<String> {
        let store = self.store();
        let found = store.ledger.from(&host.to_ascii_lowercase(), "", self.clock.now());
        found.map(|(secret, _)| secret.name.clone()).collect()
    }

    /// Puts a version beside those of a living name with the same owner, else as the first one.
    fn put_version(&self, host: &str, name: &str, version: NewVersion, is_managed: bool) {
        let mut store = self.store();
        let host = host.to_ascii_lowercase();
        let now = self.clock.now();
        let version = match version.made(now, store.options(&host)) {
            Ok(version) => version,
            Err(error) => return ::log::error!("the embedded vault has no random source: {error}"),
        };
        let change = match store.ledger.find(&host, name, now) {
            Some((secret, Phase::Live)) if secret.is_managed == is_managed => {
                Change::Version(version)
            }
            _ => Change::Whole(Secret { is_managed, ..Secret::new(name, version) }),
        };
        commit(&mut store, Record { host, name: name.to_owned(), change });
    }

    /// The state. A holder that panicked left it whole, since a change is one assignment.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Test access has no answer that could say what went wrong.
fn commit(store: &mut Store, record: Record) {
    if let Err(error) = store.commit(record) {
        ::log::error!("the embedded vault could not keep a change: {error}");
    }
}
