//! How a vault of the embedded server behaves.

use std::net::IpAddr;
use std::time::Duration;

/// The retention of a vault that did not choose one, in days.
const DEFAULT_RETENTION_DAYS: i64 = 90;

/// What differs from vault to vault.
#[derive(Clone, Debug)]
pub struct VaultOptions {
    /// Whether a deleted secret can come back; only old vaults of the real service cannot.
    pub soft_delete: bool,
    /// Whether a deleted secret must stay until its retention ends.
    pub purge_protection: bool,
    /// Days that a deleted secret is kept; the real service has 7 to 90.
    pub retention_days: i64,
    /// How long a delete takes after its answer.
    pub delete_delay: Duration,
    /// How long a recovery takes after its answer.
    pub recover_delay: Duration,
    /// How long a purge takes after its answer.
    pub purge_delay: Duration,
    /// How far `created` is ahead of the clock; the real service is up to a second ahead of its own
    /// `Date`.
    pub created_ahead: Duration,
    /// Whether lists count the rows that they do not show, so that pages are short or empty.
    pub short_pages: bool,
    /// From where it can be reached.
    pub network: NetworkRules,
    /// The tenant that the vault belongs to; none is the server's own.
    pub tenant: Option<String>,
}

/// From where a vault can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkRules {
    /// From everywhere.
    Open,
    /// From these addresses.
    Addresses(Vec<IpAddr>),
    /// Over a private link alone, which there is none of here.
    Private,
}

impl Default for VaultOptions {
    fn default() -> Self {
        Self {
            soft_delete: true,
            purge_protection: false,
            retention_days: DEFAULT_RETENTION_DAYS,
            delete_delay: Duration::ZERO,
            recover_delay: Duration::ZERO,
            purge_delay: Duration::ZERO,
            created_ahead: Duration::ZERO,
            short_pages: false,
            network: NetworkRules::Open,
            tenant: None,
        }
    }
}

impl VaultOptions {
    /// `attributes.recoveryLevel` of every secret in the vault.
    pub(in crate::emulator) fn recovery_level(&self) -> &'static str {
        let is_custom = self.retention_days < DEFAULT_RETENTION_DAYS;
        match (self.soft_delete, self.purge_protection, is_custom) {
            (false, _, _) => "Purgeable",
            (true, false, false) => "Recoverable+Purgeable",
            (true, false, true) => "CustomizedRecoverable+Purgeable",
            (true, true, false) => "Recoverable",
            (true, true, true) => "CustomizedRecoverable",
        }
    }

    /// `attributes.recoverableDays` of every secret in the vault.
    pub(in crate::emulator) fn recoverable_days(&self) -> i64 {
        if self.soft_delete { self.retention_days } else { 0 }
    }
}
