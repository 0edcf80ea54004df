//! Brings a soft-deleted name back, or removes it for good, and waits until the service is done.

use std::time::Duration;

use crate::azure::key_vault::KeyVault;
use crate::azure::{Code, Failure};
use crate::clock::Clock;
use crate::error::{Error, Kind, Result};
use crate::secretfile::Target;

/// Undoes a soft delete; done when the name shows its versions again.
pub fn recover(vault: &KeyVault, target: &Target, clock: &Clock) -> Result<()> {
    let mut wait = Wait::new(clock);
    loop {
        match vault.recover(&target.name) {
            Ok(_) => break,
            Err(failure) if is_moving(&failure) => wait.or_else(failure)?,
            // Somebody else recovered or purged it meanwhile; the next look tells.
            Err(failure) if failure.code == Code::NotFound => return Ok(()),
            Err(failure) => return Err(failure.error),
        }
    }
    loop {
        match vault.versions(&target.name) {
            Ok(versions) if versions.is_empty() => wait.or_else(still_recovering(target))?,
            Ok(_) => return Ok(()),
            // Whoever may not look cannot wait either; the state has changed all the same.
            Err(failure) if failure.code == Code::Rights => return Ok(()),
            Err(failure) => return Err(failure.error),
        }
    }
}

/// Starts to remove a soft-deleted name; the next write waits until it is gone.
pub fn purge(vault: &KeyVault, target: &Target, clock: &Clock) -> Result<()> {
    let mut wait = Wait::new(clock);
    loop {
        match vault.purge(&target.name) {
            Ok(()) => return Ok(()),
            Err(failure) if failure.code == Code::NotFound => return Ok(()),
            Err(failure) if is_moving(&failure) => wait.or_else(failure)?,
            Err(failure) => return Err(failure.error),
        }
    }
}

/// Waits that grow, up to a bound.
pub struct Wait<'a> {
    clock: &'a Clock,
    next: Duration,
    left: Duration,
}

impl<'a> Wait<'a> {
    /// The first wait is a quarter of a second.
    pub fn new(clock: &'a Clock) -> Self {
        Self { clock, next: Duration::from_millis(250), left: PATIENCE }
    }

    /// Waits, or fails with what it waited for.
    pub fn or_else(&mut self, failure: Failure) -> Result<()> {
        if self.left < self.next {
            return Err(failure.error);
        }
        self.clock.wait(self.next);
        self.left -= self.next;
        self.next = (self.next * 2).min(Duration::from_secs(8));
        Ok(())
    }
}

/// Whether the name is deleting, purging or recovering, so that a later try may succeed.
pub fn is_moving(failure: &Failure) -> bool {
    matches!(failure.code, Code::BeingDeleted | Code::BeingRecovered)
}

fn still_recovering(target: &Target) -> Failure {
    let what = "it was recovered, and the vault still does not show it";
    let error =
        Error::new(Kind::Throttled, what).at(target.to_string()).help("run again in some minutes");
    Failure { code: Code::BeingRecovered, error, may_be_done: true }
}

/// How long a deleting, recovering or purging name is waited for.
const PATIENCE: Duration = Duration::from_secs(180);
