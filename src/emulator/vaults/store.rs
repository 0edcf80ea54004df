//! The vaults' state, where it is kept, and how each vault behaves.

use std::collections::HashMap;
use std::io;

use super::ledger::{Ledger, Record};
use super::log::Log;
use super::options::VaultOptions;

/// Everything that one lock guards.
#[derive(Default)]
pub(in crate::emulator) struct Store {
    /// What the vaults hold.
    pub ledger: Ledger,
    /// Where changes are kept; none keeps them in memory alone.
    pub log: Option<Log>,
    /// The vaults that behave in their own way, by host.
    pub options: HashMap<String, VaultOptions>,
    /// How the others behave.
    pub defaults: VaultOptions,
}

impl Store {
    /// How a vault behaves.
    pub fn options(&self, host: &str) -> &VaultOptions {
        self.options.get(host).unwrap_or(&self.defaults)
    }

    /// Keeps a change, then carries it out.
    ///
    /// # Errors
    ///
    /// The change could not be kept; then nothing has changed.
    pub fn commit(&mut self, record: Record) -> io::Result<()> {
        if let Some(log) = &mut self.log {
            log.append(&record)?;
        }
        self.ledger.apply(record);
        Ok(())
    }
}
