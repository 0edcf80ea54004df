//! The handle by which a test prepares, watches and disturbs an emulator.

use std::collections::BTreeMap;
use std::sync::Arc;
#[cfg(test)]
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use super::azure::{Azure, VaultLimits};
use super::entra::Directory;
use super::fault::Hook;
use super::identity::{HostEndpoint, JobEndpoints, Person};
use super::limiter::Limits;
use super::lock::lock;
use super::record::Seen;
use super::rule::Rule;
use super::vaults::{StoredVersion, VaultOptions};

/// Works on a running emulator; after its end there are no vaults to work on.
#[derive(Clone)]
pub struct Control {
    /// What it works on.
    pub(super) azure: Arc<Azure>,
}

impl Control {
    /// Adds a version of a secret, as somebody with all rights would.
    pub fn put(&self, host: &str, name: &str, value: &str, tags: BTreeMap<String, String>) {
        self.azure.vaults(|vaults| vaults.put(host, name, value, tags));
    }

    /// Adds a version of a secret that a certificate owns.
    pub fn put_managed(&self, host: &str, name: &str, value: &str) {
        self.azure.vaults(|vaults| vaults.put_managed(host, name, value));
    }

    /// Soft-deletes a secret at once.
    pub fn delete(&self, host: &str, name: &str) {
        self.delete_slowly(host, name, Duration::ZERO);
    }

    /// Starts to soft-delete a secret, which takes this long.
    pub fn delete_slowly(&self, host: &str, name: &str, delay: Duration) {
        self.azure.vaults(|vaults| vaults.delete(host, name, delay));
    }

    /// Changes properties of a secret's current version, as somebody with all rights would.
    pub fn patch(&self, host: &str, name: &str, enabled: bool, tags: BTreeMap<String, String>) {
        self.azure.vaults(|vaults| vaults.patch(host, name, enabled, tags));
    }

    /// Starts to recover a soft-deleted secret; it takes as long as its vault's options say.
    pub fn recover(&self, host: &str, name: &str) {
        self.azure.vaults(|vaults| vaults.recover(host, name));
    }

    /// A secret's versions, oldest first.
    pub fn versions(&self, host: &str, name: &str) -> Vec<StoredVersion> {
        self.azure.vaults(|vaults| vaults.versions(host, name)).unwrap_or_default()
    }

    /// The names of a vault's secrets.
    pub fn names(&self, host: &str) -> Vec<String> {
        self.azure.vaults(|vaults| vaults.names(host)).unwrap_or_default()
    }

    /// Every value in the vaults whose hosts are wanted, be it of an older version or soft-deleted.
    pub fn values(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
        self.azure.vaults(|vaults| vaults.values(is_wanted)).unwrap_or_default()
    }

    /// Whether a secret can be read and written now.
    pub fn is_live(&self, host: &str, name: &str) -> bool {
        self.azure.vaults(|vaults| vaults.is_live(host, name)).unwrap_or_default()
    }

    /// How one vault behaves.
    pub fn set_options(&self, host: &str, options: VaultOptions) {
        self.azure.vaults(|vaults| vaults.set_options(host, options));
    }

    /// How vaults behave that have no options of their own.
    pub fn set_default_options(&self, options: VaultOptions) {
        self.azure.vaults(|vaults| vaults.set_default_options(options));
    }

    /// The only tenant whose tokens this vault takes.
    pub fn set_tenant(&self, host: &str, tenant: &str) {
        lock(&self.azure.tenants).set(host, tenant);
    }

    /// The tenant that challenges name.
    pub fn set_usual_tenant(&self, tenant: &str) {
        lock(&self.azure.tenants).set_usual(tenant);
    }

    /// Bounds the requests to each vault, counted from now on; none lifts the bounds.
    pub fn set_limits(&self, limits: Option<Limits>) {
        *lock(&self.azure.limiter) = VaultLimits::new(limits);
    }

    /// Changes what the sign-in service knows and does. No other method of this handle may be called
    /// inside.
    pub fn entra<R>(&self, change: impl FnOnce(&mut Directory) -> R) -> R {
        change(&mut lock(&self.azure.directory))
    }

    /// Changes what the person does who signs in for applications. No other method of this handle may be
    /// called inside.
    pub fn person<R>(&self, change: impl FnOnce(&mut Person) -> R) -> R {
        change(&mut lock(&self.azure.person))
    }

    /// Changes what the CI systems' id-token endpoints know, or reads what they were asked. No other
    /// method of this handle may be called inside.
    pub fn jobs<R>(&self, change: impl FnOnce(&mut JobEndpoints) -> R) -> R {
        change(&mut lock(&self.azure.jobs))
    }

    /// Shows every request to `hook` before it is carried out; the hook may block.
    pub fn on_request(&self, hook: Hook) {
        let former = lock(&self.azure.hook).replace(hook);
        // What a hook holds may do anything when it is dropped, so no lock is held.
        drop(former);
    }

    /// Keeps the requests that `is_kept` chooses waiting until what it returns is dropped.
    #[cfg(test)]
    pub fn keep_waiting(
        &self,
        is_kept: impl Fn(&Seen) -> bool + Send + Sync + 'static,
    ) -> mpsc::Sender<()> {
        let (release, kept) = mpsc::channel::<()>();
        let kept = Mutex::new(kept);
        self.on_request(Arc::new(move |seen| {
            if is_kept(seen) {
                let _ = kept.lock().map(|kept| kept.recv());
            }
            None
        }));
        release
    }

    /// Every request waits so long before it is looked at.
    pub fn set_delay(&self, delay: Duration) {
        *lock(&self.azure.delay) = delay;
    }

    /// Adds a fault that was written down, behind those that are there.
    pub fn add_fault(&self, rule: Rule) {
        lock(&self.azure.rules).push(rule);
    }

    /// Lifts the faults that were written down; how many requests each met, in their order.
    pub fn clear_faults(&self) -> Vec<u64> {
        lock(&self.azure.rules).drain(..).map(|rule| rule.met()).collect()
    }

    /// The reply to a request, without the wire; none where the connection would end.
    #[cfg(test)]
    pub(crate) fn ask(&self, request: &super::message::Request) -> Option<super::message::Reply> {
        match self.azure.exchange(request, super::azure::Came::Safely) {
            super::azure::Outcome::Reply(reply) => Some(reply),
            _ => None,
        }
    }

    /// Serves an identity endpoint of the client's own machine over plain http, at every address and
    /// port that leads here; none serves none.
    pub fn serve_on_host(&self, endpoint: Option<Arc<dyn HostEndpoint>>) {
        *lock(&self.azure.host) = endpoint;
    }

    /// The requests in the order in which they came.
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.azure.record).requests()
    }

    /// Forgets them.
    pub fn clear_requests(&self) {
        lock(&self.azure.record).clear_requests();
    }

    /// How many answers had which status, of all that were given.
    pub fn statuses(&self) -> BTreeMap<u16, u64> {
        lock(&self.azure.record).statuses()
    }

    /// Every access token that was issued.
    pub fn tokens(&self) -> Vec<String> {
        lock(&self.azure.record).tokens()
    }
}
